# SPDX-License-Identifier: Apache-2.0
"""An honest network at half the limit reaches PASS in the effort that its scenario states, in nine of ten repetitions or more."""

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from harness.model import About, Verdict
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.traces.conditions import IDLE, LOAD, step
from probes.network.traces.spans import Spans
from tests.probes.network.regimes import (
    DROP_ASKED,
    NO_LOAD,
    RARE_LOSS,
    READINGS,
    REGIMES,
    S,
    counted,
    drawn,
    filled,
    judged,
    published,
    reading_of,
    watched,
)

RUNS = 30
HONEST = ("independent", "Gilbert 10 s", "outages of 60 s", "slow drift")
RATE = 10.0
"""Probes a second, as the scenarios say."""
CONDITIONS = (IDLE, LOAD)
"""Each terminal of a site is proven under either, after one step up to the load."""
STEP_S, LOAD_BIT_S = 300, 100_000_000
WINDOWS = {
    "s01.latency": (READINGS["latency"], 0.01),
    "s01.loss": (RARE_LOSS, 0.001),
    "p04.latency": (READINGS["one-way"], 0.01),
}
"""What is asked of a window, and the share in violation that its limit allows."""
SHOWN = [*product(("s01.latency", "p04.latency"), HONEST), *product(("s01.loss",), HONEST[::2])]


def windows_that_pass(indicator: str, regime: str, runs: int) -> tuple[int, dict[str, Any]]:
    """Of how many windows with half of what is allowed the verdict is PASS, and the effort of each."""
    asked, share = WINDOWS[indicator]
    minimum, random = published(indicator, asked), np.random.default_rng(8)
    span, members = float(minimum["duration"].base), int(minimum["terminals"].base) if "terminals" in minimum else 1
    found = []
    site = "load" in reading_of(indicator).parameters
    if site:
        asked = (*asked[:2], {**asked[2], "load": "required"}, asked[3])
    for _ in range(runs):
        nodes = []
        for at, condition in product(range(members), CONDITIONS if site else ("",)):
            bad = filled(REGIMES[regime](random, span, share / 2), span, share / 2)
            nodes.append(replace(drawn(random, bad, span, RATE, f"T-{at}"), condition=condition))
        steps = [configured(f"T-{at}") for at in range(members)] if site else []
        run = loaded(span) if site else NO_LOAD
        found.append(judged([*nodes, *steps], asked, About.WINDOW, minimum=minimum, run=run))
    return found.count(Verdict.PASS), minimum


def configured(label: str) -> Node:
    """A terminal in the one step up to the load, five minutes that end before the run begins."""
    moments = Spans(PAUSE_NS, *(np.array([each], np.int64) for each in (-STEP_S * S, -S, STEP_S)))
    return replace(counted(np.empty((0, 2)), np.empty(0, np.int64), moments, label), condition=step(1))


def loaded(span: float) -> dict[str, Any]:
    """What the trace tells of a load of 100 Mbit/s that was sent as stated."""
    sent = LOAD_BIT_S // 8 * round(span)
    facts = {"load_bytes": sent, "load_wanted_bytes": sent, "load_ns": round(span) * S}
    facts |= {f"{step(1)}_bytes": LOAD_BIT_S // 8 * STEP_S, f"{step(1)}_ns": STEP_S * S}
    return {"loads": frozenset({LOAD_BIT_S}), "steps": frozenset({(1, LOAD_BIT_S)}), "facts": Counter(facts)}


def sites_that_pass(indicator: str, runs: int) -> tuple[int, dict[str, Any]]:
    """Of how many fleets watched for the week, each terminal off line for half of the permitted time in outages of 15 s."""
    minimum, random, found = published(indicator, DROP_ASKED), np.random.default_rng(9), []
    span = round(minimum["duration"].base)
    for _ in range(runs):
        nodes = []
        for at in range(int(minimum["terminals"].base)):
            starts = np.sort(random.integers(60, span - 60, random.poisson(span * 0.0005 / 2 / 15.0)))
            starts = starts[np.diff(starts, prepend=-100) > 40].astype(np.float64)
            nodes.append(watched(span, np.stack([starts, starts + 15.0], axis=1), f"T-{at}"))
        found.append(judged(nodes, DROP_ASKED, About.WINDOW, minimum=minimum))
    return found.count(Verdict.PASS), minimum


@pytest.mark.power(parameter="indicator")
@pytest.mark.parametrize(("indicator", "regime"), SHOWN)
def test_an_honest_window_at_half_the_limit_passes_in_the_stated_effort(indicator: str, regime: str) -> None:
    """With the scenario's own minimum and rate, and each terminal proven."""
    passed, _ = windows_that_pass(indicator, regime, RUNS)
    assert passed >= 0.9 * RUNS, f"{passed} of {RUNS}"


@pytest.mark.power(parameter="indicator")
@pytest.mark.parametrize("indicator", ["s01.dropout"])
def test_an_honest_site_at_half_the_limit_of_drop_outs_passes_in_the_stated_effort(indicator: str) -> None:
    passed, _ = sites_that_pass(indicator, 2 * RUNS)
    assert passed >= 0.9 * 2 * RUNS, f"{passed} of {2 * RUNS}"
