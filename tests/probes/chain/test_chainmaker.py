# SPDX-License-Identifier: Apache-2.0
"""Recorded blocks of ChainMaker. The block was serialised by the protocol buffers of its Python SDK (chainmaker 3.0.7), not by us."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from probes.chain.analyse import analyse_chain
from probes.chain.formats import chainmaker
from probes.chain.wire import requests
from probes.chain.wire.protobuf import message, pieces
from probes.chain.wire.sm3 import sm3

HEADER = bytes.fromhex(
    "08f8f47b1a06636861696e3120073220000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f40024a20"
    "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20522002030405060708090a0b0c0d0e0f10111213"
    "1415161718191a1b1c1d1e1f20215a20030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021226080e2cf"
    "aa066a020801720e0a0777782d6f7267311a0350454d"
)
"""Without hash and signature."""
DIGEST = "ed2d3bc80a8651fd2a3d20c22658eaa7cbc8c2a96c8202ee7035d92264fc6e98"
_HASH_AT = HEADER.index(bytes.fromhex("3220"))


def block(digest: bytes, header: bytes = HEADER) -> bytes:
    """A Block of which only the header was asked; hash and signature where they belong by their numbers."""
    whole = header[:_HASH_AT] + b"\x2a\x20" + digest + header[_HASH_AT:] + b"\x7a\x03sig"
    return b"\x0a" + bytes([len(whole) & 0x7F | 0x80, len(whole) >> 7]) + whole


def written(digest: bytes, **more: Any) -> dict[str, Any]:
    b64 = lambda begin: base64.b64encode(bytes(range(begin, begin + 32))).decode()  # noqa: E731
    header = {
        "block_version": 2030200, "chain_id": "chain1", "block_height": "7", "block_hash": base64.b64encode(digest).decode(),
        "pre_block_hash": b64(0), "tx_count": 2, "tx_root": b64(1), "dag_hash": b64(2), "rw_set_root": b64(3),
        "block_timestamp": "1700000000", "consensus_args": "CAE=", "proposer": {"org_id": "wx-org1", "member_info": "UEVN"},
        "signature": "c2ln",
    }  # fmt: skip
    return {"block": {"header": {**header, **more}, "txs": [{}, {}]}}


def analysed(data: bytes, folder: Path) -> dict[str, Any]:
    (folder / "block").write_bytes(data)
    (found,) = analyse_chain([folder / "block"])["files"]
    return dict(found)


@pytest.mark.parametrize(("digest", "name"), [(bytes.fromhex(DIGEST), "sha256"), (sm3(HEADER), "sm3")])
def test_the_hash_of_a_header_says_by_what_it_was_hashed(digest: bytes, name: str, tmp_path: Path) -> None:
    assert hashlib.sha256(HEADER).hexdigest() == DIGEST
    outer = block(digest)
    info = b"\x0a" + bytes([len(outer) & 0x7F | 0x80, len(outer) >> 7]) + outer
    for data in (outer, info, json.dumps(written(digest)).encode()):
        found = analysed(data, tmp_path)
        assert (found["format"], found["hash_algorithm"], found["consistent"]) == ("chainmaker", name, True), found
        (told,) = found["blocks"]
        assert (told["number"], told["txs"], told["signer"], told["header_ok"]) == (7, 2, "wx-org1", True)
        assert "tx_root_ok" not in told


BENT = {
    "another height": json.dumps(written(sm3(HEADER), block_height=8)).encode(),
    "a negative height": json.dumps(written(sm3(HEADER), block_height=-8)).encode(),
    "a field that nobody knows": json.dumps(written(sm3(HEADER), bonus=1)).encode(),
    "no base64": json.dumps(written(sm3(HEADER), tx_root="?")).encode(),
    "a hash of another": block(bytes(32)),
    "one transaction more": block(sm3(HEADER)) + b"\x1a\x02\x22\x00",
    "an altered byte": block(sm3(HEADER)).replace(b"wx-org1", b"wx-org2"),
    "cut off": block(sm3(HEADER))[:100],
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_block_is_not_consistent(name: str, tmp_path: Path) -> None:
    assert not analysed(BENT[name], tmp_path)["consistent"]


TRANSACTION = bytes.fromhex(
    "0a6d0a06636861696e311a40616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162"
    "616261626162616261626162616261622080e2cfaa06320574726163653a03707574420f0a04636f64651207677261696e203712150a0e0a0777782d"
    "6f7267311a0350454d12037369672237121312026f6b20e7242a0a0a01741a0574726163651a20000102030405060708090a0b0c0d0e0f1011121314"
    "15161718191a1b1c1d1e1f"
)
"""A Transaction of the SDK's protocol buffers that used gas; below, its hash without the gas, of their bytes as well."""


@pytest.mark.parametrize(
    ("version", "digest"),
    [
        (2030200, "4f4a3eebcf87179eeb7f6ed9870cf37e4cd4ff7b8ba688a4b86a45ac5715bbd5"),
        (220, hashlib.sha256(TRANSACTION).hexdigest()),
    ],
)
def test_gas_is_no_part_of_the_hash_of_a_newer_transaction(version: int, digest: str) -> None:
    head = message((1, version), (3, "chain1"), (4, 7), (5, bytes(31) + b"1"), (8, 1), (9, bytes.fromhex(digest)))
    bare = b"".join(each for at, _, each in pieces(head) if at != 5)
    head = head.replace(message((5, bytes(31) + b"1")), message((5, hashlib.sha256(bare).digest())))
    made = chainmaker.of_bytes(message((1, head), (3, TRANSACTION)))
    assert (made.tx_root_ok, made.txs[0].kind, made.txs[0].failed, made.txs[0].good) == (True, "call", False, False)


def test_questions_and_answers_are_those_of_the_sdk() -> None:
    asked = bytes.fromhex(
        "0a9a010a06636861696e3110011a40636463646364636463646364636463646364636463646364636463646364636463646364636463646364636463"
        "646364636463646364636463646364636463642080e2cfaa06320b434841494e5f51554552593a134745545f424c4f434b5f42595f48454947485442"
        "100a0b626c6f636b48656967687412013742120a09776974685257536574120566616c736512150a0e0a0777782d6f7267311a0350454d1203736967"
    )
    pairs = [("blockHeight", "7"), ("withRWSet", "false")]
    told = requests.payload("chain1", "GET_BLOCK_BY_HEIGHT", pairs, "cd" * 32, 1700000000)
    assert requests.request(told, requests.member("wx-org1", b"PEM"), b"sig") == asked
    config = "0a06636861696e311207323033303230302a050a03534d334210120e0a0777782d6f7267311a03516d414a0f0a0777782d6f7267311204524f4f54"
    found = requests.chain_config(bytes.fromhex(config))
    assert found == ("2030200", "SM3", {"QmA": "wx-org1"}, {"wx-org1": (b"ROOT",)})
    info = bytes.fromhex("080912130a03516d4112062f6970342f311a0463657274")
    assert requests.chain_info(info) == (9, [("QmA", b"cert")])


def test_a_document_without_blocks_gives_none() -> None:
    assert not list(chainmaker.of_json({"a": [1, None, {"header": {"x": 1}}]}))
