# SPDX-License-Identifier: Apache-2.0
"""Workloads that are really run: an INT8 model by onnxruntime, a sweep, programs that end well and programs that do not."""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import InstrumentError
from harness.kit.lines import session_of
from harness.plugins import Ask, Input, Trace
from harness.testing import MemorySink
from probes.compute.digests.energy import prefix, window
from probes.compute.digests.work import Work, of_calls
from probes.compute.formats.graph import product
from probes.compute.live.runs import RunSource
from probes.compute.live.sampler import PowerSource
from probes.compute.measurands.view import bench
from probes.compute.plans.meters import PowerSettings
from probes.compute.plans.runs import RunSettings
from probes.compute.simulators.analyser import analyser
from probes.compute.traces.recorded import POWER, RUN, Calls, power_of
from tests.waiting import joined

BASE: Mapping[str, Any] = {
    "terminal": "T",
    "workload": "w",
    "precision": "int8",
    "sparsity": "dense",
    "runs": 1,
    "duration": "1 s",
    "pause": "1 ms",
}


def ran(folder: Path, sink: MemorySink | None = None, **more: Any) -> Work:
    kept = sink or MemorySink(config_folder=folder)
    source = RunSource(RunSettings.parse({**BASE, **more}), folder)
    source.preflight()
    source.record(kept)
    lines = kept.data.splitlines()
    heads = [at for at, each in enumerate(lines) if each.startswith(b'{"format"')]
    pieces = [lines[a:b] for a, b in zip(heads, [*heads[1:], len(lines)], strict=True)]
    return Work(tuple(of_calls(Calls(session_of(iter(each), RUN)), "").runs[0] for each in pieces))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    weight = np.random.default_rng(1).integers(-127, 127, (256, 256)).astype(np.int8)
    (tmp_path / "net.onnx").write_bytes(product(weight))
    return tmp_path


def test_an_int8_model_runs_and_its_operations_are_those_of_its_graph(model: Path) -> None:
    work = ran(model, model="net.onnx", runs=2)
    assert len(work.runs) == 2
    for run in work.runs:
        assert (run.operations, run.precision, run.sparsity, run.broken) == (2 * 256**3, "int8", "dense", ())
        assert len(run.start_ns) > 50
        assert (run.start_ns[1:] >= run.stop_ns[:-1]).all()


def test_energy_of_a_live_run_is_that_of_the_simulated_meter(model: Path) -> None:
    """The meter's true power is 30 W: what the run drew is 30 J a second of its window."""
    own: dict[str, Any] = {}
    with analyser({"watts": 30, "scatter": 0.002}, model) as given:
        meter = PowerSettings.parse(
            {"terminal": "T", "plane": "board", "duration": "4 s", "rate": "20 Hz", "scpi": given["scpi"]}
        )
        sink = MemorySink()
        thread = threading.Thread(target=PowerSource(meter, model).record, args=(sink,))
        thread.start()
        own["work"] = ran(model, model="net.onnx", duration="2 s", pause="500 ms")
        joined(thread)
    log = power_of(session_of(iter(sink.data.splitlines()), POWER))
    (run,) = own["work"].runs
    one = window(log, prefix(log), run.begin_ns, run.end_ns)
    assert one.energy_j == pytest.approx(30 * one.duration_s, rel=2e-3)
    assert run.host == log.facts["host"] != ""


def test_a_sweep_names_its_kernels_and_never_a_peak(tmp_path: Path) -> None:
    (run,) = ran(tmp_path, sweep=True, duration="2 s").runs
    assert set(run.kernels) == {f"matmul-u8s8-{size}" for size in (256, 512, 1024, 2048)}
    assert all(ns > 0 and calls > 0 for _, ns, calls in run.kernels.values())


PROGRAM = """
import json, time
with open("calls.jsonl", "w") as file:
    for _ in range(20):
        begin = time.time_ns(); time.sleep(0.005)
        file.write(json.dumps({"start_ns": begin, "end_ns": time.time_ns(), "count": 4}) + "\\n")
"""


def program(folder: Path, text: str) -> dict[str, Any]:
    (folder / "run.py").write_text(text)
    return {"command": [sys.executable, "run.py"], "log": "calls.jsonl", "operations": 1e9}


def test_any_program_that_writes_its_calls_is_a_runner(tmp_path: Path) -> None:
    (run,) = ran(tmp_path, **program(tmp_path, PROGRAM)).runs
    assert (int(run.count.sum()), run.operations, run.broken) == (80, 1e9, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise SystemExit('no accelerator')", "ended with 1: no accelerator"),
        ("", "cannot be read"),
        ("open('calls.jsonl', 'w').write('{\"start_ns\": 1, \"end_ns\": 2}\\n')", "older than the run"),
        ("open('calls.jsonl', 'w').write('done\\n')", "no event log"),
    ],
)
def test_a_program_that_fails_is_a_run_with_its_reason_and_the_others_go_on(
    text: str, words: str, tmp_path: Path
) -> None:
    kept = MemorySink(config_folder=tmp_path)
    with pytest.raises(InstrumentError, match="No run of the workload did anything"):
        ran(tmp_path, kept, **program(tmp_path, text), runs=2)
    assert kept.data.count(b'{"format"') == 2, "a crash is kept, not repeated in silence"
    assert words.encode() in kept.data or words in str(kept.events)


def test_a_model_that_is_none_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no model")
    with pytest.raises(InstrumentError, match="cannot be read"):
        RunSource(RunSettings.parse({**BASE, "model": "net.onnx"}), tmp_path).preflight()


NUMBERS = "import pathlib; print(pathlib.Path('vin').read_text())"
SWAPPING = PROGRAM + "open('vin', 'w').write('VIN=LSVAU2180N2183295')\n"


def marks_of(sink: MemorySink) -> list[list[str]]:
    """What the terminal said it is, in the order of time, without the numbers of this very host."""
    return [
        [each for each in body["ids"] if each.startswith("VIN")]
        for kind, body in sink.events
        if kind == "compute.identity" and body["of"] == "LSVAU2180N2183294"
    ]


def identified(folder: Path, text: str, said: str) -> dict[str, Any]:
    (folder / "vin").write_text(said)
    (folder / "numbers.py").write_text(NUMBERS)
    own = {"identify": [sys.executable, "numbers.py"], "terminal": "LSVAU2180N2183294"}
    return {**program(folder, text), **own}


def test_the_terminal_says_before_and_after_which_one_it_is(tmp_path: Path) -> None:
    sink = MemorySink(config_folder=tmp_path)
    (run,) = ran(tmp_path, sink, **identified(tmp_path, PROGRAM, "VIN=LSVAU2180N2183294")).runs
    assert run.broken == ()
    assert marks_of(sink) == [["VIN=LSVAU2180N2183294"]] * 2


def test_a_terminal_that_was_exchanged_during_the_runs_breaks_them_and_shows_in_the_journal(tmp_path: Path) -> None:
    sink = MemorySink(config_folder=tmp_path)
    work = ran(tmp_path, sink, **identified(tmp_path, SWAPPING, "VIN=LSVAU2180N2183294"))
    assert [each.code for each in work.runs[0].broken] == ["compute.another-sample"]
    assert marks_of(sink) == [["VIN=LSVAU2180N2183294"], ["VIN=LSVAU2180N2183295"]]


def test_runs_of_two_terminals_under_one_number_are_invalid_as_a_whole(tmp_path: Path) -> None:
    own = {"runs": 2, **identified(tmp_path, SWAPPING, "VIN=LSVAU2180N2183294")}
    work = ran(tmp_path, **own)
    settings = RunSettings.parse({**BASE, **own})
    given = Input("compute.run", "runs", work, Trace("s07.tops", "runs", "compute.run", 1, (), settings))
    (terminal,) = bench([given], Ask("s07.tops", ())).terminals.values()
    assert [each.code for each in terminal.invalid] == ["compute.another-sample"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("VIN=LSVAU2180N2183295", "the profile says LSVAU2180N2183294"),
        ("\n", "ended with 0 and 0 lines"),
    ],
)
def test_another_terminal_than_the_declared_one_is_refused_before_anything_runs(
    said: str, words: str, tmp_path: Path
) -> None:
    source = RunSource(RunSettings.parse({**BASE, **identified(tmp_path, PROGRAM, said)}), tmp_path)
    with pytest.raises(InstrumentError, match=words):
        source.preflight()


def test_the_meter_is_greeted_again_at_the_end(tmp_path: Path) -> None:
    with analyser({"watts": 30}, tmp_path) as given:
        own = {"terminal": "T", "plane": "board", "duration": "1 s", "rate": "10 Hz", "scpi": given["scpi"]}
        sink = MemorySink()
        PowerSource(PowerSettings.parse(own), tmp_path).record(sink)
    marks = [body for kind, body in sink.events if kind == "compute.identity"]
    assert marks == [{"of": "scpi", "ids": ["YOKOGAWA,WT333E,SIMULATED,F1.03"]}] * 2
