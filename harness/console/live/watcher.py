# SPDX-License-Identifier: Apache-2.0
"""The console's own eyes: a process of low priority that reads the journal twice a second and looks when it may.

It looks at most a tenth of its time, at moments numbered by the clock of the attempt; the run's own looks have the odd
numbers, these the even ones, so that together they spend no more risk than was agreed (harness.stats.sequential).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness.console.language import language, pick, use
from harness.console.live.shown import distinct, shown
from harness.console.live.words import WORDS
from harness.console.refusal import told
from harness.errors import YanshouError
from harness.evidence.journal import JournalEvent
from harness.printable import printable
from harness.watch.course import SourceNow
from harness.watch.looker import Looker
from harness.watch.notes import BOX
from harness.watch.now import Now
from harness.watch.past import past
from harness.watch.recorder import being_written

READ_S = 0.5
LOOK_S = 5.0
_REST = 9
"""A look that took t seconds is followed by at least nine t of rest."""
_HANDING_OVER_NS = 5 * 10**9
"""The journal is let go for a moment between the evaluation and the seal."""
_JUDGED = frozenset(["sealing", "sealed"])
_QUIET = frozenset(["segment_opened", "segment_closed", "segment_settled"])


def serve(there: Connection, root: Path, lang: str) -> None:
    """Send ``(state, points)`` whenever there is something new, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    if hasattr(os, "nice"):
        os.nice(10)
    use(lang)
    eyes = Eyes(root)
    with suppress(EOFError, OSError, BrokenPipeError):
        while True:
            sent = _seen(eyes)
            if sent is not None:
                there.send(sent)
            if there.poll(READ_S):
                there.recv()


def _seen(eyes: Eyes) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """What is seen; one sentence where a bundle of anybody leads us into a defect of ours."""
    try:
        return eyes.see()
    except Exception as error:  # noqa: BLE001 - the page says what it met, instead of a process that dies and is started again
        said = printable(f"{type(error).__name__}: {error}")[:300]
        word = WORDS.text("state-broken").get(language())
        return {"at": time.time(), "state": "broken", "state_word": word, "problem": said, "taking": False}, []


class Eyes:
    """What was seen last, and when the next look is due."""

    def __init__(self, root: Path) -> None:
        """Nothing is seen yet."""
        self.looker = Looker(root)
        self._nows: dict[str, Now] = {}
        self._problem, self._due, self._behind, self._last = "", 0.0, 0.0, ""
        self._looked, self._seen_ns, self._judged = 0, 0, False
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")
        self._pending: Future[list[dict[str, Any]]] | None = None
        self._past: Iterator[tuple[int, dict[str, Now]]] | None = None

    def see(self) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """The state as JSON values and the points that came with it; None where nothing changed."""
        looker = self.looker
        try:
            changed = looker.read()
        except OSError as error:
            changed, self._problem = True, printable(str(error))
        points = self._collected()
        settled = looker.course.state in _JUDGED
        if settled and not self._judged:
            self._due = 0.0  # the last word waits for no rest
        if self._pending is None and looker.tail.broken is None:  # what a damaged journal speaks of is not looked at
            now = time.monotonic()
            if now >= self._due and (changed or not settled or not self._judged or not self._looked):
                self._judged = settled
                self._pending = self._worker.submit(self._look)
            elif self._looked and now >= self._behind:
                self._pending = self._worker.submit(self._look_back)
        state = self._state()
        same = {key: value for key, value in state.items() if key != "at"}
        if repr(same) == self._last and not points:
            return None
        self._last = repr(same)
        return state, points

    def _collected(self) -> list[dict[str, Any]]:
        """The points of a look that ended meanwhile: the journal is read on while one looks."""
        if self._pending is None or not self._pending.done():
            return []
        pending, self._pending = self._pending, None
        return pending.result()

    def _look(self) -> list[dict[str, Any]]:
        """Look once; the point of every chart."""
        course, began, now_ns = self.looker.course, time.monotonic(), time.time_ns()
        try:
            self._nows = self.looker.look(look_number(now_ns - course.began_ns))
            self._problem, self._seen_ns = "", course.last_ns if course.state in _JUDGED else now_ns
        except YanshouError as error:
            self._problem = told(error)
        except Exception as error:  # noqa: BLE001 - a bundle of anybody: one sentence, and what was seen before stays
            self._problem = printable(f"{type(error).__name__}: {error}")[:300]
        took = time.monotonic() - began if self._looked else 0.0  # the first one also loads what looking takes
        self._looked += 1
        self._due = time.monotonic() + max(LOOK_S, _REST * took)
        return _point(self._seen_ns, self._nows)

    def _look_back(self) -> list[dict[str, Any]]:
        """One more look at the past, as long as there is one; rested from while somebody records."""
        course, began = self.looker.course, time.monotonic()
        if self._past is None:
            until = course.last_ns if course.state in _JUDGED else time.time_ns()
            self._past = past(self.looker, until, look_number)
        try:
            found = next(self._past, None)
        except Exception:  # noqa: BLE001 - without a past the charts begin now; what is wrong with the bundle a look names
            found = None
        took = time.monotonic() - began
        self._behind = time.monotonic() + (_REST * took if course.state == "recording" else 0.0)
        if found is None:
            self._behind = float("inf")
            return []
        return _point(*found)

    def _state(self) -> dict[str, Any]:
        course, now_ns = self.looker.course, time.time_ns()
        running = being_written(self.looker.bundle.journal_path)
        if running is False:
            self.looker.read()  # its last words, written before it let go
        state = course.state
        if state not in {"waiting", "sealed"} and running is False and now_ns - course.last_ns > _HANDING_OVER_NS:
            state = "interrupted"
        broken = self.looker.tail.broken
        ends = [_ends(each, now_ns) for each in course.sources.values() if not each.ended]
        return {
            "at": now_ns / 1e9,
            "name": self.looker.bundle.root.name,
            **self._campaign(),
            "state": state if broken is None else "broken",
            "state_word": WORDS.text(f"state-{state if broken is None else 'broken'}").get(language()),
            "problem": self._problem if broken is None else told(broken),
            "attempt": course.attempt,
            "began": course.began_ns / 1e9,
            "ends": max(ends) if ends and all(ends) and state == "recording" else 0,
            "events": course.count,
            "seen": self._seen_ns / 1e9,
            "simulated": list(course.simulated),
            "taking": (self.looker.bundle.root / BOX).is_dir(),
            "sources": [self._source(each, now_ns) for each in course.sources.values()],
            "indicators": distinct(self._nows.values()),
            "notes": [
                {"id": each.id, "t": each.time_ns / 1e9, "text": each.text, "by": each.by, "photo": each.photo}
                for each in course.notes.values()
            ][-100:],
            "told": [_event(each) for each in course.told if _telling(each)][-20:],
        }

    def _campaign(self) -> dict[str, Any]:
        try:
            profile = self.looker.profile
        except YanshouError as error:
            self._problem = told(error)
            profile = None
        if profile is None:
            return {"project": "", "title": "", "practice": False}
        return {
            "project": profile.project.name,
            "title": f"{profile.scenario.id} {profile.scenario.title.get(language())}",
            "practice": profile.practice,
        }

    @staticmethod
    def _source(each: SourceNow, now_ns: int) -> dict[str, Any]:
        return {
            "label": f"{each.indicator}/{each.name}",
            "probe": each.probe,
            "simulated": each.simulated,
            "planned_s": each.planned_s,
            "ends": _ends(each, now_ns),
            "ended": each.ended,
            "problem": each.problem,
        }


def _point(time_ns: int, nows: Mapping[str, Now]) -> list[dict[str, Any]]:
    """One point of every chart, in the unit that is shown; none where nothing has a value."""
    values = {name: each for name, now in nows.items() if (each := shown(now)["numbers"])["value"] is not None}
    return [{"t": time_ns / 1e9, "values": values}] if values else []


def _ends(source: SourceNow, now_ns: int) -> int:
    """When it will have recorded what was planned, in whole seconds since 1970; 0 where nobody knows."""
    left = source.left_s(now_ns)
    return 0 if left is None else round(now_ns / 1e9 + left)


def look_number(since_ns: int, every_s: float = LOOK_S) -> int:
    """The even number of a look so long after the attempt began."""
    return 2 * max(1, int(since_ns / (every_s * 1e9)))


def _telling(event: JournalEvent) -> bool:
    """Whether an event tells a person something: of a domain's own, those that say it in words."""
    return event.kind not in _QUIET and ("." not in event.kind or isinstance(event.body.get("text"), dict))


def _event(event: JournalEvent) -> dict[str, Any]:
    """An event for the list at the foot of the page: what happened, to whom, and what a domain says of it."""
    body = event.body
    entries = WORDS.entries
    key = f"event-{event.kind.replace('_', '-')}"
    said = entries[key].get(language()) if key in entries else event.kind
    text = body.get("text")
    detail = (
        text.get(language(), "")
        if isinstance(text, dict)
        else text
        if isinstance(text, str)
        else body.get("problem", "")
    )
    whose = f"{body['indicator']}/{body['source']}" if "source" in body else ""
    sign = pick("：", ": ")
    return {
        "seq": event.seq,
        "t": event.time_ns / 1e9,
        "said": sign.join(filter(None, (said, whose, printable(str(detail))[:200]))),
    }
