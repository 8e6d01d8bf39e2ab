# SPDX-License-Identifier: Apache-2.0
"""The probe as the engine sees it: conformance, settings, recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError, UsageError
from harness.plugins import Context
from harness.testing import check_probe
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.receiver import device_of, nmea, receiver, simulate
from tests.probes.gnss.conftest import trace_of

TRUTH: Mapping[str, Any] = {
    "lat": 30.5,
    "lon": 114.3,
    "height": 45.0,
    "frame": "CGCS2000",
    "epoch": 2000.0,
    "u_horizontal": "1 mm",
    "u_vertical": "2 mm",
}
GOOD: Mapping[str, Any] = {
    "file": "a.nmea",
    "mode": "static",
    "truth": TRUTH,
    "positions": {"frame": "CGCS2000", "epoch": 2000.0},
}


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    path = tmp_path / "0001.nmea"
    device = device_of({"duration": 60})
    path.write_bytes(nmea(device, simulate(device)))
    check_probe(PROBE, trace_of({"file": str(path)}), Context("s08.static.h"), tmp_path)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (without("file"), ()),
        ({**GOOD, "tcp": "host:1"}, ()),
        ({**GOOD, "file": "absent.nmea"}, ("file",)),
        (without("mode"), ("mode",)),
        ({**GOOD, "mode": "fast"}, ("mode",)),
        (without("truth"), ("truth",)),
        ({**GOOD, "truth": 3}, ("truth",)),
        (without("positions"), ("positions",)),
        ({**GOOD, "positions": {"frame": "Beijing54", "epoch": 1980}}, ("positions", "frame")),
        ({**GOOD, "positions": {"frame": "CGCS2000"}}, ("positions", "epoch")),
        ({**GOOD, "truth": {**TRUTH, "lat": 95}}, ("truth", "lat")),
        ({**GOOD, "truth": {**TRUTH, "u_vertical": "2"}}, ("truth", "u_vertical")),
        ({**GOOD, "truth": {**TRUTH, "u_vertical": "-2 mm"}}, ("truth", "u_vertical")),
        ({**GOOD, "truth": {**TRUTH, "height_kind": "sea"}}, ("truth", "height_kind")),
        ({**GOOD, "rate": "fast"}, ("rate",)),
        ({**GOOD, "min_fix_rate": "120 %"}, ("min_fix_rate",)),
        ({**GOOD, "colour": "red"}, ("colour",)),
        ({**without("truth"), "mode": "dynamic"}, ("trajectory",)),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_wrong_setting_is_placed_and_has_a_cure(tmp_path: Path, config, keys) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    problems = PROBE.check(config, tmp_path)
    assert keys in [each.keys for each in problems]
    assert all(each.problem.endswith(".") and each.cure.endswith(".") for each in problems), problems


def test_good_settings_have_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    assert PROBE.check(GOOD, tmp_path) == []


class MemorySink:
    """A sink in memory."""

    stopping = False
    state: Mapping[str, Any] = {}

    def __init__(self, folder: Path, kept: bytes = b"") -> None:
        self.config_folder = folder
        self.data = bytearray(kept)
        self.documents: dict[str, bytes] = {}

    @property
    def position(self) -> int:
        return len(self.data)

    def write(self, data: bytes) -> None:
        self.data += data

    def attach(self, name: str, data: bytes) -> None:
        self.documents[name] = data

    def roll(self) -> None: ...

    def event(self, kind: str, body: Mapping[str, Any]) -> None: ...

    def checkpoint(self, state: Mapping[str, Any]) -> None: ...

    def progress(self, done: float, total: float, text: str = "") -> None: ...


@pytest.mark.parametrize("kept", [0, 1, 777, 5000])
def test_a_recorded_file_is_copied_byte_for_byte_from_where_it_stopped(tmp_path: Path, kept: int) -> None:
    device = device_of({"duration": 30, "radius": 10})
    data = nmea(device, simulate(device))
    (tmp_path / "a.nmea").write_bytes(data)
    (tmp_path / "t.csv").write_bytes(b"time,e,n,u\n")
    source = PROBE.source({"file": "a.nmea", "trajectory": "t.csv"}, tmp_path)
    source.preflight()
    sink = MemorySink(tmp_path, data[:kept])
    source.record(sink)
    assert bytes(sink.data) == data
    assert sink.documents == ({} if kept else {"trajectory.csv": b"time,e,n,u\n"})


def test_an_absent_file_is_an_instrument_error(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="cannot be read"):
        PROBE.source({"file": "absent.nmea"}, tmp_path).preflight()


def test_the_simulator_refuses_what_it_does_not_know() -> None:
    with pytest.raises(UsageError, match="'speeed'"), receiver({"speeed": 1}, Path()):
        pass
    with pytest.raises(UsageError, match="rate is 'fast'"), receiver({"rate": "fast"}, Path()):
        pass


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not() -> None:
    first, again, other = (device_of({"duration": 20, "seed": seed}) for seed in (4, 4, 5))
    assert nmea(first, simulate(first)) == nmea(again, simulate(again)) != nmea(other, simulate(other))
