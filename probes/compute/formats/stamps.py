# SPDX-License-Identifier: Apache-2.0
"""Stamps as meters and programs write them: month first, year first, with fractions, most of them without a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_FORMS = (
    re.compile(r"(?P<mo>\d{2})-(?P<d>\d{2})-(?P<y>\d{4})[ T]+(?P<t>\d{1,2}:\d{2}:\d{2})(?P<f>\.\d{1,9})?()$", re.ASCII),
    re.compile(
        r"(?P<y>\d{4})[-/](?P<mo>\d{1,2})[-/](?P<d>\d{1,2})[ T]+(?P<t>\d{1,2}:\d{2}:\d{2})(?P<f>\.\d{1,9})?"
        r"\s*(?P<z>Z|[+-]\d{2}:?\d{2})?$",
        re.ASCII,
    ),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp_ns(text: str) -> tuple[int, str] | None:
    """Ns since 1970 and the kind of clock: ``utc`` where a zone is written, else ``local``, as if it were UTC; None for no stamp.

    ``03-17-2021 20:48:21.549`` (month first, PTDaemon, LoadGen, tegrastats) and ``2021/03/17 20:48:21.549`` (nvidia-smi, ISO).
    """
    for form in _FORMS:
        match = form.match(text.strip())
        if match is None:
            continue
        found = match.groupdict()
        hour, minute, second = map(int, found["t"].split(":"))
        try:
            whole = datetime(
                int(found["y"]), int(found["mo"]), int(found["d"]), hour, minute, second, tzinfo=_zone(found.get("z"))
            )
        except ValueError:
            return None
        ns = (whole - _EPOCH) // timedelta(seconds=1) * 10**9 + int((found["f"] or ".")[1:].ljust(9, "0"))
        return ns, "utc" if found.get("z") else "local"
    return None


def written(at_ns: int, clock: str) -> str:
    """A stamp as ISO 8601 to the microsecond; without a zone where none is known."""
    moment = (_EPOCH + timedelta(microseconds=at_ns // 1000)).replace(tzinfo=None).isoformat(timespec="microseconds")
    return moment + "Z" if clock == "utc" else moment


def _zone(text: str | None) -> timezone:
    if not text or text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
