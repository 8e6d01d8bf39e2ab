# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.tcp``: connects to a port that nodes serve anyway, judged by the estimators of ``network.stamp``.

Labelled in every verdict: SYN to SYN-ACK, and the system repeats a lost SYN, so what counts as lost is a timeout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import DecodeError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from probes.network.digests.paths import PathSummary, summarise
from probes.network.instruments.icmp import NOTHING
from probes.network.plans import stamp_config
from probes.network.traces import tcp


class TcpProbe:
    """Stateless."""

    name = "network.tcp"
    version = "1"
    title = Text("TCP 建连时延测量（无反射端的终端）", "Round trips by TCP connects, for nodes without a reflector")
    extension = "tcp"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """None of its own: what it records is judged as ``network.rtt``, ``network.dropout`` …, of ``network.stamp``."""
        return NOTHING

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return NOTHING

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: targets, port, schedule, rate (50/s at most), duration or count, …."""
        return stamp_config.check(config, folder, "tcp")

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The connecting side; Linux only."""
        from probes.network.live.tcp import TcpSource

        return TcpSource(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole line."""
        return path.read_bytes().rfind(b"\n") + 1

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A session a chunk."""
        for path in trace.segments:
            found = tcp.sessions(path.read_bytes())
            yield from (Chunk(path, start, stop) for start, stop in found or [(0, -1)])

    def summarise(self, chunk: Chunk, context: Context) -> PathSummary:
        """Counts, histograms and spans; a piece that is no session counts as damaged."""
        data = chunk.path.read_bytes()
        try:
            session = tcp.decode(data[chunk.start : chunk.stop if chunk.stop >= 0 else len(data)])
        except DecodeError:
            return PathSummary({}, damaged=1)
        return summarise(session, context)


PROBE = TcpProbe()
