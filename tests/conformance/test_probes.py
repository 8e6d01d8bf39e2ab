# SPDX-License-Identifier: Apache-2.0
"""A walk over every installed probe: each keeps the rules that the engine relies on, on an example of its own."""

from pathlib import Path

import pytest

from harness import installed
from harness.plugins import Asked
from harness.testing import check_probe
from tests.conformance.examples import EXAMPLES, example

PROBES = installed.names(installed.PROBES)


def test_no_example_is_of_a_probe_that_is_gone() -> None:
    assert set(EXAMPLES) <= set(PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_keeps_the_rules_that_the_engine_relies_on(name: str, tmp_path: Path) -> None:
    trace = example(name, tmp_path / "example")
    (tmp_path / "scratch").mkdir()
    check_probe(installed.probe(name), trace, Asked(settings=trace.settings), tmp_path / "scratch")


@pytest.mark.parametrize("name", PROBES)
def test_every_example_is_understood_and_not_only_survived(name: str, tmp_path: Path) -> None:
    probe, trace = installed.probe(name), example(name, tmp_path / "example")
    summaries = [probe.summarise(each, Asked(settings=trace.settings)) for each in probe.chunks(trace)]
    assert not any(getattr(each, "damaged", 0) for each in summaries)
    assert not any(getattr(each, "invalid", ()) for each in summaries)
