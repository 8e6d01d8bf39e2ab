# SPDX-License-Identifier: Apache-2.0
"""Where a campaign stands, folded from its journal event by event: an event costs the same however many came before. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import SpecError
from harness.evidence.journal import JournalEvent
from harness.quantity import Quantity

TOLD = 40
"""Events that are kept to be shown."""
_STRUCTURE = frozenset(
    [
        "campaign_started",
        "attempt_started",
        "attempt_ended",
        "source_started",
        "source_ended",
        "segment_opened",
        "segment_closed",
        "segment_dropped",
        "torn_tail",
        "attached",
        "evaluated",
    ]
)
"""What says which bytes belong to which trace; checkpoints and what domains note are as many as the day is long."""
_STATES = {
    "campaign_started": "begun",
    "attempt_started": "recording",
    "resumed": "recording",
    "attempt_ended": "evaluating",
    "evaluated": "sealing",
    "sealed": "sealed",
    "unsealed": "begun",
}


@dataclass(frozen=True, slots=True)
class SourceNow:
    """One source: ``planned_s`` is None where its settings state no duration, ``active_ns`` what it recorded before ``since_ns``."""

    indicator: str
    name: str
    probe: str
    simulated: bool
    planned_s: float | None
    since_ns: int | None
    active_ns: int = 0
    ended: str = ""
    problem: str = ""

    def left_s(self, now_ns: int) -> float | None:
        """Seconds until its planned end by the wall clock; 0 once it ended, None where nobody knows."""
        if self.ended:
            return 0.0
        if self.planned_s is None:
            return None
        running = 0 if self.since_ns is None else max(0, now_ns - self.since_ns)
        return max(0.0, self.planned_s - (self.active_ns + running) / 1e9)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person noted: words, and the photo that was kept with them (path below the bundle)."""

    id: str
    time_ns: int
    text: str
    by: str
    photo: str = ""


@dataclass(slots=True)
class Course:
    """The state of the latest attempt. ``kept``: the events that say which bytes belong to which trace, oldest first."""

    state: str = "waiting"
    attempt: int = 0
    began_ns: int = 0
    last_ns: int = 0
    count: int = 0
    sources: dict[tuple[str, str], SourceNow] = field(default_factory=dict)
    notes: dict[str, Noted] = field(default_factory=dict)
    kept: list[JournalEvent] = field(default_factory=list)
    told: deque[JournalEvent] = field(default_factory=lambda: deque(maxlen=TOLD))
    results_sha256: str = ""

    def take(self, event: JournalEvent) -> None:
        """Fold one more event in."""
        self.count += 1
        self.state = _STATES.get(event.kind, self.state)
        if event.kind in _STRUCTURE:
            self.kept.append(event)
        if event.kind != "checkpoint":
            self.told.append(event)
        body = event.body
        match event.kind:
            case "attempt_started":
                self.attempt, self.began_ns, self.sources = body["attempt"], event.time_ns, {}
            case "resumed":
                self._interrupted()
            case "source_started":
                self._started(event)
            case "source_ended":
                key = (body["indicator"], body["source"])
                if key in self.sources:
                    self.sources[key] = replace(self.sources[key], ended=body["reason"], problem=body["problem"])
            case "operator":
                name = body.get("id") or str(event.seq)
                photo = (body.get("photo") or {}).get("path", "")
                self.notes[name] = Noted(name, event.time_ns, body["text"], body.get("by", ""), photo)
            case "evaluated":
                self.results_sha256 = body["results_sha256"]
        self.last_ns = event.time_ns

    def _started(self, event: JournalEvent) -> None:
        body = event.body
        key = (body["indicator"], body["source"])
        before = self.sources.get(key)
        self.sources[key] = SourceNow(
            *key,
            body["probe"],
            body["simulated"],
            _planned(body["config"]),
            event.time_ns,
            0 if before is None else before.active_ns,
        )

    def _interrupted(self) -> None:
        """What was recorded until the last word before the interruption counts; the rest of the silence does not."""
        for key, each in self.sources.items():
            if each.since_ns is not None and not each.ended:
                spent = each.active_ns + max(0, self.last_ns - each.since_ns)
                self.sources[key] = replace(each, active_ns=spent, since_ns=None)

    def until_judged(self) -> Course:
        """The same course as it stood before anything was judged."""
        return replace(self, state="recording", results_sha256="")

    @property
    def simulated(self) -> tuple[str, ...]:
        """The sources whose peers are simulated."""
        return tuple(f"{each.indicator}/{each.name}" for each in self.sources.values() if each.simulated)


def _planned(config: Mapping[str, Any]) -> float | None:
    """The duration that a source's settings state, in seconds."""
    try:
        return float(Quantity.parse(str(config["duration"])).to("s"))
    except (KeyError, SpecError):
        return None
