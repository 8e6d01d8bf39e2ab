# SPDX-License-Identifier: Apache-2.0
"""Assets of the register found among the signals: whose values are whose, and what each asset's own signal amounts to.

An asset's signal is what its address names (a topic, what lies below it, a filter, a node id, a register); where the register
has no addresses, the topic or payload that bears the asset's number. One signal proves one asset.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from statistics import median

import numpy as np

from probes.plant.digests.listening import place
from probes.plant.digests.signals import Signal, Signals, Source
from probes.plant.measurands.moving import NEVER, WINDOW_NS, Listened, joined_spans, moves
from probes.plant.traces.assets import Asset, Register
from probes.plant.traces.terms import fold
from probes.plant.wire import places, sparkplug


@dataclass(frozen=True, slots=True)
class Joined:
    """Each asset's signal (None: nobody was heard), why an asset can have none, whose each source is, and which are nobody's."""

    signals: Mapping[str, Signal | None]
    barred: Mapping[str, str]
    strangers: tuple[Source, ...]
    contradicting: tuple[str, ...]
    owners: Mapping[Source, str]


def join(assets: Sequence[Asset], heard: Signals, *, addressed: bool) -> Joined:
    """The signal of each asset; ``addressed``: the register states addresses, so that an asset without one has none."""
    numbers = {each.number for each in assets}
    owners, barred = _addresses(assets) if addressed else ({}, {})
    own: dict[str, list[Signal]] = defaultdict(list)
    strangers, contradicting, whose = [], [], {}
    tree = _Addresses(owners)
    for source, signal in heard.sources.items():
        who = tree.owner(source.place) if addressed else _bearer(source, numbers)
        named = fold(source.identity)
        if who is not None and named in numbers and named != who:
            claimed = owners.get(_address(source.place), ())
            who, wrong = (named, False) if named in claimed else (None, True)
            if wrong:
                contradicting.append(source.place)
                continue
        if who is None:
            strangers.append(source)
        else:
            own[who].append(signal)
            whose[source] = who
    joined = {
        each.number: reduce(Signal.merge, own[each.number])
        if each.number in own and each.number not in barred
        else None
        for each in assets
    }
    return Joined(joined, barred, tuple(strangers), tuple(sorted(set(contradicting))), whose)


def _addresses(assets: Sequence[Asset]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """(address -> assets that state it, the first one first, asset -> why it can have no signal)."""
    owners: dict[str, list[str]] = defaultdict(list)
    barred = {}
    taken: dict[str, str] = {}
    for each in assets:
        if not each.address:
            barred[each.number] = "no-address"
            continue
        read = places.registers(each.address.strip())
        if any(taken.setdefault(one, each.number) != each.number for one in read):
            barred[each.number] = "shared-address"  # two types of one register are one value
            continue
        owners[_address(each.address)].append(each.number)
    return {address: tuple(each) for address, each in owners.items()}, barred


def shared(assets: Sequence[Asset]) -> dict[str, str]:
    """Assets whose address an earlier one states as well, with that one: one device under two numbers."""
    first: dict[str, str] = {}
    found = {}
    for each in assets:
        if each.address:
            known = first.setdefault(_address(each.address), each.number)
            if known != each.number:
                found[each.number] = known
    return found


def _address(text: str) -> str:
    """An address for comparison: nodes and points in their one form, a Sparkplug topic without the kind of message, other topics without slashes at the ends."""
    plain = text.strip()
    known = places.node(plain) or places.point(plain)
    if known is not None:
        return known
    plain = plain.strip("/")
    parts = plain.split("/")
    if parts[0] == sparkplug.NAMESPACE and len(parts) in {4, 5} and parts[2] in {*sparkplug.KINDS, "+"}:
        return "/".join((*parts[:2], *parts[3:]))
    found = sparkplug.address(plain)
    return place(found) if found else plain


class _Addresses:
    """Whose a topic is: the asset that states it, else the one that states the longest part of it, else a filter."""

    def __init__(self, owners: Mapping[str, Sequence[str]]) -> None:
        self._owners = owners
        self._filters = [
            (re.compile(_expression(each)), who[0]) for each, who in owners.items() if {"+", "#"} & set(each.split("/"))
        ]

    def owner(self, topic: str) -> str | None:
        """The asset, or None."""
        parts = _address(topic).split("/")
        least = 3 if parts[0] == sparkplug.NAMESPACE else 0  # the values of a device are not its node's
        for end in range(len(parts), 0, -1):
            found = self._owners.get("/".join(parts[:end]))
            if found and (end == len(parts) or not least):
                return found[0]
        return next((who for expression, who in self._filters if expression.fullmatch("/".join(parts))), None)


def _expression(address: str) -> str:
    parts = [re.escape(each) for each in address.split("/")]
    return (
        "/".join(parts).replace(r"\+", "[^/]+").replace("/" + re.escape("#"), "(?:/.*)?").replace(re.escape("#"), ".*")
    )


def _bearer(source: Source, numbers: set[str]) -> str | None:
    """The asset whose number a payload or exactly one part of a topic bears."""
    named = fold(source.identity)
    if named in numbers:
        return named
    borne = {fold(part) for part in source.place.split("/")} & numbers
    return borne.pop() if len(borne) == 1 else None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a value may be: ``periods`` times the asset's own period; ``usual_ns``: a period for those that state none (0: none)."""

    periods: float
    usual_ns: int = 0
    stated: bool = True
    """Whether the register has periods at all: then an asset without one has none."""
    listened: Listened = NEVER

    def oldest_ns(self, asset: Asset, signal: Signal) -> int:
        """The greatest age at which a value is fresh; 0 where no period is known.

        A period that is too long for the time that was listened excuses no silence of more than half of it.
        """
        if asset.period_s:
            stated = int(asset.period_s * 10**9 * int(self.periods * 1000) // 1000)
            whole = self.listened.whole_ns
            return stated if stated <= whole or not whole else whole // 2
        return 0 if self.stated else int(self.periods * (signal.period_ns or self.usual_ns))


def usual_ns(signals: Iterable[Signal | None]) -> int:
    """The usual time between the values of signals that give several; where none gives more than two, between those."""
    known = [each for each in signals if each is not None and each.live > 1]
    periods = [each.period_ns for each in known if each.period_ns] or [
        int(each.last[-1]) - each.first_ns for each in known
    ]
    return int(median(periods)) if periods else 0


def standing(signal: Signal | None) -> str:
    """What a signal amounts to over all of its time, freshness apart: ``networked``, or why not."""
    if signal is None:
        return "silent"
    if not signal.live:
        return max(signal.others, key=lambda each: (signal.others[each], each), default="silent")
    if signal.live == 1:
        return "single"
    if not signal.changing:
        return "frozen" if all(each.constant for each in signal.ranges.values()) else "counting"
    return "networked"


def fresh(asset: Asset, signal: Signal, at: int, freshness: Freshness) -> str:
    """``networked`` when a signal that stands is fresh at a moment and still moves, else ``stale``, ``dead``, ``stopped`` or ``no-period``."""
    oldest = freshness.oldest_ns(asset, signal)
    if not oldest:
        return "no-period"
    age = signal.age_ns(at)
    if age is None:
        return "dead" if signal.states else "stale"
    if age > oldest:
        return "stale"
    return "networked" if moves(signal, np.array([at]), oldest, freshness.listened).all() else "stopped"


def copied(signals: Mapping[str, Signal]) -> dict[str, str]:
    """Assets that say the same numbers at the same times as an earlier one, with that one: one payload under several names."""
    found, whose = {}, defaultdict[int, list[str]](list)
    for number, signal in signals.items():
        if not signal.shares:
            continue
        shared_ = Counter(one for each in signal.sketch for one in whose[each]).most_common(1)
        if shared_ and shared_[0][1] >= signal.shares:
            found[number] = shared_[0][0]
        else:
            for each in signal.sketch:
                whose[each].append(number)
    return found


@dataclass(frozen=True, slots=True)
class States:
    """What each asset amounts to at a moment (``state-…`` in words.toml), and how signals and assets were joined."""

    why: Mapping[str, str]
    joined: Joined
    freshness: Freshness


def states(register: Register, heard: Signals, at: int, periods: float, window_ns: int = WINDOW_NS) -> States:
    """Every asset of a register at the moment ``at``: values are fresh for ``periods`` of its own period, and move in a window."""
    addressed = "address" in register.fields
    joined = join(register.assets, heard, addressed=addressed)
    usual = usual_ns(joined.signals.values())
    listened = Listened(tuple(joined_spans(heard.spans)), window_ns)
    freshness = Freshness(periods, usual, stated="period" in register.fields, listened=listened)
    twice = shared(register.assets) if addressed else {}
    why = {}
    for asset in register.assets:
        signal = joined.signals[asset.number]
        state = "withdrawn" if asset.withdrawn else joined.barred.get(asset.number) or standing(signal)
        if state == "silent" and asset.number in twice:
            state = "shared-address"
        if state == "networked" and signal is not None:
            state = fresh(asset, signal, at, freshness)
        why[asset.number] = state
    live = {number: signal for number, signal in joined.signals.items() if why[number] == "networked" and signal}
    why.update(dict.fromkeys(copied(live), "copied"))
    return States(why, joined, freshness)
