# SPDX-License-Identifier: Apache-2.0
"""ISO 17123-8 on a log: the sets of the field procedure are time windows, their mean positions the measurements.

``sets`` in the profile: one mapping a set with series (1..3), set (1..5), point (1..2), start and stop (UTC). The full
test needs all thirty; precision only, as the standard's own scope says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.model import Estimate, Outcome
from harness.plugins import Request
from probes.gnss.digests.deviation import Deviations
from probes.gnss.formats.clock import utc_ns
from probes.gnss.measurands import iso17123
from probes.gnss.measurands.gates import reason
from probes.gnss.truth.settings import Nominal

_SHAPE = (iso17123.SERIES, iso17123.SETS, iso17123.POINTS, 3)


def repeatability(found: Deviations, request: Request, *, vertical: bool) -> Outcome:
    """Experimental standard deviation of the full test with the buyer's bounds, in m; missing sets are named."""
    points = set_means(found)
    absent = int(np.count_nonzero(np.isnan(points[..., 0])))
    whole_series = ~np.isnan(points[..., 0]).any(axis=(1, 2))
    if absent and found.settings.nominal is not None and whole_series.any():
        return _simplified(points[int(np.argmax(whole_series))], found.settings.nominal, vertical=vertical)
    if absent:
        total = int(np.prod(_SHAPE[:3]))
        why = reason(
            "iso17123-sets",
            f"ISO 17123-8 完整程序需要 {total} 组观测（3 个系列 × 5 组 × 2 点），缺少 {absent} 组；请在 sets 中给出各组起止时间。",
            f"The full procedure of ISO 17123-8 needs {total} measurements (3 series, 5 sets, 2 points); {absent} are missing. List their times under sets.",
        )
        return Outcome(None, missing=(why,), need={"sets": absent})
    try:
        test = iso17123.full(points)
    except StatisticsError as error:
        why = reason("frozen", f"各组坐标没有变化：{error}", f"The sets do not vary: {error}")
        return Outcome(None, invalid=(why,))
    s, freedom = (test.s_h_m, test.freedom_h) if vertical else (test.s_xy_m, test.freedom_xy)
    estimate = Estimate(
        value=s,
        unit="m",
        n=freedom + 2,
        n_eff=freedom,
        lower=iso17123.sigma_bounds(s, freedom, request.beta).lower,
        upper=iso17123.sigma_bounds(s, freedom, request.alpha).upper,
        confidence=1 - request.alpha,
        method="standard deviation of the full test in the manner of ISO 17123-8, chi-square bounds",
        diagnostics={"freedom": freedom, "critical_factor": iso17123.critical_factor(freedom, request.alpha)},
    )
    remark = reason(
        "precision-only",
        "该读法只检验重复性，不含系统偏差；标准自身的适用范围声明它不用于验收。",
        "This reading shows repeatability without bias; the standard's own scope does not propose it for acceptance.",
    )
    return Outcome(estimate, remarks=(remark,))


def _simplified(points: npt.NDArray[np.float64], nominal: Nominal, *, vertical: bool) -> Outcome:
    """One series: five distances and heights against the nominal ones; a check of the instrument that decides nothing."""
    test = iso17123.simplified(points, nominal.distance_m, nominal.height_m, nominal.s_xy_m, nominal.s_h_m)
    deviation = test.height_deviation_m if vertical else test.distance_deviation_m
    tolerance = test.height_tolerance_m if vertical else test.distance_tolerance_m
    kept = test.height_kept if vertical else test.distance_kept
    worst = float(np.abs(deviation).max()) * 1000
    why = reason(
        "iso17123-simplified",
        f"只有一个系列：简化程序{'通过' if kept else '未通过'}（最大偏差 {worst:.1f} mm，允许 {tolerance * 1000:.1f} mm）；简化程序不给出标准差，不能判定。",
        f"One series only: the simplified procedure is {'kept' if kept else 'not kept'} (largest deviation {worst:.1f} mm, tolerance {tolerance * 1000:.1f} mm); it gives no standard deviation and decides nothing.",
    )
    listing = {"deviations_m": [float(each) for each in deviation], "tolerance_m": tolerance, "kept": kept}
    return Outcome(None, missing=(why,), need={"series": iso17123.SERIES}, listing=listing)


def set_means(found: Deviations) -> npt.NDArray[np.float64]:
    """Mean position of the fixed epochs of each set, m, shape (series, sets, points, 3); NaN where there is none."""
    points = np.full(_SHAPE, np.nan)
    for each in found.settings.sets:
        place = tuple(int(each[name]) - 1 for name in ("series", "set", "point"))
        if all(0 <= at < size for at, size in zip(place, _SHAPE[:3], strict=True)):
            inside = (
                (found.log.time_ns >= utc_ns(str(each["start"])))
                & (found.log.time_ns < utc_ns(str(each["stop"])))
                & found.fixed
            )
            if inside.any():
                points[place] = found.enu_m[inside].mean(axis=0)
    return points
