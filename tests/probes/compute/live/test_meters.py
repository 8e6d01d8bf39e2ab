# SPDX-License-Identifier: Apache-2.0
"""Meters over real lines: sockets, VISA, pseudo terminals, a Modbus server, a broker, a compiled NVML, trees of files."""

import json
import os
import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.kit.lines import session_of
from harness.kit.streams import Pace
from harness.testing import MemorySink
from probes.compute.formats.power import PowerLog
from probes.compute.live.meters import connect
from probes.compute.live.reading import Reading
from probes.compute.live.sampler import PowerSource
from probes.compute.plans.meters import PowerSettings
from probes.compute.simulators.analyser import analyser
from probes.compute.traces.recorded import POWER, power_of
from tests.waiting import joined, living, served, until

BASE: Mapping[str, Any] = {"terminal": "T", "plane": "board", "duration": "1 s"}


def settings(**way: Any) -> PowerSettings:
    return PowerSettings.parse({**BASE, **way})


def read(folder: Path, **way: Any) -> Reading:
    meter = connect(settings(**way), folder)
    try:
        return meter.read()
    finally:
        meter.close()


def sampled(folder: Path, **way: Any) -> PowerLog:
    sink = MemorySink(config_folder=folder)
    source = PowerSource(settings(**way), folder)
    source.preflight()
    source.record(sink)
    return power_of(session_of(iter(sink.data.splitlines()), POWER))


@contextmanager
def serving(answer: Callable[[str], str | None]) -> Iterator[str]:
    """A socket that answers lines; None: it says nothing."""

    class Answering(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while asked := self.rfile.readline():
                said = answer(asked.decode().strip())
                if said is not None:
                    self.wfile.write(said.encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_an_analyser_is_sampled_on_its_deadlines(tmp_path: Path) -> None:
    with analyser({"watts": 30, "scatter": 0.001}, tmp_path) as given:
        log = sampled(tmp_path, scpi=given["scpi"], rate="20 Hz", duration="2 s")
    assert log.watts.mean() == pytest.approx(30, rel=1e-3)
    assert log.facts["identity"] == "YOKOGAWA,WT333E,SIMULATED,F1.03"
    assert log.facts["ranges"] == [75.0]
    assert 36 <= len(log.at_ns) + log.facts["missed"] <= 41, "absolute deadlines do not drift"


def test_an_overload_an_automatic_range_and_a_wrong_dialect_are_refused(tmp_path: Path) -> None:
    for given, words in (
        ({"say": "9.91E+37"}, "gives no value"),
        ({"say": "-OL-"}, "gives no value"),
        ({"auto": True}, "changes its range by itself"),
        ({"say": "30,1"}, "where a number was asked"),
    ):
        with analyser(given, tmp_path) as found, pytest.raises(InstrumentError, match=words):
            PowerSource(settings(scpi=found["scpi"]), tmp_path).preflight()


def test_a_meter_that_falls_silent_and_comes_back_is_told_and_asked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.compute.live.scpi._ANSWER_S", 0.2)
    asked = 0

    def answer(question: str) -> str | None:
        nonlocal asked
        asked += question == ":MEAS:POW?"
        return "SILENT,1" if question == "*IDN?" else None if 5 <= asked < 8 else "12.5"

    with serving(answer) as place:
        log = sampled(tmp_path, scpi={"tcp": place, "dialect": "scpi"}, rate="10 Hz", duration="4 s")
    assert "compute.meter-error" in {each.code for each in log.events}
    assert set(log.watts) == {12.5}
    assert len(log.watts) > 8


def test_the_transcript_of_a_real_wt333e_is_played_back(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    folder = shared_data("compute", "mlperf_v1.0", "NVIDIA__AGX_Xavier__resnet50__Offline")
    text = (folder / "power" / "ptd_logs.txt").read_text()
    pairs = re.findall(r"Writing query string (\S+)\n\.\.\.\n\S+ \S+: \.\.\.response of \d+ bytes: (.*)\n", text)
    said = dict(reversed(pairs))  # the first answer to each question
    identity = re.search(r"identity response of \d+ bytes: (.*)", text)
    assert identity is not None
    measured = re.findall(r"Watts,([\d.]+),", (folder / "run_1" / "spl.txt").read_text())
    watts = iter(measured)

    def answer(asked: str) -> str | None:
        return next(watts) if asked == ":NUM:NORM:VAL?" else identity[1] if asked == "*IDN?" else said.get(asked)

    with serving(answer) as place:
        meter = connect(settings(scpi={"tcp": place}), tmp_path)
        assert meter.identity == "YOKOGAWA,WT333E,C2VL22012V,F1.03"
        assert meter.facts["range_w"] == pytest.approx(75)
        assert [meter.read().watts for _ in range(5)] == [float(each) for each in measured[:5]]
        meter.close()


def test_an_instrument_by_visa_is_read(tmp_path: Path) -> None:
    device = """
spec: "1.1"
devices:
  wt:
    eom:
      TCPIP SOCKET: {q: "\\n", r: "\\n"}
    error: ERROR
    dialogues:
      - {q: "*IDN?", r: "KEYSIGHT,N6705C,SIM,1"}
      - {q: ":MEAS:POW?", r: "42.5E+00"}
resources:
  TCPIP0::127.0.0.1::9999::SOCKET: {device: wt}
"""
    (tmp_path / "wt.yaml").write_text(device)
    found = read(
        tmp_path, scpi={"visa": f"TCPIP0::127.0.0.1::9999::SOCKET@@{tmp_path / 'wt.yaml'}@sim", "dialect": "scpi"}
    )
    assert found == Reading(42.5)


MODBUS = """
import struct, sys
from pymodbus.server import StartTcpServer, StartSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice
words = [int(each) for each in struct.unpack(">HH", struct.pack(">f", 220.125))]
data = [SimData(16, values=words, datatype=DataType.REGISTERS), SimData(20, values=words[::-1], datatype=DataType.REGISTERS), SimData(30, values=[65136], datatype=DataType.REGISTERS)]
device = SimDevice(1, simdata=data)
if sys.argv[1] == "tcp":
    StartTcpServer(device, address=("127.0.0.1", int(sys.argv[2])))
else:
    StartSerialServer(device, port=sys.argv[2], baudrate=9600)
"""


def modbus(register: int, **more: Any) -> dict[str, Any]:
    return {"register": register, "kind": "float32", "words": "high-first", "scale": 1, **more}


def answering(folder: Path, **way: Any) -> Reading:
    """The first answer of a server that is just starting."""
    end = time.monotonic() + 20
    while True:
        try:
            return read(folder, **way)
        except InstrumentError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_a_modbus_server_of_others_is_read_in_the_declared_order_of_words(tmp_path: Path, free_port: int) -> None:
    with living([sys.executable, "-c", MODBUS, "tcp", str(free_port)], stderr=subprocess.DEVNULL) as child:
        try:
            place = {"tcp": f"127.0.0.1:{free_port}"}
            assert answering(tmp_path, modbus={**place, **modbus(16)}).watts == 220.125
            assert read(tmp_path, modbus={**place, **modbus(20, words="low-first")}).watts == 220.125
            assert read(tmp_path, modbus={**place, **modbus(30, kind="int16", scale=0.1)}).watts == pytest.approx(-40)
            wrong = read(tmp_path, modbus={**place, **modbus(20)}).watts
            assert wrong != pytest.approx(220.125), "the order is declared, never guessed"
            with pytest.raises(InstrumentError, match=r"illegal data address"):
                read(tmp_path, modbus={**place, **modbus(900)})
        finally:
            child.kill()


@contextmanager
def wire(peer: Callable[[str], str], folder: Path) -> Iterator[tuple[str, str]]:
    """Two pseudo terminals that are one line."""
    one, two = folder / "ttyM", folder / "ttyH"
    command = [peer("socat"), f"pty,raw,echo=0,link={one}", f"pty,raw,echo=0,link={two}"]
    with living(command) as child:
        until(lambda: one.exists() and two.exists(), otherwise="socat made no line")
        try:
            yield str(one), str(two)
        finally:
            child.terminate()


def test_modbus_on_a_serial_line_is_read(peer: Callable[[str], str], tmp_path: Path) -> None:
    with (
        wire(peer, tmp_path) as (far, near),
        living([sys.executable, "-c", MODBUS, "rtu", far], stderr=subprocess.DEVNULL) as child,
    ):
        try:
            assert answering(tmp_path, modbus={"serial": near, **modbus(16)}).watts == 220.125
        finally:
            child.kill()


@contextmanager
def meter_of_frames(port: str, replies: Mapping[bytes, bytes]) -> Iterator[None]:
    """A meter that answers recorded questions with recorded frames."""
    import serial

    stop = threading.Event()
    line = serial.Serial(port, 2400, timeout=0.02, write_timeout=10)

    def run() -> None:
        heard = b""
        while not stop.is_set():
            heard += line.read(64)
            for question, reply in replies.items():
                if heard.endswith(question):
                    heard = b""
                    line.write(reply)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        joined(thread)
        line.close()


@pytest.mark.timeout(60)
def test_a_line_that_never_falls_silent_is_named_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.compute.live.lines._ANSWER_S", 0.3)
    monkeypatch.setattr("probes.compute.live.lines._PACE", Pace(poll_s=5))

    class Talking(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while True:
                    self.wfile.write(b"\xfe" * 100)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talking) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            place = f"127.0.0.1:{server.server_address[1]}"
            with pytest.raises(InstrumentError, match="never falls silent"):
                read(tmp_path, dlt645={"tcp": place, "address": "161"})
        finally:
            server.shutdown()
            joined(thread)


def test_real_frames_of_dlt645_give_the_power_and_nothing_else_does(
    peer: Callable[[str], str], shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    frames = json.loads(shared_data("compute", "dlt645", "frames.json").read_text())
    power = [each for each in frames["constructed"] if each["di"] == "02030000"]
    question = bytes.fromhex(power[0]["request"]).lstrip(b"\xfe")
    way = {"address": "161", "parity": "none"}
    negative = {each["name"]: bytes.fromhex(each["hex"]) for each in frames["negative"]}
    with wire(peer, tmp_path) as (far, near):
        for reply, watts in ((power[0]["reply"], 25.2), (power[1]["reply"], -250.0)):
            with meter_of_frames(far, {question: bytes.fromhex(reply)}):
                assert read(tmp_path, dlt645={"serial": near, **way}).watts == pytest.approx(watts)
        for bad, words in (("exception reply", "refuses: no requested data"), ("bad checksum", "does not answer")):
            with meter_of_frames(far, {question: negative[bad]}), pytest.raises(InstrumentError, match=words):
                read(tmp_path, dlt645={"serial": near, **way})
        with pytest.raises(InstrumentError, match="cannot be opened"):
            read(tmp_path, dlt645={"serial": near, "address": "161"})  # a pseudo terminal has no even parity


def test_a_plug_on_a_broker_is_read_and_what_was_kept_is_old(
    peer: Callable[[str], str], tmp_path: Path, free_port: int
) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {free_port} 127.0.0.1\nallow_anonymous true\n")
    with living([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        client = Client(CallbackAPIVersion.VERSION2)
        served(free_port, child)
        client.connect("127.0.0.1", free_port)
        client.loop_start()
        client.publish("tele/plug/SENSOR", '{"ENERGY":{"Power":99}}', 1, retain=True).wait_for_publish(5)
        meter = connect(
            settings(mqtt={"broker": "127.0.0.1", "port": free_port, "topic": "tele/plug/SENSOR"}), tmp_path
        )
        time.sleep(0.3)
        client.publish("tele/plug/SENSOR", '{"ENERGY":{"Power":41}}', 1).wait_for_publish(5)
        time.sleep(0.3)
        assert meter.read().watts == 41
        client.publish("tele/plug/SENSOR", '{"ENERGY":{"Power":"hot"}}', 1).wait_for_publish(5)
        with pytest.raises(InstrumentError, match="is no number"):
            meter.read()
        meter.close()
        client.loop_stop()
        child.terminate()


def test_a_controller_by_redfish_and_one_by_ipmi_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"PowerWatts": {"Reading": 321.5}}).encode()
            self.send_response(200 if self.headers.get("Authorization") else 401)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    monkeypatch.setenv("BMC", "geheim")
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/redfish/v1/Chassis/1/EnvironmentMetrics"
        assert read(tmp_path, redfish={"url": url, "user": "u", "password": "env:BMC"}).watts == 321.5
        with pytest.raises(InstrumentError, match="does not answer"):
            read(tmp_path, redfish={"url": url})
        server.shutdown()
    tool = tmp_path / "ipmitool"
    tool.write_text(
        "#!/bin/sh\necho '    Instantaneous power reading:                   214 Watts\n Power reading state is: activated'\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert read(tmp_path, ipmi={}).watts == 214
    tool.write_text("#!/bin/sh\necho 'DCMI not supported' >&2; exit 1\n")
    with pytest.raises(InstrumentError, match="DCMI not supported"):
        read(tmp_path, ipmi={})


NVML = """
#include <time.h>
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec+t.tv_nsec/1e9;}
int nvmlInit_v2(void){return 0;} int nvmlInitWithFlags(unsigned f){return 0;} int nvmlShutdown(void){return 0;}
int nvmlDeviceGetHandleByIndex_v2(unsigned i,void**d){*d=(void*)(long)(i+1);return i<2?0:2;}
int nvmlDeviceGetName(void*d,char*n,unsigned l){n[0]='S';n[1]='I';n[2]='M';n[3]=0;return 0;}
int nvmlDeviceGetPowerUsage(void*d,unsigned*p){*p=(unsigned)(50*((long)((now())*10)%2)+100000);return POWER;}
#ifdef COUNTER
int nvmlDeviceGetTotalEnergyConsumption(void*d,unsigned long long*e){*e=(unsigned long long)(now()*50)/1*20*150;return 0;}
#endif
const char*nvmlErrorString(int e){return "Not Supported";}
"""


@pytest.mark.parametrize(
    ("flags", "way"), [(("-DPOWER=0", "-DCOUNTER"), "counter"), (("-DPOWER=0",), "average"), (("-DPOWER=3",), "")]
)
def test_the_real_binding_is_read_over_a_library_that_counts_known_energy(
    peer: Callable[[str], str], tmp_path: Path, flags: tuple[str, ...], way: str
) -> None:
    (tmp_path / "nvml.c").write_text(NVML)
    subprocess.run(
        [peer("gcc"), "-shared", "-fPIC", "-w", *flags, "-o", "libnvidia-ml.so.1", "nvml.c"], check=True, cwd=tmp_path
    )
    script = """
import json, sys, time
from pathlib import Path
from harness.errors import InstrumentError
from probes.compute.live.meters import connect
from probes.compute.plans.meters import PowerSettings
own = PowerSettings.parse({"terminal": "T", "plane": "board", "duration": "1 s", "nvml": {"index": [0, 1]}})
try:
    meter = connect(own, Path())
except InstrumentError as error:
    print(json.dumps({"error": error.problem})); sys.exit()
one, begin = meter.read(), time.monotonic(); time.sleep(1.0); two, end = meter.read(), time.monotonic()
joules = None if one.microjoules is None else (two.microjoules - one.microjoules) / 1e6
print(json.dumps({"way": meter.facts["way_of_gpu"], "watts": two.watts if joules is None else joules / (end - begin)}))
"""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    found = json.loads(done.stdout)
    if not way:
        assert "says nothing of its power" in found["error"], "NOT_SUPPORTED, as a Jetson answers"
    else:
        assert found["way"] == way
        assert found["watts"] == pytest.approx(300 if way == "counter" else 200, rel=0.05)


def test_sensors_and_counters_of_the_kernel_are_read_as_trees(tmp_path: Path) -> None:
    hwmon, rapl = tmp_path / "hwmon3", tmp_path / "rapl"
    hwmon.mkdir()
    rapl.mkdir()
    for name, text in (
        ("name", "ina3221"),
        ("power1_input", "5250000"),
        ("in2_input", "12000"),
        ("curr2_input", "500"),
    ):
        (hwmon / name).write_text(text + "\n")
    assert read(tmp_path, hwmon={"folder": "hwmon3", "channels": [1, 2]}).watts == pytest.approx(11.25)
    with pytest.raises(InstrumentError, match="no power in channel 3"):
        read(tmp_path, hwmon={"folder": "hwmon3", "channels": 3})
    (rapl / "energy_uj").write_text("100\n")
    with pytest.raises(InstrumentError, match="no max_energy_range_uj"):
        read(tmp_path, rapl={"folder": "rapl", "most": "100 W"})


def test_a_wrapping_counter_gives_its_true_energy(tmp_path: Path) -> None:
    """50 W of a counter whose round takes 0.8 s: it wraps twice while it is watched."""
    rapl, span = tmp_path / "rapl", 40_000_000
    rapl.mkdir()
    (rapl / "max_energy_range_uj").write_text(f"{span}\n")
    begun, stop = time.monotonic(), threading.Event()

    def write() -> None:
        with (rapl / "energy_uj").open("r+b", buffering=0) as file:
            while not stop.is_set():
                count = int((time.monotonic() - begun) * 50e6) % (span + 1)
                os.pwrite(file.fileno(), f"{count:012d}\n".encode(), 0)
                time.sleep(0.001)

    (rapl / "energy_uj").write_text(f"{0:012d}\n")
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    log = sampled(tmp_path, rapl={"folder": "rapl", "most": "100 W"}, rate="50 Hz", duration="2 s")
    stop.set()
    joined(thread)
    assert log.joules is not None
    seconds = (log.at_ns[-1] - log.at_ns[0]) / 1e9
    assert log.joules[-1] == pytest.approx(50 * seconds, rel=0.03)
