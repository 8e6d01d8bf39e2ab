# SPDX-License-Identifier: Apache-2.0
"""Check a bundle from anybody: files, journal, seal and signatures; every defect, not only the first.

Needs no plug-in and no network. What it says can be checked again with ``bagit.py``, ``sha256sum`` and
``openssl`` alone (docs/reference/bundle.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.evidence import bag
from harness.evidence.attestation import check_attestation, check_signatures, check_stamps, doubts
from harness.evidence.bundle import TAG_MANIFEST, is_safe_path, walk
from harness.evidence.contents import Contents, gathered
from harness.evidence.corrections import check_corrections
from harness.evidence.crosscheck import contradictions
from harness.evidence.defects import (
    ChangedFileError,
    CollidingPathError,
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
from harness.evidence.forms import check_forms
from harness.evidence.journal import JournalEvent, read_journal
from harness.evidence.keys import PublicKey
from harness.evidence.manifests import check_manifests
from harness.evidence.pack import unpacked
from harness.evidence.promises import check_promises, refuse_reversed, start_stamps
from harness.evidence.trust import STAMPS, Signer, Trust
from harness.evidence.verification import SignatureCheck, StampCheck, Verification
from harness.printable import printable

_JOURNAL = "data/journal.jsonl"
_GENERAL = (ChangedFileError, MissingFileError)


def verify(
    path: Path,
    *,
    trusted: Sequence[PublicKey] = (),
    signers: Mapping[str, Signer] | None = None,
    any_signer: bool = False,
    progress: bag.Progress | None = None,
) -> Verification:
    """Everything wrong with the bundle in ``path`` (folder or zip), and the state of its signatures.

    ``trusted``: keys each of which must have signed. ``signers``: those of a trust file, one of whom must have. With nobody
    named, signatures are checked against the keys inside the bundle: that proves that nothing changed since, not who made
    it, and is a doubt unless ``any_signer`` will do. ``progress`` gets bytes done and bytes in all. Raises only StorageError
    (a file cannot be read, no room to unpack).
    """
    trust = Trust(trusted, signers or {}, any_signer, datetime.now(UTC).date().isoformat())
    try:
        with unpacked(path) as root:
            return _verify_folder(root, trust, progress)
    except DefectError as error:
        return Verification((error.defect,), (), 0, 0)


def _verify_folder(root: Path, trust: Trust, progress: bag.Progress | None) -> Verification:
    if not (root / "data").is_dir() or (root / "data").is_symlink():
        raise NotABundleError(where=root.name)
    contents, found = _take_stock(root, progress)
    events = _journal(contents, found)
    if events:
        found += gathered(_against_journal(contents, events))
    signatures: tuple[SignatureCheck, ...] = ()
    stamps: list[StampCheck] = []
    unsure: list[DefectError] = []
    if TAG_MANIFEST in contents:
        found += gathered(check_manifests(contents))
        found += gathered(_stamps(contents, trust, stamps, events))
        trust = replace(trust, proven=_proven(stamps, trust))
        signatures = _signatures(contents, trust, found)
        found += gathered(check_attestation(contents, events, signatures))
        unsure += doubts(signatures, trust)
    else:
        found.append(NotSealedError(where=TAG_MANIFEST))
    return Verification(
        _distinct(found),
        signatures,
        len(contents.digests),
        sum(digest.bytes for digest in contents.digests.values()),
        tuple(doubt.defect for doubt in unsure),
        tuple(stamps),
        contents.digests,
        events,
    )


def _take_stock(root: Path, progress: bag.Progress | None) -> tuple[Contents, list[DefectError]]:
    """Digest of every plain file with a safe path; a defect for every other entry."""
    sizes: dict[str, int] = {}
    found: list[DefectError] = []
    folded: set[str] = set()
    for entry in walk(root):
        where, alike = printable(entry.path), unicodedata.normalize("NFC", entry.path).casefold()
        if not entry.plain:
            found.append(LinkError(where=where))
        elif not is_safe_path(entry.path):
            found.append(UnsafePathError(where=where))
        elif alike in folded:
            found.append(CollidingPathError(where=where))
        else:
            sizes[entry.path] = entry.size
        folded.add(alike)
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
    yield from gathered(check_promises(contents, events))
    yield from gathered(check_former_seals(contents, events))
    yield from gathered(check_corrections(contents, events))
    yield from gathered(check_forms(contents))
    yield from contradictions(events, contents.digests, contents.document("data/campaign.json"))


def _signatures(contents: Contents, trust: Trust, found: list[DefectError]) -> tuple[SignatureCheck, ...]:
    try:
        return check_signatures(contents, trust)
    except DefectError as error:
        found.append(error)
        return ()


def _stamps(
    contents: Contents, trust: Trust, stamps: list[StampCheck], events: Sequence[JournalEvent]
) -> Iterator[DefectError]:
    """Genuine time stamps go into ``stamps``; any other is a defect."""
    start = list(start_stamps(contents, events, trust))
    stamps.extend(start)
    seal = list(check_stamps(contents, trust))
    stamps.extend(seal)
    refuse_reversed(start, seal)
    yield from ()


def _proven(stamps: Sequence[StampCheck], trust: Trust) -> str:
    """The day on which a trusted authority saw the seal, the earliest; empty where none did."""
    days = [
        each.moment[:10]
        for each in stamps
        if "/" not in each.path and each.signer and each.signer.role == STAMPS and not trust.lapsed(each.keyid)
    ]
    return min(days, default="")


def _distinct(found: Sequence[DefectError]) -> tuple[Defect, ...]:
    """One record a defect; where a path has a particular explanation, the general one is left out."""
    explained = {error.where for error in found if not isinstance(error, _GENERAL)}
    told = (error.defect for error in found if not (isinstance(error, _GENERAL) and error.where in explained))
    return tuple(dict.fromkeys(told))
