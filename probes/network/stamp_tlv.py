# SPDX-License-Identifier: Apache-2.0
"""STAMP optional extensions as a reflector treats them (RFC 8972 §4): known TLVs come back with U clear, unknown ones with U set."""

from __future__ import annotations

HEAD_BYTES = 4
UNRECOGNISED, MALFORMED, INTEGRITY = 0x80, 0x40, 0x20
EXTRA_PADDING = 1


def reflect(tail: bytes, known: frozenset[int] = frozenset({EXTRA_PADDING})) -> bytes:
    """The TLVs after the base packet as they go back: same bytes and length, flags set by this reflector.

    A TLV that runs past the packet gets the M flag and ends the walk; fewer than 4 bytes at the end are no TLV
    (a TWAMP-light sender pads without one) and go back as they came.
    """
    answer, at = bytearray(tail), 0
    while at + HEAD_BYTES <= len(answer):
        length = int.from_bytes(answer[at + 2 : at + 4], "big")
        answer[at] &= ~(UNRECOGNISED | MALFORMED | INTEGRITY) & 0xFF
        if answer[at + 1] not in known:
            answer[at] |= UNRECOGNISED
        if at + HEAD_BYTES + length > len(answer):
            answer[at] |= MALFORMED
            break
        at += HEAD_BYTES + length
    return bytes(answer)
