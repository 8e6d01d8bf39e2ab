# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of plants: bytes of MQTT and Sparkplug, what a device says of itself, codes before a camera, a register."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from harness.kit.validation import Case

_PUBLISH = bytes.fromhex("300a0003612f6268656c6c6f")
"""A PUBLISH of MQTT 3.1.1 at QoS 0: ten bytes, topic a/b, payload hello."""
_SPARKPLUG = bytes.fromhex("0880d095ffbc31 120e 0a0154 200a 690000000000803540 1807")
"""Time 1 700 000 000 000 ms, metric T of type double 21.5, sequence 7, in the wire form of Protocol Buffers."""
_ASSETS = "资产编号,名称,可视\nA-1,泵,是\nA-1,泵,否\nA-2,阀,是\nA-3,罐,已退役\n"
_SAID: tuple[tuple[str, bytes, tuple[list[str], bool, bool]], ...] = (
    ("value", b'{"temp": 21.5}', (["temp"], True, True)),
    ("bad", b'{"temp": 21.5, "quality": "bad"}', (["temp"], False, True)),
    ("heartbeat", b"ping", ([], True, True)),
    ("count-only", b'{"seq": 17}', ([], True, True)),
    ("no-text", b"\xff\xfe\x00", ([], True, False)),
)

_ANSWERS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("measured", {}, "networked"),
    ("bad", {"good": False}, "bad"),
    ("same-sample", {"taken": 1_700_000_000 * 10**9}, "single"),
    ("frozen", {"value": 4.5}, "frozen"),
    ("clock", {"value": "2023-11-14 22:13:20"}, "alive"),
)
"""What differs in a node's answers, and what the node amounts to."""
_PICTURES: tuple[tuple[str, tuple[int, ...], str], ...] = (
    ("alive", (1, 3, 5), "seen"),
    ("taped", (-7200, -7198), "slow"),
    ("snapshot", (1,), "once"),
    ("looped", (1, 9, 1), "looped"),
)
"""The seconds of the codes in the pictures of a minute, and what the camera amounts to."""


def cases() -> Iterator[Case]:
    """Every case."""
    yield Case("mqtt-publish", "MQTT 3.1.1, 3.3, by hand", partial(_publication, _PUBLISH), ["a/b", "hello"])
    yield Case("mqtt-cut", "constructed", partial(_publication, _PUBLISH[:-1]), [])
    yield Case("sparkplug", "Protocol Buffers, by hand", _sparkplug, [1_700_000_000_000, 7, "T", 21.5])
    yield Case(
        "sparkplug-topic", "Sparkplug 3.0, 4.1", partial(_address, "spBv1.0/G/DDATA/N/D"), ["DDATA", "G", "N", "D"]
    )
    yield Case("sparkplug-no-topic", "constructed", partial(_address, "spBv1.0/G/DDATA/N"), [])
    for name, payload, said in _SAID:
        yield Case(f"said-{name}", "constructed", partial(_said, payload), [said[0], said[1], said[2]])
    yield Case("code", "constructed", partial(_shown, ""), ["A-1", 1_700_000_000 * 10**9])
    yield Case("code-altered", "constructed", partial(_shown, "0"), [])
    yield Case("assets", "constructed", _assets, ["A-1", "A-2", "A-3"])
    for name, more, state in _ANSWERS:
        yield Case(f"node-{name}", "constructed", partial(_asked, more), state)
    for name, codes, state in _PICTURES:
        yield Case(f"camera-{name}", "constructed", partial(_watched, codes), state)


def _publication(data: bytes) -> list[str]:
    from probes.plant.wire import mqtt

    found = [mqtt.publication(each, 4) for each in mqtt.Decoder().take(data)]
    return [part for each in found if each is not None for part in (each.topic, each.payload.decode())]


def _sparkplug() -> list[Any]:
    from probes.plant.wire.sparkplug import decode

    found = decode(_SPARKPLUG)
    return [found.time_ms, found.sequence, *((found.metrics[0].name, found.metrics[0].value) if found.metrics else ())]


def _address(topic: str) -> list[str]:
    from probes.plant.wire.sparkplug import address

    return list(address(topic) or ())


def _said(payload: bytes) -> list[Any]:
    from probes.plant.wire.payloads import read

    found = read(payload)
    return [sorted(found.values), found.good, found.readable]


def _shown(more: str) -> list[Any]:
    from probes.plant.wire.nonces import code, shown

    return list(shown(b"key", code(b"key", "A-1", 1_700_000_000) + more) or ())


def _assets() -> list[str]:
    from probes.plant.traces.assets import read

    return [each.label for each in read(_ASSETS.encode(), "assets.csv").assets]


def _asked(more: dict[str, Any]) -> str:
    from harness.kit.lines import Session, line
    from probes.plant.digests.polling import polled
    from probes.plant.measurands.presence import standing

    begun = 1_700_000_000 * 10**9
    rows = [
        {"t": begun + at * 10**10, "place": "i=1", "good": True, "value": at * 37 % 11 / 7, **more} for at in range(20)
    ]
    return standing(next(iter(polled(Session({}, map(line, rows)), "opcua").sources.values())))


def _watched(codes: tuple[int, ...]) -> str:
    from probes.plant.digests.sights import Camera

    begun = 1_700_000_000
    seen = tuple(((begun + 10 + 2 * at) * 10**9, (10 + 2 * at - each) * 10**9) for at, each in enumerate(codes))
    return Camera(60, seen=seen).standing(60 * 10**9)
