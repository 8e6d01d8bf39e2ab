# SPDX-License-Identifier: Apache-2.0
"""PUE: total energy over IT energy of one and the same months, or of a year made of five operating points.

Never the mean of monthly ratios. Both meters' classes enter as rectangular limits, so that two class 1 meters leave 1.29 and
1.30 apart by less than their uncertainty (ISO/IEC 30134-2; GB 40879-2021 for the characteristic conditions).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from harness.kit.figures import Bars
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Need, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from harness.stats import budget
from harness.stats.budget import Component
from probes.compute.digests.meters import Conditions, Energies
from probes.compute.formats.centre import Month, Point
from probes.compute.formats.words import WORDS
from probes.compute.measurands.view import lack, quantity

EDGE_RACKS = 100
"""GB 40879-2021 does not speak of edge data centres: up to 100 standard racks."""
HOURS = 8760
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Centre:
    """One source: its months or points, and what its settings say of the meters."""

    label: str
    months: tuple[Month, ...]
    points: tuple[Point, ...]
    settings: Any
    remarks: tuple[Reason, ...] = ()
    invalid: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Centres:
    """Every source, and the indicator's declared constants."""

    parts: tuple[Centre, ...]
    declared: Mapping[str, Any]


def view(inputs: Sequence[Input], ask: Ask) -> Centres:
    """The sources one by one: every data centre is proven for itself."""
    parts = []
    for each in inputs:
        months: dict[str, Month] = {}
        invalid: list[Reason] = []
        remarks: list[Reason] = []
        points: tuple[Point, ...] = ()
        if isinstance(each.summary, Energies):
            for _, found, told in each.summary.tables:
                invalid += [
                    WORDS.reason("month-twice", month=one.month) for one in found if months.get(one.month, one) != one
                ]
                months |= {one.month: one for one in found}
                remarks += told
        elif isinstance(each.summary, Conditions):
            points = each.summary.tables[0][1] if len(each.summary.tables) == 1 else ()
        ordered = tuple(months[name] for name in sorted(months))
        parts.append(Centre(each.source, ordered, points, each.trace.settings, tuple(remarks), tuple(invalid)))
    return Centres(tuple(parts), ask.declared)


def ratio(found: Centres, request: Request) -> Outcome:
    """Energies of the same months: twelve in a row for the annual figure, any number for an interim one."""
    wanted = str(request.parameter("period", "12 months"))
    own = [each for each in found.parts if not each.points]
    ask = request.among(len(own))
    parts = [_annual(each, ask, found.declared, wanted) for each in own]
    return every(parts, request, "1", WORDS.text("method-pue" if wanted != "declared" else "method-ipue"))


def characteristic(found: Centres, request: Request) -> Outcome:
    """E = 8760 h x sum of T_i x P_i over five operating points, of the total and of IT."""
    own = [each for each in found.parts if each.points]
    ask = request.among(len(own))
    parts = []
    for each in own:
        total, it = (HOURS * sum((one.share * power for one, power in zip(each.points, values, strict=True)), Fraction(0))
                     for values in ([one.total for one in each.points], [one.it for one in each.points]))  # fmt: skip
        parts.append(_part(each, (total, it), ask, found.declared, [], {"coverage": Fraction(1)}))
    return every(parts, request, "1", WORDS.text("method-conditions"))


def _annual(own: Centre, ask: Request, declared: Mapping[str, Any], wanted: str) -> Part:
    if not own.months:
        return absent(own.label, lack("no-months", Side.BOTH), invalid=own.invalid)
    lacks: list[Lack] = []
    months, gaps = own.months, _gaps([each.month for each in own.months], own.settings.period)
    asked = (
        _YEAR
        if wanted != "declared"
        else len(own.settings.period.months)
        if own.settings.period
        else len(months) + len(gaps)
    )
    if gaps:
        lacks.append(lack("months-missing", Side.BOTH, months=gaps))
    if wanted != "declared" and len(months) != _YEAR:
        lacks.append(lack("not-a-year", Side.BOTH, count=len(months)))
    if wanted == "declared" and declared.get("annualisation") is None:
        lacks.append(lack("no-annualisation"))
    total, it = sum((each.total for each in months), Fraction(0)), sum((each.it for each in months), Fraction(0))
    return _part(
        own, (total, it), ask, declared, lacks, {"coverage": min(Fraction(1), Fraction(len(months), max(1, asked)))}
    )


def _gaps(months: Sequence[str], period: Any) -> list[str]:
    """Months of the agreed period, else between first and last, that are not there."""
    if period is not None:
        return [each for each in period.months if each not in months]
    first, last = (int(each[:4]) * 12 + int(each[5:]) - 1 for each in (months[0], months[-1]))
    every_month = [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1)]
    return [each for each in every_month if each not in months]


def _part(  # noqa: PLR0917 - what one part is made of
    own: Centre,
    energies: tuple[Fraction, Fraction],
    ask: Request,
    declared: Mapping[str, Any],
    lacks: list[Lack],
    effort: Mapping[str, Fraction],
) -> Part:
    value = float(energies[0] / energies[1])
    stated = quantity(declared, "meter_accuracy")
    classes = []
    for which in (own.settings.total_class, own.settings.it_class):
        known = [float(each) for each in (which, stated.base if stated else None) if each is not None]
        classes.append(max(known, default=None))
    if None in classes:
        lacks = [*lacks, lack("no-class", Side.BOTH)]
    if not own.settings.certificates and not ask.instrument("energy-meter"):
        lacks = [*lacks, lack("no-certificate")]
    invalid = list(own.invalid)
    category = declared.get("category")
    if category is not None and str(category) != str(own.settings.category):
        invalid.append(
            WORDS.reason(
                "declared-otherwise",
                what=WORDS.text("category"),
                declared=str(category),
                seen=str(own.settings.category),
            )
        )
    items = [
        BudgetItem(WORDS.text(f"budget-{name}"), "B", (each or 0.0) / math.sqrt(3) * value, "1")
        for name, each in zip(("total-meter", "it-meter"), classes, strict=True)
    ]
    total = budget.combine([Component(item) for item in items])
    low, high = budget.bounds(value, total, ask.risk_below).lower, budget.bounds(value, total, ask.risk_above).upper
    remarks = [*own.remarks, WORDS.reason("category-is", category=str(own.settings.category))]
    if own.settings.racks is None:
        remarks.append(WORDS.reason("racks-unstated"))
    elif own.settings.racks <= EDGE_RACKS:
        remarks.append(WORDS.reason("edge", racks=own.settings.racks, most=EDGE_RACKS))
    need = Need(WORDS.text("need-meters", share=f"{max(each or 0.0 for each in classes) * 100:g} %"), "")
    part = Part(
        own.label,
        value,
        low,
        high,
        len(own.months or own.points),
        float(len(own.months or own.points)),
        tuple(lacks),
        need,
        tuple(invalid),
        tuple(remarks),
    )
    return replace(
        part,
        budget=tuple(items),
        effort=dict(effort),
        diagnostics={"total_kwh": float(energies[0]), "it_kwh": float(energies[1])},
    )


def show(found: Centres, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Energies and ratio month by month, or the five points; the verdict is of their sums."""
    rows, labels, values = [], [], []
    for own in found.parts:
        for name, share, total, it in [
            *((each.month, None, each.total, each.it) for each in own.months),
            *((each.name, each.share, each.total, each.it) for each in own.points),
        ]:
            rows.append((own.label, name, share, total, it, float(total / it)))
            labels.append(name)
            values.append(float(total / it))
    units = {"total": "kWh", "it": "kWh"} if any(each.months for each in found.parts) else {"total": "kW", "it": "kW"}
    titles = ("centre", "when", "share", "total", "it", "pue")
    columns = [Column(each, WORDS.text(f"column-{each}"), units.get(each, "")) for each in titles]
    bars = (Bars(WORDS.text("ratios"), "1", labels[:60], values[:60]),) if rows else ()
    return Shown(bars, (Listing("energies", WORDS.text("energies"), columns, rows),))
