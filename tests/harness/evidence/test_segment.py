# SPDX-License-Identifier: Apache-2.0
"""Segments: append-only, hashed as written, kept when the disk or the process fails."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from collections import deque

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import Exit, StorageError
from harness.evidence.journal import REPAIRED, Journal, read_journal
from harness.evidence.segment import SYNC_EVERY_NS, SegmentWriter
from harness.evidence.storage import replace_file
from tests.waiting import gone, heard, living


def test_the_digest_is_that_of_the_file(tmp_path):
    path = tmp_path / "0001.nmea"
    writer = SegmentWriter.create(path)
    writer.write(b"$GNGGA,")
    writer.write(memoryview(b"1,2,3\n"))
    writer.sync()
    assert writer.position == path.stat().st_size == 13
    closed = writer.close()
    assert (closed.path, closed.bytes) == (path, 13)
    assert closed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert writer.close() == closed


def test_what_was_written_is_in_the_file_before_any_sync(tmp_path):
    writer = SegmentWriter.create(tmp_path / "s")
    writer.write(b"seen")
    assert (tmp_path / "s").read_bytes() == b"seen"
    writer.close()


def test_a_segment_is_never_overwritten(tmp_path):
    (tmp_path / "s").write_bytes(b"evidence")
    with pytest.raises(StorageError, match="never overwrite"):
        SegmentWriter.create(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == b"evidence"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.binary(max_size=99), torn=st.binary(max_size=9), more=st.lists(st.binary(max_size=99), max_size=4))
def test_a_reopened_segment_ends_as_an_undisturbed_one(first, torn, more, tmp_path_factory):
    path = tmp_path_factory.mktemp("s") / "s"
    path.write_bytes(first + torn)
    with SegmentWriter.reopen(path, len(first)) as writer:
        assert writer.position == len(first)
        for piece in more:
            writer.write(piece)
    whole = first + b"".join(more)
    assert path.read_bytes() == whole
    assert writer.close().sha256 == hashlib.sha256(whole).hexdigest()


def test_keeping_more_than_there_is_is_refused_and_changes_nothing(tmp_path):
    (tmp_path / "s").write_bytes(b"12345")
    with pytest.raises(StorageError):
        SegmentWriter.reopen(tmp_path / "s", 6)
    assert (tmp_path / "s").read_bytes() == b"12345"


def test_the_disk_is_waited_for_about_once_a_second_and_not_at_every_write(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("harness.evidence.segment.make_durable", synced.append)
    now = [0]
    writer = SegmentWriter.create(tmp_path / "s", clock=lambda: now[0])
    for now[0] in range(0, 3 * SYNC_EVERY_NS + 1, SYNC_EVERY_NS // 10):
        writer.write(b"x")
    assert len(synced) == 3


def test_a_folder_that_may_not_be_written_is_told_with_the_cure(tmp_path):
    with pytest.raises(StorageError) as raised:
        SegmentWriter.create(tmp_path / "absent" / "s")
    assert raised.value.exit_code == Exit.INSTRUMENT
    assert raised.value.cure
    assert str(tmp_path / "absent" / "s") in str(raised.value)


def until_full(record) -> int:
    """How many records were taken before the disk was full."""
    numbers = iter(range(10_000))
    with pytest.raises(StorageError, match="free space"):
        deque(map(record, numbers), maxlen=0)
    return next(numbers) - 1


def test_a_full_disk_keeps_what_was_recorded(small_disk):
    """Segment and journal fill a disk of 256 KiB; both stay readable, and go on once there is room."""
    folder = small_disk(256 * 1024)
    whose = {"indicator": "s01.latency", "source": "stamp", "attempt": 1}
    where = {**whose, "path": "data/traces/s01.latency/stamp/0001.pcapng"}
    with Journal.open(folder / "journal.jsonl") as journal:
        journal.append("segment_opened", where, durable=True)
        writer = SegmentWriter.create(folder / "s")
        (folder / "ballast").write_bytes(bytes(64 * 1024))
        taken = until_full(lambda number: writer.write(bytes([number % 251]) * 1000))
        assert taken > 100
        until_full(lambda number: journal.append("test.remark", {**whose, "number": number, "text": "x" * 500}))
        kept = read_journal(folder / "journal.jsonl")
        assert kept == journal.events
        closed = writer.close()
        content = (folder / "s").read_bytes()
        assert content[: taken * 1000] == b"".join(bytes([number % 251]) * 1000 for number in range(taken))
        assert (closed.sha256, closed.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
        (folder / "ballast").unlink()
        journal.append("segment_closed", {**where, "sha256": closed.sha256, "bytes": closed.bytes}, durable=True)
    assert [event.kind for event in read_journal(folder / "journal.jsonl")][-1] == "segment_closed"


def test_a_full_disk_leaves_the_old_file_when_replacing_it(small_disk):
    folder = small_disk(64 * 1024)
    replace_file(folder / "results.json", b"old", scratch=folder)
    with pytest.raises(StorageError):
        replace_file(folder / "results.json", bytes(100_000), scratch=folder)
    assert (folder / "results.json").read_bytes() == b"old"


RECORDER = textwrap.dedent("""
    import sys
    from pathlib import Path
    from harness.evidence.journal import Journal
    from harness.evidence.segment import SegmentWriter

    folder = Path(sys.argv[1])
    journal = Journal.open(folder / "journal.jsonl")
    path = folder / "segment"
    whole = path.stat().st_size // 16 * 16 if path.exists() else 0
    writer = SegmentWriter.reopen(path, whole) if path.exists() else SegmentWriter.create(path)
    number = whole // 16
    while True:
        for _ in range(50):
            writer.write(b"%015d\\n" % number)
            number += 1
        writer.sync()
        whose = {"indicator": "s01.latency", "source": "stamp", "attempt": 1}
        journal.append("checkpoint", {**whose, "state": {"records": number}}, durable=True)
        print(number, flush=True)
""")


def test_a_recorder_killed_again_and_again_loses_nothing_that_was_synced(tmp_path):
    """Twelve kill -9 of a real process at moments of the system's choosing; every restart goes on."""
    acknowledged = 0
    for kill in range(12):
        with living([sys.executable, "-c", RECORDER, tmp_path], stdout=subprocess.PIPE, text=True) as process:
            for _ in range(1 + 7 * kill % 5):
                acknowledged = int(heard(process))
            process.send_signal(signal.SIGKILL)
            gone(process)
        if kill % 3 == 0:  # a kill inside one write is rare: cut where a power failure may, behind what was synced
            cut(tmp_path / "segment", checkpoints(tmp_path)[-1] * 16 + kill)
            cut_after_last_line(tmp_path / "journal.jsonl")
        content = (tmp_path / "segment").read_bytes()
        whole = len(content) // 16
        assert whole >= acknowledged > 0
        assert content[: whole * 16] == b"".join(b"%015d\n" % number for number in range(whole))
    records = checkpoints(tmp_path)
    assert records == sorted(records)
    assert acknowledged in records
    assert REPAIRED in {event.kind for event in read_journal(tmp_path / "journal.jsonl")}


def checkpoints(folder) -> list[int]:
    """What the journal promises, a torn last line mended."""
    with Journal.open(folder / "journal.jsonl") as journal:
        return [event.body["state"]["records"] for event in journal.events if event.kind == "checkpoint"]


def cut(path, size: int) -> None:
    os.truncate(path, min(size, path.stat().st_size))


def cut_after_last_line(path) -> None:
    """Leave a piece of a line that was being written."""
    with path.open("ab") as file:
        file.write(b'{"body":{"records"')
