# SPDX-License-Identifier: Apache-2.0
"""The functions of ``scipy.special``, loaded when the first of them is called for: a quarter of a second that most commands save."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """The function of that name; kept, so that only its first use comes here. AttributeError where scipy has none."""
    from scipy import special

    found = globals()[name] = getattr(special, name)
    return found
