# SPDX-License-Identifier: Apache-2.0
"""A plant while it is watched: assets alive now and those that fell silent, events answered so far, assets shown so far. Pure."""

from __future__ import annotations

from harness.model import Line, Outcome
from harness.plugins import Request
from probes.plant.measurands import alarm, coverage, visualised
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


def drill(view: alarm.View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Critical assets whose events were answered so far, quiet controls, and assets that still stand open by name."""
    del outcome
    if not view.key or not view.drill.events:
        return ()
    answers = coverage.answers(view.drill, alarm.deadline_ns(request))
    labels = {each.number: each.label for each in view.register.assets}
    open_ = tuple(labels[each] for each in view.key if not answers.covered(each))
    said = WORDS.text("now-drill", covered=len(view.key) - len(open_), all=len(view.key), controls=answers.controls)
    return _with_open(Line(WORDS.text("now-drill-title"), said), open_)


def screen(view: visualised.View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Assets that were seen on the platform so far, and those that were not by name."""
    del outcome
    if not view.register.assets or not (view.screen.shown or view.sights.cameras):
        return ()
    why = visualised.standings(view, request)
    open_ = tuple(each.label for each in view.register.assets if why[each.number] not in {"shown", "seen"})
    said = WORDS.text("now-screen", shown=len(why) - len(open_), all=len(why))
    return _with_open(Line(WORDS.text("now-screen-title"), said), open_)


def _with_open(told: Line, names: tuple[str, ...]) -> tuple[Line, ...]:
    if not names:
        return (told,)
    return told, Line(WORDS.text("now-open-title"), WORDS.text("now-names", count=len(names)), True, names)
