# SPDX-License-Identifier: Apache-2.0
"""Logs from the field that were judged wrongly once: each gets the right value or the clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import installed
from harness.decide import decide
from harness.model import Criterion, Outcome, Verdict
from harness.plugins import Trace
from harness.spec.profile import Organisation, Project
from harness.testing import Question
from probes.gnss.digests.epochs import expected_epochs
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.truth.settings import TRAJECTORY
from tests.probes.gnss.conftest import input_of

LIMITS = {"static.h": "<= 5 mm", "static.v": "<= 1 cm", "dynamic.h": "<= 2 cm", "dynamic.v": "<= 4 cm"}
NOBODY = Organisation("示例", "91420111MAEX0031XA")
PROJECT = Project("试验", NOBODY, (), date(2023, 5, 18), date(2024, 5, 18), "某地")


@pytest.fixture
def field(shared_data: Callable[[str], Path]) -> Callable[..., tuple[Outcome, Verdict]]:
    """Judge one case: field(folder, "static.h", statistic, changes, **parameters)."""

    def run(
        case: str, asked: str, statistic: str = "rms", changes: dict[str, Any] | None = None, **parameters: Any
    ) -> tuple[Outcome, Verdict]:
        folder = shared_data("field/gnss") / case
        profile = yaml.safe_load((folder / "site.yaml").read_text("utf-8"))
        config = next(each for each in profile["sources"].values() if "probe" in each)
        config = {key: value for key, value in config.items() if key not in {"probe", "evidence"}} | (changes or {})
        settings = PROBE.settings.model_validate(config)
        documents = {TRAJECTORY: folder / "trajectory.csv"} if "trajectory" in config else {}
        trace = Trace("s08.test", "receiver", PROBE.name, 1, (folder / config["file"],), settings, documents)
        measurand = {"h": "gnss.horizontal", "v": "gnss.vertical"}.get(asked[-1]) if asked in LIMITS else asked
        if asked in LIMITS:
            parameters = {"mode": asked.partition(".")[0]} | parameters
        question = Question(str(measurand), statistic, LIMITS.get(asked, ""), parameters)
        inputs = (input_of(trace, question),)
        view = installed.resolve(question.record.view)(inputs, question.ask)
        request = replace(question.request, project=PROJECT)
        outcome: Outcome = installed.resolve(question.record.statistics[statistic])(view, request)
        return outcome, decide(
            outcome, Criterion(request.reading, request.limit, request.rule, 1 - question.risk)
        ).verdict

    return run


def codes(outcome: Outcome) -> set[str]:
    """The codes of everything that stands against a verdict."""
    lacks = [each.reason.code for each in outcome.lacks]
    return {each.code.removeprefix("gnss.") for each in outcome.invalid} | {
        each.removeprefix("gnss.") for each in lacks
    }


@pytest.mark.parametrize(
    ("case", "asked", "verdict", "told"),
    [
        ("F01_rate_declared_too_low", "static.h", "INVALID", {"rate-differs", "availability"}),
        ("F01_same_log_right_rate", "static.h", "INVALID", {"availability"}),
        ("F03_parked_as_dynamic", "dynamic.h", "INVALID", {"not-driven"}),
        ("F04a_trajectory_covers_30_percent", "dynamic.h", "INVALID", {"not-covered"}),
        ("F04b_holes_where_receiver_is_bad", "dynamic.h", "INVALID", {"not-covered"}),
        ("F06_straight_line_bias_as_latency", "dynamic.h", "FAIL", {"no-turns"}),
        ("F07a_gns_rmc_say_float", "static.h", "INVALID", {"modes-contradict"}),
        ("F07b_gns_rmc_say_simulator", "static.v", "INVALID", {"modes-contradict", "beidou-not-used"}),
        ("F09_receiver_B_alone", "static.h", "FAIL", set()),
        ("F09_two_receivers_other_phase", "static.h", "INVALID", {"two-grids"}),
        ("F10_log_of_2014", "static.h", "INVALID", {"before-the-project"}),
        ("I01_gga_10hz_gsa_1hz", "static.h", "PASS", set()),
        ("I02_bd_talker_no_gsa", "static.h", "PASS", set()),
        ("I03_csv_trailing_zeros_trimmed", "static.h", "INVALID", {"beidou-not-in-format"}),
        ("I04_cold_start_clock", "static.h", "PASS", set()),
        ("I05_one_epoch_dead_reckoning", "static.h", "PASS", set()),
        ("I06_one_epoch_without_separation", "static.v", "PASS", set()),
        ("I08_rate_declared_too_high", "static.h", "INVALID", {"rate-differs", "availability"}),
        ("U01_height_off_by_geoid", "static.v", "INVALID", {"height-kind"}),
        ("U02_trajectory_in_gps_time", "dynamic.h", "INVALID", {"time-scale", "not-covered"}),
        ("U06_trajectory_local_time", "dynamic.h", "INVALID", {"time-scale", "no-overlap"}),
    ],
)
def test_a_log_from_the_field_is_judged_rightly(field, case: str, asked: str, verdict: str, told: set[str]) -> None:
    outcome, found = field(case, asked)
    assert (found.value, codes(outcome)) == (verdict, told)


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("F05a_gps_only_share_0", "min_beidou_share"),
        ("F05b_fixed_8_percent", "min_fix_rate"),
        ("F05c_settle_cuts_bad_half", "settle"),
        ("F05d_session_means", "session"),
        ("F11_truth_without_uncertainty", "u_horizontal"),
    ],
)
def test_a_source_cannot_relax_what_the_scenario_asks(field, case: str, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        field(case, "static.h")


def test_the_seconds_between_two_time_scales_are_named(field) -> None:
    (told,) = (each for each in field("U02_trajectory_in_gps_time", "dynamic.h")[0].invalid if "scale" in each.code)
    assert "18 s" in told.text.en
    assert "GPS time minus UTC" in told.text.en
    (told,) = (each for each in field("U06_trajectory_local_time", "dynamic.h")[0].invalid if "scale" in each.code)
    assert "28800 s" in told.text.en.replace(",", "")


def test_what_cannot_be_told_from_an_offset_is_no_latency_and_is_not_corrected(field) -> None:
    outcome, _ = field("F06_straight_line_bias_as_latency", "dynamic.h")
    told = {each.code for each in outcome.remarks}
    assert "gnss.latency-unknown" in told
    assert "gnss.latency" not in told
    assert outcome.estimate.value == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("case", ["C01_never_fixed_ttff", "C02_no_epochs_ttff", "C03_power_on_without_fix"])
def test_a_start_without_a_fix_counts_and_nothing_breaks(field, case: str) -> None:
    outcome, verdict = field(case, "gnss.ttff", "quantile", q="95 %")
    assert verdict.value == "INCONCLUSIVE"
    assert codes(outcome) & {"start-without-fix", "no-epochs"}


def test_a_receiver_that_never_fixes_has_a_fix_rate_of_zero(field) -> None:
    outcome, _ = field("C01_never_fixed_ttff", "gnss.fix-rate", "ratio")
    assert outcome.estimate.value == 0
    outcome, _ = field("C01_never_fixed_ttff", "gnss.availability", "time-share")
    assert outcome.estimate.value == 0


def test_a_start_that_was_waited_for_in_vain_is_never_the_shortest(field) -> None:
    outcome, _ = field("C03_power_on_without_fix", "gnss.ttff", "quantile", q="95 %")
    assert outcome.estimate.n == 3


def test_a_clock_that_was_not_set_is_no_time(field) -> None:
    outcome, _ = field("I04_cold_start_clock", "gnss.ttff", "quantile", q="95 %")
    assert outcome.estimate.value == pytest.approx(60.0)


def test_thresholds_dates_and_what_was_left_out_are_printed(field) -> None:
    outcome, _ = field("F04a_trajectory_covers_30_percent", "dynamic.h")
    told = {each.code: each.text.en for each in outcome.remarks}
    assert "95%" in told["gnss.thresholds"].replace(" ", "")
    assert "2024-03-05T02:00:00Z" in told["gnss.measured-when"]
    assert "outside the reference trajectory" in told["gnss.not-compared"]


@pytest.mark.parametrize(("planned", "expected"), [("10 s", 60), ("40 s", 60), ("300 s", 298)])
def test_silence_at_either_end_of_a_planned_recording_counts(simulated, planned: str, expected: int) -> None:
    trace = simulated.trace({"duration": 60, "rate": 1, "seed": 4})
    live = {**trace.settings.journal(), "tcp": "127.0.0.1:5601", "duration": planned, "rate": "1 Hz"}
    del live["file"]
    settings = PROBE.settings.model_validate(live)
    question = Question("gnss.fix-rate", "ratio")
    (one,) = installed.resolve(question.record.view)((input_of(trace, question),), question.ask)
    assert expected_epochs(one.log, settings) == expected
    assert expected_epochs(one.log, settings, ended=False) == 60
