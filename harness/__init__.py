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

if (Path(__file__).parent / "compiled").is_dir():  # a wheel of one platform, which brings its loops
    from harness.console.compiled import shipped

    for _name, _value in shipped().items():
        os.environ.setdefault(_name, _value)
