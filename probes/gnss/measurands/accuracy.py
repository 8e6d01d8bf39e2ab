# SPDX-License-Identifier: Apache-2.0
"""Horizontal and vertical accuracy: RMS and quantile, of the window that was recorded or of the receiver over its sessions.

A window is a complete record: its figure has no sampling error. What the receiver will do is told by sessions that were
started anew, far enough apart; each is one value, however slowly its error moves (:mod:`harness.stats.sessions`).

The truth's error d (|d| <= U, the same vector at every epoch) moves the mean square m^2 of the measured errors with mean b
to m^2 + 2 b.d + d.d, so the true RMS lies within sqrt(lo^2 - g) and sqrt(hi^2 + 2 |b| U + U^2); g = 2 |b| U - U^2 for
U <= |b|, else |b|^2. Quantiles move by at most U. The step of the coordinates is a hard bound on top of that (allowance).
Every receiver must conform for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from harness.kit.parts import Part, absent, every
from harness.model import About, BudgetItem, Lack, Outcome, Reason, Text
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import sessions as over_sessions
from harness.stats.sequential import look_alpha
from probes.gnss.digests.deviation import Deviations
from probes.gnss.measurands.base import beside
from probes.gnss.measurands.baseline import baseline
from probes.gnss.measurands.evidence import MAX_DAMAGED, OFFSET_M, heard, height_kind, span
from probes.gnss.measurands.gates import (
    MIN_BEIDOU_SHARE,
    MIN_FIX_RATE,
    certified_m,
    failed_gates,
    other_mode,
    step_m,
    truth_uncertainty_m,
)
from probes.gnss.measurands.sessions import Session, effort, enough, need, recorded, sessions, told, window
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS, in_unit, millimetres, percent

Floats = npt.NDArray[np.float64]
Kind = TypeVar("Kind")
WRONG_M = 0.1
"""Horizontal error above which a solution that is called fixed is suspected of wrong ambiguities."""

Estimator = Callable[["Seen", Request], Part]
"""From what is seen of one receiver to a part."""


def rms(view: Compared, request: Request) -> Outcome:
    """Root of the mean square error of fixed solutions against the truth, in m."""
    return _judged(view, request, _rms, WORDS.text(f"method-rms-{request.about}"))


def quantile(view: Compared, request: Request) -> Outcome:
    """A quantile (``q``) of the size of the error of fixed solutions, in m."""
    return _judged(
        view, request, _quantile, WORDS.text(f"method-quantile-{request.about}", q=percent(request.share("q", "95 %")))
    )


def at_look(request: Request) -> Request:
    """The k-th look at growing evidence spends risk/(k (k + 1)) on either side, all looks together the risk."""
    if not request.watched:
        return request
    alpha, beta = (look_alpha(each, request.look) for each in (request.alpha, request.beta))
    return replace(request, alpha=alpha, beta=beta)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The errors of one receiver's fixed epochs (or of means of them) in each log, (times, (n, axes)), and its sessions."""

    logs: tuple[Deviations, ...]
    columns: tuple[tuple[npt.NDArray[np.int64], Floats], ...]
    sessions: tuple[Session, ...]
    vertical: bool
    certified_m: float = 0.0
    """Standard uncertainty of the truth by its certificate."""

    @property
    def errors(self) -> Floats:
        """All of them in order of time."""
        order = np.argsort(np.concatenate([times for times, _ in self.columns]), kind="stable")
        return np.asarray(np.concatenate([errors for _, errors in self.columns])[order])

    @property
    def per_session(self) -> list[Floats]:
        """Those of each session that has any."""
        return [each for each in (one.of(self.columns) for one in self.sessions) if len(each)]

    @property
    def truth_m(self) -> float:
        """Expanded uncertainty of the truth of the worst log."""
        return max(
            truth_uncertainty_m(each, vertical=self.vertical, certified_m=self.certified_m) for each in self.logs
        )

    @property
    def step_m(self) -> float:
        """The coarsest step of the coordinates."""
        return max(step_m(each, vertical=self.vertical) for each in self.logs)


def _judged(view: Compared, request: Request, estimate: Estimator, method: Text) -> Outcome:
    request = at_look(request)
    if view.is_baseline:
        return beside(baseline(view, request), view, request)
    receivers = view.receivers
    ask = request.among(len(receivers))
    parts = [_part(label, each, ask, estimate, vertical=view.vertical) for label, each in receivers.items()]
    outcome = beside(every(parts, request, "m", method), view, request)
    return replace(outcome, window=window(view.logs))


def _part(label: str, antennas: Sequence[Antenna], ask: Request, estimate: Estimator, *, vertical: bool) -> Part:
    """One receiver: what its errors say, and every gate that does not hold in one of its logs."""
    found = tuple(each.errors for each in antennas if each.errors is not None)
    if len(found) < len(antennas):
        return absent(label, WORDS.lack("one-antenna"))
    failed = _once(gate for each in found for gate in failed_gates(each, ask, vertical=vertical))
    seen = any(each.fixed.any() for each in found)
    part = _estimated(found, ask, estimate, vertical=vertical) if seen else absent("")
    modes = _once(reason for each in found for reason in other_mode(each, ask))
    return replace(
        part,
        label=label,
        invalid=(*part.invalid, *modes, *(each for each in failed if isinstance(each, Reason))),
        lacks=(*(each for each in failed if isinstance(each, Lack)), *part.lacks),
    )


def _once(found: Iterable[Kind]) -> list[Kind]:
    """Each of them once, in order."""
    kept: list[Kind] = []
    for each in found:
        if each not in kept:
            kept.append(each)
    return kept


def _estimated(found: tuple[Deviations, ...], ask: Request, estimate: Estimator, *, vertical: bool) -> Part:
    """The estimate over fixed epochs, with what the statistics themselves miss."""
    logs = [(each.whole, each.settings) for each in found]
    columns = tuple(_column(each, ask, vertical=vertical) for each in found)
    fixed = tuple(each for each in found if each.fixed.any())  # a log without one has a gate of its own
    seen = Seen(fixed, columns, tuple(sessions(logs, ask)), vertical, certified_m(ask))
    if len(seen.errors) < 2:
        return absent("", WORDS.lack("few-errors"))
    if (seen.errors == seen.errors[0]).all():
        return absent("", WORDS.lack("degenerate"))
    part = estimate(seen, ask)
    remarks = _once(reason for each in fixed for reason in _remarks(each, ask, vertical=vertical))
    return replace(
        part,
        remarks=(*part.remarks, *remarks),
        effort=recorded(logs) if ask.about is About.WINDOW else effort(seen.sessions),
        allowance=seen.step_m / 2,
        budget=_budget(fixed[0], seen, sampling_m=part.diagnostics.get("sampling_m", 0.0)),
        diagnostics={**_diagnostics(seen.errors, fixed[0]), **told(seen.sessions), **part.diagnostics},
    )


def _column(found: Deviations, ask: Request, *, vertical: bool) -> tuple[npt.NDArray[np.int64], Floats]:
    """Times and errors of one log, means over ``session`` where they are asked for."""
    errors, times = found.enu_m[found.fixed], found.log.time_ns[found.fixed]
    errors = errors[:, 2:] if vertical else errors[:, :2]
    whole = np.isfinite(errors).all(axis=1)  # how many lack a height is a gate's question
    errors, times, session = errors[whole], times[whole], session_s(ask)
    if session and len(errors):
        middles = session_means((times - times[0]).astype(np.float64)[:, None], times, session)[:, 0]
        errors, times = session_means(errors, times, session), times[0] + middles.astype(np.int64)
    return times, errors


def _rms(seen: Seen, ask: Request) -> Part:
    errors = seen.errors
    if ask.about is About.WINDOW:
        value = math.sqrt(float(np.mean(np.sum(errors**2, axis=1))))
        part = Part("", value, value, value, len(errors), float(len(errors)))
        return _with_truth(part, float(np.linalg.norm(errors.mean(axis=0))), seen.truth_m)
    axes, groups = errors.shape[1], seen.per_session
    squares = [float(np.mean(np.sum(each**2, axis=1))) for each in groups]
    high, low = (over_sessions.bounds(squares, risk, axes) for risk in (ask.risk_above, ask.risk_below))
    upper = None if high.upper is None else math.sqrt(high.upper)
    part = _over_sessions(high, (math.sqrt(high.value), math.sqrt(low.lower), upper), len(errors))
    limit_m = None if ask.limit is None else float(ask.limit.quantity.to("m"))
    if limit_m is not None and (upper is None or upper > limit_m):
        part = replace(part, need=need(high.value, limit_m**2, ask, axes))
    spread = {"sampling_m": (upper - math.sqrt(high.value)) / 2} if upper is not None else {}
    facts = {"session_rms_m": [math.sqrt(each) for each in squares], **spread}
    part = replace(part, diagnostics=facts)
    return _with_truth(part, float(np.linalg.norm(errors.mean(axis=0))), seen.truth_m)


def _with_truth(part: Part, bias: float, truth: float) -> Part:
    """The bounds of an RMS when the truth may be wrong by up to ``truth`` in any direction."""
    return replace(
        part,
        lower=None if part.lower is None else _less(float(part.lower), bias, truth),
        upper=None if part.upper is None else math.sqrt(float(part.upper) ** 2 + 2 * bias * truth + truth**2),
    )


def _over_sessions(
    found: over_sessions.SessionBounds, figures: tuple[float, float | None, float | None], n: int
) -> Part:
    """Value, lower and upper bound of what sessions say; one session leaves PASS open, a trend is told."""
    value, lower, upper = figures
    lacks = (WORDS.lack("one-session"),) if found.upper is None else ()
    remarks = (WORDS.reason("session-trend"),) if found.trend else ()
    return Part("", value, lower, upper, n, float(found.n), lacks, remarks=remarks)


def _less(lower: float, bias: float, truth: float) -> float:
    """The lower bound of the true RMS when the truth may be wrong by up to ``truth`` in any direction."""
    gain = 2 * bias * truth - truth**2 if truth <= bias else bias**2
    return math.sqrt(max(0.0, lower**2 - gain))


def _quantile(seen: Seen, ask: Request) -> Part:
    q, truth = float(ask.share("q", "95 %")), seen.truth_m
    size = np.sqrt(np.sum(seen.errors**2, axis=1))
    if ask.about is About.WINDOW:
        value = float(np.quantile(size, q, method="inverted_cdf"))
        part = Part("", value, value, value, len(size), float(len(size)))
    else:
        groups = [np.sort(np.sqrt(np.sum(each**2, axis=1))) for each in seen.per_session]
        part = _quantile_over_sessions(groups, np.sort(size), q, ask)
    return replace(
        part,
        lower=None if part.lower is None else max(0.0, float(part.lower) - truth),
        upper=None if part.upper is None else float(part.upper) + truth,
    )


def _quantile_over_sessions(groups: list[Floats], size: Floats, q: float, ask: Request) -> Part:
    """The q-quantile by the share of each session that lies beyond: one session may be beyond as a whole."""

    def beyond(number: int, risk: Fraction) -> over_sessions.SessionBounds:
        shares = [1 - float(np.searchsorted(each, size[number], side="right")) / len(each) for each in groups]
        return over_sessions.bounds(shares, risk, worst=1.0)

    value = float(size[_first(len(size), lambda i: beyond(i, ask.risk_above).value <= 1 - q)])
    last = len(size) - 1
    at = _first(len(size), lambda i: (beyond(i, ask.risk_above).upper or 0.0) <= 1 - q)
    proven = beyond(last, ask.risk_above)
    upper = None if proven.upper is None or proven.upper > 1 - q else float(size[at])
    low = _first(len(size), lambda i: beyond(i, ask.risk_below).lower <= 1 - q)
    part = _over_sessions(proven, (value, float(size[low]), upper), len(size))
    if upper is None and not part.lacks:
        least = math.ceil(-math.log(float(ask.risk_above)) / (1 - q))
        wanted = enough(least, ask)
        return replace(part, lacks=(WORDS.lack("few-sessions", n=len(groups), least=least),), need=wanted)
    return part


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """The first index at which something holds that holds from there on; the last one where it never does."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def session_means(enu_m: Floats, time_ns: npt.NDArray[np.int64], session_s: float) -> Floats:
    """Mean error of each session of ``session_s`` from the first epoch on, in order; sessions with under half their epochs fall out."""
    number = (time_ns - time_ns[0]) // round(session_s * 1e9)
    _, first, counts = np.unique(number, return_index=True, return_counts=True)
    means = np.add.reduceat(enu_m, first, axis=0) / counts[:, None]
    return np.asarray(means[counts >= counts.max() / 2])


def _budget(found: Deviations, seen: Seen, *, sampling_m: float) -> tuple[BudgetItem, ...]:
    truth, shift = found.settings.reference, found.settings.transformation
    assert truth is not None  # noqa: S101 - there is a fixed epoch with a truth
    u = max(truth.u_vertical if seen.vertical else truth.u_horizontal, seen.certified_m)
    items = [
        BudgetItem(WORDS.text("component-truth"), "B", u, "m"),
        BudgetItem(WORDS.text("component-step"), "bound", seen.step_m / 2, "m"),
    ]
    if sampling_m:
        items.insert(0, BudgetItem(WORDS.text("component-sampling"), "A", sampling_m, "m"))
    if shift is not None:
        items.append(BudgetItem(WORDS.text("component-transformation"), "B", shift.uncertainty, "m"))
    if found.settings.mode == "dynamic":
        bound = found.interpolation_m[1 if seen.vertical else 0]
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


def _remarks(found: Deviations, ask: Request, *, vertical: bool) -> tuple[Reason, ...]:
    told = list(_told(found, ask))
    certified, truth = certified_m(ask), found.settings.reference
    declared = None if truth is None else truth.u_vertical if vertical else truth.u_horizontal
    if declared is not None and certified > declared:
        told.append(WORDS.reason("truth-certificate", certified=millimetres(certified), declared=millimetres(declared)))
    constant_height = height_kind(found) if vertical else None
    if constant_height is not None and constant_height.code == "gnss.constant-height":
        told.append(constant_height)
    shift, positions = found.settings.transformation, found.settings.positions
    if shift is not None:
        east, north, up = (in_unit(each * 1000, "mm") for each in (shift.e, shift.n, shift.u))
        facts = {"east": east, "north": north, "up": up, "record": shift.record}
        told.append(WORDS.reason("transformed", positions=str(positions), truth=str(truth), **facts))
    if found.latency_s is not None:
        value, spread = (in_unit(each * 1000, "ms") for each in found.latency_s)
        asked = "latency-refused" if found.settings.latency == "correct" else "latency-report"
        treated = WORDS.text("latency-correct" if found.corrected else asked)
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
        if ask.project is not None and when[1][:10] > str(ask.project.end):
            yield WORDS.reason("after-the-project", last=when[1][:10], end=str(ask.project.end))
    thresholds = {
        "fix_rate": ask.share("min_fix_rate", MIN_FIX_RATE),
        "beidou": ask.share("min_beidou_share", MIN_BEIDOU_SHARE),
        "damaged": ask.share("max_damaged", MAX_DAMAGED),
    }
    settle = in_unit(found.settings.settle, "s", 6) if found.settings.settle else "0 s"
    yield WORDS.reason("thresholds", settle=settle, **{name: percent(each) for name, each in thresholds.items()})
    if found.whole.unread:
        yield WORDS.reason("rows-passed-over", rows=[f"{name} ({count})" for name, count in found.whole.unread.items()])
    yield from heard(found.whole)
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
