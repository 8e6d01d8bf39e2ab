# SPDX-License-Identifier: Apache-2.0
"""Utilisation of a data centre: racks under load, or computing time in use, as a mean over the agreed period.

Every available rack counts in every slot of the period. A slot without a value counts as unused for the lower bound and as
used for the upper one: what was not recorded helps nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from harness.effort import Effort
from harness.kit.figures import Bars
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.kit.periods import Period
from harness.model import Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.compute.digests.racks import Use
from probes.compute.formats.words import WORDS
from probes.compute.measurands.view import lack

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Hall:
    """One source: its values and its settings."""

    label: str
    use: Use
    settings: Any


def view(inputs: Sequence[Input], ask: Ask) -> tuple[Hall, ...]:  # noqa: ARG001 - what every view is given
    """The sources one by one."""
    return tuple(Hall(each.source, each.summary, each.trace.settings) for each in inputs)


def time_share(halls: tuple[Hall, ...], request: Request) -> Outcome:
    """The share of slots in use among all slots of all available racks or hosts; every source is proven for itself."""
    by = str(request.parameter("by", "rack"))
    ask = request.among(len(halls))
    return every(
        [_part(each, ask, by) for each in halls], request, "1", WORDS.text(f"method-use-{by}"), high_is_worse=False
    )


def _part(hall: Hall, ask: Request, by: str) -> Part:
    wanted = "power" if by == "rack" else "busy"
    invalid: list[Reason] = []
    if hall.use.kinds != {wanted}:
        return absent(hall.label, lack("other-values", Side.BOTH, wanted=WORDS.text(wanted)))
    idle = ask.constant("idle_power") if by == "rack" else None
    if by == "rack" and idle is None:
        return absent(hall.label, lack("no-idle-power", Side.BOTH))
    if len(hall.use.values) > hall.settings.available:
        invalid.append(
            WORDS.reason("more-than-available", seen=len(hall.use.values), available=hall.settings.available)
        )
    agreed = ask.declared.get("period")
    if agreed is not None and Period.read(str(agreed)) != hall.settings.period:
        facts = {"declared": str(agreed), "seen": str(hall.settings.period)}
        invalid.append(WORDS.reason("declared-otherwise", what=WORDS.text("period"), **facts))
    slots = slots_of(hall)
    limit = Fraction(0) if idle is None else idle.to("W")
    used, known = Fraction(0), 0
    for own in hall.use.values.values():
        inside = [value for slot, value in own.items() if slot in slots]
        known += len(inside)
        used += sum((Fraction(value > limit) if by == "rack" else value for value in inside), Fraction(0))
    everything = len(slots) * max(hall.settings.available, len(hall.use.values))
    if not known or not everything:
        return absent(hall.label, lack("no-value-inside", Side.BOTH), invalid=invalid)
    low, high = used / everything, (used + everything - known) / everything
    effort: dict[str, Effort] = {
        "coverage": Fraction(known, everything),
        "duration": Quantity(Fraction(len(slots) * hall.settings.interval_ns, 10**9), "s"),
    }
    remarks = (
        () if known == everything else (WORDS.reason("slots-missing", share=f"{(1 - known / everything) * 100:.3g} %"),)
    )
    told = {"slots": len(slots), "available": hall.settings.available, "reporting": len(hall.use.values)}
    return Part(
        hall.label,
        low,
        low,
        high,
        everything,
        float(everything),
        (),
        None,
        tuple(invalid),
        remarks,
        diagnostics=told,
        effort=effort,
    )


def slots_of(hall: Hall) -> range:
    """The slots of the agreed period, first day to last."""
    first, last = (datetime(each.year, each.month, each.day, tzinfo=UTC) for each in hall.settings.period)
    begin, end = (int(each.timestamp()) * 10**9 for each in (first, last + timedelta(days=1)))
    return range(-(-begin // hall.settings.interval_ns), end // hall.settings.interval_ns)


def show(halls: tuple[Hall, ...], outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Each rack or host with its mean and how much of the period it reported, the least used first."""
    rows = []
    for hall in halls:
        slots = slots_of(hall)
        for name, own in hall.use.values.items():
            inside = [value for slot, value in own.items() if slot in slots]
            mean = float(sum(inside) / len(inside)) if inside else None
            rows.append((hall.label, name, mean, len(inside) / max(1, len(slots))))
    rows.sort(key=lambda each: (each[2] is not None, each[2] or 0.0, each[1]))
    unit = "W" if any("power" in hall.use.kinds for hall in halls) else "1"
    columns = [
        Column("centre", WORDS.text("column-centre")),
        Column("name", WORDS.text("column-name")),
        Column("mean", WORDS.text("column-mean"), unit),
        Column("reported", WORDS.text("column-reported"), "1"),
    ]
    few = [each for each in rows if each[2] is not None][:_SHOWN]
    bars = (
        (Bars(WORDS.text("least-used"), unit, [str(each[1]) for each in few], [float(each[2] or 0) for each in few]),)
        if few
        else ()
    )
    return Shown(bars, (Listing("units", WORDS.text("units"), columns, rows),))
