# SPDX-License-Identifier: Apache-2.0
"""The shared key of an authenticated STAMP session, as the sender's settings and the reflector's arguments name it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UsageError
from harness.kit.settings import Secret

LEAST_BYTES = 16


def stamp_key(secret: Secret, folder: Path) -> bytes:
    """The key at a place (a file is relative to ``folder``), less white space at its end; UsageError without it.

    The text itself is the key, as other STAMP implementations take it; at least 16 bytes.
    """
    key = secret.read("the STAMP key", folder).rstrip()
    if len(key) < LEAST_BYTES:
        msg = f"The STAMP key at {secret} has {len(key)} bytes."
        raise UsageError(msg, cure=f"use at least {LEAST_BYTES} bytes, for example from `openssl rand -hex 32`.")
    return key
