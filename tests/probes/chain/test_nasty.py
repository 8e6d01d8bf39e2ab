# SPDX-License-Identifier: Apache-2.0
"""Evidence that somebody bent: what is not proven never counts, and each bend has a name."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.model import About
from harness.testing import Question, judge, record
from probes.chain.formats import fabric, metrics, msp
from probes.chain.formats.block import Block
from probes.chain.formats.bundled import items
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.watching import markers
from probes.chain.measurands.owners import plain
from probes.chain.plans.settings import BundleSettings
from probes.chain.wire.claims import Claim
from tests.probes.chain import remote
from tests.probes.chain.made import QUESTIONS, START_NS, Alliance, Liveness, codes

BATCH = {"bundled": {"form": "json", "argument": 0, "pointer": "/items"}}


def rows(made: Alliance, change: Callable[[dict[str, Any]], None]) -> None:
    """Every block that the nodes of an alliance gave, changed in place."""
    lines = []
    for line in made.data.splitlines():
        if b'"raw"' not in line:
            lines.append(line)
            continue
        row = json.loads(line)
        answers = row["raw"]
        for each in answers if isinstance(answers, list) else [answers]:
            if isinstance(each.get("result"), dict) and "txsRoot" in each["result"]:
                change(each["result"])
        lines.append(json.dumps(row).encode())
    made.data = b"\n".join(lines) + b"\n"


def test_transactions_that_a_liar_adds_to_an_honest_block_do_not_count(tmp_path: Path) -> None:
    made, other = Alliance(tmp_path / "own"), Alliance(tmp_path / "other", count=1, records=90, per_block=90)
    more = json.loads(other.network.main.whole[1])["transactions"][60:]
    lines = made.data.splitlines(keepends=True)
    forged = []
    for line in lines:
        if b'"transactions":[{' in line:
            row = json.loads(line)
            answers = row["raw"] if isinstance(row["raw"], list) else [row["raw"]]
            for each in answers:
                if isinstance(each.get("result"), dict) and each["result"].get("transactions"):
                    each["result"]["transactions"] = [*each["result"]["transactions"], *more]
            forged.append(json.dumps(row).encode() + b"\n")
    made.data += lines[0] + b"".join(forged)
    for question in ("records", "transactions"):
        outcome, _ = made.judged(question, tmp_path / question)
        assert outcome.estimate is None or outcome.estimate.value == 60
        assert "off-off-root" in codes(outcome)


def test_blocks_without_their_seals_leave_the_records_open(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made")
    rows(made, lambda block: block.pop("signatureList", None))
    outcome, judged = made.judged("records", tmp_path / "records")
    assert (judged.verdict, "seals-missing" in codes(outcome)) == ("INCONCLUSIVE", True)
    assert made.judged("sm", tmp_path / "sm")[1].verdict == "INCONCLUSIVE"


def test_a_sealer_that_never_seals_is_told(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made")
    assert "never-sealed" not in codes(made.judged("keys", tmp_path / "honest")[0])

    def idle(block: dict[str, Any]) -> None:
        seals = [each for each in block.get("signatureList", []) if each["sealerIndex"] != 9]
        block["signatureList"] = seals

    rows(made, idle)
    outcome, judged = made.judged("keys", tmp_path / "idle")
    assert (judged.verdict, "never-sealed" in codes(outcome)) == ("PASS", True)


def test_a_genesis_block_alone_proves_no_national_cryptography(tmp_path: Path) -> None:
    outcome, judged = Alliance(tmp_path / "made", records=0).judged("sm", tmp_path / "sm")
    assert (judged.verdict, "genesis-alone" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_a_certificate_that_had_run_out_when_the_node_was_asked_vouches_for_nobody(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made", count=4)
    made.data = re.sub(rb'"t":\d+', b'"t":2600000000000000000', made.data)
    outcome, judged = made.judged("certificates", tmp_path / "judged")
    assert (judged.verdict, "certificate-bad" in codes(outcome)) == ("FAIL", True)


@pytest.mark.parametrize("other", ["示例企业 01", "示例企业０１", " 示例企业01"])
def test_a_name_in_another_writing_is_no_other_organisation(other: str) -> None:
    assert plain(other) == plain("示例企业01")


def test_a_sealer_that_is_listed_twice_has_one_vote() -> None:
    key, claim = bytes(range(64)), Claim(bytes(32), bytes(64), bytes(64), -1)
    made = Block("fisco3", 1, bytes(32), bytes(32), "sm3", bytes(32), 0, (key, key, bytes(64)), (1, 1, 1))
    made.seals, made.valid, made.quorum = [(0, claim), (1, claim)], [True, True], 2
    assert not made.sealed
    made.seals[1] = (2, claim)
    assert made.sealed


FABRIC = Question("chain.records", "distinct", ">= 3 条", {"by": "content"}, about=About.WINDOW)


def _judged(ledger: bytes, folder: Path) -> tuple[str, set[str], int | None]:
    folder.mkdir(exist_ok=True)
    (folder / "a.block").write_bytes(ledger)
    settings = {"chain": "fabric", "nodes": [{"name": "a", "file": "a.block"}], "receipts": "blocks"}
    outcome, judged = judge(PROBE, record(PROBE, settings, folder).data, FABRIC, folder / "judged", settings)
    return judged.verdict, codes(outcome), None if outcome.estimate is None else int(outcome.estimate.value)


def test_a_ledger_counts_by_its_signatures_alone(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    whole = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    assert _judged(whole, tmp_path / "whole")[::2] == ("PASS", 3)
    stored, _ = fabric._file(whole)
    seal = next(
        each.metadata[0] for each in reversed(stored) if each.metadata[0] and b"marbles" in b"".join(each.envelopes)
    )
    forged = whole.replace(seal, seal[:-9] + bytes([seal[-9] ^ 1]) + seal[-8:])
    verdict, told, count = _judged(forged, tmp_path / "seal")
    assert verdict == "FAIL"
    assert "off-unsealed" in told
    assert count == 2
    size, begin = fabric.varint(whole, 0)
    verdict, told, _ = _judged(whole[begin + size :], tmp_path / "anyone")  # without the configuration anyone may sign
    assert verdict != "PASS"


@pytest.mark.parametrize("chain", ["fisco2", "fisco3"])
def test_blocks_of_another_group_count_for_nothing(chain: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made", chain=chain)
    assert made.judged("records", tmp_path / "own")[1].verdict == "PASS"
    own, other = (b'"group":"1"', b'"group":"2"') if chain == "fisco2" else (b'"group":"group0"', b'"group":"group1"')
    asked = made.data.replace(own, other)
    assert asked != made.data
    made.data = asked
    outcome, judged = made.judged("records", tmp_path / "other")
    assert judged.verdict != "PASS", codes(outcome)


def test_a_ledger_of_another_channel_counts_for_nothing(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "a.block").write_bytes(shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes())
    settings = {"chain": "fabric", "nodes": [{"name": "a", "file": "a.block"}], "receipts": "blocks"}
    for group, verdict in (("mychannel", "PASS"), ("", "PASS"), ("other", "INCONCLUSIVE")):
        given = {**settings, "group": group}
        data = record(PROBE, given, tmp_path).data
        assert judge(PROBE, data, FABRIC, tmp_path / f"in-{group}", given)[1].verdict == verdict


def test_a_long_ledger_is_judged_by_its_configuration_in_every_piece(
    shared_data: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    monkeypatch.setattr("probes.chain.live.extras._BLOCKS", 1)
    monkeypatch.setattr("probes.chain.live.asked._SESSION", 1)  # every block is a session of its own
    verdict, told, count = _judged(whole, tmp_path)
    assert (verdict, count) == ("PASS", 3), told
    assert "seals-missing" not in told


def test_a_ledger_of_a_stranger_is_signed_by_nobody(shared_data: Callable[..., Path]) -> None:
    whole = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    other = shared_data("blockchain", "fabric", "mychannel_config.block").read_bytes()
    size, begin = fabric.varint(whole, 0)
    stored = fabric._message(other)
    stranger = msp.Authorities()
    fabric._block(stored, stranger)
    blocks = [fabric._block(each, deepcopy(stranger)) for each in fabric._file(whole[begin + size :])[0]]
    assert all(each.vouched is False for each in blocks)
    assert not any(tx.good for each in blocks for tx in each.txs)


@pytest.mark.parametrize(
    ("signing", "sealed"), [((1, 2, 3), True), ((2, 4), False), ((1, 1, 1), False), ((1, 2, 9), False)]
)
def test_orderers_that_agree_by_votes_seal_with_a_quorum(signing: tuple[int, ...], sealed: bool) -> None:
    peers, ordering = [remote.Organisation("Org1MSP")], remote.Organisation("OrdererMSP")
    consenters = [ordering.member(f"orderer{each}") for each in range(1, 5)]
    config, digest = remote.block(0, b"", [remote.configuration(peers, ordering, consenters)], consenters[0])
    own = peers[0].member("peer0")
    txs = [remote.transaction(each, own, own, remote.worded(each)) for each in range(2)]
    keys = {each: consenters[(each - 1) % 4] for each in signing}
    whole, _ = remote.block(1, digest, txs, keys)
    known = msp.Authorities()
    (first,), (second,) = fabric.blocks(config, known)[0], fabric.blocks(whole, known)[0]
    assert known.quorum == 3
    assert (second.vouched, first.header_ok) == (sealed, True)
    assert all(tx.good for tx in second.txs)
    altered = fabric.blocks(whole.replace(b"Org1MSP", b"Org2MSP"), known)[0][0]
    assert not altered.tx_root_ok


MARKERS = {
    "": "no marker",
    "0xzz\n": "Line 1 .* no signed transaction",
    "ab" * 70 + "\n\n0x" + "AB" * 70 + "\n": "Line 2 .* repeats",
    "ab" * 4 + "\n": "Line 1 .* no signed transaction",
    "\u4e2d" * 70: "cannot be read",
}


@pytest.mark.parametrize("text", MARKERS)
def test_a_file_of_markers_that_would_flatter_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "markers.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=MARKERS[text]):
        markers(path)


FINALITY = Question("chain.finality", "quantile", "<= 1 s", {"q": "95 %"}, about=About.WINDOW)
FAULT = Question("chain.fault", "count", ">= 5 个", about=About.WINDOW)


def test_markers_that_were_on_the_chain_already_show_nothing(tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    assert judge(PROBE, made.data, FINALITY, tmp_path / "good", made.settings)[1].verdict == "PASS"
    made.data = made.data.replace(b'"state":"shown"', b'"state":"old"')
    outcome, judged = judge(PROBE, made.data, FINALITY, tmp_path / "old", made.settings)
    assert judged.verdict != "PASS"
    assert "markers-lost" in codes(outcome)


def test_a_busy_node_is_not_down(tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    assert judge(PROBE, made.data, FAULT, tmp_path / "good", made.settings)[1].verdict == "PASS"
    made.data = made.data.replace(b'"failed":"silent"', b'"failed":"rate-limited"')
    outcome, judged = judge(PROBE, made.data, FAULT, tmp_path / "busy", made.settings)
    assert (judged.verdict, "nobody-down" in codes(outcome)) == ("INCONCLUSIVE", True)


@pytest.mark.parametrize(("height", "reason"), [(None, "stayed-away"), (110, "not-caught-up"), (200, "caught-up")])
def test_the_drill_ends_when_the_node_has_caught_up(height: int | None, reason: str, tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    head, own = made.data.rsplit(b'{"format":', 1)
    kept = []
    for line in (b'{"format":' + own).splitlines(keepends=True):
        row = json.loads(line)
        after = row.get("t", 0) > START_NS + 250 * 10**9 - 1 and "raw" in row
        if after and height is not None:
            row["raw"]["result"] = height if height < 200 else row["raw"]["result"]
        if not after or height is not None:
            kept.append(json.dumps(row).encode() + b"\n" if "raw" in row else line)
    outcome, judged = judge(PROBE, head + b"".join(kept), FAULT, tmp_path / "judged", made.settings)
    assert reason in codes(outcome)
    assert judged.verdict == ("PASS" if reason == "caught-up" else "INCONCLUSIVE")


def test_several_records_in_a_transaction_are_counted_by_the_declared_rule(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made", bundle=5, per_block=4)
    outcome, judged = made.judged("records", tmp_path / "plain")
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("FAIL", 12)
    outcome, judged = made.judged("records", tmp_path / "bundled", **BATCH)
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("PASS", 60), codes(outcome)
    other = {"bundled": {"form": "json", "argument": 0, "pointer": "/rows"}}
    outcome, judged = made.judged("records", tmp_path / "other", **other)
    assert (judged.verdict, outcome.estimate and outcome.estimate.value) == ("FAIL", 0)
    assert "off-no-bundle" in codes(outcome)


def test_a_record_that_stands_in_two_bundles_is_one(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made", bundle=5, per_block=4, counters=3)
    outcome, _ = made.judged("records", tmp_path / "judged", **BATCH)
    assert outcome.estimate is not None
    assert outcome.estimate.value == 60
    assert "off-no-bundle" in codes(outcome)


def _abi(*words: int | bytes) -> bytes:
    return b"abcd" + b"".join(
        each.to_bytes(32, "big") if isinstance(each, int) else each.ljust(32, b"\0") for each in words
    )


RULES: list[tuple[dict[str, Any], bytes, list[bytes] | None]] = [
    ({"form": "words", "argument": 0}, _abi(32, 2, b"a", b"b"), [b"a".ljust(32, b"\0"), b"b".ljust(32, b"\0")]),
    ({"form": "words", "argument": 0}, _abi(32, 3, b"a", b"b"), None),
    ({"form": "words", "argument": 0}, _abi(32, 2, b"a", b""), None),
    ({"form": "words", "argument": 0}, _abi(1 << 200, 2, b"a"), None),
    ({"form": "words", "argument": 9}, _abi(32, 1, b"a"), None),
    ({"form": "words", "argument": 0}, b"", None),
    ({"form": "texts", "argument": 0}, _abi(32, 2, 64, 128, 1, b"x", 2, b"yz"), [b"x", b"yz"]),
    ({"form": "texts", "argument": 0}, _abi(32, 2, 64, 128, 1, b"x", 99, b"yz"), None),
    ({"form": "texts", "argument": 0}, _abi(32, 0), None),
    ({"form": "json"}, b'[{"b":1,"a":2},{"a":2,"b":1}]', [b'{"a":2,"b":1}', b'{"a":2,"b":1}']),
    ({"form": "json"}, b'["a","a",null]', None),
    ({"form": "json"}, b'["a",""]', None),
    ({"form": "json"}, b'{"items":["a"]}', None),
    ({"form": "json", "pointer": "/items"}, b'{"items":["a"],"items":["b","c"]}', None),
    ({"form": "json", "pointer": "/a/0"}, b'{"a":[["x"]]}', [b'"x"']),
    ({"form": "json", "pointer": "/items"}, b'{"items":"abc"}', None),
    ({"form": "json", "pointer": "/items"}, b'{"items":[NaN]}', None),
    ({"form": "json"}, b"[" * 5000, None),
    ({"form": "json"}, b"\xff\xfe[1]", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "payload", "found"), RULES)
def test_a_payload_that_the_rule_does_not_fit_has_no_record(
    rule: dict[str, Any], payload: bytes, found: list[bytes] | None
) -> None:
    assert items(payload, BundleSettings.model_validate(rule), "fisco3") == found


def test_the_range_of_questions_is_the_one_of_the_others() -> None:
    assert QUESTIONS["records"].limit == ">= 60 条"


METRICS = """# HELP ledger_blockchain_height Height of the chain in blocks.
# TYPE ledger_blockchain_height gauge
ledger_blockchain_height{channel="mychannel"} %s
ledger_transaction_count{chaincode="a:1",channel="mychannel",transaction_type="ENDORSER_TRANSACTION",validation_code="VALID"} 5
ledger_transaction_count{chaincode="b:1",channel="mychannel",transaction_type="ENDORSER_TRANSACTION",validation_code="VALID"} 2
gossip_membership_total_peers_known{channel="mychannel"} 3
"""


def test_the_gauges_of_a_peer_are_read() -> None:
    found = {(name, channel): value for name, channel, value in metrics.gauges(METRICS % "8")}
    assert found[metrics.HEIGHT, "mychannel"] == 8
    assert found[metrics.TRANSACTIONS, "mychannel"] == 7
    for bad in ("8.5", "NaN", "-1", "1e400", "eight"):
        assert metrics.HEIGHT not in {name for name, *_ in metrics.gauges(METRICS % bad)}


@pytest.mark.parametrize(("height", "verdict"), [("8", "PASS"), ("7", "INCONCLUSIVE")])
def test_a_copied_ledger_is_held_against_its_peer(
    height: str, verdict: str, shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    data = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    (tmp_path / "a.block").write_bytes(data)

    class Operations(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write((METRICS % height).encode() if self.path == "/metrics" else b'{"Version": "2.5.4"}')

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Operations) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        nodes = [{"name": "a", "file": "a.block", "operations": f"http://127.0.0.1:{server.server_address[1]}"}]
        settings = {"chain": "fabric", "nodes": nodes, "group": "mychannel"}
        kept = record(PROBE, settings, tmp_path).data
        server.shutdown()
    assert b"operations" in kept
    outcome, judged = judge(PROBE, kept, FABRIC, tmp_path / "judged", settings)
    assert (judged.verdict, "copy-above-peer" in codes(outcome)) == (verdict, verdict != "PASS")
