# SPDX-License-Identifier: Apache-2.0
"""Laws of finite populations and of the drawn sample."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    binomial,
    population,
)

risks = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.4])


@given(st.integers(1, 400).flatmap(lambda t: st.tuples(st.just(t), st.integers(1, t))), st.data(), risks)
@settings(max_examples=60)
def test_one_more_bad_item_never_improves_a_register(size: tuple[int, int], data: st.DataObject, alpha: float) -> None:
    total, n = size
    x = data.draw(st.integers(1, n))
    better, worse = population.bounds(x, n, total, alpha), population.bounds(x - 1, n, total, alpha)
    assert worse.lower <= better.lower
    assert worse.upper <= better.upper
    assert x <= better.lower
    assert better.upper <= total - (n - x)


def test_a_large_register_is_bounded_by_the_binomial_limit() -> None:
    found = population.bounds(285, 299, 10**7, 0.05)
    assert found.lower / 10**7 == pytest.approx(binomial.lower(285, 299, 0.05), rel=1e-4)
    assert found.upper / 10**7 == pytest.approx(binomial.upper(285, 299, 0.05), rel=1e-4)


def test_the_sample_is_decided_by_register_and_nonce_alone() -> None:
    digest = "0f" * 32
    first = population.draw(digest, "2026-11-21 开标号 7", 5200, 76)
    assert first == population.draw(digest.upper(), "2026-11-21 开标号 7", 5200, 76)
    assert first != population.draw(digest, "2026-11-21 开标号 8", 5200, 76)
    assert first != population.draw("1f" * 32, "2026-11-21 开标号 7", 5200, 76)
    assert set(first) < set(population.draw(digest, "2026-11-21 开标号 7", 5200, 120))
    assert first == sorted(set(first))
    assert len(first) == 76
    assert 0 <= first[0] <= first[-1] < 5200


def test_the_drawn_positions_can_be_recomputed_with_any_sha256_tool() -> None:
    import hashlib

    digest, nonce = "0f" * 32, "beacon"
    keys = {i: hashlib.sha256(f"yanshou-sample-1\n{digest}\n{nonce}\n{i}".encode()).hexdigest() for i in range(50)}
    assert population.draw(digest, nonce, 50, 6) == sorted(sorted(keys, key=keys.__getitem__)[:6])


@given(st.integers(1, 5000), st.data())
@settings(max_examples=60)
def test_hypergeometric_sums_agree_with_exact_integers(total: int, data: st.DataObject) -> None:
    n, marked = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    mean = n * marked // total
    x = data.draw(st.integers(max(0, mean - 40), mean + 40))
    ways = sum(math.comb(marked, k) * math.comb(total - marked, n - k) for k in range(min(x, n) + 1))
    exact = float(Fraction(ways, math.comb(total, n)))
    assert population.cumulative(x, n, marked, total) == pytest.approx(exact, rel=1e-10, abs=1e-25)


def test_a_chance_of_exactly_alpha_excludes_that_many() -> None:
    """One of four drawn: P(X >= 1 | K) = K/4, so K = 1 has exactly the risk 1/4 and is excluded (strict in the definition)."""
    assert population.bounds(1, 1, 4, 0.25) == (2, 4)
    assert population.bounds(0, 1, 4, 0.25) == (0, 2)
