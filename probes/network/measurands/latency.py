# SPDX-License-Identifier: Apache-2.0
"""network.rtt: round-trip time, judged node by node; the worst node decides (facts: a pooled p99 hides one bad node).

PASS needs every node to hold at risk alpha (intersection-union, no correction); FAIL of any node shares beta among the
nodes. Exceedances come in runs, so order statistics use the effective number of packets from the runs of packets over
the limit (harness.stats.bursts). A lost packet is over any limit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from harness.kit import estimates
from harness.kit.listings import Listing
from harness.kit.parts import Part, every
from harness.model import Estimate, Lack, Need, Outcome, Variant
from harness.plugins import Request, Shown
from harness.stats import bursts
from harness.stats import quantile as ranks
from harness.stats.histogram import RankedHistogram, cut_of
from probes.network.digests.delays import Column
from probes.network.digests.node import Node
from probes.network.digests.paths import nanoseconds
from probes.network.measurands import figures, watched
from probes.network.measurands.journey import along, off_track
from probes.network.measurands.plausibility import shorter_than_cable
from probes.network.measurands.view import Evidence, preconditions, remarks, unheard
from probes.network.measurands.words import WORDS, listing, names

MS_NS = 1_000_000


class _Kind(NamedTuple):
    """How a statistic is computed for one node, also while the evidence grows, in which unit, and by which method."""

    part: Callable[[Node, Evidence, Request], Part]
    watched: Callable[[Node, Evidence, Request], Part]
    unit: str
    method: str


def quantile(view: Evidence, request: Request) -> Outcome:
    """The q-quantile of the worst node's round trips, ms."""
    return round_trips(view, request, "quantile")


def mean(view: Evidence, request: Request) -> Outcome:
    """The mean of the worst node's round trips, ms."""
    return round_trips(view, request, "mean")


def share_within(view: Evidence, request: Request) -> Outcome:
    """The worst node's share of packets whose round trip stayed within the threshold."""
    return round_trips(view, request, "share-within")


def show(view: Evidence, outcome: Outcome, request: Request) -> Shown:
    """The distribution, a table of nodes, and where it was slow; by node what the deciding reading says of each."""
    pictures, lists = along(view)
    parts = [] if outcome.estimate is None else parts_of(view, request)
    shown = by_node(view, parts, KINDS[request.reading.statistic].unit)
    return Shown((figures.delays(view.nodes), figures.node_table(view.nodes), *pictures), (*shown, *lists))


def round_trips(view: Evidence, request: Request, statistic: str) -> Outcome:
    """A statistic of the round trips of the worst node, with everything that is to be said beside it."""
    invalid, told = preconditions(view, request, round_trips=True), remarks(view)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    outcome = worst(view, request, statistic)
    outcome = replace(outcome, lacks=(*outcome.lacks, *unheard(view)))
    if view.arrivals_only and request.parameter("lost") == "over-limit":
        outcome = replace(outcome, lacks=(*outcome.lacks, WORDS.lack("losses-unknown")))
    length = request.constant("cable_length")
    told += (*shorter_than_cable(view.answering, length, there_and_back=True), *off_track(view))
    return replace(_with_stalls(outcome, view, request, statistic), remarks=told)


def worst(view: Evidence, request: Request, statistic: str) -> Outcome:
    """The statement about all answering nodes of ``view``: each has to conform."""
    kind = KINDS[statistic]
    method = watched.METHOD if request.watched else kind.method
    parts = parts_of(view, request, statistic)
    outcome = every(parts, request, kind.unit, WORDS.text(method), high_is_worse=kind.unit == "ms")
    told = {"nodes": len(parts), "packets": sum(node.n for node in view.answering)}
    return outcome if outcome.estimate is None else replace(outcome, estimate=_telling(outcome.estimate, told))


def parts_of(view: Evidence, request: Request, statistic: str = "") -> list[Part]:
    """Each answering node's own statement, with the risk of a false FAIL shared among them."""
    kind, asked = KINDS[statistic or request.reading.statistic], request.among(len(view.answering))
    compute = kind.watched if request.watched else kind.part
    floor = 0.0 if request.watched or kind.unit != "ms" else view.floor_ns / MS_NS
    return [
        replace(
            compute(node, view, asked),
            allowance=floor,
            budget=view.budget("ms", 1 / MS_NS),
            diagnostics={"worst": node.label},
        )
        for node in view.answering
    ]


def _with_stalls(outcome: Outcome, view: Evidence, request: Request, statistic: str) -> Outcome:
    """With the probes that a stall of this host touched, and as a variant what the estimate is without them."""
    stalled = sum(node.counts["stalled"] for node in view.answering)
    if request.watched or outcome.estimate is None:
        return outcome
    outcome = replace(outcome, estimate=_telling(outcome.estimate, {"stalled_packets": stalled}))
    calm = replace(view, nodes=tuple(_calm(node) for node in view.nodes))
    if not stalled or not calm.answering:
        return outcome
    seen = worst(calm, request, statistic)
    if seen.estimate is None:
        return outcome
    variant = Variant(WORDS.text("variant-without-stalled"), seen.estimate, seen.lacks)
    return replace(outcome, variants={"without-stalled": variant})


def _telling(estimate: Estimate, told: Mapping[str, int]) -> Estimate:
    return replace(estimate, diagnostics={**estimate.diagnostics, **told})


def _calm(node: Node) -> Node:
    """The node without answered probes that a stall touched; what was lost stays."""
    stalled = node.counts["stalled"]
    return replace(node, trips=node.calm, counts=node.counts - Counter(sent=stalled, answered=stalled))


def _quantile(node: Node, view: Evidence, request: Request) -> Part:
    q = request.share("q", "99 %")
    cut = _cut(request)
    lengths = (node.lost if cut is None else node.over[cut]).count
    runs = bursts.bounds(Counter(lengths.tolist()), node.n, request.risk_above, watched.longest_burst(request))
    ranked, waiting = _ranked(node, request), _waiting(view)
    n_up, n_low = max(1, math.floor(runs.n_eff)), _independent(node.n, lengths)
    high = ranks.upper_rank(n_up, q, request.risk_above)
    low = ranks.lower_rank(n_low, q, request.risk_below)
    upper = math.inf if high is None else ranked.at(min(ranked.n, math.ceil(high * ranked.n / n_up)))[1]
    lower = None if low is None else min(waiting, ranked.at(max(1, math.floor(low * ranked.n / n_low)))[0])
    lacks, need = _missing(runs, q, node.n, request) if runs.missing or high is None else ((), None)
    return Part(
        node.label,
        min(waiting, ranked.at(max(1, math.ceil(q * ranked.n)))[1]) / MS_NS,
        None if lower is None else lower / MS_NS,
        None if math.isinf(upper) else upper / MS_NS,
        node.n,
        float(n_up),
        lacks,
        need,
    )


def _missing(runs: bursts.BurstBounds, q: Fraction, n: int, request: Request) -> tuple[tuple[Lack, ...], Need | None]:
    """Why there is no upper bound: bursts of unknown length, or too few packets (ln(alpha) / ln(q) independent ones)."""
    if runs.missing is not None:
        return (Lack(runs.missing),), runs.need
    alone = math.ceil(math.log(request.risk_above) / math.log(q))
    least = alone * max(1, math.ceil(n / max(1, math.floor(runs.n_eff))))
    need = Need(WORDS.text("need-packets", least=least), "pass", "packets", least)
    return (WORDS.lack("too-few-packets", least=least),), need


def _mean(node: Node, _view: Evidence, request: Request) -> Part:
    rows = node.seconds
    if len(rows) >= estimates.BATCHES:
        return replace(estimates.mean(rows[:, 2] / MS_NS, rows[:, 1], request, node.label), n=node.n)
    seconds = estimates.BATCHES
    lack = WORDS.lack("too-short-for-mean", seconds=seconds)
    need = Need(WORDS.text("need-seconds", seconds=seconds), "pass", "seconds", seconds=float(seconds))
    return Part(node.label, _mean_ms(node), None, None, node.n, 1.0, (lack,), need)


def _share(node: Node, view: Evidence, request: Request) -> Part:
    """Share of packets within the threshold; the instrument's floor moves the threshold, not the count."""
    threshold = _threshold(request)
    lengths = node.over[threshold].count.tolist()
    part = estimates.bursty(Counter(lengths), node.n, request, watched.longest_burst(request), node.label, good=True)
    extra, fewer = _within_floor(node, threshold, view, request)
    return replace(
        part,
        lower=None if part.lower is None else max(0.0, part.lower - extra / node.n),
        upper=None if part.upper is None else min(1.0, part.upper + fewer / node.n),
        n=node.n,
    )


def _watched_quantile(node: Node, view: Evidence, request: Request) -> Part:
    """The limit itself is the bound once the share of packets over it is proven, either way; the floor is in the counts."""
    q, limit, ranked = request.share("q", "99 %"), request.limit, _ranked(node, request)
    value = min(_waiting(view), ranked.at(max(1, math.ceil(q * ranked.n)))[1]) / MS_NS
    cut = _cut(request)
    if limit is None or cut is None or not limit.upper:
        return Part(node.label, value, None, None, node.n, 1.0, watched.no_limit())
    over = _watched_over(node, cut, view, request, 1 - q)
    lower = Fraction(cut + 1, MS_NS) if over.lower > 1 - q else None
    upper = Fraction(cut, MS_NS) if over.upper is not None and over.upper <= 1 - q else None
    return Part(node.label, value, lower, upper, node.n, float(node.n), over.lacks)


def _watched_share(node: Node, view: Evidence, request: Request) -> Part:
    cut, limit = _threshold(request), request.limit
    value = 1 - int(node.over[cut].count.sum()) / node.n
    if limit is None or limit.quantity.dimension != "ratio" or limit.upper:
        return Part(node.label, value, None, None, node.n, 1.0, watched.no_limit())
    over = _watched_over(node, cut, view, request, 1 - limit.quantity.base)
    lower = None if over.upper is None else 1 - over.upper
    return Part(node.label, value, lower, 1 - over.lower, node.n, float(node.n), over.lacks)


def _watched_mean(node: Node, _view: Evidence, _request: Request) -> Part:
    return Part(node.label, _mean_ms(node), None, None, node.n, 1.0, watched.no_limit())


def _watched_over(node: Node, cut: int, view: Evidence, request: Request, p0: Fraction) -> watched.Watched:
    """Share of packets lost or over ``cut``; within the instrument's floor of it a packet counts against either verdict."""
    table = Counter(node.over[cut].count.tolist())
    extra, fewer = (max(0, each) for each in _within_floor(node, cut, view, request)) if view.floor_ns else (0, 0)
    table[1] += extra
    return watched.bounds(table, node.n, p0, request, unsure=extra + fewer)


def _within_floor(node: Node, cut: int, view: Evidence, request: Request) -> tuple[int, int]:
    """Packets within ``cut`` that may be over it, and over it that may be within, given the instrument's floor."""
    over, cuts = int(node.over[cut].count.sum()), _cuts(request)
    may = node.n - _ranks(node, lambda rank: node.rtt.bracket(rank, cuts)[1] <= cut - view.floor_ns)
    must = node.n - _ranks(node, lambda rank: node.rtt.bracket(rank, cuts)[0] <= cut + view.floor_ns)
    return may - over, over - must


def _ranks(node: Node, below: Callable[[int], bool]) -> int:
    """How many ranks, from the smallest value up, satisfy ``below`` (true, then false)."""
    low, high = 0, node.rtt.n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if below(middle) else (low, middle - 1)
    return low


def _ranked(node: Node, request: Request) -> RankedHistogram:
    """Round trips by rank, lost packets above all others; exact at this request's own cuts and no others."""
    return node.rtt.ranked(node.n - node.rtt.n, _cuts(request))


def _cut(request: Request) -> int | None:
    """The limit in ns, where it is a time."""
    limit = request.limit
    return cut_of(limit) if limit is not None and limit.quantity.dimension == "time" else None


def _cuts(request: Request) -> tuple[int, ...]:
    """The delays in ns that this request asks about."""
    cut = _cut(request)
    threshold = (_threshold(request),) if request.parameter("threshold") is not None else ()
    return threshold if cut is None else (cut, *threshold)


def _threshold(request: Request) -> int:
    return nanoseconds(request.reading.parameters["threshold"])


def _independent(n: int, lengths: Column) -> int:
    """Independent packets for a lower bound: y^2/v of the bursts seen, without any declared one."""
    sizes = lengths.astype(np.float64)
    deff = float((sizes * sizes).sum() / sizes.sum()) if len(sizes) else 1.0
    return max(1, math.floor(n / deff))


def _waiting(view: Evidence) -> int:
    """What is known of a lost packet's delay: at least this, ns."""
    return min(each for summary in view.summaries for each in summary.waiting)


def _mean_ms(node: Node) -> float:
    return node.rtt.total / max(1, node.rtt.n) / MS_NS


def by_node(view: Evidence, parts: Sequence[Part], unit: str) -> tuple[Listing, ...]:
    """The silent nodes, and each other node's own statement where there are any."""
    rows = [
        {
            "node": node.label,
            "address": node.address,
            "sent": node.n,
            "lost": node.counts["lost"],
            "value": part.value,
            "lower": part.lower,
            "upper": part.upper,
        }
        for node, part in zip(view.answering if parts else (), parts, strict=True)
    ]
    columns = (
        ("node", ""),
        ("address", ""),
        ("sent", ""),
        ("lost", ""),
        ("value", unit),
        ("lower", unit),
        ("upper", unit),
    )
    return names("silent", view.mute), listing("nodes", columns, rows)


KINDS: Mapping[str, _Kind] = {
    "quantile": _Kind(_quantile, _watched_quantile, "ms", "method-order-statistics"),
    "mean": _Kind(_mean, _watched_mean, "ms", "method-batch-means"),
    "share-within": _Kind(_share, _watched_share, "1", "method-share-within"),
}
