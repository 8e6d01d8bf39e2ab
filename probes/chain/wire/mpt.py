# SPDX-License-Identifier: Apache-2.0
"""Root of a Merkle Patricia trie (Ethereum Yellow Paper, appendix D) over an ordered list, as transactionsRoot is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from probes.chain.wire.envelopes import head, item
from probes.chain.wire.keccak import absorb, keccak256
from probes.chain.wire.rlp import encode, natural, wrapped

EMPTY = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
"""Root of the trie without entries, keccak256(rlp(b"")): written out, since hashing loads compiled code and this module is imported to list what is installed."""


_HASHED = 32
"""Bytes of a value from which its leaf stands in the trie by its hash alone."""


class _Extension(NamedTuple):
    path: bytes
    below: _Branch


class _Branch(NamedTuple):
    below: list[int | _Extension | _Branch | None]


_Shape = int | _Extension | _Branch
"""A trie without its values, the index of a leaf where one stands; a key never begins another one, since they are RLP."""


def root(values: Sequence[bytes]) -> bytes:
    """Of the trie in which the RLP of each index leads to its value."""
    if not values:
        return EMPTY
    shape, paths, ends = _shape(len(values))
    if isinstance(shape, int):
        return keccak256(encode([paths, values[shape]]))
    stops = np.cumsum([len(each) for each in values])
    hashes = _leaves(np.frombuffer(b"".join(values), np.uint8), stops, np.frombuffer(paths, np.uint8), ends).tobytes()
    leaves = [b"\xa0" + hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    for at, value in enumerate(values):
        if len(value) < _HASHED:  # its leaf may stand in the trie itself
            leaves[at] = _reference(encode([paths[ends[at] : ends[at + 1]], value]))
    return keccak256(_node(shape, leaves))


def _node(shape: _Extension | _Branch, leaves: Sequence[bytes]) -> bytes:
    """The RLP of a node; ``leaves``: what stands for each leaf in the node above it."""
    if isinstance(shape, _Extension):
        return wrapped(encode(_packed(shape.path, leaf=False)) + _reference(_node(shape.below, leaves)))
    below = [
        b"\x80" if each is None else leaves[each] if isinstance(each, int) else _reference(_node(each, leaves))
        for each in shape.below
    ]
    return wrapped(b"".join(below))


@lru_cache(64)
def _shape(count: int) -> tuple[_Shape, bytes, NDArray[np.int64]]:
    """The trie of so many values, and what is left of each key at its leaf: all of them, and where each ends after a zero."""
    left: dict[int, bytes] = {}
    shape = _below(sorted((_path(at), at) for at in range(count)), 0, left)
    return shape, b"".join(left[at] for at in range(count)), np.cumsum([0, *(len(left[at]) for at in range(count))])


@lru_cache(4096)
def _path(at: int) -> bytes:
    """The nibbles of an index as a key of the trie; every block has the same."""
    return bytes(half for byte in encode(natural(at)) for half in (byte >> 4, byte & 15))


def _packed(nibbles: bytes, *, leaf: bool) -> bytes:
    """Hex-prefix encoding."""
    flag = (2 if leaf else 0) + (len(nibbles) & 1)
    padded = bytes([flag]) + nibbles if len(nibbles) & 1 else bytes([flag, 0]) + nibbles
    return bytes([high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True)])


def _below(keys: Sequence[tuple[bytes, int]], depth: int, left: dict[int, bytes]) -> _Shape:
    """What stands over sorted (key, index) that agree in their first ``depth`` nibbles; ``left`` takes the paths of leaves."""
    first, last = keys[0][0], keys[-1][0]
    if len(keys) == 1:
        left[keys[0][1]] = _packed(first[depth:], leaf=True)
        return keys[0][1]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    below: list[_Shape | None] = [None] * 17
    for nibble, each in groupby(keys, lambda key: key[0][shared]):
        below[nibble] = _below([*each], shared + 1, left)
    return _Extension(first[depth:shared], _Branch(below)) if shared > depth else _Branch(below)


@njit(cache=True, nogil=True)
def _leaves(values, stops, paths, ends):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """The hash of each leaf: a list of the rest of its key and its value."""
    out, begin = np.zeros((len(stops), 32), np.uint8), 0
    for row in range(len(stops)):
        path, value = paths[ends[row] : ends[row + 1]], values[begin : stops[row]]
        body = np.empty(len(path) + len(value) + 18, np.uint8)
        at = item(body, item(body, 0, path, 0, len(path)), value, 0, len(value))
        room = np.empty(at + 9, np.uint8)
        size = head(room, 0, at, 192)
        room[size : size + at] = body[:at]
        absorb(room, 0, size + at, out[row])
        begin = stops[row]
    return out


def _reference(encoded: bytes) -> bytes:
    """What stands for a node in the one above it: its hash, or itself where that is shorter."""
    return encoded if len(encoded) < _HASHED else b"\xa0" + keccak256(encoded)
