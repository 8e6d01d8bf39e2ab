# SPDX-License-Identifier: Apache-2.0
"""When and where a photograph was taken, as its camera wrote it: Exif (CIPA DC-008) in JPEG, PNG and WebP. Pure, never past the bytes."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from probes.immersive.formats.look import look

_TAKEN, _DIGITISED, _EXIF, _GPS = 0x9003, 0x9004, 0x8769, 0x8825
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
_MOST_ENTRIES = 512
_MOMENT = re.compile(rb"(\d{4})[:\-/](\d\d)[:\-/](\d\d) (\d\d):(\d\d):(\d\d)")
_HEIF = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif")
_Entries = dict[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Photo:
    """``taken``: local time by the camera's clock; ``latitude``, ``longitude`` in degrees. None where the picture does not say.

    ``readable``: False for a picture whose form keeps them where this does not look (HEIF). ``look``: what it shows
    (:mod:`probes.immersive.formats.look`), empty where nothing here decodes it.
    """

    taken: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    readable: bool = True
    look: tuple[int, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether it says where."""
        return self.latitude is not None and self.longitude is not None


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin as a picture does."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*"))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or data[4:12] in _HEIF
    )


def read(data: bytes) -> Photo:
    """What the picture says of itself; a damaged or contradicting entry says nothing."""
    if data[4:12] in _HEIF:
        return Photo(readable=False)
    seen = look(data)
    with suppress(struct.error, ValueError, IndexError):
        for block in _blocks(data):
            return replace(_photo(block), look=seen)
    return Photo(look=seen)


def _blocks(data: bytes) -> Iterator[bytes]:
    """The TIFF structure inside each Exif block."""
    if data.startswith(b"\xff\xd8"):
        yield from _jpeg(data)
    elif data.startswith(b"\x89PNG"):
        yield from _chunks(data, 8, ">I", 12, b"eXIf")
    elif data.startswith(b"RIFF"):
        yield from _chunks(data, 12, "<I", 8, b"EXIF")
    elif data.startswith((b"II*\0", b"MM\0*")):
        yield data


def _jpeg(data: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, size = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA or size < 2:
            return
        body = data[at + 4 : at + 2 + size]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            yield body[6:]
        at += 2 + size


def _chunks(data: bytes, at: int, order: str, overhead: int, wanted: bytes) -> Iterator[bytes]:
    png = order == ">I"
    while at + 8 <= len(data):
        size, name = (
            (struct.unpack_from(order, data, at)[0], data[at + 4 : at + 8])
            if png
            else (struct.unpack_from(order, data, at + 4)[0], data[at : at + 4])
        )
        if name == wanted:
            yield data[at + 8 : at + 8 + size].removeprefix(b"Exif\0\0")
        at += overhead + size + (0 if png else size % 2)


def _photo(tiff: bytes) -> Photo:
    order = {b"II": "<", b"MM": ">"}[tiff[:2]] if tiff[:2] in {b"II", b"MM"} else ""
    if not order or struct.unpack_from(f"{order}H", tiff, 2)[0] != 42:
        return Photo()
    first = _entries(tiff, struct.unpack_from(f"{order}I", tiff, 4)[0], order)
    inner = _inner(tiff, first, _EXIF, order)
    gps = _inner(tiff, first, _GPS, order)
    taken = next((inner[tag][1] for tag in (_TAKEN, _DIGITISED) if tag in inner), b"")
    latitude, longitude = _degrees(gps, 1, order), _degrees(gps, 3, order)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        latitude = longitude = None
    return Photo(_moment(taken), latitude, longitude)


def _inner(tiff: bytes, entries: _Entries, tag: int, order: str) -> _Entries:
    if tag not in entries:
        return {}
    return _entries(tiff, struct.unpack_from(f"{order}I", entries[tag][1])[0], order)


def _entries(tiff: bytes, at: int, order: str) -> _Entries:
    """Tag -> (kind, bytes of its value) of a directory."""
    found: _Entries = {}
    for number in range(min(struct.unpack_from(f"{order}H", tiff, at)[0], _MOST_ENTRIES)):
        tag, kind, count, where = struct.unpack_from(f"{order}HHII", tiff, at + 2 + 12 * number)
        size = _SIZES.get(kind, 0) * count
        start = at + 10 + 12 * number if size <= 4 else where
        value = tiff[start : start + size]
        if size and len(value) == size:
            found.setdefault(tag, (kind, value))
    return found


def _moment(text: bytes) -> datetime | None:
    found = _MOMENT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    with suppress(ValueError):
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a camera knows no zone
    return None


def _degrees(gps: _Entries, tag: int, order: str) -> float | None:
    """Latitude (tag 1) or longitude (tag 3), of which the tag holds the side and the next one degrees, minutes and seconds."""
    plus, minus, most = (b"N", b"S", 90) if tag == 1 else (b"E", b"W", 180)
    side, value = gps.get(tag, (0, b""))[1][:1], gps.get(tag + 1, (0, b""))
    if side not in {plus, minus} or value[0] != 5 or len(value[1]) != 24:
        return None
    numbers = struct.unpack(f"{order}6I", value[1])
    if 0 in numbers[1::2]:
        return None
    degrees, minutes, seconds = (above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True))
    found = float(degrees + minutes / 60 + seconds / 3600)
    if found > most or minutes >= 60 or seconds >= 60:
        return None
    return found if side == plus else -found
