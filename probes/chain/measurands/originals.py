# SPDX-License-Identifier: Apache-2.0
"""链上链下协同: a sample of the records on chain, drawn in public, held against their off-chain originals.

What is sealed for the draw is the hash of the last block, which binds every record before it; its items are the distinct records
in the order of the chain. A record without an original, or with one whose digest it does not have in it, does not agree; a
transaction that holds several records agrees where it has the digests of as many originals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from harness.agreed.refusals import BrokenAgreementError
from harness.kit.draw import Drawn, missing, read_draw
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Request
from harness.stats.population import bounds
from probes.chain.formats.words import WORDS
from probes.chain.measurands import covered, settled

if TYPE_CHECKING:
    from probes.chain.measurands.records import View

_SAMPLE = "298"
"""With as many and none that disagrees, fewer than 1 % of a hundred thousand do, at 95 %."""


def share(view: View, request: Request) -> Outcome:
    """Share of the records on chain that agree with their originals, hypergeometric bounds."""
    return _sampled(view, request, "1", count=False)


def matching(view: View, request: Request) -> Outcome:
    """How many records agree with their originals, hypergeometric bounds over all of them."""
    return _sampled(view, request, request.limit.quantity.unit if request.limit else "条", count=True)


def _sampled(view: View, request: Request, unit: str, *, count: bool) -> Outcome:
    places = np.flatnonzero(view.records.distinct)
    if view.blocks.lacks or not len(places):
        lacks = view.blocks.lacks if len(places) else (*view.blocks.lacks, WORDS.lack("no-blocks", Side.BOTH))
        return Outcome(None, invalid=view.blocks.reasons, lacks=(*lacks, *covered.lacks(view.chain)))
    if not view.chain.ledger.originals:
        return Outcome(None, invalid=view.blocks.reasons, lacks=(WORDS.lack("no-originals", Side.BOTH),))
    hashes = [bytes(each).hex() for each in view.records.rows["hash"][places]]
    asked = request.constant("sample_size", _SAMPLE)
    least = min(len(hashes), int(_SAMPLE) if asked is None else int(asked.value))
    tip = bytes(view.blocks.rows["hash"][-1]).hex()
    drawn, broken, missed = _drawn(view.chain.ledger.draws, tip, len(hashes), least)
    if drawn is None:
        return Outcome(None, invalid=(*view.blocks.reasons, *broken), lacks=missed)
    sample = [hashes[at] for at in drawn.positions]
    agreeing = _agreeing(view, sample)
    several = _shared(agreeing)
    held = dict(zip(hashes, view.records.held[places].tolist(), strict=True))
    full = {tx for tx, files in agreeing.items() if len(files) >= held[tx]}
    good = full - ({*several} if count else set())
    total, size = len(hashes), drawn.counted
    low = bounds(len(good), size, total, request.risk_below / drawn.looks).lower
    high = bounds(len(good), size, total, request.risk_above / drawn.looks).upper
    scale = Fraction(1) if count else Fraction(1, total)
    value = Fraction(len(good), size) * total * scale
    missed = (*missed, *settled.lacks(view))
    part = Part("", value, low * scale, high * scale, size, float(size), missed, invalid=view.blocks.reasons)
    outcome = every([part], request, unit, WORDS.text("method-originals"), high_is_worse=False)
    lost = [tx[:16] for tx in agreeing if tx not in full]
    remarks = [WORDS.reason("drawn", size=len(sample), total=total, tip=tip[:16], forfeited=drawn.forfeited)]
    remarks += [WORDS.reason("without-original", names=lost)] if lost else []
    if several:
        remarks.append(WORDS.reason("original-shared", count=len(several), names=[each[:16] for each in several]))
    return replace(outcome, remarks=(*outcome.remarks, *remarks), effort={"items": size})


def _drawn(
    draws: Collection[bytes], tip: str, total: int, least: int
) -> tuple[Drawn | None, tuple[Reason, ...], tuple[Lack, ...]]:
    """The sample, what is wrong with its protocol, and what is missing of it."""
    if not draws:
        return None, (), (WORDS.lack("no-draw", Side.BOTH, tip=tip, total=total, size=least),)
    if len(draws) > 1:
        return None, (WORDS.reason("several-draws"),), ()
    try:
        drawn = read_draw(next(iter(draws)), population=total)
        missing(drawn)
    except BrokenAgreementError as defect:
        return None, (defect.reason,), ()
    if drawn.list_sha256 not in {
        sha256(each.encode()).hexdigest() for each in (tip, f"{tip}\n", f"0x{tip}", f"0x{tip}\n")
    }:
        return None, (WORDS.reason("draw-of-another-chain", tip=tip),), ()
    few = drawn.counted < least
    return drawn, (), (WORDS.lack("draw-too-small", size=drawn.counted, least=least),) if few else ()


def _shared(agreeing: Mapping[str, frozenset[str]]) -> list[str]:
    """Sampled transactions whose originals are those of one before, in their order: they tell of nothing more."""
    taken, found = set[str](), []
    for tx, files in agreeing.items():
        if files and files <= taken:
            found.append(tx)
        taken |= files
    return found


def _agreeing(view: View, sample: list[str]) -> dict[str, frozenset[str]]:
    """Digests of originals that each sampled transaction has in it, in the order of the sample."""
    digests: dict[str, set[str]] = {name: {one, other} for name, one, other in view.chain.ledger.files}
    files: dict[str, set[str]] = defaultdict(set)
    for tx, name in view.chain.ledger.originals:
        files[tx] |= digests.get(name, set())
    found: dict[str, set[str]] = {tx: set() for tx in sample}
    for each in view.chain.ledger.mentions:
        tx, digest = each[:32].hex(), each[32:].hex()
        if tx in found and digest in files[tx]:
            found[tx].add(digest)
    return {tx: frozenset(own) for tx, own in found.items()}
