# SPDX-License-Identifier: Apache-2.0
"""An exchange while it is under way: found again so far, late, overdue, refused, and whether the receiver is out of reach. Pure.

Lost is only what the receiver's list lacks at the end; until it is read, a record that should have been found is overdue.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.model import Line, Outcome, Text
from harness.plugins import Request
from harness.quantity import Quantity
from probes.health.digests.exchange import Exchange
from probes.health.formats.forms import ACCEPTED
from probes.health.formats.words import WORDS
from probes.health.measurands.ledger import FATES, NS, WHOLE, Carrier, View, reachable_ns


@dataclass(frozen=True, slots=True)
class Progress:
    """How many records of a run were due, acknowledged and found; by name those found late, overdue, and not taken."""

    sent: int
    acknowledged: int
    found: int
    late: tuple[str, ...]
    overdue: tuple[str, ...]
    refused: tuple[str, ...]


def lines(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Of each carrier how far it is, then what went wrong by name, and its outages."""
    del outcome, request
    told: list[Line] = []
    for each in view.carriers:
        if each.run is not None:
            told += _judged(each) if each.fates else _under_way(each, each.run, view.settle)
            told += _outages(each, each.run)
    return tuple(told)


def progress(run: Exchange, settle: Quantity | None) -> Progress:
    """What is known of a run before its receiver's list was read; without a settling time nothing is late."""
    limit_ns = None if settle is None else int(settle.to("s") * NS)
    moments = (*(each.at_ns for each in run.receipts), *(each.at_ns for each in run.looks))
    now_ns = max((*moments, *(each.ended_ns for each in run.outages)), default=0)
    offered = {each.record for each in run.offers}
    accepted: dict[str, int] = {}
    for told in sorted(run.receipts, key=lambda each: each.at_ns):
        if told.state == ACCEPTED:
            accepted.setdefault(told.record, told.at_ns)
    found: dict[str, int] = {}
    for look in sorted(run.looks, key=lambda each: each.at_ns):
        found.setdefault(look.record, look.at_ns)

    def over(record: str, at_ns: int) -> bool:
        return limit_ns is not None and reachable_ns(accepted[record], at_ns, run.outages) > limit_ns

    return Progress(
        sent=len(offered),
        acknowledged=len(accepted),
        found=len(found),
        late=tuple(sorted(each for each, at_ns in found.items() if each in accepted and over(each, at_ns))),
        overdue=tuple(sorted(each for each in accepted if each not in found and over(each, now_ns))),
        refused=tuple(sorted({each.record for each in run.receipts} - accepted.keys() - found.keys())),
    )


def _under_way(carrier: Carrier, run: Exchange, settle: Quantity | None) -> list[Line]:
    seen = progress(run, settle)
    said = WORDS.text("now-exchanged", found=seen.found, acknowledged=seen.acknowledged, sent=seen.sent)
    told = [Line(_titled("now-exchanged-title", carrier), said)]
    ill = (("now-late-title", seen.late), ("now-overdue-title", seen.overdue), ("now-refused-title", seen.refused))
    for key, names in ill:
        told += _named(key, carrier, names)
    return told


def _judged(carrier: Carrier) -> list[Line]:
    """Once the receiver's list was read, it says what became of each record."""
    said = WORDS.text("now-whole", whole=carrier.count(WHOLE), sent=len(carrier.fates))
    told = [Line(_titled("now-exchanged-title", carrier), said)]
    for fate in FATES:
        if fate != WHOLE:
            names = tuple(each.record for each in carrier.fates if each.fate == fate)
            told += _named(f"fate-{fate}", carrier, names)
    return [*told, *_named("fate-unexpected", carrier, carrier.unexpected)]


def _named(key: str, carrier: Carrier, names: tuple[str, ...]) -> list[Line]:
    said = WORDS.text("now-names", count=len(names))
    return [Line(_titled(key, carrier), said, True, names)] if names else []


def _outages(carrier: Carrier, run: Exchange) -> list[Line]:
    if not run.outages:
        return []
    last = max(run.outages, key=lambda each: each.began_ns)
    longest_s = round(max(each.ended_ns - each.began_ns for each in run.outages) / NS, 3)
    key = "now-outages" if last.over else "now-out-of-reach"
    said = WORDS.text(key, count=len(run.outages), longest=longest_s)
    return [Line(_titled("now-outages-title", carrier), said, not last.over)]


def _titled(key: str, carrier: Carrier) -> Text:
    title = WORDS.text(key)
    return Text(f"{carrier.label}：{title.zh}", f"{carrier.label}: {title.en}")
