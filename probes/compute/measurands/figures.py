# SPDX-License-Identifier: Apache-2.0
"""What is shown behind a verdict on computing power: power over time with the windows, and the runs one by one."""

from __future__ import annotations

import numpy as np

from harness.kit.figures import Line, Series
from harness.kit.listings import Column, Listing
from harness.model import Figure, Outcome
from harness.plugins import Request, Shown
from probes.compute.formats.words import WORDS
from probes.compute.measurands.drawn import drawn, guard_s
from probes.compute.measurands.estimates import PER_W
from probes.compute.measurands.view import Bench, Meter, quantity
from probes.compute.measurands.windows import steady

_POINTS = 600


def show(view: Bench, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Each run with its terminal, chip, meter, window, rate, energy and result; power over time of the main meters."""
    warm = quantity(view.declared, "warm_up")
    plane = str(request.parameter("plane", ""))
    titles = (
        "terminal",
        "chip",
        "workload",
        "precision",
        "sparsity",
        "begin",
        "seconds",
        "items",
        "tops",
        "mean_w",
        "per_w",
        "meter",
        "certificate",
    )
    units = {"seconds": "s", "tops": "TOPS", "mean_w": "W", "per_w": PER_W}
    columns = [Column(each, WORDS.text(f"column-{each.replace('_', '-')}"), units.get(each, "")) for each in titles]
    rows = []
    for own in view.terminals.values():
        for load in own.loads:
            if load.run.kernels:
                continue
            guard = guard_s(own) if plane else 0.0
            run = steady(load, 0.0 if warm is None else float(warm.to("s")), guard)
            power = drawn(own, run, view.declared, plane) if plane and own.meters else None
            mean = power.mean_w if power else None
            meter = own.meters[0].settings if own.meters else None
            begin = str(np.datetime64(run.begin_ns, "ns").astype("datetime64[s]"))
            rows.append((
                own.label, load.settings.chip, load.settings.workload, load.precision, load.sparsity, begin, run.duration_s,
                run.items, run.tops, mean, run.tops / mean if mean else None, meter.meter if meter else "", meter.certificate if meter else "",
            ))  # fmt: skip
    pictures: list[Figure] = [
        each for own in view.terminals.values() for meter in own.meters[:1] for each in _power(own.label, meter)
    ]
    return Shown(tuple(pictures[:4]), (Listing("runs", WORDS.text("runs"), columns, rows),))


def _power(label: str, meter: Meter) -> list[Figure]:
    """Power over minutes, thinned to what a picture holds by means of equal stretches."""
    log = meter.log
    if len(log.at_ns) < 2:
        return []
    size = max(1, -(-len(log.watts) // _POINTS))
    whole = len(log.watts) // size * size
    watts = log.watts[:whole].reshape(-1, size).mean(axis=1)
    minutes = (log.at_ns[:whole:size] - log.at_ns[0]) / 6e10
    title = WORDS.text("power-of", terminal=label)
    line = Line(WORDS.text("power"), [float(each) for each in watts])
    return [Series(title, "W", [float(each) for each in minutes], [line], WORDS.text("time"), "min")]
