# SPDX-License-Identifier: Apache-2.0
"""Exports of an identifier node digested."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Self

from harness.model import Reason
from probes.register.traces import node


@dataclass(frozen=True, slots=True)
class Export:
    """The mergeable digest of exports: prefixes, days, a list of identifiers (digest, lines, distinct), a drawn sample.

    ``resolved``: what came of each drawn identifier; ``asked``: the days on which they were.
    """

    prefixes: tuple[node.Prefix, ...] = ()
    days: tuple[node.Resolved, ...] = ()
    lists: tuple[tuple[str, int, int], ...] = ()
    draws: tuple[bytes, ...] = ()
    resolved: tuple[tuple[str, bool | None], ...] = ()
    asked: tuple[date, ...] = ()
    tables: int = 0
    invalid: tuple[Reason, ...] = field(default=())

    def merge(self, other: Self) -> Self:
        """The union; the same row twice counts once."""
        return type(self)(
            tuple(sorted({*self.prefixes, *other.prefixes})),
            tuple(sorted({*self.days, *other.days})),
            tuple(sorted({*self.lists, *other.lists})),
            tuple(sorted({*self.draws, *other.draws})),
            tuple(sorted({*self.resolved, *other.resolved}, key=repr)),
            tuple(sorted({*self.asked, *other.asked})),
            self.tables + other.tables,
            tuple(
                sorted({each.text: each for each in (*self.invalid, *other.invalid)}.values(), key=lambda r: r.text.zh)
            ),
        )
