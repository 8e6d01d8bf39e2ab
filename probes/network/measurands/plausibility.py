# SPDX-License-Identifier: Apache-2.0
"""Is a path the one it is said to be? Packets that never left this host prove nothing; some paths show that no radio was in them. Pure.

A round trip over the air needs a transmission each way, and the shortest slots in use (30 kHz subcarriers) last 0.5 ms;
well below that no radio can have been on the path. TTLs tell how many routers were: initial values are 64, 128 and 255.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from harness.model import Reason
from harness.quantity import Quantity
from probes.network.digests.node import Node
from probes.network.digests.way import Way
from probes.network.measurands.words import WORDS

RADIO_FLOOR_NS = 300_000
FIBRE_NS_PER_KM = 4_890
"""Light in standard single-mode fibre: group index 1.466 at 1310 nm (ITU-T G.652 fibres), 299 792.458 km/s in vacuum."""
_INITIAL = (64, 128, 255)
_FEW = 20
_FEWEST = 3


def unfit(nodes: Sequence[Node], paths: Collection[Way], *, radio: bool) -> tuple[Reason, ...]:
    """What makes every number from these nodes void: they are this host; where it is a ``radio`` link that is judged, a cable.

    A loopback or own address is void for any network. Of a radio link, so is a neighbour on wired Ethernet or on a bridge
    within this host, and a node of whose round trips a hundredth took less than any radio needs.
    """
    found = [*_here(nodes, paths)]
    if radio:
        cables = {"path-is-on-cable": _wired(nodes, paths), "path-is-bridged": _bridged(nodes, paths)}
        found += [WORDS.reason(key, names=labels) for key, labels in cables.items() if labels]
        found += _quick([node for node in nodes if _often_too_quick(node)])
    return tuple(found)


def doubts(nodes: Sequence[Node], paths: Collection[Way] = ()) -> tuple[Reason, ...]:
    """What speaks against a radio link, each kind once with the nodes named: routes and interfaces, then times and TTLs."""
    told = {"path-is-virtual": _virtual(nodes, paths), "path-is-on-cable": _wired(nodes, paths)}
    found = [*_here(nodes, paths), *(WORDS.reason(key, names=labels) for key, labels in told.items() if labels)]
    return (*found, *_quick([node for node in nodes if not on_loopback(node) and too_quick(node)]))


def shorter_than_cable(nodes: Sequence[Node], length: Quantity | None, *, there_and_back: bool) -> tuple[Reason, ...]:
    """Nodes whose fastest packet beat light in a fibre of the declared ``length``; clock errors are allowed for."""
    if length is None:
        return ()
    floor = round(length.to("m") * FIBRE_NS_PER_KM / 1000) * (2 if there_and_back else 1)
    fast = [
        node.label for node in nodes if node.rtt.n and node.rtt.low + (0 if there_and_back else node.error_ns) < floor
    ]
    if not fast:
        return ()
    kilometres = float(length.to("km"))
    return (WORDS.reason("faster-than-cable", length_km=kilometres, floor_ms=floor / 1e6, names=fast),)


def _here(nodes: Sequence[Node], paths: Collection[Way]) -> list[Reason]:
    """Nodes whose packets stayed on the host that sent or captured them: by address, or by its own word."""
    loop = [node.label for node in nodes if on_loopback(node)]
    own = [node.label for node, known in _known(nodes, paths) if any(way.local for way in known)]
    told = {"path-is-loopback": loop, "path-is-own-address": own}
    return [WORDS.reason(key, names=labels) for key, labels in told.items() if labels]


def _wired(nodes: Sequence[Node], paths: Collection[Way]) -> list[str]:
    """Nodes that are neighbours on a wired Ethernet, and so on no radio link."""
    return [_through(node, known) for node, known in _known(nodes, paths) if wired(known)]


def wired(known: Collection[Way]) -> bool:
    """Whether some way leads to a neighbour on wired Ethernet, by its MAC and without a gateway."""
    return any(way.kind == "ethernet" and not way.gateway and way.mac for way in known)


def _virtual(nodes: Sequence[Node], paths: Collection[Way]) -> list[str]:
    return [
        _through(node, known) for node, known in _known(nodes, paths) if any(way.kind == "virtual" for way in known)
    ]


def _bridged(nodes: Sequence[Node], paths: Collection[Way]) -> list[str]:
    """Nodes that are neighbours on an interface with no device behind it: they run on this host, or on a cable of it."""
    return [
        _through(node, known)
        for node, known in _known(nodes, paths)
        if any(way.kind == "virtual" and not way.gateway and way.mac for way in known)
    ]


def _known(nodes: Sequence[Node], paths: Collection[Way]) -> list[tuple[Node, list[Way]]]:
    """The ways that are known to each node; none to those whose address says it already, own addresses before others."""
    by_address: dict[str, list[Way]] = {}
    for way in sorted(paths):
        by_address.setdefault(way.address, []).append(way)
    found = [(node, by_address.get(bare(node.address), [])) for node in nodes if not on_loopback(node)]
    return [(node, [way for way in known if way.local] or known) for node, known in found]


def _quick(nodes: Sequence[Node]) -> list[Reason]:
    """Nodes that answered faster than any radio could, apart by whether a router was on the way."""
    near = [node.label for node in nodes if hops(node) == 0]
    routed = [node.label for node in nodes if hops(node) > 0]
    told = {"path-looks-wired": near, "path-looks-hairpin": routed}
    return [WORDS.reason(key, floor_ms=RADIO_FLOOR_NS / 1e6, names=labels) for key, labels in told.items() if labels]


def _often_too_quick(node: Node) -> bool:
    """Whether a hundredth of the round trips, and no fewer than three, were too fast for a radio link."""
    at = max(_FEWEST, math.ceil(node.rtt.n / 100))
    if on_loopback(node) or node.condition == "two-point" or node.rtt.n < at:
        return False
    return 0 <= node.rtt.bracket(at, ())[1] + (node.step_ns if node.step_ns > 1 else 0) < RADIO_FLOOR_NS


def _through(node: Node, known: Sequence[Way]) -> str:
    """The node with interface, driver and the next hop's MAC, the last time that it was known."""
    way = max(known, key=lambda each: bool(each.mac))
    details = [each for each in (way.interface, way.driver, way.mac) if each]
    return f"{node.label} ({' '.join(details)})"


def too_quick(node: Node) -> bool:
    """Whether the fastest round trip was too fast for a radio link."""
    return node.rtt.n > 0 and 0 <= node.rtt.low < RADIO_FLOOR_NS


def hops(node: Node) -> int:
    """Routers on the way back by the highest TTL of the replies, counted from the next initial value above; -1: unknown."""
    seen = node.ttl[1]
    return next((initial - seen for initial in _INITIAL if initial >= seen), -1) if seen else -1


def on_loopback(node: Node) -> bool:
    """Whether the target's address is on this host by definition (127/8, ::1, ::ffff:127.0.0.0/104, 0.0.0.0, localhost)."""
    return _is_loopback(bare(node.address))


@lru_cache(maxsize=1 << 16)
def _is_loopback(address: str) -> bool:
    """Asked again for each reading, of thousands of nodes."""
    host = address.casefold().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    inner = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (inner or found).is_loopback or found.is_unspecified


def bare(address: str) -> str:
    """An address without its zone."""
    return address.split("%", 1)[0]


def coarse(nodes: Sequence[Node], limit_ns: int) -> list[str]:
    """Nodes whose times are all multiples of a step coarser than a tenth of the limit; too few times show no step."""
    return [node.label for node in nodes if node.counts["answered"] >= _FEW and node.step_ns * 10 > limit_ns]
