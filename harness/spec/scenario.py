# SPDX-License-Identifier: Apache-2.0
"""Scenario files: from YAML to :class:`harness.model.Scenario`, and where the installed ones are."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import SpecError
from harness.model import About, Clause, ConstantRule, Indicator, Kind, Reading, Rule, Scenario, Stricter, Text
from harness.quantity import Limit
from harness.spec.constants import constant_findings, reading_findings
from harness.spec.documents import ConstantDoc, IndicatorDoc, ReadingDoc, ScenarioDoc, TextDoc
from harness.spec.problems import Finding, from_pydantic, nearest, refuse
from harness.spec.yaml_source import Source, read_yaml

GROUP = "yanshou.scenarios"
CONFIDENCE = Fraction(95, 100)
_ID_LINE = re.compile(rb"^(?:\xef\xbb\xbf)?id:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario with the exact bytes it was read from."""

    path: Path
    content: bytes
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """The bytes of an installed scenario, and the distribution that brings them."""

    id: str
    path: Path
    content: bytes
    sha256: str
    distribution: str
    version: str


def parse_scenario(content: bytes, name: str) -> Scenario:
    """The scenario in ``content``; SpecError with every problem, placed in the file called ``name``."""
    source = read_yaml(content, name)
    document, findings = _validated(source)
    refuse(source, findings)
    assert document is not None  # noqa: S101 - refuse() has raised otherwise
    return replace(_scenario(document), sha256=sha256(content).hexdigest())


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in the file ``path``; SpecError with every problem."""
    return _load(Path(path)).scenario


def find_scenario(reference: str, folder: str | Path = ".") -> ScenarioFile:
    """The scenario a profile asks for: an installed id (``s01``), or a path relative to ``folder``."""
    if is_path(reference):
        return _load(Path(folder) / reference)
    found = [each for each in installed_bytes() if each.id == reference]
    if not found:
        msg = f"No scenario called {reference!r} is installed."
        raise SpecError(msg, cure=nearest(reference, [each.id for each in installed_bytes()]))
    if len(found) > 1:
        places = ", ".join(str(each.path) for each in found)
        msg = f"{reference!r} is the id of several scenarios: {places}."
        raise SpecError(msg, cure="name the file by its path.")
    path, content = found[0].path, found[0].content
    return ScenarioFile(path, content, parse_scenario(content, str(path)))


def installed_scenarios() -> list[ScenarioFile]:
    """Every scenario of every installed package in the entry-point group ``yanshou.scenarios``, ordered by id."""
    loaded = [
        ScenarioFile(each.path, each.content, parse_scenario(each.content, str(each.path)))
        for each in installed_bytes()
    ]
    return sorted(loaded, key=lambda each: each.scenario.id)


def is_path(reference: str) -> bool:
    """Whether a profile names its scenario by path rather than by id."""
    return "/" in reference or "\\" in reference or reference.endswith((".yaml", ".yml"))


def read_file(path: Path) -> bytes:
    """The bytes of a specification; SpecError when they cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"The file cannot be read: {error.strerror or error}."
        raise SpecError(msg, cure="check the path and its permissions.", where=str(path)) from None


def _load(path: Path) -> ScenarioFile:
    content = read_file(path)
    return ScenarioFile(path, content, parse_scenario(content, str(path)))


def installed_bytes() -> tuple[InstalledFile, ...]:
    """Every file of every installed package in the entry-point group ``yanshou.scenarios``, unparsed; read once a process."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=1)
def _installed(_path: tuple[str, ...]) -> tuple[InstalledFile, ...]:
    return tuple(_read_installed())


def _read_installed() -> Iterator[InstalledFile]:
    packages = {entry.value: entry.dist for entry in entry_points(group=GROUP)}
    for package, distribution in sorted(packages.items()):
        name, its_version = ("", "") if distribution is None else (distribution.name, distribution.version)
        for each in _yaml_below(files(import_module(package))):
            content = each.read_bytes()
            digest = sha256(content).hexdigest()
            yield InstalledFile(_declared_id(content), Path(str(each)), content, digest, name, its_version)


def _yaml_below(folder: Traversable) -> Iterator[Traversable]:
    for each in sorted(folder.iterdir(), key=lambda item: item.name):
        if each.is_dir():
            yield from _yaml_below(each)
        elif each.name.endswith(".yaml"):
            yield each


def _declared_id(content: bytes) -> str:
    match = _ID_LINE.search(content)
    return match[1].decode("utf-8", "replace") if match else ""


def _validated(source: Source) -> tuple[ScenarioDoc | None, list[Finding]]:
    try:
        document = ScenarioDoc.model_validate(source.data)
    except ValidationError as error:
        findings = from_pydantic(source, ScenarioDoc, error.errors(include_url=False))
        return None, findings + _meaning(source.data, _sound_indicators(source.data))
    return document, _meaning(source.data, dict(enumerate(document.indicators)))


def _sound_indicators(data: Any) -> dict[int, IndicatorDoc]:
    """The indicators that are well formed on their own, so that one bad neighbour hides nothing."""
    listed = data.get("indicators") if isinstance(data, dict) else None
    sound = {}
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        try:
            sound[index] = IndicatorDoc.model_validate(each)
        except ValidationError:
            continue
    return sound


def _meaning(data: Any, indicators: dict[int, IndicatorDoc]) -> list[Finding]:
    """What no schema can say: references, uniqueness, limits that fit each other."""
    scenario_id = data.get("id") if isinstance(data, dict) else None
    findings: list[Finding] = []
    first: dict[str, int] = {}
    for index, each in indicators.items():
        keys = ("indicators", index)
        if isinstance(scenario_id, str) and not each.id.startswith(f"{scenario_id}."):
            cure = f"begin it with the id of the scenario: {scenario_id}.{each.id.rpartition('.')[2]}."
            findings.append(Finding((*keys, "id"), f"{each.id!r} does not belong to {scenario_id!r}.", cure))
        if first.setdefault(each.id, index) != index:
            problem = f"{each.id!r} is already the id of indicators[{first[each.id]}]."
            findings.append(Finding((*keys, "id"), problem, "give every indicator an id of its own."))
        findings += [*_conditions(keys, each), *_readings(keys, each), *constant_findings(keys, each)]
    return findings


def _conditions(keys: tuple[str | int, ...], each: IndicatorDoc) -> list[Finding]:
    """Whether mandatory, its conditions and the limit go together."""
    findings = []
    if each.limits_from and each.limit:
        findings.append(
            Finding((*keys, "limits_from"), "the indicator has a limit of its own.", "remove one of the two.")
        )
    if each.mandatory_if_limited and (each.limit or each.mandatory):
        problem = "the indicator has a limit already." if each.limit else "the indicator is mandatory already."
        findings.append(Finding((*keys, "mandatory_if_limited"), problem, "remove mandatory_if_limited."))
    if each.applies_if and not each.mandatory:
        cure = "write mandatory: true; applies_if says where that holds."
        findings.append(Finding((*keys, "applies_if"), "an informative indicator needs no condition.", cure))
    if each.mandatory and not each.limit and not each.limits_from and not all(one.limit for one in each.readings):
        cure = 'add limit: "…", or limits_from: profile, or write mandatory: false.'
        findings.append(Finding((*keys, "mandatory"), f"{each.id} is mandatory but has no limit.", cure))
    return findings


def _readings(keys: tuple[str | int, ...], each: IndicatorDoc) -> list[Finding]:
    findings = []
    defaults = [index for index, reading in enumerate(each.readings) if reading.default]
    if len(defaults) != 1:
        problem = f"{len(defaults)} of {len(each.readings)} readings have default: true."
        findings.append(Finding((*keys, "readings"), problem, "mark exactly one reading, the strict one."))
    seen: set[str] = set()
    for index, reading in enumerate(each.readings):
        place = (*keys, "readings", index)
        if reading.name in seen:
            findings.append(Finding((*place, "name"), f"{reading.name!r} is the name of two readings.", "rename one."))
        seen.add(reading.name)
        if reading.default and len(each.readings) > 1 and not reading.why:
            cure = "add why: {zh: …, en: …}: why this reading among the others."
            findings.append(Finding(place, f"the default reading {reading.name!r} does not say why.", cure))
        findings += [*_own_limit(place, each.limit, reading), *reading_findings(place, reading)]
    return findings


def _own_limit(place: tuple[str | int, ...], limit: Limit | None, reading: ReadingDoc) -> list[Finding]:
    """A reading that asks in the clause's own dimension and direction must not ask for less."""
    own = reading.limit
    if own is None or limit is None or own.quantity.dimension != limit.quantity.dimension:
        return []
    if own.upper != limit.upper or own.tightens(limit):
        return []
    problem = f"{own} is a weaker limit than the clause's {limit}."
    return [Finding((*place, "limit"), problem, "remove it, or ask in another unit.")]


def _scenario(document: ScenarioDoc) -> Scenario:
    indicators = tuple(_indicator(document, each) for each in document.indicators)
    return Scenario(document.id, _text(document.title), _text(document.field), document.document.name, indicators)


def _indicator(document: ScenarioDoc, each: IndicatorDoc) -> Indicator:
    return Indicator(
        id=each.id,
        title=_text(each.title),
        clause=_clause(document, each),
        kind=Kind(each.kind),
        mandatory=each.mandatory,
        limit=each.limit,
        rule=Rule(each.rule),
        confidence=each.confidence.base if each.confidence else CONFIDENCE,
        readings=tuple(_reading(one) for one in each.readings),
        evidence=tuple(_text(one) for one in each.evidence),
        constants={name: _constant(one) for name, one in each.constants.items()},
        applies_if=each.applies_if or "",
        mandatory_if_limited=each.mandatory_if_limited,
        limits_from=each.limits_from or "",
        note=_text(each.note),
        no_instrument=_text(None if each.instruments is None else each.instruments.none),
    )


def _clause(document: ScenarioDoc, each: IndicatorDoc) -> Clause:
    place = document.document.model_dump()
    if each.document:
        place |= each.document.model_dump(exclude_none=True)
    return Clause(each.clause, place["name"], place["issuer"], place["seed"], place["annex"] or "", place["row"] or "")


def _reading(each: ReadingDoc) -> Reading:
    return Reading(
        each.name,
        _text(each.title),
        each.measurand,
        each.statistic,
        deepcopy(each.parameters),
        each.limit,
        default=each.default,
        why=_text(each.why),
        about=About(each.about),
        minimum=dict(each.minimum),
        tighten={name: Stricter(word) for name, word in each.tighten.items()},
    )


def _constant(each: ConstantDoc) -> ConstantRule:
    span = None if each.range is None else (each.range[0], each.range[1])
    return ConstantRule(deepcopy(each.default), Stricter(each.stricter), span, _text(each.why))


def _text(each: TextDoc | None) -> Text:
    return Text(each.zh, each.en) if each else Text("", "")
