# SPDX-License-Identifier: Apache-2.0
"""TCP segments put in order: the bytes of each direction as their receiver saw them, with the time of the last segment. Pure.

A segment that comes again counts once; one that never comes leaves a gap, and what follows is taken up where a decoder can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from probes.plant.wire.packets import Place, Segment

_HALF = 1 << 31
_WRAP = (1 << 32) - 1
_WAITING = 256
"""Segments out of order that are held before the gap in front of them is given up."""


class Piece(NamedTuple):
    """Bytes of one direction of one connection: its number, who speaks, when; ``gap``: bytes before them are missing."""

    connection: int
    source: Place
    target: Place
    time_ns: int
    gap: bool
    data: bytes


@dataclass(slots=True)
class _Direction:
    number: int
    first: int | None = None
    wanted: int | None = None
    held: dict[int, Segment] = field(default_factory=dict)

    def take(self, segment: Segment) -> Iterator[tuple[bool, bytes]]:
        """(gap, bytes) that are in order now."""
        at = (segment.sequence + segment.begins) & _WRAP
        if self.wanted is None:
            self.first = self.wanted = at
        if segment.data:
            self.held[at] = segment
        yield from self._ready()
        if len(self.held) > _WAITING:
            self.wanted = min(self.held, key=lambda each: (each - (self.wanted or 0)) & _WRAP)
            for number, (_, data) in enumerate(self._ready()):
                yield not number, data

    def _ready(self) -> Iterator[tuple[bool, bytes]]:
        while self.held:
            assert self.wanted is not None  # noqa: S101 - set by the first segment
            at = (
                self.wanted
                if self.wanted in self.held
                else next((each for each in self.held if (self.wanted - each) & _WRAP < _HALF), None)
            )
            if at is None:
                return
            data = self.held.pop(at).data[(self.wanted - at) & _WRAP :]
            self.wanted = (self.wanted + len(data)) & _WRAP
            if data:
                yield False, data

    def rest(self) -> Iterator[tuple[bool, bytes]]:
        """What is left behind gaps that were never filled."""
        while self.held:
            self.wanted = min(self.held, key=lambda each: (each - (self.wanted or 0)) & _WRAP)
            for number, (_, data) in enumerate(self._ready()):
                yield not number, data


def pieces(segments: Iterable[Segment]) -> Iterator[Piece]:
    """The bytes of every direction in order."""
    open_: dict[tuple[Place, Place], _Direction] = {}
    numbers: dict[frozenset[Place], int] = {}
    count, last = 0, 0
    for each in segments:
        key, both = (each.source, each.target), frozenset((each.source, each.target))
        last = each.time_ns
        if each.begins and key in open_ and open_[key].first != (each.sequence + 1) & _WRAP:
            for way in (key, key[::-1]):  # the same ports again: a connection of its own
                if way in open_:
                    yield from _left(way, open_.pop(way), last)
            numbers.pop(both, None)
        if both not in numbers:
            numbers[both], count = count, count + 1
        direction = open_.setdefault(key, _Direction(numbers[both]))
        for gap, data in direction.take(each):
            yield Piece(direction.number, each.source, each.target, each.time_ns, gap, data)
    for way, direction in open_.items():
        yield from _left(way, direction, last)


def _left(way: tuple[Place, Place], direction: _Direction, time_ns: int) -> Iterator[Piece]:
    """What still waits behind a gap when the connection is over."""
    for gap, data in direction.rest():
        yield Piece(direction.number, *way, time_ns, gap, data)
