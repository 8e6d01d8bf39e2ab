# SPDX-License-Identifier: Apache-2.0
"""One-way delay, direction of loss, host stalls, availability, interruptions, plausibility: from traces with a chosen truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide import decide
from harness.model import Criterion, Outcome, Rule, Verdict
from harness.quantity import Limit
from harness.series import Series
from probes.network.digests.delays import Delays
from probes.network.digests.direction import Ledger
from probes.network.wire import layout
from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.timestamps import error_estimate, ntp_of

Judge = Callable[..., Any]
P99 = {"q": "99 %", "lost": "over-limit"}
ONE = {"longest_credible_burst": "1 packet"}
US, MS = 1_000, 1_000_000
SURE, UNSURE = error_estimate(100 * US, synchronised=True), error_estimate(100 * US, synchronised=False)


def verdict(outcome: Outcome, limit: str, reading: Any = None) -> Verdict:
    criterion = Criterion(
        reading,
        Limit.parse(limit),
        Rule.GUARDED,
        1 - 1 / 20 if outcome.estimate is None else outcome.estimate.confidence,
    )
    return decide(outcome, criterion).verdict


def codes(reasons: Any) -> set[str]:
    return {each.code for each in reasons}


def exchange(
    make: Any,
    slot: int,
    *,
    there_ns: int = 400 * US,
    back_ns: int = 900 * US,
    offset_ns: int = 0,
    lost: str = "",
    number: int | None = None,
    late_ns: int = 0,
    read_late_ns: int = 5_000,
    error: int = SURE,
    ttl: int = 60,
    step_ns: int = MS,
) -> bytes:
    """One probe over a path whose two ways, clock offset and fate are chosen; ``number``: the reflector's own."""
    due = make.START_NS + slot * step_ns
    t1 = due + late_ns
    here, there = Endpoint.of("10.9.255.1", 50_000), Endpoint.of("10.9.0.1", 862)
    asked = SenderPacket(slot, ntp_of(t1), error)
    wire = datagram(here, there, asked.encode(), 64)
    block = layout.sent(0, slot, due, t1, wire, replies=0 if lost else 1, kernel=True)
    if lost:
        return block
    t2 = t1 + there_ns + offset_ns
    answer = ReflectorPacket(
        sequence=slot if number is None else number,
        timestamp=ntp_of(t2 + 50 * US),
        error=error,
        ssid=0,
        received=ntp_of(t2),
        sender_sequence=slot,
        sender_timestamp=asked.timestamp,
        sender_error=error,
        sender_ttl=ttl,
    )
    t4 = t1 + there_ns + back_ns + 50 * US
    back = datagram(there, here, answer.encode(), ttl)
    return block + layout.back(0, t4 + read_late_ns, t4, back, fate=layout.FIRST, kernel=True)


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


@given(st.lists(st.sampled_from(["", "", "", "there", "back"]), min_size=2, max_size=40), st.integers(0, 40))
def test_losses_are_blamed_on_the_way_they_happened_however_the_trace_is_cut(fates: list[str], cut: int) -> None:

    reached, rows = 0, []
    for sequence, fate in enumerate(fates):
        rows.append((sequence, reached, 0 if fate else 1))
        reached += fate != "there"
    table = np.array(rows, np.int64)
    series = Series({"sequence": table[:, 0], "reflector_sequence": table[:, 1], "flags": table[:, 2]})
    parts = [series.where(table[:, 0] < cut), series.where(table[:, 0] >= cut)]
    merged = Ledger.of("s", parts[1]).merge(Ledger.of("s", parts[0]))
    assert merged == Ledger.of("s", series)
    last = max((at for at, fate in enumerate(fates) if not fate), default=-1)
    split = merged.split
    assert split.forward == fates[: last + 1].count("there")
    assert split.backward == fates[: last + 1].count("back")
    assert split.unknown == len(fates) - last - 1


def test_the_listing_tells_forward_from_backward_loss_and_tmax_is_printed(make: Any, judge: Judge) -> None:
    records, number = [], 0
    for slot in range(400):
        fate = "there" if slot in {10, 11} else "back" if slot == 30 else ""
        records.append(exchange(make, slot, lost=fate, number=number))
        number += fate != "there"
    found = judge(make.header(1) + b"".join(records), "network.loss", "ratio", {}, "", ONE)
    node = found.listing["nodes"][0]
    assert (node["lost"], node["lost_forward"], node["lost_backward"], node["lost_unknown"]) == (3, 2, 1, 0)
    assert "Tmax 3 s" in found.estimate.method


def test_a_reflector_that_copies_numbers_cannot_tell_where_packets_were_lost(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, lost="x" if slot == 7 else "") for slot in range(100))
    node = judge(data, "network.loss", "ratio", {}, "", ONE).listing["nodes"][0]
    assert (node["lost_forward"], node["lost_backward"], node["lost_unknown"]) == (None, None, 1)


def test_a_stalled_host_is_marked_and_the_verdict_given_with_and_without(make: Any, judge: Judge) -> None:
    records = [
        exchange(make, slot, back_ns=9 * MS, read_late_ns=3 * MS) if slot % 40 == 0 else exchange(make, slot)
        for slot in range(800)
    ]
    found = judge(make.header(1) + b"".join(records), "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.estimate.value > 9
    assert found.estimate.diagnostics["stalled_packets"] == 20
    without = found.estimate.diagnostics["without_stalled"]
    assert without["value"] == pytest.approx(1.3, rel=2e-3)
    assert without["verdict"] == "PASS"
    assert verdict(found, "<= 2 ms") is not Verdict.PASS, "what was measured decides"


SURVIVAL = {"survival_time": "2 ms", "transfer_interval": "1 ms"}


def test_downtime_is_what_a_gap_lasts_beyond_interval_and_survival_time(make: Any, judge: Judge) -> None:
    gone = set(range(100, 120)) | {300} | {500, 501}
    data = make.header(1) + b"".join(exchange(make, slot, lost="x" if slot in gone else "") for slot in range(1001))
    found = judge(data, "network.availability", "availability", SURVIVAL, ">= 99 %", {})
    assert found.estimate.diagnostics["outages"] == 1, "one or two lost messages are survived"
    assert found.estimate.diagnostics["down_s"] == pytest.approx(0.021 - 0.003)
    assert found.estimate.value == pytest.approx(1 - 0.018 / 1.0)
    assert [each["length_ms"] for each in found.listing["outages"]] == [18.0]


def test_mean_time_between_failures_is_bounded_even_without_any(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot) for slot in range(1001))
    found = judge(data, "network.availability", "mtbf", SURVIVAL, "", {})
    hours = 1 / 3600
    assert found.estimate.lower == pytest.approx(hours / 2.9957, rel=1e-3), "rule of three"
    assert found.estimate.upper is None


OVER = {"interruption_over": "20 ms"}


def test_interruptions_along_a_drive_are_listed_and_the_longest_decides(make: Any, judge: Judge) -> None:
    gone = set(range(100, 150)) | set(range(400, 430)) | set(range(600, 610))
    data = make.header(1) + b"".join(exchange(make, slot, lost="x" if slot in gone else "") for slot in range(1000))
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
    data = make.header(1) + b"".join(exchange(make, slot) for slot in range(300))
    found = judge(data, "network.mobility", "longest-interruption", OVER, "<= 20 ms", {})
    assert (found.estimate.value, found.estimate.upper) == (0, 20)
    assert judge(data, "network.mobility", "quantile", {**OVER, "q": "95 %"}, "", {}).estimate is None


@pytest.mark.parametrize(
    ("there", "ttl", "code"),
    [
        (20 * US, 64, "network.path-looks-wired"),
        (20 * US, 63, "network.path-looks-hairpin"),
        (200 * US, 63, ""),
    ],
)
def test_a_pass_over_a_path_too_short_for_radio_is_flagged(
    make: Any, judge: Judge, there: int, ttl: int, code: str
) -> None:
    data = make.header(1) + b"".join(
        exchange(make, slot, there_ns=there, back_ns=there, ttl=ttl) for slot in range(400)
    )
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert codes(found.remarks) & {"network.path-looks-wired", "network.path-looks-hairpin"} == ({code} - {""})


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


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30), st.integers(0, 30))
def test_delays_merge_to_the_same_bytes_wherever_they_are_cut(values: list[int], cut: int) -> None:
    delay, due = np.array(values, np.int64), np.arange(len(values), dtype=np.int64) * 10**8
    known = delay % 3 != 0
    whole = Delays.of(delay, due, known, [2 * MS])
    parts = [Delays.of(delay[part], due[part], known[part], [2 * MS]) for part in (slice(cut), slice(cut, None))]
    assert parts[1].merge(parts[0]).canonical() == whole.canonical()
