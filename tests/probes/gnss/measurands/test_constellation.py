# SPDX-License-Identifier: Apache-2.0
"""Pictures of what a receiver heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.model import Figure
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.digests.sky import sky_of
from probes.gnss.formats.decode import decode
from probes.gnss.measurands.constellation import constellation_figures
from probes.gnss.measurands.figures import ellipse
from probes.gnss.simulators.receiver import Receiver, nmea, simulate


def written(folder: Path, device: Receiver) -> Path:
    path = folder / "log.nmea"
    path.write_bytes(nmea(device, simulate(device)))
    return path


def figures_of(path: Path) -> dict[str, Figure]:
    found = constellation_figures(whole_log(LogSummary((decode(path),))), sky_of(path))
    return {f"{figure.kind} {figure.unit}": figure for figure in found}


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


def test_the_ellipse_holds_95_percent_and_lies_along_the_errors() -> None:
    random = np.random.default_rng(1)
    turn = np.radians(30)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = random.standard_normal((20_000, 2)) * (5, 2) @ axes + (3, -1)
    found = ellipse(points)
    assert found is not None
    assert (found.x, found.y) == (pytest.approx(3, abs=0.2), pytest.approx(-1, abs=0.2))
    assert found.angle == pytest.approx(30, abs=1.5)
    inside = ((points - (found.x, found.y)) @ axes.T / (found.major, found.minor)) ** 2
    assert (inside.sum(axis=1) <= 1).mean() == pytest.approx(0.95, abs=0.01)
    assert ellipse(points[:2]) is None
