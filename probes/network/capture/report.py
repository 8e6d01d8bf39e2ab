# SPDX-License-Identifier: Apache-2.0
"""What a pass over a capture amounts to, as the JSON of ``yanshou analyse network`` (docs/reference/analyse-network.md). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.capture import pairing, scan
from probes.network.capture.delays import digest, digest_ranked, steps, variation
from probes.network.capture.handshakes import Service, services
from probes.network.capture.headers import KNOWN_LINKS
from probes.network.capture.points import Paired
from probes.network.capture.stream import MOST_FLOWS, MOST_HANDSHAKES, MOST_POINTS, Pass
from probes.network.traces.said.titles import doubted

Column = npt.NDArray[np.int64]
KINDS = {pairing.STAMP: "stamp", pairing.ICMP_ECHO: "icmp", pairing.FIELD: "field"}
MOST_TESTS = 10_000
WINDOWS = (1, 0x100, 0x200, 0x300, 0x400)
"""Identifiers of Windows' echo requests, whose numbers all its pings share."""
_NS = (1 << pairing.FLOW_SHIFT) - 1


def file_report(path: str, run: Pass, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry of ``files``."""
    return {"path": path, "counts": _counts(run), "tests": tests, "events": _events(run)}


def exchange_tests(run: Pass, waiting_ns: int) -> list[dict[str, Any]]:
    """Tests found by their protocol: STAMP and TWAMP, ICMP echo, TCP connection set-up; flows in order of first sight.

    All flows are sorted at once, because the flow's number stands above the nanoseconds.
    """
    columns = _ranked(run.samples)
    marks = np.arange(run.tables.count + 1) << pairing.FLOW_SHIFT
    edges = [np.searchsorted(column, marks).tolist() for column in columns]
    tests = []
    for flow in np.flatnonzero(run.tables.flows[: run.tables.count, pairing.SENT]).tolist()[:MOST_TESTS]:
        mine = [column[edge[flow] : edge[flow + 1]] & _NS for column, edge in zip(columns, edges, strict=True)]
        tests.append(_exchange(run, flow, *mine))
    return tests + [_connection(key, each) for key, each in services(run.handshakes, waiting_ns).items()]


def _ranked(rows: npt.NDArray[np.int64]) -> list[Column]:
    """Round trips, the same less the reflector's own time where it is believable, differences of neighbours: each sorted."""
    with ThreadPoolExecutor(2) as workers:  # sorting leaves the interpreter
        columns = list(workers.map(np.sort, rows))
    return [column[np.searchsorted(column, 0) :] for column in columns]


def paired_test(kind: str, flow: str, paired: Paired, measure: str) -> dict[str, Any]:
    """A test from packets paired outside the pass; ``measure``: rtt_ns or owd_ns."""
    found = digest(paired.delays)
    named = ("sent", "received", "lost", "late", "duplicate", "reordered", "orphan", "undecided")
    counts = {name: getattr(paired, name) for name in named}
    return {
        "kind": kind,
        "flow": flow,
        **counts,
        **_bursts(paired.bursts),
        measure: found,
        **variation(found, steps(paired.delays)),
    }


def flow_name(run: Pass, flow: int) -> str:
    """``10.0.0.1:5000 > 10.0.0.2:862``; an ICMP flow has an identifier instead of ports."""
    source, target = flow_ends(run, flow)
    if int(run.tables.keys[flow, 4]) >> 32 == pairing.ICMP_ECHO:
        return f"{source[0]} > {target[0]} id {target[1]}"
    return f"{_with_port(*source)} > {_with_port(*target)}"


def flow_ends(run: Pass, flow: int) -> tuple[tuple[str, int], tuple[str, int]]:
    """Address and port of the end that asks, and of the one that answers; an ICMP flow has its identifier as both ports."""
    key = run.tables.keys[flow].tolist()
    return (_address(key[0], key[1]), key[4] >> 16 & 0xFFFF), (_address(key[2], key[3]), key[4] & 0xFFFF)


def _exchange(run: Pass, flow: int, ranked: Column, network: Column, changes: Column) -> dict[str, Any]:
    row = run.tables.flows[flow].tolist()
    found = digest_ranked(ranked, run.beyond.get(flow))
    bursts = run.bursts.get(flow, Counter())
    if row[pairing.RUN]:
        bursts[row[pairing.RUN]] += 1
    test: dict[str, Any] = {
        "kind": KINDS[int(run.tables.keys[flow, 4]) >> 32],
        "flow": flow_name(run, flow),
        "sent": row[pairing.SENT],
        "received": row[pairing.RECEIVED],
        "lost": row[pairing.LOST],
        "late": row[pairing.LATE],
        "duplicate": row[pairing.DUPLICATE],
        "reordered": row[pairing.REORDERED],
        "orphan": row[pairing.ORPHAN],
        "undecided": row[pairing.UNDECIDED],
        "restarts": row[pairing.RESTARTS],
        **_bursts(bursts),
        "rtt_ns": found,
        **variation(found, changes),
    }
    if len(network) == len(ranked) > 0:
        test["network_rtt_ns"] = digest_ranked(network)
    return test


def _connection(key: tuple[tuple[int, int], tuple[int, int], int], service: Service) -> dict[str, Any]:
    client, server, port = key
    trips = np.array(service.trips, np.int64)
    found = digest(trips)
    return {
        "kind": "tcp",
        "flow": f"{_address(*client)} > {_with_port(_address(*server), port)}",
        "sent": service.sent,
        "received": len(service.trips),
        "lost": service.sent - len(service.trips),
        "late": service.late,
        "duplicate": service.duplicate,
        "reordered": 0,
        "repeated": service.repeated,
        "bursts": 0,
        "rtt_ns": found,
    }


def _skipped(run: Pass) -> int:
    """Numbers that no request of a flow bears, between those that do; of flows that began anew nobody knows."""
    rows = run.tables.flows[: run.tables.count]
    kinds = run.tables.keys[: run.tables.count, 4]
    known = (
        (rows[:, pairing.RESTARTS] == 0)
        & (rows[:, pairing.SENT] > 0)
        & np.isin(kinds >> 32, [pairing.STAMP, pairing.ICMP_ECHO])
    )
    known &= ~((kinds >> 32 == pairing.ICMP_ECHO) & np.isin(kinds & 0xFFFF, WINDOWS))
    gone = np.maximum(0, rows[:, pairing.NEXT] - rows[:, pairing.FIRST] - rows[:, pairing.SENT])
    return int(gone[known & (gone < rows[:, pairing.SENT])].sum())


def _counts(run: Pass) -> dict[str, Any]:
    totals = run.totals.tolist()
    timed = totals[scan.PACKETS] > totals[scan.TIMELESS]
    frames = run.frames()
    del frames["tunnel"]
    return {
        "packets": totals[scan.PACKETS],
        "wire_bytes": totals[scan.WIRE],
        "captured_bytes": totals[scan.CAPTURED],
        "first_ns": totals[scan.FIRST] if timed else None,
        "last_ns": totals[scan.LAST] if timed else None,
        "interfaces": len(run.frame.seen),
        "snapped_packets": totals[scan.SNAPPED],
        "malformed": frames.pop("malformed"),
        "truncated_tail": run.truncated,
        "by_protocol": {name: number for name, number in frames.items() if number},
    }


def _events(run: Pass) -> list[dict[str, Any]]:
    """What the pass met, and what its counters say a reader has to know."""
    totals, w = run.totals, run.tables.w
    events = [{"code": event.code, "offset": event.offset, **event.detail} for event in run.events]
    counted: Mapping[str, int] = {
        "network.time-backwards": int(totals[scan.BACKWARDS]),
        "network.captured-more-than-wire": int(totals[scan.LYING]),
        "network.packets-without-time": int(totals[scan.TIMELESS]),
        "network.capture-drops": run.frame.dropped,
        "network.negative-round-trips": int(w[pairing.NEGATIVE]),
        "network.flows-beyond-table": int(w[pairing.UNPAIRED]),
        "network.packets-too-short": int(w[pairing.SHORT]),
        "network.tunnel-not-entered": run.frames()["tunnel"],
        "network.numbers-missing": _skipped(run),
    }
    events += [{"code": code, "count": count} for code, count in counted.items() if count]
    doubts = doubted(run.frame.said)
    events += [{"code": "network.capture-no-record", "says": list(doubts)}] if doubts else []
    if totals[scan.FIRST] < 0:
        events.append({"code": "network.times-before-1970", "first_ns": int(totals[scan.FIRST])})
    unknown = sorted(link for link in run.frame.links if link not in KNOWN_LINKS)
    events += [{"code": "network.unknown-link-type", "link_type": link} for link in unknown]
    if sum(map(len, run.handshakes)) >= MOST_HANDSHAKES:
        events.append({"code": "network.handshakes-beyond-table", "limit": MOST_HANDSHAKES})
    if sum(map(len, run.points)) >= MOST_POINTS:
        events.append({"code": "network.packets-beyond-table", "limit": MOST_POINTS})
    if run.tables.count > MOST_TESTS:
        events.append(
            {"code": "network.tests-not-listed", "limit": MOST_TESTS, "flows": min(run.tables.count, MOST_FLOWS)}
        )
    return events


def _bursts(table: Mapping[int, int]) -> dict[str, Any]:
    """How many runs of losses there are, and of which lengths."""
    return {"bursts": sum(table.values()), "burst_lengths": {str(length): table[length] for length in sorted(table)}}


def _address(high: int, low: int) -> str:
    address = IPv6Address((high & 0xFFFF_FFFF_FFFF_FFFF) << 64 | low & 0xFFFF_FFFF_FFFF_FFFF)
    return str(address.ipv4_mapped or address)


def _with_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
