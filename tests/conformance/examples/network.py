# SPDX-License-Identifier: Apache-2.0
"""Examples of the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from operator import xor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapNgReader, wrpcap

from harness.kit.lines import Writer, line
from harness.plugins import Trace
from probes.network.instruments.loops import PROBE as LOOPS
from probes.network.instruments.presence import PROBE as PRESENCE
from probes.network.instruments.radio import PROBE as RADIO
from probes.network.instruments.simulated import PROBE as SIMULATED
from probes.network.instruments.snmp import PROBE as SNMP
from probes.network.simulators.modems import script
from probes.network.traces import tcp
from probes.network.traces.fleet import packed
from probes.network.wire.topics import DEFAULTS
from tests.conformance.examples import MS, S, of, traced
from tests.probes.network.conftest import START_NS, Builders
from tests.probes.network.recording import message

IMEIS = ("001010000000016", "001010000000024", "001010000000032", "001010000000040")
HEAD = "asset_id,name,address,port,imei,mac\n"
TARGETS: Mapping[str, Any] = MappingProxyType({"targets": ["10.9.0.1"], "count": 1})
BROKER: Mapping[str, Any] = MappingProxyType({"broker": "127.0.0.1", "duration": "2 s"})


def _even(slot: int, every_ns: int) -> int:
    return START_NS + slot * every_ns


def packets(
    count: int = 40,
    targets: int = 2,
    delay_ns: int | None = 400_000,
    *,
    first: int = 0,
    every_ns: int = MS,
    **header: Any,
) -> bytes:
    """A session of STAMP in the recorded form: every target from ``first`` on answered after ``delay_ns``, or never."""
    moment = Builders.drawn if header.get("kind", "poisson") == "poisson" else _even
    records = (
        Builders.record(each, slot, delay_ns, at_ns=moment(slot, every_ns))
        for slot in range(count)
        for each in range(first, targets)
    )
    return Builders.header(targets, interval_ns=every_ns, **header) + b"".join(records)


@of("network.stamp")
def _stamp(folder: Path) -> Trace:
    return traced("network.stamp", folder, packets() + packets(20, 1), TARGETS)


@of("network.icmp")
def _icmp(folder: Path) -> Trace:
    return traced("network.icmp", folder, packets(), TARGETS)


@of("network.tcp")
def _tcp(folder: Path) -> Trace:
    return traced("network.tcp", folder, connects("a", 30) + connects("b", 40), TARGETS)


def connects(name: str, count: int) -> bytes:
    """A session of TCP connects, one a millisecond."""
    facts = {"mode": "tcp", "waiting_time_ns": S, "targets": [{"id": name, "address": "10.0.0.1", "port": 443}]}
    rows = (
        tcp.row(0, slot, START_NS + slot * MS, START_NS + slot * MS, START_NS + (slot + 2) * MS, 1900, 1)
        for slot in range(count)
    )
    return Writer(tcp.FORMAT, facts).header + b"".join(rows)


@of("network.capture")
def _capture(folder: Path) -> Trace:
    """The packets of a session of STAMP as a program that knows nothing of it writes them down."""
    (folder / "session.pcapng").write_bytes(packets())
    with PcapNgReader(str(folder / "session.pcapng")) as reader:
        wrpcap(str(folder / "copy.pcap"), list(reader))
    return traced("network.capture", folder, (folder / "copy.pcap").read_bytes(), {"file": "copy.pcap"})


@of("network.flows")
def _flows(folder: Path) -> Trace:
    frame = Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02") / IP(src="10.9.0.1") / TCP()
    wrpcap(str(folder / "core.pcap"), [frame] * 3)
    return traced("network.flows", folder, (folder / "core.pcap").read_bytes(), {"file": "core.pcap"})


@of("network.log")
def _log(folder: Path) -> Trace:
    return traced("network.log", folder, delays(400), {"file": "drive.csv", "units": {"time": "ms"}})


def delays(count: int, *, lost: int = 0) -> bytes:
    """A log of round trips near 4 ms, one every 10 ms; the last ``lost`` of them were never answered."""
    start = START_NS // MS
    rows = [f"{start + at * 10},{at},{4 + at % 7 / 100 + at % 10 / 1000:.3f}" for at in range(count - lost)]
    rows += [f"{start + at * 10},{at}," for at in range(count - lost, count)]
    return ("time,seq,rtt(ms)\n" + "\n".join(rows) + "\n").encode()


def rmc(second: int) -> bytes:
    """Where a car was at a second of the minute in which the other examples begin."""
    body = f"GNRMC,1600{second:02d}.00,A,30{30 + second / 100:07.4f},N,11418.0000,E,19.44,90.0,211125,,,A"
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n".encode()


@of("network.track")
def _track(folder: Path) -> Trace:
    return traced("network.track", folder, b"".join(map(rmc, range(10))), {"file": "drive.nmea"})


@of("network.terminals")
def _terminals(folder: Path) -> Trace:
    return traced("network.terminals", folder, register("10.9.0.{}"), {"register": "nodes.csv"})


def register(address: str, count: int = 2) -> bytes:
    """The first terminals, each with an address and an IMEI of its own."""
    rows = (f"A{each},node {each},{address.format(each)},,{IMEIS[each - 1]},\n" for each in range(1, count + 1))
    return (HEAD + "".join(rows)).encode()


@of("network.counters")
def _counters(folder: Path) -> Trace:
    table = b"cell,drops,successes\nA,0,9000\nB,1,9000\n"
    return traced("network.counters", folder, table, {"file": "omc.csv"})


@of("network.export")
def _export(folder: Path) -> Trace:
    return traced("network.export", folder, "\n".join(["imei", *IMEIS, ""]).encode(), {"file": "core.csv"})


@of("network.neighbours")
def _neighbours(folder: Path) -> Trace:
    entries = [
        {"dst": f"10.9.0.{each}", "lladdr": f"00:00:5e:00:53:0{each}", "dev": "eth0", "state": ["REACHABLE"]}
        for each in (1, 2)
    ]
    return traced("network.neighbours", folder, json.dumps(entries).encode() + b"\n", {})


@of("network.snmp")
def _snmp(folder: Path) -> Trace:
    answer = {"t": 1, "ask": "ipNetToMediaPhysAddress", "answer": [[[3, 10, 9, 0, 1], "00005e005301"]], "ms": 1.5}
    sessions = [Writer(SNMP.form.format, {"peer": f"10.0.0.{each}", "t": 1}).header + line(answer) for each in (1, 2)]
    return traced(
        "network.snmp", folder, b"".join(sessions), {"agents": ["10.0.0.1", "10.0.0.2"], "community": "public"}
    )


@of("network.mqtt")
def _mqtt(folder: Path) -> Trace:
    settings = {**BROKER, "events": "s/#", "commands": "a/#"}
    return traced("network.mqtt", folder, loops(30) + loops(20), settings)


def loops(count: int, *, every_ns: int = 10 * MS, answered: bool = True) -> bytes:
    """A session of closed loops, each closed 4 ms later; or none of them."""
    facts = {
        "mode": "mqtt",
        "waiting_time_ns": S,
        "targets": [{"id": "broker"}],
        "events": "s/#",
        "commands": "a/+",
        "key": "id",
    }
    rows = [Writer(LOOPS.form.format, facts).header]
    for number in range(count):
        payload, at = json.dumps({"id": number}).encode(), START_NS + number * every_ns
        rows.append(message(at, "s/temperature", payload))
        rows += [message(at + 4 * MS + number * 1000, "a/valve", payload)] * answered
    return b"".join(rows)


@of("network.presence")
def _presence(folder: Path) -> Trace:
    settings = {**BROKER, "topic": "plant/{asset}/status"}
    return traced("network.presence", folder, presence("A1", "A2") + presence("A3"), settings)


def presence(*who: str, seconds: int = 60, told: str = "online") -> bytes:
    """A session in which terminals say at the beginning that they are there, and then are."""
    facts = {"topic": "plant/{asset}/status", "keys": {}, "state": "state", **DEFAULTS}
    births = [message(START_NS, f"plant/{each}/status", told.encode(), retained=True) for each in who]
    ticks = [line({"t": START_NS + each * S}) for each in range(seconds + 1)]
    return b"".join([Writer(PRESENCE.form.format, facts).header, *births, *ticks])


@of("network.radio")
def _radio(folder: Path) -> Trace:
    settings = {"modems": [{"tcp": "127.0.0.1:2000"}], "duration": "1 min"}
    return traced("network.radio", folder, modem("sa", 1) + modem("lte", 2), settings)


def modem(kind: str, number: int, count: int = 12) -> bytes:
    """A session in which a simulated modem is asked every 5 s by AT commands."""
    label, told = f"M{number}", script(kind, number, f"10.9.0.{number}")
    asked = [[question, f"{answer}\r\nOK\r\n"] for question, answer in told.items()]
    rows = (line({"t": START_NS + at * 5 * S, "modem": label, "way": "at", "asked": asked}) for at in range(count))
    head = {"modems": [label], "every_ns": 5 * S, "t": START_NS}
    return Writer(RADIO.form.format, head).header + b"".join(rows)


@of("network.simulated")
def _simulated(folder: Path) -> Trace:
    return traced("network.simulated", folder, fleet(2) + fleet(1, start=START_NS + 600 * S), {"file": "fleet.jsonl"})


def fleet(number: int, *, count: int = 60, start: int = START_NS) -> bytes:
    """A session of one simulated terminal: an answer each second but for the last two."""
    head = {
        "target": {"id": f"T{number}", "address": f"10.9.0.{number}", "port": 862},
        "schedule": "periodic",
        "interval_ns": S,
        "duration_ns": count * S,
        "waiting_time_ns": S,
        "sizes": [64],
        "start_ns": start,
    }
    delays = packed(np.array([900, 1000, 1100]), "<u2")
    row = {"even": [7, 1_000_000, count], "delays_us": delays, "lost": [[count - 2, count - 1]]}
    return Writer(SIMULATED.form.format, head).header + line(row)


@of("network.radio-export")
def _radio_export(folder: Path) -> Trace:
    return traced("network.radio-export", folder, radio("10.9.0.1", IMEIS[0], count=12), {"file": "radio.csv"})


def radio(address: str, imei: str, rat: str = "5G SA", *, count: int = 121) -> bytes:
    """A table of what one modem said of itself, every 5 s."""
    times = (datetime.fromtimestamp(START_NS // S + at * 5, UTC) for at in range(count))
    rows = (f"{at:%Y-%m-%dT%H:%M:%SZ},{imei},{rat},1A2B3C,-85,{address}\n" for at in times)
    return ("time,imei,rat,cell,rsrp(dBm),address\n" + "".join(rows)).encode()
