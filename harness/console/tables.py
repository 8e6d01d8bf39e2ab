# SPDX-License-Identifier: Apache-2.0
"""Tables on stdout: the scenarios, the verdicts of a campaign, of all demonstrations; blocks where a table is too wide."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Rich

from harness.account.marks import shown_as
from harness.console import flags
from harness.console.language import language, one, pick
from harness.model import Reason, Scenario
from harness.printable import printable
from harness.quantity import unit_of, unit_word

_COLOURS = {
    "PASS": "green",
    "FAIL": "bold red",
    "INCONCLUSIVE": "yellow",
    "INVALID": "magenta",
    "NOT_TESTED": "dim",
    "REPORTED": "cyan",
    "NO_DATA": "dim",
}
_WORDS = {
    "PASS": "通过",
    "FAIL": "不通过",
    "INCONCLUSIVE": "不确定",
    "INVALID": "无效",
    "NOT_TESTED": "未测",
    "REPORTED": "仅报告",
    "NO_DATA": "无数据",
}
_PRINTED = {"REPORTED": "reported only", "NO_DATA": "no data"}
_KINDS = {"measured": "实测 / measured", "audited": "核查 / audited", "attested": "证明 / attested"}
_MANDATORY = {True: "必验 / mandatory", False: "参考 / informative"}
_DIGITS = 6
_WIDE = 120
"""Columns below which seven columns of a table cannot be read."""
_PIPED = 160


def console() -> Console:
    """stdout: as wide as the terminal or as COLUMNS says, else wide enough for tables."""
    found = Console(markup=False, emoji=False, highlight=False)
    if found.is_terminal or os.environ.get("COLUMNS", "").isdecimal():
        return found
    return Console(width=_PIPED, markup=False, emoji=False, highlight=False)


class PlainTable(Table):
    """A table whose texts are texts: a stranger's names carry no markup and steer no terminal."""

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        """A title on the left, columns that fold; ``中文 / English`` in the language of the run."""
        super().__init__(title=Rich(printable(one(title)), style="table.title"), title_justify="left")
        for column in columns:
            self.add_column(one(column), overflow="fold")

    def row(self, *cells: Rich | str, end_section: bool = False) -> None:
        """One row; line ends that are ours stay."""
        self.add_row(*map(_plain, cells), end_section=end_section)


def _plain(cell: Rich | str) -> Rich:
    return cell if isinstance(cell, Rich) else Rich(printable(cell, keep="\n"))


def word(verdict: str) -> str:
    """The verdict, or the word for what is only reported, as the language of the run has it."""
    if language() == "en":
        return _PRINTED.get(verdict, verdict)
    return _WORDS[verdict] if verdict in _PRINTED else f"{verdict} {_WORDS[verdict]}"


def verdict_text(verdict: str) -> Rich:
    """The verdict, coloured."""
    return Rich(word(verdict), style=_COLOURS[verdict])


def scenarios_table(scenarios: Sequence[Scenario]) -> PlainTable:
    """One row a scenario: id, title, how many indicators of which kind, and how many of them are mandatory."""
    lang = language()
    table = PlainTable(
        "验收场景 / Scenarios",
        ("编号 / id", "场景 / scenario", "领域 / field", "指标 / indicators", "必验 / mandatory"),
    )
    for scenario in scenarios:
        kinds = [each.kind.value for each in scenario.indicators]
        counts = "  ".join(f"{one(_KINDS[kind])} {kinds.count(kind)}" for kind in _KINDS if kind in kinds)
        mandatory = sum(each.mandatory for each in scenario.indicators)
        title, field = scenario.title.get(lang), scenario.field.get(lang)
        table.row(scenario.id, title, field, f"{len(kinds)}: {counts}", str(mandatory), end_section=True)
    return table


def scenario_table(scenario: Scenario) -> PlainTable:
    """One row an indicator: clause, kind, limit, the readings with the default first."""
    lang = language()
    table = PlainTable(
        f"{scenario.id}  {scenario.title.get(lang)}",
        ("指标 / indicator", "条款 / clause", "性质 / kind", "限值 / limit", "读法 / readings"),
    )
    for each in scenario.indicators:
        readings = sorted(each.readings, key=lambda reading: not reading.default)
        lines = [f"{'●' if reading.default else '○'} {reading.name}: {reading.title.get(lang)}" for reading in readings]
        kind = f"{one(_KINDS[each.kind.value])}\n{one(_MANDATORY[each.mandatory])}"
        name = f"{each.id}\n{each.title.get(lang)}"
        limit = each.limit.words(lang) if each.limit else "—"
        table.row(name, each.clause.text, kind, limit, "\n".join(lines), end_section=True)
    return table


def verdicts(results: Mapping[str, Any], width: int = _PIPED) -> RenderableType:
    """Value, bounds, limit, verdict, reason and what is missing of each indicator, as a table or, when narrow, in blocks."""
    return verdict_table(results) if width >= _WIDE else _blocks(results)


def verdict_table(results: Mapping[str, Any]) -> PlainTable:
    """One row an indicator: value, bounds, limit, verdict, first reason and what is missing."""
    table = PlainTable(
        _title(results),
        (
            "指标 / indicator",
            "读法 / reading",
            "测得值 / value",
            "界限 / bounds",
            "限值 / limit",
            "判定 / verdict",
            "理由 / reason",
        ),
    )
    for each in results["indicators"]:
        value, bounds, limit = _numbers(each)
        name = each["id"] if each["mandatory"] else f"{each['id']}\n{one('（参考） / (informative)')}"
        said = "\n".join(_said(each))
        table.row(name, each["reading"]["name"], value, bounds, limit, _verdict(each, results), said, end_section=True)
    table.caption = _caption(results)
    return table


def _blocks(results: Mapping[str, Any]) -> Group:
    """One block an indicator: its name and verdict, the numbers, what is to be said."""
    parts: list[RenderableType] = [Rich(printable(_title(results)), style="bold")]
    for each in results["indicators"]:
        value, bounds, limit = _numbers(each)
        head = Rich(f"{each['id']}  ", style="bold").append(_verdict(each, results))
        if not each["mandatory"]:
            head.append(one("（参考） /  (informative)"))
        told = [each["title"][language()], _measured(value, bounds, limit), *_said(each)]
        parts += [head, *(Padding(_plain(line), (0, 0, 0, 2)) for line in told if line)]
    return Group(*parts, _caption(results))


def _measured(value: str, bounds: str, limit: str) -> str:
    if value == "—":
        return pick(f"限值 {limit}", f"limit {limit}")
    return pick(f"测得值 {value}，界限 {bounds}，限值 {limit}", f"value {value}, bounds {bounds}, limit {limit}")


def _title(results: Mapping[str, Any]) -> str:
    scenario = results["scenario"]
    return f"{scenario['id']}  {scenario['title'][language()]}  {results['campaign']['id']}"


def _verdict(each: Mapping[str, Any], results: Mapping[str, Any]) -> Rich:
    """The word with its flags below it."""
    found = verdict_text(
        shown_as(each["verdict"], limited=each["criterion"]["op"] is not None, valued=each["estimate"] is not None)
    )
    if flags.simulated(each, results):
        found.append(pick("\n模拟数据", "\nsimulated"), style="magenta")
    if flags.practice(results):
        found.append(pick("\n演练", "\nrehearsal"), style="magenta")
    return found


def _said(each: Mapping[str, Any]) -> Iterator[str]:
    """The first reason, what is missing, the remarks that are no reasons, what the verdict speaks of."""
    lang = language()
    yield from (one_["text"][lang] for one_ in each["reasons"][:1])
    if each["need"] is not None:
        yield pick("还缺：", "What would decide it: ") + each["need"]["text"][lang]
    yield from (one_["text"][lang] for one_ in each["remarks"] if one_ not in each["reasons"][:1])
    yield each["speaks"][lang]


def _caption(results: Mapping[str, Any]) -> Rich:
    """The scenario's verdict, and what must not be overlooked beside it."""
    caption = _plain(f"{flags.mark(results)}{pick('总判定：', 'scenario verdict: ')}{word(results['verdict'])}")
    for told in flags.flagged(results):
        caption.append(f"\n{printable(told)}", style="bold magenta")
    publisher = results["scenario"]["published_by"]
    if publisher is not None:
        named = printable(f"{publisher['name']} {publisher['version']}")
        caption.append(pick(f"\n情景与 {named} 发布的逐字节相同", f"\nscenario as published with {named}"))
    return caption


def demonstrated_table(shown: Sequence[tuple[str, Mapping[str, Any]]], absent: Mapping[str, Reason]) -> PlainTable:
    """One row a demonstration with the scenario's verdict and why, then the scenarios that have none."""
    table = PlainTable(
        "全部演示 / All demonstrations", ("场景 / scenario", "演示 / demonstration", "判定 / verdict", "理由 / reason")
    )
    for name, results in shown:
        table.row(results["scenario"]["id"], name, verdict_text(results["verdict"]), _deciding(results))
    for scenario, why in absent.items():
        table.row(scenario, "—", "—", why.text.get(language()))
    return table


def _deciding(results: Mapping[str, Any]) -> str:
    """The mandatory indicator that the scenario's verdict comes from, and its first reason."""
    mandatory = [each for each in results["indicators"] if each["mandatory"]]
    grave = [each for each in mandatory if each["verdict"] == results["verdict"]] or mandatory
    told = next((each for each in grave if each["reasons"]), None)
    return "" if told is None else f"{told['id']}: {told['reasons'][0]['text'][language()]}"


def _numbers(each: Mapping[str, Any]) -> tuple[str, str, str]:
    """Value, bounds and limit, in the limit's unit."""
    estimate, criterion = each["estimate"], each["criterion"]
    value = bounds = "—"
    if estimate is not None:
        unit, factor = shown_in(estimate["unit"], criterion["unit"])
        shown = {key: number(estimate[key], factor) for key in ("value", "lower", "upper")}
        value, bounds = f"{shown['value']} {_unit(unit)}".rstrip(), f"[{shown['lower']}, {shown['upper']}]"
    signs = {"<=": "≤", ">=": "≥", "==": "="}
    op = signs.get(criterion["op"], criterion["op"])
    limit = "—" if op is None else f"{op} {number(criterion['limit'])} {_unit(criterion['unit'])}".rstrip()
    return value, bounds, limit


def _unit(unit: str) -> str:
    return unit_word(unit, language())


def shown_in(unit: str, wanted: str | None) -> tuple[str, float]:
    """The unit a value is shown in (its limit's where there is one, percent for a bare ratio) and the factor to it."""
    dimension, factor = unit_of(unit)
    target = wanted or ("%" if unit == "1" else unit)
    there, divisor = unit_of(target)
    return (target, float(factor / divisor)) if there == dimension else (unit, 1.0)


def number(value: float | None, factor: float = 1.0) -> str:
    """A number, times ``factor``, with at most six significant digits; a dash where there is no bound."""
    return "—" if value is None else f"{value * factor:.{_DIGITS}g}"
