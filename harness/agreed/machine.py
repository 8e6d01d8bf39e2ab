# SPDX-License-Identifier: Apache-2.0
"""The machine that a campaign began on, for the statement of a consistent environment (环境一致性声明)."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Operating system, kernel, processor, Python, installed packages with a digest over them, image where one is named.

    ``image``: ``$YANSHOU_IMAGE``, which whoever builds a container image sets to its digest; empty elsewhere.
    """
    packages = list(_packages())
    return {
        "system": f"{platform.system()} {_release()}".strip(),
        "kernel": platform.release(),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "packages": packages,
        "packages_sha256": hashlib.sha256("\n".join(packages).encode()).hexdigest(),
        "image": os.environ.get("YANSHOU_IMAGE", ""),
    }


@cache
def _packages() -> tuple[str, ...]:
    """Name and version of each installed package, as this process began with them: the metadata are read once, not thrice."""
    told = (each.metadata for each in distributions())
    return tuple(sorted({f"{each['Name']}=={each['Version']}" for each in told if each["Name"]}))


def _release() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return platform.version()


def _processor() -> str:
    """The model's name; Linux says it in /proc/cpuinfo only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Hardware"))]
    return named[0] if named else platform.processor() or platform.machine()
