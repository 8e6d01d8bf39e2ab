# SPDX-License-Identifier: Apache-2.0
"""Births and wills: on a real broker, and from lines with a chosen truth; they count for the census and for drop rates."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit.lines import Writer
from harness.kit.lines import line as line_of
from harness.plugins import Asked, Input, Trace
from harness.testing import Question, check_probe
from probes.network.digests.register import Register
from probes.network.instruments.presence import PROBE
from probes.network.measurands.words import WORDS, head
from probes.network.traces import presence
from probes.network.traces.sightings import read_export
from probes.network.traces.terminals import read_register
from probes.network.wire.topics import DEFAULTS, Pattern
from tests.probes.network import made
from tests.probes.network.recording import message, session_of, source_of, wrong_in
from tests.waiting import joined

FORMAT = PROBE.form.format

START = 1_763_740_800_000_000_000
S = 10**9
SESSION = {"topic": "plant/{asset}/status", "keys": {"imei": "imei"}, "state": "state", **DEFAULTS}
IMEI = "001010000000016"


def line(second: float, who: str, text: str, *, retained: bool = False) -> bytes:
    at = START + round(second * S)
    return message(at, f"plant/{who}/status", text.encode(), retained=retained)


def record(*lines: bytes, seconds: int = 100) -> bytes:
    ticks = [line_of({"t": START + each * S}) for each in range(seconds + 1)]
    return b"".join([HEADER, *lines, *ticks])


def asked(measurand: str, statistic: str, *inputs: Input, **parameters: Any) -> made.Answer:
    return made.asked(inputs, Question(measurand, statistic, "", parameters))


HEADER = Writer(FORMAT, SESSION).header


def decoded(data: bytes) -> presence.Presence:
    return presence.decode(session_of(data, FORMAT))


def source(summary: Any, name: str = PROBE.name) -> Input:
    return Input(name, name, summary, Trace("s01.x", name, name, 1, (), None))


def dropped(data: bytes, statistic: str, **parameters: Any) -> made.Answer:
    return asked("network.dropout", statistic, source(decoded(data)), silent_after="10 s", **parameters)


WORKED = record(
    line(0, "A", "online", retained=True),
    line(0, "B", "offline", retained=True),
    line(10, "B", '{"state": "online", "imei": "001010000000016"}'),
    line(30, "A", "offline"),
    line(40, "A", "online"),
    line(60, "B", "bye"),
    line(99, "C", "humming"),
)
"""A is there 0-30 and 40-100 with one will; B is there 10-60 and takes leave; C never says that it is there."""


def test_a_will_is_a_drop_a_farewell_is_none_and_offline_time_lasts_to_the_next_birth() -> None:
    worst = dropped(WORKED, "session-ratio")
    assert worst.estimate is not None
    assert (worst.estimate.value, worst.estimate.n) == (pytest.approx(1 / 2), 2), "A, proven for itself: two sessions"
    ratio = dropped(WORKED, "session-ratio", fleet="pool")
    assert ratio.estimate is not None
    assert (ratio.estimate.value, ratio.estimate.n) == (pytest.approx(1 / 3), 3)
    time_off = dropped(WORKED, "offline-time", fleet="pool")
    assert time_off.estimate is not None
    assert time_off.estimate.value == pytest.approx(10 / (90 + 10 + 50)), "10 s off in 150 s of node-time, by hand"
    hourly = dropped(WORKED, "sessions-per-hour", fleet="pool")
    assert hourly.estimate is not None
    assert hourly.estimate.value == pytest.approx(3600 / 140), "one drop in 90 + 50 s of session"
    (will,) = ratio.listing["wills"]
    assert (will["node"], will["at_ns"], will["silent_s"]) == ("A", START + 30 * S, 10)
    assert "network.by-births-and-wills" in {each.code for each in ratio.remarks}


def test_a_word_that_may_be_a_will_is_one_whatever_the_profile_calls_an_orderly_leave() -> None:
    every = WORKED.replace(HEADER, Writer(FORMAT, {**SESSION, "farewell": "offline|bye"}).header)
    ratio = dropped(every, "session-ratio", fleet="pool")
    assert every != WORKED
    assert ratio.estimate is not None
    assert ratio.estimate.value == pytest.approx(1 / 3)


def test_a_terminal_that_is_probed_too_is_watched_once_and_a_will_that_probing_missed_is_told(
    make: Any, judge: Callable[..., Any]
) -> None:
    own = make.header(1, interval_ns=S) + b"".join(
        make.record(0, slot, 1000, at_ns=START + slot * S) for slot in range(100)
    )
    lines = record(line(0, "T-000", "1"), line(50, "T-000", "0"), line(51, "T-000", "1"))
    found = judge(own, "network.dropout", "session-ratio", {}, "", None, [source(decoded(lines))])
    assert (found.estimate.n, found.estimate.diagnostics["drops"]) == (1, 0), "the probe's one session, not two"
    assert found.listing["wills_unseen_by_probing"] == ["T-000"]
    assert "network.wills-unseen-by-probing" in {each.code for each in found.remarks}


def test_births_and_another_source_count_terminals_without_any_probing() -> None:
    rows = read_register(b"asset_id,address,imei\nA,10.0.0.1,%s\nC,10.0.0.3,001010000000024\n" % IMEI.encode(), "n.csv")
    register = source(Register(tuple(("n.csv", row) for row in rows)), "network.terminals")
    core = source(read_export(f"imei\n{IMEI}\n001010000000024\n".encode(), "c.csv", "5GC"), "network.export")
    clients = message(START, presence.BROKER_CLIENTS, b"0", retained=True)
    told = source(decoded(WORKED + clients))
    found = asked("network.nodes", "distinct", register, core, told, window="10 min")
    assert found.estimate is not None
    assert (found.estimate.value, found.estimate.upper) == (1, 2)
    sources = [(each["source"], each["devices"]) for each in found.listing["sources"]]
    assert sources == [("export:5GC", 2), (WORDS.text("source-mqtt"), 1), (WORDS.text("source-replies"), 0)]
    assert [each["asset_id"] for each in found.listing["silent"]] == ["C"]
    window = [found.listing["census"][head(name).en] for name in ("first_evidence_ns", "last_evidence_ns")]
    assert window == [START, START + 100 * S]


def test_fewer_clients_than_terminals_is_flagged() -> None:
    rows = read_register(f"asset_id,address,imei\nA,10.0.0.1,{IMEI}\nB,,001010000000024\n".encode(), "n.csv")
    register = source(Register(tuple(("n.csv", row) for row in rows)), "network.terminals")
    clients = message(START, presence.BROKER_CLIENTS, b"1", retained=True)
    told = source(decoded(WORKED + clients))
    core = source(read_export(f"imei\n{IMEI}\n001010000000024\n".encode(), "c.csv", "5GC"), "network.export")
    found = asked("network.nodes", "distinct", register, told, core, window="10 min")
    assert found.listing["census"][head("counted").en] == 2
    (flag,) = [each for each in found.remarks if each.code == "network.fewer-broker-clients"]
    assert " 1 clients" in flag.text.en
    assert "代理" in flag.text.zh


@pytest.mark.parametrize(
    ("topic", "heard", "told"),
    [
        ("plant/{asset}/status", "plant/A7/status", {"asset": "A7"}),
        ("spBv1.0/+/{state}/{asset}", "spBv1.0/g/NBIRTH/A7", {"state": "NBIRTH", "asset": "A7"}),
        ("d/imei-{imei}/+/#", "d/imei-001/x/y/z", {"imei": "001"}),
    ],
)
def test_a_topic_with_holes_subscribes_and_matches_alike(topic: str, heard: str, told: dict[str, str]) -> None:
    pattern = Pattern.of(topic)
    assert topic_matches_sub(pattern.filter, heard)
    match = pattern.expression.fullmatch(heard)
    assert match is not None
    assert match.groupdict() == told


@pytest.mark.parametrize("topic", ["a/{b}", "{asset}/{asset}", "{mac}{imei}"])
def test_holes_that_identify_nothing_are_refused(topic: str) -> None:
    with pytest.raises(DecodeError):
        Pattern.of(topic)


def test_a_sparkplug_death_is_a_will() -> None:
    session = {**SESSION, "topic": "spBv1.0/+/{state}/{asset}"}
    lines = [
        message(START + at * S, f"spBv1.0/g/{state}/A", b"\x08\x00", retained=False)
        for at, state in ((0, "NBIRTH"), (5, "NDATA"), (20, "NDEATH"))
    ]
    data = b"".join([Writer(FORMAT, session).header, *lines, line_of({"t": START}), line_of({"t": START + 30 * S})])
    assert [row[2] for row in decoded(data).rows.tolist()] == [presence.BIRTH, presence.WILL]


@given(st.integers(0, 7))
def test_segments_merge_in_any_order(cut: int) -> None:
    lines = WORKED.split(b"\n")
    parts = [b"\n".join([*lines[: cut + 1], b""]), b"\n".join([lines[0], *lines[cut + 1 :]])]
    one, other = (decoded(part) for part in parts)
    assert one.merge(other).canonical_bytes() == other.merge(one).canonical_bytes()
    assert one.merge(other).rows.tobytes() == decoded(WORKED).rows.tobytes()


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(noise: bytes) -> None:
    found = decoded(HEADER + noise + b"\n" + line_of({"t": 1}))
    assert found.damaged <= noise.count(b"\n") + 1


def test_the_probe_keeps_the_house_rules_and_names_wrong_settings(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(WORKED)
    (tmp_path / "torn").mkdir()
    check_probe(PROBE, Trace("s01.nodes", "x", PROBE.name, 1, (path,), None), Asked(), tmp_path / "torn")
    wrong = wrong_in(PROBE, {"broker": "x", "topic": "a/{b}", "offline": "(", "z": 1})
    assert {each.keys for each in wrong} == {("z",), (), ("topic",), ("offline",)}, "duration is missing"
    path.write_bytes(b"noise\n")
    assert PROBE.summarise(next(iter(PROBE.chunks(Trace("", "", "", 1, (path,), None)))), Asked()).damaged == 1


def _terminal(port: int, who: str) -> Client:
    """A terminal with a will that says it is there."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=who)
    client.will_set(f"plant/{who}/status", "offline", qos=1, retain=True)
    client.connect("127.0.0.1", port, keepalive=5)
    client.loop_start()
    client.publish(
        f"plant/{who}/status", json.dumps({"state": "online", "imei": IMEI}), 1, retain=True
    ).wait_for_publish(5)
    return client


def _vanish(client: Client) -> None:
    """Close the socket without taking leave: the broker publishes the will."""
    sock = client.socket()
    assert sock is not None
    client.loop_stop()
    sock.shutdown(socket.SHUT_RDWR)


def test_a_real_broker_tells_births_and_the_will_of_a_terminal_that_vanished(
    broker: tuple[int, Any], sink: Any, tmp_path: Path
) -> None:
    port, _ = broker
    early = _terminal(port, "A")
    config = {"broker": "127.0.0.1", "port": port, "topic": "plant/{asset}/status", "keys": {"imei": "imei"}}
    recording = source_of(PROBE, {**config, "duration": "4 s"}, tmp_path)
    recording.preflight()
    thread = threading.Thread(target=recording.record, args=(sink,))
    thread.start()
    time.sleep(1)
    late = _terminal(port, "B")
    time.sleep(0.7)
    _vanish(early)
    joined(thread)
    late.disconnect()
    late.loop_stop()
    found = decoded(bytes(sink.data))
    told = [(str(row["who"]), int(row["state"]), bool(row["retained"])) for row in found.rows]
    assert told == [("A", presence.BIRTH, True), ("B", presence.BIRTH, False), ("A", presence.WILL, False)]
    assert {(each.asset, each.imei) for each in found.sightings.rows} == {("A", IMEI), ("B", IMEI)}
    assert found.clients >= 2
    assert int(found.watched.lengths.sum()) > 2 * S


def test_a_will_kept_while_the_subscription_was_down_ends_the_session_and_the_gap_is_nobodys_time() -> None:
    before = [line_of({"t": START + at * S}) for at in range(21)]
    after = [line_of({"t": START + at * S}) for at in range(60, 101)]
    lines = [line(0, "A", "online"), line(60, "A", "offline", retained=True), line(80, "A", "online")]
    found = dropped(b"".join([HEADER, *lines, *before, *after]), "offline-time")
    assert found.estimate is not None
    assert found.estimate.diagnostics["sessions"] == 2
    assert found.estimate.value == pytest.approx(20 / (20 + 20 + 20)), "20 s there, 40 s unknown, 20 s gone, 20 s there"


def test_what_was_heard_stays_when_the_broker_goes_away(broker: tuple[int, Any], sink: Any, tmp_path: Path) -> None:
    port, child = broker
    terminal = _terminal(port, "A")
    config = {"broker": "127.0.0.1", "port": port, "topic": "plant/{asset}/status", "duration": "3 s"}
    thread = threading.Thread(target=source_of(PROBE, config, tmp_path).record, args=(sink,))
    thread.start()
    time.sleep(1.2)
    child.terminate()
    joined(thread)
    terminal.loop_stop()
    found = decoded(bytes(sink.data))
    assert [int(row["state"]) for row in found.rows] == [presence.BIRTH, presence.FAREWELL]
    assert found.broker_losses == 1
    fair = dropped(bytes(sink.data), "session-ratio")
    assert fair.estimate is not None
    assert fair.estimate.value == 0, "a broker that goes down is no terminal that dropped"
    assert "network.broker-lost" in {each.code for each in fair.remarks}
    assert int(found.watched.lengths.sum()) < 2 * S, "no more ticks once the link was gone"


def test_a_broker_with_users_and_tls_lets_in_who_knows_the_password(
    peer: Callable[[str], str], private_broker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(tmp_path / "key.pem"),
        "-out",
        str(tmp_path / "ca.pem"),
    ]
    subprocess.run([peer("openssl"), *request, *names], check=True, capture_output=True)
    users = tmp_path / "users"
    subprocess.run(
        [peer("mosquitto_passwd"), "-b", "-c", str(users), "probe", "secret-1"], check=True, capture_output=True
    )
    for each in (users, tmp_path / "key.pem"):
        each.chmod(0o644)
    tmp_path.chmod(0o755)
    lines = f"certfile {tmp_path / 'ca.pem'}\nkeyfile {tmp_path / 'key.pem'}\nallow_anonymous false\npassword_file {users}\nuser root\n"
    with private_broker(lines) as (port, _):
        config = {
            "broker": "127.0.0.1",
            "port": port,
            "topic": "plant/{asset}/status",
            "duration": "1 s",
            "tls": "ca.pem",
        }
        own = {**config, "user": "probe", "password": "env:BROKER_PASSWORD"}
        assert not wrong_in(PROBE, own, tmp_path)
        with pytest.raises(UsageError, match="BROKER_PASSWORD"):
            source_of(PROBE, own, tmp_path).preflight()
        monkeypatch.setenv("BROKER_PASSWORD", "wrong")
        with pytest.raises(InstrumentError, match="refuses"):
            source_of(PROBE, own, tmp_path).preflight()
        monkeypatch.setenv("BROKER_PASSWORD", "secret-1")
        source_of(PROBE, own, tmp_path).preflight()
    (open_one,) = wrong_in(PROBE, {**config, "user": "probe", "password": "secret-1"})
    assert (open_one.keys, open_one.cure) == (("password",), "write env:NAME.")
    (absent,) = wrong_in(PROBE, {**config, "tls": "absent.pem"}, tmp_path)
    assert (absent.keys, absent.cure) == (("tls",), "put the broker's CA certificate beside the profile.")
