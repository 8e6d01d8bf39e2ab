# SPDX-License-Identifier: Apache-2.0
"""指标对照表 and every list as a workbook: cells are texts, so that nothing of a bundle is ever a formula; the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from harness.printable import printable
from reports.paper import sections
from reports.paper.layouts import issued
from reports.view import View, view
from reports.words import words

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_NAME, _PROPERTY = 28, 255
_WIDTHS = (16, 60)


def render(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"xlsx": file}``."""
    shown = view(bundle_root, lang)
    return {"xlsx": workbook(shown, issued(shown))}


def workbook(shown: View, date: tuple[int, int, int]) -> bytes:
    """A sheet of comparison, one of files, and one for each list."""
    import xlsxwriter

    say, out = words(shown.lang), BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": printable(shown.title)[:_PROPERTY], "author": "yanshou", "created": datetime(*date)})  # noqa: DTZ001 - OOXML has no zone
    heading = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    grid = sections.comparison(shown, say)
    files = [
        (f"{each.number}-{at}", file.path, file.size, file.sha256)
        for each in shown.indicators
        for at, file in enumerate(each.files, start=1)
    ]
    heads = (say("overview.number"), say("evidence.file"), say("evidence.size"), "SHA-256")
    listed = [
        (f"{each.number} {one.title}", one.columns, one.rows) for each in shown.indicators for one in each.listings
    ]
    seen: set[str] = set()
    for title, head, rows in [
        (say("paper.2-comparison"), grid.head, grid.rows),
        (say("evidence"), heads, files),
        *listed,
    ]:
        sheet = book.add_worksheet(_named(title, seen))
        if shown.watermark:
            sheet.set_header(f"&C{shown.watermark}")
        _fill(sheet, head, rows, heading, plain)
    book.close()
    return out.getvalue()


def _fill(sheet: Any, head: Sequence[str], rows: Sequence[Sequence[str]], heading: Any, plain: Any) -> None:
    for at, cells in enumerate(zip(head, *rows, strict=True)):
        longest = max(len(line) for text in cells for line in str(text).split("\n"))
        sheet.set_column(at, at, min(max(longest * 1.6, _WIDTHS[0]), _WIDTHS[1]))
    for at, row in enumerate((head, *rows)):
        for column, text in enumerate(row):
            sheet.write_string(at, column, printable(str(text), keep="\n"), plain if at else heading)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)


def _named(title: str, seen: set[str]) -> str:
    """A worksheet's name: at most 31 characters, without the seven that are forbidden, no two alike."""
    plain = _FORBIDDEN.sub(" ", printable(title)).strip()[:_NAME] or "-"
    name, number = plain, 2
    while name.casefold() in seen:
        name, number = f"{plain[: _NAME - 3]} {number}", number + 1
    seen.add(name.casefold())
    return name
