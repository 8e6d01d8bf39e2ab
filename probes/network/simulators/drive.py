# SPDX-License-Identifier: Apache-2.0
"""A simulated drive of an ambulance: packets, the track of its receiver, and what its one modem said, by one clock.

At each change of cell the link is gone for a while, and round trips are slower towards a cell's edge. Everything is drawn from the
seed; the packets are numbers and no packets (:mod:`probes.network.traces.fleet`).
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.kit.lines import line
from harness.kit.settings import Settings
from probes.network.simulators.fleet import S_US, micros, opened, tabled
from probes.network.simulators.reflectors import imei
from probes.network.traces.fleet import GAP_US, LOST, packed

_STEP_US = 20_000
"""Between packets, µs: 50 a second."""
_M_PER_DEGREE = 111_195.0
_CENTRE = (30.50, 114.34)
_RADIUS_M = 2500.0
"""Of the ring road that is driven, round a hospital that is not there."""
_KNOTS = 1.943844
_POLL_S = 2

Rows = np.ndarray[Any, np.dtype[np.int64]]


class DriveSettings(Settings):
    """How long the drive is, how far its cells reach, and what a change of cell costs."""

    minutes: Annotated[float, Field(gt=0, le=240)] = Field(
        32.0, title="行车多少分钟。", description="minutes of the drive."
    )
    speed: Annotated[float, Field(gt=0, le=120)] = Field(36.0, title="车速，km/h。", description="its speed, km/h.")
    cell: Annotated[float, Field(ge=100, le=20_000)] = Field(
        1200.0, title="每个小区沿途多长，m。", description="way that a cell serves, m."
    )
    gap: Annotated[float, Field(ge=0, le=60_000)] = Field(
        90.0, title="切换中断一般多久，ms。", description="a usual break at a change of cell, ms."
    )
    longest: Annotated[float, Field(ge=0, le=60_000)] = Field(
        260.0, title="最长的一次切换中断，ms。", description="the longest break, ms."
    )
    lost: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0005, title="途中零星丢失的报文占比。", description="share of packets lost one by one on the way."
    )
    start: str = Field("2024-03-12T01:00:00+00:00", title="开始的时刻。", description="when it begins.")
    address: str = Field("10.78.0.1", title="医院平台的地址。", description="address of the hospital's platform.")
    seed: Annotated[int, Field(ge=0)] = Field(1, title="随机种子。", description="of everything that is drawn.")


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """``packets`` (regular), ``probes`` (at random moments), ``track`` and ``radio``: paths; ``config`` as :class:`DriveSettings`."""
    settings = DriveSettings.parse(config)
    start = datetime.fromisoformat(settings.start).astimezone(UTC)
    with tempfile.TemporaryDirectory(prefix="yanshou-drive-") as scratch:
        place = Path(scratch)
        for name, random in (("packets", False), ("probes", True)):
            (place / f"{name}.jsonl").write_bytes(b"".join(_packets(settings, start, random=random)))
        (place / "track.nmea").write_text("".join(_sentences(settings, start)), encoding="ascii")
        _radio(place / "radio.csv", settings, start)
        yield {key: str(next(place.glob(f"{key}.*"))) for key in ("packets", "probes", "track", "radio")}


def _way_m(settings: DriveSettings, seconds: Any) -> Any:
    """How far it has come after so many seconds."""
    return seconds * settings.speed / 3.6


def _breaks_us(settings: DriveSettings) -> Rows:
    """When the link goes at each change of cell and when it is back, shape (n, 2); the longest break comes in the middle."""
    random = np.random.Generator(np.random.PCG64([settings.seed, 1]))
    many = math.floor(_way_m(settings, settings.minutes * 60) / settings.cell)
    begin = np.rint(np.arange(1, many + 1) * settings.cell * 3.6 / settings.speed * S_US)
    length = settings.gap * random.uniform(0.6, 1.4, many)
    length[many // 2 - 1 : many // 2] = settings.longest
    return np.stack([begin, begin + np.rint(length * 1000)], axis=1).astype(np.int64)


def _packets(settings: DriveSettings, start: datetime, *, random: bool) -> Iterator[bytes]:
    """Round trips of 5 to 12 ms, slowest at the edges of cells; what is sent while the link is gone is lost."""
    drawn = np.random.Generator(np.random.PCG64([settings.seed, 2 + random]))
    length_us = round(settings.minutes * 60) * S_US
    count = length_us // _STEP_US
    gaps = np.rint(drawn.exponential(_STEP_US / GAP_US, count)).astype(np.int64)
    due = np.cumsum(gaps) * GAP_US if random else np.arange(count) * _STEP_US
    edge = np.abs((_way_m(settings, due / 1e6) / settings.cell) % 1 - 0.5) * 2
    delays = 5000 + 4000 * edge**4 + drawn.gamma(3.0, 500.0, count)
    delays = np.where(drawn.random(count) < settings.lost, LOST, np.minimum(np.rint(delays / 100) * 100, LOST - 1))
    for gone, back in _breaks_us(settings).tolist():
        delays[np.searchsorted(due, gone) : np.searchsorted(due, back)] = LOST
    target = {"id": "SIM-AMB", "name": "模拟转运车辆", "address": settings.address, "port": 862}
    yield opened(target, micros(start), length_us, ("poisson" if random else "periodic", _STEP_US), sizes=[200])
    moments = {"gaps": packed(gaps, "<u2")} if random else {"even": [0, _STEP_US, count]}
    yield line({**moments, "delays_us": packed(delays.astype(np.int64), "<u2")})


def _place(settings: DriveSettings, second: float) -> tuple[float, float, float]:
    """Latitude, longitude and course in degrees: round and round the ring."""
    turn = _way_m(settings, second) / _RADIUS_M
    north, east = _RADIUS_M * math.sin(turn), _RADIUS_M * math.cos(turn)
    latitude = _CENTRE[0] + north / _M_PER_DEGREE
    longitude = _CENTRE[1] + east / (_M_PER_DEGREE * math.cos(math.radians(_CENTRE[0])))
    return latitude, longitude, -math.degrees(turn) % 360


def _sentences(settings: DriveSettings, start: datetime) -> Iterator[str]:
    """RMC once a second."""
    for second in range(round(settings.minutes * 60) + 1):
        latitude, longitude, course = _place(settings, second)
        at, north, east = start + timedelta(seconds=second), _minutes(latitude, 2), _minutes(longitude, 3)
        told = f"{settings.speed / 3.6 * _KNOTS:.2f},{course:.1f},{at:%d%m%y}"
        body = f"GNRMC,{at:%H%M%S}.00,A,{north},N,{east},E,{told},,,A"
        yield f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def _minutes(degrees: float, digits: int) -> str:
    whole = int(degrees)
    return f"{whole:0{digits}d}{(degrees - whole) * 60:08.5f}"


def _radio(path: Path, settings: DriveSettings, start: datetime) -> None:
    rows: Sequence[Mapping[str, Any]] = [
        {
            "time": (start + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "modem": "SIM-AMB",
            "imei": imei(1),
            "rat": "NR-SA",
            "plmn": "00101",
            "cell": f"1A2B3C{math.floor(_way_m(settings, second) / settings.cell) % 13:03d}",
            "band": "78",
            "rsrp": str(round(-78 - 24 * abs((_way_m(settings, second) / settings.cell) % 1 - 0.5))),
            "sinr": "18",
            "address": "10.78.0.2",
        }
        for second in range(0, round(settings.minutes * 60) + 1, _POLL_S)
    ]
    tabled(path, tuple(rows[0]), rows)
