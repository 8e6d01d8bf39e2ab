# SPDX-License-Identifier: Apache-2.0
"""What a steady window drew: its energy by the meter, every component of that energy's uncertainty, and what forbids a verdict.

Never an estimate: a window that no meter covers is INVALID. Nothing is trimmed, no idle power is subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from harness.model import Lack, Reason, Side
from probes.compute.digests.energy import Window, window
from probes.compute.digests.zones import placed
from probes.compute.formats.power import PowerLog
from probes.compute.formats.words import WORDS
from probes.compute.measurands.clocks import MOST_OFFSET_S, Compared, compared, shifted, stepped
from probes.compute.measurands.view import Meter, Terminal, lack, plane_of, quantity
from probes.compute.measurands.windows import BATCHES, Steady, correlated, drift
from probes.compute.plans.meters import SCREENING

LEAST_HZ, MOST_GAP_S, MOST_GAPS = 0.95, 2.0, 0.01
"""The gate of SPECpower and MLPerf: at least one reading a second, evenly (real analysers miss it by 2 % at times)."""
SAME_HOST_S = 0.001
"""Two records of one host have one clock; what is left is how long a stamp takes."""
_FROZEN = 60
"""No meter shows one value to the last digit for so many samples of a working machine."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The energy of a window. ``relative``: standard uncertainties by name, as shares of the energy; ``limit``: of the meter."""

    joules: float | None
    mean_w: float | None
    relative: Mapping[str, float]
    limit: float | None
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]


def drawn(own: Terminal, run: Steady, declared: Mapping[str, Any], plane: str) -> Drawn:
    """What the main meter says of the window, cross-checked with every second source."""
    main = [each for each in own.meters if _overlap_ns(each, run) > 0]
    nearest = main or list(own.meters)
    if not nearest:
        return _nothing(WORDS.reason("no-power-sensor"))
    if len(main) > 1:
        return _nothing(WORDS.reason("two-meters"))
    meter = nearest[0]
    clocks, apart, once = compared(meter, run)
    run = shifted(run, clocks)
    found = _of(meter, run, declared, clocks)
    where = placed(meter.log, meter.energy, run.begin_ns, run.end_ns)
    invalid = [*plane_of(meter, declared, plane), *(() if where.taken else where.events), *found.invalid]
    invalid += apart
    lacks, remarks = [*once, *found.lacks], [*([clocks.remark] if clocks else []), *found.remarks]
    if clocks is not None:
        edges = (run.load.run.begin_ns - clocks.ahead_ns, run.load.run.end_ns - clocks.ahead_ns)
        steps = [step_s(meter.log, at, found.mean_w or 0.0) for at in edges]
        invalid += stepped(clocks, steps, meter.log.period_ns / 1e9)
    if {meter.log.clock, run.load.run.clock} & {"none"} and meter.log.clock != run.load.run.clock:
        invalid.append(WORDS.reason("clocks-differ", power=meter.log.clock, load=run.load.run.clock))
    beside = [each for each in own.checks if _overlap_ns(each, run) > 0]
    for other in beside:
        broken, missing = _checked(found, meter, other, run)
        invalid, lacks = invalid + broken, lacks + missing
    if not beside:
        remarks.append(WORDS.reason("no-second-source"))
    joules = found.joules if where.taken else None
    return Drawn(joules, found.mean_w, found.relative, found.limit, tuple(invalid), tuple(lacks), tuple(remarks))


def guard_s(own: Terminal) -> float:
    """How far edges of windows keep away from steps of power: a sample, and what the clocks may differ."""
    return max((each.log.period_ns + (each.settings.clock_offset_ns or 0) for each in own.meters), default=0) / 1e9


def _nothing(why: Reason) -> Drawn:
    return Drawn(None, None, {}, None, (why,), (), ())


def _overlap_ns(meter: Meter, run: Steady) -> int:
    """How long the meter recorded within the run, also where its stamps run back: then it is there and can say nothing."""
    return min(int(meter.energy.at_ns.max()), run.end_ns) - max(int(meter.energy.at_ns.min()), run.begin_ns)


def _of(meter: Meter, run: Steady, declared: Mapping[str, Any], clocks: Compared | None = None) -> Drawn:
    log, one = meter.log, window(meter.log, meter.energy, run.begin_ns, run.end_ns)
    invalid = [*_gates(log, run), *_vouched(meter, run)]
    lacks: list[Lack] = []
    if meter.live and meter.settings.way in SCREENING:
        lacks.append(lack("screening", way=meter.settings.way))
    if not meter.settings.certificate:
        lacks.append(lack("no-certificate"))
    limit, why = accuracy(meter, one, declared)
    lacks += why
    offset, told = (clocks.residual_s, []) if clocks is not None else _offset_s(meter, run, one)
    lacks += told
    if offset is not None and offset > MOST_OFFSET_S:
        invalid.append(WORDS.reason("clocks-off", most_s=offset, allowed_s=MOST_OFFSET_S))
    if one.energy_j is None or one.mean_w is None or one.energy_j <= 0:
        return Drawn(None, None, {}, limit, tuple(invalid), tuple(lacks), log.events)
    relative = {
        "meter": (limit or 0.0) / math.sqrt(3),
        "window": _edges(log, run, one, offset or 0.0) / math.sqrt(3),
        "integration": _integration(log, run, one) / math.sqrt(3),
    }
    watts = log.watts[(log.at_ns >= run.begin_ns) & (log.at_ns <= run.end_ns)]
    if len(watts) >= 2 * BATCHES:
        means = watts[: len(watts) // BATCHES * BATCHES].reshape(BATCHES, -1).mean(axis=1)
        seen, unclear = drift(means, run.duration_s, "power")
        invalid, lacks = invalid + seen, lacks + unclear
        lacks += correlated(watts, log.period_ns / 1e9, run.duration_s)
    remarks = tuple(each for each in log.events if each.code not in {"compute.overload", "compute.range-changed"})
    return Drawn(one.energy_j, one.mean_w, relative, limit, tuple(invalid), tuple(lacks), remarks)


def _gates(log: PowerLog, run: Steady) -> list[Reason]:
    """Overload or no value inside the window, another range under way, too few or uneven samples, stamps out of order."""
    found = [each for each in log.events if each.code == "compute.range-changed"]
    flagged = int(((log.flagged_ns >= run.begin_ns) & (log.flagged_ns <= run.end_ns)).sum())
    if flagged:
        found.append(WORDS.reason("flagged-inside", count=flagged))
    if log.joules is not None and log.format != "table":
        return found
    inside = log.at_ns[(log.at_ns >= run.begin_ns) & (log.at_ns <= run.end_ns)]
    watts = log.watts[(log.at_ns >= run.begin_ns) & (log.at_ns <= run.end_ns)]
    if len(watts) > _FROZEN and (watts == watts[0]).all():
        found.append(WORDS.reason("frozen", count=len(watts)))
    steps = np.diff(inside)
    rate = (len(inside) - 1) * 1e9 / max(1, int(inside[-1] - inside[0])) if len(inside) > 1 else 0.0
    if rate < LEAST_HZ:
        found.append(WORDS.reason("too-seldom", rate=float(f"{rate:.4g}")))
    elif steps.max() > MOST_GAP_S * 1e9 or (steps > 1.5 * np.median(steps)).mean() > MOST_GAPS:
        found.append(WORDS.reason("uneven", most_s=float(steps.max()) / 1e9))
    return found


def _vouched(meter: Meter, run: Steady) -> list[Reason]:
    """A calibration that had run out on the day."""
    until = meter.settings.valid_until
    day = datetime.fromtimestamp(run.end_ns / 1e9, UTC).date()
    if until is not None and meter.log.clock != "none" and day > until:
        return [WORDS.reason("calibration-over", until=str(until), day=str(day))]
    return []


def accuracy(meter: Meter, one: Window, declared: Mapping[str, Any]) -> tuple[float | None, list[Lack]]:
    """The limit of error as a share of the reading: of its data sheet and of what was declared, the larger."""
    power = one.mean_w
    own = meter.settings
    ranges = [float(each) for each in meter.log.facts.get("ranges", ()) if isinstance(each, int | float)]
    stated = quantity(declared, "meter_range")
    full = max(
        [*ranges, *([own.range_w] if own.range_w is not None else []), *([float(stated.to("W"))] if stated else [])],
        default=None,
    )
    limits: list[float] = []
    if power is not None and power > 0:
        if own.of_reading is not None and (own.of_range is None or full is not None):
            limits.append(float(own.of_reading) + float(own.of_range or 0) * (full or 0.0) / power)
        share = quantity(declared, "meter_accuracy")
        if share is not None and full is not None:
            limits.append(float(share.base) * max(1.0, full / power))
    if not limits:
        return None, [lack("no-accuracy", Side.BOTH)]
    if full is not None and power is not None and power > full:
        return max(limits), [lack("over-range", Side.BOTH, power=float(f"{power:.4g}"), range=full)]
    return max(limits), []


def _offset_s(meter: Meter, run: Steady, one: Window) -> tuple[float | None, list[Lack]]:
    """How far the two clocks may be apart: same host, declared, or by the step of power at the run's beginning and end."""
    if meter.live and run.load.run.host and run.load.run.host == meter.log.facts.get("host"):
        return SAME_HOST_S, []
    declared = meter.settings.clock_offset_ns
    if declared is not None:
        return declared / 1e9, []
    stepped = [step_s(meter.log, at, one.mean_w or 0.0) for at in (run.load.run.begin_ns, run.load.run.end_ns)]
    known = [abs(each) for each in stepped if each is not None]
    if not known:
        return None, [lack("no-alignment", Side.BOTH)]
    return max(known) + meter.log.period_ns / 1e9, []


def step_s(log: PowerLog, at_ns: int, high_w: float) -> float | None:
    """Where power steps half-way between idle and load, against a moment, in s; None where there is no such step near."""
    near = np.abs(log.at_ns - at_ns) < 60 * 10**9
    watts, at = log.watts[near], log.at_ns[near]
    if len(watts) < 6 or watts.min() > 0.9 * high_w:
        return None
    above = watts > (watts.min() + high_w) / 2
    places = np.flatnonzero(above[1:] != above[:-1])
    if not len(places):
        return None
    moments = (at[places] + at[places + 1]) / 2 - at_ns
    return float(moments[np.argmin(np.abs(moments))]) / 1e9


def _edges(log: PowerLog, run: Steady, one: Window, offset_s: float) -> float:
    """(largest change of power at an edge / mean) x offset / length."""
    if not one.mean_w or run.duration_s <= 0:
        return 0.0
    spread = float(log.watts.max() - log.watts.min())
    return spread / one.mean_w * offset_s / run.duration_s


def _integration(log: PowerLog, run: Steady, one: Window) -> float:
    """Half the difference of the energies by every second sample: what falls between samples shows there."""
    if log.joules is not None or one.energy_j is None or one.n_inside < 8:
        return 2 * log.period_ns / 1e9 / max(run.duration_s, 1e-9) if log.joules is not None else 0.0
    watts = log.watts[(log.at_ns > run.begin_ns) & (log.at_ns < run.end_ns)]
    even, odd = float(watts[::2].mean()), float(watts[1::2].mean())
    return abs(even - odd) / (even + odd)


def _checked(found: Drawn, meter: Meter, other: Meter, run: Steady) -> tuple[list[Reason], list[Lack]]:
    """A second source that disagrees by more than both limits makes the run invalid; one that cannot say leaves PASS open."""
    one = window(other.log, other.energy, run.begin_ns, run.end_ns)
    if other.log.disorder or one.energy_j is None:
        return [], [lack("check-silent")]
    if found.joules is None:
        return [], []
    if str(other.settings.plane) != str(meter.settings.plane):
        return [], [lack("check-elsewhere", plane=str(other.settings.plane))]
    limit, _ = accuracy(other, one, {})
    if limit is None:
        return [], [lack("check-unknown")]
    rest = 2 * math.hypot(found.relative.get("window", 0.0), found.relative.get("integration", 0.0))
    allowed, apart = (found.limit or 0.0) + limit + rest, abs(one.energy_j - found.joules) / found.joules
    if apart > allowed:
        return [WORDS.reason("check-disagrees", apart=f"{apart * 100:.3g} %", allowed=f"{allowed * 100:.3g} %")], []
    return [], []
