# SPDX-License-Identifier: Apache-2.0
"""A trace is held to what it claims: moments that were drawn, a rate, sizes of packets."""

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.timetable import KINDS, Timetable
from harness.model import Verdict
from probes.network.digests.node import PAUSE_NS
from probes.network.digests.rhythm import Rhythm
from probes.network.traces.spans import Spans
from probes.network.wire import layout
from tests.probes.network.made import P99, Judge, codes, node

GAP = 100_000_000
START = 1_763_740_800_000_000_137
HEAD = {"schedule": {"kind": "poisson", "interval_ns": GAP}, "count": 20_000}


def left(kind: str, count: int, seed: int = 1, gap: int = GAP) -> np.ndarray:
    return START + np.array(list(islice(Timetable(kind, gap, seed).due(0), count)), np.int64)


def rhythm(times: np.ndarray, head: Any = HEAD) -> Rhythm:
    return Rhythm.of(head, times, np.full(len(times), 44), np.ones(len(times), np.bool_))


def drawn(times: np.ndarray, head: Any = HEAD, missing: int = 0) -> bool:
    return rhythm(times, head).drawn(Spans.of(times, PAUSE_NS), missing)


@pytest.mark.parametrize("count", [1_000, 20_000])
@pytest.mark.parametrize("kind", KINDS)
def test_no_schedule_but_a_poisson_one_passes_for_one(kind: str, count: int) -> None:
    head = {**HEAD, "count": count}
    assert [drawn(left(kind, count, seed), head) for seed in range(40)] == [kind == "poisson"] * 40


@pytest.mark.parametrize("beat", [3, 7, 10.5, 99.9, 100, 250])
def test_a_beat_of_any_length_is_told_by_its_places_or_by_its_rate(beat: float) -> None:
    times = START + (np.arange(20_000) * beat * 1_000_000).astype(np.int64)
    probed = Spans.of(times, PAUSE_NS)
    assert not (rhythm(times).drawn(probed, 0) and rhythm(times).paced(probed, 0))


def test_slots_that_were_never_sent_or_sent_late_are_no_contradiction() -> None:
    times = left("poisson", 20_000)
    kept = times[np.random.default_rng(1).random(len(times)) > 0.2]
    assert not drawn(kept)
    assert drawn(kept, missing=len(times) - len(kept))


def test_a_pause_is_no_contradiction_and_a_claim_without_a_rate_is_no_proof() -> None:
    times = left("poisson", 20_000)
    assert drawn(times[(times < times[5_000]) | (times > times[9_000])])
    assert not drawn(times, {"schedule": {"kind": "poisson", "interval_ns": 0}})
    assert not drawn(times, {"schedule": {"kind": "poisson"}})


@pytest.mark.parametrize(("factor", "fits"), [(1, True), (0.9, False), (1.1, False), (3, False)])
@pytest.mark.parametrize("kind", ["poisson", "periodic", "jittered"])
def test_the_rate_is_that_of_the_packets(kind: str, factor: float, fits: bool) -> None:
    times = left(kind, 20_000, gap=round(GAP * factor))
    head = {"schedule": {"kind": kind, "interval_ns": GAP}, "count": 20_000}
    assert rhythm(times, head).paced(Spans.of(times, PAUSE_NS), 0) is fits


@pytest.mark.parametrize(
    ("claimed", "seen", "fits"),
    [
        ([44, 1400], [44, 1400], True),
        ([44, 1400], [44, 44], False),
        ([44], [44, 1400], False),
        ([44], [43, 43], False),
        ([], [44, 1400], True),
    ],
)
def test_sizes_are_those_of_the_packets(claimed: list[int], seen: list[int], fits: bool) -> None:
    times = left("poisson", 400)
    found = Rhythm.of({**HEAD, "sizes": claimed}, times, np.resize(seen, 400), np.arange(400) % 4 > 0)
    assert found.fits is fits
    assert sum(sent for sent, _ in found.sizes.values()) == 400
    assert sum(lost for _, lost in found.sizes.values()) == 100


@given(st.lists(st.integers(0, 20_000), max_size=6), st.randoms(use_true_random=False))
def test_it_does_not_depend_on_how_a_trace_was_cut(cuts: list[int], random: Any) -> None:
    times, sizes = left("poisson", 20_000), np.resize([44, 1400], 20_000)
    answered = np.arange(20_000) % 7 > 0
    whole = Rhythm.of(HEAD, times, sizes, answered)
    edges = sorted({0, 20_000, *cuts})
    parts = [Rhythm.of(HEAD, times[a:b], sizes[a:b], answered[a:b]) for a, b in pairwise(edges)]
    random.shuffle(parts)
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    assert merged.canonical() == whole.canonical()


@pytest.mark.parametrize(
    ("measurand", "statistic", "limit"), [("network.rtt", "quantile", "<= 2 ms"), ("network.loss", "ratio", "<= 5 %")]
)
def test_packets_in_step_that_claim_to_be_drawn_never_pass_and_can_fail(
    measurand: str, statistic: str, limit: str, make: Any, judge: Judge
) -> None:
    def record(delay: int | None) -> bytes:
        return b"".join(make.record(0, slot, delay if slot % 2 else 1_000_000) for slot in range(600))

    found = judge(make.header(1) + record(1_000_000), measurand, statistic, P99, limit, {})
    assert found.judgement.verdict is Verdict.INCONCLUSIVE
    assert codes(found.missing) == {"network.not-as-drawn"}
    assert judge(make.header(1) + record(None), measurand, statistic, P99, limit, {}).judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("measurand", "statistic", "limit"), [("network.rtt", "quantile", "<= 2 ms"), ("network.loss", "ratio", "<= 5 %")]
)
def test_a_damaged_trace_never_passes_whatever_can_be_read_of_it(
    measurand: str, statistic: str, limit: str, make: Any, judge: Judge
) -> None:
    whole = make.header(1) + node(make, 0, [1_000_000] * 600)
    torn = whole + make.record(0, 700, 1_000_000)[:-9]
    odd = whole + layout.sent(0, 7, 5, 5, b"\x45" + bytes(40), replies=0, kernel=True)
    assert judge(whole, measurand, statistic, P99, limit, {}).judgement.verdict is Verdict.PASS
    for data in (torn, odd):
        found = judge(data, measurand, statistic, P99, limit, {})
        assert found.judgement.verdict is Verdict.INCONCLUSIVE
        assert codes(found.missing) == {"network.source-damaged"}
    slow = make.header(1) + node(make, 0, [None, 9_000_000] * 300) + b"torn"
    assert judge(slow, measurand, statistic, P99, limit, {}).judgement.verdict is Verdict.FAIL
