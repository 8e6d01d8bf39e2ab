# SPDX-License-Identifier: Apache-2.0
"""Logs with known contents, and the one path from a log to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from harness.decide import decide
from harness.model import Criterion, Judgement, Outcome, Reading, Rule, Text
from harness.plugins import Context, Input, Request, Trace
from harness.quantity import Limit
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.receiver import receiver
from probes.gnss.truth.settings import TRAJECTORY

Judge = Callable[..., tuple[Outcome, Judgement]]
RISK = Fraction(1, 20)


def judged(
    trace: Trace, measurand: str, statistic: str, limit: str | None, **parameters: Any
) -> tuple[Outcome, Judgement]:
    """The outcome and verdict of one reading on one trace, as the engine would compute them."""
    context = Context("s08.test", config=trace.config)
    summary = reduce(
        lambda left, right: left.merge(right), [PROBE.summarise(chunk, context) for chunk in PROBE.chunks(trace)]
    )
    asked = None if limit is None else Limit.parse(limit)
    reading = Reading("reading", Text("读法", "reading"), measurand, statistic, parameters)
    request = Request("s08.test", reading, asked, Rule.GUARDED, RISK, RISK, context)
    outcome = PROBE.measurands[measurand]([Input(PROBE.name, "receiver", summary, trace)], request)
    return outcome, decide(outcome, Criterion(reading, asked, Rule.GUARDED, 1 - RISK))


def trace_of(config: Mapping[str, Any], documents: Mapping[str, Path] | None = None) -> Trace:
    """A trace of one segment, the file that the settings name."""
    return Trace("s08.test", "receiver", PROBE.name, 1, (Path(config["file"]),), config, documents or {})


@pytest.fixture
def judge() -> Any:
    """Simulate a receiver, judge one reading on its log: judge(device, measurand, statistic, limit, settings, **parameters)."""
    with ExitStack() as peers:

        def run(
            device: Mapping[str, Any],
            measurand: str,
            statistic: str,
            limit: str | None,
            settings: Mapping[str, Any] | None = None,
            **parameters: Any,
        ) -> tuple[Outcome, Judgement]:
            given = peers.enter_context(receiver(device, Path()))
            moving = "trajectory" in given
            config = {**given, "mode": "dynamic" if moving else "static"}
            if moving:
                del config["truth"]
            config |= settings or {}
            documents = {TRAJECTORY: Path(given["trajectory"])} if moving else {}
            return judged(trace_of(config, documents), measurand, statistic, limit, **parameters)

        yield run
