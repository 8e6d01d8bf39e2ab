# SPDX-License-Identifier: Apache-2.0
"""network.nodes: terminals of the register that answered, counted by identity; and network.ipv6, their share over IPv6.

A row counts when its identity is sound (an asset number or name, and an IMEI or ICCID with a right check digit or a
universally administered MAC), when no other row claims the same asset, IMEI, MAC or address, and when it was seen within
the window: its own address answered, or a broker or a capture saw it then. Of rows that claim one identity one counts.
Everything else is listed by name with its reason. Where other sources were recorded (neighbour tables, SNMP, exports of the
core network, MQTT births, captures), two of them have to agree; the upper bound is the union of all. With replies alone the
verdict says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Input, Request
from probes.network.digests.flows import Flows
from probes.network.digests.node import Node
from probes.network.digests.paths import nanoseconds
from probes.network.digests.register import Register
from probes.network.measurands import sentences
from probes.network.measurands.census_join import Join, joined
from probes.network.measurands.identities import (
    behind_one_address,
    devices,
    dual_stack,
    duplicate,
    identity_problem,
    named,
)
from probes.network.measurands.view import gather, remarks
from probes.network.traces.presence import Presence
from probes.network.traces.sightings import Sightings
from probes.network.traces.terminals import Terminal, randomised

Interval = tuple[int, int]


def nodes(inputs: Sequence[Input], request: Request) -> Outcome:
    """How many distinct terminals answered within one window (or over the campaign: ``window: campaign``)."""
    registers = [each.summary for each in inputs if isinstance(each.summary, Register)]
    evidence = gather(inputs)
    if not registers:
        return Outcome(None, invalid=(_NO_REGISTER,))
    rows = [terminal for register in registers for terminal in register]
    rejected = {row: problem for row in rows if (problem := identity_problem(row))}
    sound = [row for row in rows if row not in rejected]
    sightings = sightings_in(inputs)
    groups = devices(sound)
    join = joined(groups, _answers(evidence.nodes), sightings)
    window = _window(request)
    both = [len(found) > 1 or not sightings.sources for found in join.found]
    count, opened = busiest([each for each, counts in zip(join.seen, both, strict=True) if each and counts], window)
    listing = {
        "counted": count,
        "window_start_ns": opened,
        "window_ns": window,
        "capture_window_ns": _capture(join.seen),
        "rows": len(rows),
        "identities": len(groups),
        "answered": sum(join.replied),
        "duplicates": [duplicate(group) for group in groups if len(group) > 1 and not dual_stack(group)],
        "dual_stack": [named(group[0]) for group in groups if dual_stack(group)],
        "behind_one_address": behind_one_address(groups),
        **join.listing,
        "silent": [named(group[0]) for group, seen in zip(groups, join.seen, strict=True) if not seen],
        "rejected": [{**named(row), "reason": problem} for row, problem in rejected.items()],
        "randomised_mac": [named(row) for row in sound if randomised(row.mac)],
        "unregistered": sorted({node.address for node in evidence.answering} - join.addresses),
        "broker_clients": max((each.clients for each in presences(inputs)), default=0),
    }
    return Outcome(
        _counted(count, join.union if sightings.sources else count, len(rows), request),
        remarks=(
            *join.remarks,
            *_findings(listing),
            *(each for each in remarks(evidence) if each.code != "network.silent-nodes"),
        ),
        figures=(_table(groups, join),),
        listing=listing,
    )


def presences(inputs: Sequence[Input]) -> list[Presence]:
    """What brokers told."""
    return [each.summary for each in inputs if isinstance(each.summary, Presence)]


def sightings_in(inputs: Sequence[Input]) -> Sightings:
    """What every source but the terminals' own replies saw."""
    told = [each.summary for each in inputs if isinstance(each.summary, Sightings)]
    told += [each.sightings for each in presences(inputs)]
    told += [each.summary.sightings for each in inputs if isinstance(each.summary, Flows)]
    return reduce(Sightings.merge, told, Sightings(frozenset(), frozenset()))


def _capture(seen: Sequence[Sequence[Interval]]) -> list[int] | None:
    """From the first to the last moment that any terminal was seen, ns; None: never."""
    known = [interval for each in seen for interval in each]
    return [min(start for start, _ in known), max(stop for _, stop in known)] if known else None


def busiest(answers: Sequence[Sequence[Interval]], window_ns: int | None) -> tuple[int, int]:
    """The largest number of devices that answered within one window, and where it opens; None: the whole campaign.

    A device answers within [t, t + window] when one of its answered intervals meets it. The best window can be taken
    to end where some device's interval starts.
    """
    if window_ns is None:
        return len(answers), min((start for each in answers for start, _ in each), default=0)
    edges = []
    for intervals in answers:
        for start, stop in _joined_up(intervals, window_ns):
            edges += [(start - window_ns, 1), (stop, -1)]
    best, opened, running = 0, 0, 0
    for at, change in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        running += change
        if running > best:
            best, opened = running, at
    return best, opened


def _joined_up(intervals: Iterable[Interval], window_ns: int) -> list[Interval]:
    """Intervals of one device with gaps no wider than the window closed: within such a gap some window meets one of them."""
    merged: list[Interval] = []
    for start, stop in sorted(intervals):
        if merged and start - merged[-1][1] <= window_ns:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _window(request: Request) -> int | None:
    given = request.reading.parameters.get("window", "10 min")
    return None if given == "campaign" else nanoseconds(request.context.declared.get("window", given))


def _answers(found: Sequence[Node]) -> Mapping[str, list[tuple[int, list[Interval]]]]:
    """Per address: port and answered intervals of every target there."""
    by_address: dict[str, list[tuple[int, list[Interval]]]] = defaultdict(list)
    for node in found:
        spans = node.answered[min(node.answered)]
        intervals = list(zip(spans.start.tolist(), spans.stop.tolist(), strict=True))
        if intervals:
            by_address[node.address].append((node.port, intervals))
    return by_address


def _counted(count: int, union: int, rows: int, request: Request) -> Estimate:
    return Estimate(
        value=count,
        unit="台套",
        n=rows,
        n_eff=float(rows),
        lower=count,
        upper=max(count, union),
        confidence=1 - max(request.alpha, request.beta),
        method="census: register rows with a sound identity joined with replies, one a device",
    )


def _findings(listing: Mapping[str, Any]) -> list[Any]:
    """Duplicates, silent and rejected rows as remarks that name them."""
    found = []
    shared = [each["address"] for each in listing["behind_one_address"]]
    if shared:
        found.append(sentences.shared_address(shared))
    if 0 < listing["broker_clients"] < listing["counted"]:
        found.append(sentences.fewer_clients(listing["broker_clients"], listing["counted"]))
    labels = [" = ".join(row["asset_id"] or row["address"] for row in each["rows"]) for each in listing["duplicates"]]
    if labels:
        found.append(
            sentences.reason(
                "duplicate-rows",
                f"{len(labels)} 组登记行指向同一终端，各组只计一台：{sentences.listed(labels)}。",
                f"{len(labels)} groups of rows are one terminal each and count once: {sentences.listed(labels)}.",
            )
        )
    for key, code, zh, en in _LISTS:
        labels = [row["asset_id"] or row["name"] or row["address"] for row in listing[key]]
        if labels:
            text = sentences.listed(labels)
            found.append(sentences.reason(code, f"{len(labels)} {zh}：{text}。", f"{len(labels)} {en}: {text}."))
    return found


_LISTS = (
    (
        "silent",
        "silent-rows",
        "个登记终端在测试期间没有应答，不计入",
        "registered terminals did not answer and do not count",
    ),
    ("rejected", "rejected-rows", "个登记行的身份信息不成立，不计入", "rows have no sound identity and do not count"),
)
_NO_REGISTER = sentences.reason(
    "no-register",
    "没有终端登记表，应答的地址无法对应到终端身份；请提供含资产编号、地址、IMEI 或 MAC 的登记表。",
    "There is no register of terminals, so addresses that answered have no identity; provide one with asset number, address, IMEI or MAC.",
)


def _table(groups: Sequence[Sequence[Terminal]], join: Join) -> Figure:
    columns = [
        Text("资产编号", "Asset"),
        Text("名称", "Name"),
        Text("地址", "Address"),
        Text("登记行数", "Rows"),
        Text("应答", "Answered"),
        Text("证据来源", "Seen by"),
    ]
    yes, no = Text("是", "yes"), Text("否", "no")
    rows = [
        [
            group[0].asset_id,
            group[0].name,
            group[0].address,
            len(group),
            yes if replied else no,
            ", ".join(sorted(found)),
        ]
        for group, replied, found in zip(groups, join.replied, join.found, strict=True)
    ]
    rows.sort(key=lambda row: row[4] is yes)
    return Figure("table", Text("终端清点", "Census of terminals"), "", {"columns": columns, "rows": rows[:500]})
