# SPDX-License-Identifier: Apache-2.0
"""network.nodes, proven as 5G: terminals of the census that were on NR for at least a stated share of one common window.

The window is the one in which most terminals were. A terminal's share there is a lower bound: only time between two polls that both say NR and
lie no further apart than ``between`` counts, and the share of polls that say NR has to be proven too (Clopper-Pearson), so
that few polls prove nothing. The modem itself has to say the registered IMEI, and the address that answered has to be the
modem's own: else the terminal may hang on Wi-Fi or a cable while its modem is on 5G. NR-SA counts; NR-NSA only where the
reading says so. What is proven otherwise counts against, what is not proven leaves the verdict open; both are listed by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from harness.kit import estimates
from harness.kit.census import Interval, busiest
from harness.kit.figures import Bars
from harness.kit.parts import every
from harness.model import Outcome, Reason
from harness.plugins import Request, Shown
from harness.quantity import Quantity
from harness.stats import binomial
from probes.network.digests.paths import nanoseconds
from probes.network.digests.radio import Radio, clones, overlap, shares, spans
from probes.network.measurands import census
from probes.network.measurands.census import View
from probes.network.measurands.census_join import Device
from probes.network.measurands.plausibility import wired
from probes.network.measurands.words import WORDS, listing
from probes.network.traces.radio import EXPORT, SILENT, Poll
from probes.network.traces.terminals import Terminal, imei_problem
from probes.network.wire.radio import ANY_NR, SA, UNKNOWN

_AGAINST = {"silent", "imei-twice", "path-elsewhere", "path-on-cable", "not-5g"}
"""Reasons that prove a terminal to be no 5G node; the others leave it open."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one terminal: why it is not proven (empty when it is), its least share of the window, its polls."""

    label: str
    imei: str
    why: str
    share: Fraction
    polls: tuple[Poll, ...]
    addresses: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether it is a 5G node."""
        return not self.why

    @property
    def open(self) -> bool:
        """Whether it may be one."""
        return bool(self.why) and self.why not in _AGAINST


@dataclass(frozen=True, slots=True)
class Terms:
    """What a reading asks: length of the window and largest distance of polls in ns, share, what counts as 5G, risk of each bound."""

    window_ns: int
    between_ns: int
    share: Fraction
    rats: frozenset[str]
    risk: Fraction

    @classmethod
    def of(cls, request: Request) -> Terms:
        """A declared window may be longer than the reading's, never shorter."""
        least = str(request.parameter("window", "10 min"))
        window = max(nanoseconds(least), nanoseconds(request.declared.get("window", least)))
        between = nanoseconds(request.parameter("between", "30 s"))
        rats = ANY_NR if request.parameter("nsa", False) else frozenset({SA})
        return cls(window, between, request.share("share", "90 %"), rats, min(request.alpha, request.beta))


def proven(seen: View, request: Request) -> Outcome:
    """How many distinct terminals answered and were on 5G, both within one window."""
    if not seen.rows:
        return Outcome(None, invalid=(WORDS.reason("no-register"),))
    answered = census.distinct(seen, request)
    if answered.invalid:
        return answered
    terms = Terms.of(request)
    found, opened = judged(seen, terms)
    count, left_open = sum(each.proven for each in found), sum(each.open for each in found)
    part = replace(
        estimates.census(count, len(seen.rows)),
        upper=count + left_open,
        lacks=() if seen.radio.polls else (WORDS.lack("no-radio"),),
        diagnostics=_facts(found, terms, opened),
    )
    outcome = every([part], request, "台套", WORDS.text("method-proven-5g"))
    told = (*answered.remarks, *_remarks(seen, found))
    return replace(answered, estimate=outcome.estimate, lacks=outcome.lacks, remarks=told)


def show(seen: View, outcome: Outcome, request: Request) -> Shown:
    """The census; where radio was recorded, each terminal's share and every one that is not proven, by name and reason."""
    shown = census.show(seen, outcome, request)
    if not seen.rows or not (seen.radio.polls or request.reading.statistic == "proven-5g"):
        return shown
    found, _ = judged(seen, Terms.of(request))
    columns = ("node", "imei", "why", "least_share", "polls", "said", "cells", "modem")
    unproven = [_row(each) for each in found if not each.proven]
    proved = [_row(each) for each in found if each.proven]
    units = {"least_share": "%"}
    heads = tuple((name, units.get(name, "")) for name in columns)
    lists = (
        listing("unproven_5g", heads, unproven),
        listing("proven_5g", tuple(head for head in heads if head[0] != "why"), proved),
        listing("modems_unregistered", (("imei", ""), ("modem", "")), _strangers(seen)),
    )
    bars = [(each.label, round(float(each.share) * 100, 2)) for each in found]
    picture = Bars(WORDS.text("figure-5g-share"), "%", [name for name, _ in bars], [value for _, value in bars])
    return Shown((*shown.figures, *([picture] if bars else [])), (*shown.listings, *lists))


def judged(seen: View, terms: Terms) -> tuple[list[Finding], int]:
    """Every terminal of the census against the terms, and where the window opens (ns)."""
    by_imei = seen.radio.by_imei
    rows = list(zip(seen.groups, seen.join.devices, strict=True))
    heard = [_polls(group, by_imei) for group, _ in rows]
    covered = [spans(each, terms.rats, terms.between_ns) for each in heard]
    need = -(-terms.share.numerator * terms.window_ns // terms.share.denominator)
    possible = [
        _met(openings(each, terms.window_ns, need), _reaching(device.intervals, terms.window_ns))
        for each, (_, device) in zip(covered, rows, strict=True)
    ]
    opened = _opening(possible, covered, terms.window_ns)
    found = []
    for (group, device), polls, there, may in zip(rows, heard, covered, possible, strict=True):
        inside = [each for each in polls if opened <= each.time_ns <= opened + terms.window_ns]
        share = Fraction(overlap(there, opened, opened + terms.window_ns), terms.window_ns)
        shown = any(start <= opened <= stop for start, stop in may) and _enough(inside, terms)
        why = _why(group, device, polls, terms, seen) or ("" if shown else "thin")
        imei = next((row.imei for row in group if row.imei), "")
        found.append(Finding(group[0].label, imei, why, share, polls, tuple(sorted(device.addresses))))
    return found, opened


def _opening(possible: Sequence[Sequence[Interval]], covered: Sequence[Sequence[Interval]], window_ns: int) -> int:
    """Where the window opens: as many terminals as can be at once, then as much of it covered as there is."""
    most, first = busiest(possible, 0)
    later = (next((start for start, _ in each if start >= first), first) for each in covered)
    told = {
        at: sum(overlap(each, at, at + window_ns) for each in covered)
        for at in sorted({first, *later})
        if sum(any(start <= at <= stop for start, stop in may) for may in possible) == most
    }
    return max(told, key=lambda at: (told[at], -at), default=first)


def openings(covered: Sequence[Interval], window_ns: int, need_ns: int) -> list[Interval]:
    """Where a window may open so that at least ``need_ns`` of it is covered; the intervals are apart and in order."""
    sums = [0]
    for start, stop in covered:
        sums.append(sums[-1] + stop - start)
    starts = [start for start, _ in covered]

    def until(at: int) -> int:
        place = bisect_right(starts, at)
        return 0 if not place else sums[place - 1] + min(at, covered[place - 1][1]) - starts[place - 1]

    edges = sorted({edge - shift for each in covered for edge in each for shift in (0, window_ns)})
    found: list[Interval] = []
    for left, right in pairwise(edges):
        low, high = (until(at + window_ns) - until(at) for at in (left, right))
        if low >= need_ns or high >= need_ns:
            start = left if low >= need_ns else right - (high - need_ns)
            stop = right if high >= need_ns else left + (low - need_ns)
            if found and found[-1][1] >= start:
                found[-1] = (found[-1][0], stop)
            else:
                found.append((start, stop))
    return found


def _reaching(intervals: Sequence[Interval], window_ns: int) -> list[Interval]:
    """Where a window may open to meet one of the intervals."""
    found: list[Interval] = []
    for start, stop in sorted(intervals):
        if found and start - window_ns <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start - window_ns, stop))
    return found


def _met(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """Where both have a place."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return sorted({(start, stop) for start, stop in pairs if start <= stop})


def _polls(group: Sequence[Terminal], by_imei: Any) -> tuple[Poll, ...]:
    found = [poll for imei in sorted({row.imei for row in group if row.imei}) for poll in by_imei.get(imei, ())]
    return tuple(sorted(found, key=lambda each: (each.time_ns, repr(each))))


def _enough(polls: Sequence[Poll], terms: Terms) -> bool:
    """Whether the polls of the window prove the share at the risk."""
    good = sum(_good(each, terms) for each in polls)
    bound = binomial.lower(good, len(polls), terms.risk) if polls else None
    return bound is not None and bound >= terms.share


def _good(poll: Poll, terms: Terms) -> bool:
    return poll.rat in terms.rats and bool(poll.imei)


def _why(group: Sequence[Terminal], device: Device, polls: Sequence[Poll], terms: Terms, seen: View) -> str:
    """The first thing that keeps a terminal from being a proven 5G node, but for the window; empty for none."""
    if not device.intervals:
        return "silent"
    if not any(row.imei for row in group):
        return "no-imei"
    if not any(each.imei for each in polls):
        return "unsaid"
    if clones(polls):
        return "imei-twice"
    good = [each for each in polls if _good(each, terms)]
    highest = binomial.upper(len(good), len(polls), terms.risk)
    if highest is not None and highest < terms.share:
        return "not-5g"
    if not seen.join.single and len(device.sources) < 2:
        return "one-source"
    ways = [way for way in seen.evidence.ways if way.address in device.addresses]
    return "path-on-cable" if wired(ways) else _path(group, good)


def _path(group: Sequence[Terminal], good: Sequence[Poll]) -> str:
    """Whether the registered addresses are the modem's own, by those families of addresses that it tells."""
    told = {address for each in good for address in each.addresses or ()}
    if all(each.addresses is None for each in good):
        return "path-unsaid"
    families = {":" in address for address in told}
    own = {row.address for row in group if row.address}
    compared = {each for each in own if (":" in each) in families and not each.strip("0123456789abcdef.:")}
    if told and not compared:
        return "path-unsaid"
    return "" if told and compared <= told else "path-elsewhere"


def _row(each: Finding) -> dict[str, Any]:
    said = ", ".join(f"{rat} {count}" for rat, count in shares(each.polls).items())
    cells = sorted({poll.cell for poll in each.polls if poll.cell})
    told: dict[str, Any] = {
        "node": each.label,
        "imei": each.imei,
        "least_share": Quantity(each.share, "1").to("%"),
        "polls": len(each.polls),
        "said": said,
        "cells": cells,
        "modem": sorted({poll.modem for poll in each.polls}),
    }
    return told if each.proven else {**told, "why": WORDS.text(f"unproven-{each.why}")}


def _strangers(seen: View) -> list[dict[str, Any]]:
    """IMEIs that modems said and no sound row of the register has."""
    known = {row.imei for row in seen.rows}
    return [
        {"imei": imei, "modem": sorted({poll.modem for poll in polls})}
        for imei, polls in sorted(seen.radio.by_imei.items())
        if imei not in known
    ]


def _facts(found: Sequence[Finding], terms: Terms, opened: int) -> dict[str, Any]:
    return {
        "proven_5g": sum(each.proven for each in found),
        "open_5g": sum(each.open for each in found),
        "window_start_ns": opened,
        "window_ns": terms.window_ns,
        "share": terms.share,
        "between_polls_ns": terms.between_ns,
        "counts_as_5g": sorted(terms.rats),
    }


def _remarks(seen: View, found: Sequence[Finding]) -> tuple[Reason, ...]:
    """Everybody who is not proven, each reason with its names; what modems said that nobody could use."""
    if not seen.radio.polls:
        return ()
    named: dict[str, list[str]] = {}
    for each in found:
        if each.why:
            named.setdefault(each.why, []).append(each.label)
    told = [
        WORDS.reason("unproven", count=len(names), why=WORDS.text(f"unproven-{why}"), names=names)
        for why, names in sorted(named.items())
    ]
    polls = seen.radio.polls
    wrong = sorted({each.imei for each in polls if imei_problem(each.imei)})
    unknown = sorted({each.word for each in polls if each.rat == UNKNOWN})
    nameless = sorted({each.modem for each in polls if not each.imei and each.rat != SILENT})
    strangers = [each["imei"] or "–" for each in _strangers(seen)]
    only = [each.label for each in found if each.proven and {poll.way for poll in each.polls} == {EXPORT}]
    facts = {
        "modem-imei-wrong": wrong,
        "radio-word-unknown": unknown,
        "modem-without-imei": nameless,
        "modem-unregistered": strangers,
        "radio-by-export": only,
        "modem-several-imei": _changing(seen.radio),
    }
    told += [WORDS.reason(key, count=len(names), names=names) for key, names in facts.items() if names]
    return tuple(told)


def _changing(radio: Radio) -> list[str]:
    """Modems that said several IMEIs in turn: one shell with many modules, or one module with many names."""
    said: dict[tuple[str, str], set[str]] = {}
    for each in radio.polls:
        if each.imei and each.way != EXPORT:
            said.setdefault((each.way, each.modem), set()).add(each.imei)
    return sorted(modem for (_, modem), imeis in said.items() if len(imeis) > 1)
