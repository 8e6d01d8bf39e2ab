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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.kit.streams import USUAL, Pace
from harness.plugins import Source
from harness.testing import MemorySink
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.live.open import open_source
from probes.gnss.truth.sources import StreamSettings
from tests.ports import free_port
from tests.probes.gnss.conftest import names, placed
from tests.waiting import accepted, gone, joined, living, served, until

LINE = b"$GNGGA,040000.00,3030.0000000,N,11418.0000000,E,4,20,0.6,45.0000,M,-12.5,M,1.0,0001*6F\r\n"


def source_of(config: Mapping[str, Any], pace: Pace = USUAL) -> Source:
    return open_source(StreamSettings.model_validate(config), Path(), pace=pace)


def recorded(
    config: Mapping[str, Any], speak: Callable[[], None], enough: int | None = None, pace: Pace = USUAL
) -> MemorySink:
    source, sink = source_of(config, pace), MemorySink(enough=enough)
    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    source.record(sink)
    joined(speaker)
    return sink


@pytest.fixture
def line(peer, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two ends of a serial line made by socat."""
    ends = tmp_path / "receiver", tmp_path / "port"
    command = [peer("socat"), *(f"pty,raw,echo=0,link={end}" for end in ends)]
    process = subprocess.Popen(command)
    until(lambda: all(end.exists() for end in ends), otherwise="socat made no line")
    yield ends
    process.terminate()
    gone(process)


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
        source_of({"serial": "/dev/ttyABSENT", "duration": "2 s"}).preflight()
    assert "ports here" in caught.value.cure


def test_a_tcp_receiver_that_drops_and_comes_back_loses_nothing_recorded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            for _ in range(2):
                with accepted(server) as client:
                    client.sendall(LINE * 3)

        config = {"tcp": f"127.0.0.1:{server.getsockname()[1]}", "duration": "20 s"}
        sink = recorded(config, speak, len(LINE) * 6, Pace(again_s=0.1))
    assert sink.data == LINE * 6
    assert ("gnss.connection-lost", "the receiver closed the connection") in [
        (kind, body.get("error")) for kind, body in sink.events
    ]


def test_datagrams_are_recorded_as_they_come() -> None:
    port = free_port()

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(10):
                time.sleep(0.1)
                sender.sendto(LINE, ("127.0.0.1", port))

    sink = recorded({"udp": f"127.0.0.1:{port}", "duration": "2 s"}, speak)
    assert sink.data == LINE * (len(sink.data) // len(LINE))
    assert len(sink.data) >= 5 * len(LINE)


def test_a_second_sender_of_datagrams_is_told() -> None:
    port = free_port()

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


def test_a_receiver_that_is_unplugged_and_plugged_in_again_goes_on_in_a_new_segment(peer, tmp_path: Path) -> None:
    first, second = tmp_path / "receiver", tmp_path / "port"
    command = [peer("socat"), *(f"pty,raw,echo=0,link={end}" for end in (first, second))]

    def speak() -> None:
        for half in (LINE[:40], LINE[40:]):
            with living(command) as process:
                until(lambda: first.exists() and second.exists(), otherwise="socat made no line")
                time.sleep(0.5)
                with first.open("wb", buffering=0) as end:
                    end.write(LINE * 3 + half)
                time.sleep(0.3)
                process.terminate()

    sink = recorded({"serial": str(second), "duration": "20 s"}, speak, len(LINE) * 7, Pace(again_s=0.1))
    assert sink.data == LINE * 3 + LINE[:40] + LINE * 3 + LINE[40:]
    assert [len(each) for each in sink.segments] == [len(LINE) * 3 + 40, len(LINE) * 4 - 40]
    assert [kind for kind, _ in sink.events][-2:] == ["gnss.connection-lost", "gnss.connected-again"]


def test_another_speed_is_found_and_said(tmp_path: Path) -> None:
    from probes.gnss.simulators.live import live

    with live({"rate": 5, "full": False, "baud": 9600}, tmp_path) as given:
        settings = {"serial": given["serial"], "duration": "1 s"}
        with pytest.raises(InstrumentError, match="talks at 9600 baud, not at 115200") as caught:
            source_of(settings).preflight()
        assert caught.value.cure == "write baud: 9600."
        source_of(settings | {"baud": 9600}).preflight()


def test_several_receivers_are_recorded_at_once(tmp_path: Path) -> None:
    from probes.gnss.simulators.live import live

    places = [{"to": "pty", "talker": "GN"}, {"to": "tcp", "talker": "GB"}]
    with contextlib.ExitStack() as peers:
        given = [peers.enter_context(live({"rate": 10, "full": False} | place, tmp_path)) for place in places]
        sinks = [MemorySink() for _ in given]
        threads = []
        for each, sink in zip(given, sinks, strict=True):
            kind = "serial" if "serial" in each else "tcp"
            source = source_of({kind: each[kind], "duration": "2 s"})
            threads.append(threading.Thread(target=source.record, args=(sink,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            joined(thread)
    for sink, place in zip(sinks, places, strict=True):
        talkers = re.findall(rb"\$(..)GGA", sink.data)
        assert set(talkers) == {place["talker"].encode()}


@contextlib.contextmanager
def gpsd_playing(peer: Callable[[str], str], log: Path) -> Iterator[str]:
    """The address of a gpsd that plays a log again and again."""
    peer("gpsd")
    port = free_port()
    command = [peer("gpsfake"), "-q", "-c", "0.002", "-P", str(port), str(log)]
    quiet = subprocess.DEVNULL
    with living(command, stdout=quiet, stderr=quiet, start_new_session=True) as daemon:
        try:
            served(port, daemon)
            yield f"127.0.0.1:{port}"
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)


def test_gpsd_hands_on_a_receiver_s_own_sentences(peer, shared_data) -> None:
    log = shared_data("gnss", "gpsd", "ublox-zed-f9p-nmea.log")
    with gpsd_playing(peer, log) as place:
        sink = recorded({"tcp": place, "greeting": "gpsd", "duration": "2 s"}, lambda: None)
    said = [line for line in sink.data.split(b"\r\n")[:-1] if line.startswith(b"$G")]
    assert b'"class":"VERSION"' in sink.data
    assert len([line for line in said if line[3:6] == b"GGA"]) > 2
    assert set(said) <= set(log.read_bytes().split(b"\r\n"))


def test_nobody_listening_is_one_sentence_with_the_cure() -> None:
    port = free_port()
    with pytest.raises(InstrumentError, match="No receiver answers") as caught:
        source_of({"tcp": f"127.0.0.1:{port}", "duration": "2 s"}).preflight()
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
    assert names(placed(PROBE, {"mode": "static", **config}, Path()), (key,))
