# SPDX-License-Identifier: Apache-2.0
"""What must hold before an error against the truth may decide anything, in the order of the questions.

Data integrity, resolution, frame and epoch, BeiDou really used, availability, then uncertainty of the truth. A broken
gate is a Reason (INVALID) where the record breaks a precondition, a Lack where it cannot show that one holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.model import Reason, Side
from harness.plugins import Request
from probes.gnss.digests.deviation import Deviations, coarse_times, conflicting, effective_decimals, quanta_m
from probes.gnss.digests.epochs import expected_epochs, switched_off
from probes.gnss.digests.handmade import levels
from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.evidence import (
    MAX_DAMAGED,
    Failed,
    contradicted,
    height_kind,
    uncovered,
    undriven,
    wrong_scale,
)
from probes.gnss.measurands.offered import REFERENCE
from probes.gnss.measurands.words import WORDS, in_unit, millimetres, percent
from probes.gnss.truth.settings import ReceiverSettings

PLATE_MOTION_M = 0.03
"""Metres a year that Wuhan moves in ITRF, about (ITRF2014 Eurasian pole: 29 mm)."""
NOT_MEASURED = (6, 7, 8)
"""GGA qualities that are no satellite measurement: estimated, entered by hand, simulated (NMEA 0183)."""
ESTIMATED = 6
BEIDOU = "gnss.beidou"
"""Where the share of epochs with BeiDou is itself what is judged."""
MIN_FIX_RATE, MIN_BEIDOU_SHARE = "95 %", "95 %"
"""Thresholds where the reading names none; a profile may tighten those of the reading."""


def failed_gates(found: Deviations, ask: Request, *, vertical: bool) -> Iterator[Failed]:
    """Every gate that does not hold, in order; nothing more after a log without positions."""
    limit_m = None if ask.limit is None else float(ask.limit.quantity.to("m"))
    yield from _integrity(found, ask)
    yield from contradicted(found.whole, found.settings, ask)
    yield from wrong_scale(found)
    if not found.fixed.any():
        yield _no_positions(found)
        return
    yield from _heights(found, ask, vertical=vertical)
    yield from uncovered(found, ask)
    yield from undriven(found, ask)
    yield from _resolution(found, vertical=vertical, limit_m=limit_m)
    yield from _frames(found, ask)
    yield from _beidou(found, ask)
    yield from _availability(found, ask)
    yield from _truth(found, vertical=vertical, limit_m=limit_m, certified_m=certified_m(ask))


def record_gates(found: Deviations, ask: Request) -> Iterator[Failed]:
    """Those that ask nothing of a truth: data integrity, BeiDou really used."""
    yield from _integrity(found, ask)
    yield from contradicted(found.whole, found.settings, ask)
    if found.fixed.any():
        yield from _beidou(found, ask)


def other_mode(found: Deviations, ask: Request) -> tuple[Reason, ...]:
    """Why a record is not the kind (static, dynamic) that the reading asks for; empty when it is."""
    wanted, declared = str(ask.parameter("mode", found.settings.mode)), found.settings.mode
    return () if wanted == declared else (WORDS.reason("mode", wanted=wanted, declared=declared),)


def _integrity(found: Deviations, ask: Request) -> Iterator[Failed]:
    counts, allowed = found.whole.counts, ask.share("max_damaged", MAX_DAMAGED)
    damaged = counts["bad_checksum"] + counts["truncated"]
    share = damaged / max(1, counts["sentences"] + damaged)
    if share > allowed:
        yield WORDS.reason("damaged", count=damaged, share=percent(share), allowed=percent(allowed))
    twice = conflicting(found.whole)
    if twice and coarse_times(found.whole):
        yield WORDS.reason("coarse-times")
    elif twice:
        yield WORDS.reason("two-receivers", count=twice)
    for quality in NOT_MEASURED:
        count = int(np.count_nonzero(found.whole.epochs["quality"] == quality))
        tolerated = allowed * len(found.whole) if quality == ESTIMATED else 0  # a lost epoch like any other, when rare
        if count > tolerated:
            kind = WORDS.text(f"quality-{quality}")
            yield WORDS.reason("not-measured", count=count, quality=quality, kind=kind)


def _no_positions(found: Deviations) -> Failed:
    outside = found.left_out.get("outside_trajectory", 0)
    if outside and not len(found.log):
        return WORDS.reason("no-overlap", count=outside)
    if not len(found.whole):
        others = [name for name in found.whole.by_id if name[2:] == "GNS" or name == "KSXT" or name.endswith("GGK")]
        others += ["UBX"] if found.whole.counts["ubx"] else []
        if others:
            return WORDS.lack("other-positions", side=Side.BOTH, names=others)
        return WORDS.lack("no-epochs", side=Side.BOTH)
    return WORDS.reason("never-fixed", epochs=len(found.whole))


def _heights(found: Deviations, ask: Request, *, vertical: bool) -> Iterator[Failed]:
    if found.attitude_missing:
        yield WORDS.lack("lever-arm", side=Side.BOTH)
    needed = vertical or found.settings.mode == "dynamic"
    absent = int(np.count_nonzero(np.isnan(found.enu_m[found.fixed, 2])))
    if needed and absent > ask.share("max_damaged", MAX_DAMAGED) * int(np.count_nonzero(found.fixed)):
        yield WORDS.reason("no-separation", count=absent)
    geoids = levels(found.log) if vertical and found.settings.mode == "static" else 0
    if geoids:
        yield WORDS.reason("geoid-wanders", count=geoids)
    kind = height_kind(found) if vertical else None
    if kind is not None and kind.code == "gnss.height-kind":
        yield kind


def step_m(found: Deviations, *, vertical: bool) -> float:
    """The step of the coordinates' last varying digit in m: the diagonal of the horizontal cell, or of the height."""
    fixed = found.log.where(found.fixed)
    north, east, up = quanta_m(fixed, *effective_decimals(fixed), float(np.nanmean(fixed.epochs["lat_deg"])))
    return up if vertical else math.hypot(north, east)


def _resolution(found: Deviations, *, vertical: bool, limit_m: float | None) -> Iterator[Failed]:
    fixed = found.log.epochs[found.fixed]
    columns = ("altitude_m",) if vertical else ("lat_deg", "lon_deg")
    if found.settings.mode == "static" and any(np.ptp(fixed[name]) == 0 for name in columns):
        yield WORDS.reason("frozen", count=len(fixed))
        return
    step = step_m(found, vertical=vertical)
    if limit_m is not None and step / math.sqrt(12) > limit_m / 10:
        decimals = effective_decimals(found.log.where(found.fixed))
        yield WORDS.reason("resolution", digits=decimals[1] if vertical else decimals[0], step=millimetres(step))


def _frames(found: Deviations, ask: Request) -> Iterator[Failed]:
    truth, positions = found.settings.reference, found.settings.positions
    if truth is None or positions is None or truth.same(positions):
        return
    if found.settings.transformation is not None:
        if not ask.settings_agreed:  # it moves every position by what one side says
            yield WORDS.lack("transformed-by-one", positions=str(positions), truth=str(truth))
        return
    years = abs(truth.epoch - positions.epoch)
    yield WORDS.lack(
        "frame-mismatch",
        side=Side.BOTH,
        truth=str(truth),
        positions=str(positions),
        years=years,
        moved=in_unit(years * PLATE_MOTION_M, "m", 2),
    )


def _beidou(found: Deviations, ask: Request) -> Iterator[Failed]:
    used = found.log.beidou[found.fixed]
    share, needed = float(np.mean(used > 0)), ask.share("min_beidou_share", MIN_BEIDOU_SHARE)
    silent = int(np.count_nonzero(used < 0))
    mixed = int(np.count_nonzero(found.log.others[found.fixed] != 0))
    if found.settings.beidou_only and mixed:
        yield WORDS.reason("not-beidou-only", count=mixed)
    if share >= needed:
        return
    if silent == len(used):
        known = found.settings.format in {"nmea", "ubx"} if isinstance(found.settings, ReceiverSettings) else True
        yield WORDS.reason("beidou-not-shown" if known else "beidou-not-in-format")
    elif silent:
        facts = {"used": int(np.count_nonzero(used > 0)), "fixed": len(used), "silent": silent}
        yield WORDS.reason("beidou-not-told", needed=percent(needed), **facts)
    else:
        yield WORDS.reason("beidou-not-used", share=percent(share), needed=percent(needed))


def without_beidou(log: Log, ask: Request) -> Iterator[Reason]:
    """That most fixed epochs whose satellites are told do without BeiDou; a format that tells none says nothing here."""
    used = log.beidou[log.epochs["quality"] == FIXED]
    told = used[used >= 0]
    share, needed = float(np.mean(told > 0)) if len(told) else 1.0, ask.share("min_beidou_share", MIN_BEIDOU_SHARE)
    if 2 * len(told) > len(used) and share < needed:
        yield WORDS.reason("beidou-not-used", share=percent(share), needed=percent(needed))


def _availability(found: Deviations, ask: Request) -> Iterator[Failed]:
    needed = ask.share("min_fix_rate", MIN_FIX_RATE)
    expected = expected_epochs(found.whole, found.settings, ended=not ask.watched)
    expected -= switched_off(found.whole, found.settings)
    fixed = int(np.count_nonzero(found.whole.epochs["quality"] == FIXED))
    share = fixed / max(1, expected)
    if share < needed:
        facts = {"expected": expected, "fixed": fixed, "share": percent(share), "needed": percent(needed)}
        yield WORDS.reason("availability", **facts)


def _truth(found: Deviations, *, vertical: bool, limit_m: float | None, certified_m: float) -> Iterator[Failed]:
    expanded = truth_uncertainty_m(found, vertical=vertical, certified_m=certified_m)
    if limit_m is not None and expanded > limit_m / 3:
        yield WORDS.reason("truth-too-coarse", uncertainty=millimetres(expanded), limit=millimetres(limit_m))


def certified_m(ask: Request) -> float:
    """Standard uncertainty that the certificate of the reference states, m; 0.0 where none does."""
    return 0.0 if ask.limit is None else ask.certified(REFERENCE, ask.limit.quantity)


def truth_uncertainty_m(found: Deviations, *, vertical: bool, certified_m: float = 0.0) -> float:
    """Expanded uncertainty (k = 2) of truth and transformation in m, the interpolation of a trajectory added linearly.

    What the profile says of the truth counts no less than its certificate does.
    """
    truth = found.settings.reference
    if truth is None:
        return math.inf
    shift = found.settings.transformation
    declared = truth.u_vertical if vertical else truth.u_horizontal
    u = math.hypot(max(declared, certified_m), 0.0 if shift is None else shift.uncertainty)
    return 2 * u + found.interpolation_m[1 if vertical else 0]
