# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse gnss``: one log to one JSON document."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InstrumentError, UsageError
from probes.gnss.analyse import analyse_gnss
from probes.gnss.simulator import device_of, nmea, simulate, trajectory_csv

DEVICE = {"duration": 300, "rate": 2, "gap_every": 100, "gap_for": 3, "float_every": 80, "float_for": 4, "seed": 3}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.nmea"
    device = device_of(DEVICE)
    path.write_bytes(nmea(device, simulate(device)))
    return path


def only(document: dict) -> dict:
    assert document["kind"] == "gnss"
    (one,) = document["files"]
    json.dumps(document, allow_nan=False)
    return one


def test_accuracy_is_that_of_the_simulated_errors(log: Path) -> None:
    told = only(analyse_gnss([log], {"truth": "30.5,114.3,45.0"}))
    run = simulate(device_of(DEVICE))
    for quality in (1, 4, 5):
        errors = (run.reported_m - run.truth_m)[run.quality == quality]
        size = np.hypot(errors[:, 0], errors[:, 1])
        block = told["accuracy"][str(quality)]
        assert block["n"] == len(errors)
        # seven decimals of a minute and four of a metre: rounding of a tenth of a millimetre
        assert block["mean_enu_m"] == pytest.approx(errors.mean(axis=0), abs=6e-5)
        assert block["rms_enu_m"] == pytest.approx(np.sqrt((errors**2).mean(axis=0)), abs=6e-5)
        assert block["horizontal_rms_m"] == pytest.approx(np.sqrt((size**2).mean()), abs=6e-5)
        assert block["horizontal_p50_m"] == pytest.approx(np.quantile(size, 0.5), abs=1e-4)
        assert block["horizontal_p95_m"] == pytest.approx(np.quantile(size, 0.95), abs=1e-4)
        assert block["horizontal_max_m"] == pytest.approx(size.max(), abs=2e-4)
        assert block["vertical_rms_m"] == pytest.approx(np.sqrt((errors[:, 2] ** 2).mean()), abs=6e-5)
        scatter = told["precision"][str(quality)]
        assert scatter["mean_enu_m"] == pytest.approx([0, 0, 0], abs=1e-8)
        spread = (errors - errors.mean(axis=0))[:, :2]
        assert scatter["horizontal_rms_m"] == pytest.approx(np.sqrt((spread**2).sum(axis=1).mean()), abs=6e-5)
    low, high = told["accuracy"]["4"]["horizontal_rms_bounds_m"]
    assert low < told["accuracy"]["4"]["horizontal_rms_m"] < high
    assert 20 < told["accuracy"]["4"]["n_eff"] < told["accuracy"]["4"]["n"]


def test_counts_and_availability_are_those_of_the_simulated_run(log: Path) -> None:
    told, run = only(analyse_gnss([log])), simulate(device_of(DEVICE))
    assert told["counts"]["by_id"]["GNGGA"] == len(run.quality)
    assert told["counts"]["gga_quality"] == {str(q): int((run.quality == q).sum()) for q in (1, 4, 5)}
    assert told["counts"]["minute_decimals"] == {"7": len(run.quality)}
    assert told["counts"]["sentences"] == sum(told["counts"]["by_id"].values())
    found = told["availability"]
    assert found["expected_epochs"] == 600
    assert found["received_epochs"] == len(run.quality)
    assert found["fix_rate_of_expected"] == pytest.approx((run.quality == 4).sum() / 600)
    assert found["fix_rate_of_received"] == pytest.approx((run.quality == 4).mean())
    assert found["ttff_fixed_s"] == 10.0
    silent = [gap for gap in found["gaps"] if gap["cause"] == "silence"]
    assert [gap["seconds"] for gap in silent] == [3.5] * 3
    assert silent[0]["start"] == "2026-11-21T04:00:49.500Z"
    assert sum(gap["missing_epochs"] for gap in silent) == 600 - len(run.quality)
    assert told["beidou"]["used_share"] == 1.0
    assert told["beidou"]["gsv_by_signal"] == dict.fromkeys(("1", "8"), told["counts"]["by_id"]["GBGSV"] // 2)
    assert told["accuracy"] == {}
    assert told["latency_s"] is None


def test_a_gap_with_a_damaged_sentence_in_it_says_so(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    victim = [index for index, line in enumerate(lines) if line.startswith(b"$GNGGA")][200]
    lines[victim] = lines[victim].replace(b"N", b"n", 1)
    log.write_bytes(b"".join(lines))
    told = only(analyse_gnss([log]))
    assert told["counts"]["bad_checksum"] == 1
    assert [gap["seconds"] for gap in told["availability"]["gaps"] if gap["cause"] == "damaged sentence"] == [1.0]
    (event,) = told["events"]
    assert event["event"] == "bad_checksum"
    assert log.read_bytes()[event["offset"] :].startswith(b"$GnGGA")


def test_a_moving_receiver_is_compared_with_its_trajectory(tmp_path: Path) -> None:
    device = device_of({"duration": 200, "rate": 2, "radius": 15, "latency": 0.04})
    log, truth = tmp_path / "log.nmea", tmp_path / "truth.csv"
    log.write_bytes(nmea(device, simulate(device)))
    truth.write_bytes(trajectory_csv(device))
    options = {"trajectory": str(truth), "origin": (30.5, 114.3, 45.0)}
    told = only(analyse_gnss([log], options))
    assert told["latency_s"]["value"] == pytest.approx(0.04, abs=0.002)
    assert told["accuracy"]["4"]["horizontal_rms_m"] == pytest.approx(0.04, abs=0.003)
    corrected = only(analyse_gnss([log], {**options, "latency": "correct"}))
    assert corrected["accuracy"]["4"]["horizontal_rms_m"] < 0.005


@pytest.mark.parametrize(
    "options",
    [
        {"truth": "30.5,114.3"},
        {"truth": "30.5;114.3;45"},
        {"truth": "114.3,30.5,45"},
        {"trajectory": "x.csv"},
        {"origin": "30.5,114.3,45"},
        {"truth": "30.5,114.3,45", "trajectory": "x.csv", "origin": "30.5,114.3,45"},
    ],
)
def test_options_that_do_not_fit_are_refused_with_a_cure(log: Path, options) -> None:
    with pytest.raises(UsageError) as caught:
        analyse_gnss([log], options)
    assert caught.value.cure


def test_an_absent_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="cannot be read"):
        analyse_gnss([tmp_path / "absent.nmea"])


@pytest.mark.parametrize("data", [b"", b"\x00" * 99, "$GNGGA,1*00\r\n".encode("utf-16"), b"PK\x03\x04" * 50])
def test_a_file_of_another_kind_is_described_not_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    told = only(analyse_gnss([path], {"truth": "30.5,114.3,45"}))
    assert told["counts"]["sentences"] == 0
    assert told["counts"]["bytes"] == len(data)
    assert told["availability"]["expected_epochs"] == 0
    assert told["accuracy"] == {}


def test_every_recording_gives_valid_json(shared_data) -> None:
    paths = sorted(path for path in shared_data("gnss", "gpsd").iterdir() if path.suffix == ".log")
    document = analyse_gnss(paths, {"truth": "30.5,114.3,45"})
    assert len(document["files"]) == len(paths) > 20
    json.dumps(document, allow_nan=False)
