# SPDX-License-Identifier: Apache-2.0
"""Which software judged: versions and digests of the engine and of every installed probe."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness import installed


@cache
def software() -> dict[str, Any]:
    """Name, version and source digest of the engine, and of each probe by name."""
    return {
        "name": "yanshou",
        "version": version("yanshou"),
        "sha256": _digest("harness"),
        "probes": {name: _probe(name) for name in installed.names(installed.PROBES)},
    }


def _probe(name: str) -> dict[str, str]:
    """Version of a probe, and the digest of the whole package that it, its decoders and its measurands are in."""
    probe = installed.probe(name)
    return {"version": probe.version, "sha256": _digest(type(probe).__module__.partition(".")[0])}


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
