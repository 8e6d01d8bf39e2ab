# SPDX-License-Identifier: Apache-2.0
"""Which node has which block: a picture of the nodes by height."""

from __future__ import annotations

from collections import Counter

from harness.kit.pictured.matrix import Matrix
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Gathered, Node

_SAME, _OTHER, _WRONG = range(3)


def agreement(view: Gathered) -> tuple[Matrix, ...]:
    """Every node at every height where two gave a block or one a wrong one, beside the block of most; none where there is none."""
    given = Counter(height for each in view.nodes for height in each.hashes)
    heights = sorted({each for each, count in given.items() if count > 1}.union(*(each.wrong for each in view.nodes)))
    if not heights:
        return ()
    states = [WORDS.text(f"block-{each}") for each in ("same", "other", "wrong")]
    cells = [[_state(view, node, height) for height in heights] for node in view.nodes]
    names = [each.name for each in view.nodes]
    return (
        Matrix(
            WORDS.text("agreement"), names, [str(each) for each in heights], states, cells, WORDS.text("column-height")
        ),
    )


def _state(view: Gathered, node: Node, height: int) -> int | None:
    """Whether its block is the one of most, another, or does not recompute; None where it gave none."""
    if height in node.wrong:
        return _WRONG
    digests = node.hashes.get(height)
    if not digests:
        return None
    return _SAME if digests == {view.main.get(height, "")} else _OTHER
