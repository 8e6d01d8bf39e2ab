# SPDX-License-Identifier: Apache-2.0
"""Offset of a clock from its reference, judged when that reference may judge it.

A host's own synchronisation log measures the clock against the very source under test, and a reference must be four
times better than the limit: otherwise INVALID, whatever the numbers say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.kit.estimates import quantile_in_time
from harness.kit.figures import Line, Series
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Outcome, Reason, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.gnss.formats.timing_formats import COUNTER, Offsets
from probes.gnss.measurands.drawn import drawn
from probes.gnss.measurands.words import WORDS, in_unit, percent, titled
from probes.gnss.truth.sources import ClockSettings

Floats = npt.NDArray[np.float64]
INTERVAL = "100 s"
MIN_COVERAGE = "95 %"
HOLE_STEPS = 10
"""Usual steps from which on a pause in a log of offsets is a hole."""
UNREAD = 0.01
"""Share of a counter's lines that may be none."""


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """One clock's offsets, and what is known of its reference."""

    label: str
    settings: ClockSettings
    found: Offsets


View = tuple[Clock, ...]
Estimator = Callable[[Clock, Floats, Request], Part]
"""From a clock and its offsets in s, cables taken off, to a part."""


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """The offsets of each clock."""
    del ask  # constants change bounds and are asked for with them
    return tuple(
        Clock(each.source, settings, each.summary.offsets(settings.format or "", settings.source))
        for each in inputs
        for settings in [each.trace.settings]
    )


def quantile(clocks: View, request: Request) -> Outcome:
    """A quantile (``q``) of the absolute offset, in s."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        del clock
        return quantile_in_time(np.abs(values), ask.share("q", "95 %"), ask)

    method = WORDS.text("method-offset", q=percent(request.share("q", "95 %")))
    return _of_all(clocks, request, estimate, method)


def mtie(clocks: View, request: Request) -> Outcome:
    """The largest time interval error over ``interval``, in s: a fact of this record."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        from probes.gnss.measurands import stability

        parts, _, m = _windows(clock.found, values, ask)
        value = stability.mtie(parts, m) if m else None
        if value is None:
            return _too_short(ask)
        count = sum(max(0, len(part) - m) for part in parts)
        return Part("", value, value, value, count, count / m)

    return _of_all(clocks, request, estimate, WORDS.text("method-mtie", interval=_interval(request)))


def tdev(clocks: View, request: Request) -> Outcome:
    """The time deviation over ``interval``, in s."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        from harness.stats import rms
        from probes.gnss.measurands import stability

        parts, step, m = _windows(clock.found, values, ask)
        value = stability.time_deviation(parts, step, m) if m else None
        if not value:
            return _too_short(ask)
        # terms overlap: about one independent term every tau (SP 1065 section 5.4, the conservative side)
        freedom = max(1.0, sum(max(0, len(part) - 3 * m + 1) for part in parts) / m)
        high, low = (rms.from_freedom(value**2, freedom, risk) for risk in (ask.risk_above, ask.risk_below))
        return Part("", value, low.lower, high.upper, len(values), freedom)

    return _of_all(clocks, request, estimate, WORDS.text("method-tdev", interval=_interval(request)))


def show(clocks: View, outcome: Outcome, request: Request) -> Shown:
    """The offsets over time, and which format each log was read in."""
    del outcome
    heard = [each for each in clocks if len(each.found.offset_s)]
    columns = (
        Column("clock", WORDS.text("clock")),
        Column("format", WORDS.text("format")),
        Column("samples", WORDS.text("samples")),
    )
    rows = [(each.label, each.found.format, len(each.found.offset_s)) for each in clocks]
    pictures = tuple(_picture(each, request, alone=len(clocks) == 1) for each in heard)
    return Shown(pictures, (Listing("formats", WORDS.text("formats"), columns, rows),))


def _picture(clock: Clock, request: Request, *, alone: bool) -> Series:
    title, found = WORDS.text("offsets"), clock.found
    values_ns = (found.offset_s - _cable_s(clock, request)) * 1e9
    rows = drawn(np.abs(values_ns))
    return Series(
        title if alone else titled(title, clock.label),
        "ns",
        x=(found.time_s[rows] - found.time_s[0]).round(3).tolist(),
        lines=(Line(WORDS.text("offset"), values_ns[rows].round(3).tolist()),),
        x_title=WORDS.text("time"),
        x_unit="s",
    )


def _of_all(clocks: View, request: Request, estimate: Estimator, method: Text) -> Outcome:
    """Each clock must conform for itself."""
    ask = request.among(len(clocks))
    parts = [replace(_of_one(each, ask, estimate), label=each.label) for each in clocks]
    return every(parts, request, "s", method)


def _of_one(clock: Clock, ask: Request, estimate: Estimator) -> Part:
    if len(clock.found.offset_s) < 2:
        return absent("", WORDS.lack("no-offsets"))
    values = clock.found.offset_s - _cable_s(clock, ask)
    reference, stamps = _reference_s(clock, ask), _constant_s(ask, "timestamping", 0.0)
    invalid = tuple(_broken(clock, ask, 2 * reference))
    try:
        part = estimate(clock, values, ask)
    except StatisticsError:
        return absent("", WORDS.lack("degenerate"), invalid=invalid)
    budget = [BudgetItem(WORDS.text("component-reference"), "B", reference, "s")]
    if stamps:
        budget.append(BudgetItem(WORDS.text("component-timestamping"), "bound", stamps, "s"))
    return replace(
        part,
        invalid=(*part.invalid, *invalid),
        allowance=2 * reference + stamps,
        budget=(*part.budget, *budget),
        remarks=(*part.remarks, *_remarks(clock.found)),
        diagnostics={**part.diagnostics, **_facts(clock.found, values)},
    )


def _broken(clock: Clock, ask: Request, expanded_s: float) -> Iterator[Reason]:
    """Why this log may not decide: the reference is what is being tested, or it is too coarse."""
    if clock.settings.reference != "independent":
        yield WORDS.reason("reference-under-test")
    elif clock.found.follows:
        yield WORDS.reason("self-reported", format=clock.found.format)
    if len(clock.found.sources) > 1 and not clock.settings.source:
        yield WORDS.reason("several-sources", sources=sorted(clock.found.sources), count=len(clock.found.sources))
    unread, read = clock.found.other_lines, len(clock.found.offset_s)
    if clock.found.format == COUNTER and unread > UNREAD * (unread + read):
        yield WORDS.reason("lines-unread", count=unread, lines=unread + read)
    yield from _holes(clock.found, ask)
    limit_s = None if ask.limit is None else float(ask.limit.quantity.to("s"))
    if limit_s is not None and expanded_s > limit_s / 4:
        uncertainty, limit = (in_unit(each * 1e9, "ns") for each in (expanded_s, limit_s))
        yield WORDS.reason("reference-too-coarse", uncertainty=uncertainty, limit=limit, format=clock.found.format)


def _remarks(found: Offsets) -> Iterator[Reason]:
    """What a reader must know of a log: samples that stood there twice, lines passed over, times that it does not tell."""
    if found.repeated:
        yield WORDS.reason("samples-repeated", count=found.repeated)
    if found.other_lines:
        yield WORDS.reason("other-lines", count=found.other_lines, format=found.format)
    if not found.timed:
        yield WORDS.reason("samples-untimed")


def _holes(found: Offsets, ask: Request) -> Iterator[Reason]:
    """Silence in a log of offsets: what was not recorded may be what is bad."""
    steps = np.diff(np.sort(found.time_s))
    steps = steps[steps > 0]
    if not found.timed or not len(steps):
        return
    usual, needed = float(np.median(steps)), ask.share("min_coverage", MIN_COVERAGE)
    holes = steps[steps > HOLE_STEPS * usual]
    covered = 1 - float(holes.sum()) / float(steps.sum())
    if covered < needed:
        facts = {"count": len(holes), "longest": in_unit(float(holes.max()), "s"), "needed": percent(needed)}
        yield WORDS.reason("holes", share=percent(covered), **facts)


def _reference_s(clock: Clock, ask: Request) -> float:
    return max(clock.settings.u_reference, _constant_s(ask, "reference_uncertainty", 0.0))


def _cable_s(clock: Clock, ask: Request) -> float:
    return _constant_s(ask, "cable_delay", clock.settings.cable_delay)


def _constant_s(ask: Request, name: str, default: float) -> float:
    declared = ask.constant(name)
    return default if declared is None else float(declared.to("s"))


def _interval(ask: Request) -> Quantity:
    return Quantity.parse(str(ask.parameter("interval", INTERVAL)))


def _windows(found: Offsets, values: Floats, ask: Request) -> tuple[list[Any], float, int]:
    """Even segments, their step, and the reading's interval in steps (0 without a step)."""
    from probes.gnss.measurands import stability

    if not found.timed:
        return [], 0.0, 0
    parts, step = stability.segments(found.time_s, values)
    return parts, step, max(1, round(float(_interval(ask).to("s")) / step)) if step else 0


def _too_short(ask: Request) -> Part:
    return absent("", WORDS.lack("record-too-short", interval=_interval(ask)))


def _facts(found: Offsets, values: Floats) -> dict[str, Any]:
    size = np.abs(values)
    return {
        "mean_s": float(values.mean()),
        "sd_s": float(values.std(ddof=1)),
        "max_abs_s": float(size.max()),
        "p95_abs_s": float(np.quantile(size, 0.95)),
        "p99_abs_s": float(np.quantile(size, 0.99)),
        "self_reported": found.self_reported,
    }
