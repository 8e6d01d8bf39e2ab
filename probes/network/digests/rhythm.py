# SPDX-License-Identifier: Apache-2.0
"""Whether packets left at the moments and in the sizes that their trace claims. Merges in any order, exactly.

A Poisson process of known rate puts at least one event into an interval of its mean gap with probability 1 - 1/e, each
interval for itself: a schedule with a beat fills more of them, one in bursts fewer. Time is cut at multiples of the mean gap
since 1970, and of every so many intervals it is remembered whether it was hit; what is remembered stays small and does not
depend on how the trace was cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.traces.spans import Spans

RISK = 1e-6
"""At which packets that left as claimed are said to contradict it, each node."""
_LOOKED = 4096
"""Intervals that are looked at, about."""
_HIT = 1 - math.exp(-1)
_LARGEST = 1 << 16
_LOOSE = Fraction(1, 20)
"""By how much a schedule that is no Poisson process may miss its claimed rate."""

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What one node's packets say of schedule and sizes, beside what is claimed.

    ``claims``: kinds of schedule and mean gaps (ns, 0: not said) as (kind, gap, stride). ``hit``: numbers of the intervals that
    were looked at and hit, int64[n] in order. ``sizes``: {bytes of payload: (sent, lost)}. ``sized``: sizes as claimed.
    """

    claims: frozenset[tuple[str, int, int]]
    hit: Column
    sizes: Mapping[int, tuple[int, int]]
    sized: frozenset[int]

    @classmethod
    def of(cls, header: Mapping[str, Any], left_ns: Column, size: Column, answered: npt.NDArray[np.bool_]) -> Rhythm:
        """Of one node's packets in a stretch of a trace: when each left, its size, and whether it was answered in time."""
        claim = claimed(header)
        kind, gap, stride = claim
        hit = np.empty(0, np.int64)
        if kind == "poisson" and gap > 0:
            places = np.unique(left_ns // gap)
            hit = places[places % stride == 0]
        sizes = header.get("sizes", ())
        known = isinstance(sizes, (list, tuple)) and all(isinstance(each, int) for each in sizes)
        return cls(frozenset({claim}), hit, _by_size(size, answered), frozenset(sizes if known else ()))

    def merge(self, other: Rhythm) -> Rhythm:
        """That of both stretches."""
        sizes = dict(self.sizes)
        for size, (sent, lost) in other.sizes.items():
            before = sizes.get(size, (0, 0))
            sizes[size] = before[0] + sent, before[1] + lost
        return Rhythm(self.claims | other.claims, np.union1d(self.hit, other.hit), sizes, self.sized | other.sized)

    def canonical(self) -> tuple[Any, ...]:
        """The same value for the same packets."""
        return sorted(self.claims), self.hit.tobytes(), sorted(self.sizes.items()), sorted(self.sized)

    def drawn(self, probed: Spans, missing: int) -> bool:
        """Whether the moments can be a Poisson process of the claimed rate; ``missing``: slots not sent, or sent late.

        ``probed``: stretches of sending. The risk that one is refused is at most twice :data:`RISK` (Chernoff's bounds).
        """
        if len(self.claims) != 1:
            return False
        ((kind, gap, stride),) = self.claims
        if kind != "poisson" or gap <= 0:
            return False
        first = -(-probed.start // (gap * stride)) * stride
        last = probed.stop // (gap * stride) * stride  # whole intervals between the ends
        whole = np.maximum(0, (last - first) // stride)
        looked = int(whole.sum())
        seen = sum(
            int(np.searchsorted(self.hit, stop) - np.searchsorted(self.hit, start))
            for start, stop, some in zip(first.tolist(), last.tolist(), whole.tolist(), strict=True)
            if some
        )
        if not looked:
            return True
        few = min(looked, seen + -(-missing // stride))
        return not (_tail(seen, looked, above=True) < RISK or _tail(few, looked, above=False) < RISK)

    def paced(self, probed: Spans, missing: int) -> bool:
        """Whether about as many packets left as the claimed rate says: within chance of Poisson ones, else within a twentieth."""
        gaps = {gap for _kind, gap, _stride in self.claims}
        if gaps == {0} or not len(probed):
            return True
        if len(gaps) != 1:
            return False
        expected = int(probed.lengths.sum()) / gaps.pop()
        sent = int(probed.count.sum()) - len(probed)
        most = sent + missing
        if all(kind == "poisson" for kind, *_ in self.claims):
            return not (_rate_tail(sent, expected, above=True) < RISK or _rate_tail(most, expected, above=False) < RISK)
        room = _LOOSE * Fraction(expected) + 20
        return sent <= expected + room and most >= expected - room

    @property
    def fits(self) -> bool:
        """Whether the sizes are those that were claimed, where any were, and no others."""
        seen = {size for size, (sent, _lost) in self.sizes.items() if sent}
        few = sum(sent for sent, _ in self.sizes.values()) < 20 * len(self.sized)
        return not self.sized or not seen or (seen <= self.sized and (few or seen == self.sized))


def claimed(header: Mapping[str, Any]) -> tuple[str, int, int]:
    """Kind of schedule, mean gap in ns, and every how many intervals one is looked at, as a session's header says."""
    schedule = header.get("schedule")
    if not isinstance(schedule, Mapping):
        return "", 0, 1
    kind, gap = str(schedule.get("kind", "")), schedule.get("interval_ns", 0)
    if not isinstance(gap, int) or not kind or gap <= 0:
        return kind, 0, 1
    duration, count = (
        each if isinstance(each, int) else 0 for each in (header.get("duration_ns"), header.get("count"))
    )
    total = duration // gap if duration else count
    return kind, gap, max(1, total // _LOOKED)


def _by_size(size: Column, answered: npt.NDArray[np.bool_]) -> dict[int, tuple[int, int]]:
    known = np.clip(size, 0, _LARGEST - 1)
    sent, lost = np.bincount(known), np.bincount(known[~answered], minlength=1)
    return {
        each: (int(sent[each]), int(lost[each]) if each < len(lost) else 0) for each in np.flatnonzero(sent).tolist()
    }


def _tail(seen: int, of: int, *, above: bool) -> float:
    """At least the probability of so many hits or more (``above``), or so many or fewer, among ``of`` intervals."""
    share = seen / of
    if (share <= _HIT) if above else (share >= _HIT):
        return 1.0
    return math.exp(-of * (_part(share, _HIT) + _part(1 - share, 1 - _HIT)))


def _part(share: float, expected: float) -> float:
    return share * math.log(share / expected) if share else 0.0


def _rate_tail(seen: int, expected: float, *, above: bool) -> float:
    """As :func:`_tail`, of a number of events where ``expected`` are the mean."""
    if expected <= 0 or ((seen <= expected) if above else (seen >= expected)):
        return 1.0
    return math.exp(seen - expected - (seen * math.log(seen / expected) if seen else 0.0))
