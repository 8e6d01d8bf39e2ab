# SPDX-License-Identifier: Apache-2.0
"""Live receivers over a real pseudo-terminal pair, a real TCP server and real datagrams."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import InstrumentError
from probes.gnss.instruments.nmea import PROBE

LINE = b"$GNGGA,040000.00,3030.0000000,N,11418.0000000,E,4,20,0.6,45.0000,M,-12.5,M,1.0,0001*6F\r\n"


class Sink:
    """Keeps what a source says."""

    config_folder = Path()

    def __init__(self, enough: int | None = None) -> None:
        """Wants no more once ``enough`` bytes are there."""
        self.enough = enough
        self.data, self.events, self.state = b"", [], {}
        self.rolled: list[int] = []

    @property
    def stopping(self) -> bool:
        return self.enough is not None and len(self.data) >= self.enough

    @property
    def position(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data

    def roll(self) -> None:
        self.rolled.append(self.position)

    def event(self, kind, body) -> None:
        self.events.append((kind, body))

    def checkpoint(self, state) -> None:
        self.events.append(("checkpoint", state))

    def progress(self, done, total, text="") -> None:
        assert done >= 0

    def attach(self, name, data) -> None:
        raise AssertionError(name)


def recorded(config: dict[str, str], speak: Callable[[], None], enough: int | None = None) -> Sink:
    source = PROBE.source(config, Path())
    sink = Sink(enough)
    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    source.record(sink)
    speaker.join()
    return sink


@pytest.fixture
def line(peer, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two ends of a serial line made by socat."""
    ends = tmp_path / "receiver", tmp_path / "port"
    command = [peer("socat"), *(f"pty,raw,echo=0,link={end}" for end in ends)]
    process = subprocess.Popen(command)
    while not all(end.exists() for end in ends):
        time.sleep(0.02)
    yield ends
    process.terminate()
    process.wait()


def test_a_serial_receiver_is_recorded_byte_for_byte(line: tuple[Path, Path]) -> None:
    receiver, port = line

    def speak() -> None:
        time.sleep(0.5)  # opening a serial port throws away what waited in it
        with receiver.open("wb", buffering=0) as end:
            for _ in range(20):
                end.write(LINE)
                time.sleep(0.02)

    sink = recorded({"serial": str(port), "duration": "20 s"}, speak, len(LINE) * 20)
    assert sink.data == LINE * 20
    assert sink.events == []


def test_bytes_without_a_sentence_are_told_as_another_baud_rate(line: tuple[Path, Path], monkeypatch) -> None:
    from probes.gnss.live import watch as live_watch

    monkeypatch.setattr(live_watch, "SILENT_S", 0.5)
    receiver, port = line

    def speak() -> None:
        with receiver.open("wb", buffering=0) as end:
            for _ in range(15):
                end.write(os.urandom(4).replace(b"$", b"#"))
                time.sleep(0.1)

    sink = recorded({"serial": str(port), "duration": "2 s"}, speak)
    assert "gnss.no-sentence" in [kind for kind, _ in sink.events]


def test_an_absent_port_is_one_sentence_with_the_ports_that_are_there() -> None:
    with pytest.raises(InstrumentError, match="ttyABSENT cannot be opened") as caught:
        PROBE.source({"serial": "/dev/ttyABSENT", "duration": "2 s"}, Path()).preflight()
    assert "ports here" in caught.value.cure


def test_a_tcp_receiver_that_drops_and_comes_back_loses_nothing_recorded(monkeypatch) -> None:
    from probes.gnss.live import stream as live_stream

    monkeypatch.setattr(live_stream, "AGAIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            for _ in range(2):
                client, _ = server.accept()
                with client:
                    client.sendall(LINE * 3)

        config = {"tcp": f"127.0.0.1:{server.getsockname()[1]}", "duration": "20 s"}
        sink = recorded(config, speak, len(LINE) * 6)
    assert sink.data == LINE * 6
    assert ("gnss.connection-lost", "the receiver closed the connection") in [
        (kind, body.get("error")) for kind, body in sink.events
    ]


def test_datagrams_are_recorded_as_they_come() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(10):
                time.sleep(0.1)
                sender.sendto(LINE, ("127.0.0.1", port))

    sink = recorded({"udp": f"127.0.0.1:{port}", "duration": "2 s"}, speak)
    assert sink.data == LINE * (len(sink.data) // len(LINE))
    assert len(sink.data) >= 5 * len(LINE)


def test_a_second_sender_of_datagrams_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def speak() -> None:
        for number in range(8):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((f"127.0.0.{2 + number % 2}", 0))
                time.sleep(0.1)
                sender.sendto(LINE, ("127.0.0.1", port))

    sink = recorded({"udp": f"127.0.0.1:{port}", "duration": "1 s"}, speak)
    said = [body["text"]["en"] for kind, body in sink.events if kind == "gnss.port"]
    assert len(said) == 1
    assert "127.0.0.2, 127.0.0.3" in said[0]


def test_a_receiver_that_is_unplugged_and_plugged_in_again_goes_on_in_a_new_segment(
    peer, tmp_path: Path, monkeypatch
) -> None:
    from probes.gnss.live import stream as live_stream

    monkeypatch.setattr(live_stream, "AGAIN_S", 0.1)
    first, second = tmp_path / "receiver", tmp_path / "port"
    command = [peer("socat"), *(f"pty,raw,echo=0,link={end}" for end in (first, second))]

    def speak() -> None:
        for half in (LINE[:40], LINE[40:]):
            with subprocess.Popen(command) as process:
                while not (first.exists() and second.exists()):
                    time.sleep(0.02)
                time.sleep(0.5)
                with first.open("wb", buffering=0) as end:
                    end.write(LINE * 3 + half)
                time.sleep(0.3)
                process.terminate()

    sink = recorded({"serial": str(second), "duration": "20 s"}, speak, len(LINE) * 7)
    assert sink.data == LINE * 3 + LINE[:40] + LINE * 3 + LINE[40:]
    assert sink.rolled == [len(LINE) * 3 + 40]
    assert [kind for kind, _ in sink.events][-2:] == ["gnss.connection-lost", "gnss.connected-again"]


def test_another_speed_is_found_and_said(tmp_path: Path) -> None:
    from probes.gnss.simulators.live import live

    with live({"rate": 5, "full": False, "baud": 9600}, tmp_path) as given:
        settings = {"serial": given["serial"], "duration": "1 s"}
        with pytest.raises(InstrumentError, match="talks at 9600 baud, not at 115200") as caught:
            PROBE.source(settings, Path()).preflight()
        assert caught.value.cure == "write baud: 9600."
        PROBE.source(settings | {"baud": "9600"}, Path()).preflight()


def test_several_receivers_are_recorded_at_once(tmp_path: Path) -> None:
    from probes.gnss.simulators.live import live

    places = [{"to": "pty", "talker": "GN"}, {"to": "tcp", "talker": "GB"}]
    with contextlib.ExitStack() as peers:
        given = [peers.enter_context(live({"rate": 10, "full": False} | place, tmp_path)) for place in places]
        sinks = [Sink() for _ in given]
        threads = []
        for each, sink in zip(given, sinks, strict=True):
            kind = "serial" if "serial" in each else "tcp"
            source = PROBE.source({kind: each[kind], "duration": "2 s"}, Path())
            threads.append(threading.Thread(target=source.record, args=(sink,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for sink, place in zip(sinks, places, strict=True):
        talkers = re.findall(rb"\$(..)GGA", sink.data)
        assert set(talkers) == {place["talker"].encode()}


@contextlib.contextmanager
def gpsd_playing(peer: Callable[[str], str], log: Path) -> Iterator[str]:
    """The address of a gpsd that plays a log again and again."""
    peer("gpsd")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [peer("gpsfake"), "-q", "-c", "0.002", "-P", str(port), str(log)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True) as daemon:
        try:
            for _ in range(200):
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)


def test_gpsd_hands_on_a_receiver_s_own_sentences(peer, shared_data) -> None:
    log = shared_data("gnss", "gpsd", "ublox-zed-f9p-nmea.log")
    with gpsd_playing(peer, log) as place:
        sink = recorded({"tcp": place, "greeting": "gpsd", "duration": "2 s"}, lambda: None)
    said = [line for line in sink.data.split(b"\r\n")[:-1] if line.startswith(b"$G")]
    assert b'"class":"VERSION"' in sink.data
    assert len([line for line in said if line[3:6] == b"GGA"]) > 5
    assert set(said) <= set(log.read_bytes().split(b"\r\n"))


def test_nobody_listening_is_one_sentence_with_the_cure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InstrumentError, match="No receiver answers") as caught:
        PROBE.source({"tcp": f"127.0.0.1:{port}", "duration": "2 s"}, Path()).preflight()
    assert caught.value.cure


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"tcp": "gpsd:2947", "duration": "1 min", "greeting": "hello"}, "greeting"),
        ({"mqtt": "mqtt://broker/rover", "duration": "1 min", "password": "secret"}, "password"),
        ({"serial": "/dev/ttyUSB0"}, "duration"),
        ({"tcp": "receiver", "duration": "1 min"}, "tcp"),
        ({"serial": "/dev/ttyUSB0", "duration": "1 min", "baud": "fast"}, "baud"),
    ],
)
def test_wrong_settings_of_a_live_receiver_are_named(config: dict[str, str], key: str) -> None:
    assert (key,) in [each.keys for each in PROBE.check(config, Path())]
