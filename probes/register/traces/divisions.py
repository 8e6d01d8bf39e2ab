# SPDX-License-Identifier: Apache-2.0
"""GB/T 2260: whether a division exists that a social credit code names, and whether it did in the years when codes were given out.

The list with its years of validity is python-stdnum's. Codes have been given out since October 2015; the code keeps the
division of first registration when that is renamed or dissolved later.
"""

from __future__ import annotations

import re
from functools import cache

FIRST_YEAR = 2015
"""Social credit codes have been given out since 1 October 2015."""
NATIONAL = "100000"
"""The national authority registers by itself."""
_SPAN = re.compile(r"\[(\d{4})?-(\d{4})?\]")


@cache
def problem(division: str, year: int) -> str:
    """What is wrong with a division (six digits) that a code names which existed in ``year``; empty when nothing is.

    ``unknown``: in no edition. ``former``: dissolved before codes were given out. ``later``: founded after ``year``.
    """
    if division == NATIONAL:
        return ""
    spans = _spans(division)
    if not spans:
        return "unknown"
    if all(end < FIRST_YEAR for _, end in spans):
        return "former"
    return "later" if all(start > year for start, end in spans if end >= FIRST_YEAR) else ""


@cache
def zone(division: str) -> bool:
    """Whether an unknown division may be the own number of a development zone's registrar within a known prefecture (320594)."""
    return division.isdecimal() and bool(_spans(f"{division[:4]}00"))


def _spans(division: str) -> list[tuple[int, int]]:
    """First and last year of each period in which the division existed."""
    from stdnum import numdb

    found = numdb.get("cn/loc").info(division)
    name = next((facts["county"] for _, facts in found if "county" in facts), "")
    if not name or sum(len(part) for part, _ in found) != len(division):
        return []
    spans = _SPAN.findall(name)
    return [(int(start or 0), int(end or 9999)) for start, end in spans] or [(0, 9999)]
