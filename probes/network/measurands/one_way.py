# SPDX-License-Identifier: Apache-2.0
"""network.owd: one-way delay (RFC 7679), each direction of each node judged apart; the worst decides.

It stands on two clocks. Unless every packet used was stamped by two clocks that both state they are synchronised, and
none was stepped, the verdict is INVALID. The largest sum of both stated errors is a hard bound beside the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.model import BudgetItem, Outcome, Reason
from harness.plugins import Input, Request
from probes.network.digests.node import Node
from probes.network.measurands import figures, latency, sentences
from probes.network.measurands.plausibility import shorter_than_cable
from probes.network.measurands.view import Evidence, concluded, gather, preconditions, remarks


def owd(inputs: Sequence[Input], request: Request) -> Outcome:
    """The one-way delay of the worst direction of the worst node, by the reading's statistic: quantile or mean."""
    evidence = gather(inputs)
    if request.reading.statistic not in latency.KINDS:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    invalid = preconditions(evidence, request) or _clocks(evidence)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence))
    views = [view for node in evidence.answering for view in directions(node)]
    seen = replace(evidence, nodes=tuple(views))
    estimate, bounded = latency.estimate(seen, request)
    error_ms = max(node.error_ns for node in evidence.answering) / latency.MS_NS
    clocks = BudgetItem("stated errors of both clocks", "bound", error_ms, "ms")
    missing, need = latency.missing(bounded)
    return concluded(
        replace(
            estimate,
            allowance=estimate.allowance + error_ms,
            budget=(*estimate.budget, clocks),
            diagnostics={**estimate.diagnostics, "nodes": len(evidence.answering), "directions": len(views)},
        ),
        request,
        missing=missing,
        remarks=(*remarks(evidence), *shorter_than_cable(views, request.context.declared, there_and_back=False)),
        need=need,
        figures=(figures.node_table(views),),
        listing=latency.listing(seen, bounded),
    )


def directions(node: Node) -> tuple[Node, ...]:
    """A node as two, there and back, with one-way delays in the place of round trips; a lost packet is lost on both.

    Between two capture points there is one direction.
    """
    there = replace(node, label=f"{node.label} →", trips=node.forward, calm=node.forward, raw=node.forward.hist)
    back = replace(node, label=f"{node.label} ←", trips=node.backward, calm=node.backward, raw=node.backward.hist)
    return (there,) if node.condition == "two-point" else (there, back)


def _clocks(evidence: Evidence) -> tuple[Reason, ...]:
    counts = [node.counts for node in evidence.answering]
    if any(each["one_way"] == 0 for each in counts):
        return (sentences.NO_ONE_WAY,)
    unsure = sum(each["unsynchronised"] for each in counts)
    if unsure:
        return (sentences.unsynchronised(unsure),)
    steps = sum(each.facts["clock_steps"] for each in evidence.summaries)
    if steps:
        return (sentences.clock_steps(steps),)
    early = [
        node.label for node in evidence.answering if min(node.forward.hist.low, node.backward.hist.low) < -node.error_ns
    ]
    return (sentences.clocks_disagree(early),) if early else ()
