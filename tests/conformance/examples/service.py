# SPDX-License-Identifier: Apache-2.0
"""Examples of services."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import S, of, traced
from tests.probes.network.conftest import START_NS
from tests.probes.service import made as service


@of("service.load")
def _service_load(folder: Path) -> Trace:
    sessions = (service.load(20, seed=f"made/{at}", at_ns=START_NS + at * S) for at in range(2))
    return traced("service.load", folder, b"".join(sessions), service.LOAD)


@of("service.search")
def _service_search(folder: Path) -> Trace:
    data = service.search(["1", "2", "4"], lambda rate, _: rate == "4", [1, 2], 30)
    return traced("service.search", folder, data, service.SEARCH)


@of("service.calls")
def _service_calls(folder: Path) -> Trace:
    return called(folder, service.calls(4, skins=[3]), service.table(4))


def called(folder: Path, data: bytes, table: str) -> Trace:
    """Calls of a catalogue with the list beside them."""
    trace = traced("service.calls", folder, data, service.CALLS, folder.name)
    return replace(trace, documents={"catalogue.table": service.write(folder / "papers", "list.csv", table)})
