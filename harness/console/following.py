# SPDX-License-Identifier: Apache-2.0
"""The next command to type, at the end of each: on stderr, so that stdout stays what was asked for."""

from __future__ import annotations

import shlex
import sys

from harness.console.language import pick
from harness.printable import printable


def command(*words: object) -> str:
    """``yanshou …`` as a shell takes it."""
    return shlex.join(["yanshou", *map(str, words)])


def say_next(following: str, why: str = "") -> None:
    """``next: yanshou …`` and, where there is more to say, what for."""
    told = f"  # {why}" if why else ""
    print(printable(f"{pick('下一步：', 'next: ')}{following}{told}"), file=sys.stderr)  # noqa: T201 - to a person
