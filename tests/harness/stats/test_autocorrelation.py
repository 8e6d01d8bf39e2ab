# SPDX-License-Identifier: Apache-2.0
"""Autocovariances by blocks are those of the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    autocorrelation,
)


@given(st.integers(0, 2**32), st.integers(2, 3000), st.integers(0, 200))
@settings(max_examples=40)
def test_blockwise_autocovariances_are_those_of_the_definition(seed: int, n: int, lags: int) -> None:
    x, lags = np.random.default_rng(seed).standard_normal(n), min(lags, n - 1)
    d = x - x.mean()
    plain = [float(d[: n - k] @ d[k:]) / n for k in range(lags + 1)]
    np.testing.assert_allclose(autocorrelation.autocovariance(x, lags), plain, atol=1e-12)


def test_long_series_give_the_same_autocovariances_block_by_block() -> None:
    x = np.cumsum(np.random.default_rng(5).standard_normal(200_000))
    d = x - x.mean()
    spectrum = np.abs(np.fft.rfft(d, 1 << 19)) ** 2
    plain = np.fft.irfft(spectrum)[:5001] / len(x)
    np.testing.assert_allclose(autocorrelation.autocovariance(x, 5000), plain, rtol=1e-9)


def test_the_correlation_time_of_an_ar1_process_is_found() -> None:
    generator, phi = np.random.default_rng(6), 0.95
    x = np.empty(200_000)
    x[0] = 0
    drive = generator.standard_normal(len(x))
    for i in range(1, len(x)):
        x[i] = phi * x[i - 1] + drive[i]
    assert autocorrelation.integrated_time(x) == pytest.approx((1 + phi) / (1 - phi), rel=0.1)
