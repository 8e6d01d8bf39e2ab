# SPDX-License-Identifier: Apache-2.0
"""Where a profile carries a secret that would go into every bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PASSWORD = (
    "the address carries a password, and the profile goes into every bundle.",
    "take it out of the address: write user: NAME and password: env:NAME.",
)
"""What is wrong with such an address, and the cure."""
_IN_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]*(?::|%3[Aa])[^/?#]*@")
_IN_QUERY = re.compile(
    r"\s*[A-Za-z][A-Za-z0-9+.-]*://[^?#]*[?#](?:.*[&;])?[A-Za-z_-]*"
    r"(?:token|api[_-]?key|apikey|access[_-]?key|passw(?:or)?d|pwd|secret|credential|signature|sig|auth|community)=.",
    re.IGNORECASE,
)
"""A parameter of an address that is called like a secret."""


def passwords(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where in settings an address carries a password (``mqtt://USER:PASSWORD@HOST``, ``?token=…``), whatever the key is called."""
    if isinstance(value, str):
        if _IN_ADDRESS.match(value) or _IN_QUERY.match(value):
            yield above
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from passwords(each, (*above, key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from passwords(each, (*above, index))
