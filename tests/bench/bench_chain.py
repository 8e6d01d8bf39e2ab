# SPDX-License-Identifier: Apache-2.0
"""Bars of the chain domain: SM2, SM3 and Keccak beside other implementations, whole transactions of a 国密 chain."""

from __future__ import annotations

import hashlib
import json
import random

from Cryptodome.Hash import keccak as other_keccak
from gmssl.sm2 import CryptSM2

from probes.chain.formats.block import check
from probes.chain.formats.fisco3 import block
from probes.chain.simulators.chain import Network
from probes.chain.simulators.plans import NetworkSettings
from probes.chain.wire import sm2
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.sm3 import sm3
from tests.bench.run import Bench

_RNG = random.Random(4)
_ROWS = 2000


def benches() -> list[Bench]:
    """The bars."""
    secret = _RNG.randrange(1, 1 << 250)
    key, told = sm2.public(secret), [_RNG.randbytes(32) for _ in range(_ROWS)]
    signatures = sm2.signatures(secret, [(each, _RNG.randrange(1, 1 << 250)) for each in told])
    rows = [sm2.Signed(*each, key) for each in zip(told, signatures, strict=True)]
    other = CryptSM2(private_key=f"{secret:064x}", public_key=key.hex())
    texts = [_RNG.randbytes(300) for _ in range(_ROWS)]
    network = Network(NetworkSettings.parse({"count": 4, "records": _ROWS}))
    whole = [json.loads(each) for each in network.main.whole]
    return [
        Bench(
            "chain sm2 verify",
            lambda: sm2.valid(rows),
            lambda: [other.verify(each.signature.hex(), each.digest) for each in rows[:20]],
            "≥ 2000/s, ≥ 10 × gmssl",
            _ROWS, "signatures", 2000, 10, cpu=True, share=20 / _ROWS,
        ),
        Bench(
            "chain sm3 300 B",
            lambda: [sm3(each) for each in texts],
            lambda: [hashlib.new("sm3", each).digest() for each in texts],
            "≥ 0.9 × hashlib",
            _ROWS, "hashes", ratio=0.9, cpu=True,
        ),
        Bench(
            "chain keccak 300 B",
            lambda: [keccak256(each) for each in texts],
            lambda: [other_keccak.new(digest_bits=256, data=each).digest() for each in texts],
            "≥ 1 × pycryptodome",
            _ROWS, "hashes", ratio=1, cpu=True,
        ),
        Bench("chain 国密 records", lambda: check([block(each) for each in whole]), None, "≥ 2000/s", _ROWS, "records", 2000, cpu=True),
    ]  # fmt: skip
