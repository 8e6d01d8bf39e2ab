# SPDX-License-Identifier: Apache-2.0
"""From a register and evidence to verdicts: the worst window, samples, drills without controls, markers that prove nothing."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.kit import draw
from harness.kit.lines import Writer, line
from harness.model import About, Judgement, Outcome, Verdict
from harness.plugins import Input
from harness.quantity import Quantity
from harness.stats import population
from harness.testing import Question, answer, inputs_of
from probes.plant.traces.assets import Register
from tests.conformance.examples.network import BROKER
from tests.probes.network.recording import message
from tests.probes.plant import plants

SECOND = 10**9


def evidence(kind: str, data: bytes, folder: Path, question: Question, **more: Any) -> tuple[Input, ...]:
    """One source's summary."""
    settings = (
        BROKER if kind in {"mqtt", "shown"} else plants.CAMERAS if kind == "camera" else {"file": f"{kind}.csv", **more}
    )
    number = len(list(folder.iterdir()))
    return inputs_of(installed.probe(f"plant.{kind}"), data, question, folder / f"{kind}{number}", settings)


def asked(
    measurand: str,
    statistic: str,
    limit: str,
    folder: Path,
    given: Mapping[str, bytes],
    *,
    parameters: Mapping[str, Any] | None = None,
    declared: Mapping[str, Any] | None = None,
    sample: bytes = b"",
    assets: Mapping[str, Any] | None = None,
    minimum: Mapping[str, Quantity] | None = None,
) -> tuple[Outcome, Judgement]:
    question = Question(
        measurand, statistic, limit, parameters or {}, declared or {}, about=About.WINDOW, minimum=minimum or {}
    )
    inputs: tuple[Input, ...] = ()
    for kind, data in given.items():
        more = dict(assets or {}) if kind == "assets" else {}
        inputs += evidence(kind, data, folder, question, **more)
    if sample:
        inputs += (replace(inputs[0], summary=Register(draws=(sample,))),)
    return answer(inputs, question)


def networked(
    folder: Path, given: Mapping[str, bytes], limit: str = ">= 85 %", **more: Any
) -> tuple[Outcome, Judgement]:
    return asked("plant.networked", "share", limit, folder, given, **more)


def codes(outcome: Outcome) -> set[str]:
    return {each.code for each in outcome.remarks}


def test_a_census_has_no_sampling_error(tmp_path: Path) -> None:
    outcome, judgement = networked(tmp_path, {"assets": plants.register(8), "mqtt": plants.messages(7)})
    assert outcome.estimate is not None
    assert (outcome.estimate.value, outcome.estimate.lower, outcome.estimate.upper) == 3 * (Fraction(7, 8),)
    assert judgement.verdict is Verdict.PASS
    assert "plant.census" in codes(outcome)
    assert "plant.state-silent" in codes(outcome)


def test_the_window_with_the_fewest_decides(tmp_path: Path) -> None:
    """Half of the fleet is away for twelve minutes of an hour, and there again at its end."""
    steady = plants.messages(4, seconds=3600)
    away = [
        line
        for line in plants.messages(4, first=5, seconds=3600).splitlines(keepends=True)
        if b"topic" not in line or not 1200 <= _second(line) < 1920
    ]
    given = {"assets": plants.register(8), "mqtt": steady + b"".join(away)}
    outcome, judgement = networked(tmp_path, given, ">= 60 %")
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.value == Fraction(1, 2)
    worst = next(each for each in outcome.remarks if each.code == "plant.worst-window")
    assert (worst.facts["count"], worst.facts["last"]) == (4, 8)
    assert outcome.effort["duration"] == Quantity(Fraction(3600), "s")


def test_an_asset_whose_values_stop_midway_is_not_networked_however_often_it_repeats_them(tmp_path: Path) -> None:
    rows = plants.messages(3, seconds=3600).splitlines(keepends=True)
    stopping = [
        message(plants.START_NS + second * SECOND, "plant/A4", b'{"value": %d.5}' % (min(second, 900) * 37 % 11))
        for second in range(0, 3601, 10)
    ]
    given = {"assets": plants.register(4), "mqtt": b"".join([*rows, *stopping])}
    outcome, judgement = networked(tmp_path, given, ">= 90 %")
    assert judgement.verdict is Verdict.FAIL
    assert "plant.state-stopped" in codes(outcome)


def test_a_slow_asset_that_still_changes_now_and_then_is_networked(tmp_path: Path) -> None:
    rows = plants.messages(1, seconds=4 * 3600).splitlines(keepends=True)
    slow = [
        message(plants.START_NS + second * SECOND, "plant/A1", b'{"value": %d.5}' % (second // 1500 * 7 % 5))
        for second in range(0, 4 * 3600 + 1, 10)
    ]
    mqtt = b"".join([*(each for each in rows if b"topic" not in each or b"#" in each), *slow])
    outcome, judgement = networked(tmp_path, {"assets": plants.register(1), "mqtt": mqtt}, ">= 100 %")
    assert judgement.verdict is Verdict.PASS, outcome


@pytest.mark.parametrize(
    ("measurand", "given"),
    [
        ("plant.networked", {"mqtt": plants.messages(4)}),
        ("plant.visualised", {"markers": plants.markers(4), "screen": plants.screen(4)}),
        ("plant.alarm", {"events": plants.events(4), "alarms": plants.alarms(4)}),
    ],
)
def test_a_withdrawn_asset_neither_shrinks_a_denominator_nor_proves_anything(
    measurand: str, given: Mapping[str, bytes], tmp_path: Path
) -> None:
    lines = plants.register(4).decode().splitlines()
    noted = [f"{lines[0]},备注", *(f"{each},{'已报废' if each.startswith('A4') else ''}" for each in lines[1:])]
    assets = "\n".join(noted).encode()
    outcome, judgement = asked(measurand, "share", ">= 80 %", tmp_path, {"assets": assets, **given})
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.value == Fraction(3, 4)
    assert "plant.unclear-row" in codes(outcome)


def _second(line: bytes) -> int:
    if b'"format"' in line:
        return 0
    return (json.loads(line)["t"] - plants.START_NS) // SECOND


def test_less_than_a_day_is_open_however_good_it_is(tmp_path: Path) -> None:
    given = {"assets": plants.register(8), "mqtt": plants.messages(8)}
    _, judgement = networked(tmp_path, given, minimum={"duration": Quantity.parse("24 h")})
    assert judgement.verdict is Verdict.INCONCLUSIVE
    hidden = {"assets": plants.register(8), "mqtt": plants.messages(2)}
    (tmp_path / "hidden").mkdir()
    _, judgement = networked(tmp_path / "hidden", hidden, minimum={"duration": Quantity.parse("24 h")})
    assert judgement.verdict is Verdict.FAIL, "a proven violation needs no day"


def test_an_asset_that_speaks_once_an_hour_is_given_its_hours(tmp_path: Path) -> None:
    rows = [("A1", "是", "plant/A1", "3600"), ("A2", "是", "plant/A2", "10")]
    register = plants.table(("资产编号", "关键设备", "MQTT主题", "上报周期(s)"), rows)
    slow = plants.messages(1, seconds=4 * 3600, every_s=3500)
    quick = plants.messages(1, first=2, seconds=4 * 3600)
    outcome, judgement = networked(tmp_path, {"assets": register, "mqtt": slow + quick}, ">= 100 %")
    assert judgement.verdict is Verdict.PASS, outcome


@pytest.mark.parametrize(
    ("mqtt", "reason"),
    [
        (plants.messages(8, frozen=True), "plant.state-frozen"),
        (plants.messages(8, retained=True), "plant.state-retained"),
        (plants.messages(8, first=101), "plant.strangers"),
    ],
)
def test_what_is_not_live_networks_nobody(mqtt: bytes, reason: str, tmp_path: Path) -> None:
    outcome, judgement = networked(tmp_path, {"assets": plants.register(8), "mqtt": mqtt})
    assert judgement.verdict is Verdict.FAIL
    assert reason in codes(outcome)


def test_the_platforms_flag_is_printed_beside_the_wire_and_decides_nothing(tmp_path: Path) -> None:
    screen = plants.table(("资产编号", "在线状态"), [(f"A{each}", "在线") for each in range(1, 9)])
    given = {"assets": plants.register(8), "mqtt": plants.messages(3), "screen": screen}
    outcome, judgement = networked(tmp_path, given)
    assert judgement.verdict is Verdict.FAIL
    said = next(each for each in outcome.remarks if each.code == "plant.says")
    assert (said.facts["platform"], said.facts["wire"]) == (8, 3)


def test_nobody_listening_is_never_a_share(tmp_path: Path) -> None:
    _, judgement = networked(tmp_path, {"assets": plants.register(8)}, "<= 50 %")
    assert judgement.verdict is Verdict.INCONCLUSIVE


def drawn(given: bytes, size: int, population_: int = 400, value: str = "2 7 1 8 2 8 1 8") -> bytes:
    """A public draw by dice over the rows of a register."""
    body = {
        "schema": draw.SCHEMA,
        "list": "assets.csv",
        "list_sha256": sha256(given).hexdigest(),
        "population": population_,
        "sizes": [size],
        "parties": [],
    }
    lines = draw.next_line([], 1, "sealed", body)
    return lines + draw.next_line(draw.read_steps(lines), 2, "typed", {"source": "dice", "value": value})


def test_a_sample_drawn_in_public_is_bounded_by_its_population(tmp_path: Path) -> None:
    given = {"assets": plants.register(400), "mqtt": plants.messages(400, seconds=60)}
    outcome, judgement = networked(tmp_path, given, sample=drawn(given["assets"], 60))
    assert outcome.estimate is not None
    assert outcome.estimate.lower == Fraction(population.bounds(60, 60, 400, Fraction(1, 20)).lower, 400)
    assert judgement.verdict is Verdict.PASS
    assert "plant.sample" in codes(outcome)


def test_the_drawn_assets_are_looked_at_and_no_others(tmp_path: Path) -> None:
    """Those that were drawn are silent, everybody else speaks."""
    register = plants.register(400)
    positions = draw.read_draw(drawn(register, 20)).positions
    silent = {f"plant/A{1 + at}".encode() for at in positions}
    lines = plants.messages(400, seconds=60).splitlines(keepends=True)
    heard = b"".join(each for each in lines if json.loads(each).get("topic", "").encode() not in silent)
    outcome, judgement = networked(tmp_path, {"assets": register, "mqtt": heard}, sample=drawn(register, 20))
    assert outcome.estimate is not None
    assert outcome.estimate.value == 0
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (lambda one: drawn(plants.register(401), 60), "draw.list-changed"),
        (lambda one: drawn(one, 60, 399), "draw.population"),
        (lambda one: drawn(one, 60).splitlines(keepends=True)[0], "draw.not-drawn"),
        (lambda one: drawn(one, 60).replace(b"2 7 1", b"2 7 2"), "draw.edited"),
    ],
    ids=["another list", "another number of rows", "nothing drawn", "edited"],
)
def test_a_draw_that_does_not_hold_is_invalid(spoilt: Callable[[bytes], bytes], code: str, tmp_path: Path) -> None:
    given = {"assets": plants.register(400), "mqtt": plants.messages(400, seconds=60)}
    _, judgement = networked(tmp_path, given, sample=spoilt(given["assets"]))
    assert judgement.verdict is Verdict.INVALID
    assert code in {each.code for each in judgement.reasons}


def test_assets_entered_twice_are_drawn_more_easily_and_prove_nothing_so(tmp_path: Path) -> None:
    register = plants.register(400) + plants.register(400).split(b"\n", 1)[1][:200].rsplit(b"\n", 1)[0] + b"\n"
    rows = register.count(b"\n") - 1
    given = {"assets": register, "mqtt": plants.messages(400, seconds=60)}
    _, judgement = networked(tmp_path, given, sample=drawn(register, 60, rows))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "plant.drawn-twice" in {each.code for each in judgement.reasons}


def test_of_a_part_of_the_register_the_drawn_ones_of_that_part_are_its_sample(tmp_path: Path) -> None:
    rows = [(f"A{each}", "是" if each % 2 else "否", "是") for each in range(1, 401)]
    register = plants.table(("资产编号", "关键设备", "预警规则"), rows)
    outcome, _ = asked(
        "plant.alarm", "share", ">= 85 %", tmp_path, {"assets": register}, parameters={"by": "rule"},
        sample=drawn(register, 60),
    )  # fmt: skip
    positions = draw.read_draw(drawn(register, 60)).positions
    n = sum(at % 2 == 0 for at in positions)
    assert outcome.estimate is not None
    assert outcome.estimate.n == n
    assert outcome.estimate.lower == Fraction(population.bounds(n, n, 200, Fraction(1, 20)).lower, 200)


def terminals(folder: Path, given: Mapping[str, bytes], limit: str, **more: Any) -> tuple[Outcome, Judgement]:
    return asked("plant.terminals", "count", limit, folder, given, **more)


def test_terminals_are_counted_by_messages_that_bear_their_number(tmp_path: Path) -> None:
    rows = [(f"VIN{each}", f"fleet/{each}", "10") for each in range(1, 9)]
    register = plants.table(("终端编号", "MQTT主题", "上报周期(s)"), rows)
    settings = {"columns": {"asset": "终端编号"}}
    messages = plants.messages(8).replace(b"plant/A", b"fleet/")
    given = {"assets": register, "mqtt": messages}
    outcome, judgement = terminals(tmp_path, given, ">= 8 个", assets=settings)
    assert judgement.verdict is Verdict.FAIL
    assert "plant.nameless" in codes(outcome)
    named = b"".join(map(_naming, messages.splitlines(keepends=True)))
    (tmp_path / "named").mkdir()
    outcome, judgement = terminals(tmp_path / "named", given | {"mqtt": named}, ">= 8 个", assets=settings)
    assert outcome.estimate is not None
    assert (outcome.estimate.value, judgement.verdict) == (8, Verdict.PASS)


def _naming(text: bytes) -> bytes:
    """The line with the number of the terminal in its payload."""
    row = json.loads(text)
    if "topic" not in row:
        return text
    said = json.loads(b64decode(row["payload"])) | {"vin": f"VIN{row['topic'].rpartition('/')[2]}"}
    return line({**row, "payload": b64encode(json.dumps(said).encode()).decode()})


def test_of_a_drawn_sample_of_terminals_the_number_in_service_is_bounded(tmp_path: Path) -> None:
    given = {"assets": plants.register(400), "mqtt": plants.messages(400, seconds=60)}
    outcome, judgement = terminals(tmp_path, given, ">= 300 个", sample=drawn(given["assets"], 60))
    assert outcome.estimate is not None
    assert outcome.estimate.lower == population.bounds(60, 60, 400, Fraction(1, 20)).lower
    assert judgement.verdict is Verdict.PASS
    _, judgement = terminals(tmp_path, given, ">= 400 个", sample=drawn(given["assets"], 60))
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_one_device_that_poses_as_two_terminals_in_turn_is_one(tmp_path: Path) -> None:
    lines = plants.messages(2).splitlines(keepends=True)
    turns = {b"plant/A1": lambda second: second < 600, b"plant/A2": lambda second: second >= 600}

    def there(text: bytes) -> bool:
        row = json.loads(text)
        turn = turns.get(row.get("topic", "").encode())
        return turn is None or turn((row["t"] - plants.START_NS) // plants.S)

    given = {"assets": plants.register(2), "mqtt": b"".join(filter(there, [lines[0], *lines[1:]]))}
    outcome, judgement = terminals(tmp_path, given, ">= 2 个")
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.value <= 1


def test_devices_are_counted_by_the_wire_and_registered_ones_by_the_register(tmp_path: Path) -> None:
    given = {"assets": plants.register(8), "mqtt": plants.messages(6)}
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    outcome, _ = asked("plant.devices", "distinct", "> 5 台套", tmp_path / "a", given)
    assert outcome.estimate is not None
    assert outcome.estimate.value == 6
    outcome, _ = asked(
        "plant.devices", "distinct", "> 5 台套", tmp_path / "b", given, parameters={"by": "registration"}
    )
    assert outcome.estimate is not None
    assert outcome.estimate.value == 8


def covered(folder: Path, given: Mapping[str, bytes], **more: Any) -> tuple[Outcome, Judgement]:
    return asked("plant.alarm", "share", ">= 85 %", folder, given, **more)


DRILL = {"assets": plants.register(8), "events": plants.events(8), "alarms": plants.alarms(8)}


def test_right_alarms_in_time_cover_and_their_delays_are_told(tmp_path: Path) -> None:
    outcome, judgement = covered(tmp_path, DRILL)
    assert judgement.verdict is Verdict.PASS
    delays = next(each for each in outcome.remarks if each.code == "plant.delays")
    assert (delays.facts["p50"], delays.facts["most"]) == (705.0, 708.0)


@pytest.mark.parametrize(
    ("given", "more", "verdict"),
    [
        ({"events": plants.events(8, control=False)}, {}, Verdict.INCONCLUSIVE),
        ({"alarms": plants.alarms(8, delay_ms=5_500)}, {}, Verdict.FAIL),
        ({"alarms": plants.alarms(8, delay_ms=5_500)}, {"declared": {"deadline": "6 s"}}, Verdict.PASS),
        ({"alarms": plants.alarms(8, delay_ms=1_500)}, {"declared": {"deadline": "1 s"}}, Verdict.FAIL),
        ({"alarms": plants.alarms(6)}, {}, Verdict.FAIL),
        ({"events": plants.events(6)}, {}, Verdict.FAIL),
    ],
)
def test_a_drill_that_proves_too_little_does_not_pass(
    given: Mapping[str, bytes], more: Mapping[str, Any], verdict: Verdict, tmp_path: Path
) -> None:
    _, judgement = covered(tmp_path, {**DRILL, **given}, **more)
    assert judgement.verdict is verdict


def test_a_few_events_or_quiet_controls_leave_a_drill_open_however_good_it_is(tmp_path: Path) -> None:
    asked_for = {"events": Quantity.parse("20"), "controls": Quantity.parse("5")}
    outcome, judgement = covered(tmp_path, DRILL, minimum=asked_for)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert (outcome.effort["events"], outcome.effort["controls"]) == (8, 1)
    assert {each.code for each in judgement.reasons} >= {"effort.below"}
    stranger = plants.events(8) + "".join(f"X{at},{1_700_000_000_000 + at},静默对照\n" for at in range(9)).encode()
    outcome, _ = covered(tmp_path, {**DRILL, "events": stranger}, minimum=asked_for)
    assert outcome.effort["controls"] == 1


WHOLE = {"examined": Quantity.parse("100 %")}


def test_a_critical_asset_that_nothing_was_done_to_leaves_a_drill_open(tmp_path: Path) -> None:
    outcome, judgement = covered(
        tmp_path, {**DRILL, "events": plants.events(7), "alarms": plants.alarms(7)}, minimum=WHOLE
    )
    assert outcome.effort["examined"] == Fraction(7, 8)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.need is not None
    assert "100 %" in judgement.need.text.en


def test_events_that_anybody_can_foresee_leave_it_open(tmp_path: Path) -> None:
    rows = [("A1", 1_700_000_000_000, "静默对照")]
    rows += [(f"A{each}", 1_700_000_000_000 + 60_000 * each, "注入") for each in range(1, 9)]
    regular = plants.table(("资产编号", "注入时刻(ms)", "类型"), rows)
    answered = [(f"A{each}", 1_700_000_000_500 + 60_000 * each, "高") for each in range(1, 9)]
    alarms = plants.table(("资产编号", "告警时刻(ms)", "级别"), answered)
    outcome, judgement = covered(tmp_path, {**DRILL, "events": regular, "alarms": alarms})
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert outcome.lacks[0].reason.code == "plant.regular"


def test_rules_alone_are_another_reading(tmp_path: Path) -> None:
    rows = [(f"A{each}", "是", "有" if each < 8 else "无") for each in range(1, 9)]
    register = plants.table(("资产编号", "关键设备", "预警规则"), rows)
    outcome, _ = covered(tmp_path, {"assets": register}, parameters={"by": "rule"})
    assert outcome.estimate is not None
    assert outcome.estimate.value == Fraction(7, 8)


def shown(folder: Path, given: Mapping[str, bytes], **more: Any) -> tuple[Outcome, Judgement]:
    return asked("plant.visualised", "share", ">= 80 %", folder, given, **more)


SCREEN = {"assets": plants.register(8), "markers": plants.markers(8), "screen": plants.screen(8)}


@pytest.mark.parametrize(
    ("given", "verdict", "reason"),
    [
        ({}, Verdict.PASS, "plant.census"),
        ({"screen": plants.screen(6)}, Verdict.FAIL, "plant.screen-absent"),
        ({"markers": plants.markers(6)}, Verdict.FAIL, "plant.screen-unmarked"),
        ({"screen": plants.screen(8).replace(b".50", b".49")}, Verdict.FAIL, "plant.screen-unmoved"),
        (
            {"screen": plants.table(("资产编号", "显示值"), [(f"A{each}", f"{each}.5") for each in range(1, 9)])},
            Verdict.FAIL,
            "plant.screen-untimed",
        ),
    ],
)
def test_a_marker_has_to_be_seen_where_it_was_not_before(
    given: Mapping[str, bytes], verdict: Verdict, reason: str, tmp_path: Path
) -> None:
    outcome, judgement = shown(tmp_path, {**SCREEN, **given})
    assert judgement.verdict is verdict
    assert reason in codes(outcome)


def test_an_asset_that_was_not_tried_leaves_it_open_and_one_that_the_platform_lacks_is_known(tmp_path: Path) -> None:
    _, judgement = shown(tmp_path, {**SCREEN, "markers": plants.markers(7)}, minimum=WHOLE)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    (tmp_path / "lacking").mkdir()
    lacking = {"markers": plants.markers(7), "screen": plants.screen(7)}
    _, judgement = shown(tmp_path / "lacking", {**SCREEN, **lacking}, minimum=WHOLE)
    assert judgement.verdict is Verdict.PASS


def test_a_marker_that_was_shown_already_proves_nothing(tmp_path: Path) -> None:
    rows = [(f"A{each}", plants._moment_ms(each) + at, f"{each}.5") for each in range(1, 9) for at in (-2_000, 900)]
    outcome, judgement = shown(
        tmp_path, {**SCREEN, "screen": plants.table(("资产编号", "显示时刻(ms)", "显示值"), rows)}
    )
    assert judgement.verdict is Verdict.FAIL
    assert "plant.screen-not-new" in codes(outcome)


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        ('{"device_id": "A%d", "value": %d.5}', Verdict.PASS),
        ('{"device_id": "A%d", "value": "%d.50", "online": true}', Verdict.PASS),
        ('{"device_id": "A%d", "value": %d.4}', Verdict.FAIL),
    ],
)
def test_a_marker_may_be_seen_in_what_the_platform_publishes(payload: str, verdict: Verdict, tmp_path: Path) -> None:
    rows = [Writer("yanshou.plant-mqtt/1", {"topics": ["#"]}).header]
    rows += [message(plants.START_NS, "screen", (payload % (each, 90)).encode()) for each in range(1, 9)]
    for each in range(1, 9):
        at = (plants._moment_ms(each) + 900) * 10**6
        rows.append(message(at, "screen", (payload % (each, each)).encode()))
    outcome, judgement = shown(
        tmp_path, {"assets": SCREEN["assets"], "markers": SCREEN["markers"], "shown": b"".join(rows)}
    )
    assert judgement.verdict is verdict, outcome


def test_the_time_within_which_a_marker_is_seen_can_be_shortened(tmp_path: Path) -> None:
    outcome, judgement = shown(tmp_path, SCREEN, declared={"fresh_within": "500 ms"})
    assert judgement.verdict is Verdict.FAIL
    assert "plant.screen-slow" in codes(outcome)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, None),
        ({"mean": 3.0}, "black"),
        ({"still": True}, "still"),
        ({"shown": "A2"}, "foreign"),
        ({"count": 5}, "no-picture"),
    ],
)
def test_a_camera_is_proven_by_the_code_held_before_it(
    more: Mapping[str, Any], state: str | None, tmp_path: Path
) -> None:
    given = {"assets": plants.register(1), "camera": plants.pictures("A1", **more)}
    outcome, judgement = shown(tmp_path, given)
    assert judgement.verdict is (Verdict.PASS if state is None else Verdict.FAIL)
    assert state is None or f"plant.screen-{state}" in codes(outcome)


def test_what_the_platform_only_lists_is_another_reading(tmp_path: Path) -> None:
    screen = plants.table(("资产编号", "在线状态"), [(f"A{each}", "离线") for each in range(1, 8)])
    outcome, _ = shown(tmp_path, {"assets": plants.register(8), "screen": screen}, parameters={"live": False})
    assert outcome.estimate is not None
    assert outcome.estimate.value == Fraction(7, 8)


@pytest.mark.parametrize("live", [True, False])
def test_a_camera_that_gave_no_picture_is_neither_shown_nor_listed(live: bool, tmp_path: Path) -> None:
    given = {"assets": plants.register(1), "camera": plants.pictures("A1", count=0)}
    outcome, judgement = shown(tmp_path, given, parameters={"live": live})
    assert judgement.verdict is not Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.value == 0
    assert "plant.cameras-without-picture" in {each.reason.code for each in outcome.lacks}


def test_a_camera_of_nobody_that_gave_no_picture_leaves_the_verdict_open_by_name(tmp_path: Path) -> None:
    outcome, judgement = shown(tmp_path, {**SCREEN, "camera": plants.pictures("X7", count=0)})
    assert judgement.verdict is Verdict.INCONCLUSIVE
    (told,) = [each.reason for each in outcome.lacks if each.reason.code == "plant.camera-of-nobody"]
    assert "X7" in told.text.en
