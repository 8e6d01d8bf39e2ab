# SPDX-License-Identifier: Apache-2.0
"""A real snmpd is walked over SNMPv2c and SNMPv3; what it knows is what snmpwalk prints; made-up tables count terminals."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.plugins import Context, Trace
from harness.testing import check_probe
from probes.network.instruments.snmp import PROBE
from probes.network.traces import snmp
from probes.network.traces.sightings import Sighting, seen_by
from probes.network.traces.terminals import read_register

MAC = bytes.fromhex("00005e005301")
V6 = bytes.fromhex("20010db8000000000000000000000007")
WALK = b"".join(
    [
        snmp.header("10.0.0.1", 1),
        snmp.value("ifPhysAddress", (3,), bytes.fromhex("00005e0053fe")),
        snmp.value("ifPhysAddress", (4,), bytes.fromhex("00005e0053fd")),
        snmp.value("ifOperStatus", (3,), b"1"),
        snmp.value("ifOperStatus", (4,), b"2"),
        snmp.value("ipNetToMediaPhysAddress", (3, 10, 0, 0, 7), MAC),
        snmp.value("ipNetToPhysicalPhysAddress", (3, 2, 16, *V6), MAC),
        snmp.value("ipNetToPhysicalPhysAddress", (3, 1, 4, 10, 0, 0, 9), bytes(6)),
        snmp.value("dot1dTpFdbAddress", tuple(MAC[:5] + b"\2"), MAC[:5] + b"\2"),
        snmp.end(2, []),
    ]
)


def test_tables_become_stations_of_both_families_and_the_agents_own_interfaces_that_are_up() -> None:
    found = snmp.decode(WALK)
    source = "snmp:10.0.0.1"
    assert found.sources == {source}
    assert found.rows == {
        Sighting(source, "10.0.0.7", "00005e005301", "", ""),
        Sighting(source, "2001:db8::7", "00005e005301", "", ""),
        Sighting(source, "", "00005e005302", "", ""),
        Sighting(source, "", "00005e0053fe", "", ""),
    }
    (row,) = read_register(b"asset_id,address,mac\nA,10.0.0.99,00-00-5e-00-53-02\n", "n.csv")
    seen, against = seen_by([row], found.rows)
    assert ([each.source for each in seen], against) == ([source], [])


@pytest.fixture
def agent(peer: Callable[[str], str], tmp_path: Path) -> Iterator[int]:
    """A real snmpd on loopback with a configuration of its own, on a port the kernel chose."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "snmpd.conf"
    config.write_text(
        f"agentaddress udp:127.0.0.1:{port}\nrocommunity visible 127.0.0.1\n"
        'createUser yanshou SHA-256 "auth-pass-12345" AES "priv-pass-12345"\nrouser yanshou priv\n',
        encoding="utf-8",
    )
    command = [peer("snmpd"), "-f", "-Lo", "-C", "-c", str(config), "-p", str(tmp_path / "pid")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, f"--persistentDir={tmp_path / 'kept'}"], **quiet) as child:  # type: ignore[call-overload]
        try:
            _until_answering(peer("snmpwalk"), port)
            yield port
        finally:
            child.terminate()


def _until_answering(snmpwalk: str, port: int) -> None:
    for _ in range(100):
        if _walk(snmpwalk, port, "1.3.6.1.2.1.1.3"):
            return
        time.sleep(0.1)


def _walk(snmpwalk: str, port: int, oid: str) -> str:
    command = [snmpwalk, "-v2c", "-c", "visible", "-On", "-t", "1", "-r", "0", f"127.0.0.1:{port}", oid]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_real_agent_is_walked_alike_by_us_and_by_snmpwalk(
    agent: int, peer: Callable[[str], str], sink: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "visible")
    monkeypatch.setenv("SNMP_AUTH", "auth-pass-12345")
    monkeypatch.setenv("SNMP_PRIVACY", "priv-pass-12345")
    place = {"agents": ["127.0.0.1"], "port": agent}
    known = set()
    for table in ("ifPhysAddress", "ipNetToMediaPhysAddress"):
        text = _walk(peer("snmpwalk"), agent, snmp.TABLES[table])
        known |= {each.replace(" ", "").lower() for each in re.findall(r"Hex-STRING: ((?:[0-9A-F]{2} ){6})", text)}
    heard = []
    for access in (
        {"community": "env:SNMP_COMMUNITY"},
        {"user": "yanshou", "auth": "env:SNMP_AUTH", "privacy": "env:SNMP_PRIVACY"},
    ):
        source = PROBE.source({**place, **access}, tmp_path)
        source.preflight()
        sink.data.clear()
        source.record(sink)
        data = bytes(sink.data)
        heard.append(snmp.decode(data).rows)
        macs = {each["value"] for each in _rows(data) if each["table"] in {"ifPhysAddress", "ipNetToMediaPhysAddress"}}
        assert macs - {""} == known
    assert heard[0] == heard[1]
    assert b"visible" not in data
    assert b"pass-12345" not in data


def _rows(data: bytes) -> list[dict[str, Any]]:
    return [row for line in data.splitlines() if "table" in (row := json.loads(line))]


def test_an_agent_that_refuses_is_one_sentence_with_the_cure(agent: int, tmp_path: Path) -> None:
    with pytest.raises(InstrumentError) as caught:
        PROBE.source(
            {"agents": ["127.0.0.1"], "port": agent, "user": "nobody", "auth": "x" * 8, "privacy": "y" * 8}, tmp_path
        ).preflight()
    assert "127.0.0.1" in caught.value.problem
    assert caught.value.cure
    with pytest.raises(UsageError, match="ABSENT"):
        PROBE.source({"agents": ["127.0.0.1"], "port": agent, "community": "env:ABSENT"}, tmp_path).preflight()


def test_an_agent_that_falls_silent_is_an_event_and_the_others_stay(agent: int, sink: Any, tmp_path: Path) -> None:
    place = {"port": agent, "community": "visible"}
    PROBE.source({"agents": ["127.0.0.2", "127.0.0.1"], **place}, tmp_path).record(sink)
    assert [body["agent"] for _, body in sink.events] == ["127.0.0.2"]
    assert snmp.decode(bytes(sink.data)).sources == {"snmp:127.0.0.1"}
    with pytest.raises(InstrumentError):
        PROBE.source({"agents": ["127.0.0.2"], **place}, tmp_path).record(sink)


def test_the_probe_keeps_the_house_rules_and_names_wrong_settings(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(WALK)
    (tmp_path / "torn").mkdir()
    probe: Any = PROBE
    check_probe(probe, Trace("s01.nodes", "x", PROBE.name, 1, (path,)), Context("s01.nodes"), tmp_path / "torn")
    assert not PROBE.check({"agents": ["10.0.0.1", "fd00::1"], "community": "public"}, tmp_path)
    wrong = PROBE.check({"agents": ["cpe"], "port": "x", "user": "u", "auth": "plain", "z": 1}, tmp_path)
    assert [each.keys for each in wrong] == [("z",), ("agents", 0), ("port",), ("auth",), ("privacy",)]
    assert [each.keys for each in PROBE.check({}, tmp_path)] == [("agents",)]


@given(st.binary(max_size=80), st.lists(st.integers(0, 300), max_size=20), st.sampled_from(sorted(snmp.TABLES)))
def test_no_values_crash_the_reader(octets: bytes, index: list[int], table: str) -> None:
    data = snmp.header("x", 1) + snmp.value(table, tuple(index), octets)
    for each in (data, octets, data + octets):
        try:
            snmp.decode(each)
        except DecodeError as refused:
            found = refused
            assert found.cure
