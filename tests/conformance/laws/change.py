# SPDX-License-Identifier: Apache-2.0
"""Of tables before and after."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.examples import traced
from tests.conformance.laws.law import Law, Part
from tests.probes.change.tables import line_table, project_table


def tables() -> Iterator[Law]:
    """Of lines and projects: those of one table are its parts, so a worse table takes the place of a further source."""

    def part(before: str, after: str, **periods: str) -> Part:
        tables = {"0001.csv": before.encode(), "0002.csv": after.encode()}
        settings = {"before": "b.csv", "after": "a.csv", **periods}
        return lambda folder: traced("change.table", folder, tables, settings, folder.name)

    lines, cheaper = line_table(2022, 1), line_table(2023, 0.6, 0.5)
    gone = "".join(each for each in cheaper.splitlines(keepends=True) if not each.startswith("六线"))
    short = "".join(each for each in cheaper.splitlines(keepends=True) if ",2023-07," not in each)
    unread = cheaper.replace("六线,2023-01,甲,", "六线,2023-01,甲,约")
    vague = {"a cost that is no number": part(lines, unread)}
    matched = vague | {"a line that is gone": part(lines, gone)}
    pooled = vague | {
        "a month that is gone": part(lines, short, before_period="2022-01/2022-12", after_period="2023-01/2023-12")
    }
    for name, limit in (("unit-cost", ">= 25 %"), ("productivity", ">= 40 %")):
        for statistic in ("paired", "geometric", "each-line", "by-period"):
            bad = pooled if statistic == "by-period" else matched
            yield Law(f"change.{name}", statistic, limit, [part(lines, cheaper)], bad, instead=True)
    before = project_table({f"工程{each}": 40.0 + each for each in range(12)}, round)
    after = project_table({f"工程{each}": 16.0 + each % 5 for each in range(12)}, round)
    rows = after.splitlines(keepends=True)
    vague = {"a number that is none": part(before, after.replace(rows[-1], "工程11,5,若干\n"))}
    matched = vague | {"a project that is gone": part(before, "".join(rows[:-1]))}
    for statistic, bad in (("rate-ratio", vague), ("paired", matched)):
        yield Law("change.orders", statistic, ">= 30 %", [part(before, after)], bad, instead=True)
