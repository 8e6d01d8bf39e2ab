# SPDX-License-Identifier: Apache-2.0
"""Settings become a plan, or every problem at once with its place and cure."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from probes.network.plans.stamp_config import check, plan

GOOD = {"targets": ["10.0.0.1"], "duration": "1 min"}


def test_defaults_are_the_documented_ones(tmp_path: Path) -> None:
    found = plan(GOOD, tmp_path)
    assert (found.schedule, found.rate, found.sizes, found.waiting_ns) == (
        "periodic",
        Fraction(100),
        (44,),
        3_000_000_000,
    )
    assert (found.interval_ns, found.total_ns) == (10_000_000, 60_000_000_000)
    assert (found.targets[0].host, found.targets[0].port) == ("10.0.0.1", 862)


def test_a_register_gives_targets_once_for_each_address_and_port(tmp_path: Path) -> None:
    rows = "asset_id,name,address,port\nA,a,10.0.0.1,\nB,b,10.0.0.2,9000\nC,c,10.0.0.1,862\nD,d,,\n"
    (tmp_path / "nodes.csv").write_text(rows)
    found = plan({"targets": "nodes.csv", "count": 5}, tmp_path).targets
    assert [(each.label, each.host, each.port) for each in found] == [("A", "10.0.0.1", 862), ("B", "10.0.0.2", 9000)]


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
    (found,) = plan({**GOOD, "targets": [target]}, tmp_path).targets
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"targets": []}, "targets", "No targets"),
        ({"targets": "absent.csv"}, "targets", "cannot be read"),
        ({"targets": [7]}, "targets", "is not a target"),
        ({"targets": ["10.0.0.1:99999"]}, "targets", "is not a target"),
        ({"rate": "100"}, "rate", "100"),
        ({"rate": "300000/s"}, "rate", "out of range"),
        ({"rate": "fast"}, "rate", "not a quantity"),
        ({"size": "45 B"}, "size", "45 B"),
        ({"size": ["64 B", "20 B"]}, "size", "20 B"),
        ({"schedule": "bursty"}, "schedule", "is not a schedule"),
        ({"duration": "5 B"}, "duration", "duration"),
        ({"count": 5}, "duration", "a duration or a count"),
        ({"waiting_time": "0 s"}, "waiting_time", "out of range"),
        ({"port": 70000}, "port", "port"),
        ({"colour": "red"}, "colour", "is not a setting"),
    ],
)
def test_each_mistake_is_named_at_its_key_with_a_cure(
    change: dict[str, Any], key: str, words: str, tmp_path: Path
) -> None:
    problems = check({**GOOD, **change}, tmp_path)
    assert [problem.keys[0] for problem in problems] == [key]
    assert words in problems[0].problem
    assert problems[0].cure


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    wrong = {"targets": [], "rate": "x", "size": "1 B", "schedule": "?", "duration": "1 min", "nonsense": 1}
    assert len(check(wrong, tmp_path)) == 5
    with pytest.raises(UsageError):
        plan(wrong, tmp_path)
