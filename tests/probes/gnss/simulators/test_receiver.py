# SPDX-License-Identifier: Apache-2.0
"""The simulated receiver: each setting does what it says, read back by pynmea2 or from the run itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pynmea2
import pytest

from harness.errors import UsageError
from probes.gnss.simulators.receiver import Receiver, nmea, receiver, simulate, track

STILL = {"duration": 300, "rate": 2, "cold_start": 0}


def errors_of(device: Receiver) -> np.ndarray:
    run = simulate(device)
    return run.reported_m - run.truth_m


def sentences(device: Receiver) -> list[pynmea2.NMEASentence]:
    return [pynmea2.parse(line, check=True) for line in nmea(device, simulate(device)).decode().splitlines()]


def test_the_bias_is_where_the_errors_centre() -> None:
    found = errors_of(Receiver(**STILL, bias_e=0.01, bias_n=-0.02, bias_u=0.03, noise_tau=0.1))
    assert found.mean(axis=0) == pytest.approx([0.01, -0.02, 0.03], abs=1e-3)


def test_the_noise_has_its_deviation_and_its_memory() -> None:
    found = errors_of(Receiver(duration=20_000, rate=1, cold_start=0, sd_h=0.002, sd_v=0.005, noise_tau=4))
    assert found.std(axis=0) == pytest.approx([0.002, 0.002, 0.005], rel=0.06)
    lag = [np.corrcoef(column[4:], column[:-4])[0, 1] for column in found.T]
    assert lag == pytest.approx([np.exp(-1)] * 3, abs=0.06)


def test_float_solutions_come_when_and_as_long_as_asked() -> None:
    run = simulate(Receiver(**STILL, float_every=100, float_for=10))
    assert set(run.seconds[run.quality == 5]) == {
        s / 2 for base in (50, 150, 250) for s in range(2 * base, 2 * base + 20)
    }
    assert np.abs(run.reported_m[run.quality == 5]).mean() > 10 * np.abs(run.reported_m[run.quality == 4]).mean()


def test_wrong_fixes_keep_calling_themselves_fixed() -> None:
    device = Receiver(**STILL, wrong_every=150, wrong_for=5, wrong_m=0.2)
    run = simulate(device)
    off = np.hypot(*errors_of(device)[:, :2].T) > 0.1
    assert np.count_nonzero(off) == 20
    assert (run.quality[off] == 4).all()


def test_silence_leaves_no_epoch_and_a_blind_receiver_says_so() -> None:
    assert len(simulate(Receiver(**STILL, gap_every=100, gap_for=3)).seconds) == 600 - 3 * 6
    said = [each for each in sentences(Receiver(**STILL, blind_every=100, blind_for=3)) if each.sentence_type == "GGA"]
    blind = [each for each in said if each.gps_qual == 0]
    assert (len(said), len(blind)) == (600, 18)
    assert all(each.lat == "" and each.altitude is None for each in blind)


def test_a_late_receiver_reports_where_it_was() -> None:
    device = Receiver(**STILL, radius=40, speed=2, latency=0.25, sd_h=0, sd_v=0)
    run = simulate(device)
    assert run.reported_m == pytest.approx(track(device, run.seconds - 0.25))


def test_decimals_talker_and_systems_are_as_asked() -> None:
    device = Receiver(duration=5, decimals=5, height_decimals=2, talker="GB", systems="4", cold_start=0)
    said = sentences(device)
    first = next(each for each in said if each.sentence_type == "GGA")
    assert {each.talker for each in said} == {"GB"}
    assert [len(text.split(".")[1]) for text in (first.lat, first.lon)] == [5, 5]
    assert first.num_sats == "11"
    assert {each.data[-1] for each in said if each.sentence_type == "GSA"} == {"4"}
    assert {each.data[-1] for each in said if each.sentence_type == "GSV"} == {"1", "8"}


def test_files_stay_where_a_folder_is_named(tmp_path: Path) -> None:
    with receiver({"duration": 5, "radius": 10, "folder": "kept"}, tmp_path) as given:
        assert Path(given["file"]) == tmp_path / "kept" / "receiver.nmea"
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"receiver.nmea", "trajectory.csv"}
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="cannot be written to"), receiver({"folder": "taken"}, tmp_path):
        pass
