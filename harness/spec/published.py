# SPDX-License-Identifier: Apache-2.0
"""Whether a scenario is the published one: the same bytes under the same id, and what it asks less of where it is not.

The published scenario is the law. A file of one's own may say anything under an id of its own; whatever it asks less of than
the published clause that it quotes is told, and is never the clause's PASS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.errors import SpecError
from harness.kit.words import Catalogue
from harness.model import Indicator, Reason, Rule, Scenario
from harness.spec.scenario import ScenarioFile, installed_bytes, parse_scenario

WORDS = Catalogue("harness", "published")
_STRICTNESS = (Rule.SIMPLE, Rule.GUARDED, Rule.STRINGENT)


@dataclass(frozen=True, slots=True)
class Publisher:
    """The installed distribution that holds a scenario byte for byte."""

    name: str
    version: str


def publisher_of(scenario: Scenario) -> Publisher | None:
    """Who publishes exactly this scenario; None for a file of one's own, whatever id it has."""
    for each in installed_bytes():
        if each.id == scenario.id and each.sha256 == scenario.sha256:
            return Publisher(each.distribution, each.version)
    return None


def refuse_borrowed_id(found: ScenarioFile) -> None:
    """SpecError for a file of one's own that carries the id of an installed scenario with other bytes."""
    taken = [each for each in installed_bytes() if each.id == found.scenario.id]
    if taken and all(each.sha256 != found.scenario.sha256 for each in taken):
        msg = f"{found.scenario.id!r} is the id of a published scenario, and this file is another one."
        cure = f"give it an id of its own, like {found.scenario.id}-own, or name the published one: scenario: {found.scenario.id}."
        raise SpecError(msg, cure=cure, where=str(found.path))


def weaker(scenario: Scenario, indicator: Indicator) -> tuple[Reason, ...]:
    """What ``indicator`` of a scenario of one's own asks less of than the published clause it quotes; empty where nothing is."""
    clauses = [each for each in _published() if _same_clause(scenario, indicator, each)]
    if not clauses:
        return ()
    found = [tuple(_less(indicator, each)) for each in clauses]
    return min(found, key=len)


@lru_cache(maxsize=1)
def _published() -> tuple[Indicator, ...]:
    scenarios = [parse_scenario(each.content, str(each.path)) for each in installed_bytes()]
    return tuple(indicator for each in scenarios for indicator in each.indicators)


def _same_clause(scenario: Scenario, own: Indicator, published: Indicator) -> bool:
    """The published indicator that an own one stands for: by its id, else by the sentence that it quotes."""
    if published.id == own.id:
        return True
    taken = any(each.id.partition(".")[0] == scenario.id for each in _published())
    same = "".join(published.clause.text.split()) == "".join(own.clause.text.split())
    return same and not taken and _comparable(own, published)


def _comparable(own: Indicator, published: Indicator) -> bool:
    if own.limit is None or published.limit is None:
        return own.title.zh == published.title.zh or (own.limit is None and published.limit is None)
    return own.limit.quantity.dimension == published.limit.quantity.dimension


def _less(own: Indicator, published: Indicator) -> Iterator[Reason]:
    if published.limit is not None and (own.limit is None or not own.limit.tightens(published.limit)):
        limit = "—" if own.limit is None else own.limit.text
        yield WORDS.reason("limit", own=limit, published=published.limit.text)
    if _STRICTNESS.index(own.rule) < _STRICTNESS.index(published.rule):
        yield WORDS.reason("rule", own=own.rule.value, published=published.rule.value)
    if own.confidence < published.confidence:
        levels = {"own": float(own.confidence * 100), "published": float(published.confidence * 100)}
        yield WORDS.reason("confidence", **levels)
