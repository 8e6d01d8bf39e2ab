# SPDX-License-Identifier: Apache-2.0
"""复验报告: what the latest attempt changed, which report it replaces, and that the first result is kept (ISO/IEC 17025 7.8.8)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import UsageError
from reports.paper import sections
from reports.paper.blocks import Block, Grid, Heading, Paragraph, Points
from reports.view import View
from reports.words import Words


def body(shown: View, say: Words) -> Iterator[Block]:
    """The blocks; UsageError where the bundle holds one attempt, which replaces nothing."""
    if not shown.replaced:
        raise UsageError(
            "The bundle holds one attempt: there is no report that a re-test would replace.",
            cure="use the layout yanshou; a re-test is run into the same bundle.",
        )
    yield sections.tile(shown, say)
    yield from sections.warnings(shown, say)
    latest = shown.replaced[-1]
    yield Heading(say("fuyan.1-replaces"))
    yield Paragraph(say("fuyan.replaces", number=shown.number, replaced=latest.report), "strong")
    head = [say(f"fuyan.{each}") for each in ("report", "verdict", "results", "seal")]
    rows = [(each.report, each.word, _digest(each.results, say), _digest(each.seal, say)) for each in shown.replaced]
    yield Grid(head, rows, (0.22, 0.14, 0.32, 0.32), size=8.0)
    yield Paragraph(say("fuyan.kept"), "small")
    yield Heading(say("fuyan.2-corrected"))
    yield Points(shown.corrected) if shown.corrected else Paragraph(say("fuyan.nothing-said"), "alarm")
    yield Heading(say("fuyan.3-comparison"))
    head = [say("overview.number"), say("paper.item"), say("limit"),
            *(say("fuyan.attempt", number=each.number) for each in shown.replaced), say("fuyan.now"), say("paper.reached")]  # fmt: skip
    yield Grid(head, list(_rows(shown, say)), _widths(len(shown.replaced)), size=9.0)
    yield Paragraph(say("fuyan.once-failed"), "small")
    yield Heading(say("fuyan.4-details"))
    for each in shown.indicators:
        if any(one.words.get(each.id, "") != each.word for one in shown.replaced) or each.verdict != "PASS":
            yield from sections.indicator(each, shown, say)
    yield Heading(say("fuyan.5-method"))
    yield from sections.rules(shown, say)
    yield from sections.course(shown, say)
    yield Heading(say("fuyan.6-conclusion"))  # so that signatures never stand alone on a page
    yield Paragraph(f"{shown.word}{say('colon')}{shown.meaning}", "strong")
    roles = [(say(f"sign.{each}"), "", say("sign.date"), "") for each in ("prepared", "checked", "approved")]
    yield Grid((), roles, (0.22, 0.33, 0.15, 0.3), form=True)


def _rows(shown: View, say: Words) -> Iterator[tuple[str, ...]]:
    for each in shown.indicators:
        before = [one.words.get(each.id, say("none")) for one in shown.replaced]
        yield (str(each.number), each.title, each.limit or say("no-limit"), *before, each.word, sections.result(each.result, say))  # fmt: skip


def _widths(formers: int) -> tuple[float, ...]:
    each = 0.12 if formers < 3 else 0.33 / formers
    rest = 1 - 0.07 - each * (formers + 1)
    return (0.07, rest * 0.36, rest * 0.32, *[each] * (formers + 1), rest * 0.32)


def _digest(digest: str, say: Words) -> str:
    """In three lines, so that none breaks in whatever font a reader's program puts in the place of ours."""
    return "\n".join(digest[at : at + 22] for at in range(0, 64, 22)) if digest else say("none")
