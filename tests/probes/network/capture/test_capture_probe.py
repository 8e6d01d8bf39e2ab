# SPDX-License-Identifier: Apache-2.0
"""Captures of others as evidence: the numbers of ``analyse network``, and no verdict that the capture cannot carry."""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import profiles
from harness.campaign import run
from harness.errors import UsageError
from harness.model import About, Verdict
from harness.plugins import Asked, Input, Trace
from harness.replay import replay
from harness.testing import MemorySink, Question, check_probe
from probes.network.analyse import analyse_network
from probes.network.digests.paths import PathSummary
from probes.network.instruments.capture import PROBE
from tests.probes.network.made import ONE, P99, Answer, asked, codes
from tests.probes.network.recording import source_of, wrong_in

MS = 1_000_000
END = 10**10  # a packet this long after the session lets the capture end after every waiting time


def question(measurand: str, limit: str) -> Question:
    statistic = "ratio" if measurand == "network.loss" else "quantile"
    return Question(measurand, statistic, limit, P99 if statistic == "quantile" else {}, ONE)


def traced(paths: Sequence[str], config: dict[str, Any]) -> Trace:
    given = {"file": "c.pcap", **config}
    given |= {"down": "down.pcap"} if config.get("pairing") == "two-point" else {}
    return Trace("s01.x", "capture", PROBE.name, 1, tuple(map(Path, paths)), PROBE.settings.parse(given))


def summary(
    paths: Sequence[str], config: dict[str, Any], limit: str = "<= 2 ms", measurand: str = "network.rtt"
) -> PathSummary:
    trace = traced(paths, config)
    (chunk,) = PROBE.chunks(trace)
    return PROBE.summarise(chunk, Asked((question(measurand, limit).ask,), trace.settings))


def judged(
    measurand: str, paths: Sequence[str], config: dict[str, Any] | None = None, limit: str = "<= 2 ms"
) -> Answer:
    found = summary(paths, config or {}, limit, measurand)
    given = Input(PROBE.name, "capture", found, traced(paths, config or {}))
    return asked([given], question(measurand, limit))


def exchange(frames: Any, count: int, trip: int = 800_000, lost: Sequence[int] = ()) -> list[tuple[int, bytes]]:
    """A STAMP session at 1 kHz that ends well before the capture does."""
    records = []
    for number in range(count):
        at = frames.T0 + number * MS + 137 * number % 1009
        records.append(frames.asked(number, at))
        if number not in lost:
            records.append(frames.answered(number, at + trip + 7 * number))
    return [*records, frames.ping(1, frames.T0 + END)]


def test_a_session_has_the_numbers_of_analyse(session: Any, frames: Any, files: Any, write: Any) -> None:
    path = write(files.pcap([*session, frames.ping(1, frames.T0 + END)]))
    found = summary([path], {})
    (node,) = found.nodes.values()
    test = analyse_network([path])["files"][0]["tests"][0]
    assert (node.address, node.port) == ("10.0.0.2", 862)
    for ours, theirs in (("sent", "sent"), ("answered", "received"), ("lost", "lost"), ("late", "late")):
        assert node.counts[ours] == test[theirs], ours
    assert (node.counts["duplicate"], node.counts["reordered"]) == (test["duplicate"], test["reordered"])
    assert (node.raw.low, node.raw.high) == (test["rtt_ns"]["min"], test["rtt_ns"]["max"])
    assert (node.rtt.low, node.rtt.total) == (
        test["network_rtt_ns"]["min"],
        round(test["network_rtt_ns"]["mean"] * node.rtt.n),
    )
    assert (node.ttl, node.counts["one_way"], node.counts["stalled"]) == ((64, 64), 0, 0)
    assert found.modes == {"capture"}


def test_what_was_sent_in_the_last_waiting_time_is_not_judged(session: Any, files: Any, write: Any) -> None:
    records = session[:-1]  # without the late reply
    found = summary([write(files.pcap(records))], {"waiting_time": "100 ms"})
    (node,) = found.nodes.values()
    last = records[-1][0]
    expected = [time for time, data in records if len(data) == 86 and data[29] == 1 and time <= last - 100 * MS]
    assert 0 < node.counts["sent"] == len(expected) < 300


@pytest.mark.parametrize("pairing", ["icmp", "tcp", "field"])
def test_other_pairings_count_what_analyse_counts(
    pairing: str, shared_data: Callable[..., Path], frames: Any, files: Any, write: Any
) -> None:
    path = str(shared_data("network", "pcap", "tcpreplay", "test.pcap"))
    options: dict[str, Any] = {}
    config: dict[str, Any] = {"pairing": pairing, "waiting_time": "120 ms"}
    if pairing == "field":
        options = {"port": [862], "field": "4:4"}
        config |= {"port": 862, "field": "4:4"}
        records = [frames.asked(number, frames.T0 + number * MS) for number in range(50)]
        records += [(time + 1000, turned(data)) for time, data in records if time != frames.T0 + 7 * MS]
        path = write(files.pcap([*sorted(records), frames.ping(1, frames.T0 + END)]))
    found = summary([path], config)
    tests = [
        test
        for test in analyse_network([path], waiting_time="120 ms", **options)["files"][0]["tests"]
        if test["kind"] == pairing
    ]
    nodes = found.nodes.values()
    answered, unsettled = sum(node.counts["answered"] for node in nodes), int(pairing == "icmp")  # the last ping
    assert answered + unsettled == sum(test["received"] for test in tests) > 5
    assert max(node.raw.high for node in nodes if node.raw.n) == max(test["rtt_ns"].get("max", 0) for test in tests)
    assert ("icmp" in found.modes) == (pairing == "icmp")


def turned(frame: bytes) -> bytes:
    """The same frame on its way back."""
    return frame[:26] + frame[30:34] + frame[26:30] + frame[36:38] + frame[34:36] + frame[38:]


def test_nodes_are_those_that_answer_or_those_that_ask(frames: Any, files: Any, write: Any) -> None:
    path = write(files.pcap(exchange(frames, 5)))
    for nodes, address in (("answering", "10.0.0.2"), ("asking", "10.0.0.1")):
        found = summary([path], {"nodes": nodes})
        assert [node.address for node in found.nodes.values()] == [address]


def test_a_fine_capture_measures_proves_nothing_alone_and_says_whose_it_is(frames: Any, files: Any, write: Any) -> None:
    path = write(files.pcap(exchange(frames, 600, lost=[300])))
    given = [Input(PROBE.name, "capture", summary([path], {}), traced([path], {}))]
    of_window = asked(given, replace(question("network.rtt", "<= 2 ms"), about=About.WINDOW))
    assert of_window.estimate is not None
    assert of_window.estimate.upper is not None
    assert of_window.estimate.upper < 2
    found = judged("network.rtt", [path])
    assert found.estimate is not None
    assert (found.estimate.value, found.estimate.upper) == (pytest.approx(0.8, abs=0.1), None)
    for each, why in ((of_window, "network.not-random"), (found, "network.too-few-sessions")):
        assert (each.invalid, codes(each.missing)) == ((), {why})
        assert each.judgement.verdict is Verdict.INCONCLUSIVE
    assert "network.third-party-capture" in codes(found.remarks)
    share = judged("network.loss", [path], limit="<= 5 %")
    assert share.estimate is not None
    assert share.estimate.value == pytest.approx(1 / 600)


@pytest.mark.parametrize("per_second", [10, 1000])
def test_times_coarser_than_a_tenth_of_the_limit_decide_nothing(
    per_second: int, frames: Any, files: Any, write: Any
) -> None:
    resolution = {10: 1, 1000: 3}[per_second]
    blocks = [files.enhanced(time * per_second // 10**9, data) for time, data in exchange(frames, 400)]
    path = write(files.section() + files.interface(resolution=resolution) + b"".join(blocks))
    assert codes(judged("network.rtt", [path]).invalid) == {"network.resolution-too-coarse"}


def test_drops_of_the_capture_forbid_a_verdict_on_loss(frames: Any, files: Any, write: Any) -> None:
    drops = files.block(5, struct.pack("<III", 0, 0, 0) + struct.pack("<HHQ", 5, 8, 12) + bytes(4))
    path = write(files.pcapng(exchange(frames, 600)) + drops)
    assert codes(judged("network.loss", [path], limit="<= 5 %").invalid) == {"network.capture-drops"}
    assert "network.capture-drops" in codes(judged("network.rtt", [path]).remarks)


def test_a_cut_capture_keeps_what_is_whole_and_says_so(frames: Any, files: Any, write: Any) -> None:
    found = judged("network.rtt", [write(files.pcap(exchange(frames, 600))[:-30])], {"waiting_time": "10 ms"})
    assert found.estimate is not None
    assert "network.trace-damaged" in codes(found.remarks)
    assert summary([write(b"nothing of the kind")], {}).damaged == 1


def two_points(frames: Any, files: Any, write: Any, delay: int = 400_000) -> list[str]:
    up = [frames.asked(number, frames.T0 + number * MS + 31 * number % 97) for number in range(700)]
    down = [(time + delay + 3 * at, data) for at, (time, data) in enumerate(up) if at != 350]
    end = frames.ping(1, frames.T0 + END)
    return [write(files.pcap([*up, end]), "up.pcap"), write(files.pcap([*down, end]), "down.pcap")]


def test_two_points_prove_a_one_way_delay_when_their_clocks_are_vouched_for(
    frames: Any, files: Any, write: Any
) -> None:
    paths, config = two_points(frames, files, write), {"pairing": "two-point", "clock_error": "1 us"}
    found = judged("network.owd", paths, config)
    assert found.estimate is not None
    assert found.invalid == ()
    assert found.estimate.diagnostics["directions"] == 1
    assert found.estimate.value == pytest.approx(0.402, abs=0.001)
    assert found.estimate.allowance == pytest.approx(0.001, rel=0.02), "the clocks' error is a hard bound"
    assert codes(judged("network.rtt", paths, config).invalid) == {"network.one-way-only"}
    unsure = judged("network.owd", paths, {"pairing": "two-point"})
    assert codes(unsure.invalid) == {"network.clocks-unsynchronised"}
    lost = judged("network.loss", paths, config, limit="<= 5 %")
    assert lost.estimate is not None
    assert lost.estimate.value == pytest.approx(1 / lost.estimate.n)


def test_swapped_files_are_invalid_for_every_reading(frames: Any, files: Any, write: Any) -> None:
    paths, config = two_points(frames, files, write)[::-1], {"pairing": "two-point", "clock_error": "1 us"}
    for measurand, limit in (("network.owd", "<= 2 ms"), ("network.loss", "<= 5 %")):
        assert "network.files-swapped" in codes(judged(measurand, paths, config, limit).invalid)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"file": "c.pcap", "speed": 1}, "unknown key 'speed'"),
        ({}, "'file' is missing"),
        ({"file": "absent.pcap"}, "no file absent.pcap"),
        ({"file": "c.pcap", "pairing": "guess"}, "'guess' is not possible here"),
        ({"file": "c.pcap", "pairing": "field"}, "needs field and port"),
        ({"file": "c.pcap", "field": "0:4"}, "goes with pairing"),
        ({"file": "c.pcap", "pairing": "field", "field": "0-4", "port": 9}, "not a field"),
        ({"file": "c.pcap", "port": 0}, "too small"),
        ({"file": "c.pcap", "pairing": "two-point"}, "No capture of the other point is named"),
        ({"file": "c.pcap", "down": "c.pcap"}, "two points"),
        ({"file": "c.pcap", "waiting_time": "0 s"}, "out of range"),
        ({"file": "c.pcap", "waiting_time": "3 m"}, "3 m"),
    ],
)
def test_wrong_settings_are_named(config: dict[str, Any], words: str, files: Any, write: Any, tmp_path: Path) -> None:
    write(files.pcap([]))
    problems = wrong_in(PROBE, config, tmp_path)
    assert any(words in each.problem for each in problems), problems
    assert all(each.cure for each in problems)
    assert wrong_in(PROBE, {"file": "c.pcap"}, tmp_path) == []


def test_what_is_no_capture_is_refused_before_it_is_recorded(files: Any, write: Any, tmp_path: Path) -> None:
    write(files.pcap([]))
    write(b"no capture at all", "bad.pcap")
    source_of(PROBE, {"file": "c.pcap"}, tmp_path).preflight()
    with pytest.raises(UsageError, match="neither pcap nor pcapng") as caught:
        source_of(PROBE, {"file": "bad.pcap"}, tmp_path).preflight()
    assert caught.value.cure


@pytest.mark.parametrize("kept", [[], [b"fir"], [b"first"], [b"first", b"sec"], [b"first", b"second"]])
def test_both_files_are_copied_byte_for_byte_a_segment_each_from_where_it_stopped(
    kept: list[bytes], tmp_path: Path
) -> None:
    for name, data in (("up.pcap", b"first"), ("down.pcapng.gz", b"second")):
        (tmp_path / name).write_bytes(data)
    sink = MemorySink(segments=[bytearray(each) for each in kept])
    source = source_of(PROBE, {"file": "up.pcap", "down": "down.pcapng.gz", "pairing": "two-point"}, tmp_path)
    source.record(sink)
    assert sink.segments == [b"first", b"second"]
    assert getattr(source, "extension", "") == "pcap"


def test_the_probe_keeps_the_house_rules(session: Any, files: Any, write: Any, tmp_path: Path) -> None:
    trace = traced([write(files.pcapng(session))], {})
    (tmp_path / "torn").mkdir()
    asks = (question("network.rtt", "<= 2 ms").ask,)
    check_probe(PROBE, trace, Asked(asks, trace.settings), tmp_path / "torn")


def test_the_example_cannot_pass_on_a_capture_not_timed_at_random_and_replays_to_the_same_bytes(tmp_path: Path) -> None:
    done = run(Path(profiles.__file__).parent / "s01_capture.yaml", tmp_path)
    found = {each["id"]: each for each in done.evaluation.results["indicators"]}
    latency, lost = found["s01.latency"], found["s01.loss"]
    assert latency["verdict"] == Verdict.INCONCLUSIVE
    assert "network.not-random" in {each["code"] for each in latency["reasons"]}
    assert latency["estimate"]["upper"] < latency["criterion"]["limit"], "it is not the delays that stand in the way"
    assert json.dumps(latency["remarks"]).count("network.third-party-capture") == 1
    assert lost["estimate"]["value"] == pytest.approx(1 / 600, rel=0.05)
    assert replay(done.root).identical


def _cooked(frame: bytes, kind: int) -> bytes:
    """The frame as `tcpdump -i any` keeps it, from an interface of this ARPHRD type."""
    return struct.pack("!HHH8s", 0, kind, 6, bytes(8)) + frame[12:]


@pytest.mark.parametrize(
    ("link", "changed", "void"),
    [
        (1, lambda frame: frame, False),
        (1, lambda frame: bytes(12) + frame[12:], True),
        (1, lambda frame: bytes(6) + frame[6:], False),
        (113, lambda frame: _cooked(frame, 1), False),
        (113, lambda frame: _cooked(frame, 772), True),
    ],
)
def test_packets_captured_on_a_loopback_interface_prove_no_network(
    link: int, changed: Callable[[bytes], bytes], void: bool, frames: Any, files: Any, write: Any
) -> None:
    records = [(time, changed(data)) for time, data in exchange(frames, 400)]
    found = judged("network.rtt", [write(files.pcap(records, link=link))])
    assert (codes(found.invalid) == {"network.path-is-own-address"}) is void
    assert (found.judgement.verdict is Verdict.INVALID) is void


def test_a_capture_whose_both_ends_are_one_address_proves_no_network(frames: Any, files: Any, write: Any) -> None:
    there, here = b"\x0a\0\0\2", b"\x0a\0\0\1"
    records = [(time, data[:26] + there + there + data[34:]) for time, data in exchange(frames, 400)]
    assert here not in records[0][1]
    found = judged("network.rtt", [write(files.pcap(records))])
    assert codes(found.invalid) == {"network.path-is-own-address"}
