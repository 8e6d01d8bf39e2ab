# SPDX-License-Identifier: Apache-2.0
"""Whether a recorder is at work on a journal: it holds the file's lock, which the kernel lists for everybody to read."""

from __future__ import annotations

import re
from pathlib import Path

_LOCKS = Path("/proc/locks")
_HELD = re.compile(r"FLOCK\s+\w+\s+WRITE\s+-?\d+\s+[0-9a-f]+:[0-9a-f]+:(\d+)")


def being_written(journal: Path) -> bool | None:
    """True while somebody holds the journal's lock, False when nobody does, None where the system does not tell.

    The lock is read about, never taken: a recorder that starts meanwhile must not find it held by an onlooker.
    """
    try:
        inode, held = str(journal.stat().st_ino), _LOCKS.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return inode in _HELD.findall(held)
