# SPDX-License-Identifier: Apache-2.0
"""A register as it stands: rows that count, rows that do not by name, rows that wait for a person. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.register.measurands.settled import Settled
from probes.register.traces.words import WORDS


def lines(view: Settled, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """How many rows count, and the names of those that do not."""
    del outcome, request
    bad, undecided = (tuple(each.name for each in found) for found in (view.bad, view.undecided))
    said = WORDS.text("now-rows", rows=len(view.items), good=len(view.good), bad=len(bad), open=len(undecided))
    refused = Line(WORDS.text("now-bad-title"), WORDS.text("now-names", count=len(bad)), True, bad)
    return (Line(WORDS.text("now-rows-title"), said), *([refused] if bad else []))
