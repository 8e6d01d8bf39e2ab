# SPDX-License-Identifier: Apache-2.0
"""A certificate as text: whether it says what the profile declares of it. What it does not say is the profile's own word.

Numbers are found as whole words (SN-4 is not in SN-42), days however they are written, uncertainties with their unit and k.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from harness.kit.tables.cells import day
from harness.quantity import Quantity, units_of
from harness.spec.instruments import CertificateSpec

_LARGEST = 1 << 20
_NUMBER = r"(?<![0-9.,])([0-9]{1,15}(?:\.[0-9]{1,15})?)"
_DAYS = (
    re.compile(r"(?<![0-9])[0-9]{4}\s*[年./-]\s*[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}(?![0-9])"),
    re.compile(r"[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十廿]{1,4}日"),
    re.compile(r"(?<![0-9])[0-9]{1,2}(?:st|nd|rd|th)?[ -][A-Za-z]{3,9}\.?,?[ -][0-9]{4}(?![0-9])"),
    re.compile(r"[A-Za-z]{3,9}\.?[ -][0-9]{1,2}(?:st|nd|rd|th)?,?[ -][0-9]{4}(?![0-9])"),
)
"""A day as it stands in a sentence; what is none, :func:`day` refuses."""


@dataclass(frozen=True, slots=True)
class Said:
    """The text of a certificate and the days in it."""

    text: str
    days: frozenset[date]

    def names(self, word: str) -> bool:
        """Whether ``word`` stands in it by itself, whatever its width and case."""
        wanted = r"\s*".join(re.escape(part) for part in _plain(word).split())
        return re.search(rf"(?<![0-9A-Za-z/_-]){wanted}(?![0-9A-Za-z/_-])", self.text, re.IGNORECASE) is not None

    def figures(self, certificate: CertificateSpec) -> bool:
        """Whether it states the declared U with its k, and the declared error."""
        amounts = [each for each in (certificate.expanded, certificate.error) if each is not None]
        factors = {Fraction(each) for each in re.findall(rf"(?<![0-9A-Za-z])[kK]\s*[=:为]?\s*{_NUMBER}", self.text)}
        return factors == {certificate.k} and all(map(self._states, amounts))

    def _states(self, amount: Quantity) -> bool:
        """Whether the amount stands in it, in whichever unit."""
        for number, unit in re.findall(rf"{_NUMBER}\s*([^\s0-9,;，；。()（）]{{1,8}})", self.text):
            for end in range(len(unit), 0, -1):
                known = _unit(unit[:end], amount)
                if known and Quantity(Fraction(number), known).base == abs(amount.base):
                    return True
                if known:
                    break
        return False


def said(content: bytes) -> Said:
    """What a certificate in plain text says."""
    raw = content[:_LARGEST]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    plain = _plain(text)
    days = {found for form in _DAYS for each in form.findall(plain) if (found := day(each)) is not None}
    return Said(plain, frozenset(days))


def _unit(text: str, like: Quantity) -> str:
    """The unit of a dimension as it is usually written; empty where the text is none."""
    return next((each for each in units_of(like.dimension) if _plain(each) == text), "")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)  # one sign for micro and ohm, one width for letters and figures
