# SPDX-License-Identifier: Apache-2.0
"""Sums over the cells of an absolute time grid: batch means that any split and order of the record leave unchanged.

Batches counted from the start of a chunk depend on where the chunk was cut; cells of the clock do not. The RMS rule of
:mod:`harness.stats.rms` is applied to cell means, so that a record of any length needs only a few numbers a cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.stats.autocorrelation import integrated_time
from harness.stats.inputs import Array, Real, risk
from harness.stats.moments import exact_sum
from harness.stats.rms import (
    BATCHES,
    SHORTEST,
    RmsBounds,
    batch_freedom,
    from_freedom,
    length_remarks,
    too_short,
)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Cells of ``width`` ns: ``index`` (time // width, ascending), ``n`` values and their exact sum in each.

    The sum is ``high`` * 2^32 + ``low``, 0 <= low < 2^32, in the values' unit: whole numbers, such as µm^2.
    """

    width: int
    index: Ints
    n: Ints
    high: Ints
    low: Ints

    @classmethod
    def of(cls, times_ns: Ints, values: npt.NDArray[Any], width: int) -> Grid:
        """Cells of int64 ``times_ns`` and integer ``values``, both of shape (n,); StatisticsError otherwise."""
        if times_ns.shape != values.shape or times_ns.dtype.kind != "i" or values.dtype.kind not in "iu" or width < 1:
            msg = f"cells of {width} ns need integer times and values of one shape."
            raise StatisticsError(msg, cure="convert to whole ns and whole units (µm, µm^2), and take a width above 0.")
        whole = values.astype(np.int64)
        return _gathered(width, times_ns // width, np.ones_like(whole), whole >> 32, whole & 0xFFFFFFFF)

    def merge(self, other: Grid) -> Grid:
        """The cells of both; associative and commutative. StatisticsError when the widths differ."""
        if self.width != other.width:
            msg = f"cells of {self.width} and {other.width} ns cannot be merged."
            raise StatisticsError(msg, cure="summarise both with the same width.")
        pairs = zip(self._columns(), other._columns(), strict=True)
        return _gathered(self.width, *(np.concatenate(pair) for pair in pairs))

    def means(self) -> Array:
        """The mean of each cell in order of time, shape (cells,); cells without a value do not appear."""
        return np.asarray((self.high * 2.0**32 + self.low) / self.n)

    @property
    def mean(self) -> float:
        """The mean over all values, from exact sums; StatisticsError without values."""
        if not self.n.size:
            raise StatisticsError("an empty grid has no mean.", cure="record at least one value.")
        return ((exact_sum(self.high) << 32) + exact_sum(self.low)) / int(self.n.sum())

    def to_bytes(self) -> bytes:
        """Canonical bytes: the width in decimal and a line feed, then the four columns as little-endian int64."""
        return f"{self.width}\n".encode() + b"".join(column.astype("<i8").tobytes() for column in self._columns())

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return sha256(self.to_bytes()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Equal when every cell is."""
        return self.to_bytes() == other.to_bytes() if isinstance(other, Grid) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.index, self.n, self.high, self.low


def rms_bounds(grid: Grid, axes: int, alpha: Real) -> RmsBounds:
    """The RMS of errors whose squares are in ``grid``, by the smallest-nu rule on cell means (see :mod:`harness.stats.rms`).

    ``n`` and ``tau`` count cells; the root is of the squares' unit. Cells without a value are passed over, so the record
    should have few of them. StatisticsError for constant or negative means, or no cell.
    """
    level, z, mean = risk(alpha), grid.means(), grid.mean
    n = z.size
    tau = integrated_time(z) if n > 1 else 1.0
    if n < SHORTEST * tau:
        missing, need = too_short(n, tau)
        return RmsBounds(math.sqrt(mean), None, None, n, axes, tau, 0.0, 0.0, missing, need=need)
    every = {f"nu_batches_{k}": batch_freedom(z, k, level) for k in BATCHES}
    every["nu_autocorrelation"] = 2 * mean**2 * n / (float(z.var()) * tau)
    nu = min(every.values()) / (1 + 20 * tau / n)
    low, high = from_freedom(mean, nu, level)
    remarks = length_remarks(n, tau)
    return RmsBounds(math.sqrt(mean), low, high, n, axes, tau, nu, nu / axes, remarks=remarks, diagnostics=every)


def _gathered(width: int, index: Ints, n: Ints, high: Ints, low: Ints) -> Grid:
    """Rows of equal index added up, in ascending order, the low part carried into the high one."""
    order = np.argsort(index, kind="stable")
    cells, starts = np.unique(index[order], return_index=True)
    if not cells.size:
        return Grid(width, index, n, high, low)
    n, high, low = (np.add.reduceat(column[order], starts) for column in (n, high, low))
    return Grid(width, cells, n, high + (low >> 32), low & 0xFFFFFFFF)
