# SPDX-License-Identifier: Apache-2.0
"""Pages whose other end is a hospital, a plant or a network: their pieces of a profile run whole, against simulated peers and
programs of others. Only addresses, amounts and times are put in.
"""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from harness.cli import main
from probes.plant.simulators.cameras import picture
from tests.docs.test_count_a_plant import TABLES
from tests.docs.test_every_page import HEAD, ROOT, blocks, commands, snippets
from tests.docs.test_pages_run import JUDGED, PAGE, empty, profile, served, table
from tests.harness.agreed.certificates import dcc
from tests.ports import free_port
from tests.probes.health.live.conftest import Orthanc, orthanc
from tests.probes.network.conftest import mosquitto
from tests.probes.network.instruments.test_snmp import agent
from tests.probes.plant.live import rtsp
from tests.probes.plant.plants import KEY
from tests.waiting import joined

__all__ = ["agent", "empty", "orthanc"]
LINE = "\n    "
Judged = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def reflector() -> Iterator[int]:
    """The reflector of the page on latency, on this machine and at a free port."""
    port = free_port()
    words = next(commands(PAGE["measure-5g-latency"]))
    assert words[0] == "reflect"
    with served([*words[:1], "--listen", "127.0.0.1", "--port", str(port)], str(port)):
        yield port


def judged(scenario: str, *pieces: str) -> Judged:
    """What comes of the pieces together in a rehearsal: indicator -> its entry of results.json."""
    text = HEAD.format(scenario=scenario) + "practice: true\n" + "".join(pieces)
    Path("site.yaml").write_text(text, encoding="utf-8")
    assert main(["run", "site.yaml", "--numbered"]) in JUDGED
    results = max(Path().glob("*/site.bundle/data/results.json"))
    return {each["id"]: each for each in json.loads(results.read_text(encoding="utf-8"))["indicators"]}


def put_in(piece: str, **instead: str) -> str:
    """The piece with everything that is named replaced; each has to be there."""
    for there, here in instead.items():
        assert there in piece, there
        piece = piece.replace(there, here)
    return piece


def test_the_page_on_medical_records_exchanges_them_with_a_hospital(empty: Path) -> None:
    piece = put_in(
        snippets(PAGE["exchange-medical-records"])[0],
        **{
            "http://10.0.0.9/fhir": '"@hospital.fhir"',
            '"10.0.0.9:2575"': '"@hospital.mllp"',
            '"http://10.0.0.9/received"': '"@hospital.list"',
            "patients: patients.csv": 'patients: "@hospital.patients"',
            "    every: 2 s\n": "    every: 20 ms\n    count: 12\n",
            "every: 2 s, settle": "every: 20 ms, count: 12, settle",
            "settle: 60 s": "settle: 1 s",
            "settle_time: 30 s": "settle_time: 1 s",
        },
    )
    found = judged("s02", piece, "simulators:\n  hospital: {probe: health.fhir, simulator: hospital, count: 12}\n")
    exchange, delay = found["s02.exchange"], found["s02.exchange.delay"]
    assert (exchange["estimate"]["n"], exchange["verdict"], delay["verdict"]) == (12, "INCONCLUSIVE", "INCONCLUSIVE")
    assert "300" in exchange["need"]["text"]["en"], "of each carrier"


def test_the_page_on_medical_records_exchanges_objects_with_an_archive_and_documents_with_a_folder(
    empty: Path, orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSPITAL_TOKEN", "a token that the folder does not ask for")
    quick = "every: 50 ms, count: 6, settle: 1 s"
    piece = put_in(
        snippets(PAGE["exchange-medical-records"])[1],
        **{
            "10.0.0.9:104": f"127.0.0.1:{orthanc.dicom}",
            "http://10.0.0.9:8042": f"http://127.0.0.1:{orthanc.web}",
            "called: PACS": "called: ORTHANC",
            "https://10.0.0.9/documents": "@hospital.documents",
            "    patients: patients.csv\n": f"    patients: patients.csv\n    {quick.replace(', ', LINE)}\n",
            "HOSPITAL_TOKEN, patients: patients.csv": f"HOSPITAL_TOKEN, patients: patients.csv, {quick}",
            "settle_time: 30 s": "settle_time: 1 s",
        },
    )
    (listed,) = (text for kind, text in blocks(PAGE["exchange-medical-records"]) if kind == "csv")
    (empty / "patients.csv").write_text(listed, encoding="utf-8")
    found = judged("s02", piece, "simulators:\n  hospital: {probe: health.fhir, simulator: hospital, count: 6}\n")
    exchange = found["s02.exchange"]
    assert (exchange["estimate"]["n"], exchange["verdict"]) == (6, "INCONCLUSIVE")


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a camera that speaks RTSP, before which the codes of the page on plants are held."""
    monkeypatch.setenv("YANSHOU_CODE", KEY.decode())
    with rtsp.camera(partial(picture, KEY, "A0003", "")) as port:
        yield port


def test_the_page_on_plants_hears_a_plant_watches_a_camera_and_judges_its_own_tables(empty: Path, camera: int) -> None:
    for name, text in TABLES.items():
        (empty / name).write_text(text, encoding="utf-8")
    table(empty / "markers.csv", "资产编号,设置时刻(ms),标记值", "A0001,1700000000000,88.01")
    table(empty / "platform.csv", "资产编号,显示时刻(ms),显示值", "A0001,1700000004000,88.01")
    by = {
        re.findall(r"^  ([sp]\d\d\.[\w.]+):", each, re.MULTILINE)[0]: each for each in snippets(PAGE["count-a-plant"])
    }
    networked, alarm, visual = (by[f"s04.{each}"] for each in ("networked", "alarm", "visual"))
    visual = put_in(visual, **{"rtsp://10.20.0.9/": f"rtsp://127.0.0.1:{camera}/", "duration: 1 min": "duration: 9 s"})
    heard = put_in(networked, **{"file: assets.csv": 'file: "@plant.register"', "duration: 24 h": "duration: 2 s"})
    heard = put_in(heard, **{"broker: 10.20.0.1": 'broker: "@plant.broker", port: "@plant.port"'})
    heard = put_in(heard, **{"platform.csv": '"@plant.screen"'})
    pieces = (heard, visual.replace("sources:\n", ""), alarm[alarm.index("  s04.alarm:\n    probe") :])
    declared = alarm[: alarm.index("sources:")]
    peer = "simulators:\n  plant: {probe: plant.assets, simulator: plant, count: 5, silent: 1, period: 250 ms}\n"
    found = judged("s04", declared, *pieces, peer)
    assert {each: found[each]["estimate"]["value"] for each in ("s04.visual", "s04.alarm")} == {
        "s04.visual": 0.5,
        "s04.alarm": 1,
    }
    assert found["s04.networked"]["verdict"] == "FAIL", "one of five is silent"
    fleet = {"file: devices.csv": 'file: "@plant.register"', "topics: [fleet/#], duration: 24 h": "duration: 2 s"}
    fleet |= {"broker: 10.20.0.1": 'broker: "@plant.broker", port: "@plant.port"'}
    devices = judged("p03", put_in(by["p03.devices"], **fleet), peer)["p03.devices"]
    assert devices["verdict"] == "FAIL", "four devices are no five thousand"


@pytest.fixture
def broker(peer: Callable[[str], str], tmp_path: Path) -> Iterator[int]:
    """A mosquitto that keeps what terminals last said of themselves: its port."""
    with mosquitto(peer, tmp_path, "allow_anonymous true\n") as (port, _):
        yield port


def test_the_page_on_latency_measures_this_machine(
    empty: Path, reflector: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAMP_KEY", "00" * 32)
    table(empty / "nodes.csv", "asset_id,name,address,imei,mac,iccid", "A,a,127.0.0.1,001010000000016,,")
    text = snippets(PAGE["measure-5g-latency"])[0].replace("load: 50 Mbit/s", f"load: 1 Mbit/s\n    port: {reflector}")
    text = text.replace("load_step: 1 min", "load_step: 300 ms").replace("load_steps: 4", "load_steps: 2")
    assert main(["run", str(profile(empty, "s01", text))]) in JUDGED


@pytest.fixture
def line(broker: int) -> Iterator[int]:
    """A production line on a broker, whose actuator is told two milliseconds after its sensor spoke: the broker's port."""
    client, over = Client(CallbackAPIVersion.VERSION2), threading.Event()
    client.connect("127.0.0.1", broker)

    def speak() -> None:
        for number in count():
            client.publish("line1/sensor/1", json.dumps({"id": number}))
            over.wait(0.002)
            client.publish("line1/actuator/1", json.dumps({"id": number}))
            if over.wait(0.05):
                return

    client.loop_start()
    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield broker
    over.set()
    joined(thread)
    client.loop_stop()


def test_the_pages_on_latency_and_radio_probe_otherwise_read_tables_of_the_network_and_hear_a_loop(
    empty: Path, line: int
) -> None:
    table(empty / "nodes.csv", "asset_id,name,address,imei,mac,iccid", "A,a,127.0.0.1,001010000000016,,")
    table(empty / "omc.csv", "异常释放次数,建立成功次数,遗留次数,切换入次数", "1,20000,0,0")
    icmp, tcp, counters, loop = snippets(PAGE["measure-5g-latency"])[1:]
    _, exported, dropout, _ = snippets(PAGE["prove-5g-by-radio"])
    (radio,) = (text for kind, text in blocks(PAGE["prove-5g-by-radio"]) if not kind and "RSRP" in text)
    (empty / "radio.csv").write_text(radio, encoding="utf-8")
    more = "".join(each.replace("sources:\n", "") for each in (counters, loop))
    more = put_in(more, **{"broker: 10.20.0.1": f"broker: 127.0.0.1, port: {line}", "30 min": "2 s"})
    found = judged("s01", put_in(icmp, **{"30 min": "1 s"}), more)
    assert found["s01.dropout"]["estimate"]["diagnostics"]["drops"] == 0
    assert found["s01.loop"]["estimate"]["n"] > 10
    assert {each["verdict"] for each in found.values()} == {"INCONCLUSIVE", "NOT_TESTED"}, "seconds are no hours"
    tables = "".join(exported.partition("  s01.nodes:")[1:]) + "".join(dropout.partition("  s01.dropout:")[1:])
    found = judged(
        "s01",
        put_in(tcp, **{"port: 443": f"port: {line}", "rate: 1/s, duration: 30 min": "rate: 10/s, duration: 1 s"}),
        tables,
    )
    assert found["s01.latency"]["estimate"]["value"] < 1000
    assert found["s01.nodes"]["estimate"]["upper"] == 0, "what the table tells is of another day"
    assert "network.no-radio" not in json.dumps(found["s01.nodes"])


def test_the_pages_on_nodes_and_on_instruments_count_what_answers_and_measure_the_reference(
    empty: Path, reflector: int, broker: int, agent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNMP_COMMUNITY", "visible")
    said = {"topic": "plant/A/status", "payload": '{"imei": "001010000000016", "state": "online"}', "retain": True}
    publish.multiple([said], "127.0.0.1", broker)
    table(empty / "nodes.csv", "asset_id,name,address,imei,mac,iccid", "A,a,127.0.0.1,001010000000016,,")
    table(empty / "core.csv", "imei,iccid,mac,address,online", "001010000000016,,,127.0.0.1,1")
    table(empty / "reference.csv", "asset_id,address", "R,127.0.0.1")
    table(
        empty / "tester.txt", "证书编号 LC-2026-0816", "出厂编号 SN-43", "校准日期：2026年1月5日", "U = 20 µs（k = 2）"
    )
    shutil.copy(ROOT / "profiles/edge.pcapng.gz", empty / "core.pcapng")
    counted, ipv6 = snippets(PAGE["count-5g-nodes"])
    quick = f"rate: 100/s, duration: 1 s, waiting_time: 300 ms, port: {reflector}"
    tester = put_in(snippets(PAGE["declare-instruments"])[1], **{"rate: 100/s, duration: 10 s": quick})
    sources = put_in(ipv6, **{"rate: 10/s, duration: 30 min": quick, "5 min": "1 s", "port: 443": f"port: {broker}"})
    counted = put_in(counted, **{"broker: 10.20.0.1": f"broker: 127.0.0.1, port: {broker}", "8 h": "1 s"})
    counted = put_in(counted, **{"agents: [10.30.0.1]": f"agents: [127.0.0.1], port: {agent}"})
    found = judged("s01", tester, sources, counted.replace("sources:\n", ""))
    estimate = found["s01.nodes"]["estimate"]
    assert (estimate["value"], estimate["upper"]) == (0, 1), "it answered, and no radio record proves its 5G"
    (seen,) = (each["rows"] for each in found["s01.nodes"]["listings"] if each["key"] == "sources")
    named = {name if isinstance(name, str) else name["en"]: devices for name, devices in seen}
    assert {name for name, devices in named.items() if devices} == {"export:5GC", "MQTT broker", "own replies"}
    assert named.keys() >= {"capture", "neighbour table", "snmp:127.0.0.1"}
    (walked,) = empty.glob("*/site.bundle/data/traces/s01.nodes/snmp/*.jsonl")
    assert b'"answer":[[' in walked.read_bytes()
    assert found["s01.ipv6"]["estimate"]["value"] == 0, "it has no address of IPv6"
    assert found["s01.latency"]["verdict"] == "INVALID", "no delay line of 10 ms stands here, so that the check is off"
    assert "instrument" in " ".join(each["code"] for each in found["s01.latency"]["reasons"])


def test_the_meter_of_the_page_on_instruments_is_planned_with_its_certificate(empty: Path) -> None:
    (empty / "cert.xml").write_bytes(dcc())
    (empty / "power.csv").touch()
    bench = "sources:\n  s07.efficiency: {probe: compute.power-log, file: power.csv, terminal: T, plane: board}\n"
    meter = snippets(PAGE["declare-instruments"])[0]
    (empty / "bench.yaml").write_text(HEAD.format(scenario="s07") + meter + bench, encoding="utf-8")
    assert main(["plan", "bench.yaml"]) == 0
