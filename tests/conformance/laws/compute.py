# SPDX-License-Identifier: Apache-2.0
"""Of terminals on a bench and of data centres."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.plugins import Trace
from tests.conformance.examples import compute as examples
from tests.conformance.laws.law import Law, Part, recorded
from tests.probes.compute import made


def terminals() -> Iterator[Law]:
    """Of terminals on a bench: each is proven for itself, with its own runs and its own meter."""
    bench, other = made.bench(), made.bench(seed=2)
    second = {"terminal": "second"}

    def work(own: Any, **more: Any) -> Part:
        return lambda folder: made.runs(folder, own, **more)

    def meter(own: Any, **more: Any) -> Part:
        return lambda folder: made.power(folder, own, **more)

    def sweep(own: Any, *, ended: bool = True, **more: Any) -> Part:
        sessions = [made.run_session(each, kernel="matmul-1024", ended=ended) for each in own.calls]
        stated = {key: value for key, value in made.WORK.items() if key != "operations"}
        settings = {**stated, "sweep": True, "duration": "31 min", "rated": 320, **more}
        return lambda folder: made.traced("compute.run", folder, [b"".join(sessions)], settings)

    bad = {
        "a terminal that ran in INT4": work(other, precision="int4", **second),
        "a terminal whose model is sparse": work(other, sparsity="2:4", **second),
        "a terminal that is slower": work(made.bench(rate=20_000.0, seed=3), **second),
        "the same record under another name": work(bench, **second),
        "a run that has just begun": work(made.bench(run_s=60.0, seed=4), **second),
        "bytes that are no log": recorded(
            "compute.run-log", b"no log at all\n", {"file": ["x"], **made.WORK, **second}
        ),
    }
    yield Law("compute.tops", "sustained", ">= 200 TOPS", [work(bench)], bad, made.INT8, made.DECLARED)
    peak = {
        "a sweep that broke off": sweep(other, ended=False, **second),
        "a sweep without a rating": sweep(other, **{**second, "rated": None}),
        "a terminal that is slower": sweep(made.bench(rate=20_000.0, seed=3), **second),
    }
    yield Law("compute.tops", "confirmed-peak", ">= 200 TOPS", [sweep(bench)], peak, made.INT8, made.DECLARED)

    def backwards(part: Part) -> Part:
        """The same rows, the newest first."""

        def turned(folder: Path) -> Trace:
            trace = part(folder)
            head, *rows = trace.segments[0].read_bytes().splitlines(keepends=True)
            trace.segments[0].write_bytes(b"".join([head, *rows[::-1]]))
            return trace

        return turned

    meters = {
        **bad,
        "a terminal without a meter": work(other, **second),
        "a meter without runs": meter(other, **second),
        "a second source that disagrees": meter(bench, gain=0.03, role="check"),
        "a second meter of the same run": meter(bench, gain=0.001),
        "a second source that disagrees and runs backwards": backwards(meter(bench, gain=0.03, role="check")),
        "a second meter of the same run that runs backwards": backwards(meter(bench, gain=0.001)),
    }
    yield Law(
        "compute.efficiency", "ratio", ">= 6 TOPS/W", [work(bench), meter(bench)], meters, made.INPUT, made.DECLARED
    )


def centres() -> Iterator[Law]:
    """Of data centres: each is proven for itself."""

    def months(text: str, **more: Any) -> Part:
        return recorded("compute.energy", text.encode(), {**examples.METERS, **more})

    def points(text: str, **more: Any) -> Part:
        return recorded("compute.conditions", text.encode(), {**examples.METERS, **more})

    def hall(text: str, **more: Any) -> Part:
        return recorded("compute.racks", text.encode(), {**examples.HALL, **more})

    lines = examples.MONTHS.splitlines(keepends=True)
    bad = {
        "a year that lacks a month": months("".join(lines[:-1])),
        "meters of unknown class": months(examples.MONTHS, total_class=None),
        "a centre that is worse": months(examples.MONTHS.replace("2025-06,1", "2025-06,9")),
        "a table without a month": months(lines[0]),
        "bytes that are no table": months("no table at all\n"),
    }
    yield Law("compute.pue", "ratio", "<= 1.4", [months(examples.MONTHS)], bad, {"period": "12 months"})
    bad = {
        "four points": points("".join(examples.POINTS.splitlines(keepends=True)[:-1])),
        "meters of unknown class": points(examples.POINTS, it_class=None),
        "a centre that is worse": points(examples.POINTS.replace(",121,", ",521,")),
    }
    yield Law("compute.pue", "characteristic", "<= 1.4", [points(examples.POINTS)], bad)
    bad = {
        "racks that never reported": hall(examples.racks("AB"), available=8),
        "racks that idle": hall(examples.racks(watts=50)),
        "more racks than there are": hall(examples.racks("ABCDE")),
        "a day that was not recorded": hall(examples.racks(), period="2025-07-01/2025-07-01"),
    }
    idle = {"idle_power": "200 W"}
    yield Law("compute.utilisation", "time-share", ">= 70 %", [hall(examples.racks())], bad, {"by": "rack"}, idle)
