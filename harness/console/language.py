# SPDX-License-Identifier: Apache-2.0
"""One language at a time: ``--lang``, else ``YANSHOU_LANG``, else the locale of the terminal, else Chinese.

Nothing heavy is imported here: the start of every command goes through it.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

LANGUAGES = ("zh", "en")
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_NOBODYS = frozenset(["", "c", "posix"])
_HAN = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uff5e]")
_BETWEEN = " / "
_STATE = SimpleNamespace(lang="")
_PLAIN = {
    "✓": "+",
    "✗": "x",
    "⏎": "/",
    "µ": "u",
    "−": "-",
    "²": "2",
    "●": "*",
    "○": "o",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
}


def language() -> str:
    """``zh`` or ``en``: what this run of the command speaks."""
    return _STATE.lang or of_environment(os.environ)


def use(lang: str) -> None:
    """Speak ``lang`` from now on; empty: as the environment says."""
    _STATE.lang = lang


def of_environment(environment: Mapping[str, str]) -> str:
    """The language that the environment asks for; the plain C locale asks for none, so Chinese."""
    asked = environment.get("YANSHOU_LANG", "")
    if asked in LANGUAGES:
        return asked
    locale = next((found for name in _LOCALE if (found := environment.get(name, ""))), "")
    tongue = re.split(r"[_.@-]", locale.lower())[0]
    return "zh" if tongue in _NOBODYS or tongue == "zh" else "en"


def pick(zh: str, en: str) -> str:
    """The one of two sentences that is in the language of this run."""
    return zh if language() == "zh" else en


def one(text: str) -> str:
    """The half of ``中文 / English`` that is in the language of this run; a text in no such form stays."""
    zh, sign, en = text.partition(_BETWEEN)
    if not sign or not has_han(zh) or has_han(en):
        return text
    return pick(zh, en)


def has_han(text: str) -> bool:
    """Whether there is Chinese in the text, punctuation included."""
    return _HAN.search(text) is not None


def taken(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The value of ``--lang`` wherever it stands (None without one) and the other arguments."""
    rest: list[str] = []
    lang: str | None = None
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            return lang, [*rest, argument, *waiting]
        if argument == "--lang":
            lang = waiting.pop(0) if waiting else ""
        elif argument.startswith("--lang="):
            lang = argument.removeprefix("--lang=")
        else:
            rest.append(argument)
    return lang, rest


def speak_anywhere() -> None:
    """Let a console that is not UTF-8 (cp936, latin-1) show what it can and spell out the rest instead of failing."""
    codecs.register_error("yanshou", _spelt)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: the exit code still tells
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        encoding = getattr(stream, "encoding", None) or "utf-8"
        if codecs.lookup(encoding).name != "utf-8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="yanshou")


def _spelt(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    told = (_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode("ascii") for each in letters)
    return "".join(told), error.end
