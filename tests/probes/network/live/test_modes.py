# SPDX-License-Identifier: Apache-2.0
"""Real sockets: authenticated sessions, wrong keys, both time formats, DSCP, bursts, load, ICMP echo."""

import os
import socket
import subprocess
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.plugins import Asked, Trace
from harness.testing import Question
from probes.network.digests.round_trips import round_trips
from probes.network.instruments.icmp import PROBE as ICMP
from probes.network.instruments.stamp import PROBE
from probes.network.instruments.tcp import PROBE as TCP
from probes.network.live.load import Stretch
from probes.network.live.reflector.process import reflectors
from probes.network.measurands.view import Evidence, path, remarks
from probes.network.traces.session import ANSWERED, FORGED
from probes.network.traces.stamp import decode, read_header
from tests.probes.network.conftest import Sink
from tests.probes.network.made import codes
from tests.probes.network.recording import source_of

KEY = "a shared key of at least sixteen bytes"


@pytest.fixture(autouse=True)
def short_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.network.live.calibration.PACKETS", 20)
    monkeypatch.setenv("STAMP_TEST_KEY", KEY)


def run(config: dict[str, Any], sink: Any) -> Any:
    source = source_of(PROBE, {"waiting_time": "300 ms", "seed": 7, "rate": "200/s", "count": 40, **config})
    source.preflight()
    source.record(sink)
    return decoded(bytes(sink.data))


def decoded(data: bytes) -> Any:
    column = np.frombuffer(data, np.uint8)
    return decode(column, 0, read_header(column))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_authenticated_session_with_every_extension_answers_in_mixed_time_formats(host: str, sink: Any) -> None:
    extensions = ["timestamp-information", "class-of-service", "direct-measurement"]
    with reflectors([(host, 0)], key=KEY.encode(), ptp=True) as (place,):
        target = {"address": place[0], "port": place[1]}
        config = {"targets": [target], "key": "env:STAMP_TEST_KEY", "extensions": extensions, "dscp": 46}
        found = run({**config, "size": ["164 B", "600 B"]}, sink)
    probes = found.probes
    assert found.header["mode"] == "authenticated"
    assert set(probes["size"].tolist()) == {164, 600}
    assert ((probes["flags"] & ANSWERED) != 0).all()
    assert round_trips(probes).valid.all()
    assert (probes["t1_user"] <= probes["t2"]).all(), "NTP out, PTP back, one time scale"
    assert (probes["t2"] - probes["t1_user"] < 10**9).all()
    assert set(probes["traffic_class"].tolist()) == {46 << 2}, "the class of service asked for comes back"
    assert set((probes["reflector_error"] >> 14 & 1).tolist()) == {1}
    assert KEY.encode() not in bytes(sink.data)


def test_a_wrong_key_is_counted_at_both_ends_and_answers_nothing(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)], key=b"another key, also long enough") as (place,):
        found = run({"targets": [f"127.0.0.1:{place[1]}"], "key": "env:STAMP_TEST_KEY", "count": 10}, sink)
    assert len(found.probes) > 0
    assert not (found.probes["flags"] & ANSWERED).any(), "the reflector discards what it cannot authenticate"


def test_replies_with_a_wrong_hmac_are_kept_in_the_trace_and_said(
    sink: Any, judge: Callable[..., Any], odd: Any
) -> None:
    with odd(lambda data: [data[:48] + data[:4] + bytes(12) + data[16:26] + bytes(38)]) as odd:
        found = run({"targets": [f"127.0.0.1:{odd.port}"], "key": "env:STAMP_TEST_KEY", "count": 10}, sink)
    sent = len(found.probes)
    assert sent > 0
    assert found.strays["fate"].tolist() == [FORGED] * sent
    counts = [event.detail["counts"] for event in found.probes.events if "counts" in event.detail]
    assert sum(each.get("wrong_hmac", 0) for each in counts) == sent
    outcome = judge(bytes(sink.data), "network.loss", "ratio")
    assert "network.wrong-hmac" in {each.code for each in outcome.remarks}


def test_bursts_leave_together_and_the_rate_is_kept(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,):
        config = {"targets": [f"127.0.0.1:{place[1]}"], "schedule": "burst", "burst": 8, "rate": "80/s", "count": 24}
        probes = run(config, sink).probes
    gaps = np.diff(probes["scheduled"][np.diff(probes["slot"], append=99) == 1])
    assert len(probes) > 0
    assert set(np.unique(gaps // 50_000).tolist()) & {1, 2}, "0.1 ms within a burst"
    assert probes["scheduled"].max() - probes["scheduled"].min() > 190_000_000


def two_phases() -> Any:
    """A campaign in two phases over real sockets: idle, two steps up to the declared rate, performance at it."""
    with pytest.MonkeyPatch.context() as patch, reflectors([("127.0.0.1", 0)]) as (place,):
        patch.setattr("probes.network.live.calibration.PACKETS", 20)
        sink = Sink()
        config = {"targets": [f"127.0.0.1:{place[1]}"], "rate": "100/s", "count": 40, "load": "2 Mbit/s"}
        run({**config, "load_steps": 2, "load_step": "1 s"}, sink)
        return sink


def test_the_declared_rate_is_reached_in_steps_before_performance_is_measured_at_it() -> None:
    sink = two_phases()
    found = decoded(bytes(sink.data))
    assert [each["condition"] for each in found.header["targets"]] == ["idle", "step-1", "step-2", "load"]
    assert found.header["load_steps_bit_s"] == [1_000_000, 2_000_000]
    due = [found.probes["scheduled"][found.probes["target"] == index] for index in range(4)]
    assert all(before.max() < after.min() for before, after in pairwise(due))
    told = [detail for name, detail in sink.events if name == "run-begun"]
    assert [(each["condition"], each["load_bit_s"]) for each in told] == [
        ("idle", 0), ("step-1", 1_000_000), ("step-2", 2_000_000), ("load", 2_000_000),
    ]  # fmt: skip


def test_what_was_sent_beside_each_step_is_counted_and_listed(judge: Callable[..., Any]) -> None:
    asked = ("network.loss", "ratio", {"load": "required"}, "<= 1 %")
    for _ in range(5):  # a busy machine may send less than it owes, and then the verdict has to say so
        data = bytes(two_phases().data)
        found = judge(data, *asked, practice=True)
        if not codes(found.invalid) & {"network.steps-not-reached", "network.load-not-reached"}:
            break
    assert not codes(found.invalid)
    assert not codes(found.missing) & {"network.no-load", "network.no-configuration", "network.steps-lossy"}
    first, second = found.listing["steps"]
    assert (first["step"], first["rate_mbit_s"], second["rate_mbit_s"]) == (1, 1.0, 2.0)
    assert all(each["reached"].en == "yes" and each["sent"] > 10 and not each["lost"] for each in (first, second))
    assert 0.9 < first["sent_mbit_s"] < 1.1
    assert 1.8 < second["sent_mbit_s"] < 2.2
    assert len(found.listing["nodes"]) == 2, "idle and under load"
    again = judge(data, *asked, practice=True)
    assert again.listing == found.listing, "the same from the record alone"


def test_a_load_that_cannot_be_sent_leaves_nothing_proven(
    sink: Any, judge: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that sends it ends at once: no byte is no load, however well the probes did."""
    monkeypatch.setattr("probes.network.live.stamp.Stretch", lambda *_: Stretch("x", 0, 1, 1))
    with reflectors([("127.0.0.1", 0)]) as (place,):
        config = {"targets": [f"127.0.0.1:{place[1]}"], "count": 20, "load": "2 Mbit/s", "load_step": "100 ms"}
        run({**config, "load_steps": 1, "waiting_time": "100 ms"}, sink)
    found = judge(bytes(sink.data), "network.loss", "ratio", {"load": "required"}, "<= 1 %", practice=True)
    assert codes(found.invalid) == {"network.load-not-reached", "network.steps-not-reached"}


def recorded(probe: Any, config: dict[str, Any], sink: Any, tmp_path: Path) -> Any:
    """Record, then the summary of the trace in the one piece that it is."""
    source = source_of(probe, {"waiting_time": "300 ms", "seed": 7, "rate": "40/s", "count": 10, **config})
    source.preflight()
    source.record(sink)
    path = tmp_path / f"0001.{probe.extension}"
    path.write_bytes(bytes(sink.data))
    assert probe.whole(path) == len(sink.data)
    trace = Trace("s01.x", "x", probe.name, 1, (path,), None)
    parts = [probe.summarise(chunk, Asked()) for chunk in probe.chunks(trace)]
    return reduce(lambda left, right: left.merge(right), parts)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_icmp_echo_answers_from_any_host_and_is_labelled(host: str, sink: Any, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("raw ICMP sockets need root or CAP_NET_RAW")
    found = recorded(ICMP, {"targets": [{"address": host}], "size": ["44 B", "200 B"]}, sink, tmp_path)
    (node,) = found.nodes.values()
    assert node.n > 0
    assert node.counts["answered"] == node.n
    assert node.counts["one_way"] == 0
    assert node.rtt.low > 0
    asked = Question("network.rtt", "quantile", "<= 2 ms").request
    codes = {each.code for each in remarks(Evidence((node,), (found,)), asked)} | {
        each.code for each in path(Evidence((node,), (found,)), asked)
    }
    assert {"network.icmp-echo", "network.path-is-loopback"} <= codes


def test_icmp_packets_in_the_trace_are_icmp_to_another_dissector(
    sink: Any, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("raw ICMP sockets need root or CAP_NET_RAW")
    found = recorded(ICMP, {"targets": ["127.0.0.1"], "count": 5}, sink, tmp_path)
    (node,) = found.nodes.values()
    command = [peer("tshark"), "-r", str(tmp_path / "0001.pcapng"), "-T", "fields", "-e", "icmp.type"]
    done = subprocess.run([*command, "-e", "icmp.checksum.status"], capture_output=True, check=True, text=True)
    kinds = [line.split()[0] for line in done.stdout.splitlines()]
    assert (kinds.count("8"), kinds.count("0")) == (node.n, node.counts["answered"])


def test_tcp_connects_measure_open_and_closed_ports_and_count_timeouts(sink: Any, tmp_path: Path) -> None:
    with socket.socket() as listening, socket.socket() as taken:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        taken.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (listening, taken)]
        found = recorded(TCP, {"targets": [f"127.0.0.1:{port}" for port in ports]}, sink, tmp_path)
    served, refused = (next(node for node in found.nodes.values() if node.port == port) for port in ports)
    assert served.n > 0
    assert served.counts["answered"] == served.n
    assert served.counts["kernel_rx"] > 0, "the kernel's own SYN to SYN-ACK time"
    assert refused.counts["answered"] == refused.n, "a reset is an answer of the host's"
    assert found.modes == {"tcp"}


def test_a_torn_or_spoilt_record_of_connects_keeps_what_is_whole(sink: Any, tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        recorded(TCP, {"targets": [f"127.0.0.1:{listening.getsockname()[1]}"]}, sink, tmp_path)
    path = tmp_path / "torn.tcp"
    path.write_bytes(bytes(sink.data)[:-3] + b"\xff,1,2\n9,9,9,9,9,9,9\n{]\n")
    (chunk,) = TCP.chunks(Trace("s01.x", "x", TCP.name, 1, (path,), None))
    found = TCP.summarise(chunk, Asked())
    assert found.damaged >= 1
    assert sum(node.n for node in found.nodes.values()) > 0
    path.write_bytes(b"\x00garbage")
    (chunk,) = TCP.chunks(Trace("s01.x", "x", TCP.name, 1, (path,), None))
    assert TCP.summarise(chunk, Asked()).damaged == 1
