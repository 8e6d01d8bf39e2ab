# SPDX-License-Identifier: Apache-2.0
"""register.accepted and register.attested: counts over the union of all registers, with the reason of every other row.

A census has no sampling error. The value is what is exactly distinct; PASS needs the clusters of near-copies (the lower
bound), FAIL everything that may still turn out to count (the upper one). What a person has to look at is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.kit.figures import Table
from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, every
from harness.model import Outcome
from harness.plugins import Request, Shown
from harness.quantity import Limit
from probes.register.measurands.items import Item
from probes.register.measurands.settled import Settled, flagged
from probes.register.traces.words import WORDS

_PLACES = {"wuhan"}
_SHOWN = 100
"""Row numbers named beside one reason."""
_COLUMNS = (
    "register", "row", "line", "name", "uscc", "wuhan", "category", "documents", "sha256", "reasons", "flags",
)  # fmt: skip


def count(view: Settled, request: Request) -> Outcome:
    """How many rows count; ``where: wuhan`` counts those of Wuhan. The unit is the limit's own counting word."""
    where = str(request.parameter("where", ""))
    if where and where not in _PLACES:
        return Outcome(None, lacks=(WORDS.lack("unknown-place", place=where),))
    return counted(view, request, lambda item: item.entry.wuhan or not where)


def industries(view: Settled, request: Request) -> Outcome:
    """In how many of the named industries (``of: [水利, 农业, 电力]``) an accepted statement says the technology is used."""
    wanted = _wanted(request)
    if not wanted:
        return Outcome(None, lacks=(WORDS.lack("no-register"),))
    if not view.registers and not view.invalid:
        return Outcome(None, lacks=view.lacks)
    sure = len(covered(view.good, wanted))
    most = len(covered([*view.good, *view.undecided], wanted))
    return concluded(view, request, sure, sure, most)


def counted(view: Settled, request: Request, wanted: Callable[[Item], bool]) -> Outcome:
    """The wanted rows: value exactly distinct, lower bound the clusters of near-copies, upper bound with what is open."""
    if not view.registers and not view.invalid:
        return Outcome(None, lacks=view.lacks)
    found, items = view.padding(wanted)
    most = found.exact + sum(map(wanted, view.undecided))
    outcome = concluded(view, request, found.clustered, found.exact, most)
    pairs = [[where(items[at]) for at in group] for group in found.groups]
    if not pairs:
        return outcome
    told = WORDS.reason("near-copies", exact=found.exact, clustered=found.clustered, rows=[", ".join(p) for p in pairs])
    return replace(outcome, remarks=(*outcome.remarks, told))


def concluded(view: Settled, request: Request, least: int, value: int, most: int) -> Outcome:
    """The outcome of a census with what a reader has to be told; what near-copies or doubts leave open is a lack."""
    rows = sum(not each.entry.no_item for each in view.items)
    bad, waiting = sum(not each.entry.no_item for each in view.bad), len(view.undecided)
    remarks = [WORDS.reason("rejected", rows=rows, accepted=rows - bad - waiting, rejected=bad), *view.remarks]
    if flagged(view.items):
        remarks.append(WORDS.reason("flagged", count=flagged(view.items)))
    lacks = list(view.lacks)
    if waiting:
        remarks.append(WORDS.reason("waiting", count=waiting))
    limit = request.limit
    if limit is not None and not _holds(limit, least) and _holds(limit, most):
        lacks.append(WORDS.lack("left-open", least=least, most=most))
    told = {"rows": rows, "rejected": bad, "undecided": waiting, "clusters": least}
    part = Part("", value, least, most, rows, float(rows), tuple(lacks), invalid=view.invalid, diagnostics=told)
    outcome = every([part], request, _unit(view, request), WORDS.text("method-census"))
    return replace(outcome, remarks=tuple(remarks), effort={"items": rows})


def _holds(limit: Limit, number: int) -> bool:
    return limit.conforms(number)


def where(item: Item) -> str:
    """The row's number, with its register where there are several files."""
    return f"{item.entry.register.rpartition('/')[2]}:{item.entry.number}"


def show(view: Settled, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Why rows do not count, every row that counts and every one that does not."""
    place = str(request.parameter("where", ""))
    listings = [
        _rows("accepted", [each for each in view.good if each.entry.wuhan or not place]),
        _rows("rejected", view.bad),
    ]
    if view.undecided:
        listings.append(_rows("undecided", view.undecided))
    if place:
        listings.append(_rows("elsewhere", [each for each in view.good if not each.entry.wuhan]))
    copied, items = view.padding(lambda _: True)
    if copied.groups:
        listings.append(_rows("copies", [items[at] for group in copied.groups for at in group]))
    wanted = _wanted(request)
    if wanted:
        found = [(each,) for each in covered(view.good, wanted)]
        listings.append(Listing("industries", WORDS.text("industries"), [_column("category")], found))
    return Shown((_reasons(view.bad),) if view.bad else (), tuple(listings))


def _wanted(request: Request) -> list[str]:
    return [str(each) for each in request.parameter("of", ())]


def covered(items: Sequence[Item], wanted: Sequence[str]) -> list[str]:
    """Which of the wanted words the categories of the items name."""
    return [each for each in wanted if any(each in item.entry.category for item in items)]


def _unit(view: Settled, request: Request) -> str:
    if request.limit is not None:
        return request.limit.quantity.unit
    return "个" if any(each.application for each in view.items) else "家"


def _column(key: str) -> Column:
    return Column(key, WORDS.text(f"column-{key}"))


def _rows(key: str, items: Sequence[Item]) -> Listing:
    title = WORDS.text({"rejected": "rejected-rows"}.get(key, key))
    return Listing(key, title, [_column(each) for each in _COLUMNS], [_row(each) for each in items])


def _row(item: Item) -> tuple[Cell, ...]:
    entry = item.entry
    names, digests = [each.name for each in entry.documents], [each.found for each in entry.documents]
    place = (entry.register, entry.number, entry.line)
    told = (*item.faults, *item.doubts)
    return (*place, item.name, entry.code, entry.wuhan, entry.category, names, digests, told, item.flags)


def _reasons(rejected: Sequence[Item]) -> Table:
    """For each reason how many rows it struck out, and which."""
    found: dict[str, list[str]] = {}
    for item in rejected:
        for what in dict.fromkeys(each.code.partition(".")[2] for each in item.faults):
            found.setdefault(what, []).append(str(item.entry.number))
    rows = [
        (WORDS.text(f"brief-{what}"), len(which), ", ".join(which[:_SHOWN])) for what, which in sorted(found.items())
    ]
    columns = [WORDS.text(f"column-{each}") for each in ("reasons", "count", "rows")]
    return Table(WORDS.text("why"), columns, rows)
