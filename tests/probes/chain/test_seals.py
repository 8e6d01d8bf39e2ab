# SPDX-License-Identifier: Apache-2.0
"""Seals of QBFT and IBFT 2.0: what is hidden from the block's hash, what validators sign, and a quorum of them (Besu's codecs)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from probes.chain.formats.block import check
from probes.chain.formats.evm import block
from probes.chain.wire import mpt, secp256k1
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, encode, natural

RNG = random.Random(21)
SECRETS = [RNG.randrange(1, 1 << 250) for _ in range(4)]
VALIDATORS = [secp256k1.address(secp256k1.public(each)) for each in SECRETS]
MIX = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
HEAD: dict[str, bytes] = {
    "parentHash": RNG.randbytes(32), "sha3Uncles": keccak256(encode([])), "miner": VALIDATORS[0], "stateRoot": RNG.randbytes(32),
    "transactionsRoot": mpt.EMPTY, "receiptsRoot": mpt.EMPTY, "logsBloom": bytes(256),
}  # fmt: skip
NUMBERS = {"difficulty": 1, "number": 7, "gasLimit": 30_000_000, "gasUsed": 0, "timestamp": 1_700_000_000}


def hashed(extra: bytes) -> bytes:
    return keccak256(encode([*HEAD.values(), *map(natural, NUMBERS.values()), extra, MIX, bytes(8)]))


def answer(engine: str, signers: list[int], *, round_: int = 3, digest: bytes | None = None) -> dict[str, Any]:
    """A block sealed by these validators; ``digest``: what they sign instead of what they should."""
    parts: list[Item] = [bytes(32), list(VALIDATORS), [] if engine == "qbft" else b""]
    number: bytes = natural(round_) if engine == "qbft" else round_.to_bytes(4, "big")
    told: list[Item] = [*parts, number, []] if engine == "qbft" else [*parts, number]
    hidden: list[Item] = [*parts, b"", []] if engine == "qbft" else parts
    signed = hashed(encode(told)) if digest is None else digest
    seals: list[Item] = []
    for each in signers:
        seal = secp256k1.sealed(SECRETS[each], [(signed, RNG.randrange(1, 1 << 250))])[0]
        seals.append(seal.signature + bytes([seal.recovery]))
    extra = encode([*parts, number, seals])
    head = {name: "0x" + value.hex() for name, value in HEAD.items()} | {
        name: hex(value) for name, value in NUMBERS.items()
    }
    more = {"extraData": "0x" + extra.hex(), "mixHash": "0x" + MIX.hex(), "nonce": "0x" + 16 * "0", "transactions": []}
    return {**head, **more, "hash": "0x" + hashed(encode(hidden)).hex()}


@pytest.mark.parametrize("engine", ["qbft", "ibft2"])
@pytest.mark.parametrize(
    ("signers", "faults"),
    [([0, 1, 2], []), ([0, 1, 2, 3], []), ([0, 1], ["quorum"]), ([0, 1, 1], ["seal_twice", "quorum"])],
)
def test_a_quorum_is_two_thirds_of_the_validators_each_once(engine: str, signers: list[int], faults: list[str]) -> None:
    found = block(answer(engine, signers))
    check([found])
    assert found.header_ok
    assert found.sealers == tuple(VALIDATORS)
    assert found.faults == faults
    assert sorted(index for index, _ in found.seals) == sorted(signers)


@pytest.mark.parametrize("engine", ["qbft", "ibft2"])
def test_seals_of_another_block_are_nobodys(engine: str) -> None:
    found = block(answer(engine, [0, 1, 2], digest=bytes(32)))
    check([found])
    assert found.header_ok
    assert "quorum" in found.faults
    assert not any(found.valid)


def test_a_round_is_no_part_of_the_hash_but_of_what_is_signed() -> None:
    one, other = block(answer("qbft", [0, 1, 2], round_=0)), block(answer("qbft", [0, 1, 2], round_=9))
    assert one.hash == other.hash


@pytest.mark.parametrize(
    ("difficulty", "nonce", "signer"), [(2, 0, True), (1, 0, True), (0, 0, False), (7, 0, False), (2, 5, False)]
)
def test_a_header_that_clique_cannot_have_made_names_no_signer(difficulty: int, nonce: int, signer: bool) -> None:
    numbers = {**NUMBERS, "difficulty": difficulty}

    def digest(extra: bytes) -> bytes:
        return keccak256(
            encode([*HEAD.values(), *map(natural, numbers.values()), extra, bytes(32), nonce.to_bytes(8, "big")])
        )

    seal = secp256k1.sealed(SECRETS[0], [(digest(bytes(32)), RNG.randrange(1, 1 << 250))])[0]
    extra = bytes(32) + seal.signature + bytes([seal.recovery])
    head = {name: "0x" + value.hex() for name, value in HEAD.items()} | {
        name: hex(value) for name, value in numbers.items()
    }
    more = {"extraData": "0x" + extra.hex(), "mixHash": "0x" + 64 * "0", "nonce": f"0x{nonce:016x}", "transactions": []}
    found = block({**head, **more, "hash": "0x" + digest(extra).hex()})
    check([found])
    assert found.header_ok
    assert found.signer == ("0x" + VALIDATORS[0].hex() if signer else "")
