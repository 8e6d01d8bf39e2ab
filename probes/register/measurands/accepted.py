# SPDX-License-Identifier: Apache-2.0
"""register.accepted and register.attested: exact counts over the union of all registers, with the reason of every other row.

A census has no sampling error: lower and upper bound equal the value. What a person has to look at is listed, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.kit.estimates import census
from harness.kit.figures import Table
from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import every
from harness.model import Outcome
from harness.plugins import Request, Shown
from probes.register.measurands.settled import Item, Settled
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
    return _counted(view, sum(_counts(each, where) for each in view.good), request)


def industries(view: Settled, request: Request) -> Outcome:
    """In how many of the named industries (``of: [水利, 农业, 电力]``) an accepted statement says the technology is used."""
    wanted = _wanted(request)
    if not wanted:
        return Outcome(None, lacks=(WORDS.lack("no-register"),))
    return _counted(view, len(_attested(view, wanted)), request)


def show(view: Settled, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Why rows do not count, every row that counts and every one that does not."""
    where = str(request.parameter("where", ""))
    listings = [
        _rows("accepted", [each for each in view.good if _counts(each, where)]),
        _rows("rejected", view.bad),
    ]
    if where:
        listings.append(_rows("elsewhere", [each for each in view.good if not each.entry.wuhan]))
    wanted = _wanted(request)
    if wanted:
        found = [(each,) for each in _attested(view, wanted)]
        listings.append(Listing("industries", WORDS.text("industries"), [_column("category")], found))
    return Shown((_reasons(view.bad),) if view.bad else (), tuple(listings))


def _counts(item: Item, where: str) -> bool:
    return item.entry.wuhan or not where


def _wanted(request: Request) -> list[str]:
    return [str(each) for each in request.parameter("of", ())]


def _attested(view: Settled, wanted: Sequence[str]) -> list[str]:
    return [each for each in wanted if any(each in item.entry.category for item in view.good)]


def _counted(view: Settled, found: int, request: Request) -> Outcome:
    if not view.registers and not view.invalid:
        return Outcome(None, lacks=view.lacks)
    rows, bad = len(view.items), len(view.bad)
    flagged = sum(bool(each.flags) for each in view.items)
    remarks = [WORDS.reason("rejected", rows=rows, accepted=rows - bad, rejected=bad), *view.remarks]
    if flagged:
        remarks.append(WORDS.reason("flagged", count=flagged))
    told = {"rows": rows, "rejected": bad}
    part = replace(census(found, rows), lacks=view.lacks, invalid=view.invalid, diagnostics=told)
    outcome = every([part], request, _unit(view, request), WORDS.text("method-census"))
    return replace(outcome, remarks=tuple(remarks))


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
    where = (entry.register, entry.number, entry.line)
    return (*where, item.name, entry.code, entry.wuhan, entry.category, names, digests, item.faults, item.flags)


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
