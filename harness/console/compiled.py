# SPDX-License-Identifier: Apache-2.0
"""Where compiled loops are kept: once for each state of the sources, wherever the package is installed.

numba keeps them beside the source and looks at that one file, so that a change in another module which was compiled into it goes
unseen, and every new environment compiles again. Here the place is the user's cache folder, under the digest of all sources
that a loop can be made of: its module and what that imports. ``harness`` names this class in
NUMBA_CACHE_LOCATOR_CLASSES before numba is imported; functions of other packages are left to numba's own classes, which are named behind it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
_IMPORT = re.compile(r"^from ((?:harness|probes)[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
SHIPPED = ROOT / "harness" / "compiled"
"""What a wheel brings along (harness.console.precompiled), absent in a checkout."""
PROCESSOR = "processor.txt"
BASELINES = {"x86_64": "x86-64-v3", "aarch64": "generic"}
"""Machine -> the processor that shipped loops are made for."""
first_use: list[Callable[[], None]] = []
"""Called once, before anything is compiled that was not kept; the command line says how long that takes."""


@cache
def digest(module: str) -> str:
    """The digest of a module (``probes/network/wire/walk.py``) and of every module of ours that it imports at its head."""
    found = hashlib.sha256()
    for name in sorted(_closure(module)):
        found.update(name.encode() + b"\0" + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return found.hexdigest()


def _closure(module: str) -> set[str]:
    """The module and what it imports, and what that imports: a loop is made of functions and constants of all of them."""
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in found and (ROOT / name).is_file():
            found.add(name)
            waiting += _imported((ROOT / name).read_text("utf-8"))
    return found


def _imported(text: str) -> list[str]:
    """Files that the import lines at the head of a module may mean; those that are none are left out later."""
    found = []
    for package, names in _IMPORT.findall(text):
        base = package.replace(".", "/")
        found += [f"{base}.py", f"{base}/__init__.py"]
        found += [f"{base}/{name}.py" for name in re.findall(r"\w+", names)]
    return found


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


def target(cpu: str) -> dict[str, str]:
    """What numba reads of its environment, so that loops are made for ``cpu`` and for nothing that this host can do beyond it."""
    return {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""}


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
        if parts[0] not in {"harness", "probes"}:
            return None
        found = cls(source, function.__code__.co_firstlineno, digest("/".join(parts)))
        fresh = not Path(found.get_cache_path()).is_dir()
        if fresh and os.environ.get("NUMBA_CPU_NAME"):
            fresh = not found.take_shipped()
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

    def take_shipped(self) -> bool:
        """Copy what the wheel brings for this module to where it may grow; False where it brings nothing that fits."""
        import shutil

        here = Path(self.get_cache_path())
        there = SHIPPED / here.relative_to(place())
        if not there.is_dir():
            return False
        try:
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(there, here, dirs_exist_ok=True)
        except OSError:
            return False
        return True

    def get_cache_path(self) -> str:
        """Below numba's version a folder a module and digest."""
        module = "-".join(self._source.relative_to(ROOT).with_suffix("").parts)
        return str(place() / _numba() / f"{module}-{self._stamp[:16]}")

    def get_source_stamp(self) -> str:
        """The digest: whatever it was made from."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """The line, for functions of one name."""
        return str(self._line)
