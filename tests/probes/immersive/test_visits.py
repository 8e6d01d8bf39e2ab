# SPDX-License-Identifier: Apache-2.0
"""Visits to points: one that is not entered, is black, lacks an asset or does not answer costs its point, and says why."""

from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.errors import SpecError
from harness.kit.lines import session_of
from harness.model import About, Judgement, Outcome, Verdict
from harness.quantity import Quantity
from harness.testing import Question, answer, inputs_of, judge
from probes.immersive.digests.visits import Visits, interactive, visits
from tests.probes.immersive.visited import EYE, HAND, HARDWARE, SOFTWARE, rounds, session, trace, visit

PROBE = installed.probe("immersive.visits")
GIVEN = {"recorded": "visits.jsonl"}
LIVE = Question("immersive.live", "count", ">= 5 个", about=About.WINDOW, minimum={"trials": Quantity.parse("3")})
SOON = Question("immersive.interactive", "quantile", "<= 500 ms", {"q": "95 %", "quiet": "5 s"}, about=About.WINDOW)


def judged(data: bytes, folder: Path, question: Question = LIVE) -> tuple[Outcome, Judgement]:
    return judge(PROBE, data, question, folder, GIVEN)


def said(outcome: Outcome) -> str:
    return " ".join(each.text.en for each in outcome.remarks)


def digest(rows: list[dict[str, Any]], kind: str = "xr", **facts: Any) -> Visits:
    return visits(session_of(iter(trace(rows, kind, **facts).splitlines()), "yanshou.visits/1"))


def test_points_that_are_entered_every_time_count(tmp_path: Path) -> None:
    outcome, judgement = judged(trace(rounds()), tmp_path)
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.value == 5


def test_too_few_visits_prove_nothing(tmp_path: Path) -> None:
    assert judged(trace(rounds(times=2)), tmp_path)[1].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"refused": "net::ERR_CONNECTION_REFUSED"}, "could not be opened: net::ERR_CONNECTION_REFUSED"),
        ({"broken": "Target crashed"}, "broke off: Target crashed"),
        ({"status": 503}, "answered with the status 503"),
        ({"status": None}, "answered with the status None"),
        ({"final": "http://site.example:8080/P5/"}, "leads to another server"),
        ({"errors": ["boom"]}, "threw 1 errors"),
        ({"unlisted": 3}, "3 requests could not be checked"),
        ({"xr": {"button": False}}, "no button on the page that enters"),
        ({"xr": {"button": True, "refused": ["NotSupportedError"]}}, "No immersive session started after the button was pressed (NotSupportedError)"),
        ({"xr": session(mode="immersive-ar")}, "The session that started is immersive-ar"),
        ({"xr": session(stamps_ms=[1.0, 2.0])}, "The session had 2 frames only"),
        ({"xr": session(ended=True)}, "ended by itself"),
        ({"xr": session(least=1)}, "had 1 to 2 views"),
        ({"xr": session(least=0, most=0)}, "had 0 to 0 views"),
        ({"xr": session(errors=["TypeError"])}, "1 errors came up in the session"),
        ({"xr": session(eyes=[EYE])}, "pictures of both eyes could not be read"),
        ({"xr": session(eyes=[{**EYE, "mean": 0, "deviation": 0}, EYE])}, "The picture of the left eye is black"),
        ({"xr": session(eyes=[EYE, {**EYE, "deviation": 0.1}])}, "The picture of the right eye has one colour only"),
        ({"xr": session(hands={"left": HAND})}, "no controller in the right hand"),
        ({"xr": session(hands={"left": HAND, "right": {"handled": 0, "errors": 0, "changed": 0}})}, "does nothing"),
        ({"xr": session(hands={"left": {**HAND, "errors": 1}, "right": HAND})}, "caused 1 errors"),
    ],
)  # fmt: skip
def test_one_bad_visit_of_many_costs_its_point(tmp_path: Path, spoilt: dict[str, Any], told: str) -> None:
    rows = rounds()
    rows[-1] = {**rows[-1], **spoilt}
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.FAIL
    assert told in said(outcome)
    assert "P5: " in said(outcome)


def test_a_scene_that_the_screen_does_not_show_is_none(tmp_path: Path) -> None:
    rows = rounds()
    rows[-1] = {**rows[-1], "picture": {"mean": 3.0, "deviation": 0.2, "digest": "d", "sha256": "e"}}
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.FAIL
    assert "The picture of the page is black" in said(outcome)


def test_a_testing_machine_without_a_network_condemns_no_point(tmp_path: Path) -> None:
    rows = rounds()
    rows[-1] = {**rows[-1], "refused": "Page.goto: net::ERR_INTERNET_DISCONNECTED"}
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "itself was offline" in said(outcome)


def asset(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "type": "image", "start_ms": 30.0, "end_ms": 50.0, "status": 200, "sha256": "x", **more}


@pytest.mark.parametrize(
    "missing",
    [
        asset("http://site.example/P5/a.png", status=404),
        asset("http://cdn.example/a.png", status=500),
        {"url": "http://site.example/a.png", "type": "image", "start_ms": 30.0, "failed": "net::ERR_FAILED"},
        {"url": "http://site.example/a.glb", "type": "fetch", "start_ms": 30.0},
    ],
)
def test_an_asset_that_did_not_come_costs_the_point_wherever_it_was_to_come_from(
    tmp_path: Path, missing: dict[str, Any]
) -> None:
    rows = rounds()
    rows[-1]["requests"].append(missing)
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.FAIL
    assert "1 of its contents are missing" in said(outcome)


@pytest.mark.parametrize(
    ("kind", "path", "mime", "whole"),
    [
        ("image", "hall.png", "text/html; charset=utf-8", False),
        ("fetch", "exhibit.GLB", "text/html", False),
        ("script", "app.js", "text/html", False),
        ("fetch", "scene.json", "application/json", True),
        ("fetch", "api/greeting", "text/html", True),
        ("image", "hall.png", "image/png", True),
        ("image", "hall.png", "", True),
    ],
)
def test_a_page_in_place_of_a_content_is_a_content_that_did_not_come(
    tmp_path: Path, kind: str, path: str, mime: str, whole: bool
) -> None:
    rows = rounds()
    rows[-1]["requests"].append({**asset(f"http://site.example/P5/{path}"), "type": kind, "mime": mime})
    assert (judged(trace(rows), tmp_path)[1].verdict is Verdict.PASS) is whole


def test_one_picture_for_both_eyes_is_left_to_a_person(tmp_path: Path) -> None:
    rows = rounds()
    rows[-1]["xr"] = session(eyes=[EYE, EYE])
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "Both eyes see exactly the same picture" in said(outcome)


def test_what_comes_from_elsewhere_is_told_and_is_not_the_points_own() -> None:
    row = visit()
    row["requests"].append(asset("https://cdn.example/a.png", sha256="more"))
    plain, foreign = digest([visit()]).visits[0], digest([row]).visits[0]
    own = digest([row], hosts=["https://cdn.example"]).visits[0]
    assert foreign.scene == plain.scene != own.scene
    assert "https://cdn.example:443" in foreign.told[0].text.en
    assert not own.told


def test_the_same_host_by_tls_is_the_points_own_and_another_port_is_not() -> None:
    upgraded = digest([visit(final="https://site.example/P1/")]).visits[0]
    assert not upgraded.faults
    for other in (
        "https://site.example:8443/",
        "http://site.example:81/",
        "https://site.example.org/",
        "https://example/",
    ):
        assert [each.code for each in digest([visit(final=other)]).visits[0].faults] == ["visits.elsewhere"]


def test_one_scene_under_two_addresses_is_one_cluster(tmp_path: Path) -> None:
    rows = rounds()
    for row in rows:
        if row["point"] == "P5":
            row["requests"] = [{**each, "sha256": other["sha256"]} for each, other in zip(row["requests"], visit("P1")["requests"], strict=True)]  # fmt: skip
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "form 4 clusters: P1、P5" in said(outcome)


def test_an_answer_that_cannot_be_told_from_a_moving_scene_is_left_to_a_person(tmp_path: Path) -> None:
    rows = [{**each, "xr": session(idle=[0.05, 0.03, 0.04])} if each["point"] == "P5" else each for each in rounds()]
    outcome, judgement = judged(trace(rows), tmp_path)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "a person has to look" in said(outcome)


def test_a_press_whose_picture_was_not_read_proves_nothing_either_way(tmp_path: Path) -> None:
    hands = {"left": HAND, "right": {**HAND, "changed": None}}
    rows = [{**each, "xr": session(hands=hands)} if each["point"] == "P5" else each for each in rounds()]
    assert judged(trace(rows), tmp_path)[1].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "spoil",
    [
        {"t": "yesterday"}, {"url": "http://other.example/"}, {"paint_ms": "soon"}, {"long_tasks": [[1]]}, {"requests": None},
        {"xr": {}}, {"xr": session(eyes=[{}, {}])}, {"frames_ms": ["a"]}, {"point": "P9"}, {"picture": 3, "xr": None},
    ],
)  # fmt: skip
def test_a_line_that_is_no_visit_counts_for_nothing_and_is_told(tmp_path: Path, spoil: dict[str, Any]) -> None:
    rows = rounds()
    data = trace(rows)
    lines = data.splitlines(keepends=True)
    bad = trace([{**rows[-1], "xr": session(), **spoil}]).splitlines(keepends=True)[1]
    outcome, judgement = judged(b"".join([*lines, bad]), tmp_path)
    assert judgement.verdict is not Verdict.PASS
    assert "1 lines of the record of visits cannot be read" in said(outcome)


def test_web_points_have_to_show_something(tmp_path: Path) -> None:
    assert judged(trace(rounds(), "web"), tmp_path)[1].verdict is Verdict.PASS
    blank = {"mean": 255.0, "deviation": 0.4, "digest": "d", "sha256": "e"}
    outcome, judgement = judged(trace(rounds(picture=blank), "web"), tmp_path)
    assert judgement.verdict is Verdict.FAIL
    assert "The picture of the page has one colour only" in said(outcome)


def test_no_visit_is_never_a_pass(tmp_path: Path) -> None:
    assert judged(trace([]), tmp_path)[1].verdict is not Verdict.PASS


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"long_tasks": []}, 150.0),
        ({}, 240.0),
        ({"ready_ms": 400.0}, 400.0),
        ({"long_tasks": [[160.0, 80.0], [900.0, 60.0]]}, 960.0),
        ({"long_tasks": [[160.0, 80.0], [5900.0, 60.0]]}, 240.0),
        ({"long_tasks": [[160.0, 80.0], [4000.0, 60.0]]}, None),
        ({"watched_ms": 4000.0}, None),
        ({"paint_ms": None}, None),
    ],
)
def test_a_page_can_be_used_after_the_last_long_task_before_five_quiet_seconds(
    more: dict[str, Any], expected: float | None
) -> None:
    assert interactive(digest([visit(**more)]).visits[0], 5000.0) == expected


def test_requests_that_do_not_end_keep_a_page_busy() -> None:
    row = visit()
    row["requests"] += [{**asset(f"http://site.example/{at}"), "start_ms": 100.0 + at} for at in range(3)]
    for each in row["requests"][-3:]:
        del each["end_ms"]
    assert interactive(digest([row]).visits[0], 5000.0) is None


def test_a_page_that_is_slow_once_in_twenty_visits_shows_in_the_quantile(tmp_path: Path) -> None:
    rows = rounds(points=1, times=20)
    assert judged(trace(rows), tmp_path, SOON)[1].verdict is Verdict.PASS
    for row in rows[:2]:
        row["long_tasks"] = [[160.0, 700.0]]
    assert judged(trace(rows), tmp_path, SOON)[1].verdict is Verdict.FAIL


def test_a_point_that_never_rests_leaves_the_time_open(tmp_path: Path) -> None:
    rows = [*rounds(points=2, times=20)]
    for row in rows[1::2]:
        row["watched_ms"] = 3000.0
    outcome, judgement = judged(trace(rows), tmp_path, SOON)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "visits.never-interactive" in [each.reason.code for each in outcome.lacks]


FAST = Question("immersive.frame-time", "quantile", "<= 14 ms", {"q": "99 %"}, about=About.WINDOW)


def test_frames_of_a_page_are_judged_where_a_graphics_processor_drew_them(tmp_path: Path) -> None:
    data = trace([visit()], "web")
    assert judged(data, tmp_path, FAST)[1].verdict is Verdict.PASS
    slow = trace([visit(frames_ms=[20.0 * at for at in range(300)])], "web")
    assert judged(slow, tmp_path, FAST)[1].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "renderer", [SOFTWARE, "llvmpipe (LLVM 15.0.6, 256 bits)", "Microsoft Basic Render Driver", ""]
)
def test_frames_that_software_drew_say_nothing_of_a_device(tmp_path: Path, renderer: str) -> None:
    outcome, judgement = judged(trace([visit(renderer=renderer)], "web"), tmp_path, FAST)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert renderer in outcome.lacks[0].reason.text.en


def test_frames_in_an_emulated_headset_say_nothing_of_a_device(tmp_path: Path) -> None:
    outcome, judgement = judged(trace([visit(renderer=HARDWARE)]), tmp_path, FAST)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert outcome.lacks[0].reason.code == "visits.emulated"


def test_visits_that_were_recorded_elsewhere_are_told(tmp_path: Path) -> None:
    assert "recorded elsewhere" in said(judged(trace(rounds()), tmp_path)[0])


def test_points_that_the_register_does_not_have_do_not_count(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.conformance.examples.immersive import registered_points
    from tests.conformance.laws.law import PROJECT, input_of

    (tmp_path / "register").mkdir()
    register = input_of(registered_points(tmp_path / "register", count=5), LIVE, PROJECT)
    seen = [replace(each, source="visits") for each in inputs_of(PROBE, trace(rounds()), LIVE, tmp_path, GIVEN)]
    outcome, judgement = answer([register, *seen], LIVE)
    assert judgement.verdict is Verdict.FAIL
    assert "P1: It is not in the register of points." in said(outcome)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "nothing is visited"),
        ({"points": {"a": {"url": "https://a.example/"}}}, "entered with an emulated headset"),
        ({"points": {"a": {"url": "ftp://a.example/"}}}, "write url: https://example.com/point-1/"),
        ({"points": {"a": {"url": "https://user:word@a.example/"}}}, "write url: https://example.com/point-1/"),
        ({"points": {"a": {"url": "https://a.example/", "kind": "web"}}, "recorded": "v.jsonl"}, "visited now or a record"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError) as refused:
        PROBE.settings.parse(given)
    assert told in f"{refused.value.problem} {refused.value.cure}"
