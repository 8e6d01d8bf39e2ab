# SPDX-License-Identifier: Apache-2.0
"""What a serial port hears when it listens at another speed than the sender's: bits sampled at the wrong moments."""

from __future__ import annotations

import numpy as np

_BITS = 10
"""A start bit, eight data bits from the lowest, a stop bit (8N1)."""


def heard(data: bytes, sent: int, read: int) -> bytes:
    """The bytes a receiver at ``read`` baud makes of ``data`` sent back to back at ``sent`` baud, line idle before and after.

    The reader waits for a falling edge and samples the middle of each of its own bit times; bytes with a broken stop bit
    are given all the same, as a port without framing checks gives them.
    """
    frames = np.ones((len(data), _BITS), dtype=np.uint8)
    frames[:, 0] = 0
    frames[:, 1:9] = np.unpackbits(np.frombuffer(data, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    line = frames.ravel()
    low = np.flatnonzero(line == 0) / sent
    out, now = bytearray(), -1.0
    while (at := int(np.searchsorted(low, now))) < len(low):
        start = float(low[at])
        places = ((start + np.arange(1.5, 9) / read) * sent).astype(np.int64)
        bits = np.where(places < len(line), line[np.minimum(places, len(line) - 1)], 1)
        out.append(int(np.packbits(bits.astype(np.uint8), bitorder="little")[0]))
        now = start + 9.5 / read
    return bytes(out)
