# SPDX-License-Identifier: Apache-2.0
"""Time in service: downtime beyond the survival time, failures, interruptions along a drive."""

from typing import Any

import pytest

from harness.model import About, Verdict
from tests.probes.network.made import Judge, exchange, verdict

SURVIVAL = {"survival_time": "2 ms", "transfer_interval": "1 ms"}


def test_downtime_is_what_a_gap_lasts_beyond_interval_and_survival_time(make: Any, judge: Judge) -> None:
    gone = set(range(100, 120)) | {300} | {500, 501}
    data = make.header(1) + b"".join(
        exchange(make, slot, lost="x" if slot in gone else "", drawn=False) for slot in range(1001)
    )
    found = judge(data, "network.availability", "availability", SURVIVAL, ">= 99 %", {})
    assert found.estimate.diagnostics["outages"] == 1, "one or two lost messages are survived"
    assert found.estimate.diagnostics["down_s"] == pytest.approx(0.021 - 0.003)
    assert found.estimate.value == pytest.approx(1 - 0.018 / 1.0)
    assert [each["length_ms"] for each in found.listing["outages"]] == [18.0]


def test_mean_time_between_failures_is_bounded_even_without_any(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, drawn=False) for slot in range(1001))
    found = judge(data, "network.availability", "mtbf", SURVIVAL, "", {}, about=About.PROCESS)
    hours = 1 / 3600
    window = judge(data, "network.availability", "mtbf", SURVIVAL, "", {})
    assert window.estimate.lower == pytest.approx(hours, rel=1e-3), "of the window itself nothing is sampled"
    assert found.estimate.lower == pytest.approx(hours / 2.9957, rel=1e-3), "rule of three"
    assert found.estimate.upper is None


OVER = {"interruption_over": "20 ms"}


def test_interruptions_along_a_drive_are_listed_and_the_longest_decides(make: Any, judge: Judge) -> None:
    gone = set(range(100, 150)) | set(range(400, 430)) | set(range(600, 610))
    data = make.header(1) + b"".join(
        exchange(make, slot, lost="x" if slot in gone else "", drawn=False) for slot in range(1000)
    )
    found = judge(data, "network.mobility", "longest-interruption", OVER, "<= 60 ms", {})
    assert found.estimate.value == 51.0
    assert [each["length_ms"] for each in found.listing["interruptions"]] == [51.0, 31.0]
    assert verdict(found, "<= 60 ms") is Verdict.PASS
    assert (
        verdict(judge(data, "network.mobility", "longest-interruption", OVER, "<= 40 ms", {}), "<= 40 ms")
        is Verdict.FAIL
    )
    quantile = judge(data, "network.mobility", "quantile", {**OVER, "q": "50 %"}, "", {})
    assert quantile.estimate.value == 31.0
    assert quantile.estimate.upper is None, "two interruptions bound no percentile"


def test_no_interruption_means_none_longer_than_the_threshold(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, drawn=False) for slot in range(300))
    found = judge(data, "network.mobility", "longest-interruption", OVER, "<= 20 ms", {})
    assert (found.estimate.value, found.estimate.upper) == (0, 20)
    assert judge(data, "network.mobility", "quantile", {**OVER, "q": "95 %"}, "", {}).estimate is None
