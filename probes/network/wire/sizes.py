# SPDX-License-Identifier: Apache-2.0
"""How long STAMP test packets are, and how they are made longer (RFC 8762 §4.2, RFC 8972 §4.1). Light: settings ask it."""

from __future__ import annotations

from harness.errors import UsageError
from probes.network.wire.tlv import EXTRA_PADDING, HEAD_BYTES, tlv

PORT = 862  # RFC 8545 §4
BASE_BYTES = 44
AUTHENTIC_BYTES = 112
LARGEST_BYTES = 65_000


def padding(size_bytes: int, taken: int = BASE_BYTES) -> bytes:
    """What fills a payload up from ``taken`` bytes to ``size_bytes``: nothing, or an Extra Padding TLV; UsageError if impossible."""
    if size_bytes == taken:
        return b""
    if not taken + HEAD_BYTES <= size_bytes <= LARGEST_BYTES:
        msg = f"A STAMP packet of this kind cannot have {size_bytes} B of UDP payload."
        raise UsageError(msg, cure=f"use {taken} B, or {taken + HEAD_BYTES} B to {LARGEST_BYTES} B.")
    return tlv(EXTRA_PADDING, bytes(size_bytes - taken - HEAD_BYTES))
