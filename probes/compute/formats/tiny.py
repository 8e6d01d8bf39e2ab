# SPDX-License-Identifier: Apache-2.0
"""EnergyRunner's ``trace1-energy.bin`` of MLPerf Tiny: 0xF1, the rate in Hz, then microjoules a sample (float32, low byte first)."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np

from probes.compute.formats.power import PowerLog, unreadable

FORMAT = "mlperf-tiny"
_VERSION = 0xF1
_RATES = (0.1, 1e6)
_MOST_UJ, _MOST_S = 1e15, 1e8
_WINDOW = re.compile(r"Energy data for window (\d+) at time ([\d.]+) for ([\d.]+) sec")
_ENERGY = re.compile(r"Energy\s+:\s+([\d.]+)\s*(\S+)\s*$")
_COUNT = re.compile(r"# Inferences\s+:\s+(\d+)\s*$")
_RESULTS = re.compile(r"Performance results for window (\d+)")
_UNITS_J = {"uJ": 1e-6, "mJ": 1e-3, "J": 1.0, "nJ": 1e-9}


def is_tiny(data: bytes) -> bool:
    """Whether bytes begin like such a trace."""
    return (
        len(data) > 8 and data[0] == _VERSION and _RATES[0] <= float(np.frombuffer(data, "<f4", 1, 1)[0]) <= _RATES[1]
    )


def read(data: bytes, name: str = "") -> PowerLog:
    """The samples, and the energy counter between them; UnreadableError for a torn or impossible trace."""
    if not is_tiny(data):
        raise unreadable("not-tiny", "give trace1-energy.bin as EnergyRunner wrote it.", name)
    body = data[5:]
    if len(body) % 4:
        raise unreadable("torn-trace", "copy the file again.", name, bytes=len(body) % 4)
    rate = float(np.frombuffer(data, "<f4", 1, 1)[0])
    single = np.frombuffer(body, "<f4")
    if not np.isfinite(single).all() or float(np.abs(single).max(initial=0.0)) > _MOST_UJ:
        raise unreadable("not-finite", "record it again: a sample is no number.", name)
    micro = single.astype(np.float64)
    period = 1e9 / rate
    edges = np.rint(np.arange(len(micro) + 1) * period).astype(np.int64)
    joules = np.concatenate(([0.0], np.cumsum(micro) * 1e-6))
    watts = micro * 1e-6 * rate
    return PowerLog(FORMAT, edges[:-1], watts, "none", joules, edges, facts={"nominal_hz": rate})


def windows_of(text: str, name: str = "") -> list[tuple[float, float]]:
    """Begin and end in s of the measured windows: of the intervals between the stamps the second, fourth … (EnergyRunner)."""
    try:
        stamps = json.loads(text)
    except (ValueError, RecursionError):
        stamps = None
    numbers = isinstance(stamps, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in stamps
    )
    if (
        not numbers
        or len(stamps) < 3
        or any(b <= a for a, b in pairwise(stamps))
        or not 0 <= stamps[0] <= stamps[-1] < _MOST_S
    ):
        raise unreadable("no-stamps", "give trace1-timestamps.json, seconds in rising order.", name)
    return [(float(a), float(b)) for a, b in list(pairwise(stamps))[1::2]]


def published(text: str) -> list[dict[str, Any]]:
    """What EnergyRunner's results.txt says of each window: begin and length in s as it rounds them, energy in J, inferences."""
    found: list[dict[str, Any]] = []
    window = 0
    for line in text.splitlines():
        if match := _WINDOW.search(line):
            found.append({"window": int(match[1]), "start_s": float(match[2]), "duration_s": float(match[3])})
        elif found and "energy_j" not in found[-1] and (match := _ENERGY.search(line)) and match[2] in _UNITS_J:
            found[-1]["energy_j"] = float(match[1]) * _UNITS_J[match[2]]
        elif match := _RESULTS.search(line):
            window = int(match[1])
        elif match := _COUNT.search(line):
            found = [{**each, "inferences": int(match[1])} if each["window"] == window else each for each in found]
    return found
