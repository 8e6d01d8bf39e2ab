# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of racks and hosts over time: values by name and slot of time; a slot told twice keeps the lesser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self


@dataclass(frozen=True, slots=True)
class Use:
    """``values``: name -> {slot (number of the interval since 1970): value}; ``kinds``: power in W or busy as a share."""

    kinds: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[int, Fraction]] = field(default_factory=dict)

    @classmethod
    def of(cls, kinds: Iterable[str], rows: Iterable[tuple[int, str, Fraction | None]], interval_ns: int) -> Self:
        """The digest of a table; a value that is blank is no value."""
        found: dict[str, dict[int, Fraction]] = {}
        for at, name, value in rows:
            own = found.setdefault(name, {})
            if value is not None:
                slot = at // interval_ns
                own[slot] = min(value, own.get(slot, value))
        return cls(frozenset(kinds), found)

    def merge(self, other: Self) -> Self:
        """Both; where both say something of a slot the lesser counts."""
        found = {name: dict(own) for name, own in self.values.items()}
        for name, own in other.values.items():
            there = found.setdefault(name, {})
            for slot, value in own.items():
                there[slot] = min(value, there.get(slot, value))
        return type(self)(self.kinds | other.kinds, {name: found[name] for name in sorted(found)})
