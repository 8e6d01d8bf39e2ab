# SPDX-License-Identifier: Apache-2.0
"""A declared value against the evidence, with receivers, rates, phases, words and seconds that nobody listed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model import About, Outcome, Verdict
from harness.spec.profile import Organisation, Project
from harness.testing import Question
from probes.gnss.digests.deviation import reported
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.digests.motion import drive_of, latency_of, possible, shifted_scale_s
from probes.gnss.formats.decode import decode
from probes.gnss.measurands.accuracy import rms
from probes.gnss.measurands.view import horizontal
from probes.gnss.truth.trajectory import Trajectory
from tests.probes.gnss.conftest import input_of, judged, trace_of

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STATIC = {"duration": 240, "rate": 1, "sd_h": 0.001, "sd_v": 0.002, "noise_tau": 1, "cold_start": 0, "full": True}
MOVING = {"duration": 240, "rate": 2, "sd_h": 0.003, "sd_v": 0.004, "noise_tau": 1, "cold_start": 0, "full": True}
DRIVE = MOVING | {"radius": 20, "speed": 2}


def invalid(outcome: Outcome) -> set[str]:
    return {each.code.removeprefix("gnss.") for each in outcome.invalid}


def changed(simulated: Any, folder: Path, device: dict[str, Any], edit: Any, **extra: Any) -> Any:
    """A simulated receiver's trace whose sentences went through ``edit``; checksums are made right again."""
    trace = simulated.trace(device)
    lines = trace.segments[0].read_bytes().splitlines()
    bodies = [line[1:].partition(b"*")[0] for line in lines if line.startswith(b"$")]
    out = [body for at, each in enumerate(bodies) for body in edit(at, each)]
    path = folder / f"{abs(hash(str(out[:50]) + str(len(out))))}.nmea"
    path.write_bytes(b"".join(b"$%b*%02X\r\n" % (body, reduce(xor, body)) for body in out))
    return trace_of({**trace.settings.journal(), **extra, "file": str(path)}, trace.documents)


@FEW
@given(rate=st.sampled_from([2, 4, 5, 10, 20]), declared=st.sampled_from([0.5, 1, 2, 5, 10, 20, 25]))
def test_a_declared_rate_that_is_not_the_log_s_own_is_invalid(simulated, rate: int, declared: float) -> None:
    trace = simulated.trace(STATIC | {"rate": rate, "duration": 60}, {"rate": f"{declared} Hz"})
    for measurand, statistic in (("gnss.horizontal", "rms"), ("gnss.fix-rate", "ratio"), ("gnss.gaps", "longest")):
        told = invalid(judged(trace, measurand, statistic, None)[0])
        assert ("rate-differs" in told) is (rate != declared)


@FEW
@given(every=st.integers(2, 9), phase=st.integers(200, 800))
def test_epochs_between_the_times_of_the_others_are_a_second_receiver(simulated, tmp_path, every, phase) -> None:
    def edit(_: int, body: bytes) -> list[bytes]:
        if body[2:5] == b"GGA" and int(body[10:12]) % every == 0:
            return [body, re.sub(rb"(GGA,\d{6})\.\d+", rb"\1.%03d" % phase, body)]
        return [body]

    trace = changed(simulated, tmp_path, STATIC, edit)
    outcome, judgement = judged(trace, "gnss.horizontal", "rms", "<= 1 m")
    assert judgement.verdict is Verdict.INVALID
    # as many of either are one receiver at the smaller step, and most of its epochs are missing
    assert {"two-grids", "availability"} & invalid(outcome)


@FEW
@given(
    st.sampled_from(
        [
            (rb"(RMC,(?:[^,]*,){11})[A-Z]", st.sampled_from("FESMN")),
            (rb"(RMC,[^,]*,)A", st.sampled_from("V")),
        ]
    ),
    st.data(),
)
def test_a_fix_that_another_sentence_denies_is_none(simulated, tmp_path, pattern, data) -> None:
    letter = data.draw(pattern[1]).encode()
    trace = changed(simulated, tmp_path, STATIC, lambda _, body: [re.sub(pattern[0], rb"\1" + letter, body)])
    outcome, judgement = judged(trace, "gnss.horizontal", "rms", "<= 1 m")
    assert "modes-contradict" in invalid(outcome)
    assert judgement.verdict is Verdict.INVALID


@FEW
@given(st.text("ADFPEMSN", min_size=4, max_size=6))
def test_a_fix_without_a_fixed_system_in_gns_is_none(simulated, tmp_path, modes: str) -> None:
    def edit(_: int, body: bytes) -> list[bytes]:
        if body[2:5] != b"GGA":
            return [body]
        cells = body.split(b",")
        return [
            body,
            b",".join([b"GNGNS", *cells[1:6], modes.encode(), cells[7], cells[8], cells[9], cells[11], b"", b""]),
        ]

    trace = changed(simulated, tmp_path, STATIC, edit)
    assert "modes-contradict" in invalid(judged(trace, "gnss.horizontal", "rms", None)[0])


@FEW
@given(covered=st.floats(0.1, 0.9))
def test_a_trajectory_that_covers_part_of_the_drive_is_invalid(simulated, tmp_path, covered: float) -> None:
    trace = simulated.trace(DRIVE)
    (name,) = trace.documents
    lines = trace.documents[name].read_text().splitlines(keepends=True)
    part = tmp_path / "part.csv"
    part.write_text("".join(lines[: max(4, int(len(lines) * covered))]))
    outcome, judgement = judged(
        trace_of(trace.settings.journal(), {name: part}), "gnss.horizontal", "rms", "<= 1 m", mode="dynamic"
    )
    assert "not-covered" in invalid(outcome)
    assert judgement.verdict is Verdict.INVALID


CIRCLE_S = np.arange(0, 300, 0.2)


def path_of(east: Any, north: Any) -> Trajectory:
    at = np.stack([east, north, 0 * CIRCLE_S], axis=1)
    return Trajectory((CIRCLE_S * 1e9).round().astype(np.int64), at)


ROUND = path_of(30 * np.sin(0.1 * CIRCLE_S), 30 * np.cos(0.1 * CIRCLE_S))
STRAIGHT = path_of(2.0 * CIRCLE_S, 1.0 * CIRCLE_S)


@given(st.floats(0.0, 0.9), st.floats(-1, 1), st.floats(-1, 1))
def test_a_delay_is_told_from_an_offset_where_the_drive_turns(delay: float, east: float, north: float) -> None:
    times = ROUND.time_ns[20:-20:3]
    found = ROUND.at(times - round(delay * 1e9)) + np.array([east, north, 0.0])
    told = latency_of(ROUND, times, found)
    assert told is not None
    assert told[0] == pytest.approx(delay, abs=2e-3)
    assert possible(told)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_on_one_heading_and_speed_no_delay_is_told(east: float, north: float) -> None:
    times = STRAIGHT.time_ns[20:-20:3]
    noise = np.random.default_rng(1).normal(0, 0.003, (len(times), 3))
    assert latency_of(STRAIGHT, times, STRAIGHT.at(times) + noise + np.array([east, north, 0.0])) is None
    assert drive_of(STRAIGHT, times).turn_deg < 1


@given(st.floats(-20, -0.1) | st.floats(1.1, 20))
def test_no_receiver_answers_before_it_measures_or_after_a_second(delay: float) -> None:
    assert not possible((delay, 1e-4))


@given(st.sampled_from([18, -18, 4, -4, 14, -14]), st.integers(0, 2**31))
def test_the_seconds_between_two_scales_are_found(shift: int, seed: int) -> None:
    times = ROUND.time_ns[110:-110:3]
    noise = np.random.default_rng(seed).normal(0, 0.01, (len(times), 3))
    found = ROUND.at(times - shift * 10**9) + noise
    assert shifted_scale_s(ROUND, times, found) == shift


@given(st.integers(-56, 56).filter(bool), st.integers(0, 2**31))
def test_the_hours_of_a_time_zone_are_found(quarters: int, seed: int) -> None:
    times = ROUND.time_ns[20:-20:3]
    noise = np.random.default_rng(seed).normal(0, 0.01, (len(times), 3))
    logged = times + quarters * 900 * 10**9
    assert shifted_scale_s(ROUND, logged, ROUND.at(times) + noise) == quarters * 900


@given(st.floats(0.001, 0.09), st.integers(0, 2**31))
def test_what_does_not_move_is_no_drive(speed: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    still = path_of(speed * CIRCLE_S + 0 * random.normal(0, 1, len(CIRCLE_S)), 0 * CIRCLE_S)
    assert drive_of(still, still.time_ns[5:-5]).moving < 0.5


@given(st.floats(0.002, 0.02), st.integers(0, 2**31))
@FEW
def test_the_noise_of_a_truth_at_rest_is_no_drive(sd: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, sd, (2, len(CIRCLE_S)))
    still = path_of(*noise)
    found = drive_of(still, still.time_ns[5:-5])
    assert found.moving < 0.1
    assert found.speed_m_s < 0.05


@given(st.floats(0.002, 0.02), st.floats(0.5, 5.0), st.integers(0, 2**31))
@FEW
def test_the_noise_of_a_truth_on_a_straight_road_is_no_turn(sd: float, speed: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, sd, (2, len(CIRCLE_S)))
    straight = path_of(speed * CIRCLE_S + noise[0], noise[1])
    found = drive_of(straight, straight.time_ns[5:-5])
    assert found.turn_deg < 30
    assert found.moving > 0.95
    assert found.path_m == pytest.approx(speed * 298, rel=0.02)


@given(st.floats(0.5, 60.0), st.floats(0.3, 5.0))
@FEW
def test_a_drive_on_a_circle_turns_as_often_as_it_goes_round(radius: float, speed: float) -> None:
    angle = CIRCLE_S * speed / radius
    circle = path_of(radius * np.sin(angle), radius * np.cos(angle))
    found = drive_of(circle, circle.time_ns[5:-5])
    wanted = float(np.degrees(298 * speed / radius))
    if speed / radius < 0.5:  # faster ones turn by more than a chord can follow
        assert found.turn_deg == pytest.approx(wanted, rel=0.25, abs=25)


@pytest.mark.parametrize(("speed", "code"), [(0.3, "too-slow"), (2.0, None)])
def test_a_crawl_is_no_dynamic_test(simulated, speed: float, code: str | None) -> None:
    trace = simulated.trace({**DRIVE, "radius": 6, "speed": speed})
    outcome, judgement = judged(trace, "gnss.horizontal", "rms", "<= 1 m", mode="dynamic")
    assert (code in invalid(outcome)) == (code is not None)
    assert (judgement.verdict is Verdict.INVALID) == (code is not None)


@pytest.mark.parametrize("delay", [-0.3, -0.05])
def test_a_delay_that_no_receiver_has_is_told_and_not_corrected(simulated, delay: float) -> None:
    trace = simulated.trace({**DRIVE, "latency": 0})
    moved = trace_of({**trace.settings.journal(), "latency": "correct"}, {**trace.documents, **_earlier(trace, delay)})
    outcome, _ = judged(moved, "gnss.horizontal", "rms", "<= 1 m", mode="dynamic")
    told = next(each.text.en for each in outcome.remarks if each.code == "gnss.latency")
    assert "not corrected although the profile asks for it" in told
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) > 0.05


def _earlier(trace: Any, delay: float) -> dict[str, Path]:
    """The trajectory with its clock moved, so that the receiver seems to answer before it measures."""
    ((name, path),) = trace.documents.items()
    head, *rows = path.read_text().splitlines()
    cells = [row.split(",") for row in rows]
    out = path.with_name("earlier.csv")
    out.write_text("\n".join([head, *(",".join([f"{float(c[0]) - delay:.6f}", *c[1:]]) for c in cells)]) + "\n")
    return {name: out}


@pytest.mark.parametrize(
    ("end", "told"), [(date(2026, 11, 20), True), (date(2026, 11, 21), False), (date(2030, 1, 1), False)]
)
def test_a_record_later_than_the_project_is_told(simulated, end: date, told: bool) -> None:
    question = Question("gnss.horizontal", "rms", "<= 1 m", about=About.WINDOW)
    view = horizontal(
        [input_of(simulated.trace({"duration": 60, "cold_start": 0, "noise_tau": 1}), question)], question.ask
    )
    project = Project("示例", Organisation("示例", "91420102MA42HRWN44"), (), date(2020, 1, 1), end, "示例")
    outcome = rms(view, replace(question.request, project=project))
    assert ("gnss.after-the-project" in {each.code for each in outcome.remarks}) is told
    assert not outcome.invalid or "gnss.before-the-project" not in {each.code for each in outcome.invalid}


@pytest.mark.parametrize(("fill", "told"), [("held", True), ("line", True), ("", False)])
@pytest.mark.parametrize(("measurand", "statistic"), [("gnss.horizontal", "rms"), ("gnss.fix-rate", "ratio")])
def test_an_outage_that_was_filled_makes_a_record_invalid(
    simulated, tmp_path, fill, told, measurand, statistic
) -> None:
    place = re.compile(rb"GGA,[^,]*,(\d+\.\d+),N,(\d+\.\d+),E")
    bodies: list[bytes] = []
    changed(simulated, tmp_path, STATIC, lambda _, body: [bodies.append(body) or body])  # type: ignore[func-returns-value]
    ends = [[float(each) for each in place.search(body).groups()] for body in bodies if body[2:5] == b"GGA"]  # type: ignore[union-attr]
    number = iter(range(len(ends)))

    def edit(_: int, body: bytes) -> list[bytes]:
        if body[2:5] != b"GGA":
            return [body]
        at = next(number)
        share = {"held": 0.0, "line": (at - 99) / 61}.get(fill)
        if share is None or not 100 <= at < 160:
            return [body]
        lat, lon = (first + share * (last - first + 6e-6) for first, last in zip(ends[99], ends[160], strict=True))
        body = re.sub(rb"(GGA,[^,]*,)\d+\.\d+,N,\d+\.\d+", b"\\g<1>%013.8f,N,%014.8f" % (lat, lon), body)
        return [re.sub(rb"[\d.]+,M,", b"57.5000,M,", body, count=1)]

    trace = changed(simulated, tmp_path, STATIC, edit)
    assert ("handmade" in invalid(judged(trace, measurand, statistic, None)[0])) is told


@pytest.mark.parametrize("share", [1.0, 0.6, 0.3])
def test_a_trajectory_made_of_the_log_itself_proves_nothing(simulated, tmp_path, share: float) -> None:
    trace = simulated.trace(DRIVE)
    found = whole_log(LogSummary((decode(trace.segments[0]),)))
    at = reported(found, trace.settings)
    (path := tmp_path / "own.csv").write_text(
        "time,e,n,u\n"
        + "".join(
            f"{time / 1e9:.3f},{e + away:.5f},{n:.5f},{u:.5f}\n"
            for (e, n, u), time, away in zip(
                at.tolist(),
                found.time_ns.tolist(),
                np.where(np.arange(len(at)) % 100 < 100 * share, 0, 0.004),
                strict=True,
            )
        )
    )
    ((name, _),) = trace.documents.items()
    told = invalid(
        judged(trace_of(trace.settings.journal(), {name: path}), "gnss.horizontal", "rms", None, mode="dynamic")[0]
    )
    assert ("its-own-truth" in told) is (share > 0.5)
    assert "its-own-truth" not in invalid(judged(trace, "gnss.horizontal", "rms", None, mode="dynamic")[0])
