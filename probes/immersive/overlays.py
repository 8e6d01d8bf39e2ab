# SPDX-License-Identifier: Apache-2.0
"""Logs of headsets and of overlays in CSV: OVR Metrics Tool (a row a second) and MangoHud (a row a frame)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.model import Reason
from probes.immersive import WORDS
from probes.immersive.csvs import Rows, refuse_instant
from probes.immersive.streams import FrameLog, Stream, refuse

_OVR = ("Time Stamp", "average_frame_rate")
_PREDICTION, _STALE = "average_prediction_milliseconds", "stale_frame_count"
_MANGOHUD = ("fps", "frametime")
_ELAPSED = "elapsed"
_UNITS = {"ms": 1.0, "us": 1e-3, "s": 1e3}
_OFF_BY = 0.05


def is_head(head: Sequence[str]) -> bool:
    """Whether these are the columns of one of the two."""
    return set(_OVR) <= set(head) or set(_MANGOHUD) <= set(head)


def read(rows: Rows) -> FrameLog:
    """The one stream of the log."""
    return _ovr(rows) if set(_OVR) <= set(rows.head) else _mangohud(rows)


def _ovr(rows: Rows) -> FrameLog:
    """Frames a second, weighted by the time from one row's stamp to the next; no frame's own time is in such a log."""
    stamps, rate = rows.numbers(_OVR[0]), rows.numbers(_OVR[1])
    if np.isnan(stamps).any() or np.isnan(rate).any() or (rate < 0).any():
        at = int(np.flatnonzero(np.isnan(stamps) | np.isnan(rate) | (rate < 0))[0])
        raise refuse("no-number", "export the log again.", f"{rows.name}:{rows.lines[at]}",
                     cell=rows.column(_OVR[1])[at], column=_OVR[1])  # fmt: skip
    seconds = np.diff(stamps) / 1e3
    if (seconds < 0).any():
        raise refuse("backwards", "export each recording into a file of its own.",
                     f"{rows.name}:{rows.lines[int(np.flatnonzero(seconds < 0)[0]) + 1]}", column=_OVR[0])  # fmt: skip
    counted = rate[1:] * seconds
    stale = rows.numbers(_STALE) if _STALE in rows.head else None
    told = [*rows.told, WORDS.reason("no-frame-times", column=_OVR[1])]
    if stale is not None and np.isnan(stale).any():
        raise refuse("no-number", "export the log again.", rows.name, cell="", column=_STALE)
    predicted = rows.numbers(_PREDICTION) if _PREDICTION in rows.head else None
    if predicted is not None:
        refuse_instant(predicted, _PREDICTION, rows)
    stream = Stream(
        None, None, None, _OVR[1], np.empty(0), round(float(counted.sum())),
        dropped=None if stale is None else int(stale.sum()), seconds=seconds, counted=counted,
        delays=None if predicted is None else predicted[~np.isnan(predicted)],
    )  # fmt: skip
    return FrameLog("ovr-metrics", [stream], None, told)


def _mangohud(rows: Rows) -> FrameLog:
    """Frame times, whose unit is found by the log's own elapsed time: versions write ms or µs."""
    times = rows.numbers(_MANGOHUD[1])
    told: list[Reason] = list(rows.told)
    known = ~np.isnan(times)
    if (times[known] < 0).any():
        at = int(np.flatnonzero(known & (times < 0))[0])
        where = f"{rows.name}:{rows.lines[at]}"
        raise refuse("negative", "record the log again.", where, column=_MANGOHUD[1], value=float(times[at]))
    if not known.all():
        told.append(WORDS.reason("intervals-missing", name="MangoHud", count=int((~known).sum())))
    unit, invalid = _unit(rows, times)
    found = times[known] * _UNITS[unit]
    if unit != "ms":
        told.append(WORDS.reason("unit-found", column=_MANGOHUD[1], unit=unit))
    return FrameLog(
        "mangohud",
        [Stream(None, None, None, _MANGOHUD[1], found, len(times), stamped=rows.stamped)],
        None,
        told,
        invalid,
    )


def _unit(rows: Rows, times: np.ndarray) -> tuple[str, list[Reason]]:
    """The unit in which the times agree with the rates beside them, frame by frame in the middle."""
    rates = rows.numbers(_MANGOHUD[0])
    both = (rates > 0) & (times > 0)
    if not both.any():
        return "ms", [WORDS.reason("unit-unproven", column=_MANGOHUD[1])]
    product = float(np.median(rates[both] * times[both]))
    for unit, worth in _UNITS.items():
        if abs(product * worth / 1e3 - 1) < _OFF_BY:
            return unit, list(_against_elapsed(rows, times * worth))
    return "ms", [WORDS.reason("unit-unproven", column=_MANGOHUD[1])]


def _against_elapsed(rows: Rows, times_ms: np.ndarray) -> list[Reason]:
    if _ELAPSED not in rows.head or len(times_ms) < 3 or np.isnan(times_ms).any():
        return []
    elapsed_ms = rows.numbers(_ELAPSED) / 1e6
    by_stamps, by_times = float(elapsed_ms[-1] - elapsed_ms[0]), float(times_ms[1:].sum())
    if np.isfinite(by_stamps) and abs(by_stamps - by_times) > _OFF_BY * max(by_stamps, by_times):
        return [WORDS.reason("sum-contradicts", name="MangoHud", stamps=by_stamps / 1e3, intervals=by_times / 1e3)]
    return []
