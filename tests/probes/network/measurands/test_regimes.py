# SPDX-License-Identifier: Apache-2.0
"""False PASS with the truth exactly at the limit, in every regime of the network, for what the verdict claims; and power.

Two columns. *Window*: the truth is the share of this very window, which a regime's timeline fills to just over the limit; the
probes' moments are drawn. *Process*: the truth is the regime's long-run share, exactly at the limit; each repetition is a
record of separated sessions. Sufficient statistics (spans and counts of a node) go through the product's own views,
statistics and decide. Seeded; the slack is the exact binomial one.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from harness import installed
from harness.decide import decide
from harness.effort import held, short
from harness.model import About, Criterion, Indicator, Reading, Rule, Verdict
from harness.plugins import Ask, Asked, Input, Trace
from harness.quantity import Limit, Quantity
from harness.spec import installed_scenarios
from harness.testing import Question
from probes.network.digests.delays import BURST_LINK_NS, Delays
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.digests.rhythm import Rhythm
from probes.network.instruments.stamp import PROBE
from probes.network.traces.spans import Spans

MEAN: tuple[str, str, dict[str, Any], str] = ("network.rtt", "mean", {}, "<= 2 ms")
S = 10**9
CUT_NS = 2_000_000
T_NS = 10 * S
Timeline = np.ndarray
"""Rows (from, to) in s, disjoint and ascending: when the network violates."""
Make = Callable[[np.random.Generator, float, float], Timeline]
P99 = {"q": "99 %", "lost": "over-limit"}
READINGS = {
    "latency": ("network.rtt", "quantile", P99, "<= 2 ms"),
    "within": ("network.rtt", "share-within", {"threshold": "2 ms", "lost": "over-limit"}, ">= 99 %"),
    "loss": ("network.loss", "ratio", {}, "<= 1 %"),
    "one-way": ("network.owd", "quantile", P99, "<= 2 ms"),
}


class Believed(Rhythm):
    """Packets whose schedule nobody doubts: what is claimed of it is checked elsewhere (tests/…/digests/test_rhythm.py)."""

    def drawn(self, *_: object) -> bool:
        return True

    def paced(self, *_: object) -> bool:
        return True


@pytest.fixture(scope="module")
def template(make: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A summary of one node, whose counts the regimes replace."""
    path: Path = tmp_path_factory.mktemp("regimes") / "0001.pcapng"
    path.write_bytes(make.header(1) + make.record(0, 0, 1_000))
    (chunk,) = PROBE.chunks(Trace("s01.x", "stamp", PROBE.name, 1, (path,), None))
    return PROBE.summarise(chunk, Asked((Ask("s01.x", (), (Limit.parse("<= 2 ms"),)),)))


def renewal(
    random: np.random.Generator, span: float, share: float, length: Callable[[int], np.ndarray], mean: float
) -> Timeline:
    """Bad stretches of random length, good ones exponential, so that ``share`` of the time is bad in the long run."""
    number = max(4, int(3 * span * share / mean) + 20)
    bad, good = length(number), random.exponential(mean * (1 - share) / share, number)
    good[0] *= random.random() if random.random() < 1 - share else 0
    starts = np.cumsum(good) + np.concatenate([[0.0], np.cumsum(bad)[:-1]])
    found = np.stack([starts, starts + bad], axis=1)
    found = found[found[:, 0] < span]
    return np.minimum(found, span)


def outages(seconds: float) -> Make:
    return lambda random, span, share: renewal(random, span, share, lambda n: np.full(n, seconds), seconds)


def gilbert(seconds: float) -> Make:
    return lambda random, span, share: renewal(random, span, share, lambda n: random.exponential(seconds, n), seconds)


def pareto(random: np.random.Generator, span: float, share: float) -> Timeline:
    """Bursts with a heavy tail: the mean is 1 s, the variance has no bound."""
    return renewal(random, span, share, lambda n: (1 + random.pareto(1.5, n)) / 3, 1.0)


def independent(random: np.random.Generator, span: float, share: float) -> Timeline:
    return renewal(random, span, share, lambda n: np.full(n, 0.01), 0.01)


def autoregressive(phi: float) -> Make:
    """A level of AR(1), a step each 0.1 s, over its own quantile."""

    def timeline(random: np.random.Generator, span: float, share: float) -> Timeline:
        from scipy.signal import lfilter
        from scipy.special import ndtri

        steps = int(span * 10)
        noise = random.normal(size=steps) * np.sqrt(1 - phi**2)
        noise[0] = random.normal()
        over = lfilter([1.0], [1.0, -phi], noise) > -ndtri(share)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(np.int8), [0]])))
        return edges.reshape(-1, 2) / 10.0

    return timeline


def drift(_random: np.random.Generator, span: float, share: float) -> Timeline:
    """From none to twice the share over the window, in short pieces of each second."""
    seconds = np.arange(int(span))
    return np.stack([seconds, seconds + 2 * share * seconds / span], axis=1)


def once(random: np.random.Generator, span: float, share: float) -> Timeline:
    """A single outage."""
    start = random.random() * span * (1 - share)
    return np.array([[start, start + span * share]])


REGIMES: dict[str, Make] = {
    "independent": independent,
    "AR(1) 0.9": autoregressive(0.9),
    "AR(1) 0.99": autoregressive(0.99),
    "Gilbert 2 s": gilbert(2),
    "Gilbert 10 s": gilbert(10),
    "outages of 10 s": outages(10),
    "outages of 60 s": outages(60),
    "Pareto bursts": pareto,
    "slow drift": drift,
    "one outage": once,
}


def filled(found: Timeline, span: float, share: float) -> Timeline:
    """The timeline with its bad stretches made longer or shorter, so that just over ``share`` of this window is bad."""
    if not len(found):
        found = np.array([[span / 3, span / 3 + 1.0]])
    wanted = share * span * 1.0001
    factor = wanted / (found[:, 1] - found[:, 0]).sum()
    stops = found[:, 0] + (found[:, 1] - found[:, 0]) * factor
    room = np.append(found[1:, 0], span)
    found = np.stack([found[:, 0], np.minimum(stops, room)], axis=1)
    missing = wanted - (found[:, 1] - found[:, 0]).sum()
    for at in np.argsort(found[:, 1] - room):
        if missing <= 0:
            break
        more = min(missing, room[at] - found[at, 1])
        found[at, 1], missing = found[at, 1] + max(0.0, more), missing - max(0.0, more)
    if missing > 1e-9:  # the rest lies before the first stretch
        found[0, 0] -= missing
    return found


def probed(
    template: Any, due_s: np.ndarray, bad: np.ndarray, label: str = "T-0", delay_ns: np.ndarray | None = None
) -> Node:
    """One node that was asked at these moments and was bad at some: lost, and over any cut."""
    node: Node = next(iter(template.nodes.values()))
    due = np.round(due_s * S).astype(np.int64)
    answered_after = np.full(len(due), 1_000_000, np.int64) if delay_ns is None else delay_ns
    delays = Delays.of(answered_after, due, ~bad, [CUT_NS])
    lost = int(bad.sum())
    return replace(
        node,
        label=label,
        address=label,
        counts=Counter(sent=len(bad), answered=len(bad) - lost, lost=lost, one_way=len(bad) - lost),
        trips=delays,
        calm=delays,
        forward=delays,
        backward=delays,
        error_ns=2_000.0,
        lost=Spans.of(due[bad], BURST_LINK_NS),
        probed=Spans.of(due, PAUSE_NS),
        rhythm=Believed(frozenset(), np.empty(0, np.int64), {}, frozenset()),
        sent={T_NS: Spans.of(due, T_NS)},
        answered={T_NS: Spans.of(due[~bad], T_NS)},
    )


def timed(template: Any, due_s: np.ndarray, delay_ms: np.ndarray) -> Node:
    """One node that was asked at these moments and answered after so long each time."""
    delay = np.round(delay_ms * 1e6).astype(np.int64)
    return probed(template, due_s, np.zeros(len(due_s), bool), delay_ns=delay)


def within(due: np.ndarray, bad: Timeline) -> np.ndarray:
    """Which moments lie in a bad stretch."""
    at = np.searchsorted(bad[:, 0], due, side="right") - 1
    return (at >= 0) & (due < bad[np.maximum(at, 0), 1])


def poisson(random: np.random.Generator, span: float, rate: float) -> np.ndarray:
    return np.sort(random.random(random.poisson(span * rate)) * span)


def verdict_on(
    template: Any, nodes: Iterable[Node], kind: str, about: About, *, schedule: str = "poisson", minimum: Any = None
) -> Verdict:
    measurand, statistic, parameters, limit = READINGS[kind]
    own = {**parameters, **({"apart": "30 min"} if about is About.PROCESS else {})}
    return judged(template, nodes, (measurand, statistic, own, limit), about, schedule=schedule, minimum=minimum)


def judged(
    template: Any,
    nodes: Iterable[Node],
    asked: tuple[str, str, dict[str, Any], str],
    about: About,
    *,
    schedule: str = "poisson",
    minimum: Any = None,
) -> Verdict:
    question = Question(asked[0], asked[1], asked[3], asked[2], {"longest_credible_burst": "1 packet"}, about=about)
    summary = replace(
        template,
        nodes={(each.label, 862, each.condition): each for each in nodes},
        schedules=frozenset({schedule}),
        intervals=frozenset({S // 10}),
    )
    given = Input(PROBE.name, "stamp", summary, Trace("", "", "", 1, (), None))
    view = installed.resolve(question.record.view)((given,), question.ask)
    outcome = installed.resolve(question.record.statistics[asked[1]])(view, question.request)
    outcome = held(outcome, minimum or {}, short(outcome, minimum or {}))
    return decide(outcome, Criterion(question.reading, question.request.limit, Rule.GUARDED, 1 - question.risk)).verdict


def at_most_five_percent(passes: int, runs: int) -> bool:
    return passes <= binom.ppf(0.9995, runs, 0.05)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_window_at_the_limit_passes_in_at_most_5_percent(template: Any, regime: str) -> None:
    """Half an hour, ten probes a second at Poisson moments; the declared burst of one packet has no say."""
    runs, span, passes = 60, 1800.0, Counter[str]()
    random = np.random.default_rng(1)
    for _ in range(runs):
        bad = filled(REGIMES[regime](random, span, 0.01), span, 0.01)
        assert (bad[:, 1] - bad[:, 0]).sum() > 0.01 * span
        due = poisson(random, span, 10.0)
        node = probed(template, due, within(due, bad))
        for kind in READINGS:
            passes[kind] += verdict_on(template, [node], kind, About.WINDOW) is Verdict.PASS
    assert all(at_most_five_percent(passes[kind], runs) for kind in READINGS), f"{passes} of {runs}"


@pytest.mark.parametrize(("share", "slow_ms"), [(0.01, 80.0), (0.001, 900.0), (0.0002, 2900.0)])
@pytest.mark.parametrize("regime", REGIMES)
def test_a_mean_over_the_window_at_the_limit_passes_in_at_most_5_percent(
    template: Any, regime: str, share: float, slow_ms: float
) -> None:
    """Fast but for a share of the time, so that the window's own mean is just over 2 ms: the rarer and longer, the less is seen."""
    runs, span, passes, random = 30, 1800.0, 0, np.random.default_rng(14)
    for _ in range(runs):
        bad = filled(REGIMES[regime](random, span, share), span, share)
        fast_ms = (2.0 - share * slow_ms) / (1 - share)
        due = poisson(random, span, 10.0)
        node = timed(template, due, np.where(within(due, bad), slow_ms, fast_ms))
        passes += judged(template, [node], MEAN, About.WINDOW) is Verdict.PASS
    assert at_most_five_percent(passes, runs), f"{passes} of {runs}"


@pytest.mark.parametrize(("slow", "at_least"), [(0.0, 0.9), (1.0, 0.0)])
def test_a_mean_of_half_the_limit_passes_in_the_stated_effort(template: Any, slow: float, at_least: float) -> None:
    """Exponential delays of 1 ms in the mean for four hours at ten a second; of one that is over the limit, none."""
    minimum, random, passes, runs = minimum_of("s01.latency", "rtt-mean"), np.random.default_rng(15), 0, 10
    span = float(minimum.pop("duration").base)
    for _ in range(runs):
        due = poisson(random, span, 10.0)
        delays = random.exponential(1.0, len(due)) * np.where(random.random(len(due)) < 0.5 * slow, 4.0, 1.0)
        passes += judged(template, [timed(template, due, delays)], MEAN, About.WINDOW) is Verdict.PASS
    assert passes >= at_least * runs
    assert at_least or not passes


@pytest.mark.parametrize("regime", REGIMES)
def test_the_system_at_the_limit_passes_in_at_most_5_percent(template: Any, regime: str) -> None:
    """Three hundred sessions of a minute, one probe a second, half an hour apart: as much as the reading asks for."""
    runs, sessions, span, passes = 30, 300, 60.0, Counter[str]()
    random = np.random.default_rng(2)
    for _ in range(runs):
        due, over = [], []
        for session in range(sessions):
            bad = REGIMES[regime](random, span, 0.01) if regime != "one outage" else _rare(random, span)
            own = np.arange(0.0, span)
            due.append(own + session * (span + 1800.0))
            over.append(within(own, bad) if len(bad) else np.zeros(len(own), bool))
        node = probed(template, np.concatenate(due), np.concatenate(over))
        for kind in READINGS:
            passes[kind] += verdict_on(template, [node], kind, About.PROCESS) is Verdict.PASS
    assert all(at_most_five_percent(passes[kind], runs) for kind in READINGS), f"{passes} of {runs}"


def _rare(random: np.random.Generator, span: float) -> Timeline:
    """One session in a hundred is bad from end to end."""
    return np.array([[0.0, span]]) if random.random() < 0.01 else np.empty((0, 2))


@pytest.mark.parametrize("minutes", [5, 30])
@pytest.mark.parametrize("regime", REGIMES)
def test_one_session_never_passes_for_the_system(template: Any, regime: str, minutes: int) -> None:
    random, span = np.random.default_rng(3), minutes * 60.0
    for _ in range(10):
        due = poisson(random, span, 10.0)
        bad = REGIMES[regime](random, span, 0.01)
        node = probed(template, due, within(due, bad) if len(bad) else np.zeros(len(due), bool))
        for kind in READINGS:
            assert verdict_on(template, [node], kind, About.PROCESS) is not Verdict.PASS


@pytest.mark.parametrize("times", [1, 4])
def test_a_loss_of_one_in_a_thousand_takes_a_denominator_that_could_show_it(template: Any, times: int) -> None:
    """Bursts of a mean of 20 packets, as the window's own share at the limit of 0.1 % and at four times of it; and 900 clean packets."""
    runs, span, passes, random = 60, 1800.0, 0, np.random.default_rng(16)
    asked = ("network.loss", "ratio", {}, "<= 0.1 %")
    for _ in range(runs):
        bad = filled(gilbert(2)(random, span, 0.001 * times), span, 0.001 * times)
        due = poisson(random, span, 10.0)
        passes += judged(template, [probed(template, due, within(due, bad))], asked, About.WINDOW) is Verdict.PASS
    assert at_most_five_percent(passes, runs), f"{passes} of {runs}"
    due = poisson(random, 90.0, 10.0)
    few = probed(template, due, np.zeros(len(due), bool))
    assert judged(template, [few], asked, About.WINDOW) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("step_us", [100, 200])
def test_times_read_in_steps_pass_only_where_half_a_step_at_either_end_is_room(template: Any, step_us: int) -> None:
    """Truth 2.05 to 2.19 ms, always over the limit, read in steps that round down: what stands there is 2.0 ms."""
    due = poisson(np.random.default_rng(17), 600.0, 10.0)
    read_ms = np.full(len(due), 2.0)
    for kind in ("latency", "one-way", "within"):
        node = replace(timed(template, due, read_ms), step_ns=step_us * 1000)
        assert verdict_on(template, [node], kind, About.WINDOW) is not Verdict.PASS
    fine = replace(timed(template, due, read_ms - 0.1), step_ns=1000)
    assert verdict_on(template, [fine], "latency", About.WINDOW) is Verdict.PASS


@pytest.mark.parametrize("kind", READINGS)
def test_a_load_in_step_with_periodic_probes_hides_and_a_periodic_sample_does_not_pass(
    template: Any, kind: str
) -> None:
    """Each second a tenth of it is bad, and the probes come in the other nine."""
    due = np.arange(0.5, 3600.0)
    seconds = np.arange(3600.0)
    node = probed(template, due, within(due, np.stack([seconds, seconds + 0.1], axis=1)))
    for schedule in ("periodic", "jittered", "burst", ""):
        assert verdict_on(template, [node], kind, About.WINDOW, schedule=schedule) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", READINGS)
def test_49_fast_terminals_and_one_that_never_answers_do_not_pass(template: Any, kind: str) -> None:
    due = np.arange(0.0, 1200.0)
    fast = [probed(template, due, np.zeros(len(due), bool), f"T-{at}") for at in range(49)]
    assert verdict_on(template, fast, kind, About.WINDOW) is Verdict.PASS
    mute = probed(template, due, np.ones(len(due), bool), "T-49")
    assert verdict_on(template, [*fast, mute], kind, About.WINDOW) is Verdict.INCONCLUSIVE


def test_47_good_and_3_bad_terminals_never_pass(template: Any) -> None:
    random = np.random.default_rng(4)
    for _ in range(5):
        nodes = []
        for at in range(50):
            due = poisson(random, 1800.0, 1.0)
            bad = random.random(len(due)) < (0.03 if at < 3 else 0.0)
            nodes.append(probed(template, due, bad, f"T-{at}"))
        assert verdict_on(template, nodes, "latency", About.WINDOW) is not Verdict.PASS


DROPS = {
    "session-ratio": ("network.dropout", "session-ratio", "<= 5 %"),
    "sessions-per-hour": ("network.dropout", "sessions-per-hour", "<= 0.5 /h"),
}
"""Limits a hundred and a thousand times the clause's, so that the same shape takes a small record."""


def dropping(random: np.random.Generator, regime: str, terminals: int, hours: int, rate: float) -> list[Timeline]:
    """When each terminal is silent for 30 s: drops of its own, of the whole site, or of half of it at ``rate`` a node-hour."""
    span, own = hours * 3600.0, []
    events = {"site": rate, "half": 2 * rate}.get(regime, 0.0)
    shared = np.sort(random.random(random.poisson(events * hours)) * span)
    for at in range(terminals):
        mine = {"own": rate, "one": rate * terminals if at == 0 else 0.0}.get(regime, 0.0)
        starts = np.sort(random.random(random.poisson(mine * hours)) * span)
        starts = shared if regime == "site" or (regime == "half" and at % 2) else starts
        starts = starts[np.diff(starts, prepend=-1e9) > 60.0]
        own.append(np.stack([starts, starts + 30.0], axis=1))
    return own


@pytest.mark.parametrize("statistic", DROPS)
@pytest.mark.parametrize("regime", ["own", "site", "half", "one"])
@pytest.mark.parametrize("times", [1, 4])
def test_drops_of_the_whole_site_are_one_event_and_the_system_does_not_pass_for_them(
    template: Any, statistic: str, regime: str, times: int
) -> None:
    """Twelve terminals for six stretches of two hours; the pool's rate at the limit, and at four times of it."""
    runs, passes, terminals, hours = 16, 0, 12, 2
    measurand, name, limit = DROPS[statistic]
    rate = 0.5 * times if statistic == "sessions-per-hour" else 0.05 * times
    random = np.random.default_rng(5)
    for _ in range(runs):
        due, bad = [], [list[np.ndarray]() for _ in range(terminals)]
        for stretch in range(6):
            moments = np.arange(0.0, hours * 3600.0, 4.0)
            due.append(moments + stretch * 86_400.0)
            lines = dropping(random, regime, terminals, hours, rate)
            for at, line in enumerate(lines):
                bad[at].append(within(moments, line) if len(line) else np.zeros(len(moments), bool))
        nodes = [probed(template, np.concatenate(due), np.concatenate(bad[at]), f"T-{at}") for at in range(terminals)]
        asked = (measurand, name, {"silent_after": "10 s", "fleet": "pool", "apart": "12 h", "sessions": "6"}, limit)
        passes += judged(template, nodes, asked, About.PROCESS) is Verdict.PASS
    assert at_most_five_percent(passes, runs), f"{passes} of {runs}"


@pytest.mark.parametrize("statistic", ["offline-time", "session-ratio", "sessions-per-hour"])
@pytest.mark.parametrize("regime", ["own", "site", "half", "one"])
def test_a_window_watched_throughout_never_passes_over_the_limit(template: Any, statistic: str, regime: str) -> None:
    """Nothing is sampled, so the verdict is right each time; the limit is set just below what really happened."""
    random, terminals, hours = np.random.default_rng(6), 10, 6
    for _ in range(10):
        moments = np.arange(0.0, hours * 3600.0, 1.0)
        lines = dropping(random, regime, terminals, hours, 0.3)
        hits = [within(moments, line) if len(line) else np.zeros(len(moments), bool) for line in lines]
        drops = [len(line) for line in lines]
        if not sum(drops):
            continue
        nodes = [probed(template, moments, each, f"T-{at}") for at, each in enumerate(hits)]
        pool = {"fleet": "pool"} if statistic != "offline-time" else {}
        truth = {
            "offline-time": 100 * max(float(each.sum()) for each in hits) / len(moments),
            "session-ratio": 100 * sum(drops) / (sum(drops) + terminals),
            "sessions-per-hour": sum(drops) / (terminals * hours),
        }[statistic]
        unit = "/h" if statistic == "sessions-per-hour" else "%"
        asked = ("network.dropout", statistic, {"silent_after": "10 s", **pool}, f"<= {truth * 0.99:.6f} {unit}")
        assert judged(template, nodes, asked, About.WINDOW) is not Verdict.PASS


def test_pauses_of_probing_cannot_make_sessions(template: Any) -> None:
    """Fifty terminals, each off line for 30 s in the hour, probed in pulses: nothing passes by the number of pulses."""
    moments = np.concatenate([pulse * 40.0 + np.arange(0.0, 20.0, 0.5) for pulse in range(90)])
    nodes = [
        probed(template, moments, within(moments, np.array([[1000.0 + at, 1030.0 + at]])), f"T-{at}")
        for at in range(50)
    ]
    for name, limit in (("session-ratio", "<= 0.05 %"), ("offline-time", "<= 0.05 %")):
        asked = ("network.dropout", name, {"silent_after": "10 s", "fleet": "pool"}, limit)
        for about in About:
            assert judged(template, nodes, asked, about) is not Verdict.PASS


@cache
def indicators() -> tuple[Indicator, ...]:
    return tuple(found for file in installed_scenarios() for found in file.scenario.indicators)


def reading_of(indicator: str, reading: str = "") -> Reading:
    for each in indicators():
        if each.id == indicator:
            chosen = [one for one in each.readings if one.name == reading] or [each.default_reading]
            return chosen[0]
    raise AssertionError(indicator)


def minimum_of(indicator: str, reading: str = "") -> dict[str, Quantity]:
    return dict(reading_of(indicator, reading).minimum)


def published(indicator: str, asked: tuple[str, str, dict[str, Any], str]) -> dict[str, Quantity]:
    """The least effort of the published reading, which is the one that is asked here, but for what a path has to be."""
    reading, (measurand, statistic, parameters, _) = reading_of(indicator), asked
    assert (reading.measurand, reading.statistic, reading.about) == (measurand, statistic, About.WINDOW)
    assert parameters.items() <= reading.parameters.items()
    assert set(reading.parameters) - set(parameters) <= {"load", "link", "waiting_time"}
    return dict(reading.minimum)


@pytest.mark.parametrize(
    ("indicator", "kind", "limit"),
    [("s01.latency", "latency", 0.01), ("s01.loss", "loss", 0.01), ("p04.latency", "one-way", 0.01)],
)
@pytest.mark.parametrize("regime", ["independent", "Gilbert 10 s", "outages of 60 s", "slow drift"])
def test_an_honest_window_at_half_the_limit_passes_in_the_stated_effort(
    template: Any, indicator: str, kind: str, limit: float, regime: str
) -> None:
    """At a fifth of the stated rate (two probes a second), with the scenario's own minimum, and each terminal proven."""
    minimum, random = published(indicator, READINGS[kind]), np.random.default_rng(8)
    span, passes = float(minimum["duration"].base), 0
    members = int(minimum["terminals"].base) if "terminals" in minimum else 1
    runs = 2 if members > 1 else 10
    for _ in range(runs):
        nodes = []
        for at in range(members):
            bad = filled(REGIMES[regime](random, span, limit / 2), span, limit / 2)
            due = poisson(random, span, 2.0)
            nodes.append(probed(template, due, within(due, bad), f"T-{at}"))
        passes += verdict_on(template, nodes, kind, About.WINDOW, minimum=minimum) is Verdict.PASS
    assert passes >= 0.9 * runs, f"{passes} of {runs}"


def test_an_honest_site_at_half_the_limit_of_drop_outs_passes_in_the_stated_effort(template: Any) -> None:
    """Fifty terminals for the week, off line for half of the permitted time in outages of 15 s that come at random."""
    asked = ("network.dropout", "offline-time", {"silent_after": "10 s"}, "<= 0.05 %")
    minimum, random = published("s01.dropout", asked), np.random.default_rng(9)
    span, limit, passes, runs = float(minimum["duration"].base), 0.0005, 0, 40
    per_terminal = span * limit / 2 / 15.0
    node: Node = next(iter(template.nodes.values()))
    whole = Spans(T_NS, *(np.array([each], np.int64) for each in (0, round(span) * S, round(span))))
    for _ in range(runs):
        nodes = []
        for at in range(int(minimum["terminals"].base)):
            starts = np.sort(random.integers(60, round(span) - 60, random.poisson(per_terminal)))
            starts = starts[np.diff(starts, prepend=-100) > 40] * S
            begin, end = np.append(0, starts + 15 * S), np.append(starts, round(span) * S)
            answered = Spans(T_NS, begin, end, np.maximum((end - begin) // S, 1))
            counts = Counter(sent=round(span), answered=round(span))
            nodes.append(
                replace(
                    node,
                    label=f"T-{at}",
                    address=f"T-{at}",
                    counts=counts,
                    probed=replace(whole, link=PAUSE_NS),
                    sent={T_NS: whole},
                    answered={T_NS: answered},
                )
            )
        passes += judged(template, nodes, asked, About.WINDOW, minimum=minimum) is Verdict.PASS
    assert passes >= binom.ppf(0.0005, runs, 0.9), f"{passes} of {runs}"
