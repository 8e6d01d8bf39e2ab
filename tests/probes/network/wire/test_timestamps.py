# SPDX-License-Identifier: Apache-2.0
"""NTP and PTP timestamps survive both directions, in every era, to the nanosecond."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network.wire.timestamps import (
    PTP_FORMAT,
    SYNCHRONISED,
    error_estimate,
    error_ns,
    ntp_of,
    ptp_of,
    unix_of,
    unix_of_ntp,
    unix_of_ptp,
)

times = st.integers(0, 4_000_000_000 * 10**9)  # to the year 2096, past the wrap of 2036
apart = st.integers(-30 * 365 * 86400 * 10**9, 30 * 365 * 86400 * 10**9)


def column(value: int, kind: type = np.int64) -> np.ndarray:
    return np.array([value], kind)


@given(times, apart)
def test_an_ntp_timestamp_comes_back_exactly_from_any_time_within_a_generation(time: int, shift: int) -> None:
    assert unix_of_ntp(column(ntp_of(time), np.uint64), column(max(0, time + shift)))[0] == time


@given(times, apart)
def test_a_ptp_timestamp_comes_back_exactly(time: int, shift: int) -> None:
    assert unix_of_ptp(column(ptp_of(time), np.uint64), column(max(0, time + shift)))[0] == time


def test_known_instants() -> None:
    assert ntp_of(0) == 2_208_988_800 << 32
    assert ntp_of(500_000_000) & 0xFFFF_FFFF == 1 << 31
    wrap = (2**32 - 2_208_988_800) * 10**9  # 2036-02-07T06:28:16Z
    assert ntp_of(wrap) == 0
    assert ntp_of(wrap - 1) >> 32 == 2**32 - 1


def test_each_timestamp_is_read_in_the_format_its_own_error_estimate_names() -> None:
    time = 1_763_740_800_123_456_789
    stamps = np.array([ntp_of(time), ptp_of(time)], np.uint64)
    kinds = [error_estimate(10, synchronised=True, ptp=ptp) for ptp in (False, True)]
    assert unix_of(stamps, np.array(kinds, np.uint16), np.array([time, time])).tolist() == [time, time]


@given(st.integers(0, 10**18), st.booleans(), st.booleans())
def test_an_error_estimate_never_states_less_than_the_error_and_at_most_one_percent_more(
    error: int, synchronised: bool, ptp: bool
) -> None:
    estimate = error_estimate(error, synchronised=synchronised, ptp=ptp)
    stated = error_ns(estimate)
    assert stated is not None
    assert stated >= error * (1 - 1e-12)
    assert stated <= max(error, 1) * 1.01 + 1
    assert bool(estimate & SYNCHRONISED) == synchronised
    assert bool(estimate & PTP_FORMAT) == ptp


@pytest.mark.parametrize("estimate", [0x0000, 0x8000, 0x3F00])
def test_a_multiplier_of_zero_states_nothing(estimate: int) -> None:
    assert error_ns(estimate) is None
