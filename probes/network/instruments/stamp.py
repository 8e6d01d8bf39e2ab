# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.stamp``: round-trip delay, loss, drop-outs and IPv6 of many terminals by STAMP (RFC 8762)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import DecodeError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from probes.network.digests.paths import PathSummary, summarise
from probes.network.measurands.dropout import dropout
from probes.network.measurands.ipv6 import ipv6
from probes.network.measurands.latency import rtt
from probes.network.measurands.loss import loss
from probes.network.measurands.one_way import owd
from probes.network.measurands.service_time import availability, mobility
from probes.network.plans import stamp_config

if TYPE_CHECKING:
    from probes.network.wire.walk import Bytes

CHUNK_BYTES = 16 << 20


class StampProbe:
    """Stateless; what is Linux-only or slow to import is imported inside the methods."""

    name = "network.stamp"
    version = "1"
    title = Text("STAMP 双向主动测量（RFC 8762）", "STAMP two-way active measurement (RFC 8762)")
    extension = "pcapng"
    watchable = frozenset({"network.rtt", "network.loss"})

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """network.rtt, .owd, .loss, .dropout, .availability, .mobility, .ipv6."""
        return _MEASURANDS

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """``reflectors``: terminals on loopback addresses."""
        return _SIMULATORS

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings (targets, schedule, rate, size, duration or count, waiting_time …)."""
        return stamp_config.check(config, folder)

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The sender; Linux only."""
        from probes.network.live.stamp import StampSource

        return StampSource(config, folder)

    def whole(self, path: Path) -> int:
        """Bytes up to the end of the last whole record: a probe and all its replies."""
        from probes.network.wire.walk import walk

        data = _map(path)
        return walk(data).stop if len(data) else 0

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """Pieces of about 16 MiB, each of whole records of one session."""
        from probes.network.wire.walk import cuts, walk

        for path in trace.segments:
            data = _map(path)
            walked = walk(data) if len(data) else None
            if walked is None or walked.stop == 0:
                yield Chunk(path)
                continue
            pieces = cuts(walked, CHUNK_BYTES)
            for number, (section, start, stop) in enumerate(pieces, start=1):
                end = len(data) if number == len(pieces) else stop  # damage at the end is somebody's to report
                yield Chunk(path, start, end, {"section": section})

    def summarise(self, chunk: Chunk, context: Context) -> PathSummary:
        """Counts, histograms and spans of one piece; a piece that is no STAMP session counts as damaged."""
        from probes.network.traces.stamp import decode, read_header

        data = _map(chunk.path)
        stop = len(data) if chunk.stop < 0 else min(chunk.stop, len(data))
        try:
            header = read_header(data[:stop], int(chunk.detail.get("section", 0)))
        except DecodeError:
            return PathSummary({}, damaged=1)
        return summarise(decode(data[:stop], chunk.start, header), context)


def _map(path: Path) -> Bytes:
    """The file's bytes without reading them all; an empty file is an empty array."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)


def _reflectors(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.network.simulators.reflectors import simulate

    return simulate(config, folder)


_MEASURANDS: Mapping[str, Estimator] = MappingProxyType(
    {
        "network.rtt": rtt,
        "network.owd": owd,
        "network.loss": loss,
        "network.dropout": dropout,
        "network.availability": availability,
        "network.mobility": mobility,
        "network.ipv6": ipv6,
    }
)
_SIMULATORS: Mapping[str, Simulator] = MappingProxyType({"reflectors": _reflectors})
PROBE = StampProbe()
