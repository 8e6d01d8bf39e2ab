# SPDX-License-Identifier: Apache-2.0
"""What the events of one answer say (OpenAI chat and text completions, streamed): tokens with their moments, usage, its end.

A token shows in a chunk with text that can be seen: of an answer, of reasoning, of a refusal, of a call of a tool. A chunk that
only names a role, or holds null, nothing, or only usage, shows none. Blanks and what has no width may be tokens, but an answer
does not begin with them: they would come cheap. How many tokens there were says ``usage`` alone: a chunk may hold several.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from probes.service.formats.sse import Event

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal", "thinking")
_SILENT = ("role", "index", "id", "type", "name", "annotations", "logprobs", "function_call", "tool_calls", "audio")
_REASONING = {"reasoning_content", "reasoning", "thinking"}
_WHOLE = {
    "stop", "length", "tool_calls", "tool_call", "tool_use", "function_call", "end_turn", "max_tokens", "stop_sequence", "eos", "eos_token",
    "complete", "completed", "finished", "normal",
}  # fmt: skip
"""Reasons for the end of a whole answer; any other (error, abort, content_filter, network_error, sensitive …) is none."""
_FINE = {"", "0", "00", "0000", "00000", "200", "ok", "success", "succeeded", "true", "none", "null"}
_STATES = (
    "code",
    "errcode",
    "err_code",
    "errorcode",
    "error_code",
    "errno",
    "status_code",
    "retcode",
    "ret_code",
    "resultcode",
    "result_code",
)
_SAYS = ("errmsg", "err_msg", "error_msg", "errormsg", "error_message", "exception", "traceback")
_YES_NO = ("success", "ok", "succeeded", "successful")
_CACHED = ("cached", "cache_hit", "from_cache", "is_cached", "cacheHit", "fromCache")
_MOCKED = ("mock", "mocked", "is_mock", "simulated", "is_simulated", "dry_run", "stub")
_UNSEEN = 32
"""Tokens beside the text that a template may take, of each answer: marks around a call of a tool, its end."""
MOST = 1 << 31
"""Tokens that nobody counts."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counts them; None where it does not say."""

    prompt: int | None
    completion: int
    cached: int | None = None
    reasoning: int | None = None


class Transcript:
    """Events in, with their moments in ns; what they came to. ``notes``: what a reader should know, by key, counted."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.first_ns: int | None = None
        """The first text that can be seen."""
        self.begun_ns: int | None = None
        """The first text of any kind: from here the time per token counts."""
        self.last_ns: int | None = None
        self.longest_ns = 0
        """The longest time between two chunks with text."""
        self.outputs = 0
        """Chunks with text."""
        self.size = 0
        """Bytes of text."""
        self.usage: Usage | None = None
        self.usage_wrong = False
        self.counted: list[tuple[int, int]] = []
        """(ns, tokens so far) of each chunk with text that says so."""
        self.choices: set[int] = set()
        self.finished: dict[int, str] = {}
        self.done = False
        self.error = ""
        self.malformed = 0
        self.cached = self.mocked = False
        """Whether it says itself that it came from a cache, or is no answer of the service."""
        self.model = ""
        self.notes: Counter[str] = Counter()
        self.texts: list[str] = []
        self._beside: list[str] = []
        self._reasoned = self._declined = False

    @property
    def complete(self) -> bool:
        """Whether it came to its end: the last mark, or a reason for the end of every choice."""
        return self.done or (bool(self.choices) and self.choices <= self.finished.keys())

    @property
    def text(self) -> str:
        """What the first choice answered; where it answered nothing, what it reasoned or called."""
        return "".join(self.texts or self._beside)

    @property
    def declined(self) -> bool:
        """Whether it said that it will not answer, and nothing else."""
        return self._declined and not self.texts and not self._beside

    def tokens(self, most: int | None = None) -> int | None:
        """Tokens that were shown, by usage; None where there is none that can be true. ``most``: what was asked for at most.

        Reasoning that was counted and not shown is left out. More tokens than bytes, or than were asked for, were never shown.
        """
        if self.usage is None or self.usage_wrong:
            return None
        hidden = 0 if self._reasoned else self.usage.reasoning or 0
        shown, choices = self.usage.completion - hidden, max(1, len(self.choices))
        if shown < 1 or shown > self.size + _UNSEEN * choices or (most is not None and shown > (most + 1) * choices):
            return None
        return shown

    def take(self, event: Event, at_ns: int) -> None:
        """One event that was complete at ``at_ns``."""
        data = event.data.strip()
        if self.done:
            self.notes["after-done"] += 1
        elif data == "[DONE]":
            self.done = True
        elif (chunk := parsed(data)) is None:
            self.malformed += 1
        elif event.name == "error" or chunk.get("error"):
            self.error = told(chunk.get("error") or chunk) or "error"
        elif isinstance(chunk.get("choices"), list):
            self._chunk(chunk, at_ns)
        else:
            self.notes["unknown-event"] += 1
            self._used(chunk.get("usage"))

    def _chunk(self, chunk: Mapping[str, Any], at_ns: int) -> None:
        self.model = self.model or str(chunk.get("model") or "")[:200]
        says = [each for each in (chunk, chunk.get("usage")) if isinstance(each, Mapping)]
        self.cached = self.cached or any(each.get(key) is True for each in says for key in _CACHED)
        self.mocked = self.mocked or any(chunk.get(key) is True for key in _MOCKED)
        said = [each for choice in chunk["choices"] for each in self._choice(choice)]
        usage = self._used(chunk.get("usage"))
        if not said:
            self.notes["without-text"] += 1
            return
        if self.last_ns is not None:
            self.longest_ns = max(self.longest_ns, at_ns - self.last_ns)
        self.begun_ns = at_ns if self.begun_ns is None else self.begun_ns
        if self.first_ns is None and any(map(_seen, said)):
            self.first_ns = at_ns
        self.last_ns = at_ns
        self.outputs += 1
        self.size += sum(len(each.encode("utf-8", "replace")) for each in said)
        if usage is not None:
            self.counted.append((at_ns, usage.completion))

    def _choice(self, choice: Any) -> Iterator[str]:
        """Every text of one choice of a chunk."""
        if not isinstance(choice, Mapping) or not isinstance(choice.get("delta") or {}, Mapping):
            self.malformed += 1
            return
        index = choice.get("index", 0)
        if not isinstance(index, int) or not 0 <= index < 1024:
            self.malformed += 1
            return
        self.choices.add(index)
        if reason := choice.get("finish_reason"):
            self.finished[index] = str(reason)
            self.error = self.error or (str(reason)[:200] if str(reason).strip().lower() not in _WHOLE else "")
        delta = choice.get("delta") or {}
        for key in _TEXTS:
            for text in _written(delta.get(key)):
                self._reasoned = self._reasoned or key in _REASONING
                self._declined = self._declined or key == "refusal"
                if key != "refusal":
                    self._keep(text, index, beside=key != "content")
                yield text
        for text in _written(choice.get("text")):
            self._keep(text, index)
            yield text
        for text in _called(delta):
            self._keep(text, index, beside=True)
            yield text
        for key in delta.keys() - {*_TEXTS, *_SILENT}:
            if delta[key]:
                self.notes[f"unknown-field:{str(key)[:40]}"] += 1

    def _keep(self, text: str, index: int, *, beside: bool = False) -> None:
        if index == 0:
            (self._beside if beside else self.texts).append(text)

    def _used(self, usage: Any) -> Usage | None:
        """The usage of a chunk, where it has one; counts that fall or are none spoil all of it."""
        if not usage:
            return None
        found = _usage(usage)
        if found is None or (self.usage is not None and found.completion < self.usage.completion):
            self.usage_wrong = True
            return None
        self.usage = found
        return found


def parsed(text: str) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def erroneous(found: Mapping[str, Any]) -> str:
    """What a whole 200 says went wrong, where it is an error in the clothes of an answer; empty where it says nothing of the kind."""
    named = {str(key).lower(): value for key, value in found.items()}
    words = next((named[key] for key in ("error", *_SAYS) if named.get(key) and not _fine(named[key])), None)
    message = next((named[key] for key in ("message", "msg", "detail") if named.get(key)), None)
    plain = message is None or _fine(message) or "成功" in str(message)  # a bare code may well be a result
    bad = [key for key in _STATES if key in named and not _fine(named[key]) and not (key == "code" and plain)]
    bad += [key for key in _YES_NO if named.get(key) is False or str(named.get(key, "")).lower() in {"false", "no"}]
    if words is None and not bad:
        return ""
    said = words or message or f"{bad[0]} {named[bad[0]]}"
    return told(said) or "error"


def _fine(state: Any) -> bool:
    """Whether a code of a state says that all is well."""
    return (
        state is None or state is True or (not isinstance(state, (dict, list)) and str(state).strip().lower() in _FINE)
    )


def told(error: Any) -> str:
    """What an error of an endpoint says, cut at 200 characters."""
    said = error.get("message") or error.get("detail") or error.get("code") if isinstance(error, Mapping) else error
    return " ".join(str(said or error).split())[:200]


def deltas(counted: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(ns, tokens) between chunks that say how many tokens there were so far; chunks without a new token join the next one."""
    found: list[tuple[int, int]] = []
    for at_ns, total in counted:
        if not found:
            last_ns, last = at_ns, total
            found.append((0, 0))
        elif total > last:
            found.append((at_ns - last_ns, total - last))
            last_ns, last = at_ns, total
    return found[1:]


def _seen(text: str) -> bool:
    """Whether a reader sees any of it: letters, digits, marks and signs, not blanks, controls, or what only joins or modifies."""
    return any(unicodedata.category(each)[0] in "LNPS" for each in text)


def _written(value: Any) -> Iterator[str]:
    """Text as a string or as a list of parts."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list):
        for part in value:
            yield from _written(part.get("text") if isinstance(part, Mapping) else part)


def _called(delta: Mapping[str, Any]) -> Iterator[str]:
    """Names and arguments of calls of tools, old form and new, and sound."""
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, Mapping) and isinstance(call.get("function"), Mapping):
            yield from _of_function(call["function"])
    if isinstance(delta.get("function_call"), Mapping):
        yield from _of_function(delta["function_call"])
    if isinstance(delta.get("audio"), Mapping):
        for key in ("transcript", "data"):
            yield from _written(delta["audio"].get(key))


def _of_function(function: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "arguments"):
        yield from _written(function.get(key))


def _usage(given: Any) -> Usage | None:
    if not isinstance(given, Mapping):
        return None
    completion, prompt = _count(given.get("completion_tokens")), _count(given.get("prompt_tokens"))
    if completion is None:
        return None
    inside, outside = (given.get(f"{each}_tokens_details") for each in ("prompt", "completion"))
    cached = _count(inside.get("cached_tokens")) if isinstance(inside, Mapping) else None
    for key in ("prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"):
        cached = _count(given.get(key)) if cached is None else cached
    reasoning = _count(outside.get("reasoning_tokens")) if isinstance(outside, Mapping) else None
    return Usage(prompt, completion, cached, reasoning)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
