# SPDX-License-Identifier: Apache-2.0
"""Examples of chains."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced
from tests.probes.chain.made import Alliance


@of("chain.nodes")
def _chain(folder: Path) -> Trace:
    made = Alliance(folder / "papers", count=3)
    return traced("chain.nodes", folder, made.data, made.settings)
