# SPDX-License-Identifier: Apache-2.0
"""Traces of lines: a first line that says what the session is, then a line a row, as JSON. Read line by line, never as a whole.

A segment holds one session or several, one after the other. A line that cannot be read is counted, not skipped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from harness.errors import DecodeError
from harness.plugins import Chunk

LONGEST_LINE_BYTES = 1 << 26
"""A longer line is damaged: what follows is looked for in pieces of this size."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Writer:
    """The bytes of one session: ``format`` names and numbers the form of the trace, ``session`` says what holds for all rows."""

    format: str
    session: Mapping[str, Any]

    @property
    def header(self) -> bytes:
        """The first line."""
        return line({"format": self.format, **self.session})


def line(row: Mapping[str, Any]) -> bytes:
    """One row as a line of compact JSON."""
    return json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"


class Session:
    """One session of a trace: ``facts`` of its first line; iterate for its rows, each once, in their order.

    ``damaged`` counts the lines met so far that are no JSON object; who cannot use a row adds it there.
    """

    def __init__(self, facts: Mapping[str, Any], lines: Iterable[bytes]) -> None:
        """Take the lines after the first one."""
        self.facts = facts
        self.damaged = 0
        self._lines = iter(lines)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows that are still to come."""
        for each in self._lines:
            row = parsed(each)
            if row is None:
                self.damaged += 1
            else:
                yield row


def read(path: Path, start: int, stop: int, form: str) -> Session:
    """The session in bytes [start, stop) of a file; DecodeError when its first line is not of this ``form``."""
    lines = lines_of(path, start, stop)
    facts = parsed(next(lines, b""))
    if facts is None or facts.get("format") != form:
        msg = f"These bytes are no record of the form {form}."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return Session(facts, lines)


def parsed(text: bytes) -> dict[str, Any] | None:
    """The JSON object of a line; None when it is none."""
    try:
        row = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def lines_of(path: Path, start: int = 0, stop: int = -1) -> Iterator[bytes]:
    """Lines of a file between two offsets (-1: its end), without their ends; empty ones are left out."""
    with path.open("rb") as file:
        file.seek(start)
        at = start
        while (stop < 0 or at < stop) and (text := file.readline(_room(at, stop))):
            at += len(text)
            if text.rstrip(b"\r\n"):
                yield text.rstrip(b"\r\n")


def whole(path: Path) -> int:
    """Bytes up to the end of the last whole line, looked for from the end of the file."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        while end > 0:
            begin = max(0, end - _BLOCK)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end = begin
    return 0


def chunks(segments: Iterable[Path], form: str) -> Iterator[Chunk]:
    """A session a chunk. Bytes before the first header are a chunk too, so that a reader refuses them by name."""
    for path in segments:
        starts = sorted({0, *_heads(path, b'{"format":%b' % json.dumps(form).encode())})
        yield from (
            Chunk(path, start, stop) for start, stop in zip(starts, [*starts[1:], path.stat().st_size], strict=True)
        )


def _heads(path: Path, head: bytes) -> Iterator[int]:
    """Where lines begin that begin with ``head``."""
    wanted = b"\n" + head
    with path.open("rb") as file:
        kept, offset = b"\n", -1  # as if a line ended before the file
        while block := file.read(_BLOCK):
            data = kept + block
            found = data.find(wanted)
            while found >= 0:
                yield offset + found + 1
                found = data.find(wanted, found + 1)
            kept = data[-(len(wanted) - 1) :]
            offset += len(data) - len(kept)


def _room(at: int, stop: int) -> int:
    return LONGEST_LINE_BYTES if stop < 0 else min(LONGEST_LINE_BYTES, stop - at)


def _no_number(text: str) -> NoReturn:
    msg = f"{text} is no JSON"
    raise ValueError(msg)
