# SPDX-License-Identifier: Apache-2.0
"""Terminals are counted by identity, once, and only when their own address answered in the common window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InstrumentError, UsageError
from harness.kit.census import busiest
from harness.plugins import Asked, Input, Trace
from harness.testing import check_probe
from probes.network.digests.register import Register
from probes.network.instruments.terminals import PROBE
from probes.network.measurands.identities import identity_problem
from probes.network.measurands.ipv6 import scope
from probes.network.measurands.words import WORDS, head
from probes.network.traces.terminals import Terminal, read_register
from tests.probes.network.recording import source_of, wrong_in

HEAD = "asset_id,name,address,port,imei,mac\n"
IMEIS = ["001010000000016", "001010000000024", "001010000000032", "001010000000040"]


def register(*lines: str) -> Input:
    rows = read_register((HEAD + "\n".join(lines) + "\n").encode(), "nodes.csv")
    summary = Register(tuple(("nodes.csv", row) for row in rows))
    return Input(PROBE.name, "terminals", summary, Trace("s01.nodes", "terminals", PROBE.name, 1, (), None))


def answering(make: Any, *targets: int, silent: int | None = None) -> bytes:
    return make.header(9) + b"".join(
        make.record(each, slot, None if each == silent else 1000) for each in targets for slot in range(5)
    )


def count(judge: Callable[..., Any], data: bytes, *lines: str, window: str = "10 min") -> Any:
    return judge(data, "network.nodes", "distinct", {"window": window}, ">= 50 台套", None, [register(*lines)])


def test_rows_that_answered_are_counted_and_silent_ones_named(make: Any, judge: Callable[..., Any]) -> None:
    found = count(judge, answering(make, 0, 1, silent=1), f"A,a,10.9.0.1,,{IMEIS[0]},", f"B,b,10.9.0.2,,{IMEIS[1]},")
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper, found.estimate.unit) == (1, 1, 1, "台套")
    assert [row["asset_id"] for row in found.listing["silent"]] == ["B"]
    assert "network.silent-rows" in [each.code for each in found.remarks]
    assert any("B" in each.text.zh and "B" in each.text.en for each in found.remarks)


@pytest.mark.parametrize(
    ("second", "shared"),
    [
        (f"B,b,10.9.0.2,,{IMEIS[0]},", "imei"),
        (f"B,b,10.9.0.1,,{IMEIS[1]},", "address"),
        (f"A,b,10.9.0.2,,{IMEIS[1]},", "asset_id"),
        (f"B,b,10.9.0.2,,{IMEIS[1]},00:00:5e:00:53:01", "mac"),
    ],
)
def test_two_rows_of_one_device_count_once(second: str, shared: str, make: Any, judge: Callable[..., Any]) -> None:
    found = count(judge, answering(make, 0, 1), f"A,a,10.9.0.1,,{IMEIS[0]},00005e005301", second)
    assert found.estimate.value == 1
    assert [[kind.en for kind in each["shared"]] for each in found.listing["duplicates"]] == [[head(shared).en]]


def test_one_address_with_two_ports_is_two_devices(make: Any, judge: Callable[..., Any]) -> None:
    lines = [f"A,a,10.9.0.1,862,{IMEIS[0]},", f"B,b,10.9.0.1,863,{IMEIS[1]},"]
    found = count(judge, answering(make, 0), *lines)
    assert found.estimate.value == 1
    assert [row["asset_id"] for row in found.listing["silent"]] == ["B"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"A,a,10.9.0.1,,{IMEIS[0]},", ""),
        ("A,a,10.9.0.1,,,00005e005301", ""),
        ("A,a,10.9.0.1,,,", "no-identity"),
        ("A,a,10.9.0.1,,,02005e005301", "randomised-mac"),
        ("A,a,10.9.0.1,,001010000000017,", "imei-luhn"),
        ("A,a,10.9.0.1,,12345,00005e005301", "imei-length"),
        (f",,10.9.0.1,,{IMEIS[0]},", "no-name"),
    ],
)
def test_a_row_without_a_sound_identity_is_listed_not_counted(
    row: str, problem: str, make: Any, judge: Callable[..., Any]
) -> None:
    found = count(judge, answering(make, 0), row)
    assert found.estimate.value == (0 if problem else 1)
    told = [WORDS.text(f"identity-{problem}")] if problem else []
    assert [each["reason"] for each in found.listing["rejected"]] == told


def test_nodes_must_answer_within_one_window_unless_the_campaign_is_the_window(
    make: Any, judge: Callable[..., Any]
) -> None:
    lines = [f"A,a,10.9.0.1,,{IMEIS[0]},", f"B,b,10.9.0.2,,{IMEIS[1]},"]
    early = make.record(0, 0, 1000)
    late = make.record(1, 0, 1000, at_ns=make.START_NS + 601 * 10**9)
    assert count(judge, make.header(2) + early + late, *lines).estimate.value == 1
    assert count(judge, make.header(2) + early + late, *lines, window="11 min").estimate.value == 2
    assert count(judge, make.header(2) + early + late, *lines, window="campaign").estimate.value == 2


def test_an_address_that_is_not_in_the_register_is_told_and_not_counted(make: Any, judge: Callable[..., Any]) -> None:
    found = count(judge, answering(make, 0, 5), f"A,a,10.9.0.1,,{IMEIS[0]},")
    assert found.estimate.value == 1
    assert found.listing["unregistered"] == [{"address": "10.9.0.6"}]


def test_without_a_register_there_is_no_count(make: Any, judge: Callable[..., Any]) -> None:
    found = judge(answering(make, 0), "network.nodes", "distinct", {"window": "10 min"}, ">= 50 台套")
    assert [each.code for each in found.invalid] == ["network.no-register"]


intervals = st.lists(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 15)).map(lambda pair: (pair[0], pair[0] + pair[1])),
        min_size=1,
        max_size=4,
    ),
    max_size=7,
)


@given(intervals, st.integers(0, 40))
def test_the_busiest_window_is_the_best_of_all_windows(answers: list[list[tuple[int, int]]], window: int) -> None:
    def met(opened: int) -> int:
        return sum(any(start <= opened + window and stop >= opened for start, stop in each) for each in answers)

    found, opened = busiest(answers, window)
    assert found == max(met(at) for at in range(-60, 130)) if answers else found == 0
    assert not answers or met(opened) == found


def test_ipv6_share_counts_a_dual_stack_node_once(make: Any, judge: Callable[..., Any]) -> None:
    v4, v6 = make.header(2), make.header(2, address="fd00::{}")
    data = v4 + make.record(0, 0, 1) + make.record(1, 0, 1) + v6 + make.record(0, 0, 1) + make.record(1, 0, None)
    found = judge(data, "network.ipv6", "share")
    assert (found.estimate.value, found.estimate.n) == (0.5, 2)
    assert found.listing["over_ipv6"] == ["T-000"]
    first, second = found.listing["nodes"]
    assert (first["scope"].en, first["over_ipv4"], first["application_over_ipv6"]) == ("unique-local", True, True)
    assert (second["application_over_ipv6"], second["icmpv6"]) == (False, None)
    assert [(each["ipv4_loss"], each["ipv6_loss"]) for each in (first, second)] == [(0, 0), (0, 1)]
    assert first["ipv6_median_ms"] is not None
    assert "network.ipv6-encouraged" in {each.code for each in found.remarks}
    assert found.invalid == found.missing == (), "encouraged, so it can never fail"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("2001:db8::1", "global"),
        ("fd00::1", "unique-local"),
        ("fe80::1%eth0", "link-local"),
        ("10.0.0.1", ""),
        ("x", ""),
    ],
)
def test_scopes_are_those_of_the_address_architecture(address: str, found: str) -> None:
    assert scope(address) == found


def test_a_terminal_with_a_row_a_family_is_one_node_for_ipv6(make: Any, judge: Callable[..., Any]) -> None:
    data = make.header(1) + make.record(0, 0, 1) + make.header(1, address="2001:db8::{}") + make.record(0, 0, 1)
    rows = [f"A,a,10.9.0.1,,{IMEIS[0]},", f"A,a,2001:db8::1,,{IMEIS[0]},"]
    found = judge(data, "network.ipv6", "share", {}, "", None, [register(*rows)])
    (node,) = found.listing["nodes"]
    assert (node["node"], node["scope"].en, found.estimate.value) == ("A", "global", 1)
    assert found.figures[0].kind == "table"


def test_the_terminals_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    segment = tmp_path / "0001.csv"
    segment.write_text(HEAD + "A,a,10.0.0.1,,,\nB,b,10.0.0.2,,,\n")
    (tmp_path / "scratch").mkdir()
    settings = PROBE.settings.parse({"register": "nodes.csv"})
    trace = Trace("s01.nodes", "terminals", PROBE.name, 1, (segment,), settings)
    check_probe(PROBE, trace, Asked((), settings), tmp_path / "scratch")


def test_the_register_is_recorded_byte_for_byte_and_resumed(tmp_path: Path, sink: Any) -> None:
    data = (HEAD + "A,a,10.0.0.1,,,\n").encode()
    (tmp_path / "nodes.csv").write_bytes(data)
    source = source_of(PROBE, {"register": "nodes.csv"}, tmp_path)
    source.preflight()
    sink.write(data[:10])
    source.record(sink)
    assert bytes(sink.data) == data


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "'register' is missing"),
        ({"register": "absent.csv"}, "no file absent.csv"),
        ({"register": "empty.csv"}, "has no rows"),
        ({"register": "bad.csv"}, "bad.csv:2"),
        ({"register": "good.csv", "x": 1}, "unknown key 'x'"),
    ],
)
def test_wrong_settings_are_named(config: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text(HEAD)
    (tmp_path / "bad.csv").write_text(HEAD + "A,a,10.0.0.1,99999,,\n")
    (tmp_path / "good.csv").write_text(HEAD + "A,a,10.0.0.1,,,\n")
    told = [each.problem for each in wrong_in(PROBE, config, tmp_path)]
    if not told:
        with pytest.raises(UsageError) as caught:
            source_of(PROBE, config, tmp_path).preflight()
        told = [f"{caught.value.where}: {caught.value.problem}"]
    assert len(told) == 1
    assert words in told[0]


def test_a_register_that_vanished_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_bytes(b"x")
    source = source_of(PROBE, {"register": "n.csv"}, tmp_path)
    with pytest.raises(UsageError):
        source.preflight()
    (tmp_path / "n.csv").unlink()
    with pytest.raises(InstrumentError, match="cannot be read"):
        source.preflight()


def test_identity_of_a_bare_row() -> None:
    assert identity_problem(Terminal(2, "A", "", "10.0.0.1", 0, "", "")) == "no-identity"
