# SPDX-License-Identifier: Apache-2.0
"""Tracks beside a run: sentences read by the standard, damage counted, and settings that are checked as a receiver's."""

from functools import reduce
from operator import xor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SpecError
from harness.kit.settings import findings
from harness.plugins import Asked, Chunk, Trace
from harness.testing import check_probe
from probes.gnss.instruments.track import TRACK


def rmc(second: int, north: str, knots: str = "19.44", status: str = "A") -> str:
    body = f"GNRMC,1600{second:02d}.00,{status},{north},N,11418.0000,E,{knots},90.0,211125,,,A"
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def test_a_misspelt_setting_is_named_before_anything_is_opened() -> None:
    wrong = {"tcp": "10.0.0.1:5017", "bauud": 3, "duration": "1 min"}
    (problem,) = findings(TRACK.settings, wrong)
    assert problem.keys == ("bauud",)
    assert problem.cure
    with pytest.raises(SpecError, match="bauud"):
        TRACK.settings.parse(wrong)
    assert findings(TRACK.settings, {"tcp": "10.0.0.1:5017"}), "a live receiver has no end of its own"
    assert findings(TRACK.settings, {}), "a track needs one receiver"


def test_rmc_sentences_are_read_by_the_standard_and_damage_is_counted(tmp_path: Path) -> None:
    good, void, bad = rmc(3, "3030.6000"), rmc(4, "", status="V"), rmc(5, "3030.0000").replace("*", "*0")
    path = tmp_path / "0001.nmea"
    path.write_text(good + void + bad + "$GPGGA,noise\r\n")
    found = TRACK.summarise(Chunk(path), Asked())
    (row,) = found.rows
    assert (row["time_ns"], row["north"], row["east"]) == (
        1_763_740_803 * 10**9,
        pytest.approx(30.51),
        pytest.approx(114.3),
    )
    assert row["speed"] == pytest.approx(10.0, abs=2e-3), "19.44 knots are 10 m/s"
    assert found.damaged == 1


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(noise: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "0001.nmea"
        path.write_bytes(noise + b"\n$GNRMC," + noise)
        assert TRACK.summarise(Chunk(path), Asked()).damaged <= 1 + noise.count(b"\n") * 2


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    path = tmp_path / "0001.nmea"
    path.write_text("".join(rmc(second, "3030.0000") for second in range(5)))
    (tmp_path / "torn").mkdir()
    settings = TRACK.settings.parse({"file": "x.nmea"})
    check_probe(TRACK, Trace("s02.x", "x", TRACK.name, 1, (path,), settings), Asked((), settings), tmp_path / "torn")
