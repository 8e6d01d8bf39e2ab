# SPDX-License-Identifier: Apache-2.0
"""Real nodes and other implementations: anvil, three EthereumJS nodes of one Clique network, sm-crypto, openssl."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.model import About
from harness.testing import MemorySink, Question, judge, record
from probes.chain.formats.certificate import certificates, chained, reasons
from probes.chain.instruments.nodes import PROBE
from probes.chain.simulators.chain import Network
from probes.chain.simulators.papers import papers
from probes.chain.simulators.plans import NetworkSettings
from probes.chain.wire import secp256k1, sm2
from probes.chain.wire.sm3 import sm3
from tests.ports import free_port
from tests.probes.chain import npm
from tests.probes.chain.made import codes
from tests.waiting import in_time, joined, until

RNG = random.Random(8)


def test_sm_crypto_agrees_on_sm3_and_sm2_both_ways(modules: Callable[[str], Path]) -> None:
    secret = RNG.randrange(1, 1 << 255)
    key, message = sm2.public(secret), RNG.randbytes(70)
    ours = sm2.signatures(secret, [(sm2.digest(message, key), RNG.randrange(1, 1 << 250))])[0]
    script = """
        const { sm2, sm3 } = require('sm-crypto');
        const message = Array.from(Buffer.from(given.message, 'hex'));
        const signature = sm2.doSignature(message, given.secret, { hash: true, publicKey: '04' + given.key });
        const good = sm2.doVerifySignature(message, given.ours, '04' + given.key, { hash: true });
        console.log(JSON.stringify({ digest: sm3(message), signature, good }));
    """
    given = {"message": message.hex(), "secret": f"{secret:064x}", "key": key.hex(), "ours": ours.hex()}
    found = npm.node(modules("sm-crypto"), script, given)
    assert found["digest"] == sm3(message).hex()
    assert found["good"]
    signed = sm2.Signed(sm2.digest(message, key), bytes.fromhex(found["signature"]), key)
    assert sm2.valid([signed]) == [True]


def test_openssl_verifies_the_certificates_that_we_write(tmp_path: Path, peer: Callable[[str], str]) -> None:
    peer("openssl")
    papers(Network(NetworkSettings.parse({"count": 2, "records": 0})), ["a", "b"], tmp_path)
    own, root = certificates((tmp_path / "node1.crt").read_bytes())
    assert reasons(own, [root]) == []
    assert chained(own, [root])
    command = [
        "openssl",
        "verify",
        "-vfyopt",
        "distid:1234567812345678",
        "-CAfile",
        "authority.crt",
        "node1.crt",
        "node2.crt",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.count(": OK") == 2, done.stderr


def test_a_certificate_that_openssl_signed_conforms(tmp_path: Path, peer: Callable[[str], str]) -> None:
    peer("openssl")
    key = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "key.pem"]
    own = [
        "openssl",
        "req",
        "-x509",
        "-new",
        "-key",
        "key.pem",
        "-sm3",
        "-days",
        "30",
        "-subj",
        "/C=CN/O=ALL/CN=own",
        "-out",
        "own.crt",
    ]
    identity = ["-sigopt", "distid:1234567812345678"]
    for command in (key, own + identity):
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    (found,) = certificates((tmp_path / "own.crt").read_bytes())
    assert found.title == "C=CN, O=ALL, CN=own"
    assert reasons(found) == []
    assert chained(found, [])


RECORDS = 400


@pytest.fixture
def anvil(modules: Callable[[str], Path]) -> Iterator[str]:
    folder, port = modules("@foundry-rs/anvil"), free_port()
    program = folder / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-mining", "--gas-limit", "300000000"]
    command += ["--base-fee", "0", "--accounts", "20", "--silent", "--no-request-size-limit"]
    url = f"http://127.0.0.1:{port}"
    with npm.running(command, url, 30):
        yield url


def test_records_on_anvil_are_counted_one_by_one(anvil: str, tmp_path: Path) -> None:
    accounts = npm.call(anvil, "eth_accounts")
    to = "0x00000000000000000000000000000000c0ffee00"
    texts = [f'{{"batch":{at},"digest":"{RNG.randbytes(32).hex()}"}}' for at in range(RECORDS)]
    payloads = [*texts, *texts[:20]]
    for begin in range(0, len(payloads), 100):
        calls = [
            (
                "eth_sendTransaction",
                [{"from": accounts[at % 20], "to": to, "gas": "0x30000", "data": "0x" + payloads[at].encode().hex()}],
            )
            for at in range(begin, min(begin + 100, len(payloads)))
        ]
        assert all(npm.batch(anvil, calls))
        npm.call(anvil, "evm_mine")
    plain = {"chain": "evm", "nodes": [{"name": "anvil", "url": anvil}], "receipts": "blocks"}
    settings = {**plain, "accounts": to}
    kept = record(PROBE, settings, tmp_path)
    asked = Question("chain.records", "distinct", f">= {RECORDS} 条", {"by": "content"}, about=About.WINDOW)
    outcome, judged = judge(PROBE, kept.data, asked, tmp_path / "records", settings)
    assert outcome.estimate is not None
    assert (judged.verdict, outcome.estimate.value) == ("INCONCLUSIVE", RECORDS), codes(outcome)
    assert {"off-same-payload", "nobody-sealed"} <= codes(outcome)
    outcome, judged = judge(PROBE, kept.data, asked, tmp_path / "nowhere", plain)
    assert (judged.verdict, "off-no-contract" in codes(outcome)) == ("FAIL", True)
    national = Question("chain.sm", "share", ">= 100 %", {"require": "hash-and-seal"}, about=About.WINDOW)
    assert judge(PROBE, kept.data, national, tmp_path / "sm", settings)[1].verdict == "FAIL"


def _genesis(signers: list[str], period: int) -> dict[str, Any]:
    forks = (
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
        "berlin",
        "london",
    )
    listed = "".join(sorted(signers))
    return {
        "config": {"chainId": 20777, **{f"{name}Block": 0 for name in forks}, "clique": {"period": period, "epoch": 30000}},
        "nonce": "0x0", "timestamp": "0x5f000000", "extraData": "0x" + 64 * "0" + listed + 130 * "0", "gasLimit": "0x1c9c3800",
        "difficulty": "0x1", "mixHash": "0x" + 64 * "0", "coinbase": "0x" + 40 * "0", "number": "0x0", "gasUsed": "0x0",
        "parentHash": "0x" + 64 * "0", "baseFeePerGas": "0x1", "alloc": {},
    }  # fmt: skip


class Clique:
    """Three EthereumJS nodes of one Clique network; the first two seal, the third only follows.

    Of three signers each may seal one block in two. Two that seal take turns and cannot fork, a third that seals as well can: both
    may answer the same block, and this client asks no peer for a second block of the same height. So all begin with one block of
    node 0, whose next one only node 1 may seal. A block goes in full to the first peer alone, hence node 2 comes last.
    It looks for a peer that is ahead only by what each said when it connected, so that it catches up once for each start, and
    sometimes not at all: then who runs it starts it again. ``grown``: whether all three came to have blocks.
    """

    def __init__(self, program: Path, folder: Path, stack: ExitStack) -> None:
        folder.mkdir()
        self._program, self._folder, self._stack = program, folder, stack
        self._ports, self._rpcs = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
        self.urls = [f"http://127.0.0.1:{each}" for each in self._rpcs]
        self.nodes: dict[int, subprocess.Popen[bytes]] = {}
        secrets = [int.from_bytes(RNG.randbytes(31), "big") + 1 for _ in range(3)]
        signers = [secp256k1.address(secp256k1.public(each)).hex() for each in secrets]
        (folder / "genesis.json").write_text(json.dumps(_genesis(signers, 1)))
        for number, secret in enumerate(secrets):
            (folder / f"key{number}").write_text(f"{secret:064x}")
        self.start(0, "--isSingleNode")
        until(lambda: self.height(0) == 1, 120)
        for number in (1, 2):
            shutil.copytree(folder / "n0", folder / f"n{number}")
            shutil.rmtree(folder / f"n{number}" / "genesis" / "config")  # the key it calls its own
        self.start(1)
        until(lambda: int(npm.call(self.urls[0], "net_peerCount") or "0x0", 16) == 1, 120)
        self.start(2)
        self.grown = in_time(lambda: min(map(self.height, range(3))) >= BLOCKS, 40)

    def stop(self) -> None:
        """At once: an orderly end takes many seconds."""
        for each in self.nodes.values():
            each.kill()

    def start(self, number: int, *more: str) -> None:
        command = [str(self._program), "--gethGenesis", "genesis.json", "--dataDir", f"n{number}", *more]
        command += ["--port", str(self._ports[number]), "--extIP", "127.0.0.1", "--discDns=false", "--discV4=false"]
        command += ["--rpc", "--rpcPort", str(self._rpcs[number]), "--rpcAddr", "127.0.0.1"]
        if number < 2:
            command += ["--mine", "--unlock", f"key{number}"]
        if number:
            enode = npm.call(self.urls[0], "admin_nodeInfo")["enode"].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - what it says
            command += ["--bootnodes", enode]
        self.nodes[number] = self._stack.enter_context(npm.running(command, self.urls[number], 90, self._folder))

    def kill(self, number: int) -> None:
        self.nodes[number].kill()  # an orderly end takes many seconds
        self.nodes[number].wait(20)

    def bring_back(self, number: int) -> None:
        """Start a node until it is as high as node 0, or a block behind."""
        for _ in range(4):
            self.start(number)
            if in_time(lambda: self.height(number) >= self.height(0) - 1, 30):
                return
            self.kill(number)
        pytest.fail("the node never caught up")

    def height(self, number: int) -> int:
        return int(npm.call(self.urls[number], "eth_blockNumber") or "0x0", 16)


def clique(program: Path, folder: Path, stack: ExitStack) -> Clique:
    """A network that seals; one whose nodes do not find each other's blocks is begun anew."""
    for at in range(4):
        net = Clique(program, folder / f"clique{at}", stack)
        if net.grown:
            return net
        net.stop()
    pytest.fail("the nodes never sealed together")


BLOCKS = 3
WHILE_DOWN = 10
"""More than three, and so long that the time for which a node is busy when it starts is no longer silence."""


def test_a_real_network_goes_on_without_one_node_which_catches_up_and_halts_without_a_signer(
    modules: Callable[[str], Path], tmp_path: Path
) -> None:
    sink = MemorySink(config_folder=tmp_path)
    with ExitStack() as stack:
        net = clique(modules("@ethereumjs/client") / ".bin" / "ethereumjs", tmp_path, stack)
        stack.callback(net.stop)
        nodes = [{"name": f"n{number}", "url": url} for number, url in enumerate(net.urls)]
        settings = {"chain": "evm", "nodes": nodes, "bodies": False, "last": BLOCKS, "timeout": "5 s", "every": "0.2 s"}
        watched = {**settings, "watch": "5 min"}
        recording = threading.Thread(target=record, args=(PROBE, watched, tmp_path, sink))
        stack.callback(lambda: setattr(sink, "enough", 0))  # whatever fails, the recording ends
        recording.start()
        until(lambda: bool(sink.states) and "tlcp" in sink.states[-1]["phases"], 120)  # what comes before the watch
        time.sleep(0.5)
        net.kill(2)
        time.sleep(0.5)  # a look that finds it gone
        top = max(map(net.height, (0, 1)))
        until(lambda: min(map(net.height, (0, 1))) >= top + WHILE_DOWN, 120)
        net.bring_back(2)
        time.sleep(0.5)  # some looks more
        sink.enough = 0
        joined(recording, 120)
        net.kill(1)
        halted = {**settings, "watch": "3 s"}
        missed = record(PROBE, halted, tmp_path).data
    asked = Question("chain.nodes", "distinct", ">= 3 家", {"by": "key"}, about=About.WINDOW)
    fault = Question("chain.fault", "count", ">= 3 个", about=About.WINDOW)
    outcome, judged = judge(PROBE, sink.data, asked, tmp_path / "whole", watched)
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("PASS", 3), codes(outcome)
    assert "same-host" in codes(outcome)
    outcome, judged = judge(PROBE, sink.data, fault, tmp_path / "drill", watched)
    assert outcome.estimate is not None
    assert outcome.estimate.value >= BLOCKS
    assert {"was-down", "caught-up"} <= codes(outcome)
    assert "down-no-sealer" in codes(outcome)
    assert judged.verdict == "INCONCLUSIVE"  # without a signer it halts, below
    outcome, judged = judge(PROBE, missed, asked, tmp_path / "missed", halted)
    assert (judged.verdict, "struck-silent" in codes(outcome)) == ("INCONCLUSIVE", True)
    outcome, judged = judge(PROBE, missed, fault, tmp_path / "halted", halted)
    assert (judged.verdict, "stayed-away" in codes(outcome)) == ("FAIL", True)
    assert outcome.estimate is not None
    assert outcome.estimate.value <= 1
