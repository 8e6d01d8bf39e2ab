# SPDX-License-Identifier: Apache-2.0
"""The census joins the register with what independent sources saw: agreement counts, contradiction is listed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from harness.errors import DecodeError
from harness.plugins import Asked, Input, Trace
from harness.testing import check_probe
from probes.network.digests.register import Register
from probes.network.instruments.export import PROBE as EXPORT
from probes.network.instruments.neighbours import PROBE as NEIGHBOURS
from probes.network.instruments.terminals import PROBE
from probes.network.measurands.identities import identity_problem
from probes.network.measurands.words import WORDS, head
from probes.network.traces.sightings import Sightings, read_export, read_neighbours
from probes.network.traces.terminals import read_register
from tests.probes.network.recording import source_of, wrong_in

IMEIS = ["001010000000016", "001010000000024", "001010000000032"]
_SIM = "898600000000000000"
ICCID = _SIM + luhn.calc_check_digit(_SIM)
WRONG = _SIM + str((int(ICCID[-1]) + 1) % 10)
LINES = [
    f"A,10.9.0.1,{IMEIS[0]},00005e005301,",
    f"B,10.9.0.2,{IMEIS[1]},00005e005302,",
    f"C,10.9.0.3,{IMEIS[2]},00005e005303,",
]


def source(summary: Any, name: str) -> Input:
    return Input(name, name, summary, Trace("s01.nodes", name, name, 1, (), None))


def register(*lines: str) -> Input:
    text = "asset_id,address,imei,mac,iccid\n" + "\n".join(lines)
    rows = read_register(text.encode(), "nodes.csv")
    return source(Register(tuple(("nodes.csv", row) for row in rows)), PROBE.name)


def neighbours(**macs: str) -> Input:
    entries = [{"dst": f"10.9.0.{key[1:]}", "lladdr": mac, "state": ["REACHABLE"]} for key, mac in macs.items()]
    dead = {"dst": "10.9.0.3", "lladdr": "00:00:5e:00:53:03", "state": ["FAILED"]}
    line = json.dumps([*entries, dead, {"dst": "10.9.0.9", "state": ["INCOMPLETE"]}])
    return source(read_neighbours(line.encode() + b"\n"), NEIGHBOURS.name)


def counted(make: Any, judge: Callable[..., Any], answering: tuple[int, ...], *others: Input) -> Any:
    data = make.header(9) + b"".join(
        make.record(target, slot, 1000 if target in answering else None) for target in range(3) for slot in range(5)
    )
    return judge(data, "network.nodes", "distinct", {"window": "10 min"}, ">= 3 台套", None, list(others))


def test_a_device_counts_when_it_answered_and_another_source_saw_it(make: Any, judge: Callable[..., Any]) -> None:
    seen = neighbours(_1="00:00:5e:00:53:01")
    core = source(
        read_export(f"IMEI,状态\n{IMEIS[0]},在线\n{IMEIS[2]},在线\n{IMEIS[1]},离线\n".encode(), "c", "5GC"), "x"
    )
    found = counted(make, judge, (0, 1), register(*LINES), seen, core)
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == (1, 1, 3)
    sources = [(each["source"], each["devices"]) for each in found.listing["sources"]]
    assert sources == [("export:5GC", 2), (WORDS.text("source-neighbours"), 1), (WORDS.text("source-replies"), 2)]
    census = found.listing["census"]
    assert (census[head("union").en], census[head("intersection").en]) == (3, 1)
    assert found.listing["one_source_only"] == ["B", "C"]
    assert "network.one-source-only" in {each.code for each in found.remarks}


def test_replies_alone_are_counted_and_said_to_be_alone(make: Any, judge: Callable[..., Any]) -> None:
    found = counted(make, judge, (0, 1), register(*LINES))
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == (2, 2, 2)
    assert "network.single-source" in {each.code for each in found.remarks}


def test_an_address_with_another_mac_contradicts_and_does_not_confirm(make: Any, judge: Callable[..., Any]) -> None:
    found = counted(make, judge, (0,), register(*LINES), neighbours(_1="00:00:5e:00:53:99"))
    assert found.estimate.value == 0
    assert [each["asset"] for each in found.listing["contradictions"]] == ["A"]
    assert "network.identity-contradicted" in {each.code for each in found.remarks}


def test_dual_stack_is_one_node_and_no_duplicate(make: Any, judge: Callable[..., Any]) -> None:
    both = [LINES[0], LINES[0].replace("10.9.0.1", "fd00::1")]
    found = counted(make, judge, (0,), register(*both))
    assert found.estimate.value == 1
    assert found.listing["duplicates"] == []
    assert [each["asset_id"] for each in found.listing["dual_stack"]] == ["A"]


def test_a_mac_before_three_addresses_is_a_relay_and_identifies_nobody(make: Any, judge: Callable[..., Any]) -> None:
    same = {f"_{host}": "00:00:5e:00:53:fe" for host in (1, 2, 4)}
    found = counted(make, judge, (0, 1), register(*LINES), neighbours(**same))
    assert found.estimate.value == 2, "its own addresses are the only thing a relay's entries tell"
    assert found.listing["relays"] == [{"mac": "00005e0053fe", "addresses": 3}]
    assert found.listing["contradictions"] == []
    assert "network.mac-of-a-relay" in {each.code for each in found.remarks}


def test_privacy_addresses_of_one_mac_are_one_node_and_their_answers_count(
    make: Any, judge: Callable[..., Any]
) -> None:
    entries = [
        {"dst": each, "lladdr": "00:00:5e:00:53:01", "state": ["STALE"]}
        for each in ("2001:db8::1:2:3:4", "2001:db8::a:b:c:d", "10.9.0.2")
    ]
    table = source(read_neighbours(json.dumps(entries).encode()), NEIGHBOURS.name)
    only = register(LINES[0].replace("10.9.0.1", "10.9.0.7"))
    found = counted(make, judge, (1,), only, table)
    assert found.estimate.value == 1, "10.9.0.2 answered, and the neighbour table says whose it is"
    assert found.listing["several_ipv6"] == [{"asset": "A", "addresses": ["2001:db8::1:2:3:4", "2001:db8::a:b:c:d"]}]
    assert found.listing["unregistered"] == []


def test_terminals_behind_one_cpe_are_counted_by_identity_and_named(make: Any, judge: Callable[..., Any]) -> None:
    rows = [f"A,10.9.0.1,862,{IMEIS[0]}", f"B,10.9.0.1,863,{IMEIS[1]}"]
    text = "asset_id,address,port,imei\n" + "\n".join(rows)
    summary = Register(tuple(("n.csv", row) for row in read_register(text.encode(), "n.csv")))
    found = counted(make, judge, (0,), source(summary, PROBE.name))
    assert (found.listing["census"][head("identities").en], found.estimate.value) == (2, 1)
    assert found.listing["behind_one_address"] == [{"address": "10.9.0.1", "assets": ["A", "B"]}]
    assert "network.behind-one-address" in {each.code for each in found.remarks}


def test_a_randomised_mac_beside_an_imei_is_flagged_and_the_window_is_printed(
    make: Any, judge: Callable[..., Any]
) -> None:
    found = counted(make, judge, (0,), register(LINES[0].replace("00005e005301", "02005e005301")))
    assert [each["asset_id"] for each in found.listing["randomised_mac"]] == ["A"]
    told, shown = found.estimate.diagnostics, found.listing["census"]
    assert told["window_ns"] == shown[head("window_ns").en] == 600 * 10**9
    assert (told["first_evidence_ns"], told["last_evidence_ns"]) == (make.START_NS, make.START_NS + 4_000_000)


@pytest.mark.parametrize(("iccid", "problem"), [(ICCID, ""), (WRONG, "iccid-luhn"), ("123", "iccid-form")])
def test_a_sim_card_identifies_by_its_checked_number(iccid: str, problem: str) -> None:
    (row,) = read_register(f"asset_id,address,iccid\nA,10.9.0.1,{iccid}\n".encode(), "nodes.csv")
    assert identity_problem(row) == problem


@pytest.mark.parametrize("line", [b"[1]\n", b"{\n", b'[{"lladdr": "x"}]\n'])
def test_what_is_no_snapshot_is_refused_with_its_line(line: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        read_neighbours(b"[]\n" + line)
    assert caught.value.where == "line 2"


@given(st.lists(st.sampled_from(IMEIS), max_size=6), st.lists(st.sampled_from(IMEIS), max_size=6))
def test_sightings_merge_in_any_order(left: list[str], right: list[str]) -> None:
    one, other = (read_export(("imei\n" + "\n".join(each)).encode(), "x", "5GC") for each in (left, right))
    assert one.merge(other) == other.merge(one)
    assert one.merge(other).rows == read_export(("imei\n" + "\n".join([*left, *right])).encode(), "x", "5GC").rows


def test_both_probes_keep_the_house_rules(tmp_path: Path, sink: Any) -> None:
    source_of(NEIGHBOURS, {}, tmp_path).record(sink)
    table = tmp_path / "0001.jsonl"
    table.write_bytes(bytes(sink.data))
    assert isinstance(NEIGHBOURS.summarise(next(iter(NEIGHBOURS.chunks(_trace(table)))), Asked()), Sightings)
    export = tmp_path / "core.csv"
    export.write_text(f"imei\n{IMEIS[0]}\n", encoding="utf-8")
    for probe, path in ((NEIGHBOURS, table), (EXPORT, export)):
        scratch = tmp_path / probe.name
        scratch.mkdir()
        check_probe(
            probe, _trace(path), Asked((), EXPORT.settings.parse({"file": "core.csv", "system": "5GC"})), scratch
        )
    assert not wrong_in(EXPORT, {"file": "core.csv", "system": "5GC"}, tmp_path)
    assert [each.keys for each in wrong_in(EXPORT, {"file": "x.csv"}, tmp_path)] == [("file",)]
    assert [each.keys for each in wrong_in(EXPORT, {"file": "core.csv", "y": 1}, tmp_path)] == [("y",)]


def _trace(path: Path) -> Trace:
    return Trace("s01.nodes", "x", "x", 1, (path,), None)
