# SPDX-License-Identifier: Apache-2.0
"""A round trip captured at several points is split into its parts, whatever the clocks there say, and the slow part is named."""

from typing import Any

import numpy as np
import pytest

from harness.errors import UsageError
from probes.network.analyse import analyse_network

US, MS = 1_000, 1_000_000
NAMES = ("terminal", "upf", "server")
CLOCKS = (0, 3_600 * 10**9, -7 * 10**9)


def captured(frames: Any, files: Any, write: Any, parts_ns: Any, lost: Any = (), clocks: Any = CLOCKS) -> list[str]:
    """Three captures of 400 exchanges; ``parts_ns``: per packet what radio, transport and reflector took, shape (400, 3).

    ``lost``: {number: stretch} of packets that never got over it on the way there, or, negative, on the way back.
    """
    points: list[list[tuple[int, bytes]]] = [[], [], []]
    gone = dict(lost)
    for number, (radio, transport, server) in enumerate(parts_ns.tolist()):
        sent = frames.T0 + number * 10 * MS
        _, request = frames.asked(number, sent)
        _, reply = frames.answered(number, sent + 1, inside=server // 2)
        reply = reply[: 42 + 28] + request[42 + 4 : 42 + 12] + reply[42 + 36 :]  # echoes the sender's T1
        there = (sent, sent + radio // 2, sent + (radio + transport) // 2)
        back = (sent + radio + transport + server, there[1] + transport + server, there[2] + server)
        where = gone.get(number, 0)
        for at in range(3):
            if not 0 < where <= at:
                points[at].append((there[at] + clocks[at], request))
            if where == 0 or (where < 0 and at >= -where):
                points[at].append((back[at] + clocks[at], reply))
    for at, records in enumerate(points):
        records.append(frames.ping(1, frames.T0 + clocks[at] + 60 * 10**9))
    return [
        write(files.pcap(sorted(each, key=lambda record: record[0])), f"{name}.pcap")
        for name, each in zip(NAMES, points, strict=True)
    ]


def parts(slow: int = 0) -> np.ndarray:
    found = np.full((400, 3), (600 * US, 200 * US, 40 * US))
    found[::50, slow] += 5 * MS
    return found


@pytest.mark.parametrize("slow", [0, 1, 2])
def test_the_part_that_makes_the_slowest_packets_slow_is_named(frames: Any, files: Any, write: Any, slow: int) -> None:
    paths = captured(frames, files, write, parts(slow))
    found = analyse_network(paths, segments=True)["segments"]
    assert (found["guilty"]["from"], found["guilty"]["to"]) == (paths[slow], (*paths[1:], "")[slow])
    assert [each["rtt_ns"]["p50"] for each in found["parts"]] == pytest.approx([600 * US, 200 * US, 40 * US], abs=2)
    assert found["common"] == 400
    assert sum(found["slowest_ns"]) == pytest.approx(5_840 * US, abs=4)
    assert found["events"] == []


def test_packets_are_lost_on_the_stretch_behind_which_they_were_not_seen(frames: Any, files: Any, write: Any) -> None:
    gone = {5: 1, 6: 2, 7: 2, 8: -1, 9: -2, 10: -2, 11: -2}
    found = analyse_network(captured(frames, files, write, parts(), gone), segments=True)["segments"]
    assert [(each["lost_forward"], each["lost_backward"]) for each in found["parts"]] == [(1, 1), (2, 3), (0, 0)]
    assert found["common"] == 400 - len(gone)


def test_points_out_of_order_are_told_and_nobody_is_blamed(frames: Any, files: Any, write: Any) -> None:
    paths = captured(frames, files, write, parts())
    found = analyse_network(paths[::-1], segments=True)["segments"]
    assert {each["code"] for each in found["events"]} == {"network.segments-out-of-order"}
    assert found["guilty"] is None


def test_captures_of_other_exchanges_have_nothing_in_common(frames: Any, files: Any, write: Any) -> None:
    paths = captured(frames, files, write, parts())
    other = write(files.pcap([frames.asked(at, frames.T0 + at) for at in range(5)]), "other.pcap")
    found = analyse_network([paths[0], other], segments=True)["segments"]
    assert (found["common"], found["guilty"], found["parts"][0]["packets"]) == (0, None, 0)


def test_one_capture_has_no_segments(frames: Any, files: Any, write: Any) -> None:
    paths = captured(frames, files, write, parts())
    for given in ({"paths": paths[:1]}, {"paths": paths, "field": "0:4", "port": [9]}):
        with pytest.raises(UsageError, match="--segments"):
            analyse_network(given.pop("paths"), segments=True, **given)
