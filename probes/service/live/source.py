# SPDX-License-Identifier: Apache-2.0
"""The live halves: a load in one or several sessions, a search among loads, the calls of a catalogue.

Requests leave from a process of its own; what it writes is copied into the trace line by line. Numbers of requests are
reserved before they are used, so that after an interruption none is asked a second time.
"""

from __future__ import annotations

import hashlib
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from harness.agreed.refusals import BrokenAgreementError
from harness.errors import InstrumentError, UsageError
from harness.kit.children import child
from harness.kit.draw import missing, read_draw
from harness.kit.lines import parsed
from harness.kit.tables import Table, read, whole
from harness.kit.unreadable import UnreadableError, UnusableError
from harness.plugins import Sink
from probes.service.digests import steps
from probes.service.digests.exchange import Exchange
from probes.service.digests.load import run
from probes.service.digests.rows import good, tpot_ns, ttft_ns
from probes.service.formats import asks, catalogue, schedule
from probes.service.plans.settings import AskedSettings, CallSettings, EndpointSettings, LoadSettings, SearchSettings

CATALOGUE, DRAW = "catalogue.table", "sample.draw.jsonl"
"""What list and protocol are called beside the trace."""
_MODULE, _NAME = "probes.service.live.generator", "load generator"
_LOOK_S = 0.2
_LEAVE_S = 30.0
"""How long the generator may go on after it was asked to end; it takes three seconds."""
_RESERVED_NS = 5 * 10**9
"""How far ahead of the clock numbers of requests are reserved."""


class _Asking:
    """What the three have in common."""

    appendable = True

    def __init__(self, settings: AskedSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        self._asked, self._folder = settings, folder

    def _target(self, url: str, api: str = "chat", *, kept: bool = False) -> dict[str, Any]:
        asked = self._asked
        key = "" if asked.key is None else asked.key.text("the key of the interface", self._folder).strip()
        authority = "" if asked.authority is None else self._text(asked.authority)
        try:
            ssl.create_default_context(cadata=authority or None)
        except ssl.SSLError:
            msg = f"{asked.authority} holds no certificate."
            raise UsageError(msg, cure="name the authority's certificate in PEM.") from None
        return {
            "url": url,
            "api": api,
            "key": key,
            "authority": authority,
            "timeout_s": float(asked.timeout),
            "kept": kept,
        }

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("utf-8-sig")
        except UnicodeDecodeError:
            msg = f"{name} is no text in UTF-8."
            raise UsageError(msg, cure="save it as UTF-8.") from None
        except OSError as error:
            msg = f"{name} cannot be read: {error.strerror}."
            raise UsageError(msg, cure="check the path and its rights.") from None

    def _lines(self, name: str | None, usual: Sequence[str]) -> list[str]:
        found = list(usual) if name is None else asks.lines_of(self._text(name).encode())
        if not found:
            msg = f"{name} holds no line."
            raise UsageError(msg, cure="write a prompt a line.")
        return found


def _copied(
    sink: Sink, settings: Mapping[str, Any], each: Callable[[dict[str, Any]], bool], tick: Callable[[], None]
) -> bool:
    """Run the generator and copy its lines; ``each`` row may say that it is enough. Whether it came to its own end."""
    with child(_MODULE, settings, _NAME) as process:
        torn, ending, asked = b"", False, time.monotonic()
        while (data := process.read(_LOOK_S)) != b"":
            tick()
            if sink.stopping and not ending:
                process.end()
                ending = True
            asked = asked if ending else time.monotonic()
            if time.monotonic() - asked > _LEAVE_S:
                raise InstrumentError("The load generator does not end.", cure="look at its message above, and resume.")
            if not data:
                continue
            whole, newline, rest = (torn + data).rpartition(b"\n")
            torn = rest
            if newline:
                sink.write(whole + newline)
            enough = [each(row) for line in whole.splitlines() if (row := parsed(line)) is not None]
            if any(enough) and not ending:
                process.end()
                ending = True
        if torn or not (ending or process.code() == 0):
            raise InstrumentError("The load generator broke off.", cure="look at its message above, and resume.")
        return not ending


class _EndpointSource(_Asking):
    """Of one endpoint."""

    def __init__(self, settings: EndpointSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        super().__init__(settings, folder)
        self._settings = settings

    def preflight(self) -> None:
        """Files can be read, and the endpoint answers one short request; UsageError or InstrumentError with the cure."""
        self._lines(self._settings.prompts, asks.PROMPTS)
        target = self._target(self._settings.url, self._settings.api)
        facts = {"model": self._settings.model, "max_tokens": 1, "api": self._settings.api}
        call = {"target": target, "asks": [[0, asks.body(facts, "1").decode()]], "facts": {}}
        with child(_MODULE, {"facts": {}, "calls": [call], "at_once": 1}, _NAME) as process:
            said = b""
            while (data := process.read(float(self._asked.timeout) + 10)) not in {b"", None}:
                said += data or b""
        first = Exchange(0)
        for line in said.splitlines()[1:]:
            first.take(parsed(line) or {})
        fault, words = first.fault
        if fault in {"dns", "refused", "unreachable", "tls", "timeout", "unfinished", "not-http", "no-answer"}:
            msg = f"{self._settings.url} does not answer: {fault}{f' ({words})' if words else ''}."
            raise InstrumentError(msg, cure="check url:, and that the service runs and is reachable from here.")
        if fault in {"http-401", "http-403", "http-404"}:
            msg = f"{self._settings.url} refuses the request: {fault}{f' ({words})' if words else ''}."
            raise InstrumentError(msg, cure="check url:, model: and key:.")

    def _facts(self, prompts: Sequence[str]) -> dict[str, Any]:
        s = self._settings
        return {
            "url": s.url,
            "host": urlsplit(s.url).hostname,
            "model": s.model,
            "api": s.api,
            "prompts": asks.digest(prompts),
            "prompt_count": len(prompts),
            "max_tokens": s.max_tokens,
            "ignore_eos": s.ignore_eos,
            "usage_in_chunks": s.usage_in_chunks,
            "connections": s.connections,
            "timeout_ns": int(s.timeout * 10**9),
        }

    def _generator(self, facts: Mapping[str, Any], prompts: Sequence[str]) -> dict[str, Any]:
        s = self._settings
        target = self._target(s.url, s.api, kept=s.connections == "kept")
        return {"facts": facts, "prompts": list(prompts), "target": target}


class LoadSource(_EndpointSource):
    """One load, in one or several sessions."""

    _settings: LoadSettings

    def record(self, sink: Sink) -> None:
        """Every session, with the pauses between them."""
        s, prompts = self._settings, self._lines(self._settings.prompts, asks.PROMPTS)
        state: dict[str, Any] = {"session": 0, "next": 0, "seed": s.seed or secrets.token_hex(16), **dict(sink.state)}
        if not sink.state:
            sink.attach("prompts.txt", "\n".join(prompts).encode() + b"\n")
            sink.checkpoint(state)
        while state["session"] < s.sessions and not sink.stopping:
            if not self._session(sink, state, prompts):
                return
            state |= {"session": state["session"] + 1, "next": 0}
            sink.checkpoint(state)
            if state["session"] < s.sessions:
                _rest(sink, float(s.apart))

    def _session(self, sink: Sink, state: dict[str, Any], prompts: Sequence[str]) -> bool:
        """One session to its end; False where it was stopped."""
        s, seed = self._settings, f"{state['seed']}/{state['session']}"
        due = schedule.within(seed, s.rate, s.duration, periodic=s.arrivals == "periodic")
        first = int(state["next"])
        if first >= len(due):
            return True
        skipped = due[first] if first else 0
        facts = self._facts(prompts) | {
            "kind": "load", "session": state["session"], "rate": str(s.rate), "arrivals": s.arrivals, "seed": seed,
            "duration": s.duration, "first": first, "skipped": skipped, "planned": len(due),
        }  # fmt: skip
        begun = ended = first
        last_kept = 0.0

        def each(row: dict[str, Any]) -> bool:
            nonlocal begun, ended
            begun, ended = begun + ("due" in row), ended + ("end" in row)
            return False

        def tick() -> None:
            nonlocal last_kept
            if time.monotonic() - last_kept < _RESERVED_NS / 3e9:
                return
            last_kept = time.monotonic()
            horizon = due[min(begun, len(due) - 1)] + _RESERVED_NS
            state["next"] = int(np.searchsorted(due, horizon))
            sink.checkpoint(state)
            sink.progress(ended, len(due), s.url)

        tick()
        return _copied(sink, self._generator(facts, prompts), each, tick)


class SearchSource(_EndpointSource):
    """Loads by bisection, each until it is decided."""

    _settings: SearchSettings

    def record(self, sink: Sink) -> None:
        """The search; after an interruption the load that was on is put on anew."""
        s, prompts = self._settings, self._lines(self._settings.prompts, asks.PROMPTS)
        state: dict[str, Any] = {"found": {}, "tries": 0, "seed": s.seed or secrets.token_hex(16), **dict(sink.state)}
        if not sink.state:
            sink.attach("prompts.txt", "\n".join(prompts).encode() + b"\n")
        while not sink.stopping:
            found = {int(place): verdict for place, verdict in state["found"].items()}
            place = steps.following(found, len(s.rates))
            if place is None:
                return
            state["tries"] += 1
            sink.checkpoint(state)
            verdict, whole = self._step(sink, place, f"{state['seed']}/{state['tries']}", prompts)
            if not verdict and not whole:
                return
            state["found"] = {**state["found"], str(place): verdict}
            sink.checkpoint(state)
            sink.progress(len(state["found"]), steps.tests(len(s.rates)), f"{s.rates[place]} Hz {verdict or '?'}")
            _rest(sink, float(s.rest))

    def _step(self, sink: Sink, place: int, seed: str, prompts: Sequence[str]) -> tuple[str, bool]:
        """The verdict of one load, and whether all its requests were made."""
        s = self._settings
        facts = self._facts(prompts) | {
            "kind": "search", "place": place, "rates": [str(each) for each in s.rates], "rate": str(s.rates[place]),
            "arrivals": "poisson", "seed": seed, "requests": s.requests, "first": 0, "skipped": 0, "planned": s.requests,
        }  # fmt: skip
        watched: dict[int, Exchange] = {}
        ended, looks, verdict = set[int](), steps.looks(s.requests), ""
        front = 0

        def each(row: dict[str, Any]) -> bool:
            nonlocal verdict, front
            number = row.get("r")
            if verdict or not isinstance(number, int):
                return False
            if number not in watched:
                watched[number] = Exchange(number)
            watched[number].take(row)
            if "end" not in row:
                return False
            ended.add(number)
            while front in ended:
                front += 1
                if front in looks:
                    verdict = self._verdict([watched[each] for each in range(front)])
            return bool(verdict)

        def tick() -> None:
            sink.progress(front, s.requests, f"{s.rates[place]} Hz")

        whole = _copied(sink, self._generator(facts, prompts), each, tick)
        return verdict, whole

    def _verdict(self, exchanges: Sequence[Exchange]) -> str:
        s = self._settings
        rows = run({}, exchanges).rows
        risk = s.risk / steps.tests(len(s.rates))
        objective = steps.meets(rows, s.ttft, s.tpot)
        series = (np.where(good(rows), ttft_ns(rows), np.nan), tpot_ns(rows))
        return steps.judged(objective, series, s.requests, s.share, risk).verdict


class CallSource(_Asking):
    """The entries of a catalogue, each asked its questions."""

    def __init__(self, settings: CallSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        super().__init__(settings, folder)
        self._settings = settings

    def _read(self) -> tuple[bytes, Table]:
        path = self._folder / self._settings.catalogue
        try:
            data = path.read_bytes()
            return data, whole(read(data, catalogue.columns(), name=path.name, sheet=self._settings.sheet))
        except UnreadableError as defect:
            raise UnusableError(defect.text, cure=defect.cure, where=path.name) from None
        except OSError as error:
            msg = f"{path.name} cannot be read: {error.strerror}."
            raise UsageError(msg, cure="check the path and its rights.") from None

    def _places(self, data: bytes, rows: int) -> tuple[bytes | None, set[int]]:
        if self._settings.draw is None:
            return None, set(range(rows))
        content = self._text(self._settings.draw).encode()
        try:
            drawn = read_draw(content, hashlib.sha256(data).hexdigest(), rows)
            missing(drawn)
        except BrokenAgreementError as error:
            raise UsageError(error.problem, cure=error.cure, where=self._settings.draw) from None
        return content, set(drawn.positions)

    def preflight(self) -> None:
        """The list and the protocol can be read; UsageError with the cure."""
        data, table = self._read()
        self._places(data, len(list(catalogue.entries(table))))
        self._lines(self._settings.questions, asks.QUESTIONS)

    def record(self, sink: Sink) -> None:
        """Call every entry, or those that were drawn; after an interruption those that were not begun."""
        data, table = self._read()
        every = list(catalogue.entries(table))
        protocol, places = self._places(data, len(every))
        questions = self._lines(self._settings.questions, asks.QUESTIONS)
        state: dict[str, Any] = {"begun": [], **dict(sink.state)}
        if not sink.state:
            sink.attach(CATALOGUE, data)
            sink.attach("questions.txt", "\n".join(questions).encode() + b"\n")
            if protocol is not None:
                sink.attach(DRAW, protocol)
        chosen = [each for each in every if each.place in places and each.callable and each.place not in state["begun"]]
        calls = [self._call(each, questions) for each in chosen]
        facts = {"kind": "calls", "questions": len(questions), "digest": asks.digest(questions), "entries": len(every)}
        done = set[int]()

        def each(row: dict[str, Any]) -> bool:
            if isinstance(row.get("entry"), int) and row["entry"] not in done:
                done.add(row["entry"])
                state["begun"] = sorted({*state["begun"], row["entry"]})
                sink.checkpoint(state)
                sink.progress(len(done), len(calls), self._settings.catalogue)
            return False

        if calls:
            settings = {"facts": facts, "calls": calls, "at_once": self._settings.at_once}
            _copied(sink, settings, each, lambda: None)

    def _call(self, entry: catalogue.Entry, questions: Sequence[str]) -> dict[str, Any]:
        plain = catalogue.json_of(entry.request) if entry.request else None
        facts = {"model": entry.model, "max_tokens": self._settings.max_tokens}
        bodies = [plain] if plain is not None else [asks.body(facts, each) for each in questions]
        first = entry.place * len(questions)
        return {
            "target": self._target(entry.url, "chat" if plain is None else "json"),
            "asks": [[first + at, body.decode()] for at, body in enumerate(bodies)],
            "facts": {"entry": entry.place, "kind": "chat" if plain is None else "json"},
        }


def _rest(sink: Sink, seconds: float) -> None:
    until, wait = time.monotonic() + seconds, threading.Event()
    while not sink.stopping and (left := until - time.monotonic()) > 0:
        wait.wait(min(left, _LOOK_S))
