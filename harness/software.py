# SPDX-License-Identifier: Apache-2.0
"""Which software judged: versions and digests of the engine and of every installed probe."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness import plugins

GROUP = "yanshou.probes"


@cache
def software() -> dict[str, Any]:
    """Name, version and source digest of the engine, and of each probe by name."""
    return {
        "name": "yanshou",
        "version": version("yanshou"),
        "sha256": _digest("harness"),
        "probes": {name: _probe(name) for name in plugins.names(GROUP)},
    }


def _probe(name: str) -> dict[str, str]:
    probe = plugins.probe(name)
    package = type(probe).__module__.rpartition(".")[0] or type(probe).__module__
    return {"version": probe.version, "sha256": _digest(package)}


@cache
def _digest(package: str) -> str:
    """One digest over a package's Python files, by relative path."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    folder = Path(spec.origin).parent
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.hexdigest()
