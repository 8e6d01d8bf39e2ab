# SPDX-License-Identifier: Apache-2.0
"""A journal that somebody is writing, read on from where the last reading ended: each line is read and checked once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.evidence.bodies import check_body
from harness.evidence.defects import CutJournalError, DefectError, EditedJournalError, ReorderedJournalError
from harness.evidence.journal import FIRST, JournalEvent, event_of

_PIECE = 4 << 20
"""Bytes that one reading takes at most, so that a long journal is opened in steps."""


class Tail:
    """The whole lines of a growing journal; ``broken`` is what ended the reading, after which nothing more is believed."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet; there need be no journal yet."""
        self.path = path
        self.broken: DefectError | None = None
        self._offset, self._count, self._prev = 0, 0, FIRST

    def more(self) -> Iterator[JournalEvent]:
        """Events that came since the last call; none after a defect. OSError when the file cannot be read."""
        while self.broken is None and (piece := self._piece()):
            for line in piece.splitlines(keepends=True):
                try:
                    event = self._checked(line)
                except DefectError as error:
                    self.broken = error
                    return
                self._offset, self._count, self._prev = self._offset + len(line), self._count + 1, event.hash
                yield event

    def _piece(self) -> bytes:
        """Whole lines after those that were read, at most so many bytes unless a single line is longer."""
        if not self.path.exists():
            return b""
        with self.path.open("rb") as journal:
            if self.path.stat().st_size < self._offset:
                self.broken = CutJournalError(f"{self._offset} B", where=self._place())
                return b""
            journal.seek(self._offset)
            piece = journal.read(_PIECE)
            while piece and b"\n" not in piece and (more := journal.read(_PIECE)):
                piece += more
        return piece[: piece.rfind(b"\n") + 1]

    def _checked(self, line: bytes) -> JournalEvent:
        where = self._place()
        event = event_of(line, where)
        if event.seq != self._count:
            kind = CutJournalError if event.seq > self._count else ReorderedJournalError
            msg = f"seq {event.seq} ≠ {self._count}"
            raise kind(msg, where=where)
        if event.prev != self._prev:
            raise EditedJournalError("prev", where=where)
        check_body(event.kind, event.body, where)
        return event

    def _place(self) -> str:
        return f"{self.path.name}:{self._count + 1}"
