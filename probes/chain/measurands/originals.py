# SPDX-License-Identifier: Apache-2.0
"""链上链下协同: a sample of the records on chain, drawn when nobody can choose any more, held against their off-chain originals.

The seed is the hash of the last block and what both sides agreed on afterwards (:func:`harness.stats.population.draw`). A record
without an original, or with one whose digest it does not have in it, does not agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Side
from harness.plugins import Request
from harness.stats.population import bounds, draw
from probes.chain.formats.words import WORDS

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
    lacks = list(view.blocks.lacks)
    places = np.flatnonzero(view.records.distinct)
    if not view.chain.ledger.originals:
        lacks.append(WORDS.lack("no-originals", Side.BOTH))
    nonce = next((each.nonce for each in view.chain.settings if each.nonce), "")
    if not nonce:
        lacks.append(WORDS.lack("no-nonce", Side.BOTH))
    if lacks or not len(places):
        return Outcome(
            None,
            invalid=view.blocks.reasons,
            lacks=(*lacks, *([] if len(places) else [WORDS.lack("no-blocks", Side.BOTH)])),
        )
    hashes = [bytes(each).hex() for each in view.records.rows["hash"][places]]
    asked = request.constant("sample_size", _SAMPLE)
    size = min(len(hashes), int(_SAMPLE) if asked is None else int(asked.value))
    tip = bytes(view.blocks.rows["hash"][-1]).hex()
    sample = [hashes[at] for at in draw(tip, nonce, len(hashes), size)]
    good = _agreeing(view, sample)
    total = len(hashes)
    low = bounds(len(good), size, total, request.risk_below).lower
    high = bounds(len(good), size, total, request.risk_above).upper
    scale = Fraction(1) if count else Fraction(1, total)
    value = Fraction(len(good), size) * total * scale
    part = Part(
        "", value, low * scale, high * scale, size, float(size), tuple[Lack, ...](), invalid=view.blocks.reasons
    )
    outcome = every([part], request, unit, WORDS.text("method-originals"), high_is_worse=False)
    lost = [each[:16] for each in sample if each not in good]
    remarks = [WORDS.reason("drawn", size=size, total=total, tip=tip[:16])]
    remarks += [WORDS.reason("without-original", names=lost)] if lost else []
    return replace(outcome, remarks=(*outcome.remarks, *remarks), effort={"items": size})


def _agreeing(view: View, sample: list[str]) -> set[str]:
    """Hashes of sampled transactions that have the digest of an original in them."""
    digests: dict[str, set[str]] = {name: {one, other} for name, one, other in view.chain.ledger.files}
    files: dict[str, set[str]] = defaultdict(set)
    for tx, name in view.chain.ledger.originals:
        files[tx] |= digests.get(name, set())
    wanted = set(sample)
    found = set()
    for each in view.chain.ledger.mentions:
        tx, digest = each[:32].hex(), each[32:].hex()
        if tx in wanted and digest in files[tx]:
            found.add(tx)
    return found
