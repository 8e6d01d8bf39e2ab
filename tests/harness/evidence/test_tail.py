# SPDX-License-Identifier: Apache-2.0
"""A journal read on while it grows: the same events as reading it whole, each line once, and nothing after a defect."""

from pathlib import Path

import pytest

from harness.evidence import tail
from harness.evidence.journal import Journal, read_journal
from harness.evidence.tail import Tail


def noted(path: Path, texts: list[str]) -> None:
    with Journal.open(path) as journal:
        for text in texts:
            journal.append("operator", {"text": text})


def test_it_gives_each_event_once_whatever_the_steps_it_grows_in(tmp_path: Path) -> None:
    whole, growing = tmp_path / "whole.jsonl", tmp_path / "growing.jsonl"
    noted(whole, [f"note {number}" for number in range(40)])
    content, reader, seen = whole.read_bytes(), Tail(growing), []
    for end in range(0, len(content) + 97, 97):
        growing.write_bytes(content[:end])
        seen += list(reader.more())
    assert tuple(seen) == read_journal(whole)
    assert reader.broken is None
    assert list(reader.more()) == []


def test_a_look_reads_no_line_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, parsed = tmp_path / "journal.jsonl", []
    known = tail.event_of
    monkeypatch.setattr(tail, "event_of", lambda line, where: (parsed.append(where), known(line, where))[1])
    reader = Tail(path)
    for number in range(20):
        noted(path, [f"note {number}"])
        assert len(list(reader.more())) == 1
    assert len(parsed) == 20


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda lines: [*lines[:3], lines[3].replace(b"note 3", b"note X"), *lines[4:]], "evidence.journal-edited"),
        (lambda lines: [*lines[:3], *lines[4:]], "evidence.journal-cut"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], "evidence.journal-reordered"),
        (lambda lines: [*lines[:3], b"no json\n", *lines[4:]], "evidence.journal-edited"),
    ],
)
def test_what_stands_before_a_defect_is_told_and_nothing_after_it(tmp_path: Path, spoil, code: str) -> None:
    path = tmp_path / "journal.jsonl"
    noted(path, [f"note {number}" for number in range(8)])
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    reader = Tail(path)
    assert [event.body["text"] for event in reader.more()] == ["note 0", "note 1", "note 2"]
    assert reader.broken is not None
    assert reader.broken.code == code
    assert list(reader.more()) == []


def test_a_journal_that_shrinks_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    noted(path, ["a", "b", "c"])
    reader = Tail(path)
    assert len(list(reader.more())) == 3
    path.write_bytes(path.read_bytes()[:200])
    assert list(reader.more()) == []
    assert reader.broken is not None
    assert reader.broken.code == "evidence.journal-cut"
