# SPDX-License-Identifier: Apache-2.0
"""Traces of lines: a first line that says what the session is, then a line a row, as JSON. Read line by line, never as a whole.

A segment holds one session or several, one after the other (:class:`harness.kit.forms.Lines` finds them). A line that cannot be read is counted, not skipped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from harness.errors import DecodeError
from harness.plugins import Chunk

LONGEST_LINE_BYTES = 1 << 26
"""A longer line is damaged: what follows is looked for in pieces of this size."""

_READ_BYTES = 1 << 17
"""Read at once: a line of megabytes in the usual pieces of 8 kB takes as long as its JSON."""


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
        return self.rows(parsed)

    def rows(self, parse: Callable[[bytes], dict[str, Any] | None]) -> Iterator[dict[str, Any]]:
        """The same, as ``parse`` reads a line; None where it is no JSON object."""
        for each in self._lines:
            row = parse(each)
            if row is None:
                self.damaged += 1
            else:
                yield row


def read(chunk: Chunk, form: str) -> Session:
    """The session of a chunk; DecodeError when its first line is not of this ``form``."""
    return session_of(lines_of(chunk), form)


def session_of(lines: Iterator[bytes], form: str) -> Session:
    """As :func:`read`, of lines at hand."""
    facts = parsed(next(lines, b""))
    if facts is None or facts.get("format") != form:
        msg = f"These bytes are no record of the form {form}."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return Session(facts, lines)


def parsed(text: bytes) -> dict[str, Any] | None:
    """The JSON object of a line; None when it is none."""
    try:
        row = json_of(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def json_of(text: bytes) -> Any:
    """What JSON in UTF-8 says, without NaN and infinity; ValueError or RecursionError where it is none."""
    import msgspec  # a tenth of what listing all probes takes, which read no line

    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):  # a lone surrogate, a number beyond a double: json has the last word
        return json.loads(text.decode("utf-8"), parse_constant=_no_number)


def lines_of(chunk: Chunk) -> Iterator[bytes]:
    """The lines of a chunk without their ends; empty ones are left out."""
    with chunk.path.open("rb", _READ_BYTES) as file:
        file.seek(chunk.start)
        at, stop = chunk.start, chunk.stop
        while (stop < 0 or at < stop) and (text := file.readline(_room(at, stop))):
            at += len(text)
            if whole := text.rstrip(b"\r\n"):
                yield whole


def data_of(chunk: Chunk) -> bytes:
    """The bytes of a chunk, and no others, for a decoder that wants them at once."""
    with chunk.path.open("rb") as file:
        file.seek(chunk.start)
        return file.read() if chunk.stop < 0 else file.read(chunk.stop - chunk.start)


def _room(at: int, stop: int) -> int:
    return LONGEST_LINE_BYTES if stop < 0 else min(LONGEST_LINE_BYTES, stop - at)


def _no_number(text: str) -> NoReturn:
    msg = f"{text} is no JSON"
    raise ValueError(msg)
