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
from probes.chain.wire.listed import Listed
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
    found = [_parts(decode(each)) for each in encoded]
    numbers = [_number(header[8]) for header, _ in found]
    claims = [
        _bytes(header[0]) if after == now + 1 else b""
        for (header, _), now, after in zip(found[1:], numbers, numbers[1:], strict=False)
    ]
    made = []
    for (header, body), claimed in zip(found, [*claims, b""], strict=True):
        block = _block("evm-rlp", header, claimed)
        txs = [typed.raw(tx) for tx in body]
        block.txs, block.count = tuple(tx for tx, _ in txs), len(txs)
        block.tx_hashes = tuple(tx.hash for tx in block.txs)
        block.tx_root_ok = mpt.root([raw for _, raw in txs]) == _bytes(header[4])
        made.append(block)
    return made


def _parts(item: Item) -> tuple[list[Item], list[Item]]:
    """Header and transactions of an RLP block."""
    if isinstance(item, bytes) or len(item) < 3:
        raise MalformedError("This RLP item is no block.", cure="use a file of RLP blocks.")
    header, body = item[0], item[1]
    if isinstance(header, bytes) or isinstance(body, bytes) or not _LEAST <= len(header) <= _MOST:
        raise MalformedError("This RLP item is no block.", cure="use a file of RLP blocks.")
    if any(_bytes(header[at])[:1] == b"\0" for at in range(7, _EXTRA)):
        raise MalformedError("A number of a header is not in its shortest form.", cure="export the blocks again.")
    return [*header], [*body]


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
        made.sealers, made.seals, made.proposer = sealed.sealers, [*sealed.seals], sealed.proposer
        made.quorum = 0 if made.genesis else sealed.quorum
    return made


def _transactions(made: Block, given: Any, root: bytes) -> None:
    if given is None:
        return
    if not isinstance(given, list | Listed):
        raise MalformedError("The transactions are no list.", cure="fetch the block again.")
    whole = given if isinstance(given, Listed) else [each for each in given if isinstance(each, Mapping)]
    made.count = len(given)
    if not whole:
        made.tx_hashes = tuple(octets(each, 32) for each in given)
        made.tx_root_ok = root == mpt.EMPTY if not given else None
        return
    if len(whole) != len(given):
        raise MalformedError("Some transactions are whole and some are not.", cure="fetch the block again.")
    usual = typed.together(whole)
    found = [usual[at] if at in usual else _guarded(whole[at]) for at in range(len(whole))]
    made.txs, made.tx_hashes = tuple(tx for tx, _ in found), tuple(tx.hash for tx, _ in found)
    known = [each for _, each in found if each is not None]
    made.tx_root_ok = len(known) == len(found) and mpt.root(known) == root


def _guarded(given: Mapping[str, Any]) -> tuple[Tx, bytes | None]:
    """One transaction and its bytes; what cannot be read keeps its place and its code."""
    try:
        return typed.read(given)
    except (MalformedError, TypeError, KeyError, AttributeError, ValueError, OverflowError):
        return Tx(b"", None, b"", b"", b"", b"", "call", fault="tx_unreadable"), None


def _number(item: Item) -> int:
    return int.from_bytes(_bytes(item), "big")


def _bytes(item: Item) -> bytes:
    if not isinstance(item, bytes):
        raise MalformedError("A field of a header is a list.", cure="fetch the block again.")
    return item
