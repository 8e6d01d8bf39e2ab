# SPDX-License-Identifier: Apache-2.0
"""network.loss: packets sent that brought no reply within the waiting time, as a ratio (RFC 6673 round-trip loss, RFC 7680 for Tmax).

Judged node by node: of the agreed window exactly, from randomly timed packets, of the system by sessions
(:mod:`probes.network.measurands.window`). A reply that came after the waiting time is a loss and
is counted late as well; a slot that was never sent is no loss, and no proof that nothing was lost then. The denominator
of the value is packets really sent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

from harness.kit.figures import Bars
from harness.kit.listings import Listing
from harness.kit.parts import Part, every, least
from harness.model import About, Outcome, Reason
from harness.plugins import Request, Shown
from harness.stats import binomial, bursts
from probes.network.digests.node import Node
from probes.network.measurands import figures, watched, window
from probes.network.measurands.journey import driven
from probes.network.measurands.load import phases
from probes.network.measurands.view import Evidence, preconditions, remarks
from probes.network.measurands.words import WORDS, listing, names

_SURE = Fraction(1, 1000)
COUNTS = ("sent", "lost", "late", "duplicate", "reordered", "alien", "forged", "foreign", "unsent", "stalled")
_WAYS = ("lost_forward", "lost_backward", "lost_unknown")


def ratio(view: Evidence, request: Request) -> Outcome:
    """The loss ratio of the worst node; of one that never answered nothing is proven."""
    invalid, told = preconditions(view, request, losses=True, pairs=False), (*remarks(view, request), *by_size(view))
    if view.dropped:
        key = "capture-drops" if view.capture_drops else "socket-overflow"
        invalid = (*invalid, WORDS.reason(key, count=view.dropped))
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    asked = request.among(len(view.members))
    part = _watched if request.watched else _part
    waiting = sorted({each / 1e9 for summary in view.summaries for each in summary.waiting})
    key = "method-loss-of-sessions" if request.about is About.PROCESS else "method-loss"
    method = WORDS.text(watched.METHOD) if request.watched else WORDS.text(key, waiting=waiting)
    parts = [part(node, view, asked) for node in view.answering]
    outcome = every([*parts, *window.silent(view)], request, "1", method)
    outcome = replace(
        outcome,
        lacks=(*outcome.lacks, *window.design(view, request), *window.load(view, request), *driven(view, request)),
        effort=least(each.effort for each in parts),
        window=window.whole(view),
    )
    if outcome.estimate is None or request.watched:
        return replace(outcome, remarks=told)
    more = {"nodes": len(view.answering), "waiting_time_s": waiting, **_pooled(view)}
    estimate = replace(outcome.estimate, diagnostics={**outcome.estimate.diagnostics, **more})
    return replace(outcome, estimate=estimate, remarks=told)


def show(view: Evidence, _outcome: Outcome, _request: Request) -> Shown:
    """Lengths of bursts, a table of nodes, and on which way each node lost packets."""
    return Shown(
        (_bursts(view), figures.node_table(view.nodes)),
        (names("silent", view.mute), _nodes(view), *_sizes(view), *phases.table(view.summaries)),
    )


def by_size(view: Evidence) -> tuple[Reason, ...]:
    """That packets of one size are lost more often than those of another, beyond chance: a limit on their length, or a full queue."""
    counts = _by_size(view)
    known = [(size, sent, lost) for size, (sent, lost) in sorted(counts.items()) if size and sent]
    worst = max(known, key=lambda each: each[2] / each[1], default=None)
    best = min(known, key=lambda each: each[2] / each[1], default=None)
    if (
        worst is None
        or best is None
        or binomial.lower(worst[2], worst[1], _SURE) <= binomial.upper(best[2], best[1], _SURE)
    ):
        return ()
    shares = [f"{size} B: {lost} / {sent} ({100 * lost / sent:.3g} %)" for size, sent, lost in known]
    return (WORDS.reason("loss-by-size", size=worst[0], names=shares),)


def _by_size(view: Evidence) -> dict[int, tuple[int, int]]:
    """Packets sent and lost by bytes of their payload, all answering nodes together."""
    found: dict[int, tuple[int, int]] = {}
    for node in view.answering:
        for size, (sent, lost) in node.rhythm.sizes.items():
            before = found.get(size, (0, 0))
            found[size] = before[0] + sent, before[1] + lost
    return found


def _sizes(view: Evidence) -> tuple[Listing, ...]:
    """Where packets of several sizes were sent, what was lost of each."""
    rows = [
        {"size": size, "sent": sent, "lost": lost, "share": 100 * lost / sent}
        for size, (sent, lost) in sorted(_by_size(view).items())
        if size and sent
    ]
    columns = (("size", "B"), ("sent", ""), ("lost", ""), ("share", "%"))
    return (listing("by_size", columns, rows),) if len(rows) > 1 else ()


def _part(node: Node, view: Evidence, request: Request) -> Part:
    lost, unsent = node.counts["lost"], node.counts["unsent"]
    if request.about is About.PROCESS:
        part = window.of_process(node, node.lost, request, min(unsent, node.n - lost))
    else:
        found = window.share((lost, lost), node, window.unwatched(view, node), request)
        part = Part(node.label, found.value, found.lower, found.upper, node.n, float(node.n))
    effort = window.effort(view, node, request)
    return replace(part, value=lost / node.n, diagnostics={"worst": node.label}, effort=effort)


def _watched(node: Node, _view: Evidence, request: Request) -> Part:
    """Bounds that hold at every look."""
    limit, value = request.limit, Fraction(node.counts["lost"], node.n)
    p0 = Fraction(0) if limit is None or limit.quantity.dimension != "ratio" or not limit.upper else limit.quantity.base
    seen = watched.bounds(_table(node), node.n, p0, request)
    return Part(node.label, float(value), seen.lower, seen.upper, node.n, float(node.n), seen.lacks)


def _table(node: Node) -> Counter[int]:
    """How many bursts of each length."""
    return Counter(node.lost.count.tolist())


def _pooled(view: Evidence) -> dict[str, Any]:
    """Totals over the answering nodes, and Gilbert's chain fitted to all bursts: description only."""
    totals = {name: sum(node.counts[name] for node in view.answering) for name in COUNTS}
    table = _all_bursts(view)
    fitted = bursts.gilbert(table, totals["sent"]) if totals["sent"] else None
    chain = {} if fitted is None else {"gilbert": {"p": fitted.p, "r": fitted.r, "mean_burst": fitted.mean_burst}}
    return {"packets": totals, "longest_burst": max(table, default=0), "bursts": sum(table.values()), **chain}


def _all_bursts(view: Evidence) -> Counter[int]:
    table: Counter[int] = Counter()
    for node in view.answering:
        table.update(_table(node))
    return table


def _bursts(view: Evidence) -> Bars:
    """How many bursts of each length, all nodes together."""
    table = _all_bursts(view)
    lengths = sorted(table)
    labels = [str(each) for each in lengths]
    return Bars(WORDS.text("figure-bursts"), "1", labels, [table[each] for each in lengths])


def _nodes(view: Evidence) -> Listing:
    rows = [
        {"node": node.label, "address": node.address, **{name: node.counts[name] for name in COUNTS}, **_ways(node)}
        for node in view.nodes
    ]
    return listing("nodes", [(name, "") for name in ("node", "address", *COUNTS, *_WAYS)], rows)


def _ways(node: Node) -> dict[str, Any]:
    """On which way packets were lost, where a stateful reflector's counter tells; None where nothing does."""
    split = node.ledger.split
    known = node.counts["one_way"] > 0 and split.counted
    forward, backward = (split.forward, split.backward) if known else (None, None)
    return dict(zip(_WAYS, (forward, backward, split.unknown if known else node.counts["lost"]), strict=True))
