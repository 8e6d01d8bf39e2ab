# SPDX-License-Identifier: Apache-2.0
"""What a test is to be carried out by, as JSON values that a plan keeps and a campaign is compared with.

Two profiles with the same conditions measure and judge alike; comments, order of keys and file names make no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.kit.words import Catalogue
from harness.model import Criterion, Indicator, Reason, Text
from harness.quantity import Quantity
from harness.spec import Profile
from harness.spec.instruments import InstrumentSpec

WORDS = Catalogue("harness", "plan")


def conditions(profile: Profile) -> dict[str, Any]:
    """The conditions of a profile applied to its scenario."""
    return {
        "scenario": {"id": profile.scenario.id, "sha256": profile.scenario.sha256},
        "project": {"name": profile.project.name, "uscc": profile.project.applicant.uscc, "site": profile.project.site},
        "test": {"kind": profile.test.kind, "organisation": profile.test.organisation},
        "attempts": profile.attempts,
        "practice": profile.practice,
        "baseline": profile.baseline,
        "applies": sorted(profile.applies),
        "order": list(profile.bindings),
        "indicators": {each.id: _indicator(profile, each) for each in profile.scenario.indicators},
        "instruments": {each.name: instrument(each) for each in profile.instruments},
        "papers": sorted(each.name for each in profile.papers),
        "simulators": {each.name: [each.probe, each.simulator, dict(each.config)] for each in profile.simulators},
    }


def _indicator(profile: Profile, indicator: Indicator) -> dict[str, Any]:
    criterion, binding = profile.criterion(indicator.id), profile.bindings.get(indicator.id)
    sources = () if binding is None else binding.sources
    return {
        "mandatory": indicator.mandatory,
        "reading": criterion.reading.name,
        **judged_by(criterion),
        "minimum": {name: str(each) for name, each in criterion.reading.minimum.items()},
        "parameters": _plain(criterion.reading.parameters),
        "constants": _plain(profile.declared.get(indicator.id, {})),
        "sources": {each.name: {"probe": each.probe or "", "settings": _plain(each.config)} for each in sources},
        "borrowed": [] if binding is None else list(binding.borrowed),
    }


def judged_by(criterion: Criterion) -> dict[str, Any]:
    """Limit, rule and confidence of a criterion."""
    return {
        "limit": "" if criterion.limit is None else str(criterion.limit),
        "rule": criterion.rule.value,
        "confidence": str(criterion.confidence),
    }


def instrument(each: InstrumentSpec) -> dict[str, Any]:
    """One instrument with its certificate."""
    certificate = each.certificate
    return {
        "kind": each.kind,
        "model": each.model,
        "serial": each.serial,
        "range": [] if each.range is None else [str(end) for end in each.range],
        "accuracy": each.accuracy,
        "certificate": "" if certificate is None else certificate.number,
        "laboratory": "" if certificate is None else certificate.laboratory,
        "due": "" if certificate is None or certificate.due is None else certificate.due.isoformat(),
        "indicators": list(each.indicators),
        "check": None if each.check is None else [str(each.check.expected), str(each.check.tolerance)],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Quantity | float) else value


def deviations(planned: Mapping[str, Any], found: Mapping[str, Any], titles: Mapping[str, Text]) -> Iterator[Reason]:
    """Every condition that differs, a sentence each; ``titles``: what each indicator is called."""
    for key in ("scenario", "project", "test", "attempts", "practice", "baseline", "applies", "papers", "simulators"):
        if planned.get(key) != found.get(key):
            yield WORDS.reason(f"differs-{key}", planned=_said(planned.get(key)), found=_said(found.get(key)))
    yield from _order(planned, found)
    before, now = planned.get("indicators", {}), found.get("indicators", {})
    for name in dict.fromkeys([*before, *now]):
        title = titles.get(name, Text(name, name))
        yield from _of_indicator(title, before.get(name, {}), now.get(name, {}))
    yield from _instruments(planned.get("instruments", {}), found.get("instruments", {}))


def _order(planned: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Reason]:
    before, now = planned.get("order", []), found.get("order", [])
    both = [each for each in now if each in before]
    if both != [each for each in before if each in now]:
        yield WORDS.reason("differs-order", planned=_said(before), found=_said(now))


def _of_indicator(title: Text, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Reason]:
    for key in ("mandatory", "reading", "limit", "rule", "confidence", "borrowed"):
        if before.get(key) != now.get(key):
            facts = {"planned": _said(before.get(key)), "found": _said(now.get(key))}
            yield WORDS.reason(f"differs-{key}", indicator=title, **facts)
    for key in ("minimum", "parameters", "constants"):
        if key == "parameters" and before.get("reading") != now.get("reading"):
            continue
        for name, was, is_now in _differing(before.get(key, {}), now.get(key, {})):
            yield WORDS.reason(f"differs-{key}", indicator=title, name=name, planned=was, found=is_now)
    yield from _sources(title, before.get("sources", {}), now.get("sources", {}))


def _sources(title: Text, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Reason]:
    for name in dict.fromkeys([*before, *now]):
        if name not in before or name not in now:
            key = "source-added" if name in now else "source-missing"
            yield WORDS.reason(key, indicator=title, source=name)
            continue
        if before[name]["probe"] != now[name]["probe"]:
            facts = {"planned": before[name]["probe"] or "—", "found": now[name]["probe"] or "—"}
            yield WORDS.reason("differs-probe", indicator=title, source=name, **facts)
        for key, was, is_now in _differing(before[name]["settings"], now[name]["settings"]):
            word = "differs-targets" if key == "targets" else "differs-setting"
            yield WORDS.reason(word, indicator=title, source=name, name=key, planned=was, found=is_now)


def _instruments(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Reason]:
    for name in dict.fromkeys([*before, *now]):
        if name not in before or name not in now:
            yield WORDS.reason("instrument-added" if name in now else "instrument-missing", instrument=name)
            continue
        for key, was, is_now in _differing(before[name], now[name]):
            yield WORDS.reason("differs-instrument", instrument=name, name=key, planned=was, found=is_now)


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys([*before, *now]):
        if before.get(name) != now.get(name):
            yield name, _said(before.get(name)), _said(now.get(name))


def _said(value: Any) -> str:
    """A value as a sentence quotes it."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_said(each)}" for key, each in value.items()) or "—"
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "—"
    return "—" if value in {None, ""} else str(value)
