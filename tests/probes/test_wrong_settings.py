# SPDX-License-Identifier: Apache-2.0
"""Wrong settings of every probe: each is refused, placed at its own key, with a cure that says what to write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.kit.settings import absent, findings

BROKER = {"broker": "10.20.0.1", "duration": "30 min"}
LOOPS = {**BROKER, "events": "line1/sensor/#", "commands": "line1/actuator/#"}
PRESENCE = {**BROKER, "topic": "plant/{asset}/status"}
STAMP = {"targets": ["10.0.0.7"], "duration": "30 min"}
TRUTH = {
    "lat": 30.35,
    "lon": 114.32,
    "height": 20,
    "frame": "CGCS2000",
    "epoch": 2000,
    "u_horizontal": "2 mm",
    "u_vertical": "3 mm",
}
STATIC = {
    "file": "a.nmea",
    "mode": "static",
    "truth": TRUTH,
    "positions": {"frame": "CGCS2000", "epoch": 2000},
}
CASTER = {"ntrip": "http://caster.example:2101/RTCM", "duration": "30 min"}
CLOCK = {"file": "a.csv", "reference": "independent", "u_reference": "50 ns"}
SERVICE: Mapping[str, Any] = {"url": "http://10.0.0.1:8000/v1", "model": "m"}
CHAIN: Mapping[str, Any] = {"chain": "fisco3", "nodes": [{"name": "n", "url": "http://10.0.0.1:20200"}]}
WORK = {"terminal": "T", "workload": "w", "precision": "int8", "sparsity": "dense"}
METER = {"terminal": "T", "plane": "board", "duration": "1 min"}
CORPUS: list[tuple[str, Mapping[str, Any], str, str]] = [
    # probe, settings, where the problem stands ("" where a key is missing), what the cure says
    ("chain.nodes", {**CHAIN, "chain": "fisco"}, "chain", "fisco2"),
    ("service.load", {**SERVICE, "rate": "2/s"}, "", "how long"),
    ("service.load", {**SERVICE, "rate": "0/s", "duration": "1 h"}, "rate", "write 1"),
    ("service.load", {**SERVICE, "rate": "2/s", "duration": "1 h", "url": "10.0.0.1:8000"}, "url", "http://"),
    ("service.load", {**SERVICE, "rate": "2/s", "duration": "1 h", "key": "sk-1\n2"}, "key", "env:NAME"),
    ("service.search", {**SERVICE, "rates": ["2/s", "1/s"]}, "rates", "lowest first"),
    ("chain.nodes", {**CHAIN, "grup": "1"}, "grup", "group"),
    ("chain.nodes", {**CHAIN, "nodes": [{"name": "n", "url": "10.0.0.1:20200"}]}, "nodes.0.url", "http://"),
    ("chain.nodes", {**CHAIN, "nodes": [{"name": "n"}]}, "nodes.0", "file"),
    ("chain.nodes", {**CHAIN, "nodes": [*CHAIN["nodes"], *CHAIN["nodes"]]}, "nodes", "name"),
    ("chain.nodes", {**CHAIN, "first": 9, "last": 3}, "last", "lower"),
    ("compute.run-log", {**WORK, "file": ["a.csv"]}, "", "multiply-add"),
    ("compute.run-log", {**WORK, "file": ["a.csv"], "operations": 1e9, "precision": "int9"}, "precision", "int8"),
    ("compute.run-log", {"file": ["a.csv"], "operations": 1e9, "terminal": "T", "workload": "w"}, "", "dense"),
    ("compute.run", {**WORK, "duration": "1 min"}, "", "sweep"),
    ("compute.run", {**WORK, "duration": "1 min", "command": ["./run"]}, "command", "log:"),
    ("compute.power-log", {"file": ["a.csv"], "terminal": "T"}, "", "platform-input"),
    ("compute.power-log", {"file": ["a.csv"], "terminal": "T", "plane": "wall"}, "plane", "platform-input"),
    ("compute.power", METER, "", "dlt645"),
    ("compute.power", {**METER, "scpi": {"serial": "/dev/ttyS0", "tcp": "10.0.0.7:5025"}}, "scpi.serial", "one of"),
    (
        "compute.power",
        {**METER, "modbus": {"tcp": "10.0.0.7:502", "register": 16, "kind": "float32", "scale": 1}},
        "modbus",
        "high-first",
    ),
    ("compute.power", {**METER, "dlt645": {"tcp": "10.0.0.7:8000"}}, "dlt645", "twelve digits"),
    ("compute.power", {**METER, "rapl": {"folder": "/sys"}}, "rapl", "400 W"),
    ("compute.power", {**METER, "scpi": {"tcp": "10.0.0.7:5025"}, "rate": "5 kHz"}, "rate", "1000"),
    ("compute.energy", {"file": "a.csv"}, "", "PUE1"),
    ("compute.conditions", {"file": "a.csv", "category": "PUE1", "shares": ["50 %", "40 %"]}, "shares", "five"),
    ("compute.racks", {"file": "a.csv", "interval": "1 h", "period": "2025-06/2025-06"}, "", "available"),
    ("network.stamp", {**STAMP, "rte": "10/s"}, "rte", "rate"),
    ("network.stamp", {"duration": "30 min"}, "", "targets"),
    ("network.stamp", {"targets": "10.0.0.7"}, "", "duration"),
    ("network.stamp", {**STAMP, "count": 3}, "duration", "count"),
    ("network.stamp", {**STAMP, "duration": "soon"}, "duration", "number and a unit"),
    ("network.stamp", {**STAMP, "duration": "30 m"}, "duration", "30 s"),
    ("network.stamp", {**STAMP, "rate": "1 MHz"}, "rate", "200000"),
    ("network.stamp", {**STAMP, "rate": "20 pps"}, "rate", "10/s"),
    ("network.stamp", {**STAMP, "targets": ["edge..example.cn"]}, "targets.0", "10.0.0.7:862"),
    ("network.stamp", {**STAMP, "waiting_time": "1 h"}, "waiting_time", "300 s"),
    ("network.stamp", {**STAMP, "targets": ["10.0.0.7", ":862"]}, "targets.1", "10.0.0.7:862"),
    ("network.stamp", {**STAMP, "targets": ["[fd00::7]:99999"]}, "targets.0", "[fd00::7]:862"),
    ("network.stamp", {**STAMP, "targets": []}, "targets", "targets"),
    ("network.stamp", {**STAMP, "size": ["64 B", "3 B"]}, "size.1", "B"),
    ("network.stamp", {**STAMP, "port": 70_000}, "port", "port"),
    ("network.stamp", {**STAMP, "dscp": 64}, "dscp", "63"),
    ("network.stamp", {**STAMP, "schedule": "poison"}, "schedule", "poisson"),
    ("network.stamp", {**STAMP, "time_format": "gps"}, "time_format", "ptp"),
    ("network.stamp", {**STAMP, "extensions": ["no-such"]}, "extensions.0", "timestamp"),
    ("network.icmp", {**STAMP, "extensions": []}, "extensions", "use"),
    ("network.tcp", {**STAMP, "rate": "100/s"}, "rate", "50"),
    ("network.tcp", {**STAMP, "size": "64 B"}, "size", "use"),
    ("network.capture", {"pairing": "stamp"}, "", "site.pcapng"),
    ("network.capture", {"file": "a.pcap", "pairing": "stmap"}, "pairing", "stamp"),
    ("network.capture", {"file": "a.pcap", "down": "b.pcap"}, "", "two-point"),
    ("network.capture", {"file": "a.pcap", "pairing": "field"}, "pairing", "0:4"),
    ("network.capture", {"file": "a.pcap", "field": "0:4"}, "", "pairing"),
    ("network.capture", {"file": "a.pcap", "port": 0}, "port", "862"),
    ("network.capture", {"file": "a.pcap", "waiting_time": "2 h"}, "waiting_time", "s"),
    ("network.log", {"file": "a.csv", "colums": {}}, "colums", "columns"),
    ("network.log", {"file": "a.csv", "columns": {"no-such": "x"}}, "columns.no-such", "delay"),
    ("network.log", {}, "", "drive.csv"),
    ("network.track", {"tcp": "192.0.2.7:5017", "duration": "3 s", "bauud": 3}, "bauud", "baud"),
    ("network.track", {}, "", "keep exactly one"),
    ("network.track", {"tcp": "192.0.2.7:5017"}, "", "duration"),
    ("network.counters", {"fiel": "a.csv"}, "fiel", "file"),
    ("network.counters", {}, "", "counters.csv"),
    ("network.terminals", {"registre": "a.csv", "register": "a.csv"}, "registre", "register"),
    ("network.terminals", {}, "", "nodes.csv"),
    ("network.neighbours", {"iface": "eth0"}, "iface", "interface"),
    ("network.export", {}, "", "core.csv"),
    ("network.snmp", {}, "", "10.30.0.1"),
    ("network.snmp", {"agents": ["cpe"]}, "agents.0", "address"),
    ("network.snmp", {"agents": ["10.30.0.1"], "port": "x"}, "port", "161"),
    ("network.snmp", {"agents": ["10.30.0.1"], "user": "u", "auth": "plain", "privacy": "env:P"}, "auth", "env:NAME"),
    ("network.snmp", {"agents": ["10.30.0.1"], "user": "u", "privacy": "env:P"}, "", "env:NAME"),
    ("network.mqtt", {**LOOPS, "brokr": "x"}, "brokr", "broker"),
    ("network.mqtt", {"broker": "10.20.0.1"}, "", "line1/sensor/#"),
    ("network.mqtt", {**LOOPS, "port": "x"}, "port", "1883"),
    ("network.mqtt", {**LOOPS, "user": "u"}, "", "env:NAME"),
    ("network.mqtt", {**LOOPS, "user": "u", "password": "hunter2"}, "password", "env:NAME"),
    ("network.mqtt", {**LOOPS, "tls": "ca.pem"}, "tls", "CA certificate"),
    ("network.mqtt", {**LOOPS, "duration": "30 m"}, "duration", "30 s"),
    ("network.presence", {**PRESENCE, "online": "("}, "online", "words apart by |"),
    ("network.flows", {"file": "core.pcapng", "ports": [0]}, "ports.0", "862"),
    ("network.flows", {}, "", "core.pcapng"),
    ("gnss.nmea", {**STATIC, "fiel": "x"}, "fiel", "file"),
    ("gnss.nmea", {**STATIC, "tcp": "192.0.2.7:5017"}, "", "keep exactly one"),
    ("gnss.nmea", {**STATIC, "mode": "still"}, "mode", "static"),
    ("gnss.nmea", {key: value for key, value in STATIC.items() if key != "truth"}, "", "u_horizontal"),
    ("gnss.nmea", {key: value for key, value in STATIC.items() if key != "positions"}, "", "CGCS2000"),
    ("gnss.nmea", {**STATIC, "truth": {**TRUTH, "frame": "local"}}, "truth.frame", "CGCS2000"),
    ("gnss.nmea", {**STATIC, "truth": {**TRUTH, "lat": 91}}, "truth.lat", "90"),
    ("gnss.nmea", {**STATIC, "truth": {**TRUTH, "u_vertical": "3"}}, "truth.u_vertical", "m"),
    ("gnss.nmea", {**STATIC, "truth": 3}, "truth", "u_horizontal"),
    (
        "gnss.nmea",
        {**STATIC, "min_fix_rate": "120 %"},
        "min_fix_rate",
        "use one of",
    ),  # a threshold is the reading's, not the source's
    ("gnss.nmea", {**STATIC, "power_on": ["noon"]}, "power_on.0", "2026-11-21T08:00:00Z"),
    ("gnss.nmea", {**STATIC, "beidou_only": "maybe"}, "beidou_only", "true"),
    ("gnss.nmea", {**STATIC, "format": "csv"}, "", "quality"),
    ("gnss.nmea", {**STATIC, "mode": "dynamic"}, "", "trajectory"),
    ("gnss.nmea", {**STATIC, "mode": "baseline"}, "", "1.2 m"),
    ("gnss.nmea", {**STATIC, "file": "absent.nmea"}, "file", "profile's folder"),
    ("gnss.corrections", {**CASTER, "ntripp": 1}, "ntripp", "ntrip"),
    ("gnss.corrections", {}, "", "keep exactly one"),
    ("gnss.corrections", {**CASTER, "ntrip": "caster"}, "ntrip", "MOUNT"),
    ("gnss.corrections", {**CASTER, "ntrip": "http://u:p@caster.example:2101/RTCM"}, "ntrip", "env:NAME"),
    ("gnss.corrections", {**CASTER, "version": 3}, "version", "1"),
    ("gnss.corrections", {**CASTER, "gga": {"lat": 3}}, "gga", "receiver"),
    ("gnss.corrections", {"ntrip": CASTER["ntrip"]}, "", "30 min"),
    ("gnss.timing", {**CLOCK, "refrence": "x"}, "refrence", "reference"),
    ("gnss.timing", {**CLOCK, "reference": "mine"}, "reference", "under-test"),
    ("gnss.timing", {"file": "a.csv", "reference": "independent"}, "", "50 ns"),
    ("gnss.timing", {**CLOCK, "cable_delay": "5 m"}, "cable_delay", "30 s"),
    ("gnss.timing", {**CLOCK, "format": "no-such"}, "format", "use"),
    ("register.organisations", {"register": "a.csv", "sheets": "x"}, "sheets", "sheet"),
    ("register.organisations", {}, "", "adopters.csv"),
    ("register.organisations", {"register": "absent.csv"}, "register", "starts at the profile"),
    ("register.organisations", {"register": "a.csv", "documents": "absent"}, "documents", "starts at the profile"),
    ("register.organisations", {"register": "a.csv", "rows": "people"}, "rows", "applications"),
    ("register.organisations", {"register": "a.csv", "columns": {"no-such": "x"}}, "columns.no-such", "uscc"),
    ("register.organisations", {"register": "a.csv", "columns": ["uscc"]}, "columns", "uscc"),
]


def identity(value: object) -> str | None:
    return value.replace(" ", "-") if isinstance(value, str) else None


@pytest.mark.parametrize(("probe", "config", "place", "cure"), CORPUS, ids=identity)
def test_it_is_refused_at_its_key_with_a_cure(
    probe: str, config: Mapping[str, Any], place: str, cure: str, tmp_path: Path
) -> None:
    for name in ("a.csv", "a.pcap", "b.pcap", "a.nmea", "core.pcapng"):
        (tmp_path / name).write_bytes(b"x")
    form = installed.probe(probe).settings
    found = findings(form, config) or absent(form.parse(config), tmp_path)
    told = [(".".join(map(str, each.keys)), each.cure) for each in found]
    assert any(where == place and cure in words for where, words in told), told
    assert all(each.problem.endswith(".") and each.cure.endswith((".", "?")) for each in found), told
