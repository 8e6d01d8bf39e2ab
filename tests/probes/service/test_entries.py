# SPDX-License-Identifier: Apache-2.0
"""Catalogues: what answers, what is another one once more, and how much a sample drawn in public can prove."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from harness.kit import draw
from harness.kit.lines import session_of
from harness.model import About, Outcome, Verdict
from harness.quantity import Quantity
from harness.spec import find_scenario
from harness.testing import Judgement, Question, answer
from probes.service.digests.answers import Reply, decode
from probes.service.formats import layout
from probes.service.formats.catalogue import Entry
from probes.service.formats.words import WORDS
from probes.service.measurands.entries import Called, alike, hidden
from tests.conformance.examples import service as examples
from tests.conformance.laws.law import input_of
from tests.probes.service import made


def judged(
    folder: Path,
    entries: int,
    limit: str,
    *,
    protocol: bytes = b"",
    table: str = "",
    declared: dict[str, Any] | None = None,
    minimum: Mapping[str, Quantity] = MappingProxyType({}),
    **calls: Any,
) -> tuple[Outcome, Judgement]:
    folder.mkdir(parents=True, exist_ok=True)
    trace = examples.called(folder, made.calls(entries, **calls), table or made.table(entries))
    if protocol:
        (folder / "draw").write_bytes(protocol)
        trace = replace(trace, documents={**trace.documents, "sample.draw.jsonl": folder / "draw"})
    asked = Question(
        "service.callable",
        "count",
        limit,
        {"population": "finite"},
        declared or {},
        about=About.WINDOW,
        minimum=minimum,
    )
    return answer([input_of(trace, asked)], asked)


def drawn(table: str, size: int, value: str = "beacon 20260521 77123456") -> tuple[bytes, tuple[int, ...]]:
    """A protocol over a list, and the places that it drew."""
    digest, rows = hashlib.sha256(table.encode()).hexdigest(), len(table.splitlines()) - 1
    body = {"schema": draw.SCHEMA, "list_sha256": digest, "population": rows, "sizes": [size], "parties": []}
    content = draw.next_line([], 1, "sealed", body)
    content += draw.next_line(draw.read_steps(content), 2, "typed", {"source": "beacon", "value": value})
    return content, draw.read_draw(content, digest, rows).positions


def codes(outcome: Outcome) -> set[str]:
    told = (*outcome.remarks, *outcome.invalid, *(each.reason for each in outcome.lacks))
    return {each.code.removeprefix("service.") for each in told}


def test_both_numbers_are_shown_pass_needs_the_clusters_and_fail_what_answers(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path / "a", 22, ">= 20 种", skins=[20, 21])
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics == {"listed": 22, "called": 22, "answering": 22, "clusters": 20}
    assert judgement.verdict is Verdict.PASS
    assert {"four-numbers", "skins"} <= codes(outcome)
    between, judgement = judged(tmp_path / "b", 22, ">= 21 种", skins=[20, 21])
    assert judgement.verdict is Verdict.INCONCLUSIVE, "a person has to look at the group"
    assert between.need is not None
    assert "S-020" in between.need.text.en
    assert judged(tmp_path / "d", 22, ">= 23 种", skins=[20, 21])[1].verdict is Verdict.FAIL
    assert judged(tmp_path / "c", 22, ">= 20 种", silent=[3, 4, 5])[1].verdict is Verdict.FAIL


def test_an_entry_that_says_nothing_or_one_thing_to_every_question_does_not_count(tmp_path: Path) -> None:
    greeting = "您好，我是您的智能助手小江，请问有什么可以帮您？"
    outcome, judgement = judged(tmp_path, 12, ">= 12 种", canned={4: greeting, 7: greeting + "欢迎。", 9: "   "})
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics["answering"] == 9
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(("field", "code"), [(0, "same-id"), (1, "same-name"), (2, "same-content")])
def test_an_entry_with_the_number_name_or_content_of_another_is_that_one(field: int, code: str, tmp_path: Path) -> None:
    rows = [each.split(",") for each in made.table(6).splitlines()]
    rows[6][field] = f" {rows[1][field]} "
    outcome, judgement = judged(tmp_path, 6, ">= 6 种", table="".join(",".join(each) + "\n" for each in rows))
    assert judgement.verdict is Verdict.FAIL
    said = WORDS.text(f"entry-{code}", other="S-000", row=2).en.partition("S-000")[0]
    assert any(said in each.text.en for each in outcome.remarks if each.code == "service.struck")


def test_totals_are_no_entries_and_an_entry_without_interface_or_model_is_not_counted(tmp_path: Path) -> None:
    table = made.table(4) + "合计,4,,,\nS-9,又一,99,ftp://10.0.0.1/x,m\nS-10,再一,98,http://10.0.0.1/v1,\n"
    outcome, _ = judged(tmp_path, 4, ">= 4 种", table=table)
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics["listed"] == 6
    assert outcome.estimate.value == 4


def test_an_answer_that_takes_longer_than_declared_does_not_count(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, 3, ">= 3 种", declared={"answer_within": "50 ms"})
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.value == 0


def test_a_large_sample_drawn_in_public_can_prove_what_a_small_one_cannot(tmp_path: Path) -> None:
    table = made.table(60)
    for size, verdict in ((58, Verdict.PASS), (20, Verdict.INCONCLUSIVE)):
        protocol, places = drawn(table, size)
        outcome, judgement = judged(
            tmp_path / str(size), 60, ">= 50 种", table=table, protocol=protocol, places=places, questions=1
        )
        assert judgement.verdict is verdict
        assert "drawn" in codes(outcome)


def test_a_drawn_entry_that_was_not_called_counts_against_and_others_do_not_help(tmp_path: Path) -> None:
    table = made.table(30)
    protocol, places = drawn(table, 28)
    called = [*places[1:], *(each for each in range(30) if each not in places)]
    outcome, judgement = judged(tmp_path, 30, ">= 28 种", table=table, protocol=protocol, places=called, questions=1)
    assert judgement.verdict is not Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics["answering"] == 27
    assert outcome.effort["examined"] == Fraction(27, 28)


@pytest.mark.parametrize(("called", "verdict"), [(range(22), Verdict.PASS), (range(21), Verdict.INCONCLUSIVE)])
def test_a_catalogue_of_which_an_entry_was_not_called_does_not_pass_and_says_what_is_needed(
    called: range, verdict: Verdict, tmp_path: Path
) -> None:
    indicator = next(each for each in find_scenario("s05").scenario.indicators if each.id == "s05.solutions.called")
    outcome, judgement = judged(tmp_path, 22, ">= 20 种", places=called, minimum=indicator.default_reading.minimum)
    assert outcome.estimate is not None
    assert outcome.estimate.lower >= 20, "enough as far as the count goes"
    assert judgement.verdict is verdict
    assert [each.code for each in judgement.reasons if each.code.startswith("effort.")] == (
        [] if verdict is Verdict.PASS else ["effort.below"]
    )
    assert (judgement.need is None) is (verdict is Verdict.PASS)


def test_a_draw_over_another_list_is_invalid(tmp_path: Path) -> None:
    protocol, _ = drawn(made.table(31), 10)
    assert judged(tmp_path, 30, ">= 5 种", protocol=protocol)[1].verdict is Verdict.INVALID


def test_skins_that_no_sample_showed_are_bounded_at_the_stated_risk() -> None:
    rng, population, risk = np.random.default_rng(5), 60, Fraction(5, 100)
    for size in (30, 45, 55):
        for groups in ([2] * 8, [9], [3] * 4, [2] * 20):
            owners = np.concatenate([np.repeat(at, many) for at, many in enumerate(groups)])
            owners = np.concatenate([owners, np.arange(len(groups), len(groups) + population - len(owners))])
            truth = population - len(set(owners.tolist()))
            missed = 0
            for _ in range(200):
                sample = rng.choice(owners, size, replace=False)
                missed += hidden(size - len(set(sample.tolist())), size, population, risk) < truth
            assert missed <= 18, "P(Binomial(200, 5 %) > 18) is 0.7 %"


def _called(name: str, *texts: str, tokens: int = 20) -> Called:
    replies = tuple(Reply(0, at, "", "", text, 9, tokens, 1, "m") for at, text in enumerate(texts))
    return Called(Entry(0, 2, name, name, "", "http://h/v1", "m", ""), (), replies)


STORY = "The heron waited by the lock until the water was still, and then it flew away."
OTHER = "Ice floats because water widens when it freezes, like the cubes in your glass."


def test_a_greeting_in_front_does_not_hide_a_skin_and_short_words_make_none() -> None:
    skin = _called("b", f"I am Super Assistant. {STORY}", OTHER)
    assert alike([_called("a", STORY, OTHER), skin]) == ((0, 1),)
    assert alike([_called("a", "4", "yes", tokens=1), _called("b", "4", "no", tokens=2)]) == ()
    assert alike([_called("a", STORY), _called("b", OTHER)]) == ()
    assert alike([_called("a", "4"), _called("b", "4")]) == ((0, 1),), "the same words and the same number of tokens"


def test_a_call_with_a_body_of_its_own_is_a_whole_answer_that_is_no_error_and_no_page(tmp_path: Path) -> None:
    def replied(body: str, status: int = 200, kind: str = "application/json") -> str:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        lines = [layout.header({"kind": "calls", "questions": 5, "t": 0})]
        lines += [layout.begun(0, 0, 0, b"{}", entry=0, kind="json", question=0)]
        lines += [layout.connected(0, kept=False, stamps={}, sent_ns=1), layout.received(0, 2, (head + body).encode())]
        lines += [layout.ended(0, 3, "done")]
        (found,) = decode(session_of(iter(lines), layout.FORMAT)).replies
        return found.fault

    assert replied('{"boxes": [1, 2]}') == ""
    assert replied("3,4,5", kind="text/csv") == ""
    assert replied('{"error": "model is not loaded"}') == "error-in-200"
    assert replied("<html>login</html>", kind="text/html") == "html"
    assert replied("   ") == "empty"
    assert replied("{}", 404) == "http-404"
