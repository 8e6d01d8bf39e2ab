# SPDX-License-Identifier: Apache-2.0
"""A small hash-chained file of JSON lines, as an office keeps one: appended under a lock, refused when edited, cut or reordered."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.agreed.refusals import broken
from harness.errors import StorageError
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.kit.words import Catalogue

WORDS = Catalogue("harness", "chain")
FIRST = "0" * 64
LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Link:
    """One line: when, what kind, what it says, its hash."""

    time_ns: int
    kind: str
    body: Mapping[str, Any]
    hash: str


def links(path: Path) -> tuple[Link, ...]:
    """Every line of the file, none where there is no file; BrokenAgreementError for a chain that does not hold."""
    if not path.exists():
        return ()
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST)
    except OSError as error:
        msg = f"{path.name} cannot be read: {error.strerror}."
        raise StorageError(msg, cure="check the path.", where=str(path)) from None
    return linked(content, str(path))


def linked(content: bytes, where: str) -> tuple[Link, ...]:
    """The lines in ``content``."""
    found: list[Link] = []
    for number, raw in enumerate(content.splitlines(), 1):
        place = f"{where}:{number}"
        try:
            given = parse(raw, where=place)
            hashed = {key: each for key, each in given.items() if key != "hash"}
            genuine = hashlib.sha256(canonical_bytes(hashed)).hexdigest() == given["hash"]
            good = genuine and given["prev"] == (found[-1].hash if found else FIRST)
            link = Link(int(given["time_ns"]), str(given["kind"]), dict(given["body"]), str(given["hash"]))
        except (NotJsonError, AttributeError, KeyError, TypeError, ValueError):
            good = False
        if not good:
            raise broken(WORDS, "edited", place)
        found.append(link)
    if content and not content.endswith(b"\n"):
        raise broken(WORDS, "edited", where)
    return tuple(found)


def append(path: Path, kind: str, body: Mapping[str, Any]) -> Link:
    """One more line, durable; BrokenAgreementError where the chain so far does not hold."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = links(path)
    line = {
        "time_ns": str(time.time_ns()),
        "kind": kind,
        "body": dict(body),
        "prev": before[-1].hash if before else FIRST,
    }
    digest = hashlib.sha256(canonical_bytes(line)).hexdigest()
    with path.open("ab") as file:
        file.write(canonical_bytes({**line, "hash": digest}) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Link(int(str(line["time_ns"])), kind, dict(body), digest)
