# SPDX-License-Identifier: Apache-2.0
"""Time service (授时): how far a clock is from its reference, from the logs of chrony, linuxptp, ntpd or a counter."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.kit.files import bytes_of
from probes.gnss.formats.timing_formats import Offsets, is_utf16, names, read_offsets, summary_lines
from probes.gnss.measurands import stability

HOLDOVERS_S = (3600, 43200, 86400)


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse timing``."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="日志：chrony、ptp4l、phc2sys、ts2phc、loopstats、计数器 / a log of chrony, ptp4l, phc2sys, ts2phc, loopstats, counter",
    )
    parser.add_argument(
        "--format",
        choices=names(),
        help="指定格式；缺省取吻合行数最多的 / instead of the format that matches most lines",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    return analyse_timing(options.files, options.format or "")


def analyse_timing(paths: Sequence[str | Path], kind: str = "") -> dict[str, Any]:
    """Offset statistics of each log, local minus reference, in s, as JSON values; deviations by tau in s.

    InstrumentError for a file that cannot be read, DecodeError for one without a single offset.
    """
    return {"kind": "timing", "files": [each for path in paths for each in _sources(Path(path), kind)]}


def load_offsets(path: Path, kind: str = "", source: str = "") -> Offsets:
    """The offsets in the log at ``path``, against one source or all."""
    data = bytes_of(path)
    if is_utf16(data[:4096]):
        msg = f"{path.name} is UTF-16 text."
        raise DecodeError(msg, cure="convert it to ASCII or UTF-8, as the program wrote it.")
    found = read_offsets(data, kind, source)
    if len(found.offset_s) == 0 and summary_lines(data):
        msg = f"{path.name} holds only rms and max over intervals, no offsets."
        raise DecodeError(msg, cure="run ptp4l or phc2sys with summary_interval 0 (-u 1), then record again.")
    if len(found.offset_s) == 0:
        msg = f"{path.name} holds no offset in a known format."
        raise DecodeError(
            msg,
            cure=f"give a log of {', '.join(names())}; a counter's table has the columns time and offset, or offset_ns.",
        )
    return found


def _sources(path: Path, kind: str) -> list[dict[str, Any]]:
    """One result of a log, or one for each source where it names several: they are no single series."""
    found = load_offsets(path, kind)
    if len(found.sources) < 2:
        return [_analyse(path, found)]
    return [_analyse(path, load_offsets(path, kind, source), source) for source in found.sources]


def _analyse(path: Path, found: Offsets, source: str = "") -> dict[str, Any]:
    parts, step = stability.segments(found.time_s, found.offset_s) if found.timed else ([], 0.0)
    size = np.abs(found.offset_s)
    slopes = [stability.drift(part, step) for part in parts if len(part) > 2]
    return {
        "path": str(path),
        "format": found.format,
        "source": source or next(iter(found.sources), None),
        "convention": "local minus reference",
        "self_reported": found.self_reported,
        "n": len(size),
        "other_lines": found.other_lines,
        "repeated": found.repeated,
        "interval_s": step or None,
        "span_s": float(found.time_s.max() - found.time_s.min()),
        "mean_s": float(found.offset_s.mean()),
        "sd_s": float(found.offset_s.std(ddof=1)) if len(size) > 1 else None,
        "rms_s": float(np.sqrt(np.mean(size**2))),
        "max_abs_s": float(size.max()),
        "p95_abs_s": float(np.quantile(size, 0.95)),
        "p99_abs_s": float(np.quantile(size, 0.99)),
        "adev": _curve(parts, step, lambda m: stability.allan(parts, step, m)),
        "oadev": _curve(parts, step, lambda m: stability.overlapping_allan(parts, step, m)),
        "tdev": _curve(parts, step, lambda m: stability.time_deviation(parts, step, m)),
        "mtie": _curve(parts, step, lambda m: stability.mtie(parts, m)),
        "segments": [len(part) for part in parts],
        "drift_s_per_s": [slope for slope, _ in slopes],
        "holdover_s_per_s": _holdover(parts, step),
    }


def _holdover(parts: stability.Segments, step: float) -> dict[str, float]:
    """The steepest drift, in s/s, over any 1 h, 12 h and 24 h of the record; a span that no segment has is left out."""
    spans = ((span, stability.steepest(parts, step, round(span / step))) for span in HOLDOVERS_S if step)
    return {str(span): slope for span, slope in spans if slope is not None}


def _curve(parts: stability.Segments, step: float, value: Callable[[int], float | None]) -> dict[str, float]:
    """Deviations by tau, octave by octave."""
    points = ((m, value(m)) for m in stability.octaves(parts))
    return {f"{m * step:.6g}": each for m, each in points if each is not None}
