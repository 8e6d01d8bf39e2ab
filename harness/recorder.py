# SPDX-License-Identifier: Apache-2.0
"""The live end of a campaign: each source writes into its own sink, every step goes into the journal."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import InstrumentError, StorageError, YanshouError
from harness.evidence.bundle import Bundle, is_safe_path
from harness.evidence.crosscheck import open_segments
from harness.evidence.journal import Journal, JournalEvent
from harness.evidence.segment import SegmentWriter
from harness.plugins import Probe, Source
from harness.printable import printable

_END_S = 120.0
"""How long a source may take to end once it was asked to; one that hangs in its instrument must not hold the others' evidence."""


@dataclass(slots=True)
class Task:
    """One source to record in this attempt, and what an interrupted run left of it."""

    indicator: str
    name: str
    probe: Probe
    source: Source
    config: Mapping[str, Any]
    simulated: bool
    folder: Path
    attempt: int = 0
    state: Mapping[str, Any] = field(default_factory=dict)
    open_segment: Path | None = None
    kept: int = 0
    done: bool = False

    @property
    def label(self) -> str:
        """``s01.latency/stamp``."""
        return f"{self.indicator}/{self.name}"

    @property
    def identity(self) -> dict[str, Any]:
        """What every journal event about this source carries."""
        return {"indicator": self.indicator, "source": self.name, "attempt": self.attempt}


class Recording:
    """All sources of one attempt, each in a thread of its own, until their ends or a stop."""

    def __init__(
        self, bundle: Bundle, journal: Journal, tasks: Sequence[Task], report: Callable[[str, float, float, str], None]
    ) -> None:
        """Prepare sinks for the tasks that are not done yet."""
        self._bundle = bundle
        self._journal = journal
        self._tasks = [task for task in tasks if not task.done]
        self._report = report
        self._stop = threading.Event()
        self._storage_error: StorageError | None = None
        self._defects: list[str] = []

    def stop(self) -> None:
        """Ask every source to end soon; what was recorded stays."""
        self._stop.set()

    def run(self) -> bool:
        """Record until every source ended; False when it was stopped. StorageError when the disk refused.

        InstrumentError where a source was asked to end and does not: it is left behind, what it wrote is kept for --resume.
        """
        threads = [
            threading.Thread(target=self._one, args=(task,), name=task.label, daemon=True) for task in self._tasks
        ]
        for thread in threads:
            thread.start()
        hanging = self._left_behind(threads)
        if self._storage_error is not None:
            raise self._storage_error
        if hanging:
            msg = f"{', '.join(hanging)} did not end within {_END_S:g} s after the stop."
            raise InstrumentError(msg, cure="look at its instrument; what was recorded is kept, go on with --resume.")
        if self._defects:
            msg = f"yanshou itself failed while recording: {'; '.join(sorted(self._defects))}."
            raise InstrumentError(msg, cure="tell the maintainers; what was recorded is kept, go on with --resume.")
        return not self._stop.is_set()

    def _left_behind(self, threads: Sequence[threading.Thread]) -> list[str]:
        """Wait for all of them; the names of those that do not end although they were asked to."""
        asked = None
        while alive := [each for each in threads if each.is_alive()]:
            alive[0].join(0.2)  # short waits keep the main thread open for Ctrl-C
            if self._stop.is_set():
                asked = time.monotonic() if asked is None else asked
                if time.monotonic() - asked > _END_S:
                    return sorted(each.name for each in alive if each.is_alive())
        return []

    def _one(self, task: Task) -> None:
        sink = _Sink(self._bundle, self._journal, task, self._stop, self._report)
        try:
            self._record(task, sink)
        except StorageError as error:
            self._storage_error = error
            self._stop.set()
        except Exception as error:  # noqa: BLE001 - a defect of ours ends its own source alone, and the run is no verdict
            self._defects.append(f"{task.label}: {type(error).__name__}: {printable(str(error))[:200]}")

    def _record(self, task: Task, sink: _Sink) -> None:
        started = {**task.identity, "probe": task.probe.name, "config": dict(task.config), "simulated": task.simulated}
        self._journal.append("source_started", started, durable=True)
        problem = ""
        try:
            task.source.record(sink)
        except StorageError:
            raise
        except YanshouError as error:
            problem = str(error)
        finally:  # also of an unforeseen error, which leaves the source open in the journal for --resume
            sink.close()
        if self._stop.is_set() and not problem:
            return  # not at its planned end: the journal leaves it open for --resume
        ended = {**task.identity, "reason": "failed" if problem else "done", "problem": problem}
        self._journal.append("source_ended", ended, durable=True)


_ATTACHING = threading.Lock()
"""Two sources of one indicator may keep a document under the same name: one at a time."""


class _Sink:
    """The :class:`harness.plugins.Sink` of one source."""

    def __init__(
        self,
        bundle: Bundle,
        journal: Journal,
        task: Task,
        stop: threading.Event,
        report: Callable[[str, float, float, str], None],
    ) -> None:
        self._bundle, self._journal, self._task, self._stop, self._report = bundle, journal, task, stop, report
        self._position = task.kept
        self._writer: SegmentWriter | None = None
        self._path: Path | None = None
        if task.open_segment is not None and task.source.appendable:
            self._reopen(task.open_segment)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def position(self) -> int:
        return self._position

    @property
    def state(self) -> Mapping[str, Any]:
        return self._task.state

    @property
    def config_folder(self) -> Path:
        return self._task.folder

    def write(self, data: bytes) -> None:
        if self._writer is None:
            self._open()
        assert self._writer is not None  # noqa: S101 - _open made it
        self._writer.write(data)
        self._position += len(data)

    def roll(self) -> None:
        self.close()

    def attach(self, name: str, data: bytes) -> None:
        folder = self._bundle.documents_folder(self._task.indicator)
        sha256 = hashlib.sha256(data).hexdigest()
        with _ATTACHING:
            path = self._vacant(folder / _kept_as(name, sha256), sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = SegmentWriter.reopen(path, 0) if path.exists() else SegmentWriter.create(path)
            writer.write(data)
            digest = writer.close()
            body = {"path": self._bundle.relative(path), "sha256": digest.sha256, "bytes": digest.bytes, "name": name}
            self._journal.append("attached", {**self._task.identity, **body})

    def _vacant(self, path: Path, sha256: str) -> Path:
        """``path``, or one beside it where another attempt or source keeps other bytes under that name."""
        wanted = self._bundle.relative(path)
        attached = (event.body for event in self._journal.events if event.kind == "attached")
        kept = [body["sha256"] for body in attached if body["path"] == wanted]
        return path if not kept or kept[-1] == sha256 else path.with_name(f"{path.stem}.{sha256[:12]}{path.suffix}")

    def event(self, kind: str, body: Mapping[str, Any]) -> None:
        domain = self._task.probe.name.partition(".")[0]
        named = kind if kind.startswith(f"{domain}.") else f"{domain}.{kind}"  # the kinds without a domain are ours
        self._journal.append(named, {**body, **self._task.identity})

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        if self._writer is not None:
            self._writer.sync()
        self._journal.append("checkpoint", {**self._task.identity, "state": dict(state)}, durable=True)

    def progress(self, done: float, total: float, text: str = "") -> None:
        self._report(self._task.label, done, total, text)

    def close(self) -> None:
        """Close the open segment, if any, and journal its digest."""
        if self._writer is None or self._path is None:
            return
        digest = self._writer.close()
        body = {"path": self._bundle.relative(self._path), "sha256": digest.sha256, "bytes": digest.bytes}
        self._writer = None
        self._journal.append("segment_closed", {**self._task.identity, **body}, durable=True)

    def _open(self) -> None:
        task = self._task
        extension = getattr(task.source, "extension", task.probe.extension)
        self._path = self._bundle.next_segment(task.indicator, task.name, extension)
        self._journal.append(
            "segment_opened", {**task.identity, "path": self._bundle.relative(self._path)}, durable=True
        )
        self._writer = SegmentWriter.create(self._path)

    def _reopen(self, path: Path) -> None:
        self._path = path
        self._writer = SegmentWriter.reopen(path, path.stat().st_size)


def _kept_as(name: str, sha256: str) -> str:
    """The path of an attachment in its folder: its own name, or its digest where no file may be called that everywhere."""
    if is_safe_path(name):
        return name
    suffix = PurePosixPath(name).suffix
    return f"{sha256}{suffix if is_safe_path(sha256 + suffix) else ''}"


def unfinished(bundle: Bundle, events: Sequence[JournalEvent], task: Task) -> Task:
    """The task with what an interrupted attempt left of it: its state, its torn segment, whether it had ended."""
    mine = [event for event in events if task.identity.items() <= event.body.items()]
    for event in mine:
        if event.kind == "checkpoint":
            task.state = event.body["state"]
        elif event.kind == "segment_opened":
            task.open_segment = bundle.root / event.body["path"]
        elif event.kind == "source_ended":
            task.done = True
    paths = {bundle.root / event.body["path"] for event in mine if event.kind == "segment_opened"}
    task.kept = sum(path.stat().st_size for path in paths if path.exists())
    return task


def mend(bundle: Bundle, journal: Journal, task: Task) -> None:
    """Cut a torn segment back to its whole records, journal what was dropped and the digest of what stays."""
    path = task.open_segment
    if path is None or task.done:
        return
    relative = bundle.relative(path)
    if not path.exists():
        task.open_segment = None
        if relative in open_segments(journal.events):  # killed before the file was made
            journal.append("segment_dropped", {**task.identity, "path": relative}, durable=True)
        return
    size, whole = path.stat().st_size, task.probe.whole(path)
    if whole < size:
        journal.append("torn_tail", {**task.identity, "path": relative, "dropped": size - whole}, durable=True)
        task.kept -= size - whole
    digest = SegmentWriter.reopen(path, whole).close()
    body = {"path": relative, "sha256": digest.sha256, "bytes": digest.bytes}
    journal.append("segment_closed", {**task.identity, **body}, durable=True)
