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
from harness.model import ConstantRule, Indicator, Reading, Reason, Rule, Scenario
from harness.spec.constants import quantity_of
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


def weaker(indicator: Indicator, reading: Reading | None = None) -> tuple[Reason, ...]:
    """What ``indicator`` of a scenario of one's own asks less of than the published clause it quotes; empty where nothing is.

    ``reading``: the one that decides, the default where none is named. It has to be a published reading of the clause in all but
    its name, with as much effort, as strict thresholds and as strict constants.
    """
    by_id = [each for each in _published() if each.id == indicator.id]
    chosen = reading or indicator.default_reading
    found = [(*_less(indicator, each), *_softer(indicator, chosen, each)) for each in by_id or _quoted(indicator)]
    return min(found, key=len, default=())


@lru_cache(maxsize=1)
def _published() -> tuple[Indicator, ...]:
    scenarios = [parse_scenario(each.content, str(each.path)) for each in installed_bytes()]
    return tuple(indicator for each in scenarios for indicator in each.indicators)


def _quoted(own: Indicator) -> list[Indicator]:
    """The published indicators of the sentence that an own one quotes, blanks and stops apart."""
    said = _letters(own.clause.text)
    return [each for each in _published() if _letters(each.clause.text) == said and _comparable(own, each)]


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


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


def _softer(own: Indicator, reading: Reading, published: Indicator) -> Iterator[Reason]:
    """What the reading and the constants leave out of those that are published."""
    alike = [
        each
        for each in published.readings
        if (each.measurand, each.statistic, each.about) == (reading.measurand, reading.statistic, reading.about)
    ]
    if not alike:
        yield WORDS.reason("reading", own=reading.title, names=[each.title for each in published.readings])
        return
    yield from min((tuple(_laxer(reading, each)) for each in alike), key=len)
    lax = [name for name, rule in published.constants.items() if not _as_strict(own.constants.get(name), rule)]
    if lax:
        yield WORDS.reason("constants", names=lax)


def _laxer(own: Reading, published: Reading) -> Iterator[Reason]:
    names = own.parameters.keys() | published.parameters.keys()
    other = [name for name in sorted(names) if not _kept(name, own, published)]
    if other:
        yield WORDS.reason("parameters", names=other)
    less = [
        name
        for name, least in published.minimum.items()
        if (found := own.minimum.get(name)) is None or found.base < least.base
    ]
    if less:
        yield WORDS.reason("effort", names=less)


def _kept(name: str, own: Reading, published: Reading) -> bool:
    """Whether a parameter is the published one, or on its strict side where the published reading lets a profile tighten it."""
    mine, law = own.parameters.get(name), published.parameters.get(name)
    if str(mine) == str(law):
        return True
    up = published.tighten[name].up if name in published.tighten else None
    given, strict = (quantity_of(each) for each in (mine, law))
    if given is None or strict is None or given.dimension != strict.dimension:
        return False
    return given == strict or (up is not None and (given > strict) is up)


def _as_strict(own: ConstantRule | None, published: ConstantRule) -> bool:
    """Whether a constant leaves no more room than the published one."""
    if own is None or own.stricter is not published.stricter:
        return False
    up = published.stricter.up
    mine, law = quantity_of(own.default), quantity_of(published.default)
    if law is not None and (
        mine is None or mine.dimension != law.dimension or (mine != law and (mine > law) is not up)
    ):
        return False
    if published.default is not None and law is None and str(own.default) != str(published.default):
        return False
    if published.range is None:
        return True
    if own.range is None:
        return law is not None  # a profile may only tighten from the default
    (low, high), (least, most) = own.range, published.range
    return low.dimension == least.dimension and least.base <= low.base and high.base <= most.base
