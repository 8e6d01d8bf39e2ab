# SPDX-License-Identifier: Apache-2.0
"""Places of values as a register writes them: nodes of OPC UA, points of Modbus. One place has one form, however it is written. Pure."""

from __future__ import annotations

import re
from base64 import b64decode

NODE = re.compile(r"(?:ns=(\d{1,5});)?(?:(i)=(\d{1,10})|(s)=(\S.*)|(g)=([0-9a-fA-F-]{36})|(b)=([A-Za-z0-9+/=]+))")
POINT = re.compile(
    r"(\d{1,3})/(coil|discrete|holding|input)/(\d{1,5})(?:/(bool|u?int16|u?int32|float32|u?int64|float64))?"
)
WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2, "int64": 4, "uint64": 4, "float64": 4}
"""How many registers of 16 bits a value of a type takes."""
_LAST = {"ns": (1 << 16) - 1, "i": (1 << 32) - 1, "unit": 255, "address": (1 << 16) - 1}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 4096


def node(text: str) -> str | None:
    """A node id in its one form; None where it is none, or one that no server can have."""
    found = NODE.fullmatch(text)
    if found is None or int(found[1] or 0) > _LAST["ns"]:
        return None
    kind, value = next((found[at], found[at + 1]) for at in (2, 4, 6, 8) if found[at])
    one: str | None = value
    if kind == "i":
        one = str(int(value)) if int(value) <= _LAST["i"] else None
    elif kind == "g":
        one = value.lower() if _GUID.fullmatch(value.lower()) else None
    elif kind == "b":
        one = _bytes(value)
    elif len(value.encode()) > _LONGEST:
        one = None
    space = f"ns={int(found[1])};" if int(found[1] or 0) else ""
    return None if one is None else f"{space}{kind}={one}"


def _bytes(text: str) -> str | None:
    try:
        b64decode(text, validate=True)
    except ValueError:
        return None
    return text.rstrip("=")


def point(text: str) -> str | None:
    """A point in its one form, without its type; None where it is none, or one that no device can have."""
    found = POINT.fullmatch(text)
    if found is None or int(found[1]) > _LAST["unit"] or int(found[3]) > _LAST["address"]:
        return None
    return f"{int(found[1])}/{found[2]}/{int(found[3])}"


def registers(text: str) -> tuple[str, ...]:
    """The registers and coils of which a point is read, each in its one form; none for what is no point."""
    first, found = point(text), POINT.fullmatch(text)
    if first is None or found is None:
        return ()
    stem, _, address = first.rpartition("/")
    return tuple(f"{stem}/{int(address) + at}" for at in range(WORDS.get(found[4] or "", 1)))
