# SPDX-License-Identifier: Apache-2.0
"""Packages of npm for the tests of chains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.probes.chain import npm


@pytest.fixture
def modules(peer: Callable[[str], str]) -> Callable[[str], Path]:
    def found(package: str) -> Path:
        peer("npm")
        folder = npm.installed(package)
        if folder is None:
            peer(f"{package} of npm")
        assert folder is not None
        return folder

    return found
