# SPDX-License-Identifier: Apache-2.0
"""The fixed texts of a report in one language, from ``reports/locale/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, partial
from importlib import resources
from typing import Protocol

from harness.errors import UsageError

LANGUAGES = ("zh", "en")


class Words(Protocol):
    """The texts of one language."""

    def __call__(self, key: str, /, **facts: object) -> str:
        """The text under ``key`` with its facts filled in; KeyError for a key that is not in the table."""


def words(lang: str) -> Words:
    """The texts in ``lang`` (``zh`` or ``en``); UsageError for another language."""
    return partial(_say, texts(lang))


@cache
def texts(lang: str) -> Mapping[str, str]:
    """Every text of one language by its key."""
    if lang not in LANGUAGES:
        msg = f"There is no report in the language {lang!r}."
        raise UsageError(msg, cure=f"use one of: {', '.join(LANGUAGES)}.")
    found: dict[str, str] = tomllib.loads(
        resources.files("reports").joinpath("locale", f"{lang}.toml").read_text("utf-8")
    )
    return found


def _say(table: Mapping[str, str], key: str, /, **facts: object) -> str:
    """Our own templates only are formatted; facts are never interpreted."""
    return table[key].format(**facts) if facts else table[key]
