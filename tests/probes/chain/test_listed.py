# SPDX-License-Identifier: Apache-2.0
"""Transactions taken from the text of an answer are what all of JSON says: the same values, the same blocks, the same refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.kit import lines
from probes.chain.formats import fisco2, typed
from probes.chain.formats.block import Block
from probes.chain.formats.files import block_of
from probes.chain.formats.recordings import NotJsonError, answered, parsed, row_of
from probes.chain.live.asked import _called
from probes.chain.wire import listed
from probes.chain.wire.listed import Listed
from tests.probes.chain.ether import chain
from tests.probes.chain.test_typed import ACCESS, LEGACY, ODD, OF_1, OF_2, USUAL

BLOCKS = chain([[LEGACY, {**LEGACY, "to": None}], [OF_2, OF_2, LEGACY, OF_1], [{**OF_2, "blockNumber": None}]])
ANSWERS = [{"jsonrpc": "2.0", "id": at, "result": each} for at, each in enumerate(BLOCKS)]
PIECES = [
    b'"', b"\\", b'\\"', b",", b":", b"{", b"}", b"[", b"]", b"[]", b"null", b"0", b"7", b"e5", b".5", b" ", b"\n", b"\x01", b"\x7f", b"\xc3\xa9", b"\xff",
    b'"type":"0x2",', b'"hash":"0x1",', b',"to":"0x"', b'"new":"x",', b'"n":[1],', b'"n":{"a":1},', b'"transactions":[{"a":"b"}],', b'"transactions":[],',
    b'"result":null,', b"-4611686018427380000", b'"transactions":-4611686018427380000,', b'\\"transactions":[{"a":"b"}],', b"\\u0041", b"true", b'{"a":"b"}',
]  # fmt: skip


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _row(raw: bytes) -> bytes:
    return (
        b'{"t":1,"ms":0.5,"status":200,"ask":[{"method":"eth_getBlockByNumber","params":["0x1",true],"id":1}],"raw":'
        + raw
        + b"}"
    )


def _plain(value: Any) -> Any:
    """Every list of transactions as JSON has it."""
    if isinstance(value, Listed):
        return [*value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _read(read: Any, data: bytes) -> Any:
    try:
        return _plain(read(data))
    except NotJsonError:
        return NotJsonError


def _same(data: bytes) -> None:
    assert repr(_read(answered, data)) == repr(_read(parsed, data))
    assert repr(_read(row_of, _row(data))) == repr(_read(lines.parsed, _row(data)))
    assert repr(_read(row_of, data)) == repr(_read(lines.parsed, data))


Change = tuple[int, int, bytes]
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 12), st.sampled_from([*PIECES, b""])), max_size=3)


def _changed(data: bytes, changes: Sequence[Change]) -> bytes:
    for place, dropped, piece in changes:
        at = place % (len(data) + 1)
        data = data[:at] + piece + data[at + dropped :]
    return data


@given(CHANGES, st.integers(0, 1 << 16))
@settings(max_examples=1500)
def test_whatever_is_done_to_an_answer_it_says_the_same_or_is_refused_alike(changes: list[Change], cut: int) -> None:
    data = _changed(_compact(ANSWERS), changes)
    _same(data)
    _same(data[: cut % (len(data) + 1)])


ITEMS = st.sampled_from(["0x2", "", "0x", 1, None, [], {}, True, [1], "é", 'a"b', "a\\b", "a{b", "a:b", "]", "\x7f"])
OBJECTS = st.lists(st.dictionaries(st.sampled_from([*listed.NAMES, "other", "a b", ""]), ITEMS, min_size=1), max_size=4)


@given(st.lists(OBJECTS, max_size=4))
@settings(max_examples=300)
@example([[{"a": "b"}], [{"to": None}], []])
def test_lists_of_any_flat_objects_are_what_json_says(bodies: list[list[dict[str, Any]]]) -> None:
    answers = [{"id": at, "result": {"transactions": body}} for at, body in enumerate(bodies)]
    _same(_compact(answers))
    for each in _lists(answered(_compact(answers))):
        spans, _ = each.spans
        told = [[each.text[begin:end].decode() if begin > 0 else "" for begin, end in row] for row in spans.tolist()]
        assert told == [[one.get(name) or "" for name in listed.NAMES] for one in each]


def _lists(value: Any) -> list[Listed]:
    return [each["result"]["transactions"] for each in value if isinstance(each["result"]["transactions"], Listed)]


def test_what_nodes_usually_write_is_taken_from_the_text() -> None:
    """Else the tests before would compare nothing."""
    assert [len(each) for each in _lists(answered(_compact(ANSWERS)))] == [2, 4, 1]
    row = row_of(_row(_compact(ANSWERS)))
    assert row is not None
    assert len(_lists(row["raw"])) == 3
    assert isinstance(answered(_compact(ANSWERS[1]))["result"]["transactions"], Listed)


def test_a_text_of_many_shapes_and_a_value_of_many_braces_cost_no_more_than_their_json() -> None:
    many = _compact([{"result": {"transactions": [{f"a{at}": "b"}]}} for at in range(99)])
    assert len(_lists(answered(many))) == 32
    _same(many)
    _same(_compact([{"result": {"transactions": [{f"a{at}": "b" for at in range(99)}]}}]))
    _same(_compact([{"result": {"transactions": [{"a" * 2000: "b"}]}}]))
    (found,) = _lists(
        answered(_compact([{"result": {"transactions": [{"input": "{" * (1 << 22), "to": "{"}, {"to": "{"}]}}]))
    )
    room: Any = found.spans[0].base
    assert memoryview(room).nbytes < 1 << 12
    assert len(found) == 2


@pytest.mark.parametrize("piece", [b'"hash":"0x1",', b'"type":"0x2",', b'"x":"1","x":"1",'])
def test_a_key_twice_in_a_transaction_is_refused(piece: bytes) -> None:
    data = _compact(ANSWERS).replace(b'[{"type"', b"[{" + piece + b'"type"', 1)
    with pytest.raises(NotJsonError):
        answered(data)
    _same(data)


MARK = -4611686018427380000
BODY = '[{"a":"b"}]'
FORGED = [
    f'[{{"result":{{"transactions":{MARK}}}}},{{"result":{{"other":[{{"transactions":{BODY}}}]}}}}]',
    f'[{{"result":{{"transactions":{MARK}}}}},{{"result":{{"transactions":{BODY}}}}}]',
    f'[{{"result":{{"transactions":{BODY}}}}},{{"result":{{"transactions":{MARK}}}}}]',
    f'[{{"result":{{"transactions":{BODY}}},"text":"{MARK}"}}]',
    f'[{{"result":{{"transactions":{BODY},"transactions":{BODY}}}}}]',
    f'[{{"result":{{"transactions":{BODY}}},"result":{{"transactions":{BODY}}}}}]',
    f'[{{"result":{{"transactions":{BODY}7}}}}]',
    f'[{{"result":{{"transactions":{BODY}.5}}}}]',
    f'[{{"result":{{"transactions":{BODY}e0}}}}]',
    f'[{{"result":{{"\\"transactions":{BODY}}}}}]',
    f'[{{"result":{{"a":",\\"transactions":{BODY}}}}}]',
    f'[{{"result":{{"a":"x,"transactions":{BODY}}}}}]',
    f'{{"transactions":{BODY}}}',
    f'[{{"transactions":{BODY}}}]',
    '[{"result":{"transactions":[{"a":"b"},]}}]',
    '[{"result":{"transactions":[{"a":"b"}',
    '[{"result":{"transactions":[{"a":"b"},{"b":"c"},{"a":"b"}]}}]',
]


@pytest.mark.parametrize("text", FORGED)
def test_no_text_stands_in_for_a_list_that_was_taken_out(text: str) -> None:
    _same(text.encode())


TXS = st.lists(
    st.builds(
        lambda base, changes, dropped: {name: each for name, each in {**base, **changes}.items() if name != dropped},
        st.sampled_from(USUAL),
        st.dictionaries(st.sampled_from([*OF_2]), st.sampled_from([*ODD, ACCESS]), max_size=1),
        st.sampled_from(["", *OF_2]),
    ),
    min_size=1,
    max_size=6,
)


@given(TXS)
@settings(max_examples=400)
def test_blocks_of_taken_lists_are_those_of_objects(txs: list[dict[str, Any]]) -> None:
    given = {**BLOCKS[1], "transactions": txs}
    (taken,) = answered(_compact([{"result": given}]))
    assert block_of("evm", taken["result"]) == block_of("evm", json.loads(_compact(given)))
    assert _called(taken["result"]) == _called(given)


def test_usual_transactions_of_a_taken_list_are_all_read_together() -> None:
    (found,) = _lists(answered(_compact([{"result": {"transactions": USUAL}}])))
    assert [*typed.together(found)] == [*range(len(USUAL))]


def test_another_kind_of_chain_reads_taken_lists_as_objects() -> None:
    flat = {name: each for name, each in LEGACY.items() if isinstance(each, str)}
    (found,) = _lists(answered(_compact([{"result": {"transactions": [flat, {**flat, "nonce": "0x8"}]}}])))
    made = _of_fisco(found)
    assert made == _of_fisco([*found])
    assert len(made.txs) == 2


def _of_fisco(given: Sequence[Mapping[str, Any]]) -> Block:
    made = Block("fisco2", 1, bytes(32), bytes(32), "keccak256", bytes(32), 0)
    fisco2.transactions(made, given, fisco2.transaction, bytes(32), lambda hashes, _: b"".join(hashes))
    return made
