# SPDX-License-Identifier: Apache-2.0
"""ipmitool against a baseboard controller on loopback that speaks RMCP+ and DCMI (IPMI 2.0, DCMI 1.5 6.6.1)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import InstrumentError
from probes.compute.live.controllers import IpmiMeter
from probes.compute.plans.meters import IpmiSettings
from tests.ports import free_port
from tests.waiting import heard, living

pytest.importorskip("pyghmi")
CONTROLLER = """
import sys
from pyghmi.ipmi import bmc

class Controller(bmc.Bmc):
    def handle_raw_request(self, request, session):
        if (request["netfn"], request["command"]) != (0x2C, 0x02):
            return super().handle_raw_request(request, session)
        watts = b"".join(each.to_bytes(2, "little") for each in (123, 100, 150, 121))
        times = (1700000000).to_bytes(4, "little") + (1000).to_bytes(4, "little")
        session.send_ipmi_response(data=list(b"\\xdc" + watts + times + bytes([int(sys.argv[2])])))

made = Controller({"tester": "secret"}, port=int(sys.argv[1]))
print("up", flush=True)
made.listen()
"""


@contextmanager
def controller(state: int) -> Iterator[int]:
    port = free_port("::", socket.SOCK_DGRAM)
    command = [sys.executable, "-W", "ignore", "-c", CONTROLLER, str(port), str(state)]
    with living(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert heard(process) == b"up\n"
            yield port
        finally:
            process.kill()


@pytest.fixture
def asked(peer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Callable[[int], IpmiSettings]:
    peer("ipmitool")
    monkeypatch.setenv("BMC", "secret")
    return lambda port: IpmiSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "user": "tester", "password": "env:BMC"}
    )


def test_the_power_that_a_controller_states_is_read(asked: Callable[[int], IpmiSettings], tmp_path: Path) -> None:
    with controller(0x40) as port:
        meter = IpmiMeter(asked(port), tmp_path)
        assert meter.read().watts == 123.0
        meter.close()


def test_a_controller_that_does_not_measure_now_gives_no_power(
    asked: Callable[[int], IpmiSettings], tmp_path: Path
) -> None:
    with controller(0x00) as port, pytest.raises(InstrumentError, match="does not measure power now"):
        IpmiMeter(asked(port), tmp_path)


def test_a_wrong_password_is_told(
    asked: Callable[[int], IpmiSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with controller(0x40) as port:
        settings = asked(port)
        monkeypatch.setenv("BMC", "another")
        with pytest.raises(InstrumentError, match=r"says nothing of power|does not answer"):
            IpmiMeter(settings, tmp_path)
