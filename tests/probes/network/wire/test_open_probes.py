# SPDX-License-Identifier: Apache-2.0
"""Rows made by hand, with any clock: pairing, lateness, clock steps, strays; blocks against their plain description."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network.digests.round_trips import round_trips
from probes.network.traces.session import ALIEN, ANSWERED, FORGED, KERNEL_TX, LATE
from probes.network.traces.stamp import decode, read_header
from probes.network.wire import blocks, layout
from probes.network.wire.datagram import Endpoint, datagram, echo
from probes.network.wire.frames import AUTHENTICATED, UNAUTHENTICATED, wire_time
from probes.network.wire.modes import template
from probes.network.wire.open_probes import Asked, Batch, Lane, OpenProbes
from probes.network.wire.packet import ReflectorPacket
from tests.probes.network.ends import Arrival, Ends, column

WALL = 1_763_740_800_000_000_000
HERE, THERE = Endpoint.of("10.9.255.1", 50_000), Endpoint.of("10.9.0.1", 862)
WAITING = 300_000_000
SECOND = 1_000_000_000


class Story:
    """What a sender's loop would have written down; times are monotonic ns, ``offset`` is the wall clock's lead at that moment."""

    def __init__(self, ends: Ends | None = None) -> None:
        self.ends = ends = ends or Ends(UNAUTHENTICATED)
        made = template(ends.mode, 7, b"", b"")
        templates = np.zeros((1, len(made) + 20), np.uint8)
        templates[0, : len(made)] = column(made)
        lane = Lane(datagram(HERE, THERE, b"", 64), datagram(THERE, HERE, b"", 64), 64, 0, 0, len(made))
        asked = Asked(ends.mode, ends.pads, templates, np.array([len(made)]), WAITING)
        self.open = OpenProbes([lane, lane], asked)
        self.sent, self.back, self.wire, self.arena = [], [], [], b""
        self.stamps: dict[tuple[int, int], int] = {}

    def send(self, at: int, sequence: int, *, lane: int = 0, offset: int = WALL) -> None:
        stamp = self.stamps[lane, sequence] = wire_time(at + offset, False)
        self.sent.append((lane, sequence, sequence, at, at + offset, stamp, offset))

    def left(self, at: int, sequence: int, *, lane: int = 0, offset: int = WALL) -> None:
        self.wire.append((lane, sequence, at + offset, at + offset + 1000))

    def answer(
        self, at: int, sequence: int, *, lane: int = 0, offset: int = WALL, read: int = 2000, read_offset: int = 0
    ) -> None:
        """A reply that the kernel has at ``at`` and the loop reads ``read`` ns later, when the clock may be another."""
        times = (self.stamps[lane, sequence] % (1 << 64),) * 2
        packet = ReflectorPacket(sequence, times[0], 7, 0, times[1], sequence, times[0], 7, 64)
        self.hear(self.ends.answer(packet, Arrival(), self.ends.asked_for(packet)), at, lane, offset, read, read_offset)

    def hear(
        self, data: bytes, at: int, lane: int = 0, offset: int = WALL, read: int = 2000, read_offset: int = 0
    ) -> None:
        later = read_offset or offset
        self.back.append((lane, len(self.arena), len(data), at + offset, at + read + later, 63, 0, later))
        self.arena += data

    def take(self, until: int) -> bytes:
        def rows(table: list[Any], width: int) -> np.ndarray:
            return np.array(table, np.int64).reshape(-1, width)

        batch = Batch(rows(self.sent, 7), rows(self.back, 8), column(self.arena), rows(self.wire, 4), until)
        self.sent, self.back, self.wire, self.arena = [], [], [], b""
        return self.open.take(batch)


def decoded(records: bytes) -> Any:
    targets = [{"id": "a"}, {"id": "b"}]
    data = column(layout.header({"targets": targets, "waiting_time_ns": WAITING}) + records)
    return decode(data, 0, read_header(data))


@pytest.mark.parametrize("step", [-3_600 * SECOND, -5_000_000, 5_000_000, 3_600 * SECOND])
@pytest.mark.parametrize("moment", ["none", "before the kernel had it", "before it was read"])
def test_a_step_of_the_clock_during_a_round_trip_does_not_change_it(step: int, moment: str) -> None:
    story = Story()
    story.send(SECOND, 0)
    story.left(SECOND + 3_000, 0)
    after = WALL + step
    offsets = {"none": (WALL, WALL), "before the kernel had it": (after, after), "before it was read": (WALL, after)}
    kernel, read = offsets[moment]
    story.answer(SECOND + 1_003_000, 0, offset=kernel, read_offset=read)
    story.send(SECOND + 2_000_000, 1, offset=read)
    story.answer(SECOND + 2_700_000, 1, offset=read)
    found = decoded(story.take(SECOND) + story.take(3 * SECOND)).probes
    assert round_trips(found).raw.tolist() == [1_000_000, 700_000]
    assert (found["t4_user"] - found["t4"]).tolist() == [2_000, 2_000]
    assert (found["t1_user"] - found["scheduled"]).tolist() == [0, 0], "each probe is on one scale, its own"
    assert story.open.facts().get("stepped", 0) == (moment != "none")


def test_a_reply_is_late_by_when_it_came_and_not_by_when_it_was_read() -> None:
    story = Story()
    for sequence in range(3):
        story.send(SECOND, sequence)
    story.answer(SECOND + WAITING - 1_000, 0, read=90_000_000)
    story.answer(SECOND + WAITING + 1_000, 1)
    found = decoded(story.take(SECOND + WAITING + 95_000_000) + story.take(3 * SECOND))
    assert (found.probes["flags"] & ANSWERED != 0).tolist() == [True, False, False]
    assert found.strays["fate"].tolist() == [LATE]
    story.answer(3 * SECOND, 2)
    story.answer(3 * SECOND + 5, 2)
    assert decoded(story.take(4 * SECOND)).strays["fate"].tolist() == [LATE, ALIEN], (
        "once late, then an answer to nothing"
    )


def test_a_transmit_time_outside_its_call_belongs_to_another_packet() -> None:
    story = Story()
    story.send(SECOND, 0)
    story.send(SECOND, 1)
    story.left(SECOND + 10, 0)
    story.left(SECOND - 10, 1)
    story.left(SECOND + 10, 9)
    found = decoded(story.take(3 * SECOND)).probes
    assert (found["flags"] & KERNEL_TX != 0).tolist() == [True, False]
    assert story.open.facts() == {"transmit_times_unmatched": 2}


def test_a_reply_with_another_timestamp_or_a_wrong_hmac_answers_nothing() -> None:
    story = Story(Ends(AUTHENTICATED, b"0123456789abcdef"))
    story.send(SECOND, 0)
    story.send(SECOND, 1)
    story.answer(SECOND + 5_000, 0)
    story.arena = story.arena[:20] + bytes([story.arena[20] ^ 1]) + story.arena[21:]
    story.stamps[0, 1] += 1
    story.answer(SECOND + 5_000, 1)
    found = decoded(story.take(3 * SECOND))
    assert not (found.probes["flags"] & ANSWERED).any()
    assert sorted(found.strays["fate"].tolist()) == [ALIEN, FORGED]
    assert story.open.facts() == {"wrong_hmac": 1}


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(1, 200)), max_size=120), st.integers(1, 9))
def test_however_the_rows_are_cut_each_probe_has_its_replies(plan: list[tuple[int, int, int]], cut: int) -> None:
    """(lane, replies, ms to each) of a probe a millisecond, more under way than the tables began with room for."""
    story, events, sequences = Story(), [], [0, 0]
    for number, (lane, replies, wait) in enumerate(plan):
        at = SECOND + number * 1_000_000
        events.append((at, "send", lane, sequences[lane]))
        events += [(at + wait * 1_000_000 + again, "answer", lane, sequences[lane]) for again in range(replies)]
        sequences[lane] += 1
    records, time = b"", SECOND
    for number, (at, what, lane, sequence) in enumerate(sorted(events)):
        (story.send if what == "send" else story.answer)(at, sequence, lane=lane)
        if number % cut == 0:
            time = at + 5_000
            records += story.take(time)
    records += story.take(time + 2 * SECOND)
    probes = decoded(records).probes
    assert story.open.open == 0
    seen = list(zip(*(probes[name].tolist() for name in ("target", "sequence", "replies")), strict=True))
    wanted, sequences = [], [0, 0]
    for lane, replies, _wait in plan:
        wanted.append((lane, sequences[lane], replies))
        sequences[lane] += 1
    assert seen == wanted
    trips = (probes["t4"] - probes["t1"])[probes["replies"] > 0].tolist()
    assert trips == [wait * 1_000_000 for _lane, replies, wait in plan if replies]


def test_an_end_before_the_waiting_time_keeps_what_was_answered_and_calls_the_rest_undecided() -> None:
    story = Story()
    for sequence in range(4):
        story.send(SECOND, sequence)
    story.answer(SECOND + 10, 2)
    assert story.take(SECOND + 20) == b""
    records, undecided = story.open.end()
    assert undecided == 3
    assert decoded(records).probes["sequence"].tolist() == [2]


@pytest.mark.parametrize("around", [datagram, echo])
@pytest.mark.parametrize(("here", "there"), [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")])
@given(
    st.binary(min_size=44, max_size=300),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(WALL, 2 * WALL),
    st.booleans(),
)
def test_blocks_are_what_their_description_says(
    around: Any, here: str, there: str, payload: bytes, ttl: int, traffic_class: int, time: int, kernel: bool
) -> None:
    ends = (Endpoint.of(here, 5000), Endpoint.of(there, 862))
    head, out = column(around(*ends, b"", 1)), np.full(700, 255, np.uint8)
    packet = around(*ends, payload, ttl, traffic_class)
    data = column(payload)
    marks = (head, len(head), data, len(data), ttl, traffic_class, time)
    end = blocks.sent_block(out, 3, *marks, 7, 123_456, time + 5, 2, kernel)
    assert out[3:end].tobytes() == layout.sent(7, 123_456, time + 5, time, packet, replies=2, kernel=kernel)
    for place, fate in enumerate(blocks.FATES):
        end = blocks.back_block(out, 3, *marks, 7, time + 9, place, kernel)
        assert out[3:end].tobytes() == layout.back(7, time + 9, time, packet, fate=fate, kernel=kernel)
