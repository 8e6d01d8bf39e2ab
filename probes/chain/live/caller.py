# SPDX-License-Identifier: Apache-2.0
"""Questions to one node: single or in batches that adapt, every exchange a line of the trace, patience with a busy node."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from probes.chain.formats import layout
from probes.chain.live.endpoint import Answer, AnswerError, Endpoint

Call = tuple[str, list[Any]]
_TRIES = 4
_FINAL = {"too-large", "refused"}
"""What asking again does not change."""
_BUSY = {429, 503}
_TARGET = 4 << 20
"""Bytes of an answer that a batch aims at."""
_FISCO_BUSY = -40011
"""FISCO BCOS 2.x: the limit of queries a second is reached."""


class Patience:
    """Asks again where a node does not answer; each time stands in the trace. One that stayed silent is asked once, until it answers."""

    def __init__(self, write: Callable[[bytes], None], stopping: Event, *, pause_s: float, wait_s: float) -> None:
        """``wait_s``: before the first repetition, twice as long before each further one."""
        self._write, self._stopping, self._pause_s, self._wait_s, self._gone = write, stopping, pause_s, wait_s, False

    def ask(self, question: Any, once: Callable[[int, bool], tuple[bytes, Any]]) -> Any:
        """The result of ``once``, whose line is kept: it is told the time in ns, and whether it is the last. AnswerError where there is none."""
        for attempt in range(_TRIES):
            last, asked_ns = attempt + 1 == _TRIES, time.time_ns()
            try:
                line, found = once(asked_ns, last)
            except AnswerError as error:
                self._write(layout.failed(question, asked_ns, error.fault, error.problem))
                busy = error.fault == "rate-limited"
                if last or self._stopping.is_set() or error.fault in _FINAL or (self._gone and not busy):
                    self._gone = error.fault in {"silent", "timeout"}
                    raise
                self._pause_s = max(self._pause_s, 0.01) if busy else self._pause_s
                told = error.wait_s >= 0
                self._stopping.wait(max(error.wait_s, self._pause_s) if told else self._wait_s * 2**attempt)
                continue
            self._gone = False
            self._write(line)
            self._stopping.wait(self._pause_s)
            return found
        return None


class Caller:
    """``write`` takes lines; ``stopping`` ends waits. ``batch``: calls in a request, found anew for each size of answers."""

    def __init__(
        self,
        endpoint: Endpoint,
        write: Callable[[bytes], None],
        stopping: Event,
        batch: int,
        *,
        pause_s: float,
        wait_s: float = 0.5,
    ) -> None:
        """Nothing is asked yet. ``wait_s``: before the first repetition, twice as long before each further one."""
        self._patience = Patience(write, stopping, pause_s=pause_s, wait_s=wait_s)
        self._endpoint, self._stopping = endpoint, stopping
        self.refusal = ""
        """What the last call that the node refused was answered with."""
        self._most, self._batch, self._id = batch, min(batch, 4), 0

    @property
    def batch(self) -> int:
        """Calls that the next batch holds."""
        return self._batch

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one call; None where the node refuses it. AnswerError where it does not answer."""
        self._id += 1
        question = {"jsonrpc": "2.0", "method": method, "params": [*params], "id": self._id}
        answer = self._exchange(question)
        if isinstance(answer, dict) and answer.get("error") is not None:
            error = answer["error"]
            self.refusal = str(error.get("message", error) if isinstance(error, dict) else error)[:200]
        return answer.get("result") if isinstance(answer, dict) else None

    def each(self, calls: Sequence[Call]) -> list[Any]:
        """The results of several calls in their order, None for what is refused; batches are halved where a node refuses them."""
        found: list[Any] = []
        while len(found) < len(calls) and not self._stopping.is_set():
            part = calls[len(found) : len(found) + self._batch]
            if self._batch == 1:
                found += [self.ask(*part[0])]
                continue
            answers = self._together(part)
            if answers is None:
                self._most = self._batch = max(1, self._batch // 2)
            else:
                found += answers
        return found

    def _together(self, calls: Sequence[Call]) -> list[Any] | None:
        """The results of one batch; None where the node does not take batches of this size."""
        questions = []
        for method, params in calls:
            self._id += 1
            questions.append({"jsonrpc": "2.0", "method": method, "params": params, "id": self._id})
        try:
            answer = self._exchange(questions)
        except AnswerError as error:
            if len(calls) > 1 and error.fault in {"too-large", "timeout", "cut-off"}:
                return None
            raise
        if not isinstance(answer, list) or len(answer) < len(calls):
            return None
        by_id = {each.get("id"): each.get("result") for each in answer if isinstance(each, dict)}
        return [by_id.get(each["id"]) for each in questions]

    def _exchange(self, question: Any) -> Any:
        """The JSON of the answer, None for anything else; both stand in the trace."""
        body = json.dumps(question, separators=(",", ":")).encode()

        def once(asked_ns: int, last: bool) -> tuple[bytes, Any]:
            start = time.monotonic_ns()
            answer = self._endpoint.post(body)
            ms = round((time.monotonic_ns() - start) / 1e6, 3)
            line, found = layout.exchange(question, asked_ns, ms, answer.status, answer.body)
            wait_s = self._busy(answer, found)
            if wait_s is not None and not last:
                raise AnswerError(answer.body[:200].decode("utf-8", "replace"), "rate-limited", wait_s)
            self._size(len(answer.body), question)
            return line, found

        return self._patience.ask(question, once)

    @staticmethod
    def _busy(answer: Answer, found: Any) -> float | None:
        """How long a busy node asks to wait, -1 where it does not say; None where it answered."""
        if answer.status in _BUSY:
            return answer.wait_s
        error = found.get("error") if isinstance(found, dict) else None
        return -1.0 if isinstance(error, dict) and error.get("code") == _FISCO_BUSY else None

    def _size(self, size: int, question: Any) -> None:
        """Aim the next batch at answers of a few megabytes."""
        if isinstance(question, list) and size:
            self._batch = max(1, min(self._most, 2 * self._batch, _TARGET * len(question) // size or 1))
