# SPDX-License-Identifier: Apache-2.0
"""Receivers while they are recorded: the solution now, how much of it is fixed, mean offset and scatter of the fixed ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.gnss.digests.deviation import Deviations
from probes.gnss.digests.log import Log
from probes.gnss.measurands.view import Compared, Received
from probes.gnss.measurands.words import WORDS, millimetres, percent, titled

_FIXED = 4
_KINDS = {4: "fixed", 5: "float", 2: "differential", 1: "single"}
_FEW = 2


def compared(view: Compared, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Of each receiver: the solution now, and where it stands against the truth."""
    del outcome, request
    many = len(view.antennas) > 1
    found: list[Line] = []
    for each in view.antennas:
        named = each.label if many else ""
        found += _solution(each.log, named)
        found += [] if each.errors is None else _scatter(each.errors, named)
    return tuple(found)


def received(view: Sequence[Received], outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Of each receiver: the solution now."""
    del outcome, request
    return tuple(line for each in view for line in _solution(each.log, each.label if len(view) > 1 else ""))


def _solution(log: Log, named: str) -> Iterator[Line]:
    """The kind of the last epoch's solution, satellites in use, and the share of fixed epochs so far."""
    if not len(log):
        return
    quality, last = log.epochs["quality"], int(log.epochs["quality"][-1])
    title = WORDS.text("now-solution-title")
    said = WORDS.text(
        "now-solution",
        kind=WORDS.text(_KINDS.get(last, "other")),
        satellites=int(log.epochs["satellites"][-1]),
        share=percent(float(np.mean(quality == _FIXED))),
        epochs=len(log),
    )
    yield Line(titled(title, named) if named else title, said, last != _FIXED)


def _scatter(errors: Deviations, named: str) -> Iterator[Line]:
    """Mean offset and standard deviation of the fixed epochs, east, north, up: a wrong height of the mark shows at once."""
    fixed = errors.enu_m[errors.fixed]
    if len(fixed) < _FEW:
        return
    title = WORDS.text("now-scatter-title")
    mean, spread = fixed.mean(axis=0), fixed.std(axis=0, ddof=1)
    facts = {
        f"{name}{at}": millimetres(float(kind[at]))
        for name, kind in (("mean", mean), ("spread", spread))
        for at in range(3)
    }
    yield Line(titled(title, named) if named else title, WORDS.text("now-scatter", **facts))
