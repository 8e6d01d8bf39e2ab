# SPDX-License-Identifier: Apache-2.0
"""Where a base says that it stands is read and compared: with its mark, with its frame, and with itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Outcome
from harness.plugins import Trace
from probes.gnss.digests.corrections import Corrections
from probes.gnss.formats.rtcm import Station, stations
from probes.gnss.instruments.corrections import PROBE
from probes.gnss.truth.geodesy import CGCS2000, Origin, ecef, from_enu
from tests.probes.gnss.conftest import judged, trace_of

STATIC = {"duration": 240, "rate": 1, "sd_h": 0.001, "sd_v": 0.002, "noise_tau": 1, "cold_start": 0, "full": True}
BASE = Origin(30.51, 114.31, 30.0)
MARK = {"lat": BASE.lat_deg, "lon": BASE.lon_deg, "height": BASE.height_m, "frame": "CGCS2000", "epoch": 2000.0}
MARK |= {"u_horizontal": "2 mm", "u_vertical": "3 mm"}


def crc24q(data: bytes) -> int:
    """Bit by bit, as RTCM 10403.3 has it."""
    check = 0
    for bit in "".join(f"{each:08b}" for each in data) + "0" * 24:
        check = (check << 1) | int(bit)
        check ^= 0x1864CFB if check >> 24 else 0
    return check


def message(station: Station) -> bytes:
    """A 1005, or a 1006 where the station tells the height of its antenna."""
    kind = 1005 if station.antenna is None else 1006
    bits = f"{kind:012b}{station.number:012b}{0:06b}1110"
    bits += "00".join(f"{each & (1 << 38) - 1:038b}" for each in (station.x, station.y, station.z))
    bits += "" if station.antenna is None else f"{station.antenna:016b}"
    body = int(bits, 2).to_bytes(len(bits) // 8, "big")
    frame = b"\xd3" + len(body).to_bytes(2, "big") + body
    return frame + crc24q(frame).to_bytes(3, "big")


def at(east: float = 0.0, north: float = 0.0, up: float = 0.0, number: int = 7) -> Station:
    """The base, moved by so many metres."""
    place = from_enu(np.array([[east, north, up]]), BASE, CGCS2000)
    x, y, z = (round(float(each) * 1e4) for each in ecef(*place, CGCS2000)[0])
    return Station(number, x, y, z)


BEIDOU = b"\xd3\x00\x02" + (1124 << 4).to_bytes(2, "big")
BEIDOU += crc24q(BEIDOU).to_bytes(3, "big")


def outcome(simulated: Any, folder: Path, told: list[Station], **settings: Any) -> Outcome:
    """What a receiver's accuracy says with these stations in the corrections beside it."""
    path = folder / "0001.rtcm3"
    path.write_bytes(BEIDOU + b"".join(message(each) for each in told))
    stream = Trace("s08.test", "base", PROBE.name, 1, (path,), PROBE.settings.model_validate({"file": str(path)}))
    trace = simulated.trace(STATIC)
    receiver = trace_of({**trace.settings.journal(), **settings})
    return judged([receiver, stream], "gnss.horizontal", "rms", "<= 1 m")[0]


def codes(found: Outcome) -> set[str]:
    return {each.code for each in found.invalid} | {each.reason.code for each in found.lacks}


def test_coordinates_are_those_that_the_stream_is_known_for(shared_data) -> None:
    data = shared_data("gnss", "rtcm", "testglo.rtcm3").read_bytes()
    ((station, count),) = Counter(stations(data)).items()
    assert station.xyz_m == (-3869297.5138, 3436571.3345, 3717369.3757)
    assert count == 19
    assert not list(stations(shared_data("gnss", "rtcm", "GMSD7_20121014.rtcm3").read_bytes()))


COORDINATE = st.integers(-(1 << 37), (1 << 37) - 1)


@given(
    st.integers(0, 4095), COORDINATE, COORDINATE, COORDINATE, st.none() | st.integers(0, 65535), st.binary(max_size=9)
)
def test_a_station_is_read_as_it_was_written(number, x, y, z, antenna, junk: bytes) -> None:
    station = Station(number, x, y, z, antenna)
    assert list(stations(junk.replace(b"\xd3", b"") + message(station) * 2)) == [station, station]


@given(st.integers(0, 24), st.integers(1, 255))
def test_a_station_with_a_wrong_checksum_is_none(place: int, flip: int) -> None:
    data = bytearray(message(at()))
    data[place] ^= flip
    assert not list(stations(bytes(data)))


@given(st.lists(st.tuples(st.sampled_from([at(), at(1), at(number=3)]), st.integers(1, 5)), max_size=6))
def test_stations_merge_in_any_order(parts) -> None:
    every = [Corrections({1005: count}, {station: count}) for station, count in parts]
    forward, backward = Corrections({}), Corrections({})
    for each in every:
        forward = forward.merge(each)
    for each in reversed(every):
        backward = backward.merge(each)
    assert forward == backward


def test_a_base_on_its_mark_changes_nothing(simulated, tmp_path: Path) -> None:
    assert not codes(outcome(simulated, tmp_path, [at(), at()], base=MARK))


@pytest.mark.parametrize("moved", [(0.02, 0, 0), (0, 0, 0.3), (5, 5, 0)])
def test_a_base_that_moved_is_invalid(simulated, tmp_path: Path, moved) -> None:
    assert codes(outcome(simulated, tmp_path, [at(), at(*moved), at()])) == {"gnss.base-moved"}


def test_two_bases_are_two_and_have_not_moved(simulated, tmp_path: Path) -> None:
    assert not codes(outcome(simulated, tmp_path, [at(), at(800, number=8), at()]))


@pytest.mark.parametrize("away", [(0.03, 0, 0), (0.5, -0.2, 0), (0, 0, 1.5)])
def test_a_base_off_its_mark_is_invalid_and_tells_by_how_much(simulated, tmp_path: Path, away) -> None:
    found = outcome(simulated, tmp_path, [at(*away)], base=MARK)
    assert codes(found) == {"gnss.base-elsewhere"}
    (told,) = (each.text.en for each in found.invalid)
    assert all(f"{each * 1000:g} mm" in told.replace(",", "") for each in away if each)


def test_a_base_in_another_frame_is_invalid(simulated, tmp_path: Path) -> None:
    other = MARK | {"epoch": 2024.0}
    assert codes(outcome(simulated, tmp_path, [at()], base=other)) == {"gnss.base-frame"}


def test_a_base_that_never_tells_its_place_leaves_pass_open(simulated, tmp_path: Path) -> None:
    assert codes(outcome(simulated, tmp_path, [], base=MARK)) == {"gnss.base-not-told"}
