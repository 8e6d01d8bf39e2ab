# SPDX-License-Identifier: Apache-2.0
"""How a session's packets are put on the wire: unauthenticated, authenticated, or inside an ICMP echo. Pure.

Authenticated (RFC 8762 §4.4): 112 bytes both ways, the last 16 an HMAC-SHA-256 over the first 96, cut to 128 bits.
A packet whose HMAC is wrong is no answer; both ends count it, and the sender keeps it in the trace. An ICMP echo
(RFC 792, RFC 4443) carries the 44 bytes of the sender: any host answers, none tells its own times.
"""

from __future__ import annotations

import struct

from probes.network.wire import tlv
from probes.network.wire.frames import AUTHENTICATED, ECHO, UNAUTHENTICATED
from probes.network.wire.sizes import AUTHENTIC_BYTES, BASE_BYTES

MODES = {"unauthenticated": UNAUTHENTICATED, "authenticated": AUTHENTICATED, "icmp": ECHO}
"""The modes' names in headers and settings, and their numbers in the loops."""
ECHO_HEAD_BYTES = 8
PAYLOAD_BYTES = {UNAUTHENTICATED: BASE_BYTES, AUTHENTICATED: AUTHENTIC_BYTES, ECHO: ECHO_HEAD_BYTES + BASE_BYTES}
"""The least that a payload of the mode has."""
_ECHO_REPLY = {4: 0, 6: 129}  # RFC 792, RFC 4443 §4.2


def template(mode: int, error: int, asked: bytes, filling: bytes) -> bytes:
    """A request with zeros where :func:`probes.network.wire.frames.write_request` writes.

    ``error``: the error estimate; ``asked``: TLVs, which an HMAC TLV follows in authenticated mode; ``filling``: padding.
    """
    if mode == AUTHENTICATED:
        protection = tlv.tlv(tlv.HMAC, bytes(tlv.DIGEST_BYTES)) if asked else b""
        return struct.pack(">24xH86x", error) + asked + protection + filling
    base = struct.pack(">12xH30x", error)
    return bytes(ECHO_HEAD_BYTES if mode == ECHO else 0) + base + asked + filling


def reply_mark(version: int, identifier: int) -> int:
    """How :func:`probes.network.wire.frames.hear` knows an echo reply: its type and identifier, 0 where the kernel checks that."""
    return _ECHO_REPLY[version] << 16 | identifier
