# SPDX-License-Identifier: Apache-2.0
"""Examples of computing power."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.plugins import Trace
from tests.conformance.examples import of, traced
from tests.probes.compute import made

MONTHS = "月份,总电量(kWh),IT电量(kWh)\n" + "".join(
    f"2025-{at:02d},{125_000 + at * 10},100000\n" for at in range(1, 13)
)
METERS: Mapping[str, Any] = MappingProxyType(
    {"file": "t.csv", "category": "PUE2", "total_class": "0.5 %", "it_class": "0.5 %", "certificates": ["D-1", "D-2"]}
)
POINTS = "工况,时间占比,总功率(kW),IT功率(kW)\n" + "".join(f"P{at},20 %,{120 + at},100\n" for at in range(1, 6))
HALL: Mapping[str, Any] = MappingProxyType(
    {"file": "t.csv", "available": 4, "interval": "1 h", "period": "2025-06-01/2025-06-01"}
)


@of("compute.power-log")
def _power_log(folder: Path) -> Trace:
    return made.power(folder, made.bench(run_s=60.0, runs=1))


@of("compute.power")
def _power(folder: Path) -> Trace:
    settings = {**made.METER, "scpi": {"tcp": "10.0.0.7:5025"}, "duration": "10 min"}
    benches = [made.bench(run_s=60.0, runs=1, seed=each) for each in (1, 2)]
    return made.traced("compute.power", folder, [b"".join(map(made.power_session, benches))], settings, "source")


@of("compute.run-log")
def _run_log(folder: Path) -> Trace:
    return made.runs(folder, made.bench(run_s=60.0, runs=2))


@of("compute.run")
def _run(folder: Path) -> Trace:
    stated = {key: value for key, value in made.WORK.items() if key != "operations"}
    settings = {**stated, "model": "net.onnx", "duration": "31 min"}
    sessions = b"".join(map(made.run_session, made.bench(run_s=60.0, runs=2).calls))
    return made.traced("compute.run", folder, [sessions], settings, "source")


def racks(names: str = "ABCD", watts: int = 3000, *, hours: int = 24) -> str:
    """A day of racks under load."""
    rows = (f"2025-06-01 {hour:02d}:00:00,{name},{watts}\n" for hour in range(hours) for name in names)
    return "时间,机架,功率(W)\n" + "".join(rows)


@of("compute.energy")
def _energy(folder: Path) -> Trace:
    return traced("compute.energy", folder, MONTHS.encode(), METERS)


@of("compute.conditions")
def _conditions(folder: Path) -> Trace:
    return traced("compute.conditions", folder, POINTS.encode(), METERS)


@of("compute.racks")
def _racks(folder: Path) -> Trace:
    return traced("compute.racks", folder, racks().encode(), HALL)
