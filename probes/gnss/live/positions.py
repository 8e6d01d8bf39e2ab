# SPDX-License-Identifier: Apache-2.0
"""Where the receivers that are being recorded say they are, for the correction service that wants to know."""

from __future__ import annotations

import time

FRESH_S = 10.0
"""An older position is none: the antenna may be gone."""
_last: dict[str, tuple[float, bytes]] = {}


def note(name: str, position: bytes | None) -> None:
    """Keep the last GGA of the receiver called ``name``; None when it has no fix."""
    if position is None:
        _last.pop(name, None)
    else:
        _last[name] = (time.monotonic(), position)


def position(name: str) -> bytes | None:
    """The GGA of a receiver with a fix that is recorded in this process right now; None without one."""
    noted, sentence = _last.get(name, (0.0, b""))
    return sentence if sentence and time.monotonic() - noted < FRESH_S else None
