# SPDX-License-Identifier: Apache-2.0
"""What commands with ``--json`` print."""

from __future__ import annotations

import json
import sys
from typing import Any

from harness.printable import printable_json


def print_json(value: Any) -> None:
    """One JSON value on standard output; hidden characters are written out as escapes."""
    sys.stdout.write(printable_json(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")
