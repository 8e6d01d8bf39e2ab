# SPDX-License-Identifier: Apache-2.0
"""Real sockets, real processes: the sender and the reflector over loopback and between network namespaces."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scapy.contrib.stamp import STAMPSessionReflectorTestUnauthenticated as ScapyReflector
from scapy.contrib.stamp import STAMPSessionSenderTestUnauthenticated as ScapySender

from harness.errors import InstrumentError
from probes.network.digests.round_trips import round_trips
from probes.network.instruments.stamp import PROBE
from probes.network.live.calls import DROPPED, controls, fresh, mail, receive
from probes.network.live.reflector.process import reflectors
from probes.network.live.sockets import open_socket
from probes.network.live.timer import Timer, clock_offset_ns
from probes.network.traces.session import ANSWERED, KERNEL_RX, KERNEL_TX
from probes.network.traces.stamp import decode, read_header
from probes.network.wire.timestamps import ntp_of
from probes.network.wire.walk import walk
from tests.ports import free_port
from tests.probes.network.recording import source_of
from tests.waiting import heard, heard_until, living, rest


@pytest.fixture(autouse=True)
def short_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.network.live.calibration.PACKETS", 40)


QUICK = {"waiting_time": "300 ms", "seed": 7}


def run(config: dict[str, Any], sink: Any) -> Any:
    source = source_of(PROBE, {**QUICK, **config})
    source.preflight()
    source.record(sink)
    return decoded(bytes(sink.data))


def decoded(data: bytes) -> Any:
    column = np.frombuffer(data, np.uint8)
    return decode(column, 0, read_header(column))


@pytest.mark.parametrize(("host", "kind"), [("127.0.0.1", "periodic"), ("::1", "poisson")])
def test_a_session_over_loopback_has_kernel_times_both_ways_and_loses_nothing(host: str, kind: str, sink: Any) -> None:
    with reflectors([(host, 0)]) as (place,):
        config = {"targets": [{"address": place[0], "port": place[1]}], "schedule": kind, "rate": "500/s", "count": 200}
        found = run({**config, "size": ["44 B", "1400 B"]}, sink)
    probes = found.probes
    assert len(probes) + sum(sum(event.detail.get("unsent", {}).values()) for event in probes.events) == 200
    assert set(probes["size"].tolist()) == {44, 1400}
    assert ((probes["flags"] & ANSWERED) != 0).all()
    assert ((probes["flags"] & KERNEL_RX) != 0).all()
    assert ((probes["flags"] & KERNEL_TX) != 0).mean() > 0.9
    trips = round_trips(probes)
    assert trips.valid.all()
    assert (trips.corrected > 0).all()
    assert (probes["t1_user"] <= probes["t1"]).all()
    assert (probes["t1"] <= probes["t2"]).all()
    assert (probes["t2"] <= probes["t3"]).all()
    assert (probes["t3"] <= probes["t4"]).all()
    assert (probes["ttl"] == 64).all()
    assert probes["reflector_sequence"].tolist() == list(range(len(probes))), (
        "a stateful reflector counts its own packets"
    )


def test_two_runs_with_one_seed_have_one_timetable(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,):
        config = {
            "targets": [{"address": place[0], "port": place[1]}],
            "schedule": "poisson",
            "rate": "200/s",
            "count": 40,
        }
        first = run(config, sink).probes
        sink.data.clear()
        second = run(config, sink).probes
    apart = [dict(zip(each["slot"].tolist(), each["scheduled"].tolist(), strict=True)) for each in (first, second)]
    steps = [apart[0][slot] - apart[1][slot] for slot in apart[0].keys() & apart[1].keys()]
    assert max(steps) - min(steps) < 1_000_000, "up to a slew of the clock"


def test_fifty_terminals_one_silent_one_registered_twice(sink: Any) -> None:
    with PROBE.simulators["reflectors"]({"count": 50, "silent": [3], "duplicated": [5]}, Path()) as given:
        register = Path(given["register"]).read_text(encoding="utf-8")
        found = run({"targets": given["targets"], "rate": "20/s", "count": 5}, sink)
    answered = (found.probes["flags"] & ANSWERED) != 0
    seen = set(found.probes["target"].tolist())
    assert set(found.probes["target"][~answered].tolist()) == {2} & seen
    assert seen <= set(range(50))
    assert len(register.splitlines()) == 52
    assert {target["address"] for target in given["targets"]} == {f"127.0.1.{number}" for number in range(1, 51)}


def test_a_port_nobody_listens_on_is_loss_with_the_reason_counted(sink: Any) -> None:
    port = free_port()
    found = run({"targets": [f"127.0.0.1:{port}"], "rate": "100/s", "count": 20}, sink).probes
    assert 1 <= len(found) <= 20
    assert not (found["flags"] & ANSWERED).any()
    counts = [event.detail["counts"] for event in found.events if "counts" in event.detail]
    assert any("refused" in key.lower() for each in counts for key in each)


def test_garbage_from_a_peer_is_kept_apart_and_answers_nothing(sink: Any, odd: Any) -> None:
    with odd(lambda data: [b"", b"x" * 7, bytes(44), data[::-1].ljust(60, b"\1")]) as odd:
        found = run({"targets": [f"127.0.0.1:{odd.port}"], "rate": "100/s", "count": 10}, sink)
    sent = len(found.probes)
    assert 1 <= sent <= 10
    assert not (found.probes["flags"] & ANSWERED).any()
    assert len(found.strays) == 2 * sent
    counts = [event.detail["counts"] for event in found.probes.events if "counts" in event.detail]
    assert sum(each.get("aliens_not_kept", 0) for each in counts) == 2 * sent


def test_duplicates_are_counted_and_the_first_decides(sink: Any, odd: Any) -> None:
    def thrice(data: bytes) -> list[bytes]:
        seen = ScapySender(data)
        reply = bytes(ScapyReflector(seq=seen.seq, seq_sender=seen.seq, ttl_sender=64))
        now = ntp_of(time.time_ns()).to_bytes(8, "big")
        return [reply[:4] + now + reply[12:16] + now + reply[24:28] + data[4:12] + reply[36:]] * 3

    with odd(thrice) as odd:
        found = run({"targets": [f"127.0.0.1:{odd.port}"], "rate": "100/s", "count": 10}, sink).probes
    assert set(found["replies"].tolist()) == {3}
    assert ((found["flags"] & ANSWERED) != 0).all()


def test_a_reply_after_the_waiting_time_is_late_and_lost(sink: Any, odd: Any) -> None:
    held: list[bytes] = []

    def later(data: bytes) -> list[bytes]:
        held.append(bytes(24) + data[:12] + bytes(8))
        time.sleep(0.25)
        return [held.pop(0)]

    with odd(later) as odd:
        config = {"targets": [f"127.0.0.1:{odd.port}"], "rate": "10/s", "count": 6, "waiting_time": "100 ms"}
        found = run(config, sink)
    assert not (found.probes["flags"] & ANSWERED).any()
    assert set(found.strays["fate"].tolist()) <= {1}
    assert len(found.strays) >= 1


def test_scapy_and_the_reflector_understand_each_other() -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        for sequence in (9, 5):
            sock.sendto(bytes(ScapySender(seq=sequence, ssid=77)), place)
            reply, peer = sock.recvfrom(2048)
            seen = ScapyReflector(reply)
            assert (peer[0], len(reply)) == (place[0], 44)
            assert (seen.seq_sender, seen.ssid, seen.ttl_sender) == (sequence, 77, 64)
            assert seen.seq == (0 if sequence == 9 else 1)
            assert reply[28:36] == bytes(ScapySender(seq=sequence, ssid=77))[4:12]


@pytest.mark.parametrize(
    ("tail", "flags"),
    [
        (b"\x80\x01\x00\x02ab", [0x00]),
        (b"\x80\xfb\x00\x00\x80\x01\x00\x00", [0x80, 0x00]),
        (b"\x80\x01\xff\xff", [0x40]),
    ],
)
def test_tlvs_come_back_with_the_flags_of_rfc_8972(tail: bytes, flags: list[int]) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(bytes(44) + tail, place)
        reply = sock.recv(2048)
    assert len(reply) == 44 + len(tail)
    at, seen = 44, []
    while at < len(reply) and len(seen) < len(flags):
        seen.append(reply[at])
        at += 4 + int.from_bytes(reply[at + 2 : at + 4], "big")
    assert seen == flags


def test_a_twamp_light_sender_of_14_bytes_is_answered_and_less_is_ignored() -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"short", place)
        sock.sendto((42).to_bytes(4, "big") + bytes(10), place)
        sock.settimeout(5)
        reply = sock.recv(2048)
        assert int.from_bytes(reply[24:28], "big") == 42
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(2048)


def test_a_reflector_on_every_address_answers_from_the_address_it_was_asked_at() -> None:
    with reflectors([("0.0.0.0", 0)]) as (place,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:  # noqa: S104 - the test is about it
        sock.settimeout(5)
        sock.sendto(bytes(44), ("127.0.3.9", place[1]))
        _reply, peer = sock.recvfrom(2048)
    assert peer == ("127.0.3.9", place[1])


def test_a_port_in_use_is_one_sentence_with_the_cure() -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,), pytest.raises(InstrumentError) as caught, reflectors([place]):
        pass
    assert f"UDP port {place[1]} on 127.0.0.1 cannot be opened" in caught.value.problem
    assert "ss -ulpn" in caught.value.cure


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"targets": ["no-such-host.invalid"]}, "cannot be found|can be found"),
        ({"targets": ["127.0.0.1"], "interface": "none0"}, "Interface none0"),
        ({"targets": ["[fe80::1]:862"]}, "cannot be reached"),
    ],
)
def test_preflight_names_what_cannot_be_reached_with_the_cure(config: dict[str, Any], words: str) -> None:
    with pytest.raises(InstrumentError, match=words) as caught:
        source_of(PROBE, {**config, "count": 1}).preflight()
    assert caught.value.cure


def test_a_source_ends_soon_when_it_is_asked_to(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,):

        def stop_after_the_first_checkpoint(state: Any) -> None:
            sink.states.append(state)
            sink.stopping = len(sink.states) > 1

        sink.checkpoint = stop_after_the_first_checkpoint
        found = run({"targets": [f"{place[0]}:{place[1]}"], "rate": "50/s", "duration": "10 min"}, sink)
    assert 1 <= len(found.probes) < 1000


def test_a_resumed_run_goes_on_with_the_same_timetable_where_it_stopped(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,):
        config = {"targets": [f"{place[0]}:{place[1]}"], "rate": "200/s", "count": 100}
        sink.state = {"seed": 7, "elapsed_ns": 300_000_000, "slots": [60]}
        found = run(config, sink).probes
    assert set(found["slot"].tolist()) <= set(range(60, 100))
    assert found["slot"][-1] > 60


SENDER = """
import sys
from pathlib import Path
from probes.network.instruments.stamp import PROBE
class Sink:
    stopping, position, config_folder = False, 0, Path()
    state = {}
    def __init__(self): self.file = open(sys.argv[1], "ab", buffering=0)
    def write(self, data): self.file.write(data)
    def event(self, kind, body): pass
    def checkpoint(self, state): pass
    def progress(self, *args): print("alive", flush=True)
given = {"targets": [sys.argv[2]], "rate": "400/s", "duration": "60 s", "waiting_time": "100 ms"}
source = PROBE.source(PROBE.settings.parse(given), Path())
source.record(Sink())
"""


def test_a_sender_killed_at_any_moment_leaves_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "0001.pcapng"
    with reflectors([("127.0.0.1", 0)]) as (place,):
        command = [sys.executable, "-c", SENDER, str(path), f"{place[0]}:{place[1]}"]
        with living(command, stdout=subprocess.PIPE, text=True) as child:
            heard_until(child, lambda said: said.count("\n") == 2)
            child.send_signal(signal.SIGKILL)
    whole = PROBE.whole(path)
    data = path.read_bytes()
    assert 0 < whole <= len(data)
    found = decoded(data[:whole]).probes
    assert len(found) > 100
    assert ((found["flags"] & ANSWERED) != 0).all(), "no probe is recorded without its fate"
    torn = np.frombuffer(data[: whole - 5], np.uint8)
    assert walk(torn).stop < whole


def test_reflectors_end_with_the_process_that_started_them() -> None:
    script = (
        "import sys, time\nfrom probes.network.live.reflector.process import reflectors\n"
        "with reflectors([('127.0.0.1', 0)]) as (place,):\n    print(place[1], flush=True)\n    time.sleep(60)\n"
    )
    with living([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        port = int(heard(parent))
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                time.sleep(0.05)
            else:
                return
    pytest.fail("the reflector outlived its parent")


@pytest.mark.parametrize("command", [["reflect"], ["serve", "reflect"]])
def test_the_command_says_its_addresses_first_and_what_it_did_last(command: list[str]) -> None:
    port = free_port()
    words = [sys.executable, "-m", "harness.cli", *command, "--listen", "127.0.0.1", "--port", str(port)]
    with living(words, stdout=subprocess.PIPE, text=True) as child:
        assert heard(child) == f"127.0.0.1 {port}\n"
        child.send_signal(signal.SIGTERM)
        assert json.loads(rest(child))["reflected"] == 0
        assert child.wait(10) == 0


def test_a_service_brings_its_own_arguments() -> None:
    words = [sys.executable, "-m", "harness.cli", "reflect"]
    told = subprocess.run([*words, "--help"], capture_output=True, text=True, check=True).stdout
    assert "--time-format" in told
    for wrong in (["--port", "0"], ["--time-format", "utc"], ["--speed", "1"]):
        assert subprocess.run([*words, *wrong], capture_output=True, check=False).returncode == 2


def test_yanshou_reflect_serves_until_a_signal(tmp_path: Path) -> None:
    script = (
        "from probes.network.live.reflector.serve import serve\n"
        "print(serve(['127.0.0.1'], 0, lambda found: print(found[0][1], flush=True)).reflected)"
    )
    with living([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        port = int(heard(child))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.sendto(bytes(44), ("127.0.0.1", port))
            assert len(sock.recv(100)) == 44
        child.send_signal(signal.SIGTERM)
        assert rest(child).strip() == "1"
        assert child.wait(10) == 0


def test_the_timer_fires_at_its_time_and_not_before() -> None:
    import select

    with Timer() as timer, select.epoll() as waiting:
        waiting.register(timer.fd, select.EPOLLIN)
        wake = time.monotonic_ns() + 3_000_000
        timer.arm(wake)
        assert waiting.poll(5)
        assert time.monotonic_ns() >= wake
        timer.clear()
        assert not waiting.poll(0)


def test_the_offset_of_the_clocks_is_the_systems() -> None:
    assert abs(clock_offset_ns() - (time.time_ns() - time.monotonic_ns())) < 50_000_000


@pytest.fixture
def two_hosts(netns: None) -> Iterator[tuple[str, str]]:
    """Two namespaces joined by a veth pair: 10.77.0.1 and fd77::1 here, 10.77.0.2 and fd77::2 there."""
    names = (f"ys-a-{os.getpid()}", f"ys-b-{os.getpid()}")

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "veth", "netns", names[0], "type", "veth", "peer", "name", "veth", "netns", names[1])
        for number, name in enumerate(names, 1):
            ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "veth")
            ip("-n", name, "-6", "addr", "add", f"fd77::{number}/64", "dev", "veth", "nodad")
            ip("-n", name, "link", "set", "veth", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


RECORD = """
import json, sys
from pathlib import Path
from probes.network.instruments.stamp import PROBE
class Sink:
    stopping, position, config_folder = False, 0, Path()
    state = {}
    def write(self, data): sys.stdout.buffer.write(data)
    def event(self, kind, body): pass
    def checkpoint(self, state): pass
    def progress(self, *args): pass
source = PROBE.source(PROBE.settings.parse(json.loads(sys.argv[1])), Path())
source.preflight()
source.record(Sink())
"""


def in_namespace(name: str, *command: str, **options: Any) -> AbstractContextManager[subprocess.Popen[Any]]:
    return living(["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE, **options)


@pytest.mark.parametrize("address", ["10.77.0.2", "fd77::2"])
def test_counted_loss_is_exactly_what_the_firewall_counted(
    address: str, two_hosts: tuple[str, str], peer: Callable[[str], str], judge: Callable[..., Any]
) -> None:
    """Nft drops exactly one datagram in 2000 (0.05 %) on the way in; its counter is the truth."""
    sender, target = two_hosts
    nft = peer("nft")
    rules = (
        "add table inet t; add chain inet t c { type filter hook input priority 0 ; };"
        "add rule inet t c udp dport 7001 numgen inc mod 2000 1999 counter drop"
    )
    subprocess.run(["ip", "netns", "exec", target, nft, rules], check=True)
    serve = f"from probes.network.live.reflector.serve import serve; serve(['{address}'], 7001, lambda _: print('on', flush=True))"
    config = {"targets": [f"[{address}]:7001"], "rate": "1000/s", "count": 4000, "waiting_time": "300 ms", "seed": 1}
    with in_namespace(target, sys.executable, "-c", serve) as reflector:
        assert heard(reflector) == b"on\n"
        try:
            with in_namespace(sender, sys.executable, "-c", RECORD, json.dumps(config)) as recording:
                data, _ = recording.communicate(timeout=120)
        finally:
            reflector.send_signal(signal.SIGTERM)
    listed = subprocess.run(
        ["ip", "netns", "exec", target, nft, "list ruleset"], check=True, capture_output=True, text=True
    )
    dropped = int(re.search(r"counter packets (\d+)", listed.stdout)[1])
    assert recording.returncode == 0
    found = judge(data, "network.loss", "ratio", {}, "<= 0.1 %", {"longest_credible_burst": "1 packet"})
    packets = found.estimate.diagnostics["packets"]
    assert packets["sent"] + packets["unsent"] == 4000
    assert packets["lost"] == dropped == packets["sent"] // 2000
    assert dropped >= 1


def test_what_a_full_socket_buffer_lost_is_told_exactly_by_the_kernel() -> None:
    """A small buffer and a burst nobody reads: received plus told lost is all that was sent."""
    sock = open_socket(socket.AF_INET, transmit_times=False)
    with sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind(("127.0.0.1", 0))
        for _ in range(300):
            sender.sendto(bytes(44), sock.getsockname())
        room, seen, got, told = mail(2048), np.zeros(6, np.int64), 0, 0
        for last in (False, True):
            if last:
                sender.sendto(bytes(44), sock.getsockname())
            while (count := receive(sock.fileno(), room.headers, 0)) > 0:
                got += count
                for place in range(count):
                    controls(room.controls[place], room.headers[place, 5], seen)
                    told = max(told, int(seen[DROPPED]))
                fresh(room.headers, count)
    assert told > 0
    assert got + told == 301


def test_sixty_four_targets_of_both_families_run_from_one_sender(sink: Any) -> None:
    places = [*((f"127.0.2.{number}", 0) for number in range(1, 61)), *(("::1", 0),) * 4]
    with reflectors(places) as opened:
        targets = [{"address": host, "port": port} for host, port in opened]
        found = run({"targets": targets, "rate": "20/s", "count": 20, "schedule": "poisson"}, sink)
    probes = found.probes
    unsent = sum(sum(event.detail.get("unsent", {}).values()) for event in probes.events)
    assert len(probes) + unsent == 64 * 20
    assert unsent < 64, "a stalled host may cost a few slots"
    assert ((probes["flags"] & ANSWERED) != 0).all()
    for target in range(64):
        mine = probes["target"] == target
        assert probes["sequence"][mine].tolist() == list(range(int(mine.sum())))
