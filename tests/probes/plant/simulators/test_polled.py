# SPDX-License-Identifier: Apache-2.0
"""Simulated plants that are asked: what they are told to do is what is found."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.testing import MemorySink
from probes.plant.digests.polling import polled
from probes.plant.instruments.polls import MODBUS, OPCUA
from probes.plant.measurands.presence import states
from probes.plant.simulators import polled as plants
from probes.plant.traces import assets
from tests.probes.network.recording import session_of, source_of

FAULTS = {"silent": 1, "frozen": 2, "retained": 1, "alive": 1}


@pytest.mark.parametrize(
    ("probe", "simulate", "keys", "more", "expected"),
    [
        (OPCUA, plants.opcua, ("url",), {"stale": 2}, {"networked": 5, "single": 2, "frozen": 2, "bad": 3}),
        (MODBUS, plants.modbus, ("tcp",), {}, {"networked": 7, "frozen": 3, "silent": 2}),
    ],
    ids=["opcua", "modbus"],
)
def test_the_stated_shares_are_found(
    probe: Any, simulate: Callable[..., Any], keys: tuple[str, ...], more: dict, expected: dict, tmp_path: Path
) -> None:
    with simulate({"count": 12, "period": "200 ms", **FAULTS, **more}, tmp_path) as plant:
        shutil.copy(plant["register"], tmp_path / "assets.csv")
        given = {key: plant[key] for key in keys}
        settings = {**given, "register": "assets.csv", "every": "200 ms", "duration": "3 s"}
        source, sink = source_of(probe, settings, tmp_path), MemorySink()
        source.preflight()
        source.record(sink)
    heard = polled(session_of(sink.data, probe.form.format), probe.kind)
    register = assets.read((tmp_path / "assets.csv").read_bytes(), "assets.csv")
    found = states(register, heard, heard.spans[0][1], 3.0)
    # An asset that stopped is heard once or not at all within the window, as the first question happened to come.
    why = ["single" if each == "stale" else each for each in found.why.values()]
    assert Counter(why) == expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["opcua", "modbus"])
def test_a_server_that_fails_is_told_at_once_and_not_waited_for(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(plants, f"_{kind}", fails)
    with (
        pytest.raises(InstrumentError, match="plant did not start: RuntimeError no memory"),
        getattr(plants, kind)({"count": 2}, tmp_path),
    ):
        raise AssertionError("it started")
