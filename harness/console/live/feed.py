# SPDX-License-Identifier: Apache-2.0
"""What the page is told, as server-sent events: the newest state, and the points of the charts that it has not seen.

Nothing piles up for a slow reader: it gets the newest state when it is ready for it. A reader that comes back says which
event it saw last (Last-Event-ID) and gets the points after it; one of another console gets all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_POINTS = 600
"""Points that are kept: when there are more, every second one of the older half goes."""
STILL_HERE_S = 15.0
Point = tuple[int, Mapping[str, Any]]


@dataclass(slots=True)
class Feed:
    """The newest state and the points so far. ``seq`` counts what was put in."""

    boot: str = field(default_factory=lambda: secrets.token_hex(4))
    seq: int = 0
    state: Mapping[str, Any] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    closed: bool = False

    async def put(self, state: Mapping[str, Any], points: list[Mapping[str, Any]]) -> None:
        """Take a new state, and points that came with it."""
        async with self._news:
            self.seq += 1
            self.state = state
            self.points += [(self.seq, each) for each in points]
            while len(self.points) > MOST_POINTS:
                half = len(self.points) // 2
                self.points = self.points[:half:2] + self.points[half:]
            self._news.notify_all()

    async def close(self) -> None:
        """Let every reader go."""
        async with self._news:
            self.closed = True
            self._news.notify_all()

    async def events(self, last: str) -> AsyncIterator[bytes]:
        """The events of one connection; ``last``: the Last-Event-ID that the browser sends when it comes back."""
        boot, _, seen = last.partition("-")
        told = int(seen) if boot == self.boot and seen.isdecimal() and len(seen) < 18 else -1
        yield b"retry: 1000\n\n"
        while not self.closed:
            if self.seq > told and self.state:
                fresh = [point for at, point in self.points if at > told]
                whole = told < 0
                told = self.seq
                yield self._event("trend" if whole else "points", {"points": fresh})
                yield self._event("state", self.state)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._beyond(told), STILL_HERE_S)
            if self.seq == told:
                yield b": still here\n\n"

    async def _beyond(self, seen: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: self.seq > seen or self.closed)

    def _event(self, kind: str, value: Any) -> bytes:
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.boot}-{self.seq}\nevent: {kind}\ndata: {data}\n\n".encode()
