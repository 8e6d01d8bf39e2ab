# SPDX-License-Identifier: Apache-2.0
"""What a register says of when its contracts hold and of what they are worth, in columns and lines that no field reads.

A contract that ran out before the project began, or begins after its end, and one that is worth nothing among others that
are, wait for a person. So do the rows below a line of their own that says what they are: 以下为意向.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from harness.kit.tables import Table, cells
from harness.kit.tables.caveats import doubtful_line
from harness.model import Reason
from probes.register.traces.words import WORDS

_SPARED = re.compile(
    r"质保|保修|执照|证书|资质|许可|保险|付款|回款|发票|驻场|warranty|licen[cs]e|certificate|payment|insurance",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:到期|届满|期满|截止|截至|终止|结束|失效)(?:日期?|时间)?$|有效期?[至到]|有效期?(?:截止|结束)|(?:服务|合同|协议|履行|使用|授权|试用)期[至到]|"
    r"\b(?:expir(?:y|es|ation)|valid (?:until|to|till)|end date|ends?(?: on)?|until|term(?:inates|ination))\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?:生效|起始|开始|启动|执行|起算)(?:日期?|时间)$|有效期?(?:自|起)|(?:服务|合同|协议|履行|使用|授权)期?(?:自|起)|\b(?:effective(?: date| from)?|valid from|start date|starts?(?: on)?|commence\w*)\b",
    re.IGNORECASE,
)
_WORTH = re.compile(
    r"(?:合同|协议|签约|成交|订单|项目)(?:总)?(?:金额|额|价款?|总价)|^金额|\b(?:contract|order|deal) (?:amount|value|price)\b|^amount\b",
    re.IGNORECASE,
)


class Standing:
    """Looks at the headings once; a row is asked for by its place."""

    def __init__(self, table: Table, period: tuple[date, date] | None) -> None:
        """``period``: the project's; without it no date is held against anything."""
        self._table, self._period = table, period
        heads = [
            (at, cells.narrow(each).strip()) for at, each in enumerate(table.head) if at not in table.index.values()
        ]
        heads = [(at, each) for at, each in heads if not _SPARED.search(each)]
        self._until = [(at, each) for at, each in heads if _UNTIL.search(each)] if period else []
        self._from = [(at, each) for at, each in heads if _FROM.search(each)] if period else []
        worth = [(at, each) for at, each in heads if _WORTH.search(each)]
        self._worth = [(at, each) for at, each in worth if any(cells.number(row[at]) for row in table.cells)]

    def of(self, at: int) -> Iterator[Reason]:
        """What makes a row wait for a person."""
        row = self._table.cells[at]
        if self._period is not None:
            start, end = self._period
            for place, heading in self._until:
                day = _day(row[place], self._table)
                if day is not None and day < start:
                    yield WORDS.reason("ended-before", column=heading, date=str(day), start=str(start))
            for place, heading in self._from:
                day = _day(row[place], self._table)
                if day is not None and day > end:
                    yield WORDS.reason("begins-after", column=heading, date=str(day), end=str(end))
        for place, heading in self._worth:
            if cells.number(row[place]) == 0:
                yield WORDS.reason("worth-nothing", column=heading)

    def line(self, at: int) -> str | None:
        """What a row says that fills one cell alone: "" for a line without any doubt in it; None for a row that is none."""
        told = list(dict.fromkeys(each.strip() for each in self._table.cells[at] if each.strip()))
        return doubtful_line(told[0]) if len(told) == 1 else None


def _day(text: str, table: Table) -> date | None:
    return cells.day(text, from_1904=table.from_1904) if text.strip() else None
