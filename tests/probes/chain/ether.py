# SPDX-License-Identifier: Apache-2.0
"""Small chains of Ethereum's kind that nobody sealed, and traces of nodes that hold them: signed, hashed and linked as real ones."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from probes.chain.formats import layout, typed
from probes.chain.wire import mpt, secp256k1
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, encode, natural

RNG = random.Random(15)
SECRET = RNG.randrange(1, 1 << 250)
SENDER = secp256k1.address(secp256k1.public(SECRET))
CONTRACT = RNG.randbytes(20)
CODE = "0x6080604052600080fd"
NETWORK, START_S = 7, 1_700_000_000
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed(
    nonce: int, payload: bytes, to: bytes = CONTRACT, *, network: int = NETWORK, high: bool = False
) -> dict[str, Any]:
    """A transaction as getBlock shows it; ``high``: with the other s that fits (EIP-2 refuses it)."""
    body: list[Item] = [natural(nonce), b"", natural(90_000), to, b"", payload]
    told = keccak256(encode([*body, natural(network), b"", b""]))
    (seal,) = secp256k1.sealed(SECRET, [(told, RNG.randrange(1, 1 << 250))])
    r, s, v = int.from_bytes(seal.signature[:32], "big"), int.from_bytes(seal.signature[32:], "big"), seal.recovery
    s, v = (_N - s, v ^ 1) if high else (s, v)
    v += 35 + 2 * network
    return {
        "type": "0x0", "hash": "0x" + keccak256(encode([*body, natural(v), natural(r), natural(s)])).hex(), "from": "0x" + SENDER.hex(),
        "to": "0x" + to.hex() if to else None, "nonce": hex(nonce), "gas": hex(90_000), "gasPrice": "0x0", "value": "0x0",
        "input": "0x" + payload.hex(), "v": hex(v), "r": hex(r), "s": hex(s),
    }  # fmt: skip


def chain(
    bodies: Sequence[Sequence[Mapping[str, Any]]], step_s: int = 60, first: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """A genesis block, which has the transactions ``first``, and one block for each body, linked."""
    blocks: list[dict[str, Any]] = []
    for number, txs in enumerate((first, *bodies)):
        raw = [typed.read(each)[1] or b"" for each in txs]
        head: dict[str, bytes] = {
            "parentHash": bytes.fromhex(blocks[-1]["hash"][2:]) if blocks else bytes(32), "sha3Uncles": keccak256(encode([])),
            "miner": bytes(20), "stateRoot": bytes(32), "transactionsRoot": mpt.root(raw), "receiptsRoot": mpt.EMPTY, "logsBloom": bytes(256),
        }  # fmt: skip
        numbers = {
            "difficulty": 0,
            "number": number,
            "gasLimit": 30_000_000,
            "gasUsed": 0,
            "timestamp": START_S + step_s * number,
        }
        digest = keccak256(encode([*head.values(), *map(natural, numbers.values()), b"", bytes(32), bytes(8)]))
        told = {name: "0x" + each.hex() for name, each in head.items()} | {
            name: hex(each) for name, each in numbers.items()
        }
        more = {"extraData": "0x", "mixHash": "0x" + 64 * "0", "nonce": "0x" + 16 * "0", "transactions": [*txs]}
        blocks.append({**told, **more, "hash": "0x" + digest.hex()})
    return blocks


def trace(
    blocks: Sequence[Mapping[str, Any]],
    count: int = 3,
    *,
    status: Mapping[str, Any] | None = None,
    holding: int = 9,
    codes: Sequence[Mapping[bytes, str]] = ({CONTRACT: CODE},),
) -> bytes:
    """What ``count`` nodes answered, of whom ``holding`` gave the blocks and the others the genesis block alone.

    ``status``: of each receipt, by default done. ``codes``: by address, of each node in turn; the last one is that of all others.
    """
    keys = [RNG.randbytes(64).hex() for _ in range(count)]
    lines = b""
    for at, key in enumerate(keys):
        own = blocks if at < holding else blocks[:1]
        answers: list[tuple[str, list[Any], Any]] = [
            ("eth_chainId", [], hex(NETWORK)),
            ("eth_blockNumber", [], hex(len(own) - 1)),
            ("admin_nodeInfo", [], {"enode": f"enode://{key}@127.0.0.1:1"}),
            ("admin_peers", [], [{"enode": f"enode://{each}@127.0.0.1:1"} for each in keys if each != key]),
        ]
        for block in own:
            number, txs = block["number"], block["transactions"]
            answers.append(("eth_getBlockByNumber", [number, True], block))
            told = {"status": "0x1"} if status is None else status
            answers.append(("eth_getBlockReceipts", [number], [{"transactionHash": tx["hash"], **told} for tx in txs]))
        for address, code in codes[min(at, len(codes) - 1)].items():
            answers.append(("eth_getCode", ["0x" + address.hex(), "latest"], code))
        lines += layout.header(f"n{at}", f"http://10.0.0.{at}:1", "evm", "", START_S * 10**9)
        for method, params, result in answers:
            ask = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
            lines += layout.exchange(ask, START_S * 10**9, 1.0, 200, body)[0]
    return lines


def settings(count: int = 3) -> dict[str, Any]:
    """The profile's word on the nodes."""
    nodes = [{"name": f"n{at}", "url": f"http://10.0.0.{at}:1"} for at in range(count)]
    return {"chain": "evm", "nodes": nodes, "receipts": "blocks"}
