# SPDX-License-Identifier: Apache-2.0
"""Packets paired by what they carry: the same packet at two capture points, or request and reply by a declared field. Pure.

Rows begin (time ns, identity, flow << 1 | reply), in order of capture.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Column = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Paired(NamedTuple):
    """Delays of pairs in order of sending (ns), counts, and bursts as {length: number}.

    A late one is lost as well; so is one ``undecided``, whose reply or second sight may lie outside the capture.
    ``ambiguous``: packets whose identity others share, of which not all were seen again.
    """

    delays: Column
    sent: int
    received: int
    lost: int
    late: int
    duplicate: int
    reordered: int
    orphan: int
    undecided: int
    ambiguous: int
    bursts: Counter[int]


def between(up: Rows, down: Rows) -> Paired:
    """The same packet at two points; delay = time at ``down`` - time at ``up``, negative when the files are swapped.

    An identity that occurs several times is paired in order of occurrence. What was lost before the first or after the
    last pair is undecided: the other point was perhaps not recording.
    """
    here, there, ambiguous = matched(up, down)
    order = np.argsort(up[here, 0], kind="stable")
    here, there = here[order], there[order]
    lost = np.ones(len(up), np.bool_)
    lost[here] = False
    lost = lost[np.argsort(up[:, 0], kind="stable")]
    seen = np.flatnonzero(~lost)
    known = np.isin(down[:, 1], up[:, 1])
    return Paired(
        delays=down[there, 0] - up[here, 0],
        sent=len(up),
        received=len(here),
        lost=int(lost.sum()),
        late=0,
        duplicate=int(known.sum()) - len(here),
        reordered=_reordered(down[there, 0]),
        orphan=int((~known).sum()),
        undecided=int(seen[0] + len(up) - 1 - seen[-1]) if len(seen) else len(up),
        ambiguous=ambiguous,
        bursts=runs(lost),
    )


def exchanges(rows: Rows, waiting_ns: int) -> Paired:
    """Requests and replies of one flow that carry the same number: a reply answers the last request with it before."""
    order = np.lexsort((rows[:, 0], rows[:, 1]))
    times, numbers, replies = rows[order, 0], rows[order, 1], (rows[order, 2] & 1) == 1
    same = np.zeros(len(rows), np.bool_)
    same[1:] = numbers[1:] == numbers[:-1]
    answers = np.flatnonzero(replies & same & ~np.roll(replies, 1))
    delays = times[answers] - times[answers - 1]
    in_time = delays <= waiting_ns
    asked = np.flatnonzero(~replies)
    answered = np.zeros(len(rows), np.bool_)
    answered[answers[in_time] - 1] = True
    by_time = np.argsort(times[asked], kind="stable")
    lost = ~answered[asked][by_time]
    sending = np.argsort(times[answers[in_time] - 1], kind="stable")
    return Paired(
        delays=delays[in_time][sending],
        sent=len(asked),
        received=int(in_time.sum()),
        lost=int(lost.sum()),
        late=int((~in_time).sum()),
        duplicate=int((replies & same & np.roll(replies, 1)).sum()),
        reordered=_reordered(times[answers[in_time]][sending]),
        orphan=int((replies & ~same).sum()),
        undecided=int((lost & (np.sort(times[asked]) >= times.max(initial=0) - waiting_ns)).sum()),
        ambiguous=0,
        bursts=runs(lost),
    )


def runs(lost: Flags) -> Counter[int]:
    """Lengths of runs of neighbours that are lost, and how many there are of each."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    return Counter((edges[1::2] - edges[::2]).tolist())


def matched(up: Rows, down: Rows) -> tuple[Column, Column, int]:
    """Row numbers of pairs with the same identity, first with first, second with second; and how many rows of ``up`` are ambiguous."""
    left, right = np.argsort(up[:, 1], kind="stable"), np.argsort(down[:, 1], kind="stable")
    mine, my_start, my_count = np.unique(up[left, 1], return_index=True, return_counts=True)
    other, their_start, their_count = np.unique(down[right, 1], return_index=True, return_counts=True)
    _, i, j = np.intersect1d(mine, other, assume_unique=True, return_indices=True)
    count = np.minimum(my_count[i], their_count[j])
    ambiguous = my_count[i][(my_count[i] > 1) & (my_count[i] != their_count[j])].sum()
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pairs = left[np.repeat(my_start[i], count) + within], right[np.repeat(their_start[j], count) + within]
    return *pairs, int(ambiguous)


def _reordered(arrivals: Column) -> int:
    """Arrivals, in order of sending, that come before one that was sent earlier (RFC 4737 §3.3)."""
    return int((np.maximum.accumulate(arrivals) > arrivals).sum()) if len(arrivals) else 0
