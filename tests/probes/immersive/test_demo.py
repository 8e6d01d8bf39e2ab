# SPDX-License-Identifier: Apache-2.0
"""S10 of the demonstration: points, visits recorded before, generated frames; replayed to the same bytes."""

from typing import Any

import pytest

from harness.replay import replay
from reports.html import render
from tests.profiles.demonstrated import demonstrated
from tests.reports.keys import keys
from tests.reports.leftovers import leftovers


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The campaign, without a headset's script: the visits that were recorded before are judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("YANSHOU_IWER", raising=False)
        return demonstrated(tmp_path_factory.mktemp("s10"), "more_s10")["more_s10"]


def indicator(done: Any, identifier: str) -> dict[str, Any]:
    return next(each for each in done.evaluation.results["indicators"] if each["id"] == identifier)


def said(found: dict[str, Any]) -> str:
    return " ".join(each["text"]["en"] for each in found["remarks"])


def test_it_replays_to_identical_bytes(done: Any) -> None:
    assert replay(done.root).identical


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_its_report_holds_words_of_its_language_alone(done: Any, lang: str) -> None:
    assert keys(done.root, lang) == []
    assert leftovers(render(done.root, lang)["html"], lang, done.root) == []


def test_six_points_have_their_own_proof_and_three_are_told(done: Any) -> None:
    found = indicator(done, "s10.points")
    assert (found["verdict"], found["estimate"]["value"]) == ("PASS", 6)
    for told in ("Its photograph is that of", "does not say when it was taken", "has no time of running"):
        assert told in said(found)


def test_five_points_are_entered_and_the_planted_faults_are_named(done: Any) -> None:
    found = indicator(done, "s10.points.live")
    assert (found["verdict"], found["estimate"]["value"]) == ("PASS", 5)
    for told in ("left eye is black", "exhibit.png", "controller in the left hand does nothing", "recorded elsewhere"):
        assert told in said(found)
    assert "not in the register" not in said(found)


def test_short_recordings_of_frames_decide_nothing_and_say_what_is_missing(done: Any) -> None:
    for name in ("frame-time", "on-time", "stutter"):
        found = indicator(done, f"s10.experience.{name}")
        assert found["verdict"] == "INCONCLUSIVE"
        assert "less than the 30 min" in found["reasons"][0]["text"]["en"]


def test_the_runtimes_own_prediction_decides_motion_to_photon(done: Any) -> None:
    assert indicator(done, "s10.experience.motion-to-photon")["verdict"] == "PASS"
