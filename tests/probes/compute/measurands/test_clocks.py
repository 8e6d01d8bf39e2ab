# SPDX-License-Identifier: Apache-2.0
"""Two hosts, two clocks: compared before and after, corrected along a line, and held against the step of power."""

from __future__ import annotations

import os
import threading
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import DecodeError, UsageError
from harness.kit.lines import line
from harness.model import About, Verdict
from harness.plugins import Input
from harness.testing import Question, answer
from probes.compute.live import clocks
from probes.compute.live.timing import punctual
from probes.compute.traces.recorded import _compared
from probes.compute.wire import sntp
from tests.ports import free_port
from tests.probes.compute import made
from tests.waiting import joined, until

S = 10**9
BENCH = made.bench()
EFFICIENCY = Question("compute.efficiency", "ratio", ">= 6 TOPS/W", made.INPUT, made.DECLARED, about=About.PROCESS)


def row(phase: str, at_ns: int, ahead_ns: int, rtt_ns: int = 400_000) -> bytes:
    """A comparison as the sampler records it, the answer made by the server's own function."""
    reply = sntp.answer(sntp.request(at_ns), at_ns + rtt_ns // 2 + ahead_ns, at_ns + rtt_ns // 2 + ahead_ns)
    return line({"clock": phase, "of": "x:123", "t1": [at_ns], "t4": [at_ns + rtt_ns], "raw": [reply.hex()]})


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Input:
    return made.input_of(made.runs(tmp_path_factory.mktemp("work"), BENCH), EFFICIENCY)


def _verdict(tmp_path: Path, work: Input, *told: tuple[str, int], off: int = 0) -> Any:
    """The load's clock is ``off`` ahead of the meter's; ``told``: what the comparisons say."""
    meter = {key: value for key, value in made.METER.items() if key != "clock_offset"}
    own = replace(BENCH, at_ns=BENCH.at_ns - off)
    ends = {"before": int(own.at_ns[0]) - S, "after": int(own.at_ns[-1]) + S}
    rows = b"".join(row(phase, ends[phase], ahead) for phase, ahead in told)
    power = made.traced(
        "compute.power",
        tmp_path / "p",
        [made.power_session(own, host="another") + rows],
        {**meter, "scpi": {"tcp": "10.0.0.7:5025"}, "duration": "2 h", "clock": "10.0.0.8:123"},
    )
    found = answer([work, made.input_of(power, EFFICIENCY)], EFFICIENCY)
    return (
        found[1].verdict,
        {each.code.removeprefix("compute.") for each in (*found[0].remarks, *found[1].reasons)},
        found[0],
    )


CASES: dict[str, tuple[int, tuple[tuple[str, int], ...], Verdict, str]] = {
    "apart by 2 s, and told so": (2 * S, (("before", 2 * S), ("after", 2 * S)), Verdict.PASS, "clocks-compared"),
    "drifting by 10 ms": (S, (("before", S - S // 100), ("after", S + S // 100)), Verdict.PASS, "clocks-compared"),
    "one hour apart": (3600 * S, (("before", 3600 * S), ("after", 3600 * S)), Verdict.INVALID, "clocks-off"),
    "told to be apart and not so": (0, (("before", 4 * S), ("after", 4 * S)), Verdict.INVALID, "step-elsewhere"),
    "set in the middle": (0, (("before", 0), ("after", 4 * S)), Verdict.INVALID, "clocks-part"),
    "compared once": (0, (("before", 0),), Verdict.INCONCLUSIVE, "clock-once"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_two_clocks_are_made_one(case: str, work: Input, tmp_path: Path) -> None:
    off, told, verdict, reason = CASES[case]
    seen, reasons, outcome = _verdict(tmp_path, work, *told, off=off)
    assert (seen, reason in reasons) == (verdict, True), reasons
    if verdict is Verdict.PASS:
        true = sum(BENCH.items) * 8.178e9 / sum(BENCH.true_joules) / 1e12
        assert float(outcome.estimate.value) == pytest.approx(true, rel=3e-4)


def test_a_clock_on_the_network_is_asked_and_answers() -> None:
    place = f"127.0.0.1:{free_port()}"
    said: list[object] = []
    server = threading.Thread(target=clocks.run, args=(Namespace(bind=place, count=8), said.append), daemon=True)
    server.start()
    until(lambda: said, otherwise="the clock says nothing")
    found = clocks.asked(place, "before")
    joined(server)
    assert len(found["raw"]) == 8
    told = [
        sntp.exchange(bytes.fromhex(raw), t1, t4)
        for t1, t4, raw in zip(found["t1"], found["t4"], found["raw"], strict=True)
    ]
    best = min(told, key=lambda each: each.rtt_ns)
    assert abs(best.offset_ns) <= best.rtt_ns + 1000
    assert clocks.asked("127.0.0.1:9", "after")["raw"] == []
    with pytest.raises(UsageError, match="cannot answer"):
        clocks.run(Namespace(bind="203.0.113.1:11123", count=1), said.append)


USELESS: dict[str, bytes] = {
    "cut off": sntp.answer(sntp.request(5 * S), 5 * S, 5 * S)[:40],
    "another question": sntp.answer(sntp.request(6 * S), 5 * S, 5 * S),
    "a question": sntp.request(5 * S),
    "a kiss of death": sntp.answer(sntp.request(5 * S), 5 * S, 5 * S, stratum=0),
    "sent before it came": sntp.answer(sntp.request(5 * S), 6 * S, 5 * S),
    "no moment": sntp.answer(sntp.request(5 * S), 5 * S, 5 * S)[:40] + bytes(8),
}


@pytest.mark.parametrize("name", USELESS)
def test_an_answer_of_no_use_is_none(name: str) -> None:
    with pytest.raises(DecodeError):
        sntp.exchange(USELESS[name], 5 * S, 5 * S + 1000)


def test_the_sampler_keeps_to_its_processors_and_says_so() -> None:
    before = os.sched_getaffinity(0)
    with punctual((min(before),)) as granted:
        assert os.sched_getaffinity(0) == {min(before)}
        assert (granted["cpus_asked"], granted["cpus"]) == ([min(before)], [min(before)])
    assert os.sched_getaffinity(0) == before
    with punctual((4095,)) as granted:
        assert granted["cpus"] == sorted(before)


def test_a_comparison_that_cannot_be_read_damages_its_row() -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        _compared({"clock": "before", "t1": [0], "t4": [1], "raw": ["00" * 48]})
    assert _compared({"clock": "before", "t1": [], "t4": [], "raw": []})[3] == -1
    assert np.isfinite(
        _compared(
            {"clock": "x", "t1": [5 * S], "t4": [6 * S], "raw": [sntp.answer(sntp.request(5 * S), 5 * S, 5 * S).hex()]}
        )[1]
    )
