# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse sparkplug``: what was delivered, born and dead, whatever the capture looks like."""

import gzip
import json
import subprocess
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.inet import TCP
from scapy.utils import wrpcapng

from probes.plant.simulators import encoding
from tests.probes.plant.conftest import Analysed, codes
from tests.probes.plant.plants import START_NS, Wire

KEYS = ["path", "delivered", "devices_born", "devices_dead", "online_at_end", "sequence_gaps", "events"]
GROUP = "spBv1.0/G"
MS = START_NS // 10**6


def birth(kind: str, who: str, sequence: int, *, number: int = 0) -> bytes:
    metrics = [encoding.metric("bdSeq", number)] if kind == "NBIRTH" else [encoding.metric("temp", 20.5, alias=7)]
    return message(kind, who, encoding.payload(MS, metrics, sequence))


def data(who: str, value: float, sequence: int) -> bytes:
    return message("DDATA", who, encoding.payload(MS, [encoding.metric("", value, alias=7)], sequence))


def death(who: str, sequence: int) -> bytes:
    return message("DDEATH", who, encoding.payload(MS, [], sequence))


def node_death(node: str, number: int = 0) -> bytes:
    return message("NDEATH", node, encoding.payload(MS, [encoding.metric("bdSeq", number)]))


def message(kind: str, who: str, payload: bytes) -> bytes:
    return encoding.publish(f"{GROUP}/{kind}/{who}", payload)


USUAL = [
    birth("NBIRTH", "n1", 0),
    birth("DBIRTH", "n1/d1", 1),
    birth("DBIRTH", "n1/d2", 2),
    data("n1/d1", 21.0, 3),
    data("n1/d2", 22.0, 4),
    death("n1/d2", 5),
    data("n1/d1", 23.0, 6),
]


def talked(messages: list[bytes], *, subscribers: int = 1, version: int = 4, port: int = 1883) -> Wire:
    """A publisher and subscribers: each message there and back."""
    wire = Wire(port)
    for at in range(subscribers + 1):
        wire.connect(40_000 + at, f"c{at}", version=version)
    for number, each in enumerate(messages):
        wire.say(40_000, each, 1 + number)
        for at in range(subscribers):
            wire.say(40_001 + at, each, 1.001 + number, down=True)
    return wire


def found_in(wire: Wire, folder: Path, analysed: Analysed) -> dict:
    wire.write(folder / "c.pcap")
    code, found, _ = analysed("sparkplug", folder / "c.pcap")
    assert code == 0
    return found


@pytest.mark.shared_data
def test_the_reference_capture_is_reproduced(shared_data, analysed: Analysed) -> None:
    code, found, _ = analysed("sparkplug", shared_data("ecosystem", "sparkplug_mosquitto_a.pcap"))
    expected = json.loads(shared_data("ecosystem", "expected_sparkplug.json").read_text())
    assert code == 0
    assert list(found) == KEYS
    assert found["delivered"] == expected["delivered_by_type"]
    assert found["devices_born"] == expected["devices_born"]
    assert found["devices_dead"] == expected["devices_dead"]
    assert found["online_at_end"] == expected["online_at_end"]
    assert (found["sequence_gaps"], found["events"]) == (0, [])


@pytest.mark.parametrize(("subscribers", "port"), [(1, 1883), (3, 1883), (2, 18830)])
def test_one_direction_is_counted_however_many_listen(
    subscribers: int, port: int, analysed: Analysed, tmp_path: Path
) -> None:
    found = found_in(talked(USUAL, subscribers=subscribers, port=port), tmp_path, analysed)
    assert found["delivered"] == {"NBIRTH": 1, "DBIRTH": 2, "DDATA": 3, "DDEATH": 1}
    assert (found["devices_born"], found["devices_dead"], found["online_at_end"]) == (["d1", "d2"], ["d2"], 1)
    assert (found["sequence_gaps"], found["events"]) == (0, [])


def test_commands_and_states_of_two_hosts_count_once_each_in_whatever_version(
    analysed: Analysed, tmp_path: Path
) -> None:
    wire = Wire(1883)
    for at in range(3):  # the edge node, and two hosts that hear everything
        wire.connect(40_000 + at, f"c{at}", version=4)
    rebirth = message("NCMD", "n1", encoding.payload(MS, [encoding.metric("Node Control/Rebirth", True)]))
    states = [
        encoding.publish(f"{GROUP.partition('/')[0]}/STATE/scada1", b'{"online":true,"timestamp":1}'),
        encoding.publish("STATE/scada2", b"ONLINE"),
        encoding.publish("STATE/pump", b'{"pressure": 3.5}'),
    ]
    said = [*((40_001, each) for each in states), *((40_000, each) for each in USUAL[:4]), (40_001, rebirth)]
    said += [(40_000, each) for each in (birth("NBIRTH", "n1", 0, number=1), *USUAL[1:4])]
    for number, (who, each) in enumerate(said):
        wire.say(who, each, 1 + number)
        for at in (1, 2) if each is not rebirth else (0, 1, 2):
            wire.say(40_000 + at, each, 1.001 + number, down=True)
    found = found_in(wire, tmp_path, analysed)
    assert found["delivered"] == {"NBIRTH": 2, "DBIRTH": 4, "DDATA": 2, "NCMD": 1, "STATE": 2}
    assert (found["devices_born"], found["online_at_end"], found["sequence_gaps"]) == (["d1", "d2"], 2, 0)


def test_a_capture_of_the_publisher_alone_is_counted_and_told(analysed: Analysed, tmp_path: Path) -> None:
    found = found_in(talked(USUAL, subscribers=0), tmp_path, analysed)
    assert found["delivered"] == {"NBIRTH": 1, "DBIRTH": 2, "DDATA": 3, "DDEATH": 1}
    assert codes(found) == {"plant.capture-published-only"}


@pytest.mark.parametrize(
    ("messages", "gaps", "online", "dead", "event"),
    [
        ([*USUAL[:4], data("n1/d1", 24.0, 6)], 1, 2, [], "tck-id-payloads-sequence-num-incrementing"),
        ([*USUAL[:3], node_death("n1")], 0, 0, ["d1", "d2"], None),
        ([*USUAL[:3], node_death("n1", 9)], 0, 2, [], "stale-death"),
        ([*USUAL, birth("DBIRTH", "n1/d2", 7)], 0, 2, ["d2"], None),
        ([*USUAL[:3], birth("NBIRTH", "n1", 0), birth("DBIRTH", "n1/d1", 1)], 0, 1, [], None),
        ([*USUAL, data("n1/d2", 25.0, 7)], 0, 1, ["d2"], "data-without-birth"),
        ([data("n1/d1", 20.0, 9)], 0, 0, [], "data-without-birth"),
        ([birth("NBIRTH", "n1", 3)], 0, 0, [], "tck-id-topics-nbirth-seq-num"),
        ([*USUAL[:2], message("DBIRTH", "n1/d3", b"\xff\xff")], 0, 1, [], "unreadable"),
        ([*USUAL[:2], message("OBIRTH", "n1/d3", b"")], 0, 1, [], "unknown-topic"),
        ([*USUAL[:2], message("DBIRTH", "n1", b"")], 0, 1, [], "unknown-topic"),
    ],
)
def test_sessions_are_followed_by_the_rules(
    messages: list[bytes],
    gaps: int,
    online: int,
    dead: list[str],
    event: str | None,
    analysed: Analysed,
    tmp_path: Path,
) -> None:
    found = found_in(talked(messages), tmp_path, analysed)
    assert (found["sequence_gaps"], found["online_at_end"], found["devices_dead"]) == (gaps, online, dead)
    assert codes(found) == ({f"plant.{event}"} if event else set())


def test_a_message_that_is_delivered_twice_counts_once(analysed: Analysed, tmp_path: Path) -> None:
    found = found_in(talked([each for one in USUAL for each in (one, one)]), tmp_path, analysed)
    assert found["delivered"] == {"NBIRTH": 1, "DBIRTH": 2, "DDATA": 3, "DDEATH": 1}
    assert (found["sequence_gaps"], codes(found)) == (0, {"plant.repeated"})


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_compressed_payloads_are_unpacked(pack: Callable[[bytes], bytes], analysed: Analysed, tmp_path: Path) -> None:
    inside = encoding.payload(MS, [encoding.metric("temp", 20.5, alias=7)])
    packed = pack(inside)
    body = encoding.payload(MS, [], 1) + b"\x22\x12SPBV1.0_COMPRESSED" + b"\x2a" + encoding.varint(len(packed)) + packed
    found = found_in(talked([birth("NBIRTH", "n1", 0), message("DBIRTH", "n1/d1", body)]), tmp_path, analysed)
    assert (found["online_at_end"], found["sequence_gaps"], found["events"]) == (1, 0, [])
    bomb = b"\x22\x12SPBV1.0_COMPRESSED" + b"\x2a" + encoding.varint(len(pack(bytes(1 << 25)))) + pack(bytes(1 << 25))
    found = found_in(talked([birth("NBIRTH", "n1", 0), message("DBIRTH", "n1/d1", bomb)]), tmp_path, analysed)
    assert codes(found) == {"plant.unreadable"}


def test_the_sequence_wraps_at_255(analysed: Analysed, tmp_path: Path) -> None:
    many = [data("n1/d1", 20 + at / 10, (2 + at) % 256) for at in range(600)]
    found = found_in(talked([birth("NBIRTH", "n1", 0), birth("DBIRTH", "n1/d1", 1), *many]), tmp_path, analysed)
    assert (found["delivered"]["DDATA"], found["sequence_gaps"]) == (600, 0)


def test_devices_of_one_name_on_two_nodes_are_two(analysed: Analysed, tmp_path: Path) -> None:
    both = [each for node in ("n1", "n2") for each in (birth("NBIRTH", node, 0), birth("DBIRTH", f"{node}/d1", 1))]
    found = found_in(talked([*both, death("n2/d1", 2)]), tmp_path, analysed)
    assert (found["devices_born"], found["devices_dead"]) == (["G/n1/d1", "G/n2/d1"], ["G/n2/d1"])
    assert found["online_at_end"] == 1


def test_segments_that_come_twice_late_or_in_pieces_change_nothing(analysed: Analysed, tmp_path: Path) -> None:
    wire = talked(USUAL)
    packets = []
    for each in wire.packets:
        payload = bytes(each[TCP].payload)
        first, second = each.copy(), each.copy()
        half = len(payload) // 2
        first[TCP].remove_payload(), second[TCP].remove_payload()
        first, second = first / payload[:half], second / payload[half:]
        second[TCP].seq += half
        for one in (first, second):
            one.time = each.time
            del one["IP"].len, one["IP"].chksum, one[TCP].chksum
        packets += [second, first, first.copy()] if half and each.time > START_NS / 10**9 else [first, second]
    wire.packets = packets
    found = found_in(wire, tmp_path, analysed)
    assert found["delivered"] == {"NBIRTH": 1, "DBIRTH": 2, "DDATA": 3, "DDEATH": 1}
    assert found["online_at_end"] == 1


def test_a_message_sent_again_is_the_same_message(analysed: Analysed, tmp_path: Path) -> None:
    wire = talked(USUAL[:3])
    payload = encoding.payload(MS, [encoding.metric("", 21.0, alias=7)], 3)
    once = encoding.publish(f"{GROUP}/DDATA/n1/d1", payload, identifier=11)
    wire.say(40_001, once, 20, down=True)
    wire.say(40_001, bytes([once[0] | 8]) + once[1:], 21, down=True)
    found = found_in(wire, tmp_path, analysed)
    assert (found["delivered"]["DDATA"], found["sequence_gaps"]) == (1, 0)


@pytest.mark.parametrize("form", ["pcapng", "gz", "zst"])
def test_other_forms_of_captures_say_the_same(form: str, analysed: Analysed, tmp_path: Path) -> None:
    import zstandard

    wire = talked(USUAL)
    plain = wire.write(tmp_path / "c.pcap")
    path = tmp_path / f"c.{form}"
    if form == "pcapng":
        wrpcapng(str(path), sorted(wire.packets, key=lambda each: each.time))
    else:
        path.write_bytes(gzip.compress(plain) if form == "gz" else zstandard.compress(plain))
    _, found, _ = analysed("sparkplug", path)
    assert found["delivered"] == {"NBIRTH": 1, "DBIRTH": 2, "DDATA": 3, "DDEATH": 1}


def test_what_cannot_be_read_is_told(analysed: Analysed, tmp_path: Path) -> None:
    wire = Wire()
    wire.say(40_001, b"\x16\x03\x01\x00\x05hello", 0.0)
    found = found_in(wire, tmp_path, analysed)
    assert codes(found) == {"plant.capture-encrypted"}
    wire = Wire(80)
    wire.say(40_001, b"GET / HTTP/1.1\r\n\r\n", 0.0)
    assert codes(found_in(wire, tmp_path, analysed)) == {"plant.capture-no-mqtt"}
    found = found_in(talked([encoding.publish("p/x", b"1")]), tmp_path, analysed)
    assert codes(found) == {"plant.capture-nothing"}
    plain = talked(USUAL).write(tmp_path / "whole.pcap")
    (tmp_path / "torn.pcap").write_bytes(plain[:-9])
    _, found, _ = analysed("sparkplug", tmp_path / "torn.pcap")
    assert "plant.capture-torn" in codes(found)
    code, _, told = analysed("sparkplug", tmp_path / "no.pcap")
    assert code == 5
    assert "cannot be read" in told


def test_any_cut_of_a_capture_is_read_as_far_as_it_goes(analysed: Analysed, tmp_path: Path) -> None:
    plain = talked(USUAL).write(tmp_path / "whole.pcap")
    for cut in range(24, len(plain), 37):
        (tmp_path / "torn.pcap").write_bytes(plain[:cut])
        code, found, _ = analysed("sparkplug", tmp_path / "torn.pcap")
        assert code == 0
        assert found["online_at_end"] <= 2


def test_tshark_counts_the_same(analysed: Analysed, peer: Callable[[str], str], tmp_path: Path) -> None:
    talked([*USUAL, birth("DBIRTH", "n1/d2", 7)], subscribers=1, port=18830).write(tmp_path / "c.pcap")
    _, found, _ = analysed("sparkplug", tmp_path / "c.pcap")
    command = [peer("tshark"), "-r", str(tmp_path / "c.pcap"), "-d", "tcp.port==18830,mqtt", "-T", "fields"]
    command += ["-Y", "mqtt.msgtype==3 && tcp.srcport==18830", "-e", "mqtt.topic"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert found["delivered"] == dict(Counter(topic.split("/")[2] for topic in told))
