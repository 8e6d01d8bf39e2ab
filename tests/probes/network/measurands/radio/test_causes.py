# SPDX-License-Identifier: Apache-2.0
"""A drop is attributed where the modem's own words allow it, never more; and no cause takes a drop away."""

from collections.abc import Sequence
from typing import Any

import pytest

from harness.plugins import Input, Trace
from probes.network.digests.radio import Radio
from probes.network.digests.register import Register
from probes.network.measurands.words import WORDS
from probes.network.traces.radio import AT, SILENT, Poll
from probes.network.traces.terminals import read_register
from probes.network.wire.radio import LTE, NONE, SA
from tests.probes.network.made import Judge

S = 10**9
IMEIS = ["001010000000016", "001010000000024"]
WELL = (SA, -85.0, "CELL-A")


def told(make: Any, index: int, during: Sequence[tuple[str, float | None, str]]) -> list[Poll]:
    """A modem that is well but from second 100 on, while ``during`` lasts, a poll each five seconds."""
    states = [WELL] * 20 + list(during) + [WELL] * 20
    return [
        Poll(make.START_NS + slot * 5 * S + 1, AT, f"M{index}", IMEIS[index], None, rat, rat, "", cell, rsrp=rsrp)
        for slot, (rat, rsrp, cell) in enumerate(states)
    ]


def causes(make: Any, judge: Judge, silent: Sequence[range], polls: Sequence[Poll], rows: int = 2) -> Any:
    data = make.header(2, interval_ns=S) + b"".join(
        make.record(index, slot, None if slot in gone else 1_000, at_ns=make.START_NS + slot * S)
        for index, gone in enumerate(silent)
        for slot in range(220)
    )
    text = "asset_id,address,imei\n" + "".join(f"T{at},10.9.0.{at + 1},{IMEIS[at]}\n" for at in range(rows))
    register = Register(tuple(("nodes.csv", row) for row in read_register(text.encode(), "nodes.csv")))
    others = [
        Input("network.terminals", "r", register, Trace("s01.nodes", "r", "network.terminals", 1, (), None)),
        Input("network.radio", "m", Radio(frozenset(polls)), Trace("s01.nodes", "m", "network.radio", 1, (), None)),
    ]
    return judge(data, "network.dropout", "session-ratio", {"silent_after": "10 s"}, "<= 0.05 %", None, others)


@pytest.mark.parametrize(
    ("during", "cause"),
    [
        ([(NONE, None, "")] * 6, "radio"),
        ([(LTE, -96.0, "OLD")] * 6, "radio"),
        ([(SA, -118.0, "CELL-A")] * 6, "radio"),
        ([WELL, WELL, (SA, -90.0, "CELL-B"), WELL, WELL, WELL], "radio"),
        ([(SILENT, None, "")] * 6, "power"),
        ([WELL] * 6, "undecided"),
        ([WELL, WELL, (SILENT, None, ""), WELL, WELL, WELL], "undecided"),
        ([(SA, None, "")] * 6, "undecided"),
    ],
)
def test_the_modems_own_words_say_why(during: Any, cause: str, make: Any, judge: Judge) -> None:
    found = causes(make, judge, [range(100, 130), range(0)], told(make, 0, during))
    (row,) = found.listing["causes"]
    assert row["cause"] == WORDS.text(f"cause-{cause}")
    assert (row["node"], found.estimate.diagnostics["drops"]) == ("T-000", 1)


def test_terminals_that_drop_together_while_their_modems_are_well_point_to_the_server(make: Any, judge: Judge) -> None:
    polls = [*told(make, 0, [WELL] * 6), *told(make, 1, [WELL] * 6)]
    found = causes(make, judge, [range(100, 130), range(105, 128)], polls)
    assert [row["cause"] for row in found.listing["causes"]] == [WORDS.text("cause-server")] * 2
    apart = causes(make, judge, [range(100, 115), range(116, 130)], polls)
    assert [row["cause"] for row in apart.listing["causes"]] == [WORDS.text("cause-undecided")] * 2


def test_a_terminal_that_the_register_joins_with_no_modem_is_undecided(make: Any, judge: Judge) -> None:
    found = causes(make, judge, [range(100, 130), range(0)], told(make, 1, [(NONE, None, "")] * 6), rows=2)
    assert [row["cause"] for row in found.listing["causes"]] == [WORDS.text("cause-undecided")]


def test_without_radio_evidence_nothing_is_said_about_causes(make: Any, judge: Judge) -> None:
    found = causes(make, judge, [range(100, 130), range(0)], [])
    assert "causes" not in found.listing
    assert found.estimate.diagnostics["drops"] == 1
