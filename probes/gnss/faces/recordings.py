# SPDX-License-Identifier: Apache-2.0
"""A file of unknown origin becomes a log: which format its epochs are in, and one sentence about whatever is odd."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import InstrumentError
from harness.model import Text
from probes.gnss.digests.deviation import Deviations, conflicting
from probes.gnss.digests.log import Log, LogSummary, ubx_messages, whole_log
from probes.gnss.formats import ubx
from probes.gnss.formats.binary import KINDS
from probes.gnss.formats.decode import decode, decode_as
from probes.gnss.formats.segments import cuts
from probes.gnss.formats.timing_formats import is_utf16
from probes.gnss.truth.settings import Settings

Ints = npt.NDArray[np.signedinteger[Any]]
_DETECTED = ("pos", "ggk", "bestnav")
"""Formats that a file is tried for when it holds neither GGA nor UBX-NAV-PVT."""
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Recording:
    """One file: its format (one of :data:`probes.gnss.truth.settings.FORMATS`) and the log in it.

    ``quality`` and ``decimals`` (of minutes) of every position, also of those without a time, in order of the file.
    """

    format: str
    log: Log
    quality: Ints
    decimals: Ints


def read_log(path: Path) -> LogSummary:
    """The digest of one file, its pieces decoded by as many threads as there are processors."""
    try:
        with path.open("rb"), ThreadPoolExecutor(os.cpu_count()) as pool:
            return LogSummary(tuple(pool.map(lambda cut: decode(path, *cut), cuts(path))))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InstrumentError(msg, cure="check the path and its permissions.") from None


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


def remarks(path: Path, log: Log, found: Deviations | None, settings: Settings) -> Iterator[dict[str, Any]]:
    """What a reader of the figures must know about this file: a code and a sentence in both languages each."""
    for code, text in (*_contents(path, log), *_comparison(log, found, settings)):
        yield {"code": code, "zh": text.zh, "en": text.en}


def _contents(path: Path, log: Log) -> Iterator[tuple[str, Text]]:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    known = log.counts["sentences"] + sum(log.counts[kind] for kind in KINDS) + len(log)
    if not head:
        yield "empty", Text("文件为空。", "The file is empty.")
    elif not known and is_utf16(head):
        yield (
            "utf-16",
            Text(
                "文件是 UTF-16 文本，不是接收机的原始字节；请用二进制方式重新记录或转存为 ASCII。",
                "The file is UTF-16 text, not a receiver's bytes: record in binary mode, or convert it to ASCII.",
            ),
        )
    elif not known:
        yield (
            "not-a-log",
            Text(
                "文件中没有语句、没有已知的二进制报文，也没有解算结果：不是接收机记录，或为其他类型的文件。",
                "The file holds no sentence, no binary message and no solution that is known: it is no receiver's log.",
            ),
        )
    elif not len(log):
        yield "no-epochs", Text("记录中没有带时间的定位历元。", "The log holds no epoch with a time.")
    elif not log.dated:
        yield (
            "undated",
            Text(
                "记录中没有日期（RMC、ZDA），时间从第一天零点起算。",
                "The log carries no date (RMC, ZDA): times count from midnight of its first day.",
            ),
        )
    second = sum(count for name, count in log.by_id.items() if len(name) == 6 and name.endswith("H"))
    if second:
        yield (
            "second-antenna",
            Text(
                f"{second} 条语句属于第二天线（…H），未计入定位历元。",
                f"{second} sentences are the second antenna's (…H): they are no epochs of this receiver.",
            ),
        )


def _comparison(log: Log, found: Deviations | None, settings: Settings) -> Iterator[tuple[str, Text]]:
    twice = conflicting(log) if found is None else conflicting(found.whole)
    if twice:
        yield (
            "two-receivers",
            Text(
                f"{twice} 个时刻有两个不同的定位结果：记录中混有两台接收机，下列统计混合了二者。",
                f"{twice} times carry two different positions: two receivers share this log, and the figures mix them.",
            ),
        )
    if found is None:
        return
    if len(found.log):
        yield (
            "frame-assumed",
            Text(
                "命令行给出的真值没有坐标框架和历元，按与记录相同处理；验收时必须写明。",
                "The truth given here names no frame and epoch and is taken for the log's own; acceptance needs both named.",
            ),
        )
    if settings.mode == "dynamic" and len(log) and not len(found.log):
        yield (
            "no-overlap",
            Text(
                "没有一个定位历元落在参考轨迹的时间范围内，轨迹不外推；请核对时间系统。",
                "No fix lies within the reference trajectory, and truth is never extrapolated: check the time scales.",
            ),
        )
