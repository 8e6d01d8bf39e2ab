# SPDX-License-Identifier: Apache-2.0
"""Profiles: the site, chosen readings, tightened limits and sources, applied to a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from harness.errors import SpecError
from harness.model import Criterion, Indicator, Reading, Rule, Scenario
from harness.quantity import Limit
from harness.spec.bindings import Binding, SimulatorSpec, bindings, simulators
from harness.spec.documents import OrganisationDoc, ProfileDoc
from harness.spec.instruments import InstrumentSpec, instruments
from harness.spec.papers import PaperSpec, paper
from harness.spec.problems import Finding, from_pydantic, joined, placed, refuse
from harness.spec.profile_rules import check
from harness.spec.published import refuse_borrowed_id
from harness.spec.scenario import find_scenario, is_path, read_file
from harness.spec.yaml_source import Keys, Source, read_yaml

_KINDS = {"自测": "self-check", "现场测试": "on-site", "第三方测试": "third-party"}
"""What people write, and what results and reports call it."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by name and 统一社会信用代码 (18 characters; the register probe checks them)."""

    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class Project:
    """The project that is accepted; ``start`` and ``end`` are its first and last day."""

    name: str
    applicant: Organisation
    members: tuple[Organisation, ...]
    start: date
    end: date
    site: str


@dataclass(frozen=True, slots=True)
class Test:
    """Who tests (``kind``: self-check, on-site, third-party) and under which circumstances."""

    __test__: ClassVar[bool] = False  # pytest: not a test class

    kind: str
    organisation: str
    operator: str
    environment: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile applied to its scenario.

    ``scenario`` carries the limits, rules, levels and obligations as they hold here; ``chosen`` the readings
    the profile names (the others keep the default); ``scenario_reference`` is how the profile names its scenario.
    ``baseline``: what is measured is sealed for a later campaign and not judged. ``practice``: a rehearsal, marked as such.
    """

    name: str
    scenario: Scenario
    scenario_reference: str
    project: Project
    test: Test
    chosen: Mapping[str, str]
    declared: Mapping[str, Mapping[str, Any]]
    bindings: Mapping[str, Binding]
    simulators: tuple[SimulatorSpec, ...]
    signing: Mapping[str, str]
    attempts: int
    applies: tuple[str, ...]
    baseline: bool = False
    practice: bool = False
    instruments: tuple[InstrumentSpec, ...] = ()
    time_stamps: str = ""
    papers: tuple[PaperSpec, ...] = ()

    def criterion(self, identifier: str) -> Criterion:
        """The criterion of the reading that decides about indicator ``identifier``; KeyError for an unknown one."""
        indicator = self.scenario.indicator(identifier)
        return _criterion(indicator, _deciding(indicator, self.chosen))

    def criteria(self, identifier: str) -> tuple[Criterion, ...]:
        """One criterion per reading of ``identifier``, in file order; KeyError for an unknown one."""
        indicator = self.scenario.indicator(identifier)
        return tuple(_criterion(indicator, each) for each in indicator.readings)


def parse_profile(content: bytes, name: str, scenario: Scenario) -> Profile:
    """The profile in ``content`` applied to ``scenario``; SpecError with every problem. Pure: reads nothing else."""
    return _parsed(read_yaml(content, name), scenario)


def load_profile(path: str | Path) -> Profile:
    """The profile in the file ``path`` applied to the scenario it names; SpecError with every problem of both."""
    path = Path(path)
    source = read_yaml(read_file(path), str(path))
    reference = source.data.get("scenario") if isinstance(source.data, dict) else None
    if not isinstance(reference, str) or not reference.strip():
        refuse(source, _validated(source)[1])
    try:
        found = find_scenario(str(reference), path.parent)
        refuse_borrowed_id(found)
        scenario = found.scenario
    except SpecError as error:
        own = placed(source, _validated(source)[1])
        raise joined([*_at_reference(source, error), *own], str(path)) from None
    return _parsed(source, scenario)


def place(content: bytes, name: str, keys: Keys) -> str:
    """``name:line:column`` of the value at ``keys`` in a specification, for problems that probes find in settings."""
    line, column = read_yaml(content, name).position(keys)
    return f"{name}:{line}:{column}"


def _at_reference(source: Source, error: SpecError) -> list[SpecError]:
    """The scenario's problems; one without a place of its own stands where the profile names the scenario."""
    line, column = source.position(("scenario",))
    where = f"{source.name}:{line}:{column}"
    return [each if each.where else SpecError(each.problem, cure=each.cure, where=where) for each in error.problems]


def _parsed(source: Source, scenario: Scenario) -> Profile:
    """Validate against the shape, then against ``scenario``, and apply."""
    document, findings = _validated(source)
    if not findings:
        findings = _same_scenario(document, scenario)
    refuse(source, [*findings, *check(document, scenario)])
    return _applied(document, scenario, Path(source.name).stem)


def _validated(source: Source) -> tuple[ProfileDoc, list[Finding]]:
    """The profile, or its sound part with stand-ins for the rest, and what is wrong with its shape."""
    try:
        return ProfileDoc.model_validate(source.data), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        sound = _sound_part(source.data, [each["loc"] for each in errors])
        return ProfileDoc.model_validate(sound), from_pydantic(source, ProfileDoc, errors)


_STAND_IN = {
    "schema": "yanshou.profile/1",
    "scenario": "-",
    "project": {
        "name": "-",
        "applicant": {"name": "-", "uscc": "0" * 18},
        "period": {"start": "2000-01-01", "end": "2000-01-01"},
        "site": "-",
    },
    "test": {"kind": "self-check", "organisation": "-", "operator": "-"},
}


def _sound_part(data: Any, bad: list[tuple[str | int, ...]]) -> dict[str, Any]:
    """A profile without what ``bad`` names, so that the rest is checked as well and all problems come at once."""
    sound: dict[str, Any] = dict(data) if isinstance(data, dict) else {}
    for loc in bad:
        section = sound.get(str(loc[0])) if loc else None
        if len(loc) > 1 and loc[0] not in _STAND_IN and isinstance(section, dict):
            sound[str(loc[0])] = {key: value for key, value in section.items() if key != loc[1]}
        elif loc:
            sound.pop(str(loc[0]), None)
    return _STAND_IN | sound


def _same_scenario(document: ProfileDoc, scenario: Scenario) -> list[Finding]:
    if is_path(document.scenario) or document.scenario == scenario.id:
        return []
    problem = f"the profile asks for {document.scenario!r}, the scenario at hand is {scenario.id!r}."
    return [Finding(("scenario",), problem, "use the scenario that the profile names.")]


def _applied(document: ProfileDoc, scenario: Scenario, name: str) -> Profile:
    project, test = document.project, document.test
    indicators = tuple(_tightened(each, document) for each in scenario.indicators)
    return Profile(
        name=name,
        scenario=replace(scenario, indicators=indicators),
        scenario_reference=document.scenario,
        project=Project(
            project.name,
            _organisation(project.applicant),
            tuple(_organisation(each) for each in project.members),
            project.period.start,
            project.period.end,
            project.site,
        ),
        test=Test(_KINDS.get(test.kind, test.kind), test.organisation, test.operator, deepcopy(test.environment)),
        chosen=dict(document.readings),
        declared=deepcopy(document.declared),
        bindings=bindings(document),
        simulators=simulators(document),
        signing={key: each for key, each in document.signing.model_dump().items() if each},
        attempts=document.attempts,
        applies=tuple(document.applies),
        baseline=document.baseline,
        practice=document.practice,
        instruments=instruments(document),
        time_stamps=document.time_stamps or "",
        papers=tuple(paper(name, each) for name, each in document.papers.items()),
    )


def _organisation(document: OrganisationDoc) -> Organisation:
    return Organisation(document.name, document.uscc)


def _tightened(indicator: Indicator, document: ProfileDoc) -> Indicator:
    """``indicator`` as it holds under the profile, which has been checked."""
    identifier = indicator.id
    limit = document.limits.get(identifier)
    confidence = document.confidence.get(identifier)
    mandatory = indicator.mandatory and indicator.applies_if in {"", *document.applies}
    changed = replace(
        indicator,
        mandatory=mandatory or (indicator.mandatory_if_limited and limit is not None),
        rule=Rule(document.rules.get(identifier, indicator.rule)),
        confidence=confidence.base if confidence else indicator.confidence,
    )
    changed = _narrowed(changed, document)
    return _limited(changed, limit, document.readings) if limit else changed


def _narrowed(indicator: Indicator, document: ProfileDoc) -> Indicator:
    """The deciding reading with the raised efforts and the tightened thresholds of the profile."""
    efforts, thresholds = document.minimum.get(indicator.id, {}), document.gates.get(indicator.id, {})
    if not efforts and not thresholds:
        return indicator
    deciding = _deciding(indicator, document.readings)
    narrowed = replace(
        deciding,
        minimum={**deciding.minimum, **efforts},
        parameters={**deciding.parameters, **deepcopy(thresholds)},
    )
    readings = tuple(narrowed if each is deciding else each for each in indicator.readings)
    return replace(indicator, readings=readings)


def _limited(indicator: Indicator, limit: Limit, chosen: Mapping[str, str]) -> Indicator:
    """Put ``limit`` where the deciding reading takes its limit from."""
    deciding = _deciding(indicator, chosen)
    if deciding.limit is None:
        return replace(indicator, limit=limit)
    readings = tuple(replace(each, limit=limit) if each is deciding else each for each in indicator.readings)
    return replace(indicator, readings=readings)


def _deciding(indicator: Indicator, chosen: Mapping[str, str]) -> Reading:
    name = chosen.get(indicator.id)
    return indicator.reading(name) if name else indicator.default_reading


def _criterion(indicator: Indicator, reading: Reading) -> Criterion:
    limit = reading.limit if reading.limit is not None else indicator.limit
    return Criterion(reading, limit, indicator.rule, indicator.confidence)
