# SPDX-License-Identifier: Apache-2.0
"""What must hold before an error against the truth may decide anything, in the order of the questions.

Data integrity, resolution, frame and epoch, BeiDou really used, availability, then uncertainty of the truth. A broken
gate is INVALID where the record breaks a precondition, INCONCLUSIVE where it cannot show that one holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.model import Reason, Text
from probes.gnss.digests.deviation import Deviations, conflicting, effective_decimals, quanta_m
from probes.gnss.digests.epochs import expected_epochs
from probes.gnss.formats.nmea import FIXED
from probes.gnss.truth.settings import Frame

PLATE_MOTION_M = 0.03
"""Metres a year that Wuhan moves in ITRF, about (ITRF2014 Eurasian pole: 29 mm)."""
NOT_MEASURED = {6: ("推算", "estimated"), 7: ("手动输入", "entered by hand"), 8: ("模拟", "simulated")}
"""GGA qualities that are no satellite measurement (NMEA 0183)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A gate that did not hold; ``invalid`` tells INVALID from INCONCLUSIVE."""

    reason: Reason
    invalid: bool = True


def reason(code: str, zh: str, en: str) -> Reason:
    """A reason under ``gnss.``."""
    return Reason(f"gnss.{code}", Text(zh, en))


def failed_gates(found: Deviations, *, vertical: bool, limit_m: float | None) -> Iterator[Failed]:
    """Every gate that does not hold, in order; nothing more after a log without positions."""
    yield from _integrity(found)
    if not found.fixed.any():
        yield _no_positions(found)
        return
    yield from _heights(found, vertical=vertical)
    yield from _resolution(found, vertical=vertical, limit_m=limit_m)
    yield from _frames(found)
    yield from _beidou(found)
    yield from _availability(found)
    yield from _truth(found, vertical=vertical, limit_m=limit_m)


def _integrity(found: Deviations) -> Iterator[Failed]:
    counts = found.whole.counts
    damaged = counts["bad_checksum"] + counts["truncated"]
    share = damaged / max(1, counts["sentences"] + damaged)
    if share > found.settings.max_damaged:
        yield Failed(
            reason(
                "damaged",
                f"{damaged} 条语句校验错或不完整，占 {share:.2%}，超过允许的 {found.settings.max_damaged:.2%}：链路不可靠，请检查波特率、线缆后重录。",
                f"{damaged} sentences are damaged, {share:.2%} of all; at most {found.settings.max_damaged:.2%} is allowed: check baud rate and cable, record again.",
            )
        )
    twice = conflicting(found.whole)
    if twice:
        yield Failed(
            reason(
                "two-receivers",
                f"有 {twice} 个时刻出现两个不同的定位结果：记录中混有两台接收机，请用 talker 指定其一或分开记录。",
                f"{twice} times carry two different positions: two receivers share this log; name one with talker, or record them apart.",
            )
        )
    for quality, (zh, en) in NOT_MEASURED.items():
        count = int(np.count_nonzero(found.whole.epochs["quality"] == quality))
        if count:
            yield Failed(
                reason(
                    "not-measured",
                    f"{count} 个历元的定位质量为 {quality}（{zh}），不是卫星测量结果。",
                    f"{count} epochs have GGA quality {quality} ({en}): they are no satellite measurement.",
                )
            )


def _no_positions(found: Deviations) -> Failed:
    outside = found.left_out.get("outside_trajectory", 0)
    if outside and not len(found.log):
        return Failed(
            reason(
                "no-overlap",
                f"{outside} 个定位历元全部在参考轨迹的时间范围之外或其空缺之中，轨迹不外推；请核对时间系统（UTC 与北斗时、GPS 时相差整秒）。",
                f"All {outside} fixes lie outside the reference trajectory or in its gaps, and truth is never extrapolated: check the time scales (UTC against BDT or GPS time).",
            )
        )
    if not len(found.whole):
        return Failed(
            reason(
                "no-epochs",
                "记录中没有带时间的 GGA 语句：不是 NMEA 记录，或接收机没有输出 GGA。",
                "The log holds no GGA sentence with a time: it is no NMEA log, or the receiver does not send GGA.",
            ),
            invalid=False,
        )
    return Failed(
        reason(
            "never-fixed",
            f"{len(found.whole)} 个历元中没有一个固定解（GGA 质量 4），无法评定。",
            f"None of {len(found.whole)} epochs is a fixed solution (GGA quality 4): there is nothing to assess.",
        )
    )


def _heights(found: Deviations, *, vertical: bool) -> Iterator[Failed]:
    if found.attitude_missing:
        yield Failed(
            reason(
                "lever-arm",
                "杆臂不是竖直的，而轨迹没有姿态（heading, pitch, roll），无法把参考点归算到天线。",
                "The lever arm is not vertical and the trajectory has no attitude (heading, pitch, roll): the truth cannot be carried to the antenna.",
            ),
            invalid=False,
        )
    needed = vertical or found.settings.mode == "dynamic"
    if needed and np.isnan(found.enu_m[found.fixed, 2]).any():
        yield Failed(
            reason(
                "no-separation",
                "GGA 缺少高程或大地水准面差距，得不到椭球高；请打开该字段，或声明真值为同一水准面模型下的正高（height_kind: orthometric）。",
                "GGA lacks the altitude or the geoid separation, so there is no ellipsoidal height: enable the field, or declare an orthometric truth (height_kind: orthometric).",
            )
        )


def step_m(found: Deviations, *, vertical: bool) -> float:
    """The step of the coordinates' last varying digit in m: the diagonal of the horizontal cell, or of the height."""
    fixed = found.log.where(found.fixed)
    north, east, up = quanta_m(fixed, *effective_decimals(fixed), float(np.nanmean(fixed.epochs["lat_deg"])))
    return up if vertical else math.hypot(north, east)


def _resolution(found: Deviations, *, vertical: bool, limit_m: float | None) -> Iterator[Failed]:
    fixed = found.log.epochs[found.fixed]
    columns = ("altitude_m",) if vertical else ("lat_deg", "lon_deg")
    if found.settings.mode == "static" and any(np.ptp(fixed[name]) == 0 for name in columns):
        yield Failed(
            reason(
                "frozen",
                f"{len(fixed)} 个固定解的坐标完全相同：接收机冻结或小数位不足，零方差不能证明精度。",
                f"All {len(fixed)} fixed solutions have one and the same coordinate: a frozen receiver or too few digits; zero variance proves nothing.",
            )
        )
        return
    step = step_m(found, vertical=vertical)
    if limit_m is not None and step / math.sqrt(12) > limit_m / 10:
        decimals = effective_decimals(found.log.where(found.fixed))
        digits = decimals[1] if vertical else decimals[0]
        yield Failed(
            reason(
                "resolution",
                f"坐标分辨率不足：有效小数 {digits} 位，一步 {step * 1000:.3g} mm，量化标准差超过限值的十分之一；请打开高精度输出后重录。",
                f"Too few digits: {digits} decimals that vary, one step is {step * 1000:.3g} mm, its standard deviation exceeds a tenth of the limit: enable high-precision output and record again.",
            )
        )


def _frames(found: Deviations) -> Iterator[Failed]:
    truth, positions = found.settings.truth, found.settings.positions
    if truth is None or positions is None:
        yield Failed(reason("frame", "没有声明坐标框架与历元。", "Frame and epoch are not declared."), invalid=False)
        return
    years = abs(truth.frame.epoch - positions.epoch)
    if _same(truth.frame, positions) or found.settings.transformation is not None:
        return
    moved = years * PLATE_MOTION_M
    yield Failed(
        reason(
            "frame-mismatch",
            f"真值为 {truth.frame.name}@{truth.frame.epoch:g}，定位结果为 {positions.name}@{positions.epoch:g}：须先归算到同一框架与历元（{years:g} 年的板块运动约 {moved:.2g} m）。",
            f"The truth is in {truth.frame.name}@{truth.frame.epoch:g}, the positions in {positions.name}@{positions.epoch:g}: bring both to one frame and epoch ({years:g} years of plate motion are about {moved:.2g} m).",
        ),
        invalid=False,
    )


def _same(one: Frame, other: Frame) -> bool:
    return one.name.upper() == other.name.upper() and one.epoch == other.epoch


def _beidou(found: Deviations) -> Iterator[Failed]:
    used = found.log.beidou[found.fixed]
    unknown = int(np.count_nonzero(used < 0))
    share = float(np.mean(used > 0))
    needed = found.settings.min_beidou_share
    mixed = int(np.count_nonzero(found.log.others[found.fixed] != 0))
    if found.settings.beidou_only and mixed:
        yield Failed(
            reason(
                "not-beidou-only",
                f"声明为单北斗测试，但有 {mixed} 个固定历元用了其他系统的卫星，或没有说明所用系统。",
                f"Declared as a BeiDou-only session, yet {mixed} fixed epochs used satellites of other systems or do not say which.",
            )
        )
    if share >= needed:
        return
    if unknown == len(used):
        yield Failed(
            reason(
                "beidou-not-shown",
                "记录中没有能说明所用卫星系统的 GSA（systemId 4 或 GB/BD）或 GNS 语句，不能证明使用了北斗；请打开 GSA 输出后重录。",
                "No GSA (systemId 4 or talker GB/BD) or GNS sentence tells which systems were used: BeiDou is not shown. Enable GSA and record again.",
            )
        )
        return
    yield Failed(
        reason(
            "beidou-not-used",
            f"只有 {share:.2%} 的固定历元使用了北斗卫星，要求不少于 {needed:.2%}。",
            f"Only {share:.2%} of the fixed epochs used BeiDou satellites; at least {needed:.2%} is required.",
        )
    )


def _availability(found: Deviations) -> Iterator[Failed]:
    expected = expected_epochs(found.whole, found.settings)
    fixed = int(np.count_nonzero(found.whole.epochs["quality"] == FIXED))
    share = fixed / max(1, expected)
    if share < found.settings.min_fix_rate:
        yield Failed(
            reason(
                "availability",
                f"应有 {expected} 个历元，固定解只有 {fixed} 个（{share:.2%}），低于 {found.settings.min_fix_rate:.2%}：只看固定解会掩盖失锁，精度结论无效。",
                f"{fixed} fixed of {expected} expected epochs ({share:.2%}), below {found.settings.min_fix_rate:.2%}: accuracy of the fixed ones alone would hide the losses.",
            )
        )


def _truth(found: Deviations, *, vertical: bool, limit_m: float | None) -> Iterator[Failed]:
    expanded = truth_uncertainty_m(found, vertical=vertical)
    if limit_m is None or expanded <= limit_m / 3:
        return
    yield Failed(
        reason(
            "truth-too-coarse",
            f"真值的扩展不确定度 {expanded * 1000:.3g} mm（k=2）超过限值 {limit_m * 1000:.3g} mm 的三分之一，不能用来判定。",
            f"The truth's expanded uncertainty of {expanded * 1000:.3g} mm (k = 2) exceeds a third of the limit of {limit_m * 1000:.3g} mm: it cannot decide.",
        )
    )


def truth_uncertainty_m(found: Deviations, *, vertical: bool) -> float:
    """Expanded uncertainty (k = 2) of truth and transformation in m, the interpolation of a trajectory added linearly."""
    truth = found.settings.truth
    if truth is None:
        return math.inf
    shift = found.settings.transformation
    u = math.hypot(truth.u_vertical_m if vertical else truth.u_horizontal_m, 0.0 if shift is None else shift.u_m)
    return 2 * u + found.interpolation_m[1 if vertical else 0]
