# SPDX-License-Identifier: Apache-2.0
"""Snapshots of WebRTC's getStats() as figures of the picture that arrived: differences of counters, never means of rates.

W3C webrtc-stats: framesDecoded, totalInterFrameDelay, totalSquaredInterFrameDelay, jitterBufferDelay over
jitterBufferEmittedCount, freezeCount. A page that is loaded again begins to count anew: told, and its time counts.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.model import Reason
from probes.immersive import WORDS
from probes.immersive.streams import FrameLog, refuse

_COUNTERS = (
    "framesDecoded", "totalInterFrameDelay", "totalSquaredInterFrameDelay", "jitterBufferDelay",
    "jitterBufferEmittedCount", "packetsLost", "bytesReceived", "freezeCount",
)  # fmt: skip
_MAY_FALL = {"packetsLost"}
"""A signed number (RFC 3550 6.4.1): a duplicate takes one off."""
_CURE = "record an array of snapshots, each with the reports of getStats()."


def is_json(data: bytes) -> bool:
    """Whether it begins as JSON does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}


def read(data: bytes, name: str) -> FrameLog:
    """The figures of the video that was received; of several the one with the fewest frames a second, and so it is told."""
    found = _parsed(data, name)
    snapshots = found if isinstance(found, list) else found.get("snapshots")
    if not isinstance(snapshots, list) or not snapshots or not all(isinstance(each, dict | list) for each in snapshots):
        raise refuse("no-snapshots", _CURE, name)
    videos: dict[str, list[Mapping[str, Any]]] = {}
    for each in snapshots:
        for key, report in _videos(each):
            videos.setdefault(key, []).append(report)
    if not videos:
        raise refuse("no-video", "record getStats() of the side that receives the video.", name)
    made = {key: _figures(reports, len(snapshots), name) for key, reports in sorted(videos.items())}
    worst = min(made, key=lambda key: made[key][0]["fps"] or 0.0)
    told = [reason for _, reasons in made.values() for reason in reasons]
    if len(made) > 1:
        told.append(WORDS.reason("several-videos", name=worst, names=sorted(made)))
    return FrameLog("webrtc", (), made[worst][0], told)


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _parsed(data: bytes, name: str) -> Any:
    """One JSON document, or one a line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("no-json", "record it again; a file that was cut cannot be read.", name) from None
    lines = [line for line in text.splitlines() if line.strip()]
    for parts in ([text], lines if len(lines) > 1 else []):
        try:
            found = [_loaded(part) for part in parts]
        except (ValueError, RecursionError):
            continue
        if found:
            return found[0] if parts[0] is text else found
    raise refuse("no-json", "record it again; a file that was cut cannot be read.", name)


def _loaded(text: str) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def _videos(snapshot: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Reports of received video by side and stream, wherever a page put them: a list, pairs of id and report, a mapping by id."""
    by_side = isinstance(snapshot, dict) and not isinstance(snapshot.get("type"), str)
    for side, reports in snapshot.items() if by_side else (("", snapshot),):
        for report in _reports(reports):
            if report.get("type") == "inbound-rtp" and "video" in {report.get("kind"), report.get("mediaType")}:
                named = side if side != report.get("id") else ""
                yield f"{named} {report.get('ssrc', report.get('id', ''))}".strip(), report


def _reports(given: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(given, dict):
        if isinstance(given.get("type"), str):
            yield given
        else:
            yield from (each for each in given.values() if isinstance(each, dict))
    elif isinstance(given, list):
        for each in given:
            report = each[1] if isinstance(each, list) and len(each) == 2 else each
            if isinstance(report, dict):
                yield report


def _figures(reports: Sequence[Mapping[str, Any]], snapshots: int, name: str) -> tuple[dict[str, Any], list[Reason]]:
    told: list[Reason] = []
    stamps = [_number(each, "timestamp", name) for each in reports]
    if any(later < sooner for sooner, later in itertools.pairwise(stamps)):
        raise refuse("backwards", "record each session into a file of its own.", name, column="timestamp")
    if len(reports) < snapshots:
        told.append(WORDS.reason("snapshots-missing", count=snapshots - len(reports), of=snapshots))
    seconds = (stamps[-1] - stamps[0]) / 1e3
    sums, again = _differences(reports, name, told)
    if again:
        told.append(WORDS.reason("counters-again", count=again))
    frames, emitted = sums["framesDecoded"], sums["jitterBufferEmittedCount"]
    delay, squares = sums["totalInterFrameDelay"], sums["totalSquaredInterFrameDelay"]
    mean = delay / frames if frames and delay is not None else None
    spread = squares / frames - mean**2 if frames and squares is not None and mean is not None else None
    jitter = sums["jitterBufferDelay"]
    received = sums["bytesReceived"]
    return {
        "snapshots": len(reports),
        "interval_s": seconds,
        "frames_decoded": None if frames is None else int(frames),
        "fps": frames / seconds if seconds > 0 and frames is not None else None,
        "mean_inter_frame_ms": None if mean is None else mean * 1e3,
        "sd_inter_frame_ms": None if spread is None else math.sqrt(max(0.0, spread)) * 1e3,
        "jitter_buffer_mean_ms": jitter / emitted * 1e3 if emitted and jitter is not None else None,
        "packets_lost": None if sums["packetsLost"] is None else int(sums["packetsLost"]),
        "bitrate_kbps": received * 8 / seconds / 1e3 if seconds > 0 and received is not None else None,
        "freezes": None if sums["freezeCount"] is None else int(sums["freezeCount"]),
    }, told


def _differences(
    reports: Sequence[Mapping[str, Any]], name: str, told: list[Reason]
) -> tuple[dict[str, float | None], int]:
    """What each counter grew by, over restarts; None for one that is not in every report."""
    sums: dict[str, float | None] = {}
    restarts: set[int] = set()
    for counter in _COUNTERS:
        if not all(counter in each for each in reports):
            told.append(WORDS.reason("counter-missing", counter=counter))
            sums[counter] = None
            continue
        values = [_number(each, counter, name) for each in reports]
        grown = 0.0
        for at, (old, new) in enumerate(itertools.pairwise(values)):
            if new < old and counter not in _MAY_FALL:
                restarts.add(at)
                grown += new
            else:
                grown += new - old
        sums[counter] = grown
    return sums, len(restarts)


_MOST = 2**53
"""No counter of a browser goes further, and no moment in ms."""


def _number(report: Mapping[str, Any], key: str, name: str) -> float:
    value = report.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST:
        raise refuse("no-number", _CURE, name, cell=str(value)[:40], column=key)
    return float(value)
