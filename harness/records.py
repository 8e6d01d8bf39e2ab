# SPDX-License-Identifier: Apache-2.0
"""What a bundle's journal says was recorded: the traces of the latest attempt, failures, files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import installed
from harness.account.course import Former, former
from harness.errors import EvidenceError
from harness.evidence.bundle import Bundle
from harness.evidence.crosscheck import closings, dropped_segments, open_segments
from harness.evidence.defects import OpenSegmentError
from harness.evidence.journal import JournalEvent
from harness.plugins import Trace


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that ended before its plan did, and why."""

    indicator: str
    source: str
    problem: str


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A segment or document as the journal closed it."""

    indicator: str
    path: str
    sha256: str
    bytes: int

    def as_json(self) -> Mapping[str, Any]:
        """The entry of ``evidence`` in results.json."""
        return {"path": self.path, "sha256": self.sha256, "bytes": self.bytes}


@dataclass(frozen=True, slots=True)
class Record:
    """The latest attempt of a campaign, as far as its journal goes.

    ``clock_synchronised``: what the kernel said when the attempt began, None where it could not tell.
    ``former``: the attempts before it that recorded anything. ``began_ns``: when it began by the wall clock, 0 where unknown.
    ``digest``: sha256 over the recorded files' digests, the seed of any resampling.
    """

    attempt: int
    traces: tuple[Trace, ...]
    failures: tuple[Failure, ...]
    files: tuple[RecordedFile, ...]
    simulated: tuple[str, ...]
    digest: bytes
    clock_synchronised: bool | None = None
    former: tuple[Former, ...] = ()
    began_ns: int = 0
    ended_ns: int = 0
    """When the last source ended; 0 where none did yet."""

    @property
    def counted(self) -> int:
        """Which attempt this is among those that recorded anything: the risk is shared among them."""
        return 1 + len(self.former)


def record_of(bundle: Bundle, events: Sequence[JournalEvent], *, growing: bool = False) -> Record:
    """Read the journal's events into a :class:`Record`; pure. OpenSegmentError for a segment that nobody closed, unless ``growing``."""
    attempt = max((event.body["attempt"] for event in events if event.kind == "attempt_started"), default=0)
    current = [event for event in events if event.body.get("attempt") == attempt]
    files = _files(events, current)
    return Record(
        attempt=attempt,
        traces=tuple(_traces(bundle, current, _vacant(events, growing=growing))),
        failures=tuple(_failures(current)),
        files=files,
        simulated=_simulated(current),
        digest=hashlib.sha256("".join(each.sha256 for each in files).encode()).digest(),
        clock_synchronised=_clock(current),
        former=former(events, attempt),
        began_ns=next((event.time_ns for event in current if event.kind == "attempt_started"), 0),
        ended_ns=max((event.time_ns for event in current if event.kind == "source_ended"), default=0),
    )


def _vacant(events: Sequence[JournalEvent], *, growing: bool) -> frozenset[str]:
    """Paths of segments that were opened but never written."""
    left_open = open_segments(events)
    if left_open and not growing:
        raise OpenSegmentError(where=left_open[0])
    return dropped_segments(events)


def _traces(bundle: Bundle, events: Sequence[JournalEvent], vacant: frozenset[str]) -> Iterable[Trace]:
    segments: dict[tuple[str, str], list[Path]] = {}
    for event in _of(events, "segment_opened"):
        if event.body["path"] not in vacant:
            segments.setdefault(_key(event), []).append(bundle.root / event.body["path"])
    for key, started in {_key(event): event for event in _of(events, "source_started")}.items():
        if key in segments:
            yield Trace(
                indicator=key[0],
                source=key[1],
                probe=started.body["probe"],
                attempt=started.body["attempt"],
                segments=tuple(dict.fromkeys(segments[key])),
                settings=_settings(started.body["probe"], started.body["config"]),
                documents={name: bundle.root / body["path"] for name, body in _attached(events, key)},
                digests={name: body["sha256"] for name, body in _attached(events, key)},
            )


def _settings(probe: str, config: Mapping[str, Any]) -> Any:
    """What the journal says about a source as its probe's record; EvidenceError when that probe cannot have run with it."""
    try:
        return installed.probe(probe).settings.model_validate(dict(config))
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        keys = ".".join(map(str, wrong["loc"])) or "settings"
        msg = f"The journal's settings of a source of {probe} do not fit that probe ({keys}: {wrong['msg']})."
        raise EvidenceError(msg, cure="replay with the version of yanshou that recorded the bundle.") from error


def _attached(events: Sequence[JournalEvent], key: tuple[str, str]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(event.body["name"], event.body) for event in _of(events, "attached") if _key(event) == key]


def _failures(events: Sequence[JournalEvent]) -> Iterable[Failure]:
    """The last word on each source counts: a resumed source that ended well did not fail."""
    for key, event in {_key(event): event for event in _of(events, "source_ended")}.items():
        if event.body["reason"] != "done":
            yield Failure(*key, event.body["problem"])


def _files(events: Sequence[JournalEvent], current: Sequence[JournalEvent]) -> tuple[RecordedFile, ...]:
    opened = [(event.body["path"], event.body["indicator"]) for event in _of(current, "segment_opened")]
    attached = [(event.body["path"], event.body["indicator"]) for event in _of(current, "attached")]
    closed = closings(events)
    return tuple(
        RecordedFile(indicator, path, closed[path]["sha256"], closed[path]["bytes"])
        for path, indicator in sorted(dict(opened + attached).items())
        if path in closed
    )


def _simulated(events: Sequence[JournalEvent]) -> tuple[str, ...]:
    names = {
        f"{event.body['indicator']}/{event.body['source']}"
        for event in _of(events, "source_started")
        if event.body["simulated"]
    }
    return tuple(sorted(names))


def _clock(events: Sequence[JournalEvent]) -> bool | None:
    started = _of(events, "attempt_started")
    return started[-1].body["clock"]["synchronised"] if started else None


def _of(events: Sequence[JournalEvent], kind: str) -> list[JournalEvent]:
    return [event for event in events if event.kind == kind]


def _key(event: JournalEvent) -> tuple[str, str]:
    return event.body["indicator"], event.body["source"]
