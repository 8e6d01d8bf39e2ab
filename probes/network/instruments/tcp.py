# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.tcp``: connects to a port that nodes serve anyway.

Labelled in every verdict: SYN to SYN-ACK, and the system repeats a lost SYN, so what counts as lost is a timeout.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.probe import Lines, Probe
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from probes.network.plans.active import TcpSettings

if TYPE_CHECKING:
    from probes.network.digests.paths import PathSummary


class TcpProbe(Probe["PathSummary", TcpSettings]):
    """A session a chunk; a piece that is no session counts as damaged."""

    name, extension, settings, form = "network.tcp", "tcp", TcpSettings, Lines("yanshou.tcp/1")
    title = Text("TCP 建连时延测量（无反射端的终端）", "Round trips by TCP connects, for nodes without a reflector")
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: TcpSettings, folder: Path) -> Source:
        """The connecting side; Linux only."""
        from probes.network.live.tcp import TcpSource

        return TcpSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """Counts, histograms and spans."""
        from probes.network.digests.paths import PathSummary, summarise
        from probes.network.traces import tcp

        try:
            return summarise(tcp.decode(chunk), asked)
        except DecodeError:
            return PathSummary({}, damaged=1)


PROBE = TcpProbe()
