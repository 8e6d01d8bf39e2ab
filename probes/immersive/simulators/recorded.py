# SPDX-License-Identifier: Apache-2.0
"""Visits to the simulated site: made now where YANSHOU_IWER names a headset's script and there is a browser, else those recorded before."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.errors import InstrumentError
from probes.immersive.simulators import site


@contextmanager
def simulate(config: Mapping[str, Any], folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``points`` and ``headset`` for visits now, or ``recorded``: the file of visits made before."""
    headset = script()
    if headset is not None and _browser():
        with site.simulate(config, folder) as found:
            yield {**found, "headset": str(headset), "recorded": None}
        return
    with TemporaryDirectory(prefix="yanshou-visits-") as name:
        path = Path(name) / "visits.jsonl"
        packed = resources.files("probes.immersive.simulators") / "pages" / "visits.jsonl.gz"
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        yield {"points": {}, "headset": None, "recorded": str(path)}


def script() -> Path | None:
    """The headset's script that YANSHOU_IWER names; None where it names none."""
    found = Path(os.environ.get("YANSHOU_IWER", ""))
    return found if found.is_file() else None


def _browser() -> bool:
    if find_spec("playwright") is None or find_spec("PIL") is None:
        return False
    from probes.immersive.live.browser import chromium

    try:
        chromium()
    except InstrumentError:
        return False
    return True
