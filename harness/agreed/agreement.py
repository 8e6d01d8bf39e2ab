# SPDX-License-Identifier: Apache-2.0
"""What a campaign has to do with the plan it was run by: agreed criteria and constants, and every deviation. Pure.

A function of the bundle's bytes alone: which keys signed is told, whose they are is for the reader's trust list to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness import installed
from harness.account.began import read_beginning
from harness.agreed.conditions import WORDS, conditions, deviations
from harness.agreed.plan import KEPT_AS, Plan, read_plan
from harness.errors import SpecError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent
from harness.model import Reason
from harness.quantity import Quantity
from harness.spec import Profile
from harness.summaries import owners


@dataclass(frozen=True, slots=True)
class Agreement:
    """The plan of a campaign; ``plan`` is None where there was none.

    ``undeclared``: declared constants that count only when agreed, and were not, by indicator.
    """

    plan: Plan | None = None
    deviations: tuple[Reason, ...] = ()
    undeclared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counter_signed(self) -> bool:
        """Whether somebody else than its maker signed the plan."""
        return self.plan is not None and bool(self.plan.counter_signers)

    def agreed_by(self, identifier: str, found: Mapping[str, Any]) -> str:
        """Keys of the second parties that signed exactly this criterion (conditions of an indicator); empty where nobody did."""
        if self.plan is None or not self.counter_signed:
            return ""
        planned = self.plan.conditions.get("indicators", {}).get(identifier)
        same = planned is not None and all(planned.get(key) == found.get(key) for key in _CRITERION)
        return ", ".join(each[:16] for each in self.plan.counter_signers) if same else ""

    def agreed_constants(self, profile: Profile, identifier: str) -> frozenset[str]:
        """Constants that a counter-signed plan holds with the value declared here; ``settings`` where it holds the sources'."""
        if self.plan is None or not self.counter_signed:
            return frozenset()
        before, now = self.plan.conditions.get("indicators", {}), conditions(profile)["indicators"]
        planned = before.get(identifier, {}).get("constants", {})
        constants = now[identifier]["constants"]
        found = {name for name, value in constants.items() if name in planned and planned[name] == value}
        read = owners(profile, identifier)
        alike = all(before.get(each, {}).get("sources") == now[each]["sources"] for each in read)
        return frozenset(found | {"settings"} if alike else found)


_CRITERION = ("reading", "limit", "rule", "confidence", "parameters", "minimum")


def agreement_of(bundle: Bundle, profile: Profile, events: Sequence[JournalEvent]) -> Agreement:
    """The agreement of a bundle; EvidenceError where its plan is no plan or was changed."""
    path = bundle.root / KEPT_AS
    plan = read_plan(path.read_bytes(), KEPT_AS) if _began_with(events).get("plan_sha256") and path.is_file() else None
    told = () if plan is None else tuple(_deviations(plan, bundle, profile, events))
    agreement = Agreement(plan, told)
    return replace(agreement, undeclared=_undeclared(agreement, profile))


def _began_with(events: Sequence[JournalEvent]) -> Mapping[str, Any]:
    return next((event.body for event in events if event.kind == "campaign_started"), {})


def _deviations(plan: Plan, bundle: Bundle, profile: Profile, events: Sequence[JournalEvent]) -> Iterator[Reason]:
    titles = {each.id: each.title for each in profile.scenario.indicators}
    yield from deviations(plan.conditions, conditions(profile), titles)
    yield from _files(plan, events)
    software = read_beginning(bundle.campaign_path).software
    yield from _software(plan.content.get("software", {}), software.model_dump(exclude_unset=True))


def _files(plan: Plan, events: Sequence[JournalEvent]) -> Iterator[Reason]:
    """Registers and other input files whose bytes are not the planned ones, in the latest attempt."""
    started = [event.body for event in events if event.kind == "attempt_started"]
    now = started[-1].get("inputs", {}) if started else {}
    planned = plan.content.get("inputs", {})
    for name in sorted({*planned, *now}):
        if planned.get(name) != now.get(name):
            key = "file-changed" if name in planned and name in now else "file-added" if name in now else "file-missing"
            yield WORDS.reason(key, file=name)


def _software(planned: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Reason]:
    if planned.get("version") != found.get("version") or planned.get("sha256") != found.get("sha256"):
        yield WORDS.reason("differs-software", planned=_version(planned), found=_version(found))
    before, now = planned.get("probes", {}), found.get("probes", {})
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        yield WORDS.reason("differs-probes", probes=changed)


def _version(software: Mapping[str, Any]) -> str:
    return f"{software.get('version', '?')} ({str(software.get('sha256', ''))[:12]})"


def _undeclared(agreement: Agreement, profile: Profile) -> dict[str, tuple[str, ...]]:
    """Declared constants that need an agreement and have none; what the scenario says already needs none."""
    found = {}
    for identifier, declared in profile.declared.items():
        reading, rules = profile.criterion(identifier).reading, profile.scenario.indicator(identifier).constants
        measurand = installed.measurand(reading.measurand)
        needing = {each.name for each in measurand.constants if each.agreed} if measurand else set()
        stated = {name: reading.parameters.get(name, rule.default) for name, rule in rules.items()}
        wanting = sorted(name for name in needing & declared.keys() if not _same(declared[name], stated.get(name)))
        lacking = tuple(name for name in wanting if name not in agreement.agreed_constants(profile, identifier))
        if lacking:
            found[identifier] = lacking
    return found


def _same(declared: Any, stated: Any) -> bool:
    """Whether it is the amount that the scenario states, in whatever unit."""
    try:
        return stated is not None and Quantity.parse(str(declared)) == Quantity.parse(str(stated))
    except SpecError:
        return False


def without(profile: Profile, undeclared: Mapping[str, Sequence[str]]) -> Profile:
    """The profile as if it had not declared those constants."""
    declared = {
        identifier: {name: value for name, value in each.items() if name not in undeclared.get(identifier, ())}
        for identifier, each in profile.declared.items()
    }
    return replace(profile, declared=declared) if undeclared else profile
