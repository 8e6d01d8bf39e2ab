# SPDX-License-Identifier: Apache-2.0
"""What people on site noted while it was measured, and the photos that they took: journal events and sealed files."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.evidence.journal import JournalEvent
from reports.course import moment

SHOWN_BYTES = 12 << 20
"""Photos that a page carries at most, in bytes together; those beyond it are listed with their digest."""
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
"""What browsers show; a HEIC of a telephone is listed."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note. ``picture``: the photo as a data URI, where the page carries it; ``path`` and ``sha256``: of the file in the bundle."""

    time: str
    by: str
    about: str
    text: str
    path: str = ""
    sha256: str = ""
    picture: str = ""


def notes(root: Path, events: Sequence[JournalEvent], titles: Mapping[str, str]) -> tuple[Note, ...]:
    """Every note in the order of the journal; ``titles``: of the indicators that a note may be about."""
    found, left = [], SHOWN_BYTES
    for event in (each for each in events if each.kind == "operator"):
        body = event.body
        photo: Mapping[str, Any] = body.get("photo") or {}
        fits = bool(photo) and photo["bytes"] <= left
        picture = _picture(root, str(photo["path"])) if fits else ""
        left -= photo["bytes"] if picture else 0
        about = str(body.get("about") or "")
        path, sha256 = str(photo.get("path", "")), str(photo.get("sha256", ""))
        told = (str(body.get("by", "")), titles.get(about, about), str(body["text"]))
        found.append(Note(moment(event.time_ns), *told, path, sha256, picture))
    return tuple(found)


def _picture(root: Path, path: str) -> str:
    """The sealed bytes, whose digest was verified before any report; empty for what no browser shows."""
    kind, file = _TYPES.get(Path(path).suffix), root / path
    if kind is None or file.is_symlink() or not file.is_file():
        return ""
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
