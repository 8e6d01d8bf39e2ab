# SPDX-License-Identifier: Apache-2.0
"""One-way delay is that of the worse direction, and only with two clocks that say they agree."""

from typing import Any

import pytest

from harness.model import Verdict
from tests.probes.network.made import MS, ONE, P99, UNSURE, Judge, codes, exchange, verdict


def test_one_way_delay_is_that_of_the_worse_direction_with_both_clock_errors_as_a_hard_bound(
    make: Any, judge: Judge
) -> None:
    data = make.header(1) + b"".join(exchange(make, slot) for slot in range(500))
    found = judge(data, "network.owd", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.value == pytest.approx(0.9, rel=2e-3)
    assert found.estimate.diagnostics["worst"].endswith("←")
    assert 0.2 <= found.estimate.allowance < 0.21
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert verdict(judge(data, "network.owd", "quantile", P99, "<= 1 ms", ONE), "<= 1 ms") is not Verdict.PASS


def test_one_way_delay_is_invalid_without_synchronised_clocks(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, error=UNSURE) for slot in range(300))
    found = judge(data, "network.owd", "quantile", P99, "<= 2 ms", ONE)
    assert codes(found.invalid) == {"network.clocks-unsynchronised"}
    trip = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert trip.estimate.value == pytest.approx(1.3, rel=2e-3), "a round trip needs no synchronised clocks"


def test_clocks_that_state_less_error_than_they_have_are_found_out(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, offset_ns=-5 * MS) for slot in range(300))
    found = judge(data, "network.owd", "quantile", P99, "<= 2 ms", ONE)
    assert codes(found.invalid) == {"network.clocks-disagree"}


def test_a_share_within_a_threshold_closer_than_the_clocks_agree_is_never_a_pass(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot) for slot in range(500))
    for threshold, proven in (("2 ms", True), ("1 ms", False)):  # 0.9 ms, and the clocks may be off by 0.2 ms
        parameters = {"threshold": threshold, "lost": "over-limit"}
        found = judge(data, "network.owd", "share-within", parameters, ">= 90 %", ONE)
        assert (verdict(found, ">= 90 %") is Verdict.PASS) is proven
        assert found.estimate.allowance == 0, "a time is no share"
