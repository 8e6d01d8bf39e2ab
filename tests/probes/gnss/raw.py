# SPDX-License-Identifier: Apache-2.0
"""Raw observations written out by hand, format by format, from the documents and not from our readers."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.probes.gnss.instruments.test_defects import crc24q

C_M_S = 299_792_458.0
L1_M, L2_M = C_M_S / 1575.42e6, C_M_S / 1227.60e6


@dataclass(frozen=True)
class Seen:
    """One signal at one epoch: satellite as "G05", signal as "1C", range in m, phase in m, C/N0, lost the count."""

    sat: str
    signal: str
    code_m: float
    phase_m: float
    cn0: float = 45.0
    lost: bool = False


Epoch = tuple[int, Sequence[Seen]]
"""GPS time since 1980 in ns, what was seen."""


def framed(body: bytes) -> bytes:
    """An RTCM 3 message around a body."""
    frame = b"\xd3" + len(body).to_bytes(2, "big") + body
    return frame + crc24q(frame).to_bytes(3, "big")


_MSM7 = {"G": (1077, {"1C": 2, "2W": 10, "5Q": 23}), "C": (1127, {"2I": 2, "6I": 8, "1P": 31, "5P": 23})}


def msm7(time_ns: int, seen: Sequence[Seen], lock: int = 500) -> bytes:
    """A message of type 7 (RTCM 10403.3, 3.5.16) about the satellites of one system."""
    number, places = _MSM7[seen[0].sat[0]]
    sats = sorted({int(each.sat[1:]) for each in seen})
    signals = sorted({places[each.signal] for each in seen})
    there = {(int(each.sat[1:]), places[each.signal]): each for each in seen}
    tow_ms = time_ns // 10**6 % 604_800_000 - (14_000 if number == 1127 else 0)
    bits = f"{number:012b}{7:012b}{tow_ms % 604_800_000:030b}0{0:03b}{0:07b}{0:02b}{0:02b}0{0:03b}"
    bits += "".join(str(int(place in sats)) for place in range(1, 65))
    bits += "".join(str(int(place in signals)) for place in range(1, 33))
    bits += "".join(str(int((sat, place) in there)) for sat in sats for place in signals)
    rough = {
        sat: round(min(e.code_m for (s, _), e in there.items() if s == sat) / (C_M_S / 1000) * 1024) for sat in sats
    }
    bits += "".join(f"{rough[sat] >> 10:08b}" for sat in sats) + "0000" * len(sats)
    bits += "".join(f"{rough[sat] & 1023:010b}" for sat in sats) + "0" * 14 * len(sats)
    cells = [there[key] for key in ((sat, place) for sat in sats for place in signals) if key in there]

    def fine(value_m: float, sat: str, scale: int, width: int) -> str:
        units = round((value_m / (C_M_S / 1000) - rough[int(sat[1:])] / 1024) * 2**scale)
        assert abs(units) < 1 << (width - 1)
        return f"{units & ((1 << width) - 1):0{width}b}"

    bits += "".join(fine(each.code_m, each.sat, 29, 20) for each in cells)
    bits += "".join(fine(each.phase_m, each.sat, 31, 24) for each in cells)
    bits += "".join(f"{0 if each.lost else lock:010b}" for each in cells) + "0" * len(cells)
    bits += "".join(f"{round(each.cn0 * 16):010b}" for each in cells) + "0" * 15 * len(cells)
    bits += "0" * (-len(bits) % 8)
    return framed(int(bits, 2).to_bytes(len(bits) // 8, "big"))


_UBX = {"G": (0, {"1C": 0, "2L": 3, "5Q": 7}), "C": (3, {"2I": 0, "1P": 5, "5P": 7}), "E": (2, {"1C": 0, "5Q": 4})}
_HZ = {"G1": 1575.42e6, "G2": 1227.6e6, "G5": 1176.45e6, "C2": 1561.098e6, "C1": 1575.42e6, "C5": 1176.45e6}
_HZ |= {"E1": 1575.42e6, "E5": 1176.45e6, "C6": 1268.52e6}


def rawx(time_ns: int, seen: Sequence[Seen], lock_ms: int = 30_000) -> bytes:
    """A UBX-RXM-RAWX (u-blox F9 interface description)."""
    week, inside = divmod(time_ns, 604_800 * 10**9)
    body = struct.pack("<dHbBBBxx", inside / 1e9, week, 18, len(seen), 1, 1)
    for each in seen:
        system, places = _UBX[each.sat[0]]
        cycles = each.phase_m * _HZ[each.sat[0] + each.signal[0]] / C_M_S
        lock = 0 if each.lost else lock_ms
        body += struct.pack(
            "<ddfBBBBHBBBBBx",
            each.code_m,
            cycles,
            0.0,
            system,
            int(each.sat[1:]),
            places[each.signal],
            7,
            lock,
            round(each.cn0),
            1,
            1,
            1,
            7,
        )
    inner = b"\x02\x15" + len(body).to_bytes(2, "little") + body
    a = b = 0
    for each in inner:
        a = (a + each) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + inner + bytes((a, b))


_OBSVM = {"G": (0, {"1C": 0, "2W": 9, "2L": 17, "5Q": 14}), "C": (4, {"2I": 0, "1P": 8, "5P": 12, "6I": 21})}


def obsvm(time_ns: int, seen: Sequence[Seen], *, text: bool, lock_s: float = 30.0) -> bytes:
    """An OBSVMB, or an OBSVMA (Unicore N4 manual)."""
    week, inside = divmod(time_ns, 604_800 * 10**9)
    rows = []
    for each in seen:
        system, places = _OBSVM[each.sat[0]]
        cycles = -each.phase_m * _HZ[each.sat[0] + each.signal[0]] / C_M_S
        status = 1 << 10 | 1 << 12 | system << 16 | places[each.signal] << 21
        lock = 0.0 if each.lost else lock_s
        rows.append((0, int(each.sat[1:]), each.code_m, cycles, 30, 80, 0.0, round(each.cn0 * 100), 0, lock, status))
    if text:
        head = f"OBSVMA,97,GPS,FINE,{week},{inside // 10**6},0,0,18,12;{len(rows)}"
        body = head + "".join(
            f",{r[0]},{r[1]},{r[2]:.4f},{r[3]:.5f},{r[4]},{r[5]},{r[6]:.3f},{r[7]},{r[8]},{r[9]:.3f},{r[10]:08x}"
            for r in rows
        )
        return f"#{body}*{binascii.crc32(body.encode(), 0xFFFFFFFF) ^ 0xFFFFFFFF:08x}\r\n".encode()
    body = struct.pack("<I", len(rows)) + b"".join(struct.pack("<HHddHHfHHfI", *row) for row in rows)
    head = b"\xaa\x44\xb5" + struct.pack("<BHHBBHIIBBH", 97, 12, len(body), 0, 160, week, inside // 10**6, 0, 0, 18, 0)
    message = head + body
    return message + struct.pack("<I", binascii.crc32(message, 0xFFFFFFFF) ^ 0xFFFFFFFF)


def rinex3(epochs: Iterable[Epoch], version: str = "3.04", time: str = "GPS") -> bytes:
    """A RINEX 3 or 4 observation file."""
    kept = list(epochs)
    types: dict[str, list[str]] = {}
    for _, seen in kept:
        for each in seen:
            types.setdefault(each.sat[0], [])
            types[each.sat[0]] += [each.signal] * (each.signal not in types[each.sat[0]])
    out = [
        _label(f"{version:>9}           OBSERVATION DATA    M", "RINEX VERSION / TYPE"),
        _label("MARK", "MARKER NAME"),
    ]
    for system, names in types.items():
        codes = [kind + name for name in names for kind in "CLS"]
        for at in range(0, len(codes), 13):
            first = f"{system}  {len(codes):3d}" if at == 0 else " " * 6
            out.append(_label(first + "".join(f" {code}" for code in codes[at : at + 13]), "SYS / # / OBS TYPES"))
    out += [_label(f"{'':48}{time}", "TIME OF FIRST OBS"), _label("", "END OF HEADER")]
    for time_ns, seen in kept:
        sats = sorted({each.sat for each in seen})
        out.append(f"> {_moment(time_ns)}  0{len(sats):3d}")
        for sat in sats:
            mine = {each.signal: each for each in seen if each.sat == sat}
            out.append((sat + "".join(_fields(mine.get(name)) for name in types[sat[0]])).rstrip())
    return "\n".join(out).encode() + b"\n"


def _label(text: str, label: str) -> str:
    return f"{text:60}{label}"


def _fields(each: Seen | None) -> str:
    if each is None:
        return " " * 48
    cycles = each.phase_m * _HZ[each.sat[0] + each.signal[0]] / C_M_S
    return f"{each.code_m:14.3f}  {cycles:14.3f}{int(each.lost) or ' '} {each.cn0:14.3f}  "


def _moment(time_ns: int) -> str:
    from datetime import UTC, datetime, timedelta

    moment = datetime(1980, 1, 6, tzinfo=UTC) + timedelta(microseconds=time_ns // 1000)
    return f"{moment:%Y %m %d %H %M} {moment.second:2d}.{moment.microsecond:06d}0"
