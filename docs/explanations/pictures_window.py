# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures about window and process: ``python docs/explanations/pictures_window.py``."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from pictures import AMBER, BLUE, GREEN, GREY, RED, Drawing, frame, main
from scipy.stats import binom


def draw_window() -> Figure:
    """Ten hours of a system that is down 1 % of the time, and two windows of half an hour in it."""
    figure, axes = frame("小时", "", "同一系统：中断 60 s，占全部时间的 1 %。两个 30 min 窗口的结论不同，都没有错")
    starts = np.array([0.31, 1.92, 2.05, 4.48, 6.12, 7.95])
    axes.plot([0, 10], [1, 1], color=GREEN, linewidth=6, solid_capstyle="butt")
    for start in starts:
        axes.plot([start, start + 0.06], [1, 1], color=RED, linewidth=18, solid_capstyle="butt")
    for start, colour, word in ((5.1, BLUE, "窗口甲：没有中断\n判通过"), (1.75, AMBER, "窗口乙：两次中断\n判不通过")):
        axes.axvspan(start, start + 0.5, ymin=0.25, ymax=0.75, color=colour, alpha=0.25, linewidth=0)
        axes.text(start + 0.25, 0.62, word, color=colour, ha="center", va="top", fontsize=9)
    axes.annotate(
        "系统：要看许多彼此分开的时段",
        (8.7, 1.0),
        (6.9, 1.42),
        fontsize=9,
        color=GREY,
        arrowprops={"arrowstyle": "-", "color": GREY},
    )
    axes.set_xlim(0, 10)
    axes.set_ylim(0.3, 1.6)
    axes.set_yticks([])
    return figure


def draw_process() -> Figure:
    """P(PASS) at the limit against the length of one record: read as the window, and read as the process."""
    figure, axes = frame(
        "一段记录的长度（小时）", "真值在限值上却判通过的概率", "一段记录说不了系统：看不见的慢变化不在记录里"
    )
    hours = np.geomspace(0.1, 100, 120)
    for seconds, colour, word, where in (
        (10, BLUE, "中断 10 s", 0.45),
        (60, AMBER, "中断 60 s", 3.0),
        (600, RED, "中断 10 min", 30),
    ):
        clean = np.exp(-0.01 * 3600 * hours / seconds)
        axes.plot(hours, clean, color=colour)
        axes.text(where, float(np.exp(-0.01 * 3600 * where / seconds)) + 0.05, word, color=colour, fontsize=9)
    sizes = (36_000 * hours).astype(int)
    allowed = binom.ppf(0.05, sizes, 0.01) - 1  # the largest count whose Clopper-Pearson bound is within 1 %
    windows = binom.cdf(allowed, sizes, 0.01)
    axes.plot(hours, windows, color=GREEN, linewidth=2.5)
    axes.axhline(0.05, color=GREY, linewidth=0.8, linestyle=":")
    axes.text(95, 0.065, "5 %", color=GREY, fontsize=9, ha="right")
    axes.text(0.11, 0.1, "读作窗口（泊松探测）", color=GREEN, fontsize=9)
    axes.text(12, 0.9, "读作系统：三条下降的曲线", color=GREY, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(0.1, 100)
    axes.set_ylim(0, 1)
    return figure


PICTURES: dict[str, Drawing] = {"window": draw_window, "process": draw_process}

if __name__ == "__main__":
    main(PICTURES)
