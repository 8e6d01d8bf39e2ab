# SPDX-License-Identifier: Apache-2.0
"""The plan of one indicator, from its criterion alone: the least evidence for PASS, what a likely PASS or FAIL takes.

Dispatch is by the reading's statistic; the numbers are those of :mod:`harness.stats.planner`. A profile may declare ``expected``
(the value hoped for), ``instrument_bound`` (b of the instrument) and the constants that a method asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from harness.errors import SpecError
from harness.model import EMPTY, About, Criterion, Text
from harness.quantity import Limit, Quantity, decimal_text
from harness.stats import planner
from harness.stats.inputs import risk


@dataclass(frozen=True, slots=True)
class Row:
    """One line: under which condition how much evidence, and for how long at the planned rate (None: rate unknown)."""

    condition: Text
    amount: int
    unit: Text
    seconds: float | None = None

    def told(self, lang: str) -> str:
        """The amount with its unit, and about how long it takes."""
        return f"{self.amount} {self.unit.get(lang)}{_lasting(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Declare:
    """A constant without which PASS is hardly possible, and a value that shows how it is written."""

    name: str
    example: str


@dataclass(frozen=True, slots=True)
class IndicatorPlan:
    """What deciding one indicator takes. ``rows[0]`` is the least evidence with which PASS is possible at all.

    ``blocked``: why no evidence can give PASS. ``notes``: what to know. ``declare``: constants that the profile has to state.
    """

    rows: tuple[Row, ...] = ()
    notes: tuple[Text, ...] = ()
    blocked: Text | None = None
    declare: tuple[Declare, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON values: texts as {zh, en}, amounts as integers, times in seconds."""
        rows = [
            {"condition": _pair(row.condition), "amount": row.amount, "unit": _pair(row.unit), "seconds": row.seconds}
            for row in self.rows
        ]
        blocked = None if self.blocked is None else _pair(self.blocked)
        return {"rows": rows, "notes": [_pair(note) for note in self.notes], "blocked": blocked}

    def lines(self, lang: str) -> list[str]:
        """One printed line a row and note, in ``lang`` (zh or en)."""
        sign = "：" if lang == "zh" else ": "
        rows = (f"{each.condition.get(lang)}{sign}{each.told(lang)}" for each in self.rows)
        return [*([self.blocked.get(lang)] if self.blocked else []), *rows, *(note.get(lang) for note in self.notes)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A criterion with a limit, and what the profile adds."""

    limit: Limit
    parameters: Mapping[str, Any]
    declared: Mapping[str, Any]
    alpha: Fraction
    beta: Fraction
    rate: Fraction | None
    population: int | None
    audited: bool
    window: bool  # of which moments are drawn at random or all are watched, whatever bursts there are

    def constant(self, name: str, unit: str) -> Fraction | None:
        """A declared constant in ``unit``; None when it is not declared or not such a quantity."""
        try:
            return Quantity.parse(str(self.declared[name])).to(unit) if name in self.declared else None
        except SpecError:
            return None


def plan(
    criterion: Criterion,
    declared: Mapping[str, Any] = EMPTY,
    *,
    alpha: Fraction,
    beta: Fraction,
    rate: Fraction | None = None,
    population: int | None = None,
    audited: bool = False,
) -> IndicatorPlan:
    """The plan for ``criterion``; ``rate``: samples a second, ``population``: items in the register, where known.

    ``audited``: a register is checked, so that a random sample of it can stand for the whole.
    ``alpha``, ``beta``: risks of a false PASS and FAIL, as the evaluation will use them (attempts and family shared).
    """
    risk(alpha)
    if criterion.limit is None:
        return IndicatorPlan(notes=(Text("没有限值：只报告，不判定。", "No limit: reported, not judged."),))
    window = criterion.reading.about is About.WINDOW
    asked = _Asked(
        criterion.limit, criterion.reading.parameters, declared, alpha, beta, rate, population, audited, window
    )
    blocked = _blocked(asked)
    method = _METHODS.get(criterion.reading.statistic)
    if method is None:
        none = Text("该统计量没有规划公式。", "There is no planning formula for this statistic.")
        return IndicatorPlan(notes=(none,), blocked=blocked)
    found = tuple(method(asked))
    rows = tuple(each for each in found if isinstance(each, Row))
    notes = tuple(each for each in found if isinstance(each, Text))
    return IndicatorPlan(rows, notes, blocked, tuple(each for each in found if isinstance(each, Declare)))


def _blocked(asked: _Asked) -> Text | None:
    """Why the instrument's bound alone makes PASS impossible for the expected value (or for the best value, zero)."""
    unit, limit = asked.limit.quantity.unit, asked.limit.quantity.value
    b, expected = asked.constant("instrument_bound", unit), asked.constant("expected", unit)
    if expected is None:
        expected = Fraction(0) if asked.limit.upper else None
    if b is None or expected is None or not planner.instrument_blocks(expected, limit, b, upper=asked.limit.upper):
        return None
    return Text(
        f"预期值 {_show(expected, unit)} 与限值 {asked.limit} 之差小于仪器容许 {_show(b, unit)}：任何样本量都不能判为合格，须先换更准的仪器。",
        f"The expected {_show(expected, unit)} is closer to {asked.limit} than the instrument's bound of {_show(b, unit)}: "
        "no amount of samples can give PASS; find a better instrument first.",
    )


Found = Row | Text | Declare


def _share_rows(asked: _Asked, p0: Fraction, unit: Text, each_s: Fraction | None) -> Iterator[Found]:
    """Rows for "at most the share p0": none seen, likely PASS at better true shares, likely FAIL at worse ones.

    ``each_s``: seconds that one independent sample takes, None when unknown.
    """
    if not 0 < p0 < 1:
        yield Text(
            "限值为 0 或 100 %：抽样不能证明，须全数检查。",
            "A limit of 0 or 100 % cannot be proven by sampling: check everything.",
        )
        return
    worst = None if asked.window else asked.constant("longest_credible_burst", "packets")
    burst = worst or Fraction(1)

    def row(condition: Text, amount: int) -> Row:
        return Row(condition, amount, unit, None if each_s is None else float(amount * each_s))

    bursty, expected = burst > 1, asked.constant("expected", "1")
    clean = (
        planner.packets_to_pass({}, p0, asked.alpha, burst) if bursty else planner.trials_to_pass(0, p0, asked.alpha)
    )
    yield row(Text("一次不合格都没有时，最少", "with not a single bad one, at the least"), clean)
    for true in [expected] if expected is not None and 0 <= expected < p0 else [p0 / 10, p0 / 2]:
        design = planner.plan_pass(p0, true, asked.alpha)
        condition = Text(
            f"真值为 {_percent(true)} 时以 90 % 把握判为合格（至多 {design.events} 次）",
            f"PASS with 90 % power at a true {_percent(true)} (up to {design.events} bad ones)",
        )
        yield row(condition, math.ceil(design.n * burst))
    worse = 2 * p0
    if worse < 1:
        design = planner.plan_fail(p0, worse, asked.beta)
        yield row(
            Text(
                f"真值为 {_percent(worse)} 时以 90 % 把握判为不合格",
                f"FAIL with 90 % power at a true {_percent(worse)}",
            ),
            math.ceil(design.n * burst),
        )
    if bursty:
        yield Text(
            f"按声明的最坏突发 {decimal_text(burst)} 个计入，样本量相应放大。",
            f"Multiplied by the declared worst burst of {decimal_text(burst)}.",
        )


def _quantile(asked: _Asked) -> Iterator[Found]:
    q = _parameter(asked, "q", Fraction(95, 100))
    packets = "lost" in asked.parameters
    each_s = _interval(asked) if packets else asked.constant("correlation_time", "s")
    yield from _share_rows(asked, 1 - q, Text("个独立样本", "independent samples"), each_s)
    if each_s is None and not packets:
        yield Text(
            "历元有自相关：样本数须乘以积分自相关时间（可声明 correlation_time）。",
            "Epochs are correlated: multiply by their integrated autocorrelation time (declare correlation_time).",
        )


def _within(asked: _Asked) -> Iterator[Found]:
    yield from _share_rows(asked, 1 - asked.limit.quantity.to("1"), Text("个样本", "samples"), _interval(asked))


def _interval(asked: _Asked) -> Fraction | None:
    return None if not asked.rate else 1 / asked.rate


def _ratio(asked: _Asked) -> Iterator[Found]:
    """A loss-like share below one, or a ratio of means."""
    if asked.limit.quantity.dimension == "ratio" and asked.limit.upper and asked.limit.quantity.base < 1:
        yield from _share_rows(asked, asked.limit.quantity.to("1"), Text("个报文", "packets"), _interval(asked))
        if not asked.window and "longest_credible_burst" not in asked.declared:
            yield Declare("longest_credible_burst", "1 packets")
            yield Text(
                "须声明最坏突发长度 longest_credible_burst，否则少于 10 次突发时无法判定。",
                "Declare longest_credible_burst: without it fewer than ten bursts decide nothing.",
            )
        return
    yield from _runs(asked)


def _sessions(asked: _Asked) -> Iterator[Found]:
    yield from _share_rows(asked, asked.limit.quantity.to("1"), Text("次会话", "sessions"), None)


def _offline(asked: _Asked) -> Iterator[Found]:
    if asked.window:
        yield Text(
            "窗口内全程观测，没有抽样误差；没观测到的时间计入中断。",
            "Watched throughout the window there is no sampling error; time that nobody watched counts as an outage.",
        )
        return
    outage = asked.constant("longest_credible_outage", "s")
    if outage is None:
        yield Declare("longest_credible_outage", "30 s")
        yield Text(
            "须声明最坏中断时长 longest_credible_outage，否则少于 10 次中断时无法判定。",
            "Declare longest_credible_outage: without it fewer than ten outages decide nothing.",
        )
        return
    share = asked.limit.quantity.to("1")
    p0 = share if asked.limit.upper else 1 - share
    seconds = math.ceil(outage * Fraction(-math.log(asked.alpha)) / p0)
    condition = Text("一次中断都没有时，最少观测", "watched without any outage, at the least")
    yield Row(condition, seconds, Text("秒", "s"), float(seconds))


def _rate(asked: _Asked) -> Iterator[Found]:
    exposure = planner.exposure_to_pass(0, asked.limit.quantity.value, asked.alpha)
    unit = Text(f"暴露量（1/[{asked.limit.quantity.unit}]）", f"of exposure (1/[{asked.limit.quantity.unit}])")
    yield Row(Text("一次事件都没有时，最少", "without any event, at the least"), math.ceil(exposure), unit)


def _rms(asked: _Asked) -> Iterator[Found]:
    """Record lengths for three margins and a stated correlation time of the squared error."""
    unit = asked.limit.quantity.unit
    expected, tau = asked.constant("expected", unit), asked.constant("correlation_time", "s")
    factor = None if expected is None else expected / asked.limit.quantity.value
    parts = [factor] if factor is not None and 0 < factor < 1 else [Fraction(1, 2), Fraction(4, 5), Fraction(9, 10)]
    for correlation in [tau] if tau else [Fraction(10), Fraction(100)]:
        for part in parts:
            seconds = planner.epochs_to_pass(part, 1, correlation, asked.alpha)
            true = _show(part * asked.limit.quantity.value, unit)
            condition = Text(
                f"真值 {true}、误差平方相关时间 {float(correlation):g} s 时，最短记录",
                f"at a true {true} and a correlation time of {float(correlation):g} s of the squared error, at the least",
            )
            yield Row(condition, seconds, Text("秒", "s"), float(seconds))
    yield Text(
        "按一个轴计；平面（两轴）约减半，但不短于 50 个相关时间。",
        "For one axis; two axes need about half, never less than 50 correlation times.",
    )


def _coverage(asked: _Asked) -> Iterator[Found]:
    """Sample sizes for "at least a share of the register"."""
    share = asked.limit.quantity.to("1")
    if not 0 < share <= 1:
        return
    for size in [asked.population] if asked.population else [50, 100, 500, 2000]:
        wanted = _coverage_size(size, share, asked)
        if wanted is not None:
            condition = Text(
                f"台账 {size} 项、抽样全部符合时，最少抽",
                f"from a register of {size}, all drawn items conforming, draw at least",
            )
            yield Row(condition, wanted, Text("项", "items"))
    yield Text("全数检查没有抽样误差，只有合格或不合格。", "A full census has no sampling error: PASS or FAIL.")


def _coverage_size(size: int, share: Fraction, asked: _Asked) -> int | None:
    from harness.stats.population import sample_size

    strict = asked.limit.op == ">"
    required = math.floor(share * size) + 1 if strict else math.ceil(share * size)
    return None if required > size else sample_size(size, size - required + 1, 0, asked.alpha)


def _count(asked: _Asked) -> Iterator[Found]:
    """Census, and the audit sizes that a surplus buys."""
    required = math.ceil(asked.limit.quantity.value)
    if asked.limit.upper or required < 1:
        return
    yield Row(Text("逐项核查", "checked one by one"), required, Text("项", "items"))
    if required < 20 or not asked.audited:
        return
    for row in planner.audit_table(required, asked.alpha):
        condition = Text(
            f"申报 {row['claimed']} 项、抽查全部有效时，只需抽",
            f"claiming {row['claimed']}, all drawn ones valid, draw only",
        )
        yield Row(condition, row["checked"], Text("项", "items"))
    yield Text("多申报一些，抽查量就大幅减少。", "Claim a surplus and the audit gets cheaper.")


def _change(asked: _Asked) -> Iterator[Found]:
    """Events before and after, in each of two equal periods, for true changes better than the limit."""
    wanted = asked.limit.quantity.to("1")
    if not 0 < wanted < 1:
        return
    for better in (Fraction(5, 100), Fraction(10, 100)):
        true = wanted + better
        if true < 1:
            events = planner.events_for_rate_ratio(1 - wanted, 1 - true, asked.alpha)
            condition = Text(
                f"真实变化 {_percent(true)} 时以 80 % 把握判为合格，前后各需事件",
                f"PASS with 80 % power at a true change of {_percent(true)}: events in each period",
            )
            yield Row(condition, events, Text("次", "events"))


def _runs(asked: _Asked) -> Iterator[Found]:
    """Independent runs (or pairs) for a margin of 5 % or 10 % at a run-to-run spread of 5 % or 10 %."""
    for margin, spread in ((10, 5), (5, 5), (5, 10)):
        runs = planner.runs_for_ratio(Fraction(margin, 100), Fraction(spread, 100), asked.alpha)
        condition = Text(
            f"真值优于限值 {margin} %、各次离散 {spread} % 时，最少独立重复",
            f"with {margin} % of margin and a spread of {spread} % between runs, independent runs at the least",
        )
        yield Row(condition, runs, Text("次", "runs"))


_METHODS: Mapping[str, Callable[[_Asked], Iterator[Found]]] = {
    "quantile": _quantile,
    "share-within": _within,
    "ratio": _ratio,
    "session-ratio": _sessions,
    "offline-time": _offline,
    "time-share": _offline,
    "sessions-per-hour": _rate,
    "rate": _rate,
    "rms": _rms,
    **dict.fromkeys(("share", "mean-share", "output-share"), _coverage),
    "count": _count,
    "distinct": _count,
    "rate-ratio": _change,
    "paired": _runs,
    "geometric": _runs,
    "each-line": _runs,
    "by-period": _runs,
    "sustained": _runs,
    "mean": _runs,
}


def _parameter(asked: _Asked, name: str, default: Fraction) -> Fraction:
    try:
        return Quantity.parse(str(asked.parameters.get(name, ""))).to("1")
    except SpecError:
        return default


def _pair(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.3g} %"


def _show(value: Fraction, unit: str) -> str:
    return f"{float(value):.4g}{'' if unit == '1' else f' {unit}'}"


def _lasting(seconds: float | None) -> str:
    """About how long, behind an amount; empty where nobody knows."""
    return "" if seconds is None else f" ≈ {span(seconds)}"


def span(seconds: float) -> str:
    """A time as people say it: s, min, h or d."""
    sizes = (("d", 86400), ("h", 3600), ("min", 60))
    unit, length = next(((name, size) for name, size in sizes if seconds >= 2 * size), ("s", 1))
    return f"{seconds / length:.3g} {unit}"
