# SPDX-License-Identifier: Apache-2.0
"""Simulated modems that cannot open their ports are refused in one sentence."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from probes.network.simulators.modems import simulate


@pytest.mark.timeout(60)
def test_modems_that_cannot_open_a_port_are_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: Any, **__: Any) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(asyncio, "start_server", refused)
    with (
        pytest.raises(InstrumentError, match="modems did not start: Too many open files"),
        simulate({"count": 2}, Path()),
    ):
        raise AssertionError("it started")
