# SPDX-License-Identifier: Apache-2.0
"""What ``yanshou plan`` prints: one line an indicator with what is missing, what the registers hold; with ``-v`` all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.console.beginning.answers import owed
from harness.console.language import language, one, pick
from harness.console.tables import PlainTable
from harness.quantity import Quantity
from harness.spec import Profile, uscc

_OPEN, _DONE = "✗", "✓"


def lines(profile: Profile, wanted: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The plan, one line an indicator; informative ones without a source are counted, not listed."""
    lang = language()
    yield f"{profile.name}  {profile.scenario.title.get(lang)}"
    left = []
    for each in wanted:
        indicator = profile.scenario.indicator(each["id"])
        if not indicator.mandatory and not each["bound"]:
            left.append(each["id"])
            continue
        mark = _OPEN if each["lacks"] else _DONE
        kind = one("必验 / mandatory") if indicator.mandatory else one("参考 / informative")
        yield (
            f"{mark} {each['id']} {indicator.title.get(lang)}（{kind}）：{each['line'][lang]}"
            if lang == "zh"
            else (f"{mark} {each['id']} {indicator.title.get(lang)} ({kind}): {each['line'][lang]}")
        )
        yield from (f"    {seen[lang]}" for seen in each["seen"])
    if left:
        yield pick(f"没有来源的参考指标：{'、'.join(left)}", f"informative, without a source: {', '.join(left)}")


def warnings(profile: Profile) -> Iterator[str]:
    """What is still to be filled in, and credit codes that no organisation can have."""
    open_keys = owed(profile)
    if open_keys:
        yield pick("还要填写：", "still to fill in: ") + ", ".join(open_keys)
    project = profile.project
    for name, code in ((each.name, each.uscc) for each in (project.applicant, *project.members)):
        found = uscc.defects(uscc.normalise(code)) if "project.applicant.uscc" not in open_keys else ()
        if found:
            told = {
                "length": pick("不是 18 位", "it has not 18 characters"),
                "alphabet": pick("含有 I、O、S、V、Z 之类不用的字母", "it has letters that no code has"),
                "division": pick("第 3—8 位不是行政区划", "positions 3 to 8 are no division"),
                "check": pick("校验位不对（GB 32100）", "its check digit is wrong (GB 32100)"),
                "organisation-check": pick("第 17 位校验不对（GB 11714）", "position 17 is no check digit (GB 11714)"),
                "mangled": pick("被电子表格改写成数字", "a spreadsheet turned it into a number"),
            }
            why = pick("，", ", ").join(told[each] for each in found)
            yield pick(f"{name} 的统一社会信用代码 {code} 有误：{why}", f"the code {code} of {name} is wrong: {why}")


def details(profile: Profile, wanted: Sequence[Mapping[str, Any]]) -> PlainTable:
    """One row an indicator: reading, limit, sources, everything deciding it takes."""
    lang = language()
    table = PlainTable(
        f"{profile.name}  {profile.scenario.title.get(lang)}",
        ("指标 / indicator", "读法 / reading", "判据 / criterion", "数据来源 / sources", "所需 / needs"),
    )
    for each in wanted:
        criterion = profile.criterion(each["id"])
        binding = profile.bindings.get(each["id"])
        bound = [] if binding is None else [spec.probe or spec.name for spec in binding.sources]
        borrowed = [] if binding is None else [f"← {owner}" for owner in binding.borrowed]
        rule = f"{criterion.rule.value}, {Quantity(criterion.confidence * 100, '%')}"
        limit = f"{criterion.limit.words(lang) if criterion.limit else '—'}\n{rule}"
        sources = "\n".join([*bound, *borrowed]) or one("（未指定） / (none)")
        told = "\n".join(item[lang] for key in ("lacks", "details", "seen") for item in each[key])
        table.row(each["id"], criterion.reading.name, limit, sources, told, end_section=True)
    return table
