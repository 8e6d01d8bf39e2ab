# SPDX-License-Identifier: Apache-2.0
"""DL/T 645-2007, the protocol of Chinese energy meters: frames to readings and back.

``FE…FE 68 A0…A5 68 C L DATA CS 16``: address and data low byte first, each byte of data plus 33H, BCD, the checksum is the sum
of all bytes from the first 68H modulo 256. The top bit of a signed value's highest byte is its sign (reverse power). One frame
is never believed more than its checksum; a data identifier that is not in :data:`ITEMS` is told and gives no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

START, STOP, FILL, MASK = 0x68, 0x16, 0xFE, 0x33
READ, ADDRESS = 0x11, 0x13
_LEAST = 12
_ERRORS = ("other", "no requested data", "password wrong or not authorised", "baud rate cannot be changed",
           "too many year zones", "too many day slots", "too many tariffs")  # fmt: skip


class Item(NamedTuple):
    """How one value is written: bytes, digits behind the point, unit, whether its top bit is a sign."""

    size: int
    digits: int
    unit: str
    signed: bool = False


_SINGLE = {0x00: ("kWh", True), 0x01: ("kWh", False), 0x02: ("kWh", False), 0x03: ("kvarh", True), 0x04: ("kvarh", True),
           0x05: ("kvarh", False), 0x06: ("kvarh", False), 0x07: ("kvarh", False), 0x08: ("kvarh", False),
           0x09: ("kVAh", False), 0x0A: ("kVAh", False)}  # fmt: skip
_INSTANT = {
    0x01: Item(2, 1, "V"),
    0x02: Item(3, 3, "A", signed=True),
    0x03: Item(3, 4, "kW", signed=True),
    0x04: Item(3, 4, "kvar", signed=True),
    0x05: Item(3, 4, "kVA", signed=True),
    0x06: Item(2, 3, "", signed=True),
    0x07: Item(2, 1, "°"),
    0x08: Item(2, 2, "%"),
    0x09: Item(2, 2, "%"),
}
_PHASES = {0x01: (1, 2, 3), 0x02: (1, 2, 3), 0x03: (0, 1, 2, 3), 0x04: (0, 1, 2, 3), 0x05: (0, 1, 2, 3),
           0x06: (0, 1, 2, 3), 0x07: (1, 2, 3), 0x08: (1, 2, 3), 0x09: (1, 2, 3)}  # fmt: skip
_AUXILIARY = {
    1: Item(3, 3, "A"),
    2: Item(2, 2, "Hz"),
    3: Item(3, 4, "kW"),
    4: Item(3, 4, "kW"),
    5: Item(3, 4, "kvar"),
    6: Item(3, 4, "kVA"),
    7: Item(2, 1, "°C", signed=True),
    8: Item(2, 2, "V"),
    9: Item(2, 2, "V"),
    10: Item(4, 0, "min"),
}


class Value(NamedTuple):
    """One value of a frame; None where the meter fills the place with FFH: it has none."""

    di: str
    value: Fraction | None
    unit: str


class Frame(NamedTuple):
    """A frame whose checksum is right. ``data`` without the 33H, in the order of the wire."""

    address: str
    control: int
    data: bytes

    @property
    def reply(self) -> bool:
        """Whether a meter sent it (D7)."""
        return bool(self.control & 0x80)

    @property
    def refused(self) -> bool:
        """Whether the meter answers that it cannot (D6)."""
        return bool(self.control & 0x40)

    @property
    def more(self) -> bool:
        """Whether further frames follow (D5)."""
        return bool(self.control & 0x20)

    @property
    def di(self) -> str:
        """The data identifier, eight hexadecimal digits, DI3 first; empty where the frame has none."""
        return self.data[3::-1].hex().upper() if len(self.data) >= 4 else ""

    @property
    def error(self) -> str:
        """What an error reply says."""
        bits = self.data[0] if self.data else 0
        return ", ".join(words for bit, words in enumerate(_ERRORS) if bits >> bit & 1) or f"error 0x{bits:02X}"


class Damaged(NamedTuple):
    """Bytes that begin like a frame and are none: why, and where."""

    why: str
    at: int


def frames(data: bytes) -> Iterator[Frame | Damaged]:
    """Every frame in a stream, noise between them passed over; a frame whose checksum is wrong is told as damaged."""
    at = 0
    while (at := data.find(START, at)) >= 0:
        found = _frame(data, at)
        if isinstance(found, Frame):
            yield found
            at += _LEAST + len(found.data)
        else:
            if found is not None:
                yield found
            at += 1


def _frame(data: bytes, at: int) -> Frame | Damaged | None:
    """The frame at a place; None where there is no second 68H, so that it is noise."""
    if at + _LEAST > len(data):
        torn = len(data) > at + 7 and data[at + 7] == START
        return Damaged("torn", at) if torn else None
    if data[at + 7] != START:
        return None
    size = data[at + 9]
    end = at + 10 + size
    if end + 2 > len(data):
        return Damaged("torn", at)
    if data[end + 1] != STOP:
        return Damaged("stop byte", at)
    if sum(data[at:end]) & 0xFF != data[end]:
        return Damaged("checksum", at)
    body = bytes((each - MASK) & 0xFF for each in data[at + 10 : end])
    return Frame(data[at + 1 : at + 7][::-1].hex().upper(), data[at + 8], body)


def request(address: str, di: str, preamble: int = 4) -> bytes:
    """The question for one data identifier; ``address``: twelve digits as printed on the meter, or AAAAAAAAAAAA for any."""
    body = bytes.fromhex(di)[::-1]
    head = bytes([START, *bytes.fromhex(address.rjust(12, "0"))[::-1], START, READ, len(body)])
    frame = head + bytes((each + MASK) & 0xFF for each in body)
    return bytes([FILL]) * preamble + frame + bytes([sum(frame) & 0xFF, STOP])


def reply(address: str, di: str, payload: bytes) -> bytes:
    """What a meter answers: ``payload`` in the order of the wire, for simulators."""
    body = bytes.fromhex(di)[::-1] + payload
    head = bytes([START, *bytes.fromhex(address.rjust(12, "0"))[::-1], START, READ | 0x80, len(body)])
    frame = head + bytes((each + MASK) & 0xFF for each in body)
    return bytes([FILL]) * 4 + frame + bytes([sum(frame) & 0xFF, STOP])


def items(di: str) -> list[tuple[str, Item]] | None:
    """The values behind a data identifier, a block's one by one; None for one that is not known here."""
    d3, d2, d1, d0 = bytes.fromhex(di)
    if d3 == 0x00 and d2 in _SINGLE and d1 <= 63 and d0 <= 12:
        unit, signed = _SINGLE[d2]
        return [(di, Item(4, 2, unit, signed))]
    if d3 == 0x02 and d2 in _INSTANT and d0 == 0:
        phases = _PHASES[d2] if d1 == 0xFF else (d1,) if d1 in _PHASES[d2] else ()
        return [(f"02{d2:02X}{each:02X}00", _INSTANT[d2]) for each in phases] or None
    if (d3, d2, d1) == (0x02, 0x80, 0x00) and d0 in _AUXILIARY:
        return [(di, _AUXILIARY[d0])]
    return None


def blocks(di: str, payload: bytes) -> list[tuple[str, Item]] | None:
    """As :func:`items`; for an energy block (tariffs FF) as many values as its bytes hold, total first."""
    known = items(di)
    d3, d2, d1, d0 = bytes.fromhex(di)
    if known is None and d3 == 0x00 and d2 in _SINGLE and d1 == 0xFF and d0 <= 12 and len(payload) % 4 == 0 and payload:
        unit, signed = _SINGLE[d2]
        return [(f"00{d2:02X}{each:02X}{d0:02X}", Item(4, 2, unit, signed)) for each in range(len(payload) // 4)]
    return known


def values(frame: Frame) -> list[Value] | str:
    """The values of a reply, or why there are none."""
    if len(frame.data) < 4:
        return "no data identifier"
    payload = frame.data[4:]
    known = blocks(frame.di, payload)
    if known is None:
        return "unknown data identifier"
    if sum(item.size for _, item in known) != len(payload):
        return f"{len(payload)} bytes where {sum(item.size for _, item in known)} belong"
    found, at = [], 0
    for di, item in known:
        raw = payload[at : at + item.size]
        at += item.size
        if set(raw) == {0xFF}:
            found.append(Value(di, None, item.unit))
            continue
        number = bcd(raw, item)
        if number is None:
            return "no BCD digits"
        found.append(Value(di, number, item.unit))
    return found


def bcd(raw: bytes, item: Item) -> Fraction | None:
    """The number, low byte first; None where a digit is none."""
    high = raw[::-1]
    negative = item.signed and bool(high[0] & 0x80)
    digits = (bytes([high[0] & 0x7F]) + high[1:] if item.signed else high).hex()
    if not digits.isdecimal():
        return None
    value = Fraction(int(digits), 10**item.digits)
    return -value if negative else value
