# SPDX-License-Identifier: Apache-2.0
"""Two antennas on one rigid body: their distance is known, so no truth is needed; but such a test can only fail.

Errors that both antennas share (base coordinates, frame, atmosphere, latency) cancel in the difference. For two alike
receivers the error of the horizontal length has variance 2 s^2, s on each axis, which is the square of one receiver's
horizontal RMS sqrt(2) s without those shared errors: the length RMS bounds the horizontal RMS from below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.parts import Part, absent, every
from harness.model import About, BudgetItem, Need, Outcome
from harness.plugins import Request
from harness.stats.sessions import bounds
from probes.gnss.digests.deviation import positions, prepared
from probes.gnss.digests.log import Log, ubx_messages
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.sessions import effort, recorded, sessions
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS
from probes.gnss.truth.geodesy import Origin
from probes.gnss.truth.settings import Baseline

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def baseline(view: Compared, request: Request) -> Outcome:
    """RMS of the error of length (or height difference) over common fixed epochs, in m; no upper bound, so never PASS."""
    return every([_part(view, request)], request, "m", WORDS.text("method-baseline"))


def _part(view: Compared, ask: Request) -> Part:
    known = view.antennas[0].settings.baseline
    found = None if known is None else length_errors(view.antennas, known, vertical=view.vertical)
    if known is None or found is None or len(found[1]) < 2:
        return absent("", WORDS.lack("no-common-epochs"))
    # a height difference has one axis and variance 2 s^2: one receiver's vertical RMS is its RMS over sqrt 2
    scale = float(np.sqrt(2.0)) if view.vertical else 1.0
    times, errors = found[0], found[1] / scale
    if (errors == errors[0]).all():
        return absent("", invalid=(WORDS.reason("degenerate"),))
    logs = view.logs[:1]
    over, window = sessions(logs, ask), ask.about is About.WINDOW
    squares = [float(np.mean(each**2)) for each in (one.of([(times, errors)]) for one in over) if len(each)]
    value = float(np.sqrt(np.mean(errors**2)))
    low = value if window or not squares else float(np.sqrt(bounds(squares, ask.risk_below, 1).lower))
    return Part(
        label="",
        value=value,
        lower=max(0.0, low - 2 * known.uncertainty / scale),
        upper=None,
        n=len(errors),
        n_eff=float(len(errors) if window else len(over)),
        lacks=(WORDS.lack("baseline-only"),),
        need=Need(WORDS.text("baseline-need")),
        budget=(BudgetItem(WORDS.text("component-baseline"), "B", known.uncertainty, "m"),),
        effort=recorded(logs) if window else effort(over),
        diagnostics={"mean_error_m": float(errors.mean()), "max_error_m": float(np.abs(errors).max())},
    )


def length_errors(antennas: tuple[Antenna, ...], known: Baseline, *, vertical: bool) -> tuple[Ints, Floats]:
    """Time of each common fixed epoch, and the error there of the horizontal length or of the height difference, m."""
    if len(antennas) == 1:
        vectors = ubx_messages(antennas[0].summary).relative
        vectors = vectors[vectors["quality"] == FIXED]
        enu_m = vectors["enu"]
        errors = enu_m[:, 2] - known.height if vertical else np.hypot(enu_m[:, 0], enu_m[:, 1]) - known.length
        return _on_the_clock(antennas[0].log, vectors["itow"]), np.asarray(errors)
    first, second = (_fixed(each) for each in antennas)
    _, left, right = np.intersect1d(first.time_ns, second.time_ns, assume_unique=False, return_indices=True)
    if len(left) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    times = first.time_ns[left]
    one, other = first.epochs[left], second.epochs[right]
    if vertical:
        return times, np.asarray(other["altitude_m"] - one["altitude_m"] - known.height)
    place = Origin(float(one["lat_deg"].mean()), float(one["lon_deg"].mean()), float(one["altitude_m"].mean()))
    ends = (positions(_rows(log, rows), place, ellipsoidal=False) for log, rows in ((first, left), (second, right)))
    begin, end = ends
    return times, np.asarray(np.hypot(*(end - begin)[:, :2].T) - known.length)


def _on_the_clock(log: Log, itow_ms: npt.NDArray[Any]) -> Ints:
    """Times of the week as those of the log that begins with the first of them; both run on, a session after the other."""
    if not len(itow_ms) or not len(log):
        return np.zeros(len(itow_ms), dtype=np.int64)
    return np.asarray(log.time_ns[0] + (itow_ms - itow_ms[0]).astype(np.int64) * 1_000_000)


def _fixed(antenna: Antenna) -> Log:
    log, _ = prepared(antenna.log, antenna.settings)
    return log.where((log.epochs["quality"] == FIXED) & np.isfinite(log.epochs["lat_deg"]))


def _rows(log: Log, rows: npt.NDArray[np.int64]) -> Log:
    mask = np.zeros(len(log), dtype=np.bool_)
    mask[rows] = True
    return log.where(mask)
