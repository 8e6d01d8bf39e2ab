# SPDX-License-Identifier: Apache-2.0
"""Estimates from traces with a chosen truth: the worst node decides, bursts count, losses are over the limit."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from harness.decide import decide
from harness.model import Criterion, Reading, Rule, Text, Verdict
from harness.quantity import Limit
from harness.stats import binomial
from probes.network.wire import layout

Judge = Callable[..., Any]
P99 = {"q": "99 %", "lost": "over-limit"}
ONE = {"longest_credible_burst": "1 packet"}


def verdict(outcome: Any, limit: str) -> Verdict:
    reading = Reading("r", Text("", ""), "m", "s", {}, default=True)
    return decide(outcome, Criterion(reading, Limit.parse(limit), Rule.GUARDED, Fraction(19, 20))).verdict


def node(make: Any, index: int, delays: list[int | None]) -> bytes:
    return b"".join(make.record(index, slot, delay) for slot, delay in enumerate(delays))


def test_a_fast_clean_path_passes_and_its_numbers_are_the_order_statistics(make: Any, judge: Judge) -> None:
    delays = list(np.random.default_rng(1).integers(500_000, 1_500_000, 400))
    found = judge(
        make.header(1) + node(make, 0, [int(each) for each in delays]), "network.rtt", "quantile", P99, "<= 2 ms", ONE
    )
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    ranked = np.sort(delays) / 1e6
    assert found.estimate.value == pytest.approx(ranked[395], rel=1e-3)
    assert found.estimate.upper == pytest.approx(
        ranked[398], rel=1e-3
    )  # 399: P(Bin(400, .99) < 399) = 0.91, so 400 or 399
    assert found.estimate.n == 400


def test_298_packets_prove_nothing_and_299_do(make: Any, judge: Judge) -> None:
    for count, expected in ((298, Verdict.INCONCLUSIVE), (299, Verdict.PASS)):
        found = judge(make.header(1) + node(make, 0, [10_000] * count), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
        assert verdict(found, "<= 2 ms") is expected
    assert judge(
        make.header(1) + node(make, 0, [10_000] * 100), "network.rtt", "quantile", P99, "<= 2 ms", ONE
    ).need == {"packets_per_node": 299}


def test_one_bad_node_decides_however_many_good_ones_there_are(make: Any, judge: Judge) -> None:
    good = [make.record(target, slot, 300_000) for target in range(1, 4) for slot in range(400)]
    bad = node(make, 0, [3_000_000] * 400)
    found = judge(make.header(4) + bad + b"".join(good), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.FAIL
    assert found.estimate.value == pytest.approx(3.0, rel=1e-3)
    assert found.estimate.diagnostics["worst"] == "T-000"


def test_lost_packets_are_over_the_limit_and_worth_at_least_the_waiting_time(make: Any, judge: Judge) -> None:
    delays = [None if slot % 20 == 0 else 100_000 for slot in range(1200)]
    spread = b"".join(
        make.record(0, slot, delay, at_ns=make.START_NS + slot * 2_000_000_000) for slot, delay in enumerate(delays)
    )
    found = judge(make.header(1) + spread, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.FAIL
    assert found.estimate.value == 3000.0
    assert found.estimate.upper is None


def test_a_burst_over_the_limit_counts_as_one_event(make: Any, judge: Judge) -> None:
    """Three slow packets in a row, twelve times: far fewer independent packets than were sent."""
    delays = [3_000_000 if slot % 400 < 3 else 100_000 for slot in range(4_800)]
    spread = b"".join(
        make.record(0, slot, delay, at_ns=make.START_NS + slot * 10_000_000) for slot, delay in enumerate(delays)
    )
    found = judge(make.header(1) + spread, "network.rtt", "quantile", P99, "<= 2 ms")
    assert found.estimate.n == 4_800
    assert found.estimate.n_eff == 4_800 * 39 // 117
    assert found.estimate.upper == 3.0
    assert found.estimate.value < 1


def test_without_a_declared_burst_a_clean_short_record_is_open(make: Any, judge: Judge) -> None:
    found = judge(make.header(1) + node(make, 0, [10_000] * 500), "network.rtt", "quantile", P99, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert found.missing[0].code == "statistics.burst_length_unknown"


def test_a_silent_node_is_named_and_left_out_of_delay(make: Any, judge: Judge) -> None:
    data = make.header(2) + node(make, 0, [10_000] * 400) + node(make, 1, [None] * 400)
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert found.listing["silent"] == ["T-001"]
    assert "network.silent-nodes" in [each.code for each in found.remarks]


@pytest.mark.parametrize("measurand", ["network.rtt", "network.loss", "network.dropout"])
def test_no_answer_at_all_is_invalid_never_a_pass(measurand: str, make: Any, judge: Judge) -> None:
    statistic = {"network.rtt": "quantile", "network.loss": "ratio", "network.dropout": "session-ratio"}[measurand]
    data = make.header(1) + node(make, 0, [None] * 50)
    assert verdict(judge(data, measurand, statistic, P99, "<= 2 ms", ONE), "<= 2 ms") is Verdict.INVALID
    assert verdict(judge(make.header(1), measurand, statistic, P99, "<= 2 ms", ONE), "<= 2 ms") is Verdict.INVALID


def test_the_floor_of_the_host_is_added_to_the_bounds(make: Any, judge: Judge) -> None:
    floor = layout.notes(
        make.START_NS, {"calibration": {"n": 1000, "p50_ns": 5, "p99_9_ns": 400_000, "max_ns": 500_000}}
    )
    data = make.header(1) + floor + node(make, 0, [1_700_000] * 400)
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.allowance == 0.4
    assert [item.type for item in found.estimate.budget] == ["bound"]
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    share = judge(data, "network.rtt", "share-within", {"threshold": "2 ms"}, ">= 99 %", ONE)
    assert share.estimate.value == 1.0
    assert share.estimate.lower == 0.0, "within the floor of the threshold nothing is certain"


def test_share_within_counts_exactly_and_bounds_like_clopper_pearson_when_runs_are_single(
    make: Any, judge: Judge
) -> None:
    spread = b"".join(
        make.record(0, slot, 2_500_000 if slot % 100 == 0 else 100_000, at_ns=make.START_NS + slot * 1_100_000_000)
        for slot in range(3_000)
    )
    found = judge(make.header(1) + spread, "network.rtt", "share-within", {"threshold": "2 ms"}, ">= 99.9 %", ONE)
    assert found.estimate.value == 0.99
    assert found.estimate.lower <= 1 - binomial.upper(30, 3_000, 0.05) + 1e-12
    assert verdict(found, ">= 99.9 %") is Verdict.FAIL


def test_the_mean_of_a_steady_path_is_bounded_by_batches(make: Any, judge: Judge) -> None:
    delays = np.random.default_rng(2).normal(1e6, 5e4, 4_000).astype(int)
    data = b"".join(
        make.record(0, slot, int(delay), at_ns=make.START_NS + slot * 10_000_000) for slot, delay in enumerate(delays)
    )
    found = judge(make.header(1) + data, "network.rtt", "mean", {}, "<= 2 ms")
    assert found.estimate.lower < delays.mean() / 1e6 < found.estimate.upper
    assert found.estimate.upper - found.estimate.lower < 0.01
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert judge(make.header(1) + data[: 300 * 450], "network.rtt", "mean", {}, "<= 2 ms").estimate.upper is None


def test_a_negative_round_trip_never_counts_as_fast(make: Any, judge: Judge) -> None:
    data = make.header(1) + node(make, 0, [-200_000] * 400)
    found = judge(data, "network.rtt", "share-within", {"threshold": "2 ms"}, ">= 99.9 %", ONE)
    assert found.estimate.value == 0.0
    assert "network.negative-round-trip" in [each.code for each in found.remarks]


def test_a_reflector_that_claims_more_time_than_the_whole_trip_is_not_believed(make: Any, judge: Judge) -> None:
    slow = b"".join(make.record(0, slot, 5_000_000, residence_ns=0) for slot in range(400))
    found = judge(make.header(1) + slow, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.value == pytest.approx(5.0, rel=1e-3)
    boast = b"".join(make.record(0, slot, -5_000_000, residence_ns=9_000_000) for slot in range(400))
    found = judge(make.header(1) + boast, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.value == pytest.approx(4.0, rel=1e-3)  # the raw trip


def test_a_declared_waiting_time_must_be_the_recorded_one(make: Any, judge: Judge) -> None:
    data = make.header(1, waiting_ns=1_000_000_000) + node(make, 0, [10_000] * 400)
    for declared, expected in (("1 s", Verdict.PASS), ("3 s", Verdict.INVALID)):
        found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", {**ONE, "waiting_time": declared})
        assert verdict(found, "<= 2 ms") is expected


def test_loopback_is_flagged_and_another_network_is_not(make: Any, judge: Judge) -> None:
    for address, flagged in (("127.0.1.{}", True), ("10.9.0.{}", False)):
        data = make.header(1, address=address) + node(make, 0, [10_000] * 400)
        found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
        assert ("network.path-is-loopback" in [each.code for each in found.remarks]) == flagged


def test_the_picture_holds_at_most_600_points_and_ends_below_one_when_packets_were_lost(
    make: Any, judge: Judge
) -> None:
    delays = [None if slot % 10 == 0 else 1_000 * slot for slot in range(1_000)]
    found = judge(make.header(1) + node(make, 0, delays), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    ecdf = next(each for each in found.figures if each.kind == "ecdf")
    assert len(ecdf.data["x"]) <= 600
    assert ecdf.data["x"] == sorted(ecdf.data["x"])
    assert ecdf.data["p"][-1] == 0.9


def test_loss_is_counted_over_packets_sent_and_late_is_lost(make: Any, judge: Judge) -> None:
    records = [
        make.record(0, slot, None if slot in {3, 4, 900} else 1_000, at_ns=make.START_NS + slot * 10**7)
        for slot in range(1000)
    ]
    unsent = layout.notes(make.START_NS, {"unsent": {"0": 77}})
    data = make.header(1) + b"".join(records) + make.stray(0, layout.LATE) + unsent
    found = judge(data, "network.loss", "ratio", {}, "<= 1 %", {"longest_credible_burst": "2 packets"})
    assert found.estimate.value == 0.003
    assert found.estimate.n == 1000
    packets = found.estimate.diagnostics["packets"]
    assert (packets["lost"], packets["late"], packets["unsent"]) == (3, 1, 77)
    assert (found.estimate.diagnostics["bursts"], found.estimate.diagnostics["longest_burst"]) == (2, 2)
    assert found.estimate.lower < 0.003 < found.estimate.upper


def test_loss_is_invalid_when_this_host_dropped_replies(make: Any, judge: Judge) -> None:
    data = make.header(1) + layout.notes(make.START_NS, {}, 5) + node(make, 0, [1_000] * 100)
    found = judge(data, "network.loss", "ratio", {}, "<= 1 %", ONE)
    assert [each.code for each in found.invalid] == ["network.socket-overflow"]


def keepalive(make: Any, index: int, seconds: int, silent: range) -> bytes:
    return b"".join(
        make.record(index, slot, None if slot in silent else 1_000, at_ns=make.START_NS + slot * 10**9)
        for slot in range(seconds)
    )


def test_a_silence_longer_than_t_is_a_drop_and_a_shorter_one_is_not(make: Any, judge: Judge) -> None:
    head = make.header(2, interval_ns=10**9)
    data = head + keepalive(make, 0, 300, range(100, 120)) + keepalive(make, 1, 300, range(50, 58))
    found = judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"}, "<= 0.05 %")
    assert (found.estimate.diagnostics["drops"], found.estimate.diagnostics["sessions"]) == (1, 3)
    assert found.estimate.value == pytest.approx(1 / 3)
    (drop,) = found.listing["drops"]
    assert (drop["node"], drop["silent_s"]) == ("T-000", 21.0)
    offline = judge(
        data,
        "network.dropout",
        "offline-time",
        {"silent_after": "10 s"},
        "<= 0.05 %",
        {"longest_credible_outage": "30 s"},
    )
    assert offline.estimate.value == pytest.approx(21 / 598)
    hourly = judge(data, "network.dropout", "sessions-per-hour", {"silent_after": "10 s"}, "<= 0.0005 /h")
    assert hourly.estimate.value == pytest.approx(1 / ((299 + 99 + 179) / 3600))
    assert hourly.estimate.unit == "/h"


def test_lost_packets_are_no_drop_and_a_drop_is_no_loss_ratio(make: Any, judge: Judge) -> None:
    tenth = b"".join(
        make.record(0, slot, None if slot % 10 == 9 else 1_000, at_ns=make.START_NS + slot * 10**9)
        for slot in range(600)
    )
    data = make.header(1, interval_ns=10**9) + tenth
    assert judge(data, "network.loss", "ratio", {}, "", ONE).estimate.value == 0.1
    for statistic in ("session-ratio", "offline-time", "sessions-per-hour"):
        found = judge(
            data, "network.dropout", statistic, {"silent_after": "10 s"}, "", {"longest_credible_outage": "30 s"}
        )
        assert found.estimate.value == 0, "every tenth packet is lost, and no terminal was ever silent for 10 s"
    node = judge(data, "network.availability", "availability", {"survival_time": "1 s", "transfer_interval": "1 s"})
    assert node.estimate.value == 1, "one missing message is survived"


def test_a_pause_in_probing_is_no_drop(make: Any, judge: Judge) -> None:
    early = keepalive(make, 0, 60, range(0))
    later = b"".join(make.record(0, slot, 1_000, at_ns=make.START_NS + (slot + 1000) * 10**9) for slot in range(60))
    found = judge(
        make.header(1, interval_ns=10**9) + early + later, "network.dropout", "session-ratio", {"silent_after": "10 s"}
    )
    assert found.estimate.diagnostics["drops"] == 0
    assert found.estimate.diagnostics["watched_node_hours"] == pytest.approx(118 / 3600)


def test_probing_slower_than_half_the_silence_says_so(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=6 * 10**9) + keepalive(make, 0, 60, range(0))
    found = judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"})
    assert [each.code for each in found.missing] == ["network.probing-too-sparse"]


def test_drops_of_all_nodes_at_once_weigh_more_than_the_same_number_apart(make: Any, judge: Judge) -> None:
    head = make.header(12, interval_ns=10**9)
    together = head + b"".join(keepalive(make, index, 200, range(50, 70)) for index in range(12))
    apart = head + b"".join(keepalive(make, index, 700, range(50 * index + 20, 50 * index + 40)) for index in range(12))
    one, other = (
        judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"}, "<= 60 %").estimate
        for data in (together, apart)
    )
    assert one.value == other.value == 0.5
    assert one.n_eff < other.n_eff
    assert one.upper > other.upper


def test_an_unknown_statistic_is_invalid(make: Any, judge: Judge) -> None:
    data = make.header(1) + node(make, 0, [1_000] * 10)
    for measurand in ("network.rtt", "network.dropout"):
        assert [each.code for each in judge(data, measurand, "colour", {}).invalid] == ["network.statistic"]
