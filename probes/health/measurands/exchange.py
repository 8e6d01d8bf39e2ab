# SPDX-License-Identifier: Apache-2.0
"""health.exchange and health.delay: every carrier has to conform; a record that did not arrive whole is over any limit. Pure.

The exchange is a census of what was sent, so its bounds are the value. Delays run from the moment a record was due, outages
included, to the moment it was found by asking; records are due at random moments, so order statistics bound the quantile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from harness.kit import estimates
from harness.kit.figures import Bars, Ecdf
from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import Outcome, Side, Text
from harness.plugins import Request, Shown
from harness.quantity import Quantity
from harness.stats import quantile as ranks
from probes.health.formats.words import WORDS
from probes.health.measurands.ledger import FATES, WHOLE, Carrier, View

MS = 10**6
_LISTED = 200


def lost_count(view: View, request: Request) -> Outcome:
    """Records that did not arrive once and whole: lost, altered, doubled, late, and those that nobody sent."""

    def part(carrier: Carrier) -> Part:
        least = carrier.broken - carrier.unproven
        return replace(estimates.census(carrier.broken, len(carrier.fates), carrier.label), lower=least)

    return _judged(view, request, "条", WORDS.text("method-lost"), part)


def share_whole(view: View, request: Request) -> Outcome:
    """The share of records that arrived once and whole; one that nobody sent counts against it."""

    def part(carrier: Carrier) -> Part:
        n = len(carrier.fates) + len(carrier.unexpected)
        value = Fraction(carrier.count(WHOLE), n)
        return Part(carrier.label, value, value, value + Fraction(carrier.unproven, n), n, float(n))

    return _judged(view, request, "1", WORDS.text("method-share"), part, high_is_worse=False)


def quantile(view: View, request: Request) -> Outcome:
    """The q-quantile of the delay in ms; what did not arrive whole is slower than everything."""
    q, asked = request.share("q", "95 %"), request.among(len(view.carriers))

    def part(carrier: Carrier) -> Part:
        least = [each.least_ns / MS for each in carrier.fates]
        most = [each.most_ns / MS for each in carrier.fates if each.most_ns is not None]
        high = estimates.quantile(ranks.Sample(most, len(least) - len(most)), q, asked, carrier.label)
        low = estimates.quantile(ranks.Sample(least), q, asked, carrier.label)
        value, upper, lacks = high.value, high.upper, high.lacks
        if value is None or math.isinf(value):
            value = low.value
        if upper is not None and math.isinf(upper):
            upper, lacks = None, (*lacks, WORDS.lack("quantile-lost", count=len(least) - len(most)))
        return replace(high, value=value, upper=upper, lower=low.lower, lacks=lacks)

    return _judged(view, request, "ms", WORDS.text("method-quantile", q=q * 100), part)


def show(view: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Delays of each carrier, fates as bars, both lists' roots, what went wrong by name, and the outages."""
    figures: list[Ecdf | Bars] = []
    for each in view.carriers:
        ranked = sorted(fate.most_ns / MS for fate in each.fates if fate.most_ns is not None)
        if ranked:
            shares = [at / len(each.fates) for at in range(1, len(ranked) + 1)]
            figures.append(Ecdf(WORDS.text("figure-delays", name=each.label), "ms", ranked, shares))
    bars = [(each, fate) for each in view.carriers for fate in FATES if each.count(fate)]
    if bars:
        labels = [_joined(each.label, WORDS.text(f"fate-{fate}")) for each, fate in bars]
        figures.append(Bars(WORDS.text("figure-fates"), "", labels, [each.count(fate) for each, fate in bars]))
    lists = [_carriers(view), _broken(view), _outages(view)]
    return Shown(tuple(figures), tuple(each for each in lists if each.rows))


def _carriers(view: View) -> Listing:
    keys = ("carrier", "sent", "acknowledged", *FATES, "unexpected", "sent_root", "held_root")
    rows: list[tuple[Cell, ...]] = [
        (
            each.label,
            len(each.fates),
            sum(fate.acknowledged for fate in each.fates),
            *(each.count(fate) for fate in FATES),
            len(each.unexpected),
            *each.roots,
        )
        for each in view.carriers
    ]
    return Listing("carriers", WORDS.text("carriers"), _columns(keys), rows)


def _broken(view: View) -> Listing:
    keys = ("record", "carrier", "content", "fate", "receipt", "fields")
    rows: list[tuple[Cell, ...]] = [
        (fate.record, each.label, fate.kind, WORDS.text(f"fate-{fate.fate}"), fate.receipt, list(fate.fields))
        for each in view.carriers
        for fate in each.fates
        if fate.fate != WHOLE
    ]
    rows += [
        (record, each.label, "", WORDS.text("fate-unexpected"), "", [])
        for each in view.carriers
        for record in each.unexpected
    ]
    return Listing("broken", WORDS.text("broken"), _columns(keys), rows[:_LISTED])


def _outages(view: View) -> Listing:
    columns = (*_columns(("carrier", "from_utc")), Column("lasted", WORDS.text("column-lasted"), "s"))
    rows = [
        (each.label, _utc(began), (ended - began) / 1e9 if ended else None)
        for each in view.carriers
        for began, ended in each.outages
    ]
    return Listing("outages", WORDS.text("outages-listed"), columns, rows[:_LISTED])


def _columns(keys: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(each, WORDS.text(f"column-{each.replace('_', '-')}")) for each in keys)


def _joined(label: str, fate: Text) -> Text:
    return Text(f"{label}：{fate.zh}", f"{label}: {fate.en}")


def _utc(ns: int) -> str:
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _judged(
    view: View,
    request: Request,
    unit: str,
    method: Text,
    part: Callable[[Carrier], Part],
    *,
    high_is_worse: bool = True,
) -> Outcome:
    parts = []
    for each in view.carriers:
        if each.invalid or any(lack.side is Side.BOTH for lack in each.lacks):
            parts.append(absent(each.label, *each.lacks, invalid=each.invalid))
        else:
            made = part(each)
            unproven = (WORDS.lack("unproven", count=each.unproven),) if each.unproven else ()
            parts.append(replace(made, lacks=(*made.lacks, *each.lacks, *unproven), effort=_effort(each)))
        parts[-1] = replace(parts[-1], remarks=each.told)
    outcome = every(parts, request, unit, method, high_is_worse=high_is_worse)
    return replace(outcome, remarks=(*view.told, *outcome.remarks))


def _effort(carrier: Carrier) -> Mapping[str, Quantity | int | Fraction]:
    """How many records were sent, and over which time."""
    return {"items": len(carrier.fates), "duration": Quantity(carrier.span_s, "s")}
