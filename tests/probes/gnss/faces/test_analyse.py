# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse gnss``: one log to one JSON document."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InstrumentError, UsageError
from probes.gnss.faces.analyse import analyse_gnss
from probes.gnss.simulators.receiver import device_of, nmea, sealed, simulate, trajectory_csv

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
        {"truth": "nan,114.3,45"},
        {"rate": 0.0},
        {"rate": float("inf")},
        {"format": "csv"},
        {"columns": "time"},
        {"columns": "time=t,lat=a"},
        {"columns": "time=t,lat=a,lon=b,height=h,quality=s", "qualities": "FIX=good"},
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


KEYS = {
    "counts": {"bytes", "sentences", "bad_checksum", "no_checksum", "truncated", "junk_bytes", "ubx", "rtcm3"}
    | {"by_id", "gga_quality", "minute_decimals"},
    "beidou": {"gsv_by_signal", "used_epochs", "used_share"},
    "availability": {"expected_epochs", "received_epochs", "fix_rate_of_expected", "fix_rate_of_received"}
    | {"gaps", "ttff_fixed_s"},
}
FIGURES = {"n", "mean_enu_m", "rms_enu_m", "horizontal_rms_m", "horizontal_p50_m", "horizontal_p95_m"} | {
    "horizontal_max_m",
    "vertical_rms_m",
    "vertical_p95_m",
}


def test_the_keys_that_others_build_on_are_there(log: Path) -> None:
    told = only(analyse_gnss([log], {"truth": "30.5,114.3,45.0"}))
    assert set(told) >= {"path", "accuracy", "precision", "latency_s", "events", *KEYS}
    for name, keys in KEYS.items():
        assert set(told[name]) >= keys, name
    for name in ("gga_quality", "minute_decimals"):
        assert all(isinstance(key, str) and key.isdecimal() for key in told["counts"][name])
    assert set(told["accuracy"]) == set(told["precision"]) == set(told["counts"]["gga_quality"])
    for quality, block in told["accuracy"].items():
        assert set(block) >= FIGURES | {"n_eff", "horizontal_rms_bounds_m", "vertical_rms_bounds_m"}, quality
    assert all(set(block) >= FIGURES for block in told["precision"].values())
    assert all(set(gap) == {"start", "seconds", "missing_epochs", "cause"} for gap in told["availability"]["gaps"])


def codes(path: Path, options: dict | None = None) -> list[str]:
    told = only(analyse_gnss([path], options))
    assert all(remark["zh"] and remark["en"].endswith(".") for remark in told["remarks"])
    return [remark["code"] for remark in told["remarks"]]


def test_what_is_odd_about_a_file_is_said_in_one_sentence_each(log: Path, tmp_path: Path) -> None:
    data, other = log.read_bytes(), tmp_path / "other"
    assert codes(log) == []
    cases = (
        (b"", "empty"),
        (data.decode("ascii").encode("utf-16"), "utf-16"),
        (data.decode("ascii").encode("utf-16-be"), "utf-16"),
        (b"PK\x03\x04" * 200, "other-kind"),
        (bytes(5000), "not-a-log"),
        (sealed("GNVTG,,T,,M,0.012,N,0.022,K,D"), "no-epochs"),
        (sealed("GNGGA,120000.00,3000.0000000,N,11400.0000000,E,4,20,0.5,10.0,M,0.0,M,1.0,0001"), "undated"),
    )
    for contents, code in cases:
        other.write_bytes(contents)
        assert codes(other) == [code]


def sbf(number: int) -> bytes:
    """A block of Septentrio's, its checksum computed bit by bit."""
    body = number.to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(16)
    crc = 0
    for each in body:
        crc ^= each << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return b"$@" + crc.to_bytes(2, "little") + body


def test_binary_messages_that_hold_no_position_are_named(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"".join(map(sbf, [4007, 4027, 4013])))
    (remark,) = only(analyse_gnss([path]))["remarks"]
    assert remark["code"] == "no-epochs"
    assert "SBF (Septentrio) (3)" in remark["en"]


def test_line_ends_nulls_and_a_byte_order_mark_change_nothing_but_the_junk(log: Path, tmp_path: Path) -> None:
    lines, path = log.read_bytes().split(b"\r\n"), tmp_path / "mixed.nmea"
    ends = (b"\r\n", b"\n", b"\r", b"\n\r", b"\r\n\0\0")
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(line + ends[i % 5] for i, line in enumerate(lines)))
    plain, mixed = only(analyse_gnss([log])), only(analyse_gnss([path]))
    assert mixed["counts"]["junk_bytes"] == 3 + 2 * (len(lines) // 5)
    assert mixed["counts"]["sentences"] == plain["counts"]["sentences"]
    assert mixed["precision"] == plain["precision"]
    assert mixed["availability"] == plain["availability"]


def test_two_receivers_in_one_stream_are_told_and_raise_no_rate_above_one(log: Path, tmp_path: Path) -> None:
    other, path = tmp_path / "other.nmea", tmp_path / "both.nmea"
    device = device_of({**DEVICE, "seed": 4})
    other.write_bytes(nmea(device, simulate(device)))
    pairs = zip(log.read_bytes().splitlines(keepends=True), other.read_bytes().splitlines(keepends=True), strict=True)
    path.write_bytes(b"".join(line for pair in pairs for line in pair))
    assert codes(path) == ["two-receivers"]
    found = only(analyse_gnss([path]))["availability"]
    alone = only(analyse_gnss([log]))["availability"]
    assert found["received_epochs"] > alone["received_epochs"]
    assert found["fix_rate_of_expected"] == alone["fix_rate_of_expected"] < 1


def test_a_trajectory_that_does_not_overlap_or_cannot_be_read_is_told(log: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_bytes(trajectory_csv(device_of({**DEVICE, "start": "2025-01-01T00:00:00Z"})))
    options = {"trajectory": str(truth), "origin": "30.5,114.3,45"}
    assert codes(log, options) == ["no-overlap"]
    assert only(analyse_gnss([log], options))["accuracy"] == {}
    with pytest.raises(InstrumentError, match="cannot be read"):
        analyse_gnss([log], {**options, "trajectory": str(tmp_path / "absent.csv")})


def test_other_formats_are_recognised_and_their_epochs_are_the_nmea_ones(shared_data, tmp_path: Path) -> None:
    truth = {"truth": "35.160875,139.613838,70.27"}
    pos = only(analyse_gnss([shared_data("gnss", "geonet", "0759_kinematic_L1L2.pos")], truth))
    sentences = only(analyse_gnss([shared_data("gnss", "geonet", "0759_kinematic_L1L2.nmea")], truth))
    assert (pos["format"], sentences["format"]) == ("pos", "nmea")
    assert pos["counts"]["gga_quality"] == sentences["counts"]["gga_quality"]
    for name in ("horizontal_rms_m", "horizontal_p95_m", "vertical_rms_m"):
        assert pos["accuracy"]["4"][name] == pytest.approx(sentences["accuracy"]["4"][name], abs=5e-4)
    table = tmp_path / "positions.csv"
    table.write_text("t,a,b,h,s\n1795233600,30.500000001,114.3,45.0,FIX\n1795233601,30.5,114.3,45.1,SEARCH\n")
    options = {"columns": "time=t,lat=a,lon=b,height=h,quality=s", "qualities": "FIX=4"}
    found = only(analyse_gnss([table], options))
    assert (found["format"], found["counts"]["gga_quality"]) == ("csv", {"0": 1, "4": 1})
    ubx = only(analyse_gnss([shared_data("gnss", "gpsd", "ublox-zed-f9p-rtk.log")]))
    assert ubx["format"] == "ubx"
    assert ubx["availability"]["received_epochs"] > 0


def test_a_phone_is_compared_with_its_span_reference(shared_data, tmp_path: Path) -> None:
    # positions by least squares against a tactical-grade reference: an independent pyproj and numpy computation agrees
    import csv

    from pyproj import Transformer

    with shared_data("gnss", "gsdc2022", "ground_truth.csv").open() as file:
        truth = [[float(row[name]) for name in TRUTH] for row in csv.DictReader(file)]
    with shared_data("gnss", "gsdc2022", "device_gnss.csv").open() as file:
        fixes = {int(row["utcTimeMillis"]): [float(row[name]) for name in WLS] for row in csv.DictReader(file)}
    there = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    back = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    places = {time: there.transform(*xyz) for time, xyz in fixes.items()}
    table, reference = tmp_path / "phone.csv", tmp_path / "truth.csv"
    rows = [f"{time},{lat:.12f},{lon:.12f},{height:.6f},1" for time, (lon, lat, height) in places.items()]
    table.write_text("\n".join(["ms,lat,lon,h,q", *rows]))
    rows = [f"{time / 1000:.3f},{lat:.9f},{lon:.9f},{height}" for time, lat, lon, height in truth]
    reference.write_text("\n".join(["time,lat,lon,height", *rows]))
    origin = f"{truth[0][1]},{truth[0][2]},{truth[0][3]}"
    columns = {"columns": "time=ms,lat=lat,lon=lon,height=h,quality=q"}
    found = only(analyse_gnss([table], {"trajectory": str(reference), "origin": origin, **columns}))
    at = np.array([back.transform(lon, lat, height) for _, lat, lon, height in truth])
    times = np.array([row[0] for row in truth])
    known = [time for time in fixes if times[0] <= time <= times[-1]]
    there_m = np.stack([np.interp(known, times, at[:, axis]) for axis in range(3)], axis=1)
    miss = np.linalg.norm(np.array([fixes[time] for time in known]) - there_m, axis=1)
    block = found["accuracy"]["1"]
    assert block["n"] == len(known) > 3
    assert found["left_out"]["outside_trajectory"] == len(fixes) - len(known)
    size = np.hypot(block["horizontal_rms_m"], block["vertical_rms_m"])
    assert size == pytest.approx(np.sqrt((miss**2).mean()), rel=1e-3)


TRUTH = ("UnixTimeMillis", "LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters")
WLS = ("WlsPositionXEcefMeters", "WlsPositionYEcefMeters", "WlsPositionZEcefMeters")
