# SPDX-License-Identifier: Apache-2.0
"""Modems asked by AT commands over a serial line or TCP, or through ModemManager's mmcli; answers are kept as they came."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import Any

from harness.errors import InstrumentError
from harness.kit.ports import SerialPort, TcpPort
from harness.kit.streams import Pace
from probes.network.plans.radio import ModemSettings
from probes.network.wire.at import FINAL, PREPARE, commands

_ANSWER_S = 4.0
_PACE = Pace(poll_s=0.05)
_MMCLI_S = 10.0
_MOST_BYTES = 65_536
_NOUN = "modem"


class AtModem:
    """A modem at the end of a serial line or a TCP port."""

    def __init__(self, modem: ModemSettings) -> None:
        """Open it, and have registrations told with their access technology; InstrumentError when it cannot be reached."""
        self._name = modem.label
        self._port: SerialPort | TcpPort
        if modem.tcp is not None:
            self._port = TcpPort(modem.tcp.host, modem.tcp.port, noun=_NOUN, pace=_PACE)
        else:
            self._port = SerialPort(modem.serial or "", modem.baud, noun=_NOUN, pace=_PACE)
        self._commands = commands(modem.make or "")
        try:
            self._drained()
            for command in PREPARE:
                self._ask(command)
        except InstrumentError:
            self.close()
            raise

    def asked(self) -> list[list[Any]]:
        """Every command with its answer, unsolicited lines between included; InstrumentError when none comes."""
        unasked = self._drained()
        told = [[command, self._ask(command)] for command in self._commands]
        return [["", unasked], *told] if unasked else told

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()

    def _drained(self) -> str:
        """What came unasked, so that no late answer is taken for that of the next command."""
        told = bytearray()
        try:
            while len(told) < _MOST_BYTES and (data := self._port.read()):
                told += data
        except OSError as error:
            raise self._gone(error) from None
        return told.decode("ascii", "replace")

    def _gone(self, error: OSError) -> InstrumentError:
        msg = f"The modem {self._name} is gone: {error}."
        return InstrumentError(msg, cure="look at its power and its cable.")

    def _ask(self, command: str) -> str:
        """The answer up to its final result."""
        told = bytearray()
        end = time.monotonic() + _ANSWER_S
        try:
            self._port.write(command.encode() + b"\r")
            while time.monotonic() < end and len(told) < _MOST_BYTES:
                told += self._port.read()
                if FINAL.search(told):
                    return told.decode("ascii", "replace")
        except OSError as error:
            raise self._gone(error) from None
        msg = f"The modem {self._name} does not answer {command}."
        raise InstrumentError(msg, cure="name the port that takes AT commands, and stop what else uses it.")


class ModemManager:
    """A modem that ModemManager holds, asked by its own program."""

    def __init__(self, modem: ModemSettings) -> None:
        """InstrumentError when mmcli is not installed."""
        self._index, self._name = modem.mmcli or "", modem.label
        program = shutil.which("mmcli")
        if program is None:
            raise InstrumentError("mmcli is not installed.", cure="install the package modemmanager.")
        self._program = program

    def asked(self) -> list[list[Any]]:
        """What mmcli -J says of modem, bearers, signal and place; the last three where it knows them."""
        modem = self._run(["-m", self._index], must=True)
        told = [["modem", modem]]
        bearers = json.loads(modem).get("modem", {}).get("generic", {}).get("bearers") or []
        told += [["bearer", each] for path in bearers if (each := self._run(["-b", str(path)]))]
        more = {"signal": "--signal-get", "location": "--location-get"}
        return told + [[key, each] for key, flag in more.items() if (each := self._run(["-m", self._index, flag]))]

    def close(self) -> None:
        """Nothing stays open."""

    def _run(self, arguments: list[str], *, must: bool = False) -> str:
        command = [self._program, "-J", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_MMCLI_S, check=False)  # noqa: S603 - found on PATH
            text = done.stdout.decode("utf-8", "replace").strip()
            if done.returncode == 0 and isinstance(json.loads(text), dict):
                return text
            why = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        except (subprocess.TimeoutExpired, ValueError, OSError) as error:
            why = str(error)
        if must:
            msg = f"mmcli says nothing of the modem {self._name}: {why}."
            raise InstrumentError(msg, cure="look which modems there are with mmcli -L.")
        return ""
