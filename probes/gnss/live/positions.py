# SPDX-License-Identifier: Apache-2.0
"""Where the receivers that are being recorded say they are, for the correction service that wants to know."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

FRESH_S = 10.0
"""An older position is none: the antenna may be gone."""


@dataclass(frozen=True, slots=True)
class Positions:
    """The last GGA of each receiver by the name of its port, and when it came; threads may share it."""

    _last: dict[str, tuple[float, bytes]] = field(default_factory=dict)

    def note(self, name: str, position: bytes | None) -> None:
        """Keep the last GGA of the receiver called ``name``; None when it has no fix."""
        if position is None:
            self._last.pop(name, None)
        else:
            self._last[name] = (time.monotonic(), position)

    def position(self, name: str) -> bytes | None:
        """The GGA of a receiver with a fix that is recorded right now; None without one."""
        noted, sentence = self._last.get(name, (0.0, b""))
        return sentence if sentence and time.monotonic() - noted < FRESH_S else None


HERE = Positions()
"""Those of this process: its sources share them."""
