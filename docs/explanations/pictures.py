# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of these pages with our own functions: ``python docs/explanations/pictures.py`` (needs matplotlib).

Run by hand after a method changed and commit the SVGs; nothing else imports this. Text stays text, so a picture is small
and searchable; the same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special

from harness.stats import binomial, bursts, conformity, counts, quantile, ratio, rms
from probes.gnss.measurands import iso17123

HERE = Path(__file__).parent
BLUE, RED, GREEN, GREY, AMBER = "#1f5fa8", "#b3261e", "#2e7d32", "#8a8f98", "#b26a00"
FONT = "Noto Sans CJK SC"
READERS = f"'{FONT}', 'Microsoft YaHei', 'PingFang SC', sans-serif"
STYLE = {
    "font.family": [FONT],
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "yanshou",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.unicode_minus": False,
    "legend.frameon": False,
    "path.simplify_threshold": 1.0,
}
Drawing = Callable[[], Figure]


def frame(x: str, y: str, title: str) -> tuple[Figure, Axes]:
    """One set of axes with its labels."""
    figure, axes = plt.subplots(figsize=(6.6, 3.7), layout="constrained")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes


def draw_binomial() -> Figure:
    """Upper bound against n for a few counts of losses, and where each crosses 0.05 %."""
    figure, axes = frame("样本数 n（包）", "丢包率单侧 95 % 上界（%）", "损失越多，要证明“不高于 0.05 %”所需的样本越多")
    sizes = np.unique(np.geomspace(2000, 80_000, 90).astype(int))
    cases = ((0, 5990, GREEN), (2, 12590, BLUE), (5, 21024, AMBER), (20, 58120, RED))
    for height, (x, first, colour) in zip((0.146, 0.122, 0.098, 0.074), cases, strict=True):
        curve = [100 * binomial.upper(x, int(n), 0.05) for n in sizes]
        axes.plot(sizes, curve, color=colour)
        axes.plot([first], [100 * binomial.upper(x, first, 0.05)], "o", color=colour)
        place = float(np.interp(-height, [-u for u in curve], sizes)) * 1.03
        label = axes.text(place, height, f"丢 {x} 包：n = {first}", color=colour, fontsize=9)
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
    axes.axhline(0.05, color="black", linewidth=1, linestyle="--")
    axes.text(2050, 0.043, "限值 0.05 %", fontsize=9)
    axes.set_xscale("log")
    axes.set_xticks([2000, 5000, 10_000, 20_000, 50_000], ["2 千", "5 千", "1 万", "2 万", "5 万"])
    axes.set_xlim(2000, 130_000)
    axes.set_ylim(0, 0.16)
    axes.minorticks_off()
    return figure


def draw_quantile() -> Figure:
    """The upper end of a sorted sample with the two ranks that bound its p99."""
    n, p = 1000, 0.99
    shape = np.exp(0.35 * special.ndtri((np.arange(1, n + 1) - 0.5) / n))
    found = quantile.bounds(quantile.Sample(shape), p, 0.05)
    figure, axes = frame(
        "从小到大的名次 k", "第 k 小的时延 X(k)（ms）", "p99 的上下界就是两个名次上的实测值（n = 1000）"
    )
    ranks = np.arange(955, n + 1)
    axes.plot(ranks, shape[954:], ".", color=GREY, markersize=4)
    for rank, value, name, colour in (
        (found.lower_rank, found.lower, "下界 X({})", GREEN),
        (quantile.rank_of(n, p), found.value, "估计 X({})", "black"),
        (found.upper_rank, found.upper, "上界 X({})", RED),
    ):
        if rank is not None and value is not None:
            axes.plot([rank], [value], "o", color=colour)
            axes.annotate(
                name.format(rank) + f" = {value:.2f} ms",
                (rank, value),
                (rank - 1.5, value + 0.03),
                ha="right",
                color=colour,
            )
    return figure


def draw_bursts() -> Figure:
    """Measured coverage of nominal 95 % upper bounds, a pair of columns a channel (tests/harness/stats/test_coverage.py repeats it)."""
    rows = [
        ("1", 0.950, 0.950),
        ("2", 0.827, 0.963),
        ("5", 0.699, 0.969),
        ("20", 0.573, 0.966),
        ("100，L0=300", 0.489, 1.0),
    ]
    figure, axes = frame(
        "平均突发长度（包）",
        "上界不低于真值的比例",
        "逐包独立的上界在成串丢包下失效（100 万包，真值 0.05 %，仿真 5000 次）",
    )
    place = np.arange(len(rows))
    for shift, column, colour, name in ((-0.2, 1, RED, "Clopper–Pearson"), (0.2, 2, BLUE, "Fay–Feuer")):
        values = [row[column] for row in rows]
        axes.bar(place + shift, values, 0.36, color=colour, label=name)
        for x, value in zip(place + shift, values, strict=True):
            axes.text(float(x), float(value) + 0.01, f"{value:.2f}", ha="center", fontsize=8)
    axes.axhline(0.95, color="black", linewidth=1, linestyle="--")
    axes.set_xticks(place, [row[0] for row in rows])
    axes.set_ylim(0, 1.12)
    axes.legend(loc="lower left", ncols=2, facecolor="white", frameon=True, edgecolor="none")
    return figure


def draw_outage() -> Figure:
    """Upper bound of unavailability against hours of watching, without and with outages."""
    figure, axes = frame("观测时间（h）", "不可用率单侧 95 % 上界（%）", "证明可用率 99.95 %：声明最坏中断 L0 = 60 s")
    hours = np.geomspace(20, 1000, 80)
    for lengths, colour, name in (
        ([], GREEN, "无中断"),
        ([30.0], BLUE, "一次 30 s"),
        ([30.0, 60.0, 20.0], RED, "三次，共 110 s"),
    ):
        upper = [100 * (bursts.unavailability(lengths, 3600 * h, 0.05, 60).upper or 1) for h in hours]
        axes.plot(hours, upper, color=colour, label=name)
    axes.axhline(0.05, color="black", linewidth=1, linestyle="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([20, 50, 100, 200, 500, 1000], ["20", "50", "100", "200", "500", "1000"])
    axes.set_yticks([0.01, 0.05, 0.1, 0.5, 1], ["0.01", "0.05", "0.1", "0.5", "1"])
    axes.minorticks_off()
    axes.legend()
    return figure


def draw_rms() -> Figure:
    """What a record of so many correlation times is worth."""
    figure, axes = frame(
        "记录长度 / 自相关时间（n/τ）", "RMS 上界 / RMS 估计", "记录越长（以 τ 计），上界越贴近估计值（两轴，95 %）"
    )
    lengths = np.geomspace(50, 5000, 120)
    bound = [rms.from_freedom(1, 2 * k / (1 + 20 / k), 0.05).upper for k in lengths]
    axes.axvspan(20, 50, color=RED, alpha=0.12, linewidth=0)
    axes.axvspan(50, 300, color=AMBER, alpha=0.12, linewidth=0)
    axes.plot(lengths, bound, color=BLUE)
    for k in (50, 300, 1000):
        value = rms.from_freedom(1, 2 * k / (1 + 20 / k), 0.05).upper
        axes.plot([k], [value], "o", color=BLUE)
        axes.annotate(f"{k} τ：×{value:.3f}", (k, value), (k * 1.08, value + 0.006), fontsize=9)
    axes.text(22, 1.02, "太短\n不判定", color=RED, fontsize=9)
    axes.text(100, 1.006, "可判定，附注“偏短”", color=AMBER, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(20, 5000)
    axes.set_ylim(1, 1.2)
    axes.set_xticks([20, 50, 100, 300, 1000, 5000], ["20", "50", "100", "300", "1000", "5000"])
    axes.minorticks_off()
    return figure


def draw_iso17123() -> Figure:
    """Probability of each conclusion against the true sigma."""
    figure, axes = frame("真实 σ / 声称 σ0", "得出结论的概率", "“不拒绝 σ ≤ σ0”与“证明 σ ≤ σ0”是两回事（ν = 56）")
    true = np.linspace(0.6, 1.5, 120)
    keep, proof = iso17123.critical_factor(56, 0.05), 1 / iso17123.sigma_bounds(1, 56, 0.05).upper
    for factor, colour, name in ((keep, AMBER, "标准：不拒绝"), (proof, BLUE, "用户方：已证明")):
        axes.plot(
            true, special.gammainc(28, 28 * (factor / true) ** 2), color=colour, label=f"{name}（s ≤ {factor:.3f} σ0）"
        )
    axes.axvline(1, color="black", linewidth=1, linestyle="--")
    axes.axhline(0.05, color=GREY, linewidth=0.8, linestyle=":")
    axes.axhline(0.95, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower left")
    return figure


def wedge(axes: Axes, a: list[float], b: list[float], target: float, names: tuple[str, str, str]) -> None:
    """Runs in the plane of denominator and numerator, with the slopes that Fieller allows and the required one."""
    found = ratio.fieller(a, b, 0.05)
    reach = np.array([0.0, max(b) * 1.08])
    if found.lower is not None and found.upper is not None:
        axes.fill_between(
            reach, found.lower * reach, found.upper * reach, color=BLUE, alpha=0.18, linewidth=0, label=names[1]
        )
    axes.plot(reach, found.value * reach, color=BLUE, label=names[0])
    axes.plot(reach, target * reach, color="black", linewidth=1, linestyle="--", label=names[2])
    axes.plot(b, a, "o", color=GREY, markersize=5)
    axes.set_xlim(min(b) * 0.85, max(b) * 1.05)
    axes.set_ylim(min(a) * 0.85, max(a) * 1.08)
    axes.legend(loc="upper left")


RUNS_TOPS = [208.4, 203.1, 211.9, 206.7, 209.8, 204.4, 207.2, 210.5]
RUNS_WATT = [33.1, 32.4, 33.9, 32.8, 33.0, 32.9, 32.6, 33.5]
BEFORE = [127.5, 85.6, 91.7, 95.1, 88.4, 88.6, 109.0, 98.6, 101.8, 126.3]
AFTER = [90.2, 60.1, 66.3, 68.0, 61.0, 64.2, 76.9, 70.0, 73.7, 88.4]


def draw_ratio() -> Figure:
    """Fieller as a wedge of slopes through the runs."""
    figure, axes = frame("功率（W）", "算力（TOPS）", "比值是斜率：上下界张成一个楔形，要求 6 TOPS/W 须在楔形之下")
    wedge(axes, RUNS_TOPS, RUNS_WATT, 6, ("均值之比", "Fieller 上下界", "要求 6 TOPS/W"))
    return figure


def draw_before_after() -> Figure:
    """Pairs before and after with the target slope."""
    figure, axes = frame("改造前单件成本（元）", "改造后单件成本（元）", "成本降低 25 %：整个楔形须在目标线 0.75 之下")
    wedge(axes, AFTER, BEFORE, 0.75, ("均值之比", "Fieller 上下界", "目标 0.75"))
    return figure


def draw_population() -> Figure:
    """Audit size against the claimed surplus."""
    figure, axes = frame("申报数量（要求 5000 个有效）", "须抽查的件数", "多报一点，少查很多（置信水平 95 %）")
    claims = np.unique(np.r_[np.arange(5005, 5060, 5), np.arange(5060, 6001, 20)])
    for allowed, colour in ((0, GREEN), (1, BLUE), (2, AMBER)):
        sizes = [counts.audit_size(int(m), 5000, allowed, 0.05) for m in claims]
        kept = [(m, n) for m, n in zip(claims, sizes, strict=True) if n is not None]
        axes.plot(*zip(*kept, strict=True), color=colour, label=f"允许查出 {allowed} 个无效")
    for claim, x, y in ((5050, 4985, 60), (5200, 5130, 34), (5500, 5420, 18)):
        size = counts.audit_size(claim, 5000, 0, 0.05) or 0
        axes.plot([claim], [size], "o", color=GREEN)
        arrow = {"arrowstyle": "-", "color": GREEN, "linewidth": 0.7}
        axes.annotate(f"报 {claim}：查 {size}", (claim, size), (x, y), fontsize=9, color=GREEN, arrowprops=arrow)
    axes.set_yscale("log")
    axes.set_yticks([30, 100, 300, 1000, 3000], ["30", "100", "300", "1000", "3000"])
    axes.set_ylim(15, 4000)
    axes.minorticks_off()
    axes.legend()
    return figure


def draw_budget() -> Figure:
    """A tolerance limit with its guard bands and three estimates."""
    figure, axes = frame("测得值（ms）", "", "保护带：限值两侧各留 1.645 u + b，中间不判定")
    limit, u, b = 2.0, 0.04, 0.03
    band = conformity.guard_band(u, 0.05) + b
    for start, stop, colour, name in (
        (1.7, limit - band, GREEN, "通过"),
        (limit - band, limit + band, AMBER, "不确定"),
        (limit + band, 2.3, RED, "不通过"),
    ):
        axes.axvspan(start, stop, color=colour, alpha=0.14, linewidth=0)
        axes.text((start + stop) / 2, 1.06, name, color=colour, ha="center")
    x = np.linspace(1.7, 2.3, 120)
    for y, colour in ((1.86, GREEN), (1.97, AMBER), (2.15, RED)):
        axes.plot(x, np.exp(-(((x - y) / u) ** 2) / 2), color=colour)
        p = conformity.probability(y, u, limit)
        shown = "> 0.999" if p > 0.999 else "< 0.001" if p < 0.001 else f"= {p:.2f}"
        axes.text(y, 0.4, f"合格概率\n{shown}", ha="center", fontsize=9)
    axes.axvline(limit, ymax=0.9, color="black", linewidth=1, linestyle="--")
    axes.text(limit + 0.004, 0.96, "限值 2 ms", fontsize=9)
    axes.set_yticks([])
    axes.set_xlim(1.7, 2.3)
    axes.set_ylim(0, 1.15)
    return figure


PICTURES: dict[str, Drawing] = {
    "binomial": draw_binomial,
    "quantile": draw_quantile,
    "bursts": draw_bursts,
    "outage": draw_outage,
    "rms": draw_rms,
    "iso17123": draw_iso17123,
    "ratio": draw_ratio,
    "before-after": draw_before_after,
    "population": draw_population,
    "budget": draw_budget,
}


def main(pictures: dict[str, Drawing]) -> None:
    """Write every picture beside this script."""
    mpl.rcParams.update(STYLE)
    for name, draw in pictures.items():
        figure = draw()
        path = HERE / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        drawn = path.read_text(encoding="utf-8").replace(f"'{FONT}'", READERS)
        path.write_text("\n".join(line.rstrip() for line in drawn.splitlines()) + "\n", encoding="utf-8")
        plt.close(figure)


if __name__ == "__main__":
    main(PICTURES)
