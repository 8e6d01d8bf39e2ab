# SPDX-License-Identifier: Apache-2.0
"""What commands print: JSON, and lines in which nothing steers the terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TextIO

from harness.console.language import pick
from harness.printable import printable, printable_json

if TYPE_CHECKING:
    from harness.evidence.verification import Verification

_LONG = 200_000
"""Characters above which JSON stands on one line: nobody reads it, and only so the compiled encoder writes it."""


def print_json(value: Any) -> None:
    """One JSON value on standard output, indented unless it is long; hidden characters are written out as escapes."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) < _LONG:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(printable_json(text) + "\n")


def say(line: object, file: TextIO | None = None) -> None:
    """One line; nothing in it steers the terminal."""
    out = file or sys.stdout
    out.write(f"{printable(line)}\n")
    out.flush()


def say_signers(checked: Verification, file: TextIO | None = None) -> None:
    """Who signed, for commands that need integrity only."""
    who = checked.signers
    say(pick(f"{who.zh}（以 yanshou verify --key 核对）", f"{who.en} (yanshou verify --key checks who)"), file)
