# SPDX-License-Identifier: Apache-2.0
"""The probe as the engine sees it: conformance, settings, recording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError, SpecError
from harness.plugins import Asked
from harness.testing import MemorySink, check_probe, record
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.device import RecordedReceiver
from probes.gnss.simulators.receiver import device_of, nmea, receiver, simulate
from tests.probes.gnss.conftest import names, placed, site, trace_of

GOOD: Mapping[str, Any] = {"file": "a.nmea", **site("1 mm", "2 mm")}
TRUTH: Mapping[str, Any] = GOOD["truth"]


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    path = tmp_path / "0001.nmea"
    device = device_of({"duration": 60})
    path.write_bytes(nmea(device, simulate(device)))
    trace = trace_of({**GOOD, "file": str(path)})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    check_probe(PROBE, trace, Asked(settings=trace.settings), scratch)


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
        ({**GOOD, "min_fix_rate": "10 %"}, ("min_fix_rate",)),
        ({**GOOD, "settle": "1200 s"}, ("settle",)),
        ({**GOOD, "truth": {**TRUTH, "u_vertical": "0 mm"}}, ("truth", "u_vertical")),
        ({**GOOD, "colour": "red"}, ("colour",)),
        ({**without("truth"), "mode": "dynamic"}, ("trajectory",)),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_wrong_setting_is_placed_and_has_a_cure(tmp_path: Path, config, keys) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    problems = placed(PROBE, config, tmp_path)
    assert names(problems, keys)
    assert all(each.problem.endswith(".") and each.cure.endswith((".", "?")) for each in problems), problems


def test_good_settings_have_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    assert placed(PROBE, GOOD, tmp_path) == []


@pytest.mark.parametrize("kept", [0, 1, 777, 5000])
def test_a_recorded_file_is_copied_byte_for_byte_from_where_it_stopped(tmp_path: Path, kept: int) -> None:
    device = device_of({"duration": 30, "radius": 10})
    data = nmea(device, simulate(device))
    (tmp_path / "a.nmea").write_bytes(data)
    (tmp_path / "t.csv").write_bytes(b"time,e,n,u\n")
    config = {**without("truth"), "mode": "dynamic", "trajectory": "t.csv", "origin": TRUTH}
    sink = record(PROBE, config, tmp_path, MemorySink(tmp_path, segments=[bytearray(data[:kept])]))
    assert sink.data == data
    assert sink.attached == ({} if kept else {"trajectory.csv": b"time,e,n,u\n"})


def test_an_absent_file_is_an_instrument_error(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="cannot be read"):
        record(PROBE, {**GOOD, "file": "absent.nmea"}, tmp_path)


def test_the_simulator_refuses_what_it_does_not_know() -> None:
    with pytest.raises(SpecError, match=r"'speeed'.*did you mean speed"), receiver({"speeed": 1}, Path()):
        pass
    with pytest.raises(SpecError, match=r"rate.*'fast'"), receiver({"rate": "fast"}, Path()):
        pass


@pytest.mark.parametrize("name", sorted(RecordedReceiver.model_fields))
def test_no_setting_of_the_simulator_takes_a_word_for_a_number_or_a_name_half_written(name: str) -> None:
    for given in ({f"{name}x": 1}, {name: ["no"]}, {name: ""}):
        with pytest.raises(SpecError, match=name), receiver(given, Path()):
            pass


@pytest.mark.parametrize("name", ["sky_every", "rate", "duration", "speed", "apart", "truth_rate"])
def test_what_divides_is_never_zero(name: str) -> None:
    with pytest.raises(SpecError, match=rf"{name}.*0"), receiver({name: 0}, Path()):
        pass


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not() -> None:
    first, again, other = (device_of({"duration": 20, "seed": seed}) for seed in (4, 4, 5))
    assert nmea(first, simulate(first)) == nmea(again, simulate(again)) != nmea(other, simulate(other))
