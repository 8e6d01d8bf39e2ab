# SPDX-License-Identifier: Apache-2.0
"""A node that falls silent has dropped; a lost packet has not, and neither has one that nobody asked."""

from typing import Any

import pytest

from harness.model import About, Verdict
from tests.probes.network.made import ONE, Judge, codes, verdict

T10 = {"silent_after": "10 s"}
POOL = {**T10, "fleet": "pool"}


def keepalive(make: Any, index: int, seconds: int, silent: range) -> bytes:
    return b"".join(
        make.record(index, slot, None if slot in silent else 1_000, at_ns=make.START_NS + slot * 10**9)
        for slot in range(seconds)
    )


def test_a_silence_longer_than_t_is_a_drop_and_a_shorter_one_is_not(make: Any, judge: Judge) -> None:
    head = make.header(2, interval_ns=10**9)
    data = head + keepalive(make, 0, 300, range(100, 120)) + keepalive(make, 1, 300, range(50, 58))
    found = judge(data, "network.dropout", "session-ratio", POOL, "<= 0.05 %")
    assert (found.estimate.diagnostics["drops"], found.estimate.diagnostics["sessions"]) == (1, 3)
    assert found.estimate.value == pytest.approx(1 / 3)
    (drop,) = found.listing["drops"]
    assert (drop["node"], drop["silent_s"]) == ("T-000", 21.0)
    offline = judge(
        data,
        "network.dropout",
        "offline-time",
        POOL,
        "<= 0.05 %",
        {"longest_credible_outage": "30 s"},
    )
    assert offline.estimate.value == pytest.approx(21 / 598)
    hourly = judge(data, "network.dropout", "sessions-per-hour", POOL, "<= 0.0005 /h")
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


@pytest.mark.parametrize(("back_at", "drops", "silent_s"), [(60, 1, 59), (30, 1, 30), (5, 0, 0), (0, 0, 0)])
def test_a_terminal_that_went_silent_while_nobody_asked_is_off_line_once_it_is_asked_again(
    back_at: int, drops: int, silent_s: int, make: Any, judge: Judge
) -> None:
    """It answered before the pause; after it, it answers late or not at all."""
    later = b"".join(
        make.record(0, slot, None if slot < back_at else 1_000, at_ns=make.START_NS + (slot + 1000) * 10**9)
        for slot in range(60)
    )
    data = make.header(1, interval_ns=10**9) + keepalive(make, 0, 60, range(0)) + later
    found = judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"})
    assert found.estimate.diagnostics["drops"] == drops
    assert found.estimate.diagnostics["offline_s"] == silent_s


def test_probing_slower_than_half_the_silence_says_so(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=6 * 10**9) + keepalive(make, 0, 60, range(0))
    found = judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"})
    assert [each.code for each in found.missing] == ["network.probing-too-sparse"]


def test_drops_of_all_nodes_at_once_weigh_more_than_the_same_number_apart(make: Any, judge: Judge) -> None:
    head = make.header(12, interval_ns=10**9)
    together = head + b"".join(keepalive(make, index, 200, range(50, 70)) for index in range(12))
    apart = head + b"".join(keepalive(make, index, 700, range(50 * index + 20, 50 * index + 40)) for index in range(12))
    one, other = (
        judge(data, "network.dropout", "session-ratio", POOL, "<= 60 %", about=About.PROCESS).estimate
        for data in (together, apart)
    )
    assert one.value == other.value == 0.5
    assert one.n_eff < other.n_eff
    assert one.lower < other.lower


def pulsed(make: Any, index: int, on_s: int, off_s: int, times: int) -> bytes:
    """Probing in pulses: on for a while, then a pause."""
    return b"".join(
        make.record(index, slot, 1_000, at_ns=make.START_NS + (pulse * (on_s + off_s) + slot) * 10**9)
        for pulse in range(times)
        for slot in range(on_s)
    )


def test_however_often_probing_pauses_one_terminal_that_never_dropped_had_one_session(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=10**9) + pulsed(make, 0, 20, 20, 200)
    found = judge(data, "network.dropout", "session-ratio", T10, "<= 60 %")
    assert found.estimate.diagnostics["sessions"] == 1
    assert verdict(found, "<= 60 %") is Verdict.INCONCLUSIVE, "each pause may hide a drop"


def test_a_session_that_was_not_observable_for_t_is_none(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=10**9) + keepalive(make, 0, 205, range(100, 200))
    found = judge(data, "network.dropout", "session-ratio", T10, "")
    assert (found.estimate.diagnostics["drops"], found.estimate.diagnostics["sessions"]) == (1, 1)


def test_each_terminal_is_judged_and_the_pool_is_another_reading(make: Any, judge: Judge) -> None:
    """One terminal of ten is off line for 40 of 4 000 s, which is 1 % of its own time and 0.1 % of the pool's."""
    data = make.header(10, interval_ns=10**9) + b"".join(
        keepalive(make, index, 4_000, range(1000, 1040) if index == 3 else range(0)) for index in range(10)
    )
    limit = "<= 0.3 %"
    found = judge(data, "network.dropout", "offline-time", T10, limit)
    assert verdict(found, limit) is Verdict.FAIL
    assert found.estimate.diagnostics["worst_nodes"][0] == "T-003"
    assert verdict(judge(data, "network.dropout", "offline-time", POOL, limit), limit) is Verdict.PASS


def test_a_terminal_that_never_came_on_line_keeps_the_others_from_passing(make: Any, judge: Judge) -> None:
    data = make.header(2, interval_ns=10**9) + keepalive(make, 0, 4_000, range(0))
    for parameters in (T10, POOL):
        found = judge(data, "network.dropout", "offline-time", parameters, "<= 1 %")
        assert verdict(found, "<= 1 %") is Verdict.INCONCLUSIVE
        assert "network.silent-member" in codes(found.missing)


def test_silence_at_either_end_and_pauses_count_as_offline_for_a_pass(make: Any, judge: Judge) -> None:
    whole, head = keepalive(make, 0, 4_000, range(0)), make.header(2, interval_ns=10**9)
    for silent in (range(100), range(3_900, 4_000)):
        found = judge(
            head + whole + keepalive(make, 1, 4_000, silent), "network.dropout", "offline-time", T10, "<= 1 %"
        )
        assert verdict(found, "<= 1 %") is not Verdict.PASS
    late = b"".join(make.record(1, at, 1_000, at_ns=make.START_NS + at * 10**9) for at in range(100, 4_000))
    assert verdict(judge(head + whole + late, "network.dropout", "offline-time", T10, "<= 1 %"), "<= 1 %") is (
        Verdict.INCONCLUSIVE
    )
    clean = head + whole + keepalive(make, 1, 4_000, range(0))
    assert verdict(judge(clean, "network.dropout", "offline-time", T10, "<= 1 %"), "<= 1 %") is Verdict.PASS


def test_a_rate_needs_a_denominator_that_could_show_a_violation(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=10**9) + keepalive(make, 0, 4_000, range(0))
    for statistic, limit in (("session-ratio", "<= 0.05 %"), ("sessions-per-hour", "<= 0.0005 /h")):
        found = judge(data, "network.dropout", statistic, POOL, limit)
        assert verdict(found, limit) is Verdict.INCONCLUSIVE
        assert codes(found.missing) == {"network.rate-shows-nothing"}
        assert found.need.n == 2000


def test_an_outage_longer_than_the_declared_one_makes_it_undeclared(make: Any, judge: Judge) -> None:
    data = make.header(1, interval_ns=10**9) + keepalive(make, 0, 4_000, range(1000, 1040))
    declared = {"longest_credible_outage": "30 s"}
    found = judge(data, "network.dropout", "offline-time", T10, "<= 5 %", declared, about=About.PROCESS)
    assert "constants.contradicted" in codes(found.remarks)
    assert "statistics.burst_length_unknown" in codes(found.missing)
