# SPDX-License-Identifier: Apache-2.0
"""For every published reading: no constant, threshold or effort that a profile may move turns what is no PASS into one.

The walk takes each indicator of each installed scenario whose measurand has a law (``laws.py``), its good evidence and a spoilt
one, and moves each constant to the strict end of its range and each threshold of ``tighten:`` the strict way. The limits are put
on both sides of the bound that decides, where a constant could tip it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.errors import YanshouError
from harness.model import ConstantRule, Estimate, Indicator, Reading, Verdict
from harness.plugins import Input
from harness.quantity import Limit, Quantity
from harness.spec import installed_scenarios
from harness.testing import Question, answer
from tests.conformance.laws import LAWS
from tests.conformance.laws.law import Law

LAW = {(each.measurand, each.statistic): each for each in LAWS}


@dataclass(frozen=True)
class Move:
    """A published reading, and what of it a profile may move: a constant or a threshold, from its default to ``to``."""

    indicator: Indicator
    reading: Reading
    name: str
    to: str
    threshold: bool = False

    def __str__(self) -> str:
        """As the tests are called."""
        return f"{self.indicator.id}-{self.reading.name}-{self.name}-{self.to}"


def moves() -> Iterator[Move]:
    """Each constant and each threshold of each published reading that a law gives evidence for, once a rule."""
    told = set[tuple[Any, ...]]()
    for indicator in (each for file in installed_scenarios() for each in file.scenario.indicators):
        for reading in indicator.readings:
            if (reading.measurand, reading.statistic) not in LAW:
                continue
            found = [(name, to, False) for name, rule in indicator.constants.items() for to in _stricter(rule)]
            found += [
                (name, to, True)
                for name, stricter in reading.tighten.items()
                for to in _moved(reading.parameters[name], up=bool(stricter.up))
            ]
            for name, to, threshold in found:
                key = (reading.measurand, reading.about, name, to, threshold)
                if key not in told:
                    told.add(key)
                    yield Move(indicator, reading, name, to, threshold)


def _stricter(rule: ConstantRule) -> list[str]:
    """Where a profile may move a constant from its default: to the strict end of its range, or half way where it has none."""
    if rule.default is None or rule.stricter.up is None:
        return []
    return _moved(rule.default, up=rule.stricter.up) if rule.range is None else [str(rule.range[rule.stricter.up])]


def _moved(value: Any, *, up: bool) -> list[str]:
    """Half way further, a share never beyond one."""
    given = Quantity.parse(str(value))
    to = Quantity(given.value * Fraction(3, 2) if up else given.value / 2, given.unit)
    if given.unit == "%" and up:
        to = Quantity((given.value + 100) / 2, "%")
    return [str(Quantity(Fraction(round(to.value)), to.unit))] if to.value >= 1 else [str(to)]


def questions(law: Law, move: Move, limit: str) -> tuple[Question, Question]:
    """As published, and moved: with the law's own evidence, at a length that its tables have."""
    fixed = {name: str(rule.default) for name, rule in move.indicator.constants.items() if rule.default is not None}
    own = {name: value for name, value in law.declared.items() if name not in fixed}
    parameters = {**{name: move.reading.parameters[name] for name in move.reading.tighten}, **law.parameters}
    as_published = Question(law.measurand, law.statistic, limit, parameters, {**own, **fixed}, about=move.reading.about)
    if move.threshold:
        return as_published, replace(as_published, parameters={**parameters, move.name: move.to})
    return as_published, replace(as_published, declared={**own, **fixed, move.name: move.to})


def around(estimate: Estimate | None, limit: str) -> list[str]:
    """Limits just on either side of the bound that decides."""
    bound = None if estimate is None else estimate.upper if Limit.parse(limit).upper else estimate.lower
    if bound is None or not 0 < float(bound) < 1e12 or estimate is None:
        return []
    own = Limit.parse(limit)
    per = Quantity(Fraction(1), estimate.unit).to(own.quantity.unit) if estimate.unit != own.quantity.unit else 1
    return [f"{own.op} {float(bound) * float(per) * by:.9g} {own.quantity.unit}" for by in (0.999, 1.001, 1.2, 0.8)]


def inputs_of(law: Law, folder: Path, question: Question, bad: str) -> list[Input] | None:
    """The evidence as this question has it summarised; None where its reader refuses it."""
    try:
        return law.inputs(folder, question, *([law.bad[bad]] if bad else []))
    except YanshouError:
        return None


MOVES = list(moves())


@pytest.fixture(scope="module")
def evidence() -> dict[str, list[Input]]:
    """The good evidence of each law, summarised once."""
    return {}


def test_the_walk_goes_to_every_scenario_that_has_something_to_move() -> None:
    walked = {move.reading.measurand for move in MOVES}
    assert {"network.rtt", "network.loss", "network.dropout", "gnss.horizontal", "service.availability"} <= walked
    movable = {
        reading.measurand
        for file in installed_scenarios()
        for indicator in file.scenario.indicators
        for reading in indicator.readings
        if reading.tighten or any(map(_stricter, indicator.constants.values()))
    }
    assert movable == walked


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_what_a_profile_may_move_makes_no_pass(move: Move, tmp_path: Path, evidence: dict[str, list[Input]]) -> None:
    law = LAW[move.reading.measurand, move.reading.statistic]
    plain, moved = questions(law, move, law.limit)
    if str(law) not in evidence:
        evidence[str(law)] = law.inputs(tmp_path / "good", plain)
    good = evidence[str(law)]
    limits = [law.limit, *around(answer(good, plain)[0].estimate, law.limit)]
    for number, limit in enumerate(limits):
        before, after = questions(law, move, limit)
        one, two = good, good
        if law.measurand.startswith("network.") and number:  # whose digests count at the limits that are asked for
            one, two = (inputs_of(law, tmp_path / f"{number}{at}", each, "") for at, each in enumerate((before, after)))
        if one and two and answer(two, after)[1].verdict is Verdict.PASS:
            assert answer(one, before)[1].verdict is Verdict.PASS, limit
    spoilt = inputs_of(law, tmp_path / "bad", moved, next(iter(law.bad)))
    assert spoilt is None or law.raised or answer(spoilt, moved)[1].verdict is not Verdict.PASS
