# SPDX-License-Identifier: Apache-2.0
"""Wrong settings of the plant's probes: each is refused at its own key, with a cure that says what to write."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness import installed
from harness.kit.settings import findings

MQTT = {"broker": "10.20.0.1", "duration": "24 h"}
OPCUA = {"url": "opc.tcp://10.0.0.5:4840", "nodes": ["ns=2;i=1"], "duration": "1 h"}
MODBUS = {"tcp": "10.0.0.5:502", "points": ["1/holding/1"], "duration": "1 h"}
CAMERA = {"cameras": {"A1": "rtsp://10.0.0.5/1"}, "key": "env:YANSHOU_CODE", "duration": "1 min"}
CORPUS: list[tuple[str, Mapping[str, Any], str, str]] = [
    ("plant.assets", {}, "", "assets.csv"),
    ("plant.assets", {"file": "a.csv", "drawn": 60}, "drawn", "draw"),
    ("plant.events", {"file": "e.csv", "drawn": 3}, "drawn", "use"),
    ("plant.mqtt", {"duration": "1 h"}, "", "broker"),
    ("plant.mqtt", {**MQTT, "topics": ["a/#/b"]}, "topics.0", "alone at the end"),
    ("plant.mqtt", {**MQTT, "topics": ["a/b+"]}, "topics.0", "alone at the end"),
    ("plant.mqtt", {**MQTT, "version": "3"}, "version", "3.1.1"),
    ("plant.mqtt", {**MQTT, "duration": "a day"}, "duration", "number and a unit"),
    ("plant.capture", {}, "", "broker.pcapng"),
    ("plant.opcua", {**OPCUA, "url": "http://10.0.0.5"}, "url", "opc.tcp://"),
    ("plant.opcua", {**OPCUA, "nodes": ["Pump1"]}, "nodes.0", "ns=2;s=Pump1"),
    ("plant.opcua", {"url": OPCUA["url"], "duration": "1 h"}, "", "register:"),
    ("plant.opcua", {**OPCUA, "every": "1 ms"}, "every", "100 ms"),
    ("plant.modbus", {**MODBUS, "serial": "/dev/ttyUSB0"}, "tcp", "tcp: 10.0.0.5:502"),
    ("plant.modbus", {**MODBUS, "points": ["holding/1"]}, "points.0", "unit/table/address"),
    ("plant.modbus", {**MODBUS, "points": ["1/holding/1/float16"]}, "points.0", "unit/table/address"),
    ("plant.modbus", {**MODBUS, "tcp": "10.0.0.5"}, "tcp", "HOST:PORT"),
    ("plant.camera", {**CAMERA, "cameras": {}}, "cameras", "cameras:"),
    ("plant.camera", {**CAMERA, "key": "0123456789abcdef"}, "key", "env:"),
    ("plant.camera", {key: CAMERA[key] for key in ("cameras", "duration")}, "", "key"),
]


@pytest.mark.parametrize(("probe", "given", "where", "cure"), CORPUS, ids=lambda each: str(each)[:40])
def test_it_is_refused_at_its_key_with_a_cure(probe: str, given: Mapping[str, Any], where: str, cure: str) -> None:
    found = findings(installed.probe(probe).settings, given)
    places = {".".join(map(str, each.keys)): each for each in found}
    assert where in places, places
    assert cure in places[where].cure
