# SPDX-License-Identifier: Apache-2.0
"""Of alliances of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.plugins import Trace
from tests.conformance.examples import traced
from tests.conformance.laws.law import Law, Part
from tests.probes.chain.made import Alliance, Liveness


def chains() -> Iterator[Law]:
    """Of an alliance: its nodes are its parts, so one that cheats takes the place of an honest alliance."""

    def part(made: type[Alliance] = Alliance, **plan: Any) -> Part:
        def trace(folder: Path) -> Trace:
            alliance = made(folder / "papers", **{"count": 4, "records": 40, **plan})
            found = traced("chain.nodes", folder, alliance.data, alliance.settings, folder.name)
            return replace(found, documents=alliance.documents)

        return trace

    forked, mocked = {"a node on a fork": part(forked=[4])}, {"blocks that do not recompute": part(mocked=[4])}
    for by in ("key", "organisation"):
        bad = forked | {"a node under two names": part(aliases=[4]), "a node nobody lists": part(unlisted=[4])}
        yield Law("chain.nodes", "distinct", ">= 4 家", [part()], bad, {"by": by}, instead=True)
    padded = mocked | {"a replayed signature": part(replayed=3), "a forged one": part(forged=3, records=37)}
    yield Law("chain.records", "distinct", ">= 40 条", [part()], padded, instead=True)
    yield Law("chain.records", "count", ">= 40 条", [part()], padded, {"by": "transaction"}, instead=True)
    weak = mocked | {"a block without quorum": part(unsealed=[2]), "another hash": part(algorithm="keccak256")}
    yield Law("chain.sm", "share", ">= 100 %", [part()], weak, instead=True)
    agreed = {"originals": True, "drawn": 40}
    altered = {"originals that were altered": part(altered=3, **agreed)}
    yield Law("chain.offchain", "share", ">= 99 %", [part(**agreed)], altered, instead=True)
    late = {"markers that never show": part(Liveness, shown=2)}
    yield Law("chain.finality", "quantile", "<= 1 s", [part(Liveness)], late, {"q": "95 %"}, instead=True)
    still = {"a height that stands still": part(Liveness, moves=False)}
    yield Law("chain.fault", "count", ">= 5 个", [part(Liveness)], still, instead=True)
