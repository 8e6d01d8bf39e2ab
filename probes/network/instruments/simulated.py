# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.simulated``: full-length records of simulated terminals, written faster than real time.

For demonstrations. Whoever names such a file, its trace is marked as simulated data: it holds no packet of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.digests.paths import PathSummary
    from probes.network.plans.simulated import SimulatedSettings

_FORMAT = "yanshou.fleet/1"


def _fleet(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.network.simulators.fleet import simulate

    return simulate(config, folder)


def _drive(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.network.simulators.drive import simulate

    return simulate(config, folder)


class SimulatedProbe(Probe["PathSummary", "SimulatedSettings"]):
    """A session a terminal and condition; one that cannot be read counts as damaged."""

    name, extension, settings, form = (
        "network.simulated",
        "jsonl",
        late("probes.network.plans.simulated:SimulatedSettings"),
        Lines(_FORMAT),
    )
    title = Text("整段长度的模拟记录（演示用）", "Full-length records of simulated terminals, for demonstrations")
    summary = "probes.network.digests.paths:PathSummary"
    simulated = True
    simulators = MappingProxyType({"fleet": _fleet, "drive": _drive})

    def source(self, settings: SimulatedSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        return FileSource([folder / settings.file], Text("模拟记录", "simulated record"))

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """Counts, histograms and spans of one session."""
        from probes.network.digests.paths import PathSummary, summarise
        from probes.network.traces.fleet import decode

        try:
            return summarise(decode(self.form.read(chunk)), asked)
        except DecodeError:
            return PathSummary({}, damaged=1)


PROBE = SimulatedProbe()
