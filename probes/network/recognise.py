# SPDX-License-Identifier: Apache-2.0
"""Whether the first bytes of a file are a capture's, so that a file for another command is met with that command."""

from __future__ import annotations

import zlib

_MAGIC = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
_OTHER_PACKED = (b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh", b"\x04\x22\x4d\x18")
"""zstd, xz, bzip2 and lz4: what is inside is for the reader to say."""


def network(head: bytes) -> bool:
    """Pcap in either byte order and resolution, pcapng, either inside gzip, or packed in another way."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(31).decompress(head, 64)
        except zlib.error:
            return True
    return head.startswith((*_MAGIC, *_OTHER_PACKED))
