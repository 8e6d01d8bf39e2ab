# SPDX-License-Identifier: Apache-2.0
"""network.nodes: terminals of the register that answered, counted by identity; and network.ipv6, their share over IPv6.

A row counts when its identity is sound (an asset number or name, and an IMEI or ICCID with a right check digit or a
universally administered MAC), when no other row claims the same asset, IMEI, MAC or address, and when its own address
answered within the window. Of rows that claim one identity one counts. Everything else is listed by name with its reason.
Where a second source was recorded (neighbour table, export of the core network), a device counts when it answered and
another source saw it; the upper bound is the union of all sources. With replies alone the verdict says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Input, Request
from probes.network import sentences
from probes.network.census_join import dual_stack, joined
from probes.network.evidence import gather, remarks
from probes.network.node import Node
from probes.network.sightings import Sightings
from probes.network.summary import nanoseconds
from probes.network.terminals import Terminal, iccid_problem, imei_problem, randomised

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Register:
    """The rows of a register as a summary; merging keeps every row once, in file order."""

    rows: tuple[tuple[str, Terminal], ...]

    def merge(self, other: Register) -> Register:
        """The rows of both."""
        return Register(tuple(sorted({*self.rows, *other.rows}, key=lambda row: (row[0], row[1].line))))

    def __iter__(self) -> Any:
        """The terminals."""
        return iter([terminal for _, terminal in self.rows])


def nodes(inputs: Sequence[Input], request: Request) -> Outcome:
    """How many distinct terminals answered within one window (or over the campaign: ``window: campaign``)."""
    registers = [each.summary for each in inputs if isinstance(each.summary, Register)]
    evidence = gather(inputs)
    if not registers:
        return Outcome(None, invalid=(_NO_REGISTER,))
    rows = [terminal for register in registers for terminal in register]
    rejected = {row: problem for row in rows if (problem := identity_problem(row))}
    sound = [row for row in rows if row not in rejected]
    answers = _answers(evidence.nodes)
    groups = _identities(sound)
    seen = [_joined(group, answers) for group in groups]
    window = _window(request)
    sightings = [each.summary for each in inputs if isinstance(each.summary, Sightings)]
    join = joined(groups, seen, reduce(Sightings.merge, sightings, Sightings(frozenset(), frozenset())))
    both = [
        bool(intervals) and (len(found) > 1 or not sightings) for intervals, found in zip(seen, join.found, strict=True)
    ]
    count, opened = busiest([intervals for intervals, counts in zip(seen, both, strict=True) if counts], window)
    listing = {
        "counted": count,
        "window_start_ns": opened,
        "rows": len(rows),
        "identities": len(groups),
        "answered": sum(bool(intervals) for intervals in seen),
        "duplicates": [_duplicate(group) for group in groups if len(group) > 1 and not dual_stack(group)],
        "dual_stack": [_named(group[0]) for group in groups if dual_stack(group)],
        **join.listing,
        "silent": [_named(group[0]) for group, intervals in zip(groups, seen, strict=True) if not intervals],
        "rejected": [{**_named(row), "reason": problem} for row, problem in rejected.items()],
        "randomised_mac": [_named(row) for row in sound if randomised(row.mac)],
        "unregistered": sorted({node.address for node in evidence.answering} - {row.address for row in rows}),
    }
    return Outcome(
        _counted(count, join.union if sightings else count, len(rows), request),
        remarks=(
            *join.remarks,
            *_findings(listing),
            *(each for each in remarks(evidence) if each.code != "network.silent-nodes"),
        ),
        figures=(_table(groups, seen),),
        listing=listing,
    )


def ipv6(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of nodes that answered over IPv6; a node probed over both families is one node."""
    evidence = gather(inputs)
    families: dict[str, set[int]] = defaultdict(set)
    for node in evidence.nodes:
        families[node.label] |= {6 if ":" in node.address else 4} if node.counts["answered"] else set()
    if not families:
        return Outcome(None, invalid=(sentences.NO_NODES,))
    over = sorted(label for label, seen in families.items() if 6 in seen)
    share = len(over) / len(families)
    return Outcome(
        Estimate(
            value=share,
            unit="1",
            n=len(families),
            n_eff=float(len(families)),
            lower=share,
            upper=share,
            confidence=1 - max(request.alpha, request.beta),
            method="census of the nodes probed",
        ),
        remarks=remarks(evidence),
        listing={"over_ipv6": over, "ipv4_only": sorted(label for label, seen in families.items() if seen == {4})},
    )


def identity_problem(row: Terminal) -> str:
    """Why a row identifies no device: ``no-name``, ``imei-length``, ``imei-luhn``, ``no-identity``, ``randomised-mac``; empty if it does."""
    if not row.asset_id and not row.name:
        return "no-name"
    if row.imei:
        problem = imei_problem(row.imei)
        return f"imei-{problem}" if problem else ""
    if row.iccid:
        problem = iccid_problem(row.iccid)
        return f"iccid-{problem}" if problem else ""
    if not row.mac:
        return "no-identity"
    return "randomised-mac" if randomised(row.mac) else ""


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


def _joined(group: Sequence[Terminal], answers: Mapping[str, list[tuple[int, list[Interval]]]]) -> list[Interval]:
    return sorted(
        interval
        for row in group
        for port, intervals in answers.get(row.address, ())
        if row.port in {0, port}
        for interval in intervals
    )


def _identities(rows: Sequence[Terminal]) -> list[list[Terminal]]:
    """Rows grouped by device: rows that share an asset number, IMEI, MAC, or address and port are one."""
    owner: dict[tuple[str, str], int] = {}
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for index, row in enumerate(rows):
        for mark in _marks(row):
            parent[root(index)] = root(owner.setdefault(mark, index))
    groups: dict[int, list[Terminal]] = defaultdict(list)
    for index, row in enumerate(rows):
        groups[root(index)].append(row)
    return sorted(groups.values(), key=lambda group: group[0].line)


def _marks(row: Terminal) -> list[tuple[str, str]]:
    place = f"{row.address}|{row.port}" if row.address else ""
    marks = [("asset_id", row.asset_id), ("imei", row.imei), ("iccid", row.iccid)]
    marks += [("mac", row.mac), ("address", place)]
    return [(kind, value) for kind, value in marks if value]


def _duplicate(group: Sequence[Terminal]) -> dict[str, Any]:
    """The rows of one device and what they share."""
    shared = [
        kind
        for kind in ("asset_id", "imei", "iccid", "mac", "address")
        if len({getattr(row, kind) for row in group if getattr(row, kind)})
        < sum(bool(getattr(row, kind)) for row in group)
    ]
    return {"rows": [_named(row) for row in group], "shared": shared}


def _named(row: Terminal) -> dict[str, Any]:
    return {"line": row.line, "asset_id": row.asset_id, "name": row.name, "address": row.address}


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


def _table(groups: Sequence[Sequence[Terminal]], seen: Sequence[Sequence[Interval]]) -> Figure:
    columns = [
        Text("资产编号", "Asset"),
        Text("名称", "Name"),
        Text("地址", "Address"),
        Text("登记行数", "Rows"),
        Text("应答", "Answered"),
    ]
    yes, no = Text("是", "yes"), Text("否", "no")
    rows = [
        [group[0].asset_id, group[0].name, group[0].address, len(group), yes if intervals else no]
        for group, intervals in zip(groups, seen, strict=True)
    ]
    rows.sort(key=lambda row: row[4] is yes)
    return Figure("table", Text("终端清点", "Census of terminals"), "", {"columns": columns, "rows": rows[:500]})
