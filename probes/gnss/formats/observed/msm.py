# SPDX-License-Identifier: Apache-2.0
"""RTCM 3 multiple signal messages 4 to 7 (RTCM 10403.3, 3.5.16): ranges and phases of all systems, BeiDou's 1124 to 1127 among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.formats.observed.columns import C_M_S, OBSERVATION, Rows, satellite, signal

_SYSTEMS = {107: "G", 108: "R", 109: "E", 110: "S", 111: "J", 112: "C", 113: "I"}
_L5 = {22: "5I", 23: "5Q", 24: "5X"}
_L2C = {15: "2S", 16: "2L", 17: "2X"}
SIGNALS: Mapping[str, Mapping[int, str]] = {
    "G": {2: "1C", 3: "1P", 4: "1W", 8: "2C", 9: "2P", 10: "2W", **_L2C, **_L5, 30: "1S", 31: "1L", 32: "1X"},
    "R": {2: "1C", 3: "1P", 8: "2C", 9: "2P"},
    "E": {2: "1C", 3: "1A", 4: "1B", 5: "1X", 6: "1Z", 8: "6C", 9: "6A", 10: "6B", 11: "6X", 12: "6Z"}
    | {14: "7I", 15: "7Q", 16: "7X", 18: "8I", 19: "8Q", 20: "8X", **_L5},
    "S": {2: "1C", **_L5},
    "J": {2: "1C", 9: "6S", 10: "6L", 11: "6X", **_L2C, **_L5, 30: "1S", 31: "1L", 32: "1X"},
    "C": {2: "2I", 3: "2Q", 4: "2X", 8: "6I", 9: "6Q", 10: "6X", 14: "7I", 15: "7Q", 16: "7X"}
    | {22: "5D", 23: "5P", 24: "5X", 25: "7D", 30: "1D", 31: "1P", 32: "1X"},
    "I": {8: "9A", 22: "5A"},
}
"""Signals by their place in the mask, from 1 (tables 3.5-91, 3.5-96, 3.5-99, 3.5-102, 3.5-105, 3.5-108, 3.5-108.1)."""
WEEK_NS, DAY_NS = 7 * 86_400 * 10**9, 86_400 * 10**9
_MS_M = C_M_S / 1000
_FINE = {4: (15, 22, 4, 6, 0), 5: (15, 22, 4, 6, 15), 6: (20, 24, 10, 10, 0), 7: (20, 24, 10, 10, 15)}
"""Bits of fine range, fine phase, lock time, C/N0, rate by kind of message."""
Bits = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


def is_msm(number: int) -> bool:
    """Whether a message of this number carries observations of some system."""
    return number // 10 in _SYSTEMS and 1 <= number % 10 <= 7


class Locks:
    """How long each signal was tracked when it was last heard of: where that falls, cycles were lost in between."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._last: dict[tuple[int, int], float] = {}

    def slipped(self, sat: int, code: int, lock: float) -> bool:
        """Whether the lock began anew; remembers it."""
        before = self._last.get((sat, code), lock)
        self._last[sat, code] = lock
        return lock < before


def rows_of(body: bytes, locks: Locks, unread: dict[str, int]) -> Rows:
    """The observations of one message (its body without frame); times in the week of GPS time, GLONASS' in the day of UTC + 3 h.

    What has no name here is counted in ``unread``: a message without phases (MSM 1 to 3), a signal that is not known.
    """
    number = int.from_bytes(body[:2], "big") >> 4
    system, kind = _SYSTEMS[number // 10], number % 10
    if kind not in _FINE:
        unread[f"RTCM {number}"] = unread.get(f"RTCM {number}", 0) + 1
        return np.empty(0, OBSERVATION)
    bits = np.unpackbits(np.frombuffer(body, dtype=np.uint8))
    sats, cells, at = _masks(bits)
    widths = _FINE[kind]
    extra = 18 if kind in (5, 7) else 0
    if at + len(sats) * (18 + extra) + len(cells) * (sum(widths) + 1) > len(bits):
        unread[f"RTCM {number}"] = unread.get(f"RTCM {number}", 0) + 1
        return np.empty(0, OBSERVATION)
    rough, at = _rough(bits, at, len(sats), extended=bool(extra))
    index = np.array([row for row, _ in cells], dtype=np.int64)
    fine, phase, lock, half, cn0 = _cells(bits, at, len(cells), widths)
    del half  # whether half a cycle is not known yet: no slip
    out = np.zeros(len(cells), OBSERVATION)
    out["time_ns"] = _time_ns(system, _number(bits, 24, 30))
    out["code_m"] = _valid(fine, widths[0], rough[index] + fine * 2.0 ** -(24 if kind < 6 else 29)) * _MS_M
    out["phase_m"] = _valid(phase, widths[1], rough[index] + phase * 2.0 ** -(29 if kind < 6 else 31)) * _MS_M
    out["cn0_dbhz"] = np.where(cn0 > 0, cn0 / (1 if kind < 6 else 16), np.nan)
    known = np.ones(len(cells), dtype=np.bool_)
    for row, (which, place) in enumerate(cells):
        name = SIGNALS[system].get(place)
        if name is None:
            word = f"{system} signal {place} of MSM"
            unread[word] = unread.get(word, 0) + 1
            known[row] = False
            continue
        sat, code = satellite(system, sats[which]), signal(name)
        out["satellite"][row], out["signal"][row] = sat, code
        out["slip"][row] = locks.slipped(sat, code, _lock_ms(int(lock[row]), kind))
    return out[known]


def _masks(bits: Bits) -> tuple[list[int], list[tuple[int, int]], int]:
    """Satellites, cells as (row of the satellite, place of the signal), and the bit after the header."""
    sats = [int(each) + 1 for each in np.flatnonzero(bits[73:137])]
    signals = [int(each) + 1 for each in np.flatnonzero(bits[137:169])]
    mask = bits[169 : 169 + len(sats) * len(signals)]
    cells = [(int(each) // len(signals), signals[int(each) % len(signals)]) for each in np.flatnonzero(mask)]
    return sats, cells, 169 + len(sats) * len(signals)


def _rough(bits: Bits, at: int, count: int, *, extended: bool) -> tuple[npt.NDArray[np.float64], int]:
    """Rough ranges in ms, NaN where the message has none, and the bit after the satellites' data."""
    whole = _numbers(bits, at, count, 8)
    at += count * (12 if extended else 8)
    part = _numbers(bits, at, count, 10)
    at += count * (24 if extended else 10)
    return np.where(whole == 255, np.nan, whole + part / 1024), at


def _cells(bits: Bits, at: int, count: int, widths: tuple[int, ...]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    found = []
    for width, negative in zip((*widths[:3], 1, widths[3]), (True, True, False, False, False), strict=True):
        found.append(_numbers(bits, at, count, width, negative=negative))
        at += count * width
    return found[0], found[1], found[2], found[3], found[4]


def _valid(raw: Ints, width: int, value: Any) -> Any:
    """NaN where the field says that there is no value: its lowest number."""
    return np.where(raw == -(1 << (width - 1)), np.nan, value)


def _number(bits: Bits, at: int, width: int) -> int:
    return int(_numbers(bits, at, 1, width)[0])


def _numbers(bits: Bits, at: int, count: int, width: int, *, negative: bool = False) -> Ints:
    """``count`` numbers of ``width`` bits from bit ``at`` on, in two's complement where they may be ``negative``."""
    weights = 1 << np.arange(width - 1, -1, -1, dtype=np.int64)
    found = bits[at : at + count * width].reshape(count, width).astype(np.int64) @ weights
    return np.asarray(np.where(found >> (width - 1), found - (1 << width), found) if negative else found)


def _time_ns(system: str, field: int) -> int:
    if system == "R":
        day, ms = field >> 27, field & ((1 << 27) - 1)
        return (day % 7) * DAY_NS + ms * 10**6 - 3 * 3600 * 10**9
    return (field + (14_000 if system == "C" else 0)) * 10**6


def _lock_ms(indicator: int, kind: int) -> float:
    """The least time of lock in ms that an indicator stands for (tables 3.5-74 and 3.5-75)."""
    if kind < 6:
        return 0.0 if indicator == 0 else float(1 << (indicator + 4))
    step = max(0, indicator // 32 - 1)
    return float((indicator << step) - 32 * step * (1 << step))
