# SPDX-License-Identifier: Apache-2.0
"""Two antennas on one rigid body: their distance is known, so no truth is needed; but such a test can only fail.

Errors that both antennas share (base coordinates, frame, atmosphere, latency) cancel in the difference. For two alike
receivers the error of the horizontal length has variance 2 s^2, s on each axis, which is the square of one receiver's
horizontal RMS sqrt(2) s without those shared errors: the length RMS bounds the horizontal RMS from below.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Need, Outcome
from harness.plugins import Request
from harness.stats import rms
from probes.gnss.digests.deviation import positions, prepared
from probes.gnss.digests.log import Log, ubx_messages
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.view import Antenna, Compared
from probes.gnss.measurands.words import WORDS
from probes.gnss.truth.geodesy import Origin
from probes.gnss.truth.settings import Baseline

Floats = npt.NDArray[np.float64]


def baseline(view: Compared, request: Request) -> Outcome:
    """RMS of the error of length (or height difference) over common fixed epochs, in m; no upper bound, so never PASS."""
    return every([_part(view, request)], request, "m", WORDS.text("method-baseline"))


def _part(view: Compared, ask: Request) -> Part:
    known = view.antennas[0].settings.baseline
    errors = None if known is None else length_errors(view.antennas, known, vertical=view.vertical)
    if known is None or errors is None or len(errors) < 2:
        return absent("", WORDS.lack("no-common-epochs"))
    # a height difference has one axis and variance 2 s^2: one receiver's vertical RMS is its RMS over sqrt 2
    scale = float(np.sqrt(2.0)) if view.vertical else 1.0
    try:
        found = rms.bounds((errors / scale) ** 2, 1, ask.risk_below)
    except StatisticsError:
        return absent("", invalid=(WORDS.reason("degenerate"),))
    return Part(
        label="",
        value=found.value,
        lower=None if found.lower is None else max(0.0, found.lower - 2 * known.uncertainty / scale),
        upper=None,
        n=found.n,
        n_eff=found.n_eff,
        lacks=(WORDS.lack("baseline-only"), *(() if found.missing is None else (Lack(found.missing),))),
        need=Need(WORDS.text("baseline-need")),
        remarks=found.remarks,
        budget=(BudgetItem(WORDS.text("component-baseline"), "B", known.uncertainty, "m"),),
        diagnostics={"mean_error_m": float(errors.mean()), "max_error_m": float(np.abs(errors).max())},
    )


def length_errors(antennas: tuple[Antenna, ...], known: Baseline, *, vertical: bool) -> Floats:
    """Error of the horizontal length, or of the height difference, at each common fixed epoch in order, m, shape (n,)."""
    if len(antennas) == 1:
        vectors = ubx_messages(antennas[0].summary).relative
        enu_m = vectors["enu"][vectors["quality"] == FIXED]
        errors = enu_m[:, 2] - known.height if vertical else np.hypot(enu_m[:, 0], enu_m[:, 1]) - known.length
        return np.asarray(errors)
    first, second = (_fixed(each) for each in antennas)
    _, left, right = np.intersect1d(first.time_ns, second.time_ns, assume_unique=False, return_indices=True)
    if len(left) == 0:
        return np.empty(0)
    one, other = first.epochs[left], second.epochs[right]
    if vertical:
        return np.asarray(other["altitude_m"] - one["altitude_m"] - known.height)
    place = Origin(float(one["lat_deg"].mean()), float(one["lon_deg"].mean()), float(one["altitude_m"].mean()))
    ends = (positions(_rows(log, rows), place, ellipsoidal=False) for log, rows in ((first, left), (second, right)))
    begin, end = ends
    return np.asarray(np.hypot(*(end - begin)[:, :2].T) - known.length)


def _fixed(antenna: Antenna) -> Log:
    log, _ = prepared(antenna.log, antenna.settings)
    return log.where((log.epochs["quality"] == FIXED) & np.isfinite(log.epochs["lat_deg"]))


def _rows(log: Log, rows: npt.NDArray[np.int64]) -> Log:
    mask = np.zeros(len(log), dtype=np.bool_)
    mask[rows] = True
    return log.where(mask)
