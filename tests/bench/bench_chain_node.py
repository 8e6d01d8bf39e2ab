# SPDX-License-Identifier: Apache-2.0
"""Bars of a chain asked live: one hundred thousand records on anvil, our work beside the node's, headers beside web3.py.

The node is loaded once, at the first call, and ends with this process. Without npm or web3.py the bars are left out and said so.
"""

from __future__ import annotations

import atexit
import os
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

from harness.kit.lines import read
from harness.plugins import Trace
from harness.testing import record
from probes.chain.digests.ledger import decode
from probes.chain.formats.layout import FORMAT
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.asked import Asked
from probes.chain.plans.settings import ChainSettings
from probes.chain.wire import secp256k1
from tests.bench.run import Bench
from tests.ports import free_port
from tests.probes.chain import npm

RECORDS = int(os.environ.get("YANSHOU_BENCH_RECORDS", "100000"))
_BLOCK, _BATCH = 100, 100
_TO = "0x00000000000000000000000000000000c0ffee00"
_HEADERS = min(400, RECORDS // _BLOCK)


def benches() -> list[Bench]:
    """The bars that can be measured here."""
    if npm.installed("@foundry-rs/anvil") is None:
        sys.stderr.write("chain on a node: left out, npm cannot install anvil\n")
        return []
    bars = [
        Bench("chain 100k records recorded, CPU of ours/node's", lambda: _shares()[0], None, "≤ 0.10 of the node's CPU", unit="share", figure="smaller", most=0.10),
        Bench(
            "chain 100k records recomputed, signatures too", lambda: _shares()[1], None, "≥ 15000/s",
            unit="records/s of CPU", figure="larger", floor=15000,
        ),
        Bench(
            "chain 100k records, all of ours/node's writing and serving", lambda: _shares()[2], None, "≤ 0.10; every signature is checked",
            unit="share", figure="smaller", most=0.10,
        ),
    ]  # fmt: skip
    if find_spec("web3") is None:
        sys.stderr.write("chain headers beside web3.py: left out, it is not installed\n")
        return bars
    return [*bars, Bench("chain headers by JSON-RPC", _headers, _web3, "≥ 10 × web3.py", _HEADERS, "headers", ratio=10)]


class _Node:
    """Anvil with all records on it."""

    def __init__(self) -> None:
        folder = npm.installed("@foundry-rs/anvil")
        assert folder is not None
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = folder / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
        command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-mining", "--gas-limit", "300000000"]
        command += ["--base-fee", "0", "--accounts", "20", "--silent", "--no-request-size-limit"]
        stack = ExitStack()
        atexit.register(stack.close)
        self.process = stack.enter_context(npm.running(command, self.url, 30))
        accounts, rng = npm.call(self.url, "eth_accounts"), random.Random(3)
        for begin in range(0, RECORDS, _BATCH):
            texts = [f'{{"batch":{at},"digest":"{rng.randbytes(32).hex()}"}}' for at in range(begin, begin + _BATCH)]
            calls = [
                ("eth_sendTransaction", [{"from": accounts[at % 20], "to": _TO, "gas": "0x30000", "data": "0x" + each.encode().hex()}])
                for at, each in enumerate(texts)
            ]  # fmt: skip
            assert all(npm.batch(self.url, calls))
            npm.call(self.url, "evm_mine")

    def cpu_s(self) -> float:
        """What the node itself spent so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


_node: Callable[[], _Node] = cache(_Node)


@cache
def _settings() -> dict[str, Any]:
    return {"chain": "evm", "nodes": [{"name": "anvil", "url": _node().url}], "timeout": "60 s"}


@cache
def _shares() -> tuple[float, float, float]:
    """Our CPU while recording as a share of the node's meanwhile, records recomputed in a second of our CPU, and all of our
    CPU as a share of what the node spent on the same records from the first on.
    """
    settings = _settings()
    decode_once = ChainSettings.model_validate(settings)
    with tempfile.TemporaryDirectory() as folder:
        node, own = _node().cpu_s(), _own()
        kept = record(PROBE, settings, Path(folder))
        node, recorded = _node().cpu_s() - node, _own() - own
        path = Path(folder) / "0001.jsonl"
        path.write_bytes(kept.data)
        trace = Trace("bench.asked", "source", PROBE.name, 1, (path,), decode_once)
        secp256k1.public(1)  # numba starts once a process, whatever is read
        own = _own()
        rows = sum(len(decode(read(each, FORMAT), originals=False).txs) for each in PROBE.chunks(trace))
        recomputed = _own() - own
        assert rows == RECORDS, rows
    return recorded / node, RECORDS / recomputed, (recorded + recomputed) / _node().cpu_s()


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _headers() -> None:
    """As the recorder asks for them: batches over one connection, each answer kept."""
    settings = ChainSettings.model_validate(_settings())
    asked = Asked(settings.nodes[0], settings, lambda _: None, Event())
    asked.headers(range(1, 1 + _HEADERS))
    asked.close()


def _web3() -> None:
    from web3 import HTTPProvider, Web3

    client = Web3(HTTPProvider(_node().url))
    for number in range(1, 1 + _HEADERS):
        client.eth.get_block(number)
