# SPDX-License-Identifier: Apache-2.0
"""Numbers of vehicles, patents and copyrights, and divisions with their years."""

import random

import pytest
from stdnum.cn import uscc as oracle

from probes.register.traces import divisions, rights, uscc, vin


@pytest.mark.parametrize("number", ["1M8GDM9AXKP042788", "1HGCM82633A004352", "WVWZZZ1JZXW000001"])
def test_numbers_of_real_vehicles_are_in_order(number):
    assert vin.defects(vin.normalise(f" {number.lower()} ")) == ()


@pytest.mark.parametrize(
    ("number", "why"),
    [("1M8GDM9A0KP042788", "check"), ("1M8GDM9AXKP04278", "length"), ("1M8GDM9AXKP04278O", "alphabet")],
)
def test_a_wrong_vehicle_number_is_told(number, why):
    assert vin.defects(number) == (why,)


@pytest.mark.parametrize(
    ("word", "level"),
    [("L3", 3), ("l4级", 4), ("Ｌ３", 3), ("SAE Level 3", 3), ("3级", 3), ("L3及以上", 3), ("L2+", 2), ("L2.9", None), ("有条件自动驾驶", 3), ("高级", None), ("", None), ("L6", None), ("三级", 3)],
)  # fmt: skip
def test_a_level_is_what_the_word_says_and_nothing_more(word, level):
    assert vin.level(word) == level


@pytest.mark.parametrize(
    ("number", "problem"),
    [("201710601862.3", ""), ("ZL201710601862.3", ""), ("ZL 2017 1 0601862.3", ""), ("201710601862.4", "check"), ("2019SR0123456", ""),
     ("软著登字第1234567号", ""), ("见附件", "unknown"), ("12345", "unknown")],
)  # fmt: skip
def test_a_number_of_a_right_is_checked_by_its_own_rule(number, problem):
    assert rights.problem(rights.normalise(number)) == problem


@pytest.mark.parametrize(
    ("division", "year", "problem"),
    [("420106", 2023, ""), ("420100", 2023, ""), ("100000", 2023, ""), ("420122", 2023, "former"), ("371202", 2023, ""), ("999999", 2023, "unknown"),
     ("440309", 2015, "later"), ("440309", 2023, "")],
)  # fmt: skip
def test_a_division_is_valid_where_it_existed_while_codes_were_given_out(division, year, problem):
    assert divisions.problem(division, year) == problem


def test_another_implementation_agrees_on_the_check_character_and_its_gaps_are_known():
    dice = random.Random(5)
    for _ in range(300):
        text = (
            "91"
            + "".join(dice.choice("0123456789") for _ in range(6))
            + "".join(dice.choice(uscc.ALPHABET) for _ in range(10))
        )
        checks = not set(uscc.defects(text)) & {"check", "length", "alphabet"}
        assert oracle.is_valid(text) == checks, "without the organisation's own digit, which stdnum does not look at"
    rural = "N2420106MA00000" + uscc.organisation_check_character("MA000000")[:0]
    body = "N2420106" + "MA000001"
    body += uscc.organisation_check_character(body[8:])
    rural = body + uscc.check_character(body)
    assert uscc.defects(rural) == ()
    assert not oracle.is_valid(rural), "codes of rural collectives begin with a letter, which stdnum refuses"
