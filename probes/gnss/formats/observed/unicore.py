# SPDX-License-Identifier: Apache-2.0
"""OBSVM of Unicore receivers, in binary and as text (Unicore N4 products, commands and logs: "observation of the master antenna")."""

from __future__ import annotations

import re

import numpy as np

from probes.gnss.formats.observed.columns import C_M_S, OBSERVATION, Rows, frequency_hz, satellite, signal
from probes.gnss.formats.observed.msm import WEEK_NS, Locks

MESSAGE = 12
HEADER = 24
_BLOCK = np.dtype(
    [
        ("channel", "<u2"),
        ("number", "<u2"),
        ("code", "<f8"),
        ("phase", "<f8"),
        ("code_sd", "<u2"),
        ("phase_sd", "<u2"),
        ("doppler", "<f4"),
        ("cn0", "<u2"),
        ("reserved", "<u2"),
        ("lock_s", "<f4"),
        ("status", "<u4"),
    ]
)
TEXT = re.compile(rb"#(OBSVMA,[^*#\r\n]+;[^*#\r\n]+)\*([0-9A-Fa-f]{8})")
_SYSTEMS = "GRSECJI"
_FIRST = {"R": 37, "S": 100, "J": 192}
_L5 = {6: "5I", 14: "5Q"}
_SIGNALS = {
    "G": {0: "1C", 3: "1L", 9: "2W", 11: "1S", 17: "2L", **_L5},
    "R": {0: "1C", 5: "2C", 6: "3I", 7: "3Q"},
    "S": {0: "1C", 6: "5I"},
    "E": {1: "1B", 2: "1C", 12: "5Q", 17: "7Q", 18: "6B", 22: "6C"},
    "C": {0: "2I", 4: "2Q", 5: "7Q", 6: "6Q", 8: "1P", 12: "5P", 13: "7D", 17: "7I", 21: "6I", 23: "1D", 28: "5D"},
    "J": {0: "1C", 1: "1E", 3: "1L", 4: "1Z", 9: "2S", 11: "1S", 17: "2L", 21: "6Z", 27: "6E", **_L5},
    "I": {6: "5A", 14: "5C"},
}
_PHASE_LOCK, _CODE_LOCK = 1 << 10, 1 << 12


def binary_rows(message: bytes, locks: Locks, unread: dict[str, int]) -> Rows:
    """The observations of one OBSVMB, header and checksum with it."""
    week, ms = int.from_bytes(message[10:12], "little"), int.from_bytes(message[12:16], "little")
    body = message[HEADER:-4]
    count = int.from_bytes(body[:4], "little")
    if len(body) != 4 + count * _BLOCK.itemsize or not week:
        unread["OBSVMB"] = unread.get("OBSVMB", 0) + 1
        return np.empty(0, OBSERVATION)
    return _rows(np.frombuffer(body, _BLOCK, count, 4), week * WEEK_NS + ms * 10**6, locks, unread)


def text_rows(line: bytes, locks: Locks, unread: dict[str, int]) -> Rows:
    """The observations of one OBSVMA, without "#" and checksum."""
    head, _, rest = line.decode("latin-1").partition(";")
    cells, words = head.split(","), rest.split(",")
    try:
        week, ms, count = int(cells[4]), int(cells[5]), int(words[0])
        found = np.zeros(count if len(words) == 1 + 11 * count else 0, _BLOCK)
        unread["OBSVMA"] = unread.get("OBSVMA", 0) + (len(found) != count)
        for row in range(len(found)):
            each = words[1 + 11 * row : 12 + 11 * row]
            found[row] = (int(each[0]), int(each[1]), *(float(word) for word in each[2:10]), int(each[10], 16))
    except (ValueError, IndexError, OverflowError):
        unread["OBSVMA"] = unread.get("OBSVMA", 0) + 1
        return np.empty(0, OBSERVATION)
    return _rows(found, week * WEEK_NS + ms * 10**6, locks, unread)


def _rows(found: Rows, time_ns: int, locks: Locks, unread: dict[str, int]) -> Rows:
    out, kept = np.zeros(len(found), OBSERVATION), np.ones(len(found), np.bool_)
    out["time_ns"] = time_ns
    for row, each in enumerate(found):
        status = int(each["status"])
        place, kind = status >> 16 & 7, status >> 21 & 31
        system = _SYSTEMS[place] if place < len(_SYSTEMS) else ""
        name = _SIGNALS.get(system, {}).get(kind)
        if name == "2W" and status >> 26 & 1:
            name = "2S"  # the same place stands for L2C(M)
        if name is None:
            word = f"OBSVM system {place} signal {kind}"
            unread[word] = unread.get(word, 0) + 1
            kept[row] = False
            continue
        sat, code = satellite(system, int(each["number"]) - _FIRST.get(system, 0)), signal(name)
        out["satellite"][row], out["signal"][row] = sat, code
        length = C_M_S / frequency_hz(system + name[0], int(each["channel"]) - 7)
        out["code_m"][row] = each["code"] if status & _CODE_LOCK else np.nan
        out["phase_m"][row] = -each["phase"] * length if status & _PHASE_LOCK else np.nan  # ADR falls as ranges grow
        out["cn0_dbhz"][row] = each["cn0"] / 100 or np.nan
        out["slip"][row] = locks.slipped(sat, code, float(each["lock_s"]))
    return out[kept]
