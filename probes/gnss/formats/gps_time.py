# SPDX-License-Identifier: Apache-2.0
"""GPS time and UTC, and what the rows of every reader have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAPS = (
    (datetime(2017, 1, 1, tzinfo=UTC), 18),
    (datetime(2015, 7, 1, tzinfo=UTC), 17),
    (datetime(2012, 7, 1, tzinfo=UTC), 16),
    (datetime(2009, 1, 1, tzinfo=UTC), 15),
    (datetime(2006, 1, 1, tzinfo=UTC), 14),
    (datetime(1999, 1, 1, tzinfo=UTC), 13),
)
"""GPS time minus UTC in s from each date on (IERS Bulletin C); none has been announced since 2017."""

Row = tuple[int, float, float, float, float, int, int, float, int, int]
"""UTC ns, latitude, longitude, altitude, separation, quality, satellites, age, decimals of minutes, of height."""
Rows = Iterator[tuple[int, Row]]


class Reading:
    """What a reader was told, and what it could not read: a count by what it was, so that nothing is passed over in silence."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """With the settings of a table: columns, qualities."""
        self.config = config
        self.unread = Counter[str]()

    def quality(self, table: Mapping[Any, int], word: Any) -> int:
        """GGA's quality of a receiver's own word; one that is not known is no solution, and is told."""
        if word not in table:
            self.unread[f"quality {word}"] += 1
        return table.get(word, 0)


def leap_s(gps: datetime) -> int:
    """GPS time minus UTC in s."""
    return next((leap for since, leap in _LEAPS if gps >= since + timedelta(seconds=leap)), 0)


def utc(gps: datetime) -> datetime:
    """UTC of a GPS time."""
    return gps - timedelta(seconds=leap_s(gps))


def utc_ns(gps_ns: int) -> int:
    """UTC ns since 1970 of ns of GPS time since 1980."""
    gps = GPS_EPOCH + timedelta(seconds=gps_ns // 10**9)
    return gps_ns + round(GPS_EPOCH.timestamp()) * 10**9 - leap_s(gps) * 10**9


def ns(moment: datetime) -> int:
    """UTC ns since 1970, exactly."""
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * 10**9 + moment.microsecond * 1000


def minute_decimals(text: str) -> int:
    """Decimals of a minute that decimals of a degree are worth, rounded down: nine decimals of a degree are seven."""
    return max(0, len(text.partition(".")[2]) - 2)
