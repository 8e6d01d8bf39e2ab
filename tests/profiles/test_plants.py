# SPDX-License-Identifier: Apache-2.0
"""The demonstrations of plants: real MQTT from simulated assets, replayed to identical bytes, and their pages in both languages."""

import re
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import pytest

from harness import installed
from harness.replay import replay
from tests.profiles.demonstrated import demonstrated
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers

NAMES = ("more_s04", "more_p03_devices")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each demonstration as a campaign."""
    done = demonstrated(tmp_path_factory.mktemp("demo"), *NAMES)
    with ThreadPoolExecutor(1) as pool:
        assert all(pool.map(lambda each: replay(each.root).identical, done.values()))
    return done


def indicator(shown: dict[str, Any], name: str, identifier: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in shown[name].evaluation.results["indicators"] if each["id"] == identifier
    )
    return found


@pytest.mark.parametrize(
    ("name", "identifier", "least", "most", "verdict"),
    [
        ("more_s04", "s04.networked", Fraction(8, 10), Fraction(72, 80), "INCONCLUSIVE"),
        ("more_s04", "s04.visual", Fraction(54, 60), Fraction(58, 60), "PASS"),
        ("more_s04", "s04.alarm", Fraction(25, 27), Fraction(25, 27), "PASS"),
        ("more_p03_devices", "p03.devices", Fraction(5001), Fraction(5100), "INCONCLUSIVE"),
    ],
)
def test_the_planted_shares_are_found(
    shown: dict[str, Any], name: str, identifier: str, least: Fraction, most: Fraction, verdict: str
) -> None:
    found = indicator(shown, name, identifier)
    value = found["estimate"]["value"]
    assert float(least) <= value <= float(most) + 1e-9
    assert found["verdict"] == verdict
    simulated = {each.partition("/")[0] for each in shown[name].evaluation.results["campaign"]["simulated"]}
    assert identifier in simulated, "everything here is simulated, and says so"


def test_a_sample_that_both_sides_drew_bounds_the_planted_share_and_its_draw_is_shown(shown: dict[str, Any]) -> None:
    found = indicator(shown, "more_s04", "s04.visual")
    assert found["estimate"]["n"] == 60
    assert found["estimate"]["lower"] <= 74 / 80 <= found["estimate"]["upper"]
    assert found["estimate"]["lower"] < found["estimate"]["upper"]
    steps = next(each for each in found["listings"] if each["key"] == "draw")["rows"]
    assert [each[1]["en"].split()[-1] for each in steps] == ["sealed", *["committed"] * 2, *["revealed"] * 2]
    assert all("SIMULATED-" in each[2][lang] for each in steps[3:] for lang in ("zh", "en"))
    for lang, title in (("zh", "公开抽样过程"), ("en", "The public draw")):
        page = installed.load("yanshou.reports", "html")(shown["more_s04"].root, lang)["html"].decode()
        assert re.search(rf"<figure>\s*<svg[^>]*>\s*<title[^>]*>{title}", page)
        assert "list_sha256" not in page.split("</style>")[-1]


def test_the_platform_says_more_than_the_wire(shown: dict[str, Any]) -> None:
    said = next(
        each for each in indicator(shown, "more_s04", "s04.networked")["remarks"] if each["code"] == "plant.says"
    )
    assert said["facts"]["platform"] == 80
    assert said["facts"]["wire"] <= 72


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_report_holds_prose_of_the_other_language(shown: dict[str, Any], name: str, lang: str) -> None:
    bundle = shown[name].root
    for page in installed.load("yanshou.reports", "html")(bundle, lang).values():
        assert leftovers(page, lang, bundle) == []
    assert keys(bundle, lang) == []
