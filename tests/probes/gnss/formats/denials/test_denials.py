# SPDX-License-Identifier: Apache-2.0
"""A fix that a maker's sentence or message denies is none, whichever maker's; what agrees, is blank or is not known denies nothing."""

from __future__ import annotations

import binascii
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Verdict
from probes.gnss.formats.denials.makers import MESSAGES, SENTENCES, Rule
from tests.probes.gnss.formats.test_modes import FEW, WIDE, epochs, log_of, sealed, verdict_of

ALL = st.sampled_from(SENTENCES)
LETTERS = st.from_regex(r"[A-Z]{3,9}|[5-9]{2}", fullmatch=True)


def stated(rule: Rule, word: str, metres: str = "0.012") -> bytes:
    """A maker's sentence that has ``word`` where its kind of solution stands, and ``metres`` for its deviations."""
    cells = [rule.address.replace("?", "N"), *([rule.kind] if rule.kind else [])]
    cells += ["1.0"] * (24 - len(cells))
    for place in range(rule.deviation, rule.deviation + rule.many if rule.deviation else 0):
        cells[place] = metres
    if rule.place:
        cells[rule.place] = word
    return sealed(",".join(cells))


def message(name: str, cells: list[str]) -> bytes:
    body = f"{name},97,GPS,FINE,2445,360018000,0,0,18,12;" + ",".join(cells)
    return f"#{body}*{binascii.crc32(body.encode(), 0xFFFFFFFF) ^ 0xFFFFFFFF:08x}\r\n".encode()


def said(rule: Rule, word: str, metres: str = "0.012", state: str = "SOL_COMPUTED") -> bytes:
    """The same of an ASCII message."""
    cells = [state if rule.place == 1 else word, *["1.0"] * 24]
    if rule.place:
        cells[rule.place] = word
    for place in range(rule.deviation, rule.deviation + rule.many if rule.deviation else 0):
        cells[place] = metres
    return message(rule.address if rule.address != "BESTGNSS" else "BESTGNSSPOSA", cells)


def denied(told: bytes, folder: Path) -> float:
    """The share of epochs whose fix is denied where each has this beside it; and it changes no satellites."""
    found = log_of(epochs(lambda _clock, _number: (b"", told)), folder)
    assert (found.beidou == 7).all()
    return float(found.unfixed.mean())


@FEW
@given(ALL.filter(lambda rule: rule.place > 0), LETTERS)
def test_another_kind_of_solution_denies_the_fix(tmp_path: Path, rule: Rule, word: str) -> None:
    if word not in rule.fine:
        assert denied(stated(rule, word), tmp_path) > 0.95
    for fine in (*rule.fine, ""):
        assert denied(stated(rule, fine), tmp_path) == 0


@FEW
@given(st.sampled_from(MESSAGES), LETTERS.map(lambda word: word if word.isdigit() else f"{word}_FLOAT"))
def test_another_kind_in_an_ascii_message_denies_the_fix(tmp_path: Path, rule: Rule, word: str) -> None:
    assert denied(said(rule, word), tmp_path) > 0.95
    for fine in rule.fine:
        assert denied(said(rule, fine), tmp_path) == 0


@pytest.mark.parametrize("rule", [each for each in MESSAGES if each.place == 1], ids=lambda rule: rule.address)
@pytest.mark.parametrize("state", ["INSUFFICIENT_OBS", "COLD_START", "sol_computed"])
def test_a_solution_that_was_not_computed_is_none(tmp_path: Path, rule: Rule, state: str) -> None:
    assert denied(said(rule, "NARROW_INT", state=state), tmp_path) > 0.95


@FEW
@given(st.sampled_from([each for each in (*SENTENCES, *MESSAGES) if each.deviation]), WIDE)
def test_a_deviation_that_no_fix_has_denies_it(tmp_path: Path, rule: Rule, metres: str) -> None:
    say = said if rule in MESSAGES else stated
    fine = rule.fine[0] if rule.fine and rule.fine[0] else "NARROW_INT"
    assert denied(say(rule, fine, metres), tmp_path) > 0.95
    assert denied(say(rule, fine), tmp_path) == 0


@pytest.mark.parametrize(
    ("body", "share"),
    [("PTPSR,RTKFLOAT", 1), ("GNTXT,01,01,02,RTK status: Float", 1), ("GNTXT,01,01,02,ANTSTATUS=OK", 0), ("PTNL,AVR,1,2", 0), ("PTNL,BPQ,1,2,3,4,5,6,1,1", 0),
     ("PUBX,04,1,2,3,4,5,6,7,8,9,10", 0), ("GNHDT,35.1,T", 0), ("GNGGAH,1,2,3,4,5,1", 0), ("PQTMEPE,3,1.7,1.8", 0), ("PASHR,ATT,0,1", 0)],
)  # fmt: skip
def test_an_unread_sentence_denies_only_by_the_word(tmp_path: Path, body: str, share: int) -> None:
    assert denied(sealed(body), tmp_path) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("name", ["BESTNAVHA", "UNIHEADINGA", "BESTVELA", "PSRPOSA", "SPPNAVA", "VERSIONA"])
def test_messages_of_other_things_deny_nothing(tmp_path: Path, name: str) -> None:
    assert denied(message(name, ["INSUFFICIENT_OBS", "NONE", *["0.0"] * 12]), tmp_path) == 0


def ubx(kind: int, number: int, payload: bytes) -> bytes:
    inner = bytes([kind, number]) + len(payload).to_bytes(2, "little") + payload
    a = b = 0
    for each in inner:
        a = (a + each) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + inner + bytes((a, b))


def pvt(flags: int, accuracy_mm: int = 14) -> bytes:
    payload = bytearray(92)
    payload[20:22] = bytes([3, flags])
    payload[40:44] = accuracy_mm.to_bytes(4, "little")
    return ubx(0x01, 0x07, bytes(payload))


def sbf(block: int, mode: int, error: int = 0) -> bytes:
    body = struct.pack("<HHIHBB", block, 96, 0, 2445, mode, error).ljust(92, b"\0")
    crc = 0
    for each in body:
        crc ^= each << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1 & 0xFFFF
    return b"$@" + struct.pack("<H", crc) + body


def novatel(number: int, state: int, kind: int) -> bytes:
    head = b"\xaa\x44\x12\x1c" + struct.pack("<HBBHHBBHIIHH", number, 0, 0x20, 72, 0, 100, 180, 2445, 0, 0, 0, 0)
    data = head + struct.pack("<II", state, kind).ljust(72, b"\0")
    return data + struct.pack("<I", binascii.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF)


def unicore(number: int, body: bytes) -> bytes:
    data = b"\xaa\x44\xb5" + struct.pack("<BHHBBHIIBBH", 97, number, len(body), 0, 160, 2445, 0, 0, 0, 18, 0) + body
    return data + struct.pack("<I", binascii.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF)


def agric(kind: int) -> bytes:
    return unicore(11276, b"GNSS" + bytes([236, 26, 11, 21, 4, 0, 0, kind]) + bytes(220))


@pytest.mark.parametrize(
    ("told", "share"),
    [(pvt(0x83), 0), (pvt(0x82), 1), (pvt(0x43), 1), (pvt(0x03), 1), (pvt(0x83, 500), 1), (pvt(0x83, 499), 0), (sbf(4007, 4), 0), (sbf(4007 | 2 << 13, 7), 0),
     (sbf(4007, 1), 1), (sbf(4006, 5), 1), (sbf(4007, 10), 1), (sbf(4007, 4, 1), 1), (sbf(5922, 1), 0), (novatel(42, 0, 50), 0), (novatel(42, 0, 56), 0),
     (novatel(42, 0, 16), 1), (novatel(141, 0, 34), 1), (novatel(42, 1, 50), 1), (novatel(99, 1, 0), 0), (unicore(2118, struct.pack("<II", 0, 50) + bytes(80)), 0),
     (unicore(2118, struct.pack("<II", 0, 69) + bytes(80)), 1), (unicore(1021, struct.pack("<I", 50) + bytes(80)), 0), (unicore(1021, struct.pack("<I", 16) + bytes(80)), 1),
     (agric(4), 0), (agric(1), 1), (agric(5), 1), (unicore(12, struct.pack("<II", 1, 1)), 0)],
)  # fmt: skip
def test_a_binary_message_beside_the_sentences_denies_the_fix(tmp_path: Path, told: bytes, share: int) -> None:
    assert denied(told, tmp_path) == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize(
    ("told", "heard"),
    [(ubx(1, 3, bytes(7) + bytes([state << 3]) + bytes(8)), state >= 2) for state in range(4)]
    + [(ubx(0x27, 9, bytes([2, state << 4, 0, 0])), state >= 2) for state in range(4)]
    + [(ubx(0x27, 9, bytes([1, *bytes(7), state << 1, 0, 0, 0])), state >= 2) for state in range(4)],
)
def test_a_binary_message_that_indicates_spoofing_is_an_alarm(tmp_path: Path, told: bytes, heard: bool) -> None:
    found = log_of(epochs(lambda _, number: (b"", told if number == 7 else b"")), tmp_path)
    assert [(each.spoofed, count) for each, count in found.alarms.items()] == [(True, 1)] * heard


def test_only_the_epochs_that_a_maker_denies_are_and_the_verdict_hears_it(tmp_path: Path) -> None:
    single, fixed = (said(MESSAGES[0], kind) for kind in ("SINGLE", "NARROW_INT"))
    some = epochs(lambda _, number: (b"", single if number in {7, 8, 30} else fixed))
    assert set(np.flatnonzero(log_of(some, tmp_path).unfixed)) == {7, 8, 30}
    assert verdict_of(some, tmp_path) == (Verdict.INVALID, {"gnss.modes-contradict"})
    assert verdict_of(epochs(lambda _clock, _number: (b"", fixed)), tmp_path) == (Verdict.PASS, set())
