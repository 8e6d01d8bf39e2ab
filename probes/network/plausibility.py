# SPDX-License-Identifier: Apache-2.0
"""Does a path look like the one it is said to be? Remarks on paths too short for a 5G radio link. Pure.

A round trip over the air needs a transmission each way, and the shortest slots in use (30 kHz subcarriers) last 0.5 ms;
well below that no radio can have been on the path. TTLs tell how many routers were: initial values are 64, 128 and 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from harness.model import Reason
from probes.network import sentences
from probes.network.node import Node

RADIO_FLOOR_NS = 300_000
_INITIAL = (64, 128, 255)
_FEW = 20


def doubts(nodes: Sequence[Node]) -> tuple[Reason, ...]:
    """What speaks against a radio link, each kind once with the nodes named."""
    found = []
    loop = [node.label for node in nodes if on_loopback(node)]
    if loop:
        found.append(sentences.LOOPBACK)
    quick = [node for node in nodes if not on_loopback(node) and too_quick(node)]
    wired = [node.label for node in quick if hops(node) == 0]
    routed = [node.label for node in quick if hops(node) > 0]
    if wired:
        found.append(sentences.looks_wired(wired, RADIO_FLOOR_NS))
    if routed:
        found.append(sentences.looks_routed(routed, RADIO_FLOOR_NS))
    return tuple(found)


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
