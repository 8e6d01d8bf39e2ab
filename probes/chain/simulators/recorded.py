# SPDX-License-Identifier: Apache-2.0
"""A simulated alliance as it is recorded, without sockets: every node asked everything, its answers in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from probes.chain.formats import layout
from probes.chain.live.adapters import adapter
from probes.chain.live.caller import Call
from probes.chain.simulators.answers import Node
from probes.chain.simulators.chain import Network

ASKED_NS = 1_700_000_000 * 10**9
_GREETINGS = ("getPeers", "getNodeInfo", "getGroupInfo", "getSealerList", "getObserverList", "getSyncStatus")


def recording(network: Network, told: Mapping[str, Any], more: Sequence[bytes] = ()) -> bytes:
    """The recording of all nodes of ``told``, which is what the papers of the alliance say; ``more``: further sessions."""
    chain, group = network.settings.chain, "1" if network.settings.chain == "fisco2" else "group0"
    sessions = []
    for number, node in enumerate(told["nodes"], 1):
        lines = b"".join([*_papers(node), *_answers(network, number, group)])
        sessions.append(layout.header(node["name"], node["url"], chain, group, ASKED_NS) + lines)
    known = b"".join(
        layout.octets("authority", ["a"], Path(each).read_bytes(), ASKED_NS) for each in told.get("authorities", ())
    )
    sessions += [layout.header("", "", chain, group, ASKED_NS) + known] if known else []
    whole = [layout.numbered(each, at) for at, each in enumerate([*sessions, *more], 1)]
    return b"".join(whole) + layout.ending(len(whole), ASKED_NS)


def _papers(node: Mapping[str, Any]) -> Iterator[bytes]:
    if "certificate" in node:
        yield layout.octets("certificate", ["c"], Path(node["certificate"]).read_bytes(), ASKED_NS)


def _answers(network: Network, number: int, group: str) -> Iterator[bytes]:
    node = Node(network, number)
    for at, (method, params) in enumerate(_calls(network, group), 1):
        ask = {"jsonrpc": "2.0", "method": method, "params": params, "id": at}
        answer = node.answer(json.dumps(ask).encode())
        if answer is None:
            yield layout.failed(ask, ASKED_NS, "silent")
        else:
            yield layout.exchange(ask, ASKED_NS, 1.0, *answer)[0]


def _calls(network: Network, group: str) -> Iterator[Call]:
    asked, chain = adapter(network.settings.chain, group), network.main
    first: list[Any] = [1] if network.settings.chain == "fisco2" else [group, ""]
    yield asked.height()
    yield from ((name, first) for name in _GREETINGS)
    yield from (asked.block(each) for each in range(len(chain.whole)))
    for digest in chain.txs[:2]:
        yield from filter(None, [asked.header(chain.places[digest][0]), asked.proof(digest)])
    yield from filter(None, [asked.height(), asked.total()])
