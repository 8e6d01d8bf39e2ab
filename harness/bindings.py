# SPDX-License-Identifier: Apache-2.0
"""From a profile's source bindings to probes' sources: settings checked, simulated peers started and named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import plugins
from harness.errors import SpecError, UsageError
from harness.plugins import Probe, Problem
from harness.recorder import Task
from harness.spec import Profile, SimulatorSpec, SourceSpec, place


@dataclass(frozen=True, slots=True)
class Bindings:
    """A profile with the file it stands in, so that every problem is placed to the column."""

    profile: Profile
    path: Path

    def check(self) -> None:
        """SpecError with everything wrong in the source settings; starts and opens nothing.

        A value that a simulator will give (``@name.key``) cannot be judged before it runs and is passed over.
        """
        problems: list[SpecError] = []
        for _, spec, probe in self._bound(problems):
            found = probe.check(spec.config, self.path.parent)
            later = {key for key, value in spec.config.items() if _reference(value)}
            problems += [self._placed(spec, each) for each in found if not later & set(each.keys[:1])]
        _raise_all(problems)

    def start_simulators(self, peers: ExitStack) -> Mapping[str, Mapping[str, Any]]:
        """Start the profile's simulated peers, ended by ``peers``; what each gives, by its name."""
        return {
            each.name: peers.enter_context(self._simulator(each)(each.config, self.path.parent))
            for each in self.profile.simulators
        }

    def tasks(self, given: Mapping[str, Mapping[str, Any]]) -> list[Task]:
        """One task a bound source, nothing opened yet; SpecError with everything wrong in their settings."""
        tasks: list[Task] = []
        problems: list[SpecError] = []
        folder = self.path.parent
        for identifier, spec, probe in self._bound(problems):
            config, simulated = self._resolved(spec, given)
            wrong = probe.check(config, folder)
            problems += [self._placed(spec, each) for each in wrong]
            if not wrong:
                source = probe.source(config, folder)
                tasks.append(Task(identifier, spec.name, probe, source, config, simulated, folder))
        _raise_all(problems)
        return tasks

    def _bound(self, problems: list[SpecError]) -> Iterator[tuple[str, SourceSpec, Probe]]:
        """Every source whose probe is installed; a probe named but not installed is a problem.

        Where nothing is named and no probe offers the measurand, the indicator will be NOT_TESTED and say so.
        """
        for identifier, binding in self.profile.bindings.items():
            for spec in binding.sources:
                name = spec.probe or plugins.probe_of(self.profile.criterion(identifier).reading.measurand)
                try:
                    if name is not None:
                        yield identifier, spec, plugins.probe(name)
                except UsageError as error:
                    problems.append(self._placed(spec, Problem(("probe",), error.problem, error.cure)))

    def _simulator(self, spec: SimulatorSpec) -> plugins.Simulator:
        offered = plugins.probe(spec.probe).simulators
        if spec.simulator not in offered:
            msg = f"{spec.probe} has no simulator {spec.simulator!r}."
            cure = f"use one of: {', '.join(offered) or 'none'}."
            raise SpecError(msg, cure=cure, where=self._place((*spec.keys, "simulator")))
        return offered[spec.simulator]

    def _resolved(self, spec: SourceSpec, given: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], bool]:
        """The settings with every ``@simulator.key`` replaced by what the simulator gives, and whether any was."""
        values = dict(spec.config)
        references = {key: value[1:] for key, value in values.items() if _reference(value)}
        offers = {f"{name}.{key}": value for name, gives in given.items() for key, value in gives.items()}
        for key, reference in references.items():
            if reference not in offers:
                msg = f"@{reference} names nothing that a simulator of this profile gives."
                known = ", ".join(f"@{each}" for each in offers) or "none; declare one under simulators:"
                raise SpecError(msg, cure=f"use one of: {known}.", where=self._place((*spec.keys, key)))
            values[key] = offers[reference]
        return values, bool(references)

    def _placed(self, spec: SourceSpec, each: Problem) -> SpecError:
        return SpecError(each.problem, cure=each.cure, where=self._place((*spec.keys, *each.keys)))

    def _place(self, keys: tuple[str | int, ...]) -> str:
        return place(self.path.read_bytes(), str(self.path), keys)


def _reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _raise_all(problems: Iterable[SpecError]) -> None:
    found = tuple(problems)
    if found:
        raise SpecError(found[0].problem, problems=found)
