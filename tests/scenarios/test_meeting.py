# SPDX-License-Identifier: Apache-2.0
"""Scenario files and probes meet: what a scenario asks, an installed probe understands; what a probe reads, a profile may declare."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

import probes
from harness import plugins
from harness.model import Indicator, Reading
from harness.plugins import Context, Request
from harness.spec import installed_scenarios

INDICATORS = [each for file in installed_scenarios() for each in file.scenario.indicators]
ASKED = [(each, reading) for each in INDICATORS for reading in each.readings]
OFFERED = [(each, reading) for each, reading in ASKED if plugins.estimator(reading.measurand) is not None]
WITHOUT_INPUT = [(each, reading) for each, reading in OFFERED if not reading.measurand.startswith("gnss.")]
"""Estimators that look at the statistic first; those of gnss are asked on real logs in tests/profiles."""
PROBES = sorted(Path(probes.__file__ or "").parent.rglob("*.py"))
READS = re.compile(r"""declared(?:\.get\(|\[|\(request, )["']([a-z_]+)["']""")
NOT_UNDERSTOOD = re.compile(r"\.(?:unknown-)?statistic$")


def identity(value: object) -> str:
    return value.id if isinstance(value, Indicator) else value.name if isinstance(value, Reading) else str(value)


def request(indicator: Indicator, reading: Reading) -> Request:
    limit = reading.limit or indicator.limit
    context = Context(indicator.id, (limit,) if limit else (), indicator.readings)
    return Request(indicator.id, reading, limit, indicator.rule, Fraction(1, 20), Fraction(1, 20), context)


@pytest.mark.parametrize(("indicator", "reading"), WITHOUT_INPUT, ids=identity)
def test_a_probe_that_offers_a_measurand_understands_the_statistic_asked_of_it(
    indicator: Indicator, reading: Reading
) -> None:
    estimate = plugins.estimator(reading.measurand)
    assert estimate is not None
    outcome = estimate([], request(indicator, reading))
    assert outcome.estimate is None, "nothing was measured"
    codes = [each.code for each in (*outcome.invalid, *outcome.missing)]
    assert codes, "no evidence is never silent"
    assert not [code for code in codes if NOT_UNDERSTOOD.search(code)]


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


def test_every_constant_that_a_probe_reads_may_be_declared_somewhere() -> None:
    read = {name for path in PROBES for name in READS.findall(path.read_text(encoding="utf-8"))}
    assert read, "the pattern finds nothing: it no longer fits the probes"
    declarable = {name for each in INDICATORS for name in each.declares}
    assert read <= declarable


def test_indicators_of_one_measurand_declare_the_same_constants() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for each, reading in OFFERED:
        if each.id.startswith(("s01.", "s08.")) and reading.default:
            found.setdefault(reading.measurand, set()).add(each.declares)
    assert not {measurand: declared for measurand, declared in found.items() if len(declared) > 1}
