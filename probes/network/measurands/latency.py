# SPDX-License-Identifier: Apache-2.0
"""network.rtt: round-trip time, judged node by node; the worst node decides (facts: a pooled p99 hides one bad node).

PASS needs every node to hold at risk alpha (intersection-union, no correction); FAIL of any node shares beta among the
nodes. Of the agreed window, randomly timed probes are independent draws: order statistics and binomial bounds are exact
(:mod:`probes.network.measurands.window`). Of the system, sessions are. A lost packet is over any limit, and so is a slot
that was never sent, as far as PASS goes. A declared node that never answered is a part that nothing is proven of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from harness.kit import estimates
from harness.kit.listings import Listing
from harness.kit.parts import Part, every, least
from harness.model import About, BudgetItem, Estimate, Lack, Need, Outcome, Reason, Variant
from harness.plugins import Request, Shown
from harness.stats import quantile as ranks
from harness.stats.histogram import RankedHistogram, cut_of
from probes.network.digests.node import Node
from probes.network.digests.paths import nanoseconds
from probes.network.digests.round_trips import CREDIT_NS
from probes.network.measurands import figures, watched, window
from probes.network.measurands.journey import along, driven, off_track
from probes.network.measurands.load import phases
from probes.network.measurands.offered import TESTER
from probes.network.measurands.plausibility import shorter_than_cable
from probes.network.measurands.view import Evidence, preconditions, remarks
from probes.network.measurands.words import WORDS, listing, names

MS_NS = 1_000_000
WORST = 10
"""Nodes that the report names, worst first."""
_CREDIT = 10
"""The reflector's own time may take off a tenth of the limit."""
_FEW = 20
"""Too few times show no step of the clock that read them."""


class _Kind(NamedTuple):
    """How a statistic is computed for one node, also while the evidence grows, in which unit, by which method.

    ``counted``: of the system, what the instrument may be off is in the counts of packets.
    """

    part: Callable[[Node, Evidence, Request], Part]
    watched: Callable[[Node, Evidence, Request], Part]
    unit: str
    method: str
    counted: bool = True


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
    lists = (*lists, *phases.table(view.summaries))
    drawn = (figures.delays(view.nodes), figures.over_time(view.nodes), figures.strips(view.nodes))
    return Shown((*drawn, figures.node_table(view.nodes), *pictures), (*shown, *lists))


def round_trips(view: Evidence, request: Request, statistic: str) -> Outcome:
    """A statistic of the round trips of the worst node, with everything that is to be said beside it."""
    invalid, told = preconditions(view, request, round_trips=True), remarks(view, request)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    outcome = worst(view, request, statistic)
    if view.arrivals_only and request.parameter("lost") == "over-limit":
        outcome = replace(outcome, lacks=(*outcome.lacks, WORDS.lack("losses-unknown")))
    outcome = replace(outcome, lacks=(*outcome.lacks, *driven(view, request)))
    length = request.constant("cable_length")
    told += (*shorter_than_cable(view.answering, length, there_and_back=True), *off_track(view), *_held(view))
    return replace(_with_stalls(outcome, view, request, statistic), remarks=told)


def worst(view: Evidence, request: Request, statistic: str) -> Outcome:
    """The statement about all declared nodes of ``view``: each has to conform."""
    kind = KINDS[statistic]
    method = watched.METHOD if request.watched else _method(kind, request)
    parts = parts_of(view, request, statistic)
    everybody = [*parts, *window.silent(view)]
    outcome = every(everybody, request, kind.unit, WORDS.text(method), high_is_worse=kind.unit == "ms")
    outcome = replace(
        outcome,
        lacks=(*outcome.lacks, *window.design(view, request), *window.load(view, request)),
        effort=least(each.effort for each in parts),
        window=window.whole(view),
    )
    told = {
        "nodes": len(parts),
        "packets": sum(node.n for node in view.answering),
        "worst_nodes": _worst_of(parts, high=kind.unit == "ms"),
    }
    if outcome.estimate is None:
        return outcome
    return replace(outcome, estimate=_certified(_telling(outcome.estimate, told), request))


def _certified(estimate: Estimate, request: Request) -> Estimate:
    """With the expanded uncertainty (k = 2) that the tester's certificate states for times like the limit; a share has none."""
    u_ms = 0.0 if request.limit is None else request.certified(TESTER, request.limit.quantity) * 1000
    if estimate.unit != "ms" or not u_ms:
        return estimate
    item = BudgetItem(WORDS.text("component-tester"), "B", u_ms, "ms")
    return replace(estimate, allowance=estimate.allowance + 2 * u_ms, budget=(*estimate.budget, item))


def _method(kind: _Kind, request: Request) -> str:
    return f"{kind.method}-of-sessions" if request.about is About.PROCESS else kind.method


def _worst_of(parts: Sequence[Part], *, high: bool) -> list[str]:
    """The ten worst nodes by name."""
    known = [each for each in parts if each.value is not None]
    return [each.label for each in sorted(known, key=lambda each: each.value or 0, reverse=high)][:WORST]


def _held(view: Evidence) -> tuple[Reason, ...]:
    """Nodes whose reflector states that it kept packets for longer than is taken off."""
    late = [
        f"{node.label} ({node.residence_ns / MS_NS:.3g} ms)"
        for node in view.answering
        if node.counts["held"] and node.condition != "two-point"
    ]
    return (WORDS.reason("reflector-time", credit_ms=CREDIT_NS / MS_NS, names=late),) if late else ()


def parts_of(view: Evidence, request: Request, statistic: str = "") -> list[Part]:
    """Each answering node's own statement, with the risk of a false FAIL shared among them."""
    kind, asked = KINDS[statistic or request.reading.statistic], request.among(len(view.members))
    compute = kind.watched if request.watched else kind.part
    inside = request.watched or kind.unit != "ms" or (request.about is About.PROCESS and kind.counted)
    return [
        replace(
            compute(node, view, asked),
            allowance=0.0 if inside else slack(node, view, asked) / MS_NS,
            budget=(*view.budget("ms", 1 / MS_NS), *_budget(node, asked)),
            diagnostics={"worst": node.label, "reflector_ms": node.residence_ns / MS_NS},
            effort=window.effort(view, node, asked),
        )
        for node in view.answering
    ]


def slack(node: Node, view: Evidence, request: Request) -> int:
    """How far a delay may be off, ns: the instrument's floor, two clocks, half a step at either end, credit beyond a tenth of the limit."""
    return view.floor_ns + view.clocks_ns + _step(node) + _over_credit(node, request)


def _step(node: Node) -> int:
    """The step of the times read: each of two readings may be off by half of it. Steps of 1 ns are none."""
    return node.step_ns if node.counts["answered"] >= _FEW and node.step_ns > 1 else 0


def _over_credit(node: Node, request: Request) -> int:
    cut = _cut(request)
    return 0 if cut is None or not node.residence_ns else max(0, min(node.residence_ns, CREDIT_NS) - cut // _CREDIT)


def _budget(node: Node, request: Request) -> tuple[BudgetItem, ...]:
    items = {"component-step": _step(node), "component-reflector": _over_credit(node, request)}
    return tuple(BudgetItem(WORDS.text(key), "bound", each / MS_NS, "ms") for key, each in items.items() if each)


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


def _telling(estimate: Estimate, told: Mapping[str, object]) -> Estimate:
    return replace(estimate, diagnostics={**estimate.diagnostics, **told})


def _calm(node: Node) -> Node:
    """The node without answered probes that a stall touched; what was lost stays."""
    stalled = node.counts["stalled"]
    return replace(node, trips=node.calm, counts=node.counts - Counter(sent=stalled, answered=stalled))


def _quantile(node: Node, view: Evidence, request: Request) -> Part:
    if request.about is About.PROCESS:
        return _quantile_of_process(node, view, request)
    q, missed = request.share("q", "99 %"), window.unwatched(view, node)
    drawn, ranked, waiting = node.n + node.counts["unsent"], _ranked(node, request), _waiting(view)
    low_q, high_q = window.levels(q, missed)
    high = None if high_q is None else ranks.upper_rank(drawn, high_q, request.risk_above)
    low = None if low_q is None else ranks.lower_rank(drawn, low_q, request.risk_below)
    upper = math.inf if high is None or high > node.n else ranked.at(high)[1]
    first = 0 if low is None else low - node.counts["unsent"]
    lower = min(waiting, ranked.at(first)[0]) if first > 0 else None
    lacks, need = _missing(drawn, q, high_q, request) if high is None else ((), None)
    return Part(
        node.label,
        min(waiting, ranked.at(max(1, math.ceil(q * ranked.n)))[1]) / MS_NS,
        None if lower is None else lower / MS_NS,
        None if math.isinf(upper) else upper / MS_NS,
        node.n,
        float(drawn),
        lacks,
        need,
    )


def _missing(n: int, q: Fraction, level: Fraction | None, request: Request) -> tuple[tuple[Lack, ...], Need | None]:
    """Why there is no upper bound: too much of the window was not watched, or too few packets (ln(alpha) / ln(q))."""
    if level is None:
        return (WORDS.lack("window-not-watched", share=f"{float(1 - q) * 100:.3g} %"),), None
    least = math.ceil(math.log(request.risk_above) / math.log(level))
    least = max(least, n + 1)
    need = Need(WORDS.text("need-packets", least=least), "pass", "packets", least)
    return (WORDS.lack("too-few-packets", least=least),), need


def _quantile_of_process(node: Node, view: Evidence, request: Request) -> Part:
    """The limit itself is the bound once the system's share of packets over it is proven, either way."""
    q, ranked, cut, limit = request.share("q", "99 %"), _ranked(node, request), _cut(request), request.limit
    value = min(_waiting(view), ranked.at(max(1, math.ceil(q * ranked.n)))[1]) / MS_NS
    if cut is None or limit is None or not limit.upper:
        return Part(node.label, value, None, None, node.n, float(node.n))
    over = _over_of_process(node, cut, view, request)
    lower = Fraction(cut + 1, MS_NS) if over.lower is not None and over.lower > 1 - q else None
    upper = Fraction(cut, MS_NS) if over.upper is not None and over.upper <= 1 - q else None
    return replace(over, value=value, lower=lower, upper=upper)


def _over_of_process(node: Node, cut: int, view: Evidence, request: Request, *, good: bool = False) -> Part:
    extra, _fewer = _within_slack(node, cut, view, request)
    extra += node.counts["unsent"]
    return window.of_process(
        node, node.over[cut], request, min(extra, node.n - int(node.over[cut].count.sum())), good=good
    )


def _share(node: Node, view: Evidence, request: Request) -> Part:
    """Share of packets within the threshold; what the instrument may be off moves the threshold."""
    threshold = _threshold(request)
    over = int(node.over[threshold].count.sum())
    if request.about is About.PROCESS:
        part = estimates.complement(_over_of_process(node, threshold, view, request, good=True))
        return replace(part, value=1 - over / node.n)
    extra, fewer = _within_slack(node, threshold, view, request)
    found = window.share((over - fewer, over + extra), node, window.unwatched(view, node), request, good=True)
    return Part(node.label, 1 - over / node.n, 1 - found.upper, 1 - found.lower, node.n, float(node.n))


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
    return Part(node.label, window.mean_ms(node), None, None, node.n, 1.0, watched.no_limit())


def _watched_over(node: Node, cut: int, view: Evidence, request: Request, p0: Fraction) -> watched.Watched:
    """Share of packets lost or over ``cut``; within the instrument's floor of it a packet counts against either verdict."""
    table = Counter(node.over[cut].count.tolist())
    extra, fewer = _within_slack(node, cut, view, request)
    table[1] += extra
    return watched.bounds(table, node.n, p0, request, unsure=extra + fewer)


def _within_slack(node: Node, cut: int, view: Evidence, request: Request) -> tuple[int, int]:
    """Packets within ``cut`` that may be over it, and over it that may be within, by what a delay may be off."""
    room = slack(node, view, request)
    if not room:
        return 0, 0
    over, cuts = int(node.over[cut].count.sum()), _cuts(request)
    may = node.n - _ranks(node, lambda rank: node.rtt.bracket(rank, cuts)[1] <= cut - room)
    must = node.n - _ranks(node, lambda rank: node.rtt.bracket(rank, cuts)[0] <= cut + room)
    return max(0, may - over), max(0, over - must)


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


def _waiting(view: Evidence) -> int:
    """What is known of a lost packet's delay: at least this, ns."""
    return min(each for summary in view.summaries for each in summary.waiting)


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
            "reflector_ms": node.residence_ns / MS_NS,
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
        ("reflector_ms", "ms"),
    )
    return names("silent", view.mute), listing("nodes", columns, rows)


KINDS: Mapping[str, _Kind] = {
    "quantile": _Kind(_quantile, _watched_quantile, "ms", "method-order-statistics"),
    "mean": _Kind(window.mean, _watched_mean, "ms", "method-mean", counted=False),
    "share-within": _Kind(_share, _watched_share, "1", "method-share-within"),
}
