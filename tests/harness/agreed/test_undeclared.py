# SPDX-License-Identifier: Apache-2.0
"""A constant of which neither direction is stricter counts as declared only where somebody else agreed to it beforehand."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness import installed
from harness.agreed.agreement import Agreement, _undeclared, agreement_of, without
from harness.agreed.conditions import conditions
from harness.evidence.bundle import Bundle
from harness.model import About, Stricter, Verdict
from harness.spec import installed_scenarios, load_profile
from tests.probes.network.regimes import DROP_ASKED, judged, watched

PROFILE = Path(__file__).resolve().parents[3] / "profiles/s01_example.yaml"
COMPARED = {("s05", "max_tokens")}
"""Of which the evidence says the value itself."""


def profile_with(tmp_path: Path, value: str) -> Any:
    """The published example, with another silence."""
    text = PROFILE.read_text(encoding="utf-8")
    assert "silent_after: 10 s" in text
    path = tmp_path / PROFILE.name
    path.write_text(text.replace("silent_after: 10 s", f"silent_after: {value}"), encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize(
    ("value", "lacking"), [("60 s", True), ("5 s", True), ("11 s", True), ("10 s", False), ("10000 ms", False)]
)
def test_a_silence_of_ones_own_counts_as_undeclared_without_a_counter_signed_plan(
    tmp_path: Path, value: str, lacking: bool
) -> None:
    profile = profile_with(tmp_path, value)
    found = agreement_of(Bundle(tmp_path), profile, ()).undeclared
    assert found == ({"s01.dropout": ("silent_after",)} if lacking else {})
    left = without(profile, found).declared["s01.dropout"]
    assert ("silent_after" in left) is not lacking
    assert "longest_credible_outage" in left


def test_a_counter_signed_plan_with_the_same_silence_lets_it_count(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, "20 s")
    for signers, lacking in (("ab" * 32,), {}), ((), {"s01.dropout": ("silent_after",)}):
        plan: Any = SimpleNamespace(counter_signers=signers, conditions=conditions(profile))
        assert _undeclared(Agreement(plan), profile) == lacking


def test_what_an_own_silence_would_have_hidden() -> None:
    """Twenty outages of 50 s in a week: 0.17 % of the time, and not one longer than a minute."""
    starts = np.arange(1.0, 21.0) * 20_000
    node = watched(604_800, np.stack([starts, starts + 50.0], axis=1), "T-0")
    assert judged([node], DROP_ASKED, About.WINDOW) is Verdict.FAIL


def test_every_constant_that_moves_freely_within_a_range_needs_an_agreement_or_is_compared() -> None:
    free = {
        (file.scenario.id, name, indicator.default_reading.measurand)
        for file in installed_scenarios()
        for indicator in file.scenario.indicators
        for name, rule in indicator.constants.items()
        if rule.stricter is Stricter.NONE and rule.range is not None
    }
    assert len(free) > 3
    agreed = {
        (scenario, name, measurand)
        for scenario, name, measurand in free
        for each in installed.measurand(measurand).constants  # type: ignore[union-attr]
        if each.name == name and each.agreed
    }
    assert {(scenario, name) for scenario, name, _ in free - agreed} == COMPARED
