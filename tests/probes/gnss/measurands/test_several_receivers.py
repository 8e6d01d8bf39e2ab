# SPDX-License-Identifier: Apache-2.0
"""Several receivers, one verdict: each must conform for itself, none is outvoted, whatever the order they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import installed
from harness.campaign import run
from harness.model import About, Judgement, Outcome, Verdict
from harness.plugins import Trace
from harness.testing import Question, answer
from probes.gnss.instruments.timing import PROBE as CLOCK
from probes.gnss.simulators.receiver import Receiver, nmea, simulate, visits
from tests.probes.gnss.conftest import RISK, Simulations, input_of, judged

ONCE = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3, "cold_start": 10}
GOOD = ONCE | {"duration": 60, "sessions": 15, "cold_start": 2}
BAD: Mapping[str, tuple[Mapping[str, Any], Verdict, str]] = {
    # what is wrong with the second receiver, the verdict on it alone, and the reason
    "never used BeiDou": ({"systems": "123"}, Verdict.INVALID, "gnss.beidou-not-used"),
    "seen once": ({"sessions": 1}, Verdict.INCONCLUSIVE, "gnss.one-session"),
    "never fixed": ({"cold_start": 2000}, Verdict.INVALID, "gnss.never-fixed"),
    "in violation": ({"bias_e": 0.05, "bias_u": 0.1}, Verdict.FAIL, "decide.violation-proven"),
}
ACCURACY = [("gnss.horizontal", "<= 0.5 cm"), ("gnss.vertical", "<= 1 cm")]


def both(simulated: Simulations, device: Mapping[str, Any], order: int, good: Mapping[str, Any] = GOOD) -> list[Trace]:
    """The good receiver a and another one b, in either order."""
    traces = [simulated.trace(good, source="a"), simulated.trace({**good, "seed": 2, **device}, source="b")]
    return traces[::order]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("measurand", "limit"), ACCURACY)
def test_two_receivers_that_conform_pass_together(simulated, measurand: str, limit: str, order: int) -> None:
    _, judgement = judged(both(simulated, {}, order), measurand, "rms", limit, about=About.PROCESS)
    assert judgement.verdict is Verdict.PASS


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("wrong", BAD)
@pytest.mark.parametrize(("measurand", "limit"), ACCURACY)
def test_a_receiver_that_fails_the_law_is_never_outvoted(
    simulated, measurand: str, limit: str, wrong: str, order: int
) -> None:
    device, verdict, code = BAD[wrong]
    traces = both(simulated, device, order)
    alone = judged(traces[::order][1], measurand, "rms", limit, about=About.PROCESS)[1]
    assert alone.verdict is verdict
    outcome, judgement = judged(traces, measurand, "rms", limit, about=About.PROCESS)
    assert judgement.verdict is verdict
    assert code in [each.code for each in judgement.reasons]
    if verdict is not Verdict.FAIL:
        (why,) = (each for each in judgement.reasons if each.code == code)
        assert why.text.en.startswith("b: "), "the receiver is named"
        assert why.text.zh.startswith("b：")
    assert outcome.estimate is not None


def test_a_violation_is_proven_whatever_the_other_receiver_lacks(simulated) -> None:
    violating = simulated.trace({**GOOD, "bias_e": 0.05}, source="a")
    without_beidou = simulated.trace({**GOOD, "systems": "123"}, source="b")
    _, judgement = judged([violating, without_beidou], "gnss.horizontal", "rms", "<= 0.5 cm")
    assert judgement.verdict is Verdict.FAIL
    assert "gnss.beidou-not-used" in [each.code for each in judgement.reasons]


def test_no_receiver_is_no_pass() -> None:
    for name in installed.names(installed.MEASURANDS):
        if name.startswith("gnss."):
            record = installed.measurand(name)
            assert record is not None
            for statistic in record.statistics:
                outcome, judgement = answer([], Question(name, statistic))
                assert outcome.estimate is None
                assert judgement.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("measurand", "statistic", "limit", "parameters"),
    [
        ("gnss.fix-rate", "ratio", ">= 50 %", {}),
        ("gnss.availability", "time-share", ">= 50 %", {}),
        ("gnss.gaps", "longest", "<= 30 min", {}),
        ("gnss.ttff", "quantile", "<= 30 min", {"q": "5 %"}),
        ("gnss.refix", "quantile", "<= 30 min", {"q": "5 %"}),
        ("gnss.age", "quantile", "<= 30 min", {}),
        ("gnss.beidou", "share", ">= 1 %", {}),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_receiver_that_never_had_a_fix_is_never_outvoted(
    simulated, measurand: str, statistic: str, limit: str, parameters: Mapping[str, Any], order: int
) -> None:
    _, judgement = judged(both(simulated, {"cold_start": 2000}, order, ONCE), measurand, statistic, limit, **parameters)
    # no fix in the whole window is a share of zero, a fact; nothing can be said of what needs a fix
    known = measurand in {"gnss.fix-rate", "gnss.availability"}
    assert judgement.verdict is (Verdict.FAIL if known else Verdict.INCONCLUSIVE)
    assert "gnss.never-fixed" in [each.code for each in judgement.reasons]


def clock(folder: Path, name: str, settings: Mapping[str, Any]) -> Trace:
    """The trace of a counter: ten minutes of white noise of 100 ns."""
    random, path = np.random.default_rng(5), folder / f"{name}.log"
    path.write_text("".join(f"{t}, {random.normal(0, 100e-9)!r}\n" for t in range(600)))
    parsed = CLOCK.settings.model_validate({"file": path.name, "u_reference": "50 ns", **settings})
    return Trace("s08.timing", name, CLOCK.name, 1, (path,), parsed)


@pytest.mark.parametrize("statistic", ["quantile", "mtie", "tdev"])
def test_a_clock_that_was_measured_against_itself_is_never_outvoted(tmp_path: Path, statistic: str) -> None:
    good = clock(tmp_path, "a", {"reference": "independent"})
    own = clock(tmp_path, "b", {"reference": "under-test"})

    def verdict(*traces: Trace) -> Judgement:
        return judged(traces, "gnss.timing", statistic, "<= 1 us")[1]

    assert verdict(good).verdict is Verdict.PASS
    for traces in ((good, own), (own, good)):
        assert verdict(*traces).verdict is Verdict.INVALID
        assert [each.code for each in verdict(*traces).reasons] == ["gnss.reference-under-test"]


@pytest.mark.parametrize(
    ("measurand", "statistic", "limit"),
    [
        ("gnss.horizontal", "rms", "<= 2 cm"),
        ("gnss.horizontal", "quantile", "<= 2 cm"),
        ("gnss.vertical", "rms", "<= 4 cm"),
        ("gnss.fix-rate", "ratio", ">= 90 %"),
        ("gnss.availability", "time-share", ">= 90 %"),
        ("gnss.gaps", "longest", "<= 10 s"),
        ("gnss.ttff", "quantile", "<= 60 s"),
        ("gnss.age", "quantile", "<= 5 s"),
        ("gnss.beidou", "share", ">= 90 %"),
    ],
)
@pytest.mark.parametrize(("alpha", "beta"), [(Fraction(1, 120), Fraction(1, 100)), (RISK, Fraction(1, 200))])
def test_both_bounds_hold_at_the_confidence_that_is_printed(
    simulated, measurand: str, statistic: str, limit: str, alpha: Fraction, beta: Fraction
) -> None:
    """With six planned attempts alpha is 1/120 and beta 1/100: 99.17 % was printed over a bound that held at 99 %."""
    question = Question(measurand, statistic, limit)
    view = installed.resolve(question.record.view)([input_of(simulated.trace(ONCE), question)], question.ask)
    request = replace(question.request, alpha=alpha, beta=beta)
    outcome: Outcome = installed.resolve(question.record.statistics[statistic])(view, request)
    assert outcome.estimate is not None
    assert outcome.estimate.confidence == 1 - max(alpha, beta)


PROFILE = """\
schema: yanshou.profile/1
scenario: s08
project:
  name: 两台接收机
  applicant: {name: 示例企业02（江岸区）有限公司, uscc: 91420102MA42HRWN44}
  period: {start: 2023-05-18, end: 2027-05-18}
  site: 示例
test: {kind: self-check, organisation: 示例, operator: 示例}
sources:
  s08.static.h:
    evidence:
      - {probe: gnss.nmea, name: a, file: a.nmea, SITE}
      - {probe: gnss.nmea, name: b, file: b.nmea, SITE}
"""
SITE = (
    "mode: static, positions: {frame: CGCS2000, epoch: 2000.0}, truth: {lat: 30.5, lon: 114.3, height: 45.0, "
    "frame: CGCS2000, epoch: 2000.0, u_horizontal: 0.5 mm, u_vertical: 1 mm}, power_on: ["
    + ", ".join(
        f"2026-11-2{1 + (4 + 3 * n // 2) // 24}T{(4 + 3 * n // 2) % 24:02d}:{n % 2 * 30:02d}:00Z" for n in range(16)
    )
    + "]"
)


HALF = GOOD | {"sessions": 8}
LATER = (datetime(2026, 11, 21, 4, tzinfo=UTC) + 8 * timedelta(seconds=5400)).isoformat()


def halves(simulated: Simulations, named: str, **second: Any) -> list[Trace]:
    """One receiver's sessions in two files, the second half a day after the first; ``named`` in both."""
    settings = {"receiver": named} if named else {}
    device = HALF | {"start": LATER, "seed": 2} | second
    return [simulated.trace(HALF, settings, "a"), simulated.trace(device, settings, "b")]


@pytest.mark.parametrize(("measurand", "limit"), ACCURACY)
def test_sources_that_name_one_receiver_are_its_sessions(simulated, measurand: str, limit: str) -> None:
    outcome, judgement = judged(halves(simulated, "SN 4711"), measurand, "rms", limit, about=About.PROCESS)
    assert outcome.effort["sessions"] == 16
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.n_eff == 16


@pytest.mark.parametrize(("measurand", "limit"), ACCURACY)
def test_without_a_name_each_source_is_a_receiver_with_half_of_them(simulated, measurand: str, limit: str) -> None:
    outcome, _ = judged(halves(simulated, ""), measurand, "rms", limit, about=About.PROCESS)
    assert outcome.effort["sessions"] == 8


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("second", "verdict"),
    [({"systems": "123"}, Verdict.INVALID), ({"cold_start": 2000}, Verdict.INVALID), ({"bias_e": 0.05}, Verdict.FAIL)],
)
def test_a_bad_half_of_the_sessions_is_not_outvoted_by_the_good_one(
    simulated, second: Mapping[str, Any], verdict: Verdict, order: int
) -> None:
    traces = halves(simulated, "SN 4711", **second)[::order]
    _, judgement = judged(traces, "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)
    assert judgement.verdict is verdict


def test_the_same_sessions_in_two_files_are_no_more_sessions(simulated) -> None:
    settings = {"receiver": "SN 4711"}
    alone = judged(simulated.trace(HALF, settings, "a"), "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)[0]
    twice = [simulated.trace(HALF, settings, name) for name in ("a", "b")]
    found = judged(twice, "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)[0]
    assert found.effort["sessions"] == alone.effort["sessions"] == 8
    assert found.estimate is not None
    assert alone.estimate is not None
    assert found.estimate.upper == pytest.approx(alone.estimate.upper)


def test_another_name_is_another_receiver_that_must_conform_for_itself(simulated) -> None:
    good, bad = halves(simulated, "", bias_e=0.05)
    named = [
        replace(each, settings=each.settings.model_copy(update={"receiver": name}))
        for each, name in ((good, "left"), (bad, "right"))
    ]
    _, judgement = judged(named, "gnss.horizontal", "rms", "<= 0.5 cm", about=About.PROCESS)
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("systems", "sessions", "verdict"),
    [("1234", 16, "PASS"), ("123", 16, "INVALID"), ("1234", 4, "INCONCLUSIVE")],
)
def test_a_campaign_with_two_receivers_passes_only_when_both_do(
    tmp_path: Path, systems: str, sessions: int, verdict: str
) -> None:
    sparse = Receiver(duration=1830, rate=0.1, noise_tau=30, sd_h=0.0015, sky_every=600, sessions=16)
    for name, device in {"a": sparse, "b": sparse.but(seed=2, systems=systems, sessions=sessions)}.items():
        (tmp_path / f"{name}.nmea").write_bytes(b"".join(nmea(each, simulate(each)) for each in visits(device)))
    profile = tmp_path / "two.yaml"
    profile.write_text(PROFILE.replace("SITE", SITE), encoding="utf-8")
    results = run(profile, tmp_path / "out").evaluation.results
    (found,) = (each for each in results["indicators"] if each["id"] == "s08.static.h")
    assert found["verdict"] == verdict
