# SPDX-License-Identifier: Apache-2.0
"""Modbus registers by pymodbus (the extra ``modbus``), over TCP or a serial line (RTU); an exception of the device is a row, too."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.errors import InstrumentError, UsageError
from probes.plant.wire.places import WORDS

_TIMEOUT_S = 3.0
_TABLES = {
    "coil": "read_coils",
    "discrete": "read_discrete_inputs",
    "holding": "read_holding_registers",
    "input": "read_input_registers",
}
_FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}


class ModbusPort:
    """One device or gateway; InstrumentError or OSError where it cannot be asked."""

    def __init__(self, settings: Any, points: Sequence[str]) -> None:
        """Nothing is opened yet."""
        self._settings, self._points = settings, list(dict.fromkeys(points))
        self._client: Any = None

    def open(self) -> None:
        """Connect."""
        try:
            from pymodbus.client import ModbusSerialClient, ModbusTcpClient
        except ImportError:
            msg = "Modbus needs pymodbus."
            raise UsageError(msg, cure="pip install 'yanshou[modbus]'.") from None
        if not self._points:
            raise UsageError(
                "There is no point to ask for.", cure="write points:, or a register with points as addresses."
            )
        given = self._settings
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # what matters is told by errors and rows
        if given.tcp is not None:
            client: Any = ModbusTcpClient(given.tcp.host, port=given.tcp.port, timeout=_TIMEOUT_S, retries=1)
        else:
            client = ModbusSerialClient(
                given.serial, baudrate=given.baud, parity=given.parity, timeout=_TIMEOUT_S, retries=1
            )
        if not client.connect():
            client.close()
            msg = f"No Modbus device answers at {given.tcp or given.serial}."
            raise InstrumentError(msg, cure="check that it runs, the port, and for RTU speed and parity.")
        self._client = client

    def poll(self) -> Iterator[Mapping[str, Any]]:
        """A row a point. A unit that gave no answer is not waited for again in the same round: the living ones behind a gateway are due."""
        from pymodbus.exceptions import ModbusException

        mute: set[int] = set()
        for point in self._points:
            unit, table, address, *kind = point.split("/")
            kind_ = kind[0] if kind else ("bool" if table in {"coil", "discrete"} else "uint16")
            if int(unit) in mute:
                yield {"place": point, "failed": "no answer"}
                continue
            try:
                ask = getattr(self._client, _TABLES[table])
                answer = ask(int(address), count=WORDS.get(kind_, 1), device_id=int(unit))
            except ModbusException as error:
                if not self._client.connected:
                    raise ConnectionError(str(error)) from error
                mute.add(int(unit))
                yield {"place": point, "failed": "no answer"}
                continue
            yield {"place": point, **self._said(answer, table, kind_)}

    def close(self) -> None:
        """Let go of it."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _said(self, answer: Any, table: str, kind: str) -> Mapping[str, Any]:
        """What an answer says: a value, or why there is none. One of another function, or of another length, answers nothing."""
        if answer.isError():
            return {"failed": f"exception {getattr(answer, 'exception_code', 0)}"}
        held = answer.bits if kind == "bool" else answer.registers
        least, most = (1, 8) if kind == "bool" else 2 * (WORDS[kind],)
        if answer.function_code != _FUNCTIONS[table] or not least <= len(held) <= most:
            return {"failed": "another answer"}
        return {"value": self._value(answer, kind), "good": True}

    def _value(self, answer: Any, kind: str) -> float | int | None:
        if kind == "bool":
            return int(bool(answer.bits[0]))
        types = self._client.DATATYPE
        found = self._client.convert_from_registers(
            answer.registers, getattr(types, kind.upper()), word_order=self._settings.words
        )
        return found if math.isfinite(found) else None
