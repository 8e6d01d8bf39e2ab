# SPDX-License-Identifier: Apache-2.0
"""What an exchange comes to: every fault counts once and by name, and what is not known proves nothing."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import installed
from harness.kit.lines import line
from harness.model import About, Judgement, Outcome
from harness.quantity import Quantity
from harness.testing import Question, answer, inputs_of
from probes.health.digests.decoding import packed
from probes.health.measurands.exchange import show
from probes.health.measurands.ledger import View, view
from tests.probes.health.made import MS, RUN, SETTINGS, SETTLE, START_NS, Exchanged, body, plan

LOST = Question("health.exchange", "lost-count", "<= 0 条", declared=SETTLE, about=About.WINDOW)
SHARE = replace(LOST, statistic="share-whole", limit=">= 100 %")
DELAY = Question("health.delay", "quantile", "<= 1 s", {"q": "95 %", "lost": "over-limit"}, SETTLE, about=About.WINDOW)


def swapped(given: bytes) -> bytes:
    return given.replace(b"TEST RECORD", b"TEST RECORE")


def judged(folder: Path, *made: Exchanged, asked: Question = LOST, data: bytes = b"") -> tuple[Outcome, Judgement]:
    inputs = []
    for at, each in enumerate(made):
        probe = installed.probe(f"health.{each.transport}")
        inputs += inputs_of(probe, data or each.data, asked, folder / str(at), SETTINGS[each.transport])
    return answer(inputs, asked)


def codes(outcome: Outcome) -> set[str]:
    told = (*outcome.invalid, *outcome.invalid_parts, *outcome.remarks, *(each.reason for each in outcome.lacks))
    return {each.code.removeprefix("health.") for each in told}


def seen(folder: Path, made: Exchanged, asked: Question = LOST) -> View:
    probe = installed.probe(f"health.{made.transport}")
    return view(inputs_of(probe, made.data, asked, folder, SETTINGS[made.transport]), asked.ask)


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda"])
def test_what_arrives_once_and_whole_passes(tmp_path: Path, transport: str) -> None:
    made = Exchanged(transport)
    for asked in (LOST, SHARE, DELAY):
        outcome, judgement = judged(tmp_path / asked.statistic, made, asked=asked)
        assert judgement.verdict == "PASS", [each.text.en for each in judgement.reasons]
        assert outcome.effort["items"] == 300
    carrier = seen(tmp_path, made).carriers[0]
    assert carrier.roots[0] == carrier.roots[1]


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda"])
@pytest.mark.parametrize(
    ("fault", "fate"),
    [
        ({"lost": frozenset({7})}, "lost"),
        ({"doubled": frozenset({7})}, "doubled"),
        ({"altered": {7: swapped}}, "altered"),
        ({"late": {7: 10_100}}, "late"),
    ],
)
def test_one_fault_is_named_and_fails(tmp_path: Path, transport: str, fault: Mapping[str, Any], fate: str) -> None:
    made = Exchanged(transport, 30, **fault)
    outcome, judgement = judged(tmp_path / "a", made)
    assert (judgement.verdict, outcome.estimate and outcome.estimate.value) == ("FAIL", 1)
    share, _ = judged(tmp_path / "b", made, asked=SHARE)
    assert share.estimate is not None
    assert share.estimate.value == Fraction(29, 30)
    carrier = seen(tmp_path, made).carriers[0]
    assert [(each.record, each.fate) for each in carrier.fates if each.fate != "whole"] == [(f"{RUN}-00007", fate)]
    assert (carrier.roots[0] == carrier.roots[1]) == (fate == "late")


def test_the_field_that_differs_is_named(tmp_path: Path) -> None:
    places = {"hl7": "NTE-3", "fhir": "note[0].text", "cda": "/section/text"}
    for transport, place in places.items():
        carrier = seen(tmp_path / transport, Exchanged(transport, 9, altered={3: swapped})).carriers[0]
        fields = next(each.fields for each in carrier.fates if each.fate == "altered")
        assert any(each.endswith(place) for each in fields), fields


def test_a_record_that_nobody_sent_counts(tmp_path: Path) -> None:
    stranger = body("fhir", 99)
    outcome, judgement = judged(tmp_path, Exchanged(count=30, more=[stranger]))
    assert judgement.verdict == "FAIL"
    assert outcome.estimate is not None
    assert outcome.estimate.value == 1


def test_records_of_another_run_are_told_and_left_out(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, Exchanged(count=30, more=[body("fhir", 1, "111111111111")]))
    assert judgement.verdict == "PASS"
    assert "other-records" in codes(outcome)


def test_a_total_that_differs_from_the_list_is_invalid(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, Exchanged(count=30, total=31))
    assert judgement.verdict == "INVALID"
    assert codes(outcome) == {"total-differs"}


def test_without_the_list_nothing_is_proven(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, Exchanged(count=30, listed=False))
    assert judgement.verdict == "INCONCLUSIVE"
    assert "no-list" in codes(outcome)


def test_a_list_that_breaks_off_is_none(tmp_path: Path) -> None:
    made = Exchanged(count=30, lost=frozenset(range(11, 31)))
    whole = made.data
    cut = whole[: whole.rindex(b'{"t"')]
    _, judgement = judged(tmp_path, made, data=cut)
    assert judgement.verdict == "INCONCLUSIVE"


def test_a_list_read_before_the_end_proves_nothing(tmp_path: Path) -> None:
    made = Exchanged(count=30)
    early = b"".join([*made.data.splitlines(keepends=True)[:1], *Exchanged(count=30).listing()])
    early = early.replace(str(START_NS + 90 * 10**9).encode(), str(START_NS).encode())
    data = early + b"".join(made.sent())
    outcome, judgement = judged(tmp_path, made, data=data)
    assert judgement.verdict == "INCONCLUSIVE"
    assert "list-too-early" in codes(outcome)


@pytest.mark.parametrize("row", [{"foreign": 1}, {"unkept": 90}])
def test_what_the_gate_kept_out_makes_it_invalid(tmp_path: Path, row: Mapping[str, Any]) -> None:
    _, judgement = judged(tmp_path, Exchanged(count=30, rows=[{"t": START_NS, **row}]))
    assert judgement.verdict == "INVALID"


def test_a_patient_in_the_trace_who_is_not_on_the_list_makes_it_invalid(tmp_path: Path) -> None:
    stranger = body("fhir", 1).replace(b"TEST-0002", b"P-77")
    outcome, judgement = judged(tmp_path, Exchanged(count=30, more=[stranger]))
    assert judgement.verdict == "INVALID"
    assert "foreign" in codes(outcome)


@pytest.mark.parametrize(
    ("address", "verdict"),
    [("127.0.0.1", "INVALID"), ("::1", "INVALID"), ("10.0.0.7", "INVALID"), ("", "INCONCLUSIVE"), ("10.0.0.9", "PASS")],
)
def test_a_receiver_on_the_same_machine_proves_nothing(tmp_path: Path, address: str, verdict: str) -> None:
    made = Exchanged(count=30, address=address)
    assert judged(tmp_path / "a", made)[1].verdict == verdict
    assert judged(tmp_path / "b", made, asked=replace(LOST, practice=True))[1].verdict == "PASS"


def test_a_damaged_line_makes_it_invalid(tmp_path: Path) -> None:
    for row in ({"t": START_NS}, {"t": "x", "up": True}, {"t": START_NS, "offer": "1", "text": "x"}):
        made = Exchanged(count=30, rows=[row])
        assert judged(tmp_path / str(len(str(row))), made)[1].verdict == "INVALID"


def test_one_carrier_is_not_outvoted_by_another(tmp_path: Path) -> None:
    good, bad = Exchanged("hl7", 300), Exchanged("fhir", 30, lost=frozenset({3}))
    outcome, judgement = judged(tmp_path, good, bad)
    assert judgement.verdict == "FAIL"
    assert outcome.estimate is not None
    assert outcome.estimate.value == 1
    assert outcome.effort["items"] == 30


def test_a_declared_carrier_without_evidence_leaves_it_open(tmp_path: Path) -> None:
    asked = replace(LOST, declared={**SETTLE, "transports": ["fhir", "hl7"]})
    outcome, judgement = judged(tmp_path, Exchanged(count=30), asked=asked)
    assert judgement.verdict == "INCONCLUSIVE"
    assert "not-exchanged" in codes(outcome)
    asked = replace(LOST, declared={**SETTLE, "transports": "fhir、cda"})
    assert judged(tmp_path / "b", Exchanged("cda", 30), Exchanged(count=30), asked=asked)[1].verdict == "PASS"


def test_without_a_settling_time_nothing_passes(tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, Exchanged(count=30), asked=replace(LOST, declared={}))
    assert judgement.verdict == "INCONCLUSIVE"
    assert "no-settle-time" in codes(outcome)


def test_too_few_records_leave_it_open(tmp_path: Path) -> None:
    asked = replace(LOST, minimum={"items": Quantity.parse("300")})
    assert judged(tmp_path / "a", Exchanged(count=299), asked=asked)[1].verdict == "INCONCLUSIVE"
    assert judged(tmp_path / "b", Exchanged(count=300), asked=asked)[1].verdict == "PASS"


def test_lateness_is_proven_by_a_look_in_vain_and_by_nothing_else(tmp_path: Path) -> None:
    made = Exchanged(count=30, late={4: 10_100})
    unproven = made.data.replace(b'"absent":' + str(plan(4).due_ns + 20 * MS + 10_099 * MS).encode(), b'"absent":0')
    assert unproven != made.data
    outcome, judgement = judged(tmp_path, made, data=unproven)
    assert judgement.verdict == "INCONCLUSIVE"
    assert "unproven" in codes(outcome)


def test_the_settling_time_stands_still_while_the_receiver_is_out_of_reach(tmp_path: Path) -> None:
    received = plan(4).due_ns + 20 * MS
    away = [{"t": received + MS, "down": "gone"}, {"t": received + 9000 * MS, "up": True}]
    made = Exchanged(count=30, late={4: 12_000}, rows=away)
    outcome, judgement = judged(tmp_path / "a", made)
    assert judgement.verdict == "PASS"
    assert "outages" in codes(outcome)
    slow, _ = judged(tmp_path / "b", made, asked=replace(DELAY, parameters={"q": "99.9 %"}))
    assert slow.estimate is not None
    assert slow.estimate.value == pytest.approx(12_020), "the delay does not stand still"


def test_an_outage_that_never_ended_stops_the_clock_no_longer_than_its_session(tmp_path: Path) -> None:
    made, received = Exchanged(count=30, late={4: 10_100}), plan(4).due_ns + 20 * MS
    for seen_ms, verdict in ((50, "FAIL"), (200, "PASS")):
        rows = ({"t": received + MS, "down": "gone"}, {"t": received + seen_ms * MS, "foreign": 0})
        first = made.data.splitlines(keepends=True)[0] + b"".join(map(line, rows))
        assert judged(tmp_path / verdict, made, data=first + made.data)[1].verdict == verdict


def test_a_record_that_is_lost_is_slower_than_any_limit(tmp_path: Path) -> None:
    few, _ = judged(tmp_path / "a", Exchanged(count=300, lost=frozenset({1})), asked=DELAY)
    assert few.estimate is not None
    assert few.estimate.upper == pytest.approx(200)
    many, judgement = judged(tmp_path / "b", Exchanged(count=300, lost=frozenset(range(1, 61))), asked=DELAY)
    assert many.estimate is not None
    assert many.estimate.upper is None
    assert judgement.verdict == "FAIL"


def test_a_resumed_run_is_one_run_and_its_broken_list_none(tmp_path: Path) -> None:
    made = Exchanged(count=30)
    lines = made.data.splitlines(keepends=True)
    first = b"".join(lines[:40]) + line({"t": START_NS, "list": 1})
    second = b"".join([lines[0], *lines[38:]])  # the last offer is written down again
    outcome, judgement = judged(tmp_path, made, data=first + second)
    assert judgement.verdict == "PASS"
    assert outcome.estimate is not None
    assert outcome.estimate.n == 30


def test_a_record_offered_in_two_forms_is_invalid(tmp_path: Path) -> None:
    again = {"t": plan(3).due_ns, "offer": f"{RUN}-00003", **packed(swapped(body("fhir", 3)))}
    outcome, judgement = judged(tmp_path, Exchanged(count=30, rows=[again]))
    assert judgement.verdict == "INVALID"
    assert codes(outcome) == {"two-forms"}


def test_the_report_names_what_went_wrong_in_both_languages(tmp_path: Path) -> None:
    made = Exchanged(count=30, lost=frozenset({2}), altered={5: swapped}, more=[body("fhir", 88)])
    outcome, _ = judged(tmp_path / "a", made)
    shown = show(seen(tmp_path / "b", made), outcome, LOST.request)
    lists = {each.key: each for each in shown.listings}
    assert [(row[0][-5:], row[3].zh, row[3].en) for row in lists["broken"].rows] == [
        ("00002", "丢失", "lost"),
        ("00005", "内容改变", "altered"),
        ("00088", "无人发出", "sent by nobody"),
    ]
    assert lists["carriers"].rows[0][1] == 30
    assert all(len(figure) for figure in shown.figures)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_fault_is_counted_once(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    fates = data.draw(
        st.lists(st.sampled_from(["whole", "lost", "doubled", "altered", "late"]), min_size=12, max_size=12)
    )
    of = {fate: frozenset(at for at, each in enumerate(fates, 1) if each == fate) for fate in set(fates)}
    made = Exchanged(
        "hl7",
        12,
        lost=of.get("lost", frozenset()),
        doubled=of.get("doubled", frozenset()),
        altered=dict.fromkeys(of.get("altered", ()), swapped),
        late=dict.fromkeys(of.get("late", ()), 10_500),
    )
    carrier = seen(tmp_path_factory.mktemp("any"), made).carriers[0]
    assert [each.fate for each in carrier.fates] == fates
    assert carrier.broken == 12 - fates.count("whole")


@pytest.mark.parametrize(
    ("transport", "old", "new"), [("fhir", b'"status":201', b'"status":500'), ("fhir", b'"status":201', b'"status":409'), ("hl7", b"MSA|AA", b"MSA|AE"), ("hl7", b"MSA|AA", b"MSA|AR")]
)  # fmt: skip
def test_records_that_nobody_acknowledged_leave_it_open(tmp_path: Path, transport: str, old: bytes, new: bytes) -> None:
    made = Exchanged(transport, 40)
    outcome, judgement = judged(tmp_path / "all", made, data=made.data.replace(old, new))
    assert judgement.verdict == "INCONCLUSIVE"
    assert "unacknowledged" in codes(outcome)
    assert judged(tmp_path / "one", made, data=made.data.replace(old, new, 1))[1].verdict == "PASS", (
        "a receipt may be lost"
    )


def test_a_run_that_was_cut_short_leaves_it_open(tmp_path: Path) -> None:
    made = Exchanged(count=30)
    outcome, judgement = judged(tmp_path, made, data=made.data.replace(b'"planned":30', b'"planned":300'))
    assert judgement.verdict == "INCONCLUSIVE"
    assert "fewer-sent" in codes(outcome)
