# SPDX-License-Identifier: Apache-2.0
"""Packets in the output of ``twping -v`` (perfSONAR's owamp, by the source of its records), checked against its own summary. Pure.

A record: ``seq_no=3 fwd_delay=1.2 ms bck_delay=0.9 ms delay=2.1 ms proc_delay=0.02 ms (err=0.3 ms)``, or ``seq_no=3 *LOST*``.
``delay`` is the round trip less the reflector's own time, which nobody checks: it is put back. There are no times of day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.log_rows import Rows, check_totals, nanoseconds

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_RECORD = re.compile(
    rf"seq_no=(?P<seq>\d+)\s+(?:\*LOST\*|(?P<delays>(?:(?:fwd_|bck_|proc_)?delay={_NUMBER}\s\S+\s+)+)"
    rf"\((?:sync, |unsync)?(?:err=[^()]*)?\)(?:\s(?:sent|recv|reflected)=[\d.]+)*)\s*"
)
_DELAY = re.compile(rf"(\w*delay)=({_NUMBER})\s(\S+)")
_HEAD = re.compile(r"--- (\w+) statistics from .* ---")
_SUM = re.compile(r"^(\d+) sent, (\d+) lost \(")
_TRIPS = re.compile(rf"^round-trip time min/median/max = ({_NUMBER})/[^/]+/({_NUMBER}) ([a-zµμ]+)")
_KEPT = re.compile(rf"^reflector processing time min/max = {_NUMBER}/({_NUMBER}) ([a-zµμ]+)")
_ROUNDING = 100
"""The program prints three significant digits: one part in so many."""


def is_twping(lines: Sequence[str]) -> bool:
    """Whether it looks like the output of twping or owping."""
    return any(line.startswith("seq_no=") or _HEAD.match(line) for line in lines[:60])


def read_twping(lines: Sequence[str], name: str) -> Rows:
    """One session. UnreadableError for owping's (delays one way), for several, and where records and summary differ."""
    heads = [found[1] for found in map(_HEAD.search, lines) if found is not None]
    if heads != ["twping"]:
        told = Text(
            f"这不是 twping 的一次会话，而是 {len(heads)} 次（owping 只有单程时延）。",
            f"This is no single session of twping but {len(heads)}; owping tells delays one way.",
        )
        raise UnreadableError(
            told, cure="record with `twping -v`, one file a session, and keep its whole output.", where=name
        )
    summed = [(int(found[1]), int(found[2])) for found in map(_SUM.match, lines) if found is not None]
    if len(summed) != 1:
        told = Text("twping 的输出没有末尾的汇总。", "The output of twping lacks its summary.")
        raise UnreadableError(told, cure="let the session end, and keep its whole output.", where=name)
    packets = _packets(lines, name)
    sent, lost = summed[0]
    _check_trips(lines, [shown for each in packets.values() for shown, _ in each if shown >= 0], name)
    rows = Rows()
    for at in range(max(sent, max(packets, default=-1) + 1)):
        trips = [whole for _, whole in packets.get(at, ()) if whole >= 0]
        rows.add(at * 10**9, max(trips, default=-1), len(trips))
    rows.tell("log-times-unknown", 1)
    check_totals(name, (sent, sent - lost), (len(rows.due), sum(delay >= 0 for delay in rows.delay)), "")
    return rows


def _packets(lines: Sequence[str], name: str) -> dict[int, list[tuple[int, int]]]:
    """By number: (delay as shown, with the reflector's time) of every record, ns; (-1, -1) for one that was lost."""
    kept = max((_ns(found[1], found[2], name) for found in map(_KEPT.match, lines) if found is not None), default=None)
    found: dict[int, list[tuple[int, int]]] = {}
    for line in lines:
        if not line.startswith("seq_no"):
            continue
        record = _RECORD.fullmatch(line)
        if record is None:
            told = Text("该行不是 twping 的记录。", "This line is no record of twping.")
            raise UnreadableError(told, cure="keep the output as it was written.", where=f"{name}: {line[:40]}")
        own = found.setdefault(int(record["seq"]), [])
        own.append(_trip(record["delays"], kept, f"{name}: {line[:40]}") if record["delays"] else (-1, -1))
        if len(own) > 1 and (-1, -1) in own:
            told = Text("同一个报文既丢失又有应答。", "One packet is lost and answered.")
            raise UnreadableError(told, cure="write one file a session.", where=f"{name}: {line[:40]}")
    return found


def _trip(text: str, kept: int | None, where: str) -> tuple[int, int]:
    """The delay, and the same with the time that the reflector says it took: of this packet, else the longest of all."""
    delays = {key: _ns(number, unit, where) for key, number, unit in _DELAY.findall(text)}
    own, shown = delays.get("proc_delay", kept), delays.get("delay", -1)
    if own is None or shown < 0 or shown + own < 0:
        told = Text(
            "没有往返时延，或不知道反射端自己用了多久。",
            "There is no round trip, or nobody knows how long the reflector took itself.",
        )
        raise UnreadableError(told, cure="record with `twping -v` and keep its whole output.", where=where)
    return shown, max(shown, shown + own)


def _check_trips(lines: Sequence[str], shown: Sequence[int], name: str) -> None:
    """UnreadableError where the summary's shortest and longest round trips are not those of the records."""
    for stated in filter(None, map(_TRIPS.match, lines)) if shown else ():
        least, most = (_ns(stated[at], stated[3], name) for at in (1, 2))
        if abs(least - min(shown)) * _ROUNDING > abs(least) or abs(most - max(shown)) * _ROUNDING > abs(most):
            told = Text(
                "twping 汇总的最短、最长往返与逐包记录不符。",
                "The shortest and longest round trips of twping's summary are not those of its records.",
            )
            raise UnreadableError(told, cure="keep the output as it was written.", where=name)


def _ns(number: str, unit: str, where: str) -> int:
    return nanoseconds(f"{Decimal(number):f}", unit, where)
