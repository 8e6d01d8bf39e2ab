# SPDX-License-Identifier: Apache-2.0
"""``chain.nodes``: how many nodes, or organisations with a node, are proven. Claimed, listed and proven stand apart.

A node is proven when it answered at its own address with a key that no other has, is among the sealers or observers, and has
the same block as most of the others at enough heights. A silent one may still be a node: it leaves FAIL open, never PASS.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.chain import WORDS
from probes.chain.measurands.gathered import Gathered, Node, gathered
from probes.chain.measurands.owners import Owner, owner

_HEIGHTS = "3"
_BEHIND = 10
"""Heights by which a node may be behind the others before it is told."""
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
        owned = {each.owner.name for each in good if each.owner.name}
        open_ones = [each for each in good if not each.owner.name]
        count, more = len(owned), len(open_ones) + len(silent)
        if open_ones:
            lacks.append(WORDS.lack("owner-unproven", names=[each.node.name for each in open_ones]))
    else:
        count, more = len(good), len(silent)
    told = {"claimed": len(view.nodes), "listed": census.listed, "proven": len(good)}
    part = Part("", count, count, count + more, len(view.nodes), float(len(view.nodes)), diagnostics=told)
    unit = request.limit.quantity.unit if request.limit else "个"
    outcome = every([part], request, unit, WORDS.text(f"method-nodes-{by}"), high_is_worse=False)
    remarks = (WORDS.reason("three-numbers", **told), *_struck(census), *census.remarks)
    return replace(outcome, lacks=(*outcome.lacks, *lacks), remarks=remarks, effort={"terminals": len(good)})


def show(view: Gathered, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every node: its role, key, owner, height, and why it does not count."""
    rows = [_shown(each) for each in _census(view, _wanted(request)).found]
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in _COLUMNS]
    return Shown(listings=(Listing("nodes", WORDS.text("nodes"), columns, rows),))


def _wanted(request: Request) -> int:
    asked = request.constant("common_heights", _HEIGHTS)
    return int(_HEIGHTS if asked is None else asked.value)


def _shown(each: Found) -> tuple[Cell, ...]:
    height = each.node.heights[-1][1] if each.node.heights else None
    role = WORDS.text(f"role-{each.role}") if each.role else None
    reasons = [reason.text for reason in each.reasons]
    return (each.node.name, role, each.identity[:16], each.owner.name, height, each.agreed, reasons)


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
    identities = {node.name: _identity(view, node) for node in view.nodes}
    shared = {key for key, count in Counter(identities.values()).items() if key and count > 1}
    first = {key: next(name for name, each in identities.items() if each == key) for key in shared}
    found = []
    for node in view.nodes:
        key = identities[node.name]
        role = _role(view, node, key)
        agreed, parted = _agreement(view, node)
        reasons = tuple(_against(node, key, role, agreed, parted, wanted))
        if not reasons and key in shared and first[key] != node.name:
            reasons = (WORDS.reason("node-same-identity", other=first[key]),)
        silent = not node.hashes and not node.wrong
        found.append(Found(node, key, role, agreed, owner(view, node, key), reasons, silent))
    found = list(_endpoints(found))
    return Census(tuple(found), len(view.sealers | view.observers), tuple(_remarks(view, found)))


def _identity(view: Gathered, node: Node) -> str:
    """The one key it calls its own; of an Ethereum node without one, the address it seals with. Empty where it says several."""
    own = node.all("identity")
    if len(own) == 1:
        return own[0]
    aliases = [each for each in node.all("alias") if each in view.sealers and int(each, 16)]
    return aliases[0] if not own and len(aliases) == 1 else ""


def _role(view: Gathered, node: Node, key: str) -> str:
    """Sealer or observer; an Ethereum node that does not seal is an observer where others see its key among their peers."""
    if key in view.sealers or any(each in view.sealers for each in node.all("alias")):
        return "sealer"
    others = [each for each in view.nodes if each is not node]
    seen = any(key in each.said.get(what, ()) for each in others for what in ("peer", "observer"))
    return "observer" if key and (seen or (key in view.observers and len(view.nodes) == 1)) else ""


def _agreement(view: Gathered, node: Node) -> tuple[int, list[int]]:
    """At how many heights it has the block of most (and others answered), and where it has another."""
    shared = Counter(number for each in view.nodes for number in each.hashes)
    heights = {number: digests for number, digests in node.hashes.items() if shared[number] > 1 or len(view.nodes) == 1}
    agreed = [number for number, digests in heights.items() if digests == {view.main.get(number, "")}]
    return len(agreed), sorted(heights.keys() - set(agreed))


def _against(node: Node, key: str, role: str, agreed: int, parted: list[int], wanted: int) -> Iterator[Reason]:
    if node.wrong:
        yield WORDS.reason("node-header-wrong", height=node.wrong[0])
    elif not node.hashes:
        faults = sorted(node.faults)
        yield WORDS.reason("node-faulty", fault=faults[0]) if faults else WORDS.reason("node-silent")
        return
    if not key:
        yield WORDS.reason("node-no-identity", count=len(node.all("identity")))
    elif not role:
        yield WORDS.reason("node-not-listed")
    if node.registered is not None and node.registered.key not in {"", key, *node.all("alias")}:
        yield WORDS.reason("node-other-key")
    if parted:
        yield WORDS.reason("node-forked", height=parted[0])
    elif agreed < wanted and not node.wrong:
        yield WORDS.reason("node-few-heights", agreed=agreed, wanted=wanted)
    if _went_back(node):
        yield WORDS.reason("node-height-back")


def _went_back(node: Node) -> bool:
    heights = [height for _, height in node.heights]
    return any(after < before for before, after in zip(heights, heights[1:], strict=False))


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


def _remarks(view: Gathered, found: Sequence[Found]) -> Iterator[Reason]:
    """Warnings: may several nodes be one machine? And who is behind."""
    hosts: dict[str, list[str]] = defaultdict(list)
    keys: dict[str, list[str]] = defaultdict(list)
    for each in found:
        if each.node.host:
            hosts[each.node.host].append(each.node.name)
        for one in each.node.all("tls-key"):
            keys[one].append(each.node.name)
    for host, names in sorted(hosts.items()):
        if len(names) > 1:
            yield WORDS.reason("same-host", host=host, names=names)
    for names in keys.values():
        if len(names) > 1:
            yield WORDS.reason("same-tls-key", names=names)
    tops = {each.node.name: each.node.heights[-1][1] for each in found if each.node.heights}
    behind = [name for name, height in tops.items() if height < max(tops.values()) - _BEHIND]
    if behind:
        yield WORDS.reason("behind", names=behind)
    counts = [int(each) for node in view.nodes for each in node.all("peer-count")]
    if counts and max(counts) + 1 < len(view.nodes):
        yield WORDS.reason("fewer-peers", peers=max(counts), claimed=len(view.nodes))
    for one, other in combinations([each for each in found if each.node.said.get("network")], 2):
        if one.node.said["network"] != other.node.said["network"]:
            yield WORDS.reason("other-network", one=one.node.name, other=other.node.name)
            return
