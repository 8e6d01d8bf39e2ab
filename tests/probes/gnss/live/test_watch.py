# SPDX-License-Identifier: Apache-2.0
"""What an operator is told, on streams by construction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Text
from probes.gnss.formats.uart import heard
from probes.gnss.live import positions
from probes.gnss.live.positions import Positions
from probes.gnss.live.watch import LOST_S, SILENT_S, StreamWatch, speaks
from probes.gnss.simulators.receiver import Receiver, bursts, nmea, sealed, simulate
from tests.probes.gnss.formats.test_uart import SPEEDS
from tests.probes.gnss.instruments.test_defects import rtcm3

LOG = nmea(Receiver(duration=4, cold_start=0), simulate(Receiver(duration=4, cold_start=0)))


class Told(list[tuple[str, dict[str, Any]]]):
    """Events in order."""

    def __call__(self, kind: str, said: Text, facts: dict[str, Any]) -> None:
        assert said.zh
        assert said.en
        self.append((kind, facts))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self]


@given(st.sampled_from(SPEEDS), st.sampled_from(SPEEDS))
def test_a_stream_is_understood_at_its_own_speed_only(sent: int, read: int) -> None:
    assert speaks(heard(LOG[:600], sent, read)) == (sent == read)


@given(st.binary(max_size=3000))
def test_noise_is_not_understood(noise: bytes) -> None:
    assert not speaks(noise)


@pytest.mark.parametrize(
    "data",
    [
        LOG[50:93] + sealed("GNZDA,040000.00") + b"$GN",
        b"\x00\xd3" + rtcm3(b"\x3e\xd0" + bytes(19)),
        b"\xb5b\x01\x07\x00\x00\x08\x19",
        sealed("PUBX,00,1") + b"$GN",
    ],
)
def test_sentences_and_binary_messages_are_understood(data: bytes) -> None:
    assert speaks(data)
    assert not speaks(data[:-9])


def test_a_healthy_stream_tells_nothing() -> None:
    told = Told()
    watch = StreamWatch(told, 100.0)
    for second in range(60):
        watch.take(LOG[second * 7 : second * 7 + 700], 100.0 + second)
        watch.tick(100.5 + second)
    assert told == []


def test_silence_is_told_once_and_so_is_its_end_and_the_next_one() -> None:
    told = Told()
    watch = StreamWatch(told, 0.0)
    watch.take(LOG, 1.0)
    for now in (3, 7, 8, 9):
        watch.tick(now)
    watch.take(LOG, 10.0)
    watch.tick(10 + SILENT_S)
    assert told.kinds == ["silence", "heard-again", "silence"]
    assert told[1][1] == {"seconds": 9.0}


def test_bytes_that_nobody_understands_are_told_once() -> None:
    told = Told()
    watch = StreamWatch(told, 0.0)
    for now in range(12):
        watch.take(heard(LOG[:200], 9600, 115200), now)
        watch.tick(now)
    assert told.kinds == ["no-sentence"]


def test_a_pulled_antenna_is_told_when_the_fix_is_gone_and_when_it_is_back() -> None:
    device = Receiver(duration=60, cold_start=0, blind_every=40, blind_for=10)
    told = Told()
    watch = StreamWatch(told, 0.0)
    for second, burst in enumerate(bursts(device, simulate(device))):
        watch.take(burst[:33], second)
        watch.take(burst[33:], second)
        watch.tick(second)
        assert (watch.position is None) == (20 <= second < 30)
    assert told.kinds == ["fix-lost", "fix-regained"]
    assert told[1][1] == {"seconds": 11.0}


def test_a_fix_that_flickers_within_a_second_is_not_told() -> None:
    told = Told()
    watch = StreamWatch(told, 0.0)
    good, bad = (
        next(bursts(Receiver(cold_start=0), simulate(Receiver(cold_start=0)))),
        sealed("GNGGA,040001,,,,,0,00,,,,,,,"),
    )
    for step in range(40):
        watch.take(bad if step % 4 == 2 else good, step * LOST_S / 3)
        watch.tick(step * LOST_S / 3)
    assert told == []


def test_a_position_with_a_wrong_checksum_is_none() -> None:
    watch = StreamWatch(Told(), 0.0)
    watch.take(LOG.replace(b",4,", b",5,"), 0.0)
    assert watch.position is None


def test_positions_are_kept_by_receiver_and_forgotten_when_old(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Positions()
    kept.note("one", b"$GGA")
    assert (kept.position("one"), kept.position("two")) == (b"$GGA", None)
    monkeypatch.setattr(positions, "FRESH_S", -1.0)
    assert kept.position("one") is None
    monkeypatch.undo()
    kept.note("one", None)
    assert kept.position("one") is None
