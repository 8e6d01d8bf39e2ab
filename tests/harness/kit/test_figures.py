# SPDX-License-Identifier: Apache-2.0
"""Pictures as data: they thin, round and check themselves where they are made."""

import itertools
import math

import numpy as np
import pytest

from harness.account.values import plain
from harness.kit.figures import POINTS, Bars, Ecdf, Ellipse, Line, Scatter, Series, Sky, Table, Track, kept
from harness.model import Text

T = Text("标题", "title")
NAN = math.nan


def test_up_to_600_points_stay_as_they_are():
    assert kept(range(POINTS)) == list(range(POINTS))


def test_of_many_points_both_ends_and_the_heaviest_stay_in_order():
    weights = [0.0] * 100_000
    weights[77_777] = -9.0
    chosen = kept(weights)
    assert len(chosen) <= POINTS
    assert chosen == sorted(chosen)
    assert {0, 77_777, 99_999} <= set(chosen)


def test_an_ecdf_keeps_its_tail():
    x = np.sort(np.random.default_rng(5).exponential(size=50_000))
    figure = Ecdf(T, "ms", x, np.arange(1, 50_001) / 50_001)
    assert len(figure) <= POINTS
    assert figure.data["x"][-60:] == [float(f"{value:.9g}") for value in x[-60:]]
    assert figure.data["p"][-1] < 1
    assert all(type(value) is float for value in figure.data["x"])


def test_numbers_are_rounded_to_nine_digits_and_counts_stay_whole():
    assert Bars(T, "个", ["甲", T], [3, 0.1 + 0.2]).data == {"labels": ("甲", T), "values": [3, 0.3]}


def test_a_gap_in_a_line_is_none_and_the_thinning_is_the_same_for_all_lines():
    down = [0.0] * 5000
    down[4321] = -50.0
    figure = Series(T, "mm", range(5000), [Line(T, [NAN] * 5000), Line(T, down)], x_title=T, x_unit="s", limits=[-2, 2])
    first, second = figure.data["lines"]
    assert set(first["y"]) == {None}
    assert second["y"][figure.data["x"].index(4321)] == -50.0
    assert len(first["y"]) == len(second["y"]) == len(figure)
    assert (figure.data["limits"], figure.data["x_unit"]) == ([-2, 2], "s")


def test_a_group_names_the_points_that_are_kept():
    group = [Text("甲", "a") if i % 2 else "b" for i in range(2000)]
    figure = Scatter(T, "mm", range(2000), range(2000), group, ellipse=Ellipse(0, 0, 2, 1, 45))
    assert [group[x] for x in figure.data["x"]] == list(figure.data["group"])
    assert figure.data["ellipse"] == {"x": 0, "y": 0, "major": 2, "minor": 1, "angle": 45}


def test_points_that_are_nowhere_are_left_out():
    assert Scatter(T, "mm", [1.0, NAN, 3.0], [1.0, 2.0, math.inf]).data == {"x": [1.0], "y": [1.0]}


def test_a_track_keeps_the_places_that_weigh_most():
    weight = [0.0] * 3000
    weight[1234] = 5.0
    figure = Track(T, "m", range(3000), range(3000), range(9), range(9), T, weight=weight)
    assert 1234 in figure.data["x"]
    assert len(figure.data["line_x"]) == 9
    assert "weight" not in figure.data


def test_a_way_driven_round_and_round_has_no_chords_across_it_and_no_gap_is_bridged():
    turn = [each / 10 for each in range(20_000)]
    here, there = [100 * math.sin(each) for each in turn], [100 * math.cos(each) for each in turn]
    figure = Track(T, "m", [0], [0], [*here, *(5000 + each for each in range(3))], [*there, 0, 0, 0], T)
    steps = list(itertools.pairwise(zip(figure.line_x, figure.line_y, strict=True)))
    assert 20 < len(steps) <= POINTS
    lengths = sorted(math.dist(a, b) for a, b in steps if None not in (*a, *b))
    assert lengths[-2] < 60, "no longer than what a step of the receiver and a square of the thinning make"
    assert lengths[-1] > 4000, "the one leap of the receiver itself"


def test_a_table_says_how_many_rows_it_cut():
    figure = Table(T, [T, T], [(number, NAN) for number in range(450)])
    assert (len(figure), figure.data["more"], figure.data["rows"][3]) == (200, 250, (3, None))


def test_a_sky_has_directions():
    figure = Sky(T, [30, 60], [0, 359.5], ["C01", "G02"], [T, T])
    assert (figure.unit, figure.data["label"]) == ("°", ["C01", "G02"])


def test_every_figure_becomes_json():
    for figure in (Ecdf(T, "ms", [1], [1]), Sky(T, [1], [2], ["x"]), Track(T, "m", [1], [2], [1], [2], T, [T])):
        assert plain(figure.data)


def test_an_empty_figure_is_one_without_points():
    assert not Ecdf(T, "ms", [], [])
    assert not Table(T, [T], [])


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Ecdf(T, "ms", [1, 2], [1]), "x, p are equally long"),
        (lambda: Ecdf(T, "ms", [2, 1], [0.5, 1]), "x and p ascend"),
        (lambda: Ecdf(T, "ms", [1, 2], [0.5, 1.5]), "share between 0 and 1"),
        (lambda: Ecdf(T, "ms", [1, NAN], [0.5, 1]), "not finite"),
        (lambda: Series(T, "ms", [1], []), "there is a line"),
        (lambda: Series(T, "ms", [1], [Line(T, [1, 2])]), "x, y are equally long"),
        (lambda: Series(T, "ms", [1, 2], [Line(T, [1, 2])], group=["a"]), "each point has a name"),
        (lambda: Bars(T, "个", ["a"], []), "labels, values are equally long"),
        (lambda: Bars(T, "个", ["a"], [math.inf]), "not finite"),
        (lambda: Sky(T, [91], [0], ["C01"]), "between -90° and 90°"),
        (lambda: Table(T, [T], [(1, 2)]), "every row has 1 cells"),
        (lambda: Track(T, "m", [1], [1], [1], [], T), "line_x, line_y are equally long"),
        (lambda: Track(T, "m", [1], [1], [1], [1], T, weight=[]), "equally long"),
    ],
)
def test_a_figure_that_is_not_of_its_kind_is_refused_where_it_is_made(make, rule):
    with pytest.raises(ValueError, match=rule):
        make()
