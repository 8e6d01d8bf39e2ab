# SPDX-License-Identifier: Apache-2.0
"""车辆识别代号: the 17 characters that name a vehicle (GB 16735, ISO 3779), and what 驾驶自动化等级 (GB/T 40429) a word says."""

from __future__ import annotations

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
"""Digits and capitals without I, O and Q."""
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_CHECKED = "L12345"
"""World regions whose numbers carry the check digit: China (GB 16735) and North America (49 CFR 565)."""
_LEVEL = re.compile(
    r"(?:SAE|GB/T40429)?(?:L|LEVEL|等级)?(?P<level>[0-5零一二三四五])级?(?P<more>\+|及以上|以上)?(?:驾驶自动化|自动驾驶|智能驾驶)?"
)
_WORDS = {
    "有条件自动驾驶": 3,
    "高度自动驾驶": 4,
    "完全自动驾驶": 5,
    "组合驾驶辅助": 2,
    "部分驾驶辅助": 1,
    "应急辅助": 0,
}
_CHINESE = {each: value for value, each in enumerate("零一二三四五")}


def normalise(text: str) -> str:
    """A number as it was meant: full-width forms folded, blanks and hyphens removed, capitals."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper().replace("-", "")


def check_digit(vin: str) -> str:
    """The ninth character for the other sixteen: weighted sum mod 11, 10 as X."""
    total = sum(
        (int(each) if each.isdecimal() else _VALUES[each]) * weight for each, weight in zip(vin, WEIGHTS, strict=True)
    )
    return "0123456789X"[total % 11]


def defects(vin: str) -> tuple[str, ...]:
    """What is wrong with a normalised number: ``length``, ``alphabet``, ``check`` (only where the region has the digit)."""
    if len(vin) != 17:
        return ("length",)
    if any(each not in ALPHABET for each in vin):
        return ("alphabet",)
    return ("check",) if vin[0] in _CHECKED and check_digit(vin) != vin[8] else ()


def level(text: str) -> int | None:
    """The level 0 to 5 that a cell states, as ``L3``, ``L4级``, ``有条件自动驾驶``; None for a word that says none. L2+ is 2."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if plain in _WORDS:
        return _WORDS[plain]
    found = _LEVEL.fullmatch(plain)
    if found is None:
        return None
    return _CHINESE[found["level"]] if found["level"] in _CHINESE else int(found["level"])
