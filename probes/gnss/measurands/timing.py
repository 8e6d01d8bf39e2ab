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

from harness.kit.figures import Line, Series
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Outcome, Reason, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.gnss.formats.timing_formats import Offsets
from probes.gnss.measurands import windows
from probes.gnss.measurands.drawn import drawn
from probes.gnss.measurands.offered import CLOCK_REFERENCE
from probes.gnss.measurands.words import WORDS, in_unit, percent, titled
from probes.gnss.truth.sources import ClockSettings

Floats = npt.NDArray[np.float64]
INTERVAL = "100 s"
LONGEST_STEP = "64 s"
"""Time between samples above which a log cannot show what happened between them."""
UTC_FROM_S = 1e9
"""Times below this are no Unix times: a counter's own, or those since a machine started."""
MIN_COVERAGE = "95 %"
HOLE_STEPS = 10
"""Usual steps from which on a pause in a log of offsets is a hole."""
UNREAD = 0.01
"""Share of the lines that look like samples which may be none."""


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
    """A quantile (``q``) of the absolute offset over the time of the window, in s: time without data counts as the worst."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        seen = windows.seen(clock.found.time_s, np.abs(values))
        value, low, high = seen.quantile(float(ask.share("q", "95 %")))
        lacks = list(_sparse(seen, ask))
        if high is None:
            lacks.append(WORDS.lack("offsets-missing", missing=percent(1 - seen.coverage)))
        return _fact(Part("", value, low, high, len(values), float(len(values)), tuple(lacks)), seen)

    method = WORDS.text("method-offset", q=percent(request.share("q", "95 %")))
    return _of_all(clocks, request, estimate, method)


def mtie(clocks: View, request: Request) -> Outcome:
    """The largest time interval error over ``interval``, in s: a fact of the window, which breaks leave open."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        from probes.gnss.measurands import stability

        parts, _, m = _windows(clock.found, values, ask)
        value = stability.mtie(parts, m) if m else None
        if value is None:
            return _too_short(ask)
        count, seen = sum(max(0, len(part) - m) for part in parts), windows.seen(clock.found.time_s, values)
        return _fact(Part("", value, value, value, count, float(count), _broken_up(parts, clock, seen, ask)), seen)

    return _of_all(clocks, request, estimate, WORDS.text("method-mtie", interval=_interval(request)))


def tdev(clocks: View, request: Request) -> Outcome:
    """The time deviation over ``interval``, in s: a fact of the window, which breaks leave open."""

    def estimate(clock: Clock, values: Floats, ask: Request) -> Part:
        from probes.gnss.measurands import stability

        parts, step, m = _windows(clock.found, values, ask)
        value = stability.time_deviation(parts, step, m) if m else None
        if not value:
            return _too_short(ask)
        seen = windows.seen(clock.found.time_s, values)
        return _fact(
            Part("", value, value, value, len(values), float(len(values)), _broken_up(parts, clock, seen, ask)), seen
        )

    return _of_all(clocks, request, estimate, WORDS.text("method-tdev", interval=_interval(request)))


def _fact(part: Part, seen: windows.Seen) -> Part:
    """The part as a fact of the window, with what was observed of it."""
    told = {"coverage": seen.coverage, "step_s": seen.step_s, "longest_break_s": seen.longest_break_s}
    return replace(part, remarks=(WORDS.reason("fact-of-window"),), effort=seen.effort, diagnostics=told)


def _sparse(seen: windows.Seen, ask: Request) -> Iterator[Lack]:
    """A sample says what the clock did until the next one only where those are close."""
    longest = Quantity.parse(str(ask.parameter("longest_step", LONGEST_STEP)))
    if seen.step_s > float(longest.to("s")):
        yield WORDS.lack("offsets-sparse", step=in_unit(seen.step_s, "s"), longest=longest)


def _broken_up(parts: Sequence[Floats], clock: Clock, seen: windows.Seen, ask: Request) -> tuple[Lack, ...]:
    """Breaks, and lines that could not be read: the largest error may lie in any of them."""
    broken = (WORDS.lack("offsets-broken", count=len(parts) - 1),) if len(parts) > 1 else ()
    unread = (WORDS.lack("offsets-unread", count=clock.found.unread),) if clock.found.unread else ()
    return (*_sparse(seen, ask), *broken, *unread)


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
    return replace(every(parts, request, "s", method), window=_window(clocks))


def _window(clocks: View) -> tuple[int, int] | None:
    """First and last moment of the logs, UTC ns; None where one has a time scale of its own."""
    times = [each.found.time_s for each in clocks if len(each.found.time_s)]
    if not times or min(float(each.min()) for each in times) < UTC_FROM_S:
        return None
    return round(min(float(each.min()) for each in times) * 1e9), round(max(float(each.max()) for each in times) * 1e9)


def _of_one(clock: Clock, ask: Request, estimate: Estimator) -> Part:
    if len(clock.found.offset_s) < 2:
        return absent("", WORDS.lack("no-offsets"))
    cable, agreed = _cable_s(clock, ask), "cable_delay" in ask.agreed
    values = clock.found.offset_s - cable
    reference, stamps = _reference_s(clock, ask), _constant_s(ask, "timestamping", 0.0)
    invalid = tuple(_broken(clock, ask, 2 * reference))
    if not np.isfinite(values).all() or (values == values[0]).all():
        return absent("", WORDS.lack("degenerate"), invalid=invalid)
    part, quantum = estimate(clock, values, ask), windows.quantum(clock.found.offset_s)
    budget = [BudgetItem(WORDS.text("component-reference"), "B", reference, "s")]
    budget += [BudgetItem(WORDS.text("component-timestamping"), "bound", stamps, "s")] if stamps else []
    absolute = ask.reading.statistic == "quantile"  # a constant delay is in no difference of two offsets
    unsure = abs(cable) if absolute and not agreed else 0.0
    budget += [BudgetItem(WORDS.text("component-cable"), "bound", unsure, "s")] if unsure else []
    budget += [BudgetItem(WORDS.text("component-quantum"), "bound", quantum / 2, "s")]
    # two readings make an interval error, each off by half a step
    steps = quantum if ask.reading.statistic == "mtie" else quantum / 2
    return replace(
        part,
        invalid=(*part.invalid, *invalid),
        allowance=2 * reference + stamps + unsure + steps,
        budget=(*part.budget, *budget),
        remarks=(*part.remarks, *_remarks(clock.found), *_unagreed(unsure)),
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
    twofold = _twofold(clock.found)
    if twofold > UNREAD * len(clock.found.offset_s):
        yield WORDS.reason("offsets-contradict", count=twofold, samples=len(clock.found.offset_s))
    unread, read = clock.found.unread, len(clock.found.offset_s)
    if unread > UNREAD * (unread + read):
        yield WORDS.reason("lines-unread", count=unread, lines=unread + read)
    yield from _holes(clock.found, ask)
    limit_s = None if ask.limit is None else float(ask.limit.quantity.to("s"))
    if limit_s is not None and expanded_s > limit_s / 4:
        uncertainty, limit = (in_unit(each * 1e9, "ns") for each in (expanded_s, limit_s))
        yield WORDS.reason("reference-too-coarse", uncertainty=uncertainty, limit=limit, format=clock.found.format)


def _unagreed(unsure_s: float) -> Iterator[Reason]:
    """A correction that nobody else agreed to helps nobody."""
    if unsure_s:
        yield WORDS.reason("cable-not-agreed", delay=in_unit(unsure_s * 1e9, "ns"))


def _twofold(found: Offsets) -> int:
    """Moments that carry more than one offset: two logs in one, of which the good one could hide the bad."""
    if not found.timed:
        return 0
    return len(found.time_s) - len(np.unique(found.time_s))


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
    """Standard uncertainty of the reference: the largest of setting, constant and certificate."""
    certified = 0.0 if ask.limit is None else ask.certified(CLOCK_REFERENCE, ask.limit.quantity)
    return max(clock.settings.u_reference, _constant_s(ask, "reference_uncertainty", 0.0), certified)


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
