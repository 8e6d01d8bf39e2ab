# SPDX-License-Identifier: Apache-2.0
"""Charts: marks stand where the numbers say, and whatever a typed figure holds is drawn."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.kit import figures
from harness.kit.pictured.matrix import Matrix
from harness.kit.pictured.strip import Strip
from harness.model import Text
from harness.pictures import EcdfData
from reports.axes import Scale, element, spanning, stretched
from reports.charts import chart, interval, table
from reports.indicator import Picture
from reports.view import view
from tests.reports.pictured import picture_of

T = Text("标题", "title")
PICTURE = Picture(
    "ecdf",
    "往返时延",
    "s",
    "ms",
    EcdfData(x=(0.001, 0.002), p=(0.5, 1.0)),
    0.002,
    "<=",
    0.0015,
    0.0014,
    0.0016,
    0.99,
)
numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 6))


def with_data(kind, data, **more):
    return picture_of(PICTURE, kind, data, **more)


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
    data = {"x": [0, 1, 2, 3, 4], "lines": [figures.Line(T, [1.0, 2.0, None, 2.0, 1.0])._asdict()]}
    assert chart(with_data("series", data, unit="ms", shown_unit="ms"), "zh", "f3").count("<polyline") == 2


@pytest.mark.parametrize(("unit", "said"), [({}, "(s)"), ({"x_unit": "h"}, "(h)")])
def test_an_axis_of_time_names_the_unit_of_its_numbers(unit, said):
    data = {"x": [0, 1], "lines": [figures.Line(T, [1.0, 2.0])._asdict()], **unit}
    assert f"time since the start {said}" in chart(with_data("series", data, unit="ms", shown_unit="ms"), "en", "f6")


values = st.floats(-1e30, 1e30)
columns = st.integers(1, 12).flatmap(lambda n: st.tuples(*[st.lists(values, min_size=n, max_size=n)] * 4))


@settings(max_examples=40)
@given(columns, st.sampled_from([None, 0.0, 1e-9, 2.0, -1e12]), st.booleans())
def test_every_figure_that_can_be_made_is_drawn(numbers, limit, grouped):
    x, y, z, w = numbers
    names = [T if i % 2 else "b" for i in range(len(x))] if grouped else []
    made = (
        figures.Ecdf(T, "ms", sorted(x), [(i + 1) / len(x) for i in range(len(x))]),
        figures.Series(T, "ms", x, [figures.Line(T, y), figures.Line(T, [None, *z[1:]])], group=names),
        figures.Series(T, "ms", sorted(x), [figures.Line(T, y)], x_title=T, x_unit="km", limits=[-1, 1], group=names),
        figures.Scatter(T, "ms", x, y, names, ellipse=figures.Ellipse(*x[:1], *y[:1], 2.0, 1.0, 30.0)),
        figures.Track(T, "ms", x, y, z, w, T, names),
        figures.Sky(T, [abs(each) % 90 for each in x], y, ["C01"] * len(x), names),
        figures.Bars(T, "ms", names or ["a"] * len(x), y),
        Matrix(T, ["r"] * 2, names or ["a"] * len(x), [T, T], [[1] * len(x), [None] * len(x)], T),
    )
    for figure in made:
        drawn = chart(with_data(figure.kind, figure.data, unit="ms", shown_unit="ms", limit=limit), "zh", "f5")
        assert "nan" not in drawn
        assert "inf" not in drawn


def test_every_state_of_a_matrix_has_a_shade_and_a_sign_and_nothing_is_an_empty_place():
    made = Matrix(T, ["甲", "乙"], ["1", "2"], [T, Text("异", "other")], [[0, 1], [None, 0]], T)
    drawn = chart(with_data("matrix", made.data, unit="", shown_unit=""), "zh", "m1")
    assert drawn.count("c-state-1") == 2  # the cell and its key
    assert drawn.count("c-sign") == 2
    assert drawn.count("c-void") == 1
    assert "<title>" not in drawn
    told = chart(with_data("matrix", made.data, unit="", shown_unit=""), "zh", "m1", tips=True)
    assert "<title>甲 · 2: 异</title>" in told


def test_a_table_says_how_many_rows_were_cut():
    found = table(with_data("table", figures.Table(T, ["a", T], [(1.5, T), (None, True)], more=4).data), "zh")
    assert found == (["a", "标题"], [["1.5", "标题"], ["", "是"]], 4)


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


ENDS = (Text("中位数", "median"), Text("第 99 百分位", "99th percentile"), Text("最大值", "maximum"))


def strip_of(rows, lower, values, upper):
    return Strip(T, "ms", rows, lower, values, upper, ENDS)


def test_a_strip_reaches_from_its_lower_to_its_upper_value_and_the_limit_runs_across():
    drawn = chart(
        with_data("strip", strip_of(["A", "B<script>"], [1, 1.5], [2, 2.5], [3, 4]).data, unit="ms", limit=2.0),
        "zh",
        "s",
    )
    lines = re.findall(r'<line x1="([0-9.]+)"[^>]*x2="([0-9.]+)"[^>]*class="c-interval"', drawn)
    widths = [float(right) - float(left) for left, right in lines[:-1]]  # the last stands in the key
    assert widths[1] / widths[0] == pytest.approx(2.5 / 2, rel=0.02)
    assert "限值 2\u00a0ms" in drawn
    assert "<script>" not in drawn


def test_a_strip_over_decades_is_logarithmic_and_answers_to_the_pointer():
    drawn = chart(
        with_data("strip", strip_of(["A"], [0.01], [1], [70]).data, unit="ms", limit=None), "zh", "s", tips=True
    )
    assert "第 99 百分位: 1 ms" in drawn
    assert ">0.1<" in drawn


def test_a_strip_keeps_sixty_rows_and_counts_the_rest():
    made = strip_of([str(at) for at in range(75)], [1] * 75, [2] * 75, [3] * 75)
    assert (len(made), made.more) == (60, 15)
    assert "另有 15 行未画" in chart(with_data("strip", made.data, unit="ms", limit=None), "zh", "s")


@pytest.mark.parametrize("given", [([1], [2], [1.5]), ([3], [2], [4]), ([1, 2], [2], [3]), ([float("nan")], [2], [3])])
def test_a_strip_out_of_order_is_refused(given):
    with pytest.raises(ValueError, match="in order"):
        strip_of(["A"], *given)
