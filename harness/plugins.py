# SPDX-License-Identifier: Apache-2.0
"""What a probe is, and how the engine finds probes, scenarios and reports (entry points).

A probe has a live half (:class:`Source`, the only code that sees sockets and clocks) and a pure half
(``chunks``, ``summarise``, ``measurands``) that live runs, replays, workers and clusters share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol, Self

from harness.errors import UsageError
from harness.model import Outcome, Reading, Rule, Text
from harness.quantity import Limit


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a probe's configuration: the path of keys to it, the sentence, the cure."""

    keys: tuple[str | int, ...]
    problem: str
    cure: str


class Sink(Protocol):
    """Where a source puts what it recorded; thread-safe, append-only, survives kill -9 at any byte."""

    @property
    def stopping(self) -> bool:
        """True once the operator or the campaign wants the source to end soon."""

    @property
    def position(self) -> int:
        """Bytes already recorded in this trace in this attempt (after a resume: what was kept)."""

    @property
    def state(self) -> Mapping[str, Any]:
        """The last ``checkpoint`` of this source before the interruption; empty on a first run."""

    @property
    def config_folder(self) -> Path:
        """The folder that relative paths in the profile refer to."""

    def write(self, data: bytes) -> None:
        """Append whole records of the trace's format; StorageError when the disk refuses."""

    def roll(self) -> None:
        """Close the segment; the next ``write`` opens a new one (write the format's header again)."""

    def attach(self, name: str, data: bytes) -> None:
        """Keep a document beside the trace (data/documents/<indicator>/<name>); name is a relative path."""

    def event(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append to the hash-chained journal."""

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Journal what a resumed run needs to go on from here, after making the segment durable."""

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Tell the operator how far this source is."""


class Source(Protocol):
    """The live half of a probe: records bytes until it is done."""

    appendable: bool
    """True: a resumed run appends to the torn-trimmed segment. False: it opens a new segment."""

    def preflight(self) -> None:
        """Check what recording needs (port, privilege, host, file); InstrumentError or UsageError with the cure."""

    def record(self, sink: Sink) -> None:
        """Record until the planned end or ``sink.stopping``."""


class Summary(Protocol):
    """A mergeable digest: any split, any order gives equal summaries. Picklable."""

    def merge(self, other: Self) -> Self:
        """The digest of both; associative and commutative."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The recorded bytes of one source in one attempt: segments in order, and the documents beside them."""

    indicator: str
    source: str
    probe: str
    attempt: int
    segments: tuple[Path, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one segment that a worker can summarise on its own: bytes [start, stop), stop -1 = to the end."""

    path: Path
    start: int = 0
    stop: int = -1
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What a summary may depend on besides bytes: limits of all readings, declared constants, the project's period."""

    indicator: str
    limits: tuple[Limit, ...] = ()
    readings: tuple[Reading, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    period: tuple[date, date] | None = None
    applicant_uscc: str = ""
    member_usccs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One source's summary as an estimator sees it; ``borrowed``: recorded for another indicator."""

    probe: str
    source: str
    summary: Any
    trace: Trace
    borrowed: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an estimator: one reading with its limit and risks. ``alpha`` is P(false PASS), ``beta`` P(false FAIL)."""

    indicator: str
    reading: Reading
    limit: Limit | None
    rule: Rule
    alpha: Fraction
    beta: Fraction
    context: Context
    seed: bytes = b""
    """Digest of the evidence: the only permitted source of randomness in a resampling method."""
    watched: bool = False
    """The evidence still grows: only bounds that hold at every look may be given (harness.stats.sequential)."""
    look: int = 1
    """The number of this look from 1, for methods that share their risk among the looks."""


Estimator = Callable[[Sequence[Input], Request], Outcome]
Simulator = Callable[[Mapping[str, Any], Path], AbstractContextManager[Mapping[str, Any]]]


class Probe(Protocol):
    """One way of measuring. Instances are stateless and cheap; heavy imports belong inside the methods."""

    name: str
    """As profiles say it: ``network.stamp``."""
    version: str
    title: Text
    extension: str
    """Of a segment, without dot: ``pcapng``, ``nmea``, ``csv``; a source with an ``extension`` of its own wins."""
    measurands: Mapping[str, Estimator]
    """What this probe can estimate: ``network.rtt`` -> function. Pure. An optional attribute ``watchable`` (a frozenset,
    see :func:`watchable`) names those that honour ``Request.watched``."""
    simulators: Mapping[str, Simulator]
    """Simulated peers a profile may start, each labelled as such in evidence and report."""

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with a profile's settings for this probe; keys besides ``probe``. No I/O but file existence."""

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The live half for these settings; nothing is opened before ``preflight``."""

    def whole(self, path: Path) -> int:
        """How many leading bytes of a possibly torn segment are whole records."""

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """Pieces that can be summarised apart, in any order."""

    def summarise(self, chunk: Chunk, context: Context) -> Any:
        """Decode one chunk and digest it; pure: same bytes and context, same summary."""


@cache
def _found(group: str) -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def names(group: str) -> list[str]:
    """Installed names in an entry-point group (``yanshou.probes`` …), sorted."""
    return sorted(_found(group))


@cache
def load(group: str, name: str) -> Any:
    """The object behind an entry point; UsageError when it is not installed or does not load."""
    entry = _found(group).get(name)
    if entry is None:
        known = ", ".join(names(group)) or "none"
        msg = f"{name!r} is not installed in {group}."
        raise UsageError(msg, cure=f"use one of: {known}; or install the plug-in that brings it.")
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        msg = f"The plug-in {name!r} ({entry.value}) does not load: {error}."
        raise UsageError(msg, cure="reinstall or remove the distribution that brings it.") from error


def probe(name: str) -> Probe:
    """The probe called ``name``; UsageError when it is not installed."""
    found: Probe = load("yanshou.probes", name)
    return found


@cache
def probe_of(measurand: str) -> str | None:
    """The name of the installed probe that estimates ``measurand``, or None."""
    return next((name for name in names("yanshou.probes") if measurand in probe(name).measurands), None)


def estimator(measurand: str) -> Estimator | None:
    """The estimator of ``measurand``, or None when no installed probe offers it."""
    name = probe_of(measurand)
    return None if name is None else probe(name).measurands[measurand]


def watchable(measurand: str) -> bool:
    """Whether some probe estimates ``measurand`` with bounds that hold at every look (``Request.watched``)."""
    name = probe_of(measurand)
    return name is not None and measurand in getattr(probe(name), "watchable", frozenset())
