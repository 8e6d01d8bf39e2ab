# SPDX-License-Identifier: Apache-2.0
"""Parts that several papers share: particulars, the comparison of indicators, one indicator in full, evidence, signatures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from reports.census import census
from reports.charts import chart, interval, table
from reports.indicator import IndicatorView, OtherVerdict
from reports.listing import Listing
from reports.notes import Note
from reports.paper.blocks import Block, Chart, Grid, Heading, Paragraph, Points, Tile
from reports.printed import Printed
from reports.view import View
from reports.words import Words

_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_LINE = 92
"""Halves of an em that a line of a table holds at its usual size."""
_SMALLEST = 6.5
"""Letters of a table that can still be read on paper, pt."""
_BLANK = {"", "\N{EM DASH}"}
_DIGEST = re.compile(r"\b([0-9a-f]{32})([0-9a-f]{32})\b")
NBSP = "\N{NO-BREAK SPACE}"
SHORT = 8
"""Rows of a list that stand with their indicator; a longer one is printed in the annex."""
LONGEST = 100
"""Rows of a list that a paper prints; the bundle has all of them, and so it says."""


def particulars(view: View) -> Grid:
    """Who, what, where, when."""
    return Grid((), [(each.label, each.value) for each in view.facts], (0.24, 0.76))


def tile(view: View, say: Words) -> Tile:
    """The verdict of the scenario."""
    return Tile(say("overall"), view.word, view.meaning, view.verdict, view.watermark)


def warnings(view: View, say: Words, *, brief: bool = False) -> Iterator[Block]:
    """What keeps the paper from being ground for acceptance, before anything else is read; ``brief``: without the list of sources."""
    if view.simulated:
        told = say("simulated.brief", count=len(view.simulated))
        if not brief:
            told = f"{say('simulated.banner')} {say('separator').join(view.sources)}"
        yield Paragraph(f"{say('simulated.label')}{say('colon')}{told}", "alarm")
    if view.practice:
        yield Paragraph(f"{say('practice.label')}{say('colon')}{say('practice.banner')}", "alarm")
    if not view.law.published:
        yield Paragraph(f"{say('law.label')}{say('colon')}{view.law.text}", "alarm")


def comparison(view: View, say: Words, *, brief: bool = False) -> Grid:
    """指标完成情况对照表: what the task says, what was reached, how complete, and where the evidence is.

    ``brief``: mandatory indicators alone, without the words of their clauses.
    """
    head = [say(f"paper.{each}") for each in ("asked", "reached", "completion", "state", "evidence")]
    rows = [
        (
            f"{each.number}. "
            + ("" if brief else f"{each.clause}\n")
            + f"{each.title}{say('bracket', text=each.limit.replace(' ', NBSP) or say('no-limit'))}",
            result(each.result, say),
            completion(each, say),
            each.word,
            evidence_numbers(each, say),
        )
        for each in view.indicators
        if each.mandatory or not brief
    ]
    return Grid(head, rows, (0.32, 0.22, 0.15, 0.15, 0.16), size=8.5 if brief else 9.0)


def result(printed: Printed, say: Words) -> str:
    """The value and, below it, its bounds."""
    if not printed.value:
        return say("no-value")
    return f"{printed.value}\n{printed.bounds}" if printed.bounds and not printed.exact else printed.value


def completion(each: IndicatorView, say: Words) -> str:
    """Value over limit (limit over value where less is better), and what of it is proven; nothing where it has no meaning."""
    numbers = each.numbers
    if numbers is None or numbers.limit is None or numbers.op == "==" or numbers.limit <= 0:
        return say("none")
    less = numbers.op in {"<=", "<"}
    worst = numbers.upper if less else numbers.lower
    shares = [_share(value, numbers.limit, less=less) for value in (numbers.value, worst)]
    if shares[0] is None:
        return say("none")
    proven = say("none") if shares[1] is None else _per_cent(shares[1])
    return f"{_per_cent(shares[0])}\n{say('paper.proven', share=proven)}"


_MOST = 9.99
"""Shares above that are no better: what has nothing of what was to be kept small has no finite one."""


def _share(value: float | None, limit: float, *, less: bool) -> float | None:
    if value is None or (less and value <= 0):
        return None if value is None else math.inf
    return limit / value if less else value / limit


def _per_cent(share: float) -> str:
    """Rounded down, so that 99.97 % never reads as done."""
    return f"> {100 * _MOST:.0f}{NBSP}%" if share > _MOST else f"{math.floor(share * 1000 + 1e-9) / 10:g}{NBSP}%"


def evidence_numbers(each: IndicatorView, say: Words) -> str:
    """The numbers of the files in the annex."""
    if not each.files:
        return say("none")
    first, last = f"{each.number}-1", f"{each.number}-{len(each.files)}"
    return first if first == last else f"{first} … {last}"


def indicator(each: IndicatorView, view: View, say: Words) -> Iterator[Block]:
    """One indicator: clause, reading, verdict and reasons, pictures, other readings, budget, lists."""
    kinds = [each.kind_word, say("mandatory") if each.mandatory else say("informative")]
    kinds += [say("simulated")] if each.simulated else []
    kinds += [say("practice")] if each.practice else []
    yield Heading(f"{each.number}. {each.title}", 2)
    yield Paragraph(f"{each.clause}\n{each.source}", "quote")
    yield Grid((), _figures(each, kinds, say), (0.24, 0.76))
    drawn = interval(each, view.lang, f"v{each.number}")
    if drawn is not None:
        yield _chart(str(drawn), say("paper.interval"))
    counted = census(each, view.lang, f"n{each.number}")
    if counted is not None:
        yield _chart(str(counted), say("paper.census"))
    if each.weaker:
        yield Paragraph(" ".join(each.weaker), "alarm")
    for texts, heading in ((each.reasons, "reasons"), (each.need, "need"), (each.remarks, "remarks")):
        if texts:
            yield Heading(say(heading), 3)
            yield Points(texts)
    if each.verdict == "NOT_TESTED" and each.wanted:
        yield Heading(say("evidence.needed"), 3)
        yield Points(each.wanted)
    yield from _grids(each, say)
    yield from _pictures(each, view, say)


def _figures(each: IndicatorView, kinds: Sequence[str], say: Words) -> list[tuple[str, str]]:
    found = each.result
    rows = [
        (say("verdict"), f"{each.word}{say('colon')}{each.speaks}"),
        (say("value") if each.kind == "measured" else say("value.audited"), result(found, say)),
        (say("limit"), each.limit or say("no-limit")),
        (say("overview.kind"), say("separator").join(kinds)),
        (
            say("reading"),
            f"{each.reading}{say('bracket', text=say('reading.chosen') if each.chosen else say('reading.default'))}",
        ),
        (say("reading.why"), each.why),
        (say("method"), found.method),
        (say("allowance"), found.allowance),
        (say("samples"), found.samples),
        (say("samples.effective"), found.effective),
        (say("confidence"), "" if found.exact else found.confidence),
        (say("rule.name"), say(f"rule.name.{each.rule}") if each.limit else ""),
        (say("agreed"), each.agreed_by),
        (say("constants"), say("separator").join(f"{key} = {value}" for key, value in each.constants)),
        (say("settings"), say("separator").join(f"{key} = {value}" for key, value in each.settings)),
    ]
    return [row for row in rows if row[1]]


def _grids(each: IndicatorView, say: Words) -> Iterator[Block]:
    if each.effort:
        yield Heading(say("effort"), 3)
        head = [say(f"effort.{part}") for part in ("name", "asked", "found")]
        yield Grid(head, [(line.title, line.asked or say("none"), line.found) for line in each.effort], (0.4, 0.3, 0.3))
    for others, heading, note in ((each.others, "others", "others.note"), (each.variants, "variants", "variants.note")):
        if others:
            yield Heading(say(heading), 3)
            yield _others(others, say)
            yield Paragraph(say(note), "small")
    if each.budget:
        yield Heading(say("budget"), 3)
        head = [say(f"budget.{part}") for part in ("component", "type", "value")]
        yield Grid(head, [(line.component, line.type, line.value) for line in each.budget], (0.5, 0.25, 0.25))
    for at, listed in enumerate(each.listings, start=1):
        yield from _listing(listed, f"{each.number}-{at}", say)


def _others(others: Sequence[OtherVerdict], say: Words) -> Grid:
    head = [say(each) for each in ("others.reading", "limit", "overview.result", "verdict")]
    rows = [(each.title, each.limit or say("no-limit"), result(each.result, say), each.word) for each in others]
    return Grid(head, rows, (0.4, 0.18, 0.26, 0.16))


def _listing(listed: Listing, place: str, say: Words) -> Iterator[Block]:
    """A short list where it belongs; of a long one its number of rows and where it is printed."""
    yield Heading(listed.title, 3)
    if _is_short(listed):
        yield even(listed.columns, listed.rows)
    else:
        yield Paragraph(
            say("listing.annexed", count=len(listed.rows) + listed.more, place=say("listing.place", place=place))
        )


def _is_short(listed: Listing) -> bool:
    return not listed.more and len(listed.rows) <= SHORT


def lists(view: View, say: Words) -> Iterator[Block]:
    """The annex of long lists and tables, each under the number that its indicator names."""
    found = [each for one in view.indicators for each in _long(one, view, say)]
    if found:
        yield Heading(say("paper.lists"), 1)
    for title, heads, rows, more in found:
        yield Heading(title, 3)
        yield even(heads, rows[:LONGEST])
        left = more + max(0, len(rows) - LONGEST)
        if left:
            yield Paragraph(say("listing.more", count=left), "small")


_Long = tuple[str, Sequence[str], Sequence[Sequence[str]], int]


def _long(each: IndicatorView, view: View, say: Words) -> Iterator[_Long]:
    """Title, heads, rows and the count of those cut already, of what does not stand with its indicator."""
    for at, picture in enumerate(each.pictures, start=1):
        if picture.kind == "table":
            heads, rows, more = table(picture, view.lang)
            if len(rows) > SHORT:
                number = say("figure", number=f"{each.number}-{at}")
                yield f"{number} {each.title}{say('colon')}{picture.title}", heads, rows, more
    for at, one in enumerate(each.listings, start=1):
        if not _is_short(one):
            number = say("listing.place", place=f"{each.number}-{at}")
            yield f"{number} {each.title}{say('colon')}{one.title}", one.columns, one.rows, one.more


def even(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """Columns as wide as their words ask for; where the longest words together are too wide, the letters are smaller.

    Where they would be too small to be read, every row becomes a card of its own: head and value, one after the other.
    """
    whole = [[str(cell) for cell in row] for row in rows]
    rows = [[_DIGEST.sub("\\1\n\\2", cell) for cell in row] for row in whole]
    cells = [head, *rows]
    least = [max([6, *(_ems(word) for row in cells for word in _words(row[at]))]) + 2 for at in range(len(head))]
    if 9.5 * _LINE / sum(least) < _SMALLEST:
        return _cards(head, whole)
    wished = [max(least[at], min(28, max((_ems(row[at]) + 2 for row in cells), default=0))) for at in range(len(head))]
    size = max(7.0, min(9.5, 9.5 * _LINE / sum(wished)))
    size = min(size, 9.5 * _LINE / sum(least))
    spare = max(0.0, _LINE * 9.5 / size - sum(least))
    extra = [wish - low for wish, low in zip(wished, least, strict=True)]
    widths = [low + spare * more / (sum(extra) or 1) for low, more in zip(least, extra, strict=True)]
    return Grid(head, [tuple(row) for row in rows], [each / sum(widths) for each in widths], size=size)


def _cards(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    """A table too wide for paper, a row of it in each row: its number, then what it says under each head, one after the other."""
    said = [
        " \N{MIDDLE DOT} ".join(f"{title}: {cell}" for title, cell in zip(head, row, strict=True) if cell not in _BLANK)
        for row in rows
    ]
    return Grid((), [(str(at), text) for at, text in enumerate(said, start=1)], (0.07, 0.93), size=8.5)


def _words(text: object) -> list[str]:
    """The pieces that no line is broken in: Latin words and numbers; a Chinese character is a piece of its own."""
    return re.findall(r"[!-~\u00a1-\u2e7f]+|[^\s]", str(text))


def _ems(text: object) -> int:
    """Width in halves of an em: a Chinese character is as wide as two Latin ones, capitals and digits a little wider than one."""
    return max(
        (math.ceil(sum(2 if ord(each) > 0x2E7F else 1.25 for each in line)) for line in str(text).split("\n")),
        default=0,
    )


def _pictures(each: IndicatorView, view: View, say: Words) -> Iterator[Block]:
    for at, picture in enumerate(each.pictures, start=1):
        caption = f"{say('figure', number=f'{each.number}-{at}')} {picture.title}"
        caption += say("bracket", text=say("simulated")) if each.simulated else ""
        if picture.kind == "table":
            heads, rows, more = table(picture, view.lang)
            yield Paragraph(caption, "small")
            yield even([str(cell) for cell in heads], [[str(cell) for cell in row] for row in rows[:SHORT]])
            if len(rows) > SHORT:
                yield Paragraph(
                    say("listing.annexed", count=len(rows) + more, place=say("figure", number=f"{each.number}-{at}")),
                    "small",
                )
            elif more:
                yield Paragraph(say("table.more", count=more), "small")
        else:
            yield _chart(str(chart(picture, view.lang, f"f{each.number}-{at}")), caption)


def _chart(svg: str, caption: str) -> Chart:
    box = _BOX.search(svg)
    assert box is not None, "a chart says its size"  # noqa: S101 - reports.axes.svg writes it
    return Chart(svg, caption, float(box[1]), float(box[2]))


def evidence(view: View, say: Words) -> Iterator[Block]:
    """The annex: every file behind every indicator with its digest, and how to recompute all of it."""
    yield Heading(say("paper.annex"), 1)
    rows = [
        (
            f"{each.number}-{at}",
            file.path + (say("bracket", text=say("simulated")) if file.simulated else ""),
            file.size,
            f"{file.sha256[:32]}\n{file.sha256[32:]}",
        )
        for each in view.indicators
        for at, file in enumerate(each.files, start=1)
    ]
    if rows:
        head = (say("overview.number"), say("evidence.file"), say("evidence.size"), "SHA-256")
        yield Grid(head, rows, (0.09, 0.39, 0.12, 0.4), size=9.0)
    yield Heading(say("paper.verify"), 2)
    yield Paragraph(say("verify.intro"))
    name = view.seal.bundle
    yield Paragraph(f"yanshou verify {name} --key {say('verify.key')}\nyanshou replay {name}", "mono")
    seal = [
        (say("verify.bundle"), name),
        (say("verify.manifest"), view.seal.manifest or say("verify.unsealed")),
        (say("verify.results"), view.seal.results),
        (say("verify.scenario"), f"{view.law.sha256}\n{view.law.text}"),
        (say("verify.signers"), "\n".join(view.seal.signers) or say("verify.unsigned")),
    ]
    yield Grid((), seal, (0.24, 0.76))
    yield Paragraph(say("verify.note"), "small")


def course(view: View, say: Words) -> Iterator[Block]:
    """Every attempt, from its start to its end."""
    head = [say(each) for each in ("course.number", "course.start", "course.end", "verdict", "course.remarks")]
    rows = [
        (
            str(each.number),
            str(each.start),
            str(each.end),
            str(each.word or (say("none") if each.counted else say("course.not-counted"))),
            "\n".join(each.remarks) if each.remarks else say("course.none"),
        )
        for each in view.attempts
    ]
    yield Heading(say("paper.course"), 2)
    yield Grid(head, rows, (0.12, 0.2, 0.2, 0.16, 0.32))
    yield Paragraph(say("local-clock"), "small")
    if view.notes:
        head = [say("notes.when"), say("notes.who"), say("notes.said"), say("notes.file")]
        told = [(each.time, each.by, _about(each, say), _file(each)) for each in view.notes]
        yield Heading(say("notes"), 3)
        yield Grid(head, told, (0.17, 0.1, 0.3, 0.43), size=8.5)


def _about(note: Note, say: Words) -> str:
    return note.text + (say("bracket", text=note.about) if note.about else "")


def _file(note: Note) -> str:
    """Where the photo is kept, and its digest in two lines."""
    return f"{note.path}\n{note.sha256[:32]}\n{note.sha256[32:]}" if note.path else "—"


def rules(view: View, say: Words) -> Iterator[Block]:
    """The decision rules with their risks."""
    for each in view.rules:
        yield Paragraph(each.text)
        yield Paragraph(each.indicators, "small")
    yield Paragraph(say("rule.attempts", planned=view.planned) if view.planned > 1 else say("rule.one-attempt"))
    yield Paragraph(say("rule.reference"), "small")
