# SPDX-License-Identifier: Apache-2.0
"""A plant while it is listened to: how many assets are alive now, and which of those that were heard fell silent. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.plant.measurands.networked import View, flags
from probes.plant.traces.words import WORDS


def lines(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Messages so far, assets alive at the end of the last window, and assets that were alive before and are not now."""
    del outcome
    assets = view.register.assets
    if not assets or not view.heard.spans:
        return ()
    by_asset = flags(view, assets, request)
    alive = sum(bool(each.size and each[-1]) for each in by_asset.values())
    labels = {each.number: each.label for each in assets}
    fallen = tuple(labels[number] for number, each in by_asset.items() if each.any() and not each[-1])
    said = WORDS.text("now-alive", alive=alive, all=len(assets), messages=view.heard.messages)
    found = [Line(WORDS.text("now-alive-title"), said)]
    if fallen:
        found.append(Line(WORDS.text("now-fallen-title"), WORDS.text("now-names", count=len(fallen)), True, fallen))
    return tuple(found)
