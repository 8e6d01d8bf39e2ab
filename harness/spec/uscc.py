# SPDX-License-Identifier: Apache-2.0
"""统一社会信用代码: the 18-character code that names an organisation in China (GB 32100-2015).

Position 1 registration authority, 2 category, 3-8 division of first registration (GB/T 2260),
9-17 the organisation code of GB 11714 with its own check character, 18 the check character.
"""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: digits and capitals without I O S V Z; a character's value is its index."""

WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
"""GB 32100: 3^(i-1) mod 31 for positions 1-17."""

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11714: weights of the eight characters before its check character."""

AUTHORITIES = {
    "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19", "9": "123",
    "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
"""Registration authority (position 1) -> the categories (position 2) that it gives out, as registration offices publish them."""

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_MANGLED = re.compile(r"\d(?:\.\d+)?[eE]\+?1\d|\d{15,18}\.0*")
_WRAPPED = re.compile(r"""=?"(.*)"|'(.*)""")
"""What people put around a code so that a spreadsheet leaves it a text."""


def normalise(text: str) -> str:
    """The code as it was meant: full-width forms folded (NFKC), blanks and invisible characters removed, letters in capitals."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    plain = "".join(each for each in folded if unicodedata.category(each) != "Cf") if not folded.isascii() else folded
    wrapped = _WRAPPED.fullmatch(plain)
    return plain if wrapped is None else wrapped[1] or wrapped[2] or ""


def check_character(body: str) -> str:
    """The 18th character for the first 17 (each from :data:`ALPHABET`): (31 - sum mod 31) mod 31 as a character."""
    total = sum([_VALUE[character] * weight for character, weight in zip(body, WEIGHTS, strict=True)])
    return ALPHABET[-total % 31]


def organisation_check_character(body: str) -> str:
    """The ninth character of GB 11714 for the first eight (0-9, A=10 … Z=35): 11 - sum mod 11; 10 is X, 11 is 0."""
    total = sum([int(character, 36) * weight for character, weight in zip(body, ORGANISATION_WEIGHTS, strict=True)])
    return "0123456789X"[-total % 11]


def defects(code: str) -> tuple[str, ...]:
    """What is wrong with a normalised code; empty when nothing is.

    ``mangled`` (a spreadsheet turned it into a number), ``length``, ``alphabet``, ``division`` (positions 3-8 are
    not digits), ``check`` (GB 32100, mod 31), ``organisation-check`` (GB 11714, mod 11).
    """
    if _MANGLED.fullmatch(code):
        return ("mangled",)
    if len(code) != 18:
        return ("length",)
    if not _VALUE.keys() >= set(code):
        return ("alphabet",)
    found = []
    if not code[2:8].isdecimal():
        found.append("division")
    if check_character(code[:17]) != code[17]:
        found.append("check")
    if organisation_check_character(code[8:16]) != code[16]:
        found.append("organisation-check")
    rounded = bool(found) and code.isdecimal() and code.endswith("000")
    return ("mangled",) if rounded else tuple(found)


def implausible(code: str) -> bool:
    """Whether a code without a defect still names nobody known: no such authority or category, or one character eight times."""
    return code[1:2] not in tuple(AUTHORITIES.get(code[:1], "")) or len(set(code[8:16])) == 1


def body(code: str) -> str:
    """Positions 9-17: the organisation code of GB 11714, which stays one organisation's whatever is registered anew."""
    return code[8:17] if len(code) == 18 else ""


def division(code: str) -> str:
    """Positions 3-8: the GB/T 2260 division of first registration; it does not follow a later move."""
    return code[2:8]
