# SPDX-License-Identifier: Apache-2.0
"""What all nodes of an indicator said, in one place: the chain that most of them hold, and each node beside it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from harness.plugins import Ask, Input
from probes.chain.digests.ledger import Ledger
from probes.chain.formats.layout import lost

_FOREVER_NS = 1 << 63


@dataclass(frozen=True, slots=True)
class Node:
    """One node as it was asked, and what it said by key."""

    name: str
    said: Mapping[str, frozenset[str]]
    registered: Any
    """Its entry in the profile."""

    def all(self, what: str) -> list[str]:
        """Everything it said of this."""
        return sorted(self.said.get(what, ()))

    @property
    def hashes(self) -> dict[int, set[str]]:
        """Height → hashes of blocks that recompute there."""
        found: dict[int, set[str]] = defaultdict(set)
        for each in self.said.get("at", ()):
            number, digest, wrong = each.split(":")
            if not wrong:
                found[int(number)].add(digest)
        return found

    @property
    def wrong(self) -> list[int]:
        """Heights at which what it gave does not recompute."""
        return sorted(int(each.split(":")[0]) for each in self.said.get("at", ()) if not each.endswith(":"))

    @property
    def heights(self) -> list[tuple[int, int]]:
        """(when in ns, height) in the order of time."""
        return sorted(
            (int(time), int(height))
            for each in self.said.get("height", ())
            for time, _, height in [each.partition(":")]
        )

    @property
    def copied(self) -> bool:
        """Whether it was not asked but its ledger copied, in pieces that each say how high they reach."""
        return self.registered is not None and self.registered.file is not None

    @property
    def asked_at(self) -> datetime | None:
        """When it was last asked; None where no answer tells it. Certificates have to hold on that day."""
        times = [int(each.partition(":")[0]) for each in self.said.get("latency", ())]
        last = max(times, default=0)
        return datetime.fromtimestamp(last / 1e9, UTC) if 0 < last < _FOREVER_NS else None

    @property
    def faults(self) -> dict[str, int]:
        """Codes of what went wrong with it, and how many times at different places."""
        return dict(Counter(each.partition(":")[0] for each in self.said.get("fault", ())))

    @property
    def host(self) -> str:
        """The host part of its address."""
        return next((urlsplit(each).hostname or "" for each in self.all("endpoint")), "")


@dataclass(frozen=True, slots=True)
class Gathered:
    """All nodes, the digest of all of them, and the chain most of them hold: height → hash."""

    nodes: tuple[Node, ...]
    ledger: Ledger
    main: Mapping[int, str]
    settings: tuple[Any, ...]
    ask: Ask = field(default_factory=lambda: Ask(""))
    lost: int = 0
    """Sessions of the recordings that are missing or torn."""

    @property
    def sealers(self) -> frozenset[str]:
        """Keys or addresses that seal, by lists, by the headers and by their seals."""
        return frozenset(
            each for node in self.nodes for what in ("sealer", "sealing", "signing") for each in node.said.get(what, ())
        )

    @property
    def observers(self) -> frozenset[str]:
        """Keys that only listen, by lists."""
        return frozenset(each for node in self.nodes for each in node.said.get("observer", ()))

    @property
    def highest(self) -> int:
        """The height that more than half of the answering nodes had when they were first asked; -1 where none answers.

        What was sealed while they were asked is not fetched any more.
        """
        return _most([node.heights[-1 if node.copied else 0][1] for node in self.declared if node.heights])

    @property
    def top(self) -> int:
        """As :attr:`highest`, by what the nodes said last."""
        return _most([node.heights[-1][1] for node in self.declared if node.heights])

    @property
    def declared(self) -> tuple[Node, ...]:
        """The nodes that the profile lists: nobody else has a vote."""
        return tuple(node for node in self.nodes if node.registered is not None)


def _most(heights: Sequence[int]) -> int:
    return sorted(heights, reverse=True)[len(heights) // 2] if heights else -1


def gathered(inputs: Sequence[Input], ask: Ask) -> Gathered:
    """The view: nodes of several sources bear their source's name where there are several."""
    many = len(inputs) > 1
    named = [(each, f"{each.source}/" if many else "") for each in inputs]
    ledger = reduce(
        Ledger.merge,
        (
            replace(
                each.summary,
                said=frozenset((before + node if node else "", *rest) for node, *rest in each.summary.said),
            )
            for each, before in named
        ),
        Ledger(),
    )
    registered = {before + one.name: one for each, before in named for one in each.trace.settings.nodes}
    by_node: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, what, value in ledger.said:
        by_node[name][what].add(value)
    names = sorted({*registered, *by_node} - {""})
    nodes = tuple(
        Node(name, {what: frozenset(values) for what, values in by_node[name].items()}, registered.get(name))
        for name in names
    )
    settings = tuple(each.trace.settings for each in inputs)
    votes = dict(_main([each for each in nodes if each.registered is not None]))
    return Gathered(nodes, ledger, votes, settings, ask, sum(_lost(each.summary) for each in inputs))


def _lost(found: Ledger) -> int:
    told: dict[str, set[int]] = defaultdict(set)
    for _, what, value in found.said:
        if what in {"session", "torn", "end"}:
            told[what].add(int(value))
    return lost(told["session"], told["torn"], told["end"])


def _main(nodes: Sequence[Node]) -> Iterator[tuple[int, str]]:
    """Of each height the hash that more than half of those who answered it gave; a node with two there gives none."""
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for node in nodes:
        for number, digests in node.hashes.items():
            votes[number].update(digests if len(digests) == 1 else ())
    for number, found in sorted(votes.items()):
        digest, count = found.most_common(1)[0] if found else ("", 0)
        if 2 * count > found.total():
            yield number, digest
