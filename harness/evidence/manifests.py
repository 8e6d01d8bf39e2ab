# SPDX-License-Identifier: Apache-2.0
"""What the bag's manifests say against what lies in the bundle (RFC 8493 3)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.evidence import bag
from harness.evidence.bundle import ATTESTATION, STAMP, TAG_MANIFEST
from harness.evidence.contents import Contents, gathered
from harness.evidence.crosscheck import differing
from harness.evidence.defects import (
    BagInfoError,
    ChangedFileError,
    DefectError,
    ExtraFileError,
    ManifestError,
    MissingFileError,
    TagManifestError,
)

_REQUIRED = (bag.BAGIT, bag.BAG_INFO, bag.MANIFEST)
_TAGS = frozenset([*_REQUIRED, TAG_MANIFEST, ATTESTATION])


def check_manifests(contents: Contents) -> Iterator[DefectError]:
    """Every tag file, payload file and bag-info field that contradicts the manifests."""
    yield from gathered(_tag_files(contents))
    yield from gathered(_payload(contents))
    yield from _description(contents)


def _tag_files(contents: Contents) -> Iterator[DefectError]:
    listed = bag.read_manifest(contents.read(TAG_MANIFEST), TAG_MANIFEST)
    for name, digest in listed.items():
        if name not in contents:
            yield MissingFileError(where=name)
        elif contents.digests[name].sha256 != digest:
            yield TagManifestError(differing(digest, contents.digests[name].sha256), where=name)
    for name in (*_REQUIRED, ATTESTATION):
        if name not in listed and (name in contents or name in _REQUIRED):
            yield TagManifestError(where=name)
    for path in contents.digests:
        if not path.startswith("data/") and path not in _TAGS and not ("/" not in path and path.endswith(STAMP)):
            yield ExtraFileError(where=path)


def _payload(contents: Contents) -> Iterator[DefectError]:
    if bag.MANIFEST not in contents:
        return
    listed = bag.read_manifest(contents.read(bag.MANIFEST), bag.MANIFEST)
    for path, digest in listed.items():
        if not path.startswith("data/"):
            yield ManifestError(path, where=bag.MANIFEST)
        elif path not in contents:
            yield MissingFileError(where=path)
        elif contents.digests[path].sha256 != digest:
            yield ChangedFileError(differing(digest, contents.digests[path].sha256), where=path)
    yield from (
        ExtraFileError(where=path) for path in contents.digests if path.startswith("data/") and path not in listed
    )


def _description(contents: Contents) -> Iterator[DefectError]:
    """bagit.txt is the declaration of BagIt 1.0, and Payload-Oxum counts what is there."""
    if bag.BAGIT in contents and contents.read(bag.BAGIT) != bag.DECLARATION:
        yield BagInfoError(where=bag.BAGIT)
    if bag.BAG_INFO in contents:
        said = bag.read_bag_info(contents.read(bag.BAG_INFO)).get("Payload-Oxum")
        actual = bag.oxum(digest for path, digest in contents.digests.items() if path.startswith("data/"))
        if said != actual:
            yield BagInfoError(f"Payload-Oxum {said} ≠ {actual}", where=bag.BAG_INFO)
