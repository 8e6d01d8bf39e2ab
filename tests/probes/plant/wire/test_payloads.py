# SPDX-License-Identifier: Apache-2.0
"""What in a payload is a value, and what only changes by itself."""

import pytest

from probes.plant.wire.payloads import Said, read


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        (b'{"ts": 1763740800000, "value": 21.5}', {"value": 21.5}),
        (b'{"temperature": "21.5", "humidity": 60}', {"temperature": 21.5, "humidity": 60.0}),
        (b'{"data": {"p1": 1.5, "p2": [1, 2]}}', {"data.p1": 1.5, "data.p2.0": 1.0, "data.p2.1": 2.0}),
        (b'{"door": "open", "time": "2026-11-21T08:00:00Z"}', {"door": "open"}),
        (b'{"state": "running"}', {"state": "running"}),
        (b"21.5", {"0": 21.5}),
        (b"21.5,44.1;3", {"0": 21.5, "1": 44.1, "2": 3.0}),
        (b"temp=21.5 hum:60", {"temp": 21.5, "hum": 60.0}),
        ('{"温度": 21.5, "时间戳": 1763740800}'.encode(), {"温度": 21.5}),
    ],
)
def test_values_are_found_by_name(payload: bytes, values: dict[str, float | str]) -> None:
    assert read(payload).values == values


@pytest.mark.parametrize(
    "payload",
    [
        b"online",
        b"PING",
        b"",
        b'{"status": "online"}',
        b'{"state": 1}',
        b'{"ts": 1763740800000, "seq": 9, "msgSeq": 4, "messageId": "a1"}',
        b'{"rssi": -71, "batteryLevel": 80, "signalStrength": 4}',
        b'{"sign": "9f86d081884c7d659a2feaa0c55ad015", "nonce": 5, "crc": 17}',
        b'{"payload": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"}',
        b'{"id": "A1", "name": "pump", "version": "1.2.3", "ip": "10.0.0.1"}',
        b'{"report": "2026-11-21 08:00:00"}',
        b'{"value": null}',
        "在线".encode(),
    ],
)
def test_signs_of_life_hold_no_value(payload: bytes) -> None:
    said = read(payload)
    assert said.readable
    assert not said.values


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\x00\x80",
        b"{",
        b"[1,",
        b"some words",
        b'{"a": NaN}',
        b'{"a": 1%s}' % (b"0" * 400),
        b"1e999",
        b"v=-1e999",
        b"{" * 5000,
        b"1," * 500,
    ],
)
def test_what_is_of_no_agreed_form_is_unreadable(payload: bytes) -> None:
    assert read(payload) == Said(readable=False)


def test_a_device_may_say_who_it_is_when_it_was_and_that_it_is_bad() -> None:
    said = read(b'{"deviceId": "A1", "ts": 1763740800, "v": 3, "q": "BAD"}')
    assert (said.identity, said.taken_ns, said.good) == ("A1", 1_763_740_800 * 10**9, False)
    assert read(b'{"v": 3, "quality": 192}').good
    assert not read(b'{"v": 3, "quality": 0}').good
    assert read(b'{"time": "2026-11-21 08:00:00", "v": 3}').taken_ns == 0, "nobody knows in which zone"


@pytest.mark.parametrize(
    "payload",
    [
        '{"value": 21.5, "simuliert": true}', '{"value": 21.5, "Ersatzwert": 1}', '{"value": 21.5, "Betriebsart": "Simulation"}', '{"value": 21.5, "Qualität": "schlecht"}',
        '{"value": 21.5, "simulé": true}', '{"value": 21.5, "valide": false}', '{"value": 21.5, "estimado": "sí"}', '{"value": 21.5, "modo": "simulado"}',
        '{"value": 21.5, "シミュレーション": true}', '{"value": 21.5, "品質": "不良"}', '{"value": 21.5, "モード": "模擬"}',
    ],
)  # fmt: skip
def test_what_a_device_calls_no_value_of_now_is_heard_in_other_languages(payload: str) -> None:
    assert not read(payload.encode()).good


@pytest.mark.parametrize(
    "payload",
    [
        '{"value": 21.5, "simuliert": "nein"}',
        '{"value": 21.5, "Qualität": "gut"}',
        '{"value": 21.5, "有効": true}',
        '{"value": 21.5, "modus": "Automatik"}',
    ],
)
def test_what_it_denies_in_other_languages_takes_nothing_back(payload: str) -> None:
    assert read(payload.encode()).good
