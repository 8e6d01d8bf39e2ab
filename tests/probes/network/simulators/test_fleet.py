# SPDX-License-Identifier: Apache-2.0
"""Full-length records of simulated terminals: small, the same for the same seed, as long as the scenario asks, always marked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError, Exit, SpecError
from harness.kit import lines
from probes.network.instruments import simulated
from probes.network.simulators.fleet import simulate
from probes.network.traces.conditions import step_of
from probes.network.traces.fleet import FORMAT, LOST, decode, packed
from tests.conformance.examples.network import fleet
from tests.probes.network.conftest import START_NS

SMALL = {"count": 2, "hours": 0.02, "watched": 0.5, "outages": 3.0, "seed": 4}


def sessions(path: Path) -> Iterator[Any]:
    """The sessions of a record, decoded."""
    parts = path.read_bytes().split(b'{"format":')[1:]
    return (decode(lines.session_of(iter((b'{"format":' + each).splitlines()), FORMAT)) for each in parts)


def test_a_record_has_the_moments_and_fates_that_were_drawn() -> None:
    data = fleet(1, count=10)
    found = decode(lines.session_of(iter(data.splitlines()), FORMAT))
    assert (found.probes["scheduled"] - START_NS).tolist() == [7_000 + at * 10**9 for at in range(10)]
    assert ((found.probes["flags"] & 1) > 0).tolist() == [True] * 8 + [False] * 2
    assert (found.probes["t4"] - found.probes["t1"])[:3].tolist() == [900_000, 1_000_000, 1_100_000]
    assert simulated.PROBE.form.format == FORMAT


def test_the_same_seed_writes_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    told = []
    for seed in (4, 4, 5):
        with simulate({**SMALL, "seed": seed}, tmp_path) as given_:
            told.append({key: Path(path).read_bytes() for key, path in given_.items()})
    assert told[0] == told[1]
    assert told[0]["latency"] != told[2]["latency"]


def test_terminals_drop_out_and_delays_come_idle_and_under_load(tmp_path: Path) -> None:
    with simulate(SMALL, tmp_path) as given_:
        delays, kept = (list(sessions(Path(given_[key]))) for key in ("latency", "keepalive"))
    phases = ["idle", "step-1", "step-2", "step-3", "step-4", "load"]
    assert [each.header["targets"][0]["condition"] for each in delays] == [each for each in phases for _ in range(2)]
    runs = [each for each in delays if not step_of(each.header["targets"][0]["condition"])]
    assert all(each.probes["scheduled"][-1] - each.probes["scheduled"][0] > 0.02 * 3600e9 for each in runs)
    begun = [int(each.probes["scheduled"][0]) for each in delays[::2]]
    assert begun == sorted(begun), "one phase after the other"
    assert all((np.diff(each.probes["scheduled"]) == 5 * 10**9).all() for each in kept)
    assert sum(int((each.probes["flags"] & 1 == 0).sum()) for each in kept) % 3 == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            {"delays_us": "x"}, {"delays_us": ""}, {"even": [0, 0, 5]}, {"even": [0, 1]}, {"even": [0, 1, 10**12]},
            {"lost": [[5, 3]]}, {"lost": [[0, 10**6]]}, {"even": None}, {"lost": 3}, {"delays_us": packed(np.zeros(0), "<u2")},
        ]
    )
)  # fmt: skip
def test_a_row_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    head, row = fleet(1).splitlines()
    with pytest.raises(DecodeError, match="compact record"):
        decode(lines.session_of(iter([head, json.dumps({**json.loads(row), **wrong}).encode()]), FORMAT))


def test_a_lost_packet_is_lost_and_a_setting_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    head, row = fleet(1).splitlines()
    lost = json.dumps({**json.loads(row), "delays_us": packed(np.array([LOST]), "<u2")}).encode()
    found = decode(lines.session_of(iter([head, lost]), FORMAT))
    assert not (found.probes["flags"] & 1).any()
    for wrong in ({"count": 0}, {"late": 2}, {"hours": -1}, {"outage": 0}):
        with pytest.raises(SpecError), simulate(wrong, tmp_path):
            pass


PROFILE = """schema: yanshou.profile/1
scenario: s01
project: {name: P, applicant: {name: N, uscc: 9142011177893287XL}, period: {start: 2023-05-18, end: 2024-05-18}, site: S}
test: {kind: self-check, organisation: N, operator: O}
sources: {s01.latency: {probe: network.simulated, file: mine.jsonl}}
"""


def test_a_record_that_somebody_wrote_by_hand_is_simulated_data_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.cli import main

    (tmp_path / "mine.jsonl").write_bytes(fleet(1))
    (tmp_path / "p.yaml").write_text(PROFILE, encoding="utf-8")
    code = main(["--lang", "en", "run", str(tmp_path / "p.yaml"), "--out", str(tmp_path / "out"), "--json"])
    assert code == Exit.UNDECIDED
    results = json.loads(capsys.readouterr().out)
    assert results["campaign"]["simulated"] == ["s01.latency/simulated"]
