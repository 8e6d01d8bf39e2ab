# SPDX-License-Identifier: Apache-2.0
"""Server-sent events from bytes in any pieces (WHATWG HTML, 9.2.6): the same events however the bytes were split.

Lines end with LF, CR or CRLF, a CRLF also where it is split; a byte order mark may stand in front; lines with a colon at
the start are comments; an event is complete at the empty line after it, and only then.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 16 << 20
"""Bytes of one event; a longer one is damaged."""
_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event: its name (``message`` where the stream names none) and the lines of its data, joined by LF."""

    name: str
    data: str


class Parser:
    """Bytes in, events out. ``overlong``: an event outgrew :data:`LONGEST`, and nothing after it is read."""

    def __init__(self) -> None:
        """At the start of a stream."""
        self.overlong = False
        self.comments = 0
        """Lines of comment so far: what some servers send to keep a connection alive."""
        self._line = bytearray()
        self._begun = self._after_cr = False
        self._name, self._data, self._size = "", list[str](), 0

    @property
    def pending(self) -> bool:
        """Whether an event has begun that no empty line has ended."""
        return bool(self._line or self._data)

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes."""
        found: list[Event] = []
        if self.overlong:
            return found
        if self._after_cr and data:
            data = data[data[:1] == b"\n" :]
            self._after_cr = False
        at = 0
        for end in _END.finditer(data):
            self._line += data[at : end.start()]
            at = end.end()
            self._after_cr = end[0] == b"\r" and at == len(data)
            self._take(found)
        self._line += data[at:]
        self.overlong = self.overlong or len(self._line) > LONGEST
        return found

    def _take(self, found: list[Event]) -> None:
        line = bytes(self._line)
        self._line.clear()
        if not self._begun:
            self._begun, line = True, line.removeprefix(_BOM)
        if line:
            self._field(line)
            return
        if self._data:
            found.append(Event(self._name or "message", "\n".join(self._data)))
        self._name, self._data, self._size = "", [], 0

    def _field(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        if colon and not name:
            self.comments += 1
            return
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._data.append(text)
            self._size += len(line)
            self.overlong = self.overlong or self._size > LONGEST
        elif name == b"event":
            self._name = text
