# SPDX-License-Identifier: Apache-2.0
"""The live view in a terminal of any size, in one language."""

import io
import re

import pytest
from rich.console import Console

from harness.console import language
from harness.console.live.shown import distinct, shown
from harness.console.live.terminal import panel
from harness.model import Line, Text
from harness.quantity import Limit
from harness.watch.now import ALWAYS, PLANNED_END, Now

MUTE = Line(Text("从未应答", "never answered"), Text("2 个", "2"), True, ("T-017", "T-023"))
LATENCY = Now(
    "s01.latency", Text("时延", "latency"), True, Limit.parse("<= 20 ms"), ALWAYS, "PASS", 3.8127, 3.1, 4.25, "ms", 4_000,
    None, None, (MUTE,),
)  # fmt: skip
LOSS = Now(
    "s01.loss", Text("丢包率", "loss"), False, Limit.parse("<= 0.05 %"), PLANNED_END, "INCONCLUSIVE", 0.0002, 0.0, None,
    "1", 4_000, None, Text("再测 10 min", "10 min more"), (MUTE,),
)  # fmt: skip
NODES = Now("s01.nodes", Text("节点", "nodes"), True, None, PLANNED_END, "NOT_TESTED")
NOWS = {each.id: each for each in (LOSS, LATENCY, NODES)}


def drawn(width: int, height: int, lang: str = "en") -> list[str]:
    out = io.StringIO()
    language.use(lang)
    try:
        Console(file=out, width=width, height=height, force_terminal=False).print(panel(NOWS, width, height))
    finally:
        language.use("")
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 99, 100, 130, 200])
@pytest.mark.parametrize("height", [3, 8, 24])
def test_it_fits_whatever_the_terminal(width: int, height: int) -> None:
    lines = drawn(width, height)
    assert len(lines) <= height + 1
    assert all(len(line) <= width for line in lines)
    assert any("s01.latency" in line for line in lines)


def test_value_bounds_limit_verdict_silent_parts_and_needs_are_there() -> None:
    text = "\n".join(drawn(130, 24))
    for wanted in (
        "3.813 ms",
        "3.1 … 4.25 ms",
        "≤ 20 ms",
        "provisional PASS",
        "never answered: 2: T-017, T-023",
        "0.02 %",
    ):
        assert wanted in text
    assert "needed: 10 min more" in text
    assert "s01.nodes" not in text  # it has no source: nothing is to be seen


def test_bounds_that_hold_at_the_planned_end_only_are_marked_and_carry_no_verdict() -> None:
    loss = next(line for line in drawn(130, 24) if line.lstrip().startswith("s01.loss "))
    assert "0 … — % *" in loss
    assert "measuring" in loss
    assert any("* bounds hold at the planned end only" in line for line in drawn(130, 24))


def test_what_several_indicators_tell_alike_is_told_once() -> None:
    assert sum("T-017" in line for line in drawn(130, 24)) == 1
    assert [len(each["lines"]) for each in distinct([LATENCY, LOSS])] == [1, 0]


def test_it_speaks_one_language() -> None:
    assert not re.search(r"[\u4e00-\u9fff]", "\n".join(drawn(130, 24, "en")))
    chinese = "\n".join(drawn(130, 24, "zh"))
    assert "暂定 PASS 通过" in chinese
    assert not re.search(r"\b(now|bounds|limit|needed|provisional)\b", chinese)


def test_numbers_for_a_chart_are_in_the_unit_of_the_limit() -> None:
    found = shown(LOSS)
    assert found["numbers"] == {"value": 0.02, "lower": 0.0, "upper": None, "limit": 0.05}
    assert found["unit"] == "%"
