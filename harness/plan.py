# SPDX-License-Identifier: Apache-2.0
"""What it takes to decide each indicator of a profile, before anything is measured."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness import installed
from harness.effort import compared, cost_s
from harness.errors import UsageError
from harness.evaluate import risks
from harness.model import Kind
from harness.quantity import Quantity
from harness.spec import Profile
from harness.summaries import defaults_of

if TYPE_CHECKING:
    from harness.kit.settings import Settings
    from harness.spec import SourceSpec


def needs(profile: Profile) -> list[dict[str, Any]]:
    """Per indicator: whether it can be measured here, and the least evidence that could decide it."""
    return [_need(profile, indicator.id) for indicator in profile.scenario.indicators]


def _need(profile: Profile, identifier: str) -> dict[str, Any]:
    from harness.stats.plans import plan

    criterion = profile.criterion(identifier)
    measurand = criterion.reading.measurand
    bound, offered = identifier in profile.bindings, installed.measurand(measurand)
    probe = None if offered is None else offered.recorder
    alpha, beta = risks(profile, criterion, 1)
    settings = list(settings_of(profile, identifier))
    found = plan(
        criterion,
        {**defaults_of(profile.scenario.indicator(identifier)), **profile.declared.get(identifier, {})},
        alpha=alpha or 1 - criterion.confidence,
        beta=beta,
        rate=_first(each.planned_rate_hz for each in settings),
        audited=profile.scenario.indicator(identifier).kind is Kind.AUDITED,
    )
    lines = found.lines("zh")
    if not bound or not probe:
        lines.insert(
            0, "NOT_TESTED: " + ("无数据来源 / no source" if not bound else f"无探针 / no probe for {measurand}")
        )
    minimum = criterion.reading.minimum
    lines.extend(_effort(minimum))
    planned = _first(each.planned_duration_s for each in settings)
    statistic = found.rows[0].seconds if found.rows else None
    cost = max((float(each) for each in (cost_s(minimum), statistic) if each is not None), default=None)
    if cost is not None:
        lines.append(f"至少需要 / at least {cost / 3600:.3g} h")
    if planned is not None and cost is not None and planned < cost:
        lines.append(f"计划时长 {float(planned):g} s 不够 / the planned duration is too short")
    return {
        "id": identifier,
        "measurand": measurand,
        "probe": probe,
        "bound": bound,
        "about": criterion.reading.about.value,
        "minimum": {name: str(each) for name, each in minimum.items()},
        "hours": None if cost is None else cost / 3600,
        "planned_s": None if planned is None else float(planned),
        **found.as_json(),
        "text": "\n".join(lines),
    }


def _effort(minimum: Mapping[str, Quantity]) -> Iterator[str]:
    """The least efforts that PASS takes, as the evaluation will hold against them."""
    for each in compared(minimum, {}):
        yield f"判合格所需 / PASS takes: {each.title.zh} {each.title.en} ≥ {each.asked}"


def hours(wanted: Iterable[Mapping[str, Any]]) -> float | None:
    """What the campaign costs: sources record at the same time, so the longest of what is bound counts."""
    return max((each["hours"] for each in wanted if each["bound"] and each["hours"] is not None), default=None)


def _first(planned: Iterable[Fraction | None]) -> Fraction | None:
    return next((each for each in planned if each is not None), None)


def settings_of(profile: Profile, identifier: str) -> Iterator[Settings]:
    """Settings of the indicator's own sources, then of those it borrows; those that are not sound are told elsewhere."""
    binding = profile.bindings.get(identifier)
    for owner in () if binding is None else (identifier, *binding.borrowed):
        for source in profile.bindings[owner].sources:
            with contextlib.suppress(UsageError, ValidationError):
                yield _form(profile, owner, source).model_validate(_known(source.config))


def _form(profile: Profile, owner: str, source: SourceSpec) -> type[Settings]:
    measurand = installed.measurand(profile.criterion(owner).reading.measurand)
    form: type[Settings] = installed.probe(source.probe or ("" if measurand is None else measurand.recorder)).settings
    return form


def _known(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with a stand-in for what only a simulator will give."""
    return {
        key: "later" if isinstance(value, str) and value.startswith("@") else value for key, value in config.items()
    }
