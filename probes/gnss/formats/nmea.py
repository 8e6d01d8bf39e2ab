# SPDX-License-Identifier: Apache-2.0
"""NMEA 0183 sentences one by one, read and written: for what is looked at beside the columns of the compiled decoder."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

KNOT_M_S = 1852 / 3600

FIXED = 4
"""GGA quality of a solution with fixed ambiguities."""
SENTENCE = re.compile(rb"[$!]([A-Z][0-9A-Z]{2,15},[ -)+-~]{0,255})\*([0-9A-F]{2})\r?\n")
"""Any sentence: body, checksum."""
GGA = re.compile(rb"\$([A-Z]{2}GGA,([0-9.]*),(?:[^,*\r\n]*,){4}([0-9]?),[^*\r\n]{0,80})\*([0-9A-F]{2})")
"""A position: body, time of day, quality, checksum."""
GSV = re.compile(rb"\$(([A-Z]{2})GSV,\d+,\d+,\d*((?:,[^,*\r\n]*)+))\*([0-9A-F]{2})")
"""Satellites in view: body, talker, satellites with their leading comma, checksum."""
TALKERS = {b"GP": 1, b"GL": 2, b"GA": 3, b"GB": 4, b"BD": 4, b"GQ": 5, b"QZ": 5, b"GI": 6}
"""System IDs of the talkers of GSV."""


def right(body: bytes, checksum: bytes) -> bool:
    """Whether two hexadecimal digits are the checksum of a body."""
    return reduce(xor, body, 0) == int(checksum, 16)


def rmc(line: bytes) -> tuple[int, float, float, float] | tuple[()] | None:
    """UTC ns since 1970, longitude and latitude in degrees, and speed in m/s (NaN: unknown) of an RMC sentence.

    Empty when the receiver says that its position is void, None when the sentence is damaged.
    """
    body, star, check = line[1:].partition(b"*")
    cells = body.decode("ascii", "replace").split(",")
    try:
        if not star or not right(body, check[:2]) or len(cells) < 10:
            return None
        if cells[2] != "A":
            return ()
        date = datetime.strptime(cells[9], "%d%m%y").replace(tzinfo=UTC)
        clock = timedelta(hours=int(cells[1][:2]), minutes=int(cells[1][2:4]), seconds=float(cells[1][4:]))
        time_ns = int(date.timestamp()) * 10**9 + round(clock.total_seconds() * 10**6) * 1000
        north, east = _degrees(cells[3], 2, cells[4] == "S"), _degrees(cells[5], 3, cells[6] == "W")
        return time_ns, east, north, float(cells[7] or "nan") * KNOT_M_S
    except ValueError:
        return None


def _degrees(text: str, digits: int, negative: bool) -> float:
    value = int(text[:digits]) + float(text[digits:]) / 60
    return -value if negative else value


def sealed(body: str) -> bytes:
    """A body as a sentence: '$', body, '*', checksum, CR LF."""
    data = body.encode("ascii")
    return b"$%b*%02X\r\n" % (data, reduce(xor, data, 0))


def gga(lat_deg: float, lon_deg: float, height_m: float, clock: str) -> bytes:
    """A GGA for network RTK: a declared place at UTC time of day ``clock`` (hhmmss), quality 1."""

    def angle(value: float, width: int, sides: str) -> str:
        degrees, minutes = divmod(round(abs(value) * 60 * 10_000), 60 * 10_000)
        return f"{degrees:0{width}d}{minutes / 10_000:07.4f},{sides[value < 0]}"

    place = f"{angle(lat_deg, 2, 'NS')},{angle(lon_deg, 3, 'EW')}"
    return sealed(f"GPGGA,{clock}.00,{place},1,12,1.0,{height_m:.1f},M,0.0,M,,")
