# SPDX-License-Identifier: Apache-2.0
"""Simulated terminals over the whole length of a campaign: a week of keep-alives and hours of delays, written in seconds.

Everything is drawn from the seed; the files are small because they hold numbers and no packets (:mod:`probes.network.traces.fleet`).
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.kit.lines import Writer, line
from harness.kit.settings import Address, Settings
from probes.network.simulators.reflectors import imei
from probes.network.traces.conditions import IDLE, LOAD, step, step_of
from probes.network.traces.fleet import FORMAT, GAP_US, LOST, packed
from probes.network.traces.terminals import FIELDS

S_US, _H_US = 1_000_000, 3_600_000_000
_MARGIN_US = 60 * S_US
"""A record lasts a minute longer than was planned, so that its ends are no question."""
_PATTERN = 997
_WAITING_NS = 1_000_000_000
_LOAD_BIT_S = 20_000_000
_STEPS = [_LOAD_BIT_S * number // 4 for number in range(1, 5)]
_PHASES = ((IDLE, 0), *((step(at), rate) for at, rate in enumerate(_STEPS, start=1)), (LOAD, _LOAD_BIT_S))
_FLOOR_NS = 20_000
_BATCH = 4096
_LONGEST = 65_535
_STEP_US = 5
"""Of the simulated clock."""

Numbers = np.ndarray[Any, np.dtype[np.int64]]
_Share = Annotated[float, Field(ge=0, le=1)]
_Hours = Annotated[float, Field(gt=0, le=2000)]


class FleetSettings(Settings):
    """How many terminals, for how long, and how well they do."""

    count: Annotated[int, Field(ge=1, le=5000)] = Field(50, title="终端数。", description="how many terminals.")
    first: Address = Field("10.77.0.1", title="第一台的地址。", description="address of the first one.")
    start: str = Field(
        "2024-03-05T00:00:00+00:00", title="保活记录开始的时刻。", description="when the keep-alives begin."
    )
    seed: Annotated[int, Field(ge=0)] = Field(1, title="随机种子。", description="of everything that is drawn.")
    hours: _Hours = Field(
        4.0, title="空载、带载各持续多少小时。", description="hours of delays, idle and then under load."
    )
    rate: Annotated[float, Field(gt=0, le=1000)] = Field(
        0.9, title="时延探测的平均速率，每秒。", description="probes of delays a second, at Poisson moments."
    )
    late: _Share = Field(0.001, title="超过 2 ms 的报文占比。", description="share of packets over 2 ms.")
    lost: _Share = Field(0.0002, title="丢失的报文占比。", description="share of packets that are lost.")
    watched: _Hours = Field(168.0, title="保活持续多少小时。", description="hours of keep-alives.")
    every: Annotated[float, Field(gt=0, le=60)] = Field(
        5.0, title="保活间隔，s。", description="between keep-alives, s."
    )
    outages: Annotated[float, Field(ge=0, le=10_000)] = Field(
        4.0, title="每台终端的掉线次数（平均）。", description="how often each terminal drops out, on average."
    )
    outage: Annotated[float, Field(gt=0, le=86_400)] = Field(
        15.0, title="每次掉线多久，s。", description="how long a drop-out lasts, s."
    )


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """``register``, ``radio`` (an export), ``latency`` and ``keepalive``: paths of files; ``config`` as :class:`FleetSettings`."""
    settings = FleetSettings.parse(config)
    first = ip_address(settings.first)
    terminals = [
        {"id": f"SIM-{number:03d}", "name": f"模拟终端 {number:03d}", "address": str(first + number - 1), "port": 862}
        for number in range(1, settings.count + 1)
    ]
    with tempfile.TemporaryDirectory(prefix="yanshou-fleet-") as scratch:
        place = Path(scratch)
        delays_from = datetime.fromisoformat(settings.start).astimezone(UTC) + timedelta(hours=settings.watched + 1)
        _register(place / "nodes.csv", terminals)
        _radio(place / "radio.csv", terminals, delays_from)
        _write(place / "latency.jsonl", _latency(settings, terminals, micros(delays_from)))
        kept = micros(datetime.fromisoformat(settings.start))
        _write(place / "keepalive.jsonl", _keepalive(settings, terminals, kept))
        names = {
            "register": "nodes.csv",
            "radio": "radio.csv",
            "latency": "latency.jsonl",
            "keepalive": "keepalive.jsonl",
        }
        yield {key: str(place / name) for key, name in names.items()}


def micros(moment: datetime) -> int:
    """Of a moment since 1970, whole seconds only."""
    return round(moment.timestamp()) * S_US


def _write(path: Path, parts: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(parts)


def opened(target: Mapping[str, Any], start_us: int, length_us: int, claim: tuple[str, int], **more: Any) -> bytes:
    """The first line of a session; ``claim``: kind of schedule and mean gap in µs."""
    facts = {
        "target": target,
        "schedule": claim[0],
        "interval_ns": claim[1] * 1000,
        "duration_ns": length_us * 1000,
        "waiting_time_ns": _WAITING_NS,
        "start_ns": start_us * 1000,
        "floor_ns": _FLOOR_NS,
        **more,
    }
    return Writer(FORMAT, facts).header


def _latency(settings: FleetSettings, terminals: Sequence[Mapping[str, Any]], start_us: int) -> Iterator[bytes]:
    """Each terminal at Poisson moments: idle, in steps up to the declared rate, and under load at it."""
    run, begin = round(settings.hours * _H_US) + _MARGIN_US, start_us
    for phase, (condition, rate) in enumerate(_PHASES):
        length = min(run, _MARGIN_US) if step_of(condition) else run
        for at, target in enumerate(terminals):
            random = np.random.Generator(np.random.PCG64([settings.seed, phase, at]))
            yield from _delayed(settings, random, target, (begin, length), (condition, rate))
        begin += length + _MARGIN_US


def _delayed(
    settings: FleetSettings,
    random: np.random.Generator,
    target: Mapping[str, Any],
    when: tuple[int, int],
    how: tuple[str, int],
) -> Iterator[bytes]:
    """One terminal in one phase; ``when``: begin and length in µs, ``how``: condition and bit/s of the load beside."""
    (begin, length), (condition, rate) = when, how
    gap = round(S_US / settings.rate)
    claim, sizes = ("poisson", gap), [64, 1400]
    load = {"load_bit_s": _LOAD_BIT_S, "load_steps_bit_s": _STEPS, "counts": _sent(condition, rate, length)}
    yield opened(target, begin, length, claim, condition=condition, sizes=sizes, **(load if rate else {}))
    gaps = np.rint(random.exponential(gap / GAP_US, round(length / gap * 1.2) + _BATCH)).astype(np.int64)
    gaps = np.minimum(gaps, _LONGEST)[np.cumsum(gaps) * GAP_US < length]
    delays = _delays(random, len(gaps), rate > 0, settings)
    yield line({"gaps": packed(gaps, "<u2"), "delays_us": packed(delays, "<u2")})


def _sent(condition: str, bit_s: int, length_us: int) -> dict[str, int]:
    """What a sender of traffic would have counted."""
    sent = bit_s // 8 * (length_us // S_US)
    return {f"{condition}_bytes": sent, f"{condition}_wanted_bytes": sent, f"{condition}_ns": length_us * 1000}


def _delays(random: np.random.Generator, many: int, loaded: bool, settings: FleetSettings) -> Numbers:
    """Round trips in µs of a link with slots of half a millisecond; few are late, fewer lost."""
    found = 650 + 200 * loaded + random.gamma(4.0, 40.0, many)
    found = np.minimum(found, 1900)
    fate = random.random(many)
    found = np.where(fate < settings.late, 2100 + random.exponential(900.0, many), found)
    found = np.minimum(found, LOST - _STEP_US)
    return np.where(fate > 1 - settings.lost, LOST, np.rint(found / _STEP_US) * _STEP_US).astype(np.int64)


def _keepalive(settings: FleetSettings, terminals: Sequence[Mapping[str, Any]], start_us: int) -> Iterator[bytes]:
    """Each terminal at equal steps; drop-outs come at random moments, each silent for a while."""
    step = round(settings.every * S_US)
    length = round(settings.watched * _H_US) + _MARGIN_US
    count, silent = length // step, max(1, round(settings.outage / settings.every))
    for at, target in enumerate(terminals):
        random = np.random.Generator(np.random.PCG64([settings.seed, 2, at]))
        begun = np.sort(random.integers(20, count - 20 - silent, random.poisson(settings.outages)))
        begun = begun[np.diff(begun, prepend=-count) > 4 * silent + 20]
        lost = [[int(first), int(first) + silent - 1] for first in begun]
        calm = settings.__class__.parse({"late": 0, "lost": 0})
        yield opened(target, start_us, length, ("periodic", step), sizes=[64])
        yield line(
            {
                "even": [int(random.integers(step)), step, int(count)],
                "delays_us": packed(_delays(random, _PATTERN, False, calm), "<u2"),
                "lost": lost,
            }
        )


def _register(path: Path, terminals: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        {"asset_id": each["id"], **{key: each[key] for key in ("name", "address", "port")}, "imei": imei(number)}
        for number, each in enumerate(terminals, 1)
    ]
    tabled(path, tuple(FIELDS), rows)


def _radio(path: Path, terminals: Sequence[Mapping[str, Any]], start: datetime) -> None:
    """Every ten seconds for eleven minutes, each modem says that it is on stand-alone 5G."""
    imeis = [imei(number) for number in range(1, len(terminals) + 1)]
    rows = [
        {
            "time": (start + timedelta(seconds=10 * poll)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "modem": each["id"],
            "imei": own,
            "rat": "NR-SA",
            "plmn": "00101",
            "cell": f"1A2B3C{number % 3:03d}",
            "band": "78",
            "rsrp": str(-80 - number % 12),
            "sinr": str(18 + poll % 5),
            "address": each["address"],
        }
        for poll in range(67)
        for number, (each, own) in enumerate(zip(terminals, imeis, strict=True), 1)
    ]
    tabled(path, tuple(rows[0]), rows)


def tabled(path: Path, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
