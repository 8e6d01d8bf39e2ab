# SPDX-License-Identifier: Apache-2.0
"""Models as they are handed in: how many files, components and types there are so far, and what is left without near-copies. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.bim.formats.words import WORDS
from probes.bim.measurands.components import Together


def lines(view: Together, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Files, components and types; near-copies where there are any."""
    del outcome, request
    files = view.models.files
    if not files:
        return ()
    components = sum(each.counts["without_features"] for each in files)
    said = WORDS.text("now-models", files=len(files), components=components, types=view.padding.exact)
    found = [Line(WORDS.text("now-models-title"), said)]
    if view.padding.groups:
        near = WORDS.text("now-copies", exact=view.padding.exact, clustered=view.padding.clustered)
        found.append(Line(WORDS.text("now-copies-title"), near, True))
    return tuple(found)
