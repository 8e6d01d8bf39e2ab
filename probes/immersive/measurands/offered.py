# SPDX-License-Identifier: Apache-2.0
"""What can be estimated of points: one record a measurand. Imports nothing heavy."""

from __future__ import annotations

from harness.plugins import Measurand
from probes.immersive.traces.words import POINTS, VISITS

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
    live=f"{_HERE}.now:registered",
)
_VISITS = "probes.immersive.digests.visits:Visits"
LIVE = Measurand(
    "immersive.live",
    VISITS.text("title-live"),
    "个",
    recorder="immersive.visits",
    accepts=(_VISITS, _POINTS),
    view=f"{_HERE}.live:view",
    statistics={"count": f"{_HERE}.live:count"},
    show=f"{_HERE}.live:show",
    live=f"{_HERE}.now:visited",
)
INTERACTIVE = Measurand(
    "immersive.interactive",
    VISITS.text("title-interactive"),
    "ms",
    recorder="immersive.visits",
    accepts=(_VISITS,),
    view=f"{_HERE}.live:view",
    statistics={"quantile": f"{_HERE}.live:quantile"},
    show=f"{_HERE}.live:show",
    live=f"{_HERE}.now:visited",
)
