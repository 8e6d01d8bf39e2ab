# SPDX-License-Identifier: Apache-2.0
"""How much of the time the receiver delivered: shares over EXPECTED epochs, so that silence is counted as loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.errors import StatisticsError
from harness.model import Estimate, Outcome
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import bursts, quantile, radial
from probes.gnss.digests.deviation import log_of, prepared
from probes.gnss.digests.epochs import expected_epochs, gaps, interval_ns
from probes.gnss.digests.log import Log, whole_log
from probes.gnss.formats import rtcm
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.figures import gap_table
from probes.gnss.measurands.gates import reason
from probes.gnss.truth.settings import Settings, read_settings


def fix_rate(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of expected epochs that were fixed; bounds from the runs of lost ones (they come in bursts)."""

    def estimate(log: Log, settings: Settings) -> Outcome:
        expected = expected_epochs(log, settings)
        fixed = int(np.count_nonzero(log.epochs["quality"] == FIXED))
        table = Counter(gap.missing for gap in gaps(log, settings))
        before = expected - fixed - sum(length * many for length, many in table.items())
        if before > 0:
            table[before] += 1
        high = bursts.bounds(table, max(expected, 1), request.alpha, _longest_epochs(request, log, settings))
        low = bursts.bounds(table, max(expected, 1), request.beta)
        return Outcome(
            Estimate(
                value=1 - high.value,
                unit="1",
                n=expected,
                n_eff=high.n_eff,
                lower=None if high.upper is None else 1 - high.upper,
                upper=1 - low.lower,
                confidence=1 - request.alpha,
                method="Fay-Feuer over runs of expected epochs without fix",
                diagnostics={"fixed": fixed, "received": len(log), "runs": high.bursts, "longest_run": high.longest},
            ),
            missing=() if high.missing is None else (high.missing,),
            need=high.need,
            figures=gap_table(gaps(log, settings), log),
        )

    return _one(inputs, request, estimate)


def time_share(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of the time from the first epoch to the last in which a fixed solution was there."""

    def estimate(log: Log, settings: Settings) -> Outcome:
        step = interval_ns(log, settings)
        observed = (int(log.time_ns[-1] - log.time_ns[0]) + step) / 1e9
        out = [gap.seconds - step / 1e9 for gap in gaps(log, settings)]
        first = int(log.time_ns[log.epochs["quality"] == FIXED][0])
        out += [(first - int(log.time_ns[0])) / 1e9] if first > log.time_ns[0] else []
        longest = _declared(request, "longest_credible_outage", "s")
        high = bursts.unavailability(out, observed, request.alpha, longest)
        low = bursts.unavailability(out, observed, request.beta)
        return Outcome(
            Estimate(
                value=1 - high.value,
                unit="1",
                n=len(log),
                n_eff=high.n_eff,
                lower=None if high.upper is None else 1 - high.upper,
                upper=1 - low.lower,
                confidence=1 - request.alpha,
                method="Fay-Feuer over outages",
                diagnostics={"observed_s": observed, "outages": high.bursts, "longest_s": high.longest},
            ),
            missing=() if high.missing is None else (high.missing,),
            need=high.need,
        )

    return _one(inputs, request, estimate)


def longest_gap(inputs: Sequence[Input], request: Request) -> Outcome:
    """Longest time without fixed solution in the session, in s: what happened, not what could happen."""

    def estimate(log: Log, settings: Settings) -> Outcome:
        found = gaps(log, settings)
        longest = max((gap.seconds for gap in found), default=0.0)
        return Outcome(
            Estimate(
                longest, "s", len(found), len(found), longest, longest, 1 - request.alpha, "longest of this session"
            ),
            figures=gap_table(found, log),
        )

    return _one(inputs, request, estimate)


def first_fix(inputs: Sequence[Input], request: Request) -> Outcome:
    """Time to the first fixed solution, in s, from each declared power-on, else from each log's first epoch; a quantile."""
    times, marked = [], True
    for each in receivers(inputs):
        settings = _unsettled(each)
        log, _ = prepared(log_of(each), settings)
        marked &= bool(settings.power_on_ns)
        times += times_to_fix(log, settings.power_on_ns)
    remark = reason(
        "ttff-start",
        "首次固定时间从记录的第一个历元起算；只有上电即开始记录时才等于从上电起算（可在 power_on 中给出上电时刻）。",
        "Time to first fix counts from the log's first epoch: from power-on only where recording began with it (list the times under power_on).",
    )
    outcome = _quantile(times, request, "time to first fixed solution")
    return replace(outcome, remarks=() if marked else (remark,))


def times_to_fix(log: Log, starts_ns: Sequence[int]) -> list[float]:
    """Seconds from each start (the first epoch when there is none) to the first fix before the next start."""
    fixes = log.time_ns[log.epochs["quality"] == FIXED]
    starts = sorted(starts_ns) or [int(log.time_ns[0])] * bool(len(log))
    times = []
    for start, end in zip(starts, [*starts[1:], np.iinfo(np.int64).max], strict=True):
        after = fixes[(fixes >= start) & (fixes < end)]
        times += [int(after[0] - start) / 1e9] * bool(len(after))
    return times


def refix(inputs: Sequence[Input], request: Request) -> Outcome:
    """Time from the last fixed epoch before each loss to the next fixed one, in s; a quantile over the losses."""
    times = []
    for each in receivers(inputs):
        settings = read_settings(each.trace.config)
        log, _ = prepared(log_of(each), settings)
        times += [gap.seconds for gap in gaps(log, settings) if gap.ended]
    return _quantile(times, request, "time from loss to next fixed solution")


def age(inputs: Sequence[Input], request: Request) -> Outcome:
    """A quantile of the age of the differential correction over fixed epochs, in s."""

    def estimate(log: Log, _settings: Settings) -> Outcome:
        ages = log.epochs["age_s"][log.epochs["quality"] == FIXED]
        ages = ages[np.isfinite(ages)]
        if len(ages) < 2:
            return Outcome(
                None, missing=(reason("no-age", "记录中没有差分龄期。", "The log carries no age of differential."),)
            )
        share = Quantity.parse(str(request.reading.parameters.get("q", "95 %"))).to("1")
        try:
            high, low = (radial.bounds(ages, share, risk) for risk in (request.alpha, request.beta))
        except StatisticsError:
            value = float(ages[0])
            frozen = reason(
                "age-frozen",
                "差分龄期始终不变，可能未更新。",
                "The age of differential never changes: it may be frozen.",
            )
            return Outcome(
                Estimate(value, "s", len(ages), 1, None, None, 1 - request.alpha, "constant"), missing=(frozen,)
            )
        return Outcome(
            Estimate(
                high.value, "s", high.n, high.n_eff, low.lower, high.upper, 1 - request.alpha, "order statistics, n_eff"
            ),
            missing=() if high.missing is None else (high.missing,),
            remarks=high.remarks,
            need=high.need,
        )

    return _one(inputs, request, estimate)


def beidou_share(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of fixed epochs in whose solution BeiDou satellites took part (GSA or GNS); a count of this session."""

    def estimate(log: Log, _settings: Settings) -> Outcome:
        used = log.beidou[log.epochs["quality"] == FIXED]
        if (used < 0).all():
            why = reason(
                "beidou-not-shown", "记录中没有说明所用卫星系统的语句。", "No sentence tells which systems were used."
            )
            return Outcome(None, missing=(why,))
        value = float(np.mean(used > 0))
        return Outcome(
            Estimate(
                value,
                "1",
                len(used),
                len(used),
                value,
                value,
                1 - request.alpha,
                "share of this session's fixed epochs",
            ),
            listing={"satellites_used_by_system": {str(key): count for key, count in log.used.items()}},
        )

    return _one(inputs, request, estimate)


def _one(inputs: Sequence[Input], request: Request, estimate: Callable[[Log, Settings], Outcome]) -> Outcome:
    """The outcome of the receiver that does worst: each of several must conform."""
    found = []
    for each in receivers(inputs):
        settings = _unsettled(each)
        log, _ = prepared(log_of(each), settings)
        if not (log.epochs["quality"] == FIXED).any():
            why = reason("never-fixed", "记录中没有固定解。", "The log holds no fixed solution.")
            return Outcome(None, missing=(why,))
        found.append(estimate(log, settings))
    upper = request.limit is None or request.limit.upper
    return worst(found, upper=upper)


def worst(outcomes: Sequence[Outcome], *, upper: bool) -> Outcome:
    """The outcome whose value is worst for a limit from above (``upper``) or below; one without estimate comes first."""

    def badness(outcome: Outcome) -> float:
        if outcome.estimate is None:
            return float("inf")
        return float(outcome.estimate.value) * (1 if upper else -1)

    return max(outcomes, key=badness)


def receivers(inputs: Sequence[Input]) -> list[Input]:
    """The inputs that are receivers under test, without the correction streams recorded beside them."""
    return [each for each in inputs if each.probe != rtcm.NAME]


def with_corrections(outcome: Outcome, inputs: Sequence[Input]) -> Outcome:
    """The outcome, INVALID where corrections were recorded and none of them was for BeiDou; their systems are listed."""
    streams = [whole_log(each.summary).rtcm3 for each in inputs if each.probe == rtcm.NAME]
    if not streams:
        return outcome
    found = [rtcm.systems(stream) for stream in streams]
    listing = {**outcome.listing, "corrections_by_system": found}
    if any("BeiDou" in each for each in found):
        return replace(outcome, listing=listing)
    why = reason(
        "corrections-without-beidou",
        "记录的差分改正数据中没有北斗观测（RTCM MSM 1121–1127）：北斗不可能参与固定解。",
        "The corrections recorded hold no BeiDou observations (RTCM MSM 1121 to 1127): BeiDou cannot have taken part in a fixed solution.",
    )
    return replace(outcome, invalid=(*outcome.invalid, why), listing=listing)


def _unsettled(source: Input) -> Settings:
    return replace(read_settings(source.trace.config), settle_s=0.0)


def _quantile(times: list[float], request: Request, method: str) -> Outcome:
    share = Quantity.parse(str(request.reading.parameters.get("q", "95 %"))).to("1")
    if not times:
        why = reason("no-event", "记录中没有可计时的事件。", "The record holds no such event to time.")
        return Outcome(None, missing=(why,))
    high = quantile.bounds(quantile.Sample(np.array(times)), share, request.alpha)
    low = quantile.bounds(quantile.Sample(np.array(times)), share, request.beta)
    need = quantile_need(share, request.alpha) if high.upper is None else {}
    few = reason(
        "few-events",
        f"只有 {len(times)} 次，{float(share):.0%} 分位数没有上界，至少需要 {need.get('n', 0)} 次。",
        f"{len(times)} events give no upper bound for the {float(share):.0%} quantile; {need.get('n', 0)} are needed.",
    )
    return Outcome(
        Estimate(
            high.value,
            "s",
            len(times),
            len(times),
            low.lower,
            high.upper,
            1 - request.alpha,
            f"{method}; order statistics",
        ),
        missing=(few,) if high.upper is None else (),
        need=need,
        listing={"times_s": [round(each, 3) for each in times[:200]]},
    )


def quantile_need(share: float | object, alpha: object) -> dict[str, int]:
    """How many independent events give an upper bound for the quantile: ln alpha / ln p (ISO 16269-6)."""
    import math

    return {"n": math.ceil(math.log(float(alpha)) / math.log(float(share)))}  # type: ignore[arg-type]


def _longest_epochs(request: Request, log: Log, settings: Settings) -> float | None:
    seconds = _declared(request, "longest_credible_outage", "s")
    step = interval_ns(log, settings)
    return None if seconds is None or step == 0 else max(1.0, seconds * 1e9 / step)


def _declared(request: Request, name: str, unit: str) -> float | None:
    value = request.context.declared.get(name)
    return None if value is None else float(Quantity.parse(str(value)).to(unit))
