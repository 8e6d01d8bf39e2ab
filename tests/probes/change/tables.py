# SPDX-License-Identifier: Apache-2.0
"""Tables of before and after with a known truth."""

import random
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from harness.plugins import Asked, Input, Trace
from harness.testing import Question
from probes.change.instrument import PROBE

HEAD = "产线,月份,产品,成本（万元）,产量（件）,工时（h）"


def line_table(
    year: int,
    cost: float,
    hours: float = 1,
    *,
    lines: Iterable[str] = ("一线", "二线", "三线", "四线", "五线", "六线"),
    months: Iterable[int] = range(1, 13),
    seed: int = 0,
) -> str:
    """Lines that make two products, one three times as dear: ``cost`` and ``hours`` are shares of the first year's."""
    chance, rows = random.Random(seed + year), [HEAD]
    for line in lines:
        number = "一二三四五六七".index(line[0])
        for month in months:
            for product, dear in (("甲", 1), ("乙", 3)):
                made = chance.randint(80, 120)
                spent = dear * (1 + number / 10) * cost * made * chance.uniform(0.97, 1.03)
                took = hours * dear * made / 10 * chance.uniform(0.97, 1.03)
                rows.append(f"{line},{year}-{month:02d},{product},{spent:.2f},{made},{took:.2f}")
    return "\n".join(rows) + "\n"


def project_table(rates: Mapping[str, float], orders: Callable[[float], int]) -> str:
    """Projects of different size; ``orders`` gives the number of change orders from its expectation."""
    rows = ["工程,建筑面积（万㎡）,变更次数"]
    for number, (name, rate) in enumerate(rates.items()):
        size = 2 + number % 4
        rows.append(f"{name},{size},{orders(rate * size)}")
    return "\n".join(rows) + "\n"


def inputs(
    folder: Path, before: str | list[str], after: str | list[str], question: Question, settings: Mapping[str, Any]
) -> tuple[Input, ...]:
    """The tables as one trace, summarised and merged."""
    sides = [[each] if isinstance(each, str) else each for each in (before, after)]
    names = [[f"{side}{at}.csv" for at in range(len(own))] for side, own in zip("ba", sides, strict=True)]
    parsed = PROBE.settings.model_validate({"before": names[0], "after": names[1], **settings})
    segments = []
    for at, content in enumerate([*sides[0], *sides[1]], start=1):
        segments.append(folder / f"{at:04d}.csv")
        segments[-1].write_text(content, encoding="utf-8")
    trace = Trace("test.asked", "source", PROBE.name, 1, tuple(segments), parsed)
    summaries = [PROBE.summarise(each, Asked((question.ask,), parsed)) for each in PROBE.chunks(trace)]
    return (Input(PROBE.name, "source", reduce(lambda one, other: one.merge(other), summaries), trace),)
