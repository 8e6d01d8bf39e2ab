# SPDX-License-Identifier: Apache-2.0
"""network.loop: closed loops seen on a broker, from sensor event to actuator command. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model import Outcome, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.network.measurands import latency
from probes.network.measurands.view import Evidence, gather
from probes.network.measurands.words import WORDS

_MODE = "mqtt"


@dataclass(frozen=True, slots=True)
class View:
    """The loops of all inputs, and the sources that recorded something else."""

    loops: Evidence
    strangers: tuple[str, ...]


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """Events and commands on brokers."""
    strangers = tuple(each.source for each in inputs if each.summary.modes - {_MODE})
    return View(gather(inputs, ask), strangers)


def quantile(seen: View, request: Request) -> Outcome:
    """The q-quantile of the delay from sensor event to actuator command, ms."""
    return _judged(seen, request, "quantile")


def mean(seen: View, request: Request) -> Outcome:
    """Its mean, ms."""
    return _judged(seen, request, "mean")


def share_within(seen: View, request: Request) -> Outcome:
    """The share of events whose command came within the threshold."""
    return _judged(seen, request, "share-within")


def show(seen: View, outcome: Outcome, request: Request) -> Shown:
    """As of round trips (:func:`probes.network.measurands.latency.show`)."""
    return latency.show(seen.loops, outcome, request)


def _judged(seen: View, request: Request, statistic: str) -> Outcome:
    if seen.strangers:
        return Outcome(None, invalid=(WORDS.reason("not-a-loop", names=list(seen.strangers)),))
    if not seen.loops.summaries:
        return Outcome(None, lacks=(WORDS.lack("no-loops", Side.BOTH),))
    return latency.round_trips(seen.loops, request, statistic)
