# SPDX-License-Identifier: Apache-2.0
"""Examples of immersive points."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.plugins import Trace
from probes.immersive.simulators import register as points
from tests.conformance.examples import of, traced
from tests.probes.immersive import visited
from tests.probes.immersive.made import presentmon

VISITED = MappingProxyType({"recorded": "visits.jsonl"})
FRAMES = MappingProxyType({"file": "p.csv", "device": "headset", "refresh": "72 Hz"})


@of("immersive.frames")
def _frames(folder: Path) -> Trace:
    return traced("immersive.frames", folder, presentmon([13.0] * 200).encode(), FRAMES)


@of("immersive.points")
def _points(folder: Path) -> Trace:
    return registered_points(folder, count=3)


@of("immersive.visits")
def _visits(folder: Path) -> Trace:
    return traced("immersive.visits", folder, visited.trace(visited.rounds(2, 2)), VISITED)


def registered_points(folder: Path, **given: Any) -> Trace:
    """A register of points with the photographs and logs that it names."""
    points.write(points.PointsSettings.parse(given), folder)
    documents = {path.name: path for path in sorted(folder.iterdir()) if path.name != "points.csv"}
    digests = {name: sha256(path.read_bytes()).hexdigest() for name, path in documents.items()}
    plain = traced("immersive.points", folder, (folder / "points.csv").read_bytes(), {"register": "points.csv"})
    return replace(plain, documents=documents, digests=digests)
