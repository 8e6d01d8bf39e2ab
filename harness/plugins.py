# SPDX-License-Identifier: Apache-2.0
"""What engine and domains promise each other: instruments (bytes to summary) and measurands (summaries to estimate).

A probe, the instrument, has a live half (:class:`Source`, the only code that sees sockets and clocks) and a pure half
(``chunks``, ``summarise``) that live runs, replays, workers and clusters share. A measurand says what can be estimated from
which summaries. Each trace is summarised once for all indicators that read it (docs/explanations/architecture.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from harness.account.calibration import InstrumentInUse
from harness.model import About, Figure, Line, Listing, Outcome, Reading, Rule, Text
from harness.quantity import Limit, Quantity

if TYPE_CHECKING:
    from harness.spec.profile import Project


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
    """The recorded bytes of one source in one attempt: segments in order, and the documents beside them.

    ``settings``: the probe's own record of them, parsed once from what the journal says. ``digests``: SHA-256 of the documents.
    """

    indicator: str
    source: str
    probe: str
    attempt: int
    segments: tuple[Path, ...]
    settings: Any
    documents: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one segment that a worker can summarise on its own: bytes [start, stop), stop -1 = to the end.

    The chunks of a grown segment begin with the chunks it had before, but for the last.
    """

    path: Path
    start: int = 0
    stop: int = -1
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one indicator asks of the traces it reads: its readings, their limits, the constants that hold for it.

    ``declared``: by the profile; ``defaults``: of the scenario, where the profile declares none. ``practice``: the campaign
    only rehearses, so that the rule about the path (loopback, a cable) is waived, and no other.
    """

    indicator: str
    readings: tuple[Reading, ...] = ()
    limits: tuple[Limit, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    practice: bool = False

    def written(self, reading: Reading, name: str) -> Any:
        """A constant as it holds for ``reading``: declared, else the reading's own, else the scenario's default, else None."""
        return self.declared.get(name, reading.parameters.get(name, self.defaults.get(name)))


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything a summary may depend on besides bytes: the union of what all readers of the trace ask, in scenario order.

    ``settings``: of the source; ``documents``: the SHA-256 of each document recorded beside the trace, by name.
    """

    asks: tuple[Ask, ...] = ()
    settings: Any = None
    project: Project | None = None
    documents: Mapping[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits of all readings of all readers."""
        return tuple(limit for ask in self.asks for limit in ask.limits)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings of all readers."""
        return tuple(reading for ask in self.asks for reading in ask.readings)


@dataclass(frozen=True, slots=True)
class Input:
    """One source's summary: the same object for every indicator that reads its trace."""

    probe: str
    source: str
    summary: Any
    trace: Trace


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a statistic: one reading with its limit and risks. ``alpha`` is P(false PASS), ``beta`` P(false FAIL)."""

    indicator: str
    reading: Reading
    limit: Limit | None
    rule: Rule
    alpha: Fraction
    beta: Fraction
    declared: Mapping[str, Any] = field(default_factory=dict)
    project: Project | None = None
    seed: bytes = b""
    """Digest of the evidence: the only permitted source of randomness in a resampling method."""
    watched: bool = False
    """The evidence still grows: only bounds that hold at every look may be given (harness.stats.sequential)."""
    look: int = 1
    """The number of this look from 1, for methods that share their risk among the looks."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """The scenario's constants, where the profile declares none."""
    refuted: frozenset[str] = frozenset()
    """Constants that the evidence contradicts: they count as undeclared (harness.kit.contradictions)."""
    practice: bool = False
    """The campaign only rehearses: the rule about the path (loopback, a cable) is waived, and no other."""
    instruments: tuple[InstrumentInUse, ...] = ()
    """The declared instruments of the kinds that the measurand needs, with what their certificates say."""
    agreed: frozenset[str] = frozenset()
    """Constants that a counter-signed plan holds with the value that is declared here; ``settings`` for those of the sources."""

    def instrument(self, kind: str) -> tuple[InstrumentInUse, ...]:
        """The instruments of one kind, in the order of the profile."""
        return tuple(each for each in self.instruments if each.kind == kind)

    def certified(self, kind: str, quantity: Quantity) -> float:
        """The largest standard uncertainty that certificates of one kind state at ``quantity``, in base units; 0.0 without one."""
        lines = [line for each in self.instrument(kind) if (line := each.calibration(quantity)) is not None]
        return max((float(each.at(quantity)) for each in lines), default=0.0)

    @property
    def settings_agreed(self) -> bool:
        """Whether a counter-signed plan holds every source's settings as they are, so that what they leave out was agreed."""
        return "settings" in self.agreed

    @property
    def about(self) -> About:
        """Whether the verdict speaks of the agreed window or of the system."""
        return self.reading.about

    @property
    def confidence(self) -> Fraction:
        """At which both one-sided bounds hold: the lesser of 1 - alpha and 1 - beta, whoever shared the risks further."""
        return 1 - max(self.alpha, self.beta)

    @property
    def risk_above(self) -> Fraction:
        """The risk of the upper bound: alpha where that bound proves PASS, beta where it proves FAIL."""
        return self._risk(upper=True)

    @property
    def risk_below(self) -> Fraction:
        """The risk of the lower bound: beta where that bound proves FAIL, alpha where it proves PASS."""
        return self._risk(upper=False)

    def _risk(self, *, upper: bool) -> Fraction:
        if self.limit is None:
            return max(self.alpha, self.beta)
        if self.limit.op == "==":
            return min(self.alpha, self.beta)
        return self.alpha if self.limit.upper == upper else self.beta

    def among(self, parts: int) -> Request:
        """The same request for each of several parts: PASS of all costs nothing, FAIL of any shares beta among them."""
        return self if parts < 2 else replace(self, beta=self.beta / parts)

    def parameter(self, name: str, default: Any = None) -> Any:
        """A parameter of the reading as the scenario writes it."""
        return self.reading.parameters.get(name, default)

    def share(self, name: str, default: str) -> Fraction:
        """A share among the reading's parameters, like ``q: 95 %``; SpecError when it is none."""
        return Quantity.parse(str(self.parameter(name, default))).to("1")

    def constant(self, name: str, default: str | None = None) -> Quantity | None:
        """A constant: as the profile declares it (checked), else as the reading states it, else the scenario's, else ``default``.

        None where none of them says it, and where the evidence contradicts it. SpecError when malformed.
        """
        if name in self.refuted:
            return None
        written = self.declared.get(name, self.parameter(name, self.defaults.get(name, default)))
        return None if written is None else Quantity.parse(str(written))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look into a file before the campaign tells; ``countable``: how many of its rows could count at most."""

    text: Text
    countable: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader of the report sees behind the deciding reading: pictures and lists."""

    figures: tuple[Figure, ...] = ()
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant that a profile may declare for a measurand: its name, the unit its dimension is checked by, what it means.

    ``agreed``: the declaration counts only where a counter-signed plan holds the same value; otherwise the constant is
    undeclared, and the reader is told (harness.agreed).
    """

    name: str
    unit: str
    help: Text
    agreed: bool = False


View = Callable[[Sequence[Input], Ask], Any]
Statistic = Callable[[Any, Request], Outcome]
Show = Callable[[Any, Outcome, Request], Shown]
Live = Callable[[Any, Outcome, Request], Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Measurand:
    """A quantity that can be estimated (VIM 2.3), with lazy references ``module:name`` to what does it.

    ``recorder``: the probe that records it when a profile names none. ``accepts``: the classes of summary it can read;
    anything else bound to it is a problem of the profile. ``view`` digests the inputs once an indicator, a function of
    ``statistics`` estimates once a reading, ``show`` draws once, for the deciding reading, ``live`` says at each look while
    recording what else a person on site wants to see. ``watchable``: statistics whose bounds hold at every look (``Request.watched``). ``instruments``: kinds of instrument without which its numbers are
    nobody's (``power-meter``); what the profile declares of each is in ``Request.instruments``, and one that is out of date
    or does not fit makes the indicator INVALID before the statistic is asked (docs/how-to/declare-instruments.md).
    """

    name: str
    title: Text
    unit: str
    recorder: str
    accepts: tuple[str, ...]
    view: str
    statistics: Mapping[str, str]
    show: str = ""
    live: str = ""
    constants: tuple[Constant, ...] = ()
    watchable: frozenset[str] = frozenset()
    synchronised: bool = False
    """It compares moments of two clocks, which have to be synchronised."""
    instruments: tuple[str, ...] = ()


Simulator = Callable[[Mapping[str, Any], Path], AbstractContextManager[Mapping[str, Any]]]


class Probe(Protocol):
    """One way of recording. Instances are stateless and cheap; heavy imports belong inside the methods.

    :class:`harness.kit.probe.Probe` has everything that is alike.
    """

    name: str
    """As profiles say it: ``network.stamp``."""
    version: str
    title: Text
    extension: str
    """Of a segment, without dot: ``pcapng``, ``nmea``, ``csv``; a source with an ``extension`` of its own wins."""
    summary: str
    """The class that ``summarise`` gives, as ``module:Class``."""
    settings: type[Any]
    """What a profile may set (:class:`harness.kit.settings.Settings`): parsed once, then handed on."""
    simulators: Mapping[str, Simulator]
    """Simulated peers a profile may start, each labelled as such in evidence and report."""
    simulated: bool
    """Whether its traces are simulated data by definition, whoever names the file."""

    def source(self, settings: Any, folder: Path) -> Source:
        """The live half for these settings; nothing is opened before ``preflight``."""

    def whole(self, path: Path, start: int = 0) -> int:
        """How many leading bytes of a possibly torn segment are whole records; ``start``: known to be whole up to there."""

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterable[Chunk]:
        """Pieces that can be summarised apart, in any order; only those after ``done``, found without reading what is before."""

    def summarise(self, chunk: Chunk, asked: Asked) -> Any:
        """Decode one chunk and digest it; pure: same bytes and asked, same summary."""
