# SPDX-License-Identifier: Apache-2.0
"""Blocks and transactions of FISCO BCOS 3.x: fields one after the other, hashed by SM3 or Keccak-256.

In the genesis block the three roots and gasUsed are empty where they are hashed, although a node prints zeros and "0".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from probes.chain.formats.block import Block, Tx
from probes.chain.formats.fisco2 import NOBODY, address, kind, majority, matched, seal, signed, transactions
from probes.chain.wire.merkle import Hash, plain16, root3
from probes.chain.wire.values import MalformedError, natural, octets, taken

_WIDTH_TWO = 0x03020000
"""Blocks of version 3.2.0 and later have a Merkle tree of width two."""
_I64 = 1 << 63


def block(given: Mapping[str, Any]) -> Block:
    """The block of a getBlock answer; MalformedError where something is missing."""
    number, claimed, version = natural(taken(given, "number")), octets(taken(given, "hash"), 32), _version(given)
    sealers = tuple(octets(each, 64) for each in _list(given, "sealerList"))
    weights = tuple(natural(each) for each in _list(given, "consensusWeights"))
    parents = [
        (natural(taken(each, "blockNumber")), octets(taken(each, "blockHash"), 32))
        for each in _list(given, "parentInfo")
        if isinstance(each, Mapping)
    ]
    roots = [octets(taken(given, name), 32) for name in ("txsRoot", "receiptsRoot", "stateRoot")]
    gas, time_ms = str(taken(given, "gasUsed")), natural(taken(given, "timestamp"))
    sealer, extra = natural(taken(given, "sealer")), octets(given.get("extraData") or "0x")
    genesis = number == 0
    preimage = b"".join(
        [
            version.to_bytes(4, "big"),
            *(_i64(each) + digest for each, digest in parents),
            *([] if genesis else roots),
            _i64(number),
            b"" if genesis else gas.encode(),
            _i64(time_ms),
            _i64(sealer),
            *sealers,
            extra,
            *map(_i64, weights),
        ]
    )
    algorithm, digest = matched(preimage, claimed)
    made = Block("fisco3", number, claimed, digest, algorithm, parents[0][1] if parents else bytes(32), time_ms)
    made.sealers, made.weights, made.genesis, made.tx_root = sealers, weights, genesis, roots[0]
    made.signer = sealers[sealer].hex() if sealer < len(sealers) and not genesis else ""
    if (
        len(parents) != len(given["parentInfo"])
        or any(each != number - 1 for each, _ in parents)
        or (not parents and number)
    ):
        made.faults.append("prev_hash")
    made.seals = [seal(each, "sealerIndex", claimed, sealers) for each in given.get("signatureList") or ()]
    made.quorum = 0 if genesis or "signatureList" not in given else majority(weights or [1] * len(sealers))
    if weights and len(weights) != len(sealers):  # a quorum of some that are not told is none
        made.quorum = _I64
    transactions(made, given.get("transactions"), transaction, roots[0], root3 if version >= _WIDTH_TWO else plain16)
    return made


def genesis_of(given: Mapping[str, Any]) -> dict[str, str]:
    """The settings in the genesis block's extraData, ``key: value`` a line, sections left out."""
    try:
        text = octets(given.get("extraData") or "0x").decode("utf-8", "replace")
    except MalformedError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def transaction(given: Mapping[str, Any], digest: Hash) -> Tx:
    """One transaction of 3.x, version 0, 1 or 2: the signature signs its hash."""
    claimed, sender, to = octets(taken(given, "hash"), 32), octets(taken(given, "from"), 20), str(given.get("to") or "")
    payload, nonce, version = octets(given.get("input") or "0x"), str(taken(given, "nonce")), _version(given)
    there = _address(to)
    deploy = there in {b"", NOBODY}
    made = Tx(claimed, None, sender, nonce.encode(), there, payload, kind(there, deploy=deploy))
    head = (
        version.to_bytes(4, "big")
        + _text(given, "chainID")
        + _text(given, "groupID")
        + _i64(natural(taken(given, "blockLimit")))
    )
    more = _more(given, version)
    for written in _nonces(nonce):
        made.computed = digest(head + written + to.encode() + payload + str(given.get("abi") or "").encode() + more)
        if made.computed == claimed:
            break
    signature = octets(given.get("signature") or "0x")
    if not signature:
        made.fault = "tx_unsigned"
        return made
    if len(signature) == 65:
        made.claim = signed(made.computed or b"", signature, sender)
    elif len(signature) == 128 and address(signature[64:], digest) == sender:
        made.claim = signed(made.computed or b"", signature, signature[64:])
    return made


def _nonces(nonce: str) -> Sequence[bytes]:
    """The nonce as it is hashed: the text before 3.3, the bytes that its hex stands for from 3.3 on."""
    try:
        decoded = octets(nonce)
    except MalformedError:
        return (nonce.encode(),)
    return (decoded, nonce.encode()) if nonce[:2] == "0x" else (nonce.encode(), decoded)


def _more(given: Mapping[str, Any], version: int) -> bytes:
    """What versions 1 and 2 add (bcos-tars-protocol, TransactionImpl)."""
    if version == 0:
        return b""
    added = _text(given, "value") + _text(given, "gasPrice") + _i64(natural(given.get("gasLimit") or 0))
    added += _text(given, "maxFeePerGas") + _text(given, "maxPriorityFeePerGas")
    return added + (octets(given.get("extension") or "0x") if version >= 2 else b"")


def _address(to: str) -> bytes:
    """An address of an EVM contract as bytes, the path of a WASM contract as its text."""
    try:
        return octets(to)
    except MalformedError:
        return to.encode()


def _text(given: Mapping[str, Any], name: str) -> bytes:
    return str(given.get(name) or "").encode()


def _version(given: Mapping[str, Any]) -> int:
    version = natural(taken(given, "version"))
    if version >= 1 << 31:
        raise MalformedError("The version is too large.", cure="fetch the block again.")
    return version


def _i64(value: int) -> bytes:
    if value >= _I64:
        raise MalformedError("A number is too large.", cure="fetch the block again.")
    return value.to_bytes(8, "big")


def _list(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = given.get(name)
    if not isinstance(found, list):
        msg = f"{name} is no list."
        raise MalformedError(msg, cure="fetch the block again.")
    return found
