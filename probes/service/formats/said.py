# SPDX-License-Identifier: Apache-2.0
"""Whether two answers are one: by pieces of six characters of the shorter one that are found in the other. Pure.

How often that errs, by construction: docs/explanations/alike.md.
"""

from __future__ import annotations

from harness.kit.copies import wording

_GRAM = 6
"""Characters of a piece of text that is compared."""
SHORTEST = 24
"""Characters below which two models may well say the same."""
_ALIKE = 0.6
"""Share of pieces in common from which two replies are one."""
Pieces = frozenset[str]


def pieces(text: str, least: int = SHORTEST) -> Pieces:
    """Overlapping pieces of a reply; none of one shorter than ``least``."""
    plain = wording(text)
    if len(plain) < least:
        return frozenset()
    return frozenset(plain[at : at + _GRAM] for at in range(len(plain) - _GRAM + 1))


def resembling(one: Pieces, other: Pieces) -> bool:
    """Whether the shorter one is, for the most part, in the other."""
    return bool(one and other) and len(one & other) >= _ALIKE * min(len(one), len(other))
