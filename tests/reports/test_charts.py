# SPDX-License-Identifier: Apache-2.0
"""Charts: marks stand where the numbers say, whatever the data, and bad data give no picture instead of an error."""

import dataclasses
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.axes import Scale, element, spanning, stretched
from reports.charts import chart, interval
from reports.indicator import Picture
from reports.view import view

PICTURE = Picture(
    "ecdf", "往返时延", "s", "ms", {"x": [0.001, 0.002], "p": [0.5, 1.0]}, 0.002, "<=", 0.0015, 0.0014, 0.0016, 0.99
)
numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 6))


def with_data(kind, data, **more):
    return dataclasses.replace(PICTURE, kind=kind, data=data, **more)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_a_scale_covers_its_values_and_keeps_their_order(values):
    scale = spanning(values, 0, 700)
    assert scale.low < scale.high
    pixels = [scale(value) for value in sorted(values)]
    assert pixels == sorted(pixels)
    assert all(0 <= pixel <= 700 for pixel in pixels)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_ticks_are_few_round_and_inside(values):
    scale = spanning(values, 0, 700)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 14
    margin = 1e-9 * max(abs(scale.low), abs(scale.high))
    assert all(scale.low - margin <= tick <= scale.high + margin for tick in ticks)


def test_a_long_tail_gets_a_logarithmic_axis():
    assert stretched([0.1, 0.12, 0.13, 2.0], 0, 1).log
    assert not stretched([1.0, 1.2, 2.0], 0, 1).log
    assert not stretched([0.0, 0.1, 5.0], 0, 1).log
    scale = Scale(0.1, 10, 0, 100, log=True)
    assert scale(1) == pytest.approx(50)
    assert 1.0 in scale.ticks()


def test_counts_get_whole_ticks():
    assert all(tick == int(tick) for tick in spanning([49, 50], 0, 100, pad=0.14, whole=True).ticks())


@given(st.integers(1, 50), st.integers(0, 5))
def test_an_ecdf_is_drawn_for_any_sample(count, lost):
    xs = [0.001 * (1 + i % 7) for i in range(count)]
    shares = [(i + 1) / (count + lost) for i in range(count)]
    drawn = chart(with_data("ecdf", {"x": sorted(xs), "p": shares}), "zh", "f1")
    assert drawn is not None
    assert "NaN" not in drawn
    assert ("未收到" in drawn) == (lost > 0)


def test_the_limit_line_stands_at_the_limit():
    drawn = chart(PICTURE, "zh", "f1")
    scale = stretched([1, 2, 2], 64, 700)
    assert f'x1="{scale(2)}"' in drawn
    assert "限值 2\N{NO-BREAK SPACE}ms" in drawn


def test_the_limit_circle_has_the_radius_of_the_limit():
    data = {"x": [0.01, -0.005], "y": [0.0, 0.004]}
    drawn = chart(with_data("scatter", data, unit="m", shown_unit="cm", limit=0.02), "en", "f2")
    radius = float(re.search(r'r="([\d.]+)" class="c-ring"', drawn)[1])
    assert radius == pytest.approx(2 / (1.12 * 2) * 200, abs=0.2)


def test_a_gap_in_a_line_is_a_gap_in_the_picture():
    data = {"x": [0, 1, 2, 3, 4], "y": [1.0, 2.0, None, 2.0, 1.0]}
    assert chart(with_data("series", data, unit="ms", shown_unit="ms"), "zh", "f3").count("<polyline") == 2


@pytest.mark.parametrize("kind", ["ecdf", "scatter", "series", "bars", "pie"])
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"x": []},
        {"x": [1], "y": ["a"], "p": ["b"]},
        {"x": [1, 2], "y": [1], "p": [1]},
        {"x": None},
        {"labels": [1], "values": []},
    ],
)
def test_data_that_are_no_figure_give_no_picture(kind, data):
    assert chart(with_data(kind, data), "zh", "f4") is None


@pytest.mark.parametrize("factor", [0, 1, -3.5, 1e-300, 1e300])
def test_extreme_numbers_never_break_the_drawing(factor):
    data = {"x": [0, 1, 2], "y": [factor, factor / 3 if math.isfinite(factor) else 0, 0.0]}
    drawn = chart(with_data("series", data, limit=None, unit="ms", shown_unit="ms"), "zh", "f5")
    assert drawn is None or "nan" not in drawn


def test_texts_in_a_picture_are_escaped():
    data = {"labels": ["<b>&"], "values": [1]}
    drawn = chart(with_data("bars", data, title='"><script>', unit="ms", shown_unit="ms"), "zh", 'x"')
    assert "<b>" not in drawn
    assert "<script>" not in drawn
    assert element("text", "<", title='"') == '<text title="&#34;">&lt;</text>'


def test_the_interval_shows_value_bounds_limit_and_allowance(beidou):
    shown = view(beidou, "zh").indicators[0]
    drawn = interval(shown, "zh", "v1")
    scale = spanning([0.39, 0.91, 0.64, 2.0], 24, 666, pad=0.14)
    for kind, value in [("c-cap", 0.59), ("c-cap", 0.71)]:
        assert f'x1="{scale(value)}"' in drawn, kind
    assert "c-allowance" in drawn
    assert f'cx="{scale(0.64)}"' in drawn
