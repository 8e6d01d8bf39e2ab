# SPDX-License-Identifier: Apache-2.0
"""Twins, standardisation and what stands on one side only: truth by construction."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StatisticsError
from harness.stats.matched import Cell, Matched, Worth, calendar, matched, standardised, unit_month


def cell(unit: str, month: str, amount: float, exposure: float, product: str = "", *, control: bool = False) -> Cell:
    return Cell(unit, month, product, control, Worth(Fraction(amount), Fraction(exposure)))


def year(number: int, months: range, rate: float, units: str = "AB") -> list[Cell]:
    return [cell(unit, f"{number}-{month:02d}", rate * 10, 10) for unit in units for month in months]


def test_only_calendar_months_that_both_periods_have_are_compared() -> None:
    both = matched(year(2022, range(1, 13), 4), year(2023, range(3, 7), 3))
    assert both.twins == frozenset({"03", "04", "05", "06"})
    assert both.apart == tuple(f"2022-{month:02d}" for month in (1, 2, 7, 8, 9, 10, 11, 12))
    assert {each.month for each in both.before} == {f"2022-{month:02d}" for month in (3, 4, 5, 6)}
    assert [each.label for each in both.pairs(calendar)] == ["03", "04", "05", "06"]


def test_a_season_that_doubles_cost_in_winter_cancels_between_twins() -> None:
    def rate(month: int) -> float:
        return 8 if month in {12, 1, 2} else 4

    before = [cell("A", f"2022-{month:02d}", rate(month), 1) for month in range(1, 13)]
    after = [cell("A", f"2023-{month:02d}", rate(month) * 0.75, 1) for month in range(1, 4)]
    both = matched(before, after)
    assert both.pairs()[0].after.rate / both.pairs()[0].before.rate == Fraction(3, 4)
    assert {each.after.rate / each.before.rate for each in both.pairs(calendar)} == {Fraction(3, 4)}


def test_periods_without_a_common_calendar_month_keep_their_cells_and_say_so() -> None:
    both = matched(year(2022, range(1, 4), 4), year(2023, range(7, 10), 3))
    assert both.twins == frozenset()
    assert len(both.before) == len(both.after) == 6
    assert both.pairs(calendar) == []


def test_periods_without_months_have_no_twins_at_all() -> None:
    both = matched([cell("A", "", 8, 2)], [cell("A", "", 6, 2)])
    assert both.twins is None
    assert both.pairs()[0].before.rate == 4


def test_a_mix_that_moves_to_cheap_products_is_no_reduction() -> None:
    before = [cell("A", "", 100 * 1, 100, "cheap"), cell("A", "", 100 * 3, 100, "dear")]
    after = [cell("A", "", 190 * 1, 190, "cheap"), cell("A", "", 10 * 3, 10, "dear")]
    pair = matched(before, after).pairs()[0]
    assert pair.raw.rate == 2
    assert pair.before.rate == pair.after.rate == Fraction(11, 10)
    assert matched(before, after).mix == pytest.approx(1.1 / 2 - 1)


@given(
    st.dictionaries(st.sampled_from("pqrs"), st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1),
    st.dictionaries(st.sampled_from("pqrs"), st.integers(1, 99), min_size=1),
    st.fractions(min_value=Fraction(1, 10), max_value=2),
)
def test_where_every_product_changes_alike_the_ratio_is_that_change_whatever_the_mix(
    old: dict[str, tuple[int, int]], made: dict[str, int], share: Fraction
) -> None:
    before = {name: Worth(Fraction(amount), Fraction(exposure)) for name, (amount, exposure) in old.items()}
    after = {
        name: Worth(before[name].rate * share * count, Fraction(count))
        for name, count in made.items()
        if name in before
    }
    if after:
        was, now = standardised(before, after)
        assert now.amount / was.amount == share
        assert was.exposure == now.exposure


def test_products_that_nobody_made_before_cannot_be_compared() -> None:
    with pytest.raises(StatisticsError, match="no product"):
        standardised({"old": Worth(Fraction(1), Fraction(1))}, {"new": Worth(Fraction(1), Fraction(1))})


def test_an_exposure_of_zero_is_refused() -> None:
    with pytest.raises(StatisticsError, match="exposure is zero"):
        _ = Worth(Fraction(1), Fraction(0)).rate


def test_what_stands_on_one_side_only_is_listed() -> None:
    before = [cell("A", "", 1, 1, "p"), cell("A", "", 1, 1, "q"), cell("B", "", 1, 1)]
    after = [cell("A", "", 1, 1, "p"), cell("A", "", 1, 1, "new"), cell("C", "", 1, 1)]
    assert matched(before, after).alone == ("B", "C", "A: new", "A: q")


def test_a_month_that_a_unit_lacks_and_others_have_is_a_gap() -> None:
    before = [each for each in year(2022, range(1, 4), 4) if (each.unit, each.month) != ("B", "2022-02")]
    assert matched(before, year(2023, range(1, 4), 3)).gaps == ("B 2022-02",)


def _with_control() -> Matched:
    sides = ([cell("A", year_, 4, 1), cell("K", year_, 2, 1, control=True)] for year_ in ("2022-01", "2023-01"))
    return matched(*sides)


def test_the_control_group_is_compared_for_itself() -> None:
    both = _with_control()
    assert both.control
    assert [each.label for each in both.pairs()] == ["A"]
    assert [each.label for each in both.pairs(control=True)] == ["K"]
    assert list(both.worth()[0]) == ["A"]


def test_one_unit_can_be_looked_at_by_its_months() -> None:
    both = matched(year(2022, range(1, 4), 4), year(2023, range(1, 4), 3))
    assert [each.before.exposure for each in both.pairs(calendar, within="A")] == [10, 10, 10]
    assert sorted(both.worth(unit_month)[1]) == [f"{unit} 2023-0{month}" for unit in "AB" for month in (1, 2, 3)]
