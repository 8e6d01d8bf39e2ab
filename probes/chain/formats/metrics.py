# SPDX-License-Identifier: Apache-2.0
"""What a Fabric peer says of itself at its operations endpoint: Prometheus text (0.0.4), three of its gauges.

``ledger_blockchain_height`` counts blocks, so the last one's number is one less; both it and
``gossip_membership_total_peers_known`` bear the channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(r"^([a-z_:][a-z0-9_:]*)\{([^}]*)\}\s+([0-9.eE+-]+)(?:\s+-?[0-9]+)?\s*$")
_CHANNEL = re.compile(r'(?:^|,)\s*channel="((?:[^"\\]|\\.)*)"')
HEIGHT, TRANSACTIONS, PEERS = (
    "ledger_blockchain_height",
    "ledger_transaction_count",
    "gossip_membership_total_peers_known",
)
_WANTED = {HEIGHT, TRANSACTIONS, PEERS}
_MOST = 1 << 62


def gauges(text: str) -> Iterator[tuple[str, str, int]]:
    """(metric, channel, value) of the wanted ones, added up where further labels part them; what is no whole number is left out."""
    found: dict[tuple[str, str], float] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        channel = _CHANNEL.search(match[2]) if match is not None else None
        if match is None or channel is None or match[1] not in _WANTED:
            continue
        try:
            value = float(match[3])
        except ValueError:
            continue
        key = (match[1], channel[1])
        found[key] = found.get(key, 0.0) + value
    for (name, channel_name), value in sorted(found.items()):
        if 0 <= value < _MOST and value == int(value):
            yield name, channel_name, int(value)
