# SPDX-License-Identifier: Apache-2.0
"""``chain.nodes``: how many nodes, or organisations with a node, are proven. Claimed, listed and proven stand apart.

A node is proven when it answered at its own address with a key that no other has, is among the sealers or observers, and has
the same block as most of the others at enough heights. A silent one may still be a node: it leaves FAIL open, never PASS.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.chain.digests import rows
from probes.chain.formats.words import WORDS
from probes.chain.measurands import covered
from probes.chain.measurands.agreement import agreement
from probes.chain.measurands.gathered import Gathered, Node, gathered
from probes.chain.measurands.machines import hints
from probes.chain.measurands.owners import Owner, Owners, organisations, owner

_HEIGHTS = "3"
_BEHIND = 10
"""Heights by which a node may be behind the others before it is told."""
_IDLE_DAYS = 30
"""Days after the last block from which on it is told."""
_LIES = {"block-incomplete", "answer-unsigned"}
"""What a node answers that is there and speaks against it."""
_UNANSWERED = "node-proof-missing"
"""Why a node does not count that may hold the chain all the same: it refused to prove a transaction, or fell silent."""
_COLUMNS = ("node", "role", "identity", "organisation", "height", "agreed", "reasons")


@dataclass(frozen=True, slots=True)
class Found:
    """One node with what speaks against it; ``agreed``: heights at which it has the block of most."""

    node: Node
    identity: str
    role: str
    agreed: int
    owner: Owner
    reasons: tuple[Reason, ...]
    silent: bool
    """Whether nothing speaks against it but that it did not answer."""


@dataclass(frozen=True, slots=True)
class Census:
    """All nodes as they are counted, what is listed, and what has to be told."""

    found: tuple[Found, ...]
    listed: int
    remarks: tuple[Reason, ...]

    @property
    def proven(self) -> list[Found]:
        """Nodes that nothing speaks against."""
        return [each for each in self.found if not each.reasons]


def nodes(inputs: Sequence[Input], ask: Ask) -> Gathered:
    """The view."""
    return gathered(inputs, ask)


def distinct(view: Gathered, request: Request) -> Outcome:
    """Distinct proven nodes (``by: key``) or organisations that own one (``by: organisation``)."""
    by = str(request.parameter("by", "key"))
    if by not in {"key", "organisation"}:
        return Outcome(None, lacks=(WORDS.lack("unknown-count", Side.BOTH, by=by),))
    if not view.nodes:
        return Outcome(None, lacks=(WORDS.lack("no-nodes", Side.BOTH),))
    census = _census(view, _wanted(request))
    good, lacks = census.proven, list[Lack]()
    silent = [each for each in census.found if each.silent]
    if by == "organisation":
        owned = organisations([each.owner for each in good if each.owner.name])
        open_ones = [each for each in good if not each.owner.name]
        count, clear, more = owned.exact, owned.clear, len(open_ones) + len(silent)
        told_of = [*_owned(owned)]
        if open_ones:
            lacks.append(WORDS.lack("owner-unproven", names=[each.node.name for each in open_ones]))
    else:
        count, clear, more, told_of = len(good), len(good), len(silent), []
    lacks += covered.lacks(view)
    told = {"claimed": len(view.nodes), "listed": census.listed, "proven": len(good)}
    part = Part("", count, clear, count + more, len(view.nodes), float(len(view.nodes)), diagnostics=told)
    unit = request.limit.quantity.unit if request.limit else "个"
    outcome = every([part], request, unit, WORDS.text(f"method-nodes-{by}"), high_is_worse=False)
    remarks = (WORDS.reason("three-numbers", **told), *_struck(census), *told_of, *census.remarks)
    return replace(outcome, lacks=(*outcome.lacks, *lacks), remarks=remarks, effort={"terminals": len(good)})


def _owned(found: Owners) -> Iterator[Reason]:
    """Organisations that the papers give several codes, and names of which a reader would say that they are one."""
    if found.several:
        yield WORDS.reason("owner-several-codes", codes=list(found.several))
    if found.alike:
        yield WORDS.reason("owners-alike", names=list(found.alike))


def show(view: Gathered, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every node: its role, key, owner, height, and why it does not count."""
    rows = [_shown(each) for each in _census(view, _wanted(request)).found]
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in _COLUMNS]
    return Shown(agreement(view), (Listing("nodes", WORDS.text("nodes"), columns, rows),))


def proven(view: Gathered) -> list[Node]:
    """The nodes that nothing speaks against, at as many heights as the clause takes by default."""
    return [each.node for each in _census(view, int(_HEIGHTS)).proven]


def _wanted(request: Request) -> int:
    asked = request.constant("common_heights", _HEIGHTS)
    return int(_HEIGHTS if asked is None else asked.value)


def _shown(each: Found) -> tuple[Cell, ...]:
    height = each.node.heights[-1][1] if each.node.heights else None
    what = WORDS.text(f"role-{each.role}") if each.role else None
    reasons = [reason.text for reason in each.reasons]
    return (each.node.name, what, each.identity[:16], each.owner.told, height, each.agreed, reasons)


def _struck(census: Census) -> Iterator[Reason]:
    """Each reason once, with the nodes that it holds for."""
    by_code: dict[str, list[str]] = defaultdict(list)
    first: dict[str, Reason] = {}
    for each in census.found:
        for reason in each.reasons:
            by_code[reason.code].append(each.node.name)
            first.setdefault(reason.code, reason)
    for code, names in by_code.items():
        yield WORDS.reason(f"struck-{code.partition('.')[2].removeprefix('node-')}", names=names)


def _census(view: Gathered, wanted: int) -> Census:
    identities = {node.name: identity(view, node) for node in view.nodes}
    shared = {key for key, count in Counter(identities.values()).items() if key and count > 1}
    first = {key: _first(view, [name for name, each in identities.items() if each == key], key) for key in shared}
    proven = frozenset(each for node in view.nodes for each in node.all("proof") if each.endswith(":yes"))
    found = []
    for node in view.nodes:
        key = identities[node.name]
        own = role(view, node, key)
        agreed, parted = _agreement(view, node)
        reasons = tuple(_against(node, key, own, (agreed, parted), (wanted, proven)))
        if key in shared and first[key] != node.name:
            reasons = (WORDS.reason("node-same-identity", other=first[key]), *reasons)
        silent = not node.hashes and not node.wrong and not _LIES & node.faults.keys()
        silent = silent or {each.code for each in reasons} == {f"chain.{_UNANSWERED}"}
        found.append(Found(node, key, own, agreed, owner(view, node, key), reasons, silent))
    found = list(_endpoints(found))
    return Census(tuple(found), len(view.sealers | view.observers), tuple(_remarks(view, found)))


def _first(view: Gathered, names: Sequence[str], key: str) -> str:
    """Of several entries with one key the one that the register gives it to, else the first by name."""
    own = {node.name for node in view.nodes if node.registered is not None and node.registered.key == key}
    return min(names, key=lambda each: (each not in own, each))


def identity(view: Gathered, node: Node) -> str:
    """The one key it calls its own; of a sealer of Ethereum's kind the address it seals with. Empty where it says several.

    What seals comes first: two nodes that claim one sealer are one, whatever else they call themselves.
    """
    sealing = [each for each in node.all("alias") if int(each, 16) and _voted(view, node, {each}, _SEALS)]
    if len(sealing) == 1:
        return sealing[0]
    own = node.all("identity") or _by_tls(view, node)
    return own[0] if len(own) == 1 and not sealing else ""


def _by_tls(view: Gathered, node: Node) -> list[str]:
    """ChainMaker's nodes sign nothing that they answer: the name that the others know the shown TLS certificate by."""
    told = [
        {name for each in other.all("peer-tls") for name, _, key in [each.rpartition("|")] if key in shown}
        for shown in [node.said.get("tls-certificate", frozenset())]
        for other in view.nodes
        if other is not node
    ]
    return sorted(set().union(*told))


_SEALS = ("sealer", "sealing", "signing")
"""By a node's list, by the headers' lists, by the seals themselves."""


def _voted(view: Gathered, node: Node, marks: set[str], lists: Sequence[str]) -> bool:
    """Whether more than half of the other nodes that tell such a list have it there: nobody's own word counts."""
    others = [each for each in view.declared if each is not node and any(each.said.get(what) for what in lists)]
    others = [node] if len(view.declared) == 1 else others
    votes = sum(any(marks & each.said.get(what, frozenset()) for what in lists) for each in others)
    return 2 * votes > len(others)


def role(view: Gathered, node: Node, key: str) -> str:
    """Sealer or observer, by the others; Ethereum's kind has no list of observers, so there another has it among its peers.

    Where the others tell who seals today, headers of old do not make a sealer of one that was put off the list.
    """
    today = any(each.said.get("sealer") for each in view.nodes if each is not node)
    if key and _voted(view, node, {key}, ("sealer",) if today else _SEALS):
        return "sealer"
    if key and _voted(view, node, {key}, ("observer",)):
        return "observer"
    if key and _member(view, node):
        return "member"
    peers = (key in each.said.get("peer", ()) for each in view.nodes if each is not node)
    evm = any(each.chain == "evm" for each in view.settings)
    return "observer" if key and evm and any(peers) else ""


def _member(view: Gathered, node: Node) -> bool:
    """Whether it is a member of a channel of Fabric by the authorities that more than half of the other peers know."""
    others = [each.said["authorities"] for each in view.nodes if each is not node and each.said.get("authorities")]
    own = {each.rpartition("|")[2] for each in node.all("member")}
    return len(own) == 1 and 2 * sum(own == set(each) for each in others) > len(others) > 0


def _agreement(view: Gathered, node: Node) -> tuple[int, list[int]]:
    """At how many heights it has the block of most (and others answered), and where it has another."""
    shared = Counter(number for each in view.declared for number in each.hashes)
    alone = len(view.declared) == 1
    heights = {number: digests for number, digests in node.hashes.items() if shared[number] > 1 or alone}
    agreed = [number for number, digests in heights.items() if digests == {view.main.get(number, "")}]
    return len(agreed), sorted(heights.keys() - set(agreed))


def _against(
    node: Node, key: str, role: str, found: tuple[int, list[int]], limits: tuple[int, frozenset[str]]
) -> Iterator[Reason]:
    wanted, proven = limits
    agreed, parted = found
    if node.registered is None:
        yield WORDS.reason("node-undeclared")
    if node.wrong:
        yield WORDS.reason("node-header-wrong", height=node.wrong[0])
    elif not node.hashes:
        yield _unusable(node)
        return
    if not key:
        yield WORDS.reason("node-no-identity", count=len(node.all("identity")))
    elif not role:
        yield WORDS.reason("node-not-listed")
    if node.registered is not None and node.registered.key not in {"", key, *node.all("alias")}:
        yield WORDS.reason("node-other-key")
    if parted and parted[0] == 0:
        yield WORDS.reason("node-other-genesis")
    elif parted:
        yield WORDS.reason("node-forked", height=parted[0])
    elif agreed < wanted and "block-incomplete" in node.faults:
        yield WORDS.reason("node-incomplete")
    elif agreed < wanted and not node.wrong:
        yield WORDS.reason("node-few-heights", agreed=agreed, wanted=wanted)
    if _went_back(node):
        yield WORDS.reason("node-height-back")
    if "answer-unsigned" in node.faults:
        yield WORDS.reason("node-unsigned")
    yield from _proofs(node, proven)


def _proofs(node: Node, proven: frozenset[str]) -> Iterator[Reason]:
    """Of the transactions that any node proved, the first that this one proves wrong, does not have, or gave no answer to."""
    told = node.said.get("proof", frozenset())
    for state, key in (("no", "node-proof-wrong"), ("absent", "node-proof-absent"), ("", _UNANSWERED)):
        for tx in sorted(each.removesuffix(":yes") for each in proven):
            if f"{tx}:{state}" in told or (not state and f"{tx}:yes" not in told):
                yield WORDS.reason(key, tx=tx[:16])
                return


def _unusable(node: Node) -> Reason:
    """Why not one block of a node can be used."""
    faults = [
        each for each in ("html", "block-incomplete", "rate-limited", *sorted(node.faults)) if each in node.faults
    ]
    if "answer-unsigned" in node.faults:
        return WORDS.reason("node-unsigned")
    told = {"html": "node-html", "block-incomplete": "node-incomplete", "rate-limited": "node-busy"}
    if not faults or faults[0] in {"silent", "timeout", "cut-off"}:
        return WORDS.reason("node-refuses") if node.all("refused") and not faults else WORDS.reason("node-silent")
    return WORDS.reason(told[faults[0]]) if faults[0] in told else WORDS.reason("node-faulty", fault=faults[0])


def _went_back(node: Node) -> bool:
    heights = [height for _, height in node.heights]
    return any(after < before for before, after in pairwise(heights))


def _endpoints(found: Sequence[Found]) -> Iterator[Found]:
    """Of several entries with one address only the first is a node of its own."""
    taken: dict[str, str] = {}
    for each in found:
        place = next(iter(each.node.all("endpoint")), "").rstrip("/").lower()
        other = taken.setdefault(place, each.node.name) if place else each.node.name
        if other != each.node.name and not each.reasons:
            yield replace(each, reasons=(WORDS.reason("node-same-endpoint", other=other),))
        else:
            yield each


def _idle(view: Gathered) -> Iterator[Reason]:
    """Whether the last block is long past: a chain that stands still may be a copy of one."""
    asked = [each.asked_at for each in view.nodes if each.asked_at is not None]
    blocks = rows.columns(view.ledger.blocks, rows.BLOCK)
    times = blocks["time"][(blocks["flags"] & rows.HEADER) != 0].astype(np.int64)
    if asked and len(times):
        days = int(max(asked).timestamp() - int(times.max()) / 1000) // 86_400
        if days > _IDLE_DAYS:
            yield WORDS.reason("standing-still", days=days)


def _remarks(view: Gathered, found: Sequence[Found]) -> Iterator[Reason]:
    """Warnings: may several nodes be one machine? And who is behind."""
    troubled = [f"{each.node.name} ({', '.join(sorted(each.node.faults))})" for each in found if each.node.faults]
    if troubled:
        yield WORDS.reason("troubles", names=troubled)
    yield from hints([each.node for each in found])
    sealed = {each for node in view.nodes for what in ("sealed", "signing") for each in node.said.get(what, ())}
    idle = [each.node.name for each in found if each.role == "sealer" and each.identity not in sealed]
    if sealed and idle:
        yield WORDS.reason("never-sealed", names=idle)
    tops = {each.node.name: each.node.heights[-1][1] for each in found if each.node.heights}
    behind = [name for name, height in tops.items() if height < max(tops.values()) - _BEHIND]
    if behind:
        yield WORDS.reason("behind", names=behind)
    yield from _idle(view)
    counts = [int(each) for node in view.nodes for each in node.all("peer-count")]
    if counts and max(counts) + 1 < len(view.nodes):
        yield WORDS.reason("fewer-peers", peers=max(counts), claimed=len(view.nodes))
    for one, other in combinations([each for each in found if each.node.said.get("network")], 2):
        if one.node.said["network"] != other.node.said["network"]:
            yield WORDS.reason("other-network", one=one.node.name, other=other.node.name)
            return
