# SPDX-License-Identifier: Apache-2.0
"""Settings of active measurement, or every problem at once with its place and cure."""

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SpecError, UsageError
from harness.kit.settings import absent, findings
from probes.network.plans.active import ActiveSettings, PacketSettings, StampSettings, TcpSettings
from probes.network.wire.packet import LAYOUTS

GOOD = {"targets": ["10.0.0.1"], "duration": "1 min"}


def test_defaults_are_the_documented_ones(tmp_path: Path) -> None:
    settings = StampSettings.parse(GOOD)
    assert (settings.schedule, settings.rate_hz, settings.base_bytes, settings.waiting_ns) == (
        "poisson",
        Fraction(100),
        44,
        3_000_000_000,
    )
    assert (settings.interval_ns, settings.total_ns) == (10_000_000, 60_000_000_000)
    (target,) = settings.found(tmp_path)
    assert (target.host, target.port) == ("10.0.0.1", 862)
    assert TcpSettings.parse(GOOD).found(tmp_path)[0].port == 443
    assert TcpSettings.parse(GOOD).rate_hz == 10


@pytest.mark.parametrize("kind", [StampSettings, PacketSettings, TcpSettings])
def test_what_the_journal_keeps_parses_to_an_equal_record_and_travels(kind: type[ActiveSettings]) -> None:
    given = {**GOOD, "targets": ["a:1", {"address": "b", "port": 7}], "rate": "1/min", "seed": 3}
    settings = kind.parse(given)
    assert kind.parse(settings.journal()) == settings == pickle.loads(pickle.dumps(settings))
    assert settings.rate_hz == Fraction(1, 60)


def test_packets_are_as_long_as_their_mode_and_extensions_ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STAMP_KEY", "k" * 16)
    secret = StampSettings.parse({**GOOD, "key": "env:STAMP_KEY", "extensions": ["class-of-service"]})
    assert secret.key(tmp_path) == b"k" * 16
    assert secret.base_bytes == LAYOUTS["authenticated"].size + 8 + 20
    assert PacketSettings.parse(GOOD).base_bytes == LAYOUTS["icmp"].size
    assert "k" * 16 not in str(secret.journal())


def test_a_register_gives_targets_once_for_each_address_and_port(tmp_path: Path) -> None:
    rows = "asset_id,name,address,port\nA,a,10.0.0.1,\nB,b,10.0.0.2,9000\nC,c,10.0.0.1,862\nD,d,,\n"
    (tmp_path / "nodes.csv").write_text(rows)
    for key in ("targets", "register"):
        targets = StampSettings.parse({key: "nodes.csv", "count": 5}).found(tmp_path)
        found = [(each.label, each.host, each.port) for each in targets]
        assert found == [("A", "10.0.0.1", 862), ("B", "10.0.0.2", 9000)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("asset_id,address\nA,10.0.0.300\n", "nodes.csv:2"),
        ("asset_id,address\nA,\n", "names no address"),
        (None, "cannot be read"),
    ],
)
def test_a_register_that_names_nobody_is_told_before_anything_is_sent(
    rows: str | None, words: str, tmp_path: Path
) -> None:
    if rows is not None:
        (tmp_path / "nodes.csv").write_text(rows)
    with pytest.raises(UsageError) as caught:
        StampSettings.parse({"targets": "nodes.csv", "count": 5}).found(tmp_path)
    assert words in str(caught.value)
    assert caught.value.cure


def test_a_register_that_is_not_there_is_placed_and_an_address_is_no_register(tmp_path: Path) -> None:
    (missing,) = absent(StampSettings.parse({**GOOD, "targets": ["edge.example", "absent.csv"]}), tmp_path)
    assert missing.keys == ("targets", 1)
    assert (missing.problem, missing.cure) == ("there is no file absent.csv.", "put the register beside the profile.")


@pytest.mark.parametrize(
    ("target", "host", "port"),
    [
        ("edge.example", "edge.example", 862),
        ("10.0.0.1:9000", "10.0.0.1", 9000),
        ("fd00::7", "fd00::7", 862),
        ("[fd00::7]:9000", "fd00::7", 9000),
        ({"address": "10.0.0.9", "port": 7, "asset_id": "A"}, "10.0.0.9", 7),
    ],
)
def test_targets_in_each_notation(target: Any, host: str, port: int, tmp_path: Path) -> None:
    (found,) = StampSettings.parse({**GOOD, "targets": [target]}).found(tmp_path)
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"targets": []}, "targets", "No targets"),
        ({"targets": [7]}, "targets", "not as text"),
        ({"targets": ["10.0.0.1:99999"]}, "targets", "is not a target"),
        ({"targets": [{"address": "a", "prot": 7}]}, "targets", "unknown key"),
        ({"rate": "100"}, "rate", "100"),
        ({"rate": "300000/s"}, "rate", "out of range"),
        ({"rate": "fast"}, "rate", "not a quantity"),
        ({"size": "45 B"}, "size", "45 B"),
        ({"size": ["64 B", "20 B"]}, "size", "20 B"),
        ({"schedule": "bursty"}, "schedule", "bursty"),
        ({"duration": "5 B"}, "duration", "not time"),
        ({"count": 5}, "duration", "a duration or a count"),
        ({"waiting_time": "0 s"}, "waiting_time", "out of range"),
        ({"port": 70000}, "port", "70000"),
        ({"extensions": "colour"}, "extensions", "colour"),
        ({"key": "-----BEGIN KEY"}, "key", "no place in a profile"),
        ({"load": "5 Mbit/s", "load_steps": 0}, "load_steps", "too small"),
        ({"load_steps": 3}, "load_steps", "no load"),
        ({"load_step": "1 min"}, "load_step", "no load"),
        ({"colour": "red"}, "colour", "unknown key"),
    ],
)
def test_each_mistake_is_named_at_its_key_with_a_cure(change: dict[str, Any], key: str, words: str) -> None:
    (problem,) = findings(StampSettings, {**GOOD, **change})
    assert problem.keys[0] == key
    assert words in problem.problem
    assert problem.cure


@pytest.mark.parametrize(
    "key",
    ["size", "dscp", "load", "load_port", "load_steps", "load_step", "interface", "key", "time_format", "extensions"],
)
def test_what_has_no_meaning_for_a_connect_is_refused(key: str) -> None:
    (problem,) = findings(TcpSettings, {**GOOD, key: "1"})
    assert problem.problem == f"unknown key {key!r}."


def test_all_mistakes_come_at_once() -> None:
    wrong = {"targets": [], "rate": "x", "size": "1 B", "schedule": "?", "duration": "1 min", "nonsense": 1}
    assert len(findings(StampSettings, wrong)) == 5
    with pytest.raises(SpecError):
        StampSettings.parse(wrong)
