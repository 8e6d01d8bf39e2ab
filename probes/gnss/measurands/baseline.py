# SPDX-License-Identifier: Apache-2.0
"""Two antennas on one rigid body: their distance is known, so no truth is needed; but such a test can only fail.

Errors that both antennas share (base coordinates, frame, atmosphere, latency) cancel in the difference. For two alike
receivers the error of the horizontal length has variance 2 s^2, s on each axis, which is the square of one receiver's
horizontal RMS sqrt(2) s without those shared errors: the length RMS bounds the horizontal RMS from below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.model import BudgetItem, Estimate, Outcome
from harness.plugins import Input, Request
from harness.stats import rms
from probes.gnss.digests.deviation import log_of, positions, prepared
from probes.gnss.digests.log import Log, ubx_messages
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.gates import reason
from probes.gnss.truth.geodesy import Origin
from probes.gnss.truth.settings import Baseline, Frame, Truth, read_settings

Floats = npt.NDArray[np.float64]


def is_baseline(inputs: Sequence[Input]) -> bool:
    """Whether these are two antennas with a known distance: two logs, or one of a moving base with UBX-NAV-RELPOSNED."""
    enough = len(inputs) == 2 or (len(inputs) == 1 and inputs[0].trace.config.get("format") == "ubx")
    return enough and all(each.trace.config.get("mode") == "baseline" for each in inputs)


def baseline(inputs: Sequence[Input], request: Request, *, vertical: bool) -> Outcome:
    """RMS of the error of length (or height difference) over common fixed epochs, in m; no upper bound, so never PASS."""
    known = read_settings(inputs[0].trace.config).baseline
    errors = None if known is None else length_errors(inputs, known, vertical=vertical)
    if known is None or errors is None or len(errors) < 2:
        why = reason(
            "no-common-epochs", "两个天线没有共同的固定历元。", "The two antennas have no fixed epochs in common."
        )
        return Outcome(None, missing=(why,))
    # a height difference has one axis and variance 2 s^2: one receiver's vertical RMS is its RMS over sqrt 2
    scale = np.sqrt(2.0) if vertical else 1.0
    try:
        found = rms.bounds((errors / scale) ** 2, 1, request.beta)
    except StatisticsError as error:
        why = reason(
            "degenerate", f"基线误差序列无法统计：{error}", f"The baseline's errors allow no statistic: {error}"
        )
        return Outcome(None, invalid=(why,))
    only = reason(
        "baseline-only",
        "双天线基线只反映两天线之差，共同误差互相抵消：可以据此判不合格，不能判合格。",
        "A baseline between two antennas shows their difference only, shared errors cancel: it can fail a receiver, never pass it.",
    )
    estimate = Estimate(
        value=found.value,
        unit="m",
        n=found.n,
        n_eff=found.n_eff,
        lower=None if found.lower is None else max(0.0, found.lower - 2 * known.u_m / float(scale)),
        upper=None,
        confidence=1 - request.beta,
        method="RMS of the baseline's error between two antennas, a lower bound of one receiver's RMS",
        budget=(BudgetItem("length of the baseline, standard uncertainty", "B", known.u_m, "m"),),
        diagnostics={"mean_error_m": float(errors.mean()), "max_error_m": float(np.abs(errors).max())},
    )
    short = () if found.missing is None else (found.missing,)
    return Outcome(estimate, missing=(only, *short), remarks=found.remarks, need={"truth": "an independent reference"})


def length_errors(inputs: Sequence[Input], known: Baseline, *, vertical: bool) -> Floats:
    """Error of the horizontal length, or of the height difference, at each common fixed epoch in order, m, shape (n,)."""
    if len(inputs) == 1:
        vectors = ubx_messages(inputs[0].summary).relative
        enu_m = vectors["enu"][vectors["quality"] == FIXED]
        errors = enu_m[:, 2] - known.height_m if vertical else np.hypot(enu_m[:, 0], enu_m[:, 1]) - known.length_m
        return np.asarray(errors)
    first, second = (_fixed(each) for each in inputs)
    _, left, right = np.intersect1d(first.time_ns, second.time_ns, assume_unique=False, return_indices=True)
    if len(left) == 0:
        return np.empty(0)
    one, other = first.epochs[left], second.epochs[right]
    place = Origin(float(one["lat_deg"].mean()), float(one["lon_deg"].mean()), float(one["altitude_m"].mean()))
    truth = Truth(place, Frame("WGS84", 0.0), 0.0, 0.0, ellipsoidal=False)
    step = positions(_rows(second, right), truth) - positions(_rows(first, left), truth)
    if vertical:
        return np.asarray(other["altitude_m"] - one["altitude_m"] - known.height_m)
    return np.asarray(np.hypot(step[:, 0], step[:, 1]) - known.length_m)


def _fixed(source: Input) -> Log:
    log, _ = prepared(log_of(source), read_settings(source.trace.config))
    return log.where((log.epochs["quality"] == FIXED) & np.isfinite(log.epochs["lat_deg"]))


def _rows(log: Log, rows: npt.NDArray[np.int64]) -> Log:
    mask = np.zeros(len(log), dtype=np.bool_)
    mask[rows] = True
    return log.where(mask)
