# SPDX-License-Identifier: Apache-2.0
"""Requests and replies in a capture one by one, as the columns a STAMP trace decodes to (:mod:`probes.network.traces.stamp`). Pure.

A capture has its own clock, so no time of the reflector's is used as a point in time: T3 - T2 alone, as T2 = -(T3 - T2) and
T3 = 0. Requests of the last waiting time of a capture only settle what was sent before; they are not judged. Between two
points, T1 and T2 are the times there, and T4 stands for T2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.series import Event, Series
from probes.network.capture import pairing, points, scan
from probes.network.capture.report import WINDOWS, flow_ends
from probes.network.capture.stream import MOST_POINTS, Pass
from probes.network.traces.said.titles import doubted
from probes.network.traces.session import ALIEN, ANSWERED, KERNEL_RX, KERNEL_TX, LATE, Session

_END = np.iinfo(np.int64).max
_PEER = np.array([-1, -1, 0xFFFF | 0xFFFF << 32], np.int64)
"""Of a flow's key: the address that answers, its port, and the kind; not the port that asks."""
Column = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
_STAYED = 48
"""The bit of a packet's fifth number that says it was captured on a loopback interface (:data:`pairing.POINT`)."""
_SOONEST = 0.1
"""A step over so many numbers takes a tenth of their usual time at least; a session that began anew takes none of it."""
_LOOPBACKS = frozenset({"lo", "lo0", "Loopback", "\\Device\\NPF_Loopback"})
_KERNEL = KERNEL_TX | KERNEL_RX


def exchanges(run: Pass, kind: int, *, asking: bool) -> Session:
    """A session of the flows of one ``kind`` (see ``pairing``); its nodes are the ends that answer, or, with ``asking``, that ask."""
    rows = run.rows
    waiting_ns = int(run.tables.w[pairing.WAITING])
    rows = rows[run.tables.keys[rows[:, 2] >> 1, 4] >> 32 == kind]
    rows, again = _once(rows, run)
    rows, more = _through_translation(rows, run)
    again += more
    order = np.lexsort((rows[:, 0], rows[:, 1], rows[:, 2] >> 1))
    time, number, place, inside, extra, _mark, _proof = rows[order].T
    flow, back, at = place >> 1, (place & 1) == 1, np.arange(len(rows))
    owner = np.maximum.accumulate(np.where(back, -1, at)) if len(rows) else at
    mine = back & (owner >= 0) & (flow[owner] == flow) & (number[owner] == number)
    first, delay = mine & (owner == at - 1), time - time[owner]
    in_time = first & (delay <= waiting_ns)
    copies = np.bincount(owner[mine & (delay <= waiting_ns)], minlength=len(rows))
    judged = np.flatnonzero(~back & (time <= int(run.totals[scan.LAST]) - waiting_ns))
    judged = judged[np.argsort(time[judged], kind="stable")]
    answered = np.append(in_time[1:], np.zeros(1, np.bool_))[judged]
    reply = np.minimum(judged + 1, len(rows) - 1)
    known = answered & (inside[reply] >= 0)
    nodes, targets = _nodes(run, np.unique(rows[:, 2] >> 1), asking)
    columns = _columns(time[judged], np.where(answered, time[reply], 0)) | {
        "target": nodes[flow[judged]],
        "sequence": number[judged],
        "size": extra[judged] & 0xFFFF_FFFF,
        "t2": np.where(known, -inside[reply], 0),
        "ttl": np.where(answered, extra[reply] >> 32 & 0xFF, 0),
        "replies": np.where(answered, copies[judged], 0),
    }
    late = first & ~in_time & np.isin(owner, judged)
    strays = np.concatenate([nodes[flow[late]], nodes[flow[back & ~mine]]])
    fates = np.repeat([LATE, ALIEN], [int(late.sum()), int((back & ~mine).sum())])
    told = [("capture-seen-twice", again)] if again else []
    skipped = 0 if kind == pairing.SYN else _skipped(rows, run, kind)
    told += [("capture-numbers-missing", skipped)] if skipped else []
    inside = (extra >> _STAYED & 1 == 1) | (bool(run.frame.names) and run.frame.names <= _LOOPBACKS)
    stayed = set(nodes[flow[inside]].tolist())
    targets = [{**each, "local": each["address"]} if at in stayed else each for at, each in enumerate(targets)]
    return _session((run,), columns, Series({"target": strays, "fate": fates}), targets, told=told)


def _once(rows: Rows, run: Pass) -> tuple[Rows, int]:
    """The packets, each once, and how many requests were there again: before and after a translation, or on two interfaces.

    The sender's own mark (T1, or the payload), its number and the same peer prove that two sights are of one packet; the first
    request and, of the flow that has it, the replies stay.
    """
    flow, back, mark = rows[:, 2] >> 1, rows[:, 2] & 1 == 1, rows[:, 5]
    _, peer = np.unique(run.tables.keys[:, 2:5] & _PEER, axis=0, return_inverse=True)
    order = np.lexsort((rows[:, 0], back, mark, rows[:, 1], peer.reshape(-1)[flow]))
    keys = np.stack([peer.reshape(-1)[flow], rows[:, 1], mark], axis=1)[order]
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    group = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    known = mark[order] != 0
    asked = ~back[order]
    is_first = np.zeros(len(rows), np.bool_)
    is_first[first] = True
    owner = flow[order][first][group]  # requests come first in a group, and the earliest of them
    led = asked[first][group]
    again = known & led & ((asked & ~is_first) | (~asked & (flow[order] != owner)))
    keep = np.ones(len(rows), np.bool_)
    keep[order[again]] = False
    return rows[keep], int((again & asked).sum())


def _through_translation(rows: Rows, run: Pass) -> tuple[Rows, int]:
    """As :func:`_once`, where the request itself was rewritten: one reflector gives two packets no equal T2 and T3.

    A flow whose every answer (of three or more) is also another flow's is that flow seen again; what both have counts once.
    """
    replies = rows[(rows[:, 2] & 1 == 1) & (rows[:, 6] != 0)]
    owners: dict[tuple[int, ...], list[int]] = {}
    for number, place, proof in replies[np.argsort(replies[:, 0], kind="stable")][:, [1, 2, 6]].tolist():
        peer = tuple((run.tables.keys[place >> 1, 2:5] & _PEER).tolist())
        owners.setdefault((*peer, number, proof), []).append(place >> 1)
    pairs: dict[tuple[int, int], int] = {}
    for seen in owners.values():
        distinct = sorted(set(seen))
        for pair in pairwise(distinct):
            pairs[pair] = pairs.get(pair, 0) + 1
    keep = np.ones(len(rows), np.bool_)
    for (one, other), shared in pairs.items():
        mine, theirs = (np.flatnonzero(keep & (rows[:, 2] >> 1 == each)) for each in (one, other))
        answers = len(np.unique(rows[theirs][rows[theirs, 2] & 1 == 1][:, 1]))
        if shared < max(3, 0.9 * answers):
            continue
        twin = theirs if rows[mine, 0].min(initial=_END) <= rows[theirs, 0].min(initial=_END) else mine
        rest = mine if twin is theirs else theirs
        known = rows[rest, 1] << 1 | rows[rest, 2] & 1
        keep[twin[np.isin(rows[twin, 1] << 1 | rows[twin, 2] & 1, known)]] = False
    return rows[keep], int((~keep & (rows[:, 2] & 1 == 0)).sum())


def _skipped(rows: Rows, run: Pass, kind: int) -> int:
    """Numbers that no request bears though their time passed: exchanges that were left out of the capture, or that it lost itself.

    Only of flows that count one by one: Windows counts its pings to all targets together.
    """
    asked = rows[rows[:, 2] & 1 == 0]
    flow, keys = asked[:, 2] >> 1, run.tables.keys
    if kind == pairing.ICMP_ECHO:
        mine = ~np.isin(keys[flow, 4] & 0xFFFF, WINDOWS)
        asked, flow = asked[mine], flow[mine]
    order = np.lexsort((asked[:, 0], flow))
    asked, flow = asked[order], flow[order]
    same = flow[1:] == flow[:-1]
    wrap = 16 if kind == pairing.ICMP_ECHO else 32
    flow, steps, times = flow[1:][same], (np.diff(asked[:, 1]) % (1 << wrap))[same], np.diff(asked[:, 0])[same]
    ones = steps == 1
    usual, counted = _medians(flow[ones], times[ones], len(keys)), np.bincount(flow, minlength=len(keys))
    counting = 2 * np.bincount(flow[ones], minlength=len(keys)) > counted
    gone = counting[flow] & (steps > 1) & (steps < 1 << (wrap - 1))
    gone &= times >= usual[flow] * steps * _SOONEST
    return int((steps[gone] - 1).sum())


def _medians(group: Column, values: Column, groups: int) -> npt.NDArray[np.float64]:
    """The median of each group's values, 0 for a group without any."""
    order = np.lexsort((values, group))
    counts = np.bincount(group, minlength=groups)
    begins, some = np.cumsum(counts) - counts, counts > 0
    low, high = begins + (counts - 1) // 2, begins + counts // 2
    out = np.zeros(groups)
    out[some] = (values[order[low[some]]] + values[order[high[some]]]) / 2
    return out


def between(up: Pass, down: Pass, error: int) -> Session:
    """A session of one node: packets at ``up`` and again at ``down``. ``error``: the clocks', as a STAMP error estimate, 0 = unknown.

    Judged are packets sent while both points recorded and long enough before either ended.
    """
    sent, seen, waiting_ns = up.rows, down.rows, int(up.tables.w[pairing.WAITING])
    here, there, ambiguous = points.matched(sent, seen)
    arrival = np.zeros(len(sent), np.int64)
    arrival[here] = seen[there, 0]
    met = np.zeros(len(sent), np.bool_)
    met[here] = True
    begin, end = int(down.totals[scan.FIRST]), min(int(up.totals[scan.LAST]), int(down.totals[scan.LAST])) - waiting_ns
    judged = np.flatnonzero((sent[:, 0] >= begin) & (sent[:, 0] <= end))
    judged = judged[np.argsort(sent[judged, 0], kind="stable")]
    time = sent[judged, 0]
    arrival = np.where(met[judged] & (arrival[judged] - time <= waiting_ns), arrival[judged], 0)
    answered = arrival > 0
    columns = _columns(time, arrival) | {
        "size": sent[judged, 4] & 0xFFFF_FFFF,
        "t2": arrival,
        "t3": arrival,
        "replies": answered.astype(np.int64),
        "error": np.full(len(time), error, np.int64),
        "reflector_error": np.full(len(time), error and (error & 0x8000) | 1, np.int64),
    }
    swapped = 2 * int((arrival[answered] < time[answered]).sum()) > int(answered.sum())
    none = Series({"target": time[:0], "fate": time[:0]})
    stayed = {"local": "up → down"} if (sent[judged, 4] >> _STAYED & 1).any() else {}
    targets = [{"id": "up → down", "address": "up → down" if stayed else "", "condition": "two-point", **stayed}]
    return _session((up, down), columns, none, targets, ambiguous=ambiguous, swapped=int(swapped))


def _columns(time: Column, reply: Column) -> dict[str, Column]:
    """What every probe has; what a capture cannot tell is 0."""
    zero = np.zeros(len(time), np.int64)
    unknown = ("target", "size", "t2", "t3", "ttl", "traffic_class", "sender_ttl", "reflector_sequence", "replies")
    return dict.fromkeys((*unknown, "error", "reflector_error"), zero) | {
        "slot": np.arange(len(time)),
        "sequence": np.arange(len(time)),
        "scheduled": time,
        "t1_user": time,
        "t1": time,
        "t4": reply,
        "t4_user": reply,
        "flags": np.where(reply > 0, ANSWERED | _KERNEL, _KERNEL),
    }


def _nodes(run: Pass, flows: Column, asking: bool) -> tuple[Column, list[dict[str, Any]]]:
    """Which node each of ``flows`` belongs to (-1: another flow), and the nodes: an address and, where it answers, its port."""
    places: dict[tuple[str, int], int] = {}
    own = set[tuple[str, int]]()
    numbers = np.full(run.tables.count, -1, np.int64)
    for flow in flows.tolist():
        source, (host, port) = flow_ends(run, flow)
        echo = int(run.tables.keys[flow, 4]) >> 32 == pairing.ICMP_ECHO
        place = (source[0], 0) if asking else (host, 0 if echo else port)
        numbers[flow] = places.setdefault(place, len(places))
        own |= {place} if source[0] == host else set()
    targets = [
        {"id": host, "address": host, "port": port, **({"local": host} if (host, port) in own else {})}
        for host, port in places
    ]
    return numbers, targets


def _session(
    runs: tuple[Pass, ...],
    columns: Mapping[str, Column],
    strays: Series,
    targets: list[dict[str, Any]],
    *,
    told: Sequence[tuple[str, int]] = (),
    **facts: Any,
) -> Session:
    """With what the passes met: drops of the capture, and places where a file could not be read on."""
    dropped = sum(run.frame.dropped for run in runs)
    events = [Event("stamp.note", 0, {"dropped": dropped, "counts": facts})]
    events += [Event("stamp.told", 0, {"key": key, "count": count, "words": ()}) for key, count in told]
    for run in runs:
        snapped = int(run.totals[scan.SNAPPED])
        if snapped and run.tables.w[pairing.SHORT]:
            words = (str(int(run.totals[scan.CAPTURED] // max(1, run.totals[scan.PACKETS]))),)
            events.append(Event("stamp.told", 0, {"key": "capture-cut", "count": snapped, "words": words}))
        elif run.tables.w[pairing.SHORT]:
            short = int(run.tables.w[pairing.SHORT])
            events.append(Event("stamp.told", 0, {"key": "replies-too-short", "count": short, "words": ()}))
        doubts = doubted(run.frame.said)
        if doubts:
            events.append(Event("stamp.told", 0, {"key": "capture-no-record", "count": len(doubts), "words": doubts}))
        tunnels = run.frames()["tunnel"]
        if tunnels:
            events.append(Event("stamp.told", 0, {"key": "tunnel-not-entered", "count": tunnels, "words": ()}))
        events += [Event("stamp.damaged", each.offset, each.detail) for each in run.events]
        if sum(map(len, run.points)) >= MOST_POINTS:
            events.append(Event("stamp.damaged", 0, {"limit": MOST_POINTS}))
    gaps = [np.diff(columns["t1"][columns["target"] == node]) for node in range(len(targets))]
    interval = max((int(np.median(each)) for each in gaps if len(each)), default=0)
    header = {
        "mode": "capture",
        "waiting_time_ns": int(runs[0].tables.w[pairing.WAITING]),
        "schedule": {"interval_ns": interval},
        "targets": targets or [{"id": "", "address": ""}],
    }
    return Session(header, Series(columns, {}, tuple(events)), strays)
