# SPDX-License-Identifier: Apache-2.0
"""Further inputs that somebody bent on purpose: lists of old, authorities of one's own, clocks that were put back, other encodings."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError, SpecError
from harness.model import About
from harness.testing import Question, answer, judge
from probes.chain.analyse import analyse_chain
from probes.chain.formats import certificate as certificates
from probes.chain.formats import fabric, layout, msp
from probes.chain.formats.fisco2 import kind
from probes.chain.instruments.nodes import PROBE
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators import access, papers
from probes.chain.wire import der, mpt, secp256k1
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.protobuf import message
from probes.chain.wire.rlp import Item, encode, natural
from tests.probes.chain import ether, remote
from tests.probes.chain.made import START_NS, Alliance, Liveness, codes
from tests.probes.chain.test_cheats import originals, recorded
from tests.probes.chain.test_nasty import FINALITY, rows

SECOND = 10**9


def off_the_list(made: Alliance) -> None:
    """Today's lists do not have the last node any more, the headers of old still do."""
    key = made.network.keys[-1].hex.encode()
    entry = re.escape(b'{"nodeID": "%s", "weight": 1}' % key)
    made.data = re.sub(rb", " + entry, b"", made.data)


def test_a_sealer_that_was_put_off_the_list_is_none_though_headers_of_old_name_it(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    before = made.data
    off_the_list(made)
    assert before != made.data
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert (judged.verdict, "struck-not-listed" in codes(outcome)) == ("FAIL", True)


def test_certificates_of_an_authority_that_the_profile_does_not_name_prove_no_owner(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    made.data = made.data[: made.data.index(b'{"format":"yanshou.chain/1","node":"","url"')]
    nodes = [{key: each[key] for key in ("name", "url", "certificate")} for each in made.settings["nodes"]]
    given = {"authorities": [], "nodes": nodes}
    outcome, judged = made.judged("organisations", tmp_path / "owners", **given)
    assert (judged.verdict, "owner-unproven" in codes(outcome)) == ("INCONCLUSIVE", True)
    assert (
        made.judged("certificates", tmp_path / "keys", **given)[1].verdict == "PASS"
    )  # what they are of is another matter


BENT: dict[str, Callable[[dict[str, Any]], object]] = {
    "one seal nine times": lambda block: block.update(signatureList=block["signatureList"][:1] * 9),
    "seals under other numbers": lambda block: [each.update(sealerIndex=(each["sealerIndex"] + 1) % 10) for each in block["signatureList"]],
    "seals of no bytes": lambda block: block.update(signatureList=[{"sealerIndex": at, "signature": "0x"} for at in range(9)]),
    "seals of zeros": lambda block: block.update(signatureList=[{"sealerIndex": at, "signature": "0x" + 128 * "0"} for at in range(9)]),
    "seals of nobody": lambda block: [each.update(sealerIndex=10**9) for each in block["signatureList"]],
    "one weight for all": lambda block: block.update(consensusWeights=[10**6, *[0] * 9] if block["number"] else []),
    "nobody who seals": lambda block: block.update(sealerList=[]),
    "time in seconds": lambda block: block.update(timestamp=block["timestamp"] // 1000),
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_seals_that_were_bent_prove_no_national_cryptography(name: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=4, per_block=4)
    rows(made, BENT[name])
    assert made.judged("sm", tmp_path / "judged")[1].verdict in {"FAIL", "INVALID"}


BODIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "in another order": lambda block: block["transactions"].reverse(),
    "without the last": lambda block: block.update(transactions=block["transactions"][:-1]),
    "with the first again": lambda block: block.update(transactions=[*block["transactions"], *block["transactions"][:1]]),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_transactions_that_do_not_stand_as_they_were_sealed_do_not_count(name: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    rows(made, BODIES[name])
    outcome, judged = made.judged("records", tmp_path / "judged")
    assert judged.verdict != "PASS"
    assert "off-off-root" in codes(outcome)


def test_a_recording_that_is_there_twice_counts_once_and_one_that_is_cut_does_not_help(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    whole = made.data
    for data, verdicts in (
        (whole + whole, {"PASS"}),
        (whole.replace(b"\n", b"\r\n"), {"PASS"}),
        (whole[: len(whole) // 5], {"FAIL", "INCONCLUSIVE"}),
    ):
        made.data = data
        outcome, judged = made.judged("records", tmp_path / str(len(data)))
        assert judged.verdict in verdicts
        assert outcome.estimate is None or outcome.estimate.value <= 60


def test_a_key_in_other_writings_is_one_key(tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False, records=6, per_block=3)
    first, second, third = (each.hex.encode() for each in made.network.keys[:3])
    made.data = made.data.replace(second, first.upper()).replace(third, b"04" + first)
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert (judged.verdict, "struck-same-identity" in codes(outcome)) == ("FAIL", True)


def back(made: Liveness) -> None:
    """Every marker is shown before it was sent: the clock was put back."""
    lines = []
    for line in made.data.splitlines(keepends=True):
        row = json.loads(line)
        lines.append(
            json.dumps({**row, "t": row["t"] - 3 * SECOND}).encode() + b"\n" if row.get("state") == "shown" else line
        )
    made.data = b"".join(lines)


def one(made: Liveness) -> None:
    """All names have one key."""
    for key in made.network.keys[1:]:
        made.data = made.data.replace(key.hex.encode(), made.network.keys[0].hex.encode())


@pytest.mark.parametrize("bend", [back, one])
def test_markers_that_one_node_shows_or_a_clock_that_was_put_back_show_nothing(
    bend: Callable[[Liveness], None], tmp_path: Path
) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    bend(made)
    outcome, judged = judge(PROBE, made.data, FINALITY, tmp_path / "judged", made.settings)
    assert (judged.verdict, "markers-lost" in codes(outcome)) == ("INCONCLUSIVE", True)


def legacy(fields: list[Item]) -> list[Item]:
    """A transaction that its sender signed as it is encoded here."""
    told = keccak256(encode([*fields, natural(ether.NETWORK), b"", b""]))
    (seal,) = secp256k1.sealed(ether.SECRET, [(told, 12345)])
    parts = (seal.signature[:32].lstrip(b"\0"), seal.signature[32:].lstrip(b"\0"))
    return [*fields, natural(35 + 2 * ether.NETWORK + seal.recovery), *parts]


FIELDS: list[Item] = [natural(1), b"", natural(90_000), ether.CONTRACT, b"", b"data"]
ENCODED: dict[str, list[Item]] = {
    "a nonce with a zero in front": legacy([b"\0\1", *FIELDS[1:]]),
    "a value with a zero in front": legacy([*FIELDS[:4], b"\0", b"data"]),
    "two fields more": legacy([*FIELDS, b"more", b"x"]),
    "a receiver of nineteen bytes": legacy([*FIELDS[:3], ether.CONTRACT[:19], *FIELDS[4:]]),
    "an r with a zero in front": [*legacy(FIELDS)[:-2], b"\0" + bytes(legacy(FIELDS)[-2]), legacy(FIELDS)[-1]],  # type: ignore[arg-type]
}  # fmt: skip


def block(txs: list[Item], number: bytes = b"\5") -> bytes:
    head: list[Item] = [
        bytes(32),
        keccak256(encode([])),
        bytes(20),
        bytes(32),
        mpt.root([encode(each) for each in txs]),
        mpt.EMPTY,
        bytes(256),
    ]
    head += [b"", number, natural(30_000_000), b"", natural(ether.START_S), b"", bytes(32), bytes(8)]
    return encode([head, txs, []])


def consistent(data: bytes, folder: Path) -> bool:
    path = folder / "blocks.rlp"
    path.write_bytes(data)
    (found,) = analyse_chain([path])["files"]
    return bool(found["consistent"])


def test_blocks_in_another_encoding_than_the_shortest_are_none(tmp_path: Path) -> None:
    assert consistent(block([legacy(FIELDS)]), tmp_path)
    assert not consistent(block([legacy(FIELDS)], b"\0\5"), tmp_path)
    assert [name for name, tx in ENCODED.items() if consistent(block([tx]), tmp_path)] == []


def test_a_transaction_without_a_failure_of_its_own_receipt_is_open_and_one_that_a_node_calls_failed_is_off(
    tmp_path: Path,
) -> None:
    payloads = [hashlib.sha256(b"%d" % at).digest() for at in range(5)]
    data = ether.trace(ether.chain([[ether.signed(at, each) for at, each in enumerate(payloads)], [], []]))
    asked = Question("chain.records", "distinct", ">= 5 条", {"by": "content"}, about=About.WINDOW)
    others = re.sub(rb'"transactionHash": "0x[0-9a-f]{64}"', b'"transactionHash": "0x' + 64 * b"0" + b'"', data)
    at = data.rindex(b'{"format"')
    failed = data[:at] + data[at:].replace(b'"status": "0x1"', b'"status": "0x0"')
    for number, (bent, verdict) in enumerate([(data, "PASS"), (others, "INCONCLUSIVE"), (failed, "FAIL")]):
        assert judge(PROBE, bent, asked, tmp_path / str(number), ether.settings())[1].verdict == verdict


def test_a_key_of_another_kind_with_the_curve_of_sm2_beside_it_does_not_conform() -> None:
    whole = der.only(access.OWN[0]).children()
    assert certificates.parse(access.OWN[0]).curve_oid == certificates.SM2_CURVE
    rsa, ec = papers._oid("1.2.840.113549.1.1.1"), papers._oid(certificates.EC_KEY)
    body = whole[0].whole.replace(ec + papers._oid(certificates.SM2_CURVE), rsa + papers._oid(certificates.SM2_CURVE))
    assert body != whole[0].whole
    parts = [each.whole for each in der.only(whole[0].whole).children()]
    info = der.only(parts[6]).children()
    kind = der.sequence(rsa, papers._oid(certificates.SM2_CURVE))
    swapped = der.sequence(*parts[:6], der.sequence(kind, info[1].whole), *parts[7:])
    found = certificates.parse(der.sequence(swapped, whole[1].whole, whole[2].whole))
    assert "curve-not-sm2" in certificates.reasons(found)


MATCHED = Question("chain.records", "count", ">= 30 条", {"by": "original", "population": "finite"})


def test_a_file_without_content_is_the_original_of_nothing(tmp_path: Path) -> None:
    text = b" \n"
    words = [
        hashlib.sha256(b"%d" % at).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop")) for at in range(30)
    ]
    empty, judged = _matched(
        [f'{{"what":"{each}","sum":"{hashlib.sha256(text).hexdigest()}"}}' for each in words], text, tmp_path
    )
    assert (judged.verdict, "without-original" in codes(empty)) == ("FAIL", True)


def test_one_original_for_every_record_is_one_matched_record(tmp_path: Path) -> None:
    text = "一份报告".encode()
    words = [
        hashlib.sha256(b"%d" % at).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop")) for at in range(30)
    ]
    outcome, judged = _matched(
        [f'{{"what":"{each}","sum":"{hashlib.sha256(text).hexdigest()}"}}' for each in words], text, tmp_path
    )
    assert outcome.estimate is not None
    assert (judged.verdict, outcome.estimate.value, "original-shared" in codes(outcome)) == ("FAIL", 1, True)


def test_originals_of_their_own_match_and_are_told_apart(tmp_path: Path) -> None:
    made = Alliance(tmp_path, originals=True, records=30)
    outcome, judged = answer([recorded(made, tmp_path, made.protocol(30))], MATCHED)
    assert (judged.verdict, "original-shared" in codes(outcome)) == ("PASS", False)
    assert originals(made, tmp_path, made.protocol(30))[1].verdict == "PASS"


def _matched(records: list[str], original: bytes, folder: Path) -> Any:
    """Records that all name one original."""
    txs = [ether.signed(at, each.encode()) for at, each in enumerate(records)]
    blocks = ether.chain([txs, [], []])
    (folder / "table.csv").write_text("交易哈希,原件\n" + "\n".join(f"{each['hash']},one.txt" for each in txs), "utf-8")
    (folder / "one.txt").write_bytes(original)
    made: Any = Alliance(folder / "other", count=1, records=1)
    tip = blocks[-1]["hash"].removeprefix("0x")
    protocol = made.protocol(len(records), len(records), tip)
    made.data, made.settings = (
        ether.trace(blocks),
        {**ether.settings(), "originals": str(folder / "table.csv"), "documents": str(folder)},
    )
    documents = {"originals/table.csv": folder / "table.csv", "one.txt": folder / "one.txt"}
    made = type("Made", (), {"data": made.data, "settings": made.settings, "documents": documents})
    return answer([recorded(made, folder, protocol)], MATCHED)


@pytest.mark.parametrize(
    "more",
    [
        {"nodes": [{"name": "n", "url": "http://10.0.0.1:http"}]}, {"nodes": [{"name": "n", "url": "http://10.0.0.1:99999"}]},
        {"nodes": [{"name": "n", "url": "http://:8545"}]}, {"contracts": "Traceability"}, {"contracts": "0x" + 39 * "1"},
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        ChainSettings.parse({"chain": "evm", "nodes": [{"name": "n", "url": "http://10.0.0.1:8545"}], **more})


def test_a_height_that_goes_back_for_a_moment_is_told(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    ask = {"jsonrpc": "2.0", "method": "getBlockNumber", "params": ["group0", "node0"], "id": 1}
    later = [
        layout.exchange(ask, START_NS * 2 + at, 1.0, 200, b'{"id":1,"jsonrpc":"2.0","result":%d}' % height)[0]
        for at, height in enumerate((2, 1, 2))
    ]
    made.data += layout.header("node3", "http://10.0.0.3:20200", "fisco3", "group0", START_NS) + b"".join(later)
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert (judged.verdict, "struck-height-back" in codes(outcome)) == ("FAIL", True)


def test_a_node_that_the_profile_does_not_list_counts_for_nothing(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    for question in ("keys", "organisations"):
        outcome, judged = made.judged(question, tmp_path / question, nodes=made.settings["nodes"][:9])
        assert (judged.verdict, "struck-undeclared" in codes(outcome)) == ("FAIL", True)


def test_records_that_one_key_seals_alone_are_whatever_its_node_says(tmp_path: Path) -> None:
    alone = Alliance(tmp_path / "alone", count=1)
    outcome, judged = alone.judged("records", tmp_path / "judged")
    assert (judged.verdict, "nobody-sealed" in codes(outcome)) == ("INCONCLUSIVE", True)
    held = Alliance(tmp_path / "held", observers=9)
    assert held.judged("records", tmp_path / "proven")[1].verdict == "PASS"


def test_a_chain_that_has_stood_still_for_long_is_told(tmp_path: Path) -> None:
    assert "standing-still" in codes(
        Alliance(tmp_path, count=2, records=6, per_block=3).judged("keys", tmp_path / "judged")[0]
    )


FAULT = Question("chain.fault", "count", ">= 5 个", about=About.WINDOW)


def test_a_name_that_falls_silent_while_its_node_answers_under_another_is_no_drill(tmp_path: Path) -> None:
    made = Liveness(tmp_path / "made", count=4, records=4)
    made.data = made.data.replace(made.network.keys[3].hex.encode(), made.network.keys[0].hex.encode())
    outcome, judged = judge(PROBE, made.data, FAULT, tmp_path / "judged", made.settings)
    assert (judged.verdict, "nobody-down" in codes(outcome)) == ("INCONCLUSIVE", True)


def test_a_drill_with_a_node_that_does_not_seal_says_so(tmp_path: Path) -> None:
    for observers in (0, 1):
        made = Liveness(tmp_path / str(observers), count=4, records=4, observers=observers)
        outcome, _ = judge(PROBE, made.data, FAULT, tmp_path / f"judged{observers}", made.settings)
        assert ("down-no-sealer" in codes(outcome)) == bool(observers)


def test_what_has_no_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.chain.analyse.LARGEST", 1 << 16)
    with pytest.raises(InstrumentError, match="larger than"):
        analyse_chain(["/dev/zero"])


def test_a_question_that_was_put_to_the_orderer_writes_nothing_and_is_no_record() -> None:
    own, ordering = remote.Organisation("Org1MSP"), remote.Organisation("OrdererMSP")
    seal, peer = ordering.member("orderer0"), own.member("peer0")
    config, digest = remote.block(0, b"", [remote.configuration([own], ordering)], seal)
    read = message((2, message((1, "trace"), (2, message((1, message((1, "key"))))))))
    hidden = message((2, message((1, "trace"), (3, message((1, "secret"), (2, message((2, b"hash"))))))))
    seen = message((2, message((1, "trace"), (3, message((1, "secret"), (2, message((1, b"hash"))))))))
    given = [remote.writing("a"), read, b"", hidden, seen]
    txs = [remote.transaction(at, peer, peer, remote.worded(at), each) for at, each in enumerate(given)]
    known = msp.Authorities()
    fabric.blocks(config, known)
    (found,), _ = fabric.blocks(remote.block(1, digest, txs, seal)[0], known)
    assert [each.kind for each in found.txs] == ["call", "transfer", "transfer", "call", "transfer"]
    assert all(each.good for each in found.txs)


@pytest.mark.parametrize("address", [0x1000, 0x1009, 0x5004, 0x10001])
def test_contracts_of_the_chain_itself_do_no_business(address: int) -> None:
    assert kind(address.to_bytes(20, "big"), deploy=False) == "system"
    assert kind(ether.CONTRACT, deploy=False) == "call"


def test_ten_names_of_one_node_have_one_vote_on_what_stands_at_an_address(tmp_path: Path) -> None:
    payloads = [hashlib.sha256(b"%d" % at).digest() for at in range(5)]
    blocks = ether.chain([[ether.signed(at, each) for at, each in enumerate(payloads)], [], []])
    data = ether.trace(blocks, 5, codes=[{ether.CONTRACT: "0x"}] * 2 + [{ether.CONTRACT: ether.CODE}])
    keys = list(dict.fromkeys(re.findall(rb'"enode": "enode://([0-9a-f]{128})@127.0.0.1:1"}', data)))
    own = [data.split(b'"method":"admin_nodeInfo"')[at].split(b"enode://")[1][:128] for at in range(1, 6)]
    assert set(own) == set(keys)
    for name in own[3:]:
        data = data.replace(name, own[2])
    asked = Question("chain.records", "distinct", ">= 5 条", {"by": "content"}, about=About.WINDOW)
    assert "off-no-contract" in codes(judge(PROBE, data, asked, tmp_path, ether.settings(5))[0])


def test_how_many_accounts_wrote_the_records_is_told(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=4)
    for question in ("records", "transactions"):
        outcome, _ = made.judged(question, tmp_path / question)
        (told,) = [each for each in outcome.remarks if each.code == "chain.written-by"]
        assert told.facts == {"accounts": 16, "share": "6.67 %"}
