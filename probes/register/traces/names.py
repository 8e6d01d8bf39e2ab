# SPDX-License-Identifier: Apache-2.0
"""Names of organisations: which company a branch belongs to."""

from __future__ import annotations

import re
import unicodedata

BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)
_PART = re.compile(r"(?P<parent>.+公司)(?P<place>(?:(?!公司).)+)\Z")
_OWNED = re.compile(r"合伙|独资|个体|国有|集体|控股|上市")
"""What stands in brackets behind 公司 and says whose it is."""
_FORMER = re.compile(
    r"[(\[【](?:曾用名|原名称|原名|原|前身|旧称|旧名|更名前|FORMERLY)[:为]?(?P<former>[^()\[\]【】]+)[)\]】]"
)


def folded(name: str) -> str:
    """A name for comparison: NFKC, no blanks, capitals."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def branch_of(name: str) -> str:
    """The company that the name of a branch or department names, folded; empty for a name that is neither's."""
    plain = present(name)
    found = BRANCH.match(plain) or _PART.match(plain)
    return "" if found is None or _OWNED.search(found["place"]) else found["parent"]


def present(name: str) -> str:
    """A folded name without what it says in brackets of an earlier one."""
    return _FORMER.sub("", folded(name))


def former(name: str) -> str:
    """The earlier name that a name says in brackets, as in （原甲乙公司）, folded; empty where it says none."""
    found = _FORMER.search(folded(name))
    return found["former"] if found else ""
