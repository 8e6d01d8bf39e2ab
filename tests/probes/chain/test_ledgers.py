# SPDX-License-Identifier: Apache-2.0
"""Ledger files of Fabric as a recording, a TLCP access point asked live, and our own trace read back without a campaign."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.model import About
from harness.testing import Question, judge, record
from probes.chain.analyse import analyse_chain
from probes.chain.formats import tlcp
from probes.chain.formats.tlcp import SUITES
from probes.chain.instruments.nodes import PROBE
from probes.chain.live.extras import handshakes
from probes.chain.plans.settings import ChainSettings
from probes.chain.wire.packets import connections
from tests.probes.chain.made import QUESTIONS, Alliance, codes

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


@contextmanager
def answering(flight: bytes) -> Iterator[str]:
    """An access point that answers every hello with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(flight)
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)
        assert heard[0][:3] == bytes([22, 1, 1])
        assert all(each.to_bytes(2, "big") in heard[0] for each in SUITES)


@pytest.mark.parametrize(("name", "verdict"), [("tlcp_ecc_gcm.pcap", "PASS"), ("plain_tls12_negative.pcap", "FAIL")])
def test_an_access_point_is_asked_for_tlcp_and_nothing_else(
    name: str, verdict: str, shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    (connection,) = connections(shared_data("blockchain", "tlcp", name).read_bytes())
    made = Alliance(tmp_path / "papers", count=1, records=0)
    with answering(connection.answered) as point:
        lines: list[bytes] = []
        settings = {**made.settings, "tlcp": point, "timeout": "2 s"}
        handshakes(ChainSettings.model_validate(settings), lines.append)
    outcome, judged = judge(PROBE, made.data + b"".join(lines), TLCP, tmp_path / "judged", settings)
    assert judged.verdict == verdict, codes(outcome)
    assert ("no-tlcp" in codes(outcome)) == (verdict == "FAIL")


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
