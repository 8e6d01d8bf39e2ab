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
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from harness.decide import decide
from harness.model import Criterion, Estimate, Outcome, Reason
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import bursts, quantile
from harness.stats.histogram import cut_of
from probes.network.digests.node import Node
from probes.network.digests.paths import nanoseconds
from probes.network.measurands import figures, sentences, watched
from probes.network.measurands.journey import along, track_in
from probes.network.measurands.mean_bounds import mean_bounds
from probes.network.measurands.plausibility import shorter_than_cable
from probes.network.measurands.view import Evidence, concluded, gather, preconditions, remarks

MS_NS = 1_000_000
Number = float | Fraction


@dataclass(frozen=True, slots=True)
class Bounded:
    """One node's statistic in the estimate's unit, with one-sided bounds; ``None``: nothing can be said on that side."""

    node: Node
    value: float
    lower: float | Fraction | None
    upper: float | Fraction | None
    n_eff: float
    missing: Reason | None = None
    need: Mapping[str, Any] | None = None


Statistic = Callable[[Node, Evidence, Request, Fraction], Bounded]


class _Kind(NamedTuple):
    """How a statistic is computed for one node, in which unit, and what it is called."""

    statistic: Statistic
    unit: str
    method: str


def rtt(inputs: Sequence[Input], request: Request) -> Outcome:
    """The round-trip time of the worst node, by the reading's statistic: quantile, mean or share-within."""
    evidence = gather(inputs)
    invalid = preconditions(evidence, request)
    if request.reading.statistic not in KINDS:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence), listing=listing(evidence, ()))
    found, bounded = estimate(evidence, request)
    lacking, need = missing(bounded)
    if evidence.arrivals_only and request.reading.parameters.get("lost") == "over-limit":
        lacking = (*lacking, sentences.LOSSES_UNKNOWN)
    where, pictures, off = along(evidence, track_in(inputs))
    return concluded(
        found if request.watched else replace(found, diagnostics={**found.diagnostics, **_stalls(evidence, request)}),
        request,
        missing=lacking,
        remarks=(
            *remarks(evidence),
            *shorter_than_cable(evidence.answering, request.context.declared, there_and_back=True),
            *off,
        ),
        need=need,
        figures=(figures.delays(evidence.nodes), figures.node_table(evidence.nodes), *pictures),
        listing={**listing(evidence, bounded), **where},
    )


def estimate(evidence: Evidence, request: Request) -> tuple[Estimate, list[Bounded]]:
    """The statement about all answering nodes of ``evidence``, and each node's own."""
    kind = (WATCHED if request.watched else KINDS)[request.reading.statistic]
    beta = request.beta / len(evidence.answering)
    bounded = [kind.statistic(node, evidence, request, beta) for node in evidence.answering]
    return _worst(bounded, kind, request, evidence), bounded


def _stalls(evidence: Evidence, request: Request) -> dict[str, Any]:
    """Probes that a stall of this host touched, and what the estimate and the verdict are without them."""
    stalled = sum(node.counts["stalled"] for node in evidence.answering)
    calm = replace(evidence, nodes=tuple(_calm(node) for node in evidence.nodes))
    if not stalled or not calm.answering:
        return {"stalled_packets": stalled}
    found, bounded = estimate(calm, request)
    lacking, _need = missing(bounded)
    criterion = Criterion(request.reading, request.limit, request.rule, found.confidence)
    verdict = "" if request.limit is None else str(decide(Outcome(found, missing=lacking), criterion).verdict)
    seen = {"value": found.value, "lower": found.lower, "upper": found.upper, "verdict": verdict}
    return {"stalled_packets": stalled, "without_stalled": seen}


def _calm(node: Node) -> Node:
    """The node without answered probes that a stall touched; what was lost stays."""
    stalled = node.counts["stalled"]
    return replace(node, trips=node.calm, counts=node.counts - Counter(sent=stalled, answered=stalled))


def _worst(bounded: Sequence[Bounded], kind: _Kind, request: Request, evidence: Evidence) -> Estimate:
    """The statement about all nodes: as bad as the worst value, the worst lower and the worst upper bound."""
    upper_is_worse = kind.unit == "ms"
    worst = (max if upper_is_worse else min)(bounded, key=lambda each: each.value)
    lowers, uppers = [each.lower for each in bounded], [each.upper for each in bounded]
    choose = _largest if upper_is_worse else _smallest
    lower = choose([each for each in lowers if each is not None]) if upper_is_worse else _all(lowers, choose)
    upper = _all(uppers, choose) if upper_is_worse else choose([each for each in uppers if each is not None])
    return Estimate(
        value=worst.value,
        unit=kind.unit,
        n=worst.node.n,
        n_eff=min(each.n_eff for each in bounded),
        lower=lower,
        upper=upper,
        confidence=1 - max(request.alpha, request.beta),
        method=kind.method,
        allowance=evidence.floor_ns / MS_NS if upper_is_worse and not request.watched else 0.0,
        budget=evidence.budget("ms", 1 / MS_NS),
        diagnostics={"nodes": len(bounded), "worst": worst.node.label, "packets": sum(each.node.n for each in bounded)},
    )


def _largest(values: Sequence[Number]) -> Number | None:
    return max(values, default=None)


def _smallest(values: Sequence[Number]) -> Number | None:
    return min(values, default=None)


def _all(values: Sequence[Number | None], choose: Callable[[Sequence[Number]], Number | None]) -> Number | None:
    """Their worst, when each of them is known."""
    known = [each for each in values if each is not None]
    return choose(known) if len(known) == len(values) else None


def _quantile(node: Node, evidence: Evidence, request: Request, beta: Fraction) -> Bounded:
    q = Quantity.parse(str(request.reading.parameters["q"])).base
    runs, limited = _runs(node, request, request.alpha)
    ranked = node.rtt.ranked(node.n - node.rtt.n)
    n_up, n_low = max(1, math.floor(runs.n_eff)), _independent_below(node, limited)
    high = quantile.upper_rank(n_up, q, request.alpha)
    low = quantile.lower_rank(n_low, q, beta)
    waiting = _waiting(evidence)
    upper = math.inf if high is None else ranked.at(min(ranked.n, math.ceil(high * ranked.n / n_up)))[1]
    lower = None if low is None else min(waiting, ranked.at(max(1, math.floor(low * ranked.n / n_low)))[0])
    value = min(waiting, ranked.at(max(1, math.ceil(q * ranked.n)))[1])
    least = _least(q, request.alpha) * max(1, math.ceil(node.n / n_up))
    short = sentences.short(least, [node.label]) if high is None else None
    return Bounded(
        node,
        value / MS_NS,
        None if lower is None else lower / MS_NS,
        None if math.isinf(upper) else upper / MS_NS,
        float(n_up),
        runs.missing or short,
        runs.need if runs.missing else ({"packets_per_node": least} if short else None),
    )


def _share(node: Node, evidence: Evidence, request: Request, beta: Fraction) -> Bounded:
    """Share of packets within the threshold; the instrument's floor moves the threshold, not the count."""
    threshold = nanoseconds(request.reading.parameters["threshold"])
    over = node.over[threshold]
    table = _table(over.count.tolist())
    declared = watched.declared_burst(request)
    runs = bursts.bounds(table, node.n, request.alpha, declared)
    extra = _above_at_most(node, threshold - evidence.floor_ns) - int(over.count.sum())
    fewer = int(over.count.sum()) - _above_at_least(node, threshold + evidence.floor_ns)
    proven = bursts.bounds(table, node.n, beta, declared)
    upper = None if runs.upper is None else max(0.0, 1 - runs.upper - extra / node.n)
    return Bounded(
        node,
        1 - runs.value,
        upper,
        min(1.0, 1 - proven.lower + fewer / node.n),
        runs.n_eff,
        runs.missing,
        runs.need if runs.missing else None,
    )


def _mean(node: Node, _evidence: Evidence, request: Request, beta: Fraction) -> Bounded:
    bounds = mean_bounds(node.seconds, request.alpha, beta)
    if bounds is None:
        least = sentences.reason(
            "too-short",
            f"{node.label} 的记录不足 20 个时间段，无法给出均值的置信界。",
            f"The record of {node.label} has fewer than 20 stretches of time, so its mean has no bounds.",
        )
        return Bounded(node, node.rtt.total / max(1, node.rtt.n) / MS_NS, None, None, 1.0, least, {"seconds": 20})
    value, lower, upper, n_eff = bounds
    return Bounded(node, value / MS_NS, lower / MS_NS, upper / MS_NS, n_eff)


def _watched_quantile(node: Node, evidence: Evidence, request: Request, beta: Fraction) -> Bounded:
    """The limit itself is the bound once the share of packets over it is proven, either way; the floor is in the counts."""
    q = Quantity.parse(str(request.reading.parameters["q"])).base
    limit, ranked = request.limit, node.rtt.ranked(node.n - node.rtt.n)
    value = min(_waiting(evidence), ranked.at(max(1, math.ceil(q * ranked.n)))[1]) / MS_NS
    if limit is None or limit.quantity.dimension != "time" or not limit.upper:
        return Bounded(node, value, None, None, 1.0, watched.NO_LIMIT)
    cut = cut_of(limit)
    over = _watched_over(node, cut, evidence, request, p0=1 - q, beta=beta)
    lower = Fraction(cut + 1, MS_NS) if over.lower > 1 - q else None
    upper = Fraction(cut, MS_NS) if over.upper is not None and over.upper <= 1 - q else None
    return Bounded(node, value, lower, upper, float(node.n), over.missing)


def _watched_share(node: Node, evidence: Evidence, request: Request, beta: Fraction) -> Bounded:
    cut, limit = nanoseconds(request.reading.parameters["threshold"]), request.limit
    value = 1 - int(node.over[cut].count.sum()) / node.n
    if limit is None or limit.quantity.dimension != "ratio" or limit.upper:
        return Bounded(node, value, None, None, 1.0, watched.NO_LIMIT)
    over = _watched_over(node, cut, evidence, request, p0=1 - limit.quantity.base, beta=beta)
    lower = None if over.upper is None else 1 - over.upper
    return Bounded(node, value, lower, 1 - over.lower, float(node.n), over.missing)


def _watched_mean(node: Node, _evidence: Evidence, _request: Request, _beta: Fraction) -> Bounded:
    return Bounded(node, node.rtt.total / max(1, node.rtt.n) / MS_NS, None, None, 1.0, watched.NO_LIMIT)


def _watched_over(
    node: Node, cut: int, evidence: Evidence, request: Request, *, p0: Fraction, beta: Fraction
) -> watched.Watched:
    """Share of packets lost or over ``cut``; within the instrument's floor of it a packet counts against either verdict."""
    over, floor = node.over[cut].count, evidence.floor_ns
    table, seen = Counter(over.tolist()), int(over.sum())
    extra = max(0, _above_at_most(node, cut - floor) - seen) if floor else 0
    fewer = max(0, seen - _above_at_least(node, cut + floor)) if floor else 0
    table[1] += extra
    return watched.bounds(table, node.n, p0, (request.alpha, beta), request, unsure=extra + fewer)


def _runs(node: Node, request: Request, alpha: Fraction) -> tuple[bursts.BurstBounds, int | None]:
    """Bursts of packets over the limit, and its cut in ns; without a limit in time, bursts of lost packets."""
    limit = request.limit
    cut = cut_of(limit) if limit is not None and limit.quantity.dimension == "time" else None
    over = node.lost if cut is None else node.over[cut]
    return bursts.bounds(_table(over.count.tolist()), node.n, alpha, watched.declared_burst(request)), cut


def _independent_below(node: Node, cut: int | None) -> int:
    """Independent packets for a lower bound: y^2/v of the bursts seen, without any declared one."""
    lengths = (node.lost if cut is None else node.over[cut]).count.astype(np.float64)
    deff = float((lengths * lengths).sum() / lengths.sum()) if len(lengths) else 1.0
    return max(1, math.floor(node.n / deff))


def _table(lengths: Sequence[int]) -> dict[int, int]:
    table: dict[int, int] = {}
    for length in lengths:
        table[length] = table.get(length, 0) + 1
    return table


def _waiting(evidence: Evidence) -> int:
    """What is known of a lost packet's delay: at least this, ns."""
    return min(each for summary in evidence.summaries for each in summary.waiting)


def _least(q: Fraction, alpha: Fraction) -> int:
    """Packets from which an upper bound of the q-quantile exists at all: ln(alpha) / ln(q)."""
    return math.ceil(math.log(alpha) / math.log(q))


def _above_at_most(node: Node, value: int) -> int:
    """Packets that may be above ``value`` or were lost: those whose bin reaches beyond it."""
    return node.n - _ranks(node, lambda edges: edges[1] <= value)


def _above_at_least(node: Node, value: int) -> int:
    """Packets that certainly are above ``value`` or were lost."""
    return node.n - _ranks(node, lambda edges: edges[0] <= value)


def _ranks(node: Node, below: Callable[[tuple[int, int]], bool]) -> int:
    """How many ranks, from the smallest value up, satisfy ``below`` (true, then false)."""
    low, high = 0, node.rtt.n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if below(node.rtt.bracket(middle)) else (low, middle - 1)
    return low


def missing(bounded: Sequence[Bounded]) -> tuple[tuple[Reason, ...], dict[str, Any]]:
    """Why some node has no bound, each kind once with the nodes named; and what would help most."""
    by_code: dict[str, list[Bounded]] = {}
    for each in bounded:
        if each.missing is not None:
            by_code.setdefault(each.missing.code, []).append(each)
    reasons: list[Reason] = []
    need: dict[str, Any] = {}
    for code, found in by_code.items():
        if code == "network.too-few-packets":
            least = max((each.need or {}).get("packets_per_node", 0) for each in found)
            reasons.append(sentences.short(least, [each.node.label for each in found]))
            need["packets_per_node"] = least
        else:
            reasons += [each.missing for each in found[:1] if each.missing is not None]
            need.update(found[0].need or {})
    return tuple(reasons), need


def listing(evidence: Evidence, bounded: Sequence[Bounded]) -> dict[str, Any]:
    """Each node's own statement, and the silent ones, as JSON."""
    return {
        "silent": evidence.mute,
        "nodes": [
            {
                "node": each.node.label,
                "address": each.node.address,
                "sent": each.node.n,
                "lost": each.node.counts["lost"],
                "value": each.value,
                "lower": each.lower,
                "upper": each.upper,
            }
            for each in bounded
        ],
    }


KINDS: Mapping[str, _Kind] = {
    "quantile": _Kind(_quantile, "ms", "order statistics at the effective n, worst node"),
    "mean": _Kind(_mean, "ms", "batch means over time, worst node"),
    "share-within": _Kind(_share, "1", "Fay-Feuer on bursts of packets over the threshold, worst node"),
}
WATCHED: Mapping[str, _Kind] = {
    "quantile": _Kind(_watched_quantile, "ms", watched.METHOD),
    "mean": _Kind(_watched_mean, "ms", "none while the evidence grows"),
    "share-within": _Kind(_watched_share, "1", watched.METHOD),
}
