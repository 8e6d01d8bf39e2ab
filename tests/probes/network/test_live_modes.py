# SPDX-License-Identifier: Apache-2.0
"""Real sockets: authenticated sessions, wrong keys, both time formats, DSCP, bursts, load, ICMP echo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probes.network.reflector_process import reflectors
from probes.network.stamp import PROBE
from probes.network.stamp_decode import ANSWERED, FORGED, decode, read_header
from probes.network.stamp_rtt import round_trips

KEY = "a shared key of at least sixteen bytes"


@pytest.fixture(autouse=True)
def short_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.network.calibration.PACKETS", 20)
    monkeypatch.setenv("STAMP_TEST_KEY", KEY)


def run(config: dict[str, Any], sink: Any) -> Any:
    source = PROBE.source({"waiting_time": "300 ms", "seed": 7, "rate": "200/s", "count": 40, **config}, Path())
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


def test_a_loaded_run_follows_the_idle_one_and_the_load_is_counted(sink: Any) -> None:
    with reflectors([("127.0.0.1", 0)]) as (place,):
        config = {"targets": [f"127.0.0.1:{place[1]}"], "rate": "100/s", "count": 20, "load": "2 Mbit/s"}
        found = run(config, sink)
    assert [each["condition"] for each in found.header["targets"]] == ["idle", "load"]
    idle, loaded = (found.probes["scheduled"][found.probes["target"] == index] for index in (0, 1))
    assert idle.max() < loaded.min()
    facts = [event.detail["counts"] for event in found.probes.events if "load_bytes" in event.detail.get("counts", {})]
    assert len(facts) == 1
    assert 0 < facts[0]["load_bytes"] <= facts[0]["load_wanted_bytes"] + 1228
    assert facts[0]["load_ns"] > 0
