# SPDX-License-Identifier: Apache-2.0
"""Examples of receivers and clocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.plugins import Trace
from probes.gnss.simulators.receiver import device_of, nmea, simulate
from tests.conformance.examples import S, of, traced
from tests.probes.gnss.conftest import site
from tests.probes.gnss.raw import Seen, rawx

RECEIVER: Mapping[str, Any] = MappingProxyType({"file": "receiver.nmea", **site("1 mm", "2 mm")})
CLOCK: Mapping[str, Any] = MappingProxyType({"file": "counter.csv", "reference": "independent", "u_reference": "50 ns"})


@of("gnss.nmea")
def _receiver(folder: Path) -> Trace:
    return received(folder, {"duration": 60})


def received(
    folder: Path, device: Mapping[str, Any], source: str = "source", settings: Mapping[str, Any] = RECEIVER
) -> Trace:
    """What a simulated receiver says, beside the truth of its antenna."""
    return traced("gnss.nmea", folder, _sentences(json.dumps(dict(device), sort_keys=True)), settings, source)


@cache
def _sentences(device: str) -> bytes:
    made = device_of(json.loads(device))
    return nmea(made, simulate(made))


@of("gnss.corrections")
def _corrections(folder: Path) -> Trace:
    return traced("gnss.corrections", folder, observations(1127) * 20, {"file": "stream.rtcm3"})


def observations(kind: int) -> bytes:
    """An RTCM 3 message of a type, its body zeros."""
    body = bytes([kind >> 4, (kind & 15) << 4]) + bytes(40)
    framed = b"\xd3" + len(body).to_bytes(2, "big") + body
    crc = 0
    for byte in framed:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return framed + (crc & 0xFFFFFF).to_bytes(3, "big")


@of("gnss.observations")
def _observations(folder: Path) -> Trace:
    seen = [Seen("C19", "2I", 2.2e7, 2.2e7), Seen("G05", "1C", 2.3e7, 2.3e7)]
    data = b"".join(rawx(2341 * 604_800 * S + at * S, seen) for at in range(60))
    return traced("gnss.observations", folder, data, {"file": "rover.ubx"})


@of("gnss.solution")
def _solution(folder: Path) -> Trace:
    place = {**RECEIVER["truth"], "height": 30.0}
    rows = (f"2446 {14400 + at}.000 30.5 114.3 45.0 1 9 0.003 0.003 0.006 0.0 0.0 0.0 0.00 9.9\n" for at in range(60))
    settings = {"rover": "rover.obs", "base": "base.obs", "base_place": place}
    return traced("gnss.solution", folder, "".join(rows).encode(), settings)


@of("gnss.timing")
def _timing(folder: Path) -> Trace:
    return traced("gnss.timing", folder, clock(300), CLOCK)


def clock(count: int, offset_s: float = 1.5e-7) -> bytes:
    """The log of a counter: offsets near ``offset_s``, one a second."""
    rows = (f"{at}.000,{offset_s + (at * 7919 % 11 - 5) * 1e-9:.4e}" for at in range(count))
    return ("\n".join(rows) + "\n").encode()
