# SPDX-License-Identifier: Apache-2.0
"""The track of a drive: RMC sentences become places by time; its settings are checked as a receiver's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SpecError
from harness.kit.settings import findings
from harness.kit.track import Track
from harness.plugins import Asked, Chunk, Trace
from harness.testing import check_probe
from probes.gnss.formats.nmea import rmc, sealed
from probes.gnss.instruments.track import TRACK
from probes.gnss.simulators.receiver import Receiver, nmea, simulate


def sentence(second: int, north: str, knots: str = "19.44", status: str = "A") -> bytes:
    return sealed(f"GNRMC,1600{second:02d}.00,{status},{north},N,11418.0000,E,{knots},90.0,211125,,,A")


def read(data: bytes, folder: Path) -> Track:
    path = folder / "0001.nmea"
    path.write_bytes(data)
    return TRACK.summarise(Chunk(path), Asked())


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
    good, void = sentence(3, "3030.6000"), sentence(4, "", status="V")
    found = read(good + void + sentence(5, "3030.0000").replace(b"*", b"*0") + b"$GPGGA,noise\r\n", tmp_path)
    (row,) = found.rows
    assert found.damaged == 1
    assert (row["time_ns"], row["north"], row["east"]) == (
        1_763_740_803 * 10**9,
        pytest.approx(30.51),
        pytest.approx(114.3),
    )
    assert row["speed"] == pytest.approx(10.0, abs=2e-3), "19.44 knots are 10 m/s"


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(noise: bytes) -> None:
    for line in (noise, b"$GNRMC," + noise):
        assert rmc(line) in {None, ()}


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    scratch, path = tmp_path / "scratch", tmp_path / "0001.nmea"
    scratch.mkdir()
    device = Receiver(duration=30, radius=20)
    path.write_bytes(nmea(device, simulate(device)))
    settings = TRACK.settings.model_validate({"file": str(path)})
    check_probe(TRACK, Trace("s05.x", "track", TRACK.name, 1, (path,), settings), Asked(settings=settings), scratch)
    assert len(read(path.read_bytes(), tmp_path)) == 30
