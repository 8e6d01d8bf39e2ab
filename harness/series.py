# SPDX-License-Identifier: Apache-2.0
"""Decoded columns: numpy arrays of one length, with units; never one object per sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something a decoder met: a code (``domain.what``), the byte offset into the segment, and details."""

    code: str
    offset: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Series:
    """Named columns of equal length, the unit of each, and the decoder's events."""

    columns: Mapping[str, Column]
    units: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        """Refuse columns of different lengths: a shifted column is a wrong verdict."""
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            msg = f"columns differ in length: {lengths}"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Number of samples."""
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> Column:
        """The column called ``name``."""
        return self.columns[name]

    def where(self, mask: npt.NDArray[np.bool_]) -> Series:
        """The rows for which ``mask`` is true; events stay."""
        columns = {name: column[mask] for name, column in self.columns.items()}
        return Series(columns, self.units, self.events)


def concatenate(parts: Sequence[Series]) -> Series:
    """All rows of ``parts`` in their order; at least one part, all with the same columns."""
    first = parts[0]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in first.columns}
    return Series(columns, first.units, tuple(event for part in parts for event in part.events))
