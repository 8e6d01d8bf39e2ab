# SPDX-License-Identifier: Apache-2.0
"""What it takes to decide each indicator of a profile, before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from harness import installed
from harness.errors import SpecError
from harness.evaluate import risks
from harness.model import Kind
from harness.quantity import Quantity
from harness.spec import Profile


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
    settings = list(_settings(profile, identifier))
    found = plan(
        criterion,
        profile.declared.get(identifier, {}),
        alpha=alpha or 1 - criterion.confidence,
        beta=beta,
        rate=next(_quantities(settings, "rate", "Hz"), None),
        audited=profile.scenario.indicator(identifier).kind is Kind.AUDITED,
    )
    lines = found.lines("zh")
    if not bound or not probe:
        lines.insert(
            0, "NOT_TESTED: " + ("无数据来源 / no source" if not bound else f"无探针 / no probe for {measurand}")
        )
    planned = next(_quantities(settings, "duration", "s"), None)
    least = found.rows[0].seconds if found.rows else None
    if planned is not None and least is not None and planned < least:
        lines.append(f"计划时长 {float(planned):g} s 不够 / the planned duration is too short")
    return {
        "id": identifier,
        "measurand": measurand,
        "probe": probe,
        "bound": bound,
        "planned_s": None if planned is None else float(planned),
        **found.as_json(),
        "text": "\n".join(lines),
    }


def _settings(profile: Profile, identifier: str) -> Iterator[Mapping[str, Any]]:
    """Settings of the indicator's own sources, then of those it borrows."""
    binding = profile.bindings.get(identifier)
    for owner in () if binding is None else (identifier, *binding.borrowed):
        yield from (source.config for source in profile.bindings[owner].sources)


def _quantities(settings: list[Mapping[str, Any]], name: str, unit: str) -> Iterator[Fraction]:
    """The values of setting ``name`` that are quantities of ``unit``'s dimension."""
    for config in settings:
        try:
            yield Quantity.parse(str(config[name])).to(unit)
        except (KeyError, SpecError):
            continue
