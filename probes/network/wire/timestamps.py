# SPDX-License-Identifier: Apache-2.0
"""Timestamps of STAMP and TWAMP packets: NTP 32.32 and truncated PTPv2, and the error estimate beside them.

NTP format (RFC 5905 §6): seconds since 1900-01-01 modulo 2^32 in the upper half, a binary fraction in the lower.
It wraps on 2036-02-07, so decoding always takes a time nearby. PTP format: u32 seconds since 1970-01-01 TAI, u32 ns.
Error estimate (RFC 4656 §4.1.2): S, Z, 6 bits scale, 8 bits multiplier; error = multiplier * 2^-32 * 2^scale seconds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

NTP_EPOCH_S = 2_208_988_800  # 1900-01-01 to 1970-01-01 (RFC 5905 §6)
SECOND_NS = 1_000_000_000
SYNCHRONISED = 0x8000
PTP_FORMAT = 0x4000
_HALF = np.int64(1) << 31

Times = npt.NDArray[np.int64]
Stamps = npt.NDArray[np.uint64]


def ntp_of(unix_ns: int) -> int:
    """The 64-bit NTP timestamp nearest to ``unix_ns`` (ns since 1970 UTC), modulo its era."""
    seconds, rest = divmod(unix_ns, SECOND_NS)
    stamp = ((seconds + NTP_EPOCH_S) << 32) + ((rest << 33) // SECOND_NS + 1 >> 1)
    return stamp & 0xFFFF_FFFF_FFFF_FFFF


def ptp_of(unix_ns: int, tai_offset_s: int = 37) -> int:
    """The truncated PTPv2 timestamp of ``unix_ns``: TAI seconds and ns; UTC is behind TAI by ``tai_offset_s``."""
    seconds, rest = divmod(unix_ns, SECOND_NS)
    return ((seconds + tai_offset_s & 0xFFFF_FFFF) << 32) + rest


def unix_of_ntp(stamps: Stamps, near_ns: Times) -> Times:
    """Unix ns of NTP ``stamps``, shape (n,), in the era nearest to ``near_ns``; exact for stamps made by :func:`ntp_of`."""
    fraction = (stamps & np.uint64(0xFFFF_FFFF)) * np.uint64(SECOND_NS) + np.uint64(1 << 31) >> np.uint64(32)
    return _seconds_near(stamps, near_ns, NTP_EPOCH_S) * SECOND_NS + fraction.astype(np.int64)


def unix_of_ptp(stamps: Stamps, near_ns: Times, tai_offset_s: int = 37) -> Times:
    """Unix ns of truncated PTPv2 ``stamps``, shape (n,), in the era nearest to ``near_ns``."""
    nanoseconds = (stamps & np.uint64(0xFFFF_FFFF)).astype(np.int64)
    return _seconds_near(stamps, near_ns, tai_offset_s) * SECOND_NS + nanoseconds


def unix_of(stamps: Stamps, errors: npt.NDArray[np.uint16], near_ns: Times) -> Times:
    """Unix ns of ``stamps``, each in the format that the Z bit of its own error estimate names (RFC 8762 §4.2.1)."""
    ptp = (errors & np.uint16(PTP_FORMAT)) != 0
    return np.where(ptp, unix_of_ptp(stamps, near_ns), unix_of_ntp(stamps, near_ns))


def error_estimate(error_ns: int, *, synchronised: bool, ptp: bool = False) -> int:
    """The 16-bit error estimate that is nearest to ``error_ns`` from above; multiplier 0 (invalid) is never written."""
    units = max(1, -(-(max(error_ns, 0) << 32) // SECOND_NS))
    scale = max(0, units.bit_length() - 8)
    multiplier = -(-units >> scale)
    if multiplier > 255:
        scale, multiplier = scale + 1, -(-units >> scale + 1)
    if scale > 63:
        scale, multiplier = 63, 255
    return (SYNCHRONISED if synchronised else 0) | (PTP_FORMAT if ptp else 0) | scale << 8 | multiplier


def error_ns(estimate: int) -> float | None:
    """The error in ns that a 16-bit error estimate states; None when its multiplier is 0 (invalid, RFC 4656 §4.1.2)."""
    multiplier = estimate & 0xFF
    scale = estimate >> 8 & 0x3F
    return None if multiplier == 0 else multiplier * 2.0 ** (scale - 32) * SECOND_NS


def errors_ns(estimates: Times) -> npt.NDArray[np.float64]:
    """As :func:`error_ns` for a row of them, shape (n,); 0 where the multiplier is."""
    scale = (estimates >> 8 & 0x3F).astype(np.float64)
    found: npt.NDArray[np.float64] = (estimates & 0xFF).astype(np.float64) * np.exp2(scale - 32) * SECOND_NS
    return found


def _seconds_near(stamps: Stamps, near_ns: Times, epoch_s: int) -> Times:
    """Unix seconds whose lower 32 bits, counted from an epoch ``epoch_s`` before 1970, are the upper half of ``stamps``."""
    near = near_ns // SECOND_NS + epoch_s
    seconds = (stamps >> np.uint64(32)).astype(np.int64)
    ahead = (seconds - near + _HALF) % (_HALF * 2) - _HALF
    unix: Times = near + ahead - epoch_s
    return unix
