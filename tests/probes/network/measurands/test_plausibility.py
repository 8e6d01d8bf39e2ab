# SPDX-License-Identifier: Apache-2.0
"""Routes, interfaces and MACs recorded with the run speak for or against a radio link, on replay as on site."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model import Verdict
from probes.network.digests.way import ways
from probes.network.instruments.tcp import PROBE as TCP
from probes.network.live.routes import kind_of, paths
from probes.network.wire import layout
from tests.probes.network.made import MS, ONE, P99, US, Judge, codes, exchange, node, verdict
from tests.probes.network.recording import source_of

WAY = {
    "address": "10.9.0.1",
    "interface": "eth0",
    "kind": "ethernet",
    "driver": "e1000e",
    "gateway": "",
    "mac": "",
    "local": False,
}
ROUTE_CODES = {"network.path-is-own-address", "network.path-is-virtual", "network.path-is-on-cable"}


@pytest.mark.parametrize(
    ("way", "code", "detail"),
    [
        ({"local": True, "kind": "loopback", "interface": "lo"}, "network.path-is-own-address", "T-000"),
        ({"kind": "virtual", "interface": "veth7"}, "network.path-is-virtual", "veth7"),
        ({"mac": "00:00:5e:00:53:07"}, "network.path-is-on-cable", "eth0 e1000e 00:00:5e:00:53:07"),
        ({"gateway": "10.9.0.254", "mac": "00:00:5e:00:53:fe"}, "", ""),
        ({"kind": "wwan", "interface": "wwan0"}, "", ""),
        ({"address": "10.9.0.2", "local": True}, "", ""),
    ],
)
def test_a_route_that_is_no_radio_link_is_flagged_beside_the_pass(
    way: dict[str, Any], code: str, detail: str, make: Any, judge: Callable[..., Any]
) -> None:
    note = layout.notes(make.START_NS, {"paths": [{**WAY, **way}]})
    data = make.header(1) + note + b"".join(make.record(0, slot, 1_000_000) for slot in range(400))
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE, practice=True)
    assert found.estimate.upper < 2
    flags = [each for each in found.remarks if each.code in ROUTE_CODES]
    assert [each.code for each in flags] == ([code] if code else [])
    assert all(detail in each.text.zh and detail in each.text.en for each in flags)


LOSS = ("network.loss", "ratio", {}, "<= 5 %")
RTT = ("network.rtt", "quantile", P99, "<= 2 ms")
DROPOUT = ("network.dropout", "offline-time", {"silent_after": "10 s"}, "<= 50 %")
AVAILABLE = ("network.availability", "availability", {"survival_time": "5 s", "transfer_interval": "1 s"}, ">= 90 %")


@pytest.mark.parametrize("asked", [RTT, LOSS, DROPOUT, AVAILABLE], ids=lambda each: str(each[0]))
@pytest.mark.parametrize(
    ("way", "address", "code", "any_network"),
    [
        ({"local": True, "kind": "loopback"}, "10.9.0.{}", "network.path-is-own-address", True),
        (None, "127.3.0.{}", "network.path-is-loopback", True),
        (None, "::ffff:127.3.0.{}", "network.path-is-loopback", True),
        ({"mac": "00:00:5e:00:53:07"}, "10.9.0.{}", "network.path-is-on-cable", False),
        ({"kind": "virtual", "mac": "00:00:5e:00:53:07"}, "10.9.0.{}", "network.path-is-bridged", False),
        ({"gateway": "10.9.0.254", "mac": "00:00:5e:00:53:fe"}, "10.9.0.{}", "", False),
        ({"kind": "virtual", "gateway": "10.9.0.254", "mac": "00:00:5e:00:53:fe"}, "10.9.0.{}", "", False),
    ],
)
def test_a_path_within_the_host_is_void_for_any_network_and_a_cable_for_a_radio_link(
    asked: Any, way: Any, address: str, code: str, any_network: bool, make: Any, judge: Callable[..., Any]
) -> None:
    """A rehearsal is judged all the same, and says what is wrong with the path."""
    measurand, statistic, parameters, limit = asked
    note = layout.notes(make.START_NS, {"paths": [{**WAY, **way}] if way else []})
    data = make.header(1, address=address, interval_ns=100 * MS) + note
    data += b"".join(make.record(0, slot, 1_000_000, at_ns=make.drawn(slot, 100 * MS)) for slot in range(600))
    for link, void in (({"link": "radio"}, bool(code)), ({}, any_network)):
        found = judge(data, measurand, statistic, {**parameters, **link}, limit, {})
        rehearsed = judge(data, measurand, statistic, {**parameters, **link}, limit, {}, practice=True)
        assert (found.judgement.verdict is Verdict.INVALID, codes(found.outcome.invalid) == {code}) == (void, void)
        assert rehearsed.judgement.verdict is Verdict.PASS
        assert not void or code == "network.path-is-bridged" or code in codes(rehearsed.remarks)
        assert not codes(found.outcome.invalid) & codes(found.remarks), "said once"


@pytest.mark.parametrize(("share", "void"), [(100, True), (2, True), (0.5, False), (0, False)])
def test_a_terminal_that_is_on_the_cable_for_a_hundredth_of_the_time_is_found(
    share: float, void: bool, make: Any, judge: Callable[..., Any]
) -> None:
    quick = round(1000 * share / 100)
    data = make.header(1) + node(make, 0, [80_000] * quick + [1_500_000] * (1000 - quick))
    found = judge(data, "network.rtt", "quantile", {**P99, "link": "radio"}, "<= 2 ms", {})
    assert (found.judgement.verdict is Verdict.INVALID) is void


@pytest.mark.parametrize("given", [None, 7, ["x"], [{"kind": 3}], {"address": "10.9.0.1"}])
def test_a_note_that_tells_no_paths_is_passed_over(given: object, make: Any, judge: Callable[..., Any]) -> None:
    data = make.header(1) + layout.notes(make.START_NS, {"paths": given}) + make.record(0, 0, 1000)
    assert judge(data, "network.loss", "ratio").estimate is not None
    assert all(isinstance(each.local, bool) for each in ways(given))


def test_the_kernel_is_asked_for_every_target_at_once() -> None:
    found = {each["address"]: each for each in paths(["127.0.0.1", "::1", "127.0.0.2", "not-an-address"])}
    assert set(found) == {"127.0.0.1", "127.0.0.2", "::1"}
    assert {(each["interface"], each["kind"], each["local"]) for each in found.values()} == {("lo", "loopback", True)}
    assert kind_of("no-such-interface") == "other"


def test_a_veth_pair_is_virtual_and_its_neighbour_has_a_mac(netns: None, peer: Callable[[str], str]) -> None:
    ip = peer("ip")

    def run(*words: str) -> None:
        subprocess.run([ip, *words], check=True, capture_output=True)

    run("link", "add", "ycen0", "type", "veth", "peer", "name", "ycen1")
    try:
        run("addr", "add", "198.18.7.1/30", "dev", "ycen0")
        run("link", "set", "ycen0", "up")
        run("link", "set", "ycen1", "up")
        run("neighbour", "replace", "198.18.7.2", "lladdr", "00:00:5e:00:53:02", "dev", "ycen0")
        (found,) = paths(["198.18.7.2"])
    finally:
        run("link", "del", "ycen0")
    assert (found["kind"], found["mac"], found["gateway"]) == ("virtual", "00:00:5e:00:53:02", "")


def test_tcp_connects_record_their_paths_too(tmp_path: Path, sink: Any, odd: Any) -> None:
    source = source_of(TCP, {"targets": ["127.0.0.1"], "port": 9, "rate": "50/s", "count": 2}, tmp_path)
    source.record(sink)
    notes = [json.loads(line) for line in bytes(sink.data).splitlines()[1:] if line.startswith(b"{")]
    assert [way["interface"] for note in notes for way in note.get("paths", [])] == ["lo"]


@pytest.mark.parametrize(
    ("length", "trip", "one_way"),
    [("", False, False), ("100 km", False, False), ("300 km", True, False), ("1000 km", True, True)],
)
def test_no_packet_beats_light_in_the_declared_cable_beyond_the_clocks_errors(
    length: str, trip: bool, one_way: bool, make: Any, judge: Callable[..., Any]
) -> None:
    """1.6 ms there and back: 300 km take 2.934 ms; 0.8 ms one way with clocks wrong by 2 ms at most: 1000 km take 4.89 ms."""
    data = make.header(1) + b"".join(make.record(0, slot, 1_600_000) for slot in range(400))
    declared = {**ONE, **({"cable_length": length} if length else {})}
    for measurand, flagged in (("network.rtt", trip), ("network.owd", one_way)):
        found = judge(data, measurand, "quantile", P99, "<= 2 ms", declared)
        assert ("network.faster-than-cable" in {each.code for each in found.remarks}) is flagged, measurand


def test_loopback_is_flagged_and_another_network_is_not(make: Any, judge: Judge) -> None:
    for address, flagged in (("127.0.1.{}", True), ("10.9.0.{}", False)):
        data = make.header(1, address=address) + node(make, 0, [10_000] * 400)
        found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE, practice=True)
        assert ("network.path-is-loopback" in [each.code for each in found.remarks]) == flagged


@pytest.mark.parametrize(
    ("there", "ttl", "code"),
    [
        (20 * US, 64, "network.path-looks-wired"),
        (20 * US, 63, "network.path-looks-hairpin"),
        (200 * US, 63, ""),
    ],
)
def test_a_pass_over_a_path_too_short_for_radio_is_flagged(
    make: Any, judge: Judge, there: int, ttl: int, code: str
) -> None:
    data = make.header(1) + b"".join(
        exchange(make, slot, there_ns=there, back_ns=there, ttl=ttl) for slot in range(400)
    )
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert codes(found.remarks) & {"network.path-looks-wired", "network.path-looks-hairpin"} == ({code} - {""})
