# SPDX-License-Identifier: Apache-2.0
"""Columns of one kind in one table: what is read beside what is not, so that nothing of it is left out or counted for something else.

Leaving a part of the costs, of the hours or of the orders in a column that nobody reads helps who is measured by them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from harness.kit.tables import cells
from harness.kit.tables.cells import narrow
from harness.kit.tables.columns import Columns
from harness.kit.tables.rows import Row, Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text

KIN = {
    "cost": re.compile(r"成本|费用|开支|支出|花费|工资|能耗|costs?\b|expense|spend", re.IGNORECASE),
    "input": re.compile(r"工时|机时|台时|加班|人工|hours?\b|overtime|labou?r", re.IGNORECASE),
    "orders": re.compile(r"变更|拆改|返工|改动|修改|调整|changes?\b|orders?\b|rework|revision", re.IGNORECASE),
}
"""What a column that is not read may hold more of: leaving it out helps."""
_OF_IT = re.compile(r"其中|内含|包含|含于|of which|included|thereof", re.IGNORECASE)
_PAID = re.compile(r"工资|薪|费|成本|元|wage|salar|cost|pay", re.IGNORECASE)
"""Money, which is no time and no number of orders."""
_NO_AMOUNT = re.compile(
    r"率|比|占|单位|单件|单耗|均|%|计划|预算|目标|标准|定额|上年|去年|同期|降|节约|节省|编号|单号|号$|日期|时间|"
    r"rate|share|per\b|unit|mean|average|plan|budget|target|standard|quota|last year|sav|number|\bno\b|\bid\b|date",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"数量|次数|项数|条数|件数|处数|项目数|(?:变更|拆改|修改)数|\bcount\b|quantity|number of|\bitems\b", re.IGNORECASE
)
_COUNTED = re.compile(r"[x×*]?\s*(?P<many>\d+(?:[.,]\d+)*|[一二两三四五六七八九十百]+)\s*[^\W\d]{0,2}", re.IGNORECASE)
_SEVERAL = re.compile(r"[~～、;；]|至|到|—|共\s*\d")


def nothing_more(table: Table, field: str, rows: Sequence[Row], *, chosen: bool) -> None:
    """UnreadableError for columns nobody reads that hold more of what a field counts, unless they add up to it or say they are of it.

    Where the profile chose the column (``chosen``), it may hold more than they do together.
    """
    unread = [at for at, head in enumerate(table.head) if at not in table.index.values()]
    kin = [
        at
        for at in unread
        if KIN[field].search(table.head[at]) and not _NO_AMOUNT.search("".join(narrow(table.head[at]).split()))
    ]
    kin = [
        at for at in kin if not _OF_IT.search(table.head[at]) and (field == "cost" or not _PAID.search(table.head[at]))
    ]
    amounts = [[cells.number(table.cells[row.at][at]) for at in kin] for row in rows]
    told = [at for at, column in zip(kin, zip(*amounts, strict=True), strict=True) if any(column)]
    sums = [sum((each or Fraction(0) for each in own), Fraction(0)) for own in amounts]
    beyond = [found - (row.value(field) or 0) for found, row in zip(sums, rows, strict=True)]
    if told and any((each if chosen else abs(each)) * 1000 > found for each, found in zip(beyond, sums, strict=True)):
        cure = "add them up in one column, or write “of which” before the names of its parts."
        raise UnreadableError(_beside(table, field, told), cure=cure, where=table.name)


def one_each(table: Table, rows: Sequence[int]) -> None:
    """UnreadableError where a row of a ledger stands for several orders: by its number, or by a column of how many."""
    for row in rows:
        number = narrow(table.cells[row][table.index["number"]])
        if _SEVERAL.search(number):
            raise UnreadableError(
                Text(
                    f"单号“{number}”含不止一张变更单：一行只计一次，少计了。",
                    f"The number {number} stands for several orders: a row counts once, which is too few.",
                ),
                cure="give every order a row of its own.",
                where=f"{table.name}:{table.lines[row]}",
            )
    for at, heading in enumerate(table.head):
        if at in table.index.values() or not _MANY.search(heading):
            continue
        if any(_more_than_one(table.cells[row][at]) for row in rows):
            raise UnreadableError(
                _beside(table, "number", [at]), cure="give every order a row of its own.", where=table.name
            )


def _more_than_one(text: str) -> bool:
    """Whether a cell says that there are several, with or without a word behind the number: 3, 3 处, 三处."""
    found = _COUNTED.fullmatch(narrow(text).strip())
    if found is None:
        return False
    value = cells.number(found["many"])
    return found["many"] != "一" if value is None else value > 1


def _beside(table: Table, field: str, columns: Sequence[int]) -> Text:
    names, read = [table.head[at].strip() for at in columns], table.head[table.index[field]].strip()
    return Text(
        f"没有读取的列 {'、'.join(names)} 与“{read}”是同类数额，是否已经计入无从得知。",
        f"The columns {', '.join(names)}, which are not read, hold amounts of the same kind as {read}: whether it contains them is unknown.",
    )


def alone(columns: Columns, table: Table, field: str) -> None:
    """UnreadableError where two columns go by a name of one value: which of them counts, nobody says."""
    for told in columns.rivals(table.head, table.index, field):
        own = table.head[table.index[field]].strip()
        text = Text(
            f"“{own}”与“{told}”是同一种量的两列，不知以哪一列为准。",
            f"{own!r} and {told!r} are two columns of one value; which of them counts is unknown.",
        )
        raise UnreadableError(
            text, cure=f"name it in the profile, as columns: {{{field}: its heading}}.", where=table.name
        )
