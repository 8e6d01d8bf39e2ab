# SPDX-License-Identifier: Apache-2.0
"""Readings of time in service: network.availability (3GPP TS 22.104 with survival time) and network.mobility (interruptions).

A message is missing when it brought no answer within the waiting time. The service is down from the moment a gap between
answered messages outlasts transfer interval plus survival time, so a gap g costs g minus both; an interruption is the
whole gap. Where probing itself paused, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from harness.model import Estimate, Outcome, Reason
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import bursts, quantile, reliability
from probes.network.digests.delays import Column
from probes.network.digests.node import Node
from probes.network.digests.paths import INTERRUPTION_NS, down_after, nanoseconds
from probes.network.measurands import figures, sentences
from probes.network.measurands.journey import along, placed, track_in
from probes.network.measurands.view import Evidence, concluded, gather, preconditions, remarks

_S_NS, _MS_NS, _HOUR_S = 10**9, 10**6, 3600
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without answers: last answered probe before it, length, both ns."""

    node: Node
    at_ns: int
    length_ns: int


def availability(inputs: Sequence[Input], request: Request) -> Outcome:
    """Share of time in which the service delivered (``availability``), or mean time between failures in h (``mtbf``)."""
    evidence = gather(inputs)
    given = {**request.reading.parameters, **request.context.declared}
    if request.reading.statistic not in {"availability", "mtbf"} or "survival_time" not in given:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    invalid = preconditions(evidence, request)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence))
    link = down_after(given)
    found = gaps(evidence.answering, link)
    watched = _watched(evidence.answering, link) / _S_NS
    if not watched:
        return Outcome(None, missing=(sentences.TOO_SHORT,))
    down = [(gap.length_ns - link) / _S_NS for gap in found]
    build = _available if request.reading.statistic == "availability" else _between_failures
    estimate, unknown = build(down, watched, request)
    return concluded(
        estimate,
        request,
        missing=(*_sparse(evidence, link), *([unknown] if unknown else [])),
        remarks=remarks(evidence),
        figures=(figures.node_table(evidence.nodes),),
        listing={"outages": _listed(found, link), "silent": evidence.mute},
    )


def mobility(inputs: Sequence[Input], request: Request) -> Outcome:
    """Interruptions longer than ``interruption_over`` (150 ms) in ms: the longest, or a quantile of their lengths."""
    evidence = gather(inputs)
    if request.reading.statistic not in {"longest-interruption", "quantile"}:
        return Outcome(None, invalid=(sentences.NO_RULE,))
    invalid = preconditions(evidence, request)
    if invalid:
        return Outcome(None, invalid=invalid, remarks=remarks(evidence))
    over = _over(request)
    found = gaps(evidence.answering, over)
    lengths = np.sort(np.array([gap.length_ns for gap in found], np.int64))
    longest = request.reading.statistic == "longest-interruption"
    estimate = _longest(lengths, over, evidence, request) if longest else _quantile(lengths, evidence, request)
    none = () if estimate is not None else (sentences.NO_INTERRUPTION,)
    track = track_in(inputs)
    breaks = [
        {**each, **placed(track, gap.at_ns, gap.length_ns)}
        for each, gap in zip(_listed(found, 0), found[:_MOST], strict=True)
    ]
    where, pictures, off = along(evidence, track, [gap.at_ns for gap in found])
    listing = {"interruptions": breaks, "over_ms": over / _MS_NS, "silent": evidence.mute, **where}
    missing, told = (*_sparse(evidence, over), *none), (*remarks(evidence), *off)
    if estimate is None:
        return Outcome(None, missing=missing, remarks=told, listing=listing)
    shown = (figures.node_table(evidence.nodes), *pictures)
    return concluded(estimate, request, missing=missing, remarks=told, figures=shown, listing=listing)


def gaps(nodes: Sequence[Node], link_ns: int) -> list[Gap]:
    """Every gap between answers longer than ``link_ns`` while the node was being probed, in order of time."""
    found = []
    for node in nodes:
        starts, stops = node.answered[link_ns].gaps_within(node.sent[link_ns])
        long = stops - starts > link_ns
        pairs = zip(starts[long].tolist(), (stops - starts)[long].tolist(), strict=True)
        found += [Gap(node, at, length) for at, length in pairs]
    return sorted(found, key=lambda gap: (gap.at_ns, gap.node.label))


def _available(down: Sequence[float], watched: float, request: Request) -> tuple[Estimate, Reason | None]:
    declared = request.context.declared.get("longest_credible_outage")
    longest = None if declared is None else Quantity.parse(str(declared)).to("s")
    bad = bursts.unavailability(down, watched, request.alpha, longest)
    proven = bursts.unavailability(down, watched, request.beta, longest)
    estimate = _estimate(
        request,
        value=1 - bad.value,
        unit="1",
        n=len(down),
        bounds=(None if bad.upper is None else max(0.0, 1 - bad.upper), 1 - proven.lower),
        method="availability by survival time (3GPP TS 22.104), Fay-Feuer on outages",
        diagnostics={"outages": len(down), "down_s": math.fsum(down), "watched_s": watched},
    )
    return estimate, bad.missing


def _between_failures(down: Sequence[float], watched: float, request: Request) -> tuple[Estimate, Reason | None]:
    hours = (watched - math.fsum(down)) / _HOUR_S
    most = reliability.rate(len(down), hours, request.alpha).upper
    least = reliability.rate(len(down), hours, request.beta).lower
    estimate = _estimate(
        request,
        value=hours / len(down) if down else hours,
        unit="h",
        n=len(down),
        bounds=(1 / most, 1 / least if least > 0 else None),
        method="time in service over failures (3GPP TS 22.104 reliability), exact Poisson bounds",
        diagnostics={"failures": len(down), "in_service_h": hours},
    )
    return estimate, None


def _longest(lengths: Column, over: int, evidence: Evidence, request: Request) -> Estimate:
    """A census of the drive: exact up to one probing interval; without any interruption, none was longer than ``over``."""
    worst = int(lengths[-1]) if len(lengths) else 0
    return _estimate(
        request,
        value=worst / _MS_NS,
        unit="ms",
        n=len(lengths),
        bounds=(worst / _MS_NS, max(worst, 0 if len(lengths) else over) / _MS_NS),
        method="longest gap between answered probes",
        diagnostics={"interruptions": len(lengths), "interval_ms": _interval(evidence) / _MS_NS},
    )


def _quantile(lengths: Column, evidence: Evidence, request: Request) -> Estimate | None:
    if not len(lengths):
        return None
    q = Quantity.parse(str(request.reading.parameters["q"])).base
    high = quantile.upper_rank(len(lengths), q, request.alpha)
    low = quantile.lower_rank(len(lengths), q, request.beta)
    return _estimate(
        request,
        value=_at(lengths, max(1, math.ceil(q * len(lengths)))),
        unit="ms",
        n=len(lengths),
        bounds=(None if low is None else _at(lengths, low), None if high is None else _at(lengths, high)),
        method="order statistics of the interruptions",
        diagnostics={"interruptions": len(lengths), "interval_ms": _interval(evidence) / _MS_NS},
    )


def _at(lengths: Column, rank: int) -> float:
    return int(lengths[rank - 1]) / _MS_NS


def _estimate(request: Request, *, n: int, bounds: tuple[float | None, float | None], **rest: Any) -> Estimate:
    lower, upper = bounds
    confidence: Fraction = 1 - max(request.alpha, request.beta)
    return Estimate(n=n, n_eff=float(n), lower=lower, upper=upper, confidence=confidence, **rest)


def _over(request: Request) -> int:
    given = {**request.reading.parameters, **request.context.declared}.get("interruption_over")
    return INTERRUPTION_NS if given is None else nanoseconds(given)


def _watched(nodes: Sequence[Node], link_ns: int) -> int:
    return sum(int(node.sent[link_ns].lengths.sum()) for node in nodes)


def _interval(evidence: Evidence) -> int:
    return max((each for summary in evidence.summaries for each in summary.intervals), default=0)


def _sparse(evidence: Evidence, link_ns: int) -> tuple[Reason, ...]:
    interval = _interval(evidence)
    return (sentences.sparse(interval, link_ns),) if interval * 2 > link_ns else ()


def _listed(found: Sequence[Gap], link_ns: int) -> list[Mapping[str, Any]]:
    return [
        {
            "node": gap.node.label,
            "address": gap.node.address,
            "at_ns": gap.at_ns,
            "length_ms": (gap.length_ns - link_ns) / _MS_NS,
        }
        for gap in found[:_MOST]
    ]
