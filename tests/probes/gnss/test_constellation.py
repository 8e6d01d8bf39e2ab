# SPDX-License-Identifier: Apache-2.0
"""What a receiver heard: pynmea2 reads the same GSV sentences; a long log is looked at in places only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pynmea2
import pytest

from harness.model import Figure
from probes.gnss.constellation import constellation_figures, sky_of
from probes.gnss.decode import decode
from probes.gnss.figures import ellipse
from probes.gnss.simulator import Receiver, nmea, simulate
from probes.gnss.summary import LogSummary, whole_log


def written(folder: Path, device: Receiver) -> Path:
    path = folder / "log.nmea"
    path.write_bytes(nmea(device, simulate(device)))
    return path


def figures_of(path: Path) -> dict[str, Figure]:
    found = constellation_figures(whole_log(LogSummary((decode(path),))), [path])
    return {f"{figure.kind} {figure.unit}": figure for figure in found}


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
    found = {(letters[system], signal): numbers for (system, signal), numbers in sky_of([path]).strength.items()}
    assert found == {key: (len(values), sum(values)) for key, values in wanted.items() if values}


def test_satellites_used_and_seen_are_drawn_by_system(tmp_path: Path) -> None:
    found = figures_of(written(tmp_path, Receiver(duration=20, cold_start=0)))
    used = found["bars 个"].data
    assert [name.en for name in used["labels"]] == ["BeiDou", "GPS", "GLONASS", "Galileo"]
    assert used["values"] == [11, 9, 6, 6]
    assert [name.en for name in found["bars dB-Hz"].data["labels"]][:2] == ["BeiDou B1I", "BeiDou B3I"]
    sky = found["sky °"].data
    assert len(sky["label"]) == 32
    assert {"C11", "G09", "R06", "E06"} <= set(sky["label"])


def test_a_log_that_says_nothing_about_satellites_has_no_such_picture(tmp_path: Path) -> None:
    assert figures_of(written(tmp_path, Receiver(duration=20, full=False))) == {}


def test_a_long_log_is_looked_at_in_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from probes.gnss import constellation

    path = written(tmp_path, Receiver(duration=600, cold_start=0))
    whole = sky_of([path])
    monkeypatch.setattr(constellation, "WINDOW", 4096)
    part = sky_of([path])
    assert part.places.keys() == whole.places.keys()
    count = sum(n for n, _ in part.strength.values())
    assert 0 < count < sum(n for n, _ in whole.strength.values()) / 2


def test_the_ellipse_holds_95_percent_and_lies_along_the_errors() -> None:
    random = np.random.default_rng(1)
    turn = np.radians(30)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = random.standard_normal((20_000, 2)) * (5, 2) @ axes + (3, -1)
    found = ellipse(points)
    assert found is not None
    assert (found["x"], found["y"]) == (pytest.approx(3, abs=0.2), pytest.approx(-1, abs=0.2))
    assert found["angle"] == pytest.approx(30, abs=1.5)
    inside = ((points - (found["x"], found["y"])) @ axes.T / (found["major"], found["minor"])) ** 2
    assert (inside.sum(axis=1) <= 1).mean() == pytest.approx(0.95, abs=0.01)
    assert ellipse(points[:2]) is None
