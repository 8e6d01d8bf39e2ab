# SPDX-License-Identifier: Apache-2.0
"""PUE and utilisation: by hand on paper, near the limit, short of a year, and with tables that say something else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.kit.unreadable import UnreadableError
from harness.model import About, Outcome, Verdict
from harness.testing import Question, answer
from tests.conformance.examples import compute as examples
from tests.probes.compute import made

ANNUAL = Question("compute.pue", "ratio", "<= 1.3", {"period": "12 months"}, about=About.WINDOW)
INTERIM = Question(
    "compute.pue", "ratio", "<= 1.3", {"period": "declared"}, {"annualisation": "degree days"}, about=About.WINDOW
)
YEAR = Question("compute.pue", "characteristic", "<= 1.3", about=About.PROCESS)
USE = Question(
    "compute.utilisation", "time-share", ">= 70 %", {"by": "rack"}, {"idle_power": "200 W"}, about=About.WINDOW
)


def months(total: int, count: int = 12, *, it: int = 100_000) -> str:
    return "月份,总电量(kWh),IT电量(kWh)\n" + "".join(f"2025-{at:02d},{total},{it}\n" for at in range(1, count + 1))


def judged(
    question: Question, kind: str, text: str, folder: Path, settings: Mapping[str, Any] = examples.METERS, **more: Any
) -> tuple[Outcome, Any]:
    trace = made.traced(f"compute.{kind}", folder, [text.encode()], {**settings, **more})
    return answer([made.input_of(trace, question)], question)


def test_it_is_the_ratio_of_the_energies_and_not_the_mean_of_the_ratios(tmp_path: Path) -> None:
    uneven = months(120_000, 6) + "".join(f"2025-{at:02d},900000,500000\n" for at in range(7, 13))
    outcome, judgement = judged(
        Question("compute.pue", "ratio", "<= 2", {"period": "12 months"}, about=About.WINDOW),
        "energy",
        uneven,
        tmp_path,
    )
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx((6 * 120 + 6 * 900) / (6 * 100 + 6 * 500))
    assert judgement.verdict is Verdict.PASS


def test_two_class_1_meters_leave_129_and_130_open_and_better_ones_decide(tmp_path: Path) -> None:
    near = {"1 %": Verdict.INCONCLUSIVE, "0.2 %": Verdict.PASS}
    for size, wanted in near.items():
        outcome, judgement = judged(
            ANNUAL, "energy", months(129_000), tmp_path / size[0], total_class=size, it_class=size
        )
        assert judgement.verdict is wanted
        if wanted is Verdict.INCONCLUSIVE:
            assert outcome.need is not None
            assert "better meters" in outcome.need.text.en
    assert judged(ANNUAL, "energy", months(140_000), tmp_path / "over")[1].verdict is Verdict.FAIL


def test_less_than_a_year_is_an_interim_figure_and_says_so(tmp_path: Path) -> None:
    _, judgement = judged(ANNUAL, "energy", months(120_000, 9), tmp_path / "a")
    assert (judgement.verdict, "compute.not-a-year" in {each.code for each in judgement.reasons}) == (
        Verdict.INCONCLUSIVE,
        True,
    )
    assert (
        judged(INTERIM, "energy", months(120_000, 9), tmp_path / "b", period="2025-01/2025-09")[1].verdict
        is Verdict.PASS
    )
    _, judgement = judged(INTERIM, "energy", months(120_000, 9), tmp_path / "c", period="2025-01/2025-10")
    assert "compute.months-missing" in {each.code for each in judgement.reasons}


def test_five_operating_points_make_a_year(tmp_path: Path) -> None:
    shares = (0.1, 0.2, 0.3, 0.25, 0.15)
    totals = (140, 130, 120, 115, 110)
    rows = "".join(f"P{at},{share},{total},100\n" for at, (share, total) in enumerate(zip(shares, totals, strict=True)))
    outcome, judgement = judged(YEAR, "conditions", "工况,占比,总功率(kW),IT功率(kW)\n" + rows, tmp_path)
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(sum(t * p for t, p in zip(shares, totals, strict=True)) / 100)
    assert judgement.verdict is Verdict.PASS


def test_an_edge_data_centre_is_warned_of_and_a_declared_category_compared(tmp_path: Path) -> None:
    outcome, _ = judged(ANNUAL, "energy", months(120_000), tmp_path / "a", racks=80)
    assert "compute.edge" in {each.code for each in outcome.remarks}
    question = Question(
        "compute.pue", "ratio", "<= 1.3", {"period": "12 months"}, {"category": "PUE3"}, about=About.WINDOW
    )
    assert judged(question, "energy", months(120_000), tmp_path / "b")[1].verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (months(120_000).replace("(kWh)", ""), "states no unit"),
        (months(120_000).replace("总电量(kWh)", "总电量(kW)"), "not understood"),
        (months(120_000).replace("2025-03,120000", "2025-03,"), "blank"),
        (months(120_000).replace("2025-03,120000", "2025-03,0"), "not above zero"),
        (months(120_000).replace("2025-03,", "2025-02,").replace("2025-02,120000,100000\n2025-02", "2025-02,120000,100000\n2025-02", 1).replace("2025-02,120000,100000", "2025-02,120001,100000", 1), "stands twice"),
        (months(90_000), "larger than the total"),
        (months(120_000) + "合计,1440001,1200000\n", "add up to"),
        (months(120_000) + "平均,120000,100000\n", "averages"),
        (months(120_000).replace("2025-03", "春季"), "neither a date nor a month"),
    ],
)  # fmt: skip
def test_what_is_not_understood_in_a_table_is_refused_by_name(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=words):
        judged(ANNUAL, "energy", text, tmp_path)


def test_a_rack_that_never_reports_counts_as_unused_and_one_that_idles_too(tmp_path: Path) -> None:
    whole = examples.racks("ABCD")
    outcome, judgement = judged(USE, "racks", whole, tmp_path / "a", examples.HALL)
    assert (judgement.verdict, float(outcome.estimate.value if outcome.estimate else 0)) == (Verdict.PASS, 1.0)
    outcome, judgement = judged(USE, "racks", whole, tmp_path / "b", examples.HALL, available=10)
    assert outcome.estimate is not None
    assert (float(outcome.estimate.lower or 0), float(outcome.estimate.upper or 0)) == (0.4, 1.0)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    idle = examples.racks("AB") + "".join(examples.racks("CD", 150).splitlines(keepends=True)[1:])
    assert judged(USE, "racks", idle, tmp_path / "c", examples.HALL)[1].verdict is Verdict.FAIL


def test_occupation_needs_its_unit_and_is_another_record_than_power(tmp_path: Path) -> None:
    by = Question("compute.utilisation", "time-share", ">= 70 %", {"by": "computing"}, about=About.WINDOW)
    rows = "".join(f"2025-06-01 {hour:02d}:00:00,n{node},80\n" for hour in range(24) for node in range(4))
    outcome, judgement = judged(by, "racks", "时间,主机,利用率(%)\n" + rows, tmp_path / "a", examples.HALL)
    assert (judgement.verdict, float(outcome.estimate.value if outcome.estimate else 0)) == (Verdict.PASS, 0.8)
    with pytest.raises(UnreadableError, match="states no unit"):
        judged(by, "racks", "时间,主机,利用率\n" + rows, tmp_path / "b", examples.HALL)
    assert (
        judged(USE, "racks", "时间,主机,利用率(%)\n" + rows, tmp_path / "c", examples.HALL)[1].verdict
        is Verdict.INCONCLUSIVE
    )
