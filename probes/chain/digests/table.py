# SPDX-License-Identifier: Apache-2.0
"""The table of off-chain originals, and each original by its digests."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath

from harness.kit import tables
from harness.kit.documents import names
from harness.kit.tables import Columns, Table
from harness.model import Text
from probes.chain.digests.ledger import Ledger
from probes.chain.wire.sm3 import sm3
from probes.chain.wire.values import octets

DRAW = "sample.draw.jsonl"
"""What the protocol of a draw is called beside the trace."""
NOUN = Text("链下原件登记表", "table of off-chain originals")
FIELDS = {
    "tx": ("交易哈希", "交易", "上链哈希", "tx", "txid", "hash", "transaction"),
    "file": ("文件", "原件", "原件文件", "链下文件", "file", "document", "original"),
}


def read(data: bytes, name: str) -> Table:
    """The table; UnreadableError where it is none."""
    return tables.unedited(tables.read(data, Columns(FIELDS, (("tx",), ("file",)), NOUN, {}), name=name))


def named(data: bytes, name: str) -> list[str]:
    """The files that its rows name."""
    return [each for row in read(data, name) for each in names(row["file"])]


def document(name: str, data: bytes, originals: str | None) -> Ledger:
    """What a recorded document is: the protocol of a draw, the table itself, which the profile calls ``originals``, or an original."""
    if name == DRAW:
        return Ledger(draws=frozenset([data]))
    if originals is not None and name == f"originals/{PurePosixPath(originals).name}":
        rows = [(octets(row["tx"], 32).hex(), each) for row in read(data, name) for each in names(row["file"])]
        return Ledger(originals=frozenset(rows))
    if not data.strip():
        return Ledger()  # a file without anything in it is the original of nothing
    return Ledger(files=frozenset([(name, sha256(data).hexdigest(), sm3(data).hex())]))
