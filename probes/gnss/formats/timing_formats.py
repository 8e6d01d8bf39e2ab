# SPDX-License-Identifier: Apache-2.0
"""Logs of clocks: which program wrote it, which column is the offset, and what its sign means.

Offsets are returned as LOCAL MINUS REFERENCE, positive for a clock that is ahead. The programs disagree, so every format
carries its factor (chrony.conf(5): "positive indicates that the local clock is slow" for measurements, "+ve => local
fast" in its sources for statistics and tracking; NTP's theta is what must be added to the local clock, RFC 5905 8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from probes.gnss.formats.alarms import refuse_remarks
from probes.gnss.formats.counters import read_counter, read_workbook

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of log: a pattern of bytes with the groups time and offset, the factor to s and local minus reference.

    A group ``source`` names what the clock was compared with: several of them are several series, never one.
    """

    name: str
    pattern: re.Pattern[bytes]
    factor: float
    clock: Callable[[re.Match[bytes]], float]
    follows: bool = True
    """Whether the offsets are against the very source that the clock follows: such a log proves nothing about that source."""


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """Samples in the order of the log: ``time_s`` on the log's own scale, ``offset_s`` local minus reference.

    ``sources``: samples by what they were compared with, where the log names it; ``repeated`` samples stood there twice and
    count once. ``timed``: whether the log tells times, else ``time_s`` counts samples. ``follows`` as in :class:`Format`.
    """

    format: str
    time_s: Floats
    offset_s: Floats
    other_lines: int
    self_reported: bool = True
    sources: Mapping[str, int] = field(default_factory=dict)
    repeated: int = 0
    timed: bool = True
    follows: bool = False
    unread: int = 0
    """Lines that begin as samples do and are none."""


def _utc(match: re.Match[bytes]) -> float:
    return datetime.fromisoformat(match["time"].decode()).replace(tzinfo=UTC).timestamp()


def _seconds(match: re.Match[bytes]) -> float:
    return float(match["time"])


def _monotonic(match: re.Match[bytes]) -> float:
    """Linuxptp's own time, in the bracket behind the name, or behind the process's number in syslog."""
    return float(match["later"] or match["time"])


def _mjd(match: re.Match[bytes]) -> float:
    return (int(match["day"]) - 40587) * 86400 + float(match["time"])


_NUMBER = rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_CHRONY = rb"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) +(?P<source>\S+) +"
_TRACKING = _CHRONY.replace(b"(?P<source>", b"(?:")


def _format(
    name: str, pattern: bytes, factor: float, clock: Callable[[re.Match[bytes]], float], *, follows: bool = False
) -> Format:
    return Format(name, re.compile(pattern, re.MULTILINE), factor, clock, follows)


def _linuxptp(name: str, what: bytes) -> Format:
    """``name[1000.123]: …``, and as syslog has it ``name[738]: [1000.123] …``; a tag or an interface names the source."""
    head = rb"(?:\[(?:(?P<time>\d+\.\d+)(?::\d+)?|\d+)\])?: (?:\[(?P<later>\d+\.\d+)(?::\d+)?\] )?"
    state = rb" offset +(?P<offset>-?\d+) s(?P<state>[0-3])\b"
    return _format(name, rb"\b" + name.encode() + head + what + state, 1e-9, _monotonic, follows=True)


FORMATS = (
    _format(
        "chrony measurements",
        _CHRONY + rb"[N+?-] +\d+ +[01]{3} [01]{3} [01]{4} +-?\d+ +-?\d+ +[\d.]+ +(?P<offset>" + _NUMBER + rb") ",
        -1.0,
        _utc,
    ),
    _format(
        "chrony refclocks",
        _CHRONY + rb"\d+ +[N+?-] +[01] +" + _NUMBER + rb" +(?P<offset>" + _NUMBER + rb") +" + _NUMBER + rb"\s*$",
        -1.0,
        _utc,
    ),
    _format(
        "chrony tracking",
        _TRACKING + rb"\d+ +" + _NUMBER + rb" +[\d.]+ +(?P<offset>" + _NUMBER + rb") [N+?-] ",
        1.0,
        _utc,
        follows=True,
    ),
    _format("chrony statistics", _CHRONY + rb"\d\.\d+e[-+]\d+ +(?P<offset>" + _NUMBER + rb") +\d\.\d+e", 1.0, _utc),
    _linuxptp("ptp4l", rb"(?P<source>\[[^\]]+\] )?master"),
    _linuxptp("phc2sys", rb"(?P<source>.*?)"),
    _linuxptp("ts2phc", rb"(?P<source>.*?)"),
    _format(
        "peerstats",
        rb"^(?P<day>\d{5}) (?P<time>[\d.]+) (?P<source>\S+) +[0-9a-fA-F]{3,4} +(?P<offset>"
        + _NUMBER
        + rb")(?: +\d+\.\d+){2,3}\s*$",
        -1.0,
        _mjd,
    ),
    _format(
        "loopstats",
        rb"^(?P<day>\d{5}) (?P<time>[\d.]+) (?P<offset>" + _NUMBER + rb") (?:" + _NUMBER + rb" ){3}\d+\s*$",
        -1.0,
        _mjd,
        follows=True,
    ),
)
"""In order of how particular they are; what no program wrote is a counter's (:mod:`probes.gnss.formats.counters`)."""
COUNTER = "counter"
_ALIKE = {
    name: re.compile(pattern, re.MULTILINE)
    for names_, pattern in (
        (("chrony measurements", "chrony tracking", "chrony statistics"), rb"^\d{4}-\d\d-\d\d "),
        (("chrony refclocks",), rb"^\d{4}-\d\d-\d\d \S+ +\S+ +\d"),  # with a dash: what the filter made of the samples
        (("peerstats", "loopstats"), rb"^\d{5} "),
        *(((each,), rb"^.*\b" + each.encode() + rb"\b.*\boffset\b") for each in ("ptp4l", "phc2sys", "ts2phc")),
    )
    for name in names_
}
"""How every sample of a program's log begins."""
_SUMMARY_LINE = re.compile(rb"(?:ptp4l|phc2sys|ts2phc)\[[\d.]+\]:.*? rms +\d+ max +\d+ ")


def read_offsets(data: bytes, name: str = "", source: str = "") -> Offsets:
    """The offsets in ``data``; the format is the one that matches most lines, or the one called ``name``.

    ``source``: only samples against it. An empty result where no line matches: the format is then "". DecodeError for a
    counter's table that cannot be understood. A time or an offset without end is none: such a line is not read.
    """
    refuse_remarks(data)
    found = _read(data, name, source)
    finite = np.isfinite(found.time_s) & np.isfinite(found.offset_s)
    if finite.all():
        return found
    lost = int(np.count_nonzero(~finite))
    return replace(found, time_s=found.time_s[finite], offset_s=found.offset_s[finite], unread=found.unread + lost)


def _read(data: bytes, name: str, source: str) -> Offsets:
    chosen = [each for each in FORMATS if not name or each.name == name]
    found = max(chosen, key=lambda each: len(each.pattern.findall(data[:200_000])), default=None)
    matches = [] if found is None else [each for each in found.pattern.finditer(data) if _is_timed(each)]
    if found is not None and matches:
        alike = len(_ALIKE[found.name].findall(data))
        return replace(_logged(found, matches, len(data.splitlines()), source), unread=max(0, alike - len(matches)))
    counted = None
    if name in {"", COUNTER}:
        counted = read_workbook(data) if data[:2] == b"PK" else read_counter(_text(data))
    if counted is None or not counted.offset_s:
        return Offsets("", np.empty(0), np.empty(0), len(data.splitlines()))
    return Offsets(
        COUNTER,
        np.array(counted.time_s),
        np.array(counted.offset_s),
        counted.unread,
        self_reported=False,
        timed=counted.timed,
        repeated=counted.repeated,
        unread=counted.unread,
    )


def _is_timed(match: re.Match[bytes]) -> bool:
    """Whether a sample has a time of its own: the number of a process in syslog is none."""
    return any(match[name] for name in ("time", "later") if name in match.re.groupindex)


def _text(data: bytes) -> str:
    """A table's text in UTF-16 with its mark, in UTF-8, else in GB 18030; bytes that are none become signs that no column is called."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _logged(found: Format, matches: Sequence[re.Match[bytes]], lines: int, source: str) -> Offsets:
    """The samples of a program's log, each once, of one source where it is named."""
    named = "source" in found.pattern.groupindex
    rows, names = [], Counter[str]()
    for match in matches:
        whose = (match["source"] or b"").decode("ascii", "replace").strip() if named else ""
        names[whose] += 1
        state = match["state"] if "state" in found.pattern.groupindex else b"2"
        if not source or whose == source:
            rows.append((whose, found.clock(match), float(match["offset"]) * found.factor, state))
    once = list(dict.fromkeys(rows))
    follows = found.follows and any(state != b"0" for *_, state in once)
    return Offsets(
        found.name,
        np.array([time for _, time, _, _ in once]),
        np.array([offset for _, _, offset, _ in once]),
        lines - len(matches),
        sources={} if set(names) == {""} else dict(names),
        repeated=len(rows) - len(once),
        follows=follows,
    )


def summary_lines(data: bytes) -> int:
    """Lines of linuxptp that carry an rms and a maximum over an interval instead of one offset (summary_interval > 0)."""
    return len(_SUMMARY_LINE.findall(data))


def names() -> Sequence[str]:
    """Names of the formats."""
    return (*(each.name for each in FORMATS), COUNTER)


def is_utf16(head: bytes) -> bool:
    """Whether the first bytes of a file look like UTF-16: a byte order mark, or every other byte zero."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    halves: Sequence[bytes] = (head[::2], head[1::2])
    return any(len(half) > 8 and half.count(0) > 0.9 * len(half) for half in halves) and head.count(0) < len(head)
