# SPDX-License-Identifier: Apache-2.0
"""Whether a recording is whole: every node that the profile lists, every session, every line. What is missing never helps."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Lack, Side
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Gathered

_PAPERS = {"endpoint", "asked", "certificate", "issuer"}
"""What stands in a recording before a node is asked."""
_TORN = {"block-incomplete", "answer-malformed"}


def lacks(view: Gathered) -> Iterator[Lack]:
    """Sessions and lines that were cut off, copies that break off, nodes of which there is nothing, not even a silence."""
    if view.lost:
        yield WORDS.lack("recording-cut", Side.PASS, count=view.lost)
    damaged = sorted({name for name, what, value in view.ledger.said if (what, value) == ("fault", "line-damaged")})
    if damaged:
        yield WORDS.lack("lines-damaged", Side.PASS, names=[each or "…" for each in damaged])
    torn = [node.name for node in view.nodes if node.copied and _TORN & node.faults.keys()]
    if torn:
        yield WORDS.lack("copies-torn", Side.PASS, names=torn)
    wanted = {f"{each.chain}|{each.group_name}" for each in view.settings}
    elsewhere = [node.name for node in view.nodes if not wanted.issuperset(node.all("asked"))]
    if elsewhere:
        yield WORDS.lack("asked-elsewhere", Side.PASS, names=elsewhere)
    absent = [node.name for node in view.declared if not node.said.keys() - _PAPERS]
    if absent:
        yield WORDS.lack("nodes-unrecorded", Side.PASS, names=absent)


def chain(view: Gathered) -> Iterator[Lack]:
    """As :func:`lacks`, and whether most of the profile's nodes hold the chain: what the silent ones hold nobody knows."""
    yield from lacks(view)
    holding = sum(any(view.main.get(at) in digests for at, digests in node.hashes.items()) for node in view.declared)
    if 2 * holding <= len(view.declared):
        yield WORDS.lack("few-nodes", Side.PASS, count=holding, all=len(view.declared))
