# SPDX-License-Identifier: Apache-2.0
"""Horizontal and vertical accuracy: RMS, quantile, ISO 17123-8, each with bounds that know about autocorrelation and truth.

The truth's error d (|d| <= U, the same vector at every epoch) moves the mean square m^2 of the measured errors with mean b
to m^2 + 2 b.d + d.d, so the true RMS lies within sqrt(lo^2 - g) and sqrt(hi^2 + 2 |b| U + U^2); g = 2 |b| U - U^2 for
U <= |b|, else |b|^2. Quantiles move by at most U. The step of the coordinates is a hard bound on top of that (allowance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.model import BudgetItem, Estimate, Figure, Outcome, Reason
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import radial, rms
from harness.stats.sequential import look_alpha
from probes.gnss.digests.deviation import Deviations, deviations
from probes.gnss.digests.epochs import interval_ns
from probes.gnss.measurands.availability import receivers, with_corrections, worst
from probes.gnss.measurands.baseline import baseline, is_baseline
from probes.gnss.measurands.constellation import constellation_figures
from probes.gnss.measurands.figures import accuracy_figures
from probes.gnss.measurands.gates import failed_gates, reason, step_m, truth_uncertainty_m
from probes.gnss.measurands.repeatability import repeatability

Floats = npt.NDArray[np.float64]
WRONG_M = 0.1
"""Horizontal error above which a solution that is called fixed is suspected of wrong ambiguities."""

OFFSET_M = 0.2
"""Mean horizontal error above which a small scatter points at frames and base coordinates."""


def horizontal(inputs: Sequence[Input], request: Request) -> Outcome:
    """Horizontal error of fixed solutions against the truth, in m; of several receivers the worst."""
    request = _at_look(request)
    if is_baseline(inputs):
        return baseline(inputs, request, vertical=False)
    found = [_assess(each, request, vertical=False) for each in receivers(inputs)]
    return with_corrections(worst(found, upper=True), inputs)


def vertical(inputs: Sequence[Input], request: Request) -> Outcome:
    """Vertical error of fixed solutions against the truth, in m; of several receivers the worst."""
    request = _at_look(request)
    if is_baseline(inputs):
        return baseline(inputs, request, vertical=True)
    found = [_assess(each, request, vertical=True) for each in receivers(inputs)]
    return with_corrections(worst(found, upper=True), inputs)


def _at_look(request: Request) -> Request:
    """The k-th look at growing evidence spends risk/(k (k + 1)) on either side, all looks together the risk."""
    if not request.watched:
        return request
    alpha, beta = (look_alpha(each, request.look) for each in (request.alpha, request.beta))
    return replace(request, alpha=alpha, beta=beta)


def _assess(source: Input, request: Request, *, vertical: bool) -> Outcome:
    if source.trace.config.get("mode") == "baseline":
        why = reason(
            "one-antenna", "基线方式需要两个来源，每个天线一个。", "A baseline needs two sources, one an antenna."
        )
        return Outcome(None, missing=(why,))
    found = deviations(source)
    limit_m = None if request.limit is None else float(request.limit.quantity.to("m"))
    if request.reading.statistic == "iso17123":
        return repeatability(found, request, vertical=vertical)
    failed = list(failed_gates(found, vertical=vertical, limit_m=limit_m))
    wanted = str(request.reading.parameters.get("mode", found.settings.mode))
    outcome = _estimated(found, request, vertical=vertical) if found.fixed.any() else Outcome(None)
    if wanted != found.settings.mode:
        why = reason(
            "mode",
            f"该指标要求 {wanted} 数据，而来源声明为 {found.settings.mode}。",
            f"This indicator asks for {wanted} data, the source is declared {found.settings.mode}.",
        )
        outcome = replace(outcome, invalid=(why,))
    if outcome.estimate is not None and not all(each.invalid for each in failed):
        # what is compared may not be comparable: neither side is proven
        outcome = replace(outcome, estimate=replace(outcome.estimate, lower=None, upper=None))
    return replace(
        outcome,
        invalid=(*outcome.invalid, *(each.reason for each in failed if each.invalid)),
        missing=(*(each.reason for each in failed if not each.invalid), *outcome.missing),
        listing=_listing(found),
        figures=_figures(found, source, vertical=vertical, limit_m=limit_m) if found.fixed.any() else (),
    )


def _figures(found: Deviations, source: Input, *, vertical: bool, limit_m: float | None) -> tuple[Figure, ...]:
    """Pictures of the errors; with the horizontal ones also of the satellites."""
    errors = accuracy_figures(found, vertical=vertical, limit_m=limit_m)
    return errors if vertical else (*errors, *constellation_figures(found.whole, source.summary.sky))


def _estimated(found: Deviations, request: Request, *, vertical: bool) -> Outcome:
    """The estimate over fixed epochs, with what the statistics themselves miss."""
    errors = found.enu_m[found.fixed]
    if found.settings.session_s:
        errors = session_means(errors, found.log.time_ns[found.fixed], found.settings.session_s)
    errors = errors[:, 2:] if vertical else errors[:, :2]
    if len(errors) < 2 or not np.isfinite(errors).all():
        return Outcome(None)
    try:
        if request.reading.statistic == "rms":
            outcome = _rms(errors, found, request, vertical=vertical)
        else:
            outcome = _quantile(errors, found, request, vertical=vertical)
    except StatisticsError as error:
        why = reason("degenerate", f"误差序列无法统计：{error}", f"The errors allow no statistic: {error}")
        return Outcome(None, missing=(why,))
    return replace(outcome, remarks=(*outcome.remarks, *_remarks(found)))


def _rms(errors: Floats, found: Deviations, request: Request, *, vertical: bool) -> Outcome:
    squared = np.sum(errors**2, axis=1)
    high, low = (rms.bounds(squared, errors.shape[1], risk) for risk in (request.alpha, request.beta))
    bias = float(np.linalg.norm(errors.mean(axis=0)))
    truth = truth_uncertainty_m(found, vertical=vertical)
    estimate = Estimate(
        value=high.value,
        unit="m",
        n=high.n,
        n_eff=high.n_eff,
        lower=None if low.lower is None else _less(low.lower, bias, truth),
        upper=None if high.upper is None else math.sqrt(high.upper**2 + 2 * bias * truth + truth**2),
        confidence=1 - request.alpha,
        method="RMS about the truth, scaled chi-square with effective degrees of freedom",
        allowance=step_m(found, vertical=vertical) / 2,
        budget=_budget(found, high.value / math.sqrt(2 * max(high.nu, 1)) if high.nu else 0.0, vertical=vertical),
        diagnostics=_diagnostics(errors, found) | {"tau_epochs": high.tau, "nu": high.nu, **high.diagnostics},
    )
    missing = () if high.missing is None else (high.missing,)
    return Outcome(estimate, missing=missing, remarks=high.remarks, need=_need(high.need, found))


def _less(lower: float, bias: float, truth: float) -> float:
    """The lower bound of the true RMS when the truth may be wrong by up to ``truth`` in any direction."""
    gain = 2 * bias * truth - truth**2 if truth <= bias else bias**2
    return math.sqrt(max(0.0, lower**2 - gain))


def _quantile(errors: Floats, found: Deviations, request: Request, *, vertical: bool) -> Outcome:
    share = Quantity.parse(str(request.reading.parameters.get("q", "95 %"))).to("1")
    size = np.sqrt(np.sum(errors**2, axis=1))
    high, low = (radial.bounds(size, share, risk) for risk in (request.alpha, request.beta))
    truth = truth_uncertainty_m(found, vertical=vertical)
    estimate = Estimate(
        value=high.value,
        unit="m",
        n=high.n,
        n_eff=high.n_eff,
        lower=None if low.lower is None else max(0.0, low.lower - truth),
        upper=None if high.upper is None else high.upper + truth,
        confidence=1 - request.alpha,
        method=f"{float(share):.4g} quantile of the error, order statistics of the effective sample",
        allowance=step_m(found, vertical=vertical) / 2,
        budget=_budget(found, 0.0, vertical=vertical),
        diagnostics=_diagnostics(errors, found) | {"tau_epochs": high.tau},
    )
    missing = () if high.missing is None else (high.missing,)
    return Outcome(estimate, missing=missing, remarks=high.remarks, need=_need(high.need, found))


def session_means(enu_m: Floats, time_ns: npt.NDArray[np.int64], session_s: float) -> Floats:
    """Mean error of each session of ``session_s`` from the first epoch on, in order; sessions with under half their epochs fall out."""
    number = (time_ns - time_ns[0]) // round(session_s * 1e9)
    _, first, counts = np.unique(number, return_index=True, return_counts=True)
    means = np.add.reduceat(enu_m, first, axis=0) / counts[:, None]
    return np.asarray(means[counts >= counts.max() / 2])


def _budget(found: Deviations, sampling_m: float, *, vertical: bool) -> tuple[BudgetItem, ...]:
    truth = found.settings.truth
    assert truth is not None  # noqa: S101 - there is a fixed epoch with a truth
    u = truth.u_vertical_m if vertical else truth.u_horizontal_m
    items = [
        BudgetItem("truth, standard uncertainty", "B", u, "m"),
        BudgetItem("coordinate step, half", "bound", step_m(found, vertical=vertical) / 2, "m"),
    ]
    if sampling_m:
        items.insert(0, BudgetItem("sampling of autocorrelated epochs", "A", sampling_m, "m"))
    if found.settings.transformation is not None:
        items.append(BudgetItem("transformation of the frame", "B", found.settings.transformation.u_m, "m"))
    if found.settings.mode == "dynamic":
        items.append(
            BudgetItem("interpolation of the trajectory", "bound", found.interpolation_m[1 if vertical else 0], "m")
        )
    return tuple(items)


def _diagnostics(errors: Floats, found: Deviations) -> dict[str, Any]:
    """Bias, scatter and the Gaussian health check of fixed epochs; the latency of a moving receiver."""
    size = np.sqrt(np.sum(errors**2, axis=1))
    facts: dict[str, Any] = {
        "mean_m": [float(each) for each in errors.mean(axis=0)],
        "sd_m": [float(each) for each in errors.std(axis=0, ddof=1)],
        "p50_m": float(np.quantile(size, 0.5)),
        "p95_m": float(np.quantile(size, 0.95)),
        "max_m": float(size.max()),
    }
    if found.latency_s is not None:
        facts |= {"latency_s": found.latency_s[0], "latency_u_s": found.latency_s[1]}
    return facts


def _need(need: Any, found: Deviations) -> dict[str, Any]:
    """What the statistics ask for, as a time at the log's own rate where they name epochs."""
    asked = dict(need)
    step = interval_ns(found.whole, found.settings)
    if "n" in asked and step:
        asked["duration_s"] = asked["n"] * step / 1e9
    return asked


def _remarks(found: Deviations) -> tuple[Reason, ...]:
    told = []
    if found.latency_s is not None:
        value, spread = found.latency_s
        corrected = found.settings.correct_latency
        told.append(
            reason(
                "latency",
                f"由沿轨误差估得定位时延 {value * 1000:.1f} ms（标准不确定度不小于 {spread * 1000:.2g} ms），判定时{'已' if corrected else '未'}改正。",
                f"Latency from the along-track error: {value * 1000:.1f} ms (standard uncertainty at least {spread * 1000:.2g} ms), {'corrected' if corrected else 'not corrected'} in the verdict.",
            )
        )
    if found.settings.session_s:
        told.append(
            reason(
                "session-means",
                f"按 {found.settings.session_s:g} s 时段均值评定，不是单历元。",
                f"Means over sessions of {found.settings.session_s:g} s are judged, not single epochs.",
            )
        )
    offset, scatter = _offset_m(found.enu_m[found.fixed])
    if offset > OFFSET_M and scatter < offset / 5:
        told.append(
            reason(
                "constant-offset",
                f"固定解整体偏离真值 {offset:.2f} m，离散仅 {scatter * 1000:.1f} mm：更像坐标框架、历元或基站坐标的错误，而不是噪声。",
                f"Fixed solutions lie {offset:.2f} m from the truth and scatter by {scatter * 1000:.1f} mm only: a wrong frame, epoch or base coordinate looks like this, noise does not.",
            )
        )
    wrong = int(np.count_nonzero(found.horizontal_m[found.fixed] > WRONG_M))
    if wrong:
        told.append(
            reason(
                "wrong-fixes",
                f"{wrong} 个标为固定解的历元水平误差超过 {WRONG_M * 100:g} cm，疑为错误固定；它们照常计入。",
                f"{wrong} epochs called fixed are off by more than {WRONG_M * 100:g} cm, wrong fixes by the look of them; they count all the same.",
            )
        )
    others = int(np.count_nonzero(~found.fixed))
    if others:
        told.append(
            reason(
                "other-solutions",
                f"另有 {others} 个非固定解历元未计入，其误差与全部历元的误差一并列出。",
                f"{others} epochs with other solutions are not counted; their errors, and those of all epochs, are listed.",
            )
        )
    if not found.whole.dated:
        told.append(reason("undated", "记录中没有日期。", "The log carries no date."))
    return tuple(told)


def _offset_m(enu_m: Floats) -> tuple[float, float]:
    """Length of the mean horizontal error, and RMS of the horizontal errors about it, in m."""
    middle = enu_m[:, :2].mean(axis=0)
    return float(np.hypot(*middle)), float(np.sqrt(np.sum((enu_m[:, :2] - middle) ** 2, axis=1).mean()))


def _listing(found: Deviations) -> dict[str, Any]:
    """Accuracy of fixed epochs and of all epochs side by side, epochs by quality, and what was left out."""
    quality, counts = np.unique(found.whole.epochs["quality"], return_counts=True)
    return {
        "fixed": accuracy_block(found.enu_m[found.fixed]),
        "all": accuracy_block(found.enu_m),
        "epochs_by_quality": {str(each): int(count) for each, count in zip(quality, counts, strict=True)},
        "left_out": dict(found.left_out),
        "counts": dict(found.whole.counts),
    }


def accuracy_block(enu_m: Floats) -> dict[str, Any]:
    """Every customary figure of errors east, north, up (n, 3) in m, side by side; heights that are missing are left out."""
    if len(enu_m) == 0:
        return {"n": 0}
    size, up = np.sqrt(enu_m[:, 0] ** 2 + enu_m[:, 1] ** 2), enu_m[:, 2][np.isfinite(enu_m[:, 2])]
    block = {"n": len(enu_m), **_sizes("horizontal", size, (50, 95))}
    return block | _sizes("vertical", np.abs(up), (95,)) if len(up) else block


def _sizes(name: str, size: Floats, percents: Sequence[int]) -> dict[str, float]:
    """RMS, percentiles and maximum of ``size``, sorted once for all of them."""
    ordered = np.sort(size)
    return {
        f"{name}_rms_m": float(np.sqrt(np.mean(size**2))),
        **{f"{name}_p{percent}_m": quantile_of(ordered, percent / 100) for percent in percents},
        f"{name}_max_m": float(ordered[-1]),
    }


def quantile_of(ordered: Floats, share: float) -> float:
    """The quantile of sorted values (n,), n > 0: numpy's linear interpolation (R's type 7) to the last bit, without its checks."""
    place = (len(ordered) - 1) * share
    low = int(place)
    one, other, part = float(ordered[low]), float(ordered[min(low + 1, len(ordered) - 1)]), place - low
    return one + (other - one) * part if part < 0.5 else other - (other - one) * (1 - part)


def by_quality(quality: npt.NDArray[np.int16], enu_m: Floats) -> dict[str, Floats]:
    """The rows of ``enu_m`` (n, 3) of each quality, (n,), in order."""
    values = np.flatnonzero(np.bincount(quality.astype(np.int64) + 1)) - 1
    return {str(each): enu_m.compress(quality == each, axis=0) for each in values}
