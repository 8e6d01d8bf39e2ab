# SPDX-License-Identifier: Apache-2.0
"""Networks that violate in every rhythm, what probing sees of them, and the product's own verdict on it.

A regime gives a timeline: when the network is bad. Moments of probes are drawn, or only how many fell into each bad stretch:
given their timeline the numbers of a Poisson schedule are independent and Poisson, so that a week takes no longer than an
hour. Views, statistics, least efforts and decide are the product's own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtri
from scipy.stats import binom

from harness import installed
from harness.decide import decide
from harness.effort import held, short
from harness.model import About, Criterion, Indicator, Outcome, Reading, Rule, Verdict
from harness.plugins import Ask, Asked, Input, Trace
from harness.quantity import Limit, Quantity
from harness.spec import installed_scenarios
from harness.stats.histogram import Histogram
from harness.testing import Question
from probes.network.digests.delays import BURST_LINK_NS, Delays
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.digests.paths import PathSummary
from probes.network.digests.rhythm import Rhythm
from probes.network.instruments.stamp import PROBE
from probes.network.traces.spans import Spans
from tests.probes.network.conftest import Builders

S = 10**9
CUT_NS = 2_000_000
FAST_NS = 1_000_000
T_NS = 10 * S
PITCH_S = 1800.0
"""Between the end of one session and the next."""
Timeline = np.ndarray
"""Rows (from, to) in s, disjoint and ascending: when the network violates."""
Make = Callable[..., Timeline]
"""Of (random, span, share), and how many sessions of that span lie one after the other."""
Lengths = Callable[[tuple[int, ...]], np.ndarray]
P99 = {"q": "99 %", "lost": "over-limit"}
READINGS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "latency": ("network.rtt", "quantile", P99, "<= 2 ms"),
    "within": ("network.rtt", "share-within", {"threshold": "2 ms", "lost": "over-limit"}, ">= 99 %"),
    "loss": ("network.loss", "ratio", {}, "<= 1 %"),
    "one-way": ("network.owd", "quantile", P99, "<= 2 ms"),
}
MEAN: tuple[str, str, dict[str, Any], str] = ("network.rtt", "mean", {}, "<= 2 ms")
RARE_LOSS: tuple[str, str, dict[str, Any], str] = ("network.loss", "ratio", {}, "<= 0.1 %")
DROP_ASKED: tuple[str, str, dict[str, Any], str] = (
    "network.dropout",
    "offline-time",
    {"silent_after": "10 s"},
    "<= 0.05 %",
)
BURST = "longest_credible_burst"
DECLARED: dict[str, Mapping[str, str]] = {
    "1 packet": {BURST: "1 packet"},
    "50 packets": {BURST: "50 packets"},
    "nothing": {},
}
"""What may have been declared of bursts."""
NO_LOAD: Mapping[str, Any] = {}


class Believed(Rhythm):
    """Packets whose schedule nobody doubts: what is claimed of it is checked elsewhere (tests/…/digests/test_rhythm.py)."""

    def drawn(self, *_: object) -> bool:
        return True

    def paced(self, *_: object) -> bool:
        return True


BELIEVED = Believed(frozenset(), np.empty(0, np.int64), {}, frozenset())


@cache
def summary() -> PathSummary:
    """A summary of one node, whose counts the regimes replace."""
    make = Builders()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "0001.pcapng"
        path.write_bytes(make.header(1) + make.record(0, 0, 1_000))
        (chunk,) = PROBE.chunks(Trace("s01.x", "stamp", PROBE.name, 1, (path,), None))
        return PROBE.summarise(chunk, Asked((Ask("s01.x", (), (Limit.parse("<= 2 ms"),)),)))


def some_node() -> Node:
    """The node of it."""
    return next(iter(summary().nodes.values()))


# Timelines. With ``rows`` sessions, each is a stretch of its own of the same system, stationary from its first moment.


def renewal(
    random: np.random.Generator, span: float, share: float, length: Lengths, mean: float, rows: int = 1
) -> Timeline:
    """Bad stretches of random length, good ones exponential, so that ``share`` of the time is bad in the long run."""
    number = max(4, int(3 * span * share / mean) + 20)
    bad, good = length((rows, number)), random.exponential(mean * (1 - share) / share, (rows, number))
    begun = random.random(rows) < share  # in a bad stretch: a long one more likely, and some of it is over
    if begun.any():
        pool = length((4096,))
        good[begun, 0] = 0.0
        bad[begun, 0] = random.choice(pool, int(begun.sum()), p=pool / pool.sum()) * random.random(int(begun.sum()))
    starts = np.cumsum(good, axis=1)
    starts[:, 1:] += np.cumsum(bad, axis=1)[:, :-1]
    return laid(starts, starts + bad, span)


def laid(starts: np.ndarray, stops: np.ndarray, span: float) -> Timeline:
    """Sessions of ``span`` one after the other; ``starts`` and ``stops`` in each, shape (sessions, stretches)."""
    row, at = np.nonzero(starts < span)
    offset = row * (span + PITCH_S)
    return np.stack([offset + starts[row, at], offset + np.minimum(stops[row, at], span)], axis=1)


def outages(seconds: float) -> Make:
    return lambda random, span, share, rows=1: renewal(
        random, span, share, lambda n: np.full(n, seconds), seconds, rows
    )


def gilbert(seconds: float) -> Make:
    return lambda random, span, share, rows=1: renewal(
        random, span, share, lambda n: random.exponential(seconds, n), seconds, rows
    )


def pareto(random: np.random.Generator, span: float, share: float, rows: int = 1) -> Timeline:
    """Bursts with a heavy tail: the mean is 1 s, the variance has no bound."""
    return renewal(random, span, share, lambda n: (1 + random.pareto(1.5, n)) / 3, 1.0, rows)


def autoregressive(phi: float) -> Make:
    """A level of AR(1), a step each 0.1 s, over its own quantile."""

    def timeline(random: np.random.Generator, span: float, share: float, rows: int = 1) -> Timeline:
        steps = int(span * 10)
        noise = random.normal(size=(rows, steps)) * np.sqrt(1 - phi**2)
        noise[:, 0] = random.normal(size=rows)
        over = np.zeros((rows, steps + 2), np.int8)
        over[:, 1:-1] = lfilter([1.0], [1.0, -phi], noise) > -ndtri(share)
        row, edge = np.nonzero(np.diff(over))
        return (row * (span + PITCH_S) + edge / 10.0).reshape(-1, 2)

    return timeline


def drift(_random: np.random.Generator, span: float, share: float, rows: int = 1) -> Timeline:
    """From none to twice the share over the window, in short pieces of each second."""
    seconds = np.tile(np.arange(int(span)), (rows, 1))
    return laid(seconds, seconds + 2 * share * seconds / span, span)


def once(random: np.random.Generator, span: float, share: float, rows: int = 1) -> Timeline:
    """A single outage; of many sessions a share is bad from end to end."""
    if rows == 1:
        start = random.random() * span * (1 - share)
        return np.array([[start, start + span * share]])
    bad = random.random((rows, 1)) < share
    return laid(np.where(bad, 0.0, span), np.full((rows, 1), span), span)


REGIMES: dict[str, Make] = {
    "independent": outages(0.01),
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


# What probing sees.


def probed(due_s: np.ndarray, bad: np.ndarray, label: str = "T-0", delay_ns: np.ndarray | None = None) -> Node:
    """One node that was asked at these moments and was bad at some: lost, and over any cut."""
    due = np.round(due_s * S).astype(np.int64)
    answered_after = np.full(len(due), FAST_NS, np.int64) if delay_ns is None else delay_ns
    delays = Delays.of(answered_after, due, ~bad, [CUT_NS])
    lost = int(bad.sum())
    return replace(
        _named(label, len(due), lost, delays),
        lost=Spans.of(due[bad], BURST_LINK_NS),
        probed=Spans.of(due, PAUSE_NS),
        sent={T_NS: Spans.of(due, T_NS)},
        answered={T_NS: Spans.of(due[~bad], T_NS)},
    )


def _named(label: str, sent: int, lost: int, delays: Delays) -> Node:
    node = some_node()
    return replace(
        node,
        label=label,
        address=label,
        counts=Counter(sent=sent, answered=sent - lost, lost=lost, one_way=sent - lost),
        trips=delays,
        calm=delays,
        forward=delays,
        backward=delays,
        error_ns=2_000.0,
        rhythm=BELIEVED,
    )


def counted(bad: Timeline, hits: np.ndarray, sessions: Spans, label: str = "T-0") -> Node:
    """The same from counts alone: ``hits`` probes fell into each bad stretch, of all that ``sessions`` tell.

    What links bursts and rows of seconds is kept only as far as these statistics look: where each stretch begins and ends.
    """
    sent, lost = int(sessions.count.sum()), int(hits.sum())
    seen = hits > 0
    ends = (np.round(bad[seen] * S)).astype(np.int64)
    apart = Spans(BURST_LINK_NS, *(np.empty(0, np.int64),) * 3)
    over = apart.merge(Spans(BURST_LINK_NS, ends[:, 0], ends[:, 1], hits[seen].astype(np.int64)))
    hist = Histogram([CUT_NS]).add(np.full(sent - lost, FAST_NS, np.int64))
    delays = Delays(hist, {CUT_NS: over}, np.empty((0, 3), np.int64), np.empty((0, 2), np.int64))
    return replace(_named(label, sent, lost, delays), lost=over, probed=sessions)


def drawn(random: np.random.Generator, bad: Timeline, span: float, rate: float, label: str = "T-0") -> Node:
    """A window of ``span`` seconds asked at Poisson moments of ``rate`` a second, as counts."""
    lengths = bad[:, 1] - bad[:, 0]
    hits = random.poisson(lengths * rate)
    sent = int(hits.sum()) + int(random.poisson((span - lengths.sum()) * rate))
    ends = np.round(random.exponential(1 / rate, 2) * S).astype(np.int64)
    return counted(bad, hits, _spans([ends[0]], [round(span * S) - ends[1]], [sent]), label)


def asked_each_second(bad: Timeline, span: float, rows: int, label: str = "T-0") -> Node:
    """``rows`` sessions of ``span`` seconds, asked once each whole second, as counts."""
    hits = (np.ceil(bad[:, 1]) - np.ceil(bad[:, 0])).astype(np.int64)
    starts = np.round(np.arange(rows) * (span + PITCH_S) * S).astype(np.int64)
    sessions = _spans(starts, starts + round((span - 1) * S), np.full(rows, round(span)))
    return counted(bad, hits, sessions, label)


def _spans(start: Any, stop: Any, count: Any) -> Spans:
    return Spans(PAUSE_NS, *(np.array(each, np.int64) for each in (start, stop, count)))


def timed(due_s: np.ndarray, delay_ms: np.ndarray) -> Node:
    """One node that was asked at these moments and answered after so long each time."""
    delay = np.round(delay_ms * 1e6).astype(np.int64)
    return probed(due_s, np.zeros(len(due_s), bool), delay_ns=delay)


def watched(span_s: int, off: Timeline, label: str, starts_s: Sequence[int] = (0,)) -> Node:
    """One node that was asked once a second for stretches of ``span_s`` and silent in some of the time, as spans alone."""
    first = np.array(starts_s, np.float64)
    begin = np.round(np.sort(np.append(first, off[:, 1])) * S).astype(np.int64)
    end = np.round(np.sort(np.append(off[:, 0], first + span_s)) * S).astype(np.int64)
    asked = [np.array(each, np.int64) for each in (first * S, (first + span_s) * S, np.full(len(first), span_s))]
    whole, lost = Spans(T_NS, *asked), round((off[:, 1] - off[:, 0]).sum())
    return replace(
        some_node(),
        label=label,
        address=label,
        counts=Counter(sent=span_s * len(first), answered=span_s * len(first) - lost, lost=lost),
        probed=replace(whole, link=PAUSE_NS),
        sent={T_NS: whole},
        answered={T_NS: Spans(T_NS, begin, end, np.maximum((end - begin) // S, 1))},
        rhythm=BELIEVED,
    )


def within(due: np.ndarray, bad: Timeline) -> np.ndarray:
    """Which moments lie in a bad stretch."""
    if not len(bad):
        return np.zeros(len(due), bool)
    at = np.searchsorted(bad[:, 0], due, side="right") - 1
    return (at >= 0) & (due < bad[np.maximum(at, 0), 1])


def poisson(random: np.random.Generator, span: float, rate: float) -> np.ndarray:
    return np.sort(random.random(random.poisson(span * rate)) * span)


# What the product says of it.


def verdict_on(
    nodes: Iterable[Node], kind: str, about: About, *, schedule: str = "poisson", minimum: Any = None
) -> Verdict:
    return judged(nodes, _about(READINGS[kind], about), about, schedule=schedule, minimum=minimum)


def _about(asked: tuple[str, str, dict[str, Any], str], about: About) -> tuple[str, str, dict[str, Any], str]:
    measurand, statistic, parameters, limit = asked
    return measurand, statistic, {**parameters, **({"apart": "30 min"} if about is About.PROCESS else {})}, limit


def judged(
    nodes: Iterable[Node],
    asked: tuple[str, str, dict[str, Any], str],
    about: About,
    *,
    schedule: str = "poisson",
    minimum: Any = None,
    declared: Mapping[str, str] = DECLARED["1 packet"],
    run: Mapping[str, Any] = NO_LOAD,
) -> Verdict:
    question = Question(asked[0], asked[1], asked[3], asked[2], declared, about=about)
    outcome = outcome_of(nodes, question, schedule=schedule, run=run)
    outcome = held(outcome, minimum or {}, short(outcome, minimum or {}))
    return decide(outcome, Criterion(question.reading, question.request.limit, Rule.GUARDED, 1 - question.risk)).verdict


def outcome_of(
    nodes: Iterable[Node], question: Question, *, schedule: str = "poisson", run: Mapping[str, Any] = NO_LOAD
) -> Outcome:
    """What the statistic says of these nodes, before least efforts and the verdict; ``run``: what a trace tells of its load."""
    told = replace(
        summary(),
        nodes={(each.label, 862, each.condition): each for each in nodes},
        schedules=frozenset({schedule}),
        intervals=frozenset({S // 10}),
        **run,
    )
    given = Input(PROBE.name, "stamp", told, Trace("", "", "", 1, (), None))
    view = installed.resolve(question.record.view)((given,), question.ask)
    found: Outcome = installed.resolve(question.record.statistics[question.statistic])(view, question.request)
    return found


def at_most_five_percent(passes: int, runs: int) -> bool:
    """Not more than would be seen once in two thousand times if the share were 5 %."""
    return passes <= binom.ppf(0.9995, runs, 0.05)


# The published scenarios.


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
    assert reading.parameters.get("load", "required") == "required"
    return dict(reading.minimum)
