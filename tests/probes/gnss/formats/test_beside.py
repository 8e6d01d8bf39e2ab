# SPDX-License-Identifier: Apache-2.0
"""Numbers beside a position that go with no fix take it away; a row that is an average is refused; what names BeiDou denies nothing."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.gnss.formats.readers import read_epochs
from tests.probes.gnss.formats.test_closed_world import CSV, table_of

FIXED, NONE = {4}, {0}


def qualities(heading: str, word: str) -> set[int]:
    return set(read_epochs(table_of(heading, word), "csv", CSV)[0]["quality"].tolist())


BOUNDS = [
    (("ratio", "Ratio", "AR ratio", "比值"), 1.5, True),
    (("PDOP", "hdop", "GDOP"), 20.0, False),
    (("age", "diff_age", "Age of differential", "corr age(s)", "差分龄期", "差分龄期(s)", "改正数延迟"), 120.0, False),
    (
        ("satellites", "sats", "ns", "num_sats", "n sat", "卫星数", "使用卫星数", "satellites used", "Sats used"),
        4.0,
        True,
    ),
]


@given(
    st.sampled_from(BOUNDS).flatmap(lambda each: st.tuples(st.sampled_from(each[0]), st.just(each[1:]))),
    st.floats(0, 500),
)
def test_a_number_that_goes_with_no_fix_takes_it_away(named, value: float) -> None:
    heading, (bound, least) = named
    beyond = value < bound if least else value > bound
    assert qualities(heading, f"{value:.6f}") == (NONE if beyond and f"{value:.6f}" != f"{bound:.6f}" else FIXED)


@pytest.mark.parametrize(
    ("heading", "word", "kept"),
    [("diff_age(ms)", "900", True), ("diff_age(min)", "3", False), ("age (s)", "", True), ("ratio", "", True)],
)
def test_the_unit_of_the_heading_holds_and_a_blank_says_nothing(heading: str, word: str, kept: bool) -> None:
    assert qualities(heading, word) == (FIXED if kept else NONE)


@pytest.mark.parametrize(
    "heading",
    [
        "temperature",
        "battery (%)",
        "baseline (m)",
        "age of the operator",
        "satellite elevation",
        "aspect ratio of the screen",
    ],
)
@pytest.mark.parametrize("value", ["0.5", "3", "600"])
def test_other_numbers_take_nothing_away(heading: str, value: str) -> None:
    assert qualities(heading, value) == FIXED


@pytest.mark.parametrize("heading", ["CEP(m)", "R95 (m)", "DRMS", "2DRMS(m)"])
def test_a_spread_of_metres_is_that_of_no_fix(heading: str) -> None:
    assert qualities(heading, "2.5") == NONE
    assert qualities(heading, "0.012") == FIXED


@pytest.mark.parametrize(
    "heading", ["Samples", "n_epochs", "epochs used", "平均次数", "历元数", "观测次数", "Averaging count", "平滑次数"]
)
def test_a_row_that_is_an_average_is_refused(heading: str) -> None:
    with pytest.raises(DecodeError, match="several measurements"):
        qualities(heading, "60")
    assert qualities(heading, "1") == FIXED


@pytest.mark.parametrize("heading", ["Averaging end", "averaging stop", "平均结束时间"])
def test_a_row_that_ends_later_than_it_begins_is_an_average(heading: str) -> None:
    with pytest.raises(DecodeError, match="several measurements"):
        qualities(heading, "2026-11-21T04:09:00Z")


@pytest.mark.parametrize(("word", "fine"), [("GPS+BDS", True), ("gps/glo/gal/bds", True), ("BDS", True), ("北斗", True), ("GNSS", True), ("BDS+GPS+GAL", True), ("GPS", False), ("GPS+GLO", False), ("INS", False), ("PPP", False), ("DR", False)])  # fmt: skip
def test_a_word_that_names_systems_denies_only_without_beidou(word: str, fine: bool) -> None:
    if fine:
        assert qualities("source", word) == FIXED
    else:
        with pytest.raises(DecodeError, match="may be no fixed one"):
            qualities("source", word)


@pytest.mark.parametrize(
    "title", ["coordinates shifted to the reference mark", "坐标已整体平移", "每10个历元取一", "mean removed"]
)
def test_a_title_by_which_positions_were_moved_is_refused(title: str) -> None:
    with pytest.raises(DecodeError, match=r"Above the head|no record as it was measured"):
        read_epochs(f"{title},,,,,\n".encode() + table_of("HDOP", "0.6"), "csv", CSV)


def test_the_days_of_a_spreadsheet_are_times_to_the_millisecond() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, out, start = openpyxl.Workbook(), io.BytesIO(), datetime(2026, 11, 21, 4)  # noqa: DTZ001 - a spreadsheet has no zones
    book.active.append(["t", "la", "lo", "h", "q"])
    for at in range(600):
        book.active.append([start + timedelta(seconds=at / 10), 30.5 + at * 1e-9, 114.3, 45.0 + at / 1000, 4])
    book.save(out)
    times = read_epochs(out.getvalue(), "csv", CSV)[0]["tod_ns"]
    assert times.tolist() == [1_795_233_600 * 10**9 + at * 10**8 for at in range(600)]
