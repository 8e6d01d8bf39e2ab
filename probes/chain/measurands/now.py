# SPDX-License-Identifier: Apache-2.0
"""The nodes of a chain while they are asked: the height most of them have, who is behind, who gave none. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Gathered

BEHIND = 3
"""Blocks by which a node may be behind while a block travels."""


def lines(view: Gathered, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """The height of the chain, and nodes by name that are behind or silent."""
    del outcome, request
    tops = {node.name: node.heights[-1][1] for node in view.nodes if node.heights}
    silent = tuple(node.name for node in view.nodes if not node.heights)
    late = tuple(f"{name} {top}" for name, top in tops.items() if top < view.highest - BEHIND)
    said = WORDS.text("now-height", height=max(view.highest, 0), answering=len(tops), all=len(view.nodes))
    found = [Line(WORDS.text("now-height-title"), said)]
    for key, names in (("now-behind-title", late), ("now-silent-title", silent)):
        found += [Line(WORDS.text(key), WORDS.text("now-names", count=len(names)), True, names)] if names else []
    return tuple(found)
