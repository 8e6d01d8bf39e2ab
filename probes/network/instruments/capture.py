# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.capture``: other people's pcap or pcapng as evidence for delay and loss, at one point or between two.

The files are kept byte for byte. Evidence for the estimators of ``network.stamp``; every verdict says whose data they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DecodeError, InstrumentError, UsageError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Sink, Source, Trace
from probes.network.digests.paths import PathSummary, nanoseconds, summarise
from probes.network.instruments.evidence import EvidenceProbe
from probes.network.wire.timestamps import error_estimate

if TYPE_CHECKING:
    from probes.network.traces.session import Session

PAIRINGS = ("stamp", "icmp", "tcp", "field", "two-point")
NODES = ("answering", "asking")
KEYS = {"file", "down", "pairing", "port", "field", "nodes", "waiting_time", "clock_error"}
_BLOCK = 1 << 20


class CaptureSource:
    """Copies the capture, and the second point's behind it, byte for byte."""

    appendable = True

    def __init__(self, paths: tuple[Path, ...]) -> None:
        """Remember the files; nothing is read yet."""
        self._paths = paths
        name = paths[0].name
        self.extension = ("pcapng" if ".pcapng" in name else "pcap") + (".gz" if name.endswith(".gz") else "")

    def preflight(self) -> None:
        """InstrumentError or DecodeError when a file cannot be read or is no capture."""
        for path in self._paths:
            _opened(path)

    def record(self, sink: Sink) -> None:
        """Copy what is not in the trace yet, a file a segment."""
        begin, total = 0, sum(path.stat().st_size for path in self._paths)
        for path in self._paths:
            size = path.stat().st_size
            if begin and sink.position == begin:
                sink.roll()
            with path.open("rb") as file:
                file.seek(min(size, max(0, sink.position - begin)))
                while not sink.stopping and (data := file.read(_BLOCK)):
                    sink.write(data)
                    sink.progress(sink.position, total, path.name)
            begin += size


class CaptureProbe(EvidenceProbe):
    """Stateless; what needs the compiled pass is imported inside the methods.

    What it reads is judged as ``network.rtt``, ``network.owd``, ``network.loss`` …, of ``network.stamp``.
    """

    name = "network.capture"
    title = Text("第三方抓包文件（pcap、pcapng）", "Captures of others (pcap, pcapng)")
    extension = "pcap"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: file, pairing, port, field, down and clock_error (two points), nodes, waiting_time."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.capture.", f"use {', '.join(sorted(KEYS))}.")
            for key in sorted(set(config) - KEYS)
        ]
        problems += _choices(config)
        two = config.get("pairing") == "two-point"
        for key in ("file", "down") if two else ("file",):
            problems += _file(config, key, folder)
        if not two and {"down", "clock_error"} & set(config):
            problems.append(Problem(("pairing",), "A second file needs two points.", "write pairing: two-point."))
        try:
            _wanted(config)
        except YanshouError as error:
            problems.append(Problem(("pairing",), error.problem, error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file or files."""
        return CaptureSource(tuple(folder / str(config[key]) for key in ("file", "down") if key in config))

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """One: a request and its reply are anywhere in a capture."""
        paths = trace.segments
        return [Chunk(path, detail={"down": str(paths[-1])} if len(paths) > 1 else {}) for path in paths[:1]]

    def summarise(self, chunk: Chunk, context: Context) -> PathSummary:
        """Counts, histograms and spans; a file that is no capture counts as damaged."""
        config = context.config
        try:
            session = _session(chunk, config)
        except DecodeError:
            return PathSummary({}, damaged=1)
        found = summarise(session, context)
        kind = {"icmp"} if config.get("pairing") == "icmp" else set()
        return replace(found, modes=found.modes | kind)


def _session(chunk: Chunk, config: Mapping[str, Any]) -> Session:
    from probes.network.capture import pairing, records
    from probes.network.capture.stream import read

    wanted = _wanted(config)
    run = read(str(chunk.path), wanted)
    if config.get("pairing") == "two-point":
        down = read(str(chunk.detail.get("down", chunk.path)), wanted)
        error = error_estimate(nanoseconds(config["clock_error"]), synchronised=True) if "clock_error" in config else 0
        return records.between(run, down, error)
    kinds = {"icmp": pairing.ICMP_ECHO, "tcp": pairing.SYN, "field": pairing.FIELD}
    kind = kinds.get(str(config.get("pairing")), pairing.STAMP)
    return records.exchanges(run, kind, asking=config.get("nodes") == "asking")


def _wanted(config: Mapping[str, Any]) -> Any:
    """What the pass has to keep; UsageError when the settings do not fit together."""
    from probes.network.capture import scan
    from probes.network.capture.stream import Wanted, field_of

    how = str(config.get("pairing", "stamp"))
    field = field_of(str(config["field"])) if "field" in config else None
    given = config.get("port", [])
    ports = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not all(isinstance(port, int) and 0 < port < 65_536 for port in ports):
        raise UsageError("A UDP port is a number from 1 to 65535.", cure="write port: 862, or a list.")
    if how == "field" and (field is None or not ports):
        raise UsageError("Pairing by field needs field and port.", cure='write field: "0:4", port: 9000.')
    if field is not None and how not in {"field", "two-point"}:
        raise UsageError("A field goes with pairing field or two-point.", cure="write pairing: field.")
    waiting = nanoseconds(config.get("waiting_time", "3 s"))
    if not 0 < waiting <= 3600 * 10**9:
        raise UsageError("The waiting time makes no sense.", cure="write waiting_time: 3 s.")
    if "clock_error" in config:
        nanoseconds(config["clock_error"])
    pairs = {"field": scan.PAYLOADS, "two-point": scan.POINTS}.get(how, scan.RECORDS)
    return Wanted(pairs, waiting, (862, *ports) if how == "stamp" else ports, field)


def _choices(config: Mapping[str, Any]) -> list[Problem]:
    known = {"pairing": PAIRINGS, "nodes": NODES}
    return [
        Problem((key,), f"{config[key]!r} is not a choice of {key}.", f"use {', '.join(each)}.")
        for key, each in known.items()
        if config.get(key, each[0]) not in each
    ]


def _file(config: Mapping[str, Any], key: str, folder: Path) -> list[Problem]:
    given = config.get(key)
    if not isinstance(given, str) or not given:
        return [Problem((key,), "No capture is named.", f"write {key}: site.pcapng.")]
    try:
        _opened(folder / given)
    except YanshouError as error:
        return [Problem((key,), f"{given}: {error.problem}", error.cure)]
    return []


def _opened(path: Path) -> None:
    """Look at the first bytes; InstrumentError when there are none to read, DecodeError when they are no capture's."""
    from probes.network.capture.framing import PCAP_HEADER, opened
    from probes.network.capture.window import window

    if not path.is_file():
        msg = f"{path.name} is not there."
        raise InstrumentError(msg, cure="put the capture beside the profile.")
    with window(str(path)) as view:
        opened(view.peek(PCAP_HEADER))


PROBE = CaptureProbe()
