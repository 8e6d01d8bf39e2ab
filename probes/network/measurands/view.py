# SPDX-License-Identifier: Apache-2.0
"""What the network estimators share: the targets of all inputs, preconditions, budget. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.decide import decide
from harness.model import BudgetItem, Criterion, Estimate, Outcome, Reason, Verdict
from harness.plugins import Input, Request
from probes.network.digests.node import Node
from probes.network.digests.paths import PathSummary, nanoseconds
from probes.network.measurands import capture_sentences, extension_sentences, sentences
from probes.network.measurands.plausibility import coarse, doubts

_NEED_LOSSES = {"network.loss", "network.mobility", "network.availability"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """All STAMP targets of an indicator's inputs; a target measured from two sources is two paths."""

    nodes: tuple[Node, ...]
    summaries: tuple[PathSummary, ...]

    @property
    def answering(self) -> list[Node]:
        """Targets that answered at least once."""
        return [node for node in self.nodes if node.counts["answered"]]

    @property
    def mute(self) -> list[str]:
        """Labels of the targets that were asked and never answered."""
        return [node.label for node in self.nodes if node.n and not node.counts["answered"]]

    @property
    def floor_ns(self) -> int:
        """The largest p99.9 among the calibrations: what the instrument itself may add; 0 when there was none."""
        return max((p999 for each in self.summaries for p999, _n in each.floors), default=0)

    @property
    def dropped(self) -> int:
        """Replies lost in this host's socket buffers."""
        return sum(each.dropped for each in self.summaries)

    @property
    def one_way(self) -> bool:
        """Whether some packets were captured at two points, so that there is no round trip."""
        return any(node.condition == "two-point" for node in self.nodes)

    @property
    def capture_drops(self) -> int:
        """Packets that a capture itself lost, as it says."""
        return sum(each.dropped for each in self.summaries if "capture" in each.modes)

    @property
    def arrivals_only(self) -> bool:
        """Whether some log holds only packets that arrived, so that losses are unknown."""
        return any("log-arrivals" in each.modes for each in self.summaries)

    def budget(self, unit: str, per_ns: float) -> tuple[BudgetItem, ...]:
        """The instrument's floor as a hard bound, in ``unit``; the clock's reading step is far below it."""
        floor = BudgetItem("loopback floor p99.9 of the test host", "bound", self.floor_ns * per_ns, unit)
        return (floor,) if self.floor_ns else ()


def gather(inputs: Sequence[Input]) -> Evidence:
    """The STAMP summaries among ``inputs``."""
    found = [each.summary for each in inputs if isinstance(each.summary, PathSummary)]
    nodes = [summary.nodes[key] for summary in found for key in sorted(summary.nodes)]
    return Evidence(tuple(nodes), tuple(found))


def preconditions(evidence: Evidence, request: Request) -> tuple[Reason, ...]:
    """What makes any delay or loss from this evidence INVALID."""
    found = _two_points(evidence, request)
    declared = request.context.declared.get("waiting_time", request.reading.parameters.get("waiting_time"))
    used = {each for summary in evidence.summaries for each in summary.waiting}
    if declared is not None and used != {nanoseconds(declared)}:
        found.append(sentences.waiting_differs(nanoseconds(declared), used))
    if not evidence.answering:
        found.append(sentences.NO_ANSWER if evidence.nodes else sentences.NO_NODES)
    limit = request.limit
    if limit is not None and limit.quantity.dimension == "time":
        steps = coarse(evidence.answering, round(limit.quantity.to("ns")))
        found += [sentences.coarse(steps)] if steps else []
    if request.reading.measurand in _NEED_LOSSES and evidence.arrivals_only:
        found.append(sentences.LOSSES_UNKNOWN)
    weak = [each for each in evidence.summaries if each.loads and _short_of_load(each)]
    return (*found, *([sentences.WRONG_LOAD] if weak else []))


def _two_points(evidence: Evidence, request: Request) -> list[Reason]:
    """What a capture at two points cannot be asked, or says about itself that spoils it."""
    facts = sum((each.facts for each in evidence.summaries), Counter[str]())
    found = [capture_sentences.ONE_WAY_ONLY] if evidence.one_way and request.reading.measurand == "network.rtt" else []
    if facts["swapped"]:
        found.append(capture_sentences.SWAPPED)
    if facts["ambiguous"] and request.reading.measurand != "network.loss":
        found.append(capture_sentences.ambiguous(facts["ambiguous"]))
    return found


def _short_of_load(summary: PathSummary) -> bool:
    """Whether less than nine tenths of the stated background traffic was really sent."""
    return summary.facts["load_bytes"] * 10 < summary.facts["load_wanted_bytes"] * 9


def remarks(evidence: Evidence) -> tuple[Reason, ...]:
    """What a reader of the verdict should know about this evidence."""
    found = []
    if evidence.capture_drops:
        found.append(capture_sentences.capture_drops(evidence.capture_drops))
    if evidence.mute:
        found.append(sentences.silent(evidence.mute))
    found += doubts(evidence.answering, frozenset().union(*(each.paths for each in evidence.summaries)))
    modes = frozenset[str]().union(*(each.modes for each in evidence.summaries))
    found += [capture_sentences.THIRD_PARTY] if "capture" in modes else []
    found += [sentences.MODES[each] for each in sorted(modes & sentences.MODES.keys())]
    steps = sum(each.facts["clock_steps"] for each in evidence.summaries)
    if steps:
        found.append(sentences.clock_steps(steps))
    broken = sum(node.counts["broken"] for node in evidence.nodes)
    if broken:
        found.append(sentences.broken(broken))
    wrong = sum(each.facts["wrong_hmac"] for each in evidence.summaries)
    if wrong:
        found.append(sentences.wrong_hmac(wrong))
    found += _extensions(evidence)
    damaged = sum(each.damaged for each in evidence.summaries)
    if damaged:
        found.append(sentences.damaged(damaged))
    return tuple(found)


def _extensions(evidence: Evidence) -> list[Reason]:
    """What replies' TLVs told about class of service and clocks."""

    def named(count: str) -> list[str]:
        return [node.label for node in evidence.nodes if node.counts[count]]

    found = [
        extension_sentences.remarked(nodes, way) for way in ("there", "back") if (nodes := named(f"remarked_{way}"))
    ]
    found += [extension_sentences.unsupported(nodes)] if (nodes := named("unsupported")) else []
    found += [extension_sentences.free_running(nodes)] if (nodes := named("free_running")) else []
    return found


def concluded(
    estimate: Estimate, request: Request, *, missing: tuple[Reason, ...], remarks: tuple[Reason, ...], **rest: Any
) -> Outcome:
    """The outcome; what is missing for an upper bound is only a remark where the lower bound proves a violation anyway."""
    criterion = Criterion(request.reading, request.limit, request.rule, estimate.confidence)
    if missing and decide(Outcome(estimate), criterion).verdict is Verdict.FAIL:
        missing, remarks = (), (*missing, *remarks)
    return Outcome(estimate, missing=missing, remarks=remarks, **rest)
