# SPDX-License-Identifier: Apache-2.0
"""A register or a list as it stands: what counts, what does not by name, what waits for a person. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.register.measurands.coverage import Coverage
from probes.register.measurands.node import Node
from probes.register.measurands.settled import Settled
from probes.register.traces.words import WORDS


def lines(view: Settled, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """How many rows count, and the names of those that do not."""
    del outcome, request
    bad, undecided = (tuple(each.name for each in found) for found in (view.bad, view.undecided))
    said = WORDS.text("now-rows", rows=len(view.items), good=len(view.good), bad=len(bad), open=len(undecided))
    refused = Line(WORDS.text("now-bad-title"), WORDS.text("now-names", count=len(bad)), True, bad)
    return (Line(WORDS.text("now-rows-title"), said), *([refused] if bad else []))


def covered(view: Coverage, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """How many items are covered, and the names of those that are not."""
    del outcome, request
    if not view.items:
        return ()
    open_ = tuple(each.item.name or each.item.id for each in view.items if each.why is not None)
    said = WORDS.text("now-items", items=len(view.items), covered=len(view.items) - len(open_))
    missing = Line(WORDS.text("now-open-title"), WORDS.text("now-items-open", count=len(open_)), True, open_)
    return (Line(WORDS.text("now-items-title"), said), *([missing] if open_ else []))


def node(view: Node, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """What a node's exports claim so far, and of the drawn identifiers how many resolve, did not, or were not asked for."""
    del outcome, request
    whole, found = view.whole, []
    if whole.prefixes:
        claimed = sum(each.last - each.first for each in whole.prefixes)
        said = WORDS.text("now-claimed", prefixes=len(whole.prefixes), count=claimed)
        found.append(Line(WORDS.text("now-claimed-title"), said))
    if whole.days:
        said = WORDS.text("now-days", days=len({each.day for each in whole.days}), last=str(whole.days[-1].day))
        found.append(Line(WORDS.text("now-days-title"), said))
    if view.drawn is not None:
        told = dict(whole.resolved)
        open_ = tuple(str(each) for each in view.drawn.positions if told.get(str(each)) is None)
        drawn = len(view.drawn.positions)
        said = WORDS.text("now-drawn", drawn=drawn, good=view.good, open=len(open_), days=len(whole.asked))
        found.append(Line(WORDS.text("now-drawn-title"), said, bool(open_), open_))
    return tuple(found)
