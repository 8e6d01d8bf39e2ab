# SPDX-License-Identifier: Apache-2.0
"""Binary messages between the sentences, recognised by length and checksum so that '$' inside them means nothing.

UBX (u-blox interface description: 8-bit Fletcher over class to payload), RTCM 10403 (CRC-24Q over the whole
frame), Septentrio SBF (CRC-16-CCITT from the ID on), NovAtel and Unicore binary (CRC-32 over header and body).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.machine import byte

UBX, RTCM3, SBF, NOVATEL, UNICORE = 0, 1, 2, 3, 4
KINDS = ("ubx", "rtcm3", "sbf", "novatel", "unicore")
LONGEST = 16384
"""Bytes of the longest message that is looked for; longer ones are not made by receivers and cost quadratic time."""

MORE, NO = -1, 0


def _table(polynomial: int, width: int, *, reflected: bool = False) -> np.ndarray[Any, np.dtype[np.uint32]]:
    top, mask = 1 << (width - 1), (1 << width) - 1
    rows = []
    for index in range(256):
        value = index if reflected else index << (width - 8)
        for _ in range(8):
            if reflected:
                value = (value >> 1) ^ polynomial if value & 1 else value >> 1
            else:
                value = ((value << 1) ^ polynomial) & mask if value & top else (value << 1) & mask
        rows.append(value)
    return np.array(rows, dtype=np.uint32)


_CRC24Q = _table(0x864CFB, 24)
_CRC16 = _table(0x1021, 16)
_CRC32 = _table(0xEDB88320, 32, reflected=True)


@njit(cache=True, nogil=True)
def crc24q(buffer: Any, start: Any, stop: Any) -> Any:
    """CRC-24Q (Qualcomm, RTCM 10403.3 4.2.3) of bytes [start, stop) of the buffer at address ``buffer``."""
    crc = np.uint32(0)
    for i in range(start, stop):
        crc = ((crc << np.uint32(8)) & np.uint32(0xFFFFFF)) ^ _CRC24Q[
            (crc >> np.uint32(16)) ^ np.uint32(byte(buffer, i))
        ]
    return crc


@njit(cache=True, nogil=True)
def crc16(buffer: Any, start: Any, stop: Any) -> Any:
    """CRC-16-CCITT, polynomial 0x1021, initial value 0 (SBF reference guide), of bytes [start, stop) of the buffer at address ``buffer``."""
    crc = np.uint32(0)
    for i in range(start, stop):
        crc = ((crc << np.uint32(8)) & np.uint32(0xFFFF)) ^ _CRC16[(crc >> np.uint32(8)) ^ np.uint32(byte(buffer, i))]
    return crc


@njit(cache=True, nogil=True)
def crc32(buffer: Any, start: Any, stop: Any) -> Any:
    """CRC-32 with initial value 0 and no final inversion (NovAtel OEM, Unicore) of bytes [start, stop) of the buffer at address ``buffer``."""
    crc = np.uint32(0)
    for i in range(start, stop):
        crc = (crc >> np.uint32(8)) ^ _CRC32[(crc ^ np.uint32(byte(buffer, i))) & np.uint32(0xFF)]
    return crc


@njit(cache=True, nogil=True)
def _ubx(buffer: Any, i: Any, n: Any) -> Any:
    if i + 8 > n:
        return MORE
    length = byte(buffer, i + 4) + 256 * (byte(buffer, i + 5)) + 8
    if byte(buffer, i + 1) != 0x62 or length > LONGEST:
        return NO
    if i + length > n:
        return MORE
    a = b = np.uint32(0)
    for k in range(i + 2, i + length - 2):
        a = (a + np.uint32(byte(buffer, k))) & np.uint32(0xFF)
        b = (b + a) & np.uint32(0xFF)
    return length if byte(buffer, i + length - 2) == a and byte(buffer, i + length - 1) == b else NO


@njit(cache=True, nogil=True)
def _rtcm3(buffer: Any, i: Any, n: Any) -> Any:
    if i + 6 > n:
        return MORE
    length = 256 * (byte(buffer, i + 1) & 0x03) + byte(buffer, i + 2) + 6
    if byte(buffer, i + 1) & 0xFC:
        return NO
    if i + length > n:
        return MORE
    end = i + length - 3
    sent = (
        (np.uint32(byte(buffer, end)) << 16)
        | (np.uint32(byte(buffer, end + 1)) << 8)
        | np.uint32(byte(buffer, end + 2))
    )
    return length if crc24q(buffer, i, end) == sent else NO


@njit(cache=True, nogil=True)
def _sbf(buffer: Any, i: Any, n: Any) -> Any:
    if i + 8 > n:
        return MORE
    length = byte(buffer, i + 6) + 256 * (byte(buffer, i + 7))
    if length < 8 or length % 4 or length > LONGEST:
        return NO
    if i + length > n:
        return MORE
    sent = np.uint32(byte(buffer, i + 2)) | (np.uint32(byte(buffer, i + 3)) << 8)
    return length if crc16(buffer, i + 4, i + length) == sent else NO


@njit(cache=True, nogil=True)
def _oem(buffer: Any, i: Any, n: Any) -> Any:
    if i + 28 > n:
        return MORE
    if byte(buffer, i + 2) == 0x12:
        length = byte(buffer, i + 3) + byte(buffer, i + 8) + 256 * (byte(buffer, i + 9)) + 4
    else:
        length = 24 + byte(buffer, i + 6) + 256 * (byte(buffer, i + 7)) + 4
    if length > LONGEST:
        return NO
    if i + length > n:
        return MORE
    end = i + length - 4
    sent = np.uint32(0)
    for k in range(4):
        sent |= np.uint32(byte(buffer, end + k)) << np.uint32(8 * k)
    return length if crc32(buffer, i, end) == sent else NO


@njit(cache=True, nogil=True)
def binary_frame(buffer: Any, i: Any, n: Any) -> Any:
    """(kind, length) of the binary message at byte ``i`` of the buffer at address ``buffer``; length 0: none begins here, -1: more bytes must say.

    ``n`` is the number of real bytes; kinds index :data:`KINDS`.
    """
    first = byte(buffer, i)
    if first == 0xD3:
        return RTCM3, _rtcm3(buffer, i, n)
    if i + 3 > n:
        return UBX, MORE if first in (0xB5, 0x24, 0xAA) else NO
    second, third = byte(buffer, i + 1), byte(buffer, i + 2)
    if first == 0xB5 and second == 0x62:
        return UBX, _ubx(buffer, i, n)
    if first == 0x24 and second == 0x40:
        return SBF, _sbf(buffer, i, n)
    if first == 0xAA and second == 0x44 and third == 0x12:
        return NOVATEL, _oem(buffer, i, n)
    if first == 0xAA and second == 0x44 and third == 0xB5:
        return UNICORE, _oem(buffer, i, n)
    return UBX, NO
