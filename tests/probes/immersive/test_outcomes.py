# SPDX-License-Identifier: Apache-2.0
"""Verdicts from frames: every picture conforms, what is missing is late, a record says how long it is."""

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.account.calibration import Calibration, InstrumentInUse
from harness.errors import DecodeError
from harness.model import About, Verdict
from harness.quantity import Quantity
from harness.testing import Question, answer, inputs_of
from tests.probes.immersive.made import presentmon

TWO_PERIODS = {"periods": 2}


def verdict(folder: Path, logs: list[str], question: Question, **settings: Any) -> Verdict:
    probe = installed.probe("immersive.frames")
    given = {"file": "p.csv", "device": "headset", "refresh": "100 Hz", **settings}
    inputs = []
    for at, log in enumerate(logs):
        own = folder / f"point-{at}"
        own.mkdir(exist_ok=True)
        found = inputs_of(probe, log.encode(), question, own, given)
        inputs += [replace(each, source=own.name) for each in found]
    return answer(inputs, question)[1].verdict


def asks(statistic: str, limit: str, measurand: str = "immersive.frame-time", **parameters: Any) -> Question:
    return Question(measurand, statistic, limit, parameters, about=About.WINDOW)


@pytest.mark.parametrize(
    ("intervals", "expected"), [([10.0] * 100, Verdict.PASS), ([10.0] * 98 + [40.0] * 2, Verdict.FAIL)]
)
def test_a_complete_record_is_judged_as_it_is(tmp_path: Path, intervals: list[float], expected: Verdict) -> None:
    assert verdict(tmp_path, [presentmon(intervals)], asks("quantile", "<= 20 ms", q="99 %")) is expected


def test_a_good_point_never_outvotes_a_bad_one(tmp_path: Path) -> None:
    logs = [presentmon([10.0] * 100), presentmon([30.0] * 100)]
    assert verdict(tmp_path, logs, asks("quantile", "<= 20 ms", q="99 %")) is Verdict.FAIL


def test_frames_without_an_interval_are_the_slowest(tmp_path: Path) -> None:
    log = presentmon([10.0] * 100).replace(",10.0000\n", ",NA\n", 3)
    assert verdict(tmp_path, [log], asks("quantile", "<= 20 ms", q="99 %")) is not Verdict.PASS
    assert verdict(tmp_path, [log], asks("share-within", ">= 98 %", rate="72 Hz")) is Verdict.FAIL


def test_rows_taken_out_void_the_record(tmp_path: Path) -> None:
    rows = presentmon([10.0] * 50 + [300.0] + [10.0] * 50).splitlines()
    log = "\n".join(rows[:51] + rows[52:]) + "\n"
    assert verdict(tmp_path, [log], asks("quantile", "<= 20 ms", q="99 %")) is Verdict.INVALID


def test_dropped_frames_stutter(tmp_path: Path) -> None:
    log = presentmon([10.0] * 100, dropped=range(5))
    assert verdict(tmp_path, [log], asks("ratio", "<= 1 %", "immersive.stutter", **TWO_PERIODS)) is Verdict.FAIL


def test_a_refresh_rate_that_the_frames_contradict_voids_the_record(tmp_path: Path) -> None:
    found = verdict(
        tmp_path,
        [presentmon([10.0] * 100)],
        asks("ratio", "<= 1 %", "immersive.stutter", **TWO_PERIODS),
        refresh="30 Hz",
    )
    assert found is Verdict.INVALID


def test_without_a_refresh_rate_stutter_is_open(tmp_path: Path) -> None:
    found = verdict(
        tmp_path, [presentmon([10.0] * 100)], asks("ratio", "<= 1 %", "immersive.stutter", **TWO_PERIODS), refresh=None
    )
    assert found is Verdict.INCONCLUSIVE


def test_the_judged_application_has_to_be_there(tmp_path: Path) -> None:
    found = verdict(
        tmp_path, [presentmon([10.0] * 100)], asks("quantile", "<= 20 ms", q="99 %"), application="other.exe"
    )
    assert found is Verdict.INVALID


def test_motion_to_photon_needs_a_log_of_it(tmp_path: Path) -> None:
    question = asks("quantile", "<= 20 ms", "immersive.motion-to-photon", q="95 %")
    assert verdict(tmp_path, [presentmon([10.0] * 100)], question) is Verdict.INCONCLUSIVE
    rows = "Time Stamp,average_frame_rate,average_prediction_milliseconds\n" + "".join(
        f"{at}000,72,{at % 7 + 10}\n" for at in range(200)
    )
    assert verdict(tmp_path, [rows], question) is Verdict.PASS


@pytest.mark.parametrize(("every", "cell"), [(1, "0"), (1, "-1"), (3, "0"), (3, "-1"), (3, "")])
def test_no_delay_is_seen_before_the_motion_and_a_blank_is_none(tmp_path: Path, every: int, cell: str) -> None:
    """The log has no delay for these seconds: it is as long as any."""
    question = asks("quantile", "<= 20 ms", "immersive.motion-to-photon", q="95 %")
    rows = "Time Stamp,average_frame_rate,average_prediction_milliseconds\n" + "".join(
        f"{at}000,72,{cell if at % every == 0 else 12}\n" for at in range(200)
    )
    assert verdict(tmp_path, [rows], question) is Verdict.INCONCLUSIVE


def test_what_the_certificate_of_the_sensor_states_is_part_of_the_verdict(tmp_path: Path) -> None:
    rows = "Time Stamp,average_frame_rate,average_prediction_milliseconds\n" + "".join(
        f"{at}000,72,{at % 7 + 10}\n" for at in range(200)
    )
    question = asks("quantile", "<= 20 ms", "immersive.motion-to-photon", q="95 %")
    for expanded, expected in (("2 ms", Verdict.PASS), ("6 ms", Verdict.INCONCLUSIVE)):
        line = Calibration("ms", None, None, None, Quantity.parse(expanded).to("ms"), Fraction(2))
        sensor = InstrumentInUse("sensor", "photon-meter", "SN-1", "JZ-1", "APPLICABLE", (line,))
        folder = tmp_path / str(expected)
        folder.mkdir()
        assert verdict(folder, [rows], replace(question, instruments=(sensor,))) is expected


def test_intervals_of_zero_are_no_frame_rate(tmp_path: Path) -> None:
    log = presentmon([10.0] * 50).replace(",10.0000\n", ",0.0000\n")
    assert verdict(tmp_path, [log], asks("share-within", ">= 90 %", rate="72 Hz")) is Verdict.INVALID
    head = "Application,ProcessID,SwapChainAddress,Dropped,msBetweenPresents\n"
    log = head + "".join(f"a.exe,{at},0x0,0,0\n" for at in range(9))
    assert verdict(tmp_path, [log], asks("share-within", ">= 90 %", rate="72 Hz")) is Verdict.INVALID


def test_a_headset_is_not_held_to_thirty_hertz(tmp_path: Path) -> None:
    question = asks("share-within", ">= 90 %", rate="30 Hz")
    assert verdict(tmp_path, [presentmon([20.0] * 50)], question) is Verdict.INCONCLUSIVE
    assert verdict(tmp_path, [presentmon([20.0] * 50)], question, device="screen") is Verdict.PASS


def test_frames_that_were_never_shown_stutter_in_every_schema(tmp_path: Path) -> None:
    head = "Application,ProcessID,SwapChainAddress,CPUStartTime,FrameTime,DisplayedTime\n"
    for blank, expected in (((), Verdict.PASS), ((3, 4, 5), Verdict.FAIL), (range(100), Verdict.PASS)):
        rows = [f"a.exe,1,0x0,{10 * at},10,{'NA' if at in blank else 10}\n" for at in range(100)]
        folder = tmp_path / str(len(blank))
        folder.mkdir()
        question = asks("ratio", "<= 1 %", "immersive.stutter", **TWO_PERIODS)
        assert verdict(folder, [head + "".join(rows)], question) is expected, (
            "a display that nobody watched says nothing"
        )


def test_a_log_without_moments_proves_no_number_of_frames(tmp_path: Path) -> None:
    log = "fps,frametime,cpu_load\n" + "100,10,20\n" * 100
    assert verdict(tmp_path, [log], asks("quantile", "<= 20 ms", q="99 %")) is Verdict.INCONCLUSIVE
    assert verdict(tmp_path, [log], asks("quantile", "<= 5 ms", q="99 %")) is Verdict.FAIL


@pytest.mark.parametrize("statistic", ["quantile", "share-within"])
def test_a_frame_that_was_drawn_and_never_shown_was_not_in_time(tmp_path: Path, statistic: str) -> None:
    question = (
        asks("quantile", "<= 20 ms", q="99 %")
        if statistic == "quantile"
        else asks("share-within", ">= 99 %", rate="72 Hz")
    )
    half = range(0, 100, 2)
    head = "Application,ProcessID,SwapChainAddress,CPUStartTime,FrameTime,DisplayedTime\n"
    for name, blank in (("na", "NA"), ("zero", "0.0")):
        rows = [f"a.exe,1,0x0,{10 * at},10,{blank if at in half else 20}\n" for at in range(100)]
        (tmp_path / name).mkdir()
        assert verdict(tmp_path / name, [head + "".join(rows)], question) is not Verdict.PASS
    (tmp_path / "dropped").mkdir()
    assert verdict(tmp_path / "dropped", [presentmon([10.0] * 100, dropped=half)], question) is not Verdict.PASS


def uneven(seed: int, count: int = 200) -> list[float]:
    """Frame times as a device has them: no two recordings alike."""
    drawn = random.Random(seed)
    return [10 + round(drawn.random(), 4) for _ in range(count)]


def test_one_recording_under_three_names_is_one(tmp_path: Path) -> None:
    question = replace(asks("quantile", "<= 20 ms", q="99 %"), minimum={"sessions": Quantity.parse("3")})
    log, other, third = (presentmon(uneven(seed)) for seed in range(3))
    again = log.replace(",7,0x0A", ",8,0x0A")
    part = presentmon(uneven(0)[:150])
    for name, logs, expected in (
        ("copies", [log, log, log], Verdict.INCONCLUSIVE), ("pid", [log, again, other], Verdict.INCONCLUSIVE),
        ("part", [log, part, other], Verdict.INCONCLUSIVE), ("own", [log, other, third], Verdict.PASS),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        assert verdict(tmp_path / name, logs, question) is expected, name


def test_a_display_that_showed_longer_than_frames_took_showed_fewer(tmp_path: Path) -> None:
    rows = presentmon(uneven(1)).splitlines()
    log = "\n".join([f"{rows[0]},msBetweenDisplayChange", *(f"{row},50.0" for row in rows[1:]), ""])
    assert verdict(tmp_path, [log], asks("quantile", "<= 20 ms", q="99 %")) is Verdict.INVALID


@pytest.mark.parametrize("column", ["simulated", "Reprojected", "NotDisplayed", "droppedFrames", "late"])
def test_a_column_that_says_that_frames_were_none_is_heard(tmp_path: Path, column: str) -> None:
    rows = presentmon([10.0] * 100).splitlines()
    log = "\n".join([f"{rows[0]},{column}", *(f"{row},1" for row in rows[1:]), ""])
    with pytest.raises(DecodeError, match=r"no plain record|whether this row holds"):
        verdict(tmp_path, [log], asks("quantile", "<= 20 ms", q="99 %"))


def android(step_ms: int, flagged: int = 0) -> str:
    """A dump of frames that take 8 ms each."""
    rows = [(at < flagged, 10**9 + at * step_ms * 10**6) for at in range(100)]
    lines = "".join(f"{int(flag)},{start},{start + 8 * 10**6},\n" for flag, start in rows)
    return f"** Graphics info for pid 7 [a.b] **\n---PROFILEDATA---\nFlags,IntendedVsync,FrameCompleted,\n{lines}---PROFILEDATA---\n"


def test_androids_frames_drawn_now_and_then_are_no_frame_rate(tmp_path: Path) -> None:
    question = asks("share-within", ">= 99 %", rate="72 Hz")
    for name, log, expected in (
        ("steady", android(13), Verdict.PASS), ("seldom", android(1000), Verdict.INCONCLUSIVE), ("flagged", android(13, 50), Verdict.INVALID),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        assert verdict(tmp_path / name, [log], question) is expected
