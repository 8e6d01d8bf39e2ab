# SPDX-License-Identifier: Apache-2.0
"""Root of a Merkle Patricia trie (Ethereum Yellow Paper, appendix D) over an ordered list, as transactionsRoot is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, decode, encode, natural

EMPTY = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
"""Root of the trie without entries, keccak256(rlp(b"")): written out, since hashing loads compiled code and this module is imported to list what is installed."""


def root(values: Sequence[bytes]) -> bytes:
    """Of the trie in which the RLP of each index leads to its value."""
    if not values:
        return EMPTY
    pairs = sorted((_path(at), value) for at, value in enumerate(values))
    return keccak256(encode(_node(pairs, 0)))


@lru_cache(4096)
def _path(at: int) -> bytes:
    """The nibbles of an index as a key of the trie; every block has the same."""
    return bytes(half for byte in encode(natural(at)) for half in (byte >> 4, byte & 15))


def _packed(nibbles: bytes, *, leaf: bool) -> bytes:
    """Hex-prefix encoding."""
    flag = (2 if leaf else 0) + (len(nibbles) & 1)
    padded = bytes([flag]) + nibbles if len(nibbles) & 1 else bytes([flag, 0]) + nibbles
    return bytes([high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True)])


def _node(pairs: Sequence[tuple[bytes, bytes]], depth: int) -> Item:
    """The node over sorted (key, value) that agree in their first ``depth`` nibbles."""
    first, last = pairs[0][0], pairs[-1][0]
    if len(pairs) == 1:
        return [_packed(first[depth:], leaf=True), pairs[0][1]]
    shared = depth
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [_packed(first[depth:shared], leaf=False), _reference(_node(pairs, shared))]
    children: list[Item] = [b""] * 17
    at = 0
    if len(first) == depth:
        children[16], at = pairs[0][1], 1
    while at < len(pairs):
        nibble, end = pairs[at][0][depth], at
        while end < len(pairs) and pairs[end][0][depth] == nibble:
            end += 1
        children[nibble] = _reference(_node(pairs[at:end], depth + 1))
        at = end
    return children


def _reference(node: Item) -> Item:
    encoded = encode(node)
    return decode(encoded) if len(encoded) < 32 else keccak256(encoded)
