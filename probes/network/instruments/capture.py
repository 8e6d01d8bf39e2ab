# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.capture``: other people's pcap or pcapng as evidence for delay and loss, at one point or between two.

The files are kept byte for byte; every verdict says whose data they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source, Trace

if TYPE_CHECKING:
    from probes.network.capture.stream import Wanted
    from probes.network.digests.paths import PathSummary
    from probes.network.plans.captures import CaptureSettings
    from probes.network.traces.session import Session

_STAMP_PORT = 862
_PACKED = {".gz", ".xz", ".zst", ".bz2"}


class CaptureProbe(Probe["PathSummary", "CaptureSettings"]):
    """A file that is no capture counts as damaged; what needs the compiled pass is imported inside the methods."""

    name, extension, settings, form = (
        "network.capture",
        "pcap",
        late("probes.network.plans.captures:CaptureSettings"),
        Whole(),
    )
    title = Text("第三方抓包文件（pcap、pcapng）", "Captures of others (pcap, pcapng)")
    summary = "probes.network.digests.paths:PathSummary"

    def source(self, settings: CaptureSettings, folder: Path) -> Source:
        """The file or files, a segment each."""
        paths = [folder / name for name in (settings.file, settings.down) if name is not None]
        packing = Path(settings.file).suffix if Path(settings.file).suffix in _PACKED else ""
        kind = ("pcapng" if ".pcapng" in settings.file else "pcap") + packing
        return FileSource(paths, Text("抓包文件", "capture"), check=_opened, extension=kind)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """One: a request and its reply are anywhere in a capture."""
        paths = trace.segments
        if paths and done is None:
            yield Chunk(paths[0], detail={"down": str(paths[-1])} if len(paths) > 1 else {})

    def summarise(self, chunk: Chunk, asked: Asked) -> PathSummary:
        """Counts, histograms and spans."""
        from probes.network.digests.paths import PathSummary, summarise

        settings: CaptureSettings = asked.settings
        try:
            session = _session(chunk, settings)
        except DecodeError:
            return PathSummary({}, damaged=1)
        found = summarise(session, asked)
        return replace(found, modes=found.modes | ({"icmp"} if settings.pairing == "icmp" else set()))


def _session(chunk: Chunk, settings: CaptureSettings) -> Session:
    from probes.network.capture import pairing, records
    from probes.network.capture.stream import read
    from probes.network.wire.timestamps import error_estimate

    wanted = _wanted(settings)
    run = read(str(chunk.path), wanted)
    if settings.pairing == "two-point":
        down = read(str(chunk.detail.get("down", chunk.path)), wanted)
        clock_ns = settings.clock_error_ns
        return records.between(run, down, 0 if clock_ns is None else error_estimate(clock_ns, synchronised=True))
    kinds = {"icmp": pairing.ICMP_ECHO, "tcp": pairing.SYN, "field": pairing.FIELD, "stamp": pairing.STAMP}
    return records.exchanges(run, kinds[settings.pairing], asking=settings.nodes == "asking")


def _wanted(settings: CaptureSettings) -> Wanted:
    """What the pass has to keep."""
    from probes.network.capture import scan
    from probes.network.capture.stream import Wanted

    pairs = {"field": scan.PAYLOADS, "two-point": scan.POINTS}.get(settings.pairing, scan.RECORDS)
    own = (_STAMP_PORT,) if settings.pairing == "stamp" else ()
    return Wanted(pairs, settings.waiting_ns, (*own, *settings.ports), settings.field)


def _opened(path: Path) -> None:
    """Look at the first bytes; DecodeError when they are no capture's."""
    from probes.network.capture.framing import PCAP_HEADER, opened
    from probes.network.capture.window import window

    with window(str(path)) as view:
        opened(view.peek(PCAP_HEADER))


PROBE = CaptureProbe()
