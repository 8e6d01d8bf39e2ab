# SPDX-License-Identifier: Apache-2.0
"""What a receiver heard: pynmea2 reads the same GSV sentences; a long log is looked at in places only."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import pynmea2
import pytest

from probes.gnss.digests import sky
from probes.gnss.digests.sky import sky_of
from probes.gnss.formats.segments import cuts
from probes.gnss.simulators.receiver import Receiver, nmea, simulate


def written(folder: Path, device: Receiver) -> Path:
    path = folder / "log.nmea"
    path.write_bytes(nmea(device, simulate(device)))
    return path


def test_the_strength_of_every_signal_is_what_pynmea2_reads(shared_data: Callable[..., Path]) -> None:
    path = shared_data("gnss", "gpsd", "ublox-zed-f9p-nmea.log")
    wanted: dict[tuple[str, str], list[int]] = {}
    for line in path.read_bytes().split(b"\r\n"):
        if line[3:6] != b"GSV":
            continue
        said = pynmea2.parse(line.decode(), check=True)
        cells = list(said.data[3:])
        signal = cells.pop() if len(cells) % 4 == 1 else ""
        wanted.setdefault((said.talker, signal), []).extend(int(each) for each in cells[3::4] if each)
    letters = {1: "GP", 2: "GL", 3: "GA", 4: "GB", 5: "GQ"}
    found = {(letters[system], signal): numbers for (system, signal), numbers in sky_of(path).strength.items()}
    assert found == {key: (len(values), sum(values)) for key, values in wanted.items() if values}


def test_a_long_log_is_looked_at_in_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, Receiver(duration=600, cold_start=0))
    whole = sky_of(path)
    for name, size in (("HEAD", 4096), ("WINDOW", 4096), ("EVERY", 16384)):
        monkeypatch.setattr(sky, name, size)
    part = sky_of(path)
    assert part.places.keys() == whole.places.keys()
    count = sum(n for n, _ in part.strength.values())
    assert 0 < count < sum(n for n, _ in whole.strength.values()) / 2


def test_where_a_log_is_cut_and_how_its_pieces_are_merged_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, Receiver(duration=300, cold_start=0))
    for name, size in (("HEAD", 10_000), ("WINDOW", 5000), ("EVERY", 30_000)):
        monkeypatch.setattr(sky, name, size)
    pieces = [sky_of(path, *cut) for cut in cuts(path, 7000)]
    assert len(pieces) > 10
    random.Random(3).shuffle(pieces)
    assert reduce(lambda one, other: one.merge(other), pieces) == sky_of(path)
