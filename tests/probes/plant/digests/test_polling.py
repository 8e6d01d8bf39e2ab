# SPDX-License-Identifier: Apache-2.0
"""Answers of nodes and registers that pretend: what was not measured networks nobody, and one value proves one asset."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest

from harness.kit.lines import Writer, line
from probes.plant.digests.polling import polled
from probes.plant.measurands.presence import states
from probes.plant.traces import assets
from tests.probes.network.recording import session_of
from tests.probes.plant.plants import START_NS, S, table

HOUR_NS = 3600 * S
NODE = "ns=2;s=Pump"


def measured(at: int) -> float:
    return 20 + at * 37 % 11 / 7


def switched(at: int) -> bool:
    return at * 7919 % 5 > 2


def found(row: Callable[[int], Mapping[str, Any]], *places: str) -> list[str]:
    """What the assets at some places amount to that are asked every ten seconds for ten minutes."""
    names = places or (NODE,)
    rows = [
        {"t": START_NS + at * 10 * S, "place": each.strip(), "good": True, **row(at)}
        for at in range(60)
        for each in names
    ]
    data = Writer("yanshou.plant-opcua/1", {}).header + b"".join(map(line, rows))
    heard = polled(session_of(data, "yanshou.plant-opcua/1"), "opcua")
    head = ("资产编号", "节点地址", "上报周期(s)")
    register = assets.read(table(head, [(f"A{at}", each, "10") for at, each in enumerate(names)]), "a.csv")
    return list(states(register, heard, max((stop for _, stop in heard.spans), default=0), 3.0).why.values())


def stamped(at: int, stated_ns: int) -> Mapping[str, Any]:
    return {"value": measured(at), "taken": stated_ns}


@pytest.mark.parametrize(
    ("state", "row"),
    [
        ("networked", lambda at: stamped(at, START_NS + at * 10 * S)),
        ("networked", lambda at: {"value": measured(at)}),  # no time of its own: the time at which it was asked
        ("networked", lambda at: {"value": f"{measured(at):.2f}"}),
        ("networked", lambda at: stamped(at, START_NS + at * 10 * S + (10**17 if at == 3 else 0))),
        ("bad", lambda at: {"value": measured(at), "good": False}),
        ("bad", lambda at: {"value": measured(at), "good": 1}),
        ("single", lambda at: stamped(at, START_NS)),
        ("single", lambda at: stamped(at, START_NS + 100 * HOUR_NS)),
        ("stale", lambda at: stamped(at, START_NS - HOUR_NS + at * 10 * S)),
        ("frozen", lambda at: {"value": 5.0, "taken": START_NS + at * 10 * S}),
        ("alive", lambda at: {"value": datetime.fromtimestamp(START_NS // S + at * 10, UTC).isoformat()}),
        ("alive", lambda at: {"value": f"08:{at:02}:01"}),
        ("alive", lambda at: {"value": md5(str(at).encode(), usedforsecurity=False).hexdigest()}),
        ("alive", lambda at: {"value": ("online", "alive")[at % 2]}),
        ("counting", lambda at: {"value": f"message {at}"}),
        ("counting", lambda at: {"value": START_NS // S + at * 10}),
        ("counting", lambda at: {"value": 45_000 + at * 10 / 86_400}),  # days, as a spreadsheet counts them
        ("counting", lambda at: {"value": at * 10 / 3_600}),
        ("unreadable", lambda at: {"value": [measured(at)]}),
        ("unreadable", lambda at: {"value": 10**400 + at}),
        ("unreadable", lambda _: {"value": None}),
        ("silent", lambda _: {"failed": "exception 11"}),  # the gateway says that its device does not answer
        ("silent", lambda at: {"value": measured(at), "t": 10**30}),
        ("silent", lambda at: {"value": measured(at), "t": -5}),
        ("silent", lambda at: {"value": measured(at), "taken": "yesterday"}),
    ],
)
def test_only_measured_values_of_now_network_a_node(state: str, row: Callable[[int], Mapping[str, Any]]) -> None:
    assert found(row) == [state]


@pytest.mark.parametrize("value", [measured, switched])
@pytest.mark.parametrize(
    "pair",
    [
        ("i=85", "ns=0;i=85"),
        ("ns=2;i=7", "ns=02;i=007"),
        ("ns=2;s=P", "ns=2;s=P "),
        ("ns=2;g=AAAAAAAA-0000-0000-0000-00000000000A", "ns=2;g=aaaaaaaa-0000-0000-0000-00000000000a"),
        ("1/holding/100", "01/holding/0100/uint16"),
        ("1/holding/100/uint16", "1/holding/100/int16"),
        ("1/holding/100/float32", "1/holding/101/uint16"),
        ("1/coil/3", "1/coil/3/bool"),
    ],
)
def test_one_node_or_register_under_two_addresses_is_one_asset(
    pair: tuple[str, str], value: Callable[[int], float]
) -> None:
    assert found(lambda at: {"value": value(at)}, *pair) == ["networked", "shared-address"]


@pytest.mark.parametrize(
    "pair", [("ns=2;i=7", "ns=3;i=7"), ("1/holding/7", "2/holding/7"), ("1/holding/7", "1/input/7")]
)
def test_two_places_that_say_the_same_all_the_time_are_one_asset(pair: tuple[str, str]) -> None:
    assert found(lambda at: {"value": at * at * 37 % 1009 / 7}, *pair) == ["networked", "copied"]
