# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse observations``: the page as JSON, and one sentence for what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import DecodeError, InstrumentError, UsageError
from probes.gnss.faces.analyse import analyse_gnss
from probes.gnss.faces.observations import analyse_observations
from tests.probes.gnss.raw import Seen, msm7, rawx, rinex3

START_NS = 2341 * 604_800 * 10**9


def test_the_page_of_a_real_file(shared_data) -> None:
    (found,) = analyse_observations([shared_data("gnss", "geonet", "07590920.05o")])["files"]
    assert found["format"] == "rinex"
    assert (found["epochs"], found["expected_epochs"], found["interval_s"]) == (120, 120, 30.0)
    assert (found["observations"], found["expected_observations"]) == (1872, 1896)
    assert found["header"]["receiver"] == "TRIMBLE 5700 1.24"
    assert [each["signal"] for each in found["signals"]] == ["1C", "2W"]
    assert 0.2 < found["signals"][0]["multipath_rms_m"] < 0.35
    assert {each["code"] for each in found["remarks"]} == {"raw-no-beidou"}


def test_a_real_stream_says_its_signals_and_that_none_is_of_beidou_3(shared_data) -> None:
    (found,) = analyse_observations([shared_data("gnss", "rtcm", "GMSD7_20121014.rtcm3")], "2012-10-14")["files"]
    assert found["dated"]
    assert found["beidou"]["signals"] == ["2I", "6I", "7I"]
    assert found["beidou"]["bds3_satellites"] == 0
    assert {each["code"] for each in found["remarks"]} == {"raw-unread", "raw-no-bds3"}


def test_the_command_prints_it_as_json(tmp_path: Path, capsys) -> None:
    path = tmp_path / "a.obs"
    path.write_bytes(rinex3([(START_NS + i * 10**9, [Seen("C19", "1P", 2.2e7, 2.2e7)]) for i in range(9)]))
    assert main(["analyse", "observations", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found["start"] == "2024-11-16T23:59:42.000Z"
    assert found["beidou"]["b1c"]


def test_a_wrong_checksum_is_told_in_both_languages(tmp_path: Path) -> None:
    path, bad = tmp_path / "a.rtcm3", bytearray(msm7(START_NS, [Seen("C19", "2I", 2.2e7, 2.2e7)]))
    bad[20] ^= 1
    path.write_bytes(bytes(bad) + msm7(START_NS + 10**9, [Seen("C19", "2I", 2.2e7, 2.2e7)]))
    (found,) = analyse_observations([path], "2024-11-17")["files"]
    (told,) = (each for each in found["remarks"] if each["code"] == "raw-checksums")
    assert found["damaged"] == 1
    assert told["en"].startswith("1 messages have a wrong checksum")
    assert "校验错" in told["zh"]


def test_a_file_without_observations_is_one_sentence_with_its_cure(tmp_path: Path, shared_data) -> None:
    path = tmp_path / "a.nmea"
    path.write_bytes(b"$GPGGA,,,,,,0,,,,,,,,*66\r\n")
    with pytest.raises(DecodeError, match="holds no raw observation"):
        analyse_observations([path])
    with pytest.raises(DecodeError, match="not understood: RTCM 1004, RTCM 1012"):
        analyse_observations([shared_data("gnss", "rtcm", "testglo.rtcm3")])
    with pytest.raises(InstrumentError, match="cannot be read"):
        analyse_observations([tmp_path / "absent"])
    with pytest.raises(UsageError, match=r"--date is '17\.11\.2024'"):
        analyse_observations([path], "17.11.2024")


def test_a_receivers_log_tells_of_the_raw_observations_in_it(tmp_path: Path, shared_data) -> None:
    path = tmp_path / "a.ubx"
    path.write_bytes(b"".join(rawx(START_NS + i * 10**9, [Seen("C19", "5P", 2.2e7, 2.2e7)]) for i in range(9)))
    log, rinex, plain = (
        analyse_gnss([each])["files"][0]["observations"]
        for each in (
            path,
            shared_data("gnss", "geonet", "07590920.05o"),
            shared_data("gnss", "geonet", "0759_kinematic_L1L2.nmea"),
        )
    )
    assert (log["epochs"], log["beidou"]["b2a"]) == (9, True)
    assert rinex["epochs"] == 120
    assert plain is None
