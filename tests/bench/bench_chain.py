# SPDX-License-Identifier: Apache-2.0
"""Bars of the chain domain: SM2, SM3 and Keccak beside other implementations, whole transactions of a 国密 chain."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import time
from collections.abc import Callable

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
_ROWS, _LONG = 2000, 16_384


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
        Bench(
            "chain sm2 verify, openssl speed",
            lambda: _rate(lambda: sm2.valid(rows), _ROWS),
            lambda: _openssl("sm2"),
            "≥ 1 × openssl",
            unit="signatures/s", figure="larger", ratio=1,
        ),
        Bench(
            "chain sm3 16 KiB, openssl speed",
            lambda: _rate(lambda: [sm3(bytes(_LONG)) for _ in range(200)], 200 * _LONG),
            lambda: _openssl("sm3"),
            "≥ 0.8 × openssl",
            unit="bytes/s", figure="larger", ratio=0.8,
        ),
        Bench("chain 国密 records", lambda: check([block(each) for each in whole]), None, "≥ 2000/s", _ROWS, "records", 2000, cpu=True),
    ]  # fmt: skip


def _rate(work: Callable[[], object], amount: int) -> float:
    began = time.thread_time()
    work()
    return amount / (time.thread_time() - began)


def _openssl(what: str) -> float:
    """What ``openssl speed`` prints: SM2 verifications a second, or bytes of SM3 a second."""
    command = [
        "openssl",
        "speed",
        "-seconds",
        "1",
        *(["sm2"] if what == "sm2" else ["-bytes", str(_LONG), "-evp", "sm3"]),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1].split()
    return float(said[-1]) if what == "sm2" else float(said[-1].rstrip("k")) * 1000
