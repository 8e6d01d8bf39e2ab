# SPDX-License-Identifier: Apache-2.0
"""An independent solution beside the receiver's: agreement changes nothing, disagreement is told and never PASSes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.model import Judgement, Outcome, Verdict
from harness.plugins import Trace
from probes.gnss.formats.observed.solution import FAILED
from probes.gnss.instruments.observations import OBSERVATIONS, SOLUTION
from probes.gnss.truth.geodesy import CGCS2000, Origin, from_enu
from tests.probes.gnss.conftest import judged
from tests.probes.gnss.raw import Seen, rawx

STATIC = {"duration": 600, "rate": 1, "sd_h": 0.001, "sd_v": 0.002, "noise_tau": 1, "cold_start": 0, "full": True}
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
HERE = Origin(30.5, 114.3, 45.0)
BASE = {"lat": 30.51, "lon": 114.31, "height": 30.0, "frame": "CGCS2000", "epoch": 2000.0}
BASE |= {"u_horizontal": "1 mm", "u_vertical": "1 mm"}
FILES = {"rover": "rover.obs", "base": "base.obs"}
GPS = datetime(1980, 1, 6, tzinfo=UTC)


def positions(
    count: int = 600,
    *,
    every: int = 1,
    shift: Any = (0.0, 0.0, 0.0),
    sd: float = 0.003,
    start: datetime = START,
    quality: int = 1,
) -> bytes:
    """What rnx2rtkp would have written of an antenna at the point, off by ``shift`` (a place, or one each)."""
    noise = np.random.default_rng(3).normal(0, sd, (count, 3)) + np.broadcast_to(
        np.asarray(shift, dtype=float), (count, 3)
    )
    lat, lon, height = from_enu(noise, HERE, CGCS2000)
    out = ["% program   : rnx2rtkp ver.2.4.3 b34"]
    for i in range(count):
        moment = start + timedelta(seconds=18 + i * every) - GPS
        week, second = divmod(moment / timedelta(seconds=1), 604_800)
        place = f"{lat[i]:.9f} {lon[i]:.9f} {height[i]:.4f}"
        out.append(f"{int(week)} {second:.3f} {place} {quality} 9 {sd:.4f} {sd:.4f} {2 * sd:.4f} 0.0 0.0 0.0 0.00 9.9")
    return "\n".join(out).encode() + b"\n"


def beside(
    simulated: Any,
    folder: Path,
    data: bytes,
    limit: str = "<= 5 mm",
    name: str = "gnss.horizontal",
    device: Any = STATIC,
    **settings: Any,
) -> tuple[Outcome, Judgement]:
    """The verdict on a simulated receiver with this solution beside it."""
    path = folder / "0001.pos"
    path.write_bytes(data)
    config = SOLUTION.settings.model_validate({**FILES, "base_place": BASE, **settings})
    second = Trace("s08.test", "second", SOLUTION.name, 1, (path,), config)
    return judged([simulated.trace(device), second], name, "rms", limit)


def codes(outcome: Outcome) -> set[str]:
    return {each.code for each in outcome.invalid} | {each.reason.code for each in outcome.lacks}


def remarks(outcome: Outcome) -> set[str]:
    return {each.code for each in outcome.remarks}


def test_a_solution_that_agrees_leaves_the_verdict_as_it_was_and_is_told(simulated, tmp_path: Path) -> None:
    alone = judged(simulated.trace(STATIC), "gnss.horizontal", "rms", "<= 5 mm")
    outcome, judgement = beside(simulated, tmp_path, positions())
    assert codes(outcome) == codes(alone[0]) == set()
    assert judgement.verdict is alone[1].verdict is Verdict.PASS
    assert "gnss.second-solution" in remarks(outcome)
    assert "gnss.no-second-solution" in remarks(alone[0])


@pytest.mark.parametrize("east", [0.03, 0.2, 5.0])
def test_a_solution_elsewhere_is_invalid(simulated, tmp_path: Path, east: float) -> None:
    outcome, judgement = beside(simulated, tmp_path, positions(shift=(east, 0, 0)))
    assert "gnss.solutions-apart" in codes(outcome)
    assert judgement.verdict is Verdict.INVALID


def test_heights_are_held_against_heights_alone(simulated, tmp_path: Path) -> None:
    low = positions(shift=(0, 0, 0.1))
    assert not codes(beside(simulated, tmp_path, low)[0])
    assert "gnss.solutions-apart" in codes(beside(simulated, tmp_path, low, "<= 1 cm", "gnss.vertical")[0])


def test_a_stretch_of_wrong_positions_is_found_though_the_mean_is_right(simulated, tmp_path: Path) -> None:
    shift = np.zeros((600, 3))
    shift[100:110, 0], shift[300:310, 0] = 0.1, -0.1
    outcome, judgement = beside(simulated, tmp_path, positions(shift=shift))
    assert codes(outcome) == {"gnss.solutions-disagree"}
    assert "20 of 600" in next(each.text.en for each in outcome.invalid)
    assert judgement.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (positions(300), "gnss.solution-few"),
        (positions(quality=2), "gnss.solution-few"),
        (positions(10), "gnss.solution-few"),
        (b"% program   : rnx2rtkp ver.2.4.3 b34\n", "gnss.solution-absent"),
        (FAILED + b"rnx2rtkp is not installed. Cure: install RTKLIB.\n", "gnss.solution-absent"),
        (positions() + b"2446 14418.000 here 114.3 45.0 1 9 0.003 0.003 0.006 0 0 0 0 9.9\n", "gnss.solution-strange"),
    ],
)
def test_a_solution_that_says_too_little_leaves_pass_open(simulated, tmp_path: Path, data: bytes, code: str) -> None:
    outcome, judgement = beside(simulated, tmp_path, data)
    assert codes(outcome) == {code}
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_a_solution_does_not_hide_a_failure(simulated, tmp_path: Path) -> None:
    off = STATIC | {"bias_e": 0.02}
    assert beside(simulated, tmp_path, positions(300, shift=(0.02, 0, 0)), device=off)[1].verdict is Verdict.FAIL


def test_the_sentence_says_why_there_is_no_solution(simulated, tmp_path: Path) -> None:
    outcome, _ = beside(simulated, tmp_path, FAILED + b"rnx2rtkp is not installed. Cure: install RTKLIB.\n")
    assert "rnx2rtkp is not installed. Cure: install RTKLIB." in next(each.reason.text.en for each in outcome.lacks)


def test_a_solution_of_another_day_is_invalid(simulated, tmp_path: Path) -> None:
    outcome, _ = beside(simulated, tmp_path, positions(start=START - timedelta(days=1)))
    assert codes(outcome) == {"gnss.solution-elsewhen"}


def test_a_slower_solution_is_compared_where_it_has_positions(simulated, tmp_path: Path) -> None:
    assert not codes(beside(simulated, tmp_path, positions(120, every=5))[0])


def test_a_base_in_another_frame_cannot_be_compared(simulated, tmp_path: Path) -> None:
    outcome, _ = beside(simulated, tmp_path, positions(), base_place=BASE | {"frame": "ITRF2014", "epoch": 2026.9})
    assert codes(outcome) == {"gnss.solution-frame"}


def test_of_two_receivers_a_solution_must_say_whose_it_is(simulated, tmp_path: Path) -> None:
    path = tmp_path / "0001.pos"
    path.write_bytes(positions())
    receivers = [simulated.trace(STATIC, source="left"), simulated.trace(STATIC | {"seed": 4}, source="right")]

    def told(**settings: Any) -> set[str]:
        config = SOLUTION.settings.model_validate({**FILES, "base_place": BASE, **settings})
        second = Trace("s08.test", "second", SOLUTION.name, 1, (path,), config)
        return codes(judged([*receivers, second], "gnss.horizontal", "rms", "<= 5 mm")[0])

    assert told() == {"gnss.solution-whose"}
    assert told(receiver="middle") == {"gnss.solution-whose"}
    assert told(receiver="right") == set()


def raw(folder: Path, start: datetime, **settings: Any) -> Trace:
    """Raw observations for ten minutes."""
    path = folder / "0001.obs"
    first = round((start - GPS) / timedelta(seconds=1)) + 18
    path.write_bytes(b"".join(rawx((first + i) * 10**9, [Seen("C19", "2I", 2.2e7, 2.2e7)]) for i in range(600)))
    config = OBSERVATIONS.settings.model_validate({"file": str(path), **settings})
    return Trace("s08.test", "raw", OBSERVATIONS.name, 1, (path,), config)


def test_raw_observations_of_the_same_time_change_nothing(simulated, tmp_path: Path) -> None:
    traces = [simulated.trace(STATIC), raw(tmp_path, START)]
    outcome, judgement = judged(traces, "gnss.horizontal", "rms", "<= 5 mm")
    assert (codes(outcome), judgement.verdict) == (set(), Verdict.PASS)


def test_raw_observations_of_another_day_are_invalid(simulated, tmp_path: Path) -> None:
    traces = [simulated.trace(STATIC), raw(tmp_path, START + timedelta(days=1))]
    assert codes(judged(traces, "gnss.horizontal", "rms", "<= 5 mm")[0]) == {"gnss.raw-elsewhen"}


def test_damaged_and_empty_raw_observations_are_told(simulated, tmp_path: Path) -> None:
    trace = raw(tmp_path, START)
    trace.segments[0].write_bytes(b"no observation")
    found, judgement = judged([simulated.trace(STATIC), trace], "gnss.horizontal", "rms", "<= 5 mm")
    assert (codes(found), judgement.verdict) == ({"gnss.raw-empty"}, Verdict.INCONCLUSIVE)
