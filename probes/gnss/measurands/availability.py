# SPDX-License-Identifier: Apache-2.0
"""How much of the time each receiver delivered: shares over EXPECTED epochs, so that silence is counted as loss."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.parts import Part, absent, every
from harness.model import About, Outcome, Text
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats.quantile import Sample, rank_of
from probes.gnss.digests.epochs import expected_epochs, gaps, interval_ns, planned_s
from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.evidence import contradicted, heard
from probes.gnss.measurands.gates import BEIDOU, without_beidou
from probes.gnss.measurands.sessions import window
from probes.gnss.measurands.view import Received
from probes.gnss.measurands.words import WORDS, percent, seconds

OUTAGE = "longest_credible_outage"
"""The constant that bounds how long a loss can be."""
View = Sequence[Received]
Estimator = Callable[[Received, Request], Part]


def fix_rate(view: View, request: Request) -> Outcome:
    """Share of expected epochs that were fixed; bounds from the runs of lost ones (they come in bursts)."""

    def estimate(one: Received, ask: Request) -> Part:
        log, expected = one.log, expected_epochs(one.log, one.settings, ended=not ask.watched)
        fixed = _fixed(log)
        table = Counter(gap.missing for gap in gaps(log, one.settings))
        if ask.about is About.WINDOW:
            return _fact(Part("", Fraction(fixed, max(1, expected)), None, None, expected, float(expected)), one)
        before = expected - fixed - sum(length * many for length, many in table.items())
        if before > 0:
            table[before] += 1
        step, longest = interval_ns(log, one.settings), _outage_s(ask)
        epochs = None if longest is None or step == 0 else max(1.0, longest * 1e9 / step)
        part = estimates.bursty(table, max(expected, 1), ask, epochs, good=True, constant="longest_credible_outage")
        told = {"fixed": fixed, "received": len(log), "runs": sum(table.values())}
        return replace(part, diagnostics=told, effort=_lasted(one))

    told = ("1", WORDS.text(f"method-fix-rate-{request.about}"))
    return _of_all(view, request, estimate, told, high_is_worse=False, unfixed=True)


def time_share(view: View, request: Request) -> Outcome:
    """Share of the time from the first epoch to the last in which a fixed solution was there."""

    def estimate(one: Received, ask: Request) -> Part:
        log, step = one.log, interval_ns(one.log, one.settings)
        _, before, after = log.untimed
        inside = int(log.time_ns[-1] - log.time_ns[0]) / 1e9
        heard = inside + (1 + before + after) * step / 1e9
        out = [gap.seconds - step / 1e9 for gap in gaps(log, one.settings)]
        fixes = log.time_ns[log.epochs["quality"] == FIXED]
        first = inside + step / 1e9 if not len(fixes) else int(fixes[0] - log.time_ns[0]) / 1e9
        silent = (
            0.0 if ask.watched else planned_s(one.settings) - heard
        )  # before the first epoch, after the last, or both
        out += [each for each in (first + before * step / 1e9, after * step / 1e9, silent) if each > 0]
        observed = max(heard, heard + silent)
        if ask.about is About.WINDOW:
            share = 1 - min(observed, math.fsum(out)) / observed if observed else 1.0
            return _fact(Part("", share, None, None, len(log), float(len(log))), one)
        part = estimates.unavailable(out, observed, ask, _outage_s(ask), good=True)
        told = {"observed_s": observed, "outages": len(out), "longest_s": max(out, default=0.0)}
        return replace(part, n=len(log), diagnostics=told, effort=_lasted(one))

    told = ("1", WORDS.text(f"method-time-share-{request.about}"))
    return _of_all(view, request, estimate, told, high_is_worse=False, unfixed=True)


def longest_gap(view: View, request: Request) -> Outcome:
    """Longest time without fixed solution in the session, in s: what happened, not what could happen."""

    def estimate(one: Received, ask: Request) -> Part:
        _, before, after = one.log.untimed
        step = interval_ns(one.log, one.settings) / 1e9
        heard = int(one.log.time_ns[-1] - one.log.time_ns[0]) / 1e9 + (1 + before + after) * step
        silent = 0.0 if ask.watched else planned_s(one.settings) - heard
        first = one.log.time_ns[one.log.epochs["quality"] == FIXED][0]
        ends = [each for each in (silent, float(first - one.log.time_ns[0]) / 1e9 + before * step) if each > 0]
        return _fact(estimates.longest([*(gap.seconds for gap in gaps(one.log, one.settings)), *ends]), one)

    return _of_all(view, request, estimate, ("s", WORDS.text("method-longest")))


def first_fix(view: View, request: Request) -> Outcome:
    """Time to the first fixed solution, in s, from each declared power-on, else from each log's first epoch; a quantile."""

    def estimate(one: Received, ask: Request) -> Part:
        times, unfixed = times_to_fix(one.log, one.settings.power_on, interval_ns(one.log, one.settings))
        part = _quantile([*times, *unfixed], ask)
        open_ended = (WORDS.lack("start-without-fix", count=len(unfixed)),) if unfixed else ()
        marked = () if one.settings.power_on else (WORDS.reason("ttff-start"),)
        effort = {"starts": len(times) + len(unfixed)}
        return replace(part, lacks=(*open_ended, *part.lacks), remarks=marked, effort=effort)

    return _of_all(view, request, estimate, ("s", WORDS.text("method-ttff")), unfixed=True)


def times_to_fix(log: Log, starts_ns: Sequence[int], step_ns: int = 0) -> tuple[list[float], list[float]]:
    """Seconds from each start (the first epoch, timed or not, when none is declared) to the first fix before the next start.

    Besides, for each start without a fix, how long it was waited in vain: its time is longer than that, never left out.
    """
    if not len(log):
        return [], []
    fixes = log.time_ns[log.epochs["quality"] == FIXED]
    starts = sorted(starts_ns) or [int(log.time_ns[0]) - log.untimed[1] * step_ns]
    times, vain, last = [], [], int(log.time_ns[-1])
    for start, end in zip(starts, [*starts[1:], last + 1], strict=True):
        after = fixes[(fixes >= start) & (fixes < max(end, start + 1))]
        if len(after):
            times.append(int(after[0] - start) / 1e9)
        else:
            vain.append(max(0, end - start) / 1e9)
    return times, vain


def refix(view: View, request: Request) -> Outcome:
    """Time from the last fixed epoch before each loss to the next fixed one, in s; a quantile over the losses."""

    def estimate(one: Received, ask: Request) -> Part:
        times, lasting = times_to_refix(one)
        part = _quantile(times, ask)
        lacks = (WORDS.lack("loss-not-over"), *part.lacks) if lasting else part.lacks
        return replace(part, lacks=lacks, effort={"events": len(times)})

    return _of_all(view, request, estimate, ("s", WORDS.text("method-refix")))


def times_to_refix(one: Received) -> tuple[list[float], bool]:
    """Seconds each loss after settling took, and whether the last one was not over when the log ended."""
    found = gaps(one.settled, one.settings)
    return [gap.seconds for gap in found if gap.ended], not all(gap.ended for gap in found)


def age(view: View, request: Request) -> Outcome:
    """A quantile of the age of the differential correction over the expected epochs of the window, in s; without one it is the worst."""
    q = request.share("q", "95 %")

    def estimate(one: Received, ask: Request) -> Part:
        del ask  # a fact of this record has no risk
        ages = one.log.epochs["age_s"][one.log.epochs["quality"] == FIXED]
        ages = np.sort(ages[np.isfinite(ages)])
        if len(ages) < 2:
            return absent("", WORDS.lack("no-age"))
        if ages[0] == ages[-1]:
            return Part("", float(ages[0]), None, None, len(ages), 1.0, (WORDS.lack("age-frozen"),))
        expected = max(len(ages), expected_epochs(one.log, one.settings))
        value = float(ages[rank_of(len(ages), q) - 1])
        low = rank_of(expected, q) - 1 - (expected - len(ages))
        high = rank_of(expected, q) - 1
        part = Part("", value, float(ages[max(0, low)]), None, len(ages), float(len(ages)))
        part = _fact(replace(part, upper=float(ages[high]) if high < len(ages) else None), one, bounded=True)
        missing = percent(1 - Fraction(len(ages), expected))
        return part if part.upper is not None else replace(part, lacks=(WORDS.lack("ages-missing", missing=missing),))

    return _of_all(view, request, estimate, ("s", WORDS.text("method-age", q=percent(q))))


def beidou_share(view: View, request: Request) -> Outcome:
    """Share of fixed epochs in whose solution BeiDou satellites took part (GSA or GNS); a count of this session."""

    def estimate(one: Received, ask: Request) -> Part:
        del ask  # a count of this session has no risk
        used = one.log.beidou[one.log.epochs["quality"] == FIXED]
        if (used < 0).all():
            return absent("", WORDS.lack("beidou-not-shown"))
        value = float(np.mean(used > 0))
        return Part("", value, value, value, len(used), float(len(used)))

    return _of_all(view, request, estimate, ("1", WORDS.text("method-beidou")), high_is_worse=False)


def _of_all(
    view: View,
    request: Request,
    estimate: Estimator,
    told: tuple[str, Text],
    *,
    high_is_worse: bool = True,
    unfixed: bool = False,
) -> Outcome:
    """Each receiver must conform for itself; ``told``: unit and method; ``unfixed``: a log without any fix has a value too."""
    ask = request.among(len(view))
    parts = [replace(_of_one(each, ask, estimate, unfixed=unfixed), label=each.label) for each in view]
    outcome = every(parts, request, *told, high_is_worse=high_is_worse)
    logs = [(each.log, each.settings) for each in view]
    return replace(outcome, window=window(logs))


def _fact(part: Part, one: Received, *, bounded: bool = False) -> Part:
    """The part as a fact of the window, whose bounds are its value, with how long the window was."""
    lower, upper = (part.lower, part.upper) if bounded else (part.value, part.value)
    remarks = (*part.remarks, WORDS.reason("fact-of-window"))
    return replace(part, lower=lower, upper=upper, remarks=remarks, effort=_lasted(one))


def _lasted(one: Received) -> dict[str, Effort]:
    """From the first epoch to the end of the last one."""
    log, step = one.log, interval_ns(one.log, one.settings)
    return {"duration": seconds((int(log.time_ns[-1] - log.time_ns[0]) + step) / 1e9)}


def _of_one(one: Received, ask: Request, estimate: Estimator, *, unfixed: bool) -> Part:
    if not len(one.log):
        return absent("", WORDS.lack("no-epochs"))
    if not unfixed and not _fixed(one.log):
        return absent("", WORDS.lack("never-fixed", epochs=len(one.log)))
    part = estimate(one, ask)
    against, said = contradicted(one.log, one.settings, ask), heard(one.log)
    unused = () if ask.reading.measurand == BEIDOU else without_beidou(one.log, ask)
    part = replace(part, invalid=(*part.invalid, *against, *unused), remarks=(*part.remarks, *said))
    if _fixed(one.log):
        return part
    return replace(part, lacks=(WORDS.lack("never-fixed", epochs=len(one.log)), *part.lacks))


def _fixed(log: Log) -> int:
    return int(np.count_nonzero(log.epochs["quality"] == FIXED))


def _quantile(times: Sequence[float], ask: Request) -> Part:
    if not times:
        return absent("", WORDS.lack("no-event"))
    return estimates.quantile(Sample(np.array(times)), ask.share("q", "95 %"), ask)


def _outage_s(ask: Request) -> float | None:
    longest: Quantity | None = ask.constant(OUTAGE)
    return None if longest is None else float(longest.to("s"))
