# SPDX-License-Identifier: Apache-2.0
"""The k-th look at a growing log spends risk/(k (k + 1)), so all looks together spend the risk."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness import installed
from harness.testing import Question
from probes.gnss.simulators.receiver import receiver
from tests.probes.gnss.conftest import RISK, input_of, trace_of

DEVICE = {
    "duration": 60,
    "sessions": 8,
    "cold_start": 2,
    "rate": 1,
    "sd_h": 0.002,
    "sd_v": 0.004,
    "noise_tau": 3,
    "full": True,
}


@pytest.mark.parametrize("measurand", ["gnss.horizontal", "gnss.vertical"])
def test_the_third_look_has_the_bounds_of_a_twelfth_of_the_risk(measurand: str, tmp_path: Path) -> None:
    question = Question(measurand, "rms", "<= 1 cm")
    assert question.statistic in question.record.watchable
    with receiver(DEVICE | {"folder": "log"}, tmp_path) as given:
        inputs = [input_of(trace_of({**given, "mode": "static"}), question)]
    view = installed.resolve(question.record.view)(inputs, question.ask)
    estimate, final = installed.resolve(question.record.statistics["rms"]), question.request
    watched = estimate(view, replace(final, watched=True, look=3)).estimate
    assert watched is not None
    assert watched == estimate(view, replace(final, alpha=RISK / 12, beta=RISK / 12)).estimate
    plain = estimate(view, final).estimate
    assert plain is not None
    assert watched.upper is not None
    assert plain.upper is not None
    assert watched.upper > plain.upper
