# SPDX-License-Identifier: Apache-2.0
"""Check a bundle from anybody: files, journal, seal and signatures; every defect, not only the first.

Needs no plug-in and no network. What it says can be checked again with ``bagit.py``, ``sha256sum`` and
``openssl`` alone (docs/reference/bundle.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.evidence import bag
from harness.evidence.attestation import check_attestation, check_signatures
from harness.evidence.bundle import TAG_MANIFEST, is_safe_path, walk
from harness.evidence.contents import Contents, gathered
from harness.evidence.crosscheck import contradictions
from harness.evidence.defects import (
    ChangedFileError,
    CutJournalError,
    Defect,
    DefectError,
    LinkError,
    MissingFileError,
    NotABundleError,
    NotSealedError,
    UnsafePathError,
)
from harness.evidence.former import check_former_seals
from harness.evidence.journal import JournalEvent, read_journal
from harness.evidence.keys import PublicKey
from harness.evidence.manifests import check_manifests
from harness.evidence.pack import unpacked
from harness.evidence.verification import SignatureCheck, Verification

_JOURNAL = "data/journal.jsonl"
_GENERAL = (ChangedFileError, MissingFileError)


def verify(path: Path, *, trusted: Sequence[PublicKey] = (), progress: bag.Progress | None = None) -> Verification:
    """Everything wrong with the bundle in ``path`` (folder or zip), and the state of its signatures.

    ``trusted``: keys of which at least one must have signed. With none named, signatures are checked against the
    keys inside the bundle: that proves that nothing changed since, not who made it. ``progress`` gets bytes
    done and bytes in all. Raises only StorageError (a file cannot be read, no room to unpack).
    """
    try:
        with unpacked(path) as root:
            return _verify_folder(root, trusted, progress)
    except DefectError as error:
        return Verification((error.defect,), (), 0, 0)


def _verify_folder(root: Path, trusted: Sequence[PublicKey], progress: bag.Progress | None) -> Verification:
    if not (root / "data").is_dir() or (root / "data").is_symlink():
        raise NotABundleError(where=root.name)
    contents, found = _take_stock(root, progress)
    events = _journal(contents, found)
    if events:
        found += gathered(_against_journal(contents, events))
    signatures: tuple[SignatureCheck, ...] = ()
    if TAG_MANIFEST in contents:
        found += gathered(check_manifests(contents))
        signatures = _signatures(contents, trusted, found)
        found += gathered(check_attestation(contents, events, trusted, signatures))
    else:
        found.append(NotSealedError(where=TAG_MANIFEST))
    total = sum(digest.bytes for digest in contents.digests.values())
    return Verification(_distinct(found), signatures, len(contents.digests), total)


def _take_stock(root: Path, progress: bag.Progress | None) -> tuple[Contents, list[DefectError]]:
    """Digest of every plain file with a safe path; a defect for every other entry."""
    sizes: dict[str, int] = {}
    found: list[DefectError] = []
    for entry in walk(root):
        printable = entry.path.encode("utf-8", "backslashreplace").decode()
        if not entry.plain:
            found.append(LinkError(where=printable))
        elif not is_safe_path(entry.path):
            found.append(UnsafePathError(where=printable))
        else:
            sizes[entry.path] = entry.size
    return Contents(root, bag.hash_files(root, sizes, progress)), found


def _journal(contents: Contents, found: list[DefectError]) -> tuple[JournalEvent, ...]:
    """The events, or none and what is wrong with them in ``found``."""
    if _JOURNAL not in contents:
        found.append(MissingFileError(where=_JOURNAL))
        return ()
    try:
        contents.refuse_oversized(_JOURNAL)
        events = read_journal(contents.root / _JOURNAL, where=_JOURNAL)
    except DefectError as error:
        found.append(error)
        return ()
    if not events:
        found.append(CutJournalError("0", where=_JOURNAL))
    return events


def _against_journal(contents: Contents, events: Sequence[JournalEvent]) -> Iterator[DefectError]:
    """What the journal knows better than the files, and what it must begin and end with."""
    if events[0].kind != "campaign_started":
        yield CutJournalError("campaign_started", where=f"{_JOURNAL}:1")
    if TAG_MANIFEST in contents and events[-1].kind != "sealed":
        yield CutJournalError("sealed", where=f"{_JOURNAL}:{len(events)}")
    yield from gathered(check_former_seals(contents, events))
    yield from contradictions(events, contents.digests, contents.document("data/campaign.json"))


def _signatures(
    contents: Contents, trusted: Sequence[PublicKey], found: list[DefectError]
) -> tuple[SignatureCheck, ...]:
    try:
        return check_signatures(contents, trusted)
    except DefectError as error:
        found.append(error)
        return ()


def _distinct(found: Sequence[DefectError]) -> tuple[Defect, ...]:
    """One record a defect; where a path has a particular explanation, the general one is left out."""
    explained = {error.where for error in found if not isinstance(error, _GENERAL)}
    told = (error.defect for error in found if not (isinstance(error, _GENERAL) and error.where in explained))
    return tuple(dict.fromkeys(told))
