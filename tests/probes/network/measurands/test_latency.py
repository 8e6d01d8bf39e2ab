# SPDX-License-Identifier: Apache-2.0
"""The round trip of the worst node from traces with a chosen truth: order statistics, bursts, floors, stalls, and what is no delay."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from harness.account.calibration import Calibration, InstrumentInUse
from harness.model import About, Outcome, Verdict
from harness.plugins import Measurand
from harness.quantity import Quantity
from harness.stats import binomial
from probes.network.measurands import offered
from probes.network.wire import layout
from tests.probes.network.conftest import START_NS
from tests.probes.network.made import MS, ONE, P99, Judge, codes, exchange, node, verdict


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


def test_what_the_testers_certificate_leaves_open_counts_on_either_side(make: Any, judge: Judge) -> None:
    """Every round trip is 1.9 ms: proven below 2 ms by a clock that is good to 0.08 ms (k = 2), not by one good to 0.12 ms."""
    trace = make.header(1) + node(make, 0, [1_900_000] * 400)
    for expanded, expected in (("80 µs", Verdict.PASS), ("120 µs", Verdict.INCONCLUSIVE)):
        line = Calibration("µs", None, None, None, Quantity.parse(expanded).to("µs"), Fraction(2))
        tester = InstrumentInUse("tester", offered.TESTER, "SN-1", "JZ-1", "APPLICABLE", (line,))
        found = judge(trace, "network.rtt", "quantile", P99, "<= 2 ms", ONE, instruments=(tester,))
        assert verdict(found, "<= 2 ms") is expected
        assert found.estimate.allowance == pytest.approx(float(line.expanded) / 1000, abs=0.005)


def test_298_packets_prove_nothing_and_299_do(make: Any, judge: Judge) -> None:
    for count, expected in ((298, Verdict.INCONCLUSIVE), (299, Verdict.PASS)):
        found = judge(make.header(1) + node(make, 0, [10_000] * count), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
        assert verdict(found, "<= 2 ms") is expected
    assert (
        judge(make.header(1) + node(make, 0, [10_000] * 100), "network.rtt", "quantile", P99, "<= 2 ms", ONE).need.n
        == 299
    )


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


def test_of_the_system_a_session_counts_as_one_event_and_of_the_window_each_draw_counts(
    make: Any, judge: Judge
) -> None:
    """Three slow packets in a row, twelve times, all in one session."""
    delays = [3_000_000 if slot % 400 < 3 else 100_000 for slot in range(4_800)]
    spread = b"".join(make.record(0, slot, delay, at_ns=make.drawn(slot, 10 * MS)) for slot, delay in enumerate(delays))
    spread = make.header(1, interval_ns=10 * MS) + spread
    found = judge(spread, "network.rtt", "quantile", P99, "<= 2 ms")
    assert (found.estimate.n, found.estimate.n_eff) == (4_800, 4_800)
    assert verdict(found, "<= 2 ms") is Verdict.PASS, "36 of 4 800 draws are 0.75 %"
    system = judge(spread, "network.rtt", "quantile", P99, "<= 2 ms", about=About.PROCESS)
    assert (system.estimate.n, system.estimate.n_eff) == (4_800, 1)
    assert system.estimate.upper is None
    assert verdict(system, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert [each.code for each in system.missing] == ["network.too-few-sessions"]
    assert system.need.n == 300, "ln(0.05) / 0.01, and none of them goes over"


@pytest.mark.parametrize("kind", ["periodic", "jittered", "burst", ""])
def test_what_was_not_drawn_at_random_cannot_pass_for_the_window_and_a_violation_stays_one(
    kind: str, make: Any, judge: Judge
) -> None:
    for statistic, measurand, limit in (("quantile", "network.rtt", "<= 2 ms"), ("ratio", "network.loss", "<= 1 %")):
        data = make.header(1, kind=kind) + node(make, 0, [10_000] * 500)
        found = judge(data, measurand, statistic, P99, limit, ONE)
        assert verdict(found, limit) is Verdict.INCONCLUSIVE, "whatever is declared"
        assert "network.not-random" in codes(found.missing)
    slow = make.header(1, kind=kind) + node(make, 0, [10_000_000] * 500)
    assert verdict(judge(slow, "network.rtt", "quantile", P99, "<= 2 ms"), "<= 2 ms") is Verdict.FAIL


def test_a_silent_node_is_named_and_is_a_member_so_that_nothing_passes(make: Any, judge: Judge) -> None:
    data = make.header(2) + node(make, 0, [10_000] * 400) + node(make, 1, [None] * 400)
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert verdict(judge(data, "network.loss", "ratio", {}, "<= 1 %", ONE), "<= 1 %") is Verdict.INCONCLUSIVE
    assert "network.silent-member" in codes(found.missing)
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


def test_the_mean_of_a_steady_path_is_bounded_by_what_a_delay_can_be(make: Any, judge: Judge) -> None:
    delays = np.random.default_rng(2).normal(1e6, 5e4, 4_000).astype(int)
    data = b"".join(
        make.record(0, slot, int(delay), at_ns=make.drawn(slot, 10 * MS)) for slot, delay in enumerate(delays)
    )
    head = make.header(1, 10 * MS, interval_ns=10 * MS)
    found = judge(head + data, "network.rtt", "mean", {}, "<= 2 ms")
    assert found.estimate.lower < delays.mean() / 1e6 < found.estimate.upper
    assert found.estimate.upper - found.estimate.lower < 0.05
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    patient = judge(make.header(1, interval_ns=10 * MS) + data, "network.rtt", "mean", {}, "<= 2 ms")
    assert patient.judgement.verdict is Verdict.INCONCLUSIVE, "one of them may have been waited for 3 s"
    assert patient.need.n > 4_000
    assert judge(head + make.record(0, 0, MS), "network.rtt", "mean", {}, "<= 2 ms").estimate.upper is None


def test_what_was_not_sent_may_have_been_the_slowest_of_a_mean(make: Any, judge: Judge) -> None:
    data = b"".join(make.record(0, slot, MS, at_ns=make.drawn(slot, 10 * MS)) for slot in range(4_000))
    head = make.header(1, 10 * MS, interval_ns=10 * MS)
    whole = judge(head + data, "network.rtt", "mean", {}, "<= 1.2 ms")
    assert whole.judgement.verdict is Verdict.PASS
    lacking = judge(
        head + data + layout.notes(make.START_NS, {"unsent": {"0": 1_000}}), "network.rtt", "mean", {}, "<= 1.2 ms"
    )
    assert lacking.judgement.verdict is Verdict.INCONCLUSIVE
    assert lacking.estimate.upper > 2


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


@pytest.mark.parametrize(
    ("strict", "expected"), [("3 s", Verdict.PASS), ("1 s", Verdict.PASS), ("0.5 s", Verdict.INVALID)]
)
def test_where_none_is_declared_packets_were_waited_for_no_longer_than_the_scenario_says(
    strict: str, expected: Verdict, make: Any, judge: Judge
) -> None:
    data = make.header(1, waiting_ns=1_000_000_000) + node(make, 0, [10_000] * 400)
    found = judge(data, "network.rtt", "quantile", {**P99, "waiting_time": strict}, "<= 2 ms")
    assert found.judgement.verdict is expected


def test_the_picture_holds_at_most_600_points_and_ends_below_one_when_packets_were_lost(
    make: Any, judge: Judge
) -> None:
    delays = [None if slot % 10 == 0 else 1_000 * slot for slot in range(1_000)]
    found = judge(make.header(1) + node(make, 0, delays), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    ecdf = next(each for each in found.figures if each.kind == "ecdf")
    assert len(ecdf.data["x"]) <= 600
    assert ecdf.data["x"] == sorted(ecdf.data["x"])
    assert ecdf.data["p"][-1] == 0.9


def test_an_unknown_statistic_is_invalid() -> None:
    """No measurand offers it, and so the engine refuses it."""
    records = [each for each in vars(offered).values() if isinstance(each, Measurand)]
    assert len(records) == 10
    assert not [each.name for each in records if "colour" in each.statistics]


def test_a_stalled_host_is_marked_and_the_verdict_given_with_and_without(make: Any, judge: Judge) -> None:
    records = [
        exchange(make, slot, back_ns=9 * MS, read_late_ns=3 * MS) if slot % 40 == 0 else exchange(make, slot)
        for slot in range(800)
    ]
    found = judge(make.header(1) + b"".join(records), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.value > 9
    assert found.estimate.diagnostics["stalled_packets"] == 20
    without = found.variants["without-stalled"]
    assert without.estimate.value == pytest.approx(1.3, rel=2e-3)
    assert verdict(Outcome(without.estimate, lacks=without.lacks), "<= 2 ms") is Verdict.PASS
    assert verdict(found, "<= 2 ms") is not Verdict.PASS, "what was measured decides"


def test_times_coarser_than_a_tenth_of_the_limit_are_invalid(make: Any, judge: Judge) -> None:
    round_start = make.START_NS // MS * MS
    data = make.header(1) + b"".join(
        make.record(0, slot, 1 * MS, at_ns=round_start + slot * MS, residence_ns=0) for slot in range(100)
    )
    coarse = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert codes(coarse.invalid) == {"network.resolution-too-coarse"}
    assert judge(data, "network.rtt", "quantile", P99, "<= 10 ms", ONE).estimate is not None


def test_a_load_that_was_not_reached_makes_the_loaded_run_invalid(make: Any, judge: Judge) -> None:
    session = {
        "targets": [{"id": "T", "address": "10.9.0.1", "port": 862, "condition": "load"}],
        "waiting_time_ns": 3 * 10**9,
        "load_bit_s": 10**7,
    }
    counts = {"load_bytes": 800, "load_wanted_bytes": 1000}
    note = layout.notes(make.START_NS, {"counts": counts})
    data = layout.header(session) + b"".join(exchange(make, slot) for slot in range(300)) + note
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert codes(found.invalid) == {"network.load-not-reached"}


@pytest.mark.parametrize(
    ("measurand", "statistic", "parameters", "limit"),
    [
        ("network.rtt", "quantile", P99, "<= 2 ms"),
        ("network.rtt", "mean", {}, "<= 2 ms"),
        ("network.rtt", "share-within", {"threshold": "2 ms"}, ">= 99 %"),
        ("network.owd", "quantile", P99, "<= 20 ms"),
        ("network.loss", "ratio", {}, "<= 1 %"),
    ],
)
def test_one_terminal_that_proves_nothing_keeps_all_from_passing(
    measurand: str, statistic: str, parameters: Any, limit: str, make: Any, judge: Judge
) -> None:
    second = 10**9

    def spread(index: int, count: int) -> bytes:
        return b"".join(make.record(index, at, 900_000, at_ns=make.drawn(at, second // 20)) for at in range(count))

    one, two = (make.header(members, 50 * MS, interval_ns=second // 20) for members in (1, 2))
    alone = judge(one + spread(0, 2_000), measurand, statistic, parameters, limit, ONE)
    assert verdict(alone, limit) is Verdict.PASS
    both = judge(two + spread(0, 2_000) + spread(1, 5), measurand, statistic, parameters, limit, ONE)
    assert verdict(both, limit) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("members", [2, 5, 50])
@pytest.mark.parametrize("every", [1, 2])
def test_terminals_that_are_always_slow_fail_however_many_they_are(
    members: int, every: int, make: Any, judge: Judge
) -> None:
    """All packets at 200 ms, or every second one: runs of packets over the limit never end, and none is needed."""
    delays = [200_000_000 if slot % every == 0 else 100_000 for slot in range(360)]
    data = make.header(members) + b"".join(node(make, index, delays) for index in range(members))
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.FAIL
    assert len(found.estimate.diagnostics["worst_nodes"]) == min(members, 10)


def test_a_terminal_that_was_never_asked_is_a_member_too(make: Any, judge: Judge) -> None:
    data = make.header(2) + node(make, 0, [10_000] * 400)
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert "network.silent-member" in codes(found.missing)


def test_of_the_reflectors_own_time_a_tenth_of_the_limit_is_taken_off_and_no_more(make: Any, judge: Judge) -> None:
    """Ten ms there and back, of which the reflector says that it kept nine."""
    records = [make.record(0, slot, 1_000_000, residence_ns=9_000_000) for slot in range(400)]
    found = judge(make.header(1) + b"".join(records), "network.rtt", "quantile", P99, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.FAIL
    assert found.estimate.value == pytest.approx(9.9, rel=1e-3)
    assert found.estimate.diagnostics["reflector_ms"] == 9.0
    assert "network.reflector-time" in codes(found.remarks)
    small = [make.record(0, slot, 450_000, residence_ns=90_000) for slot in range(400)]
    found = judge(make.header(1) + b"".join(small), "network.rtt", "quantile", P99, "<= 0.5 ms")
    assert found.estimate.allowance == pytest.approx(0.04), "0.09 ms were taken off, a tenth of the limit is 0.05 ms"


@pytest.mark.parametrize(("step_us", "least_us", "most_us"), [(200, 2150, 2190), (100, 2050, 2090), (190, 2010, 2080)])
def test_a_coarse_clock_is_held_against_the_applicant_in_quantiles_too(
    step_us: int, least_us: int, most_us: int, make: Any, judge: Judge
) -> None:
    """Each truth is over 2 ms, and each reading, rounded down to the clock's step, is not."""
    step = step_us * 1_000
    records = []
    for slot, delay in enumerate(np.random.default_rng(3).integers(least_us, most_us, 400)):
        due = (make.START_NS // step + slot * 50) * step
        records.append(make.record(0, slot, int(delay) * 1_000 // step * step, at_ns=due, residence_ns=0))
    data = make.header(1) + b"".join(records)
    for statistic, limit, parameters in (
        ("quantile", "<= 2 ms", P99),
        ("share-within", ">= 99 %", {"threshold": "2 ms", "lost": "over-limit"}),
    ):
        found = judge(data, "network.rtt", statistic, parameters, limit)
        assert found.judgement.verdict is not Verdict.PASS


def test_what_was_not_watched_of_the_window_counts_against_either_verdict(make: Any, judge: Judge) -> None:
    """Two terminals for an hour; the second begins two minutes late, or pauses, or ends early."""

    def asked(seconds: Any, target: int) -> bytes:
        due = [(at, make.drawn(at, second // 4)) for at in range(4 * 3600)]
        kept = [(at, time) for at, time in due if (time - make.START_NS) // second in seconds]
        return b"".join(make.record(target, at, 10_000, at_ns=time) for at, time in kept)

    second = 10**9
    head, whole = make.header(2, interval_ns=second // 4), asked(range(4000), 0)
    for seconds in (range(120, 4000), {*range(1000), *range(1120, 4000)}, range(3480)):
        found = judge(head + whole + asked(seconds, 1), "network.rtt", "quantile", P99, "<= 2 ms")
        assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
        assert "network.window-not-watched" in codes(found.missing)
        assert float(found.effort["coverage"]) == pytest.approx(1 - 120 / 3600, abs=3e-3)
    assert verdict(
        judge(head + whole + asked(range(4000), 1), "network.rtt", "quantile", P99, "<= 2 ms"), "<= 2 ms"
    ) is (Verdict.PASS)


def test_slots_that_were_never_sent_count_as_over_the_limit_for_a_pass(make: Any, judge: Judge) -> None:
    data = make.header(1) + node(make, 0, [10_000] * 600)
    assert verdict(judge(data, "network.rtt", "quantile", P99, "<= 2 ms"), "<= 2 ms") is Verdict.PASS
    late = data + layout.notes(make.START_NS, {"unsent": {"0": 20}})
    found = judge(late, "network.rtt", "quantile", P99, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE


def test_a_reading_under_load_does_not_pass_without_a_loaded_run(make: Any, judge: Judge) -> None:
    data = make.header(1) + node(make, 0, [10_000] * 600)
    found = judge(data, "network.rtt", "quantile", {**P99, "load": "required"}, "<= 2 ms")
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert codes(found.missing) == {"network.no-load"}


@pytest.mark.parametrize(
    ("sessions", "expected"), [(1, Verdict.INCONCLUSIVE), (19, Verdict.INCONCLUSIVE), (24, Verdict.PASS)]
)
def test_the_mean_of_the_system_is_that_of_separated_sessions(
    sessions: int, expected: Verdict, make: Any, judge: Judge
) -> None:
    """However long one session lasts, it is one observation: its own mean says nothing of the next one's."""
    random, records, second = np.random.default_rng(4), [], 10**9
    for session in range(sessions):
        level = random.normal(1e6, 1e5)
        begin = make.START_NS + session * 3600 * second
        records += [
            make.record(0, at + 100 * session, int(random.normal(level, 1e4)), at_ns=begin + at * second // 2)
            for at in range(100 if sessions > 1 else 4000)
        ]
    data = make.header(1, interval_ns=second // 2, kind="periodic") + b"".join(records)
    found = judge(data, "network.rtt", "mean", {}, "<= 1.2 ms", {}, about=About.PROCESS)
    assert found.judgement.verdict is expected
    if sessions > 19:
        assert 0.02 < found.estimate.upper - found.estimate.value < 0.1, "between sessions, not within them"


def test_over_time_a_step_without_an_answer_is_a_gap_and_the_largest_delay_stands(make: Any, judge: Judge) -> None:
    """Ten packets a second for 900 s and no answer from 300 s to 330 s; one of them takes 50 ms."""
    said = [None if 3000 <= slot < 3300 else 50 * MS if slot == 7777 else MS for slot in range(9000)]
    trace = b"".join(
        make.record(0, slot, delay, at_ns=START_NS + slot * 100 * MS)
        for slot, delay in enumerate(said)
        if slot % 10 == 7 or delay != MS
    )
    figures = judge(make.header(1) + trace, "network.rtt", "quantile", P99, "<= 2 ms", ONE).figures
    over = next(each for each in figures if each.kind == "series")
    mean, largest = (each.y for each in over.lines)
    assert len(over.x) == 300  # steps of three seconds
    assert (
        [at for at, y in enumerate(mean) if y is None]
        == [at for at, y in enumerate(largest) if y is None]
        == list(range(100, 110))
    )
    assert max(y for y in largest if y is not None) == pytest.approx(50)
    assert largest.index(max(y for y in largest if y is not None)) == 259
    assert mean[0] == pytest.approx(1)
