# SPDX-License-Identifier: Apache-2.0
"""Terminals on the bench while they compute: watts now, and operations a second over the last calls. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.compute.formats.words import WORDS
from probes.compute.measurands.view import Bench, Terminal

_CALLS = 100
"""Calls that the rate is taken over."""


def lines(view: Bench, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Of each terminal what its meters read last, and how fast its latest run is."""
    del outcome, request
    return tuple(line for each in view.terminals.values() for line in _terminal(each))


def _terminal(one: Terminal) -> Iterator[Line]:
    watts = [
        float(each.energy.watts[-1]) for each in one.meters if each.energy.watts is not None and len(each.energy.watts)
    ]
    if watts:
        said = WORDS.text("now-watts", watts=_short(sum(watts)))
        yield Line(WORDS.text("now-terminal", name=one.label), said)
    for load in one.loads[-1:]:
        run, operations = load.run, load.operations
        if operations is not None and len(run.count):
            first = max(0, len(run.count) - _CALLS)
            took = float(run.stop_ns[-1] - run.start_ns[first]) / 1e9
            rate = float(run.count[first:].sum()) * operations / took / 1e12 if took > 0 else 0.0
            yield Line(WORDS.text("now-terminal", name=one.label), WORDS.text("now-tops", tops=_short(rate)))


def _short(number: float) -> float:
    """Four significant digits."""
    return float(f"{number:.4g}")
