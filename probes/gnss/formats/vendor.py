# SPDX-License-Identifier: Apache-2.0
"""Positions in sentences and messages of makers: GGK, KSXT, BESTNAVA, BESTPOSA, PVTSLNA, and in GNS where GGA is off."""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import xor

from probes.gnss.formats.gps_time import GPS_EPOCH, Reading, Rows, minute_decimals, ns, utc
from probes.gnss.formats.nmea import FIXED

GGK = {0: 0, 1: 1, 2: 5, 3: 4, 4: 2, 5: 9, 6: 5, 7: 4, 8: 5, 9: 4, 10: 5, 11: 2, 12: 5, 13: 2, 14: 5, 15: 5}
"""Trimble's list: 3, 7 and 9 are fixed (single base, network in three and in two dimensions); RTX and xFill are not."""
LEICA = {0: 0, 1: 1, 2: 5, 3: 4}
KSXT = {0: 0, 1: 1, 2: 5, 3: 4}
SOLUTIONS = {"NONE": 0, "SINGLE": 1, "DOPPLER_VELOCITY": 0, "PROPAGATED": 6, "PSRDIFF": 2, "WAAS": 9, "SBAS": 9}
SOLUTIONS |= dict.fromkeys(("L1_FLOAT", "IONOFREE_FLOAT", "NARROW_FLOAT", "WIDE_FLOAT", "FLOATCONV"), 5)
SOLUTIONS |= dict.fromkeys(("PPP_CONVERGING", "PPP", "PPP_BASIC", "PPP_BASIC_CONVERGING", "OMNISTAR", "OMNISTAR_HP"), 5)
SOLUTIONS |= dict.fromkeys(("L1_INT", "WIDE_INT", "NARROW_INT"), 4)
SOLUTIONS |= dict.fromkeys(("INS", "INS_SBAS", "INS_PSRSP", "INS_PSRDIFF", "INS_RTKFLOAT", "INS_RTKFIXED"), 6)
SOLUTIONS |= {"FIXEDPOS": 7, "FIXEDHEIGHT": 7}
"""NovAtel's and Unicore's types of a position as GGA's qualities."""
_SET = {"FINE", "FINESTEERING", "FINEADJUSTING", "FINEBACKUPSTEERING", "COARSE", "COARSESTEERING", "COARSEADJUSTING"}
_SET |= {"FREEWHEELING", "SATTIME", "EXTERN", "EXACT"}
"""States of a receiver's clock in which it tells a time (NovAtel OEM, Unicore: time status); in any other it tells none."""
WIDEST_M, TOO_WIDE = 0.5, "fixed, with a deviation of 0.5 m or more"
"""A standard deviation that no fixed solution has, and what it is called where it is told."""
_DATUMS = {"WGS84", "CGCS2000", "61"}
"""Of positions on the ellipsoid that all of this is compared on; any other is no solution here, and told."""
_SENTENCE = re.compile(rb"\$(PTNL,GGK,[^*$\r\n]+|G[A-Z]GGK,[^*$\r\n]+)\*([0-9A-Fa-f]{2})")
_KSXT = re.compile(rb"\$(KSXT,[^*$\r\n]+)\*([0-9A-Fa-f]{2})")
_GNS = re.compile(rb"\$([A-Z]{2}GNS,[^*$\r\n]+)\*([0-9A-Fa-f]{2})")
_MESSAGE = re.compile(rb"#([A-Z0-9]+A,[^*#\r\n]+;[^*#\r\n]+)\*([0-9A-Fa-f]{8})")


def ggk(data: bytes, reading: Reading) -> Rows:
    """Trimble PTNL,GGK and Leica GPGGK: time, mmddyy, lat, lon, quality, satellites, DOP, EHT + ellipsoidal height."""
    for start, found in _sentences(_SENTENCE, data, reading):
        trimble = found[0] == "PTNL"
        cells = found[1:] if trimble else found
        try:
            moment = datetime.strptime(f"{cells[2]} {_padded(cells[1])}", "%m%d%y %H%M%S.%f").replace(tzinfo=UTC)
            lat, lon = _dm(cells[3], cells[4], "S"), _dm(cells[5], cells[6], "W")
            height = cells[10].removeprefix("EHT")
            if len(cells) > 11 and cells[11].upper() != "M":
                raise ValueError(cells[11])  # noqa: TRY301 - as any other cell that is not understood
            quality = reading.quality(GGK if trimble else LEICA, int(cells[7]))
            digits = min(len(cells[3].partition(".")[2]), len(cells[5].partition(".")[2]))
            row = (ns(moment), lat, lon, _finite(height), 0.0, quality, int(cells[8]))
        except (ValueError, IndexError):
            reading.unread["GGK"] += 1
            continue
        yield start, (*row, math.nan, digits, len(height.partition(".")[2]))


def ksxt(data: bytes, reading: Reading) -> Rows:
    """KSXT of Unicore, ComNav and their kin: UTC, lon, lat, altitude above the sea, …, quality, …, satellites, …, age.

    It names no geoid separation, so that its height is no ellipsoidal one.
    """
    for start, cells in _sentences(_KSXT, data, reading):
        try:
            moment = datetime.strptime(_padded(cells[1], 14), "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)
            lon, lat, height = (_finite(each) for each in cells[2:5])
            quality, count = reading.quality(KSXT, int(cells[10])), int(cells[13])
            age = _finite(cells[20]) if len(cells) > 20 and cells[20] else math.nan
        except (ValueError, IndexError):
            reading.unread["KSXT"] += 1
            continue
        digits = min(minute_decimals(cells[2]), minute_decimals(cells[3]))
        row = (ns(moment), lat, lon, height, math.nan, quality, count, age)
        yield start, (*row, digits, len(cells[4].partition(".")[2]))


def gns(data: bytes, reading: Reading) -> Rows:
    """GNS of a receiver that sends no GGA; it has a time of day only, and a mode letter for each system."""
    for start, cells in _sentences(_GNS, data, reading):
        try:
            lat, lon = _dm(cells[2], cells[3], "S"), _dm(cells[4], cells[5], "W")
            sea = _finite(cells[9]) if cells[9] else math.nan
            separation = _finite(cells[10]) if cells[10] else math.nan
            age = _finite(cells[11]) if cells[11] else math.nan
            row = (_tod_ns(cells[1]), lat, lon, sea, separation, _gns_quality(cells[6]), int(cells[7]), age)
        except (ValueError, IndexError):
            if any(cells[2:6]):
                reading.unread["GNS"] += 1
            continue
        digits = min(len(cells[2].partition(".")[2]), len(cells[4].partition(".")[2]))
        yield start, (*row, digits, len(cells[9].partition(".")[2]))


def _gns_quality(modes: str) -> int:
    """GGA's quality: what is not measured decides first, then the weakest kind of ambiguities."""
    for letters, quality in (("EMS", 6), ("F", 5), ("R", 4), ("P", 3), ("D", 2), ("A", 1)):
        if set(letters) & set(modes):
            return quality
    return 0


def _message(
    names: Sequence[str],
    time: Callable[[Sequence[str]], timedelta],
    at: Sequence[int],
    datum: int,
    deviations: Sequence[int],
) -> Callable[..., Rows]:
    """A reader of one ASCII message: ``at`` the places of type, latitude, longitude, sea height, undulation, age, satellites.

    ``datum``: where it is named, -1 where it is not; ``deviations``: those of the standard deviations of latitude and longitude.
    """

    def read(data: bytes, reading: Reading) -> Rows:
        for match in _MESSAGE.finditer(data):
            head, body = (part.split(",") for part in match[1].decode("ascii", "replace").split(";", 1))
            if head[0] not in names:
                continue
            if binascii.crc32(match[1], 0xFFFFFFFF) ^ 0xFFFFFFFF != int(match[2], 16):
                reading.unread[f"{head[0]} with a wrong checksum"] += 1
                continue
            try:
                kind, *_ = texts = [body[each] for each in at]
                lat, lon, sea, undulation, age = (_finite(each) for each in texts[1:6])
                quality = reading.quality(SOLUTIONS, kind)
                quality = 0 if at[0] and body[0] != "SOL_COMPUTED" else quality
                if quality == FIXED and not max(float(body[each]) for each in deviations) < WIDEST_M:
                    quality = reading.quality({}, TOO_WIDE)
                if datum >= 0 and body[datum] not in _DATUMS:
                    reading.unread[f"datum {body[datum]}"] += 1
                    quality = 0
                row = (ns(utc(GPS_EPOCH + time(head))), lat, lon, sea, undulation, quality, int(texts[6]), age)
            except (ValueError, IndexError):
                reading.unread[head[0]] += 1
                continue
            yield match.start(), (*row, minute_decimals(texts[1]), len(texts[3].partition(".")[2]))

    return read


def _finite(text: str) -> float:
    """A number; ValueError also for the words that Python takes for one."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _unicore(head: Sequence[str]) -> timedelta:
    """Week and ms of GPS time; ValueError for another scale, or a clock that is not set."""
    if head[2] not in {"GPS", "GPST"} or head[3] not in _SET or int(head[4]) <= 0:
        raise ValueError(head[3])
    return timedelta(weeks=int(head[4]), milliseconds=int(head[5]))


def _novatel(head: Sequence[str]) -> timedelta:
    """Week and s of GPS time; ValueError for a clock that is not set."""
    if head[4] not in _SET or int(head[5]) <= 0:
        raise ValueError(head[4])
    return timedelta(weeks=int(head[5]), milliseconds=round(float(head[6]) * 1000))


bestnav = _message(("BESTNAVA",), _unicore, (1, 2, 3, 4, 5, 11, 14), 6, (7, 8))
"""Unicore; its checksum, like NovAtel's, is CRC-32 without the final inversion."""
bestpos = _message(("BESTPOSA",), _novatel, (1, 2, 3, 4, 5, 11, 14), 6, (7, 8))
pvtsln = _message(("PVTSLNA",), _unicore, (0, 2, 3, 1, 12, 7, 14), -1, (5, 6))


def _sentences(pattern: re.Pattern[bytes], data: bytes, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """(offset, fields) of the sentences with a right checksum."""
    for match in pattern.finditer(data):
        cells = match[1].decode("ascii", "replace").split(",")
        if reduce(xor, match[1]) == int(match[2], 16):
            yield match.start(), cells
        else:
            reading.unread[f"{cells[0]} with a wrong checksum"] += 1


def _padded(clock: str, digits: int = 6) -> str:
    """A time with a fraction."""
    return clock if "." in clock else f"{clock[:digits]}.0"


def _tod_ns(clock: str) -> int:
    """hhmmss[.s…] as ns of the day, -1 when it is empty."""
    if not clock:
        return -1
    whole, _, part = clock.partition(".")
    seconds = (int(whole[:2]) * 60 + int(whole[2:4])) * 60 + int(whole[4:6])
    return seconds * 10**9 + int(part.ljust(9, "0")[:9] or 0)


def _dm(text: str, side: str, negative: str) -> float:
    """Degrees of dddmm.mmm; ValueError without a hemisphere and for minutes from 60 on."""
    dot = text.index(".")
    minutes = _finite(text[dot - 2 :])
    if side not in {negative, {"S": "N", "W": "E"}[negative]} or not 0 <= minutes < 60:
        raise ValueError(text)
    degrees = int(text[: dot - 2]) + minutes / 60
    return -degrees if side == negative else degrees
