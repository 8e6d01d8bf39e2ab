# SPDX-License-Identifier: Apache-2.0
"""What a decoder or a statistic refuses costs its indicator, not the campaign."""

from pathlib import Path

import pytest

from harness import installed
from harness.campaign import run
from harness.errors import DecodeError, StatisticsError
from harness.replay import replay
from probes.register.measurands import accepted


@pytest.mark.parametrize("half", ["summarise", "estimate"])
def test_a_refusal_makes_the_indicator_invalid_and_leaves_the_others(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: str
) -> None:
    if half == "summarise":
        probe = installed.probe("register.organisations")
        honest = type(probe).summarise

        def summarise(self, chunk, asked):
            if "t01.others" in {each.indicator for each in asked.asks}:
                raise DecodeError("The table is cut.", cure="export it again.")
            return honest(self, chunk, asked)

        monkeypatch.setattr(type(probe), "summarise", summarise)
    else:
        count = accepted.count

        def estimate(view, request):
            if request.indicator == "t01.others":
                raise StatisticsError("n is 0.", cure="record something.")
            return count(view, request)

        monkeypatch.setattr(installed, "resolve", installed.resolve.__wrapped__)
        monkeypatch.setattr(accepted, "count", estimate)
    done = run(case, tmp_path)
    verdicts = {each["id"]: each["verdict"] for each in done.evaluation.results["indicators"]}
    assert verdicts == {"t01.adopters": "PASS", "t01.others": "INVALID", "t01.unmeasured": "NOT_TESTED"}
    assert done.evaluation.verdict == "INVALID"
    refused = done.evaluation.results["indicators"][1]["reasons"][0]
    assert refused["code"].startswith("evaluate.refused.")
    assert replay(done.root).identical
