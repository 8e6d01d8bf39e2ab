# SPDX-License-Identifier: Apache-2.0
"""What the plant domain can estimate: one record a measurand. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Constant, Measurand
from probes.plant.traces.words import WORDS

_HERE = "probes.plant.measurands"
_REGISTER, _DRILL = "probes.plant.traces.assets:Register", "probes.plant.traces.drills:Drill"
_SCREEN, _SIGNALS = "probes.plant.traces.screens:Screen", "probes.plant.digests.signals:Signals"
_SIGHTS = "probes.plant.digests.sights:Sights"


def _constants(*names: str) -> tuple[Constant, ...]:
    units = {"window": "s", "deadline": "s", "fresh_within": "s"}
    return tuple(
        Constant(
            each,
            units.get(each, "1"),
            WORDS.text(f"constant-{each.replace('_', '-')}"),
        )
        for each in names
    )


NETWORKED = Measurand(
    "plant.networked",
    WORDS.text("title-networked"),
    "1",
    recorder="plant.assets",
    accepts=(_REGISTER, _SIGNALS, _SCREEN),
    view=f"{_HERE}.networked:view",
    statistics={"share": f"{_HERE}.networked:share"},
    show=f"{_HERE}.networked:show",
    live=f"{_HERE}.now:lines",
    constants=_constants("window", "fresh_periods"),
)
DEVICES = Measurand(
    "plant.devices",
    WORDS.text("title-devices"),
    "台套",
    recorder="plant.assets",
    accepts=(_REGISTER, _SIGNALS, _SCREEN),
    view=f"{_HERE}.networked:view",
    statistics={"distinct": f"{_HERE}.networked:distinct"},
    show=f"{_HERE}.networked:show",
    live=f"{_HERE}.now:lines",
    constants=_constants("window", "fresh_periods"),
)
TERMINALS = Measurand(
    "plant.terminals",
    WORDS.text("title-terminals"),
    "个",
    recorder="plant.assets",
    accepts=(_REGISTER, _SIGNALS, _SCREEN),
    view=f"{_HERE}.networked:view",
    statistics={"count": f"{_HERE}.terminals:count"},
    show=f"{_HERE}.networked:show",
    live=f"{_HERE}.now:lines",
    constants=_constants("window", "fresh_periods"),
)
VISUALISED = Measurand(
    "plant.visualised",
    WORDS.text("title-visualised"),
    "1",
    recorder="plant.assets",
    accepts=(_REGISTER, _SCREEN, _SIGHTS),
    view=f"{_HERE}.visualised:view",
    statistics={"share": f"{_HERE}.visualised:share"},
    show=f"{_HERE}.visualised:show",
    live=f"{_HERE}.now:screen",
    constants=_constants("fresh_within"),
)
ALARM = Measurand(
    "plant.alarm",
    WORDS.text("title-alarm"),
    "1",
    recorder="plant.assets",
    accepts=(_REGISTER, _DRILL),
    view=f"{_HERE}.alarm:view",
    statistics={"share": f"{_HERE}.alarm:share"},
    show=f"{_HERE}.alarm:show",
    live=f"{_HERE}.now:drill",
    constants=_constants("deadline"),
)
