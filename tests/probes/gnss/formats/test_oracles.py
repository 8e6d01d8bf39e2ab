# SPDX-License-Identifier: Apache-2.0
"""Every recording beside the checkout, read by programs we did not write: a regular expression, pynmea2, gpsd."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from functools import reduce
from operator import xor
from pathlib import Path

import numpy as np
import pynmea2
import pytest

from probes.gnss.digests.log import Log, LogSummary, whole_log
from probes.gnss.formats.decode import decode
from tests.probes.gnss.instruments.test_defects import crc24q

SENTENCE = re.compile(rb"\$([^$*\x00-\x1f\x80-\xff@][^$*\x00-\x1f\x80-\xff]{0,1022})\*([0-9A-Fa-f]{2})")
FOLDERS = ("gpsd", "semuconsulting", "geonet", "trimble_r2")


@pytest.fixture(scope="module")
def recordings(shared_data) -> list[Path]:
    """Every receiver log of the shared data."""
    found = [
        path
        for folder in FOLDERS
        for path in sorted(shared_data("gnss", folder).iterdir())
        if path.suffix in {".log", ".nmea", ".txt"}
    ]
    assert len(found) > 30
    return found


def valid_sentences(data: bytes) -> list[bytes]:
    """Bodies with a correct checksum, by regular expression."""
    return [body for body, check in SENTENCE.findall(data) if reduce(xor, body) == int(check, 16)]


def log_of(path: Path) -> Log:
    """The whole log at ``path``."""
    return whole_log(LogSummary((decode(path),)))


def test_every_valid_sentence_is_counted_once_under_its_own_name(recordings) -> None:
    total = 0
    for path in recordings:
        bodies = valid_sentences(path.read_bytes())
        log = log_of(path)
        assert log.counts["sentences"] == len(bodies), path.name
        names = [body.split(b",")[0].decode("latin-1") for body in bodies]
        assert {name: names.count(name) for name in set(names) if len(name) <= 8} == {
            name: count for name, count in log.by_id.items() if len(name) < 8 or name in names
        }, path.name
        total += len(bodies)
    assert total > 15_000


def numbers(text: str) -> float:
    """A field as float, NaN when empty."""
    return float(text) if text else math.nan


def test_every_gga_equals_pynmea2_to_the_last_bit(recordings) -> None:
    compared = 0
    for path in recordings:
        piece = decode(path)
        bodies = [body for body in valid_sentences(path.read_bytes()) if re.match(rb"[A-Z]{2}GGA,", body)]
        assert len(piece.epochs) == len(bodies), path.name
        for row, body in zip(piece.epochs, bodies, strict=True):
            message = pynmea2.parse(body.decode("ascii"))
            assert row["quality"] == message.gps_qual
            assert row["satellites"] == int(message.num_sats or -1)
            for name, text in (
                ("hdop", message.horizontal_dil),
                ("separation_m", message.geo_sep),
                ("age_s", message.age_gps_data),
                ("altitude_m", str(message.altitude or "") if message.altitude != 0 else "0"),
            ):
                assert row[name] == numbers(text) or (math.isnan(row[name]) and not text), (path.name, body)
            if not message.lat or "|" in message.lat:
                assert math.isnan(row["lat_deg"])
                continue
            assert (row["lat_deg"], row["lon_deg"]) == (message.latitude, message.longitude), (path.name, body)
            compared += 1
    assert compared > 1_000


def test_positions_and_dates_agree_with_gpsd(shared_data) -> None:
    # gpsd prints nine decimals of a degree; the quectel log also has its own binary position in gpsd's answer
    compared = 0
    for path in sorted(shared_data("gnss", "gpsd").glob("*.log")):
        reports = gpsd_positions(path.with_name(path.name + ".chk"))
        log = log_of(path)
        if not log.dated or path.name.startswith("quectel-l76k"):
            continue
        places = zip(log.time_ns.tolist(), log.epochs["lat_deg"].tolist(), log.epochs["lon_deg"].tolist(), strict=True)
        for time_ns, lat, lon in places:
            report = reports.get(round(time_ns / 10**6))
            if report is not None and not math.isnan(lat) and path.name != "udp-test.log":
                assert abs(report[0] - lat) < 1e-9, path.name
                assert abs(report[1] - lon) < 1e-9, path.name
                compared += 1
    assert compared > 400


def gpsd_positions(path: Path) -> dict[int, tuple[float, float]]:
    """Time in ms -> latitude, longitude of gpsd's TPV reports."""
    found = {}
    for line in path.read_text(errors="replace").splitlines():
        if not line.startswith('{"class":"TPV"'):
            continue
        report = json.loads(line)
        if "time" in report and "lat" in report:
            found[round(datetime.fromisoformat(report["time"]).timestamp() * 1000)] = (report["lat"], report["lon"])
    return found


def test_what_gpsd_says_after_each_gga_is_what_was_read(shared_data) -> None:
    compared = {"uSat": 0, "altMSL": 0, "lat": 0}
    for path in sorted(shared_data("gnss", "gpsd").glob("*.log")):
        data, piece = path.read_bytes(), decode(path)
        rows = {data[row["offset"] : data.index(b"*", row["offset"]) + 3].decode(): row for row in piece.epochs}
        for sentence, report in after_gga(path.with_name(path.name + ".chk")):
            row = rows.get(sentence)
            if row is None:
                assert path.name == "tcp-torture.log"
                continue
            told = {"uSat": row["satellites"], "altMSL": row["altitude_m"], "lat": row["lat_deg"]}
            for name in told.keys() & report.keys():
                assert abs(report[name] - told[name]) < (6e-5 if name == "altMSL" else 1e-9), (path.name, sentence)
                compared[name] += 1
            if "lat" in report:
                assert (report["mode"] >= 2) is bool(row["quality"] > 0)
                assert abs(report["lon"] - row["lon_deg"]) < 1e-9
    assert compared["uSat"] > 600
    assert min(compared.values()) > 50


def after_gga(path: Path) -> list[tuple[str, dict]]:
    """Every report of position or satellites that gpsd made right after a GGA, with that sentence."""
    found, sentence = [], None
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("$"):
            sentence = line if re.fullmatch(r"\$[A-Z]{2}GGA,[^*]*\*[0-9A-Fa-f]{2}", line) else None
        elif sentence and line.startswith(('{"class":"TPV"', '{"class":"SKY"')):
            found.append((sentence, json.loads(line)))
    return found


def test_positions_in_ubx_are_those_of_gpsd(shared_data) -> None:
    path = shared_data("gnss", "gpsd", "ublox-zed-f9p-rtk.log")
    reports, log = gpsd_positions(path.with_name(path.name + ".chk")), whole_log(LogSummary((decode(path),)), "ubx")
    shared = [
        (row, reports[time // 10**6])
        for time, row in zip(log.time_ns.tolist(), log.epochs, strict=True)
        if time // 10**6 in reports
    ]
    assert len(shared) > 5
    for row, (lat, lon) in shared:
        assert (row["lat_deg"], row["lon_deg"]) == (pytest.approx(lat, abs=1e-7), pytest.approx(lon, abs=1e-7))


def test_binary_messages_are_counted_as_gpsd_counts_them(shared_data) -> None:
    # gpsd's decoder wrote one JSON line for each RTCM3 message of this recording
    path = shared_data("gnss", "gpsd", "rtcm3.2.log")
    lines = path.with_name(path.name + ".chk").read_text().splitlines()
    decoded = sum(line.startswith('{"class":"RTCM3"') for line in lines)
    assert log_of(path).counts["rtcm3"] == decoded == 192


@pytest.mark.parametrize("name", ["ublox-f9p-rtcm.log", "ublox-zed-f9t-rtcm3.log", "rtcm3.2.log"])
def test_every_message_with_a_correct_crc_is_found_wherever_it_begins(shared_data, name: str) -> None:
    data = shared_data("gnss", "gpsd", name).read_bytes()
    right = 0
    for at in (each.start() for each in re.finditer(rb"\xd3[\x00-\x03]", data)):
        stop = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        right += stop + 3 <= len(data) and crc24q(data[at:stop]) == int.from_bytes(data[stop : stop + 3], "big")
    assert log_of(shared_data("gnss", "gpsd", name)).counts["rtcm3"] == right > 10


def test_second_antenna_sentences_never_become_epochs(shared_data) -> None:
    log = log_of(shared_data("gnss", "semuconsulting", "unicore_nmea.log"))
    assert log.by_id["GNGGAH"] == 1
    assert len(log) == 0


def test_geonet_solution_stays_within_centimetres_of_its_known_coordinates(shared_data) -> None:
    from probes.gnss.truth.geodesy import Origin, enu, geodetic

    log = log_of(shared_data("gnss", "geonet", "0759_kinematic_L1L2.nmea"))
    known = geodetic(np.array([[-3976219.6639, 3382372.5413, 3652513.0545]]))
    origin = Origin(*(float(each[0]) for each in known))
    at = enu(
        log.epochs["lat_deg"], log.epochs["lon_deg"], log.epochs["altitude_m"] + log.epochs["separation_m"], origin
    )
    assert len(log) == 115
    # 2005-04-01 23:59:47 UTC, then midnight: the first date is the day before the others
    assert np.all(np.diff(log.time_ns) > 0)
    assert log.time_ns[0] < 1_112_400_000 * 10**9 < log.time_ns[1]
    at = at[log.epochs["quality"] == 4]
    horizontal = np.sqrt(np.mean(at[:, 0] ** 2 + at[:, 1] ** 2))
    assert 0.004 < horizontal < 0.006
    assert 0.008 < np.sqrt(np.mean(at[:, 2] ** 2)) < 0.011
