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
_BUSY = {429, 503}
_TARGET = 4 << 20
"""Bytes of an answer that a batch aims at."""
_FISCO_BUSY = -40011
"""FISCO BCOS 2.x: the limit of queries a second is reached."""


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
        self._wait_s, self._gone = wait_s, False
        self._endpoint, self._write, self._stopping = endpoint, write, stopping
        self.refusal = ""
        """What the last call that the node refused was answered with."""
        self._most, self._batch, self._pause_s, self._id = batch, min(batch, 4), pause_s, 0

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
        """The JSON of the answer, None for anything else; both stand in the trace. Waits where the node is busy.

        One that stayed silent through all tries is asked once a time from then on, until it answers again.
        """
        body = json.dumps(question, separators=(",", ":")).encode()
        for attempt in range(_TRIES):
            asked_ns, start = time.time_ns(), time.monotonic_ns()
            try:
                answer = self._endpoint.post(body)
            except AnswerError as error:
                self._write(layout.failed(question, asked_ns, error.fault, error.problem))
                if attempt + 1 == _TRIES or self._gone or self._stopping.is_set() or error.fault == "too-large":
                    self._gone = error.fault in {"silent", "timeout"}
                    raise
                self._stopping.wait(self._wait_s * 2**attempt)
                continue
            self._gone = False
            ms = round((time.monotonic_ns() - start) / 1e6, 3)
            line, found = layout.exchange(question, asked_ns, ms, answer.status, answer.body)
            wait_s = self._busy(answer, found)
            if wait_s is None or attempt + 1 == _TRIES:
                self._write(line)
                self._size(len(answer.body), question)
                self._stopping.wait(self._pause_s)
                return found
            self._write(layout.failed(question, asked_ns, "rate-limited", answer.body[:200].decode("utf-8", "replace")))
            self._pause_s = max(self._pause_s, 0.01)
            self._stopping.wait(max(wait_s, self._pause_s) if wait_s >= 0 else self._wait_s * 2**attempt)
        return None

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
