# SPDX-License-Identifier: Apache-2.0
"""How many terminals a record is about: a host at many ports, or one terminal at many addresses, is one."""

from collections.abc import Sequence
from typing import Any

import pytest

from harness.plugins import Input
from probes.network.digests.register import Register
from probes.network.instruments.terminals import PROBE
from probes.network.measurands.identities import host, one_each
from probes.network.traces.sightings import read_export
from probes.network.traces.terminals import read_register
from probes.network.wire import layout
from tests.probes.network.made import MS, P99, Judge, codes
from tests.probes.network.measurands.test_census_join import IMEIS, neighbours, source

PLACES = {
    "three terminals": ([("A", "10.9.0.1", 862), ("B", "10.9.0.2", 862), ("C", "10.9.0.3", 862)], 3),
    "one host at three ports": ([("A", "10.9.0.1", 862), ("B", "10.9.0.1", 863), ("C", "10.9.0.1", 864)], 1),
    "one host, written otherwise": ([("A", "10.9.0.1", 862), ("B", "::ffff:10.9.0.1", 863), ("C", "10.9.0.2", 862)], 2),
    "one terminal at two addresses": ([("A", "10.9.0.1", 862), ("A", "fd00::1", 862), ("C", "10.9.0.2", 862)], 2),
    "asked at two of its ports": ([("A", "10.9.0.1", 862), ("A", "10.9.0.1", 443), ("C", "10.9.0.2", 862)], 2),
}
MEASURED = [
    ("network.rtt", "quantile", P99, "<= 2 ms"),
    ("network.loss", "ratio", {}, "<= 1 %"),
    ("network.dropout", "offline-time", {"silent_after": "10 s"}, "<= 0.05 %"),
]


def trace(make: Any, places: Sequence[tuple[str, str, int]]) -> bytes:
    described = [{"id": name, "name": name, "address": address, "port": port} for name, address, port in places]
    schedule = {"kind": "poisson", "interval_ns": MS, "seed": 1}
    head = layout.header({"targets": described, "waiting_time_ns": 3000 * MS, "schedule": schedule})
    return head + b"".join(make.record(at, slot, MS) for at in range(len(places)) for slot in range(50))


@pytest.mark.parametrize(("measurand", "statistic", "parameters", "limit"), MEASURED)
@pytest.mark.parametrize("case", PLACES)
def test_terminals_are_counted_by_address_and_name_and_not_by_port(
    make: Any, judge: Judge, case: str, measurand: str, statistic: str, parameters: Any, limit: str
) -> None:
    places, expected = PLACES[case]
    found = judge(trace(make, places), measurand, statistic, parameters, limit)
    assert found.effort["terminals"] == expected
    told = [each for each in found.remarks if each.code == "network.one-address-one-terminal"]
    assert bool(told) == ("host" in case)
    if told:
        assert "10.9.0.1: A, B" in told[0].text.en


def test_an_address_has_one_form() -> None:
    assert [host(each) for each in ("FE80::1%eth0", "[::ffff:10.9.0.1]", "Node.Example.", "10.9.0.1", "")] == [
        "fe80::1",
        "10.9.0.1",
        "node.example",
        "10.9.0.1",
        "",
    ]
    assert one_each([("A (空载 idle)", "x"), ("A (带载 loaded)", "y"), ("B", "z")]) == [[0, 1], [2]]


def register(rows: Sequence[str]) -> Input:
    text = "asset_id,address,port,imei\n" + "\n".join(rows)
    return source(Register(tuple(("n.csv", row) for row in read_register(text.encode(), "n.csv"))), PROBE.name)


def counted(make: Any, judge: Judge, places: Sequence[tuple[str, str, int]], *others: Input) -> Any:
    rows = [f"{name},{address},{port},{imei}" for (name, address, port), imei in zip(places, IMEIS, strict=False)]
    return judge(trace(make, places), "network.nodes", "distinct", {}, ">= 3 台套", None, [register(rows), *others])


def test_one_host_at_many_ports_is_one_node_until_somebody_names_the_others(make: Any, judge: Judge) -> None:
    places = PLACES["one host at three ports"][0]
    found = counted(make, judge, places)
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == (1, 1, 3)
    (told,) = [each for each in found.remarks if each.code == "network.behind-one-address"]
    assert "IMEI" in told.text.en


def test_an_address_that_another_source_saw_names_nobody_behind_it(make: Any, judge: Judge) -> None:
    places = PLACES["one host at three ports"][0]
    found = counted(make, judge, places, neighbours(_1="00:00:5e:00:53:01"))
    assert (found.estimate.lower, found.estimate.upper) == (1, 3)


def test_terminals_behind_a_cpe_count_as_far_as_the_core_names_them(make: Any, judge: Judge) -> None:
    places = PLACES["one host at three ports"][0]
    for known in (1, 2, 3):
        table = "IMEI,状态\n" + "".join(f"{each},在线\n" for each in IMEIS[:known])
        found = counted(make, judge, places, source(read_export(table.encode(), "c", "5GC"), "x"))
        assert (found.estimate.lower, found.estimate.upper) == (known, 3)
        assert "network.behind-one-address" in codes(found.remarks)
