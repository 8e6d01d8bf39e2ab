# SPDX-License-Identifier: Apache-2.0
"""Words that plants write into their tables: yes and no, asset numbers, periods. What nobody agreed on is None, never a guess."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from harness.errors import SpecError
from harness.kit.tables import Row
from harness.kit.tables.cells import narrow, number
from harness.quantity import Quantity

_YES = frozenset(
    "是 有 已 真 对 √ ✓ ✔ ☑ yes y true t 1 on 已联网 已接入 接入 已覆盖 覆盖 已监测 在监 已配置 已实现 已上屏 已可视化 可视化 可视 可见 关键 重点 关键设备 重点设备 "  # noqa: SIM905 - words are read best in a row
    "在线 online key critical connected shown visible visualised visualized monitored enabled configured covered".split()
)
_NO = frozenset(
    "否 无 未 假 不 不是 没有 × ✗ ✘ no n false f 0 off 未联网 未接入 未覆盖 未监测 未配置 未实现 未上屏 未可视化 不可视 不可见 非关键 一般 普通 非关键设备 一般设备 普通设备 "  # noqa: SIM905 - words are read best in a row
    "离线 offline ordinary non-critical noncritical notcritical disconnected notconnected hidden notshown notvisible "
    "notvisualised notvisualized notmonitored disabled unconfigured notconfigured notcovered".split()
)
_NAMELESS = frozenset("- — – / // 无 没有 n/a na none null nil 未配置 未接入 未联网 待定 tbd 不适用 不详 ? --".split())  # noqa: SIM905 - words are read best in a row
_DAMAGED = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")


def headings(*names: str) -> tuple[str, ...]:
    """Headings as people and programs write them: words apart by blanks, underscores, hyphens or nothing."""
    found = dict.fromkeys(each.replace(" ", mark) for each in names for mark in (" ", "_", "-"))
    return tuple(found)


def damaged(text: str) -> bool:
    """Whether a spreadsheet has made a number out of a name, as 9.1E+17: which name it was nobody knows any more."""
    return bool(_DAMAGED.fullmatch(text.strip()))


def agreed(text: str) -> bool | None:
    """What a word of yes or no says; None for a blank and for any other word."""
    word = fold(text).lower()
    if word in _YES:
        return True
    return False if word in _NO else None


def fold(text: str) -> str:
    """A name for comparison: NFKC, no blanks, upper case, without marks that nobody sees."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return "".join(plain.split()).upper()


def stated(text: str) -> str:
    """What a cell says, without blanks at its ends; empty where it only says that there is nothing."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return "" if plain.lower() in _NAMELESS else plain


def period_s(row: Row, field: str) -> Fraction | None:
    """A period in seconds, with its unit in the cell or in the heading; None for a blank; refused without any unit, or not above zero."""
    text = narrow(row[field])
    if not stated(text):
        return None
    found: Fraction | None = None
    plain = number(text)
    if plain is not None and row.table.unit(field, "s") and has_unit(row, field):
        found = Quantity(plain, row.table.unit(field, "s")).to("s")
    elif plain is None:
        try:
            quantity = Quantity.parse(re.sub(r"^每|一次$|/次$", "", text))
            found = 1 / quantity.to("Hz") if quantity.dimension == "rate" and quantity.value else quantity.to("s")
        except SpecError:
            found = None
    return found if found is not None and found > 0 else None


def has_unit(row: Row, field: str) -> bool:
    """Whether a field's heading states its unit."""
    from harness.kit.tables.columns import stated_unit

    return bool(stated_unit(row.table.head[row.table.index[field]]))
