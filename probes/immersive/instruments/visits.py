# SPDX-License-Identifier: Apache-2.0
"""The probe ``immersive.visits``: points on the web, each opened in a real headless browser and, with a headset emulated, entered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, late
from harness.plugins import Asked, Chunk, Simulator, Source
from probes.immersive.traces.words import VISITS

if TYPE_CHECKING:
    from probes.immersive.digests.visits import Visits
    from probes.immersive.plans.visits import VisitsSettings

_FORMAT = "yanshou.visits/1"


class VisitsProbe(Probe["Visits", "VisitsSettings"]):
    """A line a visit. A session of another form counts as damaged."""

    name, extension, settings, form = (
        "immersive.visits",
        "jsonl",
        late("probes.immersive.plans.visits:VisitsSettings"),
        Lines(_FORMAT),
    )
    title = VISITS.text("title")
    summary = "probes.immersive.digests.visits:Visits"

    @property
    def simulators(self) -> Mapping[str, Simulator]:  # type: ignore[override]
        """A small site of experiences, some with a fault; and visits to it that were recorded before."""
        from probes.immersive.simulators.recorded import simulate as visited
        from probes.immersive.simulators.site import simulate

        return {"site": simulate, "visited": visited}

    def source(self, settings: VisitsSettings, folder: Path) -> Source:
        """The browser, or the record of one."""
        if settings.recorded is not None:
            return FileSource([folder / settings.recorded], VISITS.text("noun"), check=_check)
        from probes.immersive.live.visits import VisitsSource

        return VisitsSource(settings, folder, _FORMAT)

    def summarise(self, chunk: Chunk, asked: Asked) -> Visits:
        """What the visits proved."""
        from probes.immersive.digests.visits import Visits, visits

        try:
            return visits(read(chunk, _FORMAT), elsewhere=asked.settings.recorded is not None)
        except DecodeError:
            return Visits(damaged=1)


def _check(path: Path) -> None:
    read(Chunk(path), _FORMAT)


PROBE = VisitsProbe()
