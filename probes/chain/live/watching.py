# SPDX-License-Identifier: Apache-2.0
"""Markers from submission until every node shows them, and heights while a node is stopped and started again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

from probes.chain.formats import layout
from probes.chain.live.asked import Asked
from probes.chain.plans.settings import ChainSettings

_POLL_S = 0.02


def submit(nodes: Sequence[Asked], settings: ChainSettings, folder: Path, stopping: Event) -> None:
    """One marker after the other: submitted to one node, looked for on every node."""
    path = folder / str(settings.markers)
    signed = [each.strip() for each in path.read_text("ascii").splitlines() if each.strip()]
    with ThreadPoolExecutor(len(nodes)) as pool:
        for number, each in enumerate(signed):
            if stopping.is_set():
                return
            first = nodes[number % len(nodes)]
            sent_ns = time.time_ns()
            digest = _hash(first.quick(*first.adapter.submit(each)))
            name = f"{number:06d}"
            first.line(layout.told("marker", {"marker": name, "state": "sent"}, sent_ns))
            if digest:
                deadline = time.monotonic() + float(settings.timeout)
                list(pool.map(lambda node: _shown(node, name, digest, deadline, stopping), nodes))  # noqa: B023 - used up in this turn


def _shown(node: Asked, name: str, digest: str, deadline: float, stopping: Event) -> None:
    while time.monotonic() < deadline and not stopping.is_set():
        if node.quick(*node.adapter.seen(digest)) is not None:
            node.line(layout.told("marker", {"marker": name, "state": "shown"}, time.time_ns()))
            return
        stopping.wait(_POLL_S)


def _hash(result: Any) -> str:
    found = result.get("hash") or result.get("transactionHash") if isinstance(result, dict) else result
    return found if isinstance(found, str) and len(found) == 66 else ""


def heights(nodes: Sequence[Asked], settings: ChainSettings, stopping: Event) -> None:
    """Every node's height again and again; one that is silent meanwhile is asked on."""
    deadline = time.monotonic() + float(settings.watch)

    def follow(node: Asked) -> None:
        while time.monotonic() < deadline and not stopping.is_set():
            node.quick(*node.adapter.height())
            stopping.wait(float(settings.every))

    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(follow, nodes))
