# SPDX-License-Identifier: Apache-2.0
"""What commands with ``--json`` print."""

from __future__ import annotations

import json
import sys
from typing import Any

from harness.printable import printable_json

_LONG = 200_000
"""Characters above which JSON stands on one line: nobody reads it, and only so the compiled encoder writes it."""


def print_json(value: Any) -> None:
    """One JSON value on standard output, indented unless it is long; hidden characters are written out as escapes."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) < _LONG:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(printable_json(text) + "\n")
