# SPDX-License-Identifier: Apache-2.0
"""The polls of modems as a mergeable digest, and each modem's time by access technology. Merges in any order, exactly.

Time between two polls belongs to an access technology when both say it and lie no further apart than a bound; all other time
belongs to none. So a stretch that nobody looked at never counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from probes.network.traces.radio import Poll
from probes.network.wire.radio import WORST_FIRST

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Radio:
    """Every poll once; one that a copied session repeats is the same poll."""

    polls: frozenset[Poll]

    def merge(self, other: Radio) -> Radio:
        """The polls of both."""
        return Radio(self.polls | other.polls)

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same evidence."""
        return repr(sorted(self.polls, key=repr)).encode()

    @property
    def by_imei(self) -> Mapping[str, tuple[Poll, ...]]:
        """Per IMEI its polls in order of time; a modem's silence belongs to the IMEI that it said last, or else first."""
        names: dict[tuple[str, str], list[Poll]] = defaultdict(list)
        for poll in sorted(self.polls, key=lambda each: (each.time_ns, repr(each))):
            names[poll.way, poll.modem].append(poll)
        found: dict[str, list[Poll]] = defaultdict(list)
        for told in names.values():
            said = next((each.imei for each in told if each.imei), "")
            for poll in told:
                said = poll.imei or said
                found[said].append(poll)
        return {imei: tuple(sorted(each, key=lambda poll: (poll.time_ns, repr(poll)))) for imei, each in found.items()}


def spans(polls: Sequence[Poll], rats: Collection[str], bound_ns: int) -> list[Interval]:
    """When a modem was on one of ``rats`` throughout, as far as successive polls tell; polls in order of time."""
    found: list[Interval] = []
    for (one, good), (other, still) in pairwise(_moments(polls, rats)):
        if good and still and other - one <= bound_ns:
            if found and found[-1][1] == one:
                found[-1] = (found[-1][0], other)
            else:
                found.append((one, other))
    return found


def _moments(polls: Sequence[Poll], rats: Collection[str]) -> Iterator[tuple[int, bool]]:
    """Each moment, and whether all that was said then is one of ``rats``: the worst of one moment is believed.

    A poll that says no IMEI proves nothing.
    """
    for time_ns, told in groupby(polls, lambda each: each.time_ns):
        yield time_ns, all(each.rat in rats and bool(each.imei) for each in told)


def overlap(intervals: Sequence[Interval], start: int, stop: int) -> int:
    """How much of start to stop the intervals cover."""
    return sum(max(0, min(stop, end) - max(start, begin)) for begin, end in intervals)


def shares(polls: Sequence[Poll]) -> dict[str, int]:
    """How many polls said what, the worst first."""
    counts: dict[str, int] = defaultdict(int)
    for each in polls:
        counts[each.rat] += 1
    order = {rat: at for at, rat in enumerate(WORST_FIRST)}
    return dict(sorted(counts.items(), key=lambda each: order.get(each[0], -1)))


def clones(polls: Sequence[Poll]) -> tuple[str, ...]:
    """The modems of one way of asking that said this one IMEI at the same time, first to last poll; empty when one did."""
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in polls:
        if each.imei:
            named[each.way, each.modem].append(each.time_ns)
    told = sorted((way, min(times), max(times), modem) for (way, modem), times in named.items())
    found = set()
    for one, other in ((a, b) for at, a in enumerate(told) for b in told[at + 1 :]):
        if one[0] == other[0] and other[1] <= one[2]:
            found |= {one[3], other[3]}
    return tuple(sorted(found))
