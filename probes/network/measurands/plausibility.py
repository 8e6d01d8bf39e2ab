# SPDX-License-Identifier: Apache-2.0
"""Does a path look like the one it is said to be? Remarks on paths too short for a 5G radio link. Pure.

A round trip over the air needs a transmission each way, and the shortest slots in use (30 kHz subcarriers) last 0.5 ms;
well below that no radio can have been on the path. TTLs tell how many routers were: initial values are 64, 128 and 255.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import ip_address

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


def doubts(nodes: Sequence[Node], paths: Collection[Way] = ()) -> tuple[Reason, ...]:
    """What speaks against a radio link, each kind once with the nodes named: routes and interfaces, then times and TTLs."""
    found = _by_route(nodes, paths)
    loop = [node.label for node in nodes if on_loopback(node)]
    if loop:
        found.append(WORDS.reason("path-is-loopback"))
    quick = [node for node in nodes if not on_loopback(node) and too_quick(node)]
    wired = [node.label for node in quick if hops(node) == 0]
    routed = [node.label for node in quick if hops(node) > 0]
    told = {"path-looks-wired": wired, "path-looks-hairpin": routed}
    found += [WORDS.reason(key, floor_ms=RADIO_FLOOR_NS / 1e6, names=labels) for key, labels in told.items() if labels]
    return tuple(found)


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


def _by_route(nodes: Sequence[Node], paths: Collection[Way]) -> list[Reason]:
    """An own address, an interface without a device behind it, or a neighbour on a cable is no 5G terminal."""
    by_address: dict[str, list[Way]] = {}
    for way in sorted(paths):
        by_address.setdefault(way.address, []).append(way)
    own, virtual, wired = [], [], []
    for node in nodes:
        known = [] if on_loopback(node) else by_address.get(node.address.split("%", 1)[0], [])
        if any(way.local for way in known):
            own.append(node.label)
        elif any(way.kind == "virtual" for way in known):
            virtual.append(_through(node, known))
        elif any(way.kind == "ethernet" and not way.gateway and way.mac for way in known):
            wired.append(_through(node, known))
    told = {"path-is-own-address": own, "path-is-virtual": virtual, "path-is-on-cable": wired}
    return [WORDS.reason(key, names=labels) for key, labels in told.items() if labels]


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
    """Whether the target's address is on this host by definition (127/8, ::1)."""
    try:
        return ip_address(node.address.split("%", 1)[0]).is_loopback
    except ValueError:
        return False


def coarse(nodes: Sequence[Node], limit_ns: int) -> list[str]:
    """Nodes whose times are all multiples of a step coarser than a tenth of the limit; too few times show no step."""
    return [node.label for node in nodes if node.counts["answered"] >= _FEW and node.step_ns * 10 > limit_ns]
