# SPDX-License-Identifier: Apache-2.0
"""Recorded blocks of ChainMaker (长安链): the header as protocol buffer without its hash and signature, hashed by SM3 or SHA-256.

Read are ``common.Block`` and ``common.BlockInfo`` as bytes, and the JSON that ``cmc query block-by-height`` prints (bytes in
base64). Of bytes the root of the transactions is recomputed and each sender's signature checked: a transaction is hashed as it lies
in the block, from block version 2300 on without the gas that it used. JSON is written anew by every tool, so that nothing is said
of its transactions. A sender that is named by the hash of its certificate only cannot be checked, and is not believed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from harness.errors import DecodeError
from probes.chain.formats import msp
from probes.chain.formats.block import Block, Tx
from probes.chain.formats.certificate import chained_to, raw, spki
from probes.chain.wire import sm2
from probes.chain.wire.claims import Claim
from probes.chain.wire.merkle import Hash, doubled
from probes.chain.wire.protobuf import Fields, count, fields, inside, message, messages, part, pieces
from probes.chain.wire.requests import Config
from probes.chain.wire.sm3 import sm3

_HASH, _SIGNATURE = 5, 15
_WITHOUT_GAS = 2300
"""Block version from which on the gas used is no part of a transaction's hash."""
_SYSTEM = {
    b"CHAIN_CONFIG", b"CHAIN_QUERY", b"CERT_MANAGE", b"GOVERNANCE", b"MULTI_SIGN", b"CONTRACT_MANAGE", b"PRIVATE_COMPUTE",
    b"DPOS_ERC20", b"DPOS_STAKE", b"SUBSCRIBE_MANAGE", b"ARCHIVE_MANAGE", b"CROSS_TRANSACTION", b"PUBKEY_MANAGE",
    b"ACCOUNT_MANAGER", b"RELAY_CROSS", b"TRANSACTION_MANAGER", b"T",
}  # fmt: skip
"""Contracts of the chain itself (pb syscontract/system_contract.proto)."""
_CERTIFICATE, _KEY = 0, 2
_VOTES, _PRECOMMIT = b"TBFTAddtionalDataKey", 1
"""Where the votes lie; it is written so."""
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


def of_bytes(data: bytes, config: Config | None = None) -> Block:
    """The block of a message; DecodeError where it is none. ``config``: the chain's, by which its votes are held (TBFT)."""
    outer = fields(data)
    for header, body in ((part(outer, 1), outer), (part(fields(part(outer, 1)), 1), fields(part(outer, 1)))):
        told = _fields(header)
        if len(part(told, _HASH)) == 32 and len(part(told, 6)) in {0, 32} and part(told, 3):
            made = _block(told, _without(header, _HASH, _SIGNATURE), len(body.get(3, [])))
            _transactions(made, told, [each for each in body.get(3, []) if isinstance(each, bytes)])
            if config is not None and not made.genesis:
                _votes(made, fields(part(body, 4)), config)
            return made
    raise DecodeError("This is no block of ChainMaker.", cure="export the block again.")


def of_answer(method: str, answer: bytes) -> tuple[int, str, bytes]:
    """(code, message, result) of what a node answers to a request (pb common/result.proto, TxResponse); 0 is success.

    ``method`` GET_BLOCK_BY_HEIGHT gives a BlockInfo, GET_BLOCK_HEADER_BY_HEIGHT a BlockHeader, which is given as a block here.
    """
    told = fields(answer)
    inner = fields(part(told, 3))
    result, code = part(inner, 2), count(told, 1) or count(inner, 1)
    said = part(told, 2) or part(inner, 3)
    return (
        code,
        said.decode("utf-8", "replace"),
        inside(1, result) if method == "GET_BLOCK_HEADER_BY_HEIGHT" else result,
    )


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
    made.genesis, made.count, made.channel = number == 0, count(told, 8), part(told, 3).decode("utf-8", "replace")
    made.signer, made.tx_root = part(_fields(part(told, 14)), 1).decode("utf-8", "replace"), part(told, 9)
    if made.count >= 1 << 31:
        raise DecodeError("This is no block of ChainMaker.", cure="export the block again.")
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
    return _block(fields(whole), _without(whole, _HASH, _SIGNATURE), len(txs) if isinstance(txs, list) else 0)


def _transactions(made: Block, told: Fields, given: list[bytes]) -> None:
    """Read the block's transactions, and hold them against its root."""
    if not given:
        return
    digest = _ALGORITHMS.get(made.algorithm, sm3)
    bare = count(told, 1) >= _WITHOUT_GAS
    made.txs = tuple(_transaction(each, digest, bare=bare) for each in given)
    made.tx_hashes = tuple(each.hash for each in made.txs)
    made.tx_root_ok = doubled(made.tx_hashes, digest) == part(told, 9)


def _transaction(data: bytes, digest: Hash, *, bare: bool) -> Tx:
    """One transaction (pb common/transaction.proto): payload 1, sender 2, result 4. What cannot be read keeps its place and code."""
    try:
        whole = fields(data)
        payload, result = fields(part(whole, 1)), fields(part(whole, 4))
        hashed = digest(_gasless(data) if bare else data)
        outcome = fields(part(result, 2))
    except DecodeError:
        told = digest(data)
        return Tx(told, told, b"", b"", b"", b"", "call", fault="tx_unreadable")
    contract, parameters = part(payload, 6), [each for each in payload.get(8, []) if isinstance(each, bytes)]
    written = b"".join([inside(7, part(payload, 7)), *(inside(8, each) for each in parameters)])
    sender = _fields(part(whole, 2))
    made = Tx(
        hashed,
        hashed,
        part(sender, 1),
        part(payload, 3),
        contract,
        written,
        "system" if contract in _SYSTEM else "call",
    )
    made.failed = count(result, 1) != 0 or count(outcome, 1) != 0 if 4 in whole else None
    _signed(made, fields(part(sender, 1)) if sender else {}, part(sender, 2), part(whole, 1))
    return made


def _signed(made: Tx, member: Fields, signature: bytes, told: bytes) -> None:
    """Note whose signature it is said to be, or check it at once where it is none of SM2."""
    kind, given = count(member, 2), part(member, 3)
    key = spki(given) if kind in {_CERTIFICATE, _KEY} else b""
    if key:
        made.claim = Claim(sm2.digest(told, key), raw(signature), key, -1)
    else:
        made.good = kind in {_CERTIFICATE, _KEY} and msp.signed_by(given, signature, told)


def _votes(made: Block, additional: Fields, config: Config) -> None:
    """Hold the precommit votes that lie beside the block (consensus/tbft: more than two thirds of the sealers).

    A vote is signed without its endorsement. It counts where an authority of the voter's own organisation issued who signed, and
    a key votes once, for whatever voter. Votes that cannot be held (of keys without certificate, of sealers that the configuration no
    longer names) leave the block without seals, where the others are too few.
    """
    entries = {part(each, 1): part(each, 2) for each in messages(additional, 1)}
    if _VOTES not in entries:
        return
    made.sealers, made.quorum = tuple(each.encode() for each in config.sealers), 2 * len(config.sealers) // 3 + 1
    keys, good, unheld = set[bytes](), set[int](), False
    for each in messages(fields(entries[_VOTES]), 6):
        cast = part(each, 2)
        vote = fields(cast)
        voter, endorsement = part(vote, 2), fields(part(vote, 6))
        signer, signature, told = fields(part(endorsement, 1)), part(endorsement, 2), _without(cast, 6)
        if (part(vote, 5), count(vote, 1), count(vote, 3)) != (made.claimed, _PRECOMMIT, made.number):
            continue
        given = part(signer, 3)
        roots = config.roots.get(config.sealers.get(voter.decode("utf-8", "replace"), ""), ())
        if voter not in made.sealers or count(signer, 2) != _CERTIFICATE:
            unheld = True
            continue
        key = spki(given)
        whose = key or msp.point(given)
        if not whose or whose in keys:
            continue
        keys.add(whose)
        at = made.sealers.index(voter)
        if key and chained_to(given, roots):
            made.seals.append((at, Claim(sm2.digest(told, key), raw(signature), key, -1)))
        elif not key and msp.signed_by(given, signature, told) and msp.issued(given, roots):
            good.add(at)
    if unheld and max(len(made.seals), len(good)) < made.quorum:
        made.seals, made.sealers, made.quorum = [], (), 0
    elif not made.seals:
        made.vouched = len(good) >= made.quorum


def _gasless(data: bytes) -> bytes:
    """The transaction without the gas used: field 4 of the contract's result (2) of its result (4)."""
    return _changed(data, 4, lambda result: _changed(result, 2, lambda contract: _without(contract, 4)))


def _changed(data: bytes, number: int, change: Hash) -> bytes:
    found = []
    for at, value, whole in pieces(data):
        found.append(inside(at, change(value)) if at == number and isinstance(value, bytes) else whole)
    return b"".join(found)


def _encoded(number: int, kind: str, value: Any) -> bytes:
    """A field as proto3 writes it: what is zero or empty is left out."""
    if kind in {"number", "kind"}:
        plain = _KINDS[value] if kind == "kind" and isinstance(value, str) and value in _KINDS else int(value or 0)
        return message((number, plain))
    if kind == "member":
        within = {_snake(str(key)): each for key, each in (value or {}).items()}
        data = b"".join(_encoded(at, form, within.get(name)) for at, name, form in _MEMBER)
    else:
        data = str(value or "").encode() if kind == "text" else base64.b64decode(value or "", validate=True)
    return message((number, data))


def _without(data: bytes, *numbers: int) -> bytes:
    """A message's bytes without these fields."""
    return b"".join(whole for at, _, whole in pieces(data) if at not in numbers)


def _fields(data: bytes) -> Fields:
    try:
        return fields(data)
    except DecodeError:
        return {}


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
