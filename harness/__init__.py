# SPDX-License-Identifier: Apache-2.0
"""The engine: knows no domain; a clause becomes a criterion, bytes become an estimate, the two a verdict."""

import os
from pathlib import Path

# Read by numba when it is first imported, which is later and not always: see harness.console.compiled.
os.environ.setdefault(
    "NUMBA_CACHE_LOCATOR_CLASSES",
    "harness.console.compiled.SourcesLocator,numba.core.caching.UserProvidedCacheLocator,numba.core.caching.InTreeCacheLocator,"
    "numba.core.caching.UserWideCacheLocator,numba.core.caching.IPythonCacheLocator",
)

_NEEDED = frozenset(["avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"])
"""What the kernel calls the instructions that x86-64-v3 has beyond v2."""


def _target(processor: Path, cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """What numba reads of its environment, so that the loops of a wheel of one platform fit; empty where there are none, or this host lacks instructions."""
    try:
        cpu = processor.read_text("ascii").strip()
        flags = {
            word
            for line in cpuinfo.read_text("utf-8", "replace").splitlines()
            if line.startswith("flags")
            for word in line.split()
        }
    except OSError:
        return {}
    able = cpu != "x86-64-v3" or flags >= _NEEDED
    return {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""} if able else {}


for _name, _value in _target(Path(__file__).parent / "compiled" / "processor.txt").items():
    os.environ.setdefault(_name, _value)
