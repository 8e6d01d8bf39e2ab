# SPDX-License-Identifier: Apache-2.0
"""Pictures made of points: every mark where its numbers say, groups told apart, far points counted, labels apart."""

import math
import re

import pytest

from harness.pictures import ScatterData
from reports.charts import chart
from reports.indicator import Picture
from tests.reports.pictured import picture_of

GROUPS = [{"zh": "固定解", "en": "fixed"}, {"zh": "浮点解", "en": "float"}]
BASE = Picture("scatter", "水平误差", "mm", "mm", ScatterData(x=(0,), y=(0,)), 20.0, "<=", 5.0, 4.0, 6.0, None)


def drawn(kind, data, lang="en", **more):
    return str(chart(picture_of(BASE, kind, data, **more), lang, "f1"))


def test_the_ellipse_stands_turned_about_its_centre():
    ellipse = {"x": 5.0, "y": -2.0, "major": 10.0, "minor": 4.0, "angle": 30.0}
    svg = drawn("scatter", {"x": [0, 5], "y": [0, -2], "ellipse": ellipse})
    size = 200 / (1.12 * 20)
    rx, ry = (float(re.search(rf'{name}="([\d.]+)"', svg)[1]) for name in ("rx", "ry"))
    assert (rx, ry) == (pytest.approx(10 * size, abs=0.1), pytest.approx(4 * size, abs=0.1))
    assert re.search(r'transform="rotate\(-30 31\d(\.\d)? 26\d(\.\d)?\)"', svg)
    assert "95 % ellipse" in svg


def test_a_few_far_points_do_not_shrink_the_rest_but_are_counted():
    data = {
        "x": [0.1 * i for i in range(95)] + [5000.0] * 5,
        "y": [1.0] * 100,
        "group": [GROUPS[0]] * 95 + [GROUPS[1]] * 5,
    }
    svg = drawn("scatter", data)
    assert "5 outside" in svg
    assert float(re.search(r'r="([\d.]+)" class="c-ring"', svg)[1]) > 100
    assert "outside" not in drawn("scatter", data | {"x": data["x"][:95] + [9.0] * 5})


def test_every_group_has_a_shape_and_a_name_the_commonest_first():
    data = {"x": [1, 2, 3], "y": [1, 2, 3], "group": [GROUPS[1], GROUPS[0], GROUPS[0]]}
    svg = drawn("scatter", data)
    assert svg.index("fixed") < svg.index("float")
    assert len(re.findall(r'class="c-points c-0"', svg)) == len(re.findall(r'class="c-mark c-1"', svg)) == 1
    assert "浮点解" in drawn("scatter", data, "zh")


def test_six_groups_are_six_pairs_of_shape_and_colour():
    groups = [{"zh": f"第{i}组", "en": f"group {i}"} for i in range(6)]
    svg = drawn("scatter", {"x": [1] * 6, "y": [1] * 6, "group": groups})
    marks = {
        (match[1].lstrip("M1234567890.,"), match[2]) for match in re.finditer(r'<path d="([^"]+)" class="([^"]+)"', svg)
    }
    assert len([kind for kind in marks if "c-key" in kind[1]]) == 6


def test_errors_over_time_get_a_panel_for_each_axis_and_both_limits():
    lines = [
        {"title": {"zh": "东", "en": "east"}, "y": [1.0, -30.0]},
        {"title": {"zh": "北", "en": "north"}, "y": [2.0, 3.0]},
    ]
    svg = drawn("series", {"x": [0, 1], "lines": lines, "limits": [-20, 20], "group": GROUPS})
    assert svg.count('class="c-limit"') == 2 * 2 + 1
    assert "east (mm)" in svg
    assert "north (mm)" in svg
    assert "limit ±20" in svg


def test_a_way_is_drawn_in_equal_scales_with_a_round_scale_bar():
    turn = [math.radians(each) for each in range(0, 360, 5)]
    x, y = [40 * math.sin(each) for each in turn], [40 * math.cos(each) for each in turn]
    data = {
        "x": x,
        "y": y,
        "line_x": x,
        "line_y": y,
        "line_title": {"zh": "参考轨迹", "en": "reference"},
        "group": [GROUPS[0]] * len(x),
    }
    svg = drawn("track", data, unit="m", shown_unit="cm")
    spots = [(float(a), float(b)) for a, b in re.findall(r"M([\d.]+),([\d.]+)h\.1", svg)][:-1]
    across, up = (max(each) - min(each) for each in zip(*spots, strict=True))
    assert across == pytest.approx(up, abs=0.5)
    bar = re.search(r"M482,[\d.]+v8H([\d.]+)v-8", svg)
    assert (float(bar[1]) - 482) / (across / 80) == pytest.approx(20, rel=0.01)
    assert ">20 m<" in svg


def test_a_way_with_a_gap_is_two_lines_and_a_dot_is_long_enough_for_a_printed_page():
    line = {"line_x": [0, 1, None, 5, 6], "line_y": [0, 1, None, 5, 6], "line_title": {"zh": "参考", "en": "reference"}}
    svg = drawn("track", {"x": [0], "y": [0], **line}, unit="m")
    assert len(re.findall(r'<polyline points="[^"]+" class="c-way"', svg)) == 2
    assert re.search(r'd="M[\d.]+,[\d.]+h\.1" class="c-points', svg), "zero length is nothing to who draws a PDF"


def test_values_without_a_sign_begin_at_zero_and_names_of_groups_go_on_in_a_second_row():
    lines = [{"title": {"zh": "时延", "en": "delay"}, "y": [6.0 + i % 5 for i in range(13)]}]
    svg = drawn(
        "series", {"x": list(range(13)), "lines": lines, "limits": [], "group": [f"1A2B3C{i:03d}" for i in range(13)]}
    )
    assert "\N{MINUS SIGN}" not in svg
    places = [(float(x), float(y)) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>1A2B', svg)]
    assert len(places) == 13
    assert max(x for x, _ in places) + 72 <= 720
    assert len({y for _, y in places}) > 1


def test_a_receiver_at_rest_has_a_way_of_one_point():
    data = {"x": [0.0], "y": [0.0], "line_x": [0.0], "line_y": [0.0], "line_title": {"zh": "参考", "en": "reference"}}
    assert "nan" not in drawn("track", data, unit="m")


def test_the_zenith_is_in_the_middle_and_east_on_the_right():
    data = {
        "elevation": [90, 0, 45],
        "azimuth": [10, 90, 180],
        "label": ["C01", "C02", "C03"],
        "group": [GROUPS[0]] * 3,
    }
    svg = drawn("sky", data)
    assert "M250,232h.1 M440,232h.1 M250,327h.1" in svg
    assert ">C02<" in svg


def test_names_of_crowded_satellites_never_cover_each_other():
    data = {
        "elevation": [45.0 + i / 4 for i in range(40)],
        "azimuth": [100.0] * 40,
        "label": [f"G{i:02d}" for i in range(40)],
        "group": [GROUPS[0]] * 40,
    }
    svg = drawn("sky", data)
    places = [
        (float(x), float(y))
        for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle" class="c-small"', svg)
    ]
    assert 1 <= len(places) < 40
    apart = [(abs(a[0] - b[0]) >= 19 or abs(a[1] - b[1]) >= 10) for i, a in enumerate(places) for b in places[:i]]
    assert all(apart)
