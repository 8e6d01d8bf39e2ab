# SPDX-License-Identifier: Apache-2.0
"""An empty register: headings and one example row; in a workbook every cell is a text, so that no code becomes 9.1E+17."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from itertools import zip_longest

from harness.console.beginning.templates import RegisterTemplate
from harness.console.language import pick

_WIDEST = 40
_EXAMPLE = "示例，请删去本行"
"""What an example row says of itself in the files of the domains."""


def workbook(register: RegisterTemplate) -> bytes:
    """The file: headings in the first row, the example in the second; the same bytes every time."""
    from datetime import UTC, datetime

    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet(pick("登记表", "register"))
        head = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
        text = book.add_format({"num_format": "@"})
        grey = book.add_format({"num_format": "@", "font_color": "#808080", "italic": True})
        for column, (heading, example) in enumerate(zip_longest(register.headings, _example(register), fillvalue="")):
            sheet.set_column(column, column, min(_WIDEST, 4 + 2 * max(len(heading), len(example) // 2)), text)
            sheet.write_string(0, column, heading, head)
            sheet.write_string(1, column, example, grey)
        sheet.freeze_panes(1, 0)
        sheet.set_default_row(18)
    return out.getvalue()


def _example(register: RegisterTemplate) -> list[str]:
    """The example row in the language of the run."""
    return [each.replace(_EXAMPLE, pick(_EXAMPLE, "EXAMPLE, delete this row")) for each in register.example]


def plain(register: RegisterTemplate) -> bytes:
    """The same as CSV, which Excel opens as UTF-8."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([register.headings, _example(register)])
    return out.getvalue().encode("utf-8-sig")
