# SPDX-License-Identifier: Apache-2.0
"""The campaign's diary: JSON lines, each carrying the hash of the line before (a hash chain).

One line is the RFC 8785 form of ``{seq, time_ns, mono_ns, kind, body, prev, hash}``; ``hash`` is the SHA-256
of the same object without ``hash``, ``prev`` the hash of the line before (64 zeros in the first). The two
times are strings of digits, because nanoseconds since 1970 exceed 2^53 (RFC 8785 appendix D).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from harness.errors import StorageError
from harness.evidence.bodies import check_body
from harness.evidence.canonical import canonical_bytes, parse, written
from harness.evidence.defects import (
    BusyJournalError,
    CutJournalError,
    EditedJournalError,
    NotJsonError,
    OversizedError,
    ReorderedJournalError,
    TornJournalError,
)
from harness.evidence.storage import make_durable, make_name_durable, open_descriptor, storing, write_fully

FIRST = "0" * 64
"""``prev`` of the first event."""
REPAIRED = "journal_repaired"
"""Kind of the event that says how many bytes of a torn last line were dropped: ``{dropped}``."""
LARGEST = 256 << 20
"""Bytes of a journal that are read at most: a month of a campaign that notes every second."""
LONGEST_LINE = 16 << 20
MOST_EVENTS = 1_000_000
_FIELDS = {"seq": int, "time_ns": str, "mono_ns": str, "kind": str, "body": dict, "prev": str, "hash": str}

Clock = Callable[[], tuple[int, int]]
"""(wall clock, monotonic clock) now, both in nanoseconds."""


def system_clock() -> tuple[int, int]:
    """Wall clock since 1970 (UTC) and monotonic clock of this machine, in nanoseconds."""
    return time.time_ns(), time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One line: number from 0, wall and monotonic clock in ns, what happened, and its place in the chain."""

    seq: int
    time_ns: int
    mono_ns: int
    kind: str
    body: Mapping[str, Any]
    prev: str
    hash: str

    def line(self) -> bytes:
        """The canonical line with its newline."""
        return canonical_bytes({**self._hashed(), "hash": self.hash}) + b"\n"

    def digest(self) -> str:
        """What ``hash`` has to be, in hex."""
        return hashlib.sha256(canonical_bytes(self._hashed())).hexdigest()

    def is_written_as(self, line: bytes) -> bool:
        """True when ``line`` is the line of this event, whose fields came out of it, and its hash is right."""
        hashed = written(self._hashed())
        before, _, after = line.rpartition(f'"hash":"{self.hash}",'.encode())
        return before + after == hashed + b"\n" and hashlib.sha256(hashed).hexdigest() == self.hash

    def _hashed(self) -> dict[str, Any]:
        times = {"time_ns": str(self.time_ns), "mono_ns": str(self.mono_ns)}
        return {"seq": self.seq, **times, "kind": self.kind, "body": self.body, "prev": self.prev}


class Journal:
    """The open journal of a running campaign; one writer at a time, any number of threads."""

    def __init__(self, path: Path, descriptor: int, events: tuple[JournalEvent, ...], clock: Clock) -> None:
        """Take over an open, locked, verified file; use :meth:`open`."""
        self.path = path
        self._descriptor = descriptor
        self._clock = clock
        self._events = list(events)
        self._size = os.fstat(descriptor).st_size
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, clock: Clock = system_clock) -> Self:
        """Create the journal, or reopen it: verify the chain, drop a torn last line and journal that.

        Raises a JournalError naming the defect (edited, reordered, cut, busy), StorageError.
        """
        with storing(path):
            fresh = not path.exists()
            descriptor = open_descriptor(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            _lock_file(descriptor, path)
            dropped = _drop_torn_line(descriptor, path)
            journal = cls(path, descriptor, read_journal(path), clock)
            if fresh:
                make_name_durable(path.parent)
            if dropped:
                journal.append(REPAIRED, {"dropped": dropped}, durable=True)
        except BaseException:
            os.close(descriptor)
            raise
        return journal

    @property
    def events(self) -> tuple[JournalEvent, ...]:
        """Everything journalled so far, in order."""
        with self._lock:
            return tuple(self._events)

    def append(self, kind: str, body: Mapping[str, Any], *, durable: bool = False) -> JournalEvent:
        """Write one event; ``durable`` waits until the disk has it. Thread-safe.

        Raises NotJsonError, JournalBodyError or UnsafePathError (nothing is written), StorageError (what was there
        before stays whole).
        """
        plain = parse(canonical_bytes(body))
        check_body(kind, plain)
        with self._lock:
            event = self._next(kind, plain)
            self._write(event.line(), durable=durable)
            self._events.append(event)
        return event

    def _next(self, kind: str, body: Mapping[str, Any]) -> JournalEvent:
        wall, mono = self._clock()
        prev = self._events[-1].hash if self._events else FIRST
        draft = JournalEvent(len(self._events), wall, mono, kind, body, prev, "")
        return JournalEvent(draft.seq, wall, mono, kind, body, prev, draft.digest())

    def _write(self, line: bytes, *, durable: bool) -> None:
        with storing(self.path):
            try:
                for _ in write_fully(self._descriptor, line):
                    pass
            except OSError:
                os.ftruncate(self._descriptor, self._size)
                raise
            self._size += len(line)
            if durable:
                make_durable(self._descriptor)

    def sync(self) -> None:
        """Wait until the disk has every event; StorageError when it refuses."""
        with self._lock, storing(self.path):
            make_durable(self._descriptor)

    def close(self) -> None:
        """Sync and let another writer in; closing twice is harmless."""
        with self._lock, storing(self.path):
            if self._descriptor < 0:
                return
            descriptor, self._descriptor = self._descriptor, -1
            try:
                make_durable(descriptor)
            finally:
                os.close(descriptor)

    def __enter__(self) -> Self:
        """The journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _lock_file(descriptor: int, path: Path) -> None:
    """Keep a second writer out; only where the system has advisory locks (POSIX)."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            with storing(path, "locking"):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except StorageError as error:
            if isinstance(error.__cause__, BlockingIOError):
                raise BusyJournalError(where=str(path)) from None
            raise


def _drop_torn_line(descriptor: int, path: Path) -> int:
    """Cut what follows the last newline; how many bytes that were."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with storing(path):
            os.ftruncate(descriptor, whole)
    return len(data) - whole


def read_journal(path: Path, *, where: str = "") -> tuple[JournalEvent, ...]:
    """Every event of a journal whose chain holds, each body of its kind's form.

    Raises TornJournalError, EditedJournalError, ReorderedJournalError, CutJournalError, JournalBodyError,
    UnsafePathError or OversizedError with ``where:line`` (default: the path), StorageError.
    """
    where = where or str(path)
    with storing(path, "reading"), os.fdopen(open_descriptor(path, os.O_RDONLY), "rb") as lines:
        return _chained(_events(lines, where), where)


def read_growing_journal(path: Path) -> tuple[JournalEvent, ...]:
    """Every event of a journal somebody is writing, up to its last whole line; the same JournalErrors, never for a torn tail."""
    data = path.read_bytes()
    return _chained(_events(BytesIO(data[: data.rfind(b"\n") + 1]), str(path)), str(path))


def _chained(found: Iterator[JournalEvent], where: str) -> tuple[JournalEvent, ...]:
    events = tuple(found)
    _check_order(events, where)
    _check_chain(events, where)
    for number, event in enumerate(events, 1):
        check_body(event.kind, event.body, f"{where}:{number}")
    return events


def _events(lines: IO[bytes], where: str) -> Iterator[JournalEvent]:
    read = 0
    for number in count(1):
        line = lines.readline(LONGEST_LINE + 1)
        read += len(line)
        if not line:
            return
        if len(line) > LONGEST_LINE or read > LARGEST or number > MOST_EVENTS:
            msg = f"{read} B, {number} events"
            raise OversizedError(msg, where=f"{where}:{number}")
        yield event_of(line, f"{where}:{number}")


def event_of(line: bytes, where: str) -> JournalEvent:
    """One self-consistent event; TornJournalError without a newline, EditedJournalError for anything odd."""
    if not line.endswith(b"\n"):
        raise TornJournalError(where=where)
    try:
        event = _from_fields(parse(line, where=where))
        genuine = event.is_written_as(line)
    except (NotJsonError, ValueError, TypeError, KeyError) as error:
        raise EditedJournalError(str(getattr(error, "detail", error))[:120], where=where) from None
    if not genuine:
        raise EditedJournalError("hash of this line", where=where)
    return event


def _from_fields(fields: Any) -> JournalEvent:
    if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != _FIELDS:
        raise ValueError("not the fields of a journal event")
    fields["time_ns"], fields["mono_ns"] = int(fields["time_ns"]), int(fields["mono_ns"])
    return JournalEvent(**fields)


def _check_order(events: tuple[JournalEvent, ...], file: str) -> None:
    numbers = [event.seq for event in events]
    wrong = next((index for index, number in enumerate(numbers) if number != index), None)
    if wrong is None:
        return
    where = f"{file}:{wrong + 1}"
    there = set(numbers)
    missing = next(number for number in range(len(numbers) + 1) if number not in there)
    if missing < max(numbers):
        msg = f"seq {missing}"
        raise CutJournalError(msg, where=where)
    msg = f"seq {numbers[wrong]} ≠ {wrong}"
    raise ReorderedJournalError(msg, where=where)


def _check_chain(events: tuple[JournalEvent, ...], file: str) -> None:
    prev = FIRST
    for event in events:
        if event.prev != prev:
            raise EditedJournalError("prev", where=f"{file}:{event.seq + 1}")
        prev = event.hash
