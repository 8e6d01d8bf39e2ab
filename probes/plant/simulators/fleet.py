# SPDX-License-Identifier: Apache-2.0
"""A simulated roll call: a capture in which terminals say their values to a broker, for as long as is asked, written in a second."""

from __future__ import annotations

import json
import math
import struct
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.kit.settings import Cure, In, Settings
from probes.plant.simulators import encoding

_MOST_BYTES = 60_000
"""Of one TCP segment and its packet."""
_BROKER, _LISTENER = (bytes((10, 20, 0, 1)), 1883), (bytes((10, 20, 0, 2)), 40_000)


class FleetSettings(Settings):
    """How many terminals speak, how often, for how long, from when; the silent ones are the last ones."""

    count: Annotated[int, Field(ge=1, le=5_000), Cure("use 1 to 5000.")] = Field(120, description="how many terminals.")
    silent: Annotated[int, Field(ge=0, le=5_000), Cure("use 0 to 5000.")] = Field(
        0, description="how many of them never say anything."
    )
    period_s: Annotated[Fraction, In("s", "1 s", "1 h"), Cure("write period: 30 s.")] = Field(
        Fraction(30), alias="period", description="how often each says its values, like 30 s."
    )
    duration_s: Annotated[Fraction, In("s", "1 min", "24 h"), Cure("write duration: 31 min.")] = Field(
        Fraction(1860), alias="duration", description="how long the roll call lasts, like 31 min."
    )
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(
        "2026-06-01", description="its day; it begins at 02:00 UTC."
    )


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``capture``: a file in which each terminal's messages bear its number, ``SIM-00001`` and so on."""
    settings = FleetSettings.parse(config)
    with tempfile.TemporaryDirectory(prefix="yanshou-fleet-") as scratch:
        path = Path(scratch, "fleet.pcap")
        path.write_bytes(capture(settings))
        yield {"capture": str(path)}


def capture(settings: FleetSettings) -> bytes:
    """One subscriber's connection to the broker, in pcap with raw IP packets."""
    begin_s = int(datetime.fromisoformat(settings.day).replace(tzinfo=UTC, hour=2).timestamp())
    speaking = range(1, settings.count - settings.silent + 1)
    sent = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 101))
    asked = encoding.packet(0x10, encoding.text("MQTT") + b"\x04\x02\0\0" + encoding.text("roll-call"))
    asked += encoding.packet(0x82, b"\0\x01" + encoding.text("fleet/#") + b"\0")
    sent += _record(begin_s, 0, _packet(_LISTENER, _BROKER, 1, 1, asked))
    sent += _record(begin_s, 0, _packet(_BROKER, _LISTENER, 1, 1 + len(asked), b"\x20\x02\0\0\x90\x03\0\x01\0"))
    at = 10
    steps = int(settings.duration_s / settings.period_s)
    for step in range(steps + 1):
        moment = begin_s + int(step * settings.period_s)
        for data in _batches(encoding.publish(f"fleet/SIM-{each:05d}", _said(each, step, moment)) for each in speaking):
            sent += _record(moment, 1 + step % 7, _packet(_BROKER, _LISTENER, at, 1 + len(asked), data))
            at += len(data)
    return bytes(sent)


def _said(number: int, step: int, moment_s: int) -> bytes:
    """What a terminal says: its number, its speed and how much of its computing power is in use."""
    speed = round(40 + 20 * math.sin(0.31 * step + number), 2)
    load = round(0.6 + 0.3 * math.sin(0.17 * step + 1.7 * number), 4)
    return json.dumps({"vin": f"SIM-{number:05d}", "ts": moment_s * 1000, "speed": speed, "load": load}).encode()


def _batches(messages: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for each in messages:
        if len(held) + len(each) > _MOST_BYTES:
            yield bytes(held)
            held.clear()
        held += each
    yield bytes(held)


def _packet(source: tuple[bytes, int], target: tuple[bytes, int], at: int, acknowledged: int, data: bytes) -> bytes:
    """An IPv4 packet with one TCP segment; checksums are left out, as on a host that offloads them."""
    head = struct.pack(">HHIIBBHHH", source[1], target[1], at & 0xFFFFFFFF, acknowledged, 0x50, 0x18, 65_535, 0, 0)
    length = 20 + len(head) + len(data)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, source[0], target[0]) + head + data


def _record(seconds: int, milliseconds: int, packet: bytes) -> bytes:
    return struct.pack("<IIII", seconds, milliseconds * 1000, len(packet), len(packet)) + packet
