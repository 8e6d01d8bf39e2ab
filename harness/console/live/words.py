# SPDX-License-Identifier: Apache-2.0
"""The words of the live view."""

from __future__ import annotations

from harness.console.language import language
from harness.kit.words import Catalogue

WORDS = Catalogue("harness.console.live")
_PAGE = "page-"


def page_words() -> dict[str, str]:
    """What the page itself says, by its own short names."""
    found = WORDS.entries.items()
    return {key.removeprefix(_PAGE): text.get(language()) for key, text in found if key.startswith(_PAGE)}


def refused(key: str) -> str:
    """One sentence to whoever is not answered."""
    return WORDS.text(f"refused-{key}").get(language())
