# SPDX-License-Identifier: Apache-2.0
"""From a profile's source bindings to probes' sources: settings checked, simulated peers started and named."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import plugins
from harness.errors import SpecError
from harness.plugins import Problem
from harness.recorder import Task
from harness.spec import Profile


def start_simulators(profile: Profile, folder: Path, peers: ExitStack) -> Mapping[str, Mapping[str, Any]]:
    """Start the profile's simulated peers; what each gives, by its name."""
    given: dict[str, Mapping[str, Any]] = {}
    for each in profile.simulators:
        offered = plugins.probe(each.probe).simulators
        if each.simulator not in offered:
            msg = f"{each.probe} has no simulator {each.simulator!r}."
            raise SpecError(msg, cure=f"use one of: {', '.join(offered) or 'none'}.")
        given[each.name] = peers.enter_context(offered[each.simulator](each.config, folder))
    return given


def tasks_of(profile: Profile, folder: Path, given: Mapping[str, Mapping[str, Any]]) -> list[Task]:
    """One task a bound source, nothing opened yet; SpecError with everything wrong in their settings."""
    tasks = []
    problems: list[SpecError] = []
    for identifier, binding in profile.bindings.items():
        for spec in binding.sources:
            name = spec.probe or plugins.probe_of(profile.criterion(identifier).reading.measurand)
            if name is None:
                continue  # no installed probe: the indicator will be NOT_TESTED, and says so
            probe = plugins.probe(name)
            config, simulated = resolved(spec.config, given)
            wrong = probe.check(config, folder)
            problems += [_spec_error(profile, identifier, each) for each in wrong]
            if not wrong:
                source = probe.source(config, folder)
                tasks.append(Task(identifier, spec.name, probe, source, config, simulated, 0, folder))
    if problems:
        raise SpecError(problems[0].problem, problems=tuple(problems))
    return tasks


def check(profile: Profile, folder: Path) -> list[SpecError]:
    """Everything wrong with the profile's source settings, without starting or opening anything."""
    found = []
    for identifier, binding in profile.bindings.items():
        for spec in binding.sources:
            name = spec.probe or plugins.probe_of(profile.criterion(identifier).reading.measurand)
            if name is None:
                continue
            later = {key for key, value in spec.config.items() if _reference(value)}
            wrong = plugins.probe(name).check(spec.config, folder)
            found += [
                _spec_error(profile, identifier, each)
                for each in wrong
                if each.keys[:1] not in [(key,) for key in later]
            ]
    return found


def resolved(config: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
    """The settings with every ``@simulator.key`` replaced by what the simulator gives, and whether any was."""
    values: dict[str, Any] = {}
    simulated = False
    for key, value in config.items():
        name, _, wanted = str(value)[1:].partition(".")
        if not _reference(value):
            values[key] = value
        elif name in given and wanted in given[name]:
            values[key], simulated = given[name][wanted], True
        else:
            offers = ", ".join(f"@{name}.{each}" for name, gives in given.items() for each in gives)
            msg = f"{value!r} names nothing that a simulator of this profile gives."
            raise SpecError(msg, cure=f"use one of: {offers or 'none; add it under simulators:'}.")
    return values, simulated


def _reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _spec_error(profile: Profile, identifier: str, each: Problem) -> SpecError:
    where = ".".join(str(key) for key in ("sources", identifier, *each.keys))
    return SpecError(each.problem, cure=each.cure, where=f"{profile.name}: {where}")
