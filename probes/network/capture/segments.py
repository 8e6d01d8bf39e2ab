# SPDX-License-Identifier: Apache-2.0
"""Where on the way a round trip spends its time: the same exchanges captured at two or more points at once. Pure.

Each point times request and reply by its own clock, so no clocks need agree: what lies between two points is the round trip
at the nearer one less that at the farther one. A packet is known again by its number and the sender's own mark (T1 of STAMP,
the payload of an echo), which address translation leaves as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from probes.network.capture import pairing
from probes.network.capture.delays import digest
from probes.network.capture.stream import Pass

Column = npt.NDArray[np.int64]
_KINDS = (pairing.STAMP, pairing.ICMP_ECHO)
_SLOWEST = 100
"""Of the packets, one in so many is among the slowest."""


class Exchanges(NamedTuple):
    """What one point saw, a row a request that is known by its mark.

    ``key``: kind, number, mark. ``time``, round ``trip`` and time ``inside`` the reflector in ns; -1 where no reply, or no
    word of the reflector, was seen. ``again``: requests whose mark others bear.
    """

    key: npt.NDArray[np.int64]
    time: Column
    trip: Column
    inside: Column
    again: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the way, there and back: ``delay`` per packet that was answered at both ends (ns), losses of either way."""

    near: str
    far: str
    delay: Column
    lost_there: int
    lost_back: int


def exchanges(run: Pass) -> Exchanges:
    """The marked requests of a capture in order of time, each once, with their first replies within the waiting time."""
    rows = run.rows[np.argsort(run.rows[:, 0], kind="stable")]
    kinds = run.tables.keys[rows[:, 2] >> 1, 4] >> 32
    known = np.isin(kinds, _KINDS) & (rows[:, 5] != 0)
    rows = rows[known]
    keys = np.stack([kinds[known], rows[:, 1], rows[:, 5]], axis=1)
    back = rows[:, 2] & 1 == 1
    asked, first, counts = np.unique(keys[~back], axis=0, return_index=True, return_counts=True)
    time = rows[~back][first, 0]
    trip, inside = np.full(len(asked), -1, np.int64), np.full(len(asked), -1, np.int64)
    answers, place = np.unique(keys[back], axis=0, return_index=True)
    mine, theirs = _common(asked, answers)
    took = rows[back][place[theirs], 0] - time[mine]
    sound = (took >= 0) & (took <= int(run.tables.w[pairing.WAITING]))
    trip[mine[sound]] = took[sound]
    inside[mine[sound]] = rows[back][place[theirs[sound]], 3]
    return Exchanges(asked, time, trip, inside, int((counts > 1).sum()))


def split(names: Sequence[str], seen: Sequence[Exchanges]) -> list[Segment]:
    """The stretches between the points, from the sender's to the reflector's, and what lies beyond the last."""
    found = []
    for (near, far), (one, other) in zip(pairwise(names), pairwise(seen), strict=True):
        mine, theirs = _common(one.key, other.key)
        both = (one.trip[mine] >= 0) & (other.trip[theirs] >= 0)
        back = (one.trip[mine] < 0) & (other.trip[theirs] >= 0)
        delay = one.trip[mine][both] - other.trip[theirs][both]
        found.append(Segment(near, far, delay, len(one.key) - len(mine), int(back.sum())))
    last = seen[-1]
    rest = last.trip[last.trip >= 0]
    return [*found, Segment(names[-1], "", rest, 0, int((last.trip < 0).sum()))]


def report(names: Sequence[str], seen: Sequence[Exchanges]) -> dict[str, Any]:
    """``parts``, the part that takes the most of the slowest hundredth (``guilty``), and whether the points stand in order."""
    parts = split(names, seen)
    told = [
        {
            "from": each.near,
            "to": each.far,
            "packets": len(each.delay),
            "rtt_ns": digest(each.delay),
            "lost_forward": each.lost_there,
            "lost_backward": each.lost_back,
        }
        for each in parts
    ]
    kept = seen[-1].inside[seen[-1].inside >= 0]
    told[-1]["reflector_ns"] = digest(kept)
    events = [
        {
            "code": "network.segments-out-of-order",
            "from": each.near,
            "to": each.far,
            "packets": int((each.delay < 0).sum()),
        }
        for each in parts
        if 2 * int((each.delay < 0).sum()) > len(each.delay)
    ]
    events += [
        {"code": "network.ambiguous-payloads", "point": name, "packets": each.again}
        for name, each in zip(names, seen, strict=True)
        if each.again
    ]
    shares = None if events else _of_the_slowest(seen)
    guilty = None if shares is None else int(np.argmax(shares))
    return {
        "parts": told,
        "common": 0 if shares is None else len(_everywhere(seen)[0]),
        "slowest_ns": None if shares is None else [int(each) for each in shares],
        "guilty": None if guilty is None else {"from": told[guilty]["from"], "to": told[guilty]["to"]},
        "events": events,
    }


def _everywhere(seen: Sequence[Exchanges]) -> list[Column]:
    """Row numbers, at each point, of the exchanges that were answered at all of them."""
    rows = [np.flatnonzero(each.trip >= 0) for each in seen]
    for at in range(1, len(seen)):
        mine, theirs = _common(seen[0].key[rows[0]], seen[at].key[rows[at]])
        rows = [each[mine] if place < at else each for place, each in enumerate(rows)]
        rows[at] = rows[at][theirs]
    return rows


def _of_the_slowest(seen: Sequence[Exchanges]) -> Column | None:
    """Mean ns of each part in the slowest hundredth of the round trips; None where no exchange was seen at all points."""
    rows = _everywhere(seen)
    if not len(rows[0]):
        return None
    trips = np.stack([each.trip[place] for each, place in zip(seen, rows, strict=True)])
    slow = np.argsort(trips[0])[-max(1, trips.shape[1] // _SLOWEST) :]
    parts = np.concatenate([trips[:-1] - trips[1:], trips[-1:]])[:, slow]
    found: Column = parts.mean(axis=1).astype(np.int64)
    return found


def _common(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> tuple[Column, Column]:
    """Row numbers of the same keys in both; no key stands twice in either."""
    both = np.concatenate([one, other])
    _, number = np.unique(both, axis=0, return_inverse=True)
    number = number.reshape(-1)
    _, mine, theirs = np.intersect1d(number[: len(one)], number[len(one) :], assume_unique=True, return_indices=True)
    return mine, theirs
