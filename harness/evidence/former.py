# SPDX-License-Identifier: Apache-2.0
"""Former seals of a bundle that was opened for another attempt: records only ever grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.evidence.attestation import check_stamp
from harness.evidence.bag import MANIFEST, read_manifest
from harness.evidence.bodies import TRACES
from harness.evidence.bundle import ATTESTATION, STAMP
from harness.evidence.contents import Contents
from harness.evidence.crosscheck import differing
from harness.evidence.defects import DefectError, FormerSealError
from harness.evidence.journal import JournalEvent


def check_former_seals(contents: Contents, events: Sequence[JournalEvent]) -> Iterator[DefectError]:
    """Kept manifests that are not the journalled ones, and traces that changed since one of them."""
    for event in (each for each in events if each.kind == "unsealed"):
        folder, expected = event.body["folder"], event.body["manifest_sha256"]
        path = f"{folder}/{MANIFEST}"
        actual = contents.digests[path].sha256 if path in contents else "-"
        if actual != expected:
            yield FormerSealError(differing(expected, actual), where=path)
        else:
            yield from _changed_since(contents, path)
        for stamp in (each for each in contents.digests if each.startswith(f"{folder}/") and each.endswith(STAMP)):
            check_stamp(contents, stamp, f"{folder}/{ATTESTATION}")


def _changed_since(contents: Contents, manifest: str) -> Iterator[DefectError]:
    for path, digest in read_manifest(contents.read(manifest), manifest).items():
        actual = contents.digests[path].sha256 if path in contents else "-"
        if path.startswith(TRACES) and actual != digest:
            yield FormerSealError(differing(digest, actual), where=path)
