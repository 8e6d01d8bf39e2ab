# SPDX-License-Identifier: Apache-2.0
"""A 5G node is one whose own modem says so, with the registered IMEI and address, for most of one window; the rest are named."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.plugins import Input, Trace
from probes.network.digests.radio import Radio, overlap, spans
from probes.network.digests.register import Register
from probes.network.measurands.radio.proof import openings
from probes.network.traces.radio import AT, EXPORT, SILENT, Poll
from probes.network.traces.terminals import read_register
from probes.network.wire.radio import LTE, NONE, NSA, OTHER, SA, UNKNOWN

S = 10**9
HEAD = "asset_id,name,address,imei\n"
IMEIS = [
    "001010000000016", "001010000000024", "001010000000032", "001010000000040", "001010000000057", "001010000000065",
]  # fmt: skip
KINDS = ("sa", "lte", "nsa", "wifi", "cable")
TERMS = {"window": "10 min", "share": "90 %", "between": "30 s"}


def registered(count: int = 3, **instead: str) -> Input:
    rows = [f"T{at},t,10.9.0.{at + 1},{instead.get(f'imei{at}', IMEIS[at])}" for at in range(count)]
    found = read_register((HEAD + "\n".join(rows) + "\n").encode(), "nodes.csv")
    summary = Register(tuple(("nodes.csv", row) for row in found))
    return Input("network.terminals", "r", summary, Trace("s01.nodes", "r", "network.terminals", 1, (), None))


def polls(
    make: Any,
    at: int,
    rats: Sequence[str] = (SA,) * 121,
    every_s: int = 5,
    *,
    address: str | None = "",
    imei: str | None = None,
    modem: str = "",
    way: str = AT,
) -> list[Poll]:
    own = None if address is None else (address or f"10.9.0.{at + 1}",)
    said = IMEIS[at] if imei is None else imei
    return [
        Poll(make.START_NS + slot * every_s * S, way, modem or f"M{at}", said, own, rat, rat, cell="1A2B3C", rsrp=-85.0)
        for slot, rat in enumerate(rats)
    ]


def found_of(
    make: Any, judge: Callable[..., Any], told: Sequence[Poll], nodes: Input | None = None, **more: Any
) -> Any:
    radio = Input("network.radio", "m", Radio(frozenset(told)), Trace("s01.nodes", "m", "network.radio", 1, (), None))
    nodes = nodes or registered()
    answers = make.header(9) + b"".join(make.record(at, slot, 1000) for at in range(6) for slot in range(5))
    limit = more.pop("limit", ">= 3 台套")
    return judge(answers, "network.nodes", "proven-5g", {**TERMS, **more}, limit, None, [nodes, radio])


def unproven(found: Any) -> dict[str, str]:
    return {row["node"]: row["why"].en for row in found.listing["unproven_5g"]}


def test_terminals_whose_modems_say_stand_alone_5g_throughout_pass(make: Any, judge: Callable[..., Any]) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2)])
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == (3, 3, 3)
    assert found.judgement.verdict == "PASS"
    assert unproven(found) == {}
    assert [row["least_share"] for row in found.listing["proven_5g"]] == [100, 100, 100]


@pytest.mark.parametrize(
    ("rats", "told"),
    [
        ((LTE,) * 121, "modem says it was not on 5G"),
        ((NSA,) * 121, "modem says it was not on 5G"),
        ((NONE,) * 121, "modem says it was not on 5G"),
        ((OTHER,) * 121, "modem says it was not on 5G"),
        ((UNKNOWN,) * 121, "modem says it was not on 5G"),
        ((SA,) * 60 + (SILENT,) * 61, "modem says it was not on 5G"),
        ((SA, LTE) * 60, "modem says it was not on 5G"),
    ],
)
def test_a_terminal_that_fell_back_is_no_5g_node_and_fails_the_whole(
    rats: Sequence[str], told: str, make: Any, judge: Callable[..., Any]
) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2, rats)])
    assert (found.estimate.value, found.estimate.upper, found.judgement.verdict) == (2, 2, "FAIL")
    assert told in unproven(found)["T2"]
    assert any(each.code == "network.unproven" and "T2" in each.text.zh for each in found.remarks)


def test_non_stand_alone_counts_where_the_reading_says_so(make: Any, judge: Callable[..., Any]) -> None:
    told = [*polls(make, 0), *polls(make, 1), *polls(make, 2, (NSA,) * 121)]
    assert found_of(make, judge, told, nsa=True).judgement.verdict == "PASS"
    assert found_of(make, judge, [*told[:-121], *polls(make, 2, (LTE,) * 121)], nsa=True).judgement.verdict == "FAIL"


def test_a_terminal_whose_answers_come_from_elsewhere_than_its_modem_is_on_a_cable(
    make: Any, judge: Callable[..., Any]
) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2, address="10.60.0.1")])
    assert (found.estimate.upper, found.judgement.verdict) == (2, "FAIL")
    assert "cable" in unproven(found)["T2"]


def test_without_the_modems_address_nothing_is_proven_and_nothing_disproven(
    make: Any, judge: Callable[..., Any]
) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2, address=None)])
    assert (found.estimate.value, found.estimate.upper, found.judgement.verdict) == (2, 3, "INCONCLUSIVE")


def test_a_registered_imei_that_no_modem_said_leaves_the_verdict_open(make: Any, judge: Callable[..., Any]) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2, imei=IMEIS[5])])
    assert (found.estimate.lower, found.estimate.upper, found.judgement.verdict) == (2, 3, "INCONCLUSIVE")
    assert "no modem said" in unproven(found)["T2"]
    assert found.listing["modems_unregistered"] == [{"imei": IMEIS[5], "modem": ["M2"]}]


def test_two_modems_with_one_imei_prove_nothing_for_it(make: Any, judge: Callable[..., Any]) -> None:
    told = [*polls(make, 0), *polls(make, 1), *polls(make, 2), *polls(make, 2, modem="M9")]
    found = found_of(make, judge, told)
    assert (found.estimate.value, found.judgement.verdict) == (2, "FAIL")
    assert "two modems" in unproven(found)["T2"]


def test_an_imei_with_a_wrong_check_digit_is_told_and_joins_with_nobody(make: Any, judge: Callable[..., Any]) -> None:
    wrong = "001010000000017"
    told = [*polls(make, 0), *polls(make, 1), *polls(make, 2, imei=wrong)]
    found = found_of(make, judge, told, registered(3, imei2=wrong))
    assert (found.estimate.value, found.judgement.verdict) == (2, "FAIL")
    assert any(each.code == "network.modem-imei-wrong" and wrong in each.text.en for each in found.remarks)


def test_a_modem_that_says_no_imei_proves_nothing(make: Any, judge: Callable[..., Any]) -> None:
    found = found_of(make, judge, [*polls(make, 0), *polls(make, 1), *polls(make, 2, imei="")])
    assert found.judgement.verdict == "INCONCLUSIVE"
    assert "network.modem-without-imei" in {each.code for each in found.remarks}


def test_too_few_polls_and_polls_too_far_apart_are_inconclusive(make: Any, judge: Callable[..., Any]) -> None:
    sure = [*polls(make, 0), *polls(make, 1)]
    for rats, every_s in (((SA,) * 21, 30), ((SA,) * 20, 31), ((SA,) * 60, 5)):
        found = found_of(make, judge, [*sure, *polls(make, 2, rats, every_s)])
        assert (found.estimate.value, found.judgement.verdict) == (2, "INCONCLUSIVE")


def test_without_radio_evidence_answers_are_an_upper_bound_only(make: Any, judge: Callable[..., Any]) -> None:
    found = found_of(make, judge, [])
    assert (found.estimate.value, found.estimate.upper, found.judgement.verdict) == (0, 3, "INCONCLUSIVE")
    assert "network.no-radio" in {each.code for each in found.missing}
    assert found_of(make, judge, [], limit=">= 4 台套").judgement.verdict == "FAIL"


def test_a_profile_may_lengthen_the_window_but_not_shorten_it(make: Any, judge: Callable[..., Any]) -> None:
    told = [each for at in range(3) for each in polls(make, at, (SA,) * 61, 5)]
    answers = make.header(9) + b"".join(make.record(at, slot, 1000) for at in range(3) for slot in range(5))
    radio = Input("network.radio", "m", Radio(frozenset(told)), Trace("s01.nodes", "m", "network.radio", 1, (), None))
    for window in ("1 min", "20 min"):
        found = judge(
            answers, "network.nodes", "proven-5g", TERMS, ">= 3 台套", {"window": window}, [registered(), radio]
        )
        assert found.judgement.verdict == "INCONCLUSIVE"


def test_modules_passed_round_from_terminal_to_terminal_are_never_there_together(
    make: Any, judge: Callable[..., Any]
) -> None:
    told = []
    for at in range(3):
        late = [each._replace(time_ns=each.time_ns + at * 700 * S) for each in polls(make, at, modem="shell")]
        told += late
    found = found_of(make, judge, told)
    assert found.estimate.value == 1
    assert "network.modem-several-imei" in {each.code for each in found.remarks}


def test_an_export_is_believed_as_theirs_and_said_to_be(make: Any, judge: Callable[..., Any]) -> None:
    found = found_of(make, judge, [each for at in range(3) for each in polls(make, at, way=EXPORT)])
    assert found.judgement.verdict == "PASS"
    assert "network.radio-by-export" in {each.code for each in found.remarks}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), planted=st.lists(st.sampled_from(KINDS), min_size=5, max_size=5))
def test_planted_terminals_are_found_without_exception(
    order: list[int], planted: list[str], make: Any, judge: Callable[..., Any]
) -> None:
    kinds = ["sa", *planted]
    told = []
    for at, kind in zip(order, kinds, strict=True):
        rat = {"lte": LTE, "nsa": NSA, "wifi": NONE}.get(kind, SA)
        told += polls(make, at, (rat,) * 121, address="10.60.0.1" if kind == "cable" else "")
    found = found_of(make, judge, told, registered(6), limit=">= 6 台套")
    bad = {f"T{at}" for at, kind in zip(order, kinds, strict=True) if kind != "sa"}
    assert set(unproven(found)) == bad
    assert found.estimate.value == found.estimate.upper == 6 - len(bad)


def apart(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches one after the other: how far from the last, how long."""
    found, end = list[tuple[int, int]](), 0
    for gap, length in pairs:
        found.append((end + gap, end + gap + length))
        end = found[-1][1]
    return found


@given(
    covered=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), max_size=6).map(apart),
    window=st.integers(1, 40),
    need=st.integers(1, 40),
)
def test_a_window_may_open_exactly_where_enough_of_it_is_covered(covered: Any, window: int, need: int) -> None:
    need = min(need, window)
    may = openings(covered, window, need)
    for at in range(-60, 600):
        enough = overlap(covered, at, at + window) >= need
        assert enough == any(start <= at <= stop for start, stop in may), (at, may)


def test_time_counts_between_two_polls_that_agree_and_are_near(make: Any) -> None:
    told = polls(make, 0, (SA, SA, LTE, SA, SA), 10)
    start = make.START_NS
    assert spans(told, {SA}, 30 * S) == [(start, start + 10 * S), (start + 30 * S, start + 40 * S)]
    assert spans(told, {SA}, 9 * S) == []
    worse = told[1]._replace(rat=LTE, way=EXPORT)
    assert spans(sorted([*told, worse]), {SA}, 30 * S) == [(start + 30 * S, start + 40 * S)]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_merging_in_any_order_gives_the_same_digest(make: Any, cuts: list[int]) -> None:
    pieces = [Radio(frozenset(polls(make, at, (SA,) * (at + 1)))) for at in cuts]
    whole, back = pieces[0], pieces[-1]
    for each in pieces[1:]:
        whole = whole.merge(each)
    for each in reversed(pieces[:-1]):
        back = back.merge(each)
    assert whole.canonical_bytes() == back.canonical_bytes()
    assert Fraction(len(whole.polls)) == len(set().union(*(each.polls for each in pieces)))
