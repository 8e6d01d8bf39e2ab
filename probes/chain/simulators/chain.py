# SPDX-License-Identifier: Apache-2.0
"""A simulated chain as its nodes hold it: blocks ready to be sent, for honest nodes and for those that cheat."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from probes.chain.formats.fisco2 import address
from probes.chain.simulators import forge
from probes.chain.simulators.forge import Json, Key, Style
from probes.chain.simulators.plans import NetworkSettings

_ACCOUNTS = 16
_START_MS = 1_685_577_600_000  # 2023-06-01
_DAY_MS = 86_400_000


@dataclass
class Chain:
    """Blocks by height, whole and without bodies, as JSON bytes; hashes of transactions by height."""

    whole: list[bytes]
    bare: list[bytes]
    hashes: list[str]
    transactions: int
    records: Sequence[bytes]
    txs: Sequence[str]
    """Hash of each honest transaction, in the order of its records."""
    failed: int = 0

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """Height and place of each transaction by its hash."""
        listed = (json.loads(each)["transactions"] for each in self.bare)
        return {tx: (number, at) for number, txs in enumerate(listed) for at, tx in enumerate(txs)}


class Network:
    """Keys, the honest chain, and what the cheats hold instead."""

    def __init__(self, settings: NetworkSettings) -> None:
        """Make everything."""
        self.settings, self.style = settings, Style(settings.chain, settings.algorithm)
        self.keys = [self.style.key(f"node {number}") for number in range(1, settings.count + 1)]
        sealing = settings.count - settings.observers
        self.sealers = [key for number, key in enumerate(self.keys[:sealing], 1) if number not in settings.unlisted]
        self.observers = [
            key for number, key in enumerate(self.keys[sealing:], sealing + 1) if number not in settings.unlisted
        ]
        records = [record(at) for at in range(settings.records)]
        self.main = self._chain(records, "main")
        self.fork = self._chain(records, "fork", apart=True) if settings.forked else self.main
        self.other = self._chain(records[:10], "other", extra_s=7) if settings.other_genesis else self.main

    def _bodies(self, records: Sequence[bytes], rng: random.Random) -> list[Json]:
        settings, style = self.settings, self.style
        accounts = [style.key(f"account {number}") for number in range(_ACCOUNTS)]
        more = [records[at % len(records)] for at in range(settings.repeated)] if records else []
        more += [f"record-{at:06d}".encode() for at in range(settings.counters)]
        made = forge.transactions(style, [*bundles(records, settings.bundle), *more], accounts, rng)
        forged = forge.transactions(style, [record(10**9 + at) for at in range(settings.forged)], accounts, rng)
        for each in forged:
            _spoil(each, style)
        return [*made, *forged, *made[: settings.replayed]]

    def _chain(self, records: Sequence[bytes], name: str, *, apart: bool = False, extra_s: int = 0) -> Chain:
        settings, style = self.settings, self.style
        rng = random.Random("main" if apart else name)
        txs = self._bodies(records, rng)
        size = settings.per_block
        parts = [txs[at : at + size] for at in range(0, len(txs), size)]
        claims = style.national if settings.claims is None else settings.claims
        sealers = (
            self.sealers if not extra_s else [style.key(f"stranger {number}") for number in range(len(self.sealers))]
        )
        blocks = [forge.genesis(style, sealers, claims)]
        span = settings.days * _DAY_MS
        for number, part in enumerate(parts, 1):
            parent = bytes.fromhex(blocks[-1]["hash"][2:])
            later = 1000 if apart and number > len(parts) // 2 else 0
            time_ms = _START_MS + span * number // (len(parts) + 1) + later + 1000 * extra_s
            seals = 1 if number in settings.unsealed else None
            blocks.append(forge.block(style, number, parent, time_ms, sealers, part, rng, seals=seals))
        bare = [_json({**each, "transactions": [tx["hash"] for tx in each["transactions"]]}) for each in blocks]
        hashes = [each["hash"] for each in txs[: -(-len(records) // settings.bundle)]]
        return Chain(
            [_json(each) for each in blocks],
            bare,
            [each["hash"] for each in blocks],
            len(txs),
            records,
            hashes,
            settings.failed,
        )


def record(at: int) -> bytes:
    """One business record as text: what it is of, and the digest of its original."""
    digest = sha256(original(at)).hexdigest()
    text = f'{{"批次":"WH{at:08d}","品名":"示例商品{at % 97}","重量":"{at % 9973 / 10} kg","摘要":"{digest}"}}'
    return text.encode()


def bundles(records: Sequence[bytes], size: int) -> list[bytes]:
    """Records as transactions carry them: one by one, or several in a JSON array."""
    if size == 1:
        return [*records]
    parts = (records[at : at + size] for at in range(0, len(records), size))
    return [b'{"items":[' + b",".join(each) + b"]}" for each in parts]


def original(at: int) -> bytes:
    """The off-chain original of a record."""
    return f"检验报告 {at}\n批次 WH{at:08d}\n结论 合格\n".encode()


def _spoil(tx: Json, style: Style) -> None:
    """Another account's name over a signature: the sender changes, nothing else."""
    other = address(style.key("nobody").public, style.digest)
    tx["from"] = "0x" + other.hex()


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def keys_of(network: Network, number: int) -> Key:
    """The key that node ``number`` calls its own."""
    return network.keys[0] if number in network.settings.aliases else network.keys[number - 1]
