# SPDX-License-Identifier: Apache-2.0
"""Ledger files of Fabric as a recording, a TLCP access point asked live, and our own trace read back without a campaign."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.model import About, Outcome
from harness.testing import Judgement, Question, judge, record
from probes.chain.analyse import analyse_chain
from probes.chain.formats import layout, tlcp
from probes.chain.formats.tlcp import hello
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.extras import handshakes
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators.access import SEALING, flight
from probes.chain.wire.packets import connections
from tests.probes.chain.access import answering
from tests.probes.chain.made import QUESTIONS, START_NS, Alliance, codes

RECORDS = Question("chain.records", "distinct", ">= 3 条", {"by": "content"}, about=About.WINDOW)
TLCP = Question("chain.sm", "share", ">= 100 %", {"require": "tlcp"}, about=About.WINDOW)


def test_records_of_a_fabric_ledger_are_counted(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    data = shared_data("blockchain", "fabric", "sample_prod.blockfile").read_bytes()
    (tmp_path / "a.block").write_bytes(data)
    (tmp_path / "b.block").write_bytes(data)
    settings = {"chain": "fabric", "nodes": [{"name": "a", "file": "a.block"}, {"name": "b", "file": "b.block"}]}
    kept = record(PROBE, settings, tmp_path).data
    outcome, _ = judge(PROBE, kept, RECORDS, tmp_path / "good", settings)
    assert outcome.estimate is not None
    assert outcome.estimate.value == 3  # of four calls of marbles one repeats another; the rest is the chain's own
    assert "off-same-payload" in codes(outcome)
    assert judge(PROBE, kept, QUESTIONS["sm"], tmp_path / "sm", settings)[1].verdict == "FAIL"
    torn = bytearray(data)
    torn[data.rindex(b"marbles")] ^= 1
    for name in ("a.block", "b.block"):
        (tmp_path / name).write_bytes(torn)
    kept = record(PROBE, settings, tmp_path).data
    outcome, judged = judge(PROBE, kept, RECORDS, tmp_path / "torn", settings)
    assert judged.verdict != "PASS"
    assert "off-off-root" in codes(outcome)


SPOKEN: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "static": (flight, "PASS", ""),
    "static-gcm": (partial(flight, suite=0xE053), "PASS", ""),
    "ephemeral": (partial(flight, suite=0xE051), "PASS", ""),
    "of an earlier hello": (lambda _: flight(hello(bytes(32))), "FAIL", "tlcp-unsigned"),
    "with another key": (partial(flight, by=SEALING), "FAIL", "tlcp-unsigned"),
    "with a wrong signature": (partial(flight, spoil=1), "FAIL", "tlcp-unsigned"),
    "cut off": (lambda asked: flight(asked)[:900], "FAIL", "tlcp-unsigned"),
    "of AES": (partial(flight, suite=0x002F), "FAIL", "no-tlcp"),
    "in plain": (lambda _: b"HTTP/1.1 200 OK\r\n\r\n", "FAIL", "no-tlcp"),
}


@pytest.mark.parametrize("name", SPOKEN)
def test_an_access_point_is_asked_for_tlcp_and_has_to_sign_this_very_handshake(name: str, tmp_path: Path) -> None:
    answer, verdict, reason = SPOKEN[name]
    outcome, judged = _asked(answer, tmp_path)
    assert judged.verdict == verdict, codes(outcome)
    assert {"tlcp-unsigned", "no-tlcp"} & codes(outcome) == ({reason, "no-tlcp"} if reason else set())


@pytest.mark.parametrize("name", ["tlcp_ecc_gcm.pcap", "plain_tls12_negative.pcap"])
def test_a_recorded_answer_that_is_played_again_is_no_access_point(
    name: str, shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    (connection,) = connections(shared_data("blockchain", "tlcp", name).read_bytes())
    assert _asked(lambda _: connection.answered, tmp_path)[1].verdict == "FAIL"


def test_a_handshake_without_what_was_asked_is_open(tmp_path: Path) -> None:
    point = "10.0.0.1:443"
    settings = {**Alliance(tmp_path / "papers", count=1, records=0).settings, "tlcp": point}
    line = layout.octets("tlcp", [point], flight(hello(bytes(32))), START_NS)
    data = layout.header("", "", "fisco3", "group0", START_NS) + line
    outcome, judged = judge(PROBE, data, TLCP, tmp_path / "judged", settings)
    assert (judged.verdict, "access-points-unheld" in codes(outcome)) == ("INCONCLUSIVE", True)


@pytest.mark.parametrize("name", ["tlcp_ecc_cbc.pcap", "tlcp_ecc_gcm.pcap"])
def test_the_signature_of_a_real_server_is_held_and_an_altered_one_is_found(
    name: str, shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    data = bytearray(shared_data("blockchain", "tlcp", name).read_bytes())
    at = data.index(b"\x00\x47\x30\x45") + 20
    path = tmp_path / name
    for bit, events in ((0, []), (1, ["chain.handshake-unsigned"])):
        data[at] ^= bit
        path.write_bytes(data)
        (found,) = analyse_chain([path])["files"]
        assert [each["event"] for each in found["events"]] == events


def _asked(answer: Callable[[bytes], bytes], tmp_path: Path) -> tuple[Outcome, Judgement]:
    made, lines = Alliance(tmp_path / "papers", count=1, records=0), list[bytes]()
    with answering(answer) as point:
        settings = {**made.settings, "tlcp": point, "timeout": "2 s"}
        handshakes(ChainSettings.model_validate(settings), lines.append)
    return judge(PROBE, made.data + b"".join(lines), TLCP, tmp_path / "judged", settings)


def test_an_access_point_that_is_not_there_leaves_it_open(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "papers", count=1, records=0)
    settings = {**made.settings, "tlcp": "127.0.0.1:9"}
    outcome, judged = judge(PROBE, made.data, TLCP, tmp_path / "judged", settings)
    assert judged.verdict == "INCONCLUSIVE"
    assert "access-points-silent" in codes(outcome)


def test_our_own_trace_is_read_without_a_campaign(tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_bytes(Alliance(tmp_path / "papers", count=3).data)
    (found,) = analyse_chain([tmp_path / "trace.jsonl"])["files"]
    assert found["format"] == "fisco3"
    assert found["consistent"], found["errors"]
    assert found["hash_algorithm"] == "sm3"
    assert found["first_height_where_nodes_disagree"] is None
    assert found["distinct_payloads"] == 60


def test_a_hello_offers_only_suites_of_national_cryptography() -> None:
    assert tlcp.hello(bytes(32))[9:11] == b"\x01\x01"
