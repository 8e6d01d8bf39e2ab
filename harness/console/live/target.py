# SPDX-License-Identifier: Apache-2.0
"""Which bundle the console opens: the one that is named, the newest of a folder, or the first that appears there."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UsageError
from harness.evidence.bundle import SUFFIX

_BELOW = ("", "results")
"""Where ``yanshou run`` puts bundles below the folder that a person stands in."""


def bundle_in(place: Path) -> Path | None:
    """The bundle at ``place``; None where ``place`` is a folder in which there is none yet. UsageError where there is nothing."""
    if not place.is_dir():
        msg = f"There is no folder {place}."
        raise UsageError(msg, cure="name a bundle, or the folder that --out names.")
    if place.name.endswith(SUFFIX) or (place / "data" / "journal.jsonl").is_file():
        return place
    found = [path for below in _BELOW for path in (place / below).glob(f"*{SUFFIX}") if path.is_dir()]
    return max(found, key=_changed, default=None)


def _changed(bundle: Path) -> int:
    journal = bundle / "data" / "journal.jsonl"
    return (journal if journal.is_file() else bundle).stat().st_mtime_ns
