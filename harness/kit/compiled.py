# SPDX-License-Identifier: Apache-2.0
"""Where compiled loops are kept: once for each state of the sources, wherever the package is installed.

numba keeps them beside the source and looks at that one file, so that a change in another module which was compiled into it goes
unseen, and every new environment compiles again. Here the place is the user's cache folder, under the digest of all sources
that a loop can be made of: those of its domain and of harness.stats. ``harness`` names this class in
NUMBA_CACHE_LOCATOR_CLASSES before numba is imported; functions of other packages are left to numba's own classes, which are named behind it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SHARED = "harness/stats"
"""Loops that every domain may call."""
first_use: list[Callable[[], None]] = []
"""Called once, before anything is compiled that was not kept; the command line says how long that takes."""


@cache
def digest(folder: str) -> str:
    """The digest of every Python source below ``folder`` and of the shared ones; paths are relative to the packages' root."""
    found = hashlib.sha256()
    for part in dict.fromkeys((SHARED, folder)):
        for path in sorted((ROOT / part).rglob("*.py")):
            found.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def place() -> Path:
    """The user's cache folder for compiled loops."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "yanshou" / "compiled"


@cache
def _numba() -> str:
    from importlib.metadata import version

    return version("numba")


class SourcesLocator:
    """numba's locator protocol: a folder, a stamp, and what tells two functions of one name apart."""

    def __init__(self, source: Path, line: int, stamp: str) -> None:
        """For the function at ``line`` of ``source``."""
        self._source, self._line, self._stamp = source, line, stamp

    @classmethod
    def from_function(cls, function: Any, file: str) -> Self | None:
        """None for a function that is not ours, or where no folder can be written."""
        source = Path(file).resolve()
        if os.environ.get("NUMBA_CACHE_DIR") or not source.is_relative_to(ROOT) or not source.is_file():
            return None
        parts = source.relative_to(ROOT).parts
        if parts[0] not in {"harness", "probes"} or len(parts) < 3:
            return None
        found = cls(source, function.__code__.co_firstlineno, digest("/".join(parts[:2])))
        fresh = not Path(found.get_cache_path()).parent.is_dir()
        try:
            found.ensure_cache_path()
        except OSError:
            return None
        if fresh and first_use:
            first_use.pop()()
        return found

    def ensure_cache_path(self) -> None:
        """Make the folder; OSError where it cannot be written."""
        import tempfile

        path = self.get_cache_path()
        Path(path).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()

    def get_cache_path(self) -> str:
        """Below the digest and numba's version, a folder a module."""
        module = "-".join(self._source.relative_to(ROOT).with_suffix("").parts)
        return str(place() / f"{self._stamp[:16]}-{_numba()}" / module)

    def get_source_stamp(self) -> str:
        """The digest: whatever it was made from."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """The line, for functions of one name."""
        return str(self._line)
