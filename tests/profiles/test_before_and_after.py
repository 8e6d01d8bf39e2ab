# SPDX-License-Identifier: Apache-2.0
"""The demonstrations of before and after: a sealed baseline, then the comparison; ledgers of change orders."""

from typing import Any

import pytest

from harness import installed
from harness.replay import replay
from tests.profiles.demonstrated import demonstrated
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers

NAMES = ("more_s06_1_baseline", "more_s06_2_change", "more_s03")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each demonstration as a campaign, run beside each other as ``yanshou demo --all`` runs them."""
    done = demonstrated(tmp_path_factory.mktemp("demo"), *NAMES)
    assert all(replay(each.root).identical for each in done.values())
    return done


def indicator(shown: dict[str, Any], name: str, identifier: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in shown[name].evaluation.results["indicators"] if each["id"] == identifier
    )
    return found


def test_the_baseline_is_whole_and_judges_nothing(shown: dict[str, Any]) -> None:
    assert shown["more_s06_1_baseline"].evaluation.baseline
    assert {each["verdict"] for each in shown["more_s06_1_baseline"].evaluation.results["indicators"]} == {"NOT_TESTED"}


@pytest.mark.parametrize(("identifier", "share"), [("s06.cost", 0.30), ("s06.efficiency", 0.55)])
def test_cost_and_efficiency_are_proven_net_of_the_control_group(
    shown: dict[str, Any], identifier: str, share: float
) -> None:
    found = indicator(shown, "more_s06_2_change", identifier)
    assert found["verdict"] == "PASS"
    assert found["estimate"]["value"] == pytest.approx(share, abs=0.02)
    codes = [each["code"] for each in found["remarks"]]
    assert "change.net-of-control" in codes
    assert any(each.startswith("baseline.sealed") for each in codes)
    assert codes.count("tallies.totals") == 2


def test_change_orders_fell_by_more_than_the_clause_asks(shown: dict[str, Any]) -> None:
    found = indicator(shown, "more_s03", "s03.changes")
    assert found["verdict"] == "PASS"
    assert found["estimate"]["n"] == 291
    assert "change.observed" in [each["code"] for each in found["remarks"]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_report_holds_prose_of_the_other_language(shown: dict[str, Any], name: str, lang: str) -> None:
    bundle = shown[name].root
    for page in installed.load("yanshou.reports", "html")(bundle, lang).values():
        assert leftovers(page, lang, bundle) == []
    assert keys(bundle, lang) == []
