# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.stamp``: round-trip delay, loss, drop-outs and IPv6 of many terminals by STAMP (RFC 8762)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import DecodeError
from harness.kit.probe import Probe, late
from harness.kit.words import Catalogue
from harness.model import Text
from harness.plugins import Asked, Chunk, Seen, Source, Trace

if TYPE_CHECKING:
    from harness.spec.profile import Project
    from probes.network.digests.paths import PathSummary
    from probes.network.plans.active import PacketSettings, StampSettings  # noqa: F401 - in quotes below

WORDS = Catalogue("probes.network")
CHUNK_BYTES = 16 << 20
_TARGETS = 512
"""Every so many targets a chunk is as long again: a digest of few packets costs as much as one of many."""
S = TypeVar("S", bound="PacketSettings")


class PacketProbe(Probe["PathSummary", S]):
    """Packets that we send, kept as pcapng; what is Linux-only or slow to import is imported inside the methods."""

    extension = "pcapng"
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: S, folder: Path) -> Source:
        """The sender; Linux only."""
        from probes.network.live.stamp import StampSource

        return StampSource(settings, folder)

    def preview(self, settings: S, folder: Path, project: Project | None) -> Iterator[Seen]:  # noqa: ARG002
        """How many nodes would be asked; UsageError for a register that cannot be read."""
        yield Seen(WORDS.text("preview-targets", count=len(settings.found(folder))))

    def whole(self, path: Path, start: int = 0) -> int:
        """Bytes up to the end of the last whole record: a packet and all its replies."""
        from probes.network.wire.walk import mapped, walk

        return walk(mapped(path), start).stop

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """Pieces of about 16 MiB, more for many targets, each of whole records of one session."""
        from probes.network.wire.walk import mapped, pieces

        first = 0 if done is None else trace.segments.index(done.path)
        least = _least(trace)
        for path in trace.segments[first:]:
            before = done if done is not None and done.path == path else Chunk(path, stop=0)
            size = path.stat().st_size
            if before.stop == size > 0:
                continue
            found = pieces(mapped(path), before.stop, int(before.detail.get("section", -1)), least)
            for number, (section, start, stop) in enumerate(found, start=1):
                end = size if number == len(found) else stop  # damage at the end is somebody's to report
                yield Chunk(path, start, end, {"section": section})
            if not found:
                yield Chunk(path, before.stop, size)

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """Counts, histograms and spans of one piece; a piece that is no session counts as damaged."""
        from probes.network.digests.paths import PathSummary, summarise
        from probes.network.traces.stamp import decode, read_header
        from probes.network.wire.walk import mapped

        data = mapped(chunk.path)
        data = data[: chunk.stop] if chunk.stop >= 0 else data
        try:
            header = read_header(data, int(chunk.detail.get("section", 0)))
        except DecodeError:
            return PathSummary({}, damaged=1)
        return summarise(decode(data, chunk.start, header), asked)


def _least(trace: Trace) -> int:
    """How many bytes a chunk has at least: by the number of targets that the first segment names."""
    from probes.network.traces.stamp import read_header
    from probes.network.wire.walk import mapped

    try:
        targets = len(read_header(mapped(trace.segments[0]))["targets"]) if trace.segments else 0
    except DecodeError:
        targets = 0
    return CHUNK_BYTES * max(1, targets // _TARGETS)


def _reflectors(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.network.simulators.reflectors import simulate

    return simulate(config, folder)


class StampProbe(PacketProbe["StampSettings"]):
    """The other end reflects what we send (``yanshou reflect``, or any reflector of RFC 8762)."""

    name, settings = "network.stamp", late("probes.network.plans.active:StampSettings")
    title = Text("STAMP 双向主动测量（RFC 8762）", "STAMP two-way active measurement (RFC 8762)")
    simulators = MappingProxyType({"reflectors": _reflectors})


PROBE = StampProbe()
