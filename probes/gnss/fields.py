# SPDX-License-Identifier: Apache-2.0
"""From framed sentences to columns: numbers are read as integer mantissas and powers of ten, so nothing is rounded twice.

A decimal with at most 15 digits becomes exactly the float64 that Python's ``float`` gives: mantissa and power of ten
are both exact below 2**53 and 10**22, and one division is correctly rounded (IEEE 754).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.kernel import GGA, GNS, GSA, RMC, ZDA

UNKNOWN = -1
"""Integer columns: the field was empty or not a number. Float columns use NaN."""
EPOCH = np.dtype(
    [
        ("offset", "<i8"),  # byte offset of '$' in the segment
        ("tod_ns", "<i8"),  # UTC time of day, ns; -1 without time
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("altitude_m", "<f8"),  # above the geoid, as the receiver's model has it
        ("separation_m", "<f8"),  # geoid above ellipsoid
        ("hdop", "<f8"),
        ("age_s", "<f8"),  # of the differential correction
        ("quality", "<i2"),
        ("satellites", "<i2"),
        ("decimals", "<i2"),  # of the minutes: the lower of latitude's and longitude's
        ("height_decimals", "<i2"),
        ("talker", "<u2"),  # two ASCII letters, little endian
    ]
)
"""One GGA sentence."""
DATE = np.dtype([("offset", "<i8"), ("tod_ns", "<i8"), ("day", "<i4"), ("sure", "<i2")])
"""One RMC or ZDA sentence that names a date: day since 1970-01-01, ``sure`` unless RMC says that it is void."""
USE = np.dtype([("offset", "<i8"), ("tod_ns", "<i8"), ("sats", "<i2", (8,)), ("gns", "<i2")])
"""Satellites used by system in one epoch (index = NMEA systemId, 0 unknown), from consecutive GSA sentences.

``gns``: 0 no GNS sentence, 1 GNS without BeiDou, 2 GNS with BeiDou (fourth mode letter not N).
"""

_POWERS = np.array([10.0**k for k in range(23)])
_INT_POWERS = np.array([10**k for k in range(19)], dtype=np.int64)
_FIELDS = 32
_NANOSECONDS = 10**9


@njit(cache=True, nogil=True)
def split(buffer: Any, start: Any, stop: Any, commas: Any) -> Any:
    """Positions of the commas of ``buffer[start:stop]`` into ``commas``, then ``stop``; returns the number of fields."""
    found = 0
    for i in range(start, stop):
        if buffer[i] == 0x2C and found < len(commas) - 1:
            commas[found] = i
            found += 1
    commas[found] = stop
    return found + 1


@njit(cache=True, nogil=True)
def decimal(buffer: Any, start: Any, stop: Any) -> Any:
    """(mantissa, decimals) of ``buffer[start:stop]``; decimals -1 when it is empty or not a plain decimal number."""
    negative = start < stop and buffer[start] == 0x2D
    if start < stop and (negative or buffer[start] == 0x2B):
        start += 1
    mantissa, places, digits = np.int64(0), -1, 0
    for i in range(start, stop):
        digit = np.int64(buffer[i]) - 0x30
        if 0 <= digit <= 9 and digits < 18:
            mantissa = mantissa * 10 + digit
            digits += 1
            places += places >= 0
        elif buffer[i] == 0x2E and places < 0:
            places = 0
        elif not 0 <= digit <= 9:
            return np.int64(0), -1
    if digits == 0:
        return np.int64(0), -1
    return (-mantissa if negative else mantissa), max(places, 0)


@njit(cache=True, nogil=True)
def number(buffer: Any, start: Any, stop: Any) -> Any:
    """The float64 nearest to the decimal in ``buffer[start:stop]``, NaN when there is none."""
    mantissa, places = decimal(buffer, start, stop)
    return np.nan if places < 0 else mantissa / _POWERS[places]


@njit(cache=True, nogil=True)
def integer(buffer: Any, start: Any, stop: Any) -> Any:
    """The whole number in ``buffer[start:stop]``, -1 when there is none."""
    mantissa, places = decimal(buffer, start, stop)
    return np.int64(mantissa) if places == 0 else np.int64(UNKNOWN)


@njit(cache=True, nogil=True)
def time_of_day(buffer: Any, start: Any, stop: Any) -> Any:
    """hhmmss[.s…] as ns of the day, -1 when it is empty or no time (second 60 is a leap second)."""
    mantissa, places = decimal(buffer, start, stop)
    if places < 0 or places > 9 or mantissa < 0 or stop - start < 6:
        return np.int64(UNKNOWN)
    whole = mantissa // _INT_POWERS[places]
    rest = mantissa - whole * _INT_POWERS[places]
    hour, minute, second = whole // 10000, whole // 100 % 100, whole % 100
    if hour > 23 or minute > 59 or second > 60:
        return np.int64(UNKNOWN)
    return ((hour * 60 + minute) * 60 + second) * _NANOSECONDS + rest * _INT_POWERS[9 - places]


@njit(cache=True, nogil=True)
def degrees(buffer: Any, start: Any, stop: Any, side: Any, other: Any) -> Any:
    """(degrees, decimals of the minutes) of dddmm.mmm and its hemisphere at ``side``; ``other`` is the negative letter.

    NaN when empty, signed (trap: some receivers print a minus and 'W'), out of range, or without hemisphere.
    """
    mantissa, places = decimal(buffer, start, stop)
    positive = 0x4E if other == 0x53 else 0x45
    letter = buffer[side]
    if places < 0 or buffer[start] < 0x30 or (letter != other and letter != positive):  # noqa: PLR1714 - compiled
        return np.nan, -1
    scale = 100 * _INT_POWERS[min(places, 16)]
    whole = mantissa // scale
    minutes = (mantissa - whole * scale) / _POWERS[places]
    if minutes >= 60.0 or whole > (90 if other == 0x53 else 180):
        return np.nan, -1
    value = whole + minutes / 60.0
    return (-value if letter == other else value), places


@njit(cache=True, nogil=True)
def epochs(buffer: Any, rows: Any, base: Any, out: Any) -> Any:
    """Read each GGA of ``rows`` (class, '$', '*') into ``out`` (EPOCH); ``base`` is the offset of ``buffer[0]``. Count."""
    commas = np.empty(_FIELDS, dtype=np.int64)
    count = 0
    for r in range(len(rows)):
        if rows[r, 0] != GGA:
            continue
        start, stop = rows[r, 1], rows[r, 2]
        fields = split(buffer, start, stop, commas)
        for f in range(fields, 15):
            commas[f] = stop
        c = commas
        one = out[count]
        one.offset = base + start
        one.talker = buffer[start + 1] + 256 * np.int64(buffer[start + 2])
        one.tod_ns = time_of_day(buffer, c[0] + 1, c[1])
        one.lat_deg, lat_places = degrees(buffer, c[1] + 1, c[2], c[2] + 1, 0x53)
        one.lon_deg, lon_places = degrees(buffer, c[3] + 1, c[4], c[4] + 1, 0x57)
        one.decimals = min(lat_places, lon_places)
        one.quality = integer(buffer, c[5] + 1, c[6])
        one.satellites = integer(buffer, c[6] + 1, c[7])
        one.hdop = number(buffer, c[7] + 1, c[8])
        mantissa, places = decimal(buffer, c[8] + 1, c[9])
        one.altitude_m = np.nan if places < 0 else mantissa / _POWERS[places]
        one.height_decimals = places
        one.separation_m = number(buffer, c[10] + 1, c[11])
        one.age_s = number(buffer, c[12] + 1, c[13])
        count += 1
    return count


@njit(cache=True, nogil=True)
def days(year: Any, month: Any, day: Any) -> Any:
    """Days from 1970-01-01 to the Gregorian date (Howard Hinnant, days_from_civil), -1 for an impossible one."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return np.int64(UNKNOWN)
    y = year - (month <= 2)
    era = y // 400
    yoe = y - era * 400
    doy = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return np.int64(era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468)


@njit(cache=True, nogil=True)
def dates(buffer: Any, rows: Any, base: Any, out: Any) -> Any:
    """Read each RMC and ZDA of ``rows`` that names a date and a time into ``out`` (DATE); returns their number."""
    commas = np.empty(_FIELDS, dtype=np.int64)
    count = 0
    for r in range(len(rows)):
        kind = rows[r, 0]
        if kind != RMC and kind != ZDA:  # noqa: PLR1714 - compiled
            continue
        c = commas
        fields = split(buffer, rows[r, 1], rows[r, 2], commas)
        day, sure = np.int64(UNKNOWN), 1
        if kind == RMC and fields > 9 and c[9] - c[8] == 7:
            packed = integer(buffer, c[8] + 1, c[9])
            year = packed % 100
            day = days(year + (1900 if year >= 80 else 2000), packed // 100 % 100, packed // 10000)
            sure = buffer[c[1] + 1] == 0x41
        elif kind == ZDA and fields > 4:
            month = integer(buffer, c[2] + 1, c[3])
            day = days(integer(buffer, c[3] + 1, c[4]), month, integer(buffer, c[1] + 1, c[2]))
        tod = time_of_day(buffer, c[0] + 1, c[1]) if fields > 1 else np.int64(UNKNOWN)
        if day >= 0 and tod >= 0:
            one = out[count]
            one.offset, one.tod_ns, one.day, one.sure = base + rows[r, 1], tod, day, sure
            count += 1
    return count


@njit(cache=True, nogil=True)
def system_of(first: Any, second: Any) -> Any:
    """NMEA systemId of a talker: GP 1, GL 2, GA 3, GB and BD 4, GQ and QZ 5, GI 6, else 0 (GN names no system)."""
    if first == 0x47:
        for system, letter in enumerate((0x50, 0x4C, 0x41, 0x42, 0x51, 0x49)):
            if second == letter:
                return system + 1
    if first == 0x42 and second == 0x44:
        return 4
    return 5 if first == 0x51 and second == 0x5A else 0


@njit(cache=True, nogil=True)
def usage(buffer: Any, rows: Any, base: Any, tod: Any, out: Any) -> Any:
    """Satellites used, one row (USE) for consecutive GSA and GNS sentences at one time; returns (rows, last time).

    GSA carries no time: it belongs to the last timed sentence before it. ``tod`` is the time in force at the start
    of ``buffer``, -1 when nothing was seen yet (the caller joins pieces with what stands before them).
    """
    commas = np.empty(_FIELDS, dtype=np.int64)
    count, c = 0, commas
    for r in range(len(rows)):
        kind, start = rows[r, 0], rows[r, 1]
        fields = split(buffer, start, rows[r, 2], commas)
        if kind != GSA:
            now = time_of_day(buffer, c[0] + 1, c[1]) if fields > 1 else np.int64(UNKNOWN)
            tod = now if now >= 0 else tod
        if kind != GSA and (kind != GNS or fields < 7 or c[6] - c[5] < 2):
            continue
        if count == 0 or out[count - 1].tod_ns != tod:
            out[count].offset, out[count].tod_ns, out[count].gns = base + start, tod, 0
            out[count].sats[:] = 0
            count += 1
        one = out[count - 1]
        if kind == GNS:
            beidou = c[6] - c[5] > 4 and buffer[c[5] + 4] != 0x4E
            one.gns = max(one.gns, 2 if beidou else 1)
            continue
        system = integer(buffer, c[17] + 1, c[18]) if fields > 18 else np.int64(UNKNOWN)
        if system < 1 or system > 6:
            system = np.int64(system_of(buffer[start + 1], buffer[start + 2]))
        for f in range(2, min(14, fields - 1)):
            one.sats[system] += c[f + 1] - c[f] > 1
    return count, tod
