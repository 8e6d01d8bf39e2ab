# SPDX-License-Identifier: Apache-2.0
"""network.kpi: 5G 网络掉线率 from tables that others kept: operator counters, drive tests. Never a packet loss ratio. Pure.

``counter-ratio``: abnormal releases over sessions carried, as network management systems print it: (hand-over-out
failures + releases by radio link failure + other abnormal ones) / (carried over + set up + handed in).
``drive-test``: drops over successful set-ups; a long call counts as one set-up for every 90 s.
``retainability``: abnormal releases with data in a buffer per hour of session time (the form of 3GPP TS 28.554 §6.5.1).
Rows add up; a row that contradicts itself is refused with its line.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.errors import DecodeError
from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Input, Request
from harness.stats import binomial, reliability
from probes.network import sentences
from probes.network.terminals import decoded_text

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
_RELEASES = ("abnormal_releases", "handover_out_failures", "rlf_releases", "other_releases")
_CARRIED = ("setups", "carried_over", "handover_in")
_NUMBERS = {*_RELEASES, *_CARRIED, "drops", "successes", "call_seconds", "active_releases", "session_seconds"}


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over all rows, by column; ``calls`` is the number of set-ups a drive test amounts to."""

    totals: Counter[str]
    rows: int

    def merge(self, other: Counters) -> Counters:
        """The sums of both."""
        return Counters(self.totals + other.totals, self.rows + other.rows)


class _Found(NamedTuple):
    """A statistic with its bounds; ``n``: what it is out of."""

    value: float
    unit: str
    n: int
    lower: float
    upper: float
    method: str


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


def kpi(inputs: Sequence[Input], request: Request) -> Outcome:
    """The drop rate by the reading's statistic: counter-ratio, drive-test or retainability."""
    found = [each.summary for each in inputs if isinstance(each.summary, Counters)]
    compute = _STATISTICS.get(request.reading.statistic)
    if compute is None:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    totals = sum((each.totals for each in found), Counter[str]())
    seen = compute(totals, request)
    if seen is None:
        return Outcome(None, missing=(sentences.NO_COUNTERS,))
    estimate = Estimate(
        value=seen.value,
        unit=seen.unit,
        n=seen.n,
        n_eff=float(seen.n),
        lower=seen.lower,
        upper=seen.upper,
        confidence=1 - max(request.alpha, request.beta),
        method=seen.method,
        diagnostics={"rows": sum(each.rows for each in found), **dict(sorted(totals.items()))},
    )
    return Outcome(estimate, remarks=(sentences.SUPPLIED,), figures=(_table(totals),), listing=dict(totals))


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


def _ratio(drops: int, sessions: int, request: Request, method: str) -> _Found | None:
    if not sessions or drops > sessions:
        return None
    lower = binomial.lower(drops, sessions, request.beta)
    return _Found(drops / sessions, "1", sessions, lower, binomial.upper(drops, sessions, request.alpha), method)


def _counter_ratio(totals: Mapping[str, int], request: Request) -> _Found | None:
    drops, carried = sum(totals[key] for key in _RELEASES), sum(totals[key] for key in _CARRIED)
    return _ratio(drops, carried, request, "abnormal releases over sessions carried, Clopper-Pearson")


def _drive_test(totals: Mapping[str, int], request: Request) -> _Found | None:
    method = f"drops over successful set-ups ({CALL_S} s of a long call count as one), Clopper-Pearson"
    return _ratio(totals["drops"], totals["calls"], request, method)


def _retainability(totals: Mapping[str, int], request: Request) -> _Found | None:
    hours, releases = totals["session_seconds"] / 3600, totals["active_releases"]
    if not hours:
        return None
    lower = reliability.rate(releases, hours, request.beta).lower
    upper = reliability.rate(releases, hours, request.alpha).upper
    return _Found(
        releases / hours, "/h", releases, lower, upper, "releases per hour of session time, exact Poisson bounds"
    )


def _table(totals: Mapping[str, int]) -> Figure:
    columns = [Text("计数项", "Counter"), Text("合计", "Total")]
    rows = [[name, number] for name, number in sorted(totals.items())]
    return Figure("table", Text("计数器合计", "Sums of the counters"), "", {"columns": columns, "rows": rows})


_STATISTICS: Mapping[str, Callable[[Mapping[str, int], Request], _Found | None]] = {
    "counter-ratio": _counter_ratio,
    "drive-test": _drive_test,
    "retainability": _retainability,
}
