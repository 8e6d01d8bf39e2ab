# SPDX-License-Identifier: Apache-2.0
"""The time a reflector says it kept packets (T3 - T2), which is taken off every round trip: printed, and bounded. Pure.

It is the word of the party under test. Where it exceeds a tenth of the limit it is told; where the limit is kept only because
of it, PASS stays open.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Lack, Reason
from harness.plugins import Request
from probes.network.digests.node import Node
from probes.network.measurands.words import WORDS

_MS_NS = 1_000_000


def diagnostics(nodes: Sequence[Node]) -> dict[str, float]:
    """The largest median, 99th percentile and maximum among the nodes, ms; nothing where no reflector says anything."""
    known = [node for node in nodes if node.inside.n]
    if not known:
        return {}
    return {
        "reflector_p50_ms": max(_at(node, 50) for node in known),
        "reflector_p99_ms": max(_at(node, 99) for node in known),
        "reflector_max_ms": max(node.inside.high for node in known) / _MS_NS,
    }


def told(nodes: Sequence[Node], request: Request) -> tuple[tuple[Reason, ...], tuple[Lack, ...]]:
    """Reflectors that keep packets longer than a tenth of the limit, and those without whose word it would not be kept."""
    limit = request.limit
    if limit is None or limit.quantity.dimension != "time" or not limit.upper:
        return (), ()
    most = float(limit.quantity.to("ms"))
    slow = [node for node in nodes if node.inside.n and _at(node, 99) * 10 > most]
    if not slow:
        return (), ()
    names = [f"{node.label} (p50 {_at(node, 50):.3g} ms, p99 {_at(node, 99):.3g} ms)" for node in slow]
    bought = [
        node.label for node in slow if _at(node, 50) * 10 > most and _median(node) > most >= _median(node, raw=False)
    ]
    lacks = (WORDS.lack("reflector-buys-the-limit", names=bought),) if bought else ()
    return (WORDS.reason("reflector-slow", count=len(slow), names=names),), lacks


def _at(node: Node, percent: int) -> float:
    """A percentile of the reflector's own time, ms."""
    return float(node.inside.bracket(max(1, -(-node.inside.n * percent // 100)))[1]) / _MS_NS


def _median(node: Node, *, raw: bool = True) -> float:
    """The median round trip as measured, or less the reflector's own time, ms."""
    trips = node.raw if raw else node.rtt
    return float(trips.bracket(max(1, trips.n // 2))[1]) / _MS_NS
