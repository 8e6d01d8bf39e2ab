# SPDX-License-Identifier: Apache-2.0
"""Answers of modems to AT commands (3GPP TS 27.007 and makers' own): what of an answer is the answer, and what it says. Pure.

An answer counts when its final result is OK; unsolicited lines between (+CEREG: 1, RING, ^RSSI …) are passed over, but for
one that says that the modem lost its registration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv6Address, ip_address

from probes.network.wire.radio import (
    ANY_NR,
    LTE,
    NO_SA,
    NONE,
    NSA,
    OTHER,
    SA,
    UNKNOWN,
    Serving,
    met,
    rat_of,
    rsrp_of,
    rsrq_of,
    sinr_of,
)

PREPARE = ("ATE0", "AT+CMEE=1", "AT+C5GREG=2", "AT+CEREG=2")
"""Asked once a connection, so that registrations are told with their access technology."""
COMMON = ("AT+CGSN", "AT+C5GREG?", "AT+CEREG?", "AT+CGPADDR")
MAKERS: Mapping[str, tuple[str, ...]] = {
    "quectel": ('AT+QENG="servingcell"', "AT+QNWINFO", "AT+QCAINFO"),
    "simcom": ("AT+CPSI?",),
    "huawei": ("AT^HCSQ?", "AT^MONSC"),
    "fibocom": ("AT+GTCCINFO?",),
    "other": (),
}
FINAL = re.compile(rb"(?:^|[\r\n])(OK|ERROR|\+CM[ES] ERROR:[^\r\n]*|COMMAND NOT SUPPORT)[\r\n]")
_FAILED = ("ERROR", "+CME ERROR", "+CMS ERROR", "COMMAND NOT SUPPORT")
_STATES = {"NOCONN": True, "CONNECT": True, "SEARCH": False, "LIMSRV": False}
_LOST = re.compile(r'\+C5GREG:\s*[0234](?:,\s*".*)?')
"""Unsolicited: not registered, searching, denied, unknown. What was asked for begins with another number."""
_ACT = {7: frozenset({LTE, NSA}), 9: frozenset({LTE}), 10: frozenset({LTE}), 11: frozenset({SA}),
        12: frozenset({SA, LTE}), 13: frozenset({NSA})}  # fmt: skip
_OLD_ACT = range(7)
_NO_LEVEL = -156


def commands(maker: str) -> tuple[str, ...]:
    """What a modem of a maker is asked each time; of an unnamed one, what any of them understands."""
    own = MAKERS[maker] if maker else tuple(each for told in MAKERS.values() for each in told)
    return (*COMMON, *own)


def lines_of(command: str, text: str) -> list[str] | None:
    """The lines of an answer without echo and final result; None where it ended in an error or never ended."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    for at, line in enumerate(lines):
        if line == "OK":
            return [each for each in lines[:at] if each != command]
        if line.startswith(_FAILED):
            return None
    return None


def imei_said(asked: Sequence[tuple[str, str]]) -> str:
    """The 15 digits of +CGSN; empty where the modem says none, or two different ones."""
    found = set()
    for command, text in asked:
        if command == "AT+CGSN":
            for line in lines_of(command, text) or ():
                match = re.fullmatch(r'(?:\+C?GSN:\s*)?"?(\d{14,17})"?', line)
                found |= {match[1]} if match else set()
    return found.pop() if len(found) == 1 else ""


def addresses_said(asked: Sequence[tuple[str, str]]) -> tuple[str, ...] | None:
    """The addresses of +CGPADDR; None where the modem does not answer that."""
    told: tuple[str, ...] | None = None
    for command, text in asked:
        lines = lines_of(command, text) if command == "AT+CGPADDR" else None
        if lines is not None:
            texts = [each for line in lines for each in _fields(line, "+CGPADDR")[1:]]
            told = tuple(sorted({address for each in texts if (address := _address(each))}))
    return told


def serving(asked: Sequence[tuple[str, str]]) -> Serving:
    """What all answers of one round say together."""
    found = []
    for command, text in asked:
        reader, lines = _READERS.get(command), lines_of(command, text)
        if reader is not None and lines is not None:
            found += reader(lines)
        found += [Serving(frozenset({NONE}), line) for line in lines or () if _LOST.fullmatch(line)]
    return met(found)


def _fields(line: str, prefix: str) -> list[str]:
    """The fields of ``prefix: a,"b",c``; none for another line."""
    head, colon, rest = line.partition(":")
    return [each.strip().strip('"') for each in rest.split(",")] if colon and head.strip() == prefix else []


def _address(text: str) -> str:
    parts = text.split(".")
    try:
        if len(parts) == 16:
            return str(IPv6Address(bytes(int(part) for part in parts)))
        found = ip_address(text)
    except ValueError:
        return ""
    return "" if found.is_unspecified else str(found)


def _cell(rat: str, word: str, where: Sequence[str], signal: Sequence[str]) -> Serving:
    """``where``: MCC, MNC, cell, PCI, band; ``signal``: RSRP, RSRQ, SINR, as texts."""
    mcc, mnc, cell, pci, band = where
    rsrp, rsrq, sinr = signal
    levels = rsrp_of(rsrp), rsrq_of(rsrq), sinr_of(sinr)
    return Serving(frozenset({rat}), word, mcc + mnc, cell.upper(), pci, band, *levels)


def _qeng(lines: Sequence[str]) -> list[Serving]:
    """Quectel +QENG: one line, or a state with an LTE and an NR5G-NSA line below it."""
    rows = [fields for line in lines if (fields := _fields(line, "+QENG"))]
    own = [row for row in rows if row[0] == "servingcell" and len(row) > 1]
    if not own:
        return []
    if strange := [row[1] for row in own if row[1] not in _STATES]:
        return [Serving(frozenset({UNKNOWN}), strange[0])]
    if not all(_STATES[row[1]] for row in own):
        return [Serving(frozenset({NONE}), own[0][1])]
    if whole := [row[2:] for row in own if len(row) > 2]:
        others = [row for row in rows if row[0] in {"LTE", "NR5G-NSA"}]  # of two cells it would be no stand-alone one
        return [*map(_qeng_cell, whole), *(Serving(frozenset({LTE, NSA}), row[0]) for row in others)]
    parts = {row[0]: row for row in rows if row[0] in {"LTE", "NR5G-NSA"}}
    anchor = _qeng_cell(parts["LTE"]) if "LTE" in parts else Serving(frozenset({NONE}), own[0][1])
    nr = parts.get("NR5G-NSA", [])
    if anchor.rat != LTE or len(nr) < 9 or rsrp_of(nr[4]) is None:
        return [anchor]
    signal = rsrp_of(nr[4]), rsrq_of(nr[6]), sinr_of(nr[5])
    return [Serving(frozenset({NSA}), "NR5G-NSA", anchor.plmn, anchor.cell, nr[3], nr[8], *signal)]


def _qeng_cell(row: Sequence[str]) -> Serving:
    rat = rat_of(row[0])
    if rat == SA and len(row) > 14:
        return _cell(SA, row[0], (row[2], row[3], row[4], row[5], row[8]), (row[10], row[11], row[12]))
    if rat == LTE and len(row) > 14:
        return _cell(LTE, row[0], (row[2], row[3], row[4], row[5], row[7]), (row[11], row[12], ""))
    known = rat if rat not in {SA, LTE} else UNKNOWN  # too short to be the answer it says it is
    return Serving(frozenset({known}), row[0])


def _qnwinfo(lines: Sequence[str]) -> list[Serving]:
    """Quectel +QNWINFO: a line a carrier, whose name ends in NR5G or LTE."""
    told = [fields for line in lines if (fields := _fields(line, "+QNWINFO"))]
    words = {row[0] for row in told}
    if not told:
        return []
    if any(word.upper().endswith("NR5G") for word in words):
        lte = any("LTE" in word.upper() for word in words)
        nr = next(row for row in told if row[0].upper().endswith("NR5G"))
        return [Serving(frozenset({NSA}) if lte else ANY_NR, nr[0], plmn=nr[1] if len(nr) > 1 else "", band=_band(nr))]
    named = [(_duplex(word), word) for word in sorted(words)]
    return [Serving(frozenset({rat, NSA} if rat == LTE else {rat}), word) for rat, word in named]


def _duplex(word: str) -> str:
    return rat_of(re.sub(r"^(?:FDD|TDD)\s+", "", word.strip(), flags=re.IGNORECASE))


def _band(row: Sequence[str]) -> str:
    return next((match[1] for each in row if (match := re.search(r"BAND\s*(\d+)", each, re.IGNORECASE))), "")


def _qcainfo(lines: Sequence[str]) -> list[Serving]:
    """Quectel +QCAINFO: the primary carrier's band says NR or LTE."""
    for line in lines:
        row = _fields(line, "+QCAINFO")
        if row and row[0].upper() == "PCC":
            text = " ".join(row).upper()
            if "NR5G" in text:
                return [Serving(ANY_NR, "NR5G", band=_band(row))]
            if "LTE" in text:
                return [Serving(frozenset({LTE, NSA}), "LTE", band=_band(row))]
    return []


def _registered(prefix: str) -> Callable[[Sequence[str]], list[Serving]]:
    """+C5GREG and +CEREG: <n>,<stat>[,"tac","ci",<AcT>]; a line that begins with <stat> was not asked for."""

    def read(lines: Sequence[str]) -> list[Serving]:
        for line in lines:
            raw = line.partition(":")[2].split(",")
            row = _fields(line, prefix)
            if len(row) < 2 or not row[0].isdecimal() or not raw[1].strip().isdecimal():
                continue
            act = int(row[4]) if len(row) > 4 and row[4].isdecimal() else None
            cell = row[3].upper() if len(row) > 3 else ""
            five = prefix == "+C5GREG"
            if row[1] not in {"1", "5"}:
                return [Serving(NO_SA, f"{prefix} {row[1]}")] if five else []
            if act is None:
                return [Serving(frozenset({SA, LTE}), cell=cell)] if five else []
            rats = frozenset({OTHER}) if act in _OLD_ACT else _ACT.get(act, frozenset({UNKNOWN}))
            return [Serving(rats, f"AcT {act}", cell=cell)]
        return []

    return read


def _cpsi(lines: Sequence[str]) -> list[Serving]:
    """SIMCom +CPSI: a line a system mode; stand-alone NR tells its levels in tenths."""
    rows = {row[0].upper(): row for line in lines if (row := _fields(line, "+CPSI"))}
    nr, lte = rows.get("NR5G_NSA"), rows.get("LTE")
    if nr is not None and len(nr) > 6 and lte is not None:
        plmn = lte[2].replace("-", "") if len(lte) > 2 else ""
        signal = rsrp_of(_tenth(nr[4], -160)), rsrq_of(_tenth(nr[5], -44)), sinr_of(nr[6])
        return [
            Serving(frozenset({NSA}), "NR5G_NSA", plmn, lte[4] if len(lte) > 4 else "", nr[1], _digits(nr[2]), *signal)
        ]
    for word, row in rows.items():
        rat = rat_of(word)
        if len(row) > 1 and row[1].upper() != "ONLINE":
            return [Serving(frozenset({NONE}), f"{word} {row[1]}")]
        if rat == SA and len(row) > 10:
            where = (*_plmn(row[2]), row[4], row[5], _digits(row[6]))
            return [_cell(SA, word, where, (_tenth(row[8], -160), _tenth(row[9], -44), row[10]))]
        if rat == LTE and len(row) > 13:
            where = (*_plmn(row[2]), row[4], row[5], _digits(row[6]))
            return [_cell(LTE, word, where, (_tenth(row[11], -160), _tenth(row[10], -44), ""))]
        return [Serving(frozenset({rat if rat != SA else UNKNOWN}), word)]
    return []


def _plmn(text: str) -> tuple[str, str]:
    mcc, _, mnc = text.partition("-")
    return mcc, mnc


def _digits(text: str) -> str:
    found = re.search(r"BAND\s*(\d+)", text, re.IGNORECASE)
    return found[1] if found else text


def _tenth(text: str, below: int) -> str:
    """A level below what is possible in dB is told in tenths."""
    return str(int(text) / 10) if re.fullmatch(r"-\d+", text) and int(text) < below else text


def _hcsq(lines: Sequence[str]) -> list[Serving]:
    """Huawei ^HCSQ: a line a system mode with levels as indices; NR may be of either kind."""
    words = {row[0].upper() for line in lines if (row := _fields(line, "^HCSQ"))}
    if not words:
        return []
    if words & {"NR", "NR5G"}:
        return [Serving(frozenset({NSA}) if "LTE" in words else ANY_NR, "NR")]
    rats = [rat_of(word) for word in sorted(words)]
    return [
        Serving(frozenset({rat, NSA} if rat == LTE else {rat}), word)
        for rat, word in zip(rats, sorted(words), strict=True)
    ]


def _monsc(lines: Sequence[str]) -> list[Serving]:
    """Huawei ^MONSC: NR,MCC,MNC,ARFCN,SCS,cell,PCI,TAC,RSRP,RSRQ,SINR or LTE,MCC,MNC,ARFCN,cell,PCI,TAC,RSRP,RSRQ,RSSI."""
    for line in lines:
        row = _fields(line, "^MONSC")
        if not row:
            continue
        if row[0].upper() == "NR" and len(row) > 10:
            return [_cell(SA, "NR", (row[1], row[2], row[5], row[6], ""), (row[8], row[9], row[10]))]
        if row[0].upper() == "LTE" and len(row) > 8:
            found = _cell(LTE, "LTE", (row[1], row[2], row[4], row[5], ""), (row[7], row[8], ""))
            return [Serving(frozenset({LTE, NSA}), *_rest(found))]
        return [Serving(frozenset({rat_of(row[0])}), row[0])]
    return []


def _rest(found: Serving) -> tuple[str, str, str, str, str, float | None, float | None, float | None]:
    return found.word, found.plmn, found.cell, found.pci, found.band, found.rsrp, found.rsrq, found.sinr


def _gtccinfo(lines: Sequence[str]) -> list[Serving]:
    """Fibocom +GTCCINFO: rows of numbers under headings; the first field 1 marks the serving cell, the second is 9 for NR, 4 for LTE."""
    rows = [[each.strip() for each in line.split(",")] for line in lines]
    own = {row[1]: row for row in rows if len(row) > 13 and row[0] == "1"}
    told = " ".join(lines).upper()
    if not own:
        return [Serving(frozenset({NONE}), "+GTCCINFO")] if "GTCCINFO" in told else []
    if "9" in own:
        row = own["9"]
        rat = NSA if "4" in own or "EN-DC" in told else SA
        signal = (_index(row[12]), _half(row[13]), "")
        return [_cell(rat, "NR", (row[2], row[3], row[5], row[7], _nr_band(row[8])), signal)]
    if "4" in own:
        row = own["4"]
        return [_cell(LTE, "LTE", (row[2], row[3], row[5], row[7], row[8]), ("", "", ""))]
    number = next(iter(own))
    return [Serving(frozenset({OTHER if number in {"0", "1", "2", "3"} else UNKNOWN}), f"rat {number}")]


def _nr_band(text: str) -> str:
    """Fibocom writes NR band n as 50 followed by n."""
    return text[2:] if re.fullmatch(r"50\d{1,3}", text) else text


def _index(text: str) -> str:
    """SS-RSRP is told as an index (TS 38.133 table 10.1.6.1-1): 0 is -156 dBm."""
    return str(int(text) + _NO_LEVEL) if text.isdecimal() and int(text) <= 126 else ""


def _half(text: str) -> str:
    """SS-RSRQ is told as an index (TS 38.133 table 10.1.11.1-1): 0 is -43 dB, steps of half a dB."""
    return str(int(text) / 2 - 43) if text.isdecimal() and int(text) <= 127 else ""


_READERS: Mapping[str, Callable[[Sequence[str]], list[Serving]]] = {
    'AT+QENG="servingcell"': _qeng,
    "AT+QNWINFO": _qnwinfo,
    "AT+QCAINFO": _qcainfo,
    "AT+C5GREG?": _registered("+C5GREG"),
    "AT+CEREG?": _registered("+CEREG"),
    "AT+CPSI?": _cpsi,
    "AT^HCSQ?": _hcsq,
    "AT^MONSC": _monsc,
    "AT+GTCCINFO?": _gtccinfo,
}
