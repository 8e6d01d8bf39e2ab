# SPDX-License-Identifier: Apache-2.0
"""The reference page docs/reference/scenarios.md: every indicator of every scenario in both languages, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model import About, ConstantRule, Indicator, Kind, Reading, Rule, Scenario, Stricter, Text
from harness.quantity import Limit, decimal_text

_INTRODUCTION = """# 场景与指标 / Scenarios and indicators

<!-- Made from scenarios/*.yaml by scenarios.page.render; tests/scenarios/test_page.py compares and says how to renew it. -->

每条指标只对应文件中一条原文要求。**限值由文件规定**，测试方案只能收紧，不能放宽。条款没有写明被测量时，列出每一种站得住的读法（●
为默认），测试方案按名称选用，报告写明所用读法，并给出其他读法下的结论。没有写明数值的指标仅供参考，或由测试方案给出限值后成为必验。

Every indicator is one requirement of a document, quoted verbatim. **The limit is the government's**: a profile may
tighten it, never relax it. Where a clause leaves open what is measured, every defensible reading is listed (● is the
default); a profile picks one by name, and the report says which and what the verdict would be under the others.
An indicator without a number informs only, or becomes mandatory with a profile's limit.

每个读法写明判定说的是**约定窗口**还是**该条件下的系统**，以及判合格至少需要多少工作量；常数只能向严的一侧收紧（见[窗口还是系统](../explanations/window-or-process.md)）。

Each reading says whether its verdict speaks of **the agreed window** or of **the system under the stated conditions**, and
the least effort that a PASS takes; constants move to the strict side only (see [window or process](../explanations/window-or-process.md)).

证据性质 / kinds of evidence: **实测 measured** 由探针在现场测得 (seen by a probe) · **核查 audited**
登记表逐项与文件核对 (a register checked row by row against documents) · **证明 attested** 由单位签章证明 (signed for).
"""
_KINDS = {
    Kind.MEASURED: Text("实测", "measured"),
    Kind.AUDITED: Text("核查", "audited"),
    Kind.ATTESTED: Text("证明", "attested"),
}
_RULES = {
    Rule.GUARDED: Text("置信界须在限值以内", "bound within the limit"),
    Rule.SIMPLE: Text("估计值须在限值以内", "estimate within the limit"),
    Rule.STRINGENT: Text("置信界与准入带须在限值以内", "bound and guard band within the limit"),
}

_ABOUT = {
    About.WINDOW: Text("判定只对约定窗口成立", "speaks of the agreed window"),
    About.PROCESS: Text("判定推及该条件下的系统", "speaks of the system under the stated conditions"),
}
_STRICTER = {
    Stricter.LONGER: Text("加长", "longer"),
    Stricter.SHORTER: Text("缩短", "shorter"),
    Stricter.HIGHER: Text("提高", "higher"),
    Stricter.LOWER: Text("降低", "lower"),
}


def render(scenarios: Iterable[Scenario]) -> str:
    """The whole page, ending in a line feed; scenarios before policy packs, each kind by id."""
    ordered = sorted(scenarios, key=lambda each: (not each.id.startswith("s"), each.id))
    return "\n".join([_INTRODUCTION, *_overview(ordered), *(line for each in ordered for line in _scenario(each))])


def _overview(scenarios: list[Scenario]) -> list[str]:
    rows = [
        f"| [{each.id}](#{each.id}) | {_cell(each.title.zh)}<br>{_cell(each.title.en)} | {len(each.indicators)} "
        f"| {sum(one.mandatory and not one.applies_if for one in each.indicators)} |"
        for each in scenarios
    ]
    return ["| | 场景 scenario | 指标 indicators | 必验 mandatory |", "|---|---|---|---|", *rows, ""]


def _scenario(scenario: Scenario) -> list[str]:
    lines = [
        f'<a id="{scenario.id}"></a>',
        "",
        f"## {scenario.id} {scenario.title.zh}",
        "",
        f"{scenario.title.en} · {scenario.field.zh} {scenario.field.en}",
        "",
    ]
    return lines + [line for each in scenario.indicators for line in _indicator(each)]


def _indicator(indicator: Indicator) -> list[str]:
    rows = [
        ("条款 clause", f"“{indicator.clause.text}”"),
        ("出处 source", _source(indicator)),
        ("性质 kind", f"{_KINDS[indicator.kind].zh} {_KINDS[indicator.kind].en}，{_weight(indicator)}"),
        ("判据 criterion", _criterion(indicator)),
        *((_reading_label(each), _reading(each)) for each in indicator.readings),
        *(("证据 evidence", _both(each)) for each in indicator.evidence),
    ]
    if indicator.constants:
        told = (_constant(name, rule) for name, rule in indicator.constants.items())
        rows.append(("常数 constants", "<br>".join(told)))
    if not indicator.instrumented:
        rows.append(("不需要仪器 no instrument", _both(indicator.no_instrument)))
    if indicator.note.zh:
        rows.append(("说明 note", _both(indicator.note)))
    table = [f"| {label} | {_cell(value)} |" for label, value in rows]
    return [f"### {indicator.id} {indicator.title.zh} {indicator.title.en}", "", "| | |", "|---|---|", *table, ""]


def _source(indicator: Indicator) -> str:
    clause = indicator.clause
    row = f"第 {clause.row} 行" if clause.row.isdigit() else clause.row
    return "，".join(part for part in (f"《{clause.document}》", clause.annex, row) if part)


def _weight(indicator: Indicator) -> str:
    if indicator.mandatory_if_limited:
        return "测试方案给出限值时必验 mandatory with a profile's limit"
    if indicator.applies_if:
        return f"适用 `{indicator.applies_if}` 时必验 mandatory where `{indicator.applies_if}` applies"
    return "必验 mandatory" if indicator.mandatory else "参考 informative"


def _criterion(indicator: Indicator) -> str:
    if indicator.limit is None:
        return "限值由测试方案给出 limit from the profile" if indicator.limits_from else "无限值 no limit"
    level = f"{decimal_text(indicator.confidence * 100)} %"
    return f"**{_limit(indicator.limit)}**，{level} {_RULES[indicator.rule].zh} ({_RULES[indicator.rule].en}, {level})"


def _limit(limit: Limit) -> str:
    return str(limit).replace("<=", "≤").replace(">=", "≥")


def _reading_label(reading: Reading) -> str:
    return f"{'●' if reading.default else '○'} `{reading.name}`"


def _reading(reading: Reading) -> str:
    settings = ", ".join(f"{name} {_value(value)}" for name, value in reading.parameters.items())
    what = f"`{reading.measurand}` {reading.statistic}" + (f" ({settings})" if settings else "")
    own = f" **{_limit(reading.limit)}**" if reading.limit else ""
    why = f"<br>{_both(reading.why)}" if reading.why.zh else ""
    about = f"<br>{_ABOUT[reading.about].zh} {_ABOUT[reading.about].en}"
    least = ", ".join(f"{name} {amount}" for name, amount in reading.minimum.items())
    effort = f"；判合格至少需要 PASS takes at least: {least}" if least else ""
    tighten = ", ".join(f"`{name}` ({way.value})" for name, way in reading.tighten.items())
    gates = f"；可收紧 may be tightened: {tighten}" if tighten else ""
    return f"{reading.title.zh} {reading.title.en}: {what}{own}{about}{effort}{gates}{why}"


def _constant(name: str, rule: ConstantRule) -> str:
    """A constant with its default, the way that is stricter, and its range."""
    parts = [f"`{name}`"]
    if rule.default is not None:
        parts.append(f"默认 default {_value(rule.default)}")
    if rule.stricter is not Stricter.NONE:
        parts.append(f"只可 only {_STRICTER[rule.stricter].zh} {_STRICTER[rule.stricter].en}")
    if rule.range is not None:
        parts.append(f"范围 range {rule.range[0]} … {rule.range[1]}")
    if rule.why.zh:
        parts.append(f"{rule.why.zh} {rule.why.en}")
    return "，".join(parts)


def _value(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value).lower()


def _both(text: Text) -> str:
    return f"{text.zh}<br>{text.en}"


def _cell(text: str) -> str:
    """Text that stays inside a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
