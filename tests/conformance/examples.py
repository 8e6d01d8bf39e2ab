# SPDX-License-Identifier: Apache-2.0
"""A small trace for every installed probe, made by construction: what each law that holds for all of them is tried on.

A probe that is installed and has no example fails ``test_probes``; write one here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, reduce
from hashlib import sha256
from operator import xor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapNgReader, wrpcap

from harness import installed
from harness.kit.lines import Writer, line
from harness.plugins import Trace
from probes.gnss.simulators.receiver import device_of, nmea, simulate
from probes.immersive.simulators import register as points
from probes.network.instruments.loops import PROBE as LOOPS
from probes.network.instruments.presence import PROBE as PRESENCE
from probes.network.instruments.radio import PROBE as RADIO
from probes.network.instruments.simulated import PROBE as SIMULATED
from probes.network.instruments.snmp import PROBE as SNMP
from probes.network.simulators.modems import script
from probes.network.traces import tcp
from probes.network.traces.fleet import packed
from probes.network.wire.topics import DEFAULTS
from tests.probes.chain.made import Alliance
from tests.probes.change.tables import line_table
from tests.probes.compute import made
from tests.probes.gnss.raw import Seen, rawx
from tests.probes.health import made as exchanges
from tests.probes.immersive import visited
from tests.probes.immersive.made import presentmon
from tests.probes.network.conftest import START_NS, Builders
from tests.probes.network.recording import message
from tests.probes.plant import plants
from tests.probes.service import made as service

Example = Callable[[Path], Trace]
EXAMPLES: dict[str, Example] = {}
MS, S = 10**6, 10**9
IMEIS = ("001010000000016", "001010000000024", "001010000000032", "001010000000040")
USCC = "91420100MA4KXXXX0A"
HEAD = "asset_id,name,address,port,imei,mac\n"
RECEIVER: Mapping[str, Any] = MappingProxyType(
    {
        "file": "receiver.nmea",
        "mode": "static",
        "truth": {
            "lat": 30.5,
            "lon": 114.3,
            "height": 45.0,
            "frame": "CGCS2000",
            "epoch": 2000.0,
            "u_horizontal": "1 mm",
            "u_vertical": "2 mm",
        },
        "positions": {"frame": "CGCS2000", "epoch": 2000.0},
    }
)
TARGETS: Mapping[str, Any] = MappingProxyType({"targets": ["10.9.0.1"], "count": 1})


def example(name: str, folder: Path) -> Trace:
    """The example of a probe, its segments below ``folder``."""
    assert name in EXAMPLES, f"{name} has no example in tests/conformance/examples.py"
    folder.mkdir(parents=True, exist_ok=True)
    return EXAMPLES[name](folder)


def traced(
    name: str, folder: Path, data: Mapping[str, bytes] | bytes, settings: Mapping[str, Any], source: str = "source"
) -> Trace:
    """The trace of a source with these segments."""
    probe = installed.probe(name)
    parts = {f"0001.{probe.extension}": data} if isinstance(data, bytes) else data
    for each, content in parts.items():
        (folder / each).write_bytes(content)
    parsed = probe.settings.model_validate(settings)
    return Trace("test.asked", source, name, 1, tuple(folder / each for each in parts), parsed)


def _of(name: str) -> Callable[[Example], Example]:
    def keep(made: Example) -> Example:
        EXAMPLES[name] = made
        return made

    return keep


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


@_of("network.stamp")
def _stamp(folder: Path) -> Trace:
    return traced("network.stamp", folder, packets() + packets(20, 1), TARGETS)


@_of("network.icmp")
def _icmp(folder: Path) -> Trace:
    return traced("network.icmp", folder, packets(), TARGETS)


@_of("network.tcp")
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


@_of("network.capture")
def _capture(folder: Path) -> Trace:
    """The packets of a session of STAMP as a program that knows nothing of it writes them down."""
    (folder / "session.pcapng").write_bytes(packets())
    with PcapNgReader(str(folder / "session.pcapng")) as reader:
        wrpcap(str(folder / "copy.pcap"), list(reader))
    return traced("network.capture", folder, (folder / "copy.pcap").read_bytes(), {"file": "copy.pcap"})


@_of("network.flows")
def _flows(folder: Path) -> Trace:
    frame = Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02") / IP(src="10.9.0.1") / TCP()
    wrpcap(str(folder / "core.pcap"), [frame] * 3)
    return traced("network.flows", folder, (folder / "core.pcap").read_bytes(), {"file": "core.pcap"})


@_of("network.log")
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


@_of("network.track")
def _track(folder: Path) -> Trace:
    return traced("network.track", folder, b"".join(map(rmc, range(10))), {"file": "drive.nmea"})


@_of("network.terminals")
def _terminals(folder: Path) -> Trace:
    return traced("network.terminals", folder, register("10.9.0.{}"), {"register": "nodes.csv"})


def register(address: str, count: int = 2) -> bytes:
    """The first terminals, each with an address and an IMEI of its own."""
    rows = (f"A{each},node {each},{address.format(each)},,{IMEIS[each - 1]},\n" for each in range(1, count + 1))
    return (HEAD + "".join(rows)).encode()


@_of("network.counters")
def _counters(folder: Path) -> Trace:
    table = b"cell,drops,successes\nA,0,9000\nB,1,9000\n"
    return traced("network.counters", folder, table, {"file": "omc.csv"})


@_of("network.export")
def _export(folder: Path) -> Trace:
    return traced("network.export", folder, "\n".join(["imei", *IMEIS, ""]).encode(), {"file": "core.csv"})


@_of("network.neighbours")
def _neighbours(folder: Path) -> Trace:
    entries = [
        {"dst": f"10.9.0.{each}", "lladdr": f"00:00:5e:00:53:0{each}", "dev": "eth0", "state": ["REACHABLE"]}
        for each in (1, 2)
    ]
    return traced("network.neighbours", folder, json.dumps(entries).encode() + b"\n", {})


@_of("network.snmp")
def _snmp(folder: Path) -> Trace:
    answer = {"t": 1, "ask": "ipNetToMediaPhysAddress", "answer": [[[3, 10, 9, 0, 1], "00005e005301"]], "ms": 1.5}
    sessions = [Writer(SNMP.form.format, {"peer": f"10.0.0.{each}", "t": 1}).header + line(answer) for each in (1, 2)]
    return traced(
        "network.snmp", folder, b"".join(sessions), {"agents": ["10.0.0.1", "10.0.0.2"], "community": "public"}
    )


BROKER: Mapping[str, Any] = MappingProxyType({"broker": "127.0.0.1", "duration": "2 s"})


@_of("network.mqtt")
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


@_of("network.presence")
def _presence(folder: Path) -> Trace:
    settings = {**BROKER, "topic": "plant/{asset}/status"}
    return traced("network.presence", folder, presence("A1", "A2") + presence("A3"), settings)


def presence(*who: str, seconds: int = 60, told: str = "online") -> bytes:
    """A session in which terminals say at the beginning that they are there, and then are."""
    facts = {"topic": "plant/{asset}/status", "keys": {}, "state": "state", **DEFAULTS}
    births = [message(START_NS, f"plant/{each}/status", told.encode(), retained=True) for each in who]
    ticks = [line({"t": START_NS + each * S}) for each in range(seconds + 1)]
    return b"".join([Writer(PRESENCE.form.format, facts).header, *births, *ticks])


@_of("network.radio")
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


@_of("network.simulated")
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


@_of("network.radio-export")
def _radio_export(folder: Path) -> Trace:
    return traced("network.radio-export", folder, radio("10.9.0.1", IMEIS[0], count=12), {"file": "radio.csv"})


def radio(address: str, imei: str, rat: str = "5G SA", *, count: int = 121) -> bytes:
    """A table of what one modem said of itself, every 5 s."""
    times = (datetime.fromtimestamp(START_NS // S + at * 5, UTC) for at in range(count))
    rows = (f"{at:%Y-%m-%dT%H:%M:%SZ},{imei},{rat},1A2B3C,-85,{address}\n" for at in times)
    return ("time,imei,rat,cell,rsrp(dBm),address\n" + "".join(rows)).encode()


@_of("gnss.nmea")
def _receiver(folder: Path) -> Trace:
    return received(folder, {"duration": 60})


def received(
    folder: Path, device: Mapping[str, Any], source: str = "source", settings: Mapping[str, Any] = RECEIVER
) -> Trace:
    """What a simulated receiver says, beside the truth of its antenna."""
    return traced("gnss.nmea", folder, _sentences(json.dumps(dict(device), sort_keys=True)), settings, source)


@cache
def _sentences(device: str) -> bytes:
    made = device_of(json.loads(device))
    return nmea(made, simulate(made))


@_of("gnss.corrections")
def _corrections(folder: Path) -> Trace:
    return traced("gnss.corrections", folder, observations(1127) * 20, {"file": "stream.rtcm3"})


def observations(kind: int) -> bytes:
    """An RTCM 3 message of a type, its body zeros."""
    body = bytes([kind >> 4, (kind & 15) << 4]) + bytes(40)
    framed = b"\xd3" + len(body).to_bytes(2, "big") + body
    crc = 0
    for byte in framed:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return framed + (crc & 0xFFFFFF).to_bytes(3, "big")


@_of("gnss.observations")
def _observations(folder: Path) -> Trace:
    seen = [Seen("C19", "2I", 2.2e7, 2.2e7), Seen("G05", "1C", 2.3e7, 2.3e7)]
    data = b"".join(rawx(2341 * 604_800 * S + at * S, seen) for at in range(60))
    return traced("gnss.observations", folder, data, {"file": "rover.ubx"})


@_of("gnss.solution")
def _solution(folder: Path) -> Trace:
    place = {**RECEIVER["truth"], "height": 30.0}
    rows = (f"2446 {14400 + at}.000 30.5 114.3 45.0 1 9 0.003 0.003 0.006 0.0 0.0 0.0 0.00 9.9\n" for at in range(60))
    settings = {"rover": "rover.obs", "base": "base.obs", "base_place": place}
    return traced("gnss.solution", folder, "".join(rows).encode(), settings)


@_of("gnss.timing")
def _timing(folder: Path) -> Trace:
    return traced("gnss.timing", folder, clock(300), CLOCK)


CLOCK: Mapping[str, Any] = MappingProxyType({"file": "counter.csv", "reference": "independent", "u_reference": "50 ns"})


def clock(count: int, offset_s: float = 1.5e-7) -> bytes:
    """The log of a counter: offsets near ``offset_s``, one a second."""
    rows = (f"{at}.000,{offset_s + (at * 7919 % 11 - 5) * 1e-9:.4e}" for at in range(count))
    return ("\n".join(rows) + "\n").encode()


@_of("register.organisations")
def _organisations(folder: Path) -> Trace:
    return traced("register.organisations", folder, b"name,uscc\n" + OUTSIDERS.encode(), {"register": "adopters.csv"})


OUTSIDERS = "北京甲,91110108551385082Q\n武汉乙,9142011177893287XL\n"


@_of("immersive.frames")
def _frames(folder: Path) -> Trace:
    return traced("immersive.frames", folder, presentmon([13.0] * 200).encode(), FRAMES)


@_of("immersive.points")
def _points(folder: Path) -> Trace:
    return registered_points(folder, count=3)


@_of("immersive.visits")
def _visits(folder: Path) -> Trace:
    return traced("immersive.visits", folder, visited.trace(visited.rounds(2, 2)), VISITED)


VISITED = MappingProxyType({"recorded": "visits.jsonl"})


def registered_points(folder: Path, **given: Any) -> Trace:
    """A register of points with the photographs and logs that it names."""
    points.write(points.PointsSettings.parse(given), folder)
    documents = {path.name: path for path in sorted(folder.iterdir()) if path.name != "points.csv"}
    digests = {name: sha256(path.read_bytes()).hexdigest() for name, path in documents.items()}
    plain = traced("immersive.points", folder, (folder / "points.csv").read_bytes(), {"register": "points.csv"})
    return replace(plain, documents=documents, digests=digests)


FRAMES = MappingProxyType({"file": "p.csv", "device": "headset", "refresh": "72 Hz"})


@_of("change.table")
def _table(folder: Path) -> Trace:
    tables = {"0001.csv": line_table(2022, 1).encode(), "0002.csv": line_table(2023, 0.7).encode()}
    return traced("change.table", folder, tables, {"before": "b.csv", "after": "a.csv"})


@_of("service.load")
def _service_load(folder: Path) -> Trace:
    sessions = (service.load(20, seed=f"made/{at}", at_ns=START_NS + at * S) for at in range(2))
    return traced("service.load", folder, b"".join(sessions), service.LOAD)


@_of("service.search")
def _service_search(folder: Path) -> Trace:
    data = service.search(["1", "2", "4"], lambda rate, _: rate == "4", [1, 2], 30)
    return traced("service.search", folder, data, service.SEARCH)


@_of("service.calls")
def _service_calls(folder: Path) -> Trace:
    return called(folder, service.calls(4, skins=[3]), service.table(4))


def called(folder: Path, data: bytes, table: str) -> Trace:
    """Calls of a catalogue with the list beside them."""
    trace = traced("service.calls", folder, data, service.CALLS, folder.name)
    return replace(trace, documents={"catalogue.table": service.write(folder / "papers", "list.csv", table)})


@_of("chain.nodes")
def _chain(folder: Path) -> Trace:
    made = Alliance(folder / "papers", count=3)
    return traced("chain.nodes", folder, made.data, made.settings)


@_of("compute.power-log")
def _power_log(folder: Path) -> Trace:
    return made.power(folder, made.bench(run_s=60.0, runs=1))


@_of("compute.power")
def _power(folder: Path) -> Trace:
    settings = {**made.METER, "scpi": {"tcp": "10.0.0.7:5025"}, "duration": "10 min"}
    benches = [made.bench(run_s=60.0, runs=1, seed=each) for each in (1, 2)]
    return made.traced("compute.power", folder, [b"".join(map(made.power_session, benches))], settings, "source")


@_of("compute.run-log")
def _run_log(folder: Path) -> Trace:
    return made.runs(folder, made.bench(run_s=60.0, runs=2))


@_of("compute.run")
def _run(folder: Path) -> Trace:
    stated = {key: value for key, value in made.WORK.items() if key != "operations"}
    settings = {**stated, "model": "net.onnx", "duration": "31 min"}
    sessions = b"".join(map(made.run_session, made.bench(run_s=60.0, runs=2).calls))
    return made.traced("compute.run", folder, [sessions], settings, "source")


MONTHS = "月份,总电量(kWh),IT电量(kWh)\n" + "".join(
    f"2025-{at:02d},{125_000 + at * 10},100000\n" for at in range(1, 13)
)
METERS: Mapping[str, Any] = MappingProxyType(
    {"file": "t.csv", "category": "PUE2", "total_class": "0.5 %", "it_class": "0.5 %", "certificates": ["D-1", "D-2"]}
)
POINTS = "工况,时间占比,总功率(kW),IT功率(kW)\n" + "".join(f"P{at},20 %,{120 + at},100\n" for at in range(1, 6))
HALL: Mapping[str, Any] = MappingProxyType(
    {"file": "t.csv", "available": 4, "interval": "1 h", "period": "2025-06-01/2025-06-01"}
)


def racks(names: str = "ABCD", watts: int = 3000, *, hours: int = 24) -> str:
    """A day of racks under load."""
    rows = (f"2025-06-01 {hour:02d}:00:00,{name},{watts}\n" for hour in range(hours) for name in names)
    return "时间,机架,功率(W)\n" + "".join(rows)


@_of("compute.energy")
def _energy(folder: Path) -> Trace:
    return traced("compute.energy", folder, MONTHS.encode(), METERS)


@_of("compute.conditions")
def _conditions(folder: Path) -> Trace:
    return traced("compute.conditions", folder, POINTS.encode(), METERS)


@_of("compute.racks")
def _racks(folder: Path) -> Trace:
    return traced("compute.racks", folder, racks().encode(), HALL)


@_of("bim.model")
def _model(folder: Path) -> Trace:
    return traced(
        "bim.model", folder, {"0001.ifc": ifc(3), "0002.ifc": ifc(2, first=200)}, {"files": ["a.ifc", "b.ifc"]}
    )


def ifc(types: int, *, first: int = 0) -> bytes:
    """A model of so many types of walls with shapes of their own, each placed twice; ``first`` moves every identity."""
    rows = ["#1=IFCCARTESIANPOINT((0.,0.,0.));", "#2=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#1,$);"]
    for each in range(types):
        at, identity = 10 * (each + 1), first + 10 * each
        rows += [
            f"#{at}=IFCCARTESIANPOINT(({each + 1}.,0.,0.));",
            f"#{at + 1}=IFCPOLYLINE((#1,#{at}));",
            f"#{at + 2}=IFCSHAPEREPRESENTATION(#2,'Body','Curve3D',(#{at + 1}));",
            f"#{at + 3}=IFCREPRESENTATIONMAP(#1,#{at + 2});",
            f"#{at + 4}=IFCWALLTYPE('{identity:022d}',$,'wall {each}',$,$,$,(#{at + 3}),$,$,.NOTDEFINED.);",
            f"#{at + 5}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 2}));",
            *(f"#{at + 5 + n}=IFCWALL('{identity + n:022d}',$,'w',$,$,$,#{at + 5},$,$);" for n in (1, 2)),
            f"#{at + 8}=IFCRELDEFINESBYTYPE('{identity + 3:022d}',$,$,$,(#{at + 6},#{at + 7}),#{at + 4});",
        ]
    head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','示例','');\nFILE_SCHEMA(('IFC4'));\n"
    return (head + "ENDSEC;\nDATA;\n" + "\n".join(rows) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode()


@_of("plant.assets")
def _assets(folder: Path) -> Trace:
    return traced("plant.assets", folder, plants.register(3), {"file": "assets.csv"})


@_of("plant.events")
def _events(folder: Path) -> Trace:
    return traced("plant.events", folder, plants.events(3), {"file": "events.csv"})


@_of("plant.alarms")
def _alarms(folder: Path) -> Trace:
    return traced("plant.alarms", folder, plants.alarms(3), {"file": "alarms.csv"})


@_of("plant.markers")
def _markers(folder: Path) -> Trace:
    return traced("plant.markers", folder, plants.markers(3), {"file": "markers.csv"})


@_of("plant.screen")
def _screen(folder: Path) -> Trace:
    return traced("plant.screen", folder, plants.screen(3), {"file": "screen.csv"})


@_of("plant.mqtt")
def _plant_mqtt(folder: Path) -> Trace:
    return traced("plant.mqtt", folder, plants.messages(3) + plants.messages(2, first=2), BROKER)


@_of("health.hl7")
def _health_hl7(folder: Path) -> Trace:
    return _exchanged(folder, "hl7")


@_of("health.fhir")
def _health_fhir(folder: Path) -> Trace:
    return _exchanged(folder, "fhir")


@_of("health.cda")
def _health_cda(folder: Path) -> Trace:
    return _exchanged(folder, "cda")


@_of("health.dicom")
def _health_dicom(folder: Path) -> Trace:
    return _exchanged(folder, "dicom")


def _exchanged(folder: Path, transport: str) -> Trace:
    """Two sessions of one run, and another run."""
    first = exchanges.Exchanged(transport, 4, lost=frozenset({2})).data
    second = exchanges.Exchanged(transport, 3, run="100000000001").data
    return traced(f"health.{transport}", folder, first + first + second, exchanges.SETTINGS[transport])


@_of("plant.shown")
def _plant_shown(folder: Path) -> Trace:
    return traced(
        "plant.shown", folder, plants.messages(3, seconds=60) + plants.messages(2, first=2, seconds=60), BROKER
    )


@_of("plant.capture")
def _plant_capture(folder: Path) -> Trace:
    return traced("plant.capture", folder, plants.capture(folder, 3), {"file": "broker.pcap"})


@_of("plant.opcua")
def _opcua(folder: Path) -> Trace:
    settings = {"url": "opc.tcp://10.0.0.5:4840", "nodes": ["ns=2;i=1"], "duration": "1 min"}
    return traced("plant.opcua", folder, plants.polls("plant.opcua", 3), settings)


@_of("plant.modbus")
def _modbus(folder: Path) -> Trace:
    settings = {"tcp": "10.0.0.5:502", "points": ["1/holding/1"], "duration": "1 min"}
    return traced("plant.modbus", folder, plants.polls("plant.modbus", 3), settings)


@_of("plant.camera")
def _camera(folder: Path) -> Trace:
    return traced("plant.camera", folder, plants.pictures("A1") + plants.pictures("A2"), plants.CAMERAS)


@_of("register.population")
def _population(folder: Path) -> Trace:
    tables = {"0001.csv": population(4), "0002.csv": records(3)}
    return traced("register.population", folder, tables, {"register": "members.csv", "exports": "export.csv"})


def population(count: int, status: str = "是") -> bytes:
    """A list of critical members, each said to be monitored or not."""
    rows = (f"K-{each},构件 {each},示例企业,{status},{each + 1}00\n" for each in range(count))
    return ("构件编号,构件名称,所属企业,是否监测,字节数\n" + "".join(rows)).encode()


def records(count: int) -> bytes:
    """What a monitoring system exports of the first of them."""
    return (
        "构件编号,监测时间,字节数\n" + "".join(f"K-{each},2023-09-04,{each + 1}00\n" for each in range(count))
    ).encode()


@_of("register.registrations")
def _registrations(folder: Path) -> Trace:
    return traced("register.registrations", folder, prefixes(3), {"file": "node.csv"})


def prefixes(count: int, form: str = "88.118.{}", last: str = "900") -> bytes:
    """A node's totals by prefix, each with eight hundred new identifiers."""
    return ("前缀,期初注册量,期末注册量\n" + "".join(f"{form.format(at)},100,{last}\n" for at in range(count))).encode()


@_of("register.resolutions-log")
def _resolutions(folder: Path) -> Trace:
    return traced("register.resolutions-log", folder, resolutions(31), {"file": "days.csv"})


def resolutions(days: int, source: str = "企业", count: int = 700_000) -> bytes:
    """A node's resolutions by day from one source."""
    rows = (f"2023-{9 + at // 30:02d}-{at % 30 + 1:02d},{count + at * at},{source}\n" for at in range(days))
    return ("日期,解析量,来源\n" + "".join(rows)).encode()
