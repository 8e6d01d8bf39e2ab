# SPDX-License-Identifier: Apache-2.0
"""Sentences and ASCII messages of makers that state the kind of a solution: where it stands in each, and which words go with a fix.

What is not in the list says nothing here; what is, and states another kind or a deviation that no fixed solution has, denies GGA's fix.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from probes.gnss.formats.machine import byte, comma_bits, load64, trailing_zeros

_NONE = 0


class Rule(NamedTuple):
    """What one sentence states: the place of a word of which only ``fine`` go with a fix; that of the first of ``many`` standard deviations in m.

    ``address`` has ? for any letter; ``kind`` is the field behind it where there are several. Places count from the address, behind a
    semicolon from 0; 0 for none.
    """

    address: str
    kind: str = ""
    place: int = _NONE
    fine: tuple[str, ...] = ()
    deviation: int = _NONE
    many: int = 2


_INTEGER = ("L1_INT", "WIDE_INT", "NARROW_INT", "RTK_DIRECT_INS", "INS_RTKFIXED")
SENTENCES = (
    Rule("KSXT", "", 10, ("3",)),
    Rule("PTNL", "GGK", 8, ("3", "7", "9")),
    Rule("PTNL", "PJK", 8, ("3", "7", "9")),
    Rule("PTNL", "VGK", 7, ("3", "7", "9")),
    Rule("PTNL", "GGK_SYNC", 8, ("3", "7", "9")),
    Rule("G?GGK", "", 7, ("3",)),
    Rule("G?GGQ", "", 7, ("3",)),
    Rule("G?LLK", "", 7, ("3",)),
    Rule("G?LLQ", "", 7, ("3",)),
    Rule("PUBX", "00", 8, ("D3",), 9, 1),
    Rule("PASHR", "POS", 2, ("3",)),
    Rule("GPYBM", "", 16, ("4",)),
    Rule("GPCHC", "", 21, ("40", "41", "42", "80", "81", "82")),
    Rule("GPCHCX", "", 21, ("40", "41", "42", "80", "81", "82")),
    Rule("PQTMEPE", "2", _NONE, (), 2),
    Rule("G?THS", "", 2, ("A", "E", "V")),
)
"""Trimble, Leica, u-blox, Ashtech, ComNav, CHC Navigation, Quectel; of a heading only that it is entered by hand or simulated. A blank says nothing."""
MESSAGES = (
    *(Rule(name, "", 1, _INTEGER, 7) for name in ("BESTPOSA", "BESTNAVA", "RTKPOSA", "ADRNAVA")),
    *(Rule(name, "", 1, _INTEGER, 5, 3) for name in ("BESTXYZA", "BESTNAVXYZA", "RTKXYZA")),
    *(Rule(name, "", 1, _INTEGER) for name in ("BESTUTMA", "BESTGNSS")),
    Rule("PVTSLNA", "", _NONE, ("", *_INTEGER), 5),
    Rule("AGRICA", "", 8, ("4",)),
)
"""NovAtel and Unicore, by the first eight letters; field 0 of the first is a state that must be SOL_COMPUTED, of PVTSLN it is the kind itself."""
_STATED = "SOL_COMPUTED"
_MOST = 8


def _word(text: str) -> int:
    """The word as :func:`_hashed` sees it."""
    value = 0
    for each in text.encode():
        value = (value * 257 + each + 1) % (1 << 48)
    return value


def _packed(address: str) -> tuple[int, int]:
    """(up to eight letters as a word, which of its bits count)."""
    letters = address.encode()[:8]
    name = int.from_bytes(bytes(0 if each == 0x3F else each for each in letters), "little")
    return name, int.from_bytes(bytes(0 if each == 0x3F else 0xFF for each in letters).ljust(8, b"\xff"), "little")


def _table(rules: tuple[Rule, ...]) -> tuple[Any, Any]:
    """(names uint64[n, 2] with their masks; int64[n, 5 + words]: kind, place, deviation, how many of these, number of fine words, these)."""
    names = np.array([_packed(each.address) for each in rules], dtype=np.uint64)
    facts = np.zeros((len(rules), 5 + _MOST), dtype=np.int64)
    for row, each in zip(facts, rules, strict=True):
        row[:5] = _word(each.kind) if each.kind else 0, each.place, each.deviation, each.many, len(each.fine)
        row[5 : 5 + len(each.fine)] = [_word(word) for word in each.fine]
    return names, facts


_NAMES, _FACTS = _table(SENTENCES)
_MESSAGE_NAMES, _MESSAGE_FACTS = _table(MESSAGES)
_COMPUTED = _word(_STATED)
_SEMICOLON, _COMMA = ord(";"), ord(",")


@njit(cache=True, nogil=True)
def is_makers(name: Any) -> Any:
    """Whether a packed address (up to eight letters) is that of a maker's sentence which states the kind of a solution."""
    for rule in range(len(_NAMES)):  # noqa: SIM110 - compiled
        if name & _NAMES[rule, 1] == _NAMES[rule, 0]:
            return True
    return False


@njit(cache=True, nogil=True)
def denies(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether such a sentence, from '$' to the end of its body, states another kind of solution or a deviation that no fix has."""
    name, kind = _address(buffer, start + 1, stop), _hashed(buffer, field(buffer, start, stop, 1), stop)
    for rule in range(len(_NAMES)):
        fits = _FACTS[rule, 0] in {0, kind} and name & _NAMES[rule, 1] == _NAMES[rule, 0]
        if fits and _other(buffer, start, stop, _FACTS[rule]):
            return True
    return False


@njit(cache=True, nogil=True)
def message_denies(buffer: Any, start: Any, stop: Any) -> Any:
    """The same of an ASCII message, from '#' to its '*': its solution is not computed, or of another kind."""
    name = _address(buffer, start + 1, stop)
    for rule in range(len(_MESSAGE_NAMES)):
        if name & _MESSAGE_NAMES[rule, 1] != _MESSAGE_NAMES[rule, 0]:
            continue
        body = start
        while body < stop and byte(buffer, body) != _SEMICOLON:
            body += 1
        if body + 1 >= stop:
            return False
        facts, first = _MESSAGE_FACTS[rule], _hashed(buffer, body + 1, stop)
        if facts[1] == 1 and first != _COMPUTED:
            return True
        if facts[1] == 0 and not _among(first, facts):
            return True
        return _other(buffer, body + 1, stop, facts)
    return False


@njit(cache=True, nogil=True)
def _other(buffer: Any, start: Any, stop: Any, facts: Any) -> Any:
    if facts[1] > 0:
        at = field(buffer, start, stop, facts[1])
        if at < stop and byte(buffer, at) != _COMMA and not _among(_hashed(buffer, at, stop), facts):
            return True
    if facts[2] > 0:
        for place in range(facts[2], facts[2] + facts[3]):
            if wide(buffer, field(buffer, start, stop, place), stop):
                return True
    return False


@njit(cache=True, nogil=True)
def _among(word: Any, facts: Any) -> Any:
    for at in range(5, 5 + facts[4]):  # noqa: SIM110 - compiled
        if facts[at] == word:
            return True
    return False


@njit(cache=True, nogil=True)
def _address(buffer: Any, start: Any, stop: Any) -> Any:
    """Up to eight bytes of the address, packed."""
    word = load64(buffer, start)
    length = min(stop - start, trailing_zeros(comma_bits(word)) >> 3)
    return word if length >= 8 else word & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))


@njit(cache=True, nogil=True)
def _hashed(buffer: Any, start: Any, stop: Any) -> Any:
    """A number for the word of the field at ``start``."""
    value = np.int64(0)
    for at in range(start, stop):
        letter = byte(buffer, at)
        if letter == _COMMA:
            break
        value = (value * 257 + letter + 1) % (1 << 48)
    return value


@njit(cache=True, nogil=True)
def field(buffer: Any, start: Any, stop: Any, number: Any) -> Any:
    """Where field ``number`` of the sentence at ``start`` begins, or ``stop`` where it has fewer."""
    at = start
    while number > 0 and at < stop:
        number -= byte(buffer, at) == 0x2C
        at += 1
    return at


_FIXED_PLACES = 5000
"""Ten thousandths of a metre from which on a standard deviation is that of no fixed solution: more than two wavelengths of any carrier."""


@njit(cache=True, nogil=True)
def wide(buffer: Any, start: Any, stop: Any) -> Any:
    """Whether the field at ``start`` is a standard deviation in m that no fixed solution has."""
    value, places = np.int64(0), -1
    for at in range(start, stop):
        digit = byte(buffer, at) - 0x30
        if 0 <= digit <= 9 and places < 4 and value < 1 << 40:
            value = value * 10 + digit
            places += places >= 0
        elif digit == -2 and places < 0:
            places = 0
        elif not 0 <= digit <= 9:
            break
    for _ in range(4 - max(places, 0)):
        value *= 10
    return value >= _FIXED_PLACES
