# SPDX-License-Identifier: Apache-2.0
"""Odd evidence that looked good enough: records of no chain, of block 0, of tomorrow; papers without a node; bundles half proven."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model import About
from harness.testing import Question, answer, judge
from probes.chain.formats import fisco3, layout
from probes.chain.formats.block import check
from probes.chain.formats.tlcp import hello
from probes.chain.instruments.nodes import PROBE
from probes.chain.simulators.access import flight
from probes.chain.wire import secp256k1
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, encode, natural
from tests.probes.chain import ether
from tests.probes.chain.made import START_NS, Alliance, Liveness, codes
from tests.probes.chain.test_cheats import recorded
from tests.probes.chain.test_nasty import FAULT, FINALITY

WORDS = [hashlib.sha256(b"%d" % at).digest() for at in range(6)]
DISTINCT = Question("chain.records", "distinct", ">= 6 条", {"by": "content"}, about=About.WINDOW)
COUNTED = Question("chain.records", "count", ">= 6 条", {"by": "transaction"}, about=About.WINDOW)


def unbound(nonce: int, payload: bytes) -> dict[str, Any]:
    """A transaction that is signed for no chain in particular, as before EIP-155."""
    body: list[Item] = [natural(nonce), b"", natural(90_000), ether.CONTRACT, b"", payload]
    (seal,) = secp256k1.sealed(ether.SECRET, [(keccak256(encode(body)), 12345 + nonce)])
    r, s, v = (
        int.from_bytes(seal.signature[:32], "big"),
        int.from_bytes(seal.signature[32:], "big"),
        27 + seal.recovery,
    )
    digest = keccak256(encode([*body, natural(v), natural(r), natural(s)]))
    return {
        **ether.signed(nonce, payload), "hash": "0x" + digest.hex(), "v": hex(v), "r": hex(r), "s": hex(s),
    }  # fmt: skip


BOUND = [ether.signed(at, each) for at, each in enumerate(WORDS)]
UNBOUND = [unbound(at, each) for at, each in enumerate(WORDS)]
OTHER = [ether.signed(at, each, network=1) for at, each in enumerate(WORDS)]


def last_node(data: bytes, before: bytes, after: bytes) -> bytes:
    at = data.rindex(b'{"format"')
    return data[:at] + data[at:].replace(before, after)


def untold(data: bytes) -> bytes:
    return data.replace(b"eth_chainId", b"eth_chainIx")


EVIDENCE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "as it should be": (lambda: ether.trace(ether.chain([BOUND, [], []])), "PASS", "written-by"),
    "signed for no chain": (lambda: ether.trace(ether.chain([UNBOUND, [], []])), "INCONCLUSIVE", "bound-to-no-chain"),
    "one of them signed for no chain": (lambda: ether.trace(ether.chain([[*BOUND[:5], UNBOUND[5]], [], []])), "INCONCLUSIVE", "bound-to-no-chain"),
    "signed for no chain, and nobody tells his": (lambda: untold(ether.trace(ether.chain([UNBOUND, [], []]))), "INCONCLUSIVE", "bound-to-no-chain"),
    "signed for a chain that one node calls its own": (
        lambda: last_node(ether.trace(ether.chain([OTHER, [], []])), b'"result": "0x7"', b'"result": "0x1"'), "INCONCLUSIVE", "other-network-txs",
    ),
    "signed for a chain, and nobody tells his": (lambda: untold(ether.trace(ether.chain([OTHER, [], []]))), "INCONCLUSIVE", "other-network-txs"),
    "in the genesis block": (lambda: ether.trace(ether.chain([[], [], []], first=BOUND)), "FAIL", "off-in-genesis"),
    "dated after they were asked for": (lambda: ether.trace(ether.chain([BOUND, [], []], step_s=200_000)), "INCONCLUSIVE", "dated-ahead"),
    "asked of another chain": (lambda: ether.trace(ether.chain([BOUND, [], []])).replace(b'"chain":"evm"', b'"chain":"fisco3"'), "INCONCLUSIVE", "asked-elsewhere"),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIDENCE)
@pytest.mark.parametrize("question", [DISTINCT, COUNTED], ids=["distinct", "counted"])
def test_records_that_may_be_of_elsewhere_pass_nothing(name: str, question: Question, tmp_path: Path) -> None:
    made, verdict, reason = EVIDENCE[name]
    outcome, judged = judge(PROBE, made(), question, tmp_path, ether.settings())
    assert (judged.verdict, reason in codes(outcome)) == (verdict, True), codes(outcome)


def test_what_was_signed_for_no_chain_is_counted_and_left_out_of_the_lower_bound(tmp_path: Path) -> None:
    data = ether.trace(ether.chain([[*BOUND[:4], *UNBOUND[4:]], [], []]))
    outcome, _ = judge(PROBE, data, DISTINCT, tmp_path, ether.settings())
    assert outcome.estimate is not None
    assert (outcome.estimate.value, outcome.estimate.lower, outcome.estimate.upper) == (6, 4, 6)
    (told,) = [each for each in outcome.remarks if each.code == "chain.bound-to-no-chain"]
    assert told.facts == {"count": 2}


def test_a_certificate_whose_node_did_not_answer_with_its_key_is_a_paper(tmp_path: Path) -> None:
    silent = Alliance(tmp_path / "silent", count=4, silent=[4])
    mute = Alliance(tmp_path / "mute", count=4)
    kept = mute.data.splitlines(keepends=True)
    mute.data = b"".join(each for each in kept if b'"getPeers"' not in each and b'"getSyncStatus"' not in each)
    undated = Alliance(tmp_path / "undated", count=4)
    undated.data = re.sub(rb'"t":\d+', b'"t":0', undated.data)
    for name, made in (("silent", silent), ("mute", mute), ("undated", undated)):
        outcome, judged = made.judged("certificates", tmp_path / f"{name}-judged")
        assert (judged.verdict, "certificates-unheld" in codes(outcome)) == ("INCONCLUSIVE", True), name


def test_without_the_authorities_that_the_profile_names_no_certificate_counts(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    made.data = made.data[: made.data.rindex(b'{"format"')]
    outcome, judged = made.judged("certificates", tmp_path / "judged")
    assert (judged.verdict, "certificate-bad" in codes(outcome)) == ("FAIL", True)


def test_weights_of_some_sealers_make_no_quorum(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    block = json.loads(made.network.main.whole[1])
    signer = min(each["sealerIndex"] for each in block["signatureList"])
    for weights, sealed in (
        ([1] * 4, True),
        ([0] * signer + [1] + [0] * (3 - signer), True),
        ([0] * signer + [1], False),
    ):
        found = fisco3.block({**block, "consensusWeights": weights, "transactions": None})
        check([found])  # the seals are of the claimed hash
        assert found.sealed is sealed


@pytest.mark.parametrize(
    ("answers", "verdict"), [((1, 1), "PASS"), ((1, 0), "FAIL"), ((1, 2), "FAIL")], ids=["twice", "silent", "unsigned"]
)
def test_an_access_point_that_serves_tlcp_now_and_then_does_not_serve_it(
    answers: tuple[int, ...], verdict: str, tmp_path: Path
) -> None:
    made = Alliance(tmp_path / "papers", count=1, records=0)
    point, asked = "10.0.0.1:443", hello(bytes(32))
    given = (b"HTTP/1.1 200 OK\r\n\r\n", flight(asked), flight(hello(b"\1" * 32)))
    lines = b"".join(
        layout.octets("tlcp", [point], given[which], START_NS + at, (1.0, asked)) for at, which in enumerate(answers)
    )
    data = made.data + layout.header("", "", "fisco3", "group0", START_NS) + lines
    question = Question("chain.sm", "share", ">= 100 %", {"require": "tlcp"}, about=About.WINDOW)
    outcome, judged = judge(PROBE, data, question, tmp_path / "judged", {**made.settings, "tlcp": point})
    assert judged.verdict == verdict, codes(outcome)


@pytest.mark.parametrize(("absent", "value"), [(0, 1), (1, "14/15")])
def test_a_transaction_of_several_records_agrees_where_each_has_its_original(
    absent: int, value: Any, tmp_path: Path
) -> None:
    made = Alliance(tmp_path, originals=True, bundle=4, records=60, per_block=5)
    rule = {"bundled": {"form": "json", "argument": 0, "pointer": "/items"}}
    made.settings |= rule
    table = Path(made.settings["originals"])
    table.write_text("\n".join(table.read_text("utf-8").splitlines()[: 61 - absent]) + "\n", "utf-8")
    question = Question("chain.offchain", "share", ">= 99 %")
    outcome, judged = answer([recorded(made, tmp_path, made.protocol(15, 15))], question)
    assert outcome.estimate is not None
    assert str(outcome.estimate.value) == str(value)
    assert (judged.verdict, "without-original" in codes(outcome)) == (("FAIL", True) if absent else ("PASS", False))


def test_answers_of_another_group_prove_no_node(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    made.data = made.data.replace(b'"group":"group0","t"', b'"group":"group9","t"')
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert (judged.verdict, "asked-elsewhere" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_a_node_that_refuses_what_another_proves_is_not_proven(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=10)
    at = made.data.index(b'"node":"node10"')
    own = re.sub(
        rb'("method":"getTransaction",.*?"raw":).*',
        rb'\1{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}}',
        made.data[at:],
    )
    assert own != made.data[at:]
    made.data = made.data[:at] + own
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert (judged.verdict, "struck-proof-missing" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_blocks_that_came_while_the_nodes_were_asked_are_not_missed(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    ask = {"jsonrpc": "2.0", "method": "getBlockNumber", "params": ["group0", "node0"], "id": 1}
    for node in made.settings["nodes"]:
        line, _ = layout.exchange(ask, START_NS * 2, 1.0, 200, b'{"id":1,"jsonrpc":"2.0","result":99}')
        made.data += layout.header(node["name"], node["url"], "fisco3", "group0", START_NS) + line
    for question in ("records", "sm"):
        outcome, judged = made.judged(question, tmp_path / question)
        assert judged.verdict == "PASS", codes(outcome)


def test_nodes_that_the_profile_does_not_list_have_no_vote(tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4, shown=2)
    lines = b"".join(
        layout.told("marker", {"marker": f"{at:06d}", "state": "shown"}, START_NS + at * 10**9 + 1) for at in range(100)
    )
    for at in range(9):
        made.data += layout.header(f"stranger{at}", "http://10.1.0.1:1", "fisco3", "group0", START_NS) + lines
    outcome, judged = judge(PROBE, made.data, FINALITY, tmp_path / "judged", made.settings)
    assert (judged.verdict, "markers-lost" in codes(outcome)) == ("INCONCLUSIVE", True)
    own, other = ether.chain([BOUND, [], []]), ether.chain([BOUND[:3], [], []])
    strangers = ether.trace(other, 5).replace(b'"node":"n', b'"node":"stranger')
    outcome, judged = judge(PROBE, ether.trace(own, 2) + strangers, DISTINCT, tmp_path / "records", ether.settings(2))
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("PASS", 6), codes(outcome)


@pytest.mark.parametrize("question", [FINALITY, FAULT], ids=["finality", "fault"])
def test_nodes_that_tell_no_key_may_be_names_of_one(question: Question, tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    assert judge(PROBE, made.data, question, tmp_path / "named", made.settings)[1].verdict == "PASS"
    kept = made.data.splitlines(keepends=True)
    mute = b"".join(each for each in kept if b'"getPeers"' not in each and b'"getSyncStatus"' not in each)
    outcome, judged = judge(PROBE, mute, question, tmp_path / "mute", made.settings)
    assert (judged.verdict, "nodes-unnamed" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_heights_that_went_back_at_first_are_no_progress(tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4, moves=False)
    kept, name = list[bytes](), ""
    for line in made.data.splitlines(keepends=True):
        row = json.loads(line)
        name = row.get("node", name)
        back = "raw" in row and row["t"] == START_NS + 210 * 10**9 and name != "node4"
        if back:
            row["raw"]["result"] = 10
        kept.append(json.dumps(row).encode() + b"\n" if back else line)
    outcome, judged = judge(PROBE, b"".join(kept), FAULT, tmp_path / "judged", made.settings)
    assert outcome.estimate is not None
    assert (judged.verdict, outcome.estimate.value) == ("FAIL", 0)
