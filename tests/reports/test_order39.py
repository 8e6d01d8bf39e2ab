# SPDX-License-Identifier: Apache-2.0
"""The assessor's self-check list answers yes only to what the journal shows."""

from dataclasses import replace

import pytest

from harness.account.entries import NoInstrumentEntry, TextEntry
from harness.documents import Results
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent, read_journal
from reports.order39 import order39

ONE, OTHER = "001010000000016", "001010000000024"


def marked(*said: tuple[str, str]) -> list[JournalEvent]:
    """Marks as sources journal them: (sample, mark) in the order of time."""
    body = {"indicator": "s01.nodes", "source": "radio", "attempt": 1}
    return [
        JournalEvent(at, at, at, "network.identity", {**body, "of": sample, "ids": [mark]}, "", "")
        for at, (sample, mark) in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("said", "state", "named"),
    [
        ([], "unknown", "现场核对铭牌"),
        ([("A", ONE)], "unknown", "现场核对铭牌"),
        ([("A", ONE), ("B", OTHER)], "unknown", "现场核对铭牌"),
        ([("A", ONE), ("A", ONE)], "yes", "—"),
        ([("A", ONE), ("B", OTHER), ("A", ONE), ("B", ONE)], "no", "5G 接入节点数 · radio B"),
        ([("A", ONE), ("A", OTHER), ("A", ONE)], "no", "5G 接入节点数 · radio A"),
    ],
    ids=["none", "once", "two-samples-once", "same", "another-at-the-end", "another-for-a-while"],
)
def test_a_sample_is_constant_only_where_every_mark_of_it_is_the_same(factory, said, state, named) -> None:
    results = Results.model_validate_json(Bundle(factory).results_path.read_bytes())
    item = order39(results, marked(*said), "zh")[4]
    assert item.title == "样品标识前后一致"
    assert item.state == state
    assert named in item.evidence


def test_a_signature_before_the_last_segment_is_told(factory) -> None:
    results = Results.model_validate_json(Bundle(factory).results_path.read_bytes())
    events = list(read_journal(Bundle(factory).journal_path))
    last = events[-1]
    sealed = replace(last, kind="sealed", body={"signers": []})
    late = replace(last, kind="segment_closed", time_ns=last.time_ns + 1, body={**events[4].body, "path": "x"})
    states = [order39(results, [*events, *more], "zh")[6].state for more in ([], [sealed], [sealed, late])]
    assert states == ["unknown", "yes", "no"]


def test_attempts_elsewhere_on_this_machine_are_a_no_and_their_absence_is_no_proof(factory) -> None:
    results = Results.model_validate_json(Bundle(factory).results_path.read_bytes())
    events = list(read_journal(Bundle(factory).journal_path))
    here = {"problem": "", "whole": True, "head": "0" * 64}
    other = {**here, "elsewhere": [{"time_ns": "1", "verdict": "FAIL"}]}
    seen = [replace(events[-1], kind="ledger_seen", body=body) for body in ({**here, "elsewhere": []}, other)]
    states = [order39(results, [*events, each], "zh")[7].state for each in seen]
    assert states == ["unknown", "no"]


def test_instruments_are_in_order_where_every_tested_indicator_has_one_or_needs_none(factory) -> None:
    results = Results.model_validate_json(Bundle(factory).results_path.read_bytes())
    events = list(read_journal(Bundle(factory).journal_path))
    agreed, tested = results.campaign.agreed, [each.id for each in results.indicators if each.verdict != "NOT_TESTED"]

    def found(indicators: list[str]) -> str:
        none = tuple(NoInstrumentEntry(indicator=each, why=TextEntry(zh="只数", en="counted")) for each in indicators)
        held = agreed.model_copy(update={"instruments": (), "uninstrumented": none})
        campaign = results.campaign.model_copy(update={"agreed": held})
        return order39(results.model_copy(update={"campaign": campaign}), events, "zh")[3].state

    assert tested
    assert [found(tested), found(tested[1:])] == ["yes", "unknown"]
