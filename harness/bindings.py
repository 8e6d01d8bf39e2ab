# SPDX-License-Identifier: Apache-2.0
"""From a profile's source bindings to probes' sources: settings checked, simulated peers started and named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import installed
from harness.agreed.checks import AFTER, BEFORE, PREFIX
from harness.errors import SpecError, UsageError
from harness.fitness import unfit
from harness.kit.settings import absent, findings
from harness.plugins import Probe, Simulator
from harness.recorder import Task
from harness.spec import Profile, SimulatorSpec, SourceSpec
from harness.spec.problems import Finding, refuse
from harness.spec.secrets import PASSWORD, passwords
from harness.spec.yaml_source import Source, read_yaml


@dataclass(frozen=True, slots=True)
class Bindings:
    """A profile with the file it stands in, so that every problem is placed to the column."""

    profile: Profile
    path: Path

    def check(self) -> None:
        """SpecError with everything wrong in the sources, and with evidence and constants that nothing can use.

        Starts and opens nothing. A value that a simulator will give (``@name.key``) cannot be judged before it runs.
        """
        wrong: list[Finding] = []
        source, bound = self._source(), self._bound(wrong)
        for _, spec, probe in bound:
            later = {key for key, value in spec.config.items() if _reference(value)}
            wrong += self._wrong(spec, probe, spec.config, source, later)
        wrong += unfit(self.profile, {spec.keys: probe.name for _, spec, probe in bound})
        refuse(source, wrong)

    def start_simulators(self, peers: ExitStack) -> Mapping[str, Mapping[str, Any]]:
        """Start the profile's simulated peers, ended by ``peers``; what each gives, by its name."""
        return {
            each.name: peers.enter_context(self._simulator(each)(each.config, self.path.parent))
            for each in self.profile.simulators
        }

    def tasks(self, given: Mapping[str, Mapping[str, Any]]) -> list[Task]:
        """One task a bound source, nothing opened yet; SpecError with everything wrong in their settings.

        Settings are parsed once, into the record that the source gets and the journal keeps.
        """
        offers = {f"{name}.{key}": value for name, gives in given.items() for key, value in gives.items()}
        wrong: list[Finding] = []
        source, folder = self._source(), self.path.parent
        resolved = [
            (identifier, spec, probe, self._resolved(spec, offers, wrong))
            for identifier, spec, probe in self._bound(wrong)
        ]
        for _, spec, probe, config in resolved:
            wrong += self._wrong(spec, probe, config, source, spec.config.keys() - config.keys())
        refuse(source, wrong)
        tasks = []
        for identifier, spec, probe, config in resolved:
            settings = probe.settings.parse(config)
            simulated = probe.simulated or any(map(_reference, spec.config.values()))
            live = probe.source(settings, folder)
            tasks.append(Task(identifier, spec.name, probe, live, settings.journal(), simulated, folder))
        return tasks

    def _bound(self, wrong: list[Finding]) -> list[tuple[str, SourceSpec, Probe]]:
        """Every source whose probe is installed; a probe named but not installed is a problem.

        Where nothing is named and no probe offers the measurand, the indicator will be NOT_TESTED and say so.
        """
        found = []
        for identifier, binding in self.profile.bindings.items():
            measurand = installed.measurand(self.profile.criterion(identifier).reading.measurand)
            for spec in binding.sources:
                name = spec.probe or (None if measurand is None else measurand.recorder)
                try:
                    if name is not None:
                        found.append((identifier, spec, installed.probe(name)))
                except UsageError as error:
                    wrong.append(Finding((*spec.keys, "probe"), error.problem, error.cure))
        return found + self._references(wrong)

    def _references(self, wrong: list[Finding]) -> list[tuple[str, SourceSpec, Probe]]:
        """The reference object of each instrument, measured once before and once after the rest."""
        found: list[tuple[str, SourceSpec, Probe]] = []
        for each in self.profile.instruments:
            spec = None if each.check is None else each.check.source
            try:
                if spec is not None:
                    probe = installed.probe(str(spec.probe))
                    found += [(f"{PREFIX}{each.name}", replace(spec, name=name), probe) for name in (BEFORE, AFTER)]
            except UsageError as error:
                wrong.append(Finding(("instruments", each.name, "check", "source", "probe"), error.problem, error.cure))
        return found

    def _wrong(
        self, spec: SourceSpec, probe: Probe, config: Mapping[str, Any], source: Source, later: Collection[str] = ()
    ) -> list[Finding]:
        """A secret in one source's settings, which is not quoted; or what is wrong with them; or the files that are not there."""
        if secret := [Finding((*spec.keys, *keys), *PASSWORD) for keys in passwords(spec.config)]:
            return secret
        found = findings(probe.settings, config, source, spec.keys, later)
        if found or later:
            return found
        missing = absent(probe.settings.parse(config), self.path.parent)
        return [replace(each, keys=(*spec.keys, *each.keys)) for each in missing]

    def _source(self) -> Source:
        return read_yaml(self.path.read_bytes(), str(self.path))

    def _simulator(self, spec: SimulatorSpec) -> Simulator:
        offered = installed.probe(spec.probe).simulators
        if spec.simulator not in offered:
            msg = f"{spec.probe} has no simulator {spec.simulator!r}."
            cure = f"use one of: {', '.join(offered) or 'none'}."
            line, column = self._source().position((*spec.keys, "simulator"))
            raise SpecError(msg, cure=cure, where=f"{self.path}:{line}:{column}")
        return offered[spec.simulator]

    def _resolved(self, spec: SourceSpec, offers: Mapping[str, Any], wrong: list[Finding]) -> dict[str, Any]:
        """The settings with every ``@simulator.key`` replaced by what the simulator gives."""
        values = dict(spec.config)
        for key, value in spec.config.items():
            if not _reference(value):
                continue
            if value[1:] in offers:
                values[key] = offers[value[1:]]
            else:
                known = ", ".join(f"@{each}" for each in offers) or "none; declare one under simulators:"
                problem = f"{value} names nothing that a simulator of this profile gives."
                wrong.append(Finding((*spec.keys, key), problem, f"use one of: {known}."))
                del values[key]
        return values


def _reference(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("@")
