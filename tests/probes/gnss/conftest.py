# SPDX-License-Identifier: Apache-2.0
"""Logs with known contents, and the one path from logs to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.kit.settings import absent, findings
from harness.model import About, Judgement, Outcome
from harness.plugins import Asked, Input, Probe, Shown, Trace
from harness.quantity import Quantity
from harness.spec.problems import Finding
from harness.testing import Question, answer
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.receiver import receiver
from probes.gnss.truth.settings import TRAJECTORY

Judge = Callable[..., tuple[Outcome, Judgement]]
RISK = Fraction(1, 20)


def site(u_horizontal: str = "1 mm", u_vertical: str = "1 mm") -> dict[str, Any]:
    """The settings of a receiver at rest where the simulated one stands by default, known this well."""
    frame = {"frame": "CGCS2000", "epoch": 2000.0}
    known = {"u_horizontal": u_horizontal, "u_vertical": u_vertical}
    return {
        "mode": "static",
        "truth": {"lat": 30.5, "lon": 114.3, "height": 45.0, **frame, **known},
        "positions": frame,
    }


_SUMMED: dict[str, Any] = {}
"""The last summaries: tests put the same question to the same log again and again."""


def input_of(trace: Trace, question: Question) -> Input:
    """The summary of one trace, as the engine would compute it; once for the same files and question."""
    files = [
        (path, path.stat().st_mtime_ns, path.stat().st_size) for path in (*trace.segments, *trace.documents.values())
    ]
    key = repr((trace.probe, files, trace.settings, question.ask))
    if key not in _SUMMED:
        if len(_SUMMED) >= 64:
            del _SUMMED[next(iter(_SUMMED))]
        probe, asked = installed.probe(trace.probe), Asked((question.ask,), trace.settings)
        parts = [probe.summarise(chunk, asked) for chunk in probe.chunks(trace)]
        _SUMMED[key] = reduce(lambda left, right: left.merge(right), parts)
    return Input(trace.probe, trace.source, _SUMMED[key], trace)


def _asked(measurand: str, statistic: str, limit: str | None, parameters: Mapping[str, Any]) -> Question:
    named = {name: value for name, value in parameters.items() if name not in {"about", "minimum", "agreed"}}
    minimum = {name: Quantity.parse(value) for name, value in parameters.get("minimum", {}).items()}
    about = parameters.get("about", About.WINDOW)
    agreed = frozenset(parameters.get("agreed", ()))
    return Question(measurand, statistic, limit or "", named, about=about, minimum=minimum, agreed=agreed)


def judged(
    traces: Trace | Sequence[Trace], measurand: str, statistic: str, limit: str | None, **parameters: Any
) -> tuple[Outcome, Judgement]:
    """The outcome and verdict of one reading on one trace or several, as the engine would compute them.

    ``parameters``: of the reading; ``about`` (the window unless it is said), ``minimum`` and ``agreed`` among them.
    """
    question = _asked(measurand, statistic, limit, parameters)
    several = [traces] if isinstance(traces, Trace) else traces
    return answer([input_of(each, question) for each in several], question)


def shown(
    traces: Trace | Sequence[Trace], measurand: str, statistic: str, limit: str | None, **parameters: Any
) -> Shown:
    """What a reader sees behind the same reading."""
    question = _asked(measurand, statistic, limit, parameters)
    several = [traces] if isinstance(traces, Trace) else traces
    inputs = [input_of(each, question) for each in several]
    view = installed.resolve(question.record.view)(inputs, question.ask)
    found: Shown = installed.resolve(question.record.show)(view, answer(inputs, question)[0], question.request)
    return found


def rows(found: Shown, key: str) -> list[dict[str, Any]]:
    """The rows of a list by the keys of its columns."""
    (listing,) = (each for each in found.listings if each.key == key)
    return [dict(zip((column.key for column in listing.columns), row, strict=True)) for row in listing.rows]


def trace_of(config: Mapping[str, Any], documents: Mapping[str, Path] | None = None, source: str = "receiver") -> Trace:
    """A trace of one segment, the file that the settings name."""
    settings = PROBE.settings.model_validate(config)
    return Trace("s08.test", source, PROBE.name, 1, (Path(config["file"]),), settings, documents or {})


def placed(probe: Probe, config: Mapping[str, Any], folder: Path) -> list[Finding]:
    """Everything wrong with settings, as it would be told before anything is measured."""
    form: Any = probe.settings
    return findings(form, config) or absent(form.model_validate(config), folder)


def names(found: Sequence[Finding], keys: tuple[str | int, ...]) -> bool:
    """Whether a problem is placed at ``keys``, or names what is missing there."""
    return any(
        each.keys == keys or (keys and each.keys == keys[:-1] and str(keys[-1]) in each.problem) for each in found
    )


class Simulations:
    """Simulated receivers and the traces of their logs, each simulated once; nobody writes into the files."""

    def __init__(self, peers: ExitStack) -> None:
        self._peers = peers
        self._given: dict[str, Mapping[str, Any]] = {}

    def trace(
        self, device: Mapping[str, Any], settings: Mapping[str, Any] | None = None, source: str = "receiver"
    ) -> Trace:
        """The trace of one simulated receiver."""
        key = repr(sorted(device.items()))
        if key not in self._given:
            self._given[key] = self._peers.enter_context(receiver(device, Path()))
        given = self._given[key]
        moving = "trajectory" in given
        config = {**given, "mode": "dynamic" if moving else "static"}
        if moving:
            del config["truth"]
        documents = {TRAJECTORY: Path(given["trajectory"])} if moving else {}
        return trace_of(config | dict(settings or {}), documents, source)


@pytest.fixture(scope="session")
def simulated() -> Any:
    """Simulated receivers: simulated.trace(device, settings, source)."""
    with ExitStack() as peers:
        yield Simulations(peers)


@pytest.fixture
def judge(simulated: Simulations) -> Judge:
    """Simulate a receiver, judge one reading on its log: judge(device, measurand, statistic, limit, settings, **parameters)."""

    def run(
        device: Mapping[str, Any],
        measurand: str,
        statistic: str,
        limit: str | None,
        settings: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> tuple[Outcome, Judgement]:
        return judged(simulated.trace(device, settings), measurand, statistic, limit, **parameters)

    return run


@pytest.fixture
def show(simulated: Simulations) -> Callable[..., Shown]:
    """Simulate a receiver, show what is behind one reading: the same arguments as ``judge``."""

    def run(
        device: Mapping[str, Any],
        measurand: str,
        statistic: str,
        limit: str | None,
        settings: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> Shown:
        return shown(simulated.trace(device, settings), measurand, statistic, limit, **parameters)

    return run
