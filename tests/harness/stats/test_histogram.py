# SPDX-License-Identifier: Apache-2.0
"""The latency histogram: exact where verdicts are made, the same bytes for any split and order."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from functools import reduce
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.errors import SpecError, StatisticsError
from harness.quantity import Limit
from harness.stats import quantile
from harness.stats.histogram import Histogram, cut_of

CUTS = (-5, 0, 1_990_000, 2_000_000, 2_010_000)
I64 = np.iinfo(np.int64)

latencies = st.integers(1, 10_000_000)
anything = st.one_of(
    latencies,
    st.integers(-10, 10),
    st.sampled_from([I64.min, I64.max, 2**53 - 1, 2**53, 2**53 + 1, *CUTS, 2_000_001, 1023, 1024, 1025]),
    st.integers(I64.min, I64.max),
)
samples = st.lists(anything, max_size=60).map(lambda row: np.array(row, np.int64))


def lognormal(n: int, seed: int = 7) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(14, 0.4, n)).astype(np.int64)


@given(samples)
def test_every_count_and_every_bracket_agrees_with_the_sorted_values(values):
    histogram = Histogram(CUTS).add(values)
    assert histogram.n == values.size
    assert histogram.total == sum(values.tolist())
    assert [histogram.above(cut) for cut in CUTS] == [int((values > cut).sum()) for cut in CUTS]
    for rank, value in enumerate(sorted(values.tolist()), 1):
        lower, upper = histogram.bracket(rank)
        assert lower <= value <= upper
        if 0 < value < 2**53:
            assert (upper - lower) * 1024 <= value
        for cut in CUTS:
            assert (upper <= cut) == (value <= cut)


@given(samples, st.integers(0, 59), st.integers(0, 59), st.randoms(use_true_random=False))
def test_any_split_and_any_order_give_the_same_bytes(values, i, j, random):
    whole = Histogram(CUTS).add(values).tally(lost=3, late=1)
    i, j = sorted((i, j))
    parts = [Histogram(CUTS).add(part) for part in (values[:i], values[i:j], values[j:])]
    parts[0].tally(lost=1, late=1)
    parts[2].tally(lost=2, late=0)
    random.shuffle(parts)
    left = reduce(Histogram.merge, parts)
    right = parts[0].merge(parts[1].merge(parts[2]))
    shuffled = values.copy()
    random.shuffle(shuffled)
    again = Histogram(CUTS).add(shuffled).tally(late=1).tally(lost=3)
    assert left.to_bytes() == right.to_bytes() == whole.to_bytes() == again.to_bytes()
    assert left == whole


def test_adding_in_blocks_equals_adding_at_once_over_block_edges():
    values = lognormal(10_000)
    values[::97] = -values[::97]
    values[5000] = 2**60
    bits = [Histogram(CUTS).add(values)]
    for size in (1, 7, 2047, 2048, 2049, 5000):
        one = Histogram(CUTS)
        for start in range(0, 10_000 if size > 1 else 500, size):
            one.add(values[start : start + size] if size > 1 else values[start : start + 1])
        bits.append(one.add(values[500:]) if size == 1 else one)
    assert len({one.digest() for one in bits}) == 1


def test_merging_leaves_the_parts_as_they_were():
    a, b = Histogram().add(lognormal(100)), Histogram().add(lognormal(100, 8) * 100)
    before = a.digest(), b.digest()
    a.merge(b)
    assert (a.digest(), b.digest()) == before


def _summarise(values: np.ndarray) -> Histogram:
    return Histogram(CUTS).add(values)


def test_values_that_were_cut_otherwise_are_shown_together_without_their_cuts():
    one, other = Histogram([5]).add(np.array([1, 9])), Histogram().add(np.array([0, 7, -3]))
    with pytest.raises(StatisticsError, match="cannot be merged"):
        one.merge(other)
    assert one.uncut().merge(other.uncut()) == Histogram().add(np.array([1, 9, 0, 7, -3]))
    assert one.above(5) == 1, "the parts stay as they were"


@pytest.mark.parametrize(
    "pool", [lambda: ThreadPoolExecutor(7), lambda: ProcessPoolExecutor(2, get_context("forkserver"))]
)
def test_any_number_of_workers_and_shuffled_chunks_give_the_same_digest(pool):
    values = lognormal(200_000)
    chunks = np.array_split(values, 230)
    order = np.random.default_rng(3).permutation(len(chunks))
    with pool() as workers:
        parts = list(workers.map(_summarise, [chunks[i] for i in order]))
    assert reduce(Histogram.merge, parts).digest() == _summarise(values).digest()


def test_a_pickled_histogram_is_the_same_and_goes_on_counting():
    histogram = Histogram(CUTS).add(lognormal(100)).tally(lost=1)
    copy = pickle.loads(pickle.dumps(histogram))
    assert copy == histogram
    assert copy.add(np.array([1])) != histogram


def test_the_same_numbers_in_any_integer_type_count_the_same():
    values = np.array([0, 1, 200, 255])
    kinds = [np.uint8, np.int16, np.uint32, np.uint64, np.int64]
    assert len({Histogram().add(values.astype(kind)).digest() for kind in kinds}) == 1
    assert Histogram().add(np.arange(20)[::3]) == Histogram().add(np.arange(0, 20, 3))


@pytest.mark.parametrize(
    "wrong",
    [np.array([1.5]), np.array([np.nan]), np.zeros((2, 2), np.int64), np.array(["1"]), np.array([2**63], np.uint64)],
)
def test_what_is_not_a_row_of_whole_numbers_is_refused(wrong):
    with pytest.raises(StatisticsError):
        Histogram().add(wrong)


def test_questions_without_an_answer_are_refused():
    histogram = Histogram(CUTS).add(np.array([1, 2, 3]))
    for question in (
        lambda: histogram.bracket(0),
        lambda: histogram.bracket(4),
        lambda: Histogram().bracket(1),
        lambda: histogram.above(1),
        lambda: histogram.merge(Histogram()),
        lambda: histogram.tally(lost=-1),
    ):
        with pytest.raises(StatisticsError):
            question()


@given(samples)
def test_the_picture_is_a_distribution_function_that_ends_at_n(values):
    pairs = Histogram().add(values).ecdf()
    shown, counts = [value for value, _ in pairs], [count for _, count in pairs]
    assert shown == sorted(set(shown))
    assert counts == sorted(set(counts))
    assert counts[-1:] == ([values.size] if values.size else [])
    for value, count in pairs:
        assert count == (values <= value).sum()


def test_the_picture_has_few_points_and_keeps_the_last_values_of_the_tail():
    values = lognormal(100_000)
    pairs = Histogram().add(values).ecdf(300)
    assert 200 < len(pairs) <= 300
    assert pairs[-1] == (values.max(), 100_000)
    assert {count for _, count in pairs} >= {99_999, 99_998}


@pytest.mark.parametrize("op", ["<=", "<", ">=", ">"])
@given(shift=st.fractions(-3, 3, max_denominator=7), value=st.integers(1_999_990, 2_000_010))
def test_a_cut_separates_exactly_what_the_moved_limit_separates(op, shift, value):
    limit = Limit.parse(f"{op} 2 ms")
    moved = Fraction(value) - shift
    conforms = limit.conforms(moved / 10**6)
    assert (value > cut_of(limit, shift)) == (conforms if op.startswith(">") else not conforms)


def test_a_limit_of_another_dimension_has_no_cut():
    with pytest.raises(SpecError):
        cut_of(Limit.parse("<= 2 %"))


@settings(max_examples=10)
@given(arrays(np.int64, 5000, elements=latencies))
def test_a_bracket_is_never_wider_than_one_in_1024_of_the_value(values):
    histogram = Histogram().add(values)
    ordered = np.sort(values)
    for rank in (1, 2500, 4950, 5000):
        lower, upper = histogram.bracket(rank)
        assert lower <= ordered[rank - 1] <= upper
        assert (upper - lower) * 1024 <= ordered[rank - 1]


@given(samples, st.integers(0, 20), st.sampled_from([0.5, 0.9, 0.99]))
def test_quantile_bounds_of_the_digest_enclose_those_of_the_sorted_sample(values, lost, p):
    if not values.size:
        return
    values = values.clip(-(2**53), 2**53)  # the sorted sample holds floats
    exact = quantile.bounds(quantile.Sample(values.astype(float), lost), p, 0.05)
    digest = quantile.bounds(Histogram(CUTS).add(values).ranked(lost), p, 0.05)
    assert (digest.lower_rank, digest.upper_rank, digest.n) == (exact.lower_rank, exact.upper_rank, exact.n)
    assert (digest.upper is None) == (exact.upper is None)
    if exact.upper is not None:
        assert digest.upper >= exact.upper
    if exact.lower is not None:
        assert digest.lower <= exact.lower


def test_nothing_at_all_or_a_negative_loss_cannot_be_ranked():
    for histogram, lost in ((Histogram(), 0), (Histogram().add(np.array([1])), -1)):
        with pytest.raises(StatisticsError):
            histogram.ranked(lost)
