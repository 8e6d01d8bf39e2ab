# SPDX-License-Identifier: Apache-2.0
"""Numbers of intellectual property: patents by their check digit, 软件著作权 and other registrations by their form.

Patent applications have a check digit since 2003 (ZC 0006-2003: weights 2 to 9, then 2 to 5, mod 11, 10 is X).
"""

from __future__ import annotations

import re
import unicodedata

_PATENT = re.compile(r"(?:ZL|CN)?((?:19|20)\d{2}[12389]\d{7})\.?([0-9X])")
_EARLY = re.compile(r"(?:ZL|CN)?(\d{2}[1238]\d{5})\.?([0-9X])")
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_FORMS = (
    re.compile(r"(?:软著登字第)?(?:19|20)\d{2}SR[0-9]\d{4,6}号?"),
    re.compile(r"软著登字第\d{5,8}号"),
    re.compile(
        r"[国京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]作登字-?20\d{2}-?[A-L]-?\d{5,8}(?:号)?"
    ),
    re.compile(r"BS\.?\d{8,9}\.?[0-9X]?"),
)


def normalise(text: str) -> str:
    """A number as it was meant: full-width forms folded, blanks removed, capitals."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def problem(number: str) -> str:
    """What is wrong with a normalised number: ``unknown`` form, wrong ``check`` digit of a patent; empty when nothing is."""
    for form in (_PATENT, _EARLY):
        found = form.fullmatch(number)
        if found is not None:
            total = sum(int(each) * weight for each, weight in zip(found[1], _WEIGHTS, strict=False))
            return "" if "0123456789X"[total % 11] == found[2] else "check"
    return "" if any(each.fullmatch(number) for each in _FORMS) else "unknown"
