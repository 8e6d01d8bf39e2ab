# SPDX-License-Identifier: Apache-2.0
"""A trace is summarised once for all who read it: what an indicator says is the same whoever else asks."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import installed
from harness.evidence.canonical import canonical_bytes
from harness.plugins import Asked, Input, Trace
from harness.results import plain, rounded
from harness.testing import Question
from probes.network.instruments.stamp import PROBE

P99 = {"q": "99 %", "lost": "over-limit"}
ONE = {"longest_credible_burst": "1 packet", "longest_credible_outage": "1 s"}
QUESTIONS = [
    Question("network.rtt", "quantile", "<= 2 ms", P99, ONE),
    Question("network.rtt", "quantile", "<= 1.3 ms", {"q": "50 %"}, ONE),
    Question("network.rtt", "share-within", ">= 99 %", {"threshold": "1.7 ms"}, ONE),
    Question("network.rtt", "mean", "<= 3 ms", {}, ONE),
    Question("network.owd", "quantile", "<= 1 ms", P99, ONE),
    Question("network.loss", "ratio", "<= 1 %", {}, ONE),
    Question("network.dropout", "session-ratio", "<= 0.05 %", {"silent_after": "20 ms"}, ONE),
    Question("network.dropout", "offline-time", "<= 0.05 %", {}, {**ONE, "silent_after": "7 ms"}),
    Question("network.availability", "availability", ">= 99 %", {"survival_time": "3 ms"}, ONE),
    Question("network.mobility", "longest-interruption", "<= 5 ms", {"interruption_over": "4 ms"}, ONE),
    Question("network.ipv6", "share"),
    Question("network.nodes", "distinct", ">= 1 台套", {"window": "1 s"}),
]


def said(path: Path, question: Question, neighbours: Sequence[Question]) -> bytes:
    """Everything that ``question`` puts into results.json, with ``neighbours`` reading the same trace."""
    given = PROBE.settings.parse({"targets": ["10.9.0.1"], "count": 1})
    trace = Trace("s01.x", "stamp", PROBE.name, 1, (path,), given)
    asked = Asked(tuple(each.ask for each in (question, *neighbours)), given)
    summary = reduce(lambda a, b: a.merge(b), (PROBE.summarise(chunk, asked) for chunk in PROBE.chunks(trace)))
    measurand, request = question.record, question.request
    view = installed.resolve(measurand.view)((Input(PROBE.name, "stamp", summary, trace),), question.ask)
    outcome = rounded(installed.resolve(measurand.statistics[question.statistic])(view, request))
    shown = installed.resolve(measurand.show)(view, outcome, request)
    found = outcome.estimate
    told = None if found is None else [found.value, found.lower, found.upper, found.n_eff, found.diagnostics]
    reasons = [[each.code, each.facts] for each in (*outcome.invalid, *outcome.remarks)]
    lacks = [[each.reason.code, each.reason.facts] for each in outcome.lacks]
    lists = [[each.key, each.rows] for each in shown.listings]
    pictures = [[each.kind, each.data] for each in shown.figures]
    return canonical_bytes(plain([told, reasons, lacks, lists, pictures]))


@pytest.fixture(scope="module")
def recorded(make: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Delays near every limit that is asked for, losses, silences and a second node."""
    path = tmp_path_factory.mktemp("trace") / "0001.pcapng"
    delays = [1_000_000 + 137_000 * (slot % 9) + slot for slot in range(600)]
    lost = {slot for slot in range(600) if slot % 97 == 3 or 200 <= slot < 212}
    rows = [make.record(0, slot, None if slot in lost else delay) for slot, delay in enumerate(delays)]
    rows += [make.record(1, slot, 700_000 + slot) for slot in range(500)]
    path.write_bytes(make.header(2) + b"".join(rows))
    return path


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(QUESTIONS), st.lists(st.sampled_from(QUESTIONS), max_size=6))
def test_the_entry_of_an_indicator_has_the_same_bytes_whoever_borrows_its_trace(
    recorded: Path, question: Question, neighbours: list[Question]
) -> None:
    assert said(recorded, question, neighbours) == said(recorded, question, ())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: f"{each.measurand}-{each.statistic}")
def test_every_other_question_at_once_changes_no_answer(recorded: Path, question: Question) -> None:
    assert said(recorded, question, QUESTIONS) == said(recorded, question, ())
