# SPDX-License-Identifier: Apache-2.0
"""What the live view says of an exchange, before its list was read and after."""

from collections.abc import Sequence
from pathlib import Path

from harness.model import Line
from harness.testing import answer
from probes.health.measurands.now import lines
from tests.probes.health.made import MS, RUN, Exchanged, plan
from tests.probes.health.measurands.test_exchange import LOST, SETTINGS, inputs_of, installed, seen


def told(folder: Path, made: Exchanged) -> Sequence[Line]:
    inputs = inputs_of(installed.probe(f"health.{made.transport}"), made.data, LOST, folder, SETTINGS[made.transport])
    return lines(seen(folder / "again", made), answer(inputs, LOST)[0], LOST.request)


def test_what_is_missing_so_far_is_overdue_and_not_lost(tmp_path: Path) -> None:
    made = Exchanged(count=30, lost=frozenset({3}), late={7: 10_100}, listed=False)
    said = {each.title.en.partition(": ")[2]: each for each in told(tmp_path, made)}
    assert said["exchanged so far"].said.en == "29 found at the receiver, 30 acknowledged, 30 due so far"
    assert said["found, but late"].names == (f"{RUN}-00007",)
    assert said["not found although the settling time is over"].names == (f"{RUN}-00003",)
    assert set(said) == {
        "exchanged so far",
        "found, but late",
        "not found although the settling time is over",
    }


def test_the_list_says_what_was_lost(tmp_path: Path) -> None:
    said = {each.title.zh.partition("：")[2]: each for each in told(tmp_path, Exchanged(count=30, lost=frozenset({3})))}
    assert said["丢失"].names == (f"{RUN}-00003",)
    assert said["丢失"].grave
    assert said["已互通"].said.zh == "接收端清单中完整的 29 条，共发出 30 条"


def test_a_receiver_out_of_reach_is_told_until_it_is_back(tmp_path: Path) -> None:
    at = plan(4).due_ns
    for name, rows, grave in (
        ("out", [{"t": at, "down": "gone"}], True),
        ("back", [{"t": at, "down": "gone"}, {"t": at + 400 * MS, "up": True}], False),
    ):
        outage = told(tmp_path / name, Exchanged(count=30, listed=False, rows=rows))[-1]
        assert outage.title.en.endswith("outages")
        assert outage.grave is grave
        assert ("0.4 s" in outage.said.en) is not grave
