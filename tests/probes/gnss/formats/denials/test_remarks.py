# SPDX-License-Identifier: Apache-2.0
"""Remarks by which numbers were moved, put together or left out are heard; those that state settings, or deny it, are not."""

from __future__ import annotations

import pytest

from harness.errors import DecodeError
from probes.gnss.formats.denials.remarks import says_unmeasured
from probes.gnss.formats.readers import read_epochs
from probes.gnss.formats.timing_formats import read_offsets
from tests.probes.gnss.formats.test_modes import epochs, log_of

MOVED = [
    "# cable delay removed", "# cable delay 2000 ns subtracted", "# corrected for cable delay", "# 已扣除线缆时延 2000 ns", "# 时延已补偿", "# mean removed", "# 已去除均值",
    "# linear trend removed (detrended)", "# 已去趋势", "# bias corrected", "# systematic offset corrected", "# relative to first sample", "# referenced to the mean",
    "# normalised to zero at start", "# every 10th sample kept", "# 每10个取一", "# each value is the mean of 100 pulses", "# 10次平均", "# 坐标整体平移",
    "# positions shifted by (0.012, -0.004)", "# antenna height corrected afterwards", "# 天线高已改正", "# Mittelwert abgezogen", "# retard corrigé", "# 遅延補正済",
    "# simulated", "# synthetic", "# simulation output", "% simulated observations", "# interpolated epochs", "# outliers removed", "# 每分钟平均值",
    "# gap filled by interpolation", "# 缺失历元已插值", "# quality flag overwritten to 4", "# only fixed epochs exported", "# 只导出固定解", "# 仅保留固定解历元", "# fixed solutions only",
    "# excerpt", "# 节选", "# best run of 5", "# 最好一次", "# GNSS signal generator Spirent GSS7000", "# 信号模拟器输出", "# 播放回放数据", "# シミュレータ信号", "# 시뮬레이터",
]  # fmt: skip
SETTINGS = [
    "# counter: Keysight 53230A, calibrated 2026-05-01, gate 1 s", "# reference: Cs 5071A; cable RG-58 10 m", "# cable delay 50 ns, not corrected", "# cable delay correction: off",
    "# 线缆时延 50 ns，未扣除", "# mean temperature 21 °C", "# antenna height 1.800 m", "# 天线高 1.800 m", "# no trend removed", "# 未做均值改正",
    "# 采样率 1 Hz", "# RTCM corrections from base 0001", "# differential corrections: RTCM 3.2", "# 差分改正数来自 CORS", "# GPS-UTC offset 18 s", "# average speed 1 m/s",
    "# offset = PPS - reference, cable delays not yet applied", "# operator Wang, test run 1", "# raw; filter: off",
    "# network RTK, corrections interpolated (VRS)", "# exported with u-center 23.08", "# time zone UTC+8", "# base station WHU1, baseline 3.2 km", "# 室内转发器", "# Testlauf 3",
]  # fmt: skip


@pytest.mark.parametrize("remark", MOVED)
def test_a_remark_by_which_numbers_are_no_longer_those_measured_is_heard(remark: str) -> None:
    assert says_unmeasured(remark)
    with pytest.raises(DecodeError, match="no record as it was measured"):
        read_offsets(f"{remark}\ntime_s,offset_ns\n0,1\n1,2\n".encode())
    with pytest.raises(DecodeError, match="no record as it was measured"):
        read_epochs(remark.encode(), "bestpos", {})


@pytest.mark.parametrize("remark", SETTINGS)
def test_a_remark_about_settings_is_not(remark: str) -> None:
    assert not says_unmeasured(remark)
    assert len(read_offsets(f"{remark}\ntime_s,offset_ns\n0,1\n1,2\n".encode()).offset_s) == 2


@pytest.mark.parametrize(
    ("remark", "heard"), [("# positions shifted by 4 mm", 1), ("# 坐标整体平移", 1), ("# antenna height 1.800 m", 0)]
)
def test_it_is_heard_between_sentences(tmp_path, remark: str, heard: int) -> None:
    found = log_of(epochs(lambda _, number: (f"{remark}\r\n".encode() if number == 3 else b"", b"")), tmp_path)
    assert sum(found.alarms.values()) == heard


@pytest.mark.parametrize(
    ("title", "heard"),
    [("outliers removed", True), ("Cable delay 50 ns subtracted", True), ("Log of the reference clock, run 3", False)],
)
@pytest.mark.parametrize("place", [0, 40])
def test_a_title_in_a_program_s_log_is_heard(title: str, heard: bool, place: int) -> None:
    lines = [f"ptp4l[{100 + at}.5]: master offset {at % 7} s0 freq +1 path delay 9" for at in range(90)]
    lines.insert(place, title)
    data = "\n".join(lines).encode()
    if heard and (place == 0 or not any(each.isdigit() for each in title)):
        with pytest.raises(DecodeError, match="no record as it was measured"):
            read_offsets(data)
    else:
        assert len(read_offsets(data).offset_s) == 90
