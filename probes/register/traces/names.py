# SPDX-License-Identifier: Apache-2.0
"""Names of organisations: which company a branch belongs to."""

from __future__ import annotations

import re
import unicodedata

BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)


def folded(name: str) -> str:
    """A name for comparison: NFKC, no blanks, capitals."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def branch_of(name: str) -> str:
    """The company that a branch's name names, folded; empty for a name that is no branch's."""
    found = BRANCH.match(folded(name))
    return found["parent"] if found else ""
