# SPDX-License-Identifier: Apache-2.0
"""Speed of the statistics: summaries against selecting quantiles, merging, and a verdict for 10^9 packets."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np

from harness.decide import decide
from harness.model import Criterion, Estimate, Judgement, Outcome, Reading, Rule, Text
from harness.quantity import Limit
from harness.stats import bursts, quantile
from harness.stats.histogram import Histogram, cut_of
from harness.stats.moments import Moments
from harness.stats.runs import Runs
from tests.bench.run import Bench

VALUES = 50_000_000
LIMIT = Limit.parse("<= 2 ms")
CUTS = [cut_of(LIMIT, shift) for shift in (Fraction(-20_000), Fraction(0), Fraction(20_000))]
ALPHA = Fraction(1, 20)
RANKS = [int(VALUES * q) for q in (0.5, 0.9, 0.99, 0.999, 0.9999)]
READING = Reading("rtt-p999", Text("", ""), "network.rtt", "quantile")


def delays(n: int) -> np.ndarray:
    """A lognormal body about 1 ms with a Pareto tail of one in two hundred, in ns."""
    random = np.random.default_rng(20261121)
    values = np.exp(random.normal(np.log(1.1e6), 0.15, n))
    tail = random.random(n) < 0.005
    values[tail] *= 1 + random.pareto(1.5, int(tail.sum()))
    return values.astype(np.int64)


def verdict(summary: Histogram, runs: Runs) -> tuple[Judgement, Judgement]:
    """What a campaign does with its summary: p99.9 against 2 ms with 20 µs of instrument, and loss against 0.05 %."""
    found = quantile.bounds(summary.ranked(summary.counters["lost"]), Fraction(999, 1000), ALPHA)
    delay = Estimate(
        found.value, "ns", found.n, found.n, found.lower, found.upper, 1 - ALPHA, "order statistics", 20_000
    )
    lost = bursts.bounds(runs.table(), found.n, ALPHA, 50)
    loss = Estimate(lost.value, "1", found.n, lost.n_eff, lost.lower, lost.upper, 1 - ALPHA, "Fay-Feuer")
    limits = (LIMIT, Limit.parse("<= 0.05 %"))
    criteria = (Criterion(READING, limit, Rule.GUARDED, 1 - ALPHA) for limit in limits)
    first, second = (decide(Outcome(each), criterion) for each, criterion in zip((delay, loss), criteria, strict=True))
    return first, second


def by_numpy(values: np.ndarray) -> tuple[object, ...]:
    """What a summary with three limits knows, from all values at once: five quantiles, three counts, range and sum."""
    above = [np.count_nonzero(values > cut) for cut in CUTS]
    return np.partition(values, RANKS), above, values.min(), values.max(), values.sum()


def repeat(times: int, work: partial[object]) -> None:
    """Call ``work`` so often that the clock sees it."""
    for _ in range(times):
        work()


def benches() -> list[Bench]:
    """The bars of docs: summary, merge, verdict; and what the other digests cost."""
    values = delays(VALUES)
    part = Histogram(CUTS).add(values[: 1 << 20])
    billion = part
    for _ in range(10):
        billion = billion.merge(billion)
    billion.tally(lost=300_000)
    lost = np.random.default_rng(1).random(1 << 20) < 0.0003
    runs = Runs.of(0, lost)
    return [
        Bench("latency summary", lambda: Histogram().add(values), lambda: np.partition(values, RANKS),
              "300 M values/s and 10 x np.partition at 5 ranks", VALUES, "values", 300e6, 10, cpu=True),
        Bench("latency summary, 3 exact limits", lambda: Histogram(CUTS).add(values), lambda: by_numpy(values),
              "300 M values/s and 10 x np.partition and counting", VALUES, "values", 300e6, 10, cpu=True),
        Bench("latency summary against the memory", lambda: Histogram().add(values), lambda: np.sum(values),
              "none; the peer is np.sum", VALUES, "values", cpu=True),
        Bench("merge of two summaries", partial(repeat, 2000, partial(part.merge, part)), None,
              "20 k merges/s", 2000, "merges", 20e3, cpu=True),
        Bench(f"verdict from a summary of {billion.n / 1e9:.2g} G packets", partial(repeat, 200, partial(verdict, billion, runs)),
              None, "1 ms each, delay and loss in turn", 400, "verdicts", 1000, cpu=True),
        Bench("burst table of slots", lambda: Runs.of(0, lost), None, "none", lost.size, "slots", cpu=True),
        Bench("exact moments", lambda: Moments.of(values[: 1 << 22]), lambda: values[: 1 << 22].astype(float).var(),
              "none; the peer rounds", 1 << 22, "values", cpu=True),
    ]  # fmt: skip
