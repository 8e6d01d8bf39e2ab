# SPDX-License-Identifier: Apache-2.0
"""Examples of before and after."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced
from tests.probes.change.tables import line_table


@of("change.table")
def _table(folder: Path) -> Trace:
    tables = {"0001.csv": line_table(2022, 1).encode(), "0002.csv": line_table(2023, 0.7).encode()}
    return traced("change.table", folder, tables, {"before": "b.csv", "after": "a.csv"})
