# SPDX-License-Identifier: Apache-2.0
"""Codes that are held before a camera: which asset, when they were shown, and a mark that nobody can make beforehand. Pure.

``YS1|asset|seconds|mark``, where the mark is the first 16 hex digits of HMAC-SHA-256 over what stands before it. The key is drawn for
one recording and written into it, so that anybody can check the codes afterwards.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

_FORM = "YS1"


def code(key: bytes, asset: str, seconds: int) -> str:
    """The code for an asset at a time (s since 1970 UTC)."""
    stem = f"{_FORM}|{asset}|{seconds}"
    return f"{stem}|{hmac.new(key, stem.encode(), sha256).hexdigest()[:16]}"


def shown(key: bytes, text: str) -> tuple[str, int] | None:
    """(asset, ns since 1970 at which it was shown) of a code that bears this key's mark; None for any other text."""
    parts = text.split("|")
    if len(parts) != 4 or parts[0] != _FORM or not parts[2].isascii() or not parts[2].isdecimal() or len(parts[2]) > 12:
        return None
    if not hmac.compare_digest(code(key, parts[1], int(parts[2])).encode(), text.encode()):
        return None
    return parts[1], int(parts[2]) * 10**9
