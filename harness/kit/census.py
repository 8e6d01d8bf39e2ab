# SPDX-License-Identifier: Apache-2.0
"""Counting things by identity: which entries are one, which sources saw each and when, and what contradicts. Pure.

A mark is a kind and a value, as ("imei", "49…"). Kinds are the caller's words; what they prove is said by :class:`Kinds`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Mark = tuple[str, str]
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kinds:
    """What kinds of marks prove.

    ``identities`` belong to one thing for good. ``carriers`` do too, unless they stand before several things (a MAC
    address of a router). ``places`` prove only where nothing better can be compared (an IP address).
    """

    identities: frozenset[str]
    carriers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def proves(self, mark: Mark) -> bool:
        """Whether two that share this mark are one."""
        return mark[0] in self.identities or mark[0] in self.carriers


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to count: its marks, and what a person calls it."""

    marks: frozenset[Mark]
    label: str


class Sighting(NamedTuple):
    """What one source saw once: the marks it states; ``since`` to ``until`` is when, 0 where it does not tell."""

    source: str
    marks: frozenset[Mark]
    since: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """Of each item, in order: ``found`` by which sources, the ``intervals`` in which, what contradicts it, all marks that are its.

    ``unclaimed``: sightings that share no mark with any item.
    """

    found: tuple[frozenset[str], ...]
    intervals: tuple[tuple[Interval, ...], ...]
    contradictions: tuple[tuple[Sighting, ...], ...]
    marks: tuple[frozenset[Mark], ...]
    unclaimed: int

    @property
    def union(self) -> int:
        """How many items any source saw."""
        return self.agreed(1)

    def agreed(self, least: int) -> int:
        """How many items at least that many sources saw."""
        return sum(len(sources) >= least for sources in self.found)


def groups(entries: Sequence[Collection[Mark]]) -> list[list[int]]:
    """Which entries are one thing because they share a mark, directly or through others; in the order of their first ones."""
    owner: dict[Mark, int] = {}
    parent = list(range(len(entries)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for index, marks in enumerate(entries):
        for mark in marks:
            one, other = sorted((root(index), root(owner.setdefault(mark, index))))
            parent[other] = one
    found: dict[int, list[int]] = defaultdict(list)
    for index in range(len(entries)):
        found[root(index)].append(index)
    return list(found.values())


def repeats(entries: Sequence[Sequence[Mark]], shared: Collection[str] = frozenset()) -> list[tuple[str, int] | None]:
    """Of each entry the kind of the first mark that an earlier one has taken, and that one's index; None for the first of its kind.

    An entry that repeats another takes no marks, unless the kind is one of ``shared``, which only has to be told.
    """
    taken: dict[Mark, int] = {}
    found: list[tuple[str, int] | None] = []
    for index, marks in enumerate(entries):
        clash = next(((mark[0], taken[mark]) for mark in marks if mark in taken), None)
        found.append(clash)
        if clash is None or clash[0] in shared:
            for mark in marks:
                taken.setdefault(mark, index)
    return found


def relays(sightings: Iterable[Sighting], carrier: str, place: str, least: int) -> dict[str, int]:
    """Values of a carrier seen at ``least`` or more places of one kind, with how many: they stand before others."""
    places: dict[str, set[str]] = defaultdict(set)
    for each in sightings:
        there = {value for kind, value in each.marks if kind == place}
        for kind, value in each.marks:
            if kind == carrier:
                places[value] |= there
    return {value: len(there) for value, there in sorted(places.items()) if len(there) >= least}


def without(sightings: Iterable[Sighting], marks: Collection[Mark]) -> list[Sighting]:
    """The sightings as if they did not state those marks."""
    return [each._replace(marks=each.marks - set(marks)) for each in sightings]


def join(items: Sequence[Item], sightings: Iterable[Sighting], kinds: Kinds) -> Join:
    """Which sources saw each item, when, and what speaks against it.

    A sighting is an item's when an identity or a carrier is the item's, or when only the place can be compared and is.
    At an item's place with another identity or carrier than the item's it is no sighting but a contradiction.
    """
    seen = sorted(set(sightings), key=lambda each: (each.source, sorted(each.marks), each.since, each.until))
    by_mark: dict[Mark, list[int]] = defaultdict(list)
    for at, each in enumerate(seen):
        for mark in each.marks:
            by_mark[mark].append(at)
    claimed: set[int] = set()
    own, against = [], []
    for item in items:
        touched = sorted({at for mark in item.marks for at in by_mark.get(mark, ())})
        claimed.update(touched)
        told = [(seen[at], _speaks(item, seen[at], kinds)) for at in touched]
        own.append([each for each, how in told if how == "for"])
        against.append(tuple(each for each, how in told if how == "against"))
    return Join(
        tuple(frozenset(each.source for each in mine) for mine in own),
        tuple(tuple(sorted({(each.since, each.until) for each in mine if each.since})) for mine in own),
        tuple(against),
        tuple(item.marks.union(*(each.marks for each in mine)) for item, mine in zip(items, own, strict=True)),
        len(seen) - len(claimed),
    )


def _speaks(item: Item, sighting: Sighting, kinds: Kinds) -> str:
    """``for`` or ``against`` an item with which the sighting shares a mark, or neither."""
    if any(kinds.proves(mark) for mark in item.marks & sighting.marks):
        return "for"
    stated = {kind for kind, _ in sighting.marks}
    if stated & {kind for kind, _ in item.marks} - kinds.places:
        return "against"
    return "" if stated & kinds.identities else "for"


def busiest(seen: Sequence[Sequence[Interval]], window: int | None) -> tuple[int, int]:
    """The largest number of items seen within one window, and where it opens; None: over all of the time.

    An item is seen within [t, t + window] when one of its intervals meets it. The best window can be taken to end where
    some item's interval starts.
    """
    if window is None:
        return sum(bool(each) for each in seen), min((start for each in seen for start, _ in each), default=0)
    edges = []
    for intervals in seen:
        for start, stop in _joined_up(intervals, window):
            edges += [(start - window, 1), (stop, -1)]
    best, opened, running = 0, 0, 0
    for at, change in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        running += change
        if running > best:
            best, opened = running, at
    return best, opened


def _joined_up(intervals: Iterable[Interval], window: int) -> list[Interval]:
    """Intervals of one item with gaps no wider than the window closed: within such a gap some window meets one of them."""
    merged: list[Interval] = []
    for start, stop in sorted(intervals):
        if merged and start - merged[-1][1] <= window:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
