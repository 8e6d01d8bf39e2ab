# SPDX-License-Identifier: Apache-2.0
"""`yanshou analyse chain`: every statement of the reference answers, and inputs that nobody should believe."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.utils import rdpcap, wrpcap

from harness.cli import main
from harness.errors import InstrumentError
from probes.chain.analyse import analyse_chain
from tests.probes.chain import ether

Shared = Callable[..., Path]


def entry(path: Path) -> dict[str, Any]:
    (found,) = analyse_chain([path])["files"]
    return dict(found)


def of_bytes(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "given"
    path.write_bytes(data)
    return entry(path)


@pytest.fixture(scope="module")
def expected(shared_data: Shared) -> dict[str, Any]:
    return dict(json.loads(shared_data("blockchain", "expected.json").read_text()))


def test_every_statement_of_the_reference_is_reproduced(shared_data: Shared, expected: dict[str, Any]) -> None:
    seen = set()
    for name, wanted in expected.items():
        found = entry(shared_data("blockchain", *name.split("/")))
        seen.update(_checked(name, wanted, found))
    assert seen == {"block", "seals", "genesis", "ledger", "headers", "nodes", "tlcp"}


def _checked(name: str, wanted: dict[str, Any], found: dict[str, Any]) -> set[str]:
    blocks, kinds = found.get("blocks", []), set()
    algorithm = wanted.get("header_hash_alg", wanted.get("header_hash_algorithm_that_matches"))
    if algorithm is not None:
        kinds.add("block")
        good = algorithm != "none" and not wanted.get("verdict", "").startswith("INCONSISTENT")
        assert found["consistent"] == good, name
        assert found.get("hash_algorithm", "none") == algorithm
        assert blocks[0]["header_ok"] == good
    if "seals_valid" in wanted or "quorum_signatures_valid" in wanted:
        kinds.add("seals")
        seals = wanted.get("quorum_signatures_valid") or wanted["seals_valid"]
        valid = [each["valid"] for each in found["signatures"]]
        assert valid == [each[1] if isinstance(each, list) else each for each in seals]
        if isinstance(seals[0], list):
            assert [each["index"] for each in found["signatures"]] == [each[0] for each in seals]
        assert found["sealers"] == wanted.get("sealers", found["sealers"])
    if wanted.get("genesis"):
        kinds.add("genesis")
        assert found["sm_crypto"] == wanted["sm_crypto_in_extraData"]
    if isinstance(wanted.get("blocks"), int):
        kinds.add("ledger")
        assert len(blocks) == wanted["blocks"]
        assert found["links_ok"] is True
        assert found["errors"] == wanted.get("errors", [])
        assert sum(each["txs"] for each in blocks) == wanted.get("txs", sum(each["txs"] for each in blocks))
        if "header_hashes" in wanted:
            assert [each["hash"] for each in blocks] == wanted["header_hashes"]
            assert (blocks[0]["number"], blocks[-1]["number"]) == (wanted["first"], wanted["last"])
        else:
            assert found["sealers"] == wanted["validators"]
            assert sum(each.get("quorum_ok", False) for each in blocks) == wanted["committed_seals_quorum_ok"]
    if "headers_ok" in wanted:
        kinds.add("headers")
        assert (sum(each["header_ok"] for each in blocks), len(blocks)) == (wanted["headers_ok"], wanted["of"])
        assert sum(each["txs"] for each in blocks) == wanted.get("txs", sum(each["txs"] for each in blocks))
    if "heights" in wanted:
        kinds.add("nodes")
        assert found["heights"] == wanted["heights"]
        assert (found["first_height_where_nodes_disagree"] is None) == wanted["common_prefix_agrees"]
    if "tlcp" in wanted:
        kinds.add("tlcp")
        assert found["consistent"] == wanted["tlcp"] == ("tlcp" in found)
        assert not wanted["tlcp"] or found["tlcp"]["suite"] == wanted["suite"]
    return kinds


def test_every_recording_is_read_and_no_mock_is_believed(shared_data: Shared) -> None:
    folder = shared_data("blockchain")
    paths = sorted(each for each in folder.rglob("*") if each.is_file())
    files = analyse_chain(paths)["files"]
    assert len(files) == len(paths)
    for each in files:
        assert each["consistent"] or each["events"], each["path"]
        assert all(isinstance(block["header_ok"], bool) for block in each.get("blocks", []))


def test_a_ledger_that_was_tampered_with_says_where(shared_data: Shared, tmp_path: Path) -> None:
    data = bytearray(shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes())
    place = bytes(data).index(b"SampleOrg")
    data[place] ^= 1
    assert of_bytes(bytes(data), tmp_path)["errors"] == [[0, "data_hash"]]
    blocks = bytearray(shared_data("blockchain", "besu-ibft", "ibft.blocks").read_bytes())
    blocks[5000] ^= 1
    found = of_bytes(bytes(blocks), tmp_path)
    assert not found["links_ok"]
    assert found["errors"] == [[5, "header_hash"], [6, "prev_hash"]]


def test_a_changed_header_hash_of_a_ledger_breaks_the_link(shared_data: Shared, tmp_path: Path) -> None:
    data = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    digest = bytes.fromhex(
        json.loads(shared_data("blockchain", "expected.json").read_text())["fabric/sample_prod.blockfile"][
            "header_hashes"
        ][0][2:]
    )
    found = of_bytes(data.replace(digest, bytes(32)), tmp_path)
    assert found["errors"] == [[1, "prev_hash"], [2, "prev_hash"]]


def test_nodes_that_part_are_told_by_height(shared_data: Shared, tmp_path: Path) -> None:
    recording = json.loads(
        gzip.decompress(shared_data("blockchain", "eth-clique", "clique_1signer_2observers.json.gz").read_bytes())
    )
    other = json.loads(
        gzip.decompress(shared_data("blockchain", "eth-clique", "clique_3signers_one_lagging.json.gz").read_bytes())
    )
    found = of_bytes(json.dumps({"node0": recording["node0"], "node1": other["node1"]}).encode(), tmp_path)
    assert found["first_height_where_nodes_disagree"] == 0
    assert not found["consistent"]


NASTY = [
    (b"", "chain.empty"),
    (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "chain.html"),
    (b'{"request":{"method":"getBlockByNumber","params":[1,"0x1",true]},"response":"<html></html>"}', "chain.html"),
    (b'{"id":1,"jsonrpc":"2.0","result":{"hash":"0x', "chain.not-json"),
    (b'{"id":1,"jsonrpc":"2.0","error":{"code":-32000,"message":"no"}}', "chain.rpc-error"),
    (
        b'{"request":{"method":"eth_getBlockByNumber","params":["0x9",true]},"response":{"jsonrpc":"2.0","id":1,"result":null}}',
        "chain.block-absent",
    ),
    (b"\x1f\x8b\x08broken", "chain.packing-broken"),
    (b"\x30\x82\x01\x00abc", "chain.certificate-broken"),
    (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "chain.certificate-broken"),
    (b"\xd4\xc3\xb2\xa1" + bytes(20), "chain.no-handshake"),
    (b"\xf9\x02\x00" + bytes(40), "chain.block-incomplete"),
    (b"what is this", "chain.unknown-format"),
]


@pytest.mark.parametrize(("data", "event"), NASTY, ids=[each[1] for each in NASTY])
def test_a_nasty_input_has_one_code_and_one_sentence(data: bytes, event: str, tmp_path: Path) -> None:
    found = of_bytes(data, tmp_path)
    assert not found["consistent"]
    assert [each["event"] for each in found["events"]] == [event]
    assert all(each["text"].endswith(".") for each in found["events"])


def test_a_method_that_a_node_does_not_know_is_no_contradiction(shared_data: Shared, tmp_path: Path) -> None:
    good = json.loads(shared_data("blockchain", "fisco3", "07_getBlockByHash.json").read_text())
    unknown = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}}
    refused = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "no"}}
    assert of_bytes(json.dumps([good, unknown]).encode(), tmp_path)["consistent"]
    assert not of_bytes(json.dumps([good, refused]).encode(), tmp_path)["consistent"]
    assert not of_bytes(json.dumps(unknown).encode(), tmp_path)["consistent"]


FIELDS = (None, -1, "0xzz", [], {}, True, 1 << 70, "", [1], [{}], [None], 1.5)


@pytest.mark.parametrize(
    "name",
    ["fisco3/07_getBlockByHash.json", "fisco2/13_getBlockByHash.json", "eth/besu_eth_getBlockByNumber_complete.json"],
)
def test_a_field_of_another_kind_is_never_believed(name: str, shared_data: Shared, tmp_path: Path) -> None:
    whole = json.loads(shared_data("blockchain", *name.split("/")).read_text())
    for key, right in whole["response"]["result"].items():
        for value in FIELDS:
            changed = json.loads(json.dumps(whole))
            changed["response"]["result"][key] = value
            found = of_bytes(json.dumps(changed).encode(), tmp_path)
            harmless = value == right or (value in (None, [], "", {}) and key in _MAY_BE_ABSENT) or key in _NOT_HASHED
            assert harmless or not found["consistent"], (key, value)


_MAY_BE_ABSENT = {"extraData", "transactions", "signatureList"}
_NOT_HASHED = {"size", "totalDifficulty", "uncles", "author", "withdrawals", "signatureList", "transactions"}


def test_bytes_that_were_damaged_raise_nothing(shared_data: Shared, tmp_path: Path) -> None:
    rng = random.Random(11)
    names = [
        "fabric/from_snapshot.blockfile",
        "fisco3/07_getBlockByHash.json",
        "fisco2/13_getBlockByHash.json",
        "tlcp/tlcp_ecc_cbc.pcap",
        "sm/certs/fisco_sm_node.crt",
        "eth/mainnet_block_123.rlp",
    ]
    for at in range(300):
        data = bytearray(shared_data("blockchain", *names[at % len(names)].split("/")).read_bytes())
        for _ in range(rng.randrange(1, 5)):
            place = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[place] = rng.randrange(256)
                case 1:
                    del data[place : place + rng.randrange(1, 40)]
                case _:
                    data[place:place] = rng.randbytes(rng.randrange(1, 9))
        found = of_bytes(bytes(data), tmp_path)
        assert isinstance(found["consistent"], bool)


def test_certificates_of_several_files_vouch_for_each_other(shared_data: Shared) -> None:
    folder = shared_data("blockchain", "sm", "certs")
    names = [
        "tongsuo_server_sign.crt",
        "tongsuo_chain-ca.crt",
        "tongsuo_server_sign_expire.crt",
        "fisco_nonsm_node.crt",
    ]
    server, _, expired, other = analyse_chain([folder / each for each in names])["files"]
    assert server["certificate"]["conforming"]
    assert server["certificate"]["chained"]
    assert (server["certificate"]["sig_oid"], server["certificate"]["curve_oid"]) == (
        "1.2.156.10197.1.501",
        "1.2.156.10197.1.301",
    )
    assert expired["certificate"]["reasons"] == ["expired"]
    assert not other["certificate"]["conforming"]
    assert "curve_oid" not in other["certificate"]


def test_the_command_prints_the_contract(shared_data: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data("blockchain", "fisco3", "07_getBlockByHash.json")
    assert main(["analyse", "chain", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found.keys() == {
        "path",
        "format",
        "consistent",
        "blocks",
        "hash_algorithm",
        "sealers",
        "signatures",
        "errors",
        "events",
    }
    assert found["blocks"][0].keys() >= {"number", "hash", "claimed_hash", "header_ok", "signer"}


def test_a_file_that_is_not_there_is_an_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="cannot be read"):
        analyse_chain([tmp_path / "absent"])


MIRRORS: dict[str, Callable[[Any], Any]] = {
    "GRE": lambda packet: _OUTER / GRE() / packet,
    "GRE with a key": lambda packet: _OUTER / GRE(proto=0x6558, key_present=1, key=5) / Ether() / packet,
    "ERSPAN, first form": lambda packet: _OUTER / GRE(proto=0x88BE) / Ether() / packet,
    "ERSPAN, second form": lambda packet: _OUTER / GRE(proto=0x88BE, seqnum_present=1) / bytes(8) / Ether() / packet,
    "VXLAN": lambda packet: _OUTER / UDP(sport=4789, dport=4789) / VXLAN() / Ether() / Dot1Q(vlan=7) / packet,
}
_OUTER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.1", dst="192.0.2.2")


@pytest.mark.parametrize("name", MIRRORS)
def test_a_handshake_that_a_mirror_carries_is_read(name: str, shared_data: Shared, tmp_path: Path) -> None:
    plain = rdpcap(str(shared_data("blockchain", "tlcp", "tlcp_ecc_gcm.pcap")))
    wrpcap(str(tmp_path / "mirror.pcap"), [MIRRORS[name](each[IP]) for each in plain])
    found = entry(tmp_path / "mirror.pcap")
    assert (found["consistent"], found["tlcp"]["suite"]) == (True, "0xE053 ECC_SM4_GCM_SM3")
    assert len(found["tlcp"]["server_certificates"]) == 3


def batch(name: str) -> bytes:
    blocks = ether.chain([[ether.signed(0, b"one record")], []])
    asked = [
        {"jsonrpc": "2.0", "method": "eth_getBlockByNumber", "params": [each["number"], True], "id": at}
        for at, each in enumerate(blocks)
    ]
    answers = [{"jsonrpc": "2.0", "result": each, "id": at} for at, each in enumerate(blocks)]
    if name == "a batch":
        return json.dumps({"request": asked, "response": answers[::-1]}).encode()
    if name == "capitals and decimals":
        for each in blocks:
            each |= {
                "hash": each["hash"].upper().replace("0X", "0x"),
                "number": int(each["number"], 16),
                "timestamp": str(int(each["timestamp"], 16)),
            }
    return json.dumps(answers).encode("utf-16" if name == "as a shell redirects it" else "utf-8-sig")


@pytest.mark.parametrize("name", ["a batch", "capitals and decimals", "as a shell redirects it", "with a mark"])
def test_answers_are_read_however_they_were_kept(name: str, tmp_path: Path) -> None:
    found = of_bytes(batch(name), tmp_path)
    assert (found["consistent"], len(found["blocks"]), found["links_ok"]) == (True, 3, True)
