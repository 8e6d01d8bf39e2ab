# SPDX-License-Identifier: Apache-2.0
"""Whether the first bytes of a file may be a receiver's; only what is plainly something else is turned away."""

from __future__ import annotations

import re

_SENTENCE = re.compile(rb"[$!#][A-Z][A-Z0-9]{2,}[,;]")
_BINARY = (b"\xb5\x62", b"\xd3\x00", b"\xd3\x01", b"\xd3\x02", b"\xd3\x03", b"$@", b"\xaa\x44")
_CAPTURES = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")


def gnss(head: bytes) -> bool:
    """NMEA or a receiver's own sentences, UBX, RTCM 3, SBF, NovAtel; anything that is no capture may still be a log."""
    return bool(_SENTENCE.search(head)) or any(each in head for each in _BINARY) or not head.startswith(_CAPTURES)
