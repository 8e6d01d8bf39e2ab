# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of chains: worked examples of the standards, and an alliance whose right counts are known because it was made so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from harness.kit.validation import Case
from probes.chain import readings

_SM3 = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
_KECCAK = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
_EMPTY_TRIE = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
_SECRET = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
_KEY = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
_SIGNATURE = (
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_EIP155 = (
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
    "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
    "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)
_SENDER = "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
_COUNTS = {"blocks": 6, "transactions": 15, "records": 12, "same": 3, "sealed": 5}


def cases() -> Iterator[Case]:
    """Hashes and signatures of the standards' annexes, then blocks and records of a made alliance."""
    for message, digest in _SM3.items():
        yield Case(f"sm3-{len(message)}", "GB/T 32905-2016, annex A", partial(_sm3, message), digest)
    yield Case("sm2-key", "GB/T 32918.5-2017, annex A.2", _key, _KEY)
    yield Case("sm2-sign", "GB/T 32918.5-2017, annex A.2", _signed, _SIGNATURE)
    yield Case("sm2-verify", "GB/T 32918.5-2017, annex A.2", partial(_verified, 0), True)
    yield Case("sm2-verify-altered", "constructed", partial(_verified, 1), False)
    yield Case("keccak-empty", "Ethereum yellow paper", _keccak, _KECCAK)
    yield Case("trie-empty", "Ethereum yellow paper, appendix D", _trie, _EMPTY_TRIE)
    yield Case("sender", "EIP-155, example", _sender, _SENDER)
    for what, count in _COUNTS.items():
        yield Case(f"alliance-{what}", "constructed", partial(_alliance, what), count)
    yield from readings.cases()


def _sm3(message: bytes) -> str:
    from probes.chain.wire.sm3 import sm3

    return sm3(message).hex()


def _key() -> str:
    from probes.chain.wire import sm2

    return sm2.public(_SECRET).hex()


def _digest() -> bytes:
    from probes.chain.wire import sm2

    return sm2.digest(b"message digest", bytes.fromhex(_KEY))


def _signed() -> str:
    from probes.chain.wire import sm2

    return sm2.signatures(_SECRET, [(_digest(), _NONCE)])[0].hex()


def _verified(flipped: int) -> bool:
    from probes.chain.wire import sm2

    signature = bytearray.fromhex(_SIGNATURE)
    signature[-1] ^= flipped
    return sm2.valid([sm2.Signed(_digest(), bytes(signature), bytes.fromhex(_KEY))])[0]


def _keccak() -> str:
    from probes.chain.wire.keccak import keccak256

    return keccak256(b"").hex()


def _trie() -> str:
    from probes.chain.wire import mpt

    return mpt.root([]).hex()


def _sender() -> str:
    from probes.chain.formats import block, typed
    from probes.chain.wire.rlp import decode

    made, _ = typed.raw(decode(bytes.fromhex(_EIP155)))
    block.check([], [made])
    return made.sender.hex() if made.good else "nobody"


@cache
def _made() -> dict[str, Any]:
    import json

    from probes.chain.formats import block, fisco3
    from probes.chain.simulators.chain import Network
    from probes.chain.simulators.plans import NetworkSettings

    plan = {"count": 4, "records": 12, "repeated": 3, "per_block": 3}
    blocks = [fisco3.block(json.loads(each)) for each in Network(NetworkSettings.parse(plan)).main.whole]
    block.check(blocks)
    txs = [tx for each in blocks if each.header_ok and each.tx_root_ok is not False for tx in each.txs if tx.sound]
    payloads = {tx.payload for tx in txs}
    return {
        "blocks": sum(each.header_ok and each.algorithm == "sm3" for each in blocks),
        "transactions": len(txs),
        "records": len(payloads),
        "same": len(txs) - len(payloads),
        "sealed": sum(each.sealed for each in blocks),
    }


def _alliance(what: str) -> Any:
    return _made()[what]
