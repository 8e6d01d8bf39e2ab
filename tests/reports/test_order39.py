# SPDX-License-Identifier: Apache-2.0
"""The assessor's self-check list answers yes only to what the journal shows."""

from dataclasses import replace

import pytest

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
        ([], "unknown", "—"),
        ([("A", ONE)], "unknown", "—"),
        ([("A", ONE), ("B", OTHER)], "unknown", "—"),
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
