# SPDX-License-Identifier: Apache-2.0
"""What raw observations are worth: expected against existing, gaps, cycle slips, multipath, C/N0, what of BeiDou is in them. Pure.

No orbit is asked, so that a satellite is expected from its first to its last epoch of a pass and from none before. Limits of
slips are teqc's (4 m of ionospheric delay a minute), and a step of the geometry-free phase that stands out of its neighbours.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.formats.observed.columns import (
    SYSTEMS,
    Observations,
    Rows,
    frequency_hz,
    satellite_name,
    signal_name,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
PASS_NS = 1800 * 10**9
"""Silence of a satellite after which it has set and risen again."""
ION_M_S = 4 / 60
"""Rate of the ionospheric delay that no ionosphere has (teqc)."""
STEP_M, STEP_SD = 0.06, 8.0
"""Least step of the geometry-free phase that counts as a slip, and how many robust standard deviations of its steps it must be."""
FIRST_BDS3 = 19
"""Satellites of BeiDou from C19 on are BeiDou-3's (CSNO, constellation status)."""
B1C, B2A = ("1",), ("5",)
GAPS = 200
"""Gaps listed at most."""


@dataclass(frozen=True, slots=True)
class Band:
    """One signal of one system: epochs there were and should have been, C/N0, slips, multipath in m (None where it cannot be told)."""

    system: str
    signal: str
    satellites: int
    existing: int
    expected: int
    slips: int
    cn0_dbhz: tuple[float, float] | None
    multipath_m: float | None
    partner: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """The whole page; times in ns of GPS time, ``gaps`` as (start, missing epochs)."""

    epochs: Ints
    interval_ns: int
    expected: int
    gaps: tuple[tuple[int, int], ...]
    bands: tuple[Band, ...]
    satellites: Mapping[str, int]
    dated: bool

    @property
    def slips(self) -> int:
        """Of all signals."""
        return sum(each.slips for each in self.bands)

    @property
    def beidou(self) -> dict[str, Any]:
        """What of the observations is BeiDou's, and of BeiDou-3."""
        mine = [each for each in self.bands if each.system == "C"]
        rows, every = sum(each.existing for each in mine), sum(each.existing for each in self.bands)
        third = sum(1 for name in self.satellites if name[0] == "C" and int(name[1:]) >= FIRST_BDS3)
        seen = sum(1 for name in self.satellites if name[0] == "C")
        new = sum(count for name, count in self.satellites.items() if name[0] == "C" and int(name[1:]) >= FIRST_BDS3)
        return {
            "share": rows / every if every else 0.0,
            "satellites": seen,
            "bds3_satellites": third,
            "bds3_share": new / rows if rows else 0.0,
            "signals": sorted(each.signal for each in mine),
            "b1c": any(each.signal.startswith(B1C) for each in mine),
            "b2a": any(each.signal.startswith(B2A) for each in mine),
        }


def quality(found: Observations, interval_s: float | None = None) -> Quality:
    """The page of a file or stream. ``interval_s``: the planned interval, else the most frequent one."""
    rows = found.rows
    epochs = np.unique(rows["time_ns"])
    step = round(interval_s * 1e9) if interval_s else _interval_ns(epochs)
    number = np.rint((rows["time_ns"] - epochs[0]) / step).astype(np.int64) if step else np.zeros(len(rows), np.int64)
    passes = _passes(rows, number, step)
    series = _series(rows, number)
    bands = tuple(_bands(rows, series, passes, step))
    satellites, counts = np.unique(rows["satellite"], return_counts=True)
    names = {satellite_name(int(each)): int(count) for each, count in zip(satellites, counts, strict=True)}
    expected = int(np.rint((epochs[-1] - epochs[0]) / step)) + 1 if step else len(epochs)
    return Quality(epochs, step, expected, tuple(_gaps(epochs, step)), bands, names, found.dated)


def _interval_ns(epochs: Ints) -> int:
    """The most frequent difference between epochs, to the ms; 0 with one epoch."""
    steps = np.rint(np.diff(epochs) / 1e6).astype(np.int64)
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    return int(values[np.argmax(counts)]) * 10**6 if len(values) else 0


def _gaps(epochs: Ints, step: int) -> Iterator[tuple[int, int]]:
    if not step:
        return
    for start, distance in zip(epochs[:-1], np.diff(epochs), strict=True):
        if distance > 1.5 * step:
            yield int(start), round(distance / step) - 1


def _passes(rows: Rows, number: Ints, step: int) -> dict[int, list[tuple[int, int]]]:
    """By satellite: (first, last) epoch number of each pass."""
    found = {}
    for each in np.unique(rows["satellite"]):
        there = np.unique(number[rows["satellite"] == each])
        cuts = np.flatnonzero(np.diff(there) * max(step, 1) > PASS_NS)
        first, last = np.concatenate([[0], cuts + 1]), np.concatenate([cuts, [len(there) - 1]])
        found[int(each)] = [(int(there[a]), int(there[b])) for a, b in zip(first, last, strict=True)]
    return found


Key = tuple[int, int]
Series = dict[Key, tuple[Ints, Rows]]


def _series(rows: Rows, number: Ints) -> Series:
    """By (satellite, signal): epoch numbers and rows in order of time."""
    order = np.lexsort((number, rows["signal"], rows["satellite"]))
    sorted_rows, at = rows[order], number[order]
    code = sorted_rows["satellite"].astype(np.int64) << 16 | sorted_rows["signal"]
    cuts = np.flatnonzero(np.diff(code)) + 1
    edges = np.concatenate([[0], cuts, [len(code)]]) if len(code) else np.zeros(1, dtype=np.int64)
    return {
        (int(code[a]) >> 16, int(code[a]) & 0xFFFF): (at[a:b], sorted_rows[a:b]) for a, b in itertools.pairwise(edges)
    }


def _bands(rows: Rows, series: Series, passes: dict[int, list[tuple[int, int]]], step: int) -> Iterator[Band]:
    for system in SYSTEMS:
        mine = {key: each for key, each in series.items() if key[0] >> 8 == ord(system)}
        signals = sorted({key[1] for key in mine})
        for each in signals:
            sats = [sat for sat, code in mine if code == each]
            partner = _partner(each, mine, signals)
            strength = np.concatenate([mine[sat, each][1]["cn0_dbhz"] for sat in sats])
            strength = strength[np.isfinite(strength)]
            both = [_arcs(mine, sat, each, partner, step) for sat in sats]
            residual = np.concatenate([part for _, part in both])
            yield Band(
                system,
                signal_name(each),
                len(sats),
                sum(len(mine[sat, each][0]) for sat in sats),
                sum(last - first + 1 for sat in sats for first, last in passes[sat]),
                sum(count for count, _ in both),
                (float(strength.mean()), float(np.quantile(strength, 0.05))) if len(strength) else None,
                float(np.sqrt(np.mean(residual**2))) if len(residual) else None,
                None if partner is None else signal_name(partner),
            )
    del rows


def _partner(each: int, mine: Series, signals: list[int]) -> int | None:
    """The signal of another band whose phase is there most often together with this one's; the first of equals."""
    counts = {
        other: sum(
            int(np.isin(mine[sat, each][0], mine[sat, other][0]).sum())
            for sat, code in mine
            if code == each and (sat, other) in mine
        )
        for other in signals
        if other >> 8 != each >> 8
    }
    counts = {other: count for other, count in counts.items() if count}
    return max(counts, key=lambda other: (counts[other], -other)) if counts else None


def _arcs(mine: Series, sat: int, each: int, partner: int | None, step: int) -> tuple[int, Floats]:
    """(slips, multipath of the code in m with the mean of each arc taken off) of one satellite's signal."""
    at, rows = mine[sat, each]
    told = int(np.count_nonzero(rows["slip"][1:]))
    if partner is None or (sat, partner) not in mine:
        return told, np.empty(0)
    there, other = mine[sat, partner]
    _, here, beside = np.intersect1d(at, there, return_indices=True)
    alpha = _alpha(chr(sat >> 8), each, partner)
    code, one, two = rows["code_m"][here], rows["phase_m"][here], other["phase_m"][beside]
    good = np.isfinite(one) & np.isfinite(two)
    if np.count_nonzero(good) < 2 or not math.isfinite(alpha):
        return told, np.empty(0)
    marks = (rows["slip"][here] != 0) | (other["slip"][beside] != 0)
    number, code, one, two, marks = at[here][good], code[good], one[good], two[good], marks[good]
    slipped = marks | _stepped(number, one - two, alpha, step)
    slipped[0] = False
    adjoining = np.concatenate([[False], np.diff(number) == 1])
    arc = np.cumsum(slipped | ~adjoining)
    residual = code - (1 + 2 / (alpha - 1)) * one + 2 / (alpha - 1) * two
    whole = np.isfinite(residual)
    return int(np.count_nonzero(slipped & adjoining)), _centred(residual[whole], arc[whole])


def _alpha(system: str, each: int, partner: int) -> float:
    one, two = (frequency_hz(system + chr(code >> 8)) for code in (each, partner))
    return float((one / two) ** 2) if one and two else math.nan


def _stepped(number: Ints, free: Floats, alpha: float, step: int) -> npt.NDArray[np.bool_]:
    """Where the geometry-free phase jumps between neighbours: by more than any ionosphere, or out of its own steps."""
    out = np.zeros(len(free), dtype=np.bool_)
    steps, beside = np.diff(free), np.diff(number) == 1
    if not beside.any():
        return out
    rate = np.abs(steps / (alpha - 1)) > ION_M_S * max(step, 1) / 1e9
    middle = float(np.median(steps[beside]))
    spread = 1.4826 * float(np.median(np.abs(steps[beside] - middle)))
    out[1:] = beside & (rate | (np.abs(steps - middle) > max(STEP_M, STEP_SD * spread)))
    return out


def _centred(values: Floats, arc: Ints) -> Floats:
    """Values less the mean of their arc; arcs of a single epoch say nothing."""
    if not len(values):
        return values
    _, index, counts = np.unique(arc, return_inverse=True, return_counts=True)
    means = np.bincount(index, weights=values) / counts
    return np.asarray((values - means[index])[counts[index] > 1])
