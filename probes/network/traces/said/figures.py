# SPDX-License-Identifier: Apache-2.0
"""Shortest, mean and longest round trip as the program that wrote a log gives them, held to the packets of the log. Pure.

Whoever alters a slow line, or takes one out and corrects the counts, seldom thinks of the line with the figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.log_rows import nanoseconds

_N = r"(\d+(?:[.,]\d+)?)"
_SLASHES = re.compile(
    rf"(?:min|最短|最小)\S*.{{0,40}}?=\s*{_N}/{_N}/{_N}(?:/{_N})?\s*(ms|msec|мс|毫秒|us|µs|μs|微秒|s\b|)"
)
_WINDOWS = re.compile(
    rf"[^=]*=\s*{_N}\s*(ms|мс\w*|毫秒)[^=]*=\s*{_N}\s*(?:ms|мс\w*|毫秒)[^=]*=\s*{_N}\s*(?:ms|мс\w*|毫秒)\W*"
)
_MS = 10**6


@dataclass(frozen=True, slots=True)
class Figures:
    """Shortest, mean and longest in ns, and how far each may be off because of the digits that were printed."""

    least: int
    mean: int
    most: int
    step: int


def figures_in(line: str) -> Figures | None:
    """What a summary's line says of the round trips; None where it says nothing of the kind."""
    found = _SLASHES.search(line)
    if found is not None:
        least, mean, most, unit = found[1], found[2], found[3], found[5] or "ms"
    else:
        found = _WINDOWS.fullmatch(line)
        if found is None:
            return None
        least, most, mean, unit = found[1], found[3], found[4], "ms"
    whole = not any(mark in least + mean + most for mark in ".,")
    shown = line[:_SHOWN]
    first, middle, last = (nanoseconds(each, unit, shown) for each in (least, mean, most))
    return Figures(first, middle, last, nanoseconds("1" if whole else "0.0015", unit, shown))


def hold(figures: Figures | None, delays: Sequence[int], name: str, *, mean: bool = True) -> None:
    """UnreadableError where the log's own figures are not those of its packets. ``delays``: of every reply, ns, copies too."""
    if figures is None or not delays:
        return
    pairs = [(figures.least, min(delays)), (figures.most, max(delays))]
    if mean:
        pairs.append((figures.mean, round(sum(delays) / len(delays))))
    for stated, found in pairs:
        if abs(stated - found) > figures.step + max(stated, found) // _ROUNDING:
            text = Text(
                f"日志自己的统计写着 {stated / _MS:.6g} ms，而逐包读到的是 {found / _MS:.6g} ms。",
                f"The log's own summary says {stated / _MS:.6g} ms, and its packets {found / _MS:.6g} ms.",
            )
            raise UnreadableError(text, cure="keep the output as the program wrote it.", where=name)


_SHOWN = 60
_ROUNDING = 80
"""Programs print three significant digits: a part in so many, the mean's rounding in it."""
