# SPDX-License-Identifier: Apache-2.0
"""RTKLIB really run over real raw observations; and what is told, and kept, where it cannot be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import InstrumentError
from harness.testing import MemorySink, record
from probes.gnss.digests.solution import Solution
from probes.gnss.formats.observed.columns import satellite_name, signal_name
from probes.gnss.formats.observed.rinex import read_rinex
from probes.gnss.formats.observed.solution import read_solution
from probes.gnss.instruments.observations import SOLUTION
from tests.probes.gnss.raw import Seen, msm7, rawx

PLACE = {"lat": 35.132066140, "lon": 139.624302130, "height": 75.8027, "frame": "ITRF2005", "epoch": 2005.25}
PLACE |= {"u_horizontal": "2 mm", "u_vertical": "4 mm"}
FILES = {"rover": "07590920.05o", "base": "30400920.05o", "navigation": "07590920.05n"}


@pytest.fixture
def geonet(shared_data, peer, tmp_path: Path) -> Path:
    """The observations of two stations, 3.3 km apart, in a folder of their own."""
    peer("rnx2rtkp")
    for name in FILES.values():
        shutil.copy(shared_data("gnss", "geonet", name), tmp_path / name)
    return tmp_path


def solved(folder: Path, **settings: Any) -> tuple[MemorySink, Solution]:
    """What the source records, and what is read of it."""
    sink = record(SOLUTION, {**FILES, "base_place": PLACE, **settings}, folder)
    return sink, Solution(*read_solution(bytes(sink.data)))


def test_the_solution_is_the_one_that_is_known_for_these_stations(geonet, shared_data) -> None:
    sink, found = solved(geonet)
    known = [
        line.split()
        for line in shared_data("gnss", "geonet", "0759_kinematic_L1L2.pos").read_text().splitlines()
        if line[0] != "%"
    ]
    assert len(found.rows) == len(known) == 115
    places = np.array([[float(cell) for cell in (row[2], row[3], row[4])] for row in known])
    assert np.abs(found.rows["lat_deg"] - places[:, 0]).max() < 3e-9
    assert np.abs(found.rows["lon_deg"] - places[:, 1]).max() < 3e-9
    assert np.abs(found.rows["height_m"] - places[:, 2]).max() < 5e-4
    assert set(found.rows["quality"]) == {1}
    assert not found.failed
    assert sink.attached.keys() == set(FILES.values())
    assert [kind for kind, _ in sink.events if kind.startswith("gnss")] == ["gnss.solved"]


def rewritten(path: Path, write: Callable[..., bytes]) -> bytes:
    """The observations of a RINEX file as a receiver's own stream."""
    rows = read_rinex(path.read_bytes()).rows
    signals = {"1C": "1C", "2W": "2W" if write is msm7 else "2L"}
    out = b""
    for time in np.unique(rows["time_ns"]):
        seen = [
            Seen(
                satellite_name(int(r["satellite"])),
                signals[signal_name(int(r["signal"]))],
                float(r["code_m"]),
                float(r["phase_m"]),
            )
            for r in rows[rows["time_ns"] == time]
        ]
        whole = [s for s in seen if np.isfinite(s.code_m) and np.isfinite(s.phase_m)]
        if write is msm7:  # 24 bits hold 1.17 km between phase and range: a whole number of cycles is taken off each
            whole = [_near(s, rows) for s in whole]
        out += write(int(time), whole)
    return out


@pytest.mark.parametrize("write", [rawx, msm7])
def test_receivers_own_streams_give_the_same_solution_as_rinex(geonet, write) -> None:
    """convbin reads what we wrote of UBX and RTCM: the same observations, the same positions."""
    out = rewritten(geonet / FILES["rover"], write)
    (geonet / "rover.raw").write_bytes(out)
    _, plain = solved(geonet)
    sink, found = solved(geonet, rover="rover.raw", date="2005-04-02")
    assert not found.failed, found.failed
    assert len(found.rows) > 100
    fixed = found.rows[found.rows["quality"] == 1]
    assert len(fixed) > 100
    assert np.abs(np.median(fixed["height_m"]) - np.median(plain.rows["height_m"])) < 0.03
    assert np.abs(np.median(fixed["lat_deg"]) - np.median(plain.rows["lat_deg"])) < 1e-7
    assert "rover.raw" in sink.attached


def _near(each: Seen, rows: Any) -> Seen:
    from dataclasses import replace

    from tests.probes.gnss.raw import L1_M, L2_M

    mine = rows[
        (rows["satellite"] == ord("G") << 8 | int(each.sat[1:]))
        & (rows["signal"] == (ord(each.signal[0]) << 8 | ord(each.signal[1])))
    ]
    length = L1_M if each.signal == "1C" else L2_M
    cycles = round(float(np.nanmean(mine["code_m"] - mine["phase_m"])) / length)
    return replace(each, phase_m=each.phase_m + cycles * length)


def test_a_program_that_is_absent_is_one_sentence_and_the_raw_files_are_kept(geonet, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(geonet))
    sink, found = solved(geonet)
    (said,) = found.failed
    assert said.startswith("rnx2rtkp is not installed")
    assert "apt-get install rtklib" in said
    assert sink.attached.keys() == set(FILES.values())
    assert [kind for kind, _ in sink.events if kind.startswith("gnss")] == ["gnss.not-solved"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'no memory' >&2; exit 3", "rnx2rtkp failed with 3 and said: no memory."),
        ("exec sleep 60", "rnx2rtkp did not end within 1 s."),
        ("exit 0", "rnx2rtkp ended without a solution."),
    ],
)
def test_a_program_that_fails_or_never_ends_is_one_sentence(geonet, monkeypatch, script: str, said: str) -> None:
    (geonet / "rnx2rtkp").write_text(f"#!/bin/sh\n{script}\n")
    (geonet / "rnx2rtkp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{geonet}{os.pathsep}{os.environ['PATH']}")
    sink, found = solved(geonet, timeout="1 s")
    assert found.failed[0].startswith(said)
    assert len(sink.attached) == 3


def test_a_base_of_another_day_is_told_with_both_days(geonet) -> None:
    path = geonet / FILES["base"]
    path.write_bytes(path.read_bytes().replace(b"\n 05  4  2 ", b"\n 05  4  3 "))
    _, found = solved(geonet)
    assert "of 2005-04-02 00:00:00 to 2005-04-02 00:59:30" in found.failed[0]
    assert "the base's of 2005-04-03" in found.failed[0]


@pytest.mark.parametrize(
    ("written", "settings", "said"),
    [
        (b"$GNGGA,,,,,,0,,,,,,,,*78\r\n", {}, "The rover's file holds no observation that is understood."),
        (msm7(10**18, [Seen("G05", "1C", 2.2e7, 2.2e7)]), {}, "RTCM tells no week."),
        (
            b"     3.04           OBSERVATION DATA    M".ljust(60) + b"RINEX VERSION / TYPE\n",
            {},
            "The header of the RINEX file does not end.",
        ),
    ],
)
def test_a_file_that_is_no_raw_observation_is_told(geonet, written: bytes, settings: dict[str, Any], said: str) -> None:
    (geonet / "rover.raw").write_bytes(written)
    _, found = solved(geonet, rover="rover.raw", **settings)
    assert found.failed[0].startswith(said)


def test_a_solution_without_ephemerides_asks_for_them(geonet) -> None:
    _, found = solved(geonet, navigation=[])
    assert found.failed[0].startswith("There are no ephemerides")


def test_a_file_that_is_not_there_is_told_before_anything_is_recorded(tmp_path) -> None:
    with pytest.raises(InstrumentError, match="cannot be read"):
        record(SOLUTION, {**FILES, "base_place": PLACE}, tmp_path)
