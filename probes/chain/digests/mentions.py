# SPDX-License-Identifier: Apache-2.0
"""Digests of 32 bytes that a record has in it, as hex in a text or as a word: what its off-chain original is compared by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.chain.formats.block import Tx

_HEX = re.compile(rb"(?<![0-9a-fA-F])(?:0x)?([0-9a-fA-F]{64})(?![0-9a-fA-F])")
_MOST = 8
"""Digests of a transaction of one record that are kept."""
_DENSE = 12


def mentioned(tx: Tx, most: int = _MOST) -> Iterator[bytes]:
    """Hash of the transaction and a digest, 64 bytes, for each digest in its payload, ``most`` of them."""
    found = [bytes.fromhex(each.decode()) for each in _HEX.findall(tx.payload)]
    if len(tx.payload) % 32 == 4:
        words = (tx.payload[at : at + 32] for at in range(4, len(tx.payload), 32))
        found += [each for each in words if len(set(each)) >= _DENSE]
    for each in dict.fromkeys(found[:most]):
        yield tx.hash + each
