# SPDX-License-Identifier: Apache-2.0
"""What it takes to decide each indicator of a profile, before anything is measured."""

from __future__ import annotations

from typing import Any

from harness import plugins
from harness.spec import Profile


def needs(profile: Profile) -> list[dict[str, Any]]:
    """Per indicator: whether it can be measured here, and the least evidence that could decide it."""
    return [_need(profile, indicator.id) for indicator in profile.scenario.indicators]


def _need(profile: Profile, identifier: str) -> dict[str, Any]:
    measurand = profile.criterion(identifier).reading.measurand
    bound = identifier in profile.bindings
    probe = plugins.probe_of(measurand)
    text = (
        ""
        if bound and probe
        else "NOT_TESTED: " + ("无数据来源 / no source" if not bound else f"无探针 / no probe for {measurand}")
    )
    return {"id": identifier, "measurand": measurand, "probe": probe, "bound": bound, "text": text}
