# SPDX-License-Identifier: Apache-2.0
"""Tables of operator counters and of drive tests as sums by column. Rows add up; a row that contradicts itself is refused. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from harness.kit.tables import Columns, Row, read
from harness.kit.unreadable import UnreadableError
from harness.model import Text

CALL_S = 90
RELEASES = ("abnormal_releases", "handover_out_failures", "rlf_releases", "other_releases")
CARRIED = ("setups", "carried_over", "handover_in")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "abnormal_releases": ("abnormal_releases", "异常释放次数"),
    "handover_out_failures": ("handover_out_failures", "切换出失败次数"),
    "rlf_releases": ("rlf_releases", "RLF释放次数"),
    "other_releases": ("other_releases", "其他异常释放次数"),
    "setups": ("setups", "建立成功次数"),
    "carried_over": ("carried_over", "遗留次数"),
    "handover_in": ("handover_in", "切换入次数"),
    "drops": ("drops", "掉线次数"),
    "successes": ("successes", "成功接入次数"),
    "call_seconds": ("call_seconds", "通话时长"),
    "active_releases": ("active_releases", "有数据异常释放次数"),
    "session_seconds": ("session_seconds", "会话时长"),
}
NOUN = Text("计数器表", "table of counters")
_COLUMNS = Columns(_FIELDS, [set(_FIELDS)], NOUN)
_MULTIPLE = re.compile(r"[(（]\s*(?:[十百千万亿]|[%％‰])")


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over all rows, by column; ``calls`` is the number of set-ups a drive test amounts to."""

    totals: Counter[str]
    rows: int

    @classmethod
    def none(cls) -> Counters:
        """No table at all."""
        return cls(Counter(), 0)

    def merge(self, other: Counters) -> Counters:
        """The sums of both."""
        return Counters(self.totals + other.totals, self.rows + other.rows)


def read_counters(data: bytes, name: str) -> Counters:
    """The sums of a table (CSV, XLSX); DecodeError with the line for what is no count or contradicts itself."""
    table = read(data, _COLUMNS, name=name)
    for place in table.index.values():
        if _MULTIPLE.search(table.head[place]):
            heading = table.head[place].strip()
            text = Text(
                f"“{heading}”一列不是次数本身。", f"The column {heading!r} does not hold the counts themselves."
            )
            raise UnreadableError(text, cure="write the count itself, not a rate or a multiple.", where=name)
    return Counters(sum((_row(row) for row in table), Counter[str]()), len(table))


def _row(row: Row) -> Counter[str]:
    told = {key: _seconds(row, key) if key.endswith("_seconds") else row.count(key) for key in row.table.index}
    values = Counter({key: value for key, value in told.items() if value is not None})
    if values["drops"] > max(values["successes"], _calls(values)):
        text = Text(
            f"掉线 {values['drops']} 次，多于成功接入次数，自相矛盾。",
            f"{values['drops']} drops out of fewer successful set-ups contradict each other.",
        )
        raise row.refuse(text, "correct the row.")
    values["calls"] = _calls(values)
    return +values


def _seconds(row: Row, key: str) -> int | None:
    """Whole seconds of a duration, in the unit of its cell or of its heading."""
    found = row.quantity(key, "s")
    if found is not None and found < 0:
        raise row.refuse(Text("时长为负。", "A duration is negative."), "correct the row.")
    return None if found is None else int(found)


def _calls(values: Mapping[str, int]) -> int:
    """Set-ups of a row: those counted, or one for every 90 s of a long call."""
    return max(values["successes"], values["call_seconds"] // CALL_S)
