# SPDX-License-Identifier: Apache-2.0
"""From framed sentences to columns: numbers are read as integer mantissas and powers of ten, so nothing is rounded twice.

A decimal with at most 15 digits becomes exactly the float64 that Python's ``float`` gives: mantissa and power of ten
are both exact below 2**53 and 10**22, and one division is correctly rounded (IEEE 754).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.kernel import GGA, GNS, GSA, GST, GSV, MODE, RMC, ZDA, system_of
from probes.gnss.formats.machine import (
    byte,
    comma_bits,
    commas32,
    digits,
    first_dot,
    get,
    leading_zeros,
    load64,
    ones,
    put,
    put_float,
    trailing_zeros,
)
from probes.gnss.formats.modes import MODE_DENIED, OF_ZDA, SURE, dimensions, modes, spread, stated

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
        ("decimals", "i1"),  # of the minutes: the lower of latitude's and longitude's
        ("height_decimals", "i1"),
        ("talker", "<u2"),  # two ASCII letters, little endian
    ]
)
"""One GGA sentence, nine words; the last five fields share the ninth."""
DATE = np.dtype([("offset", "<i8"), ("tod_ns", "<i8"), ("day", "<i4"), ("sure", "<i4")])
"""One RMC or ZDA sentence that names a date: day since 1970-01-01.

``sure``: :data:`probes.gnss.formats.modes.SURE` unless RMC says that it is void, :data:`UNFIXED` where RMC says that the position is not fixed, :data:`OF_ZDA` of a ZDA.
"""
USE = np.dtype([("offset", "<i8"), ("tod_ns", "<i8"), ("sats", "u1", (7,)), ("gns", "u1")])
"""Satellites used by system in one epoch (index = NMEA systemId, 0 unknown), from consecutive GSA sentences, at most 255.

``gns``: 0 without a GNS sentence, else the sum of :data:`GNS_SEEN`, :data:`GNS_BEIDOU` where the fourth mode letter is that of
a satellite solution, :data:`GNS_FIXED` where any letter is R, :data:`GNS_UNREAL` where any is estimated, manual or simulated;
:data:`MODE_DENIED` where GLL, VTG, GST or what a maker says of the solution denies the fix, or DTM says that the datum is another, and what GSA says of its dimensions.
"""
WORDS = (9, 3, 3)
"""Eight-byte words of a row of EPOCH, DATE and USE: kernels write words, numba's records cost a counted reference each."""

_POWERS = np.array([10.0**k for k in range(23)])
_INT_POWERS = np.array([10**k for k in range(19)], dtype=np.int64)
_FIELDS, _MASKS = 32, 4
_LENGTH, _COUNT, _DATE_READ, _DAY_READ, _TEXTS = 36, 37, 38, 39, 40
MEMORY = 50
"""Words of the memory of one class: 32 comma positions, 4 masks of comma bits, length, fields, last ddmmyy, its day, and
the text of five short fields, each with its value."""
_NANOSECONDS = 10**9


@njit(cache=True, nogil=True, forceinline=True)
def layout(line: Any, length: Any, memory: Any) -> Any:
    """Positions of the commas of the sentence at address ``line`` into words 0 to 31 of ``memory``; the number of fields.

    Positions beyond the last comma are ``length``, so that absent fields read as empty ones. Receivers print one
    layout over and over: when the commas stand where they stood in the last sentence of this class, nothing is done.
    """
    same, at = get(memory, _LENGTH) == length and length <= 32 * _MASKS, 0
    while same and at < length:
        same = get(memory, _FIELDS + (at >> 5)) == np.int64(commas32(line, at))
        at += 32
    if not same:
        put(memory, _LENGTH, length)
        put(memory, _COUNT, _split(line, length, memory))
    return get(memory, _COUNT)


@njit(cache=True, nogil=True)
def _split(line: Any, length: Any, memory: Any) -> Any:
    found, at = 0, 0
    while at < length:
        bits = commas32(line, at)
        if at < 32 * _MASKS:
            put(memory, _FIELDS + (at >> 5), np.int64(bits))
        while bits:
            place = at + trailing_zeros(bits)
            if place >= length or found >= _FIELDS - 1:
                break
            put(memory, found, place)
            found += 1
            bits &= bits - np.uint64(1)
        at += 32
    for f in range(found, _FIELDS):
        put(memory, f, length)
    return found + 1


@njit(cache=True, nogil=True, forceinline=True)
def decimal(buffer: Any, start: Any, stop: Any) -> Any:
    """(mantissa, decimals) of bytes [start, stop); decimals -1 when it is empty or not a plain decimal number.

    Up to eight digits before and after the point are read as words; anything else goes digit by digit.
    """
    sign, begin = np.int64(1), start
    if stop <= start:
        return np.int64(0), -1
    if byte(buffer, start) == 0x2D:
        sign, begin = np.int64(-1), start + 1
    word = load64(buffer, begin)
    dot = min(first_dot(word), stop - begin)
    places = max(stop - begin - dot - 1, 0)
    if places > 8 or dot + places == 0 or (dot == 8 and stop - begin > 8):
        return _slow_decimal(buffer, start, stop)
    whole = digits(word, dot)
    part = digits(load64(buffer, begin + dot + 1), places)
    if whole < 0 or part < 0:
        return _slow_decimal(buffer, start, stop)
    return sign * (whole * _INT_POWERS[places] + part), places


@njit(cache=True, nogil=True)
def _slow_decimal(buffer: Any, start: Any, stop: Any) -> Any:
    """The same, digit by digit; digits beyond the eighteenth are cut off."""
    negative = start < stop and byte(buffer, start) == 0x2D
    if start < stop and (negative or byte(buffer, start) == 0x2B):
        start += 1
    mantissa, places, count = np.int64(0), -1, 0
    for i in range(start, stop):
        digit = (byte(buffer, i)) - 0x30
        if 0 <= digit <= 9 and count < 18:
            mantissa = mantissa * 10 + digit
            count += 1
            places += places >= 0
        elif byte(buffer, i) == 0x2E and places < 0:
            places = 0
        elif not 0 <= digit <= 9:
            return np.int64(0), -1
    if count == 0:
        return np.int64(0), -1
    return (-mantissa if negative else mantissa), max(places, 0)


@njit(cache=True, nogil=True)
def number(mantissa: Any, places: Any) -> Any:
    """The float64 nearest to a decimal, NaN when there is none."""
    return np.nan if places < 0 else mantissa / _POWERS[places]


@njit(cache=True, nogil=True)
def integer(mantissa: Any, places: Any) -> Any:
    """The whole number that a decimal is, -1 when it is none."""
    return mantissa if places == 0 else np.int64(UNKNOWN)


@njit(cache=True, nogil=True, forceinline=True)
def _again(line: Any, commas: Any, field: Any, slot: Any) -> Any:
    """(mantissa, decimals) of field ``field``, remembered from the last sentence where up to eight bytes read the same."""
    start, stop = get(commas, field - 1) + 1, get(commas, field)
    length = stop - start
    if not 0 < length <= 8:
        return decimal(line, start, stop)
    text = np.int64(load64(line, start) << np.uint64(64 - 8 * length))
    if text != get(commas, slot):
        mantissa, places = decimal(line, start, stop)
        put(commas, slot, text)
        put(commas, slot + 1, (mantissa << 8) | (places & 0xFF))
    packed = get(commas, slot + 1)
    return packed >> 8, (packed << 56) >> 56


@njit(cache=True, nogil=True)
def time_of_day(buffer: Any, start: Any, stop: Any) -> Any:
    """hhmmss[.s…] as ns of the day, -1 when it is empty or no time (second 60 is a leap second)."""
    places = stop - start - 7
    word = load64(buffer, start)
    if places > 8 or (places >= 0 and first_dot(word) != 6) or places < -1:
        return np.int64(UNKNOWN)
    whole = digits(word, 6)
    part = digits(load64(buffer, start + 7), places) if places > 0 else np.int64(0)
    hour, minute, second = whole // 10000, whole // 100 % 100, whole % 100
    if whole < 0 or part < 0 or hour > 23 or minute > 59 or second > 60:
        return np.int64(UNKNOWN)
    return ((hour * 60 + minute) * 60 + second) * _NANOSECONDS + part * _INT_POWERS[9 - max(places, 0)]


@njit(cache=True, nogil=True, forceinline=True)
def degrees(buffer: Any, start: Any, stop: Any, side: Any, other: Any) -> Any:
    """(degrees, decimals of the minutes) of dddmm.mmm and its hemisphere at ``side``; ``other`` is the negative letter.

    NaN when empty, signed (trap: some receivers print a minus and 'W'), out of range, or without hemisphere.
    """
    positive = 0x4E if other == 0x53 else 0x45
    letter = byte(buffer, side)
    word = load64(buffer, start)
    dot = min(first_dot(word), stop - start)
    places = max(stop - start - dot - 1, 0)
    if dot < 3 or dot > 7 or places > 16 or (letter != other and letter != positive):  # noqa: PLR1714 - compiled
        return np.nan, -1
    whole = digits(word, dot)
    first = digits(load64(buffer, start + dot + 1), min(places, 8))
    second = digits(load64(buffer, start + dot + 9), max(places - 8, 0))
    degree, minute = whole // 100, whole % 100
    if whole < 0 or first < 0 or second < 0 or minute >= 60 or degree > (90 if other == 0x53 else 180):
        return np.nan, -1
    mantissa = (minute * _INT_POWERS[min(places, 8)] + first) * _INT_POWERS[max(places - 8, 0)] + second
    value = degree + mantissa / _POWERS[places] / 60.0
    return (-value if letter == other else value), places


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


@njit(cache=True, nogil=True, forceinline=True)
def _epoch(line: Any, commas: Any, out: Any) -> None:
    """Fill words 2 to 8 of the EPOCH row at address ``out`` from the GGA at address ``line``."""
    lat, lat_places = degrees(line, get(commas, 1) + 1, get(commas, 2), get(commas, 2) + 1, 0x53)
    lon, lon_places = degrees(line, get(commas, 3) + 1, get(commas, 4), get(commas, 4) + 1, 0x57)
    mantissa, places = decimal(line, get(commas, 8) + 1, get(commas, 9))
    put_float(out, 2, lat)
    put_float(out, 3, lon)
    unit = get(commas, 9) + 1
    if get(commas, 10) > unit and byte(line, unit) | 0x20 != 0x6D:
        places = -1  # NMEA knows metres: a height in another unit is none
    put_float(out, 4, number(mantissa, places))
    put_float(out, 5, number(*_again(line, commas, 11, _TEXTS)))
    put_float(out, 6, number(*_again(line, commas, 8, _TEXTS + 2)))
    put_float(out, 7, number(*_again(line, commas, 13, _TEXTS + 4)))
    small = integer(*_again(line, commas, 6, _TEXTS + 6)) & 0xFFFF
    small |= (integer(*_again(line, commas, 7, _TEXTS + 8)) & 0xFFFF) << 16
    small |= ((min(lat_places, lon_places) & 0xFF) << 32) | ((places & 0xFF) << 40)
    put(out, 8, small | (byte(line, 1) << 48) | (byte(line, 2) << 56))


@njit(cache=True, nogil=True)
def _day(line: Any, kind: Any, fields: Any, memory: Any) -> Any:
    """(day since 1970 or -1, what DATE calls sure) that an RMC or ZDA names; the last ddmmyy and its day are remembered."""
    if kind == RMC and fields > 9 and get(memory, 9) - get(memory, 8) == 7:
        packed = digits(load64(line, get(memory, 8) + 1), 6)
        if packed != get(memory, _DATE_READ) or packed < 0:
            year = packed % 100
            put(memory, _DATE_READ, packed)
            put(memory, _DAY_READ, days(year + (1900 if year >= 80 else 2000), packed // 100 % 100, packed // 10000))
        return get(memory, _DAY_READ), stated(line, fields, memory)
    if kind == ZDA and fields > 4:
        month = integer(*decimal(line, get(memory, 2) + 1, get(memory, 3)))
        year = integer(*decimal(line, get(memory, 3) + 1, get(memory, 4)))
        return days(year, month, integer(*decimal(line, get(memory, 1) + 1, get(memory, 2)))), np.int64(SURE | OF_ZDA)
    return np.int64(UNKNOWN), np.int64(0)


@njit(cache=True, nogil=True, forceinline=True)
def _satellites(line: Any, stop: Any) -> Any:
    """(system, satellites) of one GSA: the system ID of NMEA 4.10 where it is there, else the talker's.

    Fields: mode, fix, twelve satellites, PDOP, HDOP, VDOP, system ID. ``commas`` has bit i for a comma at byte 7 + i of
    the line; an empty field is a comma right after another.
    """
    commas = commas32(line, 7) | (commas32(line, 39) << np.uint64(32))
    if stop - 7 < 64:
        commas &= (np.uint64(1) << np.uint64(max(stop - 7, 0))) - np.uint64(1)
    count, named = ones(commas), stop - 7 <= 64
    if not named or count < 16 or count > 17:
        return _slow_satellites(line, stop)
    system = byte(line, stop - 1) - 0x30 if count == 17 and byte(line, stop - 2) == 0x2C else np.int64(UNKNOWN)
    if system < 1 or system > 6:
        system = np.int64(system_of(byte(line, 1), byte(line, 2)))
    names = commas & (commas - np.uint64(1))  # without the comma after the mode
    first = names & (np.uint64(0) - names)  # the comma before the first satellite
    for _ in range(count - 14):  # the last ones stand before PDOP, HDOP, VDOP and the system
        names ^= np.uint64(1) << np.uint64(63 - leading_zeros(names))
    empty = names & (names << np.uint64(1)) & ~first
    return system, 12 - ones(empty)


@njit(cache=True, nogil=True)
def _slow_satellites(line: Any, stop: Any) -> Any:
    """The same, comma by comma, for sentences of unusual shape."""
    at, field, count, commas = 7, 0, 0, 0
    while at < stop:
        begin = at
        while at < stop and byte(line, at) != 0x2C:
            at += 1
        count += 1 < field < 14 and at > begin
        field += 1
        commas += at < stop
        at += 1
    system = byte(line, stop - 1) - 0x30 if commas == 17 and byte(line, stop - 2) == 0x2C else np.int64(UNKNOWN)
    if system < 1 or system > 6:
        system = np.int64(system_of(byte(line, 1), byte(line, 2)))
    return system, count


@njit(cache=True, nogil=True, forceinline=True)
def _use(line: Any, length: Any, kind: Any, memory: Any, packed: Any, totals: Any) -> Any:  # noqa: PLR0917
    """The last word of a USE row after one more GSA, GNS, or sentence that denies the fix: satellites added to their system, or the mode letter's flag."""
    if kind in (MODE, GST):
        return packed | (np.int64(MODE_DENIED) << 56)
    if kind == GSA:
        system, count = _satellites(line, length)
        if byte(line, 9) == 0x31:
            count = 0  # GSA itself says that there is no fix
        put(totals, system, get(totals, system) + count)
        packed |= dimensions(byte(line, 9)) << 56
        return packed + (min(count, 255 - ((packed >> (8 * system)) & 0xFF)) << (8 * system))
    flag = (packed >> 56) | modes(line, get(memory, 5) + 1, get(memory, 6))
    return (packed & 0x00FFFFFFFFFFFFFF) | (flag << 56)


@njit(cache=True, nogil=True)
def columns(  # noqa: PLR0917 - addresses of the caller's arrays, all of them outputs
    buffer: Any,
    rows: Any,
    count: Any,
    base: Any,
    tod: Any,
    used: Any,
    memories: Any,
    epochs: Any,
    dates: Any,
    uses: Any,
) -> Any:
    """Read ``count`` sentences of ``rows`` (class, '$', '*') into EPOCH, DATE and USE rows; everything by address.

    Returns (epochs, dates, uses, time of the last timed sentence). ``base`` is the offset of the buffer's first byte,
    ``memories`` int64[8, MEMORY] whatever :func:`layout` left there; its first words count satellites used by system. GSA carries no time: it belongs to the last timed
    sentence before it; ``used`` (0 or 1) USE rows are there already, the last one may grow; ``tod`` is the time in force at the start, -1 when nothing was seen yet (whoever joins pieces
    puts in what stands before them).
    """
    epoch, date = 0, 0
    early, late, known = np.uint64(0), np.uint64(0), np.int64(UNKNOWN)
    for r in range(count):
        kind, start = get(rows, 3 * r), get(rows, 3 * r + 1)
        line, length = buffer + start, get(rows, 3 * r + 2) - start
        memory, now, fields = memories + 8 * MEMORY * min(kind, GSV), np.int64(UNKNOWN), 0
        timed = kind != GSA and kind != MODE  # noqa: PLR1714 - compiled
        if timed:
            first, second = load64(line, 7), load64(line, 10)
            if first != early or second != late or known < 0:
                known = _clock(line, 7, length)
                early, late = first if comma_bits(second) else np.uint64(0), second
            now = known
            tod = now if now >= 0 else tod
            fields = layout(line, length, memory) if kind != GST else 0
        if kind == GGA:
            out = epochs + 8 * WORDS[0] * epoch
            put(out, 0, base + start)
            put(out, 1, now)
            _epoch(line, memory, out)
            epoch += 1
        elif kind == GST and not spread(line, length):
            continue
        elif not timed or kind == GST or (kind == GNS and fields > 6 and get(memory, 6) - get(memory, 5) > 1):
            if used == 0 or get(uses, 3 * used - 2) != tod:
                put(uses, 3 * used, base + start)
                put(uses, 3 * used + 1, tod)
                put(uses, 3 * used + 2, np.int64(0))
                used += 1
            put(uses, 3 * used - 1, _use(line, length, kind, memory, get(uses, 3 * used - 1), memories))
        elif now >= 0:
            day, sure = _day(line, kind, fields, memory)
            if day >= 0:
                put(dates, 3 * date, base + start)
                put(dates, 3 * date + 1, now)
                put(dates, 3 * date + 2, day | (np.int64(sure) << 32))
                date += 1
    return epoch, date, used, tod


@njit(cache=True, nogil=True)
def _clock(buffer: Any, start: Any, stop: Any) -> Any:
    """Time of day of the field at ``start``, which ends at the next comma or at ``stop``."""
    end = start + (trailing_zeros(comma_bits(load64(buffer, start))) >> 3)
    if end == start + 8:
        end += trailing_zeros(comma_bits(load64(buffer, start + 8))) >> 3
    return time_of_day(buffer, start, min(end, stop))
