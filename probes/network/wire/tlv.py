# SPDX-License-Identifier: Apache-2.0
"""STAMP optional extensions (RFC 8972 §4): what a sender asks for. Pure. What a reflector does with it: :mod:`probes.network.wire.frames`.

A TLV is flags (U unrecognised, M malformed, I integrity failed), type, 16-bit length, value. Known ones come back with U
clear, unknown ones with U set. In authenticated mode an HMAC TLV follows all others but Extra Padding and covers the
packet's sequence number and the TLVs before it (§4.8); Extra Padding is never covered.
"""

from __future__ import annotations

import struct

HEAD_BYTES = 4
UNRECOGNISED, MALFORMED, INTEGRITY = 0x80, 0x40, 0x20
EXTRA_PADDING, TIMESTAMP_INFORMATION, CLASS_OF_SERVICE, DIRECT_MEASUREMENT, HMAC = 1, 3, 4, 5, 8
DIGEST_BYTES = 16
HMAC_BYTES = HEAD_BYTES + DIGEST_BYTES
EXTENSIONS = {"direct-measurement": 12, "timestamp-information": 4, "class-of-service": 4}
"""What a profile may ask for, in the order in which it is sent, with the length of its value."""
TYPES = {
    "direct-measurement": DIRECT_MEASUREMENT,
    "timestamp-information": TIMESTAMP_INFORMATION,
    "class-of-service": CLASS_OF_SERVICE,
}


def requests(names: tuple[str, ...], dscp: int = 0) -> bytes:
    """The TLVs that ask for ``names`` of :data:`EXTENSIONS`; class of service asks for ``dscp`` on the way back."""
    found = b""
    for name, length in EXTENSIONS.items():
        if name in names:
            value = struct.pack(">I", dscp << 26) if name == "class-of-service" else bytes(length)
            found += tlv(TYPES[name], value)
    return found


def tlv(kind: int, value: bytes) -> bytes:
    """A TLV as a sender writes it: U set, for the reflector to clear."""
    return struct.pack(">BBH", UNRECOGNISED, kind, len(value)) + value
