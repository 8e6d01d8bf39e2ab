# SPDX-License-Identifier: Apache-2.0
"""Every mandatory indicator of S01, S08 and P04 is shown to PASS in the effort its scenario states, for an honest project.

Tests that show it carry the mark ``power``, with the indicators in whose name they ask: as arguments, which the test itself
reads, or as the values of a parameter. What is sampled or moves at random is simulated at half the limit, in nine repetitions
of ten or more; what is counted one by one has no sampling error and is shown once, through the engine, at full length.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from inspect import signature
from typing import Any

import pytest

from harness.spec import installed_scenarios

SIMULATED = ("tests.probes.network.measurands.test_power", "tests.probes.gnss.measurands.test_regimes")
COUNTED = ("tests.harness.test_demo",)
ONE_BY_ONE = {"s01.nodes", "s01.demos", "s08.domain"}
"""Of whose evidence every item is looked at, so that chance has no part in it."""
Test = Callable[..., Any]


def shown(modules: tuple[str, ...]) -> set[str]:
    """The indicators in whose name the marked tests of ``modules`` ask."""
    found = (marked(vars(import_module(each))) for each in modules)
    return {each for tests in found for test, mark in tests for each in asked(test, mark)}


def marked(module: Mapping[str, Any]) -> Iterator[tuple[Test, pytest.Mark]]:
    """The tests that will run and carry the mark; one that would be left out shows nothing."""
    for name, test in module.items():
        marks = {each.name: each for each in getattr(test, "pytestmark", ()) if name.startswith("test_")}
        if "power" in marks and not marks.keys() & {"skip", "skipif", "xfail", "peer", "shared_data"}:
            yield test, marks["power"]


def asked(test: Test, mark: pytest.Mark) -> set[str]:
    """The indicators that one test asks for: what its mark says and the test reads, or what its parameter runs through."""
    name = mark.kwargs.get("parameter")
    if name is None:
        assert "request" in signature(test).parameters, f"{test} does not read its mark"
        return set(mark.args)
    assert name in signature(test).parameters
    return {value for each in getattr(test, "pytestmark", ()) for value in values(each, name)}


def values(mark: pytest.Mark, name: str) -> Iterator[str]:
    """What ``parametrize`` gives for ``name``."""
    if mark.name != "parametrize":
        return
    names, rows = mark.args
    listed = [each.strip() for each in names.split(",")] if isinstance(names, str) else list(names)
    if name in listed:
        yield from (row if len(listed) == 1 else row[listed.index(name)] for row in rows)


def mandatory() -> set[str]:
    scenarios = {each.scenario.id: each.scenario for each in installed_scenarios()}
    return {each.id for name in ("s01", "s08", "p04") for each in scenarios[name].indicators if each.mandatory}


def test_every_mandatory_indicator_that_is_sampled_is_simulated_at_half_its_limit() -> None:
    assert mandatory() - ONE_BY_ONE <= shown(SIMULATED)


def test_every_mandatory_indicator_that_is_counted_is_shown_at_full_length() -> None:
    assert mandatory() & ONE_BY_ONE <= shown(COUNTED)
    assert mandatory() >= ONE_BY_ONE


def test_a_case_that_is_gone_or_left_out_is_noticed() -> None:
    @pytest.mark.power(parameter="each")
    @pytest.mark.parametrize(("other", "each"), [(1, "s01.latency"), (2, "p04.latency")])
    def of_parameters(other: int, each: str) -> None:
        """Asks for two."""

    @pytest.mark.power("s01.nodes")
    @pytest.mark.skip
    def left_out() -> None:
        """Never runs."""

    def beside() -> None:
        """Carries no mark."""

    (found,) = marked({"test_one": of_parameters, "test_two": left_out, "test_three": beside, "four": of_parameters})
    assert asked(*found) == {"s01.latency", "p04.latency"}
