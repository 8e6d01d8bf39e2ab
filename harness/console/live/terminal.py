# SPDX-License-Identifier: Apache-2.0
"""The live view in the terminal: a table of what is measured, or a block each where it is narrow; what fits, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.console.language import pick
from harness.console.live.shown import distinct
from harness.printable import printable
from harness.watch.now import ALWAYS, Now

WIDE = 100
"""Columns below which an indicator gets a block instead of a row."""
_COLOURS = {"good": "green", "bad": "bold red", "odd": "magenta", "open": "yellow", "none": "dim"}
_NAMES = 12
"""Names that a line holds; the page has them all."""


def panel(nows: Mapping[str, Now], width: int, height: int) -> RenderableType:
    """What is measured now, in at most ``height`` lines of ``width`` columns."""
    listed = [each for each in nows.values() if each.verdict != "NOT_TESTED"]
    listed.sort(key=lambda each: not each.mandatory)
    if not listed:
        return Text(pick("还没有可看的数据……", "nothing to be seen yet …"), style="dim")
    said = distinct(listed)
    marked = any(each.holds != ALWAYS for each in listed)
    parts = list(_rows(said, height) if width >= WIDE else _blocks(said, height))
    return Group(*parts, _legend(marked=marked))


def _rows(said: Sequence[Mapping[str, Any]], height: int) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2), expand=False)
    room = max(1, height - 3)
    for name in ("", pick("现值", "now"), pick("界限", "bounds"), pick("限值", "limit"), ""):
        table.add_column(Text(name, style="dim"), no_wrap=True, overflow="ellipsis")
    table.show_header = True
    for each in said[:room]:
        head = Text(printable(each["id"]), style="bold").append(f"  {printable(each['title'])}", style="not bold")
        table.add_row(head, each["value"], _marked(each), each["limit"], _verdict(each))
    yield table
    yield from _told(said[:room], room - len(said[:room]))
    yield from _more(len(said) - room)


def _blocks(said: Sequence[Mapping[str, Any]], height: int) -> Iterator[RenderableType]:
    room = max(1, (height - 2) // 2)
    for each in said[:room]:
        yield _line(printable(each["id"]), style="bold").append("  ").append(_verdict(each))
        yield _line(f"  {each['value']}  [{_marked(each)}]  {each['limit']}")
    yield from _told(said[:room], height - 2 - 2 * len(said[:room]))
    yield from _more(len(said) - room)


def _told(said: Sequence[Mapping[str, Any]], room: int) -> Iterator[RenderableType]:
    """What their measurands tell, grave things first, then what would decide: as many lines as there is room for."""
    lines = [(each["id"], line) for each in said for line in each["lines"]]
    grave = [(name, _spoken(line), "bold red") for name, line in lines if line["grave"]]
    plain = [(name, _spoken(line), "") for name, line in lines if not line["grave"]]
    wanted = [(each["id"], pick("还缺：", "needed: ") + each["needed"], "dim") for each in said if each["needed"]]
    for name, told, style in [*grave, *plain, *wanted][: max(0, room)]:
        yield _line(f"  {printable(name)}  ", style="dim").append(printable(told), style=style)


def _spoken(line: Mapping[str, Any]) -> str:
    names = line["names"]
    listed = pick("、", ", ").join(names[:_NAMES]) + (" …" if len(names) > _NAMES else "")
    sign = pick("：", ": ")
    return sign.join(each for each in (line["title"], line["said"], listed) if each)


def _marked(each: Mapping[str, Any]) -> str:
    """Bounds that hold at the planned end only carry a mark, which the last line explains."""
    bounds = str(each["bounds"] or "—")
    return bounds if each["holds"] == ALWAYS or bounds == "—" else f"{bounds} *"


def _verdict(each: Mapping[str, Any]) -> Text:
    return Text(printable(each["verdict"]), style=_COLOURS[each["tone"]])


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def _more(left: int) -> Iterator[RenderableType]:
    if left > 0:
        yield _line(
            pick(f"  另有 {left} 项，见 yanshou console", f"  {left} more: see yanshou console"),
            style="dim",
        )


def _legend(*, marked: bool) -> Text:
    told = pick(
        "暂定结论随时有效，最终判定在计划结束之后",
        "provisional verdicts hold whenever you look; the verdict comes at the end",
    )
    star = pick("；* 界限到计划结束时才成立", "; * bounds hold at the planned end only")
    return _line(told + (star if marked else ""), style="dim")
