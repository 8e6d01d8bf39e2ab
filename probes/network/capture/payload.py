# SPDX-License-Identifier: Apache-2.0
"""What the payload of a packet says, compiled: whether a STAMP sender made it, and how long a reflector kept it.

The caller sees to it that the bytes are there.
"""

from __future__ import annotations

from probes.network.capture.headers import ETHERNET, SLL, SLL2
from probes.network.capture.memory import byte, inner, u16, u32, u64

_ARP_LOOPBACK = 772  # linux/if_arp.h

_NTP_EPOCH, _NEAR, _SECOND = 2_208_988_800, 86_400, 1_000_000_000


@inner
def looks_like_sender(at: int, time: int) -> bool:
    """28 zero bytes, a stated error, and an NTP or PTP time within a day of the capture's (RFC 8762 §4.2.1)."""
    if u64(at + 16) | u64(at + 24) | u64(at + 32) | u32(at + 40) or byte(at + 13) == 0:
        return False
    seconds, now = u32(at + 4), time // _SECOND
    ntp = (seconds - now - _NTP_EPOCH + _NEAR) & 0xFFFF_FFFF
    ptp = (seconds - now + _NEAR) & 0xFFFF_FFFF
    return min(ntp, ptp) < 2 * _NEAR


@inner
def residence(received: int, sent: int, error: int) -> int:
    """T3 - T2 in ns in the format the error estimate names; -1 when it is negative."""
    if error & 0x4000:
        apart = ((sent >> 32) - (received >> 32)) * _SECOND + (sent & 0xFFFF_FFFF) - (received & 0xFFFF_FFFF)
    else:
        fraction = sent - received
        apart = (fraction >> 32) * _SECOND + ((fraction & 0xFFFF_FFFF) * _SECOND >> 32)
    return max(-1, apart)


@inner
def stays(at: int, end: int, link: int) -> int:
    """1 for a frame of a loopback interface: both MAC addresses zero (Linux), or ARPHRD_LOOPBACK in a cooked header; else 0."""
    if link == ETHERNET and at + 12 <= end:
        return 1 if u64(at) == 0 and u32(at + 8) == 0 else 0
    if link == SLL and at + 16 <= end:
        return 1 if u16(at + 2) == _ARP_LOOPBACK else 0
    if link == SLL2 and at + 20 <= end:
        return 1 if u16(at + 8) == _ARP_LOOPBACK else 0
    return 0
