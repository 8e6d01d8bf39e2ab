# SPDX-License-Identifier: Apache-2.0
"""The steady window of a run: where it lies, what was done in it, whether it was steady, what it drew.

A window begins after the warm-up and lasts to the end of the run, idle times and throttling included; where power is measured,
both edges keep a sample and the clocks' offset away from the steps of power (``guard_s``): a straight line through such a step
would give away half of it. Steady: at least 600 s and
30 times the correlation time, and no drift of power, throughput (0.5 % in 10 min) or temperature (1 K in 5 min) that can be seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.errors import StatisticsError
from harness.model import Lack, Reason, Side
from harness.stats.autocorrelation import integrated_time
from probes.compute.formats.power import Floats, Ints
from probes.compute.formats.words import WORDS
from probes.compute.formats.workloads import AUTOMOTIVE, known
from probes.compute.measurands.view import Load, lack

BATCHES = 20
"""Stretches of a window: what varies more slowly than one of them is seen as drift."""
LEAST_S, LEAST_TAU = 600.0, 30.0
MOST_DRIFT, DRIFT_OVER_S = 0.005, 600.0
MOST_WARMING_K, WARMING_OVER_S = 1.0, 300.0
_SEEN, _SURE = 1.734, 3.610  # Student's t, 18 degrees of freedom, one-sided 95 % and 99.9 %


@dataclass(frozen=True, slots=True)
class Steady:
    """A run's window: ``items`` done in ``duration_s``; ``rates`` of :data:`BATCHES` stretches where calls were recorded."""

    load: Load
    begin_ns: int
    end_ns: int
    whole_ns: int
    """From the end of the warm-up to the end of the run, the guards included: the effort."""
    items: float
    edge_items: float
    """By how much the items at the edges are uncertain: the largest call."""
    rates: Floats | None
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]

    @property
    def duration_s(self) -> float:
        """How long the window is."""
        return (self.end_ns - self.begin_ns) / 1e9

    @property
    def tops(self) -> float:
        """Operations a second, in units of 10^12."""
        return self.items * (self.load.operations or 0.0) / self.duration_s / 1e12 if self.duration_s > 0 else 0.0


def steady(load: Load, warm_up_s: float, guard_s: float = 0.0) -> Steady:
    """The window of one run, and what is wrong with it."""
    run = load.run
    whole_ns = run.end_ns - run.begin_ns - round(warm_up_s * 1e9)
    guard = round(guard_s * 1e9)
    begin, end = run.begin_ns + round(warm_up_s * 1e9) + guard, run.end_ns - guard
    invalid: list[Reason] = []
    lacks: list[Lack] = []
    remarks = list(run.remarks)
    if whole_ns < LEAST_S * 1e9:
        lacks.append(lack("window-short", seconds=max(0.0, whole_ns / 1e9), least=LEAST_S))
    end = max(end, begin + 1)
    items, edge, rates = _done(load, begin, end)
    if rates is None:
        remarks.append(WORDS.reason("rate-only"))
    else:
        seen, unclear = drift(rates, (end - begin) / 1e9, "throughput")
        invalid, lacks = invalid + seen, lacks + unclear
    if load.operations is None:
        invalid.append(WORDS.reason("no-operations"))
    elif not load.counted and not run.kernels:
        remarks.append(WORDS.reason("operations-stated", operations=load.operations))
        lacks += [] if load.rated_tops else [lack("operations-unproven")]
    if not run.kernels and not known(str(load.settings.workload)):
        remarks.append(WORDS.reason("workload-unlisted", workload=str(load.settings.workload), listed=[*AUTOMOTIVE]))
    if run.throttled:
        remarks.append(WORDS.reason("throttled", count=run.throttled))
    warm = (run.temperature_ns >= begin) & (run.temperature_ns <= end)
    if warm.sum() > 10:
        invalid += _warming(run.temperature_ns[warm], run.temperature_c[warm])
    else:
        remarks.append(WORDS.reason("no-temperature"))
    return Steady(load, begin, end, max(0, whole_ns), items, edge, rates, tuple(invalid), tuple(lacks), tuple(remarks))


def _done(load: Load, begin: int, end: int) -> tuple[float, float, Floats | None]:
    """Items of the calls inside, of a call over an edge its share in time; of a log without calls its rate over the window."""
    run = load.run
    if not len(run.start_ns):
        return (run.rate or 0.0) * (end - begin) / 1e9, (run.rate or 0.0) * 1e-3, None
    overlap = np.minimum(run.stop_ns, end) - np.maximum(run.start_ns, begin)
    inside = overlap > 0
    lasted = np.maximum(run.stop_ns[inside] - run.start_ns[inside], 1)
    done = run.count[inside] * (overlap[inside] / lasted)
    items, edge = float(done.sum()), float(run.count.max())
    if inside.sum() < 2 * BATCHES:
        return items, edge, None
    middle = (run.start_ns[inside] + run.stop_ns[inside]) // 2
    place = np.clip((middle - begin) * BATCHES // (end - begin), 0, BATCHES - 1)
    sums = np.bincount(place, weights=done, minlength=BATCHES)
    return items, edge, sums / ((end - begin) / 1e9 / BATCHES)


def slope(values: Floats, seconds: float) -> tuple[float, float]:
    """Relative change a second of equal stretches over ``seconds``, and its standard error."""
    at = (np.arange(len(values)) + 0.5) * seconds / len(values)
    at = at - at.mean()
    mean = float(values.mean())
    if mean <= 0:
        return 0.0, math.inf
    rise = float((at * values).sum() / (at * at).sum())
    rest = values - mean - rise * at
    error = math.sqrt(float((rest * rest).sum()) / (len(values) - 2) / float((at * at).sum()))
    return rise / mean, error / mean


def drift(values: Floats, seconds: float, what: str) -> tuple[list[Reason], list[Lack]]:
    """Whether the values of equal stretches drift more than is steady: seen to (INVALID), or not seen not to (PASS stays open)."""
    rise, error = slope(values, seconds)
    most, title = MOST_DRIFT / DRIFT_OVER_S, WORDS.text(what)
    facts: dict[str, Any] = {
        "what": title,
        "share": f"{rise * DRIFT_OVER_S * 100:+.2f} %",
        "allowed": f"{MOST_DRIFT * 100:g} %",
    }
    if abs(rise) - _SURE * error > most:
        return [WORDS.reason("drift", **facts)], []
    return [], [lack("drift-unclear", Side.PASS, **facts)] if abs(rise) + _SEEN * error > most else []


def _warming(at_ns: Ints, celsius: Floats) -> Iterator[Reason]:
    seconds = (at_ns - at_ns[0]) / 1e9
    if seconds[-1] <= 0:
        return
    centred = seconds - seconds.mean()
    rise = float((centred * (celsius - celsius.mean())).sum() / (centred * centred).sum())
    rest = celsius - celsius.mean() - rise * centred
    error = math.sqrt(float((rest * rest).sum()) / max(1, len(celsius) - 2) / float((centred * centred).sum()))
    if abs(rise) - _SURE * error > MOST_WARMING_K / WARMING_OVER_S:
        yield WORDS.reason("warming", kelvin=f"{rise * WARMING_OVER_S:+.2f}", allowed=f"{MOST_WARMING_K:g}")


def correlated(watts: Floats, period_s: float, seconds: float) -> list[Lack]:
    """Whether the window is at least 30 correlation times of the power long."""
    try:
        tau = integrated_time(watts) * period_s
    except StatisticsError:
        return []
    if seconds < LEAST_TAU * tau:
        return [lack("window-correlated", Side.PASS, tau=float(f"{tau:.3g}"), seconds=seconds)]
    return []
