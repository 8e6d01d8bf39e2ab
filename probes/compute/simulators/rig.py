# SPDX-License-Identifier: Apache-2.0
"""A simulated test bench whose true energy is known: logs of a meter and of runs, or an analyser that answers SCPI.

Power is what a terminal draws: idle, then a level with correlated scatter while a run lasts. The meter sees it with a gain of its
own inside its limit of error. Everything measured against it is labelled as simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.errors import UsageError
from harness.kit.settings import Settings
from probes.compute.formats.power import Floats, Ints

_Positive = Annotated[float, Field(gt=0, lt=1e15)]
_Share = Annotated[float, Field(ge=0, lt=0.5)]
_BEGIN_NS = 1_795_248_000 * 10**9  # 2026-11-21T08:00:00Z
_CORRELATION_S = 8.0
"""The power of real boards is correlated over 8 to 24 s."""


class RigSettings(Settings):
    """What the terminal does, and how the meter reads it."""

    seed: int = Field(1, description="of the scatter.")
    runs: int = Field(3, ge=1, le=50, description="how many runs.")
    run_s: _Positive = Field(1860.0, description="how long each run lasts, s.")
    idle_s: _Positive = Field(90.0, description="how long it idles before, between and after, s.")
    operations: _Positive = Field(8.178e9, description="operations of one item.")
    rate: _Positive = Field(28_000.0, description="items a second.")
    call_s: _Positive = Field(1.0, description="how long one call lasts, s.")
    active_w: _Positive = Field(30.0, description="power while it runs, W.")
    idle_w: _Positive = Field(12.0, description="power while it idles, W.")
    scatter: _Share = Field(0.005, description="scatter of the power, as a share.")
    between: _Share = Field(0.001, description="scatter of rate and power between runs, as a share.")
    gain: float = Field(0.0, gt=-0.5, lt=0.5, description="relative error of the meter's gain.")
    period_s: _Positive = Field(1.0, description="distance of samples, s.")
    check_gain: float = Field(0.004, gt=-0.5, lt=0.5, description="relative error of the second source.")
    shift_s: float = Field(0.0, description="by how much the meter's clock is ahead, s.")


@dataclass(frozen=True, slots=True)
class Bench:
    """What happened on the bench: samples as the meter wrote them, calls of each run, and the truth behind them."""

    at_ns: Ints
    watts: Floats
    calls: tuple[tuple[Ints, Ints, Ints], ...]
    true_joules: tuple[float, ...]
    items: tuple[int, ...]


def simulate(rig: RigSettings) -> Bench:
    """The bench at work, from its seed alone."""
    random = np.random.default_rng(rig.seed)
    cycle = rig.idle_s + rig.run_s
    seconds = np.arange(0, rig.runs * cycle + rig.idle_s, rig.period_s)
    level = np.full(len(seconds), rig.idle_w)
    calls, joules, items = [], [], []
    noise = _correlated(random, len(seconds), rig.period_s) * rig.scatter
    for run in range(rig.runs):
        begin, end = rig.idle_s + run * cycle, (run + 1) * cycle
        power, speed = (1 + rig.between * random.standard_normal(2)) * (rig.active_w, rig.rate)
        inside = (seconds >= begin) & (seconds < end)
        level[inside] = power
        count = max(1, round(rig.run_s / rig.call_s))
        edges = _BEGIN_NS + np.rint((begin + np.arange(count + 1) * rig.run_s / count) * 1e9).astype(np.int64)
        number = np.maximum(
            1, np.rint(speed * rig.run_s / count * (1 + rig.scatter * random.standard_normal(count)))
        ).astype(np.int64)
        calls.append((edges[:-1], edges[1:], number))
        items.append(int(number.sum()))
        joules.append(float((level[inside] * (1 + noise[inside])).sum() * rig.period_s))
    at = _BEGIN_NS + np.rint((seconds + rig.shift_s) * 1e9).astype(np.int64)
    return Bench(at, level * (1 + noise) * (1 + rig.gain), tuple(calls), tuple(joules), tuple(items))


def _correlated(random: np.random.Generator, count: int, period_s: float) -> Floats:
    """Scatter of unit variance that forgets itself over some seconds (an autoregression of first order)."""
    from scipy.signal import lfilter

    keep = math.exp(-period_s / _CORRELATION_S)
    found: Floats = lfilter([math.sqrt(1 - keep * keep)], [1.0, -keep], random.standard_normal(count))
    return found


def power_table(bench: Bench, gain: float = 0.0, every: int = 1) -> bytes:
    """The meter's log as a table; ``gain`` and ``every``: of a second, coarser source beside it."""
    columns = (bench.at_ns[::every].tolist(), (bench.watts[::every] * (1 + gain)).tolist())
    rows = (f"{at / 1e9:.3f},{watts:.5f}\n" for at, watts in zip(*columns, strict=True))
    return ("time(s),power(W)\n" + "".join(rows)).encode()


def calls_table(calls: tuple[Ints, Ints, Ints]) -> bytes:
    """The log of a run as a table."""
    rows = (f"{start},{end},{count}\n" for start, end, count in zip(*(each.tolist() for each in calls), strict=True))
    return ("start_ns,end_ns,count\n" + "".join(rows)).encode()


@contextmanager
def files(config: Mapping[str, Any], folder: Path) -> Iterator[Mapping[str, Any]]:
    """Logs of the bench; ``config`` as :class:`RigSettings`. Yields ``power``, ``runs`` and ``operations``."""
    rig = RigSettings.parse({key: value for key, value in config.items() if key != "folder"})
    bench = simulate(rig)
    with TemporaryDirectory(prefix="yanshou-compute-") as name:
        place = folder / str(config["folder"]) if "folder" in config else Path(name)
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / "power.csv").write_bytes(power_table(bench))
            (place / "check.csv").write_bytes(power_table(bench, rig.check_gain, 5))
            runs = [place / f"run{number}.csv" for number in range(1, rig.runs + 1)]
            for path, calls in zip(runs, bench.calls, strict=True):
                path.write_bytes(calls_table(calls))
        except OSError as error:
            msg = f"{place} cannot be written to: {error.strerror}."
            raise UsageError(msg, cure="name a folder you may write to.") from None
        told = {each: str(place / f"{each}.csv") for each in ("power", "check")}
        yield {**told, "runs": [str(each) for each in runs], "operations": rig.operations}
