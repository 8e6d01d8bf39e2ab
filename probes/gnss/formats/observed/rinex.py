# SPDX-License-Identifier: Apache-2.0
"""RINEX observation files 2.xx, 3.xx and 4.xx (IGS, RINEX 2.11, 3.05, 4.02): header and epochs to columns.

Lines of one system are cut into their fields all at once. A field that is no number, a type or a system that is not known is
counted by name. Hatanaka's compact form is expanded by the library ``hatanaka`` where it is installed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from harness.errors import DecodeError
from probes.gnss.formats.gps_time import GPS_EPOCH, leap_s
from probes.gnss.formats.observed.columns import (
    C_M_S,
    OBSERVATION,
    SYSTEMS,
    Observations,
    Rows,
    frequency_hz,
    observed,
    satellite,
    signal,
)

_LABEL = 60
_FIELD = 16
_TYPE_3 = re.compile(r"[CLDSX][1-9][A-Z ]")
_LLI_SLIP = 1
Groups = dict[str, list[tuple[int, int, bytes]]]
"""By system: time in ns, number of the satellite, its fields one after the other."""


@dataclass
class Header:
    """What the header says: version, observation types by system, channels of GLONASS, scales, the scale of time, the rest."""

    version: float = 0.0
    system: str = ""
    types: dict[str, list[str]] = field(default_factory=dict)
    channels: dict[int, int] = field(default_factory=dict)
    scales: dict[tuple[str, str], float] = field(default_factory=dict)
    time: str = ""
    told: dict[str, Any] = field(default_factory=dict)


def is_rinex(head: bytes) -> bool:
    """Whether a file begins like a RINEX observation file, plain or in Hatanaka's form."""
    return is_compact(head) or (head[_LABEL : _LABEL + 20] == b"RINEX VERSION / TYPE" and head[20:21].upper() == b"O")


def is_compact(head: bytes) -> bool:
    """Whether a file begins like one in Hatanaka's form."""
    return head[_LABEL : _LABEL + 20] == b"CRINEX VERS   / TYPE"


def expanded(data: bytes) -> bytes:
    """A file in Hatanaka's form as plain RINEX; DecodeError where the library is absent or the file broken."""
    try:
        import hatanaka
    except ImportError:
        raise DecodeError(
            "The RINEX file is in Hatanaka's compact form.",
            cure='expand it with crx2rnx, or install the library: pip install "yanshou[rinex]".',
        ) from None
    try:
        return bytes(hatanaka.crx2rnx(data))
    except (hatanaka.HatanakaException, OSError, ValueError) as error:
        msg = f"The RINEX file in Hatanaka's compact form is broken ({str(error).splitlines()[0] if str(error) else error!r})."
        raise DecodeError(msg, cure="copy it again from the receiver, or expand it with crx2rnx.") from None


def read_rinex(data: bytes) -> Observations:
    """The observations of a file; DecodeError for one without a whole header."""
    if is_compact(data[:200]):
        data = expanded(data)
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    unread: Counter[str] = Counter()
    header, at = read_header(lines)
    groups: Groups = defaultdict(list)
    breaks: set[int] = set()
    walk = _epochs_2 if header.version < 3 else _epochs_3
    for system, row in walk(lines, at, header, unread, breaks):
        groups[system].append(row)
    parts = [_columns(system, rows, header, unread, breaks) for system, rows in sorted(groups.items())]
    return observed(parts, header=header.told, unread=unread)


def read_header(lines: list[bytes]) -> tuple[Header, int]:
    """(header, number of the first line after it); DecodeError where it does not end or names no types."""
    found, types = Header(), ""
    for number, raw in enumerate(lines, start=1):
        line = raw.decode("latin-1")
        text, label = line[:_LABEL], line[_LABEL:].strip()
        if label == "END OF HEADER":
            return _checked(found), number
        if label == "RINEX VERSION / TYPE":
            found.version, found.system = _version(text), text[40:41].strip() or "G"
        elif label == "SYS / # / OBS TYPES":
            types = text[0] if text[0] != " " else types
            found.types.setdefault(types, []).extend(text[7:].split())
        elif label == "# / TYPES OF OBSERV":
            found.types.setdefault("", []).extend(text[6:].split())
        elif label == "SYS / SCALE FACTOR" and text[0] != " ":
            for name in text[10:].split() or ["*"]:
                found.scales[text[0], name] = float(text[2:6])
        elif label == "GLONASS SLOT / FRQ #":
            found.channels |= {int(slot): int(k) for slot, k in re.findall(r"R *(\d+) +(-?\d+)", text)}
        elif label == "TIME OF FIRST OBS":
            found.time = text[48:51].strip()
        else:
            _told(found.told, label, text)
    raise DecodeError("The header of the RINEX file does not end.", cure="copy the whole file, it is cut off.")


def _checked(found: Header) -> Header:
    if not any(found.types.values()) or not found.version:
        raise DecodeError("The RINEX file names no observation types.", cure="give an observation file (type O).")
    found.told["version"] = found.version
    return found


def _version(text: str) -> float:
    try:
        version = float(text[:9])
    except ValueError:
        version = 0.0
    if text[20:21].upper() != "O" or not 2 <= version < 5:
        msg = f"The RINEX file is of version {text[:9].strip()} and type {text[20:40].strip()}."
        raise DecodeError(msg, cure="give an observation file (type O) of version 2, 3 or 4.")
    return version


def _told(told: dict[str, Any], label: str, text: str) -> None:
    if label in {"MARKER NAME", "INTERVAL"}:
        told[label.lower().replace(" name", "")] = text.strip()
    elif label == "REC # / TYPE / VERS":
        told["receiver"] = " ".join(text[20:].split())
    elif label == "ANT # / TYPE":
        told["antenna"] = " ".join(text[20:40].split())
    elif label == "APPROX POSITION XYZ":
        cells = text.split()
        if len(cells) == 3 and any(float(each) for each in cells):
            told["position_m"] = tuple(float(each) for each in cells)


def _epochs_3(
    lines: list[bytes], at: int, header: Header, unread: Counter[str], breaks: set[int]
) -> Iterator[tuple[str, tuple[int, int, bytes]]]:
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.startswith(b">"):
            unread["lines outside an epoch"] += bool(line.strip())
            continue
        flag, count = line[31:32], _whole(line[32:35])
        moment = _moment(line[1:29].decode("latin-1").split(), header)
        if flag in b"2345" and flag:
            at += count
            continue
        if moment is None or flag not in b"01" or count < 0:
            unread["epochs"] += flag != b"6"  # 6: records of cycle slips, no observations
            at += max(0, count)
            continue
        if flag == b"1":
            breaks.add(moment)
        for row in lines[at : at + count]:
            number = _whole(row[1:3])
            if row[:1] == b">" or number < 1:
                unread["satellites"] += 1
                continue
            yield row[:1].decode("latin-1"), (moment, number, row[3:])
        if at + count > len(lines):
            unread["epochs that break off"] += 1
        at += count


def _epochs_2(
    lines: list[bytes], at: int, header: Header, unread: Counter[str], breaks: set[int]
) -> Iterator[tuple[str, tuple[int, int, bytes]]]:
    each = -(-len(header.types[""]) // 5)
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip():
            continue
        flag, count = line[28:29], _whole(line[29:32])
        if flag in b"2345" and flag.strip():
            at += max(0, count)
            continue
        moment = _moment(line[:26].decode("latin-1").split(), header)
        if moment is None or flag not in b" 01" or count < 1:
            unread["epochs"] += 1
            continue
        names = line[32:68].ljust(36)
        for _ in range((count - 1) // 12):
            names += lines[at][32:68].ljust(36) if at < len(lines) else b""
            at += 1
        if flag == b"1":
            breaks.add(moment)
        for which in range(count):
            name, rows = names[3 * which : 3 * which + 3], lines[at : at + each]
            at += each
            number = _whole(name[1:3])
            if number < 1 or len(rows) < each:
                unread["satellites"] += 1
                continue
            system = name[:1].decode("latin-1").strip() or ("G" if header.system == "M" else header.system)
            yield system, (moment, number, b"".join(row[:80].ljust(80) for row in rows))


def _whole(cell: bytes) -> int:
    """A whole number; -1 for anything else."""
    text = cell.strip()
    return int(text) if text.isdigit() else -1


def _moment(cells: list[str], header: Header) -> int | None:
    """GPS time in ns since 1980 of year, month, day, hour, minute, second in the file's scale."""
    try:
        year, month, day, hour, minute = (int(each) for each in cells[:5])
        seconds = float(cells[5])
        if header.version < 3:
            year += 1900 if year >= 80 else 2000
        start = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except (ValueError, IndexError):
        return None
    scale = header.time or {"R": "GLO", "C": "BDT"}.get(header.system, "GPS")
    ahead = {"BDT": 14, "GLO": leap_s(start), "UTC": leap_s(start)}.get(scale, 0)
    return (start - GPS_EPOCH) // timedelta(seconds=1) * 10**9 + round(seconds * 1e7) * 100 + ahead * 10**9


def _columns(
    system: str, rows: list[tuple[int, int, bytes]], header: Header, unread: Counter[str], breaks: set[int]
) -> Rows:
    types = header.types.get(system if header.version >= 3 else "", [])
    if system not in SYSTEMS or not types:
        unread[f"system {system}"] += len(rows)
        return np.empty(0, OBSERVATION)
    width = _FIELD * len(types)
    table = np.frombuffer(b"".join(text[:width].ljust(width) for *_, text in rows), dtype="S1").reshape(
        len(rows), width
    )
    times = np.array([each[0] for each in rows], dtype=np.int64)
    numbers = np.array([each[1] for each in rows], dtype=np.int64)
    out = []
    for name, places in _signals(system, types, header, unread).items():
        part = np.zeros(len(rows), OBSERVATION)
        part["time_ns"], part["satellite"], part["signal"] = times, satellite(system, 0) + numbers, signal(name)
        for column in ("code_m", "phase_m", "cn0_dbhz"):
            part[column] = np.nan
        for kind, place in places.items():
            values = _values(table, place, unread)
            values /= header.scales.get((system, types[place]), header.scales.get((system, "*"), 1.0))
            if kind == "L":
                part["phase_m"] = values * _lengths(system + name[0], numbers, header, unread, values)
                marks = table[:, _FIELD * place + 14]
                lost = np.where(np.char.isdigit(marks), marks, b"0").astype(np.int64) & _LLI_SLIP
                part["slip"] = lost | np.isin(times, sorted(breaks))
            elif kind in "CS":
                part["code_m" if kind == "C" else "cn0_dbhz"] = values
        out.append(part[np.isfinite(part["code_m"]) | np.isfinite(part["phase_m"])])
    return np.concatenate(out) if out else np.empty(0, OBSERVATION)


def _values(table: Any, place: int, unread: Counter[str]) -> Any:
    """A column of F14.3; blank and 0.000 are no observation."""
    cells = np.ascontiguousarray(table[:, _FIELD * place : _FIELD * place + 14]).view("S14").reshape(-1)
    stripped = np.char.strip(cells)
    try:
        found = np.where(stripped == b"", b"nan", stripped).astype(np.float64)
    except ValueError:
        found = np.array([_number(each) for each in stripped])
        unread["values"] += int(np.count_nonzero(np.isnan(found) & (stripped != b"")))
    found[found == 0] = np.nan
    return found


def _number(cell: bytes) -> float:
    try:
        return float(cell or b"nan")
    except ValueError:
        return float("nan")


def _lengths(band: str, numbers: Any, header: Header, unread: Counter[str], values: Any) -> Any:
    """The wavelength of each row in m; NaN for a satellite of GLONASS whose channel the header does not tell."""
    if not band.startswith("R") or band[1] not in "12":
        return C_M_S / frequency_hz(band)
    hertz = np.array([frequency_hz(band, header.channels.get(int(each))) for each in numbers])
    silent = int(np.count_nonzero(np.isnan(hertz) & np.isfinite(values)))
    if silent:
        unread["GLONASS phases without a channel"] += silent
    return C_M_S / hertz


def _signals(system: str, types: list[str], header: Header, unread: Counter[str]) -> dict[str, dict[str, int]]:
    """By signal: where the columns of code (C), phase (L) and C/N0 (S) stand."""
    found: dict[str, dict[str, int]] = {}
    for place, name in enumerate(types):
        if header.version < 3:
            kind, code = _type_2(system, name, types)
        else:
            kind, code = name[0], _beidou_3_02(system, name[1:], header.version)
        if not code or not _TYPE_3.match(f"{kind}{code}"):
            unread[f"type {name}"] += 1
        elif kind in "CLS":
            found.setdefault(code, {})[kind] = place
    return found


def _beidou_3_02(system: str, code: str, version: float) -> str:
    """RINEX 3.02 named B1I of BeiDou 1I; 1D, 1P and 1X are B1C everywhere."""
    return "2" + code[1:] if system == "C" and 3.015 < version < 3.025 and code in {"1I", "1Q"} else code


def _type_2(system: str, name: str, types: list[str]) -> tuple[str, str]:
    """(kind, signal) of a type of RINEX 2: P1 is the precise code, C1 the civil one; the phase goes with what is there."""
    kind, band = name[:1], name[1:2]
    precise = {"G": "W", "R": "P"}.get(system, "C")
    civil = "I" if system == "C" else "C" if band == "1" or system == "R" else "X"
    if system == "C" and band == "1":
        band = "2"  # B1I
    if kind == "P":
        return "C", band + precise
    other = types if system != "C" else []
    if kind in "LDS" and f"P{band}" in other and f"C{band}" not in other:
        return kind, band + precise
    return kind, band + civil
