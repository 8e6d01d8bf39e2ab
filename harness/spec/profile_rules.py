# SPDX-License-Identifier: Apache-2.0
"""What a profile may ask of its scenario: choose, tighten, declare, bind; never relax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain, islice
from typing import Any

from harness.model import Indicator, Scenario
from harness.quantity import Limit
from harness.spec import constants
from harness.spec.bindings import has_own_source
from harness.spec.documents import ProfileDoc, SourceDoc
from harness.spec.problems import MAX_TOLD, Finding, nearest
from harness.spec.secrets import PASSWORD, passwords

UNCHANGED = "任务指标和完成时限原则上不得变更"  # the documents' own sentence about indicators and deadlines
_STRICTNESS = ("simple", "guarded", "stringent")


def check(document: ProfileDoc, scenario: Scenario) -> list[Finding]:
    """Everything in a well-formed profile that does not go with ``scenario``."""
    known = {each.id: each for each in scenario.indicators}
    findings = chain(
        _unknown(document, known),
        _readings(document, known),
        _limits(document, known),
        _confidence(document, known),
        _rules(document, known),
        _applies(document, known),
        constants.declared(document, known),
        constants.minimum(document, known),
        constants.gates(document, known),
        _borrowed(document, known),
        _cycles(document),
        _baseline(document),
        _passwords(document),
    )
    return list(islice(findings, MAX_TOLD + 1))


def _passwords(document: ProfileDoc) -> Iterator[Finding]:
    """Addresses with a secret in them, outside the sources, whose settings are looked through where they are bound."""
    for keys in passwords(document.model_dump(exclude={"sources"})):
        yield Finding(keys, *PASSWORD)


def _baseline(document: ProfileDoc) -> Iterator[Finding]:
    """A baseline has no criterion, so that nobody can choose one by what it shows."""
    criteria = {"readings": document.readings, "limits": document.limits, "rules": document.rules}
    for section, named in (criteria | {"confidence": document.confidence}).items():
        if document.baseline and named:
            problem = "a baseline is measured and sealed without criterion."
            yield Finding((section,), problem, "leave it to the profile that compares with the baseline.", at_key=True)


def _unknown(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    sections: dict[str, Mapping[str, Any]] = {
        "readings": document.readings,
        "limits": document.limits,
        "confidence": document.confidence,
        "rules": document.rules,
        "declared": document.declared,
        "minimum": document.minimum,
        "gates": document.gates,
        "sources": document.sources,
    }
    for section, named in sections.items():
        for identifier in named:
            if identifier not in known:
                problem = f"the scenario has no indicator {identifier!r}."
                yield Finding((section, identifier), problem, nearest(identifier, known), at_key=True)


def _readings(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    for identifier, name in document.readings.items():
        names = [each.name for each in known[identifier].readings] if identifier in known else [name]
        if name not in names:
            yield Finding(("readings", identifier), f"{identifier} has no reading {name!r}.", nearest(name, names))


def _limits(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    for identifier, limit in document.limits.items():
        given = _government_limit(document, known, identifier)
        if given is not None:
            yield from _not_relaxed(("limits", identifier), limit, given)
    for identifier, indicator in known.items():
        wanted = indicator.limits_from and indicator.mandatory and indicator.applies_if in {"", *document.applies}
        if wanted and identifier not in document.limits:
            cure = f'add limits: {{{identifier}: "…"}} with the limit of the project\'s task book.'
            place = ("applies",) if indicator.applies_if else ("limits",)
            yield Finding(place, f"{identifier} is mandatory here and has no limit.", cure)


def _government_limit(document: ProfileDoc, known: Mapping[str, Indicator], identifier: str) -> Limit | None:
    """The limit that the deciding reading takes from the scenario; None where there is none or all is unknown."""
    indicator = known.get(identifier)
    if indicator is None:
        return None
    named = document.readings.get(identifier)
    deciding = next((each for each in indicator.readings if each.name == named), indicator.default_reading)
    return deciding.limit if deciding.limit is not None else indicator.limit


def _not_relaxed(keys: tuple[str, str], limit: Limit, given: Limit) -> Iterator[Finding]:
    wanted, asked = given.quantity.dimension, limit.quantity.dimension
    if asked != wanted:
        problem = f"{limit} is of dimension {asked}, the limit of the reading in use ({given}) of dimension {wanted}."
        yield Finding(keys, problem, f"write the limit in the unit of the clause, like {str(given)!r}.")
    elif not limit.tightens(given):
        problem = f"{limit} relaxes the government's limit {given}: {UNCHANGED}."
        yield Finding(keys, problem, f"write {given} or a stricter limit, or leave the line out.")


def _confidence(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    for identifier, level in document.confidence.items():
        if identifier in known and level.base < known[identifier].confidence:
            given = f"{float(known[identifier].confidence * 100):g} %"
            problem = f"{level} is a lower level of confidence than the scenario's {given}."
            yield Finding(("confidence", identifier), problem, f"write {given} or more, or leave the line out.")


def _rules(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    for identifier, rule in document.rules.items():
        given = known[identifier].rule.value if identifier in known else _STRICTNESS[0]
        if _STRICTNESS.index(rule) < _STRICTNESS.index(given):
            problem = f"the rule {rule!r} is weaker than the scenario's {given!r}."
            yield Finding(("rules", identifier), problem, f"write {given} or a stricter rule, or leave the line out.")


def _applies(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    words = {each.applies_if for each in known.values() if each.applies_if}
    for index, word in enumerate(document.applies):
        if word not in words:
            yield Finding(("applies", index), f"no indicator depends on {word!r}.", nearest(word, words))


def _borrowed(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    for identifier, source in document.sources.items():
        if not source.evidence and not has_own_source(source):
            yield Finding(
                ("sources", identifier), "no source is named.", "name a probe and its settings, or leave the line out."
            )
        for index, other in enumerate(source.evidence):
            if not isinstance(other, str):
                continue
            keys = ("sources", identifier, "evidence", index)
            if other in source.evidence[:index]:
                yield Finding(keys, f"{other} is borrowed from twice.", "name it once, so that nothing counts twice.")
            lender = document.sources.get(other)
            if other not in known:
                yield Finding(keys, f"the scenario has no indicator {other!r}.", nearest(other, known))
            elif lender is None or not _records(lender):
                cure = f"bind a source to {other} under sources:, or do not borrow from it."
                yield Finding(keys, f"{other} has no source of its own to borrow from.", cure)


def _records(lender: SourceDoc) -> bool:
    return has_own_source(lender) or any(not isinstance(each, str) for each in lender.evidence)


def _cycles(document: ProfileDoc) -> Iterator[Finding]:
    """Indicators that borrow their evidence from each other in a circle; each circle once."""
    lends = {key: [one for one in each.evidence if isinstance(one, str)] for key, each in document.sources.items()}
    while True:
        try:
            TopologicalSorter(lends).prepare()
        except CycleError as found:
            borrower, lender, *_rest = circle = found.args[1][::-1]
            index = document.sources[borrower].evidence.index(lender)
            problem = f"evidence goes in a circle: {' → '.join(circle)}."
            yield Finding(("sources", borrower, "evidence", index), problem, "let one of them record its own.")
            lends[borrower].remove(lender)
        else:
            return
