# SPDX-License-Identifier: Apache-2.0
"""Transactions of a block read together are what each is alone: the same hash, claim and bytes, the same refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from probes.chain.formats import typed
from probes.chain.formats.block import Tx
from probes.chain.wire.values import MalformedError
from tests.probes.chain.ether import signed

LEGACY = signed(7, b'{"a":1}')
OF_1 = {**LEGACY, "type": "0x1", "chainId": "0x7", "accessList": [], "yParity": "0x1", "v": "0x1"}
OF_2 = {**OF_1, "type": "0x2", "maxPriorityFeePerGas": "0x0", "maxFeePerGas": "0x3b9aca00", "accessList": None}
HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
USUAL = [
    LEGACY,
    {**LEGACY, "v": "0x1b"},
    OF_1,
    OF_2,
    {**OF_2, "yParity": "0x0", "input": "0x", "value": "0xde0b6b3a7640000"},
]
ODD: list[Any] = [
    None, 0, 27, "", "0x", "0x0", "0x1", "0x01", "0X1", "0x1b", "0x1C", "0x23", "0x26", "0xg1", "1", "0x1,0x1", "0x 1", "0x1_0", "０x1", "é", [], True,
    "0x" + "f" * 16, "0x1" + "0" * 16, "0x" + "0" * 126, "0x" + "1" * 127, "0x" + "ab" * 20, "0x" + "AB" * 32, "0x" + "0" * 65 + "1",
    hex(HALF), hex(HALF + 1), "0x7" + "f" * 15, "0x8" + "0" * 15, "0x" + "60806040" + "00" * 40, "0x" + "00" * 19 + "05",
]  # fmt: skip
ACCESS = [{"address": "0x" + "11" * 20, "storageKeys": ["0x" + "22" * 32]}]
NAMES = [*OF_2]


def _alone(given: Mapping[str, Any]) -> tuple[Tx, bytes | None] | None:
    try:
        return typed.read(given)
    except (MalformedError, TypeError, KeyError, AttributeError, ValueError, OverflowError):
        return None


def _changed(base: dict[str, Any], changes: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    return {name: each for name, each in {**base, **changes}.items() if name not in dropped}


MANY = st.lists(
    st.builds(
        _changed,
        st.sampled_from(USUAL),
        st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*ODD, ACCESS]), max_size=2),
        st.sets(st.sampled_from(NAMES), max_size=1),
    ),
    min_size=1,
    max_size=8,
)


@given(MANY)
@settings(max_examples=400)
def test_a_block_s_transactions_read_together_are_what_each_is_alone(given: list[dict[str, Any]]) -> None:
    alone = [_alone(each) for each in given]
    assert all(alone[at] == each for at, each in typed.together(given).items())


def test_usual_transactions_are_all_read_together() -> None:
    """Else the test before would compare nothing."""
    assert [*typed.together(USUAL)] == [*range(len(USUAL))]
    assert all(tx.claim is not None for tx, _ in typed.together(USUAL).values())


def test_one_odd_value_leaves_the_others_to_be_read_together() -> None:
    for name, odd in (("gas", "0xg1"), ("gas", "0X1"), ("gas", 5), ("gas", None), ("type", []), ("type", "0x7f")):
        assert [*typed.together([LEGACY, {**LEGACY, name: odd}, LEGACY])] == [0, 2]


def test_a_value_with_a_comma_shifts_no_field_of_another() -> None:
    assert typed.together([{**LEGACY, "gas": "0x1,0x2"}, {**LEGACY, "value": "0x1,0x2"}, LEGACY]) == {}
