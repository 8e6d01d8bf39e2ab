# SPDX-License-Identifier: Apache-2.0
"""The files that a profile reads, with their digests: registers, lists of targets, reference values, certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from harness.evidence.bundle import walk
from harness.plan import settings_of
from harness.spec import Profile

MOST_BYTES = 4 << 30
"""Larger files are recordings; their bytes are evidence, and hashed as such."""


def inputs(profile: Profile, folder: Path) -> dict[str, str]:
    """Name as the profile writes it -> SHA-256 of the file, or over names and digests of a folder; what is not there is left out.

    What a simulator gives has no name here. Files outside the profile's folder are named by their last part.
    """
    found = {}
    for name in sorted(set(_names(profile))):
        digest = _digest(folder / name)
        if digest:
            found[_portable(name)] = digest
    return found


def _names(profile: Profile) -> Iterator[str]:
    for identifier in profile.bindings:
        for settings in settings_of(profile, identifier):
            yield from _named(settings)
    for each in profile.instruments:
        if each.certificate is not None and each.certificate.file:
            yield each.certificate.file
    yield from (each.file for each in profile.papers if each.file)


def _named(settings: object) -> Iterator[str]:
    from harness.kit.settings import Settings, named_files

    if isinstance(settings, Settings):
        yield from named_files(settings)


def _portable(name: str) -> str:
    path = Path(name)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def _digest(path: Path) -> str:
    if path.is_file() and path.stat().st_size <= MOST_BYTES:
        return _of_file(path)
    if not path.is_dir():
        return ""
    listed = (f"{entry.path}\0{_of_file(path / entry.path)}\n" for entry in walk(path) if entry.plain)
    return hashlib.sha256("".join(listed).encode()).hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
