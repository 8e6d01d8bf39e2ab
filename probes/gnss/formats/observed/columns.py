# SPDX-License-Identifier: Apache-2.0
"""Observations as columns: one row a signal of a satellite at an epoch, whatever format it came in.

Signals are named as RINEX 3 names them: band and attribute, 1C or 5P. Phases are in metres, so that GLONASS' channels matter
only where a format gives cycles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]
OBSERVATION = np.dtype(
    [
        ("time_ns", "<i8"),
        ("satellite", "<u2"),
        ("signal", "<u2"),
        ("code_m", "<f8"),
        ("phase_m", "<f8"),
        ("cn0_dbhz", "<f4"),
        ("slip", "<u4"),
    ]
)
"""``time_ns`` GPS time since 1980-01-06 (since the beginning of the week where no date is known); NaN for what was not measured;
``slip``: 1 where the receiver says that it lost count of the cycles since the epoch before."""
C_M_S = 299_792_458.0
SYSTEMS = {"G": "GPS", "R": "GLONASS", "E": "Galileo", "C": "BeiDou", "J": "QZSS", "I": "NavIC", "S": "SBAS"}
"""RINEX' letters."""
_MHZ = {
    **dict.fromkeys(("G1", "J1", "S1", "E1", "C1", "I1"), 1575.42),
    **dict.fromkeys(("G5", "J5", "S5", "E5", "C5", "I5"), 1176.45),
    **dict.fromkeys(("G2", "J2"), 1227.60),
    **dict.fromkeys(("J6", "E6"), 1278.75),
    **dict.fromkeys(("E8", "C8"), 1191.795),
    **dict.fromkeys(("E7", "C7"), 1207.14),
    "C2": 1561.098,
    "C6": 1268.52,
    "I9": 2492.028,
    "R1": 1602.0,
    "R2": 1246.0,
    "R3": 1202.025,
    "R4": 1600.995,
    "R6": 1248.06,
}
"""Carrier frequencies by system and band (RINEX 4.00, tables 9 to 15); R1 and R2 of channel 0."""
_GLONASS_STEP_MHZ = {"R1": 0.5625, "R2": 0.4375}


def frequency_hz(band: str, channel: int | None = 0) -> float:
    """Carrier frequency of a band like "C2"; NaN for a band that is not known, or of GLONASS without its channel."""
    step = _GLONASS_STEP_MHZ.get(band)
    if step is None:
        return _MHZ.get(band, np.nan) * 1e6
    return np.nan if channel is None else (_MHZ[band] + channel * step) * 1e6


def satellite(system: str, number: int) -> int:
    """The code of a satellite, as "C19"."""
    return ord(system) << 8 | number


def satellite_name(code: int) -> str:
    """The name behind a code."""
    return f"{chr(code >> 8)}{code & 255:02d}"


def signal(name: str) -> int:
    """The code of a signal, as "2I"."""
    return ord(name[0]) << 8 | ord(name[1])


def signal_name(code: int) -> str:
    """The name behind a code."""
    return chr(code >> 8) + chr(code & 255)


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What one file or stream holds: rows in order of time, satellite and signal, each once.

    ``dated`` whether the week is known; ``header`` what the file says of itself (marker, receiver, antenna, x, y, z …);
    ``unread`` what was not understood, by name; ``damaged`` messages with a wrong checksum; ``repeated`` rows that were there twice;
    ``contradicting`` rows that say something else of the same signal at the same time.
    """

    rows: Rows
    dated: bool = True
    header: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    damaged: int = 0
    repeated: int = 0
    contradicting: int = 0

    def merge(self, other: Observations) -> Observations:
        """Both together; associative and commutative."""
        both = ordered(np.concatenate([self.rows, other.rows]))
        rows, repeated, contradicting = once(both)
        header = {
            key: _first(self.header.get(key), other.header.get(key)) for key in sorted({*self.header, *other.header})
        }
        return Observations(
            rows,
            self.dated and other.dated,
            header,
            dict(sorted((Counter(self.unread) + Counter(other.unread)).items())),
            self.damaged + other.damaged,
            self.repeated + other.repeated + repeated,
            self.contradicting + other.contradicting + contradicting,
        )

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same observations."""
        told = (self.dated, self.header, self.unread, self.damaged, self.repeated, self.contradicting)
        return self.rows.tobytes() + repr(told).encode()


def _first(one: Any, other: Any) -> Any:
    """One of two things said, whichever comes first."""
    return min((each for each in (one, other) if each is not None), key=repr)


def observed(
    parts: Iterable[Rows],
    *,
    dated: bool = True,
    header: Mapping[str, Any] | None = None,
    unread: Mapping[str, int] | None = None,
    damaged: int = 0,
) -> Observations:
    """Observations from rows in any order."""
    rows, repeated, contradicting = once(ordered(np.concatenate([np.empty(0, OBSERVATION), *parts])))
    told = {name: count for name, count in sorted((unread or {}).items()) if count}
    return Observations(rows, dated, dict(header or {}), told, damaged, repeated, contradicting)


def ordered(rows: Rows) -> Rows:
    """By time, satellite, signal, and then by what was measured, so that any order of arrival gives the same."""
    keys = (
        rows["slip"],
        rows["cn0_dbhz"],
        rows["phase_m"],
        rows["code_m"],
        rows["signal"],
        rows["satellite"],
        rows["time_ns"],
    )
    return np.asarray(rows[np.lexsort(keys)])


def once(rows: Rows) -> tuple[Rows, int, int]:
    """Rows in order without those that are there already; how many said the same again, and how many something else."""
    if len(rows) < 2:
        return rows, 0, 0
    same = np.ones(len(rows) - 1, dtype=np.bool_)
    for name in ("time_ns", "satellite", "signal"):
        same &= rows[name][1:] == rows[name][:-1]
    equal = same.copy()
    for name in ("code_m", "phase_m"):
        one, other = rows[name][1:], rows[name][:-1]
        equal &= (one == other) | (np.isnan(one) & np.isnan(other))
    kept = np.concatenate([[True], ~same])
    return np.asarray(rows[kept]), int(np.count_nonzero(equal)), int(np.count_nonzero(same & ~equal))
