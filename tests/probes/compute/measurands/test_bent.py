# SPDX-License-Identifier: Apache-2.0
"""Logs that flatter: calls written twice, power in a wrong unit, operations above the rating, merely stated, names in other writing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.model import About, Verdict
from harness.plugins import Trace
from harness.testing import Question, answer
from probes.compute.formats.workloads import known, plain
from probes.compute.simulators.rig import Bench
from tests.probes.compute import made

EFFICIENCY = Question("compute.efficiency", "ratio", ">= 6 TOPS/W", made.INPUT, made.DECLARED, about=About.PROCESS)
TOPS = Question("compute.tops", "sustained", ">= 200 TOPS", made.INT8, made.DECLARED, about=About.PROCESS)
BENCH = made.bench(rate=8_000.0)


def judged(question: Question, *traces: Trace) -> tuple[Verdict, set[str]]:
    outcome, judgement = answer([made.input_of(each, question) for each in traces], question)
    told = (*outcome.remarks, *judgement.reasons, *(each.reason for each in outcome.lacks))
    return judgement.verdict, {each.code.removeprefix("compute.") for each in told}


def doubled(bench: Bench, shift: int) -> Bench:
    """Every call once more, a little later."""
    twice = tuple(
        tuple(np.concatenate([column, column + (shift if place < 2 else 0)]) for place, column in enumerate(calls))
        for calls in bench.calls
    )
    return replace(bench, calls=twice)


@pytest.mark.parametrize("shift", [1, 317])
def test_a_call_that_is_written_twice_is_no_second_call(shift: int, tmp_path: Path) -> None:
    odd = replace(BENCH, calls=tuple((start + 7, end + 13, count) for start, end, count in BENCH.calls))
    verdict, told = judged(TOPS, made.runs(tmp_path / "w", doubled(odd, shift), operations=8.178e10))
    assert (verdict, "calls-doubled" in told) == (Verdict.INVALID, True), told


def test_more_than_the_rating_is_no_measurement(tmp_path: Path) -> None:
    verdict, told = judged(TOPS, made.runs(tmp_path / "w", BENCH, operations=8.178e10, rated=200))
    assert (verdict, "more-than-rated" in told) == (Verdict.INVALID, True), told


def test_operations_that_are_merely_stated_and_not_bounded_do_not_pass(tmp_path: Path) -> None:
    verdict, told = judged(TOPS, made.runs(tmp_path / "w", BENCH, operations=8.178e10, rated=None))
    assert (verdict, {"operations-stated", "operations-unproven"} <= told) == (Verdict.INCONCLUSIVE, True), told


def test_milliwatts_for_watts_are_found(tmp_path: Path) -> None:
    small = replace(BENCH, watts=BENCH.watts / 1000)
    power = made.power(tmp_path / "p", small, of_range=None, range=None)
    verdict, told = judged(EFFICIENCY, made.runs(tmp_path / "w", BENCH, operations=2.8e10), power)
    assert (verdict, "beyond-physics" in told) == (Verdict.INVALID, True), told


NAMES: dict[str, Any] = {
    "SSD-ResNet50": "ssd-resnet50",
    "ssd_resnet-50": "ssd-resnet50",
    "BEVFormer tiny": "bevformer-tiny",
    "BEVFormer": "bevformer-tiny",
    "DeepLabV3Plus": "deeplabv3+",
    "DeepLabV3+": "deeplabv3+",
    " ResNet50-v1.5 ": "resnet50",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_workload_has_one_name(name: str) -> None:
    assert plain(name) == NAMES[name]
    assert known(name)


def test_a_name_of_ones_own_is_told(tmp_path: Path) -> None:
    assert not known("our-fast-net")
    _, told = judged(TOPS, made.runs(tmp_path / "w", BENCH, operations=8.178e10, workload="our-fast-net"))
    assert "workload-unlisted" in told
