# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse gnss`` on logs from the field: the right figure, or the sentence that says what the file is."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.gnss.faces.analyse import analyse_gnss, mean_longitude
from probes.gnss.faces.recordings import other_kind


@pytest.fixture
def look(shared_data: Callable[[str], Path]) -> Callable[[str], Any]:
    """What the command prints of one file of the field."""
    return lambda name: analyse_gnss([shared_data("field/gnss") / "analyse" / name])["files"][0]


def told(found: Any) -> dict[str, str]:
    return {each["code"]: each["en"] for each in found["remarks"]}


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("U03_log.nmea.gz", "other-kind", "gzip"),
        ("U03_no_checksums.nmea", "no-checksums", "60 sentences"),
        ("U04_20hz_one_decimal.nmea", "coarse-times", "one decimal"),
        ("U05_week_rollover_first_10s.nmea", "week-rollover", "1024 weeks"),
    ],
)
def test_a_file_of_the_field_is_described(look, name: str, code: str, words: str) -> None:
    assert words in told(look(name))[code]
    assert "two-receivers" not in told(look(name))


def test_a_leap_second_is_no_second_receiver(look) -> None:
    found = look("I07_leap_second.nmea")
    assert "two-receivers" not in told(found)
    assert found["availability"]["received_epochs"] == 120


@pytest.mark.parametrize(
    ("name", "seconds"), [("W08_60s_untimed_then_fixed.nmea", 60), ("W09_cold_start_060180.nmea", 60)]
)
def test_a_start_without_a_time_is_waited_for(look, name: str, seconds: float) -> None:
    found = look(name)["availability"]
    assert found["ttff_fixed_s"] == seconds
    assert found["expected_epochs"] == 90
    assert found["fix_rate_of_expected"] == pytest.approx(1 / 3)


def test_the_mean_of_a_place_on_the_antimeridian_is_there(look) -> None:
    block = look("W06_antimeridian.nmea")["precision"]["4"]
    assert abs(block["mean_lon_deg"]) == pytest.approx(180, abs=1e-3)
    assert block["horizontal_rms_m"] < 0.1


def test_two_kinds_of_height_are_never_averaged(look) -> None:
    assert look("W07_separation_missing_in_half.nmea")["precision"]["4"]["vertical_rms_m"] == pytest.approx(
        0.0029, abs=2e-4
    )


@given(st.floats(-180, 180), st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=20))
def test_a_mean_longitude_lies_among_its_longitudes(middle: float, around: list[float]) -> None:
    mean = mean_longitude(np.array([(middle + each + 180) % 360 - 180 for each in around]))
    away = (mean - middle + 180) % 360 - 180
    assert min(around) - 1e-9 <= away <= max(around) + 1e-9


@given(st.binary(min_size=1, max_size=60))
def test_a_packed_file_is_named_by_what_packed_it(data: bytes) -> None:
    for packed, name in ((gzip.compress(data), "gzip"), (bz2.compress(data), "bzip2"), (lzma.compress(data), "xz")):
        assert other_kind(packed) == name
