# SPDX-License-Identifier: Apache-2.0
"""register.identifiers and register.resolutions: what an identifier node's exports say, and what a drawn sample confirms.

Totals of a node are claims. New identifiers are proven by a sample drawn in public over their list: the finite-population lower
bound of those that resolve, or by the list itself. A mean over days is taken over calendar days: a day that is missing is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import reduce

from harness.agreed.refusals import BrokenAgreementError
from harness.effort import Effort
from harness.kit.draw import Drawn, missing, read_draw
from harness.kit.draw.shown import draw_picture
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from harness.stats.population import bounds
from probes.register.digests.node import Export
from probes.register.traces import node
from probes.register.traces.words import WORDS

LEAST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Node:
    """Everything exported, and the sample, where one was drawn; ``good``: drawn identifiers that resolved."""

    whole: Export
    drawn: Drawn | None
    good: int
    invalid: tuple[Reason, ...]


def exports(inputs: Sequence[Input], ask: Ask) -> Node:  # noqa: ARG001 - what every view is given
    """The union of the exports with the sample over the list of new identifiers."""
    whole = reduce(Export.merge, (each.summary for each in inputs), Export())
    drawn: Drawn | None = None
    broken: tuple[Reason, ...] = ()
    if whole.draws:
        digest = whole.lists[0][0] if len(whole.lists) == 1 else ""
        try:
            if len(whole.draws) > 1:
                broken = (WORDS.reason("several-draws"),)
            else:
                drawn = read_draw(whole.draws[0], digest)
                missing(drawn)
        except BrokenAgreementError as defect:
            drawn, broken = None, (defect.reason,)
    told = dict(whole.resolved)
    good = 0 if drawn is None else sum(told.get(str(each)) is True for each in drawn.positions)
    return Node(whole, drawn, good, (*whole.invalid, *broken))


def distinct(view: Node, request: Request) -> Outcome:
    """How many identifiers are new: the rise of all well-formed prefixes, as far as a sample or the list itself confirms it."""
    whole = view.whole
    if not whole.prefixes and not whole.invalid:
        return Outcome(None, lacks=(WORDS.lack("no-export"),))
    fit = [each for each in whole.prefixes if each.well_formed]
    claimed = sum(each.last - each.first for each in fit)
    lacks: tuple[Lack, ...] = ()
    least, most = 0, claimed
    if view.drawn is not None and view.drawn.counted:
        drawn = view.drawn
        least = bounds(view.good, drawn.counted, drawn.population, request.risk_below / drawn.looks).lower
        most = bounds(view.good, drawn.counted, drawn.population, request.risk_above / drawn.looks).upper
    elif whole.lists:
        least = most = sum(unique for _, _, unique in whole.lists)
    else:
        lacks = (WORDS.lack("no-sample"),)
    least, most = min(least, claimed), min(most, claimed)
    part = Part(
        "", most if view.drawn is None else least, least, most, len(fit), float(len(fit)), lacks, invalid=view.invalid
    )
    outcome = every([part], request, "个", WORDS.text("method-node"))
    return replace(outcome, remarks=tuple(_told(whole, claimed)), effort=_effort(view))


def _effort(view: Node) -> dict[str, Effort]:
    """Of a sample how many were drawn, of how many somebody said what came of them, and on how many days; of a list all of it."""
    if view.drawn is None:
        listed = sum(unique for _, _, unique in view.whole.lists)
        return {"items": listed, "examined": Fraction(bool(listed))}
    told = dict(view.whole.resolved)
    known = sum(told.get(str(each)) is not None for each in view.drawn.positions)
    drawn = len(view.drawn.positions)
    shares: dict[str, Effort] = {"examined": Fraction(known, drawn)} if drawn else {}
    return {"items": drawn, "days": len(view.whole.asked), **shares}


def _told(whole: Export, claimed: int) -> Iterator[Reason]:
    yield WORDS.reason("claimed", count=claimed, prefixes=len(whole.prefixes))
    strange = [each.prefix for each in whole.prefixes if not each.well_formed]
    if strange:
        yield WORDS.reason("strange-prefixes", names=strange)
    for each in node.anomalies([each.last - each.first for each in whole.prefixes]):
        yield WORDS.reason(f"anomaly-{each}")


def mean(view: Node, request: Request) -> Outcome:
    """Resolutions a day over all calendar days from the first to the last; ``without: own`` leaves the node's own checks out."""
    rows = view.whole.days
    if not rows:
        return Outcome(None, lacks=() if view.invalid else (WORDS.lack("no-export"),), invalid=view.invalid)
    without = str(request.parameter("without", "")) == "own"
    first, last = rows[0].day, rows[-1].day
    length = (last - first).days + 1
    value = Fraction(sum(each.count for each in rows if not (without and each.own)), length)
    absent = length - len({each.day for each in rows})
    lacks: tuple[Lack, ...] = ()
    if (
        length < LEAST_DAYS and "duration" not in request.reading.minimum
    ):  # a reading of one's own that asks for nothing
        lacks = (WORDS.lack("few-days", days=length, least=LEAST_DAYS),)
    remarks = [WORDS.reason("days-counted", first=str(first), last=str(last), days=length, absent=absent)]
    if without and not any(each.own for each in rows):
        lacks = (*lacks, WORDS.lack("no-own"))
    period = request.project
    if period is not None and not (period.start <= first and last <= period.end):
        lacks = (*lacks, WORDS.lack("days-outside", first=str(first), last=str(last)))
    by_day = [sum(each.count for each in rows if each.day == first + timedelta(at)) for at in range(min(length, 400))]
    remarks += [WORDS.reason(f"anomaly-{each}") for each in node.anomalies(by_day)]
    part = Part("", value, value, value, length, float(length), lacks, invalid=view.invalid)
    outcome = every([part], request, "/d", WORDS.text("method-days"))
    return replace(outcome, remarks=tuple(remarks), effort={"duration": Quantity(Fraction(length), "d")})


def share(view: Node, request: Request) -> Outcome:
    """The share of the drawn identifiers that resolved before witnesses, by its finite-population bounds."""
    drawn = view.drawn
    if drawn is None or not drawn.counted:
        return Outcome(None, lacks=(WORDS.lack("no-sample"),), invalid=view.invalid)
    low = bounds(view.good, drawn.counted, drawn.population, request.risk_below / drawn.looks).lower
    high = bounds(view.good, drawn.counted, drawn.population, request.risk_above / drawn.looks).upper
    whole = drawn.population
    value = Fraction(view.good, drawn.counted)
    part = Part(
        "",
        value,
        Fraction(low, whole),
        Fraction(high, whole),
        drawn.counted,
        float(drawn.counted),
        invalid=view.invalid,
    )
    outcome = every([part], request, "1", WORDS.text("method-sample"), high_is_worse=False)
    return replace(outcome, effort=_effort(view))


def show(view: Node, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """The prefixes with what they gained, and how the sample was drawn."""
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in ("prefix", "first", "last", "well-formed")]
    rows = [(each.prefix, each.first, each.last, each.well_formed) for each in view.whole.prefixes[:5000]]
    listings = [Listing("prefixes", WORDS.text("prefixes"), columns, rows)] if rows else []
    figures = (draw_picture(view.drawn),) if view.drawn else ()
    return Shown(figures, (*listings, *([view.drawn.listing()] if view.drawn else [])))
