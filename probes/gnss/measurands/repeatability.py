# SPDX-License-Identifier: Apache-2.0
"""ISO 17123-8 on a log: the sets of the field procedure are time windows, their mean positions the measurements.

``sets`` in the profile: one mapping a set with series (1..3), set (1..5), point (1..2), start and stop (UTC). The full
test needs all thirty; precision only, as the standard's own scope says.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.errors import StatisticsError
from harness.kit.parts import Part, absent, every
from harness.model import Lack, Need, Outcome, Reason, Side
from harness.plugins import Request
from probes.gnss.digests.deviation import Deviations
from probes.gnss.measurands import iso17123
from probes.gnss.measurands.accuracy import at_look
from probes.gnss.measurands.base import beside
from probes.gnss.measurands.baseline import baseline
from probes.gnss.measurands.gates import other_mode, record_gates
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS, in_unit, seconds
from probes.gnss.truth.settings import Nominal

_SHAPE = (iso17123.SERIES, iso17123.SETS, iso17123.POINTS, 3)
_TOTAL = int(np.prod(_SHAPE[:3]))


def repeatability(view: Compared, request: Request) -> Outcome:
    """Experimental standard deviation of the full test with the buyer's bounds, in m; missing sets are named."""
    request = at_look(request)
    if view.is_baseline:
        return beside(baseline(view, request), view, request)
    ask = request.among(len(view.antennas))
    parts = [_part(each, ask, vertical=view.vertical) for each in view.antennas]
    return beside(every(parts, request, "m", WORDS.text("method-iso17123")), view, request)


def _part(antenna: Antenna, ask: Request, *, vertical: bool) -> Part:
    """One receiver: repeatability asks no truth, but the same of the record as accuracy does."""
    found = antenna.errors
    if found is None:
        return absent(antenna.label, WORDS.lack("one-antenna"))
    part = _repeated(antenna, found, ask, vertical=vertical)
    broken = (each for each in record_gates(found, ask) if isinstance(each, Reason))
    return replace(part, invalid=(*part.invalid, *other_mode(found, ask), *broken))


def _repeated(antenna: Antenna, found: Deviations, ask: Request, *, vertical: bool) -> Part:
    points = set_means(found)
    missing = int(np.count_nonzero(np.isnan(points[..., 0])))
    if missing:
        return _incomplete(antenna.label, points, found.settings.nominal, missing, vertical=vertical)
    try:
        test = iso17123.full(points)
    except StatisticsError:
        return absent(antenna.label, invalid=(WORDS.reason("sets-frozen"),))
    s, freedom = (test.s_h_m, test.freedom_h) if vertical else (test.s_xy_m, test.freedom_xy)
    return Part(
        label=antenna.label,
        value=s,
        lower=iso17123.sigma_bounds(s, freedom, ask.risk_below).lower,
        upper=iso17123.sigma_bounds(s, freedom, ask.risk_above).upper,
        n=freedom + 2,
        n_eff=freedom,
        remarks=(WORDS.reason("precision-only"),),
        effort=_effort(found),
        diagnostics={"freedom": freedom, "critical_factor": iso17123.critical_factor(freedom, ask.risk_above)},
    )


def _effort(found: Deviations) -> dict[str, Effort]:
    """The series that were measured, and how far apart they began."""
    starts = sorted(
        min(each.start for each in found.settings.sets if each.series == number)
        for number in {each.series for each in found.settings.sets}
    )
    apart = min((later - one for one, later in pairwise(starts)), default=0)
    return {"sessions": len(starts), "apart": seconds(apart / 1e9)}


def _incomplete(
    label: str, points: npt.NDArray[np.float64], nominal: Nominal | None, missing: int, *, vertical: bool
) -> Part:
    """One whole series: the simplified test, a check of the instrument that decides nothing; else what is missing."""
    need = Need(WORDS.text("iso17123-need", total=_TOTAL, absent=missing), "", "measurements", _TOTAL)
    series = whole_series(points)
    if nominal is None or series is None:
        return _open(label, WORDS.lack("iso17123-sets", side=Side.BOTH, total=_TOTAL, absent=missing), need)
    deviation, tolerance, kept = simplified(series, nominal, vertical=vertical)
    why = WORDS.lack(
        "iso17123-simplified",
        side=Side.BOTH,
        outcome=WORDS.text("iso17123-kept" if kept else "iso17123-not-kept"),
        deviation=in_unit(float(np.abs(deviation).max()) * 1000, "mm"),
        tolerance=in_unit(tolerance * 1000, "mm"),
    )
    return _open(label, why, need)


def _open(label: str, why: Lack, need: Need) -> Part:
    return Part(label, None, None, None, 0, 0.0, (why,), need)


def whole_series(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """The first series (sets, points, 3) whose sets are all there, of :func:`set_means`; None without one."""
    whole = ~np.isnan(points[..., 0]).any(axis=(1, 2))
    return points[int(np.argmax(whole))] if whole.any() else None


def simplified(
    series: npt.NDArray[np.float64], nominal: Nominal, *, vertical: bool
) -> tuple[npt.NDArray[np.float64], float, bool]:
    """Deviations of five distances (or heights) from the nominal one and their tolerance, m, and whether it is kept."""
    test = iso17123.simplified(series, nominal.distance, nominal.height, nominal.s_xy, nominal.s_h)
    if vertical:
        return test.height_deviation_m, test.height_tolerance_m, test.height_kept
    return test.distance_deviation_m, test.distance_tolerance_m, test.distance_kept


def set_means(found: Deviations) -> npt.NDArray[np.float64]:
    """Mean position of the fixed epochs of each set, m, shape (series, sets, points, 3); NaN where there is none."""
    points = np.full(_SHAPE, np.nan)
    for each in found.settings.sets:
        time_ns = found.log.time_ns
        inside = (time_ns >= each.start) & (time_ns < each.stop) & found.fixed
        if inside.any():
            points[each.series - 1, each.set - 1, each.point - 1] = found.enu_m[inside].mean(axis=0)
    return points
