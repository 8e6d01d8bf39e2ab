# SPDX-License-Identifier: Apache-2.0
"""Pictures of a platform that pretends: what only looks like a camera at its place is told for what it is, and never seen."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.errors import SpecError
from harness.kit.lines import Writer, line
from probes.plant.digests.sights import Camera, sights
from probes.plant.plans.cameras import CameraSettings
from probes.plant.wire.nonces import code
from tests.probes.network.recording import session_of
from tests.probes.plant.plants import KEY, START_NS, S

FIRST = START_NS // S
DAY = 86_400


def watched(row: Callable[[int, int], Mapping[str, Any]]) -> Camera:
    """A minute of pictures, two a second; ``row`` says of each, by its number and second, what is not usual."""
    lines = [Writer("yanshou.camera/1", {"key": KEY.hex(), "cameras": ["A1"]}).header]
    for at in range(120):
        usual = {"mean": 120.0, "deviation": 40.0, "digest": f"{at:032x}", "codes": []}
        lines.append(line({"t": START_NS + at * S // 2, "camera": "A1", **usual, **row(at, FIRST + at // 2)}))
    return sights(session_of(b"".join(lines), "yanshou.camera/1")).cameras["A1"]


def shows(second: int, asset: str = "A1", key: bytes = KEY) -> Mapping[str, Any]:
    return {"codes": [code(key, asset, second)]}


@pytest.mark.parametrize(
    ("state", "row"),
    [
        ("seen", lambda at, second: shows(second - 1) if 20 <= at < 60 else {}),
        ("still", lambda _, second: {**shows(second), "digest": "the same"}),
        ("once", lambda *_: shows(FIRST)),  # one picture, encoded anew all the time
        ("once", lambda at, second: shows(second) if at == 20 else {}),  # a snapshot that is renewed now and then
        ("black", lambda at, second: {**shows(second), **({"mean": 2.0, "deviation": 1.0} if at % 2 else {})}),
        ("unproven", lambda _, second: shows(second, key=b"the key of another recording")),
        ("unproven", lambda _, second: {"codes": [f"YS1|A1|{second}|{'0' * 16}", "https://example.org"]}),
        ("unproven", lambda *_: {"mean": 255.0, "deviation": 0.0}),
        ("slow", lambda _, second: shows(second - DAY)),
        ("ahead", lambda _, second: shows(second + DAY)),
        ("ahead", lambda at, second: shows(second + (3 if at % 2 else -1))),
        ("looped", lambda at, _: shows(FIRST + at % 20 // 2)),  # ten seconds again and again, the first time in time
        ("looped", lambda at, _: shows(FIRST - DAY + at % 20 // 2)),
        ("foreign", lambda _, second: shows(second, "A2")),
        ("foreign", lambda _, second: {"codes": [code(KEY, "A1", second), code(KEY, "A2", second)]}),
        ("no-picture", lambda *_: {"mean": "nan"}),
        ("refused", lambda *_: {"refused": "answers 401"}),
    ],
)
def test_only_a_living_picture_of_this_place_is_seen(state: str, row: Callable[[int, int], Mapping[str, Any]]) -> None:
    assert watched(row).standing(60 * S) == state


def test_a_picture_that_lived_before_it_was_looped_is_looped_however_the_record_is_cut() -> None:
    live, again = (Camera(60, seen=tuple((at * S, delay * S) for at in range(100, 110))) for delay in (1, 9))
    later = Camera(60, seen=tuple((at + 10 * S, delay + 10 * S) for at, delay in live.seen))
    assert (live.standing(60 * S), again.standing(60 * S)) == ("seen", "seen")
    assert live.merge(later) == later.merge(live)
    assert live.merge(later).standing(60 * S) == "looped"


def test_one_picture_is_not_two_cameras() -> None:
    one = "rtsp://10.0.0.5/1"
    with pytest.raises(SpecError, match="A1 and A2 have the same address"):
        CameraSettings.parse({"cameras": {"A1": one, "A2": one}, "key": "env:KEY", "duration": "1 min"})
