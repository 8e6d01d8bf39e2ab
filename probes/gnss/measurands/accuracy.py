# SPDX-License-Identifier: Apache-2.0
"""Horizontal and vertical accuracy: RMS and quantile, each with bounds that know about autocorrelation and truth.

The truth's error d (|d| <= U, the same vector at every epoch) moves the mean square m^2 of the measured errors with mean b
to m^2 + 2 b.d + d.d, so the true RMS lies within sqrt(lo^2 - g) and sqrt(hi^2 + 2 |b| U + U^2); g = 2 |b| U - U^2 for
U <= |b|, else |b|^2. Quantiles move by at most U. The step of the coordinates is a hard bound on top of that (allowance).
Every receiver must conform for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.kit.estimates import quantile_in_time
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Need, Outcome, Reason, Text
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import rms as rms_of
from harness.stats.sequential import look_alpha
from probes.gnss.digests.deviation import Deviations
from probes.gnss.digests.epochs import interval_ns
from probes.gnss.measurands.baseline import baseline
from probes.gnss.measurands.evidence import OFFSET_M, height_kind, span
from probes.gnss.measurands.gates import (
    MAX_DAMAGED,
    MIN_BEIDOU_SHARE,
    MIN_FIX_RATE,
    failed_gates,
    other_mode,
    step_m,
    truth_uncertainty_m,
)
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS, in_unit, percent

Floats = npt.NDArray[np.float64]
WRONG_M = 0.1
"""Horizontal error above which a solution that is called fixed is suspected of wrong ambiguities."""

Estimator = Callable[[Floats, Deviations, Request, bool], Part]
"""From errors (n, axes) of fixed epochs, whether they are vertical last, to a part."""


def rms(view: Compared, request: Request) -> Outcome:
    """Root of the mean square error of fixed solutions against the truth, in m."""
    return _judged(view, request, _rms, WORDS.text("method-rms"))


def quantile(view: Compared, request: Request) -> Outcome:
    """A quantile (``q``) of the size of the error of fixed solutions, in m."""
    return _judged(view, request, _quantile, WORDS.text("method-quantile", q=percent(request.share("q", "95 %"))))


def at_look(request: Request) -> Request:
    """The k-th look at growing evidence spends risk/(k (k + 1)) on either side, all looks together the risk."""
    if not request.watched:
        return request
    alpha, beta = (look_alpha(each, request.look) for each in (request.alpha, request.beta))
    return replace(request, alpha=alpha, beta=beta)


def with_corrections(outcome: Outcome, view: Compared) -> Outcome:
    """The outcome, INVALID where corrections were recorded and none of them was for BeiDou."""
    if not view.corrections or any("BeiDou" in each for each in view.corrections.values()):
        return outcome
    return replace(outcome, invalid=(*outcome.invalid, WORDS.reason("corrections-without-beidou")))


def _judged(view: Compared, request: Request, estimate: Estimator, method: Text) -> Outcome:
    request = at_look(request)
    if view.is_baseline:
        return with_corrections(baseline(view, request), view)
    ask = request.among(len(view.antennas))
    parts = [_part(each, ask, estimate, vertical=view.vertical) for each in view.antennas]
    return with_corrections(every(parts, request, "m", method), view)


def _part(antenna: Antenna, ask: Request, estimate: Estimator, *, vertical: bool) -> Part:
    """One receiver: what its errors say, and every gate that does not hold."""
    found = antenna.errors
    if found is None:
        return absent(antenna.label, WORDS.lack("one-antenna"))
    failed = list(failed_gates(found, ask, vertical=vertical))
    part = _estimated(found, ask, estimate, vertical=vertical) if found.fixed.any() else absent("")
    return replace(
        part,
        label=antenna.label,
        invalid=(*part.invalid, *other_mode(found, ask), *(each for each in failed if isinstance(each, Reason))),
        lacks=(*(each for each in failed if isinstance(each, Lack)), *part.lacks),
    )


def _estimated(found: Deviations, ask: Request, estimate: Estimator, *, vertical: bool) -> Part:
    """The estimate over fixed epochs, with what the statistics themselves miss."""
    errors, times = found.enu_m[found.fixed], found.log.time_ns[found.fixed]
    errors = errors[:, 2:] if vertical else errors[:, :2]
    whole = np.isfinite(errors).all(axis=1)  # how many lack a height is a gate's question
    errors, times = errors[whole], times[whole]
    session = session_s(ask)
    if session and len(errors):
        errors = session_means(errors, times, session)
    if len(errors) < 2:
        return absent("", WORDS.lack("few-errors"))
    try:
        part = estimate(errors, found, ask, vertical)
    except StatisticsError:
        return absent("", WORDS.lack("degenerate"))
    return replace(
        part, remarks=(*part.remarks, *_remarks(found, ask, vertical=vertical)), need=_timed(part.need, found)
    )


def _rms(errors: Floats, found: Deviations, ask: Request, vertical: bool) -> Part:
    squared = np.sum(errors**2, axis=1)
    high, low = (rms_of.bounds(squared, errors.shape[1], risk) for risk in (ask.risk_above, ask.risk_below))
    bias, truth = float(np.linalg.norm(errors.mean(axis=0))), truth_uncertainty_m(found, vertical=vertical)
    sampling_m = high.value / math.sqrt(2 * max(high.nu, 1)) if high.nu else 0.0
    return Part(
        label="",
        value=high.value,
        lower=None if low.lower is None else _less(low.lower, bias, truth),
        upper=None if high.upper is None else math.sqrt(high.upper**2 + 2 * bias * truth + truth**2),
        n=high.n,
        n_eff=high.n_eff,
        lacks=() if high.missing is None else (Lack(high.missing),),
        need=high.need,
        remarks=high.remarks,
        allowance=step_m(found, vertical=vertical) / 2,
        budget=_budget(found, sampling_m, vertical=vertical),
        diagnostics=_diagnostics(errors, found) | {"tau_epochs": high.tau, "nu": high.nu, **high.diagnostics},
    )


def _less(lower: float, bias: float, truth: float) -> float:
    """The lower bound of the true RMS when the truth may be wrong by up to ``truth`` in any direction."""
    gain = 2 * bias * truth - truth**2 if truth <= bias else bias**2
    return math.sqrt(max(0.0, lower**2 - gain))


def _quantile(errors: Floats, found: Deviations, ask: Request, vertical: bool) -> Part:
    part = quantile_in_time(np.sqrt(np.sum(errors**2, axis=1)), ask.share("q", "95 %"), ask)
    truth = truth_uncertainty_m(found, vertical=vertical)
    return replace(
        part,
        lower=None if part.lower is None else max(0.0, float(part.lower) - truth),
        upper=None if part.upper is None else part.upper + truth,
        allowance=step_m(found, vertical=vertical) / 2,
        budget=_budget(found, 0.0, vertical=vertical),
        diagnostics=_diagnostics(errors, found) | {"tau_epochs": part.diagnostics["tau"]},
    )


def session_means(enu_m: Floats, time_ns: npt.NDArray[np.int64], session_s: float) -> Floats:
    """Mean error of each session of ``session_s`` from the first epoch on, in order; sessions with under half their epochs fall out."""
    number = (time_ns - time_ns[0]) // round(session_s * 1e9)
    _, first, counts = np.unique(number, return_index=True, return_counts=True)
    means = np.add.reduceat(enu_m, first, axis=0) / counts[:, None]
    return np.asarray(means[counts >= counts.max() / 2])


def _budget(found: Deviations, sampling_m: float, *, vertical: bool) -> tuple[BudgetItem, ...]:
    truth, shift = found.settings.reference, found.settings.transformation
    assert truth is not None  # noqa: S101 - there is a fixed epoch with a truth
    u = truth.u_vertical if vertical else truth.u_horizontal
    step = step_m(found, vertical=vertical) / 2
    items = [
        BudgetItem(WORDS.text("component-truth"), "B", u, "m"),
        BudgetItem(WORDS.text("component-step"), "bound", step, "m"),
    ]
    if sampling_m:
        items.insert(0, BudgetItem(WORDS.text("component-sampling"), "A", sampling_m, "m"))
    if shift is not None:
        items.append(BudgetItem(WORDS.text("component-transformation"), "B", shift.uncertainty, "m"))
    if found.settings.mode == "dynamic":
        bound = found.interpolation_m[1 if vertical else 0]
        items.append(BudgetItem(WORDS.text("component-interpolation"), "bound", bound, "m"))
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


def _timed(need: Need | None, found: Deviations) -> Need | None:
    """What the statistics ask for, as a time at the log's own rate where they name epochs."""
    step = interval_ns(found.whole, found.settings)
    if need is None or need.n is None or not step:
        return need
    return replace(need, seconds=need.n * step / 1e9)


def _remarks(found: Deviations, ask: Request, *, vertical: bool) -> tuple[Reason, ...]:
    told = list(_told(found, ask))
    constant_height = height_kind(found) if vertical else None
    if constant_height is not None and constant_height.code == "gnss.constant-height":
        told.append(constant_height)
    if found.latency_s is not None:
        value, spread = (in_unit(each * 1000, "ms") for each in found.latency_s)
        treated = WORDS.text("latency-correct" if found.corrected else "latency-report")
        told.append(WORDS.reason("latency", latency=value, uncertainty=spread, treated=treated))
    elif found.settings.mode == "dynamic":
        told.append(WORDS.reason("latency-unknown"))
    session = session_s(ask)
    if session:
        told.append(WORDS.reason("session-means", session=in_unit(session, "s", 6)))
    offset, scatter = _offset_m(found.enu_m[found.fixed])
    constant = offset > OFFSET_M and scatter < offset / 5
    if constant:
        told.append(WORDS.reason("constant-offset", offset=in_unit(offset, "m"), scatter=in_unit(scatter * 1000, "mm")))
    wrong = int(np.count_nonzero(found.horizontal_m[found.fixed] > WRONG_M))
    if wrong and not constant:
        told.append(WORDS.reason("wrong-fixes", count=wrong, suspected=in_unit(WRONG_M * 100, "cm")))
    others = int(np.count_nonzero(~found.fixed))
    if others:
        told.append(WORDS.reason("other-solutions", count=others))
    if not found.whole.dated:
        told.append(WORDS.reason("undated"))
    return tuple(told)


def _told(found: Deviations, ask: Request) -> Iterator[Reason]:
    """When the record was made, by its own dates; the thresholds that held; what was not compared, by cause."""
    when = span(found.whole)
    if when is not None:
        yield WORDS.reason("measured-when", first=when[0], last=when[1])
    thresholds = {
        "fix_rate": ask.share("min_fix_rate", MIN_FIX_RATE),
        "beidou": ask.share("min_beidou_share", MIN_BEIDOU_SHARE),
        "damaged": ask.share("max_damaged", MAX_DAMAGED),
    }
    settle = in_unit(found.settings.settle, "s", 6) if found.settings.settle else "0 s"
    yield WORDS.reason("thresholds", settle=settle, **{name: percent(each) for name, each in thresholds.items()})
    if found.whole.unread:
        yield WORDS.reason("rows-passed-over", rows=[f"{name} ({count})" for name, count in found.whole.unread.items()])
    left_out = {name: count for name, count in found.left_out.items() if count}
    if left_out:
        causes = [
            WORDS.text("left-out-cause", cause=WORDS.text(left_out_key(name)), count=count)
            for name, count in left_out.items()
        ]
        yield WORDS.reason("not-compared", causes=causes, count=sum(left_out.values()))


def left_out_key(cause: str) -> str:
    """The key of the words for a cause for which epochs were left out."""
    return f"left-out-{cause.replace('_', '-')}"


def session_s(ask: Request) -> float:
    """Over how long errors are averaged before they are judged, in s: only a reading says so, 0 for single epochs."""
    written = ask.parameter("session")
    return 0.0 if written is None else float(Quantity.parse(str(written)).to("s"))


def _offset_m(enu_m: Floats) -> tuple[float, float]:
    """Length of the mean horizontal error, and RMS of the horizontal errors about it, in m."""
    middle = enu_m[:, :2].mean(axis=0)
    return float(np.hypot(*middle)), float(np.sqrt(np.sum((enu_m[:, :2] - middle) ** 2, axis=1).mean()))
