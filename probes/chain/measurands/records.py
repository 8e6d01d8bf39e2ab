# SPDX-License-Identifier: Apache-2.0
"""``chain.records``: business records on chain, each with its hash and signature recomputed, none counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.kit.figures import Bars, Table
from harness.kit.parts import Part, every
from harness.model import Outcome, Reason
from harness.plugins import Ask, Input, Request, Shown
from probes.chain.digests import rows
from probes.chain.digests.counters import NEAR
from probes.chain.formats.words import WORDS
from probes.chain.measurands import counting, covered, settled, targets
from probes.chain.measurands.counting import Blocks, Records
from probes.chain.measurands.gathered import Gathered, gathered

_BURST, _DAY_MS = 0.9, 86_400_000
_BINS = 24


@dataclass(frozen=True, slots=True)
class View:
    """The chain, the blocks of the range, and its transactions."""

    chain: Gathered
    blocks: Blocks
    records: Records


def records(inputs: Sequence[Input], ask: Ask) -> View:
    """The view."""
    chain = gathered(inputs, ask)
    found = counting.blocks(chain)
    return View(chain, found, counting.records(chain, found))


def distinct(view: View, request: Request) -> Outcome:
    """Records with distinct payloads; those that differ in a counter only leave the lower bound without them."""
    return _outcome(view, request, view.records.held, view.records.near, "method-distinct")


def counted(view: View, request: Request) -> Outcome:
    """Successful business transactions (``by: transaction``), or records that match their originals (``by: original``)."""
    if request.parameter("by") == "original":
        from probes.chain.measurands.originals import matching

        return matching(view, request)
    return _outcome(view, request, view.records.business.astype(np.int64), 0, "method-transactions")


def _outcome(view: View, request: Request, held: NDArray[np.int64], near: int, method: str) -> Outcome:
    """``held``: what counts of each transaction."""
    unit = request.limit.quantity.unit if request.limit else "条"
    if not len(view.blocks.rows):
        return Outcome(None, invalid=view.blocks.reasons, lacks=(*view.blocks.lacks, *covered.lacks(view.chain)))
    count, off = int(held.sum()), view.records.failures
    away, ahead = _outside(view, request), _ahead(view)
    unbound = (view.records.rows["flags"] & rows.UNBOUND) != 0
    outside, doubted = int(held[away].sum()), int(held[away | ahead | unbound].sum())
    value, lower = max(0, count - off), max(0, count - off - near - doubted)
    lacks = [*view.blocks.lacks, *settled.lacks(view)]
    upper = None if lacks else count
    part = Part(
        "", value, lower, upper, len(view.records.rows), float(len(view.records.rows)), tuple(lacks),
        invalid=view.blocks.reasons, diagnostics={"transactions": len(view.records.rows), "blocks": len(view.blocks.rows)},
    )  # fmt: skip
    outcome = every([part], request, unit, WORDS.text(method), high_is_worse=False)
    return replace(
        outcome,
        remarks=(
            *outcome.remarks,
            *_remarks(view, near),
            *_written_by(view, held),
            *_when(view, outside),
            *_doubted({"bound-to-no-chain": int(held[unbound].sum()), "dated-ahead": int(held[ahead].sum())}),
        ),
        effort={"items": len(view.records.rows)},
    )


def _remarks(view: View, near: int) -> Iterator[Reason]:
    for key, count in view.records.struck:
        if count:
            yield WORDS.reason(f"off-{key}", count=count)
    if view.records.failures:
        yield WORDS.reason("off-failures", count=view.records.failures)
    if near:
        yield WORDS.reason("near-copies", count=near, bytes=NEAR)
    yield from counting.totals_disagree(view.chain, view.blocks)
    yield from targets.differing(view.chain)
    yield from _burst(view)


def _outside(view: View, request: Request) -> NDArray[np.bool_]:
    """Of each transaction whether its block's time is a day or more outside the project's: what it shows is another project's."""
    times = view.records.rows["time"].astype(np.int64)
    if request.project is None:
        return np.zeros(len(times), np.bool_)
    begin, end = (
        1000 * int(datetime.combine(day, time.min, UTC).timestamp())
        for day in (request.project.start, request.project.end)
    )
    return np.asarray((times < begin - _DAY_MS) | (times > end + 2 * _DAY_MS), np.bool_)


def _ahead(view: View) -> NDArray[np.bool_]:
    """Of each transaction whether its block is dated a day or more after the nodes were asked: no clock gave it that time."""
    asked = [each.asked_at for each in view.chain.nodes if each.asked_at is not None]
    times = view.records.rows["time"].astype(np.int64)
    if not asked:
        return np.zeros(len(times), np.bool_)
    return np.asarray(times > 1000 * int(max(asked).timestamp()) + _DAY_MS, np.bool_)


def _doubted(counts: Mapping[str, int]) -> Iterator[Reason]:
    """Why records are outside the lower bound."""
    yield from (WORDS.reason(key, count=count) for key, count in counts.items() if count)


def _written_by(view: View, held: NDArray[np.int64]) -> Iterator[Reason]:
    """How many accounts wrote what counts, and how much of it the busiest one: an account is no organisation, and one may have a thousand."""
    wrote = Counter[bytes]()
    for sender, count in zip(view.records.rows["sender"][held > 0], held[held > 0].tolist(), strict=True):
        wrote[bytes(sender)] += count
    if wrote:
        most = Fraction(max(wrote.values()), wrote.total())
        yield WORDS.reason("written-by", accounts=len(wrote), share=f"{100 * float(most):.3g} %")


def _when(view: View, outside: int) -> Iterator[Reason]:
    """Which contracts are counted, records outside the project's time, blocks whose time goes back."""
    called = {bytes(each) for each in view.records.rows["to"][view.records.business]}
    if called and not any(each.contracts for each in view.chain.settings):
        yield WORDS.reason("all-contracts", count=len(called))
    if outside:
        yield WORDS.reason("outside-period", count=outside)
    steps = np.diff(view.blocks.rows["time"][view.blocks.rows["number"] > 0].astype(np.int64))
    strict = any(each.chain == "evm" for each in view.chain.settings)  # its headers have to grow later
    back = int(((steps < 0) | ((steps == 0) & strict)).sum())
    if back:
        yield WORDS.reason("time-back", count=back)


def _burst(view: View) -> Iterator[Reason]:
    """Most records written within one day before the last of a longer time."""
    times = np.sort(view.records.rows["time"][view.records.distinct].astype(np.int64))
    if len(times) < 100:
        return
    late = times > times[-1] - _DAY_MS
    if times[-1] - times[0] > 3 * _DAY_MS and late.mean() > _BURST:
        yield WORDS.reason("burst", share=f"{100 * late.mean():.1f} %")
    elif times[-1] - times[0] <= _DAY_MS:
        yield WORDS.reason("one-day", hours=round(float(times[-1] - times[0]) / 3_600_000, 1))


def show(view: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """What was taken off and why, and when records were written."""
    taken = [(WORDS.text(f"brief-{key}"), count) for key, count in view.records.struck]
    table = Table(WORDS.text("taken-off"), [WORDS.text("column-reasons"), WORDS.text("column-count")], taken)
    times = view.records.rows["time"][view.records.distinct].astype(np.float64)
    if not len(times):
        return Shown((table,))
    hours = (times - times.min()) / 3_600_000
    heights, edges = np.histogram(hours, bins=min(_BINS, max(1, len(np.unique(hours)))))
    names = [f"{edge:.2f} h" for edge in edges[:-1]]
    return Shown((table, Bars(WORDS.text("written-when"), "", names, [float(each) for each in heights])))
