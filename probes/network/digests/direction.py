# SPDX-License-Identifier: Apache-2.0
"""On which way packets were lost, from the counter of a stateful reflector (RFC 8762 §4.3). Merges in any order, exactly.

The reflector numbers what it sends, so at a probe with sequence s answered under number r, s - r requests before it
never arrived. What else was lost before it, was lost (or late) on the way back; what was lost after the last answer is
on neither side known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harness.series import Series
from probes.network.traces.session import ANSWERED


class Split(NamedTuple):
    """Packets lost on the way there, on the way back, and after the last answer; ``counted``: the reflector does count."""

    forward: int
    backward: int
    unknown: int
    counted: bool


class _Tally(NamedTuple):
    """One session: last sequence answered, s - r there, last sequence sent, packets lost."""

    answered: int
    ahead: int
    sent: int
    lost: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Tallies by session."""

    tallies: Mapping[str, tuple[int, int, int, int]]

    @classmethod
    def of(cls, session: str, probes: Series) -> Ledger:
        """From the probes of one session, any stretch of it."""
        if not len(probes):
            return cls({})
        answered = probes.where((probes["flags"] & ANSWERED) != 0)
        sent, lost = int(probes["sequence"].max()), len(probes) - len(answered)
        if not len(answered):
            return cls({session: _Tally(-1, 0, sent, lost)})
        last = int(answered["sequence"].argmax())
        sequence = int(answered["sequence"][last])
        ahead = sequence - int(answered["reflector_sequence"][last])
        return cls({session: _Tally(sequence, ahead, sent, lost)})

    def merge(self, other: Ledger) -> Ledger:
        """Both stretches."""
        merged = dict(self.tallies)
        for session, tally in other.tallies.items():
            mine = merged.get(session, (-1, 0, -1, 0))
            merged[session] = _Tally(*max(mine[:2], tally[:2]), max(mine[2], tally[2]), mine[3] + tally[3])
        return Ledger(merged)

    def canonical(self) -> list[tuple[str, tuple[int, ...]]]:
        """The same value for the same sessions."""
        return sorted((session, tuple(tally)) for session, tally in self.tallies.items())

    @property
    def split(self) -> Split:
        """All sessions together. A reflector that merely copies numbers looks like one that loses only on the way back."""
        forward = backward = unknown = 0
        for answered, ahead, sent, lost in self.tallies.values():
            after = min(lost, sent - answered)
            there = min(max(0, ahead), lost - after)
            forward, backward, unknown = forward + there, backward + lost - after - there, unknown + after
        return Split(forward, backward, unknown, forward > 0 or backward == 0)
