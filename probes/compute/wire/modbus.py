# SPDX-License-Identifier: Apache-2.0
"""Modbus frames for reading registers (RTU and TCP), and numbers out of two words whose order is declared, never guessed."""

from __future__ import annotations

import struct
from typing import NamedTuple

from harness.errors import InstrumentError

FUNCTIONS = {"holding": 3, "input": 4}
_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "device busy",
}
_CODES = {"float32": ">f", "int32": ">i", "uint32": ">I", "int16": ">h", "uint16": ">H"}


class Wanted(NamedTuple):
    """What is read: unit, function, first register, how many."""

    unit: int
    function: int
    register: int
    words: int

    @property
    def body(self) -> bytes:
        """Function and data."""
        return struct.pack(">BHH", self.function, self.register, self.words)


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def rtu(wanted: Wanted) -> bytes:
    """The question on a serial line."""
    head = bytes([wanted.unit]) + wanted.body
    return head + crc(head)


def tcp(wanted: Wanted, transaction: int) -> bytes:
    """The question over TCP."""
    return struct.pack(">HHHB", transaction, 0, len(wanted.body) + 1, wanted.unit) + wanted.body


def length(data: bytes, *, serial: bool) -> int | None:
    """How long the answer that begins like this is; None where too little came to know."""
    if serial:
        if len(data) < 3:
            return None
        return 5 if data[1] & 0x80 else 5 + data[2]
    return None if len(data) < 6 else 6 + struct.unpack(">H", data[4:6])[0]


def registers(data: bytes, wanted: Wanted, transaction: int | None = None) -> bytes:
    """The bytes of the registers in an answer; InstrumentError for an exception, another unit, a wrong checksum or length."""
    if transaction is None:
        if crc(data[:-2]) != data[-2:]:
            raise _wrong("its checksum is wrong")
        unit, body = data[0], data[1:-2]
    else:
        number, protocol, _, unit = struct.unpack(">HHHB", data[:7])
        if (number, protocol) != (transaction, 0):
            raise _wrong("it belongs to another question")
        body = data[7:]
    if unit != wanted.unit or not body:
        why = f"it comes from unit {unit}"
        raise _wrong(why)
    if body[0] == wanted.function | 0x80 and len(body) > 1:
        raise _wrong(_EXCEPTIONS.get(body[1], f"exception {body[1]}"))
    if body[0] != wanted.function or len(body) < 2 or body[1] != 2 * wanted.words or len(body) != 2 + body[1]:
        raise _wrong("it has another length or function")
    return body[2:]


def value(data: bytes, kind: str, words: str | None) -> float:
    """The number in the registers: two words in the declared order, each high byte first."""
    if kind.endswith("32") and words == "low-first":
        data = data[2:] + data[:2]
    found: float = struct.unpack(_CODES[kind], data)[0]
    return found


def _wrong(why: str) -> InstrumentError:
    msg = f"The answer of the Modbus meter cannot be used: {why}."
    return InstrumentError(msg, cure="check unit, register, kind and the order of words in its manual.")
