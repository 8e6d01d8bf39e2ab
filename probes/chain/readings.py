# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of every question that a scenario puts to a chain: alliances, drills and samples whose answers are known by how they were made.

Bounds of samples and quantiles are those of scipy 1.17.1; the call stands with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.kit.validation import Case
from harness.kit.validation.readings import Evidence, Made, case

_SECOND = 10**9
_MADE = "constructed"
_LOWER = "constructed; scipy 1.17.1: min K with hypergeom.sf(x - 1, N, K, n) > 5 %"
_UPPER = "constructed; scipy 1.17.1: max K with hypergeom.cdf(x, N, K, n) > 5 %"
_RANKS = "constructed; scipy 1.17.1: min and max k with binom.cdf(k - 1, 200, 95 %) at least 95 %, at most 5 %"


def _told(value: Any, lower: Any = None, upper: Any = None, *lacks: str) -> dict[str, Any]:
    """A census is its own bounds; ``lacks``: what is missing."""
    return {
        "value": value,
        "lower": value if lower is None else lower,
        "upper": value if upper is None else upper,
        "open": sorted(f"chain.{each}" for each in lacks),
    }


def cases() -> Iterator[Case]:
    """Every reading of S09 that is asked of a chain."""
    yield from _counted()
    yield from _sampled()
    yield from _national()
    yield from _lively()


def _counted() -> Iterator[Case]:
    """Ten nodes, of which two are another under a further name and one is on a fork; records repeated, forged, in bundles."""
    cheats: dict[str, Any] = {"count": 10, "aliases": [2, 3], "forked": [4]}
    yield case("s09.nodes/proven-nodes", "nodes-honest", _MADE, _alliance(count=5), _told(5))
    yield case("s09.nodes/proven-nodes", "nodes-cheating", _MADE, _alliance(**cheats), _told(7))
    yield case("s09.nodes/proven-nodes", "nodes-silent", _MADE, _alliance(count=5, silent=[5]), _told(4, 4, 5))
    yield case("s09.nodes/proven-organisations", "owners-honest", _MADE, _alliance(count=5), _told(5))
    yield case("s09.nodes/proven-organisations", "owners-cheating", _MADE, _alliance(**cheats), _told(7))
    padded: dict[str, Any] = {"repeated": 3, "forged": 2}
    yield case("s09.records/distinct-records", "records-padded", _MADE, _alliance(**padded), _told(12))
    yield case("s09.records/transactions", "transactions-padded", _MADE, _alliance(**padded), _told(15))
    near = _alliance(counters=3)  # three that hold a counter and nothing else are one, two of them in doubt
    yield case("s09.records/distinct-records", "records-counters", _MADE, near, _told(15, 13, 15))


def _sampled() -> Iterator[Case]:
    """Forty of sixty drawn in public, a census of sixty with three that were altered, fifteen of twenty."""
    few = ("draw-too-small",)
    for reading, name, altered, drawn, told in (
        ("share-agreeing", "originals-agree", 0, 40, ("58/60", "1")),
        ("share-agreeing", "originals-altered", 60, 40, ("0", "2/60")),
        ("share-agreeing", "originals-census", 3, 60, ("57/60", "57/60")),
    ):
        value = {0: 1.0, 60: 0.0, 3: 57 / 60}[altered]
        lower, upper = map(_share, told)
        expected = _told(value, lower, upper, *(few if drawn < 60 else ()))
        made = _alliance(records=60, originals=True, altered=altered, drawn=drawn)
        source = _UPPER if altered == 60 else _LOWER
        yield case(f"s09.records.offchain/{reading}", name, source, made, expected, absolute=1e-12)
    matched = "s09.records/matched-off-chain"
    made = _alliance(records=20, originals=True, drawn=15)
    yield case(matched, "matched-agree", _LOWER, made, _told(20, 18, 20, *few))
    made = _alliance(records=20, originals=True, altered=20, drawn=15)
    yield case(matched, "matched-altered", _UPPER, made, _told(0, 0, 2, *few))


def _share(text: str) -> float:
    over, _, under = text.partition("/")
    return int(over) / int(under or 1)


def _national() -> Iterator[Case]:
    """Five blocks, of which one bears one seal instead of three; another hash; a certificate with another node's key; a plain page."""
    hashed, owned, spoken = (f"s09.sm/{each}" for each in ("sm3-and-sm2", "certificates", "tlcp"))
    yield case(hashed, "sm-honest", _MADE, _alliance(), _told(1))
    yield case(hashed, "sm-unsealed", _MADE, _alliance(unsealed=[2]), _told(0.8), absolute=1e-12)
    yield case(hashed, "sm-keccak", _MADE, _alliance(algorithm="keccak256", claims=True), _told(0))
    yield case(owned, "certificates-honest", _MADE, _alliance(), _told(1))
    yield case(owned, "certificates-of-another", _MADE, _alliance(aliases=[4]), _told(0.75))
    cut = _told(1, None, None, "nodes-unrecorded", "recording-cut") | {"lower": None}
    yield case(hashed, "sm-cut", _MADE, partial(_cut, _alliance()), cut)
    yield case(spoken, "tlcp", _MADE, partial(_spoken, ""), _told(1))
    yield case(spoken, "tlcp-plain", _MADE, partial(_spoken, "HTTP/1.1 200 OK\r\n\r\n"), _told(0))


def _lively() -> Iterator[Case]:
    """Two hundred markers of 10 ms to 2 s behind three of 9 s; a node that is away while the others write a block a second."""
    finality, fault = "s09.liveness/finality-p95", "s09.liveness.fault/blocks-while-down"
    yield case(finality, "finality", _RANKS, partial(_drilled, _marked, {}), _told(1.9, 1.85, 1.96), absolute=1e-9)
    for name, told in {
        "": _told(39),
        "still": _told(0),
        "away": _told(69, None, None, "stayed-away"),
        "behind": _told(39, None, None, "not-caught-up"),
        "observer": _told(39, None, None, "down-no-sealer"),
    }.items():
        plan = {"observers": 1} if name == "observer" else {}
        yield case(fault, f"fault-{name or 'drill'}", _MADE, partial(_drilled, partial(_away, name), plan), told)


def _alliance(*, drawn: int = 0, **plan: Any) -> Made:
    """Four honest nodes with twelve records, three a block, unless ``plan`` says something else; ``drawn``: by dice, in public."""
    return partial(_evidence, {"count": 4, "records": 12, "per_block": 3, **plan}, drawn)


def _evidence(plan: Mapping[str, Any], drawn: int, folder: Path) -> Evidence:
    from probes.chain.simulators.recorded import recording

    network, told = _network(plan, folder)
    settings = {"chain": network.settings.chain, **told}
    documents = {}
    if "originals" in told:
        table = Path(told["originals"])
        protocol = folder / "sample.draw.jsonl"
        protocol.write_bytes(_draw(network, drawn))
        settings["draw"] = protocol.name
        documents = {f"originals/{table.name}": table, protocol.name: protocol}
        documents |= {each.name: each for each in sorted(Path(told["documents"]).iterdir())}
    return Evidence("chain.nodes", recording(network, told), settings, documents)


def _network(plan: Mapping[str, Any], folder: Path) -> tuple[Any, dict[str, Any]]:
    from probes.chain.simulators.chain import Network
    from probes.chain.simulators.papers import papers
    from probes.chain.simulators.plans import NetworkSettings

    network = Network(NetworkSettings.parse(dict(plan)))
    urls = [f"http://10.0.0.{each}:20200" for each in range(1, network.settings.count + 1)]
    return network, papers(network, urls, folder)


def _draw(network: Any, size: int) -> bytes:
    """The protocol of a public draw of all records, sealed over the hash of the last block."""
    import json

    from harness.kit import draw

    tip = json.loads(network.main.whole[-1])["hash"].removeprefix("0x")
    body = {
        "schema": draw.SCHEMA,
        "list": "tip.txt",
        "list_sha256": sha256(f"{tip}\n".encode()).hexdigest(),
        "population": len(network.main.txs),
        "sizes": [size],
        "parties": [],
    }
    lines = draw.next_line([], 1, "sealed", body)
    return lines + draw.next_line(draw.read_steps(lines), 2, "typed", {"source": "dice", "value": "2 7 1 8 2 8 1 8"})


def _cut(made: Made, folder: Path) -> Evidence:
    """Without the session of one node."""
    whole = made(folder)
    assert isinstance(whole.data, bytes)  # noqa: S101 - one segment
    sessions = whole.data.split(b'{"format":')
    data = b'{"format":'.join(each for each in sessions if b'"node":"node4"' not in each)
    return replace(whole, data=data)


def _spoken(plain: str, folder: Path) -> Evidence:
    """An access point that answers a hello with TLCP, or with a plain page."""
    from probes.chain.formats import layout
    from probes.chain.formats.tlcp import hello
    from probes.chain.simulators.access import flight
    from probes.chain.simulators.recorded import ASKED_NS, recording

    network, told = _network({"count": 1, "records": 0}, folder)
    asked = hello(bytes(32))
    answer = plain.encode() or flight(asked)
    line = layout.octets("tlcp", ["10.0.0.1:443"], answer, ASKED_NS, (1.0, asked))
    more = layout.header("", "", "fisco3", "group0", ASKED_NS) + line
    settings = {"chain": "fisco3", **told, "tlcp": "10.0.0.1:443"}
    return Evidence("chain.nodes", recording(network, told, [more]), settings)


def _drilled(lines: Any, plan: Mapping[str, Any], folder: Path) -> Evidence:
    """Four nodes that were greeted before, and what ``lines`` gives for each by its number from 0."""
    from probes.chain.formats import layout
    from probes.chain.simulators.recorded import ASKED_NS, recording

    network, told = _network({"count": 4, "records": 4, "per_block": 4, **plan}, folder)
    more = [
        layout.header(node["name"], node["url"], "fisco3", "group0", ASKED_NS) + b"".join(lines(at))
        for at, node in enumerate(told["nodes"])
    ]
    return Evidence("chain.nodes", recording(network, told, more), {"chain": "fisco3", **told})


def _marked(node: int) -> Iterator[bytes]:
    """The third of four nodes shows each marker after its delay, two others at once, the last one never."""
    from probes.chain.formats import layout
    from probes.chain.simulators.recorded import ASKED_NS

    delays = [9 * _SECOND] * 3 + [(each * 37 % 200 + 1) * _SECOND // 100 for each in range(200)]  # in mixed order
    for at, delay in enumerate(delays):
        name, sent = f"{at:06d}", ASKED_NS + (at + 1) * 10 * _SECOND
        if node == 0:
            yield layout.told("marker", {"marker": name, "state": "sent"}, sent)
        if node < 3:
            yield layout.told("marker", {"marker": name, "state": "shown"}, sent + (delay if node == 2 else 1))


def _away(how: str, node: int) -> Iterator[bytes]:
    """Heights once a second, a block a second; the last node answers nothing from the tenth to the fiftieth second."""
    from probes.chain.formats import layout
    from probes.chain.simulators.recorded import ASKED_NS

    ask = {"jsonrpc": "2.0", "method": "getBlockNumber", "params": ["group0", "node0"], "id": 1}
    for at in range(80):
        time_ns, height, last = ASKED_NS + (10 + at) * _SECOND, 100 + at * (how != "still"), node == 3
        if last and (10 <= at < 50 or (at >= 50 and how == "away")):
            yield layout.failed(ask, time_ns, "silent")
            continue
        told = 100 if last and at >= 50 and how == "behind" else height
        yield layout.exchange(ask, time_ns, 1.0, 200, b'{"id":1,"jsonrpc":"2.0","result":%d}' % told)[0]
