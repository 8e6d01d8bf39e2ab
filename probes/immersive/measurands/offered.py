# SPDX-License-Identifier: Apache-2.0
"""What can be estimated of points: one record a measurand. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Measurand
from probes.immersive.traces.words import POINTS

_HERE = "probes.immersive.measurands"
_POINTS = "probes.immersive.traces.points:Points"

REGISTERED = Measurand(
    "immersive.points",
    POINTS.text("title-points"),
    "个",
    recorder="immersive.points",
    accepts=(_POINTS,),
    view=f"{_HERE}.points:view",
    statistics={"count": f"{_HERE}.points:count"},
    show=f"{_HERE}.points:show",
)
