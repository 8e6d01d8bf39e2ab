# SPDX-License-Identifier: Apache-2.0
"""UBX-RXM-RAWX of u-blox receivers (interface descriptions of M8, F9, X20: class 0x02, identifier 0x15)."""

from __future__ import annotations

import numpy as np

from probes.gnss.formats.observed.columns import C_M_S, OBSERVATION, Rows, frequency_hz, satellite, signal
from probes.gnss.formats.observed.msm import WEEK_NS, Locks

CLASS, IDENTIFIER = 0x02, 0x15
_HEAD = 16
_BLOCK = np.dtype(
    {
        "names": ["code", "phase", "system", "number", "signal", "channel", "lock_ms", "cn0", "status"],
        "formats": ["<f8", "<f8", "u1", "u1", "u1", "u1", "<u2", "u1", "u1"],
        "offsets": [0, 8, 20, 21, 22, 23, 24, 26, 30],
        "itemsize": 32,
    }
)
_SYSTEMS = {0: "G", 1: "S", 2: "E", 3: "C", 5: "J", 6: "R", 7: "I"}
_SIGNALS = {
    "G": {0: "1C", 3: "2L", 4: "2S", 6: "5I", 7: "5Q"},
    "S": {0: "1C"},
    "E": {0: "1C", 1: "1B", 3: "5I", 4: "5Q", 5: "7I", 6: "7Q", 8: "6B", 9: "6C", 10: "6A"},
    "C": {0: "2I", 1: "2I", 2: "7I", 3: "7I", 4: "6I", 10: "6I", 5: "1P", 6: "1D", 7: "5P", 8: "5D"},
    "J": {0: "1C", 1: "1Z", 4: "2S", 5: "2L", 8: "5I", 9: "5Q"},
    "R": {0: "1C", 2: "2C"},
    "I": {0: "5A"},
}
_FIRST = {"S": 100, "J": 0}
_CODE, _PHASE = 0x01, 0x02


def rows_of(body: bytes, locks: Locks, unread: dict[str, int]) -> Rows:
    """The observations of one message (its payload); GPS time since 1980. A message that breaks off is counted in ``unread``."""
    count = body[11] if len(body) >= _HEAD else 0
    if len(body) < _HEAD or len(body) != _HEAD + count * _BLOCK.itemsize:
        unread["UBX-RXM-RAWX"] = unread.get("UBX-RXM-RAWX", 0) + 1
        return np.empty(0, OBSERVATION)
    tow, week = float(np.frombuffer(body, "<f8", 1)[0]), int.from_bytes(body[8:10], "little")
    found, out, kept = np.frombuffer(body, _BLOCK, count, _HEAD), np.zeros(count, OBSERVATION), np.ones(count, np.bool_)
    out["time_ns"] = week * WEEK_NS + round(tow * 1e3) * 10**6
    for row, each in enumerate(found):
        system = _SYSTEMS.get(int(each["system"]), "")
        name = _SIGNALS.get(system, {}).get(int(each["signal"]))
        if name is None:
            word = f"UBX gnssId {each['system']} sigId {each['signal']}"
            unread[word] = unread.get(word, 0) + 1
            kept[row] = False
            continue
        sat, code = satellite(system, int(each["number"]) - _FIRST.get(system, 0)), signal(name)
        out["satellite"][row], out["signal"][row] = sat, code
        length = C_M_S / frequency_hz(system + name[0], int(each["channel"]) - 7)
        status = int(each["status"])
        out["code_m"][row] = each["code"] if status & _CODE else np.nan
        out["phase_m"][row] = each["phase"] * length if status & _PHASE else np.nan
        out["cn0_dbhz"][row] = each["cn0"] or np.nan
        out["slip"][row] = locks.slipped(sat, code, float(each["lock_ms"]))
    return out[kept]
