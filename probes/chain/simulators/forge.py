# SPDX-License-Identifier: Apache-2.0
"""Blocks and transactions of FISCO BCOS 2 and 3 as a node answers them, really hashed, sealed and signed.

The keys protect nothing: they come from a seed, so that two processes make the same chain.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from probes.chain.formats.fisco2 import ALGORITHMS, address, majority
from probes.chain.wire import secp256k1, sm2
from probes.chain.wire.curves import SECP256K1
from probes.chain.wire.merkle import Hash, root2, root3
from probes.chain.wire.rlp import encode, natural

VERSION = 0x03030000
ZERO = "0x" + 64 * "0"
Json = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """A secret with its public key on the curve of the chain."""

    secret: int
    public: bytes

    @property
    def hex(self) -> str:
        """The public key as nodes write it."""
        return self.public.hex()


@dataclass(frozen=True)
class Style:
    """Which chain is made: fisco2 or fisco3, hashed by sm3 (SM2 signatures) or keccak256 (ECDSA)."""

    chain: str
    algorithm: str

    @property
    def digest(self) -> Hash:
        """Its hash."""
        return ALGORITHMS[self.algorithm]

    @property
    def national(self) -> bool:
        """Whether it is of 国密."""
        return self.algorithm == "sm3"

    def key(self, name: str) -> Key:
        """The key of somebody, by name."""
        secret = int.from_bytes(sha256(name.encode()).digest(), "big") % (SECP256K1.n - 1) % (1 << 255) + 1
        return Key(secret, sm2.public(secret) if self.national else secp256k1.public(secret))

    def signatures(self, key: Key, told: Sequence[bytes], rng: random.Random) -> list[bytes]:
        """Of each digest: r|s for SM2, r|s|v for ECDSA."""
        nonces = [rng.randrange(1, 1 << 250) for _ in told]
        if self.national:
            digests = [sm2.digest(each, key.public) for each in told]
            return sm2.signatures(key.secret, list(zip(digests, nonces, strict=True)))
        seals = secp256k1.sealed(key.secret, list(zip(told, nonces, strict=True)))
        return [each.signature + bytes([each.recovery]) for each in seals]


def transactions(style: Style, records: Sequence[bytes], accounts: Sequence[Key], rng: random.Random) -> list[Json]:
    """A call of the business contract for each record, by the accounts in turn."""
    to = "0x" + sha256(b"contract").digest()[:20].hex()
    made: list[Json] = [{} for _ in records]
    for at, key in enumerate(accounts):
        mine = range(at, len(records), len(accounts))
        rows = [_unsigned(style, records[place], to, key, rng) for place in mine]
        for place, row, signature in zip(
            mine, rows, style.signatures(key, [each[1] for each in rows], rng), strict=True
        ):
            made[place] = _signed(style, row, signature, key)
    return made


def _unsigned(style: Style, record: bytes, to: str, key: Key, rng: random.Random) -> tuple[Json, bytes, list[bytes]]:
    """The call without its signature, what is signed, and for 2.x the fields that are hashed."""
    payload, nonce = _call(record), rng.randbytes(16)
    sender = "0x" + address(key.public, style.digest).hex()
    if style.chain == "fisco3":
        head = (0).to_bytes(4, "big") + b"chain0group0" + (10_000).to_bytes(8, "big")
        digest = style.digest(head + nonce + to.encode() + payload)
        body = {
            "abi": "", "blockLimit": 10_000, "chainID": "chain0", "extraData": "", "from": sender, "groupID": "group0",
            "hash": "0x" + digest.hex(), "importTime": 0, "input": "0x" + payload.hex(), "nonce": "0x" + nonce.hex(), "to": to, "version": 0,
        }  # fmt: skip
        return body, digest, []
    number = int.from_bytes(nonce, "big")
    fields = [natural(number), natural(1), natural(30_000_000), natural(600), bytes.fromhex(to[2:]), b"", payload]
    fields += [natural(1), natural(1), b""]
    body = {
        "blockLimit": "0x258", "chainId": "0x1", "extraData": "0x", "from": sender, "gas": hex(30_000_000), "gasPrice": "0x1",
        "groupId": "0x1", "input": "0x" + payload.hex(), "nonce": hex(number), "to": to, "value": "0x0",
    }  # fmt: skip
    return body, style.digest(encode(fields)), fields


def _signed(style: Style, row: tuple[Json, bytes, list[bytes]], signature: bytes, key: Key) -> Json:
    body, _, fields = row
    r, s = signature[:32], signature[32:64]
    if style.chain == "fisco3":
        return {**body, "signature": "0x" + (signature + (key.public if style.national else b"")).hex()}
    last = key.public if style.national else natural(signature[64] + 27)
    digest = style.digest(encode([*fields, last, r.lstrip(b"\0"), s.lstrip(b"\0")]))
    v = key.public.hex() if style.national else f"{signature[64]:x}"
    whole = {"r": "0x" + r.hex(), "s": "0x" + s.hex(), "v": "0x" + v}
    whole["signature"] = "0x" + (r + s + (key.public if style.national else signature[64:65])).hex()
    return {**body, "hash": "0x" + digest.hex(), "signature": whole}


def _call(record: bytes) -> bytes:
    """set(string) in Solidity's ABI."""
    padded = record + bytes(-len(record) % 32)
    return bytes.fromhex("4ed3885e") + (32).to_bytes(32, "big") + len(record).to_bytes(32, "big") + padded


def genesis(style: Style, sealers: Sequence[Key], flag: bool) -> Json:
    """Block 0; ``flag``: what its settings say of 国密, which is not what it is hashed by."""
    text = f"[chain]\nsm_crypto:{int(flag)}\nchainID: chain0\ngrouID: group0\n[consensus]\nconsensus_type: pbft\n"
    text += "".join(f"node.{at}:{each.hex},1\n" for at, each in enumerate(sealers))
    if style.chain == "fisco2":
        return block(style, 0, bytes(32), 1_600_000_000_000, sealers, (), random.Random(0), extra=text.encode())
    preimage = VERSION.to_bytes(4, "big") + bytes(24) + text.encode()
    return {
        "consensusWeights": [], "extraData": "0x" + text.encode().hex(), "gasUsed": "0", "hash": "0x" + style.digest(preimage).hex(),
        "number": 0, "parentInfo": [], "receiptsRoot": ZERO, "sealer": 0, "sealerList": [], "signatureList": [], "stateRoot": ZERO,
        "timestamp": 0, "transactions": [], "txsRoot": ZERO, "version": VERSION,
    }  # fmt: skip


def block(
    style: Style, number: int, parent: bytes, time_ms: int, sealers: Sequence[Key], txs: Sequence[Mapping[str, Any]],
    rng: random.Random, *, seals: int | None = None, extra: bytes = b"",
) -> Json:  # fmt: skip
    """A block with its transactions, sealed by ``seals`` of the sealers: by default as many as finality takes."""
    hashes = [bytes.fromhex(each["hash"][2:]) for each in txs]
    roots = [rng.randbytes(32) for _ in range(2)]
    count = majority([1] * len(sealers)) if seals is None else seals
    order = rng.sample(range(len(sealers)), min(count, len(sealers)))
    made = (_block3 if style.chain == "fisco3" else _block2)(
        style, number, parent, time_ms, sealers, hashes, roots, extra
    )
    digest = bytes.fromhex(made["hash"][2:])
    key = "sealerIndex" if style.chain == "fisco3" else "index"
    signed = []
    for at in [] if number == 0 else order:
        signature = style.signatures(sealers[at], [digest], rng)[0]
        whole = signature + (sealers[at].public if style.national and style.chain == "fisco2" else b"")
        signed.append({key: at if style.chain == "fisco3" else hex(at), "signature": "0x" + whole.hex()})
    return {**made, "signatureList": signed, "transactions": [*txs]}


def _block3(
    style: Style, number: int, parent: bytes, time_ms: int, sealers: Sequence[Key], hashes: Sequence[bytes], roots: Sequence[bytes], extra: bytes
) -> Json:  # fmt: skip
    root = root3(hashes, style.digest)
    sealer, gas = number % len(sealers), "24363"
    preimage = VERSION.to_bytes(4, "big") + (number - 1).to_bytes(8, "big") + parent + root + roots[0] + roots[1]
    preimage += number.to_bytes(8, "big") + gas.encode() + time_ms.to_bytes(8, "big") + sealer.to_bytes(8, "big")
    preimage += b"".join(each.public for each in sealers) + extra + (1).to_bytes(8, "big") * len(sealers)
    return {
        "consensusWeights": [1] * len(sealers), "extraData": "0x" + extra.hex(), "gasUsed": gas,
        "hash": "0x" + style.digest(preimage).hex(), "number": number,
        "parentInfo": [{"blockHash": "0x" + parent.hex(), "blockNumber": number - 1}], "receiptsRoot": "0x" + roots[0].hex(),
        "sealer": sealer, "sealerList": ["0x" + each.hex for each in sealers], "stateRoot": "0x" + roots[1].hex(),
        "timestamp": time_ms, "txsRoot": "0x" + root.hex(), "version": VERSION,
    }  # fmt: skip


def _block2(
    style: Style, number: int, parent: bytes, time_ms: int, sealers: Sequence[Key], hashes: Sequence[bytes], roots: Sequence[bytes], extra: bytes
) -> Json:  # fmt: skip
    root, sealer = root2(hashes, style.digest), number % len(sealers)
    fields = [parent, roots[1], root, roots[0], bytes(32), bytes(256), natural(number), b"", b"", natural(time_ms)]
    digest = style.digest(
        encode([*fields, [extra] if extra else [], natural(sealer), [each.public for each in sealers]])
    )
    return {
        "dbHash": ZERO, "extraData": ["0x" + extra.hex()] if extra else [], "gasLimit": "0x0", "gasUsed": "0x0",
        "hash": "0x" + digest.hex(), "logsBloom": "0x" + 512 * "0", "number": hex(number), "parentHash": "0x" + parent.hex(),
        "receiptsRoot": "0x" + roots[0].hex(), "sealer": hex(sealer), "sealerList": [each.hex for each in sealers],
        "stateRoot": "0x" + roots[1].hex(), "timestamp": hex(time_ms), "transactionsRoot": "0x" + root.hex(),
    }  # fmt: skip
