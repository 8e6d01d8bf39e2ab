# SPDX-License-Identifier: Apache-2.0
"""Between network namespaces: a predicted delay, a firewall, an interface that disappears, losses on one way only."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probes.network.digests.round_trips import round_trips
from probes.network.traces.session import ANSWERED
from probes.network.traces.stamp import decode, read_header
from tests.waiting import heard, living

RECORD = """
import json, sys
from pathlib import Path
from harness.installed import probe
from probes.network.live import calibration
calibration.PACKETS = 20
class Sink:
    stopping, position, config_folder = False, 0, Path()
    state = {}
    def write(self, data): sys.stdout.buffer.write(data); sys.stdout.flush()
    def event(self, kind, body): pass
    def checkpoint(self, state): pass
    def progress(self, *args): pass
found = probe(sys.argv[2])
source = found.source(found.settings.parse(json.loads(sys.argv[1])), Path())
source.preflight()
source.record(Sink())
"""
FORWARD, BACK = "10.78.0.1", "10.78.0.2"
ONE = {"longest_credible_burst": "1 packet"}


@pytest.fixture
def hosts(netns: None) -> Iterator[tuple[str, str]]:
    """Two namespaces joined by a veth pair, 10.78.0.1 and 10.78.0.2."""
    names = (f"ys-c-{os.getpid()}", f"ys-d-{os.getpid()}")
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "veth", "netns", names[0], "type", "veth", "peer", "name", "veth", "netns", names[1])
        for name, address in zip(names, (FORWARD, BACK), strict=True):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "veth")
            ip("-n", name, "link", "set", "veth", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def inside(name: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", "netns", "exec", name, *command], check=True, capture_output=True, text=True)


@contextmanager
def reflecting(name: str, key: str = "") -> Iterator[None]:
    """`yanshou reflect` in the namespace."""
    serve = f"from probes.network.live.reflector.serve import serve; serve(['{BACK}'], 7001, lambda _: print('on', flush=True), key='{key}')"
    command = ["ip", "netns", "exec", name, sys.executable, "-c", serve]
    with living(command, stdout=subprocess.PIPE) as child:
        assert heard(child) == b"on\n"
        try:
            yield
        finally:
            child.send_signal(signal.SIGTERM)


@contextmanager
def recording(name: str, config: dict[str, Any], probe: str = "network.stamp") -> Iterator[subprocess.Popen[bytes]]:
    settings = json.dumps({"targets": [f"{BACK}:7001"], "waiting_time": "300 ms", "seed": 1, **config})
    command = ["ip", "netns", "exec", name, sys.executable, "-c", RECORD, settings, probe]
    with living(command, stdout=subprocess.PIPE, bufsize=0) as child:
        yield child


def recorded(name: str, config: dict[str, Any], probe: str = "network.stamp") -> bytes:
    with recording(name, config, probe) as child:
        data, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    return bytes(data)


def decoded(data: bytes) -> Any:
    column = np.frombuffer(data, np.uint8)
    return decode(column, 0, read_header(column)).probes


def rules(name: str, nft: str, hook: str, match: str) -> None:
    table = (
        f"add table inet t; add chain inet t c {{ type filter hook {hook} priority 0 ; }}; add rule inet t c {match}"
    )
    inside(name, nft, table)


def dropped(name: str, nft: str) -> int:
    found = re.search(r"counter packets (\d+)", inside(name, nft, "list ruleset").stdout)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(("hook", "way"), [("input", "lost_forward"), ("output", "lost_backward")])
def test_authenticated_losses_are_blamed_on_the_way_where_the_firewall_dropped_them(
    hook: str,
    way: str,
    hosts: tuple[str, str],
    peer: Callable[[str], str],
    judge: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAMP_TEST_KEY", "a shared key of at least sixteen bytes")
    nft, port = peer("nft"), {"input": "dport", "output": "sport"}[hook]
    rules(hosts[1], nft, hook, f"udp {port} 7001 numgen inc mod 100 50 counter drop")
    with reflecting(hosts[1], "env:STAMP_TEST_KEY"):
        data = recorded(hosts[0], {"rate": "500/s", "count": 1520, "key": "env:STAMP_TEST_KEY"})
    node = judge(data, "network.loss", "ratio", {}, "", ONE).listing["nodes"][0]
    assert dropped(hosts[1], nft) >= 9
    assert node["lost"] == dropped(hosts[1], nft)
    if way == "lost_forward":
        assert (node["lost_forward"], node["lost_backward"]) == (node["lost"], 0)
    else:
        assert (node["lost_forward"], node["lost_backward"]) == (None, None), "or the reflector merely copies numbers"


def test_losses_by_chance_are_as_many_as_the_firewall_counted(
    hosts: tuple[str, str], peer: Callable[[str], str], judge: Callable[..., Any]
) -> None:
    nft = peer("nft")
    rules(hosts[1], nft, "input", "udp dport 7001 numgen random mod 10000 < 100 counter drop")
    with reflecting(hosts[1]):
        data = recorded(hosts[0], {"rate": "1000/s", "count": 2000})
    node = judge(data, "network.loss", "ratio", {}, "", ONE).listing["nodes"][0]
    assert 0 < node["lost"] == dropped(hosts[1], nft)


def test_a_shaped_path_has_the_delay_its_queue_predicts(
    hosts: tuple[str, str], peer: Callable[[str], str], judge: Callable[..., Any]
) -> None:
    """Replies of a burst through 64 kbit/s: the fourth waits for three frames less what the bucket holds; others may add."""
    size, rate, bucket = 1400, 64_000, 1500
    wire = size + 8 + 20 + 14
    shape = f"qdisc add dev veth root tbf rate {rate}bit burst {bucket} limit 9000"
    inside(hosts[1], peer("tc"), *shape.split())
    with reflecting(hosts[1]):
        data = recorded(
            hosts[0],
            {"schedule": "burst", "burst": 4, "rate": "2/s", "count": 8, "size": f"{size} B", "waiting_time": "2 s"},
        )
    found = judge(data, "network.rtt", "quantile", {"q": "99 %", "lost": "over-limit"}, "<= 2 s", ONE)
    queued = (4 * wire - bucket) * 8 / rate * 1000
    assert queued - 1 <= found.estimate.value < 10 * queued


def test_a_firewall_that_drops_everything_is_one_clear_sentence(
    hosts: tuple[str, str], peer: Callable[[str], str], judge: Callable[..., Any]
) -> None:
    rules(hosts[1], peer("nft"), "input", "udp dport 7001 counter drop")
    with reflecting(hosts[1]):
        data = recorded(hosts[0], {"rate": "100/s", "count": 20})
    found = judge(data, "network.rtt", "quantile", {"q": "99 %"}, "<= 2 ms", ONE)
    assert [each.code for each in found.invalid] == ["network.no-answer"]
    assert "firewalls" in found.invalid[0].text.en


def test_an_interface_that_disappears_leaves_what_was_measured_and_counts_the_rest_as_unsent(
    hosts: tuple[str, str], judge: Callable[..., Any]
) -> None:
    with reflecting(hosts[1]), recording(hosts[0], {"rate": "100/s", "count": 300, "interface": "veth"}) as child:
        assert child.stdout is not None
        first = b""
        while len(first) < 10_000:
            more = child.stdout.read(10_000)
            assert more, "the sender ended"
            first += more
        ip("-n", hosts[0], "link", "delete", "veth")
        rest, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    packets = judge(first + rest, "network.loss", "ratio", {}, "", ONE).estimate.diagnostics["packets"]
    assert packets["sent"] >= 20
    assert packets["unsent"] > 0, packets
    assert packets["sent"] + packets["unsent"] == 300


def test_icmp_uses_an_unprivileged_ping_socket_where_the_group_may(
    hosts: tuple[str, str], judge: Callable[..., Any]
) -> None:
    inside(hosts[0], "sysctl", "-w", "net.ipv4.ping_group_range=0 2147483647")
    data = recorded(hosts[0], {"targets": [BACK], "rate": "100/s", "count": 30}, "network.icmp")
    found = judge(data, "network.loss", "ratio", {}, "", ONE)
    assert found.estimate.diagnostics["packets"]["lost"] == 0
    assert "network.icmp-echo" in {each.code for each in found.remarks}


def test_icmp_without_the_privilege_is_one_sentence_with_the_cure(
    hosts: tuple[str, str], peer: Callable[[str], str]
) -> None:
    script = (
        "from pathlib import Path\nfrom harness.errors import InstrumentError\nfrom probes.network.instruments.icmp import PROBE\n"
        "try:\n    given = PROBE.settings.parse({'targets': ['127.0.0.1'], 'count': 1})\n    PROBE.source(given, Path()).preflight()\n"
        "except InstrumentError as error:\n    print(error.cure)\n"
    )
    command = ["ip", "netns", "exec", hosts[0], peer("setpriv"), "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    done = subprocess.run([*command, sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "ping_group_range" in done.stdout


def test_every_loss_copy_and_overtaking_is_what_the_path_itself_recorded(
    netns: None, judge: Callable[..., Any]
) -> None:
    """Losses by way, copies and overtaking agree exactly with the record of a TUN relay; no delay is shorter than it held a packet."""
    if not Path("/dev/net/tun").exists():
        pytest.skip("this kernel has no TUN devices")
    names = (f"ys-e-{os.getpid()}", f"ys-f-{os.getpid()}")
    relay = [sys.executable, str(Path(__file__).with_name("tun_relay.py")), *names, "7"]
    try:
        for name in names:
            ip("netns", "add", name)
        with living(relay, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as path:
            assert heard(path) == "on\n"
            for name, own, other in zip(names, (FORWARD, BACK), (BACK, FORWARD), strict=True):
                ip("-n", name, "addr", "add", own, "peer", other, "dev", "path0")
                ip("-n", name, "link", "set", "path0", "up")
                ip("-n", name, "link", "set", "lo", "up")
            with reflecting(names[1]):
                data = recorded(names[0], {"rate": "400/s", "count": 800, "schedule": "poisson"})
            truth = json.loads(path.communicate("", timeout=60)[0])
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    node = judge(data, "network.loss", "ratio", {}, "", ONE).listing["nodes"][0]
    probes = decoded(data)
    dropped = [{sequence for way, sequence, fate, _ in truth if way == at and fate == "dropped"} for at in (0, 1)]
    answered = (probes["flags"] & ANSWERED) != 0
    lost = set(probes["sequence"][~answered].tolist())
    assert min(len(each) for each in dropped) > 10
    assert lost == dropped[0] | dropped[1]
    last = int(probes["sequence"][answered].max())
    before = [sum(sequence < last for sequence in each) for each in dropped]
    assert [node["lost_forward"], node["lost_backward"]] == before
    back = [(sequence, fate) for way, sequence, fate, _ in truth if way == 1 and fate != "dropped"]
    assert node["duplicate"] == sum(fate == "copied" for _, fate in back) > 10
    first = list(dict.fromkeys(sequence for sequence, _fate in back))
    assert node["reordered"] == sum(each < max(first[: at + 1]) for at, each in enumerate(first)) > 10
    held: dict[int, dict[int, int]] = {0: {}, 1: {}}
    for way, sequence, fate, held_ns in truth:
        if fate != "dropped":
            held[way].setdefault(sequence, held_ns)
    times = round_trips(probes).corrected[answered]
    least = [held[0][each] + held[1][each] for each in probes["sequence"][answered].tolist()]
    assert (times >= np.array(least)).all()
