# SPDX-License-Identifier: Apache-2.0
"""Logs of clocks: which program wrote it, which column is the offset, and what its sign means.

Offsets are returned as LOCAL MINUS REFERENCE, positive for a clock that is ahead. The programs disagree, so every format
carries its factor (chrony.conf(5): "positive indicates that the local clock is slow" for measurements, "+ve => local
fast" in its sources for statistics and tracking; NTP's theta is what must be added to the local clock, RFC 5905 8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of log: a pattern of bytes with the groups time and offset, the factor to s and local minus reference."""

    name: str
    pattern: re.Pattern[bytes]
    factor: float
    clock: Callable[[re.Match[bytes]], float]
    self_reported: bool = True
    """Whether the host itself wrote it about the source it follows: such a log proves nothing about that source."""


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Samples in the order of the log: ``time_s`` on the log's own scale, ``offset_s`` local minus reference."""

    format: str
    time_s: Floats
    offset_s: Floats
    other_lines: int
    self_reported: bool = True


def _utc(match: re.Match[bytes]) -> float:
    return datetime.fromisoformat(match["time"].decode()).replace(tzinfo=UTC).timestamp()


def _seconds(match: re.Match[bytes]) -> float:
    return float(match["time"])


def _mjd(match: re.Match[bytes]) -> float:
    return (int(match["day"]) - 40587) * 86400 + float(match["time"])


_NUMBER = rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_CHRONY = rb"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +\S+ +"


def _format(name: str, pattern: bytes, factor: float, clock: Callable[[re.Match[bytes]], float]) -> Format:
    return Format(name, re.compile(pattern, re.MULTILINE), factor, clock, name != "counter")


FORMATS = (
    _format(
        "chrony measurements",
        _CHRONY + rb"[N+?-] +\d+ +[01]{3} [01]{3} [01]{4} +-?\d+ +-?\d+ +[\d.]+ +(?P<offset>" + _NUMBER + rb") ",
        -1.0,
        _utc,
    ),
    _format(
        "chrony tracking",
        _CHRONY + rb"\d+ +" + _NUMBER + rb" +[\d.]+ +(?P<offset>" + _NUMBER + rb") [N+?-] ",
        1.0,
        _utc,
    ),
    _format("chrony statistics", _CHRONY + rb"\d\.\d+e[-+]\d+ +(?P<offset>" + _NUMBER + rb") +\d\.\d+e", 1.0, _utc),
    _format("ptp4l", rb"ptp4l\[(?P<time>[\d.]+)\]:.*? master offset +(?P<offset>-?\d+) s\d", 1e-9, _seconds),
    _format("phc2sys", rb"phc2sys\[(?P<time>[\d.]+)\]:.*? offset +(?P<offset>-?\d+) s\d", 1e-9, _seconds),
    _format("ts2phc", rb"ts2phc\[(?P<time>[\d.]+)\]:.*? offset +(?P<offset>-?\d+) s\d", 1e-9, _seconds),
    _format(
        "peerstats",
        rb"^(?P<day>\d{5}) (?P<time>[\d.]+) [\d.:a-fA-F()]*[.:][\d.:a-fA-F()]* +[0-9a-fA-F]{3,4} +(?P<offset>"
        + _NUMBER
        + rb") ",
        -1.0,
        _mjd,
    ),
    _format(
        "loopstats", rb"^(?P<day>\d{5}) (?P<time>[\d.]+) (?P<offset>" + _NUMBER + rb") " + _NUMBER + rb" ", -1.0, _mjd
    ),
    _format(
        "counter", rb"^ *(?P<time>\d+(?:\.\d+)?)(?: *, *| +)(?P<offset>" + _NUMBER + rb")(?:[, ].*)?\r?$", 1.0, _seconds
    ),
)
"""In order of how particular they are; ``counter`` is a time-interval counter's two columns, s and s, as TICC writes them."""
_SUMMARY_LINE = re.compile(rb"(?:ptp4l|phc2sys|ts2phc)\[[\d.]+\]:.*? rms +\d+ max +\d+ ")


def read_offsets(data: bytes, name: str = "") -> Offsets:
    """The offsets in ``data``; the format is the one that matches most lines, or the one called ``name``.

    An empty result where no line matches: the format is then "".
    """
    chosen = [each for each in FORMATS if not name or each.name == name]
    found = max(chosen, key=lambda each: len(each.pattern.findall(data[:200_000])), default=None)
    matches = [] if found is None else list(found.pattern.finditer(data))
    if found is None or not matches:
        return Offsets("", np.empty(0), np.empty(0), len(data.splitlines()))
    time = np.array([found.clock(match) for match in matches])
    offset = np.array([float(match["offset"]) for match in matches]) * found.factor
    return Offsets(found.name, time, offset, len(data.splitlines()) - len(matches), found.self_reported)


def summary_lines(data: bytes) -> int:
    """Lines of linuxptp that carry an rms and a maximum over an interval instead of one offset (summary_interval > 0)."""
    return len(_SUMMARY_LINE.findall(data))


def names() -> Sequence[str]:
    """Names of the formats."""
    return tuple(each.name for each in FORMATS)


def is_utf16(head: bytes) -> bool:
    """Whether the first bytes of a file look like UTF-16: a byte order mark, or every other byte zero."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    halves: Sequence[bytes] = (head[::2], head[1::2])
    return any(len(half) > 8 and half.count(0) > 0.9 * len(half) for half in halves) and head.count(0) < len(head)
