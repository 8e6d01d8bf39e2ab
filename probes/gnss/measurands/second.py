# SPDX-License-Identifier: Apache-2.0
"""A second opinion: positions computed from the raw observations by another program, against those that the receiver gave.

d = receiver - solution at common moments, both fixed. What is stated of each: the limit L that the receiver claims to keep,
the solution's own standard deviations s, the standard uncertainty u of the base's place that the solution hangs on. A moment
disagrees where |d| > 3 sqrt(L^2 + s^2 + u^2); the mean disagrees where it is larger than L + 2 u + 2 sd, sd of the mean from
the spread of ten stretches, since neighbouring moments share their errors. Either blocks PASS as INVALID: one of the two is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.model import Lack, Reason, Side
from harness.plugins import Request
from probes.gnss.digests.epochs import interval_ns
from probes.gnss.digests.solution import Solution
from probes.gnss.formats.gps_time import utc_ns
from probes.gnss.formats.nmea import FIXED
from probes.gnss.formats.observed.solution import FIXED as SOLVED
from probes.gnss.measurands.view import Antenna, Compared, Second
from probes.gnss.measurands.words import WORDS, in_unit, millimetres, percent
from probes.gnss.truth.geodesy import Origin, enu

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]
NEAR_NS = 2 * 10**6
"""Two moments are the same within 2 ms: receivers stamp raw observations with their own clock."""
LEAST = 20
"""Common moments below which nothing is compared."""
TOLERATED = 0.01
"""Share of common moments that may disagree."""
MIN_SOLVED = "80 %"
"""Share of a solution's own moments, while the receiver was recorded, that must be fixed and common."""
STRETCHES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Common moments of a receiver and a second solution: receiver minus solution (n, 3) in m, the solution's sd (n, 3) in m.

    ``expected``: moments of the solution's own grid while the receiver was recorded.
    """

    enu_m: Floats
    sd_m: Floats
    expected: int


def second_gates(view: Compared, request: Request) -> Iterator[Reason | Lack]:
    """What the solutions beside the receivers say against them, each receiver apart."""
    told: dict[str, list[Difference]] = {}
    for second in view.seconds:
        if second.solution.failed or not len(second.solution.rows):
            why = "; ".join(second.solution.failed) or WORDS.text("solution-empty").en
            yield WORDS.lack("solution-absent", side=Side.PASS, source=second.label, why=why)
            continue
        if second.solution.strange:
            yield WORDS.lack("solution-strange", side=Side.PASS, source=second.label, count=second.solution.strange)
        names = _whose(view, second)
        if len(names) != 1:
            yield WORDS.lack("solution-whose", side=Side.PASS, source=second.label, receivers=sorted(view.receivers))
            continue
        antennas = view.receivers[names[0]]
        yield from _frames(antennas, second)
        found = [each for antenna in antennas if (each := difference(antenna, second.solution)).expected]
        if not found:
            yield WORDS.reason("solution-elsewhen", source=second.label)
        told.setdefault(names[0], []).extend(found)
    for name, found in told.items():
        yield from _disagreement(
            name, _base_u(view, vertical=view.vertical), _joined(found), request, vertical=view.vertical
        )


def raw_gates(view: Compared) -> Iterator[Reason | Lack]:
    """Raw observations that do not belong to the receivers' time, or that are damaged, contradict themselves or hold nothing."""
    spans = [
        (int(each.log.time_ns[0]), int(each.log.time_ns[-1]))
        for each in view.antennas
        if each.log.dated and len(each.log)
    ]
    for raw in view.raw:
        rows = raw.observations.rows
        if not len(rows):
            yield WORDS.lack("raw-empty", side=Side.PASS, source=raw.label)
            continue
        if raw.observations.contradicting > TOLERATED * len(rows):
            yield WORDS.reason("raw-contradicts", source=raw.label, count=raw.observations.contradicting)
        times = np.unique(rows["time_ns"])
        if raw.observations.damaged > TOLERATED * len(times):
            yield WORDS.reason("raw-damaged", source=raw.label, count=raw.observations.damaged, epochs=len(times))
        start, stop = (utc_ns(int(each)) for each in (times[0], times[-1]))
        if raw.observations.dated and spans and not any(start <= last and stop >= first for first, last in spans):
            yield WORDS.reason("raw-elsewhen", source=raw.label, first=_moment(start), last=_moment(stop))


def _moment(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _whose(view: Compared, second: Second) -> list[str]:
    """The receivers a solution may be of: the one it names, else the only one there is."""
    if second.settings.receiver:
        labels = {each.label: name for name, antennas in view.receivers.items() for each in antennas}
        wanted = second.settings.receiver
        return [wanted] if wanted in view.receivers else [labels[wanted]] if wanted in labels else []
    return list(view.receivers)


def _frames(antennas: Sequence[Antenna], second: Second) -> Iterator[Lack]:
    place = second.settings.base_place
    for positions in {str(each.settings.positions): each.settings.positions for each in antennas}.values():
        if positions is not None and not place.same(positions):
            frame = f"{place.frame}@{place.epoch:g}"
            yield WORDS.lack("solution-frame", side=Side.PASS, base=frame, positions=str(positions))


def difference(antenna: Antenna, solution: Solution) -> Difference:
    """The common fixed moments of a receiver's log and a solution."""
    log = antenna.log
    if not len(log):
        return Difference(np.empty((0, 3)), np.empty((0, 3)), 0)
    rows = solution.rows
    inside = (rows["time_ns"] >= log.time_ns[0] - NEAR_NS) & (rows["time_ns"] <= log.time_ns[-1] + NEAR_NS)
    step = _step_ns(rows["time_ns"], interval_ns(log, antenna.settings))
    span = min(int(log.time_ns[-1]), int(rows["time_ns"][-1])) - max(int(log.time_ns[0]), int(rows["time_ns"][0]))
    if not inside.any() or span < 0:
        return Difference(np.empty((0, 3)), np.empty((0, 3)), 0)
    rows = rows[inside & (rows["quality"] == SOLVED)]
    expected = round((int(log.time_ns[-1]) - int(log.time_ns[0])) / step) + 1 if step else 1
    mine = log.where((log.epochs["quality"] == FIXED) & np.isfinite(log.epochs["lat_deg"]))
    here, there = common(mine.time_ns, rows["time_ns"])
    epochs, rows = mine.epochs[here], rows[there]
    return Difference(_enu(epochs, rows), np.stack([rows[f"sd_{axis}_m"] for axis in "enu"], axis=1), expected)


def _step_ns(solution: Ints, receiver: int) -> int:
    """The longer of the two intervals: more often than that nothing can be common."""
    steps = np.diff(np.unique(solution))
    return max(receiver, int(np.median(steps)) if len(steps) else 0)


def common(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Rows of two ascending series that stand at the same moments."""
    if not len(one) or not len(other):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    after = np.searchsorted(other, one).clip(0, len(other) - 1)
    before = (after - 1).clip(0)
    nearest = np.where(np.abs(other[after] - one) <= np.abs(other[before] - one), after, before)
    near = np.flatnonzero(np.abs(other[nearest] - one) <= NEAR_NS)
    return near, np.asarray(nearest[near])


def _enu(epochs: Rows, rows: Rows) -> Floats:
    """Receiver minus solution in east, north, up; up is NaN where the receiver tells no ellipsoidal height."""
    if not len(rows):
        return np.empty((0, 3))
    place = Origin(float(rows["lat_deg"][0]), float(rows["lon_deg"][0]), float(rows["height_m"][0]))
    height = epochs["altitude_m"] + epochs["separation_m"]
    absent = np.isnan(height)
    mine = enu(epochs["lat_deg"], epochs["lon_deg"], np.where(absent, rows["height_m"], height), place)
    mine[absent, 2] = np.nan
    return np.asarray(mine - enu(rows["lat_deg"], rows["lon_deg"], rows["height_m"], place))


def _joined(found: Sequence[Difference]) -> Difference:
    if not found:
        return Difference(np.empty((0, 3)), np.empty((0, 3)), 0)
    return Difference(
        np.concatenate([each.enu_m for each in found]),
        np.concatenate([each.sd_m for each in found]),
        sum(each.expected for each in found),
    )


def _base_u(view: Compared, *, vertical: bool) -> float:
    places = [each.settings.base_place for each in view.seconds]
    return max((each.u_vertical if vertical else each.u_horizontal for each in places), default=0.0)


def _disagreement(
    receiver: str, base_u_m: float, found: Difference, request: Request, *, vertical: bool
) -> Iterator[Reason | Lack]:
    axes = slice(2, 3) if vertical else slice(0, 2)
    told = np.isfinite(found.enu_m[:, axes]).all(axis=1)
    errors, sd = found.enu_m[told, axes], found.sd_m[told, axes]
    needed = request.share("min_solved", MIN_SOLVED)
    if not found.expected:
        return
    if len(errors) < LEAST or len(errors) < needed * found.expected:
        facts = {"common": len(errors), "expected": found.expected, "needed": percent(needed)}
        yield WORDS.lack("solution-few", side=Side.PASS, receiver=receiver, **facts)
    if len(errors) < LEAST or request.limit is None:
        return
    yield from _beyond(receiver, errors, sd, base_u_m, float(request.limit.quantity.to("m")))


def _beyond(receiver: str, errors: Floats, sd: Floats, base_u_m: float, limit_m: float) -> Iterator[Reason]:
    """Moments, and the mean, beyond what is stated."""
    size, stated = np.sqrt((errors**2).sum(axis=1)), (sd**2).sum(axis=1)
    bound = 3 * np.sqrt(limit_m**2 + stated + base_u_m**2)
    beyond = int(np.count_nonzero(size > bound))
    if beyond > TOLERATED * len(size):
        facts = {"count": beyond, "common": len(size), "largest": millimetres(float(size.max()))}
        yield WORDS.reason(
            "solutions-disagree", receiver=receiver, stated=millimetres(float(np.median(bound))), **facts
        )
    mean = float(np.linalg.norm(errors.mean(axis=0)))
    allowed = limit_m + 2 * base_u_m + 2 * mean_sd_m(errors)
    if mean > allowed:
        facts = {"mean": millimetres(mean), "allowed": millimetres(allowed)}
        yield WORDS.reason("solutions-apart", receiver=receiver, **facts)


def mean_sd_m(errors: Floats) -> float:
    """Standard deviation of the mean (n, axes) from the means of ten stretches, however neighbours hang together."""
    parts = np.array([each.mean(axis=0) for each in np.array_split(errors, min(STRETCHES, len(errors)))])
    return float(np.sqrt((parts.var(axis=0, ddof=1) / len(parts)).sum())) if len(parts) > 1 else math.inf


def facts(view: Compared) -> Mapping[str, Difference]:
    """The differences of each receiver that has a second solution, for people who look."""
    found: dict[str, list[Difference]] = {}
    for second in view.seconds:
        names = _whose(view, second)
        if len(names) == 1 and len(second.solution.rows):
            found.setdefault(names[0], []).extend(
                difference(each, second.solution) for each in view.receivers[names[0]]
            )
    return {name: _joined(each) for name, each in found.items()}


def told(view: Compared) -> tuple[Reason, ...]:
    """How far the two solutions are from each other; or that there is no second one."""
    if not view.seconds:
        return (WORDS.reason("no-second-solution"),)
    remarks = []
    for name, each in facts(view).items():
        axes = slice(2, 3) if view.vertical else slice(0, 2)
        errors = each.enu_m[np.isfinite(each.enu_m[:, axes]).all(axis=1), axes]
        if len(errors):
            rms, mean = (float(np.sqrt((errors**2).sum(axis=1).mean())), float(np.linalg.norm(errors.mean(axis=0))))
            numbers = {"rms": in_unit(rms * 1000, "mm"), "mean": in_unit(mean * 1000, "mm")}
            remarks.append(WORDS.reason("second-solution", receiver=name, common=len(errors), **numbers))
    return tuple(remarks)
