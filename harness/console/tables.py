# SPDX-License-Identifier: Apache-2.0
"""Tables on stdout: the scenarios, a plan, the verdicts of a campaign, the defects of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text as Rich

from harness.model import Reason, Scenario
from harness.printable import printable
from harness.quantity import Quantity, unit_of
from harness.spec import Profile

_COLOURS = {"PASS": "green", "FAIL": "bold red", "INCONCLUSIVE": "yellow", "INVALID": "magenta", "NOT_TESTED": "dim"}
_WORDS = {"PASS": "通过", "FAIL": "不通过", "INCONCLUSIVE": "不确定", "INVALID": "无效", "NOT_TESTED": "未测"}
_KINDS = {"measured": "实测", "audited": "核查", "attested": "证明"}
_DIGITS = 6


def console() -> Console:
    """stdout; wide enough for tables when it is not a terminal."""
    found = Console(markup=False, emoji=False, highlight=False)
    return found if found.is_terminal else Console(width=160, markup=False, emoji=False, highlight=False)


class PlainTable(Table):
    """A table whose texts are texts: a stranger's names carry no markup and steer no terminal."""

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        """A title on the left, columns that fold."""
        super().__init__(title=Rich(printable(title), style="table.title"), title_justify="left")
        for column in columns:
            self.add_column(column, overflow="fold")

    def row(self, *cells: Rich | str, end_section: bool = False) -> None:
        """One row; line ends that are ours stay."""
        self.add_row(*map(_plain, cells), end_section=end_section)


def _plain(cell: Rich | str) -> Rich:
    return cell if isinstance(cell, Rich) else Rich(printable(cell, keep="\n"))


def verdict_text(verdict: str) -> Rich:
    """The verdict in both languages, coloured."""
    return Rich(f"{verdict} {_WORDS[verdict]}", style=_COLOURS[verdict])


def scenarios_table(scenarios: Sequence[Scenario]) -> PlainTable:
    """One row a scenario: id, title, how many indicators of which kind, the clauses with limits."""
    table = PlainTable(
        "验收场景 / Scenarios", ("id", "场景 / scenario", "领域 / field", "指标 / indicators", "必验 / mandatory")
    )
    for scenario in scenarios:
        kinds = [each.kind.value for each in scenario.indicators]
        counts = "  ".join(f"{_KINDS[kind]} {kinds.count(kind)}" for kind in _KINDS if kind in kinds)
        mandatory = sum(each.mandatory for each in scenario.indicators)
        title = f"{scenario.title.zh}\n{scenario.title.en}"
        table.row(scenario.id, title, scenario.field.zh, f"{len(kinds)}: {counts}", str(mandatory), end_section=True)
    return table


def scenario_table(scenario: Scenario) -> PlainTable:
    """One row an indicator: clause, kind, limit, the readings with the default first."""
    table = PlainTable(
        f"{scenario.id}  {scenario.title.zh} / {scenario.title.en}",
        ("指标 / indicator", "条款 / clause", "性质 / kind", "限值 / limit", "读法 / readings"),
    )
    for each in scenario.indicators:
        readings = sorted(each.readings, key=lambda reading: not reading.default)
        lines = [f"{'●' if reading.default else '○'} {reading.name}: {reading.title.zh}" for reading in readings]
        kind = (
            f"{_KINDS[each.kind.value]} {each.kind.value}\n{'必验 mandatory' if each.mandatory else '参考 informative'}"
        )
        name = f"{each.id}\n{each.title.zh}\n{each.title.en}"
        table.row(
            name, each.clause.text, kind, each.limit.text if each.limit else "—", "\n".join(lines), end_section=True
        )
    return table


def plan_table(profile: Profile, needs: Mapping[str, str]) -> PlainTable:
    """One row an indicator of the profile's scenario: reading, limit, sources, what it takes."""
    table = PlainTable(
        f"{profile.name}  {profile.scenario.title.zh}",
        ("指标 / indicator", "读法 / reading", "判据 / criterion", "数据来源 / sources", "所需 / needs"),
    )
    for each in profile.scenario.indicators:
        criterion = profile.criterion(each.id)
        binding = profile.bindings.get(each.id)
        bound = [] if binding is None else [spec.probe or spec.name for spec in binding.sources]
        borrowed = [] if binding is None else [f"← {owner}" for owner in binding.borrowed]
        limit = f"{criterion.limit.text if criterion.limit else '—'}\n{criterion.rule.value}, {Quantity(criterion.confidence * 100, '%')}"
        sources = "\n".join([*bound, *borrowed]) or "（未指定 / none）"
        table.row(each.id, criterion.reading.name, limit, sources, needs.get(each.id, ""), end_section=True)
    return table


def verdict_table(results: Mapping[str, Any]) -> PlainTable:
    """One row an indicator: value, bounds, limit, verdict, first reason."""
    scenario, campaign = results["scenario"], results["campaign"]
    table = PlainTable(
        f"{scenario['id']}  {scenario['title']['zh']}  {campaign['id']}",
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
        table.row(*_verdict_row(each))
    table.caption = _caption(results)
    return table


def _caption(results: Mapping[str, Any]) -> Rich:
    """The scenario's verdict, and what must not be overlooked beside it."""
    caption = _plain(f"总判定 / scenario verdict: {results['verdict']} {_WORDS[results['verdict']]}")
    publisher = results["scenario"]["published_by"]
    if publisher is None:
        caption.append("\n所用情景不是已发布的情景 / NOT THE PUBLISHED SCENARIO", style="bold red")
    else:
        caption.append(
            printable(f"\n情景 / scenario: as published with {publisher['name']} {publisher['version']}", keep="\n")
        )
    if results["campaign"]["practice"]:
        caption.append("\n演练，不得作为验收依据 / REHEARSAL, no ground for acceptance", style="magenta")
    return caption


def demonstrated_table(shown: Sequence[tuple[str, Mapping[str, Any]]], absent: Mapping[str, Reason]) -> PlainTable:
    """One row a demonstration with the scenario's verdict and why, then the scenarios that have none."""
    table = PlainTable(
        "全部演示 / All demonstrations", ("场景 / scenario", "演示 / demonstration", "判定 / verdict", "理由 / reason")
    )
    for name, results in shown:
        table.row(results["scenario"]["id"], name, verdict_text(results["verdict"]), _deciding(results))
    for scenario, why in absent.items():
        table.row(scenario, "—", "—", f"{why.text.zh}\n{why.text.en}")
    return table


def _deciding(results: Mapping[str, Any]) -> str:
    """The mandatory indicator that the scenario's verdict comes from, and its first reason."""
    mandatory = [each for each in results["indicators"] if each["mandatory"]]
    grave = [each for each in mandatory if each["verdict"] == results["verdict"]] or mandatory
    told = next((each for each in grave if each["reasons"]), None)
    return (
        "" if told is None else f"{told['id']}: {told['reasons'][0]['text']['zh']}\n{told['reasons'][0]['text']['en']}"
    )


def _verdict_row(each: Mapping[str, Any]) -> tuple[Rich | str, ...]:
    estimate, criterion = each["estimate"], each["criterion"]
    value = bounds = "—"
    if estimate is not None:
        unit, factor = _shown_in(estimate["unit"], criterion["unit"])
        shown = {key: number(estimate[key], factor) for key in ("value", "lower", "upper")}
        value, bounds = f"{shown['value']} {unit}", f"[{shown['lower']}, {shown['upper']}]"
    signs = {"<=": "≤", ">=": "≥", "==": "="}
    op = signs.get(criterion["op"], criterion["op"])
    limit = "—" if op is None else f"{op} {number(criterion['limit'])} {criterion['unit']}"
    reason = "\n".join([*(one["text"]["zh"] for one in each["reasons"][:1]), each["speaks"]["zh"]])
    name = each["id"] if each["mandatory"] else f"{each['id']}\n（参考 / informative）"
    return name, each["reading"]["name"], value, bounds, limit, verdict_text(each["verdict"]), reason


def _shown_in(unit: str, wanted: str | None) -> tuple[str, float]:
    """The unit a value is shown in (its limit's where there is one, percent for a bare ratio) and the factor to it."""
    dimension, factor = unit_of(unit)
    target = wanted or ("%" if unit == "1" else unit)
    there, divisor = unit_of(target)
    return (target, float(factor / divisor)) if there == dimension else (unit, 1.0)


def number(value: float | None, factor: float = 1.0) -> str:
    """A number, times ``factor``, with at most six significant digits; a dash where there is no bound."""
    return "—" if value is None else f"{value * factor:.{_DIGITS}g}"
