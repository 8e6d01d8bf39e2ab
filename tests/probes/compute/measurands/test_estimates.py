# SPDX-License-Identifier: Apache-2.0
"""TOPS and TOPS/W of benches whose truth is known: what passes, what never does, and how often the bounds hold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.model import About, Outcome, Verdict
from harness.plugins import Input, Trace
from harness.testing import Question, answer
from probes.compute.digests.power import Power
from probes.compute.digests.work import of_events
from probes.compute.formats.events import of_columns
from probes.compute.formats.power import PowerLog
from probes.compute.measurands.view import bench as bench_of
from probes.compute.simulators.rig import Bench
from tests.probes.compute import made

LAW = {"warm_up": "1 min"}
EFFICIENCY = Question("compute.efficiency", "ratio", ">= 6 TOPS/W", made.INPUT, made.DECLARED, about=About.PROCESS)
TOPS = Question("compute.tops", "sustained", ">= 200 TOPS", made.INT8, made.DECLARED, about=About.PROCESS)


def judged(question: Question, *traces: Trace) -> tuple[Outcome, Any]:
    return answer([made.input_of(each, question) for each in traces], question)


def reasons(question: Question, *traces: Trace) -> tuple[Verdict, set[str]]:
    _, judgement = judged(question, *traces)
    return judgement.verdict, {each.code for each in judgement.reasons}


def test_the_value_is_that_of_the_bench_and_the_budget_adds_up(tmp_path: Path) -> None:
    bench = made.bench()
    outcome, judgement = judged(EFFICIENCY, made.runs(tmp_path / "w", bench), made.power(tmp_path / "p", bench))
    true = sum(bench.items) * 8.178e9 / sum(bench.true_joules) / 1e12
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(true, rel=2e-4)
    assert [each.type for each in outcome.estimate.budget] == ["B", "B", "B", "B", "A"]
    half = float(outcome.estimate.value) - float(outcome.estimate.lower or 0)
    assert half > max(each.value for each in outcome.estimate.budget)
    assert outcome.effort["runs"] == 3


def test_throughput_and_power_of_a_run_recorded_here_need_no_offset(tmp_path: Path) -> None:
    bench = made.bench()
    stated = {key: value for key, value in made.WORK.items() if key != "operations"}
    work = made.traced(
        "compute.run",
        tmp_path / "w",
        [b"".join(map(made.run_session, bench.calls))],
        {**stated, "model": "m.onnx", "duration": "31 min"},
    )
    meter = {key: value for key, value in made.METER.items() if key != "clock_offset"}
    power = made.traced(
        "compute.power",
        tmp_path / "p",
        [made.power_session(bench)],
        {**meter, "scpi": {"tcp": "10.0.0.7:5025"}, "duration": "2 h"},
    )
    assert reasons(EFFICIENCY, work, power)[0] is Verdict.PASS


def test_the_warm_up_of_the_scenario_holds_where_none_was_declared(tmp_path: Path) -> None:
    asked = replace(EFFICIENCY, declared={}).ask
    inputs = [made.input_of(made.runs(tmp_path / "w", made.bench()), EFFICIENCY)]
    for defaults, declared, wanted in (({}, {}, None), (LAW, {}, "1 min"), (LAW, {"warm_up": "2 min"}, "2 min")):
        view = bench_of(inputs, replace(asked, defaults=defaults, declared=declared))
        assert view.declared.get("warm_up") == wanted


SPOILT: dict[str, tuple[Verdict, str, Callable[[Path, Bench], list[Trace]]]] = {
    "no meter at all": (Verdict.INVALID, "no-power-sensor", lambda at, own: [made.runs(at / "w", own)]),
    "int4": (Verdict.INVALID, "other-precision", lambda at, own: [made.runs(at / "w", own, precision="int4"), made.power(at / "p", own)]),
    "sparse": (Verdict.INVALID, "sparse", lambda at, own: [made.runs(at / "w", own, sparsity="2:4"), made.power(at / "p", own)]),
    "another plane": (Verdict.INVALID, "other-plane", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, plane="chip-rail")]),
    "a check that disagrees": (
        Verdict.INVALID,
        "check-disagrees",
        lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own), made.power(at / "c", own, gain=0.02, every=5, role="check", of_reading="1 %")],
    ),
    "a calibration that ran out": (Verdict.INVALID, "calibration-over", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, valid_until="2026-01-01")]),
    "a gap": (Verdict.INVALID, "uneven", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", made.without(own, 500, 520))]),
    "too few samples": (Verdict.INVALID, "too-seldom", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, every=2)]),
    "a zone": (Verdict.INVALID, "zone-shift", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", made.bench(shift_s=3600.0))]),
    "copies of a run": (
        Verdict.INVALID,
        "runs-alike",
        lambda at, own: [made.runs(at / "w", Bench(own.at_ns, own.watts, (own.calls[0], _moved(own.calls[0], 1950)), (), ())), made.power(at / "p", own)],
    ),
    "no limit of error": (Verdict.INCONCLUSIVE, "no-accuracy", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, of_reading=None, of_range=None)]),
    "no certificate": (Verdict.INCONCLUSIVE, "no-certificate", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, certificate="")]),
    "short runs": (
        Verdict.INCONCLUSIVE,
        "window-short",
        lambda at, _: [made.runs(at / "w", made.bench(run_s=300.0)), made.power(at / "p", made.bench(run_s=300.0))],
    ),
    "a power beyond the range": (Verdict.INCONCLUSIVE, "over-range", lambda at, own: [made.runs(at / "w", own), made.power(at / "p", own, range="30 W")]),
}  # fmt: skip


def _moved(calls: Any, seconds: int) -> Any:
    return (calls[0] + seconds * 10**9, calls[1] + seconds * 10**9, calls[2])


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_missing_or_contradicts_is_told_by_name_and_never_passes(name: str, tmp_path: Path) -> None:
    verdict, code, traces = SPOILT[name]
    found, codes = reasons(EFFICIENCY, *traces(tmp_path, made.bench()))
    assert (found, f"compute.{code}" in codes) == (verdict, True), codes


def test_a_declared_word_is_compared_with_the_evidence(tmp_path: Path) -> None:
    bench = made.bench()
    traces = [made.runs(tmp_path / "w", bench), made.power(tmp_path / "p", bench)]
    for name, word in (("precision", "int4"), ("sparsity", "2:4"), ("power_plane", "board"), ("workload", "bevformer")):
        question = Question(
            "compute.efficiency", "ratio", ">= 6 TOPS/W", made.INPUT, {**made.DECLARED, name: word}, about=About.PROCESS
        )
        assert reasons(question, *traces)[0] is Verdict.INVALID, name


def test_throttling_and_idle_times_are_part_of_the_result(tmp_path: Path) -> None:
    bench = made.bench()
    start, end, count = bench.calls[1]
    count = count.copy()
    count[900:] = count[900:] * 3 // 4  # throttled in the second half
    slowed = Bench(bench.at_ns, bench.watts, (bench.calls[0], (start, end, count), bench.calls[2]), (), ())
    verdict, codes = reasons(TOPS, made.runs(tmp_path / "w", slowed))
    assert (verdict, "compute.drift" in codes) == (Verdict.INVALID, True)


def test_a_range_that_changes_under_way_is_told(tmp_path: Path) -> None:
    bench = made.bench()
    session = made.power_session(bench) + b'{"t":[],"w":[],"range_w":750.0}\n'
    power = made.traced(
        "compute.power", tmp_path / "p", [session], {**made.METER, "scpi": {"tcp": "10.0.0.7:5025"}, "duration": "2 h"}
    )
    verdict, codes = reasons(EFFICIENCY, made.runs(tmp_path / "w", bench), power)
    assert (verdict, "compute.range-changed" in codes) == (Verdict.INVALID, True)


def test_an_overload_inside_the_window_is_invalid_and_outside_it_is_not(tmp_path: Path) -> None:
    bench = made.bench()
    for name, place, wanted in (("inside", 1000, Verdict.INVALID), ("outside", 5, Verdict.PASS)):
        watts = bench.watts.copy()
        watts[place] = 9.91e37
        spoilt = Bench(bench.at_ns, watts, bench.calls, (), ())
        traces = made.runs(tmp_path / name / "w", bench), made.power(tmp_path / name / "p", spoilt)
        assert reasons(EFFICIENCY, *traces)[0] is wanted


def test_a_plug_or_a_controller_alone_never_passes(tmp_path: Path) -> None:
    bench = made.bench()
    for way in ({"mqtt": {"broker": "b", "topic": "t"}}, {"redfish": {"url": "https://bmc"}}, {"ipmi": {}}):
        power = made.traced(
            "compute.power",
            tmp_path / next(iter(way)),
            [made.power_session(bench)],
            {**made.METER, **way, "duration": "2 h"},
        )
        verdict, codes = reasons(EFFICIENCY, made.runs(tmp_path / "w", bench), power)
        assert (verdict, "compute.screening" in codes) == (Verdict.INCONCLUSIVE, True)


def test_the_advice_names_the_largest_term(tmp_path: Path) -> None:
    close = Question("compute.efficiency", "ratio", ">= 6.61 TOPS/W", made.INPUT, made.DECLARED, about=About.PROCESS)
    bench = made.bench(between=0.0001)
    coarse = judged(close, made.runs(tmp_path / "w", bench), made.power(tmp_path / "p", bench, of_reading="1 %"))[0]
    assert coarse.need is not None
    assert "limit of error of the meter" in coarse.need.text.en
    bench = made.bench(between=0.01)
    scattered = judged(close, made.runs(tmp_path / "v", bench), made.power(tmp_path / "q", bench))[0]
    assert scattered.need is not None
    assert "scatter between runs" in scattered.need.text.en


def _inputs(bench: Bench, folder: Path) -> list[Input]:
    """The summaries of a bench without a file: what the readers would give."""
    work = Trace("t", "w", "compute.run-log", 1, (), _settings("compute.run-log", made.WORK))
    meter = Trace("t", "p", "compute.power-log", 1, (), _settings("compute.power-log", made.METER))
    runs = [of_events(of_columns("table", each, "utc"), str(number)) for number, each in enumerate(bench.calls)]
    merged = runs[0]
    for each in runs[1:]:
        merged = merged.merge(each)
    log = PowerLog("table", bench.at_ns, bench.watts)
    return [Input("compute.run-log", "w", merged, work), Input("compute.power-log", "p", Power.of(log), meter)]


def _settings(name: str, given: Any) -> Any:
    from harness import installed

    return installed.probe(name).settings.model_validate({"file": ["a"], **given})


def test_the_truth_lies_within_the_stated_bounds_in_19_of_20_repetitions(tmp_path: Path) -> None:
    random = np.random.default_rng(16)
    below = above = 0
    repetitions = 300
    for seed in range(repetitions):
        limit = 0.001 + 0.0005 * 75 / 34  # of the reading and of the range, at this power
        bench = made.bench(seed=seed, run_s=700.0, between=0.002, gain=float(random.uniform(-limit, limit)))
        estimate = answer(_inputs(bench, tmp_path), EFFICIENCY)[0].estimate
        assert estimate is not None
        truth = 8.178e9 * 27_500 / 34 / 1e12
        below += float(estimate.lower or 0) <= truth
        above += float(estimate.upper or 0) >= truth
    assert below >= 0.95 * repetitions
    assert above >= 0.95 * repetitions
