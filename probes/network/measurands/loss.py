# SPDX-License-Identifier: Apache-2.0
"""network.loss: packets sent that brought no reply within the waiting time, as a ratio (RFC 6673 round-trip loss, RFC 7680 for Tmax).

Judged node by node on bursts (Fay-Feuer, harness.stats.bursts). A reply that came after the waiting time is a loss and
is counted late as well; a slot that was never sent is no loss. The denominator is packets really sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Input, Request
from harness.stats import bursts
from probes.network.digests.node import Node
from probes.network.measurands import capture_sentences, figures, sentences, watched
from probes.network.measurands.view import Evidence, concluded, gather, preconditions, remarks

COUNTS = ("sent", "lost", "late", "duplicate", "reordered", "alien", "forged", "foreign", "unsent", "stalled")


def loss(inputs: Sequence[Input], request: Request) -> Outcome:
    """The loss ratio of the worst node; silent nodes are left out and named."""
    evidence = gather(inputs)
    invalid = preconditions(evidence, request)
    if evidence.dropped:
        lost_here = capture_sentences.capture_drops if evidence.capture_drops else sentences.overflow
        invalid = (*invalid, lost_here(evidence.dropped))
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence), listing=_listing(evidence))
    if request.watched:
        return _watched(evidence, request)
    longest = watched.declared_burst(request)
    tables = {node.key: dict(Counter(node.lost.count.tolist())) for node in evidence.answering}
    found = [
        (
            node,
            bursts.bounds(tables[node.key], node.n, request.alpha, longest),
            _proven(tables[node.key], node.n, request, evidence),
        )
        for node in evidence.answering
    ]
    worst, seen, _ = max(found, key=lambda each: each[1].value)
    uppers = [each.upper for _, each, _ in found]
    open_end = next((each for _, each, _ in found if each.missing is not None), None)
    waiting = sorted({each / 1e9 for summary in evidence.summaries for each in summary.waiting})
    estimate = Estimate(
        value=seen.value,
        unit="1",
        n=worst.n,
        n_eff=min(each.n_eff for _, each, _ in found),
        lower=max(lower for _, _, lower in found),
        upper=None if None in uppers else max(each for each in uppers if each is not None),
        confidence=1 - max(request.alpha, request.beta),
        method=f"Fay-Feuer on bursts, at least Clopper-Pearson, worst node; Tmax {_listed(waiting)} s (RFC 7680)",
        diagnostics={"nodes": len(found), "worst": worst.label, "waiting_time_s": waiting, **_pooled(evidence)},
    )
    return concluded(
        estimate,
        request,
        missing=() if open_end is None or open_end.missing is None else (open_end.missing,),
        remarks=remarks(evidence),
        need={} if open_end is None else open_end.need,
        figures=(_bursts(tables.values()), figures.node_table(evidence.nodes)),
        listing=_listing(evidence),
    )


def _watched(evidence: Evidence, request: Request) -> Outcome:
    """The worst node's loss ratio with bounds that hold at every look; the outcome so far."""
    limit, nodes = request.limit, evidence.answering
    p0 = Fraction(0) if limit is None or limit.quantity.dimension != "ratio" or not limit.upper else limit.quantity.base
    risks = request.alpha, request.beta / len(nodes)
    found = [watched.bounds(Counter(node.lost.count.tolist()), node.n, p0, risks, request) for node in nodes]
    uppers = [each.upper for each in found if each.upper is not None]
    worst = max(nodes, key=lambda node: Fraction(node.counts["lost"], node.n))
    estimate = Estimate(
        value=worst.counts["lost"] / worst.n,
        unit="1",
        n=worst.n,
        n_eff=float(worst.n),
        lower=max(each.lower for each in found),
        upper=max(uppers) if len(uppers) == len(found) else None,
        confidence=1 - max(request.alpha, request.beta),
        method=watched.METHOD,
    )
    lacking = tuple({each.missing for each in found if each.missing is not None})
    return concluded(estimate, request, missing=lacking, remarks=remarks(evidence))


def _proven(table: dict[int, int], n: int, request: Request, evidence: Evidence) -> float:
    """The lower bound of one node, with the risk of a false FAIL shared among the nodes."""
    return bursts.bounds(table, n, request.beta / len(evidence.answering)).lower


def _pooled(evidence: Evidence) -> dict[str, Any]:
    """Totals over the answering nodes, and Gilbert's chain fitted to all bursts: description only."""
    totals = {name: sum(node.counts[name] for node in evidence.answering) for name in COUNTS}
    table: Counter[int] = Counter()
    for node in evidence.answering:
        table.update(node.lost.count.tolist())
    fitted = bursts.gilbert(table, totals["sent"]) if totals["sent"] else None
    chain = {} if fitted is None else {"gilbert": {"p": fitted.p, "r": fitted.r, "mean_burst": fitted.mean_burst}}
    return {"packets": totals, "longest_burst": max(table, default=0), "bursts": sum(table.values()), **chain}


def _ways(node: Node) -> dict[str, Any]:
    """On which way packets were lost, where a stateful reflector's counter tells; None where nothing does."""
    split = node.ledger.split
    known = node.counts["one_way"] > 0 and split.counted
    return {
        "lost_forward": split.forward if known else None,
        "lost_backward": split.backward if known else None,
        "lost_unknown": split.unknown if known else node.counts["lost"],
    }


def _listed(seconds: Sequence[float]) -> str:
    return ", ".join(f"{each:g}" for each in seconds)


def _bursts(tables: Any) -> Figure:
    """How many bursts of each length, all nodes together."""
    table: Counter[int] = Counter()
    for each in tables:
        table.update(each)
    lengths = sorted(table)[: figures.POINTS]
    title = Text("连续丢包长度分布（包）", "Lengths of loss bursts (packets)")
    return Figure(
        "bars", title, "1", {"labels": [str(each) for each in lengths], "values": [table[each] for each in lengths]}
    )


def _listing(evidence: Evidence) -> dict[str, Any]:
    nodes = [
        {
            "node": node.label,
            "address": node.address,
            **{name: node.counts[name] for name in COUNTS},
            **_ways(node),
        }
        for node in evidence.nodes
    ]
    return {"silent": evidence.mute, "nodes": nodes}
