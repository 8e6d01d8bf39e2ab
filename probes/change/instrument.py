# SPDX-License-Identifier: Apache-2.0
"""The probe ``change.table`` and what can be estimated from it: change orders, unit cost, productivity."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.probe import Probe, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Measurand, Source, Trace

if TYPE_CHECKING:
    from probes.change.comparison import Tables
    from probes.change.settings import TableSettings


class TableProbe(Probe["Tables", "TableSettings"]):
    """Tables of before and after (CSV, XLSX), the earlier ones by choice from a sealed baseline."""

    name, extension = "change.table", "csv"
    title = Text("前后对比台账", "Tables of before and after")
    summary, settings = "probes.change.comparison:Tables", late("probes.change.settings:TableSettings")

    def source(self, settings: TableSettings, folder: Path) -> Source:
        """The recorder that copies the tables and a baseline's seal."""
        from harness.kit.baseline import SidesSource
        from probes.change.rows import NOUN

        return SidesSource(settings, folder, self.name, NOUN, settings.table)

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A table a chunk."""
        from harness.kit.baseline import pieces

        return pieces(trace, done)

    def summarise(self, chunk: Chunk, asked: Asked) -> Tables:
        """The cells of one table; refused where it is not one under the baseline's seal."""
        from harness.kit.baseline import sealed_bytes
        from probes.change.comparison import Tables

        data, side, seal = sealed_bytes(chunk), chunk.detail["side"], chunk.detail["seal"]
        sheet = asked.settings.table(data, chunk.detail["name"], side)
        return Tables(((side, sha256(data).hexdigest(), sheet),), seal.time_ns if seal else None)


PROBE = TableProbe()


def _measurand(name: str, zh: str, en: str, *statistics: str) -> Measurand:
    module = "probes.change.outcomes"
    ways = {each: f"{module}:{each.replace('-', '_')}" for each in statistics}
    view = f"{module}:{name.replace('-', '_')}"
    return Measurand(
        f"change.{name}",
        Text(zh, en),
        "%",
        PROBE.name,
        (PROBE.summary,),
        view,
        ways,
        f"{module}:show",
        live=f"{module}:lines",
    )


_MATCHED = ("paired", "geometric", "each-line", "by-period")
ORDERS = _measurand("orders", "单位规模变更次数降幅", "reduction of change orders per size", "rate-ratio", "paired")
UNIT_COST = _measurand("unit-cost", "单位成本降幅", "reduction of unit cost", *_MATCHED)
PRODUCTIVITY = _measurand("productivity", "生产效率增幅", "gain in productivity", *_MATCHED)
