# SPDX-License-Identifier: Apache-2.0
"""The shared key of an authenticated STAMP session: from the environment or a file, never from a profile's own text."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError

LEAST_BYTES = 16
_LARGEST_BYTES = 4096


def read_key(place: str, folder: Path) -> bytes:
    """The key that ``env:NAME`` or a file (relative to ``folder``) holds, less white space at its end; UsageError without it.

    The text itself is the key, as other STAMP implementations take it; at least 16 bytes.
    """
    found = _from_environment(place[4:]) if place.startswith("env:") else _from_file(folder / place)
    key = found.rstrip()
    if len(key) < LEAST_BYTES:
        msg = f"The STAMP key at {place} has {len(key)} bytes."
        raise UsageError(msg, cure=f"use at least {LEAST_BYTES} bytes, for example from `openssl rand -hex 32`.")
    return key


def _from_environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        msg = f"The environment variable {name} with the STAMP key is not set."
        raise UsageError(msg, cure=f"export {name}=… in the shell that runs this.")
    return os.fsencode(value)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES)
    except OSError as error:
        msg = f"The STAMP key {path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="write key: env:NAME, or the path of a file with the key.") from None
