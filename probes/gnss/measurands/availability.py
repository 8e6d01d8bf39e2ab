# SPDX-License-Identifier: Apache-2.0
"""How much of the time each receiver delivered: shares over EXPECTED epochs, so that silence is counted as loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.errors import StatisticsError
from harness.kit import estimates
from harness.kit.parts import Part, absent, every
from harness.model import Outcome, Text
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats.quantile import Sample
from probes.gnss.digests.epochs import expected_epochs, gaps, interval_ns, planned_s, rate_differs
from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.evidence import rate_reason
from probes.gnss.measurands.view import Received
from probes.gnss.measurands.words import WORDS

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
        before = expected - fixed - sum(length * many for length, many in table.items())
        if before > 0:
            table[before] += 1
        step, longest = interval_ns(log, one.settings), _outage_s(ask)
        epochs = None if longest is None or step == 0 else max(1.0, longest * 1e9 / step)
        part = estimates.bursty(table, max(expected, 1), ask, epochs, good=True)
        return replace(part, diagnostics={"fixed": fixed, "received": len(log), "runs": sum(table.values())})

    return _of_all(view, request, estimate, ("1", WORDS.text("method-fix-rate")), high_is_worse=False, unfixed=True)


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
        part = estimates.unavailable(out, observed, ask, _outage_s(ask), good=True)
        told = {"observed_s": observed, "outages": len(out), "longest_s": max(out, default=0.0)}
        return replace(part, n=len(log), diagnostics=told)

    return _of_all(view, request, estimate, ("1", WORDS.text("method-time-share")), high_is_worse=False, unfixed=True)


def longest_gap(view: View, request: Request) -> Outcome:
    """Longest time without fixed solution in the session, in s: what happened, not what could happen."""

    def estimate(one: Received, ask: Request) -> Part:
        _, before, after = one.log.untimed
        step, heard = interval_ns(one.log, one.settings) / 1e9, 0.0
        heard = int(one.log.time_ns[-1] - one.log.time_ns[0]) / 1e9 + (1 + before + after) * step
        silent = 0.0 if ask.watched else planned_s(one.settings) - heard
        return estimates.longest(
            [*(gap.seconds for gap in gaps(one.log, one.settings)), *([silent] if silent > 0 else [])]
        )

    return _of_all(view, request, estimate, ("s", WORDS.text("method-longest")))


def first_fix(view: View, request: Request) -> Outcome:
    """Time to the first fixed solution, in s, from each declared power-on, else from each log's first epoch; a quantile."""

    def estimate(one: Received, ask: Request) -> Part:
        times, unfixed = times_to_fix(one.log, one.settings.power_on, interval_ns(one.log, one.settings))
        part = _quantile([*times, *unfixed], ask)
        open_ended = (WORDS.lack("start-without-fix", count=len(unfixed)),) if unfixed else ()
        marked = () if one.settings.power_on else (WORDS.reason("ttff-start"),)
        return replace(part, lacks=(*open_ended, *part.lacks), remarks=marked)

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
        return replace(part, lacks=((WORDS.lack("loss-not-over"), *part.lacks) if lasting else part.lacks))

    return _of_all(view, request, estimate, ("s", WORDS.text("method-refix")))


def times_to_refix(one: Received) -> tuple[list[float], bool]:
    """Seconds each loss after settling took, and whether the last one was not over when the log ended."""
    found = gaps(one.settled, one.settings)
    return [gap.seconds for gap in found if gap.ended], not all(gap.ended for gap in found)


def age(view: View, request: Request) -> Outcome:
    """A quantile of the age of the differential correction over fixed epochs, in s."""

    def estimate(one: Received, ask: Request) -> Part:
        ages = one.log.epochs["age_s"][one.log.epochs["quality"] == FIXED]
        ages = ages[np.isfinite(ages)]
        if len(ages) < 2:
            return absent("", WORDS.lack("no-age"))
        try:
            return estimates.quantile_in_time(ages, ask.share("q", "95 %"), ask)
        except StatisticsError:
            return Part("", float(ages[0]), None, None, len(ages), 1.0, (WORDS.lack("age-frozen"),))

    return _of_all(view, request, estimate, ("s", WORDS.text("method-age")))


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
    return every(parts, request, *told, high_is_worse=high_is_worse)


def _of_one(one: Received, ask: Request, estimate: Estimator, *, unfixed: bool) -> Part:
    if not len(one.log):
        return absent("", WORDS.lack("no-epochs"))
    if not unfixed and not _fixed(one.log):
        return absent("", WORDS.lack("never-fixed", epochs=len(one.log)))
    part = declared_right(one, estimate(one, ask))
    if _fixed(one.log):
        return part
    return replace(part, lacks=(WORDS.lack("never-fixed", epochs=len(one.log)), *part.lacks))


def declared_right(one: Received, part: Part) -> Part:
    """The part, INVALID where the log's own interval is not the declared one, on which every expected epoch rests."""
    if not rate_differs(one.log, one.settings):
        return part
    return replace(part, invalid=(*part.invalid, rate_reason(one.log, one.settings)))


def _fixed(log: Log) -> int:
    return int(np.count_nonzero(log.epochs["quality"] == FIXED))


def _quantile(times: Sequence[float], ask: Request) -> Part:
    if not times:
        return absent("", WORDS.lack("no-event"))
    return estimates.quantile(Sample(np.array(times)), ask.share("q", "95 %"), ask)


def _outage_s(ask: Request) -> float | None:
    longest: Quantity | None = ask.constant(OUTAGE)
    return None if longest is None else float(longest.to("s"))
