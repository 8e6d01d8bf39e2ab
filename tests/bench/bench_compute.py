# SPDX-License-Identifier: Apache-2.0
"""Speed of the energy arithmetic, how late a sampler is, and what the harness costs a runtime."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from harness.kit.lines import line
from probes.compute.digests.energy import Prefix, prefix
from probes.compute.digests.kernel import align, windows
from probes.compute.formats.graph import product
from probes.compute.formats.power import PowerLog
from probes.compute.live.runs import _rows
from probes.compute.live.timing import Ticks, punctual
from tests.bench.run import Bench

SAMPLES, EVENTS, WINDOWS = 3_600_000, 10_000_000, 1_000_000


@cache
def hour() -> tuple[PowerLog, Prefix]:
    """An hour at 1 kHz, jittered."""
    random = np.random.default_rng(16)
    at = np.cumsum(random.integers(950_000, 1_050_000, SAMPLES))
    log = PowerLog("made", at, 30 + random.standard_normal(SAMPLES))
    return log, prefix(log)


def _aligned() -> tuple[Callable[[], Any], Callable[[], Any]]:
    at = np.arange(3600, dtype=np.int64) * 10**9  # one sample a second: what analysers give
    events = np.sort(np.random.default_rng(1).integers(0, 3600 * 10**9, EVENTS))
    out, copied = np.empty(EVENTS, np.int64), np.empty(EVENTS, np.float64)
    return lambda: align(at, events, out), lambda: np.copyto(copied, events)


def _windows() -> tuple[Callable[[], Any], Callable[[], Any]]:
    log, energy = hour()
    begin = np.random.default_rng(2).integers(log.at_ns[0], log.at_ns[-1] - 10**9, WINDOWS)
    end, seconds = begin + 500_000_000, log.at_ns / 1e9
    by_numpy = lambda: np.interp(end / 1e9, seconds, energy.joules) - np.interp(begin / 1e9, seconds, energy.joules)  # noqa: E731
    return lambda: windows(log.at_ns, energy.joules, log.watts, begin, end), by_numpy


def lateness_us(share: float) -> float:
    """A quantile of how late 1 kHz deadlines are met, over a second."""
    late = []
    with punctual():
        ticks = Ticks(10**6)
        for _ in range(1000):
            ticks.wait()
            late.append(ticks.late_ns / 1000)
    return float(np.quantile(late, share))


@cache
def _session() -> tuple[Any, dict[str, Any]]:
    import onnxruntime

    weight = np.random.default_rng(1).integers(-127, 127, (512, 512)).astype(np.int8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(product(weight), options, providers=["CPUExecutionProvider"]), {
        "a": np.ones((512, 512), np.uint8)
    }


def _calls(count: int) -> Iterator[tuple[int, int]]:
    session, feed = _session()
    for _ in range(count):
        begin = time.time_ns()
        session.run(None, feed)
        yield begin, time.time_ns()


def harnessed() -> int:
    """Calls with their stamps, gathered into rows and written as the recorder does."""
    rows = _rows(("", 2.0 * 512**3, begin, end, 1) for begin, end in _calls(200))
    return sum(len(line(row)) for row in rows)


def bare() -> None:
    """The same calls and nothing else."""
    session, feed = _session()
    for _ in range(200):
        session.run(None, feed)


def benches() -> list[Bench]:
    """The bars of this domain."""
    aligned, copied = _aligned()
    ours, by_numpy = _windows()
    return [
        Bench("align 10 M events with power samples", aligned, copied, "≤ 3 × the time of a plain copy", EVENTS, "events", ratio=1 / 3, cpu=True),
        Bench("energy of 1 M windows over 3.6 M samples", ours, by_numpy, "≥ 3 × numpy interp", WINDOWS, "windows", ratio=3, cpu=True),
        Bench("1 kHz deadlines, lateness p50", lambda: lateness_us(0.5), None, "≤ 150 µs", unit="µs late", figure="smaller", most=150),
        Bench("1 kHz deadlines, lateness p99", lambda: lateness_us(0.99), None, "≤ 5 ms", unit="µs late", figure="smaller", most=5000),
        Bench("INT8 calls with their stamps", harnessed, bare, "≥ 95 % of the bare runtime", 200, "calls", ratio=0.95, cpu=True),
    ]  # fmt: skip
