# SPDX-License-Identifier: Apache-2.0
"""The simulated receiver in real time: a process of its own behind a line, a server, a file."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import InstrumentError, SpecError
from harness.installed import probe
from probes.gnss.simulators.live import live
from probes.gnss.simulators.receiver import device_of, nmea, simulate
from tests.probes.gnss.live.test_stream import recorded
from tests.waiting import gone, heard_until, living

DEVICE = {"start": "2026-11-21T04:00:00Z", "duration": 60, "rate": 20, "full": False}


def everything(more: dict[str, float] | None = None) -> bytes:
    device = device_of(DEVICE | {"cold_start": 0} | (more or {}))
    return nmea(device, simulate(device))


def test_a_line_carries_the_receiver_s_own_bytes(tmp_path: Path) -> None:
    with live(DEVICE, tmp_path) as given:
        sink = recorded({"serial": given["serial"], "duration": "1 s"}, lambda: None)
    assert len(sink.data) > 1000
    assert sink.data in everything()
    assert given["truth"]["lat"] == 30.5


def test_a_line_read_at_another_speed_carries_no_sentence(tmp_path: Path) -> None:
    with live(DEVICE | {"baud": 9600}, tmp_path) as given:
        sink = recorded({"serial": given["serial"], "baud": 115200, "duration": "1 s"}, lambda: None)
    assert len(sink.data) > 1000
    assert b"GGA" not in sink.data


def test_a_reader_that_is_late_for_a_moment_loses_no_epoch(tmp_path: Path) -> None:
    import serial

    with live(DEVICE | {"full": True}, tmp_path) as given, serial.Serial(given["serial"], 115200, timeout=0.3) as port:
        said = b""
        for _ in range(2):
            said += port.read(2000)
            time.sleep(0.7)  # some eight kilobytes: twice what a line keeps
        said += port.read(9000)
    whole = said[said.index(b"$GNGGA") : said.rindex(b"\r\n")]
    assert len(whole) > 8000
    assert whole in everything({"full": True})


def test_a_server_talks_to_all_its_clients_and_outlives_each(tmp_path: Path) -> None:
    with live(DEVICE | {"to": "tcp", "radius": 40}, tmp_path) as given:
        host, port = given["tcp"].split(":")
        for _ in range(2):
            place = (host, int(port))
            with socket.create_connection(place, 60) as one, socket.create_connection(place, 60) as two:
                assert all(b"$GNGGA" in client.recv(65536) for client in (one, two))
        assert Path(given["trajectory"]).is_file()
        with (
            pytest.raises(InstrumentError, match=f"Port {port} cannot"),
            live(DEVICE | {"to": f"tcp:{port}"}, tmp_path),
        ):
            pass


def test_a_file_grows_epoch_by_epoch(tmp_path: Path) -> None:
    with live(DEVICE | {"to": "out.nmea"}, tmp_path) as given:
        assert given["file"] == str(tmp_path / "out.nmea")
        sizes = set()
        while len(sizes) < 3:
            sizes.add(Path(given["file"]).stat().st_size)
            time.sleep(0.02)
    assert Path(given["file"]).read_bytes() in everything()


def test_wrong_settings_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"'speeed'.*did you mean speed"), live({"speeed": 1}, tmp_path):
        pass
    with pytest.raises(SpecError, match=r"baud.*'fast'"), live({"baud": "fast"}, tmp_path):
        pass
    with pytest.raises(InstrumentError, match="cannot be written"), live({"to": "absent/out.nmea"}, tmp_path):
        pass


def test_the_probe_offers_both(tmp_path: Path) -> None:
    assert set(probe("gnss.nmea").simulators) == {"receiver", "live"}
    command = [sys.executable, "-m", "harness.cli", "simulate", "gnss.nmea", "live", "rate=5", "to=tcp"]
    with living(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        given = json.loads(heard_until(process, lambda said: said.endswith(b"\n}\n")))
        host, port = given["tcp"].split(":")
        with socket.create_connection((host, int(port)), 60) as client:
            assert b"$GNGGA" in client.recv(65536)
        process.send_signal(signal.SIGTERM)
        assert gone(process) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["gnss.nmea", "toaster"], "no simulator 'toaster'"), (["gnss.nmea", "live", "rate"], "'rate' is no setting")],
)
def test_the_command_says_what_is_wrong(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import main

    assert main(["simulate", *arguments]) == 2
    assert said in capsys.readouterr().err
