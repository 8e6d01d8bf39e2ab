# SPDX-License-Identifier: Apache-2.0
"""Conformance kit for authors of probes: record into memory, judge bytes, and :func:`walk` over all that is installed.

The walk asserts what the engine relies on: purity, merging in any order, chunks that stand alone and only grow at the end, a
torn tail that is cut to whole records, both languages wherever a person reads, and that no setting of a source takes part in
a summary or a verdict without being printed beside it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from itertools import islice, permutations
from pathlib import Path
from typing import Any, Self

from harness import installed
from harness.account.calibration import InstrumentInUse
from harness.decide import decide
from harness.effort import held, short
from harness.model import About, Criterion, Judgement, Outcome, Reading, Rule, Text
from harness.plugins import Ask, Asked, Input, Measurand, Probe, Request, Trace
from harness.quantity import Limit, Quantity
from harness.testing.printed import only_what_is_printed_decides

ORDERS = 24
"""How many orders of the chunks are tried: all of them for up to four chunks."""


def walk(
    examples: Mapping[str, Callable[[Path], Trace]], distribution: str = ""
) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Every installed probe and measurand by name, each with its check, which wants an empty folder.

    ``examples``: for each probe what makes a small trace in a folder; a probe without one is told when it is checked.
    ``distribution``: only what it brings, as ``acme-doors``.
    """
    for group, check in ((installed.PROBES, partial(_check_example, examples)), (installed.MEASURANDS, _check_offered)):
        for name in installed.names(group):
            if not distribution or installed.offered_by(group, name)[0] == distribution:
                yield name, partial(check, name)


def _check_example(examples: Mapping[str, Callable[[Path], Trace]], name: str, folder: Path) -> None:
    assert name in examples, f"{name} has no example"
    example, scratch = folder / "example", folder / "scratch"
    example.mkdir()
    scratch.mkdir()
    trace = examples[name](example)
    check_probe(installed.probe(name), trace, Asked(settings=trace.settings), scratch)


def _check_offered(name: str, folder: Path) -> None:
    del folder
    check_measurand(Question(name, "").record)


def check_measurand(measurand: Measurand) -> None:
    """Every reference leads somewhere, its recorder records what it accepts, and what a person reads is in both languages."""
    assert all(measurand.name.partition(".")), f"{measurand.name!r} is not domain.kind"
    for text in (measurand.title, *(each.help for each in measurand.constants)):
        assert_both(text, measurand.name)
    assert installed.probe(measurand.recorder).summary in measurand.accepts, (
        f"{measurand.name} reads no {measurand.recorder}"
    )
    assert all(isinstance(installed.resolve(each), type) for each in measurand.accepts), measurand.accepts
    assert measurand.statistics, f"{measurand.name} has no statistic"
    assert measurand.watchable <= measurand.statistics.keys(), f"{measurand.name} watches what it has no statistic of"
    for each in filter(None, (measurand.view, measurand.show, measurand.live, *measurand.statistics.values())):
        assert callable(installed.resolve(each)), each


def check_probe(probe: Probe, trace: Trace, asked: Asked, scratch: Path) -> None:
    """Assert the house rules for ``probe`` on ``trace``; AssertionError names the rule that is broken.

    ``scratch`` is an empty folder for torn copies of the trace's first segment.
    """
    check_words(probe)
    with only_what_is_printed_decides():
        check_merging(probe, trace, asked)
        check_torn_tail(probe, trace.segments[0], scratch)
        check_growth(probe, trace, scratch)


def check_words(probe: Probe) -> None:
    """Name, version, title and the class of summary are filled in and look alike across probes."""
    domain, _, kind = probe.name.partition(".")
    assert domain, f"{probe.name!r} is not domain.kind"
    assert kind, f"{probe.name!r} is not domain.kind"
    assert probe.version, "a probe has a version: it is part of the evidence"
    assert_both(probe.title, "title")
    assert isinstance(installed.resolve(probe.summary), type), f"{probe.summary} is no class"
    assert not probe.extension.startswith("."), "the extension has no dot"


def assert_both(text: Text, what: str) -> None:
    """Both languages are there, and the Chinese one is Chinese."""
    assert text.en.strip(), f"{what} lacks English"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), f"{what} lacks Chinese"


def check_merging(probe: Probe, trace: Trace, asked: Asked) -> None:
    """Same bytes, same summary; any order of merging, equal summaries; summaries travel to workers and back."""
    chunks = list(probe.chunks(trace))
    assert chunks, "a trace with segments has chunks"
    assert pickle.dumps(chunks), "chunks travel to workers"
    summaries = [probe.summarise(chunk, asked) for chunk in chunks]
    kind = installed.resolve(probe.summary)
    assert all(type(each) is kind for each in summaries), f"summarise gives something else than {probe.summary}"
    again = [probe.summarise(chunk, asked) for chunk in reversed(chunks)][::-1]
    assert _same(summaries, again), "summarise is not pure: a second call differs"
    travelled = [pickle.loads(pickle.dumps(each)) for each in summaries]  # noqa: S301 - our own bytes
    whole = _merged(summaries)
    for order in islice(permutations(range(len(chunks))), ORDERS):
        assert _same([whole], [_merged([travelled[index] for index in order])]), f"merging in order {order} differs"


def check_torn_tail(probe: Probe, segment: Path, scratch: Path) -> None:
    """``whole`` keeps a whole segment, never grows one, and is settled after one cut."""
    data = segment.read_bytes()
    assert probe.whole(segment) == len(data), "a whole segment loses bytes"
    for cut in _cuts(len(data)):
        torn = scratch / f"{cut}.{probe.extension}"
        torn.write_bytes(data[:cut])
        kept = probe.whole(torn)
        assert 0 <= kept <= cut, f"cut at {cut}: {kept} bytes kept"
        torn.write_bytes(data[:kept])
        assert probe.whole(torn) == kept, f"cut at {cut}: a second look cuts again"


def check_growth(probe: Probe, trace: Trace, scratch: Path) -> None:
    """The chunks of a longer segment begin with those of the shorter one, but for the last; ``done`` skips, no more."""
    data = trace.segments[0].read_bytes()
    grown = scratch / f"grown.{probe.extension}"
    for share in (3, 2):
        grown.write_bytes(data[: len(data) // share])
        shorter = list(probe.chunks(_alone(trace, grown)))
        grown.write_bytes(data)
        longer = list(probe.chunks(_alone(trace, grown)))
        for one, other in zip(shorter[:-1], longer, strict=False):
            assert (one.start, one.stop, one.detail) == (other.start, other.stop, other.detail), "a chunk moved"
        for number, done in enumerate(longer, start=1):
            assert list(probe.chunks(_alone(trace, grown), done)) == longer[number:], "chunks after done are others"


def _alone(trace: Trace, path: Path) -> Trace:
    return Trace(trace.indicator, trace.source, trace.probe, trace.attempt, (path,), trace.settings, trace.documents)


def _cuts(length: int) -> Iterator[int]:
    """About forty places over the whole length, and the last bytes one by one."""
    yield from sorted({length * step // 37 for step in range(37)} | set(range(max(0, length - 8), length)))


def _merged(summaries: Sequence[Any]) -> Any:
    return reduce(lambda left, right: left.merge(right), summaries)


def _same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Equal by ``canonical_bytes()`` where a summary offers it, else by ``==``."""
    return all(
        one.canonical_bytes() == other.canonical_bytes() if hasattr(one, "canonical_bytes") else one == other
        for one, other in zip(left, right, strict=True)
    )


@dataclass
class MemorySink:
    """A :class:`harness.plugins.Sink` that keeps what a source says; it wants an end once ``enough`` bytes are there."""

    config_folder: Path = field(default_factory=Path)
    state: Mapping[str, Any] = field(default_factory=dict)
    enough: int | None = None
    segments: list[bytearray] = field(default_factory=list)
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    states: list[Mapping[str, Any]] = field(default_factory=list)
    attached: dict[str, bytes] = field(default_factory=dict)

    @property
    def stopping(self) -> bool:
        """Whether enough is there."""
        return self.enough is not None and self.position >= self.enough

    @property
    def position(self) -> int:
        """Bytes of all segments."""
        return sum(map(len, self.segments))

    @property
    def data(self) -> bytes:
        """The bytes of all segments in one."""
        return b"".join(self.segments)

    def write(self, data: bytes) -> None:
        """Append to the last segment."""
        if not self.segments:
            self.roll()
        self.segments[-1] += data

    def roll(self) -> None:
        """Begin another segment."""
        self.segments.append(bytearray())

    def attach(self, name: str, data: bytes) -> None:
        """Keep a document."""
        self.attached[name] = data

    def event(self, kind: str, body: Mapping[str, Any]) -> None:
        """Keep an event."""
        self.events.append((kind, body))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Keep a state."""
        self.states.append(state)

    def progress(self, done: float, total: float, text: str = "") -> None:
        """Nobody watches."""


def record(
    probe: Probe, settings: Mapping[str, Any], folder: Path = Path(), sink: MemorySink | None = None
) -> MemorySink:
    """What ``probe`` records with these settings: preflight, then everything until its end."""
    kept = MemorySink(config_folder=folder) if sink is None else sink
    source = probe.source(probe.settings.model_validate(settings), folder)
    source.preflight()
    source.record(kept)
    return kept


class ScriptedPeer:
    """A :class:`harness.kit.dialogue.Peer` that is asked exactly what its script expects, in that order, and answers it.

    An exchange is (question, answer); an answer that is an exception is raised. Use it as a context manager: what was
    never asked fails the test at its end.
    """

    def __init__(self, *exchanges: tuple[Any, Any]) -> None:
        """Nothing was asked yet."""
        self._left, self.closed = list(exchanges), 0

    def ask(self, question: Any) -> Any:
        """The next answer; AssertionError for another question, or for one too many."""
        assert self._left, f"{question!r} is asked beyond the script"
        wanted, told = self._left.pop(0)
        assert question == wanted, f"{question!r} is asked, not {wanted!r}"
        if isinstance(told, Exception):
            raise told
        return told

    def close(self) -> None:
        """Count the leaves taken."""
        self.closed += 1

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """AssertionError when something of the script was never asked."""
        assert kind is not None or not self._left, f"never asked: {self._left}"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in a test: a measurand's statistic, its limit, the reading's parameters and declared constants."""

    measurand: str
    statistic: str
    limit: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    risk: Fraction = Fraction(1, 20)
    rule: Rule = Rule.GUARDED
    about: About = About.PROCESS
    """What the verdict is to speak of."""
    offered: Measurand | None = None
    """A measurand that is not installed."""
    minimum: Mapping[str, Quantity] = field(default_factory=dict)
    practice: bool = False
    """Whether it is asked in a rehearsal."""
    instruments: tuple[InstrumentInUse, ...] = ()
    """What the certificates of declared instruments say."""
    agreed: frozenset[str] = frozenset()
    """Constants that a counter-signed plan holds."""

    @property
    def record(self) -> Measurand:
        """The measurand."""
        found = self.offered or installed.measurand(self.measurand)
        assert found is not None, f"{self.measurand} is not installed"
        return found

    @property
    def reading(self) -> Reading:
        """The reading that asks it."""
        return Reading(
            "asked",
            Text("提问", "asked"),
            self.measurand,
            self.statistic,
            self.parameters,
            about=self.about,
            minimum=self.minimum,
        )

    @property
    def ask(self) -> Ask:
        """What a summary is told of it."""
        limit = Limit.parse(self.limit) if self.limit else None
        return Ask("test.asked", (self.reading,), (limit,) if limit else (), self.declared, practice=self.practice)

    @property
    def request(self) -> Request:
        """What a statistic is told of it."""
        limit = Limit.parse(self.limit) if self.limit else None
        risks = (self.risk, self.risk)
        return Request(
            "test.asked",
            self.reading,
            limit,
            self.rule,
            *risks,
            self.declared,
            practice=self.practice,
            instruments=self.instruments,
            agreed=self.agreed,
        )


def inputs_of(
    probe: Probe, data: bytes, question: Question, folder: Path, settings: Mapping[str, Any]
) -> tuple[Input, ...]:
    """The summary of ``data`` as one source's trace in ``folder``; several sources are joined by the caller."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"0001.{probe.extension}"
    path.write_bytes(data)
    parsed = probe.settings.model_validate(settings)
    trace = Trace("test.asked", folder.name, probe.name, 1, (path,), parsed)
    asked = Asked((question.ask,), parsed)
    with only_what_is_printed_decides():
        summary = _merged([probe.summarise(each, asked) for each in probe.chunks(trace)])
    return (Input(probe.name, trace.source, summary, trace),)


def answer(inputs: Sequence[Input], question: Question) -> tuple[Outcome, Judgement]:
    """View, estimate and verdict, as the engine takes them."""
    measurand, request = question.record, question.request
    with only_what_is_printed_decides():
        view = installed.resolve(measurand.view)(tuple(inputs), question.ask)
        outcome: Outcome = installed.resolve(measurand.statistics[question.statistic])(view, request)
    outcome = held(outcome, question.minimum, short(outcome, question.minimum))
    return outcome, decide(outcome, Criterion(request.reading, request.limit, request.rule, 1 - question.risk))


def judge(
    probe: Probe, data: bytes, question: Question, folder: Path, settings: Mapping[str, Any]
) -> tuple[Outcome, Judgement]:
    """The answer that ``data``, recorded by ``probe`` with ``settings``, gives to ``question``."""
    return answer(inputs_of(probe, data, question, folder, settings), question)
