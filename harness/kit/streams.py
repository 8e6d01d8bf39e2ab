# SPDX-License-Identifier: Apache-2.0
"""Instruments that are still talking: what comes from a port goes to the evidence as it comes.

An instrument that is unplugged, or a connection that drops, is told in the journal and tried again until the planned end.
What was recorded stays; what comes after begins a new segment, so that no record is joined over the break.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.model import Text
from harness.plugins import Sink

_CHECKPOINT_S = 5.0

Tell = Callable[[str, Text, Mapping[str, Any]], None]
"""Takes the kind of an event, its sentence, and its facts."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one read waits (so that a stop is obeyed soon), and how long until the next try: doubled up to the longest."""

    poll_s: float = 0.5
    again_s: float = 1.0
    longest_s: float = 1.0

    def waits(self) -> Iterator[float]:
        """The time before each further try in a row."""
        wait = self.again_s
        while True:
            yield wait
            wait = min(self.longest_s, 2 * wait)


USUAL = Pace()


class Port(Protocol):
    """An open connection to an instrument."""

    remark: Text | None
    """What the operator should know about it; None for nothing."""

    def read(self) -> bytes:
        """What came within the pace's ``poll_s``, b"" for nothing; OSError when the connection is gone."""

    def close(self) -> None:
        """Let go of it."""


class Watch(Protocol):
    """Follows a stream for the operator; changes nothing of what is recorded. Times are seconds of one clock."""

    def take(self, data: bytes, now: float) -> None:
        """Look at what came."""

    def tick(self, now: float) -> None:
        """Let time pass."""


class Unwatched:
    """A :class:`Watch` with nothing to say."""

    def take(self, data: bytes, now: float) -> None:
        """Nothing."""

    def tick(self, now: float) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A live instrument: ``connect`` opens its port or raises InstrumentError; ``name`` is what the operator calls it.

    ``domain`` begins the names of its events (``gnss`` in ``gnss.connection-lost``). ``check`` looks at an open port before
    recording and raises InstrumentError when it is not what it should be. ``watch`` begins to follow the stream.
    """

    connect: Callable[[], Port]
    name: str
    domain: str
    check: Callable[[Port], None] = lambda _port: None
    watch: Callable[[Tell, float], Watch] = lambda _tell, _now: Unwatched()
    pace: Pace = USUAL


class StreamSource:
    """Records one live instrument for a duration; a resumed run records what is left of it, in a new segment."""

    appendable = False

    def __init__(self, stream: Stream, duration_s: float, attach: Mapping[str, Path] | None = None) -> None:
        """``attach``: documents kept beside the trace, by their names there."""
        self._stream, self._duration_s, self._attach = stream, duration_s, dict(attach or {})

    def preflight(self) -> None:
        """InstrumentError when the instrument cannot be reached or understood, or a document cannot be read."""
        for path in self._attach.values():
            _read(path)
        with contextlib.closing(self._stream.connect()) as port:
            self._stream.check(port)

    def record(self, sink: Sink) -> None:
        """Read until the planned duration is over, reconnecting whenever the instrument goes away."""
        if sink.position == 0:
            for name, path in self._attach.items():
                sink.attach(name, _read(path))
        _Recording(self._stream, self._duration_s, sink).run()


@dataclass(slots=True)
class _Recording:
    """One run of a stream: the clock of the plan, and what the operator is told on the way."""

    stream: Stream
    duration_s: float
    sink: Sink
    began: float = field(init=False)
    noted: float = field(init=False)
    watch: Watch = field(init=False)
    waits: Iterator[float] = field(init=False)
    away: float | None = None
    remarked: bool = False

    def __post_init__(self) -> None:
        self.noted = time.monotonic()
        self.began = self.noted - float(self.sink.state.get("elapsed_s", 0.0))
        self.watch = self.stream.watch(self.tell, self.noted)
        self.waits = self.stream.pace.waits()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began

    @property
    def over(self) -> bool:
        return self.sink.stopping or self.elapsed_s >= self.duration_s

    def run(self) -> None:
        while not self.over:
            try:
                port = self.stream.connect()
            except InstrumentError as error:
                self.lost(error.problem)
                self.pause()
                continue
            self.back()
            with contextlib.closing(port):
                self.listen(port)

    def listen(self, port: Port) -> None:
        opened = time.monotonic()
        try:
            while not self.over:
                if data := port.read():
                    self.sink.write(data)
                    self.watch.take(data, time.monotonic())
                self.note()
                if port.remark is not None and not self.remarked:
                    self.remarked = True
                    self.tell("port", port.remark, {})
        except OSError as error:
            self.lost(str(error))
            self.sink.roll()
            if time.monotonic() - opened < self.stream.pace.again_s:
                self.pause()  # one who hangs up at once is not called again at once
            else:
                self.waits = self.stream.pace.waits()

    def pause(self) -> None:
        self.note()
        time.sleep(next(self.waits))

    def lost(self, why: str) -> None:
        if self.away is None:
            self.away = time.monotonic()
            name = self.stream.name
            said = Text(f"与 {name} 的连接中断：{why}", f"The connection to {name} is lost: {why}")
            self.tell("connection-lost", said, {"error": why})

    def back(self) -> None:
        if self.away is not None:
            seconds = round(time.monotonic() - self.away, 1)
            self.away = None
            name = self.stream.name
            said = Text(
                f"与 {name} 的连接中断 {seconds:g} s 后恢复。", f"{name} is connected again after {seconds:g} s."
            )
            self.tell("connected-again", said, {"seconds": seconds})

    def tell(self, kind: str, said: Text, facts: Mapping[str, Any]) -> None:
        body = {**facts, "at_byte": self.sink.position, "text": {"zh": said.zh, "en": said.en}}
        self.sink.event(f"{self.stream.domain}.{kind}", body)

    def note(self) -> None:
        """Progress, what the stream has to say, a checkpoint now and then."""
        now = time.monotonic()
        self.sink.progress(self.elapsed_s, self.duration_s, f"{self.sink.position} B")
        self.watch.tick(now)
        if now - self.noted >= _CHECKPOINT_S:
            self.noted = now
            self.sink.checkpoint({"elapsed_s": round(self.elapsed_s, 3)})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InstrumentError(msg, cure="check the path and its permissions.") from None
