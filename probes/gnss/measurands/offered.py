# SPDX-License-Identifier: Apache-2.0
"""What can be estimated from receivers and clocks, by lazy references: nothing heavy is imported to list it."""

from __future__ import annotations

from harness.model import Text
from harness.plugins import Constant, Measurand
from probes.gnss.measurands.words import WORDS

_ROOM = "probes.gnss.measurands"
_LOG = "probes.gnss.digests.log:LogSummary"
_CORRECTIONS = "probes.gnss.digests.corrections:Corrections"
_SECOND = "probes.gnss.digests.solution:Solution"
_RAW = "probes.gnss.formats.observed.columns:Observations"
_CLOCK = "probes.gnss.digests.offsets:ClockLog"
_RECEIVER = "gnss.nmea"
REFERENCE, CLOCK_REFERENCE = "position-reference", "time-reference"
"""Kinds of instrument: the mark or trajectory that positions are compared with, the clock that offsets are counted from."""
_OUTAGE = Constant("longest_credible_outage", "s", WORDS.text("constant-outage"))


def _accuracy(name: str, direction: str, title: Text) -> Measurand:
    return Measurand(
        name=name,
        title=title,
        unit="m",
        recorder=_RECEIVER,
        accepts=(_LOG, _CORRECTIONS, _SECOND, _RAW),
        view=f"{_ROOM}.view:{direction}",
        statistics={
            "rms": f"{_ROOM}.accuracy:rms",
            "quantile": f"{_ROOM}.accuracy:quantile",
            "iso17123": f"{_ROOM}.repeatability:repeatability",
        },
        show=f"{_ROOM}.figures:show",
        live=f"{_ROOM}.now.lines:compared",
        watchable=frozenset({"rms", "quantile"}),
        instruments=(REFERENCE,),
    )


def _received(
    name: str,
    title: Text,
    statistic: tuple[str, str],
    *,
    unit: str = "s",
    show: str = "",
    constants: tuple[Constant, ...] = (),
) -> Measurand:
    return Measurand(
        name=name,
        title=title,
        unit=unit,
        recorder=_RECEIVER,
        accepts=(_LOG, _CORRECTIONS),
        view=f"{_ROOM}.view:received",
        statistics={statistic[0]: f"{_ROOM}.availability:{statistic[1]}"},
        show=f"{_ROOM}.shown:{show}" if show else "",
        live=f"{_ROOM}.now.lines:received",
        constants=constants,
    )


HORIZONTAL = _accuracy("gnss.horizontal", "horizontal", Text("水平定位误差", "horizontal position error"))
VERTICAL = _accuracy("gnss.vertical", "vertical", Text("垂直定位误差", "vertical position error"))
FIX_RATE = _received(
    "gnss.fix-rate",
    Text("固定率", "fix rate"),
    ("ratio", "fix_rate"),
    unit="1",
    show="gap_tables",
    constants=(_OUTAGE,),
)
AVAILABILITY = _received(
    "gnss.availability",
    Text("固定解可用时间占比", "share of time with a fixed solution"),
    ("time-share", "time_share"),
    unit="1",
    show="gap_tables",
    constants=(_OUTAGE,),
)
GAPS = _received(
    "gnss.gaps",
    Text("没有固定解的时段", "times without fixed solution"),
    ("longest", "longest_gap"),
    show="gap_tables",
)
TTFF = _received("gnss.ttff", Text("首次固定时间", "time to first fix"), ("quantile", "first_fix"), show="fix_times")
REFIX = _received("gnss.refix", Text("重新固定时间", "time to fix again"), ("quantile", "refix"), show="refix_times")
AGE = _received("gnss.age", Text("差分龄期", "age of differential"), ("quantile", "age"))
BEIDOU = _received(
    "gnss.beidou",
    Text("使用北斗的固定历元占比", "share of fixed epochs with BeiDou"),
    ("share", "beidou_share"),
    unit="1",
    show="satellites",
)
TIMING = Measurand(
    name="gnss.timing",
    title=Text("相对参考的时间偏差", "offset from the reference"),
    unit="s",
    recorder="gnss.timing",
    accepts=(_CLOCK,),
    view=f"{_ROOM}.timing:view",
    statistics={name: f"{_ROOM}.timing:{name}" for name in ("quantile", "mtie", "tdev")},
    show=f"{_ROOM}.timing:show",
    constants=(
        Constant("reference_uncertainty", "s", WORDS.text("constant-reference")),
        Constant("cable_delay", "s", WORDS.text("constant-cable"), agreed=True),
        Constant("timestamping", "s", WORDS.text("constant-timestamping")),
    ),
    instruments=(CLOCK_REFERENCE,),
)
