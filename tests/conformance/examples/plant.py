# SPDX-License-Identifier: Apache-2.0
"""Examples of plants."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced
from tests.conformance.examples.network import BROKER
from tests.probes.plant import plants


@of("plant.assets")
def _assets(folder: Path) -> Trace:
    return traced("plant.assets", folder, plants.register(3), {"file": "assets.csv"})


@of("plant.events")
def _events(folder: Path) -> Trace:
    return traced("plant.events", folder, plants.events(3), {"file": "events.csv"})


@of("plant.alarms")
def _alarms(folder: Path) -> Trace:
    return traced("plant.alarms", folder, plants.alarms(3), {"file": "alarms.csv"})


@of("plant.markers")
def _markers(folder: Path) -> Trace:
    return traced("plant.markers", folder, plants.markers(3), {"file": "markers.csv"})


@of("plant.screen")
def _screen(folder: Path) -> Trace:
    return traced("plant.screen", folder, plants.screen(3), {"file": "screen.csv"})


@of("plant.mqtt")
def _plant_mqtt(folder: Path) -> Trace:
    return traced("plant.mqtt", folder, plants.messages(3) + plants.messages(2, first=2), BROKER)


@of("plant.shown")
def _plant_shown(folder: Path) -> Trace:
    return traced(
        "plant.shown", folder, plants.messages(3, seconds=60) + plants.messages(2, first=2, seconds=60), BROKER
    )


@of("plant.capture")
def _plant_capture(folder: Path) -> Trace:
    return traced("plant.capture", folder, plants.capture(folder, 3), {"file": "broker.pcap"})


@of("plant.opcua")
def _opcua(folder: Path) -> Trace:
    settings = {"url": "opc.tcp://10.0.0.5:4840", "nodes": ["ns=2;i=1"], "duration": "1 min"}
    return traced("plant.opcua", folder, plants.polls("plant.opcua", 3), settings)


@of("plant.modbus")
def _modbus(folder: Path) -> Trace:
    settings = {"tcp": "10.0.0.5:502", "points": ["1/holding/1"], "duration": "1 min"}
    return traced("plant.modbus", folder, plants.polls("plant.modbus", 3), settings)


@of("plant.camera")
def _camera(folder: Path) -> Trace:
    return traced("plant.camera", folder, plants.pictures("A1") + plants.pictures("A2"), plants.CAMERAS)
