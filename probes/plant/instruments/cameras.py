# SPDX-License-Identifier: Apache-2.0
"""The probe ``plant.camera``: pictures that a platform gives of its cameras (RTSP, HLS, FLV), and codes that are held before them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, late
from harness.plugins import Asked, Chunk, Simulator, Source
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.digests.sights import Sights
    from probes.plant.plans.cameras import CameraSettings

_FORMAT = "yanshou.camera/1"


class CameraProbe(Probe["Sights", "CameraSettings"]):
    """A line a picture. A session of another form counts as damaged."""

    name, extension, settings, form = (
        "plant.camera",
        "jsonl",
        late("probes.plant.plans.cameras:CameraSettings"),
        Lines(_FORMAT),
    )
    title = WORDS.text("title-camera")
    summary = "probes.plant.digests.sights:Sights"

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """Streams of cameras, some frozen, some black."""
        from probes.plant.simulators.cameras import simulate

        return {"cameras": simulate}

    def source(self, settings: CameraSettings, folder: Path) -> Source:
        """The watcher of all pictures."""
        from probes.plant.live.cameras import CameraSource

        return CameraSource(settings, folder, _FORMAT)

    def summarise(self, chunk: Chunk, asked: Asked) -> Sights:  # noqa: ARG002 - the interface of every probe
        """What the pictures show."""
        from probes.plant.digests.sights import Sights, sights

        try:
            return sights(read(chunk, _FORMAT))
        except DecodeError:
            return Sights(damaged=1)


PROBE = CameraProbe()
