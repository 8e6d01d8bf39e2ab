# SPDX-License-Identifier: Apache-2.0
"""Questions and answers, kept as lines: ``t`` (ns since 1970 UTC, when asked), ``ask``, ``answer``, ``ms``.

A session a peer: its first line says who was asked. Everything that is judged stands in the answers, so a replay asks nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.plugins import Sink


class Peer(Protocol):
    """Somebody who answers."""

    def ask(self, question: Any) -> Any:
        """The answer to a question, both as JSON has them; InstrumentError with the cure when there is none."""

    def close(self) -> None:
        """Take leave."""


@dataclass(frozen=True, slots=True)
class Interview:
    """Whom to ask, by name, and what: ``greeting`` at preflight, ``questions`` when it counts."""

    peers: Sequence[str]
    connect: Callable[[str], Peer]
    greeting: Any
    questions: Sequence[Any]


class DialogueSource:
    """Asks every peer every question once, in order; one that falls silent is an event, and an error when all do."""

    appendable = True

    def __init__(self, interview: Interview, form: str, domain: str) -> None:
        """``form``: of the trace; ``domain`` begins the names of events."""
        self._interview, self._form, self._domain = interview, form, domain

    def preflight(self) -> None:
        """Greet every peer; InstrumentError names the first that does not answer."""
        for name in self._interview.peers:
            with closing(self._interview.connect(name)) as peer:
                peer.ask(self._interview.greeting)

    def record(self, sink: Sink) -> None:
        """Keep what each says; a peer that fails in the middle leaves nothing half told. InstrumentError when all are silent."""
        silent: list[InstrumentError] = []
        names = self._interview.peers
        for number, name in enumerate(names, start=1):
            try:
                sink.write(self._session(name))
            except InstrumentError as error:
                silent.append(error)
                sink.event(f"{self._domain}.peer-silent", {"peer": name, "problem": error.problem})
            sink.progress(number, len(names), name)
            if sink.stopping:
                return
        if len(silent) == len(names):
            raise silent[0]

    def _session(self, name: str) -> bytes:
        writer = Writer(self._form, {"peer": name, "t": time.time_ns()})
        with closing(self._interview.connect(name)) as peer:
            return b"".join([writer.header, *(exchange(peer, each) for each in self._interview.questions)])


def exchange(peer: Peer, question: Any) -> bytes:
    """Ask, and the line to keep; InstrumentError when no answer came."""
    asked_ns, start = time.time_ns(), time.monotonic_ns()
    answer = peer.ask(question)
    taken_ms = round((time.monotonic_ns() - start) / 1e6, 3)
    return line({"t": asked_ns, "ask": question, "answer": answer, "ms": taken_ms})
