# SPDX-License-Identifier: Apache-2.0
"""The k-th look at a growing log spends risk/(k (k + 1)), so all looks together spend the risk."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from harness.model import Reading, Rule, Text
from harness.plugins import Context, Input, Request, Trace
from harness.quantity import Limit
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.receiver import receiver

DEVICE = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3, "full": True}


@pytest.mark.parametrize("measurand", ["gnss.horizontal", "gnss.vertical"])
def test_the_third_look_has_the_bounds_of_a_twelfth_of_the_risk(measurand: str, tmp_path: Path) -> None:
    assert measurand in PROBE.watchable
    with receiver(DEVICE | {"folder": "log"}, tmp_path) as given:
        config = {**given, "mode": "static"}
        trace = Trace("s08.x", "receiver", PROBE.name, 1, (Path(config["file"]),), config)
        context = Context("s08.x", config=config)
        (summary,) = [PROBE.summarise(chunk, context) for chunk in PROBE.chunks(trace)]
    reading = Reading("r", Text("", ""), measurand, "rms", {})
    inputs = [Input(PROBE.name, "receiver", summary, trace)]
    risk = Fraction(1, 20)
    final = Request("s08.x", reading, Limit.parse("<= 1 cm"), Rule.GUARDED, risk, risk, context)
    estimate = PROBE.measurands[measurand]
    watched = estimate(inputs, replace(final, watched=True, look=3)).estimate
    assert watched is not None
    assert watched == estimate(inputs, replace(final, alpha=risk / 12, beta=risk / 12)).estimate
    plain = estimate(inputs, final).estimate
    assert plain is not None
    assert watched.upper is not None
    assert plain.upper is not None
    assert watched.upper > plain.upper
