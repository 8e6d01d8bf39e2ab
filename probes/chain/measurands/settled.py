# SPDX-License-Identifier: Apache-2.0
"""What leaves the count of records open: bodies and seals that are missing, failures that nobody tells, blocks that nobody sealed.

Nor does a record count where nobody says whether a contract stands where it went to. An Ethereum block without the seals of a quorum
(Clique, Raft, proof of work, a developer's node) is whatever its node says, and so is a block of a chain that one key seals alone. It
is settled where most of the profile's nodes, two at least, are proven and hold it, or a block above that leads back to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from harness.model import Lack, Side
from probes.chain.digests import rows
from probes.chain.formats.words import WORDS
from probes.chain.measurands import counting, covered, targets
from probes.chain.measurands.gathered import Gathered
from probes.chain.measurands.nodes import proven

if TYPE_CHECKING:
    from probes.chain.measurands.records import View

_LEAST = 2


def lacks(view: View) -> Iterator[Lack]:
    """Bodies that were not fetched, failures that nobody tells, copies above their peer, seals that did not come along, and what is cut off."""
    yield from covered.chain(view.chain)
    told = view.blocks.rows["count"]
    bare = int(((told != 0) & ~view.blocks.flag(rows.WHOLE)).sum())
    if bare:
        yield WORDS.lack("bodies-missing", Side.FAIL, count=bare)
    if view.records.unknown and len(view.records.rows):
        yield WORDS.lack("failures-unknown", Side.PASS)
    yield from counting.copies_disagree(view.chain)
    naked = int((~view.blocks.flag(rows.SEALS_ASKED) & ~view.blocks.flag(rows.GENESIS)).sum())
    if naked and not _evm(view.chain):
        yield WORDS.lack("seals-missing", Side.PASS, count=naked)
    yield from targets.lacks(view.chain, view.records.rows[view.records.business])
    unsettled = int((unsettled_rows(view) & view.records.business).sum())
    if unsettled:
        yield WORDS.lack("nobody-sealed", Side.PASS, count=unsettled)
    signed, own = ({each for node in view.chain.nodes for each in node.all(what)} for what in ("tx-network", "network"))
    if signed and (len(signed) > 1 or signed != own):
        yield WORDS.lack("other-network-txs", Side.PASS, signed=sorted(signed), own=sorted(own))


def unsettled_rows(view: View) -> counting.Mask:
    """Of each transaction whether its block is one that nobody sealed, or one alone, and that too few nodes are proven to hold."""
    alone = len({key for node in view.chain.nodes for key in node.said.get("sealed", ())}) == 1
    if not alone and not _evm(view.chain):
        return np.zeros(len(view.records.rows), np.bool_)
    numbers = view.blocks.rows["number"].astype(np.int64)
    unsealed = (alone | ~view.blocks.flag(rows.SEALS_ASKED)) & ~view.blocks.flag(rows.GENESIS)
    open_ones = unsealed & (numbers > _settled(view.chain))
    return np.isin(view.records.rows["number"].astype(np.int64), numbers[open_ones])


def _evm(chain: Gathered) -> bool:
    return any(each.chain == "evm" for each in chain.settings)


def _settled(chain: Gathered) -> int:
    """The highest block that enough proven nodes hold; -1 where there is none."""
    good = [node.hashes for node in proven(chain)]
    wanted = max(_LEAST, len(chain.declared) // 2 + 1)
    heights = sorted({number for each in good for number in each}, reverse=True)
    held = (at for at in heights if sum(each.get(at) == {chain.main.get(at, "")} for each in good) >= wanted)
    return next(held, -1)
