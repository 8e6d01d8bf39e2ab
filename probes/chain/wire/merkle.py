# SPDX-License-Identifier: Apache-2.0
"""Merkle roots and proofs of FISCO BCOS: width 16 with the index in the leaf (2.x), width 2 (3.2 and later); of ChainMaker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.errors import DecodeError
from probes.chain.wire.rlp import encode, natural

Hash = Callable[[bytes], bytes]
_LARGEST = 1 << 20


def root2(hashes: Sequence[bytes], digest: Hash) -> bytes:
    """The transactionsRoot of 2.2 and later: leaves rlp(index)|hash, parents of sixteen, and the top hashed once more."""
    return _sixteen([encode(natural(at)) + each for at, each in enumerate(hashes)], digest)


def plain16(hashes: Sequence[bytes], digest: Hash) -> bytes:
    """The txsRoot of 3.0 and 3.1: the same without the index."""
    return _sixteen(list(hashes), digest)


def _sixteen(level: list[bytes], digest: Hash) -> bytes:
    while len(level) > 1:
        level = [digest(b"".join(level[at : at + 16])) for at in range(0, len(level), 16)]
    return digest(level[0]) if level else digest(b"")


def root3(hashes: Sequence[bytes], digest: Hash) -> bytes:
    """The txsRoot of 3.2 and later: parents of two, a lone last one hashed alone; a single hash is the root itself."""
    level = list(hashes)
    while len(level) > 1:
        level = [digest(b"".join(level[at : at + 2])) for at in range(0, len(level), 2)]
    return level[0] if level else bytes(32)


def doubled(hashes: Sequence[bytes], digest: Hash) -> bytes:
    """The root of ChainMaker (common/crypto/hash): parents of two, a lone last one beside itself; nothing of no hashes."""
    level = list(hashes)
    while len(level) > 1:
        level = [
            digest(level[at] + (level[at + 1 : at + 2] or level[at : at + 1])[0]) for at in range(0, len(level), 2)
        ]
    return level[0] if level else b""


def proven2(levels: Sequence[tuple[Sequence[bytes], Sequence[bytes]]], leaf: bytes, digest: Hash) -> bytes:
    """The root that a proof of 2.x leads to from its ``leaf``, rlp(index)|hash: (left, right) neighbours a level."""
    for left, right in levels:
        leaf = digest(b"".join(left) + leaf + b"".join(right))
    return digest(leaf)


def proof2(hashes: Sequence[bytes], index: int, digest: Hash) -> list[tuple[list[bytes], list[bytes]]]:
    """The proof that the hash at ``index`` is below :func:`root2`, as a node of 2.x gives it: (left, right) a level."""
    level, proof = [encode(natural(at)) + each for at, each in enumerate(hashes)], []
    while len(level) > 1:
        begin = index // 16 * 16
        proof.append((level[begin:index], level[index + 1 : begin + 16]))
        level = [digest(b"".join(level[at : at + 16])) for at in range(0, len(level), 16)]
        index //= 16
    return proof


def proof3(hashes: Sequence[bytes], index: int, digest: Hash) -> list[bytes]:
    """The proof that the hash at ``index`` is below :func:`root3`, as a node of 3.2 gives it."""
    level, proof = list(hashes), []
    while len(level) > 1:
        pair = level[index & ~1 : (index & ~1) + 2]
        proof += [len(pair).to_bytes(4, "big") + bytes(28), *pair]
        level = [digest(b"".join(level[at : at + 2])) for at in range(0, len(level), 2)]
        index >>= 1
    return proof


def proven3(proof: Sequence[bytes], leaf: bytes, digest: Hash) -> bytes | None:
    """The root that a proof of 3.2 leads to, a flat list of counts and hashes a level; None where ``leaf`` is not in it."""
    at = 0
    while at < len(proof):
        count = int.from_bytes(proof[at][:4], "big")
        level = proof[at + 1 : at + 1 + count]
        if not 0 < count < _LARGEST or len(level) != count:
            raise DecodeError("A level of the Merkle proof is cut off.", cure="fetch the proof again.")
        if leaf not in level:
            return None
        leaf = digest(b"".join(level))
        at += 1 + count
    return leaf
