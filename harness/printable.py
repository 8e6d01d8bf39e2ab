# SPDX-License-Identifier: Apache-2.0
"""Text from a stranger as a terminal or a page may show it: what would steer instead of being seen is written out."""

from __future__ import annotations

import re
import unicodedata

HIDDEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])
"""Categories of Unicode that are not seen: controls, invisible and bidirectional marks, lone surrogates, line ends."""

_SUSPECT = re.compile(r"[^\x00-\x7e\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]")
"""All but ASCII, whose controls JSON escapes itself, and the Chinese that fills our texts."""


def is_hidden(letter: str) -> bool:
    """True for a character that steers the reader's screen or is not seen on it."""
    return unicodedata.category(letter) in HIDDEN


def printable(text: object, *, keep: str = "") -> str:
    r"""``text`` on one line, each hidden character as its escape (``\x1b``, ``\u202e``), but for those in ``keep``."""
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(_escape(each) if each not in keep and is_hidden(each) else each for each in shown)


def printable_json(text: str) -> str:
    """JSON text with every hidden character beyond ASCII as an escape of JSON: the same value, nothing that steers."""
    return _SUSPECT.sub(_json_escape, text)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _json_escape(found: re.Match[str]) -> str:
    letter = found[0]
    if not is_hidden(letter):
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
