# SPDX-License-Identifier: Apache-2.0
"""The demonstration of S02: three carriers and an outage, replayed to identical bytes, and its pages in both languages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness import installed
from harness.replay import replay
from tests.profiles.demonstrated import demonstrated
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demonstration as a campaign."""
    done = demonstrated(tmp_path_factory.mktemp("demo"), "more_s02")["more_s02"]
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: replay(done.root).identical).result()
    return done


def test_every_record_arrives_once_through_an_outage(shown: Any) -> None:
    found = {each["id"]: each for each in shown.evaluation.results["indicators"]}
    exchange, delay = found["s02.exchange"], found["s02.exchange.delay"]
    assert (exchange["verdict"], exchange["estimate"]["value"], exchange["estimate"]["n"]) == ("PASS", 0, 300)
    assert delay["verdict"] == "PASS"
    assert delay["estimate"]["upper"] > 400, "the outage is part of the delay"
    assert {each["code"] for each in exchange["remarks"]} == {"health.outages"}
    simulated = {each.partition("/")[0] for each in shown.evaluation.results["campaign"]["simulated"]}
    assert "s02.exchange" in simulated, "everything here is simulated, and says so"


def test_every_mandatory_indicator_is_judged_and_the_drive_is_a_drive(shown: Any) -> None:
    found = {each["id"]: each for each in shown.evaluation.results["indicators"]}
    assert {each["verdict"] for each in found.values() if each["mandatory"]} == {"PASS"}
    assert {each for each in found if each.startswith("s02.mobility.")} == {
        each for each, judged in found.items() if judged["mandatory"] and "mobility" in each
    }
    assert found["s02.mobility.interruption"]["estimate"]["value"] > 150, "the break of the simulated drive is found"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_report_holds_prose_of_the_other_language(shown: Any, lang: str) -> None:
    for page in installed.load("yanshou.reports", "html")(shown.root, lang).values():
        assert leftovers(page, lang, shown.root) == []
    assert keys(shown.root, lang) == []
