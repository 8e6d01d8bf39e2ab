# SPDX-License-Identifier: Apache-2.0
"""Who signed what: the envelope of a sealed bundle against its files, its journal and the reader's keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.evidence.bag import BAG_INFO, MANIFEST
from harness.evidence.bundle import ATTESTATION
from harness.evidence.contents import Contents
from harness.evidence.crosscheck import differing
from harness.evidence.defects import (
    AttestationError,
    AttestationMismatchError,
    BadSignatureError,
    DefectError,
    MissingSignatureError,
    UnknownKeyError,
    UnsignedError,
    UntrustedKeyError,
    VerdictMismatchError,
    WrongKeyError,
)
from harness.evidence.dsse import read_envelope, read_statement
from harness.evidence.journal import JournalEvent
from harness.evidence.keys import KeyFileError, PublicKey, public_key
from harness.evidence.verification import SignatureCheck

SUBJECTS = (MANIFEST, BAG_INFO)
"""What is signed; the manifest covers the rest."""
_KEYS = "data/keys/"
_KEY_SUFFIX = ".pub.pem"


def check_signatures(contents: Contents, trusted: Sequence[PublicKey]) -> tuple[SignatureCheck, ...]:
    """Every signature of the envelope; none without one. Raises AttestationError, NotJsonError, OversizedError."""
    if ATTESTATION not in contents:
        return ()
    envelope = read_envelope(contents.read(ATTESTATION), ATTESTATION)
    by_reader = {key.keyid: key for key in trusted}
    keys = {**_bundled_keys(contents), **by_reader}
    found = []
    for keyid, signature in envelope.signatures:
        key = keys.get(keyid)
        valid = key is not None and key.verify(envelope.signed, signature)
        is_trusted = keyid in by_reader if trusted else None
        found.append(SignatureCheck(keyid, "" if key is None else key.algorithm, valid, is_trusted))
    return tuple(found)


def check_attestation(
    contents: Contents, events: Sequence[JournalEvent], trusted: Sequence[PublicKey], checks: Sequence[SignatureCheck]
) -> Iterator[DefectError]:
    """What is wrong with signatures, keys and statement; ``checks`` as :func:`check_signatures` gave them."""
    yield from _signature_defects(checks)
    yield from _replaced_keys(contents)
    yield from _removed_signatures(events, checks)
    if trusted and not checks:
        yield UnsignedError(where=ATTESTATION)
    elif trusted and any(each.valid for each in checks) and not any(each.valid and each.trusted for each in checks):
        yield UntrustedKeyError(", ".join(each.keyid[:16] for each in checks if each.valid), where=ATTESTATION)
    if ATTESTATION in contents:
        yield from _statement_defects(contents)


def _signature_defects(checks: Sequence[SignatureCheck]) -> Iterator[DefectError]:
    for each in checks:
        if not each.algorithm:
            yield UnknownKeyError(each.keyid[:64], where=ATTESTATION)
        elif not each.valid:
            yield BadSignatureError(f"{each.algorithm} {each.keyid[:16]}", where=ATTESTATION)


def _removed_signatures(events: Sequence[JournalEvent], checks: Sequence[SignatureCheck]) -> Iterator[DefectError]:
    """Signers of the last ``sealed`` event that have no signature now."""
    named = [event.body.get("signers") for event in events if event.kind == "sealed"][-1:]
    there = {each.keyid for each in checks}
    for keyid in (each for signers in named if isinstance(signers, list) for each in signers):
        if keyid not in there:
            yield MissingSignatureError(str(keyid)[:16], where=ATTESTATION)


def _statement_defects(contents: Contents) -> Iterator[DefectError]:
    envelope = read_envelope(contents.read(ATTESTATION), ATTESTATION)
    if not envelope.signatures:
        yield AttestationError("signatures: []", where=ATTESTATION)
    subjects, predicate = read_statement(envelope.payload, ATTESTATION)
    for name in (each for each in SUBJECTS if each in contents):
        actual = contents.digests[name].sha256
        if subjects.get(name) != actual:
            yield AttestationMismatchError(differing(subjects.get(name, ""), actual), where=name)
    results, summary = contents.document("data/results.json"), predicate.get("summary")
    attested = summary.get("verdict") if isinstance(summary, dict) else None
    if "verdict" in results and attested != results["verdict"]:
        yield VerdictMismatchError(f"{attested} ≠ {results['verdict']}", where=ATTESTATION)


def _key_files(contents: Contents) -> list[str]:
    return [path for path in contents.digests if path.startswith(_KEYS) and path.endswith(_KEY_SUFFIX)]


def _bundled_keys(contents: Contents) -> dict[str, PublicKey]:
    """The usable keys inside the bundle, by what they are, not by what their file is called."""
    found = {}
    for path in _key_files(contents):
        try:
            key = public_key(contents.read(path), where=path)
        except KeyFileError:
            continue  # told by _replaced_keys
        found[key.keyid] = key
    return found


def _replaced_keys(contents: Contents) -> Iterator[DefectError]:
    there = {f"{_KEYS}{keyid}{_KEY_SUFFIX}" for keyid in _bundled_keys(contents)}
    yield from (WrongKeyError(where=path) for path in _key_files(contents) if path not in there)
