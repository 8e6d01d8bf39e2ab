# SPDX-License-Identifier: Apache-2.0
"""Pictures of counts, of before and after, and of a public draw: what is drawn is what the data say."""

import re

import pytest

from harness.kit.pictured.draw import Draw, Round, Stage
from harness.kit.pictured.pairs import Pairs
from harness.model import Text
from reports.census import census
from reports.charts import chart
from reports.paper.blocks import Chart
from reports.paper.layouts import paper
from reports.view import view
from tests.reports.pictured import picture_of

T = Text("标题", "title")
ENDS = Text("前期", "before"), Text("后期", "after")


@pytest.fixture(scope="module")
def base(factory):
    return next(each.pictures[0] for each in view(factory, "zh").indicators if each.pictures)


def drawn_as(base, made, lang="zh", **more):
    return str(
        chart(picture_of(base, made.kind, made.data, unit="", shown_unit="", limit=None, **more), lang, "x", tips=True)
    )


def test_an_arrow_leads_from_before_to_after(base):
    drawn = drawn_as(base, Pairs(T, "", ["A<script>", "B"], [100, 40], [50, 80], ENDS))
    rings = [float(each) for each in re.findall(r'<circle cx="([\d.]+)"[^>]*class="c-ring-old"', drawn)]
    dots = [float(each) for each in re.findall(r'<circle cx="([\d.]+)"[^>]*class="c-value"', drawn)]
    zero = 190
    assert (dots[0] - zero) / (rings[0] - zero) == pytest.approx(0.5, abs=0.01)
    assert (dots[1] - zero) / (rings[1] - zero) == pytest.approx(2, abs=0.02)
    assert "前期: 100" in drawn
    assert "<script>" not in drawn


def test_sixty_pairs_are_drawn_and_the_rest_is_counted(base):
    made = Pairs(T, "", [str(at) for at in range(70)], [1] * 70, [2] * 70, ENDS)
    assert (len(made), made.more) == (60, 10)
    assert "另有 10 行未画" in drawn_as(base, made)
    with pytest.raises(ValueError, match="each row"):
        Pairs(T, "", ["A"], [1, 2], [1], ENDS)


def test_a_draw_shows_its_stages_in_order_and_a_stroke_for_each_item_drawn(base):
    stages = [Stage(Text(f"第{at}步", f"step {at}"), ("<b>",)) for at in range(1, 6)]
    made = Draw(T, 200, stages, [Round(Text("第 1 轮", "round 1"), (0, 99, 199))])
    drawn = drawn_as(base, made)
    assert re.findall(r">\d  第(\d)步<", drawn) == ["1", "2", "3", "4", "5"]
    (strokes,) = re.findall(r'<path d="(M[^"]*v22)"', drawn)
    at = [float(each) for each in re.findall(r"M([\d.]+),", strokes)]
    assert len(at) == 3
    assert at == pytest.approx([13.7, 358.3, 706.3], abs=0.2)
    assert "<b>" not in drawn
    with pytest.raises(ValueError, match="lies in the list"):
        Draw(T, 200, stages, [Round(T, (200,))])
    assert len(Draw(T, 9000, stages, [Round(T, range(9000))]).rounds[0].positions) == 600


def test_a_count_is_drawn_beside_what_was_looked_at_and_what_other_readings_count(factory):
    counted = {each.id: census(each, "zh", "n") for each in view(factory, "zh").indicators}
    assert counted["s01.latency"] is None  # no count
    drawn = counted["s01.nodes"]
    looked, decides, other = (float(each) for each in re.findall(r'<rect x="24" y="[\d.]+" width="([\d.]+)"', drawn))
    assert looked / decides == pytest.approx(51 / 49, rel=0.01)
    assert other == decides
    assert "据以判定" in drawn
    assert "限值 ≥ 50" in drawn


def test_every_format_of_paper_gets_the_count_as_the_page_does(factory):
    made = paper(factory, "zh", "yanshou")
    captions = [block.caption for part in made.parts for block in part if isinstance(block, Chart)]
    assert captions.count("各读法计入的数量、置信界与限值") == 2
