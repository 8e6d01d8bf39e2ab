# SPDX-License-Identifier: Apache-2.0
"""Time service: signs, statistics held to allantools, and the reference that may not judge itself."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import allantools
import numpy as np
import pytest

from harness.account.calibration import Calibration, InstrumentInUse
from harness.errors import DecodeError, InstrumentError
from harness.model import Outcome, Verdict
from harness.plugins import Asked, Trace
from harness.quantity import Quantity
from harness.testing import Question, answer, check_probe
from probes.gnss.faces.timing import analyse_timing
from probes.gnss.formats.timing_formats import read_offsets
from probes.gnss.instruments.timing import PROBE
from probes.gnss.measurands import stability
from tests.probes.gnss.conftest import input_of, names, placed

AHEAD = {
    # one line of each program on a host whose clock is 1.5 us AHEAD of the reference
    "chrony measurements": b"2026-11-21 22:40:07 10.99.0.1       N  1 111 111 1111  -1  0 0.78 -1.500e-06  2.711e-05  2.275e-07  0.000e+00  0.000e+00 7F7F0101 4B K K\n",
    "chrony statistics": b"2026-11-21 22:40:07 10.99.0.1        3.057e-07  1.500e-06  1.802e-07 -1.514e-05  1.567e-03 7.6e-03   3   0   3  0.00\n",
    "chrony tracking": b"2026-11-21 22:40:08 10.99.0.1        2     -2.182    113.224  1.500e-06 N  1  7.236e-07  4.402e-06  1.631e-06  1.011e-04  1.428e+00\n",
    "ptp4l": b"ptp4l[1641.412]: master offset       1500 s0 freq     +14 path delay       880\n",
    "phc2sys": b"phc2sys[35.120]: CLOCK_REALTIME phc offset      1500 s2 freq   -2005 delay    487\n",
    "ts2phc": b"ts2phc[82674.465]: /dev/ptp0 master offset       1500 s2 freq      +9\n",
    "loopstats": b"50935 75440.031 -0.000001500 13.778190 0.000351733 0.013380 6\n",
    "peerstats": b"48773 10847.650 127.127.4.1 9714 -0.0000015 0.00000 0.00142\n",
    "counter": b"12.000,1.5e-6\n",
}


@pytest.mark.parametrize("name", AHEAD)
def test_a_clock_that_is_ahead_has_a_positive_offset_in_every_format(name: str) -> None:
    found = read_offsets(AHEAD[name])
    assert found.format == name
    assert found.offset_s.tolist() == pytest.approx([1.5e-6])
    assert found.self_reported is (name != "counter")


@pytest.mark.parametrize(
    "name", ["chrony_measurements.log", "chrony_statistics.log", "chrony_tracking.log", "ptp4l_slave.log"]
)
def test_every_data_line_of_a_real_log_is_read(shared_data, name: str) -> None:
    path = shared_data("gnss", "timing", name)
    lines = path.read_text().splitlines()
    data = [line for line in lines if line.startswith("2026-") or "master offset" in line]
    (told,) = analyse_timing([path])["files"]
    assert told["n"] == len(data)
    assert told["n"] + told["other_lines"] == len(lines)
    json.dumps(told, allow_nan=False)


def test_statistics_of_a_real_log_are_those_of_numpy_and_allantools(shared_data) -> None:
    path = shared_data("gnss", "timing", "ptp4l_slave.log")
    (told,) = analyse_timing([path])["files"]
    offsets = (
        np.array(
            [
                float(line.split("master offset")[1].split()[0])
                for line in path.read_text().splitlines()
                if "master offset" in line
            ]
        )
        * 1e-9
    )
    assert told["mean_s"] == pytest.approx(offsets.mean())
    assert told["sd_s"] == pytest.approx(offsets.std(ddof=1))
    assert told["max_abs_s"] == pytest.approx(np.abs(offsets).max())
    assert told["p99_abs_s"] == pytest.approx(np.quantile(np.abs(offsets), 0.99))
    assert told["segments"] == [len(offsets)]
    compare(told, offsets)


def compare(told: dict[str, Any], phase: np.ndarray) -> None:
    """Every curve against allantools on the same phase."""
    rate = 1 / told["interval_s"]
    for name, theirs in (
        ("adev", allantools.adev),
        ("oadev", allantools.oadev),
        ("tdev", allantools.tdev),
        ("mtie", allantools.mtie),
    ):
        factors = [2**k for k in range(len(told[name]))]
        taus, values, _, _ = theirs(phase, rate=rate, data_type="phase", taus=[m / rate for m in factors])
        assert len(values) == len(factors) > 3
        assert list(told[name].values()) == pytest.approx(list(values), rel=1e-9), name
        assert [float(tau) for tau in told[name]] == pytest.approx(list(taus), rel=1e-5)


@pytest.mark.parametrize("seed", [1, 2])
def test_deviations_of_simulated_clocks_are_those_of_allantools(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    phase = np.cumsum(random.normal(0, 1e-9, 700)) + random.normal(0, 5e-9, 700)
    path = tmp_path / "ticc.csv"
    path.write_text("".join(f"{index}, {value!r}\n" for index, value in enumerate(phase.tolist())))
    (told,) = analyse_timing([path])["files"]
    assert told["format"] == "counter"
    compare(told, phase)


def test_a_gap_splits_segments_and_nothing_is_averaged_across_it() -> None:
    time = np.concatenate([np.arange(100.0), np.arange(500.0, 560.0)])
    offset = np.concatenate([np.zeros(100), np.full(60, 1e-3)])
    parts, step = stability.segments(time, offset)
    assert [len(part) for part in parts] == [100, 60]
    assert step == 1.0
    assert stability.overlapping_allan(parts, step, 4) == 0.0
    assert stability.mtie(parts, 10) == 0.0


def test_uneven_samples_are_put_on_a_grid_and_equal_instants_averaged() -> None:
    time = np.array([0.0, 0.0, 1.0, 2.0, 4.0, 5.0])
    (part,), step = stability.segments(time, np.array([1.0, 3.0, 3.0, 4.0, 6.0, 7.0]))
    assert step == 1.0
    assert part.tolist() == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]


def test_drift_is_the_slope_of_a_holdover() -> None:
    slope, rest = stability.drift(2e-9 * np.arange(0, 3600, 10), 10.0)
    assert slope == pytest.approx(2e-9)
    assert rest < 1e-15


def test_the_steepest_drift_of_a_window_is_that_of_least_squares(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    phase = np.cumsum(random.normal(0, 1e-9, 500)) + 3e-6
    parts = [phase[:300], phase[300:]]
    slopes = [np.polyfit(np.arange(61) * 60.0, part[i : i + 61], 1)[0] for part in parts for i in range(len(part) - 60)]
    assert stability.steepest(parts, 60.0, 60) == pytest.approx(max(slopes, key=abs), rel=1e-9)
    assert stability.steepest(parts, 60.0, 300) is None
    path = tmp_path / "counter.csv"
    path.write_text("".join(f"{60 * i}, {60 * i * 2e-10!r}\n" for i in range(800)))
    (told,) = analyse_timing([path])["files"]
    assert told["holdover_s_per_s"] == {"3600": pytest.approx(2e-10), "43200": pytest.approx(2e-10)}


def test_the_keys_that_others_build_on_are_there(shared_data) -> None:
    (told,) = analyse_timing([shared_data("gnss", "timing", "chrony_tracking.log")])["files"]
    wanted = {
        "n",
        "interval_s",
        "mean_s",
        "sd_s",
        "rms_s",
        "max_abs_s",
        "p95_abs_s",
        "p99_abs_s",
        "adev",
        "tdev",
        "mtie",
    }
    assert set(told) >= {"path", *wanted}
    assert all(float(tau) > 0 for name in ("adev", "tdev", "mtie") for tau in told[name])


@pytest.mark.parametrize("row", [b"1e999,1e-7", b"3,1e999", b"3,-1e999", b"-1e999,1e-7"])
def test_a_time_or_an_offset_without_end_is_a_line_that_was_not_read(row: bytes) -> None:
    lines = b"".join(b"%d,1.5e-07\n" % at for at in range(9))
    found = read_offsets(lines + row + b"\n")
    assert len(found.offset_s) == len(found.time_s) == 9
    assert np.isfinite(found.time_s).all()
    assert np.isfinite(found.offset_s).all()
    assert found.unread == 1


def test_files_that_hold_no_offsets_are_named_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError):
        analyse_timing([tmp_path / "absent"])
    path = tmp_path / "x.log"
    path.write_bytes(b"hello\n")
    with pytest.raises(DecodeError, match="no offset in a known format"):
        analyse_timing([path])
    path.write_bytes("ptp4l[1.0]: master offset 5 s0 freq +1".encode("utf-16"))
    with pytest.raises(DecodeError, match="UTF-16"):
        analyse_timing([path])
    path.write_bytes(b"ptp4l[5.1]: rms  787 max 1208 freq -38601 +/- 1071 delay   -14 +/-   0\n")
    with pytest.raises(DecodeError, match="rms and max"):
        analyse_timing([path])


def judged(
    path: Path, settings: dict[str, Any], statistic: str = "quantile", more: Any = None, **parameters: Any
) -> tuple[Outcome, Any]:
    question = Question("gnss.timing", statistic, "<= 1 us", parameters, **(more or {}))
    return answer([input_of(trace_of(path, settings), question)], question)


def trace_of(path: Path, settings: dict[str, Any]) -> Trace:
    parsed = PROBE.settings.model_validate({"file": str(path), **settings})
    return Trace("s08.timing", "clock", PROBE.name, 1, (path,), parsed)


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    """Ten minutes of a counter at 1 Hz: white noise of 100 ns about 200 ns of cable."""
    random = np.random.default_rng(5)
    path = tmp_path / "0001.log"
    path.write_text("".join(f"{t}, {200e-9 + random.normal(0, 100e-9)!r}\n" for t in range(600)))
    return path


GOOD = {"reference": "independent", "u_reference": "50 ns", "cable_delay": "200 ns"}


@pytest.mark.parametrize(
    ("settings", "verdict", "code"),
    [
        (GOOD, Verdict.PASS, "decide.conforms-proven"),
        ({**GOOD, "cable_delay": "3 us"}, Verdict.INCONCLUSIVE, "decide.undecided"),
        ({**GOOD, "reference": "under-test"}, Verdict.INVALID, "gnss.reference-under-test"),
        ({**GOOD, "u_reference": "150 ns"}, Verdict.INVALID, "gnss.reference-too-coarse"),
    ],
)
def test_only_an_independent_and_fine_reference_may_judge(counter: Path, settings, verdict, code) -> None:
    _, judgement = judged(counter, settings, q="95 %")
    assert judgement.verdict is verdict
    assert judgement.reasons[0].code == code


def test_a_correction_for_cables_counts_in_full_only_where_somebody_else_agreed_to_it(counter: Path) -> None:
    """The clock is 200 ns ahead and scatters by 100 ns; taking 900 ns off would make it look late instead."""
    alone, _ = judged(counter, GOOD, q="95 %")
    both = {"declared": {"cable_delay": Quantity.parse("200 ns")}, "agreed": frozenset({"cable_delay"})}
    agreed, _ = judged(counter, {**GOOD, "cable_delay": "0 ns"}, more=both, q="95 %")
    assert alone.estimate.value == agreed.estimate.value
    assert alone.estimate.allowance == pytest.approx(agreed.estimate.allowance + 200e-9)
    assert "gnss.cable-not-agreed" in {each.code for each in alone.remarks}
    assert "gnss.cable-not-agreed" not in {each.code for each in agreed.remarks}
    late = {"declared": {"cable_delay": Quantity.parse("3 us")}, "agreed": frozenset({"cable_delay"})}
    assert judged(counter, GOOD, more=late, q="95 %")[1].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("expanded", "verdict"), [("80 ns", Verdict.PASS), ("120 ns", Verdict.PASS), ("300 ns", Verdict.INVALID)]
)
def test_a_certificate_of_the_reference_counts_where_it_says_more_than_the_profile(
    counter: Path, expanded: str, verdict: Verdict
) -> None:
    line = Calibration("ns", None, None, None, Quantity.parse(expanded).to("ns"), Fraction(2))
    clock = InstrumentInUse("caesium", "time-reference", "SN-1", "JZ-1", "APPLICABLE", (line,))
    outcome, judgement = judged(counter, GOOD, more={"instruments": (clock,)}, q="95 %")
    assert judgement.verdict is verdict
    if verdict is Verdict.PASS:
        assert outcome.estimate.budget[0].value == pytest.approx(max(50e-9, float(line.standard) * 1e-9))
    else:
        assert judgement.reasons[0].code == "gnss.reference-too-coarse"


@pytest.mark.parametrize("statistic", ["mtie", "tdev"])
def test_stability_readings_have_bounds_and_need_a_long_record(counter: Path, statistic: str) -> None:
    outcome, judgement = judged(counter, GOOD, statistic, interval="100 s")
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate.lower <= outcome.estimate.value <= outcome.estimate.upper
    short, _ = judged(counter, GOOD, statistic, interval="700 s")
    assert short.lacks[0].reason.code == "gnss.record-too-short"


@pytest.mark.parametrize("statistic", ["mtie", "tdev"])
def test_the_largest_error_may_stand_in_a_line_that_was_not_read(counter: Path, statistic: str) -> None:
    lines = counter.read_text().splitlines()
    lines[300] = "300, >5"
    counter.write_text("\n".join(lines))
    outcome, judgement = judged(counter, GOOD, statistic, interval="100 s")
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "gnss.offsets-unread" in {each.reason.code for each in outcome.lacks}


@pytest.mark.parametrize("name", AHEAD)
@pytest.mark.parametrize(
    "remark", ["# simulated data", "% Schätzwerte", "注：以上数据为模拟数据", "; données simulées"]
)
def test_a_remark_that_takes_a_log_back_is_heard_in_every_format(name: str, remark: str) -> None:
    for text in (remark.encode(), remark.encode("gb18030", "ignore")):
        if "注" in remark or text.decode("utf-8", "replace") == remark:
            with pytest.raises(DecodeError, match="no record as it was measured"):
                read_offsets(AHEAD[name] + text + b"\n")
    assert len(read_offsets(AHEAD[name] + b"# operator Wang\n").offset_s) == 1


def test_the_probe_keeps_the_house_rules(counter: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    trace = trace_of(counter, GOOD)
    check_probe(PROBE, trace, Asked(settings=trace.settings), scratch)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (GOOD, "file"),
        ({**GOOD, "file": "absent.log"}, "file"),
        ({"file": "a.log", "u_reference": "50 ns"}, "reference"),
        ({"file": "a.log", "reference": "independent"}, "u_reference"),
        ({**GOOD, "file": "a.log", "u_reference": "50 m"}, "u_reference"),
        ({**GOOD, "file": "a.log", "cable_delay": "long"}, "cable_delay"),
        ({**GOOD, "file": "a.log", "format": "sundial"}, "format"),
        ({**GOOD, "file": "a.log", "colour": 1}, "colour"),
    ],
)
def test_wrong_settings_are_placed(tmp_path: Path, config, key) -> None:
    (tmp_path / "a.log").write_bytes(b"")
    problems = placed(PROBE, config, tmp_path)
    assert len(problems) == 1
    assert names(problems, (key,))
    assert problems[0].cure
