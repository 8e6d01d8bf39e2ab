# SPDX-License-Identifier: Apache-2.0
"""The root over a list of records, so that two lists are compared by one number (RFC 6962, 2.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256


def root(entries: Iterable[tuple[str, str]]) -> str:
    """The root of (identifier, digest) in their order, in hex; a record that is there twice counts twice."""
    return over([f"{name}\x00{digest}".encode() for name, digest in sorted(entries)])


def over(leaves: Sequence[bytes]) -> str:
    """The root over leaves as they are, in hex."""
    hashed = [sha256(b"\x00" + each).digest() for each in leaves]
    return (_tree(hashed) if hashed else sha256(b"").digest()).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    level = list(leaves)
    while len(level) > 1:
        joined = [sha256(b"\x01" + one + two).digest() for one, two in zip(level[::2], level[1::2], strict=False)]
        level = joined + ([level[-1]] if len(level) % 2 else [])
    return level[0]
