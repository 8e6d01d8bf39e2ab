# SPDX-License-Identifier: Apache-2.0
"""Recorded blocks of ChainMaker (长安链): the header as protocol buffer without its hash and signature, hashed by SM3 or SHA-256.

Read are ``common.Block`` and ``common.BlockInfo`` as bytes, and the JSON that ``cmc query block-by-height`` prints (bytes in
base64). The root of the transactions is not recomputed: its tree is not published, so nothing is said of single transactions.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from harness.errors import DecodeError
from probes.chain.formats.block import Block
from probes.chain.wire.merkle import Hash
from probes.chain.wire.protobuf import Fields, count, fields, part, varint
from probes.chain.wire.sm3 import sm3

_HASH, _SIGNATURE = 5, 15
_FIELDS = (
    (1, "block_version", "number"), (2, "block_type", "kind"), (3, "chain_id", "text"), (4, "block_height", "number"),
    (5, "block_hash", "bytes"), (6, "pre_block_hash", "bytes"), (7, "pre_conf_height", "number"), (8, "tx_count", "number"),
    (9, "tx_root", "bytes"), (10, "dag_hash", "bytes"), (11, "rw_set_root", "bytes"), (12, "block_timestamp", "number"),
    (13, "consensus_args", "bytes"), (14, "proposer", "member"), (15, "signature", "bytes"),
)  # fmt: skip
_MEMBER = ((1, "org_id", "text"), (2, "member_type", "kind"), (3, "member_info", "bytes"))
_KINDS = {
    "NORMAL_BLOCK": 0, "CONFIG_BLOCK": 1, "CONTRACT_MGR_BLOCK": 2, "HAS_COINBASE": 4,
    "CERT": 0, "CERT_HASH": 1, "PUBLIC_KEY": 2, "DID": 3, "ALIAS": 4, "ADDR": 5,
}  # fmt: skip


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_ALGORITHMS: Mapping[str, Hash] = {"sm3": sm3, "sha256": _sha256}


def of_bytes(data: bytes) -> Block:
    """The block of a message; DecodeError where it is none."""
    outer = fields(data)
    for header, body in ((part(outer, 1), outer), (part(fields(part(outer, 1)), 1), fields(part(outer, 1)))):
        told = _fields(header)
        if len(part(told, _HASH)) == 32 and len(part(told, 6)) in {0, 32} and part(told, 3):
            return _block(told, _without(header), len(body.get(3, [])))
    raise DecodeError("This is no block of ChainMaker.", cure="export the block again.")


def of_json(value: Any) -> Iterator[Block]:
    """The blocks of a document; DecodeError for a block that cannot be read. Nothing where there is none."""
    if isinstance(value, list):
        for each in value:
            yield from of_json(each)
    elif isinstance(value, Mapping):
        plain = {_snake(str(key)): each for key, each in value.items()}
        header = plain.get("header")
        if isinstance(header, Mapping) and {"block_hash", "blockHash"} & header.keys():
            yield _written(header, plain.get("txs"))
        else:
            for key in ("block", "block_info", "result", "data"):
                yield from of_json(plain.get(key))


def _block(told: Fields, preimage: bytes, txs: int) -> Block:
    claimed, number = part(told, _HASH), count(told, 4)
    found = {name: digest(preimage) for name, digest in _ALGORITHMS.items()}
    algorithm = next((name for name, digest in found.items() if digest == claimed), "")
    made = Block(
        "chainmaker", number, claimed, found[algorithm or "sm3"], algorithm, part(told, 6), 1000 * count(told, 12)
    )
    made.genesis, made.count = number == 0, count(told, 8)
    made.signer = part(_fields(part(told, 14)), 1).decode("utf-8", "replace")
    if txs and txs != made.count:
        made.faults.append("tx_count")
    return made


def _written(header: Mapping[str, Any], txs: Any) -> Block:
    plain = {_snake(str(key)): each for key, each in header.items()}
    unknown = sorted(plain.keys() - {name for _, name, _ in _FIELDS})
    if unknown:
        msg = f"A header of ChainMaker has no {unknown[0]}."
        raise DecodeError(msg, cure="export the block again.")
    try:
        whole = b"".join(_encoded(number, kind, plain.get(name)) for number, name, kind in _FIELDS)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DecodeError("A field of the block is of another kind.", cure="export the block again.") from None
    return _block(fields(whole), _without(whole), len(txs) if isinstance(txs, list) else 0)


def _encoded(number: int, kind: str, value: Any) -> bytes:
    """A field as proto3 writes it: what is zero or empty is left out."""
    if kind in {"number", "kind"}:
        plain = _KINDS[value] if kind == "kind" and isinstance(value, str) and value in _KINDS else int(value or 0)
        return b"" if plain == 0 else _varint(number << 3) + _varint(plain)
    if kind == "member":
        inside = {_snake(str(key)): each for key, each in (value or {}).items()}
        data = b"".join(_encoded(at, form, inside.get(name)) for at, name, form in _MEMBER)
    else:
        data = str(value or "").encode() if kind == "text" else base64.b64decode(value or "", validate=True)
    return b"" if not data else _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    if not 0 <= value < 1 << 64:
        raise ValueError(value)
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _without(header: bytes) -> bytes:
    """The header's bytes without its hash and its signature."""
    kept, at = b"", 0
    while at < len(header):
        begin = at
        tag, at = varint(header, at)
        size, at = varint(header, at)
        at += size if tag & 7 == 2 else 0
        kept += b"" if tag >> 3 in {_HASH, _SIGNATURE} else header[begin:at]
    return kept


def _fields(data: bytes) -> Fields:
    try:
        return fields(data)
    except DecodeError:
        return {}


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
