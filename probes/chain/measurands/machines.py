# SPDX-License-Identifier: Apache-2.0
"""Are ten nodes ten machines? Hints, never a verdict: one address, one TLS key, one clock's skew, one distance.

The skew of a machine's clock shows in its TCP time stamps (Kohno et al., 2005); NTP hides it and an hour is little, so
only skews that are known to 1 ppm are compared. One host may be seen from many addresses, and a rack may hold ten honest hosts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from harness.model import Reason
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Node

_SURE_PPM, _SAME_SIGMAS = 1.0, 2.0
_NEAR, _NEAR_US = 0.1, 50.0
_RATES = (1000, 250, 100)
"""Ticks a second of TCP time stamps (RFC 7323, 5.4; Linux has 1000)."""
_WRAP = 1 << 32
_LEAST = 30


def hints(nodes: Sequence[Node]) -> Iterator[Reason]:
    """What speaks for several nodes being one machine, each with the nodes it holds for."""
    for host, names in _grouped({node.name: [node.host] for node in nodes}).items():
        yield WORDS.reason("same-host", host=host, names=names)
    addresses = {node.name: [each for each, *_ in _routes(node)] for node in nodes}
    known = {node.host for node in nodes}
    for address, names in _grouped(addresses).items():
        if address not in known:
            yield WORDS.reason("same-address", address=address, names=names)
    for names in _grouped({node.name: node.all("tls-key") for node in nodes}).values():
        yield WORDS.reason("same-tls-key", names=names)
    skews = {node.name: found for node in nodes if (found := skew(_ticks(node))) is not None}
    for one, other in combinations(sorted(skews), 2):
        apart, sigma = abs(skews[one][0] - skews[other][0]), float(np.hypot(skews[one][1], skews[other][1]))
        if sigma <= _SURE_PPM and apart <= _SAME_SIGMAS * sigma:
            yield WORDS.reason("same-skew", names=[one, other], ppm=float(f"{skews[one][0]:.4g}"))
    yield from _near(nodes)


def _near(nodes: Sequence[Node]) -> Iterator[Reason]:
    """Nodes of other addresses at the same distance, by time to live and round trip."""
    by_ttl: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for node in nodes:
        for _, rtt, ttl in _routes(node)[:1]:
            by_ttl[ttl].append((rtt, node.name))
    for ttl, found in sorted(by_ttl.items()):
        if ttl <= 0 or len(found) < 2:
            continue
        found.sort()
        low, high = found[0][0], found[-1][0]
        if high - low <= max(_NEAR * high, _NEAR_US):
            yield WORDS.reason("same-distance", names=[name for _, name in found], ttl=ttl, most=round(high))


def skew(ticks: Sequence[tuple[int, int]]) -> tuple[float, float] | None:
    """(ppm, standard uncertainty) by which a clock runs ahead of ours, from (ns, stamp); None where there is too little."""
    if len(ticks) < _LEAST:
        return None
    at = np.array([moment for moment, _ in ticks], np.float64)
    at = (at - at[0]) / 1e9
    stamps = np.array([stamp for _, stamp in ticks], np.int64)
    steps = np.diff(stamps) % _WRAP
    if at[-1] <= 0 or (steps > _WRAP // 2).any():
        return None
    run = np.concatenate(([0], np.cumsum(steps))).astype(np.float64)
    rate = min(_RATES, key=lambda each: abs(run[-1] / at[-1] - each))
    if abs(run[-1] / at[-1] / rate - 1) > 0.01:
        return None
    ahead = run / rate - at
    centred = at - at.mean()
    slope = float((centred * ahead).sum() / (centred**2).sum())
    rest = ahead - ahead.mean() - slope * centred
    tick = 1 / rate / np.sqrt(12)
    sigma = max(float(rest.std(ddof=2)), float(tick)) / float(np.sqrt((centred**2).sum()))
    return slope * 1e6, sigma * 1e6


def _ticks(node: Node) -> list[tuple[int, int]]:
    return sorted((int(moment), int(stamp)) for each in node.all("tick") for moment, _, stamp in [each.partition(":")])


def _routes(node: Node) -> list[tuple[str, float, int]]:
    """(address, round trip in µs, time to live or 0) of each connection, the quickest first."""
    found = [each.split("|") for each in node.all("route")]
    return sorted(((address, float(rtt), int(ttl)) for address, rtt, ttl in found), key=lambda each: each[1])


def _grouped(marks: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Marks that several nodes bear, with their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, own in marks.items():
        for each in dict.fromkeys(own):
            found[each].append(name)
    return {mark: names for mark, names in sorted(found.items()) if mark and len(names) > 1}
