# SPDX-License-Identifier: Apache-2.0
"""Blocks and transactions as rows of fixed length, so that a hundred thousand of them merge as a set and are columns at once."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from probes.chain.digests.counters import told
from probes.chain.formats import contents
from probes.chain.formats.block import Block, Tx

ALGORITHMS = ("", "sm3", "keccak256", "sha256")
KINDS = ("call", "deploy", "system", "transfer")
_KIND = {name: at for at, name in enumerate(KINDS)}
HEADER, ROOT, ROOT_ASKED, SEALED, SEALS_ASKED, GENESIS, WHOLE, SM2 = (1 << at for at in range(8))
SOUND, FAILED, DONE, ROOTED, UNBOUND = (1 << at for at in range(5))
"""Flags of a transaction: hash and signature right; failed or done by the block's own mark; below the root as it was given; signed
for no chain in particular, as all of Ethereum's kind were before EIP-155."""
_BLOCK = struct.Struct(">Q32s32sqiBB")
_TX = struct.Struct(">Q8s32s16s8sB8s8s20s20sBBq")
BLOCK = np.dtype(
    [
        ("number", ">u8"),
        ("hash", "V32"),
        ("parent", "V32"),
        ("time", ">i8"),
        ("count", ">i4"),
        ("flags", "u1"),
        ("algorithm", "u1"),
    ]
)
TX = np.dtype(
    [
        ("number", ">u8"), ("block", "V8"), ("hash", "V32"), ("payload", "V16"), ("mask", "V8"), ("masked", "u1"), ("nonce", ">u8"),
        ("signature", ">u8"), ("to", "V20"), ("sender", "V20"), ("kind", "u1"), ("flags", "u1"), ("time", ">i8"),
    ]
)  # fmt: skip


def block_row(block: Block) -> bytes:
    """One block; the hash is the claimed one, and the flags say whether it is right."""
    flags = HEADER * block.header_ok | ROOT * (block.tx_root_ok is True) | ROOT_ASKED * (block.tx_root_ok is not None)
    flags |= (
        SEALED * block.sealed
        | SEALS_ASKED * (bool(block.quorum) or block.vouched is not None)
        | GENESIS * block.genesis
    )
    flags |= WHOLE * (block.count is not None and len(block.txs) == block.count)
    flags |= SM2 * (bool(block.seals) and all(claim.recovery < 0 for _, claim in block.seals) and all(block.valid))
    count = -1 if block.count is None else block.count
    time = min(block.time_ms, (1 << 63) - 1)
    return _BLOCK.pack(block.number, block.claimed, block.parent, time, count, flags, ALGORITHMS.index(block.algorithm))


def tx_rows(block: Block) -> Iterator[bytes]:
    """Its transactions: of each payload the digest, and the digest of its payload without what counters change."""
    rooted, time, place_ = ROOTED * (block.tx_root_ok is True), min(block.time_ms, (1 << 63) - 1), block.claimed[:8]
    said = told([tx.payload for tx in block.txs], block.form)
    for tx, (content, bare, changed) in zip(block.txs, said, strict=True):
        unbound = UNBOUND * (block.form.startswith("evm") and not tx.network)
        flags = rooted | unbound | SOUND * tx.sound | FAILED * (tx.failed is True) | DONE * (tx.failed is False)
        signature = tx.claim.signature if tx.claim is not None else tx.hash
        yield _TX.pack(
            block.number, place_, tx.hash.ljust(32, b"\0"), _digest(content, 16), _digest(bare, 8) if bare else _NOTHING, min(changed, 255),
            _digest(tx.sender + b"|" + tx.nonce, 8), _digest(signature, 8), place(tx.to), place(tx.sender), _KIND[tx.kind], flags, time,
        )  # fmt: skip


_ITEM = struct.Struct(">32s16s8sB")
ITEM = np.dtype([("hash", "V32"), ("payload", "V16"), ("mask", "V8"), ("masked", "u1")])


def item_rows(tx: Tx, found: Iterable[bytes]) -> list[bytes]:
    """One row for each record of a transaction that holds several."""
    place_ = tx.hash.ljust(32, b"\0")
    return [
        _ITEM.pack(place_, _digest(content, 16), _digest(bare, 8), min(changed, 255))
        for content, bare, changed in told([*found], contents.ITEM)
    ]


def place(address: bytes) -> bytes:
    """An address as it stands in a row; a longer name by its digest."""
    return address.ljust(20, b"\0") if len(address) <= 20 else _digest(address, 20)


def columns(rows: Iterable[bytes], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Rows in their order as a structured array."""
    return np.frombuffer(b"".join(sorted(rows)), dtype)


def _digest(data: bytes, size: int) -> bytes:
    return blake2b(data, digest_size=size).digest()


_NOTHING = _digest(b"", 8)
