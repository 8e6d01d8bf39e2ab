# SPDX-License-Identifier: Apache-2.0
"""The plan of an indicator: from its criterion and what the profile declares, in numbers that decide."""

import json
import math
from fractions import Fraction

import pytest

from harness.model import Criterion, Reading, Rule, Text
from harness.quantity import Limit
from harness.spec import installed_scenarios
from harness.stats import binomial, bursts, planner
from harness.stats.plans import IndicatorPlan, plan

RISK = Fraction(1, 20)


def planned(statistic, limit, parameters=None, declared=None, **more) -> IndicatorPlan:
    reading = Reading("any", Text("任意", "any"), "test.any", statistic, parameters or {})
    criterion = Criterion(reading, None if limit is None else Limit.parse(limit), Rule.GUARDED, 1 - RISK)
    return plan(criterion, declared or {}, alpha=RISK, beta=RISK, **more)


def amounts(found: IndicatorPlan) -> list[int]:
    return [row.amount for row in found.rows]


def test_a_p99_of_packets_takes_299_clean_samples_and_its_time_at_the_planned_rate():
    found = planned("quantile", "<= 2 ms", {"q": "99 %", "lost": "over-limit"}, rate=Fraction(10))
    assert amounts(found)[0] == 299
    assert found.rows[0].seconds == 29.9
    assert amounts(found)[1:3] == [planner.plan_pass(Fraction(1, 100), Fraction(1, k), RISK).n for k in (1000, 200)]
    assert amounts(found)[3] == planner.plan_fail(Fraction(1, 100), Fraction(2, 100), RISK).n


def test_a_declared_worst_burst_multiplies_and_the_least_row_is_where_loss_passes():
    found = planned("ratio", "<= 0.05 %", declared={"longest_credible_burst": "50 packets"}, rate=Fraction(100))
    n = amounts(found)[0]
    assert n == 299_574
    assert bursts.bounds({}, n, RISK, 50).upper <= Fraction(1, 2000) < bursts.bounds({}, n - 1, RISK, 50).upper
    assert found.rows[0].seconds == pytest.approx(2995.74)
    assert not any("longest_credible_burst" in note.en for note in found.notes)


def test_loss_without_a_declared_burst_asks_for_it():
    assert any("longest_credible_burst" in note.zh for note in planned("ratio", "<= 0.05 %").notes)


def test_a_stated_true_value_replaces_the_usual_ones():
    found = planned("ratio", "<= 0.05 %", declared={"expected": "0.01 %"})
    assert amounts(found) == [5990, 15505, 24886]


def test_an_instrument_too_coarse_for_the_expected_value_is_said_before_the_campaign():
    declared = {"expected": "1.8 ms", "instrument_bound": "300 us"}
    assert planned("quantile", "<= 2 ms", {"q": "99 %"}, declared).blocked is not None
    assert planned("quantile", "<= 2 ms", {"q": "99 %"}, declared | {"expected": "1.7 ms"}).blocked is None
    assert planned("quantile", "<= 2 ms", {"q": "99 %"}, {"instrument_bound": "3 ms"}).blocked is not None
    assert planned("sustained", ">= 200 TOPS", declared={"expected": "201 TOPS", "instrument_bound": "2 TOPS"}).blocked


def test_a_share_of_offline_time_is_planned_from_the_declared_outage():
    found = planned("offline-time", "<= 0.05 %", declared={"longest_credible_outage": "60 s"})
    assert found.rows[0].amount == math.ceil(60 * -math.log(0.05) * 2000)
    assert bursts.unavailability([], found.rows[0].amount, RISK, 60).upper <= Fraction(1, 2000)
    assert found.lines("en")[0].endswith("≈ 4.16 d")
    assert planned("offline-time", "<= 0.05 %").rows == ()


def test_an_audited_count_shows_what_a_surplus_saves_and_a_measured_one_does_not():
    audited = planned("count", ">= 5000 个", audited=True)
    assert amounts(audited)[0] == 5000
    assert 287 in amounts(audited)
    assert amounts(planned("distinct", ">= 50 台套")) == [50]


def test_a_register_of_known_size_gets_one_sample_size():
    assert amounts(planned("share", ">= 85 %", population=200))[0] == 17
    strict = planned("share", "> 85 %", population=200)
    assert amounts(strict)[0] > 17


def test_a_record_of_positions_is_planned_from_its_correlation_time():
    found = planned("rms", "<= 2 cm", declared={"expected": "1.6 cm", "correlation_time": "100 s"})
    assert amounts(found) == [planner.epochs_to_pass(Fraction(4, 5), 1, 100, RISK)]
    assert len(planned("rms", "<= 2 cm").rows) == 6


def test_changes_and_ratios_take_events_and_runs():
    assert amounts(planned("rate-ratio", ">= 15 %"))[0] == planner.events_for_rate_ratio(0.85, 0.8, RISK)
    assert amounts(planned("ratio", ">= 6 TOPS/W")) == [
        planner.runs_for_ratio(m, s, RISK) for m, s in ((0.1, 0.05), (0.05, 0.05), (0.05, 0.1))
    ]


def test_what_cannot_be_planned_says_so():
    assert planned("quantile", None).rows == ()
    assert planned("tdev", "<= 1 us").rows == ()
    assert planned("share-within", ">= 100 %").rows == ()
    assert planned("tdev", "<= 1 us").notes


@pytest.mark.parametrize("file", installed_scenarios(), ids=lambda file: file.scenario.id)
def test_every_reading_of_every_scenario_gets_a_plan_that_is_json_and_has_lines(file):
    for indicator in file.scenario.indicators:
        for reading in indicator.readings:
            limit = reading.limit or indicator.limit
            criterion = Criterion(reading, limit, indicator.rule, indicator.confidence)
            found = plan(criterion, alpha=1 - indicator.confidence, beta=Fraction(1, 100), rate=Fraction(1))
            assert found.rows or found.notes, (indicator.id, reading.name)
            assert json.dumps(found.as_json())
            assert all(found.lines("zh"))
            assert all(found.lines("en"))


def test_the_least_evidence_of_a_share_is_where_its_bound_meets_the_limit():
    n = amounts(planned("share-within", ">= 99.9 %"))[0]
    assert n == 2995
    assert binomial.upper(0, n, RISK) <= Fraction(1, 1000) < binomial.upper(0, n - 1, RISK)
