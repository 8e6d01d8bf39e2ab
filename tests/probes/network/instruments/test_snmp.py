# SPDX-License-Identifier: Apache-2.0
"""A real snmpd is walked over SNMPv2c and SNMPv3; what it knows is what snmpwalk prints; made-up tables count terminals."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit.lines import Writer, line
from harness.plugins import Asked, Trace
from harness.testing import check_probe
from probes.network.instruments.snmp import PROBE
from probes.network.measurands.census_join import joined
from probes.network.traces import snmp
from probes.network.traces.sightings import Sighting, Sightings
from probes.network.traces.terminals import read_register
from tests.ports import free_port
from tests.probes.network.recording import source_of, wrong_in
from tests.waiting import living, until

FORMAT = PROBE.form.format

MAC = bytes.fromhex("00005e005301")
V6 = bytes.fromhex("20010db8000000000000000000000007")


def answers(table: str, *rows: tuple[Sequence[int], bytes]) -> bytes:
    return line({"t": 1, "ask": table, "answer": [[[*index], octets.hex()] for index, octets in rows], "ms": 1.5})


def session(agent: str) -> bytes:
    return Writer(FORMAT, {"peer": agent, "t": 1}).header


WALK = b"".join(
    [
        session("10.0.0.1"),
        answers("ifPhysAddress", ((3,), bytes.fromhex("00005e0053fe")), ((4,), bytes.fromhex("00005e0053fd"))),
        answers("ifOperStatus", ((3,), b"1"), ((4,), b"2")),
        answers("ipNetToMediaPhysAddress", ((3, 10, 0, 0, 7), MAC)),
        answers("ipNetToPhysicalPhysAddress", ((3, 2, 16, *V6), MAC), ((3, 1, 4, 10, 0, 0, 9), bytes(6))),
        answers("dot1dTpFdbAddress", (MAC[:5] + b"\2", MAC[:5] + b"\2")),
    ]
)
OTHER = session("10.0.0.2") + answers("ifPhysAddress", ((3,), bytes.fromhex("00005e0053fc")))


def decoded(data: bytes, folder: Path) -> Sightings:
    """Everything in a segment, a session a chunk."""
    path = folder / "walk.jsonl"
    path.write_bytes(data)
    trace = Trace("s01.nodes", "x", PROBE.name, 1, (path,), None)
    return reduce(Sightings.merge, (PROBE.summarise(each, Asked()) for each in PROBE.chunks(trace)))


def test_tables_become_stations_of_both_families_and_the_agents_own_interfaces_that_are_up(tmp_path: Path) -> None:
    found = decoded(WALK, tmp_path)
    source = "snmp:10.0.0.1"
    assert found.sources == {source}
    assert found.rows == {
        Sighting(source, "10.0.0.7", "00005e005301", "", ""),
        Sighting(source, "2001:db8::7", "00005e005301", "", ""),
        Sighting(source, "", "00005e005302", "", ""),
        Sighting(source, "", "00005e0053fe", "", ""),
    }
    (row,) = read_register(b"asset_id,address,mac\nA,10.0.0.99,00-00-5e-00-53-02\n", "n.csv")
    (device,) = joined([[row]], {}, found).devices
    assert (device.sources, device.against) == ({source}, ())


def test_an_interface_that_is_up_on_one_agent_is_not_up_on_another(tmp_path: Path) -> None:
    found = decoded(WALK + OTHER, tmp_path)
    assert found.sources == {"snmp:10.0.0.1", "snmp:10.0.0.2"}
    assert found.rows == decoded(WALK, tmp_path).rows


@pytest.fixture
def agent(peer: Callable[[str], str], tmp_path: Path) -> Iterator[int]:
    """A real snmpd on loopback with a configuration of its own, on a port of the test."""
    port = free_port()
    config = tmp_path / "snmpd.conf"
    config.write_text(
        f"agentaddress udp:127.0.0.1:{port}\nrocommunity visible 127.0.0.1\n"
        'createUser yanshou SHA-256 "auth-pass-12345" AES "priv-pass-12345"\nrouser yanshou priv\n',
        encoding="utf-8",
    )
    command = [peer("snmpd"), "-f", "-Lo", "-C", "-c", str(config), "-p", str(tmp_path / "pid")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with living([*command, f"--persistentDir={tmp_path / 'kept'}"], **quiet) as child:  # type: ignore[call-overload]
        try:
            _until_answering(peer("snmpwalk"), port)
            yield port
        finally:
            child.terminate()


def _until_answering(snmpwalk: str, port: int) -> None:
    until(lambda: _walk(snmpwalk, port, "1.3.6.1.2.1.1.3"), otherwise="snmpd does not answer")


def _walk(snmpwalk: str, port: int, oid: str) -> str:
    command = [snmpwalk, "-v2c", "-c", "visible", "-On", "-t", "1", "-r", "0", f"127.0.0.1:{port}", oid]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


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
        source = source_of(PROBE, {**place, **access}, tmp_path)
        source.preflight()
        sink.data.clear()
        source.record(sink)
        data = bytes(sink.data)
        heard.append(decoded(data, tmp_path).rows)
        rows = [json.loads(each) for each in data.splitlines()[1:]]
        asked = [each for each in rows if each["ask"] in {"ifPhysAddress", "ipNetToMediaPhysAddress"}]
        assert {octets for each in asked for _, octets in each["answer"]} - {""} == known
    assert heard[0] == heard[1]
    assert b"visible" not in data
    assert b"pass-12345" not in data


def test_an_agent_that_refuses_is_one_sentence_with_the_cure(agent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"agents": ["127.0.0.1"], "port": agent}
    monkeypatch.setenv("SOME_KEY", "x" * 8)
    with pytest.raises(InstrumentError) as caught:
        source_of(PROBE, {**place, "user": "nobody", "auth": "env:SOME_KEY", "privacy": "env:SOME_KEY"}).preflight()
    assert "127.0.0.1" in caught.value.problem
    assert caught.value.cure
    with pytest.raises(UsageError, match="ABSENT"):
        source_of(PROBE, {**place, "community": "env:ABSENT"}).preflight()


def test_an_agent_that_falls_silent_is_an_event_and_the_others_stay(
    agent: int, sink: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "visible")
    place = {"port": agent, "community": "env:SNMP_COMMUNITY"}
    source_of(PROBE, {"agents": ["127.0.0.2", "127.0.0.1"], **place}).record(sink)
    assert [body["peer"] for _, body in sink.events] == ["127.0.0.2"]
    assert decoded(bytes(sink.data), tmp_path).sources == {"snmp:127.0.0.1"}
    with pytest.raises(InstrumentError):
        source_of(PROBE, {"agents": ["127.0.0.2"], **place}).record(sink)


def test_the_probe_keeps_the_house_rules_and_names_wrong_settings(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(WALK + OTHER)
    (tmp_path / "torn").mkdir()
    check_probe(PROBE, Trace("s01.nodes", "x", PROBE.name, 1, (path,), None), Asked(), tmp_path / "torn")
    assert not wrong_in(PROBE, {"agents": ["10.0.0.1", "fd00::1"], "community": "public"})
    wrong = wrong_in(PROBE, {"agents": ["cpe"], "port": "x", "community": "PLAIN", "auth": "plain", "z": 1})
    assert {each.keys for each in wrong} == {("z",), ("agents", 0), ("port",), ("community",), ("auth",)}
    (keyless,) = wrong_in(PROBE, {"agents": ["10.0.0.1"], "user": "u", "auth": "env:A"})
    assert keyless.cure == "write privacy: env:NAME."
    for nobody in ({}, {"agents": []}):
        (told,) = wrong_in(PROBE, nobody)
        assert told.cure == "write agents: [10.30.0.1]."


@given(st.binary(max_size=80), st.lists(st.integers(0, 300), max_size=20), st.sampled_from(sorted(snmp.TABLES)))
def test_no_values_crash_the_reader(octets: bytes, index: list[int], table: str) -> None:
    data = session("x") + answers(table, (index, octets))
    with TemporaryDirectory() as folder:
        for each in (data, octets, data + octets):
            try:
                decoded(each, Path(folder))
            except DecodeError as refused:
                found = refused
                assert found.cure
