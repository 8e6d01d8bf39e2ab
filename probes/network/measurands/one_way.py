# SPDX-License-Identifier: Apache-2.0
"""network.owd: one-way delay (RFC 7679), each direction of each node judged apart; the worst decides.

It stands on two clocks. Unless every packet used was stamped by two clocks that both state they are synchronised, and
none was stepped, the verdict is INVALID. The largest sum of both stated errors is a hard bound beside the statistics.
"""

from __future__ import annotations

import math
from dataclasses import replace

from harness.model import BudgetItem, Estimate, Outcome, Reason
from harness.plugins import Request, Shown
from probes.network.digests.node import Node
from probes.network.measurands import figures, latency
from probes.network.measurands.plausibility import shorter_than_cable
from probes.network.measurands.view import Evidence, preconditions, remarks
from probes.network.measurands.words import WORDS


def quantile(view: Evidence, request: Request) -> Outcome:
    """The q-quantile of the worst direction of the worst node, ms."""
    return _one_way(view, request, "quantile")


def mean(view: Evidence, request: Request) -> Outcome:
    """The mean of the worst direction of the worst node, ms."""
    return _one_way(view, request, "mean")


def share_within(view: Evidence, request: Request) -> Outcome:
    """The worst direction's share of packets that were there within the threshold."""
    return _one_way(view, request, "share-within")


def show(view: Evidence, outcome: Outcome, request: Request) -> Shown:
    """A table of the directions, and what the deciding reading says of each; of the nodes where there is no estimate."""
    if outcome.estimate is None:
        return Shown((figures.node_table(view.nodes),))
    seen = directed(view)
    lists = latency.by_node(seen, latency.parts_of(seen, request), latency.KINDS[request.reading.statistic].unit)
    return Shown((figures.node_table(seen.nodes),), lists)


def directed(view: Evidence) -> Evidence:
    """The answering nodes as their directions; the silent ones stay members."""
    silent = (node for node in view.nodes if not node.counts["answered"])
    ways = (way for node in view.answering for way in directions(node))
    return replace(view, nodes=(*ways, *silent))


def _error_ns(view: Evidence) -> int:
    """The largest sum of what both clocks of a path state they may be off."""
    return math.ceil(max((node.error_ns for node in view.answering), default=0))


def directions(node: Node) -> tuple[Node, ...]:
    """A node as two, there and back, with one-way delays in the place of round trips; a lost packet is lost on both.

    Between two capture points there is one direction.
    """
    there = replace(node, label=f"{node.label} →", trips=node.forward, calm=node.forward, raw=node.forward.hist)
    back = replace(node, label=f"{node.label} ←", trips=node.backward, calm=node.backward, raw=node.backward.hist)
    return (there,) if node.condition == "two-point" else (there, back)


def _one_way(view: Evidence, request: Request, statistic: str) -> Outcome:
    invalid, told = preconditions(view, request) or _clocks(view), remarks(view, request)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=told)
    seen = directed(view)
    if statistic == "share-within":  # a share has no room for a time: its threshold moves
        seen = replace(seen, clocks_ns=_error_ns(view))
    outcome = latency.worst(seen, request, statistic)
    length = request.constant("cable_length")
    told += shorter_than_cable(seen.nodes, length, there_and_back=False)
    estimate = None if outcome.estimate is None else _on_two_clocks(outcome.estimate, view)
    return replace(outcome, estimate=estimate, remarks=told)


def _on_two_clocks(estimate: Estimate, view: Evidence) -> Estimate:
    told = {"nodes": len(view.answering), "directions": estimate.diagnostics["nodes"]}
    error_ms = _error_ns(view) / latency.MS_NS
    return replace(
        estimate,
        allowance=estimate.allowance + (error_ms if estimate.unit == "ms" else 0.0),
        budget=(*estimate.budget, BudgetItem(WORDS.text("component-clocks"), "bound", error_ms, "ms")),
        diagnostics={**estimate.diagnostics, **told},
    )


def _clocks(view: Evidence) -> tuple[Reason, ...]:
    counts = [node.counts for node in view.answering]
    if any(each["one_way"] == 0 for each in counts):
        return (WORDS.reason("no-one-way"),)
    unsure = sum(each["unsynchronised"] for each in counts)
    if unsure:
        return (WORDS.reason("clocks-unsynchronised", count=unsure),)
    steps = view.counted("clock_steps")
    if steps:
        return (WORDS.reason("clock-step", count=steps),)
    early = [
        node.label for node in view.answering if min(node.forward.hist.low, node.backward.hist.low) < -node.error_ns
    ]
    return (WORDS.reason("clocks-disagree", names=early),) if early else ()
