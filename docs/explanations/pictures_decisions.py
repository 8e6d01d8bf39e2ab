# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures about deciding, watching, planning and summaries: ``python docs/explanations/pictures_decisions.py``."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure
from pictures import AMBER, BLUE, GREEN, GREY, RED, Drawing, frame, main
from scipy import special

from harness.stats import binomial, planner
from harness.stats.histogram import Histogram

P0 = Fraction(1, 2000)
ALPHA = 0.05


def draw_decision() -> Figure:
    """P(PASS), P(FAIL) and P(INCONCLUSIVE) against the true loss, for one n."""
    n, limit = 51_000, float(P0)
    figure, axes = frame(
        "真实丢包率（%）", "判定的概率", f"限值 0.05 %，测 {n} 包：限值附近大多“不确定”，错判不超过 5 %"
    )
    losses = np.arange(400)
    passes = max(x for x in losses if binomial.upper(int(x), n, ALPHA) <= P0)
    fails = min(x for x in losses if binomial.lower(int(x), n, ALPHA) > P0)
    true = np.linspace(0.00005, 0.0015, 120)
    passing, failing = special.bdtr(passes, n, true), special.bdtrc(fails - 1, n, true)
    axes.fill_between(100 * true, passing, 1 - failing, color=AMBER, alpha=0.15, linewidth=0)
    axes.plot(100 * true, passing, color=GREEN)
    axes.plot(100 * true, failing, color=RED)
    axes.axvline(100 * limit, color="black", linewidth=1, linestyle="--")
    axes.axhline(ALPHA, color=GREY, linewidth=0.8, linestyle=":")
    axes.text(0.008, 0.9, "通过", color=GREEN, ha="left")
    axes.text(0.12, 0.86, "不通过", color=RED)
    axes.text(
        0.0435, 0.6, "不确定", color=AMBER, ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}
    )
    axes.text(0.0512, 1.01, "限值", fontsize=9)
    axes.text(0.149, 0.07, "5 %", fontsize=9, color=GREY, ha="right")
    axes.set_xlim(0, 0.15)
    axes.set_ylim(0, 1.06)
    return figure


def draw_watching() -> Figure:
    """How often a watched bound says PASS wrongly by then, with a fixed-n bound and with the anytime one."""
    runs, events, sizes = 4000, 140, np.geomspace(2000, 200_000, 60)
    arrivals = np.random.default_rng(20261121).geometric(float(P0), (runs, events)).cumsum(axis=1)
    figure, axes = frame("已测样本数 n（包）", "至今曾经误判“通过”的比例", "真值恰在限值 0.05 %，边测边看、见好就收")
    fixed = [planner.trials_to_pass(s, P0, ALPHA) for s in range(events)]
    watched = [planner.trials_to_pass_watched(s, P0, ALPHA) for s in range(events)]
    for limits, colour, name, height in (
        (fixed, RED, "固定样本数的 95 % 上界", 0.29),
        (watched, GREEN, "随时有效的界", 0.055),
    ):
        first = np.where(arrivals > limits, limits, np.iinfo(np.int64).max).min(axis=1)
        axes.plot(sizes, [(first <= n).mean() for n in sizes], color=colour)
        axes.text(185_000, height, name, color=colour, ha="right")
    axes.axhline(ALPHA, color="black", linewidth=1, linestyle="--")
    axes.text(2050, 0.056, "约定的风险 5 %", fontsize=9)
    axes.set_xscale("log")
    axes.set_xticks([2000, 10_000, 50_000, 200_000], ["2 千", "1 万", "5 万", "20 万"])
    axes.set_xlim(2000, 200_000)
    axes.set_ylim(0, 0.35)
    axes.minorticks_off()
    return figure


def draw_planning() -> Figure:
    """Packets for 90 % power to PASS or to FAIL against the true loss."""
    figure, axes = frame(
        "真实丢包率 ÷ 限值", "需要的样本数（包）", "真值离限值越近，所需样本越多；恰在限值上，多少都不够"
    )
    better, worse = np.concatenate(([0.001], np.linspace(0.05, 0.85, 26))), np.linspace(1.2, 4, 26)
    good = [planner.plan_pass(P0, float(f * P0), ALPHA).n for f in better]
    bad = [planner.plan_fail(P0, float(f * P0), ALPHA).n for f in worse]
    watched = [
        planner.trials_to_pass_watched(planner.plan_pass(P0, float(f * P0), ALPHA).events, P0, ALPHA) for f in better
    ]
    axes.plot(better, good, color=GREEN)
    axes.plot(better, watched, color=BLUE, linestyle="--", linewidth=1)
    axes.plot(worse, bad, color=RED)
    axes.axvline(1, color="black", linewidth=1, linestyle="--")
    axes.text(0.03, 4800, "判为通过（把握 90 %）", color=GREEN, va="top", fontsize=9)
    axes.text(0.03, 90_000, "边测边看时", color=BLUE, fontsize=9)
    axes.text(2.1, 42_000, "判为不通过（把握 90 %）", color=RED, fontsize=9)
    axes.text(1.03, 600_000, "限值", fontsize=9)
    axes.set_yscale("log")
    axes.set_yticks([3000, 10_000, 30_000, 100_000, 300_000], ["3 千", "1 万", "3 万", "10 万", "30 万"])
    axes.set_xlim(0, 4)
    axes.set_ylim(2000, 900_000)
    axes.minorticks_off()
    return figure


def draw_summaries() -> Figure:
    """A stretch of the bins with the exact cut at 2 ms, and where a rank can lie."""
    random = np.random.default_rng(20261121)
    values = np.exp(random.normal(np.log(1.6e6), 0.1, 400_000)).astype(np.int64)
    summary = Histogram([2_000_000]).add(values)
    low, high = 1_993_000, 2_007_000
    edges = [edge for edge in range(1024 * 1024 * 15 // 8, 1024 * 1024 * 2, 1024) if low <= edge <= high]
    counts, _ = np.histogram(values, [*edges, edges[-1] + 1024])
    figure, axes = frame("时延（ms）", "每格的个数", "每格宽约千分之一；格边与声明的限值处，累计数精确")
    axes.bar(np.array(edges) / 1e6, counts, width=1024 / 1e6, align="edge", color=BLUE, alpha=0.35, edgecolor="white")
    axes.axvline(2, color="black", linewidth=1, linestyle="--")
    axes.text(2.0001, counts.max() * 1.14, f"恰有 {summary.above(2_000_000)} 个大于 2 ms", fontsize=9)
    rank = summary.n - summary.above(2_000_000) - 25
    below, above = summary.bracket(rank)
    axes.axvspan(below / 1e6, above / 1e6, color=RED, alpha=0.25, linewidth=0)
    axes.text(below / 1e6 - 0.0001, counts.max() * 1.14, f"第 {rank} 小的值在此格内", color=RED, fontsize=9, ha="right")
    axes.set_xlim(low / 1e6, high / 1e6)
    axes.set_ylim(0, counts.max() * 1.25)
    return figure


PICTURES: dict[str, Drawing] = {
    "decision": draw_decision,
    "watching": draw_watching,
    "planning": draw_planning,
    "summaries": draw_summaries,
}

if __name__ == "__main__":
    main(PICTURES)
