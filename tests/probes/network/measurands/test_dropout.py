# SPDX-License-Identifier: Apache-2.0
"""A node that falls silent has dropped; a lost packet has not, and neither has one that nobody asked."""

from typing import Any

import pytest

from tests.probes.network.made import ONE, Judge


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
