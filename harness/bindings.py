# SPDX-License-Identifier: Apache-2.0
"""From a profile's source bindings to probes' sources: settings checked, simulated peers started and named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import installed
from harness.errors import SpecError, UsageError
from harness.kit.settings import absent, findings
from harness.plugins import Probe, Simulator
from harness.recorder import Task
from harness.spec import Profile, SimulatorSpec, SourceSpec, place
from harness.spec.problems import Finding, placed
from harness.spec.yaml_source import Source, read_yaml


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
        source = self._source()
        for _, spec, probe in self._bound(problems):
            later = {key for key, value in spec.config.items() if _reference(value)}
            problems += placed(source, self._findings(spec, probe, spec.config, source, later))
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
            source = self._source()
            wrong = placed(source, self._findings(spec, probe, config, source))
            problems += wrong
            if not wrong:
                live = probe.source(probe.settings.model_validate(config), folder)
                tasks.append(Task(identifier, spec.name, probe, live, config, simulated, folder))
        _raise_all(problems)
        return tasks

    def _bound(self, problems: list[SpecError]) -> Iterator[tuple[str, SourceSpec, Probe]]:
        """Every source whose probe is installed; a probe named but not installed is a problem.

        Where nothing is named and no probe offers the measurand, the indicator will be NOT_TESTED and say so.
        """
        for identifier, binding in self.profile.bindings.items():
            for spec in binding.sources:
                measurand = installed.measurand(self.profile.criterion(identifier).reading.measurand)
                name = spec.probe or (None if measurand is None else measurand.recorder)
                try:
                    if name is not None:
                        yield identifier, spec, installed.probe(name)
                except UsageError as error:
                    where = self._place((*spec.keys, "probe"))
                    problems.append(SpecError(error.problem, cure=error.cure, where=where))

    def _findings(
        self, spec: SourceSpec, probe: Probe, config: Mapping[str, Any], source: Source, later: Collection[str] = ()
    ) -> list[Finding]:
        """What is wrong with one source's settings, and the files they name that are not there."""
        found = findings(probe.settings, config, source, spec.keys, later)
        if found or later:
            return found
        missing = absent(probe.settings.model_validate(config), self.path.parent)
        return [Finding((*spec.keys, *each.keys), each.problem, each.cure, each.at_key) for each in missing]

    def _source(self) -> Source:
        return read_yaml(self.path.read_bytes(), str(self.path))

    def _simulator(self, spec: SimulatorSpec) -> Simulator:
        offered = installed.probe(spec.probe).simulators
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

    def _place(self, keys: tuple[str | int, ...]) -> str:
        return place(self.path.read_bytes(), str(self.path), keys)


def _reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")


def _raise_all(problems: Iterable[SpecError]) -> None:
    found = tuple(problems)
    if found:
        raise SpecError(found[0].problem, problems=found)
