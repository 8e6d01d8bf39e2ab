# SPDX-License-Identifier: Apache-2.0
"""Interruptions and delays stand beside the cell and the signal that the driving modem said at the time."""

from typing import Any

import pytest

from harness.plugins import Input, Trace
from probes.network.digests.radio import Radio
from probes.network.traces.radio import AT, Poll
from probes.network.wire.radio import SA
from tests.probes.network.made import Judge

S = 10**9


def polls(make: Any, imei: str = "001010000000016", modem: str = "M") -> list[Poll]:
    """Cell A at -85 dBm for thirty seconds, then cell B at -105 dBm, a poll each five seconds."""
    return [
        Poll(
            make.START_NS + at * S, AT, modem, imei, None, SA, SA,
            cell="A" if at < 30 else "B", rsrp=-85.0 if at < 30 else -105.0,
        )
        for at in range(0, 61, 5)
    ]  # fmt: skip


def drive(make: Any, judge: Judge, told: list[Poll]) -> Any:
    data = make.header(1, interval_ns=100_000_000) + b"".join(
        make.record(
            0, slot, None if 270 <= slot < 290 else 1_000_000 if slot < 300 else 5_000_000,
            at_ns=make.START_NS + slot * 100_000_000,
        )
        for slot in range(600)
    )  # fmt: skip
    radio = Input("network.radio", "m", Radio(frozenset(told)), Trace("s02.x", "m", "network.radio", 1, (), None))
    return judge(data, "network.mobility", "longest-interruption", {"interruption_over": "150 ms"}, "", None, [radio])


def test_an_interruption_is_listed_with_the_cells_around_it(make: Any, judge: Judge) -> None:
    found = drive(make, judge, polls(make))
    (row,) = found.listing["interruptions"]
    assert (row["cell"], row["cell_after"], row["handover"]) == ("A", "B", True)


def test_delay_is_told_by_signal_and_drawn_with_the_cells(make: Any, judge: Judge) -> None:
    found = drive(make, judge, polls(make))
    bands = {row["from_dbm"]: row["mean_ms"] for row in found.listing["by_signal"]}
    assert bands[-90] == pytest.approx(1, rel=0.6)
    assert bands[-110] == pytest.approx(5, rel=0.2)
    (chart,) = [each for each in found.figures if each.kind == "series"]
    assert set(chart.group) == {"A", "B"}
    assert {row["cell"] for row in found.listing["by_cell"]} == {"A", "B"}
    assert "network.off-track" not in {each.code for each in found.remarks}


def test_with_two_modems_nobody_can_say_whose_cell_it_was(make: Any, judge: Judge) -> None:
    found = drive(make, judge, [*polls(make), *polls(make, "001010000000024", "N")])
    assert "by_signal" not in found.listing
    assert "cell" not in found.listing["interruptions"][0]


def test_each_terminal_of_a_site_is_joined_with_the_modem_that_says_its_address(make: Any, judge: Judge) -> None:
    """Two terminals, each with a modem of its own; a third address is said by two modems, so that nothing is joined."""
    data = make.header(3, interval_ns=100_000_000) + b"".join(
        make.record(at, slot, (1 + 4 * (slot >= 300)) * 1_000_000, at_ns=make.START_NS + slot * 100_000_000)
        for slot in range(600)
        for at in range(3)
    )
    addresses = [f"10.9.0.{at}" for at in (1, 2, 3)]
    told = [
        each._replace(addresses=(addresses[at],))
        for at, imei in ((0, "001010000000016"), (1, "001010000000024"), (2, "001010000000032"), (2, "001010000000040"))
        for each in polls(make, imei, f"M{imei[-2:]}")
    ]
    radio = Input("network.radio", "m", Radio(frozenset(told)), Trace("s02.x", "m", "network.radio", 1, (), None))
    found = judge(data, "network.rtt", "mean", {}, "", None, [radio])
    rows = found.listing["by_terminal_and_cell"]
    assert {(row["cell"], round(row["mean_ms"]), row["rsrp_dbm"]) for row in rows} == {
        ("B", 5, -105.0),
        ("A", 1, -85.0),
    }
    assert len({row["node"] for row in rows}) == 2
    assert [row["cell"] for row in rows][:2] == ["B", "A"], "the slowest first"
