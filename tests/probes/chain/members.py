# SPDX-License-Identifier: Apache-2.0
"""Nodes of ChainMaker as servers of gRPC on loopback: a chain of their own with votes of TBFT, and signatures of SM2 or ECDSA."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from harness.evidence import sm2
from probes.chain.formats.chainmaker import of_bytes
from probes.chain.simulators.forge import Key
from probes.chain.simulators.papers import certificate, pem
from probes.chain.wire.merkle import doubled
from probes.chain.wire.protobuf import fields, inside, message, part
from probes.chain.wire.sm3 import sm3
from tests.probes.chain.remote import Answer, Holder, holder, worded

CHAIN = "chain1"


@dataclass
class Signer:
    """A certificate with what signs for it."""

    pem: bytes
    secret: bytes
    sign: Callable[[bytes], bytes]


def _classic(name: str, issuer: Holder) -> Signer:
    own = holder(name, issuer)
    return Signer(own.pem, own.secret, own.sign)


def _national(name: str, issuer: tuple[bytes, Key], rng: random.Random) -> Signer:
    secret, point = sm2.generate()
    key = Key(int.from_bytes(secret, "big"), point[1:])
    whole = certificate(("C", "CN"), ("CN", name), key=key, issuer=issuer, rng=rng)
    text = base64.b64encode(sm2.private_der(secret, point))
    kept = b"-----BEGIN PRIVATE KEY-----\n" + text + b"\n-----END PRIVATE KEY-----\n"
    return Signer(pem(whole), kept, lambda told: sm2.sign(secret, point, told))


class Alliance:
    """A chain of ``count`` nodes, an organisation each; ``national``: hashed by SM3 and signed by SM2, else SHA-256 and ECDSA.

    ``hashed``: voters say that they are named by the hash of their certificate.
    """

    def __init__(
        self, *, national: bool, count: int = 4, records: int = 20, voting: int | None = None, hashed: bool = False
    ) -> None:
        self._kind = 1 if hashed else 0
        self.digest = sm3 if national else lambda data: hashlib.sha256(data).digest()
        self.names = [f"wx-org{each}" for each in range(1, count + 1)]
        self.ids = [f"QmNode{each}" for each in range(1, count + 1)]
        rng = random.Random(7)
        self.roots, self.sealers, readers = list[bytes](), list[Signer](), list[Signer]()
        for at, name in enumerate(self.names):
            if national:
                secret, point = sm2.generate()
                authority = Key(int.from_bytes(secret, "big"), point[1:])
                root = certificate(("C", "CN"), ("CN", f"ca.{name}"), key=authority, rng=rng)
                self.roots.append(pem(root))
                self.sealers.append(_national(f"consensus{at}", (root, authority), rng))
                readers.append(_national("reader", (root, authority), rng))
            else:
                own = holder(f"ca.{name}")
                self.roots.append(own.pem)
                self.sealers.append(_classic(f"consensus{at}", own))
                readers.append(_classic("reader", own))
        self.client = readers[0]
        self.tls = [holder(f"tls{each}") for each in range(count)]
        self.blocks = [self._block(0, b"", [self._transaction(0, "CHAIN_CONFIG")], 0)]
        for begin in range(0, records, 5):
            txs = [self._transaction(each + 1, "trace") for each in range(begin, begin + 5)]
            self.blocks.append(
                self._block(
                    len(self.blocks), of_bytes(self.blocks[-1]).claimed, txs, count if voting is None else voting
                )
            )

    @property
    def config(self) -> bytes:
        nodes = b"".join(
            inside(2, message((1, org), (3, node))) for org, node in zip(self.names, self.ids, strict=True)
        )
        roots = b"".join(
            inside(9, message((1, org), (2, root))) for org, root in zip(self.names, self.roots, strict=True)
        )
        return message((1, CHAIN), (2, "v2.3.2"), (5, message((1, "SM3"))), (8, message((1, 1)) + nodes)) + roots

    def _transaction(self, at: int, contract: str) -> bytes:
        pair = message((1, "code"), (2, worded(at)))
        payload = message((1, CHAIN), (3, f"{at:064x}"), (4, 1_700_000_000), (6, contract), (7, "put")) + inside(
            8, pair
        )
        signer = message((1, self.names[0]), (3, self.client.pem))
        sender = message((1, signer), (2, self.client.sign(payload)))
        result = message((2, message((2, "ok"), (4, 1000 + at))), (3, bytes(32)))
        return message((1, payload), (2, sender), (4, result))

    def _block(self, number: int, previous: bytes, txs: Sequence[bytes], voting: int) -> bytes:
        root = doubled([self.digest(_shorter(each)) for each in txs], self.digest)
        proposer = message((1, self.names[0]), (3, self.sealers[0].pem))
        head = (
            message((1, 2030200), (3, CHAIN), (4, number)),
            message((6, previous), (8, len(txs)), (9, root), (12, 1_700_000_000 + number), (14, proposer)),
        )
        hashed = self.digest(head[0] + head[1])
        header = head[0] + message((5, hashed)) + head[1] + message((15, b"sig"))
        votes = b"".join(self._vote(at, number, hashed) for at in range(voting))
        beside = (
            message((1, message((1, "TBFTAddtionalDataKey"), (2, message((1, 1), (2, number)) + votes))))
            if voting
            else b""
        )
        return message((1, header)) + b"".join(inside(3, each) for each in txs) + message((4, beside))

    def _vote(self, at: int, number: int, hashed: bytes) -> bytes:
        told = message((1, 1), (2, self.ids[at]), (3, number), (5, hashed))
        signer = message((1, self.names[at]), (2, self._kind), (3, self.sealers[at].pem))
        cast = told + message((6, message((1, signer), (2, self.sealers[at].sign(told)))))
        return inside(6, message((1, self.ids[at]), (2, cast)))

    def answering(self, at: int) -> Answer:
        """What one node answers."""

        def answer(request: bytes) -> bytes:
            payload = fields(part(fields(request), 1))
            method, given = part(payload, 7).decode(), {part(p, 1): part(p, 2) for p in map(fields, payload.get(8, []))}  # type: ignore[arg-type]
            if part(payload, 1).decode() != CHAIN:
                return message((1, 5), (2, "chain not found"))
            height = int(given.get(b"blockHeight", b"0"))
            match method:
                case "GET_CHAIN_INFO":
                    nodes = [
                        inside(2, message((1, node), (3, tls.certificate.public_bytes(serialization.Encoding.DER))))
                        for node, tls in zip(self.ids, self.tls, strict=True)
                    ]
                    result = message((1, len(self.blocks) - 1)) + b"".join(nodes)
                case "GET_CHAIN_CONFIG":
                    result = self.config
                case "GET_NODE_CHAIN_LIST":
                    result = message((1, CHAIN))
                case "GET_BLOCK_BY_HEIGHT":
                    result = message((1, self.blocks[height]))
                case _:
                    result = part(fields(self.blocks[height]), 1)
            return message((2, "OK"), (3, message((2, result))), (4, part(payload, 3)))

        return answer

    def settings(self, urls: Sequence[str], folder: Path) -> dict[str, Any]:
        """The settings by which ``urls`` are asked."""
        (folder / "client.pem").write_bytes(self.client.pem)
        (folder / "client.key").write_bytes(self.client.secret)
        (folder / "client.key").chmod(0o600)
        return {
            "chain": "chainmaker",
            "group": CHAIN,
            "nodes": [{"name": f"node{at}", "url": url} for at, url in enumerate(urls, 1)],
            "client": {"organisation": "wx-org1", "certificate": "client.pem", "key": "client.key"},
            "timeout": "5 s",
        }


def _shorter(tx: bytes) -> bytes:
    """As a node hashes it: written anew with no gas."""
    whole = fields(tx)
    result = fields(part(whole, 4))
    contract = fields(part(result, 2))
    inner = message((2, message((2, part(contract, 2)))), (3, part(result, 3)))
    return message((1, part(whole, 1)), (2, part(whole, 2)), (4, inner))
