# SPDX-License-Identifier: Apache-2.0
"""Pictures of network evidence (harness.kit.figures). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from harness.kit.figures import Cell, Ecdf, Line, Series, Table
from harness.kit.pictured.strip import Strip
from harness.stats.histogram import Histogram
from probes.network.digests.delays import largest, summed
from probes.network.digests.node import Node
from probes.network.measurands.words import WORDS, head

_MS = 1e6
_STEPS = 400
"""Steps of a strip of time, at most: fewer than a figure may have points, so that none is thinned away."""
_NODE_COLUMNS = (
    *(
        "node",
        "address",
        "sent",
        "lost",
        "median-ms",
        "p99-ms",
        "maximum-ms",
        "uncorrected-p99-ms",
        "duplicate",
        "unsent",
    ),
)


def delays(nodes: Sequence[Node]) -> Ecdf:
    """Empirical distribution of the round trips of all nodes that answered; it ends below 1 where packets were lost."""
    answering = [node for node in nodes if node.counts["answered"]]
    total = max(1, sum(node.n for node in answering))
    points = reduce(Histogram.merge, (node.rtt.uncut() for node in answering)).ecdf() if answering else []
    shares = [count / total for _, count in points]
    return Ecdf(WORDS.text("figure-delays"), "ms", [value / _MS for value, _ in points], shares)


def node_table(nodes: Sequence[Node]) -> Table:
    """One row a node, worst 99th percentile first."""
    rows = sorted((_row(node) for node in nodes), key=lambda row: -_rank(row[5]))
    return Table(WORDS.text("figure-nodes"), [head(name) for name in _NODE_COLUMNS], rows)


def strips(nodes: Sequence[Node]) -> Strip:
    """Median, 99th percentile and maximum of each node that answered, the slowest first."""
    spans = [(node.label, [at_share(node.rtt, share) for share in (0.5, 0.99, 1.0)]) for node in nodes]
    told = sorted(((name, found) for name, found in spans if None not in found), key=lambda each: -_rank(each[1][1]))
    low, middle, high = ([float(found[at] or 0) for _, found in told] for at in range(3))
    ends = (WORDS.text("end-median"), WORDS.text("end-p99"), WORDS.text("end-maximum"))
    return Strip(WORDS.text("figure-strips"), "ms", [name for name, _ in told], low, middle, high, ends)


def over_time(nodes: Sequence[Node]) -> Series:
    """Mean and largest round trip of all nodes, second by second or in longer steps; a step without an answer is a gap."""
    answering = [node for node in nodes if len(node.seconds)]
    sums = summed(np.concatenate([np.empty((0, 3), np.int64), *(node.seconds for node in answering)]))
    peaks = largest(np.concatenate([np.empty((0, 2), np.int64), *(node.trips.peaks for node in answering)]))
    first, last = (int(sums[0, 0]), int(sums[-1, 0])) if len(sums) else (0, 0)
    step = -(-(last - first + 1) // _STEPS)
    count = (last - first) // step + 1 if len(sums) else 0
    at = (sums[:, 0] - first) // step
    number, total = (np.bincount(at, weights, count) for weights in (sums[:, 1], sums[:, 2]))
    most = np.zeros(count)
    np.maximum.at(most, (peaks[:, 0] - first) // step, peaks[:, 1])
    heard = number > 0
    mean, high = ([float(y) if there else None for y, there in zip(ys, heard, strict=True)]
                  for ys in (total / np.maximum(number, 1) / _MS, most / _MS))  # fmt: skip
    lines = [Line(WORDS.text("line-mean"), mean), Line(WORDS.text("end-maximum"), high)]
    return Series(WORDS.text("figure-over-time"), "ms", [each * step for each in range(count)], lines)


def _row(node: Node) -> list[Cell]:
    counts = node.counts
    return [
        node.label,
        node.address,
        node.n,
        counts["lost"],
        *(at_share(node.rtt, share) for share in (0.5, 0.99, 1.0)),
        at_share(node.raw, 0.99),
        counts["duplicate"],
        counts["unsent"],
    ]


def _rank(value: object) -> float:
    return value if isinstance(value, float) else float("inf")


def at_share(histogram: Histogram, share: float) -> float | None:
    """A quantile of the answered packets in ms, for display; None when there is none."""
    if not histogram.n:
        return None
    return histogram.bracket(max(1, min(histogram.n, round(share * histogram.n))), ())[1] / _MS
