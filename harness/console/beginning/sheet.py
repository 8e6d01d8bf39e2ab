# SPDX-License-Identifier: Apache-2.0
"""An empty register: headings and one example row; in a workbook every cell is a text, so that no code becomes 9.1E+17."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

from harness.console.beginning.templates import RegisterTemplate

_WIDEST = 40


def workbook(register: RegisterTemplate) -> bytes:
    """The file: headings in the first row, the example in the second; the same bytes every time."""
    from datetime import UTC, datetime

    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("登记表")
        head = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"num_format": "@", "font_color": "#808080", "italic": True})
        for column, heading in enumerate(register.headings):
            example = register.example[column] if column < len(register.example) else ""
            sheet.set_column(column, column, min(_WIDEST, 4 + 2 * max(len(heading), len(example) // 2)), text)
            sheet.write_string(0, column, heading, head)
            sheet.write_string(1, column, example, grey)
        sheet.freeze_panes(1, 0)
        sheet.set_default_row(18)
    return out.getvalue()


def plain(register: RegisterTemplate) -> bytes:
    """The same as CSV, which Excel opens as UTF-8."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([register.headings, register.example])
    return out.getvalue().encode("utf-8-sig")
