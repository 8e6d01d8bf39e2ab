# SPDX-License-Identifier: Apache-2.0
"""What was heard of each source (a topic, a Sparkplug device, a node, a register): when it gave values of its own, and which.

Mergeable and bounded: of each source the last moment in each minute, and of each value its least, its greatest and how often
it came, which is enough to tell a frozen value and a mere counter from a measurement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from probes.plant.wire.payloads import Scalar

MINUTE_NS = 60 * 10**9
_LONGEST_TEXT, _MOST_VALUES = 80, 200
_UNITS_NS = (1, 10**3, 10**6, 10**9, 60 * 10**9, 3600 * 10**9, 86_400 * 10**9)
_LIKE_TIME, _JITTER_NS, _LEAST_STEPS = 0.1, 50 * 10**6, 3
SKETCH, _COARSE, _BUCKET_NS = 16, 8, 10 * 10**9
Times = npt.NDArray[np.int64]


class Source(NamedTuple):
    """Where values come from: ``place`` as topics and node ids are written, ``identity`` as the payload itself names it."""

    place: str
    identity: str = ""


class Range(NamedTuple):
    """Of one value: how often it came, its least and greatest (numbers before texts), and how it went from one to the next.

    ``steps``: from one message to the next in a session; ``ones`` of them rose by exactly one, ``downs`` fell by it, ``ticks`` rose as
    time did; a fall from the greatest to the least where all before had gone so is a counter or a clock that wraps.
    """

    times: int
    low: Scalar
    high: Scalar
    steps: int = 0
    ones: int = 0
    ticks: int = 0
    downs: int = 0

    def merge(self, other: Range) -> Range:
        """Of both stretches."""
        low = min(self.low, other.low, key=_order)
        high = max(self.high, other.high, key=_order)
        sums = (one + more for one, more in zip(self[3:], other[3:], strict=True))
        return Range(self.times + other.times, low, high, *sums)

    @property
    def constant(self) -> bool:
        """Whether it never changed."""
        return self.low == self.high

    @property
    def mechanical(self) -> bool:
        """Whether it rises by one with every message, as a counter does, or as time does, as a clock: nothing was measured."""
        return self.steps >= _LEAST_STEPS and self.steps in {self.ones, self.ticks, self.downs}


def _order(value: Scalar) -> tuple[bool, Scalar]:
    return isinstance(value, str), value


def ranged(value: Scalar) -> Range:
    """The range of a value that came once."""
    held = value[:_LONGEST_TEXT] if isinstance(value, str) else value
    return Range(1, held, held)


def stepped(known: Range, before: tuple[Scalar, int], value: Scalar, at: int) -> Range:
    """The range with one more value; ``before``: the value in front of it and when that was taken, ns."""
    held = value[:_LONGEST_TEXT] if isinstance(value, str) else value
    low, high, one, tick, down = known.low, known.high, False, False, False
    if isinstance(held, float) and isinstance(low, float) and isinstance(high, float):
        rise, passed = held - float(before[0]), at - before[1]
        wraps = before[0] == known.high and held <= low and known.steps >= _LEAST_STEPS
        climbs = before[0] == known.low and held >= high and known.steps >= _LEAST_STEPS
        one = rise == 1 or (wraps and known.steps == known.ones)
        down = rise == -1 or (climbs and known.steps == known.downs)
        slack = max(_LIKE_TIME * passed, _JITTER_NS)
        tick = rise > 0 and passed > 2 * slack and any(abs(rise * unit - passed) <= slack for unit in _UNITS_NS)
        tick = tick or (wraps and known.steps == known.ticks)
        low, high = min(low, held), max(high, held)
    else:
        low, high = min(low, held, key=_order), max(high, held, key=_order)
    sums = (known.steps + 1, known.ones + one, known.ticks + tick, known.downs + down)
    return Range(known.times + 1, low, high, *sums)


def moved(before: Range, after: Range, was: Scalar, value: Scalar) -> bool:
    """Whether the step from one range to the next was a change, and neither a counter's nor a clock's."""
    counted = after.ones > before.ones or after.ticks > before.ticks
    return value != was and not counted and not (after.downs > before.downs and before.steps == before.downs)


@dataclass(frozen=True, slots=True)
class Signal:
    """One source: its values' moments, ranges, and everything that was no value of its own.

    ``moved``: the last moment in each minute at which a value changed otherwise than by a counter's or a clock's step, UTC ns. ``last``: the last moment in each minute at which values of its own were taken, UTC ns. ``states``: (ns, True at a birth or False at a death). ``others``: messages that prove nothing, by why.
    """

    last: Times
    first_ns: int
    live: int
    ranges: Mapping[str, Range] = field(default_factory=dict)
    states: tuple[tuple[int, bool], ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    moved: Times = field(default_factory=lambda: np.empty(0, np.int64))
    sketch: tuple[int, ...] = ()
    """The least digests of its changes, each with the ten seconds in which it came: what one payload under several names shares."""
    values: tuple[int, ...] = ()
    """The least digests of its different numbers."""

    def merge(self, other: Signal) -> Signal:
        """Both stretches."""
        times = np.sort(np.concatenate([self.last, other.last]))
        first = [each for each in (self.first_ns, other.first_ns) if each]
        names = sorted({*self.ranges, *other.ranges})
        ranges = {
            name: reduce(Range.merge, [each.ranges[name] for each in (self, other) if name in each.ranges])
            for name in names
        }
        return Signal(
            by_minute(times),
            min(first, default=0),
            self.live + other.live,
            ranges,
            tuple(sorted({*self.states, *other.states})),
            dict(sorted((Counter(self.others) + Counter(other.others)).items())),
            by_minute(np.sort(np.concatenate([self.moved, other.moved]))),
            least((*self.sketch, *other.sketch)),
            least((*self.values, *other.values)),
        )

    @property
    def shares(self) -> int:
        """How many of its sketch another source does not share by chance; 0 where its changes are too few to tell.

        Fine values seldom meet; coarse ones do, and few different ones, as of a switch, always.
        """
        if len(self.sketch) < SKETCH or len(self.values) < _COARSE:
            return 0
        return SKETCH * 5 // 8 if len(self.values) == SKETCH else SKETCH - 1

    @property
    def changing(self) -> bool:
        """Whether any value changed otherwise than a counter or a clock does."""
        return bool(len(self.moved)) and any(not (each.constant or each.mechanical) for each in self.ranges.values())

    @property
    def period_ns(self) -> int:
        """The mean time between its own moments; 0 for fewer than three."""
        return (int(self.last[-1]) - self.first_ns) // (self.live - 1) if self.live > 2 else 0

    def age_ns(self, at: int) -> int | None:
        """How old its last value was at a moment; None where there was none before, or where it was said to be gone."""
        place = int(np.searchsorted(self.last, at, side="right")) - 1
        if place < 0:
            return None
        last = int(self.last[place])
        gone = max((when for when, born in self.states if not born and when <= at), default=0)
        return None if gone > last else at - last

    def up(self, at: int) -> bool:
        """Whether its session stood at a moment: the last birth or death before it was a birth."""
        before = [each for each in self.states if each[0] <= at]
        return bool(before) and before[-1][1]


def least(digests: Iterable[int]) -> tuple[int, ...]:
    """The least different ones, ascending: of a union the same, in whatever parts it came."""
    return tuple(sorted(set(digests))[:SKETCH])


def _keep(held: set[int], what: tuple[Scalar | int, ...]) -> None:
    held.add(int.from_bytes(blake2b(repr(what).encode(), digest_size=6).digest(), "big"))
    if len(held) > 4 * SKETCH:
        held.intersection_update(least(held))


def by_minute(times: Times) -> Times:
    """Of ascending moments the last in each minute."""
    if not len(times):
        return times
    minutes = times // MINUTE_NS
    kept: Times = times[np.append(minutes[1:] != minutes[:-1], [True])]
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Every source that was heard, and when was listened: ``spans`` (first, last) of each session, UTC ns.

    ``damaged``: rows or messages that could not be read; ``breaks``: how often the link was gone; ``kinds``: which protocols.
    ``told``: what has to be told, by code, with how often.
    """

    sources: Mapping[Source, Signal] = field(default_factory=dict)
    spans: tuple[tuple[int, int], ...] = ()
    messages: int = 0
    damaged: int = 0
    breaks: int = 0
    kinds: frozenset[str] = frozenset()
    told: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[Source, ...]:
        """The sources that gave values of their own."""
        return tuple(source for source, each in self.sources.items() if each.live)

    def merge(self, other: Signals) -> Signals:
        """Both."""
        joined = {
            source: reduce(Signal.merge, [each.sources[source] for each in (self, other) if source in each.sources])
            for source in sorted({*self.sources, *other.sources})
        }
        return Signals(
            joined,
            tuple(sorted({*self.spans, *other.spans})),
            self.messages + other.messages,
            self.damaged + other.damaged,
            self.breaks + other.breaks,
            self.kinds | other.kinds,
            dict(sorted((Counter(self.told) + Counter(other.told)).items())),
        )

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same evidence."""
        rows = [
            (
                source,
                each.last.tobytes(),
                each.first_ns,
                each.live,
                sorted(each.ranges.items()),
                each.states,
                sorted(each.others.items()),
                each.moved.tobytes(),
                each.sketch,
                each.values,
            )
            for source, each in sorted(self.sources.items())
        ]
        more = self.spans, self.messages, self.damaged, self.breaks, sorted(self.kinds), sorted(self.told.items())
        return repr((rows, more)).encode()


@dataclass(slots=True)
class Gathering:
    """Takes messages in, in their order; gives :class:`Signals`."""

    kind: str
    _times: dict[Source, list[int]] = field(default_factory=dict)
    _moved: dict[Source, list[int]] = field(default_factory=dict)
    _sketch: dict[Source, set[int]] = field(default_factory=dict)
    _values: dict[Source, set[int]] = field(default_factory=dict)
    _ranges: dict[Source, dict[str, Range]] = field(default_factory=dict)
    _before: dict[Source, dict[str, tuple[Scalar, int]]] = field(default_factory=dict)
    _states: dict[Source, set[tuple[int, bool]]] = field(default_factory=dict)
    _others: dict[Source, Counter[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    messages: int = 0

    def values(self, source: Source, taken_ns: int, values: Mapping[str, Scalar]) -> None:
        """Values of its own that a source gave live."""
        self._times.setdefault(source, []).append(taken_ns)
        held, before = self._ranges.setdefault(source, {}), self._before.setdefault(source, {})
        changed, steps = False, []
        for name, value in values.items():
            known = held.get(name)
            if known is None and len(held) == _MOST_VALUES:
                continue  # a source that invents names is known well enough by its first ones
            if known is None:
                held[name] = ranged(value)
            else:
                found = held[name] = stepped(known, before[name], value, taken_ns)
                if moved(known, found, before[name][0], value):
                    changed = True
                    if isinstance(value, float):
                        steps.append((before[name][0], value))
            before[name] = value, taken_ns
        if changed:
            self._moved.setdefault(source, []).append(taken_ns)
            for step in steps:
                _keep(self._sketch.setdefault(source, set()), (taken_ns // _BUCKET_NS, *step))
                _keep(self._values.setdefault(source, set()), step[1:])

    def nothing(self, source: Source, why: str) -> None:
        """A message that proves nothing, and why: retained, alive, unreadable, bad, unborn."""
        self._others.setdefault(source, Counter())[why] += 1

    def state(self, source: Source, at: int, *, born: bool) -> None:
        """A birth or a death."""
        self._states.setdefault(source, set()).add((at, born))

    def done(self, spans: Iterable[tuple[int, int]], *, damaged: int = 0, breaks: int = 0) -> Signals:
        """Everything that was taken in."""
        sources = sorted({*self._times, *self._states, *self._others})
        found = {}
        for source in sources:
            times = np.sort(np.array(self._times.get(source, ()), np.int64))
            found[source] = Signal(
                by_minute(times),
                int(times[0]) if len(times) else 0,
                len(times),
                dict(sorted(self._ranges.get(source, {}).items())),
                tuple(sorted(self._states.get(source, ()))),
                dict(sorted(self._others.get(source, Counter()).items())),
                by_minute(np.sort(np.array(self._moved.get(source, ()), np.int64))),
                least(self._sketch.get(source, ())),
                least(self._values.get(source, ())),
            )
        return Signals(
            found, tuple(spans), self.messages, damaged, breaks, frozenset({self.kind}), dict(sorted(self.told.items()))
        )
