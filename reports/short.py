# SPDX-License-Identifier: Apache-2.0
"""A digest or code for the eye: twelve characters in groups of four."""

from __future__ import annotations

LENGTH, _GROUP = 12, 4


def short(digest: str) -> str:
    """The first twelve characters in groups of four."""
    return "-".join(digest[at : at + _GROUP] for at in range(0, min(len(digest), LENGTH), _GROUP))
