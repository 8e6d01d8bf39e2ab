# SPDX-License-Identifier: Apache-2.0
"""Exports of an identifier node: what is claimed, what a sample confirms, and what looks made up."""

from dataclasses import replace
from fractions import Fraction

import pytest

from harness.kit import draw
from harness.quantity import Quantity
from harness.stats.population import bounds
from harness.testing import Question, answer
from probes.register.instruments.node import CHECKED, DRAW
from probes.register.traces.node import anomalies
from tests.conformance.examples import register as examples
from tests.conformance.examples import traced
from tests.conformance.laws.law import input_of

NEW = Question("register.identifiers", "distinct", ">= 2000 个")


def node(folder, documents):
    trace = traced("register.registrations", folder, examples.prefixes(3), {"file": "node.csv"})
    for name, data in documents.items():
        (folder / name).write_bytes(data)
    return replace(trace, documents={name: folder / name for name in documents})


def sampled(bad):
    body = {"schema": draw.SCHEMA, "list_sha256": "0" * 64, "population": 2400, "sizes": [60], "parties": []}
    lines = draw.next_line([], 1, "sealed", body)
    lines += draw.next_line(draw.read_steps(lines), 2, "typed", {"source": "dice", "value": "2 7 1 8 2 8 1 8"})
    rows = [f"{at},{'否' if number < bad else '是'}" for number, at in enumerate(draw.read_draw(lines).positions)]
    return {DRAW: lines, CHECKED: ("编号,结论\n" + "\n".join(rows) + "\n").encode()}


def judged(trace, question=NEW):
    return answer([input_of(trace, question)], question)


def test_totals_alone_are_claims(tmp_path):
    outcome, judgement = judged(node(tmp_path, {}))
    assert (outcome.estimate.lower, outcome.estimate.upper, judgement.verdict) == (0, 2400, "INCONCLUSIVE")


@pytest.mark.parametrize(("bad", "verdict"), [(0, "PASS"), (9, "INCONCLUSIVE"), (40, "FAIL")])
def test_a_sample_that_was_drawn_and_resolved_bounds_the_claim(tmp_path, bad, verdict):
    trace = node(tmp_path, sampled(bad))
    outcome, judgement = judged(trace)
    wanted = bounds(60 - bad, 60, 2400, Fraction(1, 20))
    assert (outcome.estimate.lower, outcome.estimate.upper, judgement.verdict) == (*wanted, verdict)
    share = judged(trace, Question("service.resolvable", "share", ">= 80 %"))[0].estimate
    assert (share.value, share.lower) == (Fraction(60 - bad, 60), Fraction(wanted.lower, 2400))


def test_a_sample_is_large_whole_and_of_several_days_or_the_share_stays_open(tmp_path):
    asked = {"items": Quantity.parse("60"), "examined": Quantity.parse("100 %"), "days": Quantity.parse("3")}
    question = Question("service.resolvable", "share", ">= 80 %", minimum=asked)

    def found(days, left_out=0, **more):
        given = sampled(0)
        head, *rows = given[CHECKED].decode().split()
        dated = [f"{each},2023-09-{1 + at % days:02}" for at, each in enumerate(rows[left_out:])]
        given[CHECKED] = "\n".join([f"{head},日期", *dated, ""]).encode()
        folder = tmp_path / f"{days}-{left_out}-{len(more)}"
        folder.mkdir()
        outcome, judgement = judged(node(folder, given), replace(question, minimum=asked | more))
        return outcome.effort, judgement

    assert found(3)[1].verdict == "PASS"
    short = found(1)[1]
    assert short.verdict == "INCONCLUSIVE"
    assert "number of days at least 3" in short.need.text.en
    assert found(3, items=Quantity.parse("61"))[1].verdict == "INCONCLUSIVE"
    effort, judgement = found(3, left_out=1)
    assert (effort["examined"], judgement.verdict) == (Fraction(59, 60), "INCONCLUSIVE")


def test_a_mean_over_fewer_days_than_are_asked_for_stays_open(tmp_path):
    question = Question("register.resolutions", "mean", ">= 60 万/d", minimum={"duration": Quantity.parse("30 d")})
    for days, verdict in ((30, "PASS"), (29, "INCONCLUSIVE")):
        (tmp_path / str(days)).mkdir()
        trace = traced(
            "register.resolutions-log", tmp_path / str(days), examples.resolutions(days), {"file": "days.csv"}
        )
        assert judged(trace, question)[1].verdict == verdict


def test_no_sample_is_no_share(tmp_path):
    outcome, judgement = judged(node(tmp_path, {}), Question("service.resolvable", "share", ">= 80 %"))
    assert outcome.estimate is None
    assert judgement.verdict == "INCONCLUSIVE"


def test_the_nodes_own_checks_are_left_out_where_they_are_told_apart(tmp_path):
    rows = examples.resolutions(31) + examples.resolutions(31, "自检巡检", 9000).partition(b"\n")[2]
    trace = traced("register.resolutions-log", tmp_path, rows, {"file": "days.csv"})
    question = Question("register.resolutions", "mean", ">= 60 万/d")
    every, without = (
        judged(trace, replace(question, parameters=each))[0].estimate.value for each in ({}, {"without": "own"})
    )
    own = Fraction(sum(9000 + at * at for at in range(31)), 31)
    assert every - without == own


def test_a_day_without_a_record_counts_as_zero(tmp_path):
    rows = b"".join(line for at, line in enumerate(examples.resolutions(31).splitlines(keepends=True)) if at != 9)
    trace = traced("register.resolutions-log", tmp_path, rows, {"file": "days.csv"})
    outcome, _ = judged(trace, Question("register.resolutions", "mean", ">= 60 万/d"))
    (told,) = [each for each in outcome.remarks if each.code == "register.days-counted"]
    assert (told.facts["days"], told.facts["absent"]) == (31, 1)
    assert outcome.estimate.value == Fraction(sum(700_000 + at * at for at in range(31) if at != 8), 31)


@pytest.mark.parametrize(
    ("counts", "found"),
    [([700] * 20, {"equal"}), ([1000 * each for each in (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5)], {"round"}), (list(range(5, 900, 7)), {"steady"}),
     ([3 * each * each + 7 * (each % 5) for each in range(1, 40)], set()), ([5, 5], set())],
)  # fmt: skip
def test_numbers_that_look_made_up_are_told(counts, found):
    assert set(anomalies(counts)) == found
