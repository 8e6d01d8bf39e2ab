# SPDX-License-Identifier: Apache-2.0
"""Epochs that were repeated or interpolated are found wherever the digits are fine; the noise of any receiver at rest is none of that."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.gnss.digests.handmade import handmade, levels
from probes.gnss.digests.log import Log
from probes.gnss.formats.fields import EPOCH

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DEGREE_M = np.array([110_853.0, 95_900.0, 1.0])


class Seen:
    """What is asked of a log here: its epochs."""

    def __init__(self, epochs: Any) -> None:
        self.epochs = epochs


def noise(sd_m: float, tau_s: float, rate: float, count: int, seed: int) -> Any:
    """Errors of a receiver at rest, m, shape (n, 3): noise that forgets itself in tau."""
    from scipy.signal import lfilter

    white = np.random.default_rng(seed).normal(0, 1, (count, 3))
    keeps = float(np.exp(-1 / (rate * tau_s))) if tau_s else 0.0
    return sd_m * lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], white, axis=0)


def log_of(errors_m: Any, places: tuple[int, int] = (8, 4), quality: int = 4) -> Log:
    """The fixed epochs that have these errors, written with so many decimals of minutes and of metres."""
    at = np.array([30.5, 114.3, 57.5]) + errors_m / DEGREE_M
    rows = np.zeros(len(at), dtype=EPOCH)
    rows["lat_deg"], rows["lon_deg"] = (np.round(at[:, :2] * 60, places[0]) / 60).T
    rows["altitude_m"], rows["separation_m"] = np.round(at[:, 2], places[1]), -12.5
    rows["quality"], rows["decimals"], rows["height_decimals"] = quality, *places
    return cast("Log", Seen(rows))


@FEW
@given(
    st.floats(0.0003, 0.02),
    st.sampled_from([0.0, 0.2, 1.0, 5.0, 20.0, 60.0]),
    st.sampled_from([0.2, 1.0, 5.0, 10.0, 20.0]),
    st.sampled_from([(7, 3), (8, 3), (8, 4), (9, 4)]),
    st.integers(0, 2**31),
)
def test_the_noise_of_a_receiver_is_not_made_by_hand(sd: float, tau: float, rate: float, places, seed: int) -> None:
    assert handmade(log_of(noise(sd, tau, rate, 2000, seed), places)) <= 100


@FEW
@given(st.floats(0.5, 5.0), st.floats(0.001, 0.5), st.sampled_from([(7, 3), (8, 4)]))
def test_what_is_smooth_as_a_whole_is_not_either(millimetres: float, turn: float, places) -> None:
    at = np.arange(1000)
    waves = np.stack([np.sin(turn * at), np.cos(turn * at), np.sin(1.7 * turn * at)], axis=1) * millimetres / 1000
    ramp = np.stack([at % 90, at % 90, at % 10], axis=1) * [0.0002, 0.0002, 0.01]
    for errors in (waves, ramp):
        assert handmade(log_of(errors, places)) <= 10


def filled(errors: Any, start: int, stop: int, way: str) -> Any:
    """The errors with those from ``start`` to ``stop`` put in by hand."""
    out, ends = errors.copy(), (errors[start - 1], errors[stop])
    share = np.linspace(0, 1, stop - start + 2)[1:-1, None]
    out[start:stop] = ends[0] if way == "held" else ends[0] * (1 - share) + ends[1] * share
    return out


@FEW
@given(
    st.floats(0.001, 0.01), st.integers(15, 200), st.sampled_from(["held", "line"]), st.sampled_from([(7, 3), (8, 4)]), st.integers(0, 2**31)
)  # fmt: skip
def test_a_hole_that_was_filled_is_found(sd: float, length: int, way: str, places, seed: int) -> None:
    errors = noise(sd, 0.5, 1.0, 600, seed)
    if way == "line" and np.abs(errors[300 + length] - errors[299])[:2].max() < 0.0002 * length:
        errors[300 + length] += 0.0003 * length  # else the line is as short as if the place were held
    assert handmade(log_of(filled(errors, 300, 300 + length, way), places)) >= length - 2


@FEW
@given(st.sampled_from([2, 3, 5, 10, 20]), st.floats(0.002, 0.01), st.integers(0, 2**31))
def test_epochs_between_others_are_found(every: int, sd: float, seed: int) -> None:
    knots = noise(sd, 0.5, 1.0, 600 // every + 2, seed)
    at = np.arange(600) / every
    errors = np.stack([np.interp(at, np.arange(len(knots)), each) for each in knots.T], axis=1)
    assert handmade(log_of(errors)) > 0.3 * 600


@FEW
@given(st.integers(5, 30), st.integers(0, 2**31))
def test_epochs_that_stand_there_again_are_found(times: int, seed: int) -> None:
    errors = np.repeat(noise(0.002, 0.0, 1.0, 600 // times, seed), times, axis=0)
    assert handmade(log_of(errors)) == len(errors)


@pytest.mark.parametrize("places", [(5, 1), (6, 3), (7, 2)])
def test_coarse_digits_tell_nothing(places) -> None:
    assert handmade(log_of(np.zeros((600, 3)), places)) == 0


@pytest.mark.parametrize("quality", [1, 5])
def test_only_fixed_epochs_are_asked(quality: int) -> None:
    assert handmade(log_of(np.zeros((600, 3)), quality=quality)) == 0


@given(st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=60, unique=True), st.floats(-100, 100))
def test_one_place_has_one_geoid(heights: list[float], mean: float) -> None:
    log = log_of(np.zeros((len(heights), 3)))
    log.epochs["separation_m"] = mean
    assert levels(log) == 0
    log.epochs["separation_m"][: len(heights) // 2] = mean + 0.4  # another model from then on
    assert levels(log) == 0
    log.epochs["separation_m"] = mean + np.array(heights)
    assert (levels(log) > 0) is (
        float(np.ptp(mean + np.array(heights))) > 0.005 and len(np.unique(mean + np.array(heights))) > 3
    )
