# SPDX-License-Identifier: Apache-2.0
"""Evidence of computing power made by construction: a bench whose true energy is known, in the forms that probes record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from harness import installed
from harness.kit.lines import Writer, line
from harness.plugins import Input, Trace
from harness.testing import Question
from probes.compute.simulators.rig import Bench, RigSettings, calls_table, power_table, simulate
from probes.compute.traces.recorded import POWER, RUN

KEYS = ["path", "format", "samples", "first", "last", "rate_hz", "max_gap_s", "windows", "published", "events"]
WINDOW = [
    *("start_s", "duration_s", "n_inside", "mean_w_samples", "energy_j", "mean_w", "min_w", "max_w", "sd_w"),
    *("samples_per_second", "tops", "tops_per_w"),
]
"""The contract of ``yanshou analyse power``."""
TERMINAL = "LSVAU2180N2183294"
WORK: Mapping[str, Any] = MappingProxyType(
    {
        "terminal": TERMINAL,
        "workload": "ssd-resnet50",
        "precision": "int8",
        "sparsity": "dense",
        "operations": 8.178e9,
        "rated": 320,
    }
)
METER: Mapping[str, Any] = MappingProxyType(
    {
        "terminal": TERMINAL,
        "plane": "platform-input",
        "of_reading": "0.1 %",
        "of_range": "0.05 %",
        "range": "75 W",
        "certificate": "2026-0001",
        "valid_until": "2027-05-01",
        "clock_offset": "50 ms",
    }
)
DECLARED: Mapping[str, Any] = MappingProxyType({"warm_up": "1 min"})
INT8: Mapping[str, Any] = MappingProxyType({"precision": "int8", "dense": True})
INPUT: Mapping[str, Any] = MappingProxyType({**INT8, "plane": "platform-input"})


def bench(**more: Any) -> Bench:
    """A bench at work: three runs of 31 min at 225 TOPS and 34 W."""
    return simulate(RigSettings(**{"rate": 27_500.0, "active_w": 34.0, **more}))


def traced(name: str, folder: Path, data: Sequence[bytes], settings: Mapping[str, Any], source: str = "") -> Trace:
    """The trace of a source, a segment for each piece of ``data``."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = installed.probe(name)
    paths = [folder / f"{number:04d}.{probe.extension}" for number in range(1, len(data) + 1)]
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)
    return Trace("test.asked", source or folder.name, name, 1, tuple(paths), probe.settings.model_validate(settings))


def runs(folder: Path, made: Bench, **more: Any) -> Trace:
    """The logs of a bench's runs."""
    settings = {"file": [f"run{number}.csv" for number in range(len(made.calls))], **WORK, **more}
    return traced("compute.run-log", folder, [calls_table(each) for each in made.calls], settings)


def power(folder: Path, made: Bench, *, gain: float = 0.0, every: int = 1, **more: Any) -> Trace:
    """The log of a bench's meter."""
    return traced("compute.power-log", folder, [power_table(made, gain, every)], {"file": ["p.csv"], **METER, **more})


def without(made: Bench, first: int, last: int) -> Bench:
    """The bench with samples gone."""
    keep = np.ones(len(made.at_ns), bool)
    keep[first:last] = False
    return replace(made, at_ns=made.at_ns[keep], watts=made.watts[keep])


def input_of(trace: Trace, question: Question) -> Input:
    """The summary of one trace, as the engine would compute it."""
    from tests.conformance.laws.law import input_of as summarised

    return summarised(trace, question)


def power_session(made: Bench, **facts: Any) -> bytes:
    """The same samples as a meter that was asked here records them, fifty a row."""
    rows = [
        Writer(
            POWER,
            {"way": "scpi", "identity": "SIMULATED", "range_w": 75.0, "host": "h", "t": int(made.at_ns[0]), **facts},
        ).header
    ]
    for at in range(0, len(made.at_ns), 50):
        part = slice(at, at + 50)
        rows.append(
            line(
                {
                    "t": made.at_ns[part].tolist(),
                    "w": made.watts[part].tolist(),
                    "rtt": [1_000_000] * len(made.at_ns[part]),
                }
            )
        )
    return b"".join(rows)


def run_session(calls: Any, *, ended: bool = True, kernel: str = "", ops: float = 8.178e9, **facts: Any) -> bytes:
    """A run as the runner records it."""
    head = {"operations": ops, "precision": "int8", "sparsity": "dense", "host": "h", "t": int(calls[0][0]), **facts}
    columns = [each.tolist() for each in calls]
    rows = [Writer(RUN, head).header]
    more = {"kernel": kernel, "ops": ops} if kernel else {}
    rows.append(line({"s": columns[0], "e": columns[1], "n": columns[2], **more}))
    rows += [
        line({"t": int(at), "temperature_c": 60 + number % 3 / 10, "throttled": False})
        for number, at in enumerate(columns[0][::60])
    ]
    return b"".join([*rows, *([line({"end": True})] if ended else [])])
