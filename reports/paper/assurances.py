# SPDX-License-Identifier: Apache-2.0
"""What was agreed beforehand and what an assessor looks for, on paper: plan, attempts, instruments, order 39, the four properties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import agreed
from reports.order39 import Item
from reports.paper.blocks import Block, Grid, Heading, Paragraph, Points
from reports.paper.sections import even
from reports.view import View
from reports.words import Words


def first(view: View, say: Words) -> Iterator[Block]:
    """On the first page: failed attempts before anything else, then who agreed what, who signed, and whose clock it is."""
    for each in view.agreed.failed:
        yield Paragraph(each, "alarm")
    yield Heading(say("agreed.title"), 2)
    yield Points(view.agreed.first)


def annexes(view: View, say: Words) -> Iterator[Block]:
    """Each page that an assessor wants, from the bundle alone."""
    found = view.agreed
    yield Heading(say("annex.plan"), 2)
    yield Points([*found.plan, *found.attempts])
    yield Heading(say("annex.deviations"), 3)
    yield Points(found.deviations) if found.deviations else Paragraph(say("course.none"))
    yield Heading(say("annex.instruments"), 2)
    yield from _grid(found.instruments, say("instrument.none"))
    if found.checks:
        yield Points(found.checks)
    for key, items in (("order39", found.order39), ("sixing", found.sixing)):
        yield Heading(say(f"annex.{key}"), 2)
        yield _items(items, say)
    yield Paragraph(say("order39.note"), "small")
    yield Heading(say("annex.environment"), 2)
    yield Grid((), found.environment, (0.24, 0.76))
    yield Paragraph(say("environment.note"), "small")
    yield Heading(say("annex.mapping"), 2)
    yield from _grid(found.mapping, say("none"))
    yield Heading(say("annex.completion"), 2)
    yield from _grid(found.completion, say("none"))
    yield Paragraph(say("completion.note"), "small")
    yield Heading(say("annex.papers"), 2)
    yield from _grid(found.papers, say("attest.none"))


def _grid(found: agreed.Grid, empty: str) -> Iterator[Block]:
    yield even(found.heads, found.rows) if found.rows else Paragraph(empty)


def _items(items: Sequence[Item], say: Words) -> Grid:
    head = [say(f"items.{each}") for each in ("title", "state", "evidence")]
    return Grid(head, [(each.title, each.word, each.evidence) for each in items], (0.4, 0.14, 0.46))
