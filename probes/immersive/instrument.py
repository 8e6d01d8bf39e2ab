# SPDX-License-Identifier: Apache-2.0
"""The probe ``immersive.frames``: logs of frames as their devices wrote them; and what can be measured from them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Measurand, Simulator, Source
from probes.immersive import PHOTON_METER

if TYPE_CHECKING:
    from probes.immersive.outcomes import Logs
    from probes.immersive.settings import FramesSettings


class FramesProbe(Probe["Logs", "FramesSettings"]):
    """DecodeError with the line where the log cannot be read."""

    name, extension, settings, form = (
        "immersive.frames",
        "log",
        late("probes.immersive.settings:FramesSettings"),
        Whole(),
    )
    title = Text("逐帧记录", "Logs of frames")
    summary = "probes.immersive.outcomes:Logs"

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """Three recordings whose intervals are stated."""
        from probes.immersive.simulators.frames import simulate

        return {"frames": simulate}

    def source(self, settings: FramesSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from probes.immersive.streams import NOUN

        return FileSource([folder / settings.file], NOUN, check=lambda path: _logs(path, None))

    def summarise(self, chunk: Chunk, asked: Asked) -> Logs:
        """The streams of the log that are judged."""
        return _logs(chunk.path, asked.settings)


def _logs(path: Path, settings: FramesSettings | None) -> Logs:
    from probes.immersive.outcomes import Found, Logs
    from probes.immersive.reading import read

    found = read(path.read_bytes(), path.name)
    if settings is None:
        return Logs(())
    refresh = None if settings.refresh is None else Fraction(settings.refresh)
    return Logs((Found(found, settings.application, refresh, settings.device),))


PROBE = FramesProbe()


_VISITS = "probes.immersive.digests.visits:Visits"


def _measurand(name: str, zh: str, en: str, unit: str, *statistics: str) -> Measurand:
    module = "probes.immersive.outcomes"
    ways = {each: f"{module}:{each.replace('-', '_')}" for each in statistics}
    view = f"{module}:{name.replace('-', '_')}"
    return Measurand(
        f"immersive.{name}",
        Text(zh, en),
        unit,
        PROBE.name,
        (PROBE.summary, *(() if name == "motion-to-photon" else (_VISITS,))),
        view,
        ways,
        f"{module}:show",
        f"{module}:recorded",
        instruments=(PHOTON_METER,) if name == "motion-to-photon" else (),
    )


FRAME_TIME = _measurand("frame-time", "帧时间", "frame time", "ms", "quantile", "share-within")
STUTTER = _measurand("stutter", "卡顿帧占比", "share of stuttering frames", "1", "ratio")
MOTION_TO_PHOTON = _measurand("motion-to-photon", "动作到成像时延", "motion-to-photon delay", "ms", "quantile")
