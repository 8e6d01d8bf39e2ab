# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse ifc FILE…``: what each model holds by a census of its own text, without a campaign and without a verdict."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from harness.kit.files import bytes_of
from probes.bim.digests.model import Model, Models
from probes.bim.digests.reading import model
from probes.bim.formats.step import MAX_BYTES
from probes.bim.measurands.components import clusters, least_types

_FIGURES = (
    "elements", "without_features", "distinct_ids", "leaves", "with_representation", "types_used", "typed_occurrences",
)  # fmt: skip


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse ifc``."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="an IFC file in STEP text (2x3, 4, 4.3)")


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; UnreadableError where a file is no IFC, is cut or of an unknown schema."""
    models = [model(_bytes(path), path.name) for path in options.paths]
    files = [{"path": str(path), **_told(each)} for path, each in zip(options.paths, models, strict=True)]
    answer: dict[str, Any] = {"kind": "ifc", "files": files}
    if len(models) > 1:
        answer["together"] = _together(models)
    return answer


def analyse_ifc(paths: Sequence[str]) -> dict[str, Any]:
    """As on the command line, for Python callers."""
    return analyse(Namespace(paths=[Path(each) for each in paths]))


def _told(found: Model) -> dict[str, Any]:
    alone = Models((found,))
    padding = clusters(alone)
    return {
        "sha256": found.sha256,
        "schema": found.schema,
        "application": found.application[0] if found.application else "",
        "applications": list(found.application),
        **{each: found.counts[each] for each in _FIGURES},
        "by_class": dict(found.by_class),
        "signatures": len(found.signatures),
        "types": padding.exact,
        "type_clusters": least_types(alone.kinds, padding),
        "lacking": dict(found.lacking),
        "events": [{"event": each.code, "text": each.text.en} for each in found.remarks],
    }


def _together(found: Sequence[Model]) -> dict[str, Any]:
    """Over all files: identities, signatures and types once; the same bytes are one file."""
    whole = reduce(Models.merge, (Models((each,)) for each in found))
    padding = clusters(whole)
    return {
        "files": len(whole.files),
        **{each: sum(one.counts[each] for one in whole.files) for each in ("elements", "without_features")},
        "distinct_ids": len(whole.identities),
        "signatures": whole.signatures,
        "without_copies": min(len(whole.identities), whole.placed()),
        "types": padding.exact,
        "type_clusters": least_types(whole.kinds, padding),
    }


def _bytes(path: Path) -> bytes:
    return bytes_of(path, MAX_BYTES + 1)
