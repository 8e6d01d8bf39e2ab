# SPDX-License-Identifier: Apache-2.0
"""What keeps a load from proving anything good: other loads than declared, caches, late senders, unknown fates, one session."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from harness.kit.lines import line
from harness.model import About, Outcome, Verdict
from harness.testing import Judgement, Question, judge
from probes.service.formats import schedule
from probes.service.instruments.load import PROBE, SEARCH
from tests.probes.service import made

TTFT = ("service.ttft", "quantile", "<= 2 s", {"q": "90 %"})
ERRORS = ("service.errors", "ratio", "<= 10 %", {})


def judged(
    folder: Path,
    data: bytes,
    asked: tuple[str, str, str, Mapping[str, Any]] = TTFT,
    *,
    about: About = About.WINDOW,
    **declared: Any,
) -> tuple[Outcome, Judgement]:
    return judge(PROBE, data, Question(*asked, declared, about=about), folder, made.LOAD)


def codes(outcome: Outcome) -> set[str]:
    told = (*outcome.remarks, *outcome.invalid, *(each.reason for each in outcome.lacks))
    return {each.code.removeprefix("service.") for each in told}


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ({"arrival_rate": "20/s"}, "other-rate"),
        ({"max_tokens": 32}, "other-tokens"),
        ({"prompt_set": "f" * 64}, "other-prompts"),
        ({"arrival_rate": "600/min", "max_tokens": 16, "prompt_set": "0" * 64}, ""),
    ],
)
def test_a_declared_value_is_compared_with_the_trace(declared: dict[str, Any], code: str, tmp_path: Path) -> None:
    outcome, judgement = judged(tmp_path, made.load(), **declared)
    assert (judgement.verdict is Verdict.PASS) is not bool(code)
    assert not code or code in codes(outcome)


def test_regular_arrivals_do_not_stand_for_the_window_and_a_late_sender_put_another_load_on(tmp_path: Path) -> None:
    regular, judgement = judged(tmp_path / "a", made.load(arrivals="periodic"))
    assert "not-random" in codes(regular)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    late = [
        each.replace(b'"at":', b'"at":9') if b'"ask"' in each else each
        for each in made.load().splitlines(keepends=True)
    ]
    assert "generator-late" in codes(judged(tmp_path / "b", b"".join(late))[0])


def test_a_prompt_from_a_cache_proves_nothing_and_lines_that_were_taken_out_are_missed(tmp_path: Path) -> None:
    told = b'"prompt_tokens\\": 9, \\"prompt_tokens_details\\": {\\"cached_tokens\\": 8}'
    cached, judgement = judged(tmp_path / "a", made.load().replace(b'"prompt_tokens\\": 9', told))
    assert "cached" in codes(cached)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    gone = b"".join(each for each in made.load().splitlines(keepends=True) if b'"r":7,' not in each)
    assert "requests-missing" in codes(judged(tmp_path / "b", gone)[0])


def test_a_request_of_unknown_fate_counts_against_either_verdict(tmp_path: Path) -> None:
    broken = b"".join(
        each
        for each in made.load().splitlines(keepends=True)
        if not (b'"end"' in each and any(b'"r":%d,' % at in each for at in range(8)))
    )
    outcome, _ = judged(tmp_path, broken, ERRORS)
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == 0.08
    assert outcome.estimate.lower == 0
    assert outcome.estimate.upper is not None
    assert outcome.estimate.upper > 0.08


def test_an_answer_slower_than_declared_is_a_failed_request(tmp_path: Path) -> None:
    data = made.load(ttft_ms=lambda at: 5000.0 if at % 2 else 100.0)
    assert judged(tmp_path / "a", data, ERRORS)[1].verdict is Verdict.PASS
    assert judged(tmp_path / "b", data, ERRORS, answer_within="2 s")[1].verdict is Verdict.FAIL


def test_one_session_says_nothing_of_the_service_in_general_and_several_that_agree_do(tmp_path: Path) -> None:
    one, judgement = judged(tmp_path / "a", made.load(), about=About.PROCESS)
    assert "one-session" in codes(one)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    many = b"".join(made.load(40, seed=f"m/{at}", at_ns=made.START_NS + at * 3600 * made.S) for at in range(40))
    outcome, judgement = judged(tmp_path / "b", many, about=About.PROCESS)
    assert judgement.verdict is Verdict.PASS
    assert outcome.effort["sessions"] == 40
    slow = many + b"".join(
        made.load(40, 9000.0, seed=f"s/{at}", at_ns=made.START_NS + (50 + at) * 3600 * made.S) for at in range(6)
    )
    assert judged(tmp_path / "c", slow, about=About.PROCESS)[1].verdict is not Verdict.PASS, (
        "six bad hours are not outvoted"
    )


def test_a_word_that_a_reading_does_not_know_decides_nothing(tmp_path: Path) -> None:
    asked = ("service.ttft", "quantile", "<= 2 s", {"q": "90 %", "from": "whenever"})
    outcome, judgement = judged(tmp_path, made.load(), asked)
    assert "unknown-word" in codes(outcome)
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_an_outage_lasts_at_most_from_answer_to_answer_and_at_least_from_failure_to_failure(tmp_path: Path) -> None:
    data = made.load(200, rate="1", arrivals="periodic", fault=lambda at: "refused" if 100 <= at < 110 else "")
    asked = ("service.availability", "time-share", ">= 90 %", {})
    outcome, judgement = judged(tmp_path, data, asked)
    assert outcome.estimate is not None
    assert float(outcome.estimate.value) == float(outcome.estimate.lower) == pytest.approx(1 - 11 / 199, abs=1e-6)
    assert float(outcome.estimate.upper) == pytest.approx(1 - 9 / 199, abs=1e-6)
    assert judgement.verdict is Verdict.PASS
    assert "probed-too-seldom" in codes(judged(tmp_path / "b", data, asked, probe_interval="500 ms")[0])
    outcome, judgement = judged(tmp_path / "c", data, asked, about=About.PROCESS, longest_credible_outage="1 s")
    assert judgement.verdict is not Verdict.PASS, "one longer than declared was seen"


def test_what_was_planned_and_not_asked_is_no_time_in_which_a_service_was_available(tmp_path: Path) -> None:
    asked = ("service.availability", "time-share", ">= 90 %", {})
    for arrivals in ("periodic", "poisson"):
        data = made.load(200, rate="1", arrivals=arrivals)
        assert judged(tmp_path / f"a{arrivals}", data, asked)[1].verdict is Verdict.PASS
        broken = made.load(200, rate="1", arrivals=arrivals, planned=240)
        assert judged(tmp_path / f"b{arrivals}", broken, asked)[1].verdict is not Verdict.PASS


@pytest.mark.parametrize("arrivals", ["poisson", "periodic"])
def test_seven_requests_in_a_week_prove_no_availability(tmp_path: Path, arrivals: str) -> None:
    data = made.load(7, rate="1/86400", arrivals=arrivals)
    for about in About:
        for declared in ({}, {"longest_credible_outage": "1 s"}):
            asked = ("service.availability", "time-share", ">= 99 %", {})
            assert judged(tmp_path / f"{about}{len(declared)}", data, asked, about=about, **declared)[
                1
            ].verdict is not (Verdict.PASS)


@pytest.mark.parametrize("lasting_s", [40, 2000])
def test_an_availability_at_the_limit_passes_in_at_most_5_of_100_windows(tmp_path: Path, lasting_s: int) -> None:
    """Outages that take just over 10 % of the window, seen at Poisson moments (in at most 5 %) and at equal ones (never)."""
    random, span, passed = np.random.default_rng(lasting_s), 8_000, {"poisson": 0, "periodic": 0}
    number = round(0.1001 * span / lasting_s + 0.5)
    runs = 10
    for run in range(runs):
        room = np.sort(random.random(number)) * (span - number * lasting_s)
        starts = room + np.arange(number) * lasting_s
        for arrivals in passed:
            due = schedule.within(f"m/{run}", Fraction(1, 40), span * 10**9, periodic=arrivals == "periodic")
            at = np.array(due) / 1e9
            down = ((at[:, None] >= starts) & (at[:, None] < starts + lasting_s)).any(axis=1)
            faults = ["refused" * bool(each) for each in down]
            data = made.load(len(due), seed=f"m/{run}", rate="1/40", arrivals=arrivals, fault=faults.__getitem__)
            asked = ("service.availability", "time-share", ">= 90 %", {})
            found = judged(tmp_path / f"{run}{arrivals}", data, asked)[1].verdict
            passed[arrivals] += found is Verdict.PASS
    assert passed["periodic"] == 0
    assert passed["poisson"] <= binom.ppf(0.9995, runs, 0.05)


@pytest.mark.parametrize("rate", ['"x"', '"1/0"', '"-2"', "null", "[1]"])
def test_a_load_whose_rate_nobody_can_read_is_no_load(rate: str, tmp_path: Path) -> None:
    asked = Question("service.capacity", "largest", ">= 2 /s", {}, {"slo_ttft": "2 s"}, about=About.WINDOW)
    data = made.search(["1", "2"], lambda *_: False, [1], count=400).replace(b'"rate":"2"', b'"rate":' + rate.encode())
    settings = {**made.SEARCH, "rates": ["1/s", "2/s"], "requests": 400}
    assert judge(SEARCH, data, asked, tmp_path, settings)[1].verdict is not Verdict.PASS


def test_a_search_for_another_objective_or_that_contradicts_itself_proves_nothing(tmp_path: Path) -> None:
    rates, settings = ["1", "2", "4"], {**made.SEARCH, "requests": 400}
    asked = Question("service.capacity", "largest", ">= 2 /s", {}, {"slo_ttft": "1 s"}, about=About.WINDOW)
    data = made.search(rates, lambda rate, _: rate == "4", [1, 2])
    outcome, judgement = judge(SEARCH, data, asked, tmp_path / "a", settings)
    assert "searched-otherwise" in codes(outcome)
    assert judgement.verdict is not Verdict.PASS
    upside = made.search(rates, lambda rate, _: rate == "2", [1, 2])
    outcome, judgement = judge(
        SEARCH, upside, Question("service.capacity", "largest", ">= 2 /s", about=About.WINDOW), tmp_path / "b", settings
    )
    assert "not-monotone" in codes(outcome)
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_damaged_lines_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    data = made.load() + b"{torn" + b"\n" + line({"r": 3, "t": "soon", "s": "x"}) + line({"r": True}) + line({"t": 1})
    outcome, judgement = judged(tmp_path, data)
    assert "damaged" in codes(outcome)
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_one_answer_to_every_prompt_is_none(tmp_path: Path) -> None:
    asked = ("service.ttft", "quantile", "<= 2 s", {"q": "90 %"})
    for name, text, count in (
        ("canned", lambda _: "您好，我是智能助手，请问有什么可以帮您？", 5),
        ("by prompt", lambda number: f"第 {number % 5} 题的答案是这样的，请看下面的说明。", 5),
        ("one prompt", lambda _: "您好，我是智能助手，请问有什么可以帮您？", 1),
        ("short", lambda _: "好", 5),
    ):
        outcome, judgement = judged(tmp_path / name, made.load(text=text, prompt_count=count), asked)
        assert ("canned" in codes(outcome)) is (name == "canned")
        assert (judgement.verdict is Verdict.PASS) is (name != "canned")
