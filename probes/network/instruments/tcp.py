# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.tcp``: connects to a port that nodes serve anyway.

Labelled in every verdict: SYN to SYN-ACK, and the system repeats a lost SYN, so what counts as lost is a timeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.probe import Lines, Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source, Trace

if TYPE_CHECKING:
    from probes.network.digests.paths import PathSummary
    from probes.network.plans.active import TcpSettings


_FORMAT = "yanshou.tcp/1"
_FIRST = b'{"format":"' + _FORMAT.encode()
CHUNK_BYTES = 8 << 20


class TcpProbe(Probe["PathSummary", "TcpSettings"]):
    """A session a chunk, or several where it is long; a piece of no session counts as damaged."""

    name, extension, settings, form = (
        "network.tcp",
        "tcp",
        late("probes.network.plans.active:TcpSettings"),
        Lines(_FORMAT),
    )
    title = Text("TCP 建连时延测量（无反射端的终端）", "Round trips by TCP connects, for nodes without a reflector")
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: TcpSettings, folder: Path) -> Source:
        """The connecting side; Linux only."""
        from probes.network.live.tcp import TcpSource

        return TcpSource(settings, folder)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """Each session in pieces of about 8 MiB, the later ones with the place of their session's first line as ``head``."""
        first = 0 if done is None else trace.segments.index(done.path)
        for path in trace.segments[first:]:
            begun = done is not None and done.path == path
            start, head = (done.stop, _head_of(done)) if done is not None and begun else (0, 0)
            if begun and start == path.stat().st_size:
                continue
            for session in self.form.chunks(path, start):
                head = session.start if _opens(session) or not session.start else head
                yield from _cut(session, head)

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """Counts, histograms and spans."""
        from probes.network.digests.paths import PathSummary, summarise
        from probes.network.traces import tcp

        try:
            return summarise(tcp.decode(chunk), asked)
        except DecodeError:
            return PathSummary({}, damaged=1)


def _head_of(chunk: Chunk) -> int:
    return int(chunk.detail.get("head", chunk.start))


def _opens(chunk: Chunk) -> bool:
    """Whether a session's first line stands at the beginning."""
    with chunk.path.open("rb") as file:
        file.seek(chunk.start)
        return file.read(len(_FIRST)) == _FIRST


def _cut(session: Chunk, head: int) -> Iterator[Chunk]:
    """A session, or what is left of one, in pieces of whole lines."""
    begin = session.start
    for piece in Lines(piece_bytes=CHUNK_BYTES).chunks(session.path, begin):
        stop = session.stop if piece.stop < 0 or piece.stop >= session.stop >= 0 else piece.stop
        yield Chunk(session.path, begin, stop, {} if head == begin else {"head": head})
        begin = stop
        if stop == session.stop:
            return


PROBE = TcpProbe()
