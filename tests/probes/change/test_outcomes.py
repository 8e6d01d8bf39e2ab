# SPDX-License-Identifier: Apache-2.0
"""Verdicts about tables with a known truth: what is proven, what stays open, and what a reader is told."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness import installed
from harness.kit.proofreading import problems
from harness.model import Judgement, Outcome, Side, Verdict
from harness.testing import Question, answer
from tests.probes.change.tables import inputs, line_table, project_table

Ask = Callable[..., tuple[Outcome, Judgement]]
ALL = ("paired", "geometric", "each-line", "by-period")


def codes(outcome: Outcome) -> set[str]:
    return {each.code for each in (*outcome.remarks, *outcome.invalid, *(lack.reason for lack in outcome.lacks))}


@pytest.mark.parametrize("statistic", ALL)
@pytest.mark.parametrize(("share", "verdict"), [(0.70, Verdict.PASS), (0.80, Verdict.FAIL)])
def test_a_clear_fall_of_unit_cost_is_proven_and_a_small_one_disproven(
    ask: Ask, statistic: str, share: float, verdict: Verdict
) -> None:
    outcome, judgement = ask(line_table(2022, 1), line_table(2023, share), "unit-cost", statistic, ">= 25 %")
    assert judgement.verdict is verdict
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(1 - share, abs=0.02)


@pytest.mark.parametrize("statistic", ALL)
def test_a_fall_too_close_to_the_target_stays_open(ask: Ask, statistic: str) -> None:
    _, judgement = ask(line_table(2022, 1), line_table(2023, 0.7497), "unit-cost", statistic, ">= 25 %")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.need is not None


def test_productivity_rises_by_the_share_that_hours_fall(ask: Ask) -> None:
    outcome, judgement = ask(line_table(2022, 1), line_table(2023, 1, 1 / 1.5), "productivity", "paired", ">= 40 %")
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(0.5, abs=0.03)


def test_one_line_that_did_not_fall_is_carried_by_the_mean_but_not_where_each_has_to(ask: Ask) -> None:
    after = line_table(2023, 0.6).splitlines()
    lazy = [row for row in line_table(2023, 0.95).splitlines() if row.startswith("六线")]
    mixed = "\n".join([*(row for row in after if not row.startswith("六线")), *lazy])
    assert ask(line_table(2022, 1), mixed, "unit-cost", "paired", ">= 25 %")[1].verdict is not Verdict.FAIL
    outcome, judgement = ask(line_table(2022, 1), mixed, "unit-cost", "each-line", ">= 25 %")
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics["worst"] == "六线"


def test_a_mix_that_moved_to_the_cheap_product_proves_nothing(ask: Ask) -> None:
    def table(year: int, cheap: int, dear: int) -> str:
        chance, rows = random.Random(year), ["产线,产品,成本,产量"]
        for line in "ABCDEF":
            rows += [f"{line},{name},{made * cost * chance.uniform(0.99, 1.01):.3f},{made}" for name, made, cost in (("甲", cheap, 1), ("乙", dear, 3))]  # fmt: skip
        return "\n".join(rows) + "\n"

    outcome, judgement = ask(table(2022, 100, 100), table(2023, 180, 20), "unit-cost", "paired", ">= 25 %")
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(0, abs=0.02)
    assert "change.mix" in codes(outcome)


def test_without_a_control_group_a_change_is_only_observed(ask: Ask) -> None:
    outcome, _ = ask(line_table(2022, 1), line_table(2023, 0.7), "unit-cost", "paired", ">= 25 %")
    told = next(each for each in outcome.remarks if each.code == "change.observed")
    assert "观察到变化" in told.text.zh
    assert "Change observed" in told.text.en


def _grouped(table: str, control: str) -> str:
    head, *rows = table.splitlines()
    told = [f"{row},{'对照' if row.split(',')[0] in control.split() else '应用'}" for row in rows]
    return "\n".join([f"{head},组别", *told]) + "\n"


@pytest.mark.parametrize(
    ("control_share", "verdict"), [(1.0, Verdict.PASS), (0.8, Verdict.FAIL)], ids=["control-unchanged", "prices-fell"]
)
def test_with_a_control_group_the_change_has_to_be_proven_net_of_it(
    ask: Ask, control_share: float, verdict: Verdict
) -> None:
    control, treated = ("五线", "六线", "七线"), ("一线", "二线", "三线", "四线")
    before = line_table(2022, 1, lines=(*treated, *control))
    after = (
        line_table(2023, 0.7, lines=treated) + line_table(2023, control_share, lines=control, seed=9).partition("\n")[2]
    )
    sides = [_grouped(each, " ".join(control)) for each in (before, after)]
    outcome, judgement = ask(*sides, "unit-cost", "paired", ">= 25 %", sealed=True)
    assert judgement.verdict is verdict
    assert "change.net-of-control" in codes(outcome)
    assert {"change.observed", "change.control-chosen-late"} & codes(outcome) == set()


@pytest.mark.parametrize(("sealed", "told_before"), [(False, True), (True, False)])
def test_a_control_group_that_no_sealed_baseline_names_leaves_a_pass_open(
    ask: Ask, sealed: bool, told_before: bool
) -> None:
    lazy, treated = ("五线", "六线", "七线"), ("一线", "二线", "三线", "四线")
    before = line_table(2022, 1, lines=(*treated, *lazy))
    after = line_table(2023, 0.7, lines=treated) + line_table(2023, 1, lines=lazy, seed=9).partition("\n")[2]
    sides = [_grouped(before, " ".join(lazy)) if told_before else before, _grouped(after, " ".join(lazy))]
    outcome, judgement = ask(*sides, "unit-cost", "paired", ">= 25 %", sealed=sealed)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "change.control-chosen-late" in codes(outcome)


def test_a_control_group_that_got_dearer_helps_nobody(ask: Ask) -> None:
    control, treated = ("五线", "六线", "七线"), ("一线", "二线", "三线", "四线")
    before = line_table(2022, 1, lines=(*treated, *control))
    after = line_table(2023, 0.85, lines=treated) + line_table(2023, 1.4, lines=control, seed=9).partition("\n")[2]
    assert ask(before, _grouped(after, " ".join(control)), "unit-cost", "paired", ">= 25 %")[1].verdict is Verdict.FAIL


def test_a_control_group_of_one_line_leaves_it_open(ask: Ask) -> None:
    outcome, judgement = ask(
        line_table(2022, 1), _grouped(line_table(2023, 0.6), "六线"), "unit-cost", "paired", ">= 25 %"
    )
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "estimates.few-pairs" in codes(outcome)


@pytest.mark.parametrize("statistic", ["paired", "geometric", "each-line"])
def test_a_line_that_stands_on_one_side_only_is_listed_and_keeps_a_pass_open(ask: Ask, statistic: str) -> None:
    before, fewer = line_table(2022, 1), line_table(2023, 0.6, lines=("一线", "二线", "三线", "四线", "五线"))
    outcome, judgement = ask(before, fewer, "unit-cost", statistic, ">= 25 %")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "六线" in next(lack for lack in outcome.lacks if lack.reason.code == "change.alone").reason.text.zh
    alone = ask(before, fewer, "unit-cost", statistic, ">= 25 %", left_out=["六 线"])
    assert alone[1].verdict is Verdict.INCONCLUSIVE
    assert "change.left-out-by-one" in codes(alone[0])
    agreed = ask(before, fewer, "unit-cost", statistic, ">= 25 %", agreed={"settings"}, left_out=["六 线"])
    assert agreed[1].verdict is Verdict.PASS
    assert "change.left-out" in codes(agreed[0])


def test_a_line_that_is_missing_does_not_hide_a_violation(ask: Ask) -> None:
    fewer = line_table(2023, 0.95, lines=("一线", "二线", "三线", "四线", "五线"))
    assert ask(line_table(2022, 1), fewer, "unit-cost", "paired", ">= 25 %")[1].verdict is Verdict.FAIL


def test_a_month_without_data_of_a_line_keeps_a_pass_open(ask: Ask) -> None:
    after = "\n".join(row for row in line_table(2023, 0.6).splitlines() if not row.startswith("三线,2023-05"))
    outcome, judgement = ask(line_table(2022, 1), after, "unit-cost", "by-period", ">= 25 %")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "三线 2023-05" in next(iter(outcome.lacks)).reason.text.en


def test_a_month_of_the_agreed_period_that_nobody_has_keeps_a_pass_open(ask: Ask) -> None:
    months = [month for month in range(1, 13) if month != 8]  # the bad month is left out everywhere
    before, after = line_table(2022, 1), line_table(2023, 0.6, months=months)
    agreed = {"before_period": "2022-01/2022-12", "after_period": "2023-01/2023-12"}
    outcome, judgement = ask(before, after, "unit-cost", "by-period", ">= 25 %", **agreed)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert next(each for each in outcome.lacks).reason.facts["names"] == ("2023-08",)
    assert ask(before, line_table(2023, 0.6), "unit-cost", "by-period", ">= 25 %", **agreed)[1].verdict is Verdict.PASS


def test_only_the_same_calendar_months_are_compared_and_the_rest_is_told(ask: Ask) -> None:
    outcome, judgement = ask(
        line_table(2022, 1), line_table(2023, 0.7, months=range(4, 10)), "unit-cost", "by-period", ">= 25 %"
    )
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.n == 6
    assert "2022-01" in next(each for each in outcome.remarks if each.code == "change.seasonal").text.zh


@pytest.mark.parametrize("statistic", ALL)
def test_periods_of_different_seasons_prove_neither_side(ask: Ask, statistic: str) -> None:
    before, after = line_table(2022, 1, months=range(1, 4)), line_table(2023, 0.5, months=range(6, 9))
    outcome, judgement = ask(before, after, "unit-cost", statistic, ">= 25 %")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert [each.side for each in outcome.lacks if each.reason.code == "change.no-season"] == [Side.BOTH]


def test_values_that_all_fell_by_the_same_share_were_computed(ask: Ask) -> None:
    before = "产线,成本,产量\n" + "".join(f"L{n},{100 + n},10\n" for n in range(5))
    after = "产线,成本,产量\n" + "".join(f"L{n},{(100 + n) * 0.7:.4f},10\n" for n in range(5))
    with pytest.raises(Exception, match="all ratios are equal"):
        ask(before, after, "unit-cost", "paired", ">= 25 %")


def test_lines_of_which_the_worst_fell_most_bring_the_warning_of_regression_to_the_mean(ask: Ask) -> None:
    def noise(seed: int) -> str:  # nothing changed but chance
        chance = random.Random(seed)
        return "产线,成本,产量\n" + "".join(f"L{n},{chance.gauss(100, 20) * 10:.3f},10\n" for n in range(15))

    outcome, judgement = ask(noise(6), noise(7), "unit-cost", "paired", ">= 25 %")
    assert judgement.verdict is Verdict.FAIL
    assert "向均值回归" in next(each for each in outcome.remarks if each.code == "change.regression").text.zh


OLD, NEW = {f"甲{n}": 40.0 for n in range(8)}, {f"乙{n}": 20.0 for n in range(8)}


def poisson(seed: int) -> Callable[[float], int]:
    generator = np.random.default_rng(seed)
    return lambda expected: int(generator.poisson(expected))


def in_lots(seed: int, lot: int) -> Callable[[float], int]:
    generator = np.random.default_rng(seed)
    return lambda expected: int(generator.poisson(expected / lot)) * lot


def test_half_the_change_orders_per_size_are_a_proven_reduction(ask: Ask) -> None:
    outcome, judgement = ask(
        project_table(OLD, poisson(1)), project_table(NEW, poisson(2)), "orders", "rate-ratio", ">= 15 %"
    )
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(0.5, abs=0.08)
    assert "change.alone" not in codes(outcome)


def test_orders_that_come_in_lots_of_twenty_prove_less(ask: Ask) -> None:
    less = dict.fromkeys(NEW, 27.0)
    single = ask(project_table(OLD, poisson(3)), project_table(less, poisson(4)), "orders", "rate-ratio", ">= 15 %")
    lots = ask(
        project_table(OLD, in_lots(3, 20)), project_table(less, in_lots(4, 20)), "orders", "rate-ratio", ">= 15 %"
    )
    assert single[1].verdict is Verdict.PASS
    assert lots[1].verdict is Verdict.INCONCLUSIVE
    assert "estimates.scatter" in codes(lots[0])


def test_one_project_a_side_decides_nothing(ask: Ask) -> None:
    outcome, judgement = ask(
        "工程,规模,次数\n甲,3,120\n", "工程,规模,次数\n乙,3,20\n", "orders", "rate-ratio", ">= 15 %"
    )
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "estimates.no-scatter" in codes(outcome)


def test_a_single_project_is_its_months(ask: Ask) -> None:
    def months(year: int, mean: float) -> str:
        draw = poisson(year)
        return "工程,月份,规模,次数\n" + "".join(f"甲,{year}-{month:02d},1,{draw(mean)}\n" for month in range(1, 13))

    assert ask(months(2022, 20), months(2023, 10), "orders", "rate-ratio", ">= 15 %")[1].verdict is Verdict.PASS


def _ledger(projects: dict[str, int]) -> list[str]:
    rows = [f"{name},{name}-{number}\n" for name, count in projects.items() for number in range(count)]
    return ["工程,单号\n" + "".join(rows), "工程,建筑面积\n" + "".join(f"{name},2\n" for name in [*projects, "无变更"])]


def test_a_ledger_and_a_table_of_sizes_belong_together_and_a_project_without_orders_counts(ask: Ask) -> None:
    outcome, _ = ask(_ledger({"甲": 12, "乙": 9}), _ledger({"丙": 5, "丁": 3}), "orders", "rate-ratio", ">= 15 %")
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(1 - 8 / 21)


def test_a_ledger_of_a_project_without_size_is_refused_by_name(ask: Ask) -> None:
    ledger, sizes = _ledger({"甲": 3})
    with pytest.raises(Exception, match="cannot be normalised: 戊"):
        ask([ledger + "戊,9\n", sizes], _ledger({"丙": 5}), "orders", "rate-ratio", ">= 15 %")


@pytest.mark.parametrize(
    ("before", "after", "settings", "words"),
    [
        ("产线,成本（万元）,产量\nA,1,2\n", "产线,成本（元）,产量\nA,1,2\n", {}, "The units of cost disagree"),
        ("产线,月份,成本,产量\nA,2023-03,1,2\n", "产线,月份,成本,产量\nA,2023-03,1,2\n", {}, "The two periods overlap"),
        ("产线,成本,产量\nA,1,2\n", "产线,工时,产量\nA,1,2\n", {}, "There is no table after with cost and output"),
        ("产线,成本,产量\nA,1,2\n", "产线,成本,产量\nA,1,2\n", {"left_out": ["B"]}, "No table has what left_out names: B"),
        ("产线,成本,产量,组别\nA,1,2,应用\n", "产线,成本,产量,组别\nA,1,2,对照\n", {}, "both treated and control: A"),
        ("产线,成本,产量,组别\nA,1,2,对照\n", "产线,成本,产量,组别\nA,1,2,对照\n", {}, "none is treated: A"),
        (["产线,成本,产量\nA,1,2\n", "产线,产量\nA,3\n"], "产线,成本,产量\nA,1,2\n", {}, "Two tables state the output of A"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_compared_are_refused_with_a_cure(
    ask: Ask, before: str | list[str], after: str, settings: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(Exception, match=words) as error:
        ask(before, after, "unit-cost", "paired", ">= 25 %", **settings)
    assert error.value.cure  # type: ignore[attr-defined]  # every error of ours has one


def test_amounts_of_two_tables_add_up(ask: Ask) -> None:
    labour, rest = "产线,成本,产量\nA,4,2\nB,5,2\n", "产线,成本\nA,2\nB,3\n"
    outcome, _ = ask([labour, rest], ["产线,成本,产量\nA,3,2\nB,4.1,2\n"], "unit-cost", "paired", "")
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == pytest.approx(1 - 7.1 / 14)


def test_the_words_of_the_domain_agree_with_its_source() -> None:
    assert problems("probes.change") == []


def test_verdicts_do_not_depend_on_the_order_of_rows(ask: Ask) -> None:
    def shuffled(table: str) -> str:
        head, *rows = table.splitlines()
        random.Random(1).shuffle(rows)
        return "\n".join([head, *rows]) + "\n"

    def judged(change: Callable[[str], str]) -> tuple[Outcome, Judgement]:
        return ask(change(line_table(2022, 1)), change(line_table(2023, 0.7)), "unit-cost", "paired", ">= 25 %")

    assert judged(str)[0].estimate == judged(shuffled)[0].estimate


def test_the_list_shows_every_line_on_both_sides_and_the_picture_their_reductions(
    tmp_path: Path,
) -> None:
    question = Question("change.unit-cost", "paired", ">= 25 %")
    tables = line_table(2022, 1), line_table(2023, 0.7, lines=("一线", "二线", "三线"))
    read = inputs(tmp_path, *tables, question, {})
    view = installed.resolve(question.record.view)(read, question.ask)
    outcome, _ = answer(read, question)
    shown = installed.resolve(question.record.show)(view, outcome, question.request)
    listed = shown.listings[0]
    assert [each.unit for each in listed.columns] == ["", "万元/件", "万元/件", "万元", "万元", "件", "件"]
    assert [row[0] for row in listed.rows] == sorted(("一线", "二线", "三线", "四线", "五线", "六线"))
    lost = next(row for row in listed.rows if row[0] == "六线")
    assert lost[2] is lost[4] is lost[6] is None
    assert lost[1] == pytest.approx(lost[3] / lost[5])
    both, falls = shown.figures
    assert list(both.labels) == list(falls.labels) == sorted(("一线", "二线", "三线"))
    assert "万元/件" in both.title.zh
    assert [1 - new / old for old, new in zip(both.before, both.after, strict=True)] == pytest.approx(
        [each / 100 for each in falls.values]
    )
    assert all(27 < each < 33 for each in falls.values)
