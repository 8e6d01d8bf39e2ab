# SPDX-License-Identifier: Apache-2.0
"""Merkle proofs of single transactions as nodes of FISCO BCOS give them, held against the roots of headers that recompute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import DecodeError
from probes.chain.formats.block import Block
from probes.chain.formats.fisco2 import ALGORITHMS
from probes.chain.formats.recordings import Exchange
from probes.chain.wire.merkle import Hash, proven2, proven3
from probes.chain.wire.rlp import encode
from probes.chain.wire.rlp import natural as short
from probes.chain.wire.values import natural, octets

_ASKS = {"getTransactionByHashWithProof": 1, "getTransaction": 2}
"""Methods, and which parameter names the transaction."""


def wanted(exchange: Exchange) -> bytes | None:
    """The transaction whose proof was asked for; None where it was something else."""
    place = _ASKS.get(exchange.method)
    if place is None or len(exchange.params) <= place:
        return None
    if exchange.method == "getTransaction" and exchange.params[-1] is not True:
        return None
    try:
        return octets(exchange.params[place], 32)
    except DecodeError:
        return None


def proven(exchange: Exchange, digest: bytes, blocks: Sequence[Block]) -> bool:
    """Whether the answer leads from the transaction to the root of one of ``blocks``, by the hash that gives that block's own."""
    result = exchange.result
    if not isinstance(result, Mapping):
        return False
    proof = next((result[name] for name in ("txProof", "transactionProof") if isinstance(result.get(name), list)), None)
    if proof is None:
        return False
    for name, hashed in ALGORITHMS.items():
        roots = {each.tx_root for each in blocks if each.algorithm == name and each.header_ok}
        try:
            if _root(proof, digest, result, hashed) in roots - {b""}:
                return True
        except (DecodeError, TypeError, KeyError, ValueError, AttributeError):
            continue
    return False


def _root(proof: Sequence[Any], digest: bytes, result: Mapping[str, Any], hashed: Hash) -> bytes | None:
    if all(isinstance(each, str) for each in proof) and "transaction" not in result:
        return proven3([octets(each) for each in proof], digest, hashed)
    levels = [([octets(one) for one in each["left"]], [octets(one) for one in each["right"]]) for each in proof]
    inside = result.get("transaction")
    leaf = encode(short(natural(inside["transactionIndex"]))) + digest if isinstance(inside, Mapping) else digest
    return proven2(levels, leaf, hashed)
