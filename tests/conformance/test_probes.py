# SPDX-License-Identifier: Apache-2.0
"""A walk over everything installed: each probe keeps the rules that the engine relies on, on an example of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import installed
from harness.errors import UsageError
from harness.model import Text
from harness.plugins import Asked
from harness.testing import Question, check_measurand, walk
from tests.conformance.examples import every, example

PROBES = installed.names(installed.PROBES)


def test_no_example_is_of_a_probe_that_is_gone() -> None:
    assert set(every()) <= set(PROBES)


@pytest.mark.parametrize(("name", "check"), list(walk(every())))
def test_every_probe_and_measurand_keeps_the_rules_that_the_engine_relies_on(
    name: str, check: Callable[[Path], None], tmp_path: Path
) -> None:
    check(tmp_path)


def test_the_walk_goes_to_everything_that_is_installed_and_to_one_distribution_alone() -> None:
    names = [name for name, _ in walk({})]
    assert names == [*PROBES, *installed.names(installed.MEASURANDS)]
    assert [name for name, _ in walk({}, "yanshou")] == names
    assert not list(walk({}, "acme-doors"))


def test_the_walk_tells_of_a_probe_without_an_example_and_of_a_measurand_that_leads_nowhere(tmp_path: Path) -> None:
    name, check = next(iter(walk({})))
    with pytest.raises(AssertionError, match=f"{name} has no example"):
        check(tmp_path)
    good = Question("network.rtt", "").record
    check_measurand(good)
    for wrong in (
        {"recorder": "network.export"},
        {"title": Text("", "round-trip time")},
        {"statistics": {}},
        {"watchable": frozenset({"none"})},
    ):
        with pytest.raises(AssertionError):
            check_measurand(replace(good, **wrong))
    with pytest.raises(UsageError, match="does not load"):
        check_measurand(replace(good, show="probes.network:nothing"))


@pytest.mark.parametrize("name", PROBES)
def test_every_example_is_understood_and_not_only_survived(name: str, tmp_path: Path) -> None:
    probe, trace = installed.probe(name), example(name, tmp_path / "example")
    summaries = [probe.summarise(each, Asked(settings=trace.settings)) for each in probe.chunks(trace)]
    assert not any(getattr(each, "damaged", 0) for each in summaries)
    assert not any(getattr(each, "invalid", ()) for each in summaries)
