# SPDX-License-Identifier: Apache-2.0
"""A mergeable digest of integers (latencies in ns): counts in bins of relative width 2^-10, exact where verdicts are made.

Merging adds integers, so any split and any order of the same values gives the same bytes. Cumulative counts are exact
at bin edges and at the declared cuts (T - b, T, T + b of each limit): rank-based bounds stay rigorous, widened by at
most 0.098 % (facts: log-linear histogram as in HdrHistogram, G. Tene 2012, with the float64 exponent as index).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor, inf
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.quantity import Limit

_BITS = 10
_OCTAVES = 53
_PIECE = 1 << 28
_NONE = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)
_scratch = threading.local()

Ints = npt.NDArray[np.int64]


def cut_of(limit: Limit, shift: Fraction = Fraction(0), unit: str = "ns") -> int:
    """The integer c, in ``unit``, for which "value > c" is exactly "beyond the limit moved by ``shift``".

    For <= and < such a value violates, for >= and > it conforms. SpecError when the limit is of another dimension.
    """
    edge = limit.quantity.to(unit) + shift
    return floor(edge) if limit.op in {"<=", ">"} else ceil(edge) - 1


class Histogram:
    """Counts of int64 values. ``n`` values, smallest ``low``, largest ``high``, exact ``total``; counters by name.

    ``negative``, ``zero`` and ``huge`` (>= 2^53) values have counters of their own and are never clipped into a bin.
    """

    __slots__ = (
        "_bins",
        "_counts",
        "_cuts",
        "_over",
        "_reach",
        "counters",
        "high",
        "huge",
        "low",
        "n",
        "negative",
        "total",
        "zero",
    )

    def __init__(self, cuts: Iterable[int] = ()) -> None:
        """An empty histogram that will count exactly how many values lie above each of ``cuts``."""
        self._cuts: Ints = np.array(sorted(set(cuts)), np.int64)
        self._over: Ints = np.zeros(self._cuts.size, np.int64)
        self._bins: npt.NDArray[np.int32] = np.zeros(0, np.int32)  # those in use: a few values may lie octaves apart
        self._counts: Ints = np.zeros(0, np.int64)
        self._reach: Ints | None = None
        self.n = self.total = self.negative = self.zero = self.huge = 0
        self.low, self.high = _NONE
        self.counters: dict[str, int] = {}

    def add(self, values: npt.NDArray[Any]) -> Self:
        """Count integer ``values``, shape (n,), in the unit of the cuts; StatisticsError for anything but integers."""
        if values.ndim != 1 or values.dtype.kind not in "iu":
            msg = f"a histogram counts a row of integers, not {values.dtype} of shape {values.shape}."
            raise StatisticsError(msg, cure="convert to whole ns (or µm, bytes …) and drop what is not a number first.")
        whole = np.ascontiguousarray(values, np.int64)
        if values.dtype == np.uint64 and whole.size and whole.min() < 0:
            raise StatisticsError("a value does not fit 63 bits.", cure="check the decoder: no delay is that long.")
        for start in range(0, whole.size, _PIECE):
            self._add_piece(whole[start : start + _PIECE])
        return self

    def tally(self, **counts: int) -> Self:
        """Add to counters kept beside the values, like ``tally(lost=3, duplicate=1)``; names are the caller's."""
        for name, count in counts.items():
            if count < 0:
                msg = f"counter {name!r} cannot grow by {count}."
                raise StatisticsError(msg, cure="count events, do not take them back.")
            self.counters[name] = self.counters.get(name, 0) + int(count)
        return self

    def merge(self, other: Histogram) -> Histogram:
        """The histogram of both; associative and commutative. StatisticsError when the cuts differ."""
        if not np.array_equal(self._cuts, other._cuts):
            msg = f"histograms with cuts {self._cuts.tolist()} and {other._cuts.tolist()} cannot be merged."
            raise StatisticsError(msg, cure="summarise both with the same limits and allowances.")
        both = Histogram()
        both._cuts, both._over = self._cuts, self._over + other._over
        both._grow(self._bins, self._counts)
        both._grow(other._bins, other._counts)
        for name in ("n", "total", "negative", "zero", "huge"):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        both.low, both.high = min(self.low, other.low), max(self.high, other.high)
        both.counters = dict(self.counters)
        return both.tally(**other.counters)

    def uncut(self) -> Histogram:
        """The same values without cuts: to be shown together with those of sources that were asked other things."""
        same = Histogram()
        same._grow(self._bins, self._counts)
        for name in ("n", "total", "negative", "zero", "huge", "low", "high"):
            setattr(same, name, getattr(self, name))
        same.counters = dict(self.counters)
        return same

    def above(self, cut: int) -> int:
        """Exactly how many values exceed ``cut``; StatisticsError when it was not declared as a cut."""
        place = int(np.searchsorted(self._cuts, cut))
        if place == self._cuts.size or self._cuts[place] != cut:
            msg = f"{cut} is not among the cuts {self._cuts.tolist()}."
            raise StatisticsError(msg, cure="declare it when the histogram is made; bins are too coarse for a verdict.")
        return int(self._over[place])

    def bracket(self, rank: int, cuts: Collection[int] | None = None) -> tuple[int, int]:
        """The smallest and the largest integer that the ``rank``-th smallest value (from 1) can be.

        Apart by at most 2^-10 of the value; narrowed by ``cuts`` (None: all that are there) and by ``low`` and ``high``, so
        "upper <= T" agrees exactly with counting. Who shares a digest with others names the cuts of its own question: then
        the answer does not depend on what else was asked. StatisticsError outside 1..n: lost packets have no rank here, see
        :meth:`ranked`.
        """
        if not 1 <= rank <= self.n:
            msg = f"rank {rank} does not exist among {self.n} values."
            raise StatisticsError(msg, cure="ask for a rank between 1 and n.")
        lower, upper = self._bin_of(rank)
        lower, upper = max(lower, self.low), min(upper, self.high)
        known = zip(self._cuts.tolist(), self._over.tolist(), strict=True)
        for cut, over in known if cuts is None else ((each, self.above(each)) for each in cuts):
            if rank <= self.n - over:
                upper = min(upper, cut)
            else:
                lower = max(lower, cut + 1)
        return lower, upper

    def ranked(self, lost: int = 0, cuts: Collection[int] | None = None) -> RankedHistogram:
        """The values with ``lost`` infinite ones above them, as :func:`harness.stats.quantile.bounds` wants them."""
        return RankedHistogram(self, lost, cuts)

    @property
    def most_variance(self) -> float:
        """The values' variance (with n - 1), or more than it by what the bins leave open; StatisticsError for less than two."""
        if self.n < 2:
            msg = f"{self.n} values have no variance."
            raise StatisticsError(msg, cure="measure more.")
        tops = np.array([_edge(at + 1) - 1 for at in self._bins.tolist()], np.float64)
        squares = float((self._counts * np.minimum(tops, max(self.high, 0)) ** 2).sum())
        squares += self.negative * float(self.low) ** 2 + self.huge * float(self.high) ** 2
        return max(0.0, (squares - self.total * self.total / self.n) / (self.n - 1))

    def ecdf(self, points: int = 600) -> list[tuple[int, int]]:
        """At most ``points`` pairs (value, how many values are not above it), dense in the upper tail; for pictures."""
        if not self.n:
            return []
        below = self.negative + self.zero
        counts = np.concatenate(([self.negative, below], np.cumsum(self._counts) + below, [self.n]))
        steps = np.flatnonzero(np.diff(counts, prepend=0))
        chosen = steps[_chosen(counts[steps], self.n, points)].tolist()
        return [(self._top(place), int(counts[place])) for place in chosen]

    def to_bytes(self) -> bytes:
        """Canonical bytes: a line of JSON, then the used bins as little-endian uint32 index and uint64 count."""
        head = {name: getattr(self, name) for name in ("n", "total", "negative", "zero", "huge", "low", "high")}
        head |= {"cuts": self._cuts.tolist(), "over": self._over.tolist(), "counters": self._counters()}
        bins = self._bins.astype("<u4").tobytes() + self._counts.astype("<u8").tobytes()
        line = json.dumps({"schema": "yanshou.histogram/1", **head}, sort_keys=True, separators=(",", ":"))
        return line.encode() + b"\n" + bins

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return sha256(self.to_bytes()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Equal when every count is; the order in which values came leaves no trace."""
        return self.to_bytes() == other.to_bytes() if isinstance(other, Histogram) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Size and range, for a person at a prompt."""
        return f"Histogram(n={self.n}, low={self.low}, high={self.high}, counters={self._counters()})"

    def _counters(self) -> Mapping[str, int]:
        return {name: count for name, count in sorted(self.counters.items()) if count}

    def _add_piece(self, values: Ints) -> None:
        from harness.stats.histogram_kernel import count_block

        facts = np.array([*_NONE, 0, 0, 0, 0, 0], np.int64)
        tables = _tables()
        count_block(values, tables, self._cuts, self._over, facts)
        low, high, upper, lower, negative, zero, huge = facts.tolist()
        first = _index(max(low, 1)) if low < 1 << _OCTAVES else 0
        last = _index(min(max(high, 1), (1 << _OCTAVES) - 1))
        window = tables[first : last + 1]
        counts = window.sum(axis=1, dtype=np.int64)
        used = np.flatnonzero(counts)
        self._grow((used + first).astype(np.int32), counts[used])
        window[:] = 0
        self.n += values.size
        self.total += (upper << 32) + lower
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.negative, self.zero, self.huge = self.negative + negative, self.zero + zero, self.huge + huge

    def _grow(self, bins: npt.NDArray[np.int32], counts: Ints) -> None:
        """Add ``counts`` of ``bins``, which ascend; those in use become the union of both."""
        self._reach = None
        if not self._bins.size:
            self._bins, self._counts = bins, counts
        elif not np.array_equal(self._bins, bins):
            union = np.union1d(self._bins, bins)
            wider = np.zeros(union.size, np.int64)
            wider[np.searchsorted(union, self._bins)] = self._counts
            self._bins, self._counts = union, wider
            self._counts[np.searchsorted(union, bins)] += counts
        else:
            self._counts = self._counts + counts

    def _bin_of(self, rank: int) -> tuple[int, int]:
        """Smallest and largest integer of the bin that holds the ``rank``-th smallest value."""
        if rank <= self.negative:
            return self.low, -1
        if rank <= self.negative + self.zero:
            return 0, 0
        if rank > self.n - self.huge:
            return 1 << _OCTAVES, self.high
        if self._reach is None:  # a verdict asks for several ranks of one summary
            self._reach = self._counts.cumsum()
        place = int(self._reach.searchsorted(rank - self.negative - self.zero))
        found = int(self._bins[place])
        return _edge(found), _edge(found + 1) - 1

    def _top(self, place: int) -> int:
        """The largest value of step ``place``: below zero, zero, the bins in use, all the rest."""
        if place < 2:
            return place - 1
        return self.high if place == self._bins.size + 2 else min(_edge(int(self._bins[place - 2]) + 1) - 1, self.high)


class RankedHistogram:
    """A histogram and a number of lost trials seen by rank; ``n`` counts both."""

    def __init__(self, histogram: Histogram, lost: int = 0, cuts: Collection[int] | None = None) -> None:
        """Rank ``lost`` trials above every value; StatisticsError when it is negative or there is no trial at all.

        ``cuts``: by which the histogram's answers are narrowed, see :meth:`Histogram.bracket`.
        """
        if lost < 0 or histogram.n + lost < 1:
            msg = f"{histogram.n} values and {lost} lost trials cannot be ranked."
            raise StatisticsError(msg, cure="check that anything was sent, and the counts of what came back.")
        self._histogram = histogram
        self._cuts = cuts
        self.n = histogram.n + lost

    def at(self, rank: int) -> tuple[float, float]:
        """Edges (low, high) between which the rank-th smallest value lies; (inf, inf) for a lost one."""
        return self._histogram.bracket(rank, self._cuts) if rank <= self._histogram.n else (inf, inf)


def _index(value: int) -> int:
    """The bin of ``value`` (1 <= value < 2^53)."""
    octave = value.bit_length() - 1
    return (octave << _BITS) + ((value << _BITS) >> octave) - (1 << _BITS)


def _edge(index: int) -> int:
    """The smallest integer in bin ``index`` or beyond it."""
    octave, step = divmod(index, 1 << _BITS)
    return -(-((1 << _BITS) + step << octave) >> _BITS)


def _tables() -> npt.NDArray[np.uint32]:
    """This thread's counting tables, all zero between two calls."""
    if not hasattr(_scratch, "tables"):
        _scratch.tables = np.zeros((_OCTAVES << _BITS, 4), np.uint32)
    tables: npt.NDArray[np.uint32] = _scratch.tables
    return tables


def _chosen(counts: Ints, n: int, points: int) -> Ints:
    """Indices of at most ``points`` cumulative counts: evenly over the ranks, and eight an octave towards the end."""
    if counts.size <= points:
        return np.arange(counts.size)
    tail = {n - (n * (8 + step) >> (octave + 4)) for octave in range(n.bit_length()) for step in range(8)}
    evenly = max(points - len(tail) - 2, 0)
    ranks = sorted(tail | {n * i // evenly for i in range(evenly)})
    picked = np.searchsorted(counts, ranks)
    return np.unique(np.concatenate(([0], picked, [counts.size - 1])))[-points:]
