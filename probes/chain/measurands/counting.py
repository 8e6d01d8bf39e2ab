# SPDX-License-Identifier: Apache-2.0
"""Blocks and transactions of the chain that most nodes hold, as columns, and why each transaction does not count. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.model import Lack, Reason, Side
from probes.chain.digests import rows
from probes.chain.digests.counters import NEAR
from probes.chain.formats import metrics
from probes.chain.formats.words import WORDS
from probes.chain.measurands import targets
from probes.chain.measurands.gathered import Gathered
from probes.chain.wire.values import MalformedError, octets

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of the main chain within the range, ascending; ``first`` to ``last``: what should be there."""

    rows: NDArray[np.void]
    first: int
    last: int
    reasons: tuple[Reason, ...]
    """What makes the evidence invalid."""
    lacks: tuple[Lack, ...]

    @property
    def missing(self) -> int:
        """Heights of the range without a block."""
        return max(0, self.last - self.first + 1 - len(self.rows))

    def flag(self, bit: int) -> Mask:
        """Of each block whether it has the flag."""
        return np.asarray((self.rows["flags"] & bit) != 0)


def blocks(view: Gathered, *, everything: bool = False) -> Blocks:
    """The range: as the profile says, else from the first to the height that most nodes have.

    ``everything``: whatever the profile says, so that nobody chooses the blocks that are asked of all.
    """
    first = 0 if everything else max((each.first for each in view.settings), default=0)
    lasts = [each.last for each in view.settings if each.last is not None and not everything]
    last = min(lasts) if lasts else view.highest
    all_rows = rows.columns(view.ledger.blocks, rows.BLOCK)
    numbers = all_rows["number"].astype(np.int64)
    digests = [bytes(each).hex() for each in all_rows["hash"]]
    main = np.array(
        [view.main.get(int(number)) == digest for number, digest in zip(numbers, digests, strict=True)], np.bool_
    )
    within = main & (numbers >= first) & (numbers <= last)
    chosen = _merged(all_rows[within])
    wrong = sorted(
        {int(each) for each in numbers[(all_rows["flags"] & rows.HEADER) == 0] if first <= each <= max(last, first)}
    )
    reasons = [WORDS.reason("blocks-wrong", count=len(wrong), height=wrong[0])] if wrong else []
    reasons += _broken(chosen)
    found = Blocks(chosen, first, last, tuple(reasons), ())
    lacks = []
    if last < first or not len(chosen):
        lacks.append(WORDS.lack("no-blocks", Side.BOTH))
    elif found.missing:
        lacks.append(WORDS.lack("blocks-missing", Side.BOTH, count=found.missing, first=first, last=last))
    return Blocks(chosen, first, last, tuple(reasons), tuple(lacks))


def _merged(found: NDArray[np.void]) -> NDArray[np.void]:
    """One row a block: nodes may have given it with more or with fewer bodies and seals."""
    keep: dict[bytes, np.void] = {}
    for each in found:
        key = bytes(each["hash"])
        other = keep.get(key)
        if other is None:
            keep[key] = each.copy()
        else:
            other["flags"] |= each["flags"]
            other["count"] = max(other["count"], each["count"])
    return np.array(sorted(keep.values(), key=lambda each: int(each["number"])), rows.BLOCK)


def _broken(found: NDArray[np.void]) -> list[Reason]:
    """Blocks that do not follow the one before."""
    if len(found) < 2:
        return []
    numbers = found["number"].astype(np.int64)
    parents = np.array([bytes(each) for each in found["parent"]], object)
    digests = np.array([bytes(each) for each in found["hash"]], object)
    broken = numbers[1:][(np.diff(numbers) == 1) & (parents[1:] != digests[:-1])]
    return [WORDS.reason("links-broken", count=len(broken), height=int(broken[0]))] if len(broken) else []


@dataclass(frozen=True, slots=True)
class Records:
    """Transactions of the range, and for each whether it counts as a business transaction, and as a distinct record.

    ``struck``: (key of words.toml, how many); ``near``: distinct records that differ from another in a counter only.
    """

    rows: NDArray[np.void]
    business: Mask
    distinct: Mask
    held: NDArray[np.int64]
    """How many distinct records each transaction holds."""
    near: int
    count: int
    """Distinct records; of a transaction that holds several, each."""
    struck: tuple[tuple[str, int], ...]
    failures: int
    """Failed ones that are known only by their number."""
    unknown: bool
    """Nobody says which failed."""


def records(view: Gathered, found: Blocks) -> Records:
    """Why each transaction does not count, in this order: the first reason takes it off."""
    txs = _unique(rows.columns(view.ledger.txs, rows.TX))
    good = found.rows[found.flag(rows.HEADER) & found.flag(rows.ROOT)]
    sealed = good[((good["flags"] & rows.SEALED) != 0) | ((good["flags"] & rows.SEALS_ASKED) == 0)]
    known = {(int(each["number"]), bytes(each["hash"])[:8]) for each in found.rows}
    rooted = {(int(each["number"]), bytes(each["hash"])[:8]) for each in good}
    origin = {(int(each["number"]), bytes(each["hash"])[:8]) for each in found.rows if each["flags"] & rows.GENESIS}
    final = {(int(each["number"]), bytes(each["hash"])[:8]) for each in sealed}
    keys = list(zip(txs["number"].astype(np.int64).tolist(), (bytes(each) for each in txs["block"]), strict=True))
    here = np.array([each in known for each in keys], np.bool_)
    txs, keys = txs[here], [each for each, kept in zip(keys, here, strict=True) if kept]
    failed, told = _failed(view, txs)
    steps: list[tuple[str, Callable[[], Mask]]] = [
        (
            "off-root",
            lambda: np.array([each not in rooted for each in keys], np.bool_) | ((txs["flags"] & rows.ROOTED) == 0),
        ),
        ("unsealed", lambda: np.array([each not in final for each in keys], np.bool_)),
        ("unsound", lambda: (txs["flags"] & rows.SOUND) == 0),
        ("not-business", lambda: ~_business(view, txs)),
        ("no-contract", lambda: targets.of(view, txs) == targets.EMPTY),
        ("in-genesis", lambda: np.array([each in origin for each in keys], np.bool_)),
        ("failed", lambda: failed),
        ("signature-twice", lambda: _twice(txs["signature"]) | _twice(_numbers(txs["hash"]))),
        ("nonce-twice", lambda: _twice(txs["nonce"])),
    ]
    left, struck = np.ones(len(txs), np.bool_), []
    for key, off in steps:
        hit = left & np.asarray(off(), np.bool_)
        struck.append((key, int(hit.sum())))
        left &= ~hit
    if any(each.bundled is not None for each in view.settings):
        held, near, more = _bundled(view, txs, left)
    else:
        held = _firsts(txs["payload"], left).astype(np.int64)
        near = _near(txs[held > 0])
        more = [("same-payload", int(left.sum() - held.sum()))]
    failures, unknown = (0, False) if told else _failures(view, found.last)
    unknown = unknown or (not told and next(totals_disagree(view, found), None) is not None)
    return Records(txs, left, held > 0, held, near, int(held.sum()), (*struck, *more), failures, unknown)


def _firsts(values: NDArray[np.void], left: Mask) -> Mask:
    """Of those left, the first of each value."""
    first = np.zeros(len(values), np.bool_)
    places = np.flatnonzero(left)
    _, firsts = np.unique(_numbers(values)[places], return_index=True)
    first[places[firsts]] = True
    return first


def _bundled(view: Gathered, txs: NDArray[np.void], left: Mask) -> tuple[NDArray[np.int64], int, list[tuple[str, int]]]:
    """How many distinct records each transaction holds that may hold several; a transaction without one is told."""
    items = rows.columns(view.ledger.items, rows.ITEM)
    good = _numbers(txs["hash"][left])
    mine = np.isin(_numbers(items["hash"]), good)
    items = items[mine]
    first = _firsts(items["payload"], np.ones(len(items), np.bool_))
    without = int((~np.isin(good, _numbers(items["hash"]))).sum())
    each = Counter(_numbers(items["hash"][first]).tolist())
    held = np.array([each[digest] for digest in _numbers(txs["hash"]).tolist()], np.int64) * left
    told = [("no-bundle", without), ("same-record", len(items) - int(held.sum()))]
    return held, _near(items[first]), told


def _unique(txs: NDArray[np.void]) -> NDArray[np.void]:
    """Each transaction of a block once, whoever gave it; that a node gave it without its signature never helps.

    A mark that it failed stands whoever else says that it was done: no orderer signs those marks (Fabric).
    """
    keep: dict[bytes, int] = {}
    failed = set[bytes]()
    for at, (digest, block) in enumerate(zip(txs["hash"], txs["block"], strict=True)):
        key = bytes(digest) + bytes(block)
        if txs["flags"][at] & rows.FAILED:
            failed.add(key)
        if key not in keep or _rank(txs["flags"][at]) > _rank(txs["flags"][keep[key]]):
            keep[key] = at
    found = txs[sorted(keep.values())]
    if failed:
        told = [
            bytes(digest) + bytes(block) in failed for digest, block in zip(found["hash"], found["block"], strict=True)
        ]
        found["flags"][np.array(told, np.bool_)] |= rows.FAILED
    return found


def _rank(flags: int) -> int:
    return int(flags) & (rows.SOUND | rows.ROOTED)


def _business(view: Gathered, txs: NDArray[np.void]) -> Mask:
    named = any(each.contracts for each in view.settings)
    wanted = {rows.place(_address(each)) for one in view.settings for each in (*one.contracts, *one.accounts)}
    called = txs["kind"] == rows.KINDS.index("call")
    if not named:
        return np.asarray(called, np.bool_)
    return np.asarray(called & np.array([bytes(each) in wanted for each in txs["to"]], np.bool_))


def _address(text: str) -> bytes:
    try:
        return octets(text, 20)
    except MalformedError:
        return text.encode()  # the name of a chaincode, the path of a contract


def _failed(view: Gathered, txs: NDArray[np.void]) -> tuple[Mask, bool]:
    """Those that failed, and whether that is known of every one."""
    told = {each[:32]: each[32] for each in sorted(view.ledger.receipts, reverse=True)}
    state = np.array([told.get(bytes(each), 2) for each in txs["hash"]], np.int8)
    failed = (state == 0) | ((txs["flags"] & rows.FAILED) != 0)
    known = (state != 2) | ((txs["flags"] & (rows.FAILED | rows.DONE)) != 0)
    return np.asarray(failed, np.bool_), bool(known.all())


def _failures(view: Gathered, last: int) -> tuple[int, bool]:
    """How many failed, by the most that any node tells; and whether most do not tell it of all blocks up to the last."""
    totals = [[[*map(int, each.split(":"))] for each in node.all("total")] for node in view.declared if node.heights]
    telling = sum(any(height >= last for height, *_ in each) for each in totals)
    return max((failed for each in totals for *_, failed in each), default=0), 2 * telling <= len(totals)


def _twice(values: NDArray[Any]) -> Mask:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] > 1)


def _numbers(values: NDArray[np.void]) -> NDArray[np.bytes_]:
    """Digests as texts that sort; hex, so that no zero at the end is lost."""
    return np.array([bytes(each).hex() for each in values], "S")


def _near(txs: NDArray[np.void]) -> int:
    """Distinct records that equal another one when counters are masked, and have hardly anything else; one of each kind stays."""
    small = txs[txs["masked"] <= NEAR]
    _, counts = np.unique(_numbers(small["mask"]), return_counts=True)
    return int((counts - 1).sum())


def totals_disagree(view: Gathered, found: Blocks) -> Iterator[Reason]:
    """Where a node's own total of transactions is not that of its blocks up to the same height."""
    if found.first or found.missing or not len(found.rows) or (found.rows["count"] < 0).any():
        return
    summed = np.cumsum(found.rows["count"].astype(np.int64))
    for node in view.nodes:
        for each in node.all("total"):
            height, total, _ = map(int, each.split(":"))
            if height <= found.last and int(summed[height]) != total:
                yield WORDS.reason(
                    "total-disagrees", node=node.name, total=total, height=height, seen=int(summed[height])
                )
                return


def copies_disagree(view: Gathered) -> Iterator[Lack]:
    """Ledger files with more blocks than their peer says of that channel at its operations endpoint, or of a channel it has not."""
    for node in view.nodes:
        told = [each.split("|") for each in node.all("metric")]
        channels = {view_settings.group for view_settings in view.settings if view_settings.group}
        heights = {channel: int(value) for name, channel, value in told if name == metrics.HEIGHT}
        if not heights or not node.heights:
            continue
        wanted = [heights[each] for each in channels if each in heights] or [max(heights.values())]
        if node.heights[-1][1] + 1 > max(wanted):
            yield WORDS.lack(
                "copy-above-peer", Side.PASS, node=node.name, copied=node.heights[-1][1] + 1, told=max(wanted)
            )
