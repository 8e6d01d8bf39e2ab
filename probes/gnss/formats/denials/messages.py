# SPDX-License-Identifier: Apache-2.0
"""Binary messages of receivers that state the kind of a solution, in a log whose positions are read from sentences: what in them denies a fix.

UBX-NAV-PVT (u-blox interface description), SBF PVTGeodetic and PVTCartesian (Septentrio), BESTPOS and RTKPOS (NovAtel OEM), BESTNAV, PVTSLN and
AGRIC (Unicore). Others say nothing here.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from probes.gnss.formats.binary import NOVATEL, SBF, UBX, UNICORE
from probes.gnss.formats.machine import byte

_PVT, _WIDE_MM = 0x07, 500
_GEODETIC, _CARTESIAN = 4007, 4006
_BESTPOS, _RTKPOS = 42, 141
_BESTNAV, _PVTSLN, _AGRIC = 2118, 1021, 11276
_STATUS, _SECURITY = 0x0301, 0x0927
"""Numbers of UBX-NAV-STATUS and UBX-SEC-SIG, class first."""
_SPOOFED = 2
"""State of u-blox's detector of spoofing from which on it indicates some; below it none, or it does not know."""


@njit(cache=True, nogil=True)
def binary_denies(buffer: Any, at: Any, kind: Any) -> Any:
    """Whether the whole message of ``kind`` at byte ``at`` says that its solution is no fixed one."""
    if kind == UBX:
        return byte(buffer, at + 2) == 0x01 and byte(buffer, at + 3) == _PVT and _pvt(buffer, at + 6)
    if kind == SBF:
        block = _short(buffer, at + 4) & 0x1FFF
        mode = byte(buffer, at + 14) & 0x0F
        fixed = (mode == 4 or mode == 7) and byte(buffer, at + 15) == 0  # noqa: PLR1714 - compiled
        return block in {_GEODETIC, _CARTESIAN} and not fixed
    if kind == NOVATEL:
        message, body = _short(buffer, at + 4), at + byte(buffer, at + 3)
        named = message in {_BESTPOS, _RTKPOS, _BESTNAV}
        return named and (_long(buffer, body) != 0 or not _integer(_long(buffer, body + 4)))
    if kind == UNICORE:
        message, body = _short(buffer, at + 4), at + 24
        if message == _BESTNAV:
            return _long(buffer, body) != 0 or not _integer(_long(buffer, body + 4))
        if message == _PVTSLN:
            return not _integer(_long(buffer, body))
        return message == _AGRIC and byte(buffer, body + 11) != 4
    return False


@njit(cache=True, nogil=True)
def _pvt(buffer: Any, payload: Any) -> Any:
    """No fix, one whose carrier phases are not fixed, or a horizontal accuracy in mm that no fixed solution has."""
    flags = byte(buffer, payload + 21)
    return flags & 1 == 0 or flags >> 6 != 2 or _long(buffer, payload + 40) >= _WIDE_MM


@njit(cache=True, nogil=True)
def _integer(kind: Any) -> Any:
    """Whether a type of position is L1_INT, WIDE_INT, NARROW_INT, RTK_DIRECT_INS or INS_RTKFIXED."""
    return 48 <= kind <= 51 or kind == 56


@njit(cache=True, nogil=True)
def _short(buffer: Any, at: Any) -> Any:
    return byte(buffer, at) + 256 * byte(buffer, at + 1)


@njit(cache=True, nogil=True)
def _long(buffer: Any, at: Any) -> Any:
    return _short(buffer, at) + 65536 * _short(buffer, at + 2)


@njit(cache=True, nogil=True)
def binary_alarms(buffer: Any, at: Any) -> Any:
    """Whether the whole UBX message at byte ``at`` says that signals are spoofed."""
    message, payload = _short(buffer, at + 2), at + 6
    if message == _STATUS:
        return byte(buffer, payload + 7) >> 3 & 3 >= _SPOOFED
    if message == _SECURITY:
        version = byte(buffer, payload)
        if version == 1:
            return byte(buffer, payload + 8) >> 1 & 7 >= _SPOOFED
        return version == 2 and byte(buffer, payload + 1) >> 4 & 7 >= _SPOOFED
    return False


SAYS_SPOOFED = "UBX: spoofing"
"""What such a message is called where alarms are told."""
