# SPDX-License-Identifier: Apache-2.0
"""Blocks of Ethereum's kind (geth, Besu, Quorum, anvil …) from JSON-RPC or RLP: header hash, transaction root, seals.

Fields of later forks follow in their order when they are there (EIP-1559, 4895, 4844, 4788, 7685).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from probes.chain.formats import seals, typed
from probes.chain.formats.block import Block, Tx
from probes.chain.wire import mpt
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, decode, encode
from probes.chain.wire.rlp import natural as short
from probes.chain.wire.values import MalformedError, natural, octets, taken

_BYTES = {
    "parentHash": 32, "sha3Uncles": 32, "miner": 20, "stateRoot": 32, "transactionsRoot": 32, "receiptsRoot": 32, "logsBloom": 256,
}  # fmt: skip
_NUMBERS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_LATER = (
    ("baseFeePerGas", 0), ("withdrawalsRoot", 32), ("blobGasUsed", 0), ("excessBlobGas", 0),
    ("parentBeaconBlockRoot", 32), ("requestsHash", 32),
)  # fmt: skip
_EXTRA, _LEAST, _MOST = 12, 15, 21


def block(given: Mapping[str, Any]) -> Block:
    """The block of an eth_getBlockBy… answer; MalformedError where something is missing."""
    fields: list[Item] = [octets(taken(given, name), size) for name, size in _BYTES.items()]
    fields += [short(natural(taken(given, name))) for name in _NUMBERS]
    fields.append(octets(taken(given, "extraData")))
    fields += [octets(taken(given, "mixHash"), 32), octets(taken(given, "nonce"), 8)]
    for name, size in _LATER:
        if given.get(name) is not None:
            fields.append(octets(given[name], size) if size else short(natural(given[name])))
    claimed = octets(taken(given, "hash"), 32)
    made = _block("evm", fields, claimed)
    _transactions(made, given.get("transactions"), octets(given["transactionsRoot"], 32))
    return made


def blocks_of_rlp(encoded: Sequence[bytes]) -> list[Block]:
    """Blocks of a file of RLP blocks; what a block's hash should be stands in the next one's parentHash.

    MalformedError where there is none or one is not whole.
    """
    if not encoded:
        raise MalformedError("There is no whole block.", cure="export the blocks again.")
    parsed = [decode(each) for each in encoded]
    headers = []
    for each in parsed:
        lists = (
            not isinstance(each, bytes)
            and len(each) >= 3
            and not isinstance(each[0], bytes)
            and not isinstance(each[1], bytes)
        )
        if not lists or not _LEAST <= len(each[0]) <= _MOST:
            raise MalformedError("This RLP item is no block.", cure="use a file of RLP blocks.")
        headers.append([*each[0]])
    numbers = [_number(header[8]) for header in headers]
    claims = [
        _bytes(each[0]) if after == now + 1 else b""
        for each, now, after in zip(headers[1:], numbers, numbers[1:], strict=False)
    ]
    claims.append(b"")
    made = []
    for header, claimed, body in zip(headers, claims, parsed, strict=True):
        each = _block("evm-rlp", header, claimed)
        found = [typed.raw(tx) for tx in body[1]]
        each.txs, each.count = tuple(tx for tx, _ in found), len(found)
        each.tx_hashes = tuple(tx.hash for tx in each.txs)
        each.tx_root_ok = mpt.root([raw for _, raw in found]) == _bytes(header[4])
        made.append(each)
    return made


def _block(form: str, fields: list[Item], claimed: bytes) -> Block:
    """``claimed`` is empty where nobody says the hash; a hash that its own kind of seals gives is then taken as it is."""
    number, extra = _number(fields[8]), _bytes(fields[_EXTRA])
    found, engine, sealed = keccak256(encode(fields)), "", None
    for candidate in seals.readings(fields, extra, number):
        if candidate.hash == claimed or (not claimed and candidate.certain):
            found, engine, sealed = candidate.hash, candidate.engine, candidate
            break
    known = claimed or found
    algorithm = "keccak256" if found == known else ""
    made = Block(form, number, known, found, algorithm, _bytes(fields[0]), 1000 * _number(fields[11]))
    made.genesis = number == 0
    if sealed is not None and engine:
        made.sealers, made.seals, made.proposer = sealed.sealers, sealed.seals, sealed.proposer
        made.quorum = 0 if made.genesis else sealed.quorum
    return made


def _transactions(made: Block, given: Any, root: bytes) -> None:
    if given is None:
        return
    if not isinstance(given, list):
        raise MalformedError("The transactions are no list.", cure="fetch the block again.")
    made.count = len(given)
    whole = [each for each in given if isinstance(each, Mapping)]
    if not whole:
        made.tx_hashes = tuple(octets(each, 32) for each in given)
        made.tx_root_ok = root == mpt.EMPTY if not given else None
        return
    if len(whole) != len(given):
        raise MalformedError("Some transactions are whole and some are not.", cure="fetch the block again.")
    encodings = []
    txs = []
    for each in whole:
        try:
            txs.append(typed.transaction(each))
            encodings.append(typed.encoded(each))
        except (MalformedError, TypeError, KeyError, AttributeError, ValueError, OverflowError):
            txs.append(Tx(b"", None, b"", b"", b"", b"", "call", fault="tx_unreadable"))
            encodings.append(None)
    made.txs, made.tx_hashes = tuple(txs), tuple(tx.hash for tx in txs)
    known = [each for each in encodings if each is not None]
    made.tx_root_ok = len(known) == len(encodings) and mpt.root(known) == root


def _number(item: Item) -> int:
    return int.from_bytes(_bytes(item), "big")


def _bytes(item: Item) -> bytes:
    if not isinstance(item, bytes):
        raise MalformedError("A field of a header is a list.", cure="fetch the block again.")
    return item
