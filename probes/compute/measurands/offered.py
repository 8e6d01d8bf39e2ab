# SPDX-License-Identifier: Apache-2.0
"""What can be estimated of computing power and data centres, by lazy references: nothing heavy is imported to list it."""

from __future__ import annotations

from dataclasses import replace

from harness.plugins import Constant, Measurand
from probes.compute.formats.words import WORDS

_ROOM = "probes.compute.measurands"
_WORK, _POWER = "probes.compute.digests.work:Work", "probes.compute.digests.power:Power"
_ENERGY = "probes.compute.digests.meters:Energies"
_POINTS = "probes.compute.digests.meters:Conditions"
_USE = "probes.compute.digests.racks:Use"


def _constant(name: str, unit: str = "") -> Constant:
    return Constant(name, unit, WORDS.text(f"constant-{name.replace('_', '-')}"))


_STATED = tuple(map(_constant, ("workload", "precision", "sparsity")))
_WARM = replace(_constant("warm_up", "s"), agreed=True)
TOPS = Measurand(
    name="compute.tops",
    title=WORDS.text("title-tops"),
    unit="TOPS",
    recorder="compute.run",
    accepts=(_WORK, _POWER),
    constants=(*_STATED, _WARM),
    view=f"{_ROOM}.view:bench",
    statistics={"sustained": f"{_ROOM}.estimates:sustained", "confirmed-peak": f"{_ROOM}.estimates:confirmed_peak"},
    show=f"{_ROOM}.figures:show",
    live=f"{_ROOM}.now:lines",
)
EFFICIENCY = Measurand(
    name="compute.efficiency",
    title=WORDS.text("title-efficiency"),
    unit="TOPS/W",
    recorder="compute.power",
    accepts=(_WORK, _POWER),
    constants=(
        *_STATED,
        _WARM,
        _constant("power_plane"),
        _constant("meter_accuracy", "1"),
        _constant("meter_range", "W"),
    ),
    view=f"{_ROOM}.view:bench",
    statistics={"ratio": f"{_ROOM}.estimates:ratio"},
    show=f"{_ROOM}.figures:show",
    live=f"{_ROOM}.now:lines",
    instruments=("power-meter",),
)
PUE = Measurand(
    name="compute.pue",
    title=WORDS.text("title-pue"),
    unit="1",
    recorder="compute.energy",
    accepts=(_ENERGY, _POINTS),
    constants=(_constant("category"), _constant("meter_accuracy", "1"), _constant("annualisation")),
    view=f"{_ROOM}.pue:view",
    statistics={"ratio": f"{_ROOM}.pue:ratio", "characteristic": f"{_ROOM}.pue:characteristic"},
    show=f"{_ROOM}.pue:show",
    instruments=("energy-meter",),
)
UTILISATION = Measurand(
    name="compute.utilisation",
    title=WORDS.text("title-utilisation"),
    unit="1",
    recorder="compute.racks",
    accepts=(_USE,),
    constants=(_constant("idle_power", "W"), _constant("period")),
    view=f"{_ROOM}.utilisation:view",
    statistics={"time-share": f"{_ROOM}.utilisation:time_share"},
    show=f"{_ROOM}.utilisation:show",
)
