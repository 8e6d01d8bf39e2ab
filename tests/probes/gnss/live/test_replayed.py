# SPDX-License-Identifier: Apache-2.0
"""What comes live is of the day on which it came: an old log played to the recorder shows nothing."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.campaign import run
from probes.gnss.simulators.receiver import Receiver, nmea, simulate
from tests.projects import head
from tests.waiting import accepted, joined

PROJECT = (
    head("s08", end="2099-05-18")
    + """\
sources:
  s08.availability:
    probe: gnss.nmea
    mode: static
    tcp: "127.0.0.1:PORT"
    duration: 1 s
    rate: 10 Hz
    positions: {frame: CGCS2000, epoch: 2000.0}
    truth: {lat: 30.5, lon: 114.3, height: 45.0, frame: CGCS2000, epoch: 2000.0, u_horizontal: 0.5 mm, u_vertical: 1 mm}
declared: {s08.availability: {longest_credible_outage: 1 h}}
"""
)


@pytest.mark.parametrize(("days", "told"), [(10, True), (0, False)])
def test_a_log_of_another_day_that_is_played_live_proves_nothing(tmp_path: Path, days: int, told: bool) -> None:
    start = (datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0)
    device = Receiver(duration=2, rate=10, cold_start=0, noise_tau=1, start=start.isoformat())
    data = nmea(device, simulate(device))
    with ExitStack() as clients, socket.create_server(("127.0.0.1", 0)) as server:

        def play() -> None:
            for _ in range(2):  # the check beforehand, then the recording
                client = clients.enter_context(accepted(server))
                client.sendall(data)

        player = threading.Thread(target=play, daemon=True)
        player.start()
        text = PROJECT.replace("PORT", str(server.getsockname()[1]))
        (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
        done = run(tmp_path / "site.yaml", tmp_path / "out")
        joined(player)
    (found,) = (each for each in done.evaluation.results["indicators"] if each["id"] == "s08.availability")
    assert ("dated.earlier-than-recorded" in {each["code"] for each in found["reasons"]}) is told, found["reasons"]
    assert found["verdict"] != "PASS"
