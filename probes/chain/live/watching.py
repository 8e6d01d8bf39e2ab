# SPDX-License-Identifier: Apache-2.0
"""Markers from submission until every node shows them, and heights while a node is stopped and started again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from harness.errors import UsageError
from probes.chain.formats import layout
from probes.chain.live.adapters import number_of
from probes.chain.live.asked import Asked
from probes.chain.plans.settings import ChainSettings

_POLL_S = 0.02
_LEAST = 64
"""Hex digits of the shortest signed transaction; none is shorter than its signature."""
_HEX = frozenset("0123456789abcdef")


def submit(nodes: Sequence[Asked], settings: ChainSettings, folder: Path, stopping: Event) -> None:
    """One marker after the other: submitted to one node, looked for on every node."""
    signed = markers(folder / str(settings.markers))
    with ThreadPoolExecutor(len(nodes)) as pool:
        for number, each in enumerate(signed):
            if stopping.is_set():
                return
            first = nodes[number % len(nodes)]
            before = number_of(first.quick(*first.adapter.height()))
            sent_ns = time.time_ns()
            digest = _hash(first.quick(*first.adapter.submit(each)))
            name = f"{number:06d}"
            first.line(layout.told("marker", {"marker": name, "state": "sent"}, sent_ns))
            if digest and before is not None:
                mark = _Mark(name, digest, before, time.monotonic() + float(settings.timeout))
                list(pool.map(lambda node: _shown(node, mark, stopping), nodes))  # noqa: B023 - used up in this turn


def markers(path: Path) -> list[str]:
    """The signed transactions of a file; UsageError for none, for what is no hex, and for one that stands there twice.

    A transaction that is on the chain already shows at once, and would make the chain look fast.
    """
    try:
        signed = [each.strip() for each in path.read_text("ascii").splitlines() if each.strip()]
    except (UnicodeDecodeError, OSError) as error:
        msg = f"The markers cannot be read: {error}."
        raise UsageError(msg, cure="write signed transactions in hex, one a line.", where=str(path)) from None
    known = [each.lower().removeprefix("0x") for each in signed]
    bad = next((at for at, each in enumerate(known, 1) if len(each) < _LEAST or set(each) - _HEX), None)
    if bad is not None or not signed:
        msg = f"Line {bad} of the markers is no signed transaction." if bad else "There is no marker in the file."
        raise UsageError(msg, cure="write signed transactions in hex, one a line.", where=str(path))
    twice = next((at for at, each in enumerate(known, 1) if each in known[: at - 1]), None)
    if twice is not None:
        msg = f"Line {twice} of the markers repeats another."
        raise UsageError(msg, cure="sign a transaction of its own for every marker.", where=str(path))
    return signed


class _Mark(NamedTuple):
    """One marker: what it is called, its hash, the height before it was submitted, how long it is looked for."""

    name: str
    digest: str
    before: int
    deadline: float


def _shown(node: Asked, mark: _Mark, stopping: Event) -> None:
    """Until the node shows it in a block above the height before: one of an older block was on the chain already."""
    while time.monotonic() < mark.deadline and not stopping.is_set():
        found = node.quick(*node.adapter.seen(mark.digest))
        height = number_of(found.get("blockNumber")) if isinstance(found, dict) else None
        if height is not None:
            state = "shown" if height > mark.before else "old"
            node.line(layout.told("marker", {"marker": mark.name, "state": state}, time.time_ns()))
            return
        stopping.wait(_POLL_S)


def _hash(result: Any) -> str:
    """Of the transaction: a receipt has a hash of its own beside it (FISCO BCOS 3)."""
    found = result.get("transactionHash") or result.get("hash") if isinstance(result, dict) else result
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
