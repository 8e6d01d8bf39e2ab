# SPDX-License-Identifier: Apache-2.0
"""What would decide: exactly where the bound that judges changes its mind, or the line that the profile lacks."""

from fractions import Fraction

import pytest
import yaml

from harness.kit import estimates
from harness.kit.advice import to_declare
from harness.model import About, Reading, Rule, Text
from harness.plugins import Request
from harness.quantity import Limit
from harness.stats import binomial

RISK = Fraction(1, 20)


def ask(limit: str | None) -> Request:
    reading = Reading("r", Text("r", "r"), "m", "ratio", about=About.PROCESS)
    found = None if limit is None else Limit.parse(limit)
    return Request("t01.share", reading, found, Rule.GUARDED, RISK, RISK)


def test_no_event_in_49_sessions_asks_for_5941_more_and_not_for_hundreds_of_thousands() -> None:
    need = estimates.proportion(0, 49, ask("<= 0.05 %")).need
    assert need is not None
    assert (need.n, need.towards) == (5990, "pass")
    assert "5941" in need.text.zh
    assert binomial.upper(0, 5990, RISK) <= Fraction(5, 10_000) < binomial.upper(0, 5989, RISK)


def test_a_lower_limit_is_met_from_the_other_side() -> None:
    need = estimates.proportion(20, 20, ask(">= 90 %")).need
    assert need is not None
    assert need.n == 29
    assert binomial.lower(29, 29, RISK) >= Fraction(9, 10) > binomial.lower(28, 28, RISK)


@pytest.mark.parametrize(("events", "trials", "limit"), [(0, 6000, "<= 0.05 %"), (40, 49, "<= 0.05 %"), (1, 10, None)])
def test_what_is_decided_or_has_no_limit_needs_nothing(events: int, trials: int, limit: str | None) -> None:
    assert estimates.proportion(events, trials, ask(limit)).need is None


def test_bursts_without_a_declared_worst_case_name_the_line_to_write() -> None:
    part = estimates.bursty({}, 5939, ask("<= 0.1 %"))
    assert part.need is not None
    line = part.need.text.en.rpartition(": declared")[2]
    assert yaml.safe_load("declared" + line) == {"declared": {"t01.share": {"longest_credible_burst": "1 packets"}}}


def test_the_line_asks_for_no_less_than_was_seen() -> None:
    part = estimates.unavailable([4.2, 7.5], 86_400.0, ask("<= 0.05 %"))
    assert part.need is not None
    assert "longest_credible_outage: 8 s" in part.need.text.zh
    assert "8 s" in to_declare(ask(None), "longest_credible_outage", 7.5, "s").text.en


def test_declared_bursts_are_planned_by_their_own_bound() -> None:
    part = estimates.bursty({}, 1000, ask("<= 0.1 %"), 10)
    assert part.need is not None
    enough = part.need.n
    assert enough is not None
    decided = estimates.bursty({}, enough, ask("<= 0.1 %"), 10)
    assert decided.upper is not None
    assert decided.upper <= Fraction(1, 1000)
    assert decided.need is None
