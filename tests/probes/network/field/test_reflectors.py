# SPDX-License-Identifier: Apache-2.0
"""Other ends as they are met: slow or dishonest ones, short replies, restarts of a sender, thousands of targets, no host names."""

import json
import socket
import struct
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InstrumentError
from harness.kit.settings import findings
from harness.model import Verdict
from probes.network.live.reflector.process import reflectors
from probes.network.live.sockets import resolve
from probes.network.plans.active import StampSettings
from probes.network.traces.stamp import decode, read_header
from probes.network.wire import layout
from tests.probes.network.conftest import drawn
from tests.probes.network.made import MS, ONE, P99, Judge, codes


@pytest.mark.parametrize(("kept_ns", "told", "verdict"), [(20 * MS, True, Verdict.FAIL), (50_000, False, Verdict.PASS)])
def test_what_a_reflector_says_it_kept_is_printed_and_buys_no_limit(
    make: Any, judge: Judge, kept_ns: int, told: bool, verdict: Verdict
) -> None:
    data = make.header(1) + b"".join(
        make.record(0, slot, 300_000, at_ns=drawn(slot), residence_ns=kept_ns) for slot in range(400)
    )
    found = judge(data, "network.rtt", "quantile", P99, "<= 2 ms", ONE)
    assert found.judgement.verdict is verdict
    assert found.estimate.diagnostics["reflector_ms"] == pytest.approx(kept_ns / MS, rel=0.01)
    assert ("network.reflector-time" in codes(found.remarks)) == told


def test_datagrams_that_answer_nothing_are_no_silence(make: Any, judge: Judge) -> None:
    lost = b"".join(make.record(0, slot, None) for slot in range(50))
    short = layout.notes(make.START_NS, {"counts": {"short_replies": 50, "short_reply_bytes": 50 * 38}})
    (reason,) = judge(make.header(1) + lost + short, "network.loss", "ratio", {}, "<= 1 %", ONE).invalid
    assert reason.code == "network.replies-are-short"
    assert "50 datagrams came back from T-000, 38 bytes long" in reason.text.en
    strays = b"".join(make.stray(0, layout.ALIEN) for _ in range(50))
    (reason,) = judge(make.header(1) + lost + strays, "network.loss", "ratio", {}, "<= 1 %", ONE).invalid
    assert reason.code == "network.replies-are-alien"


@given(st.integers(1, 3000), st.integers(0, 900), st.booleans())
def test_notes_of_any_number_of_targets_add_up(targets: int, length: int, paths: bool) -> None:
    unsent = {str(index): index % 7 + 1 for index in range(targets)}
    facts: dict[str, Any] = {"unsent": unsent, "counts": {"x": 3}}
    if paths:
        facts["paths"] = [{"address": f"fd00::{index:x}", "note": "x" * (length % 90)} for index in range(targets)]
    header = layout.header({"targets": [{"id": "a", "address": "a"}], "waiting_time_ns": 1})
    data = np.frombuffer(header + layout.notes(1, facts, 5), np.uint8)
    notes = [each.detail for each in decode(data, 0, read_header(data, 0)).probes.events if each.code == "stamp.note"]
    assert {key: value for each in notes for key, value in each.get("unsent", {}).items()} == unsent
    assert sum(each.get("counts", {}).get("x", 0) for each in notes) == 3
    assert sum(int(each["dropped"]) for each in notes) == 5
    assert len([way for each in notes for way in each.get("paths", [])]) == (targets if paths else 0)
    assert all(len(json.dumps(each, separators=(",", ":"))) < 65_536 for each in notes)


@pytest.mark.parametrize("host", ["edge..example.cn", "a" * 64 + ".cn", ".", "..", "-", "x" * 300])
def test_what_is_no_host_name_is_one_sentence(host: str) -> None:
    with pytest.raises(InstrumentError, match="is not a host that can be found"):
        resolve(host, 862)


@pytest.mark.parametrize("target", ["edge..example.cn", ".", "../../x", "a" * 64 + ".cn", "x y", "nodes.xlsx.bak/"])
def test_a_target_that_is_no_host_is_told_before_anything_runs(target: str) -> None:
    assert findings(StampSettings, {"targets": [target], "count": 1})


@pytest.mark.parametrize(
    "target", ["10.0.0.7", "10.0.0.7:862", "[fd00::7]:862", "fe80::1%eth0", "edge.example.cn", "终端-1.local", "a_b"]
)
def test_addresses_and_names_are_targets(target: str) -> None:
    assert not findings(StampSettings, {"targets": [target], "count": 1})


def test_a_sender_of_a_fixed_port_that_begins_again_finds_a_reflector_that_does() -> None:
    with reflectors([("127.0.0.1", 0)]) as ((_, port),), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        for numbers in (range(5), range(3), range(7, 9)):
            seen = []
            for number in numbers:
                sock.sendto(struct.pack("!III", number, 3_900_000_000, 0) + b"\x80\1" + bytes(30), ("127.0.0.1", port))
                seen.append(struct.unpack("!I", sock.recv(100)[:4])[0])
            first = 3 if numbers[0] == 7 else 0
            assert seen == list(range(first, first + len(numbers))), (
                "it begins again with a sender that does, and only then"
            )
            time.sleep(0.7)
