# SPDX-License-Identifier: Apache-2.0
"""What an operator wants to be told while a receiver is recorded: silence, bytes without a message, a lost fix.

Nothing here changes what is recorded. Times are given by the caller, so every case can be built.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.kit.streams import Tell
from harness.kit.words import Catalogue
from probes.gnss.formats.nmea import GGA, SENTENCE, right

WORDS = Catalogue("probes.gnss")
SILENT_S = 5.0
"""After so long without a byte, or without a message, the operator is told."""
LOST_S = 1.0
"""After so long without a fix."""
WINDOW = 8192
_LEADS = (b"\xb5\x62", b"\xd3", b"$@", b"\xaa\x44")


def speaks(data: bytes) -> bool:
    """Whether a message of a known form stands in ``data``: an NMEA sentence, or a binary message, with its right checksum."""
    if any(right(match[1], match[2]) for match in SENTENCE.finditer(data)):
        return True
    if not any(lead in data for lead in _LEADS):
        return False
    import numpy as np

    from probes.gnss.formats.binary import binary_frame

    buffer = np.frombuffer(data + bytes(64), dtype=np.uint8)
    starts = {match.start() for lead in _LEADS for match in re.finditer(re.escape(lead), data)}
    return any(binary_frame(buffer.ctypes.data, start, len(data))[1] > 0 for start in sorted(starts))


class StreamWatch:
    """Follows one stream and tells what is worth telling, each trouble once and its end once."""

    def __init__(
        self, tell: Tell, now: float, located: Callable[[bytes | None], None] = lambda _position: None
    ) -> None:
        """``tell`` is called for every event, ``located`` with the last position; times are seconds of one clock, ``now`` the first."""
        self._tell, self._began, self._heard, self._located = tell, now, now, located
        self._silent = self._known = self._puzzled = False
        self._window = b""
        self._fixes = FixWatch(tell)

    @property
    def position(self) -> bytes | None:
        """The last GGA if it was a position; None without one."""
        return self._fixes.position

    def take(self, data: bytes, now: float) -> None:
        """Look at what came."""
        if self._silent:
            self._silent = False
            seconds = round(now - self._heard, 1)
            self._tell("heard-again", WORDS.text("heard-again", seconds=seconds), {"seconds": seconds})
        self._heard = now
        if not self._known:
            self._window = (self._window + data)[-WINDOW:]
            self._known = speaks(self._window)
        self._fixes.take(data, now)
        self._located(self.position)

    def tick(self, now: float) -> None:
        """Let time pass."""
        if now - self._heard >= SILENT_S and not self._silent:
            self._silent = True
            self._tell("silence", WORDS.text("no-byte"), {"hint": "no byte came"})
        if self._window and not self._known and now - self._began >= SILENT_S and not self._puzzled:
            self._puzzled = True
            hint = {"hint": "another baud rate, or NMEA is off"}
            self._tell("no-sentence", WORDS.text("no-sentence"), hint)
        self._fixes.tick(now)


class FixWatch:
    """Follows the GGA sentences of a stream: the last position, and when there is none any more."""

    def __init__(self, tell: Tell) -> None:
        """``tell`` is called when the fix is lost for a second, and when it is back."""
        self._tell = tell
        self._tail, self._fixed_at, self._lost = b"", 0.0, False
        self._blind = False
        self.position: bytes | None = None

    def take(self, data: bytes, now: float) -> None:
        """Look at the GGA sentences in what came."""
        buffer = self._tail + data
        end = 0
        for match in GGA.finditer(buffer):
            end = match.end()
            if right(match[1], match[4]):
                self._epoch(match, now)
        self._tail = buffer[max(end, len(buffer) - 256) :]

    def tick(self, now: float) -> None:
        """Tell a loss that lasts."""
        if self._blind and not self._lost and now - self._fixed_at >= LOST_S:
            self._lost = True
            self._tell("fix-lost", WORDS.text("fix-lost"), {})

    def _epoch(self, match: re.Match[bytes], now: float) -> None:
        fixed = match[3] not in {b"", b"0"}
        self.position = b"$%b*%b\r\n" % (match[1], match[4]) if fixed else None
        if fixed and self._lost:
            seconds = round(now - self._fixed_at, 1)
            self._tell("fix-regained", WORDS.text("fix-regained", seconds=seconds), {"seconds": seconds})
        if fixed:
            self._fixed_at, self._lost = now, False
        self._blind = not fixed and self._fixed_at > 0
