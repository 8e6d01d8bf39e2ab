# SPDX-License-Identifier: Apache-2.0
"""Observations in a receiver's or a base's own stream: RTCM 3, UBX and Unicore messages between whatever else comes along."""

from __future__ import annotations

import binascii
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from probes.gnss.formats.binary import RTCM3, UBX, UNICORE, binary_frame
from probes.gnss.formats.gps_time import GPS_EPOCH, leap_s
from probes.gnss.formats.observed import msm, rawx, unicore
from probes.gnss.formats.observed.columns import Observations, Rows, observed

_LEADS = re.compile(rb"\xd3[\x00-\x03]|\xb5\x62|\xaa\x44\xb5|#OBSVMA,")
_BEIDOU_WEEK, _GALILEO_WEEK = 1356, 1024
"""GPS weeks before week 0 of BeiDou's and of Galileo's time."""
_LEGACY = frozenset(range(1001, 1005)) | frozenset(range(1009, 1013))
_LEAPS = range(13, 31)
_RECENT = datetime(2020, 1, 1, tzinfo=UTC)
"""No leap second has come since 2017."""


class Message(NamedTuple):
    """One message with a right checksum: index of its kind (-1 for text), where it begins, its bytes."""

    kind: int
    start: int
    data: bytes


def read_stream(data: bytes, day: date | None = None) -> Observations:
    """The observations in a stream. ``day``: about when it was recorded, for RTCM, which tells no week.

    Without it the week is that of the BeiDou or Galileo ephemerides in the stream; without those, times count from the
    beginning of the week and the result is not dated.
    """
    walk = _Walk(day)
    for message in _messages(data, walk.damaged):
        walk.take(message)
    return walk.result()


class _Walk:
    """What is known on the way through a stream."""

    def __init__(self, day: date | None) -> None:
        self.damaged = Counter[str]()
        self._unread: dict[str, int] = {}
        self._locks = msm.Locks()
        self._dated: list[Rows] = []
        self._in_week: list[tuple[str, Rows]] = []
        self._day = None if day is None else datetime.combine(day, time(12), UTC)
        self._week = None if self._day is None else (self._day - GPS_EPOCH) // timedelta(weeks=1)

    def take(self, message: Message) -> None:
        if message.kind == UBX:
            if message.data[2:4] == bytes((rawx.CLASS, rawx.IDENTIFIER)):
                self._dated.append(rawx.rows_of(message.data[6:-2], self._locks, self._unread))
        elif message.kind == UNICORE:
            if int.from_bytes(message.data[4:6], "little") == unicore.MESSAGE:
                self._dated.append(unicore.binary_rows(message.data, self._locks, self._unread))
        elif message.kind < 0:
            self._dated.append(unicore.text_rows(message.data, self._locks, self._unread))
        elif message.kind == RTCM3:
            self._rtcm(message.data[3:-3])

    def _rtcm(self, body: bytes) -> None:
        number = int.from_bytes(body[:2], "big") >> 4
        if msm.is_msm(number):
            rows = msm.rows_of(body, self._locks, self._unread)
            self._in_week.append(("R" if number // 10 == 108 else "", rows))
        elif number in _LEGACY:
            self._unread[f"RTCM {number}"] = self._unread.get(f"RTCM {number}", 0) + 1
        elif self._week is None and number in {1042, 1045, 1046} and len(body) > 4:
            bits = int.from_bytes(body[:4], "big") & 0x3FFF  # from bit 18 on
            self._week = (bits >> 1) + _BEIDOU_WEEK if number == 1042 else (bits >> 2) + _GALILEO_WEEK

    def result(self) -> Observations:
        in_week = self._unrolled()
        if not self._in_week:
            return self._told(self._dated, dated=True)
        if self._week is None:
            return self._told([*self._dated, *in_week], dated=False)
        return self._told([*self._dated, *in_week], dated=True)

    def _told(self, parts: list[Rows], *, dated: bool) -> Observations:
        return observed(parts, dated=dated, unread=self._unread, damaged=sum(self.damaged.values()))

    def _unrolled(self) -> list[Rows]:
        """Times of the week become times: a week more wherever they fall back by half of one, from the week that is known on."""
        leap = self._leap_s()
        out, before, week = [], None, self._first_week()
        for system, rows in self._in_week:
            if not len(rows):
                continue
            if system:
                rows["time_ns"] = (rows["time_ns"] + leap * 10**9) % msm.WEEK_NS
            now = int(rows["time_ns"][0]) % msm.WEEK_NS
            if before is not None and now < before - msm.WEEK_NS // 2:
                week += 1
            elif before is not None and now > before + msm.WEEK_NS // 2:
                now -= msm.WEEK_NS  # one message of the week before came late
            rows["time_ns"] = now + week * msm.WEEK_NS
            before = max(now, 0)
            out.append(rows)
        return out

    def _first_week(self) -> int:
        """The week of the first message: the one that brings it nearest to the day that was named."""
        if self._week is None:
            return 0
        first = next((int(rows["time_ns"][0]) for _, rows in self._in_week if len(rows)), 0)
        if self._day is None:
            return self._week
        wanted = (self._day - GPS_EPOCH) / timedelta(microseconds=1) * 1e3
        return round((wanted - first) / msm.WEEK_NS)

    def _leap_s(self) -> int:
        """GPS time minus UTC: of the day where it is known, else the number that lets GLONASS' epochs fall on the others'."""
        if self._week is not None:
            return leap_s(GPS_EPOCH + timedelta(weeks=self._week))
        others = np.unique(np.concatenate([np.empty(0, np.int64), *(r["time_ns"] for s, r in self._in_week if not s)]))
        mine = np.unique(np.concatenate([np.empty(0, np.int64), *(r["time_ns"] for s, r in self._in_week if s)]))
        meet = [int(np.isin((mine + leap * 10**9) % msm.WEEK_NS, others).sum()) for leap in _LEAPS]
        return _LEAPS[int(np.argmax(meet))] if max(meet) else leap_s(_RECENT)


def _messages(data: bytes, damaged: Counter[str]) -> Iterator[Message]:
    """Every message with a right checksum; in ``damaged`` those that begin and end like one and have a wrong one."""
    buffer = np.frombuffer(data + bytes(64), dtype=np.uint8)
    address, at = buffer.ctypes.data, 0
    while match := _LEADS.search(data, at):
        start = match.start()
        if data[start] == 0x23:
            text = unicore.TEXT.match(data, start)
            at = text.end() if text else start + 1
            right = text is not None and binascii.crc32(text[1], 0xFFFFFFFF) ^ 0xFFFFFFFF == int(text[2], 16)
            if text is not None and right:
                yield Message(-1, start, text[1])
            else:
                damaged["OBSVMA"] += 1
            continue
        kind, length = binary_frame(address, start, len(data))
        if length > 0:
            yield Message(int(kind), start, data[start : start + length])
            at = start + length
            continue
        at = start + 1
        if _looks_whole(data, start):
            damaged["RTCM"] += 1


def _looks_whole(data: bytes, start: int) -> bool:
    """Whether what begins here as RTCM 3 is followed by another message where it says that it ends: then its checksum is wrong."""
    if data[start] != 0xD3:
        return False
    length = int.from_bytes(data[start + 1 : start + 3], "big")
    number, after = int.from_bytes(data[start + 3 : start + 5], "big") >> 4, start + length + 6
    follows = data[after : after + 1] in {b"\xd3", b"\xb5", b"$", b"\xaa", b"#"} or after == len(data)
    return 1001 <= number <= 1300 and length > 2 and follows
