# SPDX-License-Identifier: Apache-2.0
"""Pictures of network evidence as data (docs/reference/figures.md). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from harness.model import Figure, Text
from harness.stats.histogram import Histogram
from probes.network.digests.node import Node

POINTS = 600
ROWS = 200
_MS = 1e6


def delays(nodes: Sequence[Node]) -> Figure:
    """Empirical distribution of the round trips of all nodes that answered; it ends below 1 where packets were lost."""
    answering = [node for node in nodes if node.counts["answered"]]
    total = max(1, sum(node.n for node in answering))
    points = reduce(Histogram.merge, (node.rtt for node in answering)).ecdf(POINTS) if answering else []
    return Figure(
        "ecdf",
        Text(
            "往返时延分布（全部终端合并，仅供查看）",
            "Distribution of round-trip times (all nodes together, for viewing only)",
        ),
        "ms",
        {"x": [value / _MS for value, _ in points], "p": [count / total for _, count in points]},
    )


def node_table(nodes: Sequence[Node]) -> Figure:
    """One row a node, worst 99th percentile first; at most 200 rows."""
    rows = sorted((_row(node) for node in nodes), key=lambda row: -_rank(row[5]))
    columns = [
        Text("终端", "Node"),
        Text("地址", "Address"),
        Text("发出", "Sent"),
        Text("丢失", "Lost"),
        Text("中位数 ms", "Median ms"),
        Text("p99 ms", "p99 ms"),
        Text("最大 ms", "Maximum ms"),
        Text("未修正 p99 ms", "Uncorrected p99 ms"),
        Text("重复", "Duplicates"),
        Text("未发出", "Not sent"),
    ]
    return Figure("table", Text("各终端测量结果", "Results by node"), "", {"columns": columns, "rows": rows[:ROWS]})


def _row(node: Node) -> list[str | int | float | None]:
    counts = node.counts
    delays = [at_share(node.rtt, share) for share in (0.5, 0.99, 1.0)]
    return [
        node.label,
        node.address,
        node.n,
        counts["lost"],
        *delays,
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
    return histogram.bracket(max(1, min(histogram.n, round(share * histogram.n))))[1] / _MS
