# SPDX-License-Identifier: Apache-2.0
"""Corrections: a third-party NTRIP caster, casters that misbehave, a broker, and what the verdict makes of them."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygnssutils.socket_server import ClientHandler, SocketServer

from harness.errors import InstrumentError, UsageError
from harness.kit.streams import USUAL, Pace
from harness.model import Verdict
from harness.plugins import Asked, Source, Trace
from harness.testing import MemorySink, check_probe
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.formats.decode import decode
from probes.gnss.formats.rtcm import systems
from probes.gnss.instruments.corrections import PROBE
from probes.gnss.instruments.nmea import PROBE as RECEIVER
from probes.gnss.live import ntrip as live_ntrip
from probes.gnss.live.open import inner
from probes.gnss.live.positions import HERE, Positions
from probes.gnss.simulators.receiver import receiver
from probes.gnss.truth.sources import CorrectionSettings
from tests.ports import free_port
from tests.probes.gnss.conftest import judged, names, placed, trace_of
from tests.probes.gnss.instruments.test_defects import rtcm3
from tests.probes.gnss.live.test_stream import LINE, recorded
from tests.probes.gnss.live.test_stream import source_of as receiver_of
from tests.waiting import accepted, gone, joined, served


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTER_PASSWORD", "beidou")


def msm(kind: int, size: int = 40) -> bytes:
    """An RTCM 3 message of a type, its body zeros."""
    return rtcm3(bytes([kind >> 4, (kind & 15) << 4]) + bytes(size))


@contextmanager
def caster(version: str) -> Iterator[tuple[int, Queue[bytes]]]:
    """pygnssutils' caster on a free port, and the queue it streams from; user "wuhan", password "beidou"."""
    queue: Queue[bytes] = Queue()
    options = {"ntripversion": version, "ntripuser": "wuhan", "ntrippassword": "beidou"}
    with SocketServer(None, 1, 4, queue, ("127.0.0.1", 0), ClientHandler, **options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1], queue
        finally:
            server.shutdown()
            queue.put(b"")
            joined(thread)


def settings(port: int, mount: str = "pygnssutils", **more: Any) -> dict[str, Any]:
    return {
        "ntrip": f"http://127.0.0.1:{port}/{mount}",
        "user": "wuhan",
        "password": "env:CASTER_PASSWORD",
        "duration": "2 s",
        **more,
    }


def source_of(config: Mapping[str, Any], pace: Pace = USUAL, positions: Positions = HERE) -> Source:
    return live_ntrip.ntrip_source(CorrectionSettings.model_validate(config), Path(), pace=pace, positions=positions)


def recorded_from(
    config: Mapping[str, Any],
    speak: Callable[[], None],
    enough: int | None = None,
    pace: Pace = USUAL,
    positions: Positions = HERE,
) -> MemorySink:
    source, sink = source_of(config, pace, positions), MemorySink(enough=enough)
    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    source.record(sink)
    joined(speaker)
    return sink


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_caster_s_stream_is_recorded_whole(version: str, tmp_path: Path) -> None:
    messages = [msm(kind) for kind in (1005, 1077, 1087, 1097, 1127)]
    with caster(version) as (port, queue):

        def speak() -> None:
            time.sleep(0.7)
            for message in messages * 3:
                queue.put(message)

        whole = b"".join(messages * 3)
        sink = recorded_from(settings(port, version=int(version[0]), duration="20 s"), speak, len(whole))
    assert sink.data == whole
    path = tmp_path / "0001.rtcm3"
    path.write_bytes(sink.data)
    log = whole_log(LogSummary((decode(path),)))
    assert log.counts["rtcm3"] == 15
    assert log.rtcm3 == dict.fromkeys((1005, 1077, 1087, 1097, 1127), 3)
    assert systems(log.rtcm3) == {"GPS": 3, "GLONASS": 3, "Galileo": 3, "BeiDou": 3}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_wrong_password_and_a_wrong_mountpoint_are_told_apart(version: str) -> None:
    with caster(version) as (port, _):
        with pytest.raises(InstrumentError, match="401") as caught:
            source_of(settings(port, user="nobody")).preflight()
        assert "password" in caught.value.cure
        assert "beidou" not in str(caught.value)
        with pytest.raises(InstrumentError, match="sourcetable") as caught:
            source_of(settings(port, mount="ABSENT")).preflight()
        assert "pygnssutils" in caught.value.cure


@contextmanager
def answering(*answers: bytes, hold: float = 0.0) -> Iterator[tuple[int, list[bytes]]]:
    """A caster that gives each client one of the answers in turn, and stays until the client leaves or ``hold`` s are over."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                with accepted(server) as client:
                    requests.append(client.recv(4096))
                    client.sendall(answer)
                    client.settimeout(hold or 0.01)
                    try:
                        while more := client.recv(4096):
                            requests.append(more)
                    except TimeoutError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], requests
        joined(thread)


def test_chunks_of_http_are_taken_out_of_the_stream() -> None:
    message = msm(1127)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: gnss/data\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (message[:5], message[5:], message))
    with answering(head + body, hold=10.0) as (port, _):
        sink = recorded_from(settings(port, duration="20 s"), lambda: None, 2 * len(message))
    assert sink.data == message * 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "404"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403"),
        (b"ERROR - Bad Password\r\n", "refuses: ERROR - Bad Password"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "refuses: SSH"),
        (b"", "no answer"),
    ],
)
def test_other_answers_are_one_sentence_with_a_cure(answer: bytes, said: str) -> None:
    with answering(answer) as (port, _), pytest.raises(InstrumentError, match=said) as caught:
        source_of(settings(port)).preflight()
    assert caught.value.cure


def test_a_stalled_stream_is_opened_again(monkeypatch) -> None:
    monkeypatch.setattr(live_ntrip, "FIRST_WAIT_S", 0.05)
    message = msm(1127)
    with answering(b"ICY 200 OK\r\n\r\n" + message, b"ICY 200 OK\r\n\r\n" + message, hold=10.0) as (port, _):
        config = settings(port, stall="200 ms", duration="20 s")
        sink = recorded_from(config, lambda: None, 2 * len(message), Pace(0.05, 0.05))
    assert sink.data == message * 2
    assert ("gnss.connection-lost", "no corrections for 0.2 s") in [
        (kind, body.get("error")) for kind, body in sink.events
    ]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("begin", [b"", b"SOURCETABLE 200 OK\r\n\r\n"], ids=["answer", "sourcetable"])
def test_a_caster_that_drips_its_answer_is_not_waited_for(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_ntrip, "_ANSWER_S", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def drip() -> None:
            with suppress(OSError), server.accept()[0] as client:
                client.sendall(begin)
                while not over.wait(0.05):
                    client.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(InstrumentError, match=r"does not answer: (timed out|its answer does not end)"):
                source_of(settings(server.getsockname()[1])).preflight()
        finally:
            over.set()
            joined(thread)


def test_a_refusing_caster_is_asked_less_and_less_often(monkeypatch) -> None:
    monkeypatch.setattr(live_ntrip, "FIRST_WAIT_S", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = source_of(settings(port))

        def slam() -> None:
            accepted(server).close()

        thread = threading.Thread(target=slam)
        thread.start()
        with pytest.raises(InstrumentError):
            source.preflight()
        joined(thread)
        with pytest.raises(InstrumentError, match="left alone"):
            source.preflight()


def test_a_caster_that_hangs_up_at_once_is_left_alone_too(monkeypatch) -> None:
    monkeypatch.setattr(live_ntrip, "FIRST_WAIT_S", 60.0)
    with answering(b"ICY 200 OK\r\n\r\n") as (port, requests):
        sink = recorded_from(settings(port, duration="700 ms"), lambda: None, pace=Pace(again_s=0.02))
    assert len(requests) == 1
    assert [kind for kind, _ in sink.events] == ["gnss.connection-lost"]


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.lists(st.integers(1, 30), min_size=1))
def test_chunks_cut_anywhere_give_their_contents_and_lose_none(parts: list[bytes], cuts: list[int]) -> None:
    body = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in parts)
    chunks, found, at = live_ntrip.Chunks(), b"", 0
    for size in cuts * (1 + len(body) // sum(cuts)):
        found += chunks.take(body[at : at + size])
        at += size
    assert found == b"".join(parts)
    with pytest.raises(ConnectionResetError, match="out of step"):
        chunks.take(b"no length\r\n")


def test_the_position_of_a_receiver_is_sent_only_while_it_has_a_fix(monkeypatch) -> None:
    kept = Positions()
    monkeypatch.setattr(live_ntrip, "GGA_EVERY_S", 0.2)
    for fix in (LINE, None):
        kept.note("/dev/ttyROVER", fix)
        with answering(b"ICY 200 OK\r\n\r\n", hold=0.6) as (port, requests):
            config = settings(port, duration="500 ms", gga={"receiver": "/dev/ttyROVER"})
            recorded_from(config, lambda: None, positions=kept)
        sent = b"".join(requests[1:])
        assert sent == LINE * (len(sent) // len(LINE))
        assert bool(sent) == (fix is not None)


def test_a_password_that_is_not_there_is_one_sentence(monkeypatch) -> None:
    monkeypatch.delenv("CASTER_PASSWORD")
    with pytest.raises(UsageError, match="CASTER_PASSWORD"):
        source_of(settings(2101))


def test_the_declared_place_is_sent_and_only_a_declared_one() -> None:
    place = {"lat": 30.5, "lon": -114.3, "height": 45}
    with answering(b"ICY 200 OK\r\n\r\n", hold=0.6) as (port, requests):
        recorded_from(settings(port, duration="400 ms", gga=place), lambda: None)
    sent = b"".join(requests[1:])
    assert sent.count(b"GGA") == 1
    assert b",3030.0000,N,11418.0000,W,1,12,1.0,45.0,M," in sent
    with answering(b"ICY 200 OK\r\n\r\n", hold=0.6) as (port, requests):
        recorded_from(settings(port, duration="400 ms"), lambda: None)
    assert b"GGA" not in b"".join(requests)


def judged_with(corrections: bytes, folder: Path) -> Any:
    """The verdict on a good receiver when these corrections were recorded beside it."""
    device = {"duration": 600, "rate": 1, "noise_tau": 2}
    with receiver(device, Path()) as given:
        traces = [trace_of({**given, "mode": "static"}), stream_of(corrections, folder)]
        return judged(traces, "gnss.horizontal", "rms", "<= 0.5 cm", mode="static")[1]


def stream_of(corrections: bytes, folder: Path) -> Trace:
    path = folder / "0001.rtcm3"
    path.write_bytes(corrections)
    return Trace("s08", "ntrip", PROBE.name, 1, (path,), PROBE.settings.model_validate(settings(2101)))


def test_corrections_without_beidou_make_the_verdict_invalid(tmp_path: Path) -> None:
    assert judged_with(msm(1077) * 9 + msm(1127) * 9, tmp_path).verdict is Verdict.PASS
    judgement = judged_with(msm(1077) * 9, tmp_path)
    assert judgement.verdict is Verdict.INVALID
    assert judgement.reasons[0].code == "gnss.corrections-without-beidou"


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    check_probe(PROBE, stream_of(msm(1127) * 20, tmp_path), Asked(), scratch)


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({}, ()),
        ({"file": "absent.rtcm3"}, ("file",)),
        ({"ntrip": "caster:2101/M", "duration": "1 min"}, ("ntrip",)),
        ({"ntrip": "http://u:secret@caster/M", "duration": "1 min"}, ("ntrip",)),
        ({"ntrip": "http://caster/M"}, ("duration",)),
        ({"ntrip": "http://caster/M", "duration": "1 min", "version": 3}, ("version",)),
        ({"ntrip": "http://caster/M", "duration": "1 min", "gga": {"lat": 1}}, ("gga",)),
        ({"ntrip": "http://caster/M", "duration": "1 min", "password": "secret"}, ("password",)),
        ({"ntrip": "http://caster/M", "duration": "1 min", "mountpoint": "M"}, ("mountpoint",)),
    ],
)
def test_wrong_settings_are_placed(tmp_path: Path, config, keys) -> None:
    problems = placed(PROBE, config, tmp_path)
    assert names(problems, keys)
    assert all(each.cure for each in problems)


@pytest.fixture
def broker(peer, tmp_path: Path) -> Iterator[int]:
    """A mosquitto on a free port."""
    port = free_port()
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen(
        [peer("mosquitto"), "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    served(port, process)
    yield port
    process.terminate()
    gone(process)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_receiver_behind_a_broker_is_recorded(broker: int, wrapped: bool) -> None:
    from paho.mqtt.publish import single

    payload = json.dumps({"id": 7, "raw": LINE.decode()}) if wrapped else LINE
    single("rover/nmea", b"what the broker kept", retain=True, hostname="127.0.0.1", port=broker)

    def speak() -> None:
        time.sleep(0.7)
        for _ in range(5):
            single("rover/nmea", payload, qos=1, hostname="127.0.0.1", port=broker)

    config = {"mqtt": f"mqtt://127.0.0.1:{broker}/rover/nmea", "duration": "20 s"}
    sink = recorded(config | ({"field": "raw"} if wrapped else {}), speak, 5 * len(LINE))
    assert sink.data == LINE * 5
    assert names(placed(RECEIVER, {"mqtt": "mqtt://host/rover", "mode": "static"}, Path()), ("duration",))


def test_a_payload_without_the_field_is_kept_as_it_is() -> None:
    assert [inner(payload, "raw") for payload in (b"{}", b"[1]", b"\xff", b'{"raw": 5}')] == [
        b"{}",
        b"[1]",
        b"\xff",
        b'{"raw": 5}',
    ]


def test_an_absent_broker_is_one_sentence() -> None:
    port = free_port()
    with pytest.raises(InstrumentError, match="No MQTT broker"):
        receiver_of({"mqtt": f"mqtt://127.0.0.1:{port}/rover", "duration": "1 s"}).preflight()
