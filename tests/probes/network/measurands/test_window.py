# SPDX-License-Identifier: Apache-2.0
"""What was watched of a window bounds its quantiles, also where that is nothing."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from harness.model import About, Verdict
from probes.network.instruments.log import PROBE
from probes.network.measurands.window import levels
from tests.probes.network.field.judging import DELAY, DROPOUT, LOSS, judged


@pytest.mark.parametrize("missed", [Fraction(1), Fraction(2)])
def test_a_window_of_which_nothing_was_watched_has_no_quantile(missed: Fraction) -> None:
    assert levels(Fraction(99, 100), missed) == (None, None)


def test_a_log_whose_times_are_whole_minutes_is_judged_and_proves_nothing_of_the_window(tmp_path: Path) -> None:
    rows = "".join(f"{1_700_000_000 + at // 60 * 60},{at},1.{at % 90 + 10}\n" for at in range(600))
    for question in (DELAY, LOSS, DROPOUT):
        asked = replace(question, about=About.WINDOW)
        found = judged(PROBE, f"time,seq,rtt(ms)\n{rows}".encode(), "x.csv", asked, tmp_path)
        assert found.judgement.verdict in {Verdict.INCONCLUSIVE, Verdict.INVALID}
