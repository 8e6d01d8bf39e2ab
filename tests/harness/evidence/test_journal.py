# SPDX-License-Identifier: Apache-2.0
"""The journal: a hash chain that survives kill -9 at any byte and names what was done to it."""

import json
import pickle
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Exit, StorageError
from harness.evidence.defects import (
    BusyJournalError,
    CutJournalError,
    EditedJournalError,
    JournalError,
    NotJsonError,
    ReorderedJournalError,
    TornJournalError,
)
from harness.evidence.journal import FIRST, REPAIRED, Journal, JournalEvent, read_journal
from tests.waiting import joined


def ticking():
    """A clock that a test can read: wall 1 s, 2 s …, monotonic 1 ms, 2 ms …"""
    count = iter(range(1, 1_000_000))

    def now() -> tuple[int, int]:
        tick = next(count)
        return 1_795_000_000_000_000_000 + tick * 10**9, tick * 10**6

    return now


WHOSE = {"indicator": "s01.latency", "source": "stamp", "attempt": 1}
"""Every event of a domain says whose evidence it speaks of."""


def written(path: Path, kinds: list[str]) -> tuple[JournalEvent, ...]:
    with Journal.open(path, clock=ticking()) as journal:
        for number, kind in enumerate(kinds):
            journal.append(kind, {**WHOSE, "number": number, "text": "验收"})
    return read_journal(path)


def test_events_come_back_as_they_were_appended(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal.open(path, clock=ticking()) as journal:
        first = journal.append("test.start", {**WHOSE, "a": [1, 2.5, None, True]})
        second = journal.append("test.end", {**WHOSE, "nested": {"名": "值"}}, durable=True)
    assert read_journal(path) == (first, second)
    assert (first.seq, first.prev, second.prev) == (0, FIRST, first.hash)
    assert first.time_ns == 1_795_000_001_000_000_000
    assert first.mono_ns == 10**6


def test_each_line_is_plain_json_that_another_tool_can_check(tmp_path):
    written(tmp_path / "j", ["test.a", "test.b"])
    lines = (tmp_path / "j").read_text("utf-8").splitlines()
    assert json.loads(lines[1])["prev"] == json.loads(lines[0])["hash"]


def test_reopening_goes_on_with_the_chain(tmp_path):
    path = tmp_path / "journal.jsonl"
    written(path, ["test.a", "test.b"])
    assert [event.kind for event in written(path, ["test.c"])] == ["test.a", "test.b", "test.c"]


def test_a_torn_last_line_is_dropped_and_that_is_journalled(tmp_path):
    path = tmp_path / "journal.jsonl"
    whole = written(path, ["test.a", "test.b"])
    with path.open("ab") as file:
        file.write(b'{"body":{')
    with pytest.raises(TornJournalError) as raised:
        read_journal(path)
    assert raised.value.where == f"{path}:3"
    Journal.open(path).close()
    events = read_journal(path)
    assert events[:2] == whole
    assert (events[2].kind, events[2].body) == (REPAIRED, {"dropped": 9})


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 10_000), kinds=st.lists(st.from_regex(r"\Atest\.\w{1,5}\Z"), min_size=1, max_size=6))
def test_any_cut_of_the_file_reopens_to_a_prefix_of_what_was_written(cut, kinds):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        whole = written(path, kinds)
        data = path.read_bytes()
        cut %= len(data) + 1
        path.write_bytes(data[:cut])
        Journal.open(path).close()
        kept = [event for event in read_journal(path) if event.kind != REPAIRED or event in whole]
        assert kept == list(whole[: data[:cut].count(b"\n")])


def edit(line: bytes) -> bytes:
    return line.replace(b'"number":1', b'"number":7')


def numbered(line: bytes, seq: int) -> bytes:
    """The line under another number, its own hash made right again."""
    return rehash(line.replace(b'"seq":3', b'"seq":%d' % seq))


def rehash(line: bytes) -> bytes:
    """A forger who knows the format: change the body and make the line's own hash right again."""
    fields = json.loads(edit(line))
    times = {"time_ns": int(fields.pop("time_ns")), "mono_ns": int(fields.pop("mono_ns"))}
    draft = JournalEvent(**fields, **times)
    return JournalEvent(**{**fields, "hash": draft.digest()}, **times).line()


MANIPULATIONS = {
    "a changed value": (lambda lines: [lines[0], edit(lines[1]), *lines[2:]], EditedJournalError),
    "a changed value with a fresh hash": (lambda lines: [lines[0], rehash(lines[1]), *lines[2:]], EditedJournalError),
    "two swapped lines": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], ReorderedJournalError),
    "a doubled line": (lambda lines: [*lines[:2], *lines[1:]], ReorderedJournalError),
    "a missing line": (lambda lines: [lines[0], *lines[2:]], CutJournalError),
    "a missing first line": (lambda lines: lines[1:], CutJournalError),
    "a number beyond all others": (lambda lines: [*lines[:3], numbered(lines[3], 2**53 - 1)], CutJournalError),
    "a missing last-but-one and a doubled line": (lambda lines: [*lines[:2], lines[1], lines[3]], CutJournalError),
    "a date that is no number": (
        lambda lines: [lines[0].replace(b'ns":"1', b'ns":"x'), *lines[1:]],
        EditedJournalError,
    ),
    "a list instead of an event": (lambda lines: [b"[]\n", *lines[1:]], EditedJournalError),
    "a blank line": (lambda lines: [lines[0], b"\n", *lines[1:]], EditedJournalError),
    "other spacing of the same JSON": (
        lambda lines: [json.dumps(json.loads(lines[0])).encode() + b"\n", *lines[1:]],
        EditedJournalError,
    ),
    "a repeated key": (lambda lines: [lines[0].replace(b"{", b'{"kind":"x",', 1), *lines[1:]], EditedJournalError),
    "bytes that are no text": (lambda lines: [lines[0], b"\xff\xfe\n", *lines[2:]], EditedJournalError),
    "a bottomless line": (lambda lines: [b"[" * 100_000 + b"\n", *lines], EditedJournalError),
    "no last newline": (lambda lines: [*lines[:3], lines[3][:-1]], TornJournalError),
}


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_a_manipulated_journal_is_refused_by_name_with_the_line(tmp_path, name):
    change, kind = MANIPULATIONS[name]
    path = tmp_path / "journal.jsonl"
    written(path, ["test.a", "test.b", "test.c", "test.d"])
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(JournalError) as raised:
        read_journal(path)
    assert type(raised.value) is kind
    assert raised.value.exit_code == Exit.EVIDENCE
    assert raised.value.where.startswith(f"{path}:")
    assert raised.value.cure


def test_an_edited_journal_is_never_continued(tmp_path):
    path = tmp_path / "journal.jsonl"
    written(path, ["test.a", "test.b"])
    path.write_bytes(edit(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(EditedJournalError):
        Journal.open(path)
    assert path.read_bytes() == before


def test_a_value_that_is_not_json_leaves_no_trace_in_the_journal(tmp_path):
    with Journal.open(tmp_path / "j") as journal:
        journal.append("test.a", WHOSE)
        for body in ({"x": float("nan")}, {"x": {1, 2}}, {"x": 2**53}):
            with pytest.raises(NotJsonError):
                journal.append("test.b", {**WHOSE, **body})
    assert [event.kind for event in read_journal(tmp_path / "j")] == ["test.a"]


def test_a_synced_journal_may_be_closed_twice(tmp_path):
    journal = Journal.open(tmp_path / "j")
    event = journal.append("test.a", WHOSE)
    journal.sync()
    journal.close()
    journal.close()
    assert read_journal(tmp_path / "j") == (event,)


def test_nothing_is_appended_to_a_closed_journal(tmp_path):
    journal = Journal.open(tmp_path / "j")
    journal.close()
    with pytest.raises(StorageError):
        journal.append("test.late", WHOSE)
    assert journal.events == ()


def test_a_defect_survives_the_way_back_from_a_worker(tmp_path):
    error = pickle.loads(pickle.dumps(EditedJournalError("prev", where="journal.jsonl:3")))
    assert (str(error), error.defect) == (
        str(EditedJournalError("prev", where="journal.jsonl:3")),
        EditedJournalError("prev", where="journal.jsonl:3").defect,
    )


def test_a_second_writer_is_kept_out_until_the_first_closes(tmp_path):
    first = Journal.open(tmp_path / "j")
    with pytest.raises(BusyJournalError):
        Journal.open(tmp_path / "j")
    first.close()
    Journal.open(tmp_path / "j").close()


def test_threads_append_without_breaking_the_chain(tmp_path):
    with Journal.open(tmp_path / "j") as journal:
        threads = [
            threading.Thread(target=lambda: [journal.append("test.tick", {**WHOSE, "i": i}) for i in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            joined(thread)
        assert journal.events == read_journal(tmp_path / "j")
    assert len(read_journal(tmp_path / "j")) == 200
