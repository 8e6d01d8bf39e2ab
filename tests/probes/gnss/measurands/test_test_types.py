# SPDX-License-Identifier: Apache-2.0
"""Session means, two antennas, ISO 17123-8, BeiDou alone, restarts, a transformation between frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.model import Outcome, Verdict
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.measurands import iso17123
from probes.gnss.measurands.accuracy import session_means
from probes.gnss.simulators.receiver import receiver, sealed
from tests.probes.gnss.conftest import judged, names, placed, rows, shown, site, trace_of

STATIC = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3}


def codes(judgement: Any) -> list[str]:
    return [reason.code for reason in judgement.reasons]


def test_session_means_average_the_noise_and_keep_the_bias(judge) -> None:
    device = STATIC | {"duration": 7200, "bias_e": 0.001, "sd_h": 0.006}
    single, _ = judge(device, "gnss.horizontal", "rms", "<= 0.5 cm")
    session, judgement = judge(device, "gnss.horizontal", "rms", "<= 0.5 cm", session="60 s")
    assert session.estimate.n == pytest.approx(120, abs=1)
    assert session.estimate.value < single.estimate.value / 3
    assert session.estimate.value > 0.001
    assert judgement.verdict is Verdict.PASS
    assert "gnss.session-means" in [remark.code for remark in session.remarks]


def test_a_session_with_few_epochs_falls_out() -> None:
    times = np.concatenate([np.arange(0, 10), np.arange(10, 13), np.arange(20, 30)]) * 10**9
    errors = np.repeat([[1.0, 0, 0], [9.0, 0, 0], [3.0, 0, 0]], [10, 3, 10], axis=0)
    assert session_means(errors, times, 10.0)[:, 0].tolist() == [1.0, 3.0]


@pytest.fixture
def antennas() -> Iterator[Any]:
    """Judge two antennas 2 m apart: antennas(noise in m, limit, vertical)."""
    with ExitStack() as peers:

        def run(noise: float, limit: str, *, vertical: bool = False) -> tuple[Outcome, Any]:
            config: Mapping[str, Any] = {
                "mode": "baseline",
                "baseline": {"length": "2 m", "height": 0.5, "uncertainty": "0.5 mm"},
            }
            traces = []
            for seed, shift in ((1, {}), (2, {"bias_e": 2.0, "bias_u": 0.5})):
                device = STATIC | {"seed": seed, "sd_h": noise, "sd_v": noise} | shift
                given = peers.enter_context(receiver(device, Path()))
                traces.append(trace_of({**config, "file": given["file"]}, source=f"antenna{seed}"))
            name = "gnss.vertical" if vertical else "gnss.horizontal"
            return judged(traces, name, "rms", limit, mode="dynamic")

        yield run


@pytest.mark.parametrize("vertical", [False, True])
def test_two_antennas_can_fail_a_receiver_but_never_pass_it(antennas, vertical: bool) -> None:
    good, judgement = antennas(0.001, "<= 2 cm", vertical=vertical)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert codes(judgement) == ["gnss.baseline-only"]
    assert good.estimate.upper is None
    bad, judgement = antennas(0.03, "<= 2 cm", vertical=vertical)
    assert judgement.verdict is Verdict.FAIL
    # one receiver's own RMS: sqrt 2 times the axis noise horizontally, the axis noise vertically
    assert bad.estimate.value == pytest.approx(0.03 * (1.0 if vertical else np.sqrt(2)), rel=0.12)


def test_a_single_antenna_is_no_baseline(tmp_path: Path) -> None:
    with receiver(STATIC, Path()) as given:
        config = {"file": given["file"], "mode": "baseline"}
        config["baseline"] = {"length": "2 m", "height": 0, "uncertainty": "1 mm"}
        outcome, _ = judged(trace_of(config), "gnss.horizontal", "rms", "<= 2 cm")
    assert outcome.lacks[0].reason.code == "gnss.one-antenna"


def stop_and_go(path: Path, series: int, noise: float, system: int = 4) -> tuple[list[dict[str, Any]], np.ndarray]:
    """A rover log of two points, five sets a series, 20 s each; the sets' times and the mean coordinates of each."""
    random = np.random.default_rng(11)
    start, lines, sets = datetime(2026, 11, 21, 4, tzinfo=UTC), [], []
    truth = np.zeros((series, 5, 2, 3))
    for index in range(series * 5 * 2):
        place = np.unravel_index(index, (series, 5, 2))
        begin = start + timedelta(minutes=100 * int(place[0]) + 5 * int(place[1]) + int(place[2]))
        truth[place] = random.normal(0, noise, 3) + np.array([8.0, 3.0, 0.4]) * place[2]
        for second in range(20):
            now = begin + timedelta(seconds=second)
            minutes_n, minutes_e = 30 + truth[place][1] / 1847.5, 18 + truth[place][0] / 1599.2
            lines.append(
                sealed(
                    f"GNGGA,{now:%H%M%S}.00,30{minutes_n:.8f},N,114{minutes_e:.8f},E,4,20,0.6,{57.5 + truth[place][2]:.4f},M,-12.5,M,1.0,0001"
                )
            )
            lines.append(sealed(f"GNGSA,A,3{',07' * 12},1.1,0.6,0.9,{system}"))
            lines.append(sealed(f"GNRMC,{now:%H%M%S}.00,A,3030.0,N,11418.0,E,0.0,,{now:%d%m%y},,,R,V"))
        named = dict(zip(("series", "set", "point"), (int(each) + 1 for each in place), strict=True))
        sets.append({**named, "start": begin.isoformat(), "stop": (begin + timedelta(seconds=20)).isoformat()})
    path.write_bytes(b"".join(lines))
    return sets, truth


SITE = site()


@pytest.mark.parametrize("measurand", ["gnss.horizontal", "gnss.vertical"])
def test_the_full_field_test_gives_the_standard_deviation_of_its_sets(tmp_path: Path, measurand: str) -> None:
    path = tmp_path / "rover.nmea"
    sets, truth = stop_and_go(path, 3, 0.004)
    outcome, judgement = judged(trace_of({**SITE, "file": str(path), "sets": sets}), measurand, "iso17123", "<= 2 cm")
    expected = iso17123.full(truth)
    wanted = expected.s_xy_m if measurand == "gnss.horizontal" else expected.s_h_m
    assert outcome.estimate.value == pytest.approx(wanted, rel=0.01)
    assert judgement.verdict is Verdict.PASS
    assert outcome.remarks[0].code == "gnss.precision-only"


def test_repeatability_without_beidou_is_invalid_too(tmp_path: Path) -> None:
    path = tmp_path / "rover.nmea"
    sets, _ = stop_and_go(path, 3, 0.004, system=1)
    config = {**SITE, "file": str(path), "sets": sets}
    _, judgement = judged(trace_of(config), "gnss.horizontal", "iso17123", "<= 2 cm")
    assert judgement.verdict is Verdict.INVALID
    assert codes(judgement) == ["gnss.beidou-not-used"]


def test_one_series_is_the_simplified_test_and_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rover.nmea"
    sets, _ = stop_and_go(path, 1, 0.003)
    nominal = {"distance": f"{np.hypot(8, 3):.4f} m", "height": 0.4, "s_xy": "5 mm", "s_h": "8 mm"}
    config = {**SITE, "file": str(path), "sets": sets, "nominal": nominal}
    assert placed(PROBE, config, tmp_path) == []
    outcome, judgement = judged(trace_of(config), "gnss.horizontal", "iso17123", "<= 2 cm")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert codes(judgement) == ["gnss.iso17123-simplified"]
    assert outcome.estimate is None
    listed = rows(shown(trace_of(config), "gnss.horizontal", "iso17123", "<= 2 cm"), "deviations")
    assert len(listed) == 5
    assert all(abs(each["deviation"]) <= each["tolerance"] for each in listed)
    without, _ = judged(trace_of({**SITE, "file": str(path), "sets": sets}), "gnss.horizontal", "iso17123", "<= 2 cm")
    assert without.lacks[0].reason.code == "gnss.iso17123-sets"
    assert without.need.text.en == "30 measurements in all; 20 are missing."


def test_a_beidou_only_session_refuses_other_systems(judge) -> None:
    _, judgement = judge(STATIC, "gnss.horizontal", "rms", "<= 0.5 cm", {"beidou_only": True})
    assert codes(judgement) == ["gnss.not-beidou-only"]
    _, judgement = judge(STATIC | {"systems": "4"}, "gnss.horizontal", "rms", "<= 0.5 cm", {"beidou_only": True})
    assert judgement.verdict is Verdict.PASS


def test_restarts_are_timed_from_their_marks(judge, show) -> None:
    device = STATIC | {"gap_every": 300, "gap_for": 20, "cold_start": 0}
    marks = [f"2026-11-21T04:{minute:02d}:30Z" for minute in (2, 7, 12)]
    outcome, _ = judge(device, "gnss.ttff", "quantile", None, {"power_on": marks}, q="95 %")
    # silence from half past each fifth minute, for twenty seconds
    listed = rows(show(device, "gnss.ttff", "quantile", None, {"power_on": marks}, q="95 %"), "times")
    assert [each["seconds"] for each in listed] == [20.0, 20.0, 20.0]
    assert outcome.remarks == ()


def test_a_transformation_with_a_record_brings_frames_together(judge) -> None:
    moved = {"positions": {"frame": "ITRF2014", "epoch": 2026.9}}
    shift = {"e": -0.75, "n": 0.25, "u": 0, "uncertainty": "0.3 mm", "record": "CORS 转换报告 2026-11"}
    device = STATIC | {"bias_e": 0.75, "bias_n": -0.25}
    _, judgement = judge(device, "gnss.horizontal", "rms", "<= 0.5 cm", moved)
    assert codes(judgement) == ["gnss.frame-mismatch"]
    assert judgement.verdict is Verdict.INCONCLUSIVE, "a metre of frame error is no proven failure of the receiver"
    asked = (device, "gnss.horizontal", "rms", "<= 0.5 cm", {**moved, "transformation": shift})
    alone = judge(*asked)[1]
    assert (codes(alone), alone.verdict) == (["gnss.transformed-by-one"], Verdict.INCONCLUSIVE), "one side's word"
    outcome, judgement = judge(*asked, agreed={"settings"})
    assert judgement.verdict is Verdict.PASS
    assert "transformation of the frame" in [item.component.en for item in outcome.estimate.budget]
    (told,) = (each.text.en for each in outcome.remarks if each.code == "gnss.transformed")
    assert "-750 mm east" in told.replace("\u00a0", " ")
    assert "CORS" in told


@pytest.mark.parametrize(
    ("extra", "keys"),
    [
        ({"transformation": {"e": 0, "n": 0, "u": 0, "uncertainty": "1 mm"}}, ("transformation", "record")),
        ({"transformation": {"n": 0, "u": 0, "uncertainty": "1 mm", "record": "x"}}, ("transformation", "e")),
        ({"transformation": {"e": 0.02, "n": 0, "u": 0, "uncertainty": "1 mm", "record": "x"}}, ("transformation",)),
        ({"power_on": ["noon"]}, ("power_on", 0)),
        ({"beidou_only": "maybe"}, ("beidou_only",)),
        ({"nominal": {"distance": "8 m", "height": 0, "s_xy": "5 mm"}}, ("nominal", "s_h")),
        ({"mode": "baseline"}, ("baseline",)),
        ({"mode": "baseline", "baseline": {"height": 0, "uncertainty": "1 mm"}}, ("baseline", "length")),
        ({"settle": "20 min"}, ("settle",)),
        ({"latency": "guess"}, ("latency",)),
    ],
)
def test_wrong_settings_of_test_types_are_placed(tmp_path: Path, extra, keys) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    assert names(placed(PROBE, {**SITE, "file": "a.nmea", **extra}, tmp_path), keys)


def test_suspected_wrong_fixes_are_told(judge) -> None:
    outcome, _ = judge(STATIC | {"wrong_every": 300, "wrong_for": 2}, "gnss.horizontal", "rms", "<= 0.5 cm")
    told = {remark.code: remark.text.en for remark in outcome.remarks}
    assert told["gnss.wrong-fixes"].startswith("6 epochs")
