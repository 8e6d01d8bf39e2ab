# SPDX-License-Identifier: Apache-2.0
"""How each kind of row counts: terminals by number and level, components by owner and right, catalogues by name and content.

One record of :class:`~probes.register.measurands.settled.Rules` a kind; what is alike, the audit of rows, is settled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from harness.kit.census import Mark
from harness.kit.copies import folded, gist, wording
from harness.model import Outcome, Reason
from harness.plugins import Ask, Input, Request
from probes.register.digests.audit import Audit, Entry, Sheet
from probes.register.measurands.accepted import concluded, counted, covered
from probes.register.measurands.items import Item
from probes.register.measurands.settled import (
    APPLICATIONS,
    ORGANISATIONS,
    Rules,
    Settled,
    needs_papers,
    settle,
)
from probes.register.traces import rights, vin
from probes.register.traces.columns import applications, kinds
from probes.register.traces.words import WORDS

LEAST_LEVEL = 3
_ONLY_CONTENT = {"register.duplicate-content", "register.duplicate-document"}


def _number(entry: Entry) -> str:
    return vin.normalise(entry.said.get("vin", "")) or vin.normalise(entry.said.get("serial", ""))


def _terminal_faults(entry: Entry) -> Iterator[Reason]:
    number = vin.normalise(entry.said.get("vin", ""))
    for each in vin.defects(number) if number else ():
        yield WORDS.reason(f"vin-{each}", vin=number, length=len(number))
    level = vin.level(entry.said.get("level", ""))
    if level is None:
        yield WORDS.reason("level-unknown", level=entry.said.get("level", "") or "—")
    elif level < LEAST_LEVEL:
        yield WORDS.reason("level-low", level=level)
    if "chip" in entry.said and not entry.said["chip"].strip():
        yield WORDS.reason("chip-missing")


def _terminal_marks(item: Item) -> list[Mark]:
    """A vehicle and a terminal count once, each by its own number."""
    said = item.entry.said
    given = {"duplicate-vin": said.get("vin", ""), "duplicate-serial": said.get("serial", "")}
    return [(kind, vin.normalise(number)) for kind, number in given.items() if number]


def _terminal_needs(sheet: Sheet, dated: bool) -> Iterator[str]:
    yield from (each for each in needs_papers(sheet, dated) if each != "no-date-column")
    if "level" not in sheet.fields:
        yield "no-level-column"
    if "chip" not in sheet.fields:
        yield "no-chip-column"
    if not {"vin", "serial"} & set(sheet.fields):
        yield "no-number-column"


def _component_name(entry: Entry) -> str:
    return " ".join(entry.said.get("component", "").split()) or entry.names["application"]


def _component_faults(entry: Entry) -> Iterator[Reason]:
    if entry.ours is False:
        yield WORDS.reason("owner-foreign", code=entry.code or "—")
    number = rights.normalise(entry.said.get("right", ""))
    problem = rights.problem(number) if number else "missing"
    if problem:
        yield WORDS.reason(f"right-{problem}", right=number or "—")


def _component_needs(sheet: Sheet, dated: bool) -> Iterator[str]:
    yield from (each for each in needs_papers(sheet, dated) if each != "no-date-column")
    if "uscc" not in sheet.fields:
        yield "no-code-column"
    if "right" not in sheet.fields:
        yield "no-right-column"


def _content(item: Item) -> list[str]:
    """What is delivered, by digest: the stated one, else the files themselves."""
    said = item.entry.said.get("content", "").strip().lower()
    return [said] if said else [each.found for each in item.entry.documents if each.found]


def _catalogue_faults(entry: Entry) -> Iterator[Reason]:
    if "interface" in entry.said and not entry.said["interface"]:
        yield WORDS.reason("interface-missing")


def _catalogue_needs(sheet: Sheet, dated: bool) -> Iterator[str]:
    yield from (each for each in needs_papers(sheet, dated) if each != "no-date-column")
    if "interface" not in sheet.fields:
        yield "no-interface-column"


def _point_faults(entry: Entry) -> Iterator[Reason]:
    if not entry.address:
        yield WORDS.reason("place-missing")
    if len(entry.documents) < 2:
        yield WORDS.reason("photo-and-log")


def _point_needs(sheet: Sheet, dated: bool) -> Iterator[str]:
    yield from needs_papers(sheet, dated)
    if "address" not in sheet.fields:
        yield "no-place-column"


TERMINALS = Rules(_number, _terminal_faults, _terminal_marks, lambda _: [], _terminal_needs, application=True)
COMPONENTS = Rules(
    _component_name,
    _component_faults,
    lambda item: [("duplicate-name", folded(item.name))],
    lambda item: [("wording", wording(item.name))],
    _component_needs,
    application=True,
)
CATALOGUE = Rules(
    APPLICATIONS.name,
    _catalogue_faults,
    lambda item: [("duplicate-name", folded(item.name)), *(("duplicate-content", each) for each in _content(item))],
    lambda item: [("gist", gist(item.name))],
    _catalogue_needs,
    application=True,
)
POINTS = replace(APPLICATIONS, faults=_point_faults, needed=_point_needs)
RULES: Mapping[str, Rules] = {
    "organisations": ORGANISATIONS,
    "applications": APPLICATIONS,
    "terminals": TERMINALS,
    "components": COMPONENTS,
    "catalogue": CATALOGUE,
    "points": POINTS,
}


def rules_of(sheet: Sheet, rows: str, unit: str) -> Rules:
    """By which rules a register's rows are looked at where no indicator asks: as told, else by its columns."""
    if rows:
        return RULES[rows]
    if "level" in sheet.fields and {"vin", "serial"} & set(sheet.fields):
        return TERMINALS
    if "component" in sheet.fields and "right" in sheet.fields:
        return COMPONENTS
    return APPLICATIONS if applications(kinds(sheet.fields), sheet.counted, unit) else ORGANISATIONS


def _view(rules: Rules) -> Callable[[Sequence[Input], Ask], Settled]:
    def view(inputs: Sequence[Input], ask: Ask) -> Settled:  # noqa: ARG001 - what every view is given
        whole = reduce(Audit.merge, (each.summary for each in inputs), Audit())
        return settle(whole, {each.label: rules for each in whole.sheets})

    return view


terminals, components, catalogue, points = map(_view, (TERMINALS, COMPONENTS, CATALOGUE, POINTS))
mechanisms = _view(APPLICATIONS)


def count(view: Settled, request: Request) -> Outcome:
    """How many rows count."""
    return counted(view, request, lambda _: True)


def distinct(view: Settled, request: Request) -> Outcome:
    """How many entries of a catalogue are distinct: by name and content (``by: name-and-hash``), or by name alone."""
    if str(request.parameter("by", "name-and-hash")) != "name":
        return count(view, request)
    return counted(_by_name(view), request, lambda _: True)


def _by_name(view: Settled) -> Settled:
    """The rows with those back in that were struck out for their content alone."""
    items = [
        replace(each, faults=()) if each.faults and {why.code for why in each.faults} <= _ONLY_CONTENT else each
        for each in view.items
    ]
    return replace(view, items=tuple(items))


def cover(view: Settled, request: Request) -> Outcome:
    """How many of the named conditions (``of: [特殊天气, …]``) accepted rows cover; a row may cover several."""
    wanted = [str(each) for each in request.parameter("of", ())]
    if not wanted or (not view.registers and not view.invalid):
        return Outcome(None, lacks=view.lacks or (WORDS.lack("no-register"),))
    if not any("category" in each.fields for each in view.sheets):
        view = replace(view, lacks=(*view.lacks, WORDS.lack("no-category-column")))
    sure = len(covered(view.good, wanted))
    return concluded(view, request, sure, sure, len(covered([*view.good, *view.undecided], wanted)))
