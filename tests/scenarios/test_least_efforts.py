# SPDX-License-Identifier: Apache-2.0
"""Every reading says what it takes before anything may pass, or why nothing can be asked for."""

from harness.spec import installed_scenarios

INDICATORS = [each for file in installed_scenarios() for each in file.scenario.indicators]
READINGS = [(indicator, reading) for indicator in INDICATORS for reading in indicator.readings]


def test_every_reading_says_what_it_speaks_of_and_asks_for_an_effort_or_says_why_it_asks_for_none() -> None:
    assert len(READINGS) > 150
    assert not [(each.id, reading.name) for each, reading in READINGS if reading.about is None]
    silent = [
        (each.id, reading.name)
        for each, reading in READINGS
        if not reading.minimum
        and not ("不设最低工作量" in reading.why.zh and "no least effort is asked for" in reading.why.en)
    ]
    assert not silent


def test_only_a_figure_that_nothing_can_limit_asks_for_no_effort() -> None:
    exempt = {each.id for each, reading in READINGS if not reading.minimum}
    decided = {each.id for each in INDICATORS if each.mandatory or each.limit is not None or each.limits_from}
    assert exempt == {"s01.ipv6", "s02.ipv6"}
    assert not exempt & decided
