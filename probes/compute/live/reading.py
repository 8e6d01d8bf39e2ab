# SPDX-License-Identifier: Apache-2.0
"""Meters that are asked: one protocol for all, so that the sampler knows none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter said once: watts, or microjoules of a counter; None: overload or no value. ``range_w`` where it says so."""

    watts: float | None = None
    microjoules: int | None = None
    range_w: float | None = None


class Meter(Protocol):
    """A meter at the end of a line."""

    identity: str
    """Who it says it is, for people."""
    mark: str
    """A number that no other meter has, as it said it itself; empty where it says none."""
    facts: Mapping[str, Any]
    """What holds for all its readings: ``range_uj`` and ``most_w`` of a counter, ``range_w``."""

    def read(self) -> Reading:
        """Ask it once; InstrumentError when it does not answer or answers something else."""

    def close(self) -> None:
        """Let go of it."""
