# SPDX-License-Identifier: Apache-2.0
"""immersive.live: how many points work, as visits of a real browser prove it; immersive.interactive: how soon their pages can be used.

A point counts when every visit to it went well. Points that give the same contents are one point under several addresses:
clusters of near-copies, as in the register. Where a register stands beside the visits, a point has to be registered.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from harness.kit import estimates
from harness.kit.copies import copies, wording
from harness.kit.figures import Ecdf
from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import About, Lack, Outcome, Reason, Side, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from harness.stats.quantile import Sample
from probes.immersive.digests.visits import Visit, Visits, interactive
from probes.immersive.traces.points import Points
from probes.immersive.traces.words import VISITS

_COLUMNS = ("point", "kind", "reasons", "visits", "good", "interactive_ms", "renderer")
_QUIET = "5 s"


@dataclass(frozen=True, slots=True)
class Place:
    """A point with its visits in order."""

    name: str
    visits: tuple[Visit, ...]
    strange: bool = False
    """Whether a register stands beside the visits that does not have it."""

    @property
    def faults(self) -> tuple[Reason, ...]:
        """What went wrong in any visit, each once."""
        found = {(why.code, why.text): why for each in self.visits for why in each.faults}
        unknown = (VISITS.reason("unregistered"),) if self.strange else ()
        return (*unknown, *found.values())

    @property
    def doubts(self) -> tuple[Reason, ...]:
        """What could not be told in any visit, each once."""
        return tuple({why.code: why for each in self.visits for why in each.doubts}.values())

    @property
    def counts(self) -> bool:
        """Every visit went well."""
        return not self.faults and not self.doubts


@dataclass(frozen=True, slots=True)
class View:
    """Every visited point, and what a reader has to be told."""

    places: tuple[Place, ...]
    damaged: int
    remarks: tuple[Reason, ...]


def view(inputs: Sequence[Input], _: Ask) -> View:
    """The visits of all sources by point."""
    whole = reduce(Visits.merge, (each.summary for each in inputs if isinstance(each.summary, Visits)), Visits())
    registers = [each.summary for each in inputs if isinstance(each.summary, Points)]
    listed = {wording(row.name) for each in registers for row in each.rows}
    by_name: dict[str, list[Visit]] = {}
    for each in whole.visits:
        by_name.setdefault(each.point, []).append(each)
    places = [
        Place(name, tuple(found), bool(registers) and wording(name) not in listed)
        for name, found in sorted(by_name.items())
    ]
    told = [VISITS.reason("browser", browsers=whole.browsers)] if whole.browsers else []
    if whole.elsewhere:
        told.append(VISITS.reason("recorded"))
    if whole.damaged:
        told.append(VISITS.reason("damaged", count=whole.damaged))
    for code in ("local", "foreign", "console"):
        alike: dict[Text, list[str]] = {}
        for place in places:
            reason = next((why for each in place.visits for why in each.told if why.code == f"visits.{code}"), None)
            if reason is not None:
                alike.setdefault(reason.text, []).append(place.name)
        told += [VISITS.reason("point", name=names, why=text) for text, names in alike.items()]
    return View(tuple(places), whole.damaged, tuple(told))


def count(found: View, request: Request) -> Outcome:
    """How many points work: value exactly distinct, lower bound the clusters of near-copies, upper one with what is open."""
    if not found.places:
        return Outcome(None, lacks=(VISITS.lack("nobody", Side.BOTH),), remarks=found.remarks)
    good = [each for each in found.places if each.counts]
    copied = copies([_near(each) for each in good])
    waiting = sum(not each.faults and bool(each.doubts) for each in found.places)
    lacks: list[Lack] = [VISITS.lack("damaged", count=found.damaged)] if found.damaged else []
    most = copied.exact + waiting
    if request.limit is not None and not request.limit.conforms(copied.clustered) and request.limit.conforms(most):
        lacks.append(VISITS.lack("left-open", least=copied.clustered, most=most))
    wanted = max(1, int(request.limit.quantity.value)) if request.limit is not None else 1
    often = sorted((len(each.visits) for each in good), reverse=True)
    trials = often[min(wanted, len(often)) - 1] if often else min(len(each.visits) for each in found.places)
    rows = len(found.places)
    told = {
        "points": rows,
        "rejected": sum(bool(each.faults) for each in found.places),
        "undecided": waiting,
        "clusters": copied.clustered,
    }
    part = Part("", copied.exact, copied.clustered, most, rows, float(rows), tuple(lacks), diagnostics=told,
                effort={"trials": trials, "items": rows})  # fmt: skip
    remarks = list(found.remarks)
    if copied.groups:
        groups = ["、".join(good[at].name for at in group) for group in copied.groups]
        remarks.append(VISITS.reason("near-copies", exact=copied.exact, clustered=copied.clustered, groups=groups))
    remarks += [
        VISITS.reason("point", name=each.name, why=why.text)
        for each in found.places
        for why in (*each.faults, *each.doubts)
    ]
    unit = request.limit.quantity.unit if request.limit is not None else "个"
    return replace(every([part], request, unit, VISITS.text("method-count")), remarks=tuple(remarks))


def quantile(found: View, request: Request) -> Outcome:
    """The q-quantile of the time to interactive, ms, of each point; a visit that never became so is the slowest.

    Of the window it is the quantile of the visits that were made, of the process the one with bounds of order statistics.
    """
    q, quiet = request.share("q", "95 %"), float(Quantity.parse(str(request.parameter("quiet", _QUIET))).to("ms"))

    def part(place: Place) -> Part:
        times = [interactive(each, quiet) for each in place.visits]
        known = sorted(each for each in times if each is not None)
        n, lost = len(times), len(times) - len(known)
        effort = {"trials": n}
        if request.about is not About.WINDOW:
            sample = Sample(known, lost)
            made = estimates.quantile(sample, q, request, place.name)
            finite = made.value is not None and math.isfinite(made.value)
            return replace(made, effort=effort) if finite else _never(place, lost, n)
        rank = math.ceil(q * n)
        if rank > len(known):
            return _never(place, lost, n)
        value = known[rank - 1]
        return Part(place.name, value, value, value, n, float(n), effort=effort)

    parts = [part(each) for each in found.places]
    if not parts:
        return Outcome(None, lacks=(VISITS.lack("nobody", Side.BOTH),), remarks=found.remarks)
    if found.damaged:
        parts.append(absent("", VISITS.lack("damaged", count=found.damaged)))
    outcome = every(parts, request, "ms", VISITS.text("method-quantile", q=q * 100))
    return replace(outcome, remarks=(*found.remarks, *outcome.remarks))


def show(found: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every point with what went wrong, and how soon pages could be used."""
    quiet = float(Quantity.parse(str(request.parameter("quiet", _QUIET))).to("ms"))
    columns = [
        Column(each, VISITS.text(f"column-{each.replace('_', '-')}"), "ms" if each.endswith("_ms") else "")
        for each in _COLUMNS
    ]
    listing = Listing("visits", VISITS.text("visits"), columns, [_row(each, quiet) for each in found.places])
    times = sorted(
        time for place in found.places for each in place.visits if (time := interactive(each, quiet)) is not None
    )
    n = sum(len(each.visits) for each in found.places)
    shares = [(at + 1) / n for at in range(len(times))]
    figures = (Ecdf(VISITS.text("figure-interactive"), "ms", times, shares),) if times else ()
    return Shown(figures, (listing,) if found.places else ())


def _row(place: Place, quiet: float) -> Mapping[str, Cell]:
    times = [each for each in (interactive(visit, quiet) for visit in place.visits) if each is not None]
    renderers = sorted({each.drawn_by for each in place.visits if each.renderer})
    return {
        "point": place.name,
        "kind": place.visits[0].kind,
        "visits": len(place.visits),
        "good": sum(not each.faults and not each.doubts for each in place.visits),
        "interactive_ms": max(times, default=None),
        "renderer": renderers,
        "reasons": [*place.faults, *place.doubts],
    }


def _near(place: Place) -> list[tuple[str, str]]:
    """What two addresses of one point share: everything that they give."""
    return sorted({("scene", each.scene) for each in place.visits if each.scene})


def _never(place: Place, lost: int, n: int) -> Part:
    part = absent(place.name, VISITS.lack("never-interactive", Side.BOTH, count=lost, of=n))
    return replace(part, effort={"trials": n})
