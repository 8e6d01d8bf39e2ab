# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse change``: the ratio of two tables, without a campaign."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.probes.change.tables import line_table

KEYS = [
    "path",
    "before",
    "after",
    "ratio",
    "lower",
    "upper",
    "change_percent",
    "paired",
    "control",
    "warnings",
    "events",
]


def simple(year: int, share: float, hours: float = 1) -> str:
    """Six lines of one product; every line's own share scatters by three percent."""
    rows = ["产线,月份,成本,产量,工时"]
    for number in range(6):
        off = 1 + (number * 7 % 6 - 2.5) / 90 * (share != 1 or hours != 1)
        rows += [f"L{number},{year}-{month:02d},{50 * (1 + number) * share * off:.3f},50,{20 * hours * off:.4f}" for month in (1, 2, 3)]  # fmt: skip
    return "\n".join(rows) + "\n"


def analysed(
    folder: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, *more: str
) -> tuple[int, dict[str, Any], str]:
    for name, content in (("b.csv", before), ("a.csv", after)):
        if content:
            (folder / name).write_text(content, encoding="utf-8")
    code = main(["analyse", "change", str(folder / "b.csv"), str(folder / "a.csv"), "--json", *more])
    told = capsys.readouterr()
    return code, json.loads(told.out)["files"][0] if told.out else {}, told.err


def test_the_value_has_exactly_its_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, entry, _ = analysed(tmp_path, capsys, simple(2022, 1), simple(2023, 0.7))
    assert code == 0
    assert sorted(entry) == sorted(KEYS)
    assert entry["path"].endswith("a.csv")
    assert sorted(entry["before"]) == sorted(entry["after"]) == ["n", "value"]
    assert entry["before"]["n"] == 6
    assert entry["lower"] < entry["ratio"] < entry["upper"]
    assert entry["ratio"] == pytest.approx(0.7, abs=0.02)
    assert entry["change_percent"] == pytest.approx((entry["ratio"] - 1) * 100)
    assert (entry["paired"], entry["control"], entry["warnings"], entry["events"]) == (True, False, [], [])


def test_a_gain_is_a_ratio_above_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = simple(2022, 1), simple(2023, 1, 1 / 1.5)
    _, entry, _ = analysed(tmp_path, capsys, *tables, "--measurand", "productivity")
    assert entry["lower"] < 1.5 < entry["upper"]
    assert entry["change_percent"] > 0


def test_change_orders_are_rates_and_no_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = "工程,建筑面积,变更次数\n甲,2,40\n乙,3,63\n丙,1,19\n"
    _, entry, _ = analysed(tmp_path, capsys, before, "工程,建筑面积,变更次数\n丁,2,21\n戊,3,30\n")
    assert entry["ratio"] == pytest.approx((51 / 5) / (122 / 6))
    assert entry["before"] == {"value": pytest.approx(122 / 6), "n": 3}
    assert entry["paired"] is False
    assert [each["event"] for each in entry["events"]] == ["change.undated"]


def test_lines_that_do_not_match_are_compared_by_months_and_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = line_table(2023, 0.7, lines=("六线", "七线"))
    _, entry, _ = analysed(tmp_path, capsys, line_table(2022, 1, lines=("一线", "二线")), after)
    assert entry["before"]["n"] == 2
    assert entry["ratio"] is not None
    assert entry["paired"] is True


def test_what_was_told_of_the_tables_are_events_and_what_is_missing_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = line_table(2023, 0.7, lines=("一线", "二线", "三线"), months=range(1, 7))
    row = after.splitlines()[1]
    _, entry, _ = analysed(tmp_path, capsys, line_table(2022, 1), f"{after}{row}\n")
    assert [each["event"] for each in entry["events"]] == ["tallies.twice", "change.seasonal"]
    assert any("四线" in each for each in entry["warnings"])


def test_tables_without_anything_to_pair_have_a_ratio_of_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, entry, _ = analysed(tmp_path, capsys, "产线,成本,产量\nA,1,2\n", "产线,成本,产量\nB,1,3\n")
    assert code == 0
    assert (entry["ratio"], entry["lower"], entry["upper"], entry["change_percent"]) == (None, None, None, None)
    assert entry["warnings"]


@pytest.mark.parametrize(
    ("before", "after", "code", "words"),
    [
        ("产线,成本,产量\nA,1,0\n", "产线,成本,产量\nA,1,2\n", 4, "it has to be above zero"),
        ("产线,成本（元）,产量\nA,1,2\n", "产线,成本（万元）,产量\nA,1,2\n", 4, "The units of cost disagree"),
        ("产线,成本,产量\nA,1,2\n", "", 5, "cannot be read"),
        ("名称,数\nA,1\n", "产线,成本,产量\nA,1,2\n", 4, "o head row"),
        (
            "产线,成本,产量\nA,1,2\n",
            "工程,建筑面积,变更次数\n丁,2,21\n",
            4,
            "There is no table after with cost and output",
        ),
        ("产线,月份,成本,产量\nA,2023-01,1,2\n", "产线,月份,成本,产量\nA,2023-01,1,2\n", 4, "The two periods overlap"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_with_a_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, code: int, words: str
) -> None:
    found, _, told = analysed(tmp_path, capsys, before, after)
    assert found == code
    assert words in told
    assert "Cure: " in told
    assert "Traceback" not in told
