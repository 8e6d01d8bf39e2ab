# SPDX-License-Identifier: Apache-2.0
"""Exact moments: NIST's certified values, and no trace of order or split."""

import math
import statistics
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from harness.errors import StatisticsError
from harness.stats.moments import Moments
from tests.harness.stats.reference import Case, parametrise

columns = st.one_of(
    arrays(np.int64, array_shapes(max_dims=1, max_side=20)),
    arrays(np.uint64, array_shapes(max_dims=1, max_side=20)),
    arrays(np.int16, array_shapes(max_dims=1, max_side=20)),
    arrays(
        np.float64, array_shapes(max_dims=1, max_side=20), elements=st.floats(allow_nan=False, allow_infinity=False)
    ),
)


@parametrise("nist_strd_univariate")
def test_mean_and_deviation_agree_with_nist(case: Case) -> None:
    moments = Moments.of(np.array(case.input["data"]))
    assert case.close(float(moments.mean), "mean")
    assert case.close(moments.sd, "sd_n_minus_1")


def test_numacc4_in_tenths_has_the_certified_deviation_to_the_last_bit():
    # NIST StRD NumAcc4: 10000000.2 followed by 500 pairs 10000000.1, 10000000.3; sd 0.1
    tenths = np.array([100000002, *[100000001, 100000003] * 500])
    assert Moments.of(tenths).mean == 100000002
    assert Moments.of(tenths).sd == 1.0


@given(columns)
def test_sums_are_exact_for_any_integer_or_float(values):
    moments, numbers = Moments.of(values), [Fraction(value) for value in values.tolist()]
    assert moments.n == len(numbers)
    assert moments.total == sum(numbers)
    assert moments.squares == sum(number * number for number in numbers)


@given(columns, st.integers(0, 20), st.randoms(use_true_random=False))
def test_any_split_and_order_give_the_same_bytes(values, cut, random):
    parts = [Moments.of(values[:cut]), Moments.of(values[cut:]), Moments()]
    random.shuffle(parts)
    shuffled = values.copy()
    random.shuffle(shuffled)
    whole = Moments.of(values)
    assert reduce(Moments.merge, parts).to_bytes() == whole.to_bytes() == Moments.of(shuffled).to_bytes()


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=30))
def test_mean_deviation_and_rms_are_those_of_the_standard_library(row):
    moments = Moments.of(np.array(row))
    assert moments.mean == Fraction(sum(row), len(row))
    assert moments.variance == statistics.variance(map(Fraction, row))
    assert moments.sd == pytest.approx(statistics.stdev(row), rel=1e-14)
    assert moments.rms == pytest.approx(math.sqrt(sum(x * x for x in row) / len(row)), rel=1e-14)


def test_a_tiny_deviation_on_a_huge_level_survives():
    values = np.array([1e15, 1e15 + 1, 1e15 + 2])
    assert Moments.of(values).sd == 1.0
    assert Moments.of(np.array([5.0] * 10)).sd == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Moments.of(np.array([1.0, np.nan])),
        lambda: Moments.of(np.array([np.inf])),
        lambda: Moments.of(np.zeros((2, 2))),
        lambda: Moments.of(np.array([True])),
        lambda: Moments().mean,
        lambda: Moments().rms,
        lambda: Moments.of(np.array([1])).sd,
    ],
)
def test_numbers_that_have_no_such_moment_are_refused(wrong):
    with pytest.raises(StatisticsError):
        wrong()
