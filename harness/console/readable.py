# SPDX-License-Identifier: Apache-2.0
"""Whether results and chart data in a bundle hold what they should, for ``yanshou verify`` and ``yanshou pack``.

The verifier of evidence knows no verdicts, so that their records are read here. A document of another version is none of
ours to judge: its own version reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import documents as results
from harness import pictures
from harness.documents import read_results
from harness.errors import EvidenceError
from harness.evidence.canonical import parse
from harness.evidence.contents import LARGEST_DOCUMENT
from harness.evidence.defects import Defect, DefectError, OversizedError
from harness.evidence.forms import MisshapenError
from harness.evidence.pack import unpacked
from harness.evidence.verification import Verification
from harness.pictures import read_pictures

_FORMS: dict[str, tuple[str, Callable[[bytes, str], Any]]] = {
    "results.json": (results.SCHEMA, read_results),
    "figures.json": (pictures.SCHEMA, read_pictures),
}
_FOLDERS = ("data", "data/attempts/*")
"""Where they lie: the last attempt's, and those of each former one."""
_VERSIONED = re.compile(r"(yanshou\.[a-z]+/)[0-9]{1,6}")


def readable(checked: Verification, bundle: Path) -> Verification:
    """What was verified, and a defect for each document of results or chart data that does not hold what it should.

    Only of a bundle that is otherwise whole: where files are damaged, what they hold is no question.
    """
    if checked.defects:
        return checked
    with unpacked(bundle) as root:
        return replace(checked, defects=tuple(_misshapen(root)))


def _misshapen(root: Path) -> Iterator[Defect]:
    for name, (schema, read) in _FORMS.items():
        for path in sorted(each for folder in _FOLDERS for each in root.glob(f"{folder}/{name}")):
            where = path.relative_to(root).as_posix()
            try:
                if path.stat().st_size > LARGEST_DOCUMENT:
                    raise OversizedError(where=where)
                content = path.read_bytes()
                if not _of_another_version(content, schema, where):
                    read(content, name)
            except DefectError as error:
                yield error.defect
            except EvidenceError as error:
                yield MisshapenError(error.problem[:200], where=where).defect


def _of_another_version(content: bytes, schema: str, where: str) -> bool:
    held = parse(content, where=where)
    told = _VERSIONED.fullmatch(str(held.get("schema"))) if isinstance(held, dict) else None
    return told is not None and schema.startswith(told[1]) and told[0] != schema
