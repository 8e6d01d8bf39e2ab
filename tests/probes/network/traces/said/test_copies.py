# SPDX-License-Identifier: Apache-2.0
"""A stretch of delays that was pasted again is found whatever times it was given; what comes back by itself is not."""

import numpy as np
import pytest

from harness.errors import DecodeError
from probes.network.traces.logs import Form, decode
from probes.network.traces.said.copies import repeated

DRAWN = np.random.default_rng(7).integers(600_000, 1_600_000, 6000)


def log(delays: list[int]) -> bytes:
    rows = "".join(f"{1_763_700_000 + at},{at},{each / 1e6:.6f}\n" for at, each in enumerate(delays))
    return f"time,seq,rtt(ms)\n{rows}".encode()


@pytest.mark.parametrize(("first", "many"), [(0, 3000), (500, 1200)])
def test_a_stretch_pasted_behind_is_found(first: int, many: int) -> None:
    again = np.concatenate([DRAWN[:3000], DRAWN[first : first + many]])
    assert repeated(again) == 3000
    with pytest.raises(DecodeError, match="From packet 3001 on"):
        decode(log(again.tolist()), "x.csv", Form({}, {}), 3 * 10**9)


def test_a_measured_day_a_short_period_and_whole_milliseconds_are_no_copies() -> None:
    session, _ = decode(log(DRAWN.tolist()), "x.csv", Form({}, {}), 3 * 10**9)
    assert len(session.probes) == 6000
    assert repeated(DRAWN) == -1
    assert repeated(np.arange(6000) % 97 * 10_000 + 500_000) == -1
    assert repeated(DRAWN // 1_000_000 * 1_000_000) == -1
    assert repeated(np.full(6000, -1)) == -1
    assert repeated(np.concatenate([DRAWN[:3000], DRAWN[:900], DRAWN[4000:5000]])) == -1, "shorter than a stretch"
