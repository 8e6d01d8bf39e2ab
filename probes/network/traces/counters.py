# SPDX-License-Identifier: Apache-2.0
"""Tables of operator counters and of drive tests as sums by column. Rows add up; a row that contradicts itself is refused. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import DecodeError
from probes.network.traces.terminals import decoded_text

CALL_S = 90
_ALIASES = {
    "异常释放次数": "abnormal_releases",
    "切换出失败次数": "handover_out_failures",
    "RLF释放次数": "rlf_releases",
    "其他异常释放次数": "other_releases",
    "建立成功次数": "setups",
    "遗留次数": "carried_over",
    "切换入次数": "handover_in",
    "掉线次数": "drops",
    "成功接入次数": "successes",
    "通话时长": "call_seconds",
    "有数据异常释放次数": "active_releases",
    "会话时长": "session_seconds",
}
RELEASES = ("abnormal_releases", "handover_out_failures", "rlf_releases", "other_releases")
CARRIED = ("setups", "carried_over", "handover_in")
_NUMBERS = {*RELEASES, *CARRIED, "drops", "successes", "call_seconds", "active_releases", "session_seconds"}


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
    """The sums of a CSV table; DecodeError with the line for what is no count or contradicts itself."""
    table = csv.reader(io.StringIO(decoded_text(data, name), newline=""))
    columns = [_ALIASES.get(cell.strip(), cell.strip().lower()) for cell in next(table, [])]
    if not _NUMBERS & set(columns):
        msg = f"{name} has none of the columns that tell drops."
        raise DecodeError(
            msg, cure="let the first line name columns such as abnormal_releases,setups or drops,successes."
        )
    totals: Counter[str] = Counter()
    rows = 0
    for cells in table:
        if any(cell.strip() for cell in cells):
            totals += _row(dict(zip(columns, cells, strict=False)), f"{name}:{table.line_num}")
            rows += 1
    return Counters(totals, rows)


def _row(row: Mapping[str, str], where: str) -> Counter[str]:
    values = Counter({key: _count(text, key, where) for key, text in row.items() if key in _NUMBERS and text.strip()})
    if values["drops"] > max(values["successes"], _calls(values)):
        msg = f"{values['drops']} drops out of fewer successful set-ups contradict each other."
        raise DecodeError(msg, cure="correct the row.", where=where)
    values["calls"] = _calls(values)
    return +values


def _calls(values: Mapping[str, int]) -> int:
    """Set-ups of a row: those counted, or one for every 90 s of a long call."""
    return max(values["successes"], values["call_seconds"] // CALL_S)


def _count(text: str, key: str, where: str) -> int:
    plain = text.strip().replace(",", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 15):
        msg = f"{key} {text!r} is not a whole number."
        raise DecodeError(msg, cure="write the count itself, not a rate.", where=where)
    return int(plain)
