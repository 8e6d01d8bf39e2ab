# SPDX-License-Identifier: Apache-2.0
"""A chain while its nodes are asked: height and who is behind, records and blocks so far, markers that were shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Gathered

if TYPE_CHECKING:
    from probes.chain.measurands.liveness import Markers
    from probes.chain.measurands.records import View

BEHIND = 3
"""Blocks by which a node may be behind while a block travels."""


def lines(view: Gathered, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """The height of the chain, and nodes by name that are behind or silent."""
    del outcome, request
    tops = {node.name: node.heights[-1][1] for node in view.nodes if node.heights}
    silent = tuple(node.name for node in view.nodes if not node.heights)
    late = tuple(f"{name} {top}" for name, top in tops.items() if top < view.top - BEHIND)
    said = WORDS.text("now-height", height=max(view.top, 0), answering=len(tops), all=len(view.nodes))
    found = [Line(WORDS.text("now-height-title"), said)]
    for key, names in (("now-behind-title", late), ("now-silent-title", silent)):
        found += [Line(WORDS.text(key), WORDS.text("now-names", count=len(names)), True, names)] if names else []
    return tuple(found)


def recorded(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Distinct records, transactions that were taken off, and blocks so far."""
    del outcome, request
    off = sum(count for _, count in view.records.struck)
    said = WORDS.text("now-records", count=view.records.count, off=off, blocks=len(view.blocks.rows))
    return (Line(WORDS.text("now-records-title"), said),)


def hashed(view: Gathered, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Blocks so far whose hash SM3 gives."""
    from probes.chain.digests import rows
    from probes.chain.measurands.counting import blocks

    del outcome, request
    algorithms = blocks(view, everything=True).rows["algorithm"]
    good = int((algorithms == rows.ALGORITHMS.index("sm3")).sum())
    return (
        Line(WORDS.text("now-sm-title"), WORDS.text("now-sm", good=good, all=len(algorithms)), good < len(algorithms)),
    )


def marked(view: Markers, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Markers so far that two thirds of the nodes showed."""
    del outcome, request
    shown = sum(each is not None for each in view.delays)
    return (Line(WORDS.text("now-markers-title"), WORDS.text("now-markers", shown=shown, sent=len(view.delays))),)
