# SPDX-License-Identifier: Apache-2.0
"""Who talks in a capture: counts as tshark gives them, identities, leases and NAT64, and bounded whatever the bytes."""

import json
import struct
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DUID_LLT, DHCP6_Reply, DHCP6OptClientId, DHCP6OptIA_NA, DHCP6OptIAAddress
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPREF64, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.utils import PcapReader, wrpcap

from harness.plugins import Asked, Chunk, Input, Trace
from harness.testing import check_probe
from probes.network.capture import talkers
from probes.network.digests.flows import Flows
from probes.network.digests.register import Register
from probes.network.instruments.flows import PROBE
from probes.network.measurands.words import WORDS, head
from probes.network.traces.terminals import read_register
from probes.network.wire import autoconfig
from tests.probes.network.recording import source_of, wrong_in

ASKED = Asked((), PROBE.settings.parse({"file": "c.pcap"}))
A, B = "00:00:5e:00:53:01", "00:00:5e:00:53:02"


def read(path: Path) -> Flows:
    return PROBE.summarise(Chunk(path), ASKED)


def captured(tmp_path: Path, *packets: Any) -> Flows:
    path = tmp_path / "c.pcap"
    wrpcap(str(path), list(packets))
    return read(path)


def seen(found: Flows) -> set[tuple[str, str]]:
    return {(each.mac, each.address) for each in found.sightings.rows if each.source == "capture"}


def nobody(address: str) -> bool:
    found = ip_address(address)
    return found.is_multicast or found.is_unspecified or found.is_loopback


def test_ipv6_frames_are_as_many_as_tshark_counts(shared_data: Callable[..., Path]) -> None:
    known = json.loads(shared_data("network", "reference_tshark.json").read_text(encoding="utf-8"))["files"]
    checked = 0
    for name, each in known.items():
        path = shared_data("network").joinpath(name)
        if path.exists() and "ipv6" in each:
            found = read(path).counts
            assert found["ipv6_frames"] == each["ipv6"], name
            checked += 1
    assert checked > 50


def test_sources_are_those_that_scapy_sees(shared_data: Callable[..., Path]) -> None:
    path = shared_data("network", "pcap", "tcpreplay", "test.pcap")
    known: set[tuple[str, str]] = set()
    with PcapReader(str(path)) as packets:
        for packet in packets:
            if Ether not in packet:
                continue
            mac = packet[Ether].src.replace(":", "")
            if ARP in packet and packet[ARP].hwsrc == packet[Ether].src:
                known.add((mac, packet[ARP].psrc))
            elif IPv6 in packet or IP in packet:
                echo = ICMP in packet and packet[ICMP].type in {0, 8}
                known |= set() if echo else {(mac, (packet[IPv6] if IPv6 in packet else packet[IP]).src)}
    assert seen(read(path)) == {each for each in known if not nobody(each[1])}


def test_our_own_tests_and_addresses_of_nobody_are_no_sightings(tmp_path: Path) -> None:
    ether = Ether(src=A, dst=B)
    found = captured(
        tmp_path,
        ether / IP(src="10.0.0.1", dst="10.0.0.9") / ICMP(type=8),
        ether / IP(src="10.0.0.2", dst="10.0.0.9") / UDP(sport=862, dport=5000),
        ether / IP(src="0.0.0.0") / UDP(sport=1, dport=2),  # noqa: S104 - nobody's address
        ether / IP(src="224.0.0.1") / UDP(sport=1, dport=2),
        ether / Dot1Q(vlan=7) / IP(src="10.0.0.3") / TCP(sport=1, dport=2),
        ether / ARP(hwsrc=A, psrc="10.0.0.4"),
        ether / ARP(hwsrc=B, psrc="10.0.0.5"),
    )
    assert seen(found) == {("00005e005301", "10.0.0.3"), ("00005e005301", "10.0.0.4")}


def test_leases_prefixes_and_nat64_are_read_from_the_shared_captures(shared_data: Callable[..., Path]) -> None:
    folder = shared_data("network", "pcap", "tcpdump")
    router = read(folder / "icmpv6-ra-pref64.pcap")
    assert router.pref64 == {"2001:db8:1:64:ff9b::/96", "2001:db8:0:64:ff9b::/96"}
    assert "2001:db8:cc:dd::/64" in router.prefixes
    only = read(folder / "dhcp-option-108.pcapng").leases
    assert {(each.asked, each.granted) for each in only} == {(True, False), (False, True)}
    given = read(folder / "dhcpv6-ia-na.pcap")
    assert {(each.mac, each.address) for each in given.leases} == {("000102030405", "2a00:1:1:200:38e6:b22e:c440:acdf")}
    assert given.ipv6_share == (1, 1)


def test_options_are_those_that_scapy_writes() -> None:
    ra = bytes(ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64) / ICMPv6NDOptPREF64(plc="/64"))
    assert autoconfig.advertised(ra[8:]).prefixes == ("2001:db8::/64",)
    assert [each.partition("/")[2] for each in autoconfig.advertised(ra[8:]).pref64] == ["64"]
    ack = BOOTP(op=2, yiaddr="10.0.0.7", chaddr=bytes.fromhex("00005e005301")) / DHCP(
        options=[("message-type", "ack"), (108, b"\0\0\7\x08"), "end"]
    )
    assert autoconfig.dhcp(bytes(ack)) == autoconfig.Lease("00005e005301", "10.0.0.7", asked=False, granted=True)
    reply = (
        DHCP6_Reply()
        / DHCP6OptClientId(duid=DUID_LLT(lladdr=A))
        / DHCP6OptIA_NA(ianaopts=[DHCP6OptIAAddress(addr="2001:db8::7")])
    )
    assert autoconfig.dhcp6(bytes(reply)) == [autoconfig.Lease("00005e005301", "2001:db8::7")]


def test_a_capture_counts_for_the_census_and_shows_who_gave_up_ipv4(
    make: Any, judge: Callable[..., Any], shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    v6 = "2001:db8:cc:dd::7"
    data = make.header(1, address=v6.replace("7", "{}")) + make.record(0, 0, 1000)
    (row,) = read_register(b"asset_id,address,mac\nA,2001:db8:cc:dd::1,00005e005301\n", "n.csv")
    six = Input("network.terminals", "n", Register((("n.csv", row),)), Trace("", "", "", 1, (), None))
    edge = captured(tmp_path, Ether(src=A, dst=B) / IPv6(src=v6) / TCP(sport=1, dport=2))
    router = read(shared_data("network", "pcap", "tcpdump", "icmpv6-ra-pref64.pcap"))
    inputs = [Input(PROBE.name, "f", each, Trace("", "", "", 1, (), None)) for each in (edge, router)]
    count = judge(data, "network.nodes", "distinct", {"window": "campaign"}, ">= 1 台套", None, [six, *inputs])
    assert {each["source"].en: each["devices"] for each in count.listing["sources"]} == {"capture": 1, "own replies": 1}
    assert count.estimate.value == 1
    ready = judge(data, "network.ipv6", "share", {}, "", None, [six, *inputs])
    (node,) = ready.listing["nodes"]
    told = [WORDS.text(key) for key in ("nat64-pref64", "configured-router-advertisement", "scope-global")]
    assert [node["nat64"], node["configured_by"], node["scope"]] == told
    assert node["ipv6_addresses"] == ["2001:db8:cc:dd::1", v6]
    assert ready.listing["links"][head("ipv6_share_of_frames").en] == 1
    assert "network.nat64-only" in {each.code for each in ready.remarks}


def test_more_talkers_than_there_is_room_for_are_counted(tmp_path: Path) -> None:
    path, many = tmp_path / "many.pcap", talkers.MOST_TALKERS + 4
    frame = bytearray(bytes(Ether(src=A, dst=B) / IP(src="10.0.0.0") / UDP(sport=1, dport=2)))
    records = []
    for number in range(many):
        frame[27:30] = (number + 1).to_bytes(3, "big")
        records.append(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + b"".join(records))
    found = read(path)
    assert (len(found.sightings.rows), found.counts["talkers_beyond"]) == (talkers.MOST_TALKERS, 4)


def test_the_probe_keeps_the_house_rules(tmp_path: Path, sink: Any) -> None:
    path = tmp_path / "c.pcap"
    wrpcap(str(path), [Ether(src=A, dst=B) / IP(src="10.0.0.3") / TCP(sport=1, dport=2)] * 3)
    (tmp_path / "torn").mkdir()
    check_probe(PROBE, Trace("s01.nodes", "x", PROBE.name, 1, (path,), ASKED.settings), ASKED, tmp_path / "torn")
    source = source_of(PROBE, {"file": "c.pcap"}, tmp_path)
    source.preflight()
    source.record(sink)
    assert bytes(sink.data) == path.read_bytes()
    assert not wrong_in(PROBE, {"file": "c.pcap"}, tmp_path)
    assert {each.keys for each in wrong_in(PROBE, {"file": "x", "ports": [0], "z": 1})} == {("z",), ("ports", 0)}
    (absent,) = wrong_in(PROBE, {"file": "x"}, tmp_path)
    assert (absent.keys, absent.cure) == (("file",), "put the capture beside the profile.")
    path.write_bytes(b"no capture")
    assert read(path).damaged == 1


@given(st.binary(max_size=120), st.integers(0, 200))
def test_no_bytes_crash_the_readers(noise: bytes, cut: int) -> None:
    autoconfig.advertised(noise)
    autoconfig.dhcp6(b"\7" + noise)
    autoconfig.dhcp(b"\2\1\6" + noise.ljust(233, b"\0") + b"\x63\x82\x53\x63" + noise[:cut])


@given(st.binary(min_size=1, max_size=200), st.integers(0, 1 << 16))
def test_a_damaged_capture_gives_what_is_whole(tmp_path_factory: Any, noise: bytes, place: int) -> None:
    path = tmp_path_factory.mktemp("d") / "c.pcap"
    wrpcap(str(path), [Ether(src=A, dst=B) / IP(src=f"10.0.0.{at}") / TCP() for at in range(1, 9)])
    data = bytearray(path.read_bytes())
    at = 24 + place % (len(data) - 24)
    data[at : at + len(noise)] = noise
    path.write_bytes(bytes(data))
    assert len(read(path).sightings.rows) <= 1 + 8 + len(noise)
