# SPDX-License-Identifier: Apache-2.0
"""A row as an indicator counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model import Reason
from probes.register.digests.audit import Entry


@dataclass(frozen=True, slots=True)
class Item:
    """One row as it is counted."""

    entry: Entry
    name: str
    application: bool
    faults: tuple[Reason, ...]
    flags: tuple[Reason, ...]
    doubts: tuple[Reason, ...] = ()
    found: Mapping[str, bool | None] = field(default_factory=dict)
    """Whether its documents say name, code and date; None where they cannot tell."""

    @property
    def counts(self) -> bool:
        """Nothing is wrong with it and nothing is open."""
        return not self.faults and not self.doubts

    @property
    def open(self) -> bool:
        """Nothing is wrong with it, but something cannot be told from here."""
        return bool(self.doubts) and not self.faults
