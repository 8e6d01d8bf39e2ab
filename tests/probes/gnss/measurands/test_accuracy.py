# SPDX-License-Identifier: Apache-2.0
"""From a simulated receiver whose errors are known to the verdict on it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account.calibration import Calibration, InstrumentInUse
from harness.model import About, Reason, Verdict
from harness.quantity import Quantity
from harness.testing import Question, answer
from probes.gnss.digests.blocks import quantile_of
from probes.gnss.measurands.accuracy import _less
from tests.probes.gnss.conftest import input_of, rows

STATIC = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3, "full": False}
MOVING = {"duration": 600, "rate": 2, "radius": 20, "speed": 2, "sd_h": 0.005, "sd_v": 0.01, "noise_tau": 3}
SHOWN = {"full": True}
DECLARED_M = 0.001


def codes(judgement) -> list[str]:
    return [reason.code for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("device", "measurand", "limit", "verdict"),
    [
        (STATIC | SHOWN, "gnss.horizontal", "<= 0.5 cm", Verdict.PASS),
        (STATIC | SHOWN, "gnss.vertical", "<= 1 cm", Verdict.PASS),
        (STATIC | SHOWN | {"bias_e": 0.008}, "gnss.horizontal", "<= 0.5 cm", Verdict.FAIL),
        (STATIC | SHOWN | {"bias_u": -0.02}, "gnss.vertical", "<= 1 cm", Verdict.FAIL),
        (STATIC | SHOWN | {"sd_h": 0.0034}, "gnss.horizontal", "<= 0.5 cm", Verdict.INCONCLUSIVE),
        (MOVING, "gnss.horizontal", "<= 2 cm", Verdict.PASS),
        (MOVING, "gnss.vertical", "<= 4 cm", Verdict.PASS),
        (MOVING | {"latency": 0.05}, "gnss.horizontal", "<= 2 cm", Verdict.FAIL),
    ],
)
def test_the_verdict_follows_the_errors(judge, device, measurand, limit, verdict) -> None:
    assert judge(device, measurand, "rms", limit)[1].verdict is verdict


def test_latency_is_found_and_corrected_only_on_request(judge) -> None:
    moving = MOVING | {"latency": 0.05}
    reported, _ = judge(moving, "gnss.horizontal", "rms", "<= 2 cm")
    assert reported.estimate.diagnostics["latency_s"] == pytest.approx(0.05, abs=0.002)
    assert reported.estimate.value > 0.08
    corrected, judgement = judge(moving, "gnss.horizontal", "rms", "<= 2 cm", {"latency": "correct"})
    assert corrected.estimate.value < 0.01
    assert judgement.verdict is Verdict.PASS
    assert "gnss.latency" in [remark.code for remark in corrected.remarks]


def test_rms_bias_and_scatter_are_what_was_simulated(judge) -> None:
    outcome, _ = judge(STATIC | SHOWN | {"bias_n": 0.003, "duration": 3600}, "gnss.horizontal", "rms", None)
    facts = outcome.estimate.diagnostics
    assert facts["mean_m"] == pytest.approx([0, 0.003], abs=0.0003)
    assert facts["sd_m"] == pytest.approx([0.002, 0.002], rel=0.1)
    assert outcome.estimate.value == pytest.approx(np.sqrt(2 * 0.002**2 + 0.003**2), rel=0.08)


@pytest.mark.parametrize(
    ("device", "settings", "code", "verdict"),
    [
        ({"systems": "123"}, {}, "gnss.beidou-not-used", Verdict.INVALID),
        ({"full": False}, {}, "gnss.beidou-not-shown", Verdict.INVALID),
        ({"decimals": 5}, {}, "gnss.frozen", Verdict.INVALID),
        ({"decimals": 6}, {}, "gnss.resolution", Verdict.INVALID),
        ({"sd_h": 0.0}, {}, "gnss.frozen", Verdict.INVALID),
        ({"gap_every": 20, "gap_for": 3}, {}, "gnss.availability", Verdict.INVALID),
        ({"cold_start": 2000}, {}, "gnss.never-fixed", Verdict.INVALID),
        ({}, {"positions": {"frame": "CGCS2000", "epoch": 2026.9}}, "gnss.frame-mismatch", Verdict.INCONCLUSIVE),
        ({}, {"positions": {"frame": "WGS84", "epoch": 2000.0}}, "gnss.frame-mismatch", Verdict.INCONCLUSIVE),
    ],
)
def test_each_broken_gate_is_named(judge, device, settings, code, verdict) -> None:
    outcome, judgement = judge(STATIC | SHOWN | device, "gnss.horizontal", "rms", "<= 0.5 cm", settings)
    assert judgement.verdict is verdict
    assert code in codes(judgement)
    for reason in (*outcome.invalid, *(each.reason for each in outcome.lacks), *outcome.remarks):
        assert reason.text.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in reason.text.zh)


@given(st.lists(st.floats(-1e9, 1e9, width=64), min_size=1, max_size=60), st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0]))
def test_quantiles_of_sorted_values_are_those_of_numpy_to_the_last_bit(values, share: float) -> None:
    assert quantile_of(np.sort(np.array(values)), share) == np.quantile(np.array(values), share)


BROKEN = (
    # what breaks each gate, in the order of the gates; what is broken later must never be told first
    ("gnss.damaged", {}, {}),
    ("gnss.resolution", {"decimals": 6}, {}),
    ("gnss.frame-mismatch", {}, {"positions": {"frame": "WGS84", "epoch": 2026.0}}),
    ("gnss.beidou-not-used", {"systems": "123"}, {}),
    ("gnss.availability", {"gap_every": 20, "gap_for": 3}, {}),
    ("gnss.truth-too-coarse", {}, {}),
)


@pytest.mark.parametrize("first", range(len(BROKEN)))
def test_the_earlier_gate_is_told_first(tmp_path, first: int) -> None:
    from probes.gnss.digests.deviation import compared
    from probes.gnss.digests.log import LogSummary, whole_log
    from probes.gnss.formats.decode import decode
    from probes.gnss.measurands.gates import failed_gates
    from probes.gnss.simulators.receiver import device_of, nmea, simulate
    from probes.gnss.truth.settings import Comparison

    config = {
        "mode": "static",
        "truth": {"lat": 30.5, "lon": 114.3, "height": 45.0, "frame": "CGCS2000", "epoch": 2000.0}
        | {"u_horizontal": "2 mm", "u_vertical": "2 mm"},
        "positions": {"frame": "CGCS2000", "epoch": 2000.0},
    }
    device = {**SHOWN, "duration": 300, "seed": 5}
    for _, receiver, settings in BROKEN[first:]:
        device, config = device | receiver, config | settings
    made, path = device_of(device), tmp_path / "0001.nmea"
    damage = b"$GNGGA,040000.00,3030.0*00\r\n" if first == 0 else b""
    path.write_bytes(nmea(made, simulate(made)) + damage)
    found = compared(whole_log(LogSummary((decode(path),))), Comparison.model_validate(config), None)
    question = Question("gnss.horizontal", "rms", "<= 5 mm", {"max_damaged": "0 %"} if first == 0 else {})
    failed = failed_gates(found, question.request, vertical=False)
    codes_found = [each.code if isinstance(each, Reason) else each.reason.code for each in failed]
    assert codes_found == [code for code, _, _ in BROKEN[first:]]


def test_one_session_says_nothing_of_the_receiver_and_is_told_after_every_gate(judge) -> None:
    # of several reasons those that break a precondition come first, then what the statistics miss
    device = STATIC | SHOWN | {"duration": 60, "noise_tau": 30, "cold_start": 0}
    _, judgement = judge(device, "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)
    assert codes(judgement) == ["gnss.one-session"]
    assert judgement.verdict is Verdict.INCONCLUSIVE
    _, judgement = judge(device | {"systems": "123"}, "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)
    assert codes(judgement) == ["gnss.beidou-not-used", "gnss.one-session"]
    assert judgement.verdict is Verdict.INVALID


def test_a_coarse_truth_cannot_decide(judge) -> None:
    place = {"lat": 30.5, "lon": 114.3, "height": 45.0, "frame": "CGCS2000", "epoch": 2000.0}
    truth = place | {"u_horizontal": "0.9 mm", "u_vertical": "1 mm"}
    _, judgement = judge(STATIC | SHOWN, "gnss.horizontal", "rms", "<= 0.5 cm", {"truth": truth})
    assert codes(judgement)[0] == "gnss.truth-too-coarse"
    assert judgement.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("expanded", "verdict"), [("1 mm", Verdict.PASS), ("1.6 mm", Verdict.PASS), ("1.8 mm", Verdict.INVALID)]
)
def test_a_certificate_of_the_mark_counts_where_it_says_more_than_the_profile(
    simulated, expanded: str, verdict: Verdict
) -> None:
    trace = simulated.trace(STATIC | SHOWN, None)
    wide = Quantity.parse(expanded)
    line = Calibration("mm", None, None, None, wide.to("mm"), Fraction(2))
    mark = InstrumentInUse("mark", "position-reference", "SN-1", "CG-1", "APPLICABLE", (line,))
    question = Question(
        "gnss.horizontal", "rms", "<= 0.5 cm", {"mode": "static"}, about=About.WINDOW, instruments=(mark,)
    )
    outcome, judgement = answer([input_of(trace, question)], question)
    assert judgement.verdict is verdict
    if verdict is Verdict.INVALID:
        assert judgement.reasons[0].code == "gnss.truth-too-coarse"
        return
    declared = 2 * outcome.estimate.budget[0].value
    assert declared == pytest.approx(max(float(wide.to("m")), DECLARED_M))
    told = "gnss.truth-certificate" in {each.code for each in outcome.remarks}
    assert told is (float(wide.to("m")) > DECLARED_M)


def test_a_height_resolution_of_a_decimetre_never_passes(judge) -> None:
    device = STATIC | SHOWN | {"height_decimals": 1}
    _, judgement = judge(device, "gnss.vertical", "rms", "<= 1 cm")
    assert judgement.verdict is Verdict.INVALID


def test_trailing_zeros_are_no_resolution(judge, tmp_path) -> None:
    from probes.gnss.digests.deviation import effective_decimals
    from probes.gnss.digests.log import LogSummary, whole_log
    from probes.gnss.formats.decode import Decoder
    from probes.gnss.simulators.receiver import device_of, nmea, sealed, simulate

    device = device_of(STATIC | {"decimals": 5, "height_decimals": 2, "duration": 60})
    padded = []
    for line in nmea(device, simulate(device)).splitlines():
        cells = line[1:-3].decode().split(",")
        if cells[0] == "GNGGA":
            cells[2], cells[4], cells[9] = cells[2] + "000", cells[4] + "000", cells[9] + "0"
        padded.append(sealed(",".join(cells)))
    decoder = Decoder("0001.nmea")
    decoder.feed(b"".join(padded))
    log = whole_log(LogSummary((decoder.finish(),)))
    assert log.epochs["decimals"].min() == 8
    assert effective_decimals(log) == (5, 2)


def test_float_and_wrong_solutions_are_listed_and_never_dropped_silently(judge, show) -> None:
    device = STATIC | SHOWN | {"float_every": 300, "float_for": 5, "wrong_every": 400, "wrong_for": 4}
    outcome, judgement = judge(device, "gnss.horizontal", "rms", "<= 0.5 cm")
    assert judgement.verdict is not Verdict.PASS
    assert "gnss.other-solutions" in [remark.code for remark in outcome.remarks]
    fixed, every = rows(show(device, "gnss.horizontal", "rms", "<= 0.5 cm"), "errors")
    assert every["n"] == fixed["n"] + 10 + 15
    assert every["horizontal_max_m"] > fixed["horizontal_max_m"]
    assert fixed["horizontal_max_m"] > 0.1, "wrong fixes are fixed solutions and count as such"


def test_a_constant_offset_points_at_the_frame_and_noise_does_not(judge) -> None:
    shifted, judgement = judge(STATIC | SHOWN | {"bias_e": 0.6, "bias_n": -0.5}, "gnss.horizontal", "rms", "<= 0.5 cm")
    noisy, _ = judge(STATIC | SHOWN | {"sd_h": 0.5, "noise_tau": 60}, "gnss.horizontal", "rms", "<= 0.5 cm")
    assert judgement.verdict is Verdict.FAIL
    assert "gnss.constant-offset" in [remark.code for remark in shifted.remarks]
    assert "gnss.constant-offset" not in [remark.code for remark in noisy.remarks]


def test_settling_is_cut_only_when_declared_and_then_counted(judge, show) -> None:
    plain, _ = judge(STATIC | SHOWN, "gnss.horizontal", "rms", None)
    cut, _ = judge(STATIC | SHOWN, "gnss.horizontal", "rms", None, {"settle": "60 s"})
    assert plain.estimate.n - cut.estimate.n == 60
    listed = rows(show(STATIC | SHOWN, "gnss.horizontal", "rms", None, {"settle": "60 s"}), "left-out")
    assert [each["count"] for each in listed if each["cause"].en == "within the settling time"] == [70]


def test_a_trajectory_of_another_day_overlaps_nothing(judge) -> None:
    import csv
    from pathlib import Path

    from probes.gnss.simulators.receiver import receiver
    from probes.gnss.truth.settings import TRAJECTORY
    from tests.probes.gnss.conftest import judged, shown, trace_of

    with receiver(MOVING, Path()) as given:
        path = Path(given["trajectory"])
        samples = list(csv.reader(path.read_text().splitlines()))
        path.write_text("\n".join(",".join([str(float(row[0]) + 86400), *row[1:]]) for row in samples[1:]))
        path.write_text(",".join(samples[0]) + "\n" + path.read_text())
        config = {**given, "mode": "dynamic"}
        trace = trace_of(config, {TRAJECTORY: path})
        _, judgement = judged(trace, "gnss.horizontal", "rms", "<= 2 cm")
        listed = rows(shown(trace, "gnss.horizontal", "rms", "<= 2 cm"), "left-out")
    assert codes(judgement) == ["gnss.no-overlap"]
    assert judgement.verdict is Verdict.INVALID
    assert [each["count"] for each in listed if each["cause"].en == "outside the reference trajectory"] == [1200]


def test_a_tilted_lever_arm_without_attitude_is_inconclusive(judge) -> None:
    arm = {"lever_arm": {"front": 0.3, "right": 0, "down": -1.2}}
    _, judgement = judge(MOVING, "gnss.horizontal", "rms", "<= 2 cm", arm)
    assert "gnss.lever-arm" in codes(judgement)
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_figures_hold_the_worst_point_and_stay_small(show) -> None:
    found = show(STATIC | SHOWN | {"wrong_every": 800, "wrong_for": 1}, "gnss.horizontal", "rms", "<= 0.5 cm")
    scatter, series, ecdf, *_ = found.figures
    assert [each.kind for each in found.figures] == ["scatter", "series", "ecdf", "bars", "bars", "sky"]
    assert scatter.data["ellipse"]["major"] >= scatter.data["ellipse"]["minor"] > 0
    size = np.hypot(scatter.data["x"], scatter.data["y"])
    assert size.max() == pytest.approx(rows(found, "errors")[1]["horizontal_max_m"] * 1000, abs=0.01)
    assert max(len(scatter.data["x"]), len(series.data["x"]), len(ecdf.data["x"])) <= 600


def test_an_error_of_the_truth_cannot_leave_the_bounds() -> None:
    random = np.random.default_rng(9)
    for _ in range(300):
        errors = random.normal(random.uniform(-3, 3, 2), random.uniform(0.1, 2), (50, 2))
        wrong = random.normal(0, 1, 2)
        wrong *= random.uniform(0, 2) / np.hypot(*wrong)
        size = float(np.hypot(*wrong))
        measured = errors - wrong
        rms = np.sqrt((measured**2).sum(axis=1).mean())
        bias = np.hypot(*measured.mean(axis=0))
        true = np.sqrt((errors**2).sum(axis=1).mean())
        assert _less(rms, bias, size) - 1e-9 <= true <= np.sqrt(rms**2 + 2 * bias * size + size**2) + 1e-9


@pytest.mark.parametrize(("statistic", "sessions", "extra"), [("rms", 12, {}), ("quantile", 60, {"q": "80 %"})])
def test_bounds_over_sessions_cover_the_true_value(judge, statistic, sessions, extra) -> None:
    # 40 receivers: with 95 % coverage, 32 or fewer hits on a side have a probability below 1e-3
    above = below = 0
    each_axis = np.hypot(0.002, 0.003)
    true = each_axis * (np.sqrt(2) if statistic == "rms" else np.sqrt(-2 * np.log(0.2)))
    for seed in range(40):
        device = STATIC | {"seed": seed, "duration": 40, "cold_start": 1, "sessions": sessions, "session_sd": 0.003}
        # the log says nothing about satellites, so that it is short
        asked = {"about": About.PROCESS, "min_beidou_share": "0 %", **extra}
        outcome, _ = judge(device, "gnss.horizontal", statistic, None, **asked)
        above += outcome.estimate.upper >= true
        below += outcome.estimate.lower <= true
    assert above > 32
    assert below > 32
