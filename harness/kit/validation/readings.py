# SPDX-License-Identifier: Apache-2.0
"""Cases that ask what a scenario asks: evidence made in a folder, through probe, view and statistic as a campaign takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness import installed
from harness.kit.validation.cases import Case, Value
from harness.model import Indicator, Outcome, Reading
from harness.plugins import Ask, Asked, Input, Request, Trace
from harness.spec.profile import Project
from harness.spec.scenario import find_scenario
from harness.summaries import defaults_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source recorded: the probe's name, its segment or segments by name, its settings; documents and their SHA-256 by name."""

    probe: str
    data: bytes | Mapping[str, bytes]
    settings: Mapping[str, Any]
    documents: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    project: Project | None = None


Made = Callable[[Path], Evidence]
"""Evidence in an empty folder."""


def case(reading: str, name: str, source: str, made: Made, expected: Value, *, absolute: float = 0.0) -> Case:
    """What the installed scenarios ask under ``reading``, as ``s09.nodes/proven-nodes``, of this evidence.

    ``expected``: ``value``, ``lower``, ``upper`` (None: open), and ``open``, the codes of what is missing.
    """
    return Case(name, source, partial(answered, reading, made), expected, absolute=absolute, reading=reading)


def answered(reading: str, made: Made) -> dict[str, Any]:
    """The estimate with both bounds, and what is missing by its codes; ValueError for a reading that no scenario has."""
    indicator, found = _asked(reading)
    with TemporaryDirectory(prefix="yanshou-validation-") as name:
        outcome = _outcome(indicator, found, made(Path(name)), Path(name))
    told = sorted({each.reason.code for each in outcome.lacks} | {each.code for each in outcome.invalid})
    if outcome.estimate is None:
        return {"value": None, "lower": None, "upper": None, "open": told}
    estimate = outcome.estimate
    return {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper, "open": told}


def _asked(reading: str) -> tuple[Indicator, Reading]:
    indicator, _, name = reading.partition("/")
    for each in find_scenario(indicator.partition(".")[0]).scenario.indicators:
        for one in each.readings:
            if (each.id, one.name) == (indicator, name):
                return each, one
    msg = f"no scenario has the reading {reading}"
    raise ValueError(msg)


def _outcome(indicator: Indicator, reading: Reading, evidence: Evidence, folder: Path) -> Outcome:
    measurand, probe = installed.measurand(reading.measurand), installed.probe(evidence.probe)
    if measurand is None:
        msg = f"{reading.measurand} is not installed"
        raise ImportError(msg)
    data = evidence.data
    segments = {f"0001.{probe.extension}": data} if isinstance(data, bytes) else data
    for name, content in segments.items():
        (folder / name).write_bytes(content)
    paths = tuple(folder / name for name in segments)
    settings = probe.settings.model_validate(evidence.settings)
    trace = Trace(indicator.id, "validation", evidence.probe, 1, paths, settings, evidence.documents, evidence.digests)
    limit = reading.limit or indicator.limit
    defaults = defaults_of(indicator)
    ask = Ask(indicator.id, (reading,), (limit,) if limit else (), defaults=defaults)
    asked = Asked((ask,), settings, evidence.project, evidence.digests)
    parts = [probe.summarise(each, asked) for each in probe.chunks(trace)]
    summary = reduce(lambda one, other: one.merge(other), parts)
    view = installed.resolve(measurand.view)((Input(evidence.probe, "validation", summary, trace),), ask)
    risk = 1 - indicator.confidence
    request = Request(
        indicator.id, reading, limit, indicator.rule, risk, risk, project=evidence.project, defaults=defaults
    )
    outcome: Outcome = installed.resolve(measurand.statistics[reading.statistic])(view, request)
    return outcome
