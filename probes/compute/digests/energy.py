# SPDX-License-Identifier: Apache-2.0
"""Energy from samples of power: the prefix energy E(t), exact for piecewise-linear power, and windows as differences of it.

Between two samples power runs straight, so E(t) is a parabola there; edges of a window are interpolated, nothing is
extrapolated. Where the meter counts energy itself, the prefix is its unwrapped counter. Stamps are int64 ns; what becomes a
float is counted from the first sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from probes.compute.formats.power import Floats, Ints, PowerLog

MANY = 10_000
"""Windows from which on the compiled kernel pays for its import."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Energy since the first sample: ``joules`` at ``at_ns``; ``watts`` at the same moments, or None for a counter."""

    at_ns: Ints
    joules: Floats
    watts: Floats | None

    def energy_j(self, begin_ns: Ints, end_ns: Ints) -> Floats:
        """Energy between two moments each, shape (n,); NaN where a window reaches outside the samples."""
        if len(begin_ns) >= MANY and self.watts is not None:
            from probes.compute.digests.kernel import windows

            return windows(self.at_ns, self.joules, self.watts, begin_ns, end_ns)
        return self.upto(end_ns) - self.upto(begin_ns)

    def upto(self, at_ns: Ints) -> Floats:
        """E at moments, shape (n,), in J; NaN outside the samples."""
        at = np.asarray(at_ns, np.int64)
        cell = np.clip(np.searchsorted(self.at_ns, at, side="right") - 1, 0, max(0, len(self.at_ns) - 2))
        inside = (at >= self.at_ns[0]) & (at <= self.at_ns[-1])
        dt = (at - self.at_ns[cell]) / 1e9
        after = np.minimum(cell + 1, len(self.at_ns) - 1)
        width = (self.at_ns[after] - self.at_ns[cell]) / 1e9
        if self.watts is None:
            with np.errstate(divide="ignore", invalid="ignore"):
                share = np.where(width > 0, dt / width, 0.0)
            found = self.joules[cell] + share * (self.joules[after] - self.joules[cell])
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.where(width > 0, (self.watts[after] - self.watts[cell]) / width, 0.0)
            found = self.joules[cell] + (self.watts[cell] + slope * dt / 2) * dt
        return np.where(inside, found, np.nan)


class Window(NamedTuple):
    """What one window holds. ``mean_w_samples``: of the samples strictly inside whose power is above zero (MLPerf's rule)."""

    begin_ns: int
    end_ns: int
    n_inside: int
    mean_w_samples: float | None
    energy_j: float | None
    mean_w: float | None
    min_w: float | None
    max_w: float | None
    sd_w: float | None

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return (self.end_ns - self.begin_ns) / 1e9


def prefix(log: PowerLog) -> Prefix:
    """The prefix energy of a log: of its counter where it has one, else of its power."""
    if log.joules is not None and log.joules_ns is not None:
        return Prefix(log.joules_ns, log.joules - log.joules[0], None)
    steps = np.diff(log.at_ns) / 1e9
    cells = (log.watts[1:] + log.watts[:-1]) / 2 * steps
    return Prefix(log.at_ns, np.concatenate(([0.0], np.cumsum(cells))), log.watts)


def window(log: PowerLog, energy: Prefix, begin_ns: int, end_ns: int) -> Window:
    """One window of a log; what cannot be said is None."""
    first = int(np.searchsorted(log.at_ns, begin_ns, "right"))
    last = int(np.searchsorted(log.at_ns, end_ns, "left"))
    watts = log.watts[first:last]
    counted = watts[watts > 0]
    joules = float(energy.energy_j(np.array([begin_ns]), np.array([end_ns]))[0])
    known = not np.isnan(joules) and end_ns > begin_ns
    return Window(
        begin_ns,
        end_ns,
        len(watts),
        float(counted.mean()) if len(counted) else None,
        joules if known else None,
        joules * 1e9 / (end_ns - begin_ns) if known else None,
        float(watts.min()) if len(watts) else None,
        float(watts.max()) if len(watts) else None,
        float(watts.std(ddof=1)) if len(watts) > 1 else None,
    )
