# SPDX-License-Identifier: Apache-2.0
"""A file of unknown origin becomes a log: which format its epochs are in, and one sentence about whatever is odd."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.files import reading
from harness.kit.words import Catalogue
from probes.gnss.digests.deviation import Deviations, coarse_times, conflicting, moved_m, rollover_weeks
from probes.gnss.digests.log import Log, LogSummary, ubx_messages, whole_log
from probes.gnss.formats import ubx
from probes.gnss.formats.binary import KINDS
from probes.gnss.formats.decode import decode, decode_as
from probes.gnss.formats.segments import cuts
from probes.gnss.formats.timing_formats import is_utf16
from probes.gnss.truth.settings import Comparison

WORDS = Catalogue("probes.gnss")
Ints = npt.NDArray[np.signedinteger[Any]]
_DETECTED = ("pos", "ggk", "bestnav", "bestpos", "pvtsln", "ksxt", "gns")
"""Formats that a file is tried for when it holds neither GGA nor UBX-NAV-PVT."""
_HEAD = 4096
MOVED_M = 10.0
"""Extent of fixed solutions from which on a receiver was not at rest."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file: its format (as ``format`` of :class:`probes.gnss.truth.settings.ReceiverSettings` names it) and the log in it.

    ``quality`` and ``decimals`` (of minutes) of every position, also of those without a time, in order of the file.
    """

    format: str
    log: Log
    quality: Ints
    decimals: Ints


def read_log(path: Path) -> LogSummary:
    """The digest of one file, its pieces decoded by as many threads as there are processors."""
    with reading(path), path.open("rb"), ThreadPoolExecutor(os.cpu_count()) as pool:
        return LogSummary(tuple(pool.map(lambda cut: decode(path, *cut), cuts(path))))


def read_recording(path: Path, kind: str = "", config: Mapping[str, Any] | None = None) -> Recording:
    """The log at ``path`` in the format ``kind``, or in the first one that finds an epoch in it ("nmea" when none does).

    ``config`` has ``columns`` and ``qualities`` of a CSV. InstrumentError for a file that cannot be read.
    """
    summary = read_log(path)
    kind = kind or _detected(path, summary)
    if kind not in {"nmea", "ubx"}:
        summary = LogSummary((decode_as(kind, config or {}, path),))
    log = whole_log(summary, kind)
    rows = [log.epochs] if kind == "ubx" else [piece.epochs for piece in summary.pieces]
    return Recording(kind, log, *(np.concatenate([part[name] for part in rows]) for name in ("quality", "decimals")))


def _detected(path: Path, summary: LogSummary) -> str:
    if any(len(piece.epochs) for piece in summary.pieces):
        return "nmea"
    if len(ubx.epochs(ubx_messages(summary))[0]):
        return "ubx"
    found = (kind for kind in _DETECTED if len(decode_as(kind, {}, path).epochs))
    return next(found, "nmea")


def remarks(path: Path, log: Log, found: Deviations | None, settings: Comparison) -> Iterator[dict[str, Any]]:
    """What a reader of the figures must know about this file: a code and a sentence in both languages each."""
    for code, facts in (*_contents(path, log), *_comparison(path, log, found, settings)):
        text = WORDS.text(f"remark-{code}", **facts)
        yield {"code": code, "zh": text.zh, "en": text.en}


Remark = tuple[str, dict[str, Any]]
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ", "xz"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x10", "TSIP (Trimble)"),
    (b"\xa0\xa2", "SiRF"),
    (b"JP055", "GREIS (Javad)"),
    (b"RE055", "GREIS (Javad)"),
    (b"!AIVD", "AIS"),
    (b"%PDF", "PDF"),
    (b"\x7fELF", "ELF"),
)

_NAMES = {"ubx": "UBX", "rtcm3": "RTCM 3", "sbf": "SBF (Septentrio)", "novatel": "NovAtel", "unicore": "Unicore"}
"""Binary messages by their kind, as people call them."""


def digit_of_time_ns(path: Path) -> int:
    """What the last digit of the times in a log's first sentences is worth, ns."""
    with path.open("rb") as file:
        places = [len(each) for each in re.findall(rb"GGA,\d{6}\.?(\d*),", file.read(_HEAD))]
    return int(10 ** (9 - max(places, default=0)))


def other_kind(head: bytes) -> str:
    """What a file that is no receiver's log looks like, by its first bytes; empty when that is not known."""
    if head[60:80] in {b"RINEX VERSION / TYPE", b"CRINEX VERS   / TYPE"}:
        return "RINEX"
    if re.match(rb"\s*(?:[0-9A-Fa-f]{2}[ \t]+){8}|[0-9A-Fa-f]{4,8}[: ]+(?:[0-9A-Fa-f]{2,4} +){4}", head):
        return "hex dump"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def _contents(path: Path, log: Log) -> Iterator[Remark]:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    known = log.counts["sentences"] + sum(log.counts[kind] for kind in KINDS) + len(log)
    if not head:
        yield "empty", {}
    elif not known and is_utf16(head):
        yield "utf-16", {}
    elif log.counts["no_checksum"] and not log.counts["sentences"]:
        yield "no-checksums", {"count": log.counts["no_checksum"]}
    elif not known and (kind := other_kind(head)):
        yield "other-kind", {"kind": kind}
    elif not known:
        yield "not-a-log", {}
    elif not len(log):
        binary = (f"{_NAMES.get(kind, kind)} ({log.counts[kind]})" for kind in KINDS if log.counts[kind])
        yield "no-epochs", {"names": ", ".join([*log.by_id, *binary]) or "-"}
    elif not log.dated:
        yield "undated", {}
    if log.unread:
        yield "unread", {"rows": [f"{name} ({count})" for name, count in log.unread.items()]}
    if log.alarms:
        yield "alarms", {"words": [f"{each.words} ({count})" for each, count in log.alarms.items()]}
    second = sum(count for name, count in log.by_id.items() if len(name) == 6 and name.endswith("H"))
    if second:
        yield "second-antenna", {"count": second}


def _comparison(path: Path, log: Log, found: Deviations | None, settings: Comparison) -> Iterator[Remark]:
    twice = conflicting(log) if found is None else conflicting(found.whole)
    if coarse_times(log) and digit_of_time_ns(path) == int(np.diff(np.unique(log.time_ns)).min()):
        yield "coarse-times", {}
    elif twice:
        yield "two-receivers", {"count": twice}
    weeks = rollover_weeks(log)
    if weeks:
        yield "week-rollover", {"weeks": weeks}
    if found is None:
        moved = moved_m(log)
        if moved > MOVED_M:
            yield "moves", {"extent": f"{moved:.0f} m"}
        return
    if len(found.log):
        yield "frame-assumed", {}
    if settings.mode == "dynamic" and len(log) and not len(found.log):
        yield "no-overlap", {}
