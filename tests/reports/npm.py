# SPDX-License-Identifier: Apache-2.0
"""Programs of others that judge what reports are made of, each in a folder of its own outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("YANSHOU_NPM", Path(tempfile.gettempdir()) / "yanshou-npm"))


def modules(name: str, *packages: str) -> Path | None:
    """The folder ``node_modules`` with packages of npm; None where npm cannot install them."""
    folder = CACHE / f"reports-{name}"
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *packages]
    return folder / "node_modules" if _made(folder, command) else None


def python(name: str, *packages: str) -> Path | None:
    """A Python with packages of PyPI that do not belong into ours; None where pip cannot install them."""
    folder = CACHE / f"reports-{name}"
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, timeout=120, check=False)
    return interpreter if _made(folder, [str(interpreter), "-m", "pip", "install", "-q", *packages]) else None


def source(name: str, package: str, member: str) -> Path | None:
    """A file out of the source distribution of a package of PyPI; None where pip cannot get it."""
    folder = CACHE / f"reports-{name}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        ":all:",
        "-d",
        str(folder),
        package,
    ]
    if not _made(folder, command):
        return None
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        inside = next(each for each in archive.getmembers() if each.name.endswith(f"/{member}"))
        content = archive.extractfile(inside)
        assert content is not None
        path = folder / Path(member).name
        path.write_bytes(content.read())
    return path


def _made(folder: Path, command: list[str]) -> bool:
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(command, capture_output=True, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode:
            return False
        (folder / "done").touch()
    return True
