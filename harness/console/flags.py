# SPDX-License-Identifier: Apache-2.0
"""What must stand beside a verdict wherever it is shown: that its data are simulated, that it was a rehearsal, whose law it is.

Read from results.json alone, so that the terminal, ``verify`` and the build server say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.account.marks import simulated_file
from harness.console.language import pick


def simulated(indicator: Mapping[str, Any], results: Mapping[str, Any]) -> bool:
    """Whether a trace that the indicator was judged from was recorded from a simulated peer."""
    named = results["campaign"]["simulated"]
    return any(simulated_file(each["path"], named) for each in indicator["evidence"])


def practice(results: Mapping[str, Any]) -> bool:
    """Whether the campaign was a rehearsal."""
    return bool(results["campaign"]["practice"])


def flagged(results: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that keeps these verdicts from being ground for acceptance."""
    told = []
    sources = results["campaign"]["simulated"]
    if sources:
        named = ", ".join(sources)
        told.append(
            pick(
                f"演示（模拟数据）：{named}；不得作为验收依据",
                f"DEMONSTRATION (simulated data): {named}; no ground for acceptance",
            )
        )
    if practice(results):
        told.append(pick("演练，不得作为验收依据", "REHEARSAL, no ground for acceptance"))
    if results["scenario"]["published_by"] is None:
        told.append(pick("所用情景不是已发布的情景", "NOT THE PUBLISHED SCENARIO"))
    return told


def mark(results: Mapping[str, Any]) -> str:
    """The short mark that goes before the scenario's verdict; empty for data of the project itself."""
    if results["campaign"]["simulated"]:
        return pick("演示（模拟数据）：", "Demonstration (simulated data): ")
    return pick("演练：", "Rehearsal: ") if practice(results) else ""
