# SPDX-License-Identifier: Apache-2.0
"""The corpus of good and bad files, and the scenario that its profiles refer to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model import Scenario
from harness.spec import Profile, parse_profile, parse_scenario

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    return CORPUS


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    path = CORPUS / "good" / "scenario_full.yaml"
    return parse_scenario(path.read_bytes(), path.name)


@pytest.fixture(scope="session")
def parse(scenario: Scenario) -> Callable[[bytes, str], Scenario | Profile]:
    """Read a file of the corpus as what its name says."""

    def read(content: bytes, name: str) -> Scenario | Profile:
        if kind_of(name, content) == "profile":
            return parse_profile(content, name, scenario)
        return parse_scenario(content, name)

    return read


@pytest.fixture(scope="session")
def kind() -> Callable[[str, bytes], str]:
    return kind_of


def kind_of(name: str, content: bytes) -> str:
    return "profile" if name.startswith("profile") or b"schema: yanshou.profile" in content else "scenario"
