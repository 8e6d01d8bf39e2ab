# SPDX-License-Identifier: Apache-2.0
"""Real MLPerf runs as evidence of an efficiency: the value is theirs, and one run without a certificate is never a PASS."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model import About, Verdict
from harness.testing import Question, answer
from tests.probes.compute import made

EASY = Question("compute.efficiency", "ratio", ">= 0.01 TOPS/W", made.INPUT, {}, about=About.PROCESS)


def test_real_runs_give_their_value_and_say_what_is_missing(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    reference = json.loads(shared_data("compute", "mlperf_v1.0", "recomputed.json").read_text())
    for name, wanted in reference.items():
        if "effective_TOPS" not in wanted:
            continue
        folder = shared_data("compute", *name.split("/")) / "run_1"
        work = made.traced(
            "compute.run-log",
            tmp_path / name / "w",
            [(folder / "mlperf_log_detail.txt").read_bytes()],
            {"file": ["d"], **made.WORK},
        )
        meter = {**made.METER, "certificate": ""}
        power = made.traced(
            "compute.power-log", tmp_path / name / "p", [(folder / "spl.txt").read_bytes()], {"file": ["s"], **meter}
        )
        outcome, judgement = answer([made.input_of(each, EASY) for each in (work, power)], EASY)
        assert outcome.estimate is not None
        assert float(outcome.estimate.value) == pytest.approx(wanted["effective_TOPS_per_W_wall"], rel=5e-3)
        codes = {each.code for each in judgement.reasons}
        assert judgement.verdict is not Verdict.PASS
        assert {"compute.one-run", "compute.no-certificate"} <= codes, codes
