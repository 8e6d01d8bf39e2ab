# SPDX-License-Identifier: Apache-2.0
"""Scenario files and probes meet: what a scenario asks, an installed probe understands; what a probe reads, a profile may declare."""

from functools import cache

import pytest

from harness import installed
from harness.errors import YanshouError
from harness.model import Indicator, Reading
from harness.plugins import Measurand
from harness.spec import installed_scenarios
from harness.testing import Question, answer

INDICATORS = [each for file in installed_scenarios() for each in file.scenario.indicators]
ASKED = [(each, reading) for each in INDICATORS for reading in each.readings]
OFFERED = [(each, reading) for each, reading in ASKED if installed.has(installed.MEASURANDS, reading.measurand)]
MEASURED = [
    each for each in INDICATORS if all(installed.has(installed.MEASURANDS, one.measurand) for one in each.readings)
]


@cache
def measurand(name: str) -> Measurand:
    found = installed.measurand(name)
    assert found is not None
    return found


def identity(value: object) -> str:
    return value.id if isinstance(value, Indicator) else value.name if isinstance(value, Reading) else str(value)


@pytest.mark.parametrize(("indicator", "reading"), OFFERED, ids=identity)
def test_a_measurand_that_is_offered_knows_the_statistic_asked_of_it(indicator: Indicator, reading: Reading) -> None:
    assert reading.statistic in measurand(reading.measurand).statistics, indicator.id


@pytest.mark.parametrize(("indicator", "reading"), OFFERED, ids=identity)
def test_no_evidence_gives_no_estimate_and_is_never_silent(indicator: Indicator, reading: Reading) -> None:
    limit = reading.limit or indicator.limit
    question = Question(reading.measurand, reading.statistic, str(limit or ""), reading.parameters)
    try:
        outcome, _ = answer((), question)
    except YanshouError:
        return  # refused by name, which is INVALID
    assert outcome.estimate is None, "nothing was measured"
    assert outcome.invalid or outcome.lacks, "no evidence is never silent"


def test_the_first_scenarios_are_measured_and_audited_here() -> None:
    measured = {identity(each) for each, _ in OFFERED}
    wanted = {
        "s01.nodes",
        "s01.latency",
        "s01.loss",
        "s01.demos",
        "s08.dynamic.h",
        "s08.dynamic.v",
        "s08.static.h",
        "s08.static.v",
    }
    assert wanted <= measured


def test_every_constant_that_a_measurand_reads_may_be_declared_somewhere() -> None:
    read = {one.name for _, reading in OFFERED for one in measurand(reading.measurand).constants}
    assert read
    assert read <= {name for each in INDICATORS for name in each.constants}


@pytest.mark.parametrize("indicator", MEASURED, ids=identity)
def test_every_constant_that_may_be_declared_is_read(indicator: Indicator) -> None:
    read = {one.name for reading in indicator.readings for one in measurand(reading.measurand).constants}
    assert set(indicator.constants) <= read


def test_indicators_of_one_measurand_declare_the_same_constants() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for each, reading in OFFERED:
        if each.id.startswith(("s01.", "s08.")) and reading.default:
            found.setdefault(reading.measurand, set()).add(tuple(each.constants))
    assert not {measurand: declared for measurand, declared in found.items() if len(declared) > 1}
