# SPDX-License-Identifier: Apache-2.0
"""Whether ten nodes are ten machines is hinted at by TCP: clocks, distances, addresses."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from probes.chain.live.marks import stamped
from probes.chain.measurands.gathered import Node
from probes.chain.measurands.machines import hints, skew

S = 10**9


def ticks(
    ppm: float, *, hours: float = 2.0, rate: int = 1000, seed: int = 1, begin: int = 4_294_960_000
) -> list[tuple[int, int]]:
    """Stamps of a clock that runs ahead by so much, heard up to 0.2 ms late."""
    rng = random.Random(seed)
    count = 400
    moments = [round(at * hours * 3600 / count * S) for at in range(count)]
    return [
        (each + rng.randrange(200_000), (begin + int(each / S * (1 + ppm / 1e6) * rate)) % (1 << 32))
        for each in moments
    ]


@pytest.mark.parametrize(("ppm", "rate"), [(0.0, 1000), (23.4, 1000), (-81.0, 250), (12.0, 100)])
def test_the_skew_of_a_clock_is_found_within_its_uncertainty(ppm: float, rate: int) -> None:
    found = skew(ticks(ppm, rate=rate))
    assert found is not None
    assert abs(found[0] - ppm) < 4 * found[1]
    assert found[1] < 1.0


def test_too_little_or_no_clock_gives_no_skew() -> None:
    assert skew(ticks(5.0)[:20]) is None
    assert skew([(at * S, 77) for at in range(100)]) is None
    assert skew([(at * S, at * 123_456_789 % (1 << 32)) for at in range(100)]) is None
    short = skew(ticks(5.0, hours=0.01))
    assert short is not None
    assert short[1] > 1.0


def node(name: str, **said: Any) -> Node:
    return Node(name, {key: frozenset(value) for key, value in said.items()}, None)


def told(name: str, ppm: float, seed: int, address: str, rtt: float, ttl: int) -> Node:
    return node(
        name,
        endpoint=[f"http://{name}.example:20200"],
        route=[f"{address}|{rtt}|{ttl}"],
        tick=[f"{moment}:{stamp}" for moment, stamp in ticks(ppm, seed=seed)],
    )


def test_one_machine_behind_two_names_is_hinted_at_and_two_are_not() -> None:
    one, two, far = (
        told("a", 17.0, 1, "192.0.2.1", 400.0, 63),
        told("b", 17.0, 2, "192.0.2.2", 410.0, 63),
        told("c", -9.0, 3, "198.51.100.7", 9_000.0, 55),
    )
    codes = {each.code.removeprefix("chain.") for each in hints([one, two, far])}
    assert codes == {"same-skew", "same-distance"}
    assert not list(hints([one, far]))
    same = told("d", 44.0, 4, "192.0.2.1", 2_000.0, 60)
    assert {each.code.removeprefix("chain.") for each in hints([one, same])} == {"same-address"}


def _packet(options: bytes, *, protocol: int = 6) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", 20200, 5, 0, 0, (20 + len(options)) // 4 << 4, 16, 0, 0, 0) + options
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 61, protocol, 0, bytes([10, 0, 0, 1]), bytes(4)) + tcp


def test_the_stamp_of_a_packet_is_read_and_nothing_else() -> None:
    stamp = b"\x01\x01\x08\x0a" + (1234).to_bytes(4, "big") + bytes(4)
    assert stamped(_packet(stamp)) == (("10.0.0.1", 20200), 61, 1234)
    for bad in (
        _packet(b"\x01" * 12),
        _packet(stamp, protocol=17),
        _packet(stamp)[:50],
        _packet(b"\x08\x00" + bytes(10)),
        b"",
        bytes(60),
    ):
        assert stamped(bad) is None
