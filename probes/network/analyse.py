# SPDX-License-Identifier: Apache-2.0
"""What ``yanshou analyse network`` does: captures in, one JSON value out. No campaign, no verdict."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.errors import DecodeError, SpecError, UsageError, YanshouError
from harness.quantity import Quantity
from probes.network.capture import points, scan, segments
from probes.network.capture.report import KINDS, exchange_tests, file_report, flow_name, paired_test
from probes.network.capture.stream import Pass, Wanted, nothing, read
from probes.network.wire.payload import PayloadField


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse network``."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        help='pcap 或 pcapng，可压缩；"-" 为标准输入 / pcap or pcapng, plain or compressed; "-": standard input',
    )
    parser.add_argument(
        "--pair",
        nargs=2,
        metavar=("UP", "DOWN"),
        help="同一批报文在两点的抓包：单程时延 / the same packets at two points: one-way delay",
    )
    parser.add_argument(
        "--field",
        metavar="OFFSET:WIDTH",
        help="载荷中识别报文的编号：从 0 起的偏移与字节数，第 2 至 4 字节为 1:3 / number in the transport payload that identifies a packet: offset from 0 and bytes",
    )
    parser.add_argument(
        "--port",
        action="append",
        type=int,
        default=[],
        metavar="N",
        help="反射端或对端的 UDP 端口；与 --pair 同用时只看该端口 / UDP port of a reflector, or of a field's peer; with --pair: only packets to and from it",
    )
    parser.add_argument(
        "--waiting-time", default="3 s", metavar="TIME", help="超过即算丢失 / a reply that takes longer is lost"
    )
    parser.add_argument(
        "--segments",
        action="store_true",
        help="各文件是同一批交互在不同点的抓包，从发送端到反射端排列：时间花在哪一段 / the files are captures of the same exchanges at several points, from the sender's to the reflector's: where the time went",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """The findings of every file; UsageError for wrong options, DecodeError when a file is no capture."""
    wanted = _wanted(options)
    if options.segments:
        return _segments(options, wanted)
    if options.pair and options.paths:
        raise UsageError("--pair names both files itself.", cure="leave the other files out, or call twice.")
    if options.pair:
        up, down = options.pair
        files = _two_points(up, down, wanted)
    elif options.paths:
        files = _each(options.paths, wanted)
    else:
        raise UsageError("No capture is named.", cure='name pcap or pcapng files, or "-" for standard input.')
    return {"kind": "network", "waiting_time_ns": wanted.waiting_ns, "files": files}


def _segments(options: Namespace, wanted: Wanted) -> dict[str, Any]:
    """The findings of every file, and the round trip split at the points where they were captured."""
    if options.pair or options.field or len(options.paths) < 2 or "-" in options.paths:
        raise UsageError(
            "--segments needs two captures or more, and neither --pair nor --field.",
            cure="name the files from the sender's side to the reflector's.",
        )
    seen = [segments.exchanges(_read(path, replace(wanted, pairs=scan.RECORDS))) for path in options.paths]
    parts = segments.report(options.paths, seen)
    files = _each(options.paths, wanted)
    return {"kind": "network", "waiting_time_ns": wanted.waiting_ns, "files": files, "segments": parts}


def analyse_network(paths: Sequence[str], **options: Any) -> dict[str, Any]:
    """As on the command line, for Python callers: ``pair=(up, down)``, ``field="0:4"``, ``port=[9000]``, ``waiting_time="1 s"``."""
    parser = ArgumentParser()
    arguments(parser)
    given = parser.parse_args([])
    for name, value in {**options, "paths": [str(path) for path in paths]}.items():
        setattr(given, name, value)
    return analyse(given)


def _wanted(options: Namespace) -> Wanted:
    waiting = Quantity.parse(options.waiting_time).to("ns")
    if not 0 < waiting <= 3600 * 10**9:
        msg = f"A waiting time of {options.waiting_time} makes no sense."
        raise UsageError(msg, cure="write --waiting-time 3s.")
    if any(not 0 < port < 65_536 for port in options.port):
        raise UsageError("A UDP port is a number from 1 to 65535.", cure="correct --port.")
    try:
        field = None if options.field is None else PayloadField.read(options.field)
    except SpecError as error:
        raise UsageError(error.problem, cure=error.cure) from None
    if field is not None and not options.pair and not options.port:
        raise UsageError(
            "A field needs the peer's port to tell requests from replies.", cure="add --port N, or --pair UP DOWN."
        )
    by_field = scan.EXCHANGES if field is None else scan.PAYLOADS
    pairs = scan.POINTS if options.pair else by_field
    ports = (*_STAMP_PORTS, *options.port) if pairs == scan.EXCHANGES else tuple(options.port)
    return Wanted(pairs, round(waiting), ports, field)


def _each(paths: Sequence[str], wanted: Wanted) -> list[dict[str, Any]]:
    """Every file's findings. One among several that cannot be read has an event for it, so that the others are not lost."""
    found, refused = [], []
    for path in paths:
        try:
            found.append(_one(path, wanted))
        except (UsageError, DecodeError) as error:
            refused.append(error)
            found.append(file_report(path, nothing(error.problem), []))
    if len(refused) == len(paths):
        raise refused[0]
    return found


def _one(path: str, wanted: Wanted) -> dict[str, Any]:
    run = _read(path, wanted)
    if wanted.pairs == scan.EXCHANGES:
        tests = exchange_tests(run, wanted.waiting_ns)
        early = sum(each.get("orphan", 0) for each in tests) if run.totals[scan.BACKWARDS] else 0
        if early:
            run.event("network.replies-before-requests", 0, count=early, paired_by_time=path != "-")
            tests = tests if path == "-" else _by_time(path, wanted, tests)
        return file_report(path, run, tests)
    rows = run.rows
    flows = rows[:, 2] >> 1
    tests = [
        paired_test("field", flow_name(run, flow), points.exchanges(rows[flows == flow], wanted.waiting_ns), "rtt_ns")
        for flow in np.unique(flows).tolist()
    ]
    return file_report(path, run, tests)


def _by_time(path: str, wanted: Wanted, tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tests of a file whose order is not that of time (two interfaces written one after the other): sorted, then paired."""
    run = _read(path, replace(wanted, pairs=scan.RECORDS))
    rows = run.rows[np.argsort(run.rows[:, 0], kind="stable")]
    sorted_tests = [
        paired_test(
            KINDS[int(run.tables.keys[flow, 4]) >> 32],
            flow_name(run, flow),
            points.exchanges(rows[rows[:, 2] >> 1 == flow], wanted.waiting_ns),
            "rtt_ns",
        )
        for flow in np.unique(rows[:, 2] >> 1).tolist()
        if int(run.tables.keys[flow, 4]) >> 32 in KINDS
    ]
    return sorted_tests + [each for each in tests if each["kind"] == "tcp"]


def _two_points(up: str, down: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Both files; the test stands with the first. Delays below zero in the median mean that the files are swapped."""
    runs = [_read(path, wanted) for path in (up, down)]
    paired = points.between(*(run.rows for run in runs))
    test = paired_test("two-point", f"{up} > {down}", paired, "owd_ns")
    negative = int((paired.delays < 0).sum())
    if negative:
        code = "network.files-swapped" if negative * 2 > len(paired.delays) else "network.negative-delay"
        runs[0].event(code, 0, packets=negative, of=len(paired.delays))
    if paired.ambiguous:
        runs[0].event("network.ambiguous-payloads", 0, packets=paired.ambiguous, of=paired.sent)
    return [file_report(up, runs[0], [test]), file_report(down, runs[1], [])]


def _read(path: str, wanted: Wanted) -> Pass:
    """A pass over one file; the ports of a trace of our own are in its comment."""
    try:
        run = read(path, wanted)
    except DecodeError as error:
        raise DecodeError(error.problem, cure=error.cure, where=path) from None
    own = _own_ports(run.frame.comments)
    if own - set(wanted.ports) and path != "-" and wanted.pairs == scan.EXCHANGES:
        return read(path, replace(wanted, ports=(*wanted.ports, *sorted(own))))
    return run


def _own_ports(comments: Sequence[str]) -> set[int]:
    """Reflector ports of a session recorded by yanshou (:mod:`probes.network.wire.layout`)."""
    if len(comments) < 2 or "yanshou.stamp/" not in comments[1]:
        return set()
    try:
        return {int(target["port"]) for target in json.loads("".join(comments[1:]))["targets"]}
    except (ValueError, KeyError, TypeError, YanshouError):
        return set()


_STAMP_PORTS = (862,)
