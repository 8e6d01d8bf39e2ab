# SPDX-License-Identifier: Apache-2.0
"""Closed loops: an event and the first command with its id, on a real broker and from lines with a chosen truth."""

import json
import socket
import threading
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion

from harness.errors import InstrumentError
from harness.kit.lines import Writer
from harness.plugins import Asked, Trace
from harness.testing import Question, check_probe, inputs_of
from probes.network.instruments.loops import PROBE
from probes.network.traces import loops
from tests.probes.network.made import asked
from tests.probes.network.recording import message, source_of, wrong_in
from tests.waiting import joined

FORMAT = PROBE.form.format

QUESTION = Question(
    "network.loop",
    "quantile",
    "<= 20 ms",
    {"q": "99 %", "lost": "over-limit"},
    {"longest_credible_burst": "1 packet"},
)
SETTINGS = {"broker": "127.0.0.1", "events": "s/#", "commands": "a/#", "duration": "2 s"}
SESSION = {
    "mode": "mqtt",
    "waiting_time_ns": 10**9,
    "targets": [{"id": "broker"}],
    "events": "s/#",
    "commands": "a/+",
    "key": "id",
}
START = 1_763_740_800_000_000_137


def line(after_ms: float, topic: str, number: object) -> bytes:
    return message(START + int(after_ms * 1e6), topic, json.dumps({"id": number}).encode())


def judged(path: Path) -> Any:
    return asked(inputs_of(PROBE, path.read_bytes(), QUESTION, path.parent / "mqtt", SETTINGS), QUESTION)


def test_an_event_ends_with_the_first_command_of_its_id_and_a_missing_one_is_lost(tmp_path: Path) -> None:
    lines = [Writer(FORMAT, SESSION).header]
    for number in range(400):
        lines += [line(number * 10, "s/temperature", number)]
        lines += [line(number * 10 + 4, "a/valve", number), line(number * 10 + 9, "a/valve", number)] * (number != 7)
    lines += [line(1, "a/valve", "nobody asked"), line(1, "other", 3), b"{torn\n"]
    path = tmp_path / "0001.jsonl"
    path.write_bytes(b"".join(lines))
    found = judged(path)
    assert found.estimate.value == pytest.approx(4, rel=2e-3)
    (node,) = found.listing["nodes"]
    assert (node["sent"], node["lost"]) == (400, 1)
    codes = {each.code for each in found.remarks}
    assert {"network.mqtt-observer", "network.trace-damaged"} <= codes


@pytest.mark.parametrize("wanted", ["a/b", "a/+", "a/#", "#", "+/b", "a", "a/b/c", "+", "a/b/#"])
@pytest.mark.parametrize("topic", ["a/b", "a", "a/b/c", "b"])
def test_topic_filters_are_those_of_paho(topic: str, wanted: str) -> None:
    assert loops.matches(topic, wanted) == topic_matches_sub(wanted, topic)


def test_the_probe_keeps_the_house_rules_and_takes_no_garbage(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(Writer(FORMAT, SESSION).header + line(0, "s/x", 1) + line(3, "a/x", 1))
    (tmp_path / "torn").mkdir()
    settings = PROBE.settings.parse(SETTINGS)
    trace = Trace("s01.loop", "mqtt", PROBE.name, 1, (path,), settings)
    check_probe(PROBE, trace, Asked((QUESTION.ask,), settings), tmp_path / "torn")
    path.write_bytes(b64encode(b"no session") + b"\n")
    assert [each.code for each in judged(path).invalid] == ["network.no-packets"]
    wrong = wrong_in(PROBE, {"broker": "x", "events": "a", "commands": "b", "z": 1}, tmp_path)
    assert {each.keys for each in wrong} == {("z",), ()}
    assert any("duration" in each.problem for each in wrong)


def test_loops_over_a_real_broker_are_all_found(broker: tuple[int, Any], sink: Any, tmp_path: Path) -> None:
    port, _ = broker
    source = source_of(PROBE, {**SETTINGS, "port": port, "waiting_time": "500 ms"}, tmp_path)
    source.preflight()
    thread = threading.Thread(target=source.record, args=(sink,))
    thread.start()
    factory = Client(CallbackAPIVersion.VERSION2)
    factory.connect("127.0.0.1", port)
    factory.loop_start()
    time.sleep(0.8)
    for number in range(20):
        for topic in ("s/t", "a/v"):
            factory.publish(topic, json.dumps({"id": number})).wait_for_publish(5)
    joined(thread)
    factory.disconnect()
    factory.loop_stop()
    path = tmp_path / "0001.jsonl"
    path.write_bytes(bytes(sink.data))
    (node,) = judged(path).listing["nodes"]
    assert (node["sent"], node["lost"]) == (20, 0)


def test_a_broker_that_is_not_there_is_one_sentence_with_the_cure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = {
            "broker": "127.0.0.1",
            "port": taken.getsockname()[1],
            "events": "s",
            "commands": "a",
            "duration": "1 s",
        }
        with pytest.raises(InstrumentError) as caught:
            source_of(PROBE, config, tmp_path).preflight()
    assert caught.value.cure
