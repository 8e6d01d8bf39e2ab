# SPDX-License-Identifier: Apache-2.0
"""While packets still come in: whoever looks, and however often, is misled into PASS in at most 5 % of all runs."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from harness import installed
from harness.decide import decide
from harness.model import About, Criterion, Rule, Verdict
from harness.plugins import Ask, Asked, Input, Trace
from harness.quantity import Limit
from harness.testing import Question
from probes.network.digests.delays import BURST_LINK_NS, Delays
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.digests.rhythm import Rhythm
from probes.network.instruments.stamp import PROBE
from probes.network.traces.spans import Spans

CUT_NS = 2_000_000
ONE = {"longest_credible_burst": "1 packet"}
KINDS = {
    "network.rtt": ("quantile", {"q": "90 %", "lost": "over-limit"}, "<= 2 ms"),
    "network.loss": ("ratio", {}, "<= 10 %"),
    "within": ("share-within", {"threshold": "2 ms"}, ">= 90 %"),
}
Look = Callable[..., Verdict]


@pytest.fixture
def template(make: Any, tmp_path: Path) -> Any:
    """A summary of one node, whose counts the tests replace."""
    path = tmp_path / "0001.pcapng"
    path.write_bytes(make.header(1) + make.record(0, 0, 1_000))
    (chunk,) = PROBE.chunks(Trace("s01.x", "stamp", PROBE.name, 1, (path,), None))
    return PROBE.summarise(chunk, Asked((Ask("s01.x", (), (Limit.parse("<= 2 ms"),)),)))


def grown(template: Any, bad: np.ndarray, apart_ns: int) -> Any:
    """The summary after ``len(bad)`` packets ``apart_ns`` apart, of which the ``bad`` ones were lost."""
    (key, node), due = next(iter(template.nodes.items())), np.arange(len(bad), dtype=np.int64) * apart_ns
    delays = Delays.of(np.full(len(bad), 1_000_000, np.int64), due, ~bad, [CUT_NS])
    lost = int(bad.sum())
    left = np.cumsum(np.random.default_rng(3).exponential(apart_ns, len(bad))).astype(np.int64)
    head = {"schedule": {"kind": "poisson", "interval_ns": apart_ns}}
    now: Node = replace(
        node,
        counts=Counter(sent=len(bad), answered=len(bad) - lost, lost=lost),
        trips=delays,
        calm=delays,
        lost=Spans.of(due[bad], BURST_LINK_NS),
        probed=Spans.of(left, PAUSE_NS),
        rhythm=Rhythm.of(head, left, np.full(len(bad), 44), ~bad),
    )
    return replace(template, nodes={key: now})


def look(
    summary: Any, kind: str, declared: Mapping[str, Any] = ONE, limit: str = "", q: str = "", *, watched: bool = True
) -> Verdict:
    statistic, parameters, usual = KINDS[kind]
    measurand = "network.rtt" if kind == "within" else kind
    asked = {**parameters, **({"q": q} if q else {})}
    question = Question(measurand, statistic, limit or usual, asked, declared, about=About.WINDOW)
    given = Input(PROBE.name, "stamp", summary, Trace("", "", "", 1, (), None))
    view = installed.resolve(question.record.view)((given,), question.ask)
    outcome = installed.resolve(question.record.statistics[statistic])(view, replace(question.request, watched=watched))
    return decide(outcome, Criterion(question.reading, question.request.limit, Rule.GUARDED, 1 - question.risk)).verdict


def misled(template: Any, kind: str, runs: int, *, watched: bool) -> int:
    """Runs of 300 packets with the truth at the limit in which any of the looks said PASS."""
    random, count = np.random.default_rng(7), 0
    for _ in range(runs):
        bad = random.random(300) < 0.1
        bad[0] = False  # a node that never answered is another matter
        looks = range(30, 301, 30)
        count += any(
            look(grown(template, bad[:n], 2 * BURST_LINK_NS), kind, watched=watched) is Verdict.PASS for n in looks
        )
    return count


@pytest.mark.parametrize(("kind", "runs"), [("network.loss", 120), ("network.rtt", 40), ("within", 40)])
def test_peeking_with_the_truth_at_the_limit_gives_at_most_5_percent_false_passes(
    template: Any, kind: str, runs: int
) -> None:
    assert misled(template, kind, runs, watched=True) <= binom.ppf(0.999, runs, 0.05)


def test_peeking_at_fixed_n_bounds_gives_more_so_the_simulation_can_tell(template: Any) -> None:
    assert misled(template, "network.loss", 120, watched=False) > binom.ppf(0.999, 120, 0.05)


@pytest.mark.parametrize(
    ("n", "expected"), [(299, Verdict.INCONCLUSIVE), (416, Verdict.INCONCLUSIVE), (417, Verdict.PASS)]
)
def test_a_clean_p99_passes_at_417_packets_not_at_the_299_of_a_fixed_n(
    template: Any, n: int, expected: Verdict
) -> None:
    """417: first n of the anytime-valid bound, 299: of the fixed-n one (R, docs/explanations/watching.md)."""
    clean = grown(template, np.zeros(n, bool), 2 * BURST_LINK_NS)
    assert look(clean, "network.rtt", q="99 %") is expected
    assert look(clean, "network.loss", limit="<= 1 %") is expected
    assert look(clean, "within", limit=">= 99 %") is expected


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_pass_while_watching_needs_a_declared_longest_burst(template: Any, kind: str) -> None:
    clean = grown(template, np.zeros(3_000, bool), 2 * BURST_LINK_NS)
    assert look(clean, kind) is Verdict.PASS
    assert look(clean, kind, declared={}) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_longer_declared_burst_asks_for_more_packets(template: Any, kind: str) -> None:
    clean = grown(template, np.zeros(100, bool), 2 * BURST_LINK_NS)
    assert look(clean, kind) is Verdict.PASS
    assert look(clean, kind, declared={"longest_credible_burst": "20 packets"}) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_burst_longer_than_the_declared_one_was_seen_so_nothing_passes_while_watching(
    template: Any, kind: str
) -> None:
    bad = np.isin(np.arange(3_000), [1_000, 1_001, 1_002])
    assert look(grown(template, bad, BURST_LINK_NS // 2), kind, {"longest_credible_burst": "3 packets"}) is Verdict.PASS
    assert look(grown(template, bad, BURST_LINK_NS // 2), kind, ONE) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("declared", [ONE, {}])
def test_a_violation_is_proven_while_watching_with_and_without_a_declared_burst(
    template: Any, kind: str, declared: Mapping[str, Any]
) -> None:
    bad = np.arange(600) % 2 == 1
    assert look(grown(template, bad, 2 * BURST_LINK_NS), kind, declared) is Verdict.FAIL


def test_a_mean_or_a_limit_of_nothing_waits_for_the_planned_end(template: Any) -> None:
    clean = grown(template, np.zeros(3_000, bool), 2 * BURST_LINK_NS)
    assert look(clean, "network.loss", limit="<= 0 %") is Verdict.INCONCLUSIVE
    assert look(clean, "within", limit=">= 100 %") is Verdict.INCONCLUSIVE
