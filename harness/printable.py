# SPDX-License-Identifier: Apache-2.0
"""Text from a stranger as a terminal or a page may show it: what would steer instead of being seen is written out."""

from __future__ import annotations

import re
import unicodedata

HIDDEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])
"""Categories of Unicode that are not seen: controls, invisible and bidirectional marks, lone surrogates, line ends."""

_UNCOMMON = re.compile(r"[^\x20-\x7e\u2010-\u2027\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")
"""All but what fills our texts, which is never hidden."""


def is_hidden(letter: str) -> bool:
    """True for a character that steers the reader's screen or is not seen on it."""
    return unicodedata.category(letter) in HIDDEN


def printable(text: object, *, keep: str = "") -> str:
    r"""``text`` on one line, each hidden character as its escape (``\x1b``, ``\u202e``), but for those in ``keep``."""
    return _UNCOMMON.sub(lambda found: _escape(found[0], keep), str(text))


def printable_json(text: str) -> str:
    """JSON text with every hidden character beyond ASCII as an escape of JSON: the same value, nothing that steers."""
    return _UNCOMMON.sub(lambda found: found[0] if found[0] < " " else _json_escape(found[0]), text)


def _escape(letter: str, keep: str) -> str:
    if letter in keep or not is_hidden(letter):
        return letter
    return letter.encode("unicode_escape").decode("ascii")


def _json_escape(letter: str) -> str:
    if not is_hidden(letter):
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
