# SPDX-License-Identifier: Apache-2.0
"""Check characters of GB 32100 and GB 11714: what they catch, what they cannot, and an oracle we did not write."""

from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from probes.register.traces.uscc import (
    ALPHABET,
    WEIGHTS,
    check_character,
    defects,
    division,
    normalise,
    organisation_check_character,
)

letters = st.sampled_from(ALPHABET)


@st.composite
def codes(draw, first=letters):
    """Valid codes; ``first`` gives positions 1 and 2."""
    start = draw(first) + draw(first) + draw(st.text("0123456789", min_size=6, max_size=6))
    organisation = draw(st.text(ALPHABET, min_size=8, max_size=8))
    body = start + organisation + organisation_check_character(organisation)
    return body + check_character(body)


@given(codes())
def test_a_code_with_both_check_characters_has_no_defect(code):
    assert defects(code) == ()


@given(codes(st.sampled_from("0123456789")))
def test_stdnum_accepts_every_code_that_we_build_with_digits_in_front(code):
    assert oracle.is_valid(code)


@given(st.text(ALPHABET, min_size=9, max_size=9), st.text("0123456789", min_size=8, max_size=8), letters)
def test_the_mod_31_verdict_is_that_of_stdnum(tail, head, last):
    code = head + tail + last
    assert (check_character(code[:17]) == code[17]) == oracle.is_valid(code)


@given(codes(), st.integers(0, 17), letters)
def test_any_single_wrong_character_is_caught_by_mod_31(code, place, wrong):
    assume(code[place] != wrong)
    mistyped = code[:place] + wrong + code[place + 1 :]
    assert check_character(mistyped[:17]) != mistyped[17]
    assert defects(mistyped)


@given(codes(), st.integers(0, 17), st.integers(0, 17))
def test_any_swap_is_caught_but_that_of_the_first_and_the_last_character(code, left, right):
    assume(code[left] != code[right])
    swapped = list(code)
    swapped[left], swapped[right] = swapped[right], swapped[left]
    caught = check_character("".join(swapped[:17])) != swapped[17]
    assert caught == ({left, right} != {0, 17})  # both weigh 1: 3^0, and the check character itself


def _mod_11(body):
    """GB 11714 written out: sum of values times weights, C9 = 11 - sum mod 11."""
    values = [int(c) if c.isdigit() else ord(c) - ord("A") + 10 for c in body]
    rest = 11 - sum(v * w for v, w in zip(values, [3, 7, 9, 10, 5, 8, 4, 2], strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_the_organisation_check_character_is_that_of_the_written_out_rule(body):
    assert organisation_check_character(body) == _mod_11(body)


def test_the_published_organisation_code_checks():
    assert organisation_check_character("55138508") == "2"
    assert defects("91110108551385082Q") == ()


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 7), letters)
def test_mod_11_misses_exactly_the_substitutions_eleven_apart(body, place, wrong):
    other = body[:place] + wrong + body[place + 1 :]
    apart = int(body[place], 36) - int(wrong, 36)
    assert (organisation_check_character(body) == organisation_check_character(other)) == (apart % 11 == 0)


def test_the_weights_are_those_of_the_standard():
    assert WEIGHTS == (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def test_letters_in_front_are_allowed():
    body = "N2420106" + "MA1ERF5M"
    body += organisation_check_character("MA1ERF5M")
    assert defects(body + check_character(body)) == ()


def test_full_width_lower_case_and_blanks_mean_the_same_code():
    assert normalise(" ９１４２０１０２ｍａ４２ＨＲＷＮ４４\u3000") == "91420102MA42HRWN44"
    assert normalise("9142 0102 ma42 hrwn 44") == "91420102MA42HRWN44"


def test_each_defect_has_its_own_name():
    assert defects("9.14201137929081E+17") == ("mangled",)
    assert defects("914201137929081000") == ("mangled",)
    assert defects("91420113792908104") == ("length",)
    assert defects("91420102MA42HRWO44") == ("alphabet",)
    assert defects("91420102MA42HRWN45") == ("check",)
    assert defects("914201040326991017") == ("organisation-check",)
    assert "division" in defects("91A20102MA42HRWN44")
    assert division("91420102MA42HRWN44") == "420102"


def test_a_code_that_a_spreadsheet_turned_into_a_number_is_told_as_such():
    assert defects(normalise("9.142011379290811e+17")) == ("mangled",)
