# SPDX-License-Identifier: Apache-2.0
"""Terminals while they are measured: who answers, who never did, who fell silent just now; and what the slowest are called. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.model import Line, Outcome, Text
from harness.plugins import Request
from probes.network.measurands.census import View as Census
from probes.network.measurands.view import Evidence
from probes.network.measurands.words import WORDS

SILENT_NS = 5_000_000_000
"""A terminal that did not answer for so long, while it was asked, has fallen silent."""
_SLOWEST = 3
_NOTHING = Text("", "")


def lines(view: Any, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Packets, who answers, who does not and who no longer does, by name."""
    del request
    evidence = view if isinstance(view, Evidence) else view.evidence
    return (*_terminals(evidence), *_slowest(outcome))


def census(view: Census, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """The same, and how many devices of the register were seen and which rows cannot count."""
    register = WORDS.text("now-register", rows=len(view.rows), devices=len(view.groups), seen=len(view.answered))
    refused = [each.name or each.address for each in view.rejected]
    yet = Line(WORDS.text("now-register-title"), register)
    bad = Line(WORDS.text("now-refused-title"), WORDS.text("now-names", count=len(refused)), True, tuple(refused))
    return (*([yet] if view.rows else []), *([bad] if refused else []), *lines(view, outcome, request))


def _terminals(evidence: Evidence) -> Iterator[Line]:
    if not evidence.nodes:
        return
    sent, lost = (sum(node.counts[key] for node in evidence.nodes) for key in ("sent", "lost"))
    every, answering = len(evidence.nodes), len(evidence.answering)
    yield Line(
        WORDS.text("now-terminals-title"),
        WORDS.text("now-terminals", answering=answering, all=every, sent=sent, lost=lost),
    )
    mute, fallen = tuple(evidence.mute), tuple(_fallen(evidence))
    if mute:
        yield Line(WORDS.text("now-mute-title"), WORDS.text("now-names", count=len(mute)), True, mute)
    if fallen:
        yield Line(WORDS.text("now-fallen-title"), WORDS.text("now-names", count=len(fallen)), True, fallen)


def _fallen(evidence: Evidence) -> Iterator[str]:
    """Terminals that answered once, and for a while not, although they are still asked."""
    for node in evidence.answering:
        asked, answered = _last(node.probed.stop), max((_last(each.stop) for each in node.answered.values()), default=0)
        if asked - answered > SILENT_NS:
            yield node.label


def _last(stop: Any) -> int:
    return int(stop[-1]) if len(stop) else 0


def _slowest(outcome: Outcome) -> Iterator[Line]:
    """The nodes that decide, worst first, where there is more than one."""
    found = {} if outcome.estimate is None else outcome.estimate.diagnostics
    worst = tuple(map(str, found.get("worst_nodes", ())))[:_SLOWEST]
    if found.get("nodes", 0) > 1 and worst:
        yield Line(WORDS.text("now-worst-title"), _NOTHING, names=worst)
