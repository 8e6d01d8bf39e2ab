# SPDX-License-Identifier: Apache-2.0
"""Loads on real servers: a simulated one whose chunk times are known, and somebody else's, plain and under TLS."""

import itertools
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import InstrumentError, UsageError
from harness.kit.lines import session_of
from harness.model import About, Verdict
from harness.testing import MemorySink, Question, answer, judge
from probes.service import analyse
from probes.service.digests import rows as columns
from probes.service.digests.load import Load, Run, decode
from probes.service.formats.layout import FORMAT
from probes.service.instruments.calls import PROBE as CALLS
from probes.service.instruments.load import PROBE
from probes.service.live import source as live
from probes.service.live.source import CallSource, LoadSource, SearchSource
from probes.service.measurands.view import as_drawn, missing
from probes.service.plans.settings import CallSettings, LoadSettings, SearchSettings
from probes.service.simulators.run import simulate
from tests.conformance.laws.law import input_of
from tests.ports import free_port
from tests.probes.service.conftest import WORDS

FAULTS = {
    "errors": [3], "cut": [5], "errors_200": [7], "hang": [9], "html": [11], "malformed": [13], "early": [15], "empty": [17],
    "whole": [19], "errors_inside": [21], "busy": [23],
}  # fmt: skip
TOLD = {
    "http-500": 1, "cut": 1, "error-in-200": 1, "timeout": 1, "html": 1, "malformed": 1, "empty": 1, "not-streamed": 1,
    "error-event": 1, "http-429": 1,
}  # fmt: skip


PLAN = {
    **FAULTS,
    "first": "30 ms",
    "step": "5 ms",
    "tokens": 6,
    "stamps": True,
    "usage": "every",
    "dialect": "chatty",
}
"""Its first token after 30 ms, then one every 5 ms; stamps in its chunks; dialect and faults of all kinds."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[dict[str, Any]]:
    """An endpoint that tests share: whose requests meet the faults depends on their order."""
    with simulate(PLAN, Path()) as told:
        yield dict(told)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "act", ["time.sleep(600)", "[print('{}', flush=True) or time.sleep(0.05) for _ in range(9999)]"]
)
def test_a_generator_that_does_not_end_is_named_and_ended(
    act: str, endpoint: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "endless.py").write_text(f"import sys, time\nsys.stdin.readline()\n{act}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(live, "_MODULE", "endless")
    monkeypatch.setattr(live, "_LEAVE_S", 0.5)
    monkeypatch.setattr("harness.kit.children._END_S", 0.2)
    given = {"url": endpoint["url"], "model": "m", "rate": "5/s", "arrivals": "periodic", "duration": "1 s"}
    sink = MemorySink()
    monkeypatch.setattr(MemorySink, "stopping", property(lambda self: len(self.states) > 1))  # once the session began
    with pytest.raises(InstrumentError, match="does not end"):
        recorded(LoadSource(LoadSettings.parse(given), Path()), sink)


def recorded(source: Any, sink: MemorySink | None = None) -> MemorySink:
    kept = MemorySink() if sink is None else sink
    source.record(kept)
    return kept


def bytes_of(sink: MemorySink) -> bytes:
    return b"".join(map(bytes, sink.segments))


def run_of(data: bytes) -> Run:
    return decode(session_of(iter(data.splitlines()), FORMAT))


@pytest.fixture(scope="module")
def trace() -> bytes:
    """Of an endpoint that nobody else asks, so that each fault falls into it."""
    with simulate(PLAN, Path()) as told:
        given = {
            "url": told["url"],
            "model": told["model"],
            "rate": "30/s",
            "duration": "2 s",
            "timeout": "4 s",
            "seed": "a",
        }
        source = LoadSource(LoadSettings.parse(given), Path())
        source.preflight()
        return bytes_of(recorded(source))


def test_every_fault_is_told_once_by_name_and_nothing_else_fails(trace: bytes) -> None:
    run = run_of(trace)
    assert run.damaged == 0
    found = Counter(each.decode() for each in run.rows["fault"].tolist())
    assert found.pop("") == run.about["planned"] - len(TOLD) == len(run.rows) - len(TOLD)
    assert found == TOLD
    assert dict(run.said) == {
        "http-500": "out of memory", "error-in-200": "quota used up", "error-event": "worker died", "http-429": "too many requests",
    }  # fmt: skip


def test_requests_leave_at_the_moments_of_the_seed_whatever_becomes_of_those_before(trace: bytes) -> None:
    run = run_of(trace)
    assert as_drawn(run)
    assert missing(run) == 0
    late = run.rows["began"] - run.rows["due"]
    assert late.min() >= 0, "no request leaves before its moment"
    hanging = run.rows[run.rows["fault"] == b"timeout"][0]
    meanwhile = (run.rows["began"] > hanging["sent"]) & (run.rows["began"] < hanging["ended"])
    assert meanwhile.sum() > 10, "a request that hangs holds nothing up"


def test_the_first_token_is_stamped_when_it_came_and_tokens_follow_by_usage(trace: bytes) -> None:
    run = run_of(trace)
    good = run.rows[columns.good(run.rows)]
    assert (good["tokens"] == 6).all()
    assert 30e6 <= columns.ttft_ns(good).min() < 40e6  # never early: the server's own clock began later than ours
    assert np.median(columns.tpot_ns(good)) == pytest.approx(5e6, rel=0.1)
    assert (run.steps["tokens"] == 1).all()
    assert len(run.steps) == 5 * len(good)


def test_the_analyser_says_the_same_figures_as_the_report(trace: bytes, tmp_path: Path) -> None:
    log = tmp_path / "0001.jsonl"
    log.write_bytes(trace)
    parser = ArgumentParser()
    analyse.arguments(parser)
    found = analyse.analyse(parser.parse_args([str(log)]))["files"][0]["together"]
    settings = {"url": "http://10.0.0.1/v1", "model": "m", "rate": "30/s", "duration": "2 s"}
    asked = Question("service.ttft", "quantile", "", {"q": "50 %"}, about=About.WINDOW)
    outcome, _ = judge(PROBE, trace, asked, tmp_path / "judged", settings)
    shown = asked.record
    assert outcome.estimate is not None
    assert outcome.estimate.n == found["requests"]
    ratio, _ = judge(
        PROBE, trace, Question("service.errors", "ratio", "", about=About.WINDOW), tmp_path / "ratio", settings
    )
    assert ratio.estimate is not None
    assert float(ratio.estimate.value) == pytest.approx(found["error_ratio"])
    rate, _ = judge(
        PROBE, trace, Question("service.tokens", "rate", "", about=About.WINDOW), tmp_path / "rate", settings
    )
    assert rate.estimate is not None
    assert float(rate.estimate.value) == pytest.approx(found["token_rate"])
    assert shown.show == "probes.service.measurands.figures:show", "the lists of the report come from the same function"


def test_an_interrupted_load_goes_on_without_asking_anything_twice(endpoint: dict[str, Any]) -> None:
    given = {
        "url": endpoint["url"],
        "model": endpoint["model"],
        "rate": "8/s",
        "duration": "8 s",
        "timeout": "1 s",
        "seed": "b",
    }
    source = LoadSource(LoadSettings.parse(given), Path())
    first = MemorySink(enough=20_000)
    recorded(source, first)
    assert first.states[-1]["next"] > 0
    again = MemorySink(state=first.states[-1])
    recorded(source, again)
    one, other = run_of(bytes_of(first)), run_of(bytes_of(again))
    assert not set(one.rows["number"].tolist()) & set(other.rows["number"].tolist())
    assert as_drawn(other)
    merged = Load((one,)).merge(Load((other,)))
    assert len(merged.runs) == 2
    assert one.rows["fault"].tolist().count(columns.UNFINISHED) == 0, "a wish to end leaves time for what is under way"


def test_a_generator_that_is_killed_is_told_and_what_was_recorded_stands(
    endpoint: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from probes.service.live import source as live

    given = {"url": endpoint["url"], "model": endpoint["model"], "rate": "20/s", "duration": "30 s", "seed": "c"}
    honest, children = live.child, list[Any]()
    monkeypatch.setattr(live, "child", lambda *arguments: _Kept(honest(*arguments), children))
    sink = _Killing(children)
    with pytest.raises(InstrumentError, match="broke off"):
        recorded(LoadSource(LoadSettings.parse(given), Path()), sink)
    run = run_of(bytes_of(sink))
    assert run.damaged == 0
    assert columns.good(run.rows).any()


class _Killing(MemorySink):
    """Kills the first child once some answers are there."""

    def __init__(self, children: list[Any]) -> None:
        super().__init__()
        self._children = children

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.position > 30_000:
            self._children[0]._process.kill()


class _Kept:
    """A context whose value is kept."""

    def __init__(self, inner: Any, kept: list[Any]) -> None:
        self._inner, self._kept = inner, kept

    def __enter__(self) -> Any:
        self._kept.append(self._inner.__enter__())
        return self._kept[-1]

    def __exit__(self, *error: object) -> Any:
        return self._inner.__exit__(*error)


def test_somebody_elses_service_is_measured_and_its_lack_of_usage_counts_against_it(
    services: dict[str, str], tmp_path: Path
) -> None:
    given = {
        "url": services["plain"],
        "model": "gpt-4",
        "rate": "20/s",
        "duration": "4 s",
        "timeout": "10 s",
        "connections": "kept",
    }
    source = LoadSource(LoadSettings.parse(given), Path())
    source.preflight()
    data = bytes_of(recorded(source))
    run = run_of(data)
    assert columns.good(run.rows).all()
    assert run.rows["kept"].any(), "idle connections are used again"
    assert (run.rows["outputs"] == len(WORDS)).all(), "it streams letter by letter"
    assert dict(run.notes)["no-usage"] == len(run.rows)
    ttft = Question("service.ttft", "quantile", "<= 5 s", {"q": "90 %"}, about=About.WINDOW)
    outcome, judgement = judge(PROBE, data, ttft, tmp_path / "ttft", given)
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) < 5000
    assert "service.canned" in {each.code for each in judgement.reasons}, "it says one thing whatever it is asked"
    assert judgement.verdict is Verdict.INCONCLUSIVE
    itl = Question("service.itl", "quantile", "<= 5 s", {"q": "90 %"}, about=About.WINDOW)
    assert judge(PROBE, data, itl, tmp_path / "itl", given)[1].verdict is not Verdict.PASS


def test_under_tls_name_connection_handshake_and_first_byte_are_told_apart(services: dict[str, str]) -> None:
    given = {
        "url": services["tls"],
        "model": "gpt-4",
        "rate": "10/s",
        "duration": "1 s",
        "authority": services["authority"],
    }
    run = run_of(bytes_of(recorded(LoadSource(LoadSettings.parse(given), Path()))))
    assert columns.good(run.rows).all()
    moments = [run.rows[each] for each in ("began", "dns", "tcp", "tls", "sent", "byte", "first", "last")]
    assert all((before <= after).all() for before, after in itertools.pairwise(moments))
    with pytest.raises(InstrumentError, match="tls"):
        LoadSource(LoadSettings.parse({**given, "authority": None}), Path()).preflight()


def test_a_service_that_is_not_there_or_a_file_that_is_not_is_one_sentence(tmp_path: Path) -> None:
    given = {"url": f"http://127.0.0.1:{free_port()}/v1", "model": "m", "rate": "1/s", "duration": "1 s"}
    with pytest.raises(InstrumentError, match="refused"):
        LoadSource(LoadSettings.parse(given), Path()).preflight()
    (tmp_path / "no.pem").write_text("no certificate\n", "utf-8")
    with pytest.raises(UsageError, match="no certificate"):
        LoadSource(LoadSettings.parse({**given, "authority": "no.pem"}), tmp_path).preflight()
    with pytest.raises(UsageError, match=r"none\.txt"):
        LoadSource(LoadSettings.parse({**given, "prompts": "none.txt"}), Path("/nowhere")).preflight()


def test_a_search_puts_loads_on_until_each_is_decided_and_the_verdict_finds_the_same(tmp_path: Path) -> None:
    plan = {"slots": 1, "first": "6 ms", "step": "1 ms", "tokens": 2}
    with simulate(plan, Path()) as told:
        given = {
            "url": told["url"], "model": told["model"], "rates": ["30/s", "300/s"], "requests": 240, "ttft": "200 ms", "rest": "0 s",
            "timeout": "2 s", "max_tokens": 2, "seed": "s", "share": "50 %",
        }  # fmt: skip
        sink = recorded(SearchSource(SearchSettings.parse(given), Path()))
    assert sink.states[-1]["found"]["1"] == "FAIL", "three hundred a second are more than a service of 7 ms can take"
    asked = Question(
        "service.capacity", "largest", "<= 40 /s", {}, {"slo_ttft": "200 ms", "slo_share": "50 %"}, about=About.WINDOW
    )
    from probes.service.instruments.load import SEARCH

    outcome, _ = judge(SEARCH, bytes_of(sink), asked, tmp_path, given)
    assert outcome.estimate is not None
    assert outcome.estimate.upper == 300
    assert (outcome.estimate.lower == 30) == (sink.states[-1]["found"]["0"] == "PASS")


def test_a_catalogue_is_called_and_skins_over_one_model_count_once(tmp_path: Path) -> None:
    plan = {"entries": 8, "skins": 2, "silent": [4], "first": "2 ms", "step": "0 ms", "tokens": 16}
    with simulate(plan, Path()) as told:
        given = {"catalogue": told["catalogue"], "timeout": "10 s"}
        source = CallSource(CallSettings.parse(given), Path())
        source.preflight()
        sink = recorded(source)
        listed = Path(str(told["catalogue"])).read_bytes()
    assert sink.attached["catalogue.table"] == listed
    from dataclasses import replace

    from tests.conformance.examples import traced

    trace = traced("service.calls", tmp_path, bytes_of(sink), given)
    (tmp_path / "list.csv").write_bytes(listed)
    trace = replace(trace, documents={"catalogue.table": tmp_path / "list.csv"})
    asked = Question("service.callable", "count", ">= 7 种", about=About.WINDOW)
    outcome, judgement = answer([input_of(trace, asked)], asked)
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics == {"listed": 8, "called": 8, "answering": 7, "clusters": 5}
    assert judgement.verdict is not Verdict.PASS
    assert CALLS.name == "service.calls"
    lines = [json.loads(each) for each in bytes_of(sink).splitlines()]
    assert {each["entry"] for each in lines if "entry" in each} == set(range(8))
