# SPDX-License-Identifier: Apache-2.0
"""Who signed what: the envelope of a sealed bundle against its files, its journal and the reader's keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.evidence.bag import BAG_INFO, MANIFEST
from harness.evidence.bundle import ATTESTATION, STAMP
from harness.evidence.contents import Contents
from harness.evidence.crosscheck import differing
from harness.evidence.defects import (
    AttestationError,
    AttestationMismatchError,
    BadSignatureError,
    DefectError,
    MissingSignatureError,
    OversizedError,
    TimeStampError,
    UncheckedSignerError,
    UnknownKeyError,
    UnsignedError,
    UntrustedKeyError,
    VerdictMismatchError,
    WrongKeyError,
)
from harness.evidence.dsse import read_envelope, read_statement, tested
from harness.evidence.journal import JournalEvent
from harness.evidence.keys import KeyFileError, PublicKey, public_key
from harness.evidence.promises import CommitmentMismatchError, KeyExpiredError, KeyRevokedError, commitment
from harness.evidence.timestamp import LARGEST as LARGEST_STAMP
from harness.evidence.timestamp import TimeStamp, check_time_stamp
from harness.evidence.trust import Trust
from harness.evidence.verification import SignatureCheck, StampCheck

SUBJECTS = (MANIFEST, BAG_INFO)
"""What is signed; the manifest covers the rest."""
_KEYS = "data/keys/"
_KEY_SUFFIX = ".pub.pem"


def check_signatures(contents: Contents, trust: Trust) -> tuple[SignatureCheck, ...]:
    """Every signature of the envelope; none without one. Raises AttestationError, NotJsonError, OversizedError."""
    if ATTESTATION not in contents:
        return ()
    envelope = read_envelope(contents.read(ATTESTATION), ATTESTATION)
    keys = {**_bundled_keys(contents), **{key.keyid: key for key in trust.keys}}
    return tuple(
        _check(keyid, signature, keys.get(keyid), envelope.signed, trust) for keyid, signature in envelope.signatures
    )


def _check(keyid: str, signature: bytes, key: PublicKey | None, signed: bytes, trust: Trust) -> SignatureCheck:
    valid = key is not None and key.verify(signed, signature)
    algorithm = "" if key is None else key.algorithm
    return SignatureCheck(keyid, algorithm, valid, trust.trusts(keyid), trust.of(keyid))


def check_stamps(contents: Contents, trust: Trust) -> Iterator[StampCheck]:
    """Every time stamp beside the attestation; TimeStampError for one that is not over it or cannot be checked."""
    for path in (each for each in contents.digests if "/" not in each and each.endswith(STAMP)):
        stamp = check_stamp(contents, path, ATTESTATION)
        signer = trust.of(stamp.keyid)
        yield StampCheck(path, stamp.moment.isoformat(), stamp.authority, stamp.keyid, signer)


def check_stamp(contents: Contents, path: str, attestation: str) -> TimeStamp:
    """The time stamp in ``path`` over the file ``attestation``; TimeStampError, OversizedError."""
    if contents.digests[path].bytes > LARGEST_STAMP:
        msg = f"{contents.digests[path].bytes} B"
        raise OversizedError(msg, where=path)
    if attestation not in contents:
        raise TimeStampError("there is no attestation", where=path)
    return check_time_stamp(contents.read(path), contents.read(attestation), path)


def doubts(checks: Sequence[SignatureCheck], trust: Trust) -> Iterator[DefectError]:
    """What keeps a whole bundle from being trusted: unsigned, unchecked, or not by whom the reader trusts."""
    signed = frozenset(each.keyid for each in checks if each.valid)
    lacking = trust.missing(signed)
    for each in checks:
        lapsed = trust.lapsed(each.keyid)
        if each.valid and lapsed:
            name = "" if each.signer is None else f" {each.signer.name}"
            kind = KeyRevokedError if lapsed == "revoked" else KeyExpiredError
            yield kind(f"{each.keyid[:16]}{name}", where=ATTESTATION)
    if not signed:
        yield UnsignedError(where=ATTESTATION)
    elif lacking:
        yield UntrustedKeyError(lacking, where=ATTESTATION)
    elif not trust.named and not trust.anybody:
        yield UncheckedSignerError(", ".join(sorted(keyid[:16] for keyid in signed)), where=ATTESTATION)


def check_attestation(
    contents: Contents, events: Sequence[JournalEvent], checks: Sequence[SignatureCheck]
) -> Iterator[DefectError]:
    """What is wrong with signatures, keys and statement; ``checks`` as :func:`check_signatures` gave them."""
    yield from _signature_defects(checks)
    yield from _replaced_keys(contents)
    yield from _removed_signatures(events, checks)
    if ATTESTATION in contents:
        yield from _statement_defects(contents, events)


def _signature_defects(checks: Sequence[SignatureCheck]) -> Iterator[DefectError]:
    for each in checks:
        if not each.algorithm:
            yield UnknownKeyError(each.keyid[:64], where=ATTESTATION)
        elif not each.valid:
            yield BadSignatureError(f"{each.algorithm} {each.keyid[:16]}", where=ATTESTATION)


def _removed_signatures(events: Sequence[JournalEvent], checks: Sequence[SignatureCheck]) -> Iterator[DefectError]:
    """Signers of the last ``sealed`` event that have no signature now."""
    named = [event.body["signers"] for event in events if event.kind == "sealed"][-1:]
    there = {each.keyid for each in checks}
    for keyid in (each for signers in named for each in signers):
        if keyid not in there:
            yield MissingSignatureError(keyid[:16], where=ATTESTATION)


def _statement_defects(contents: Contents, events: Sequence[JournalEvent]) -> Iterator[DefectError]:
    envelope = read_envelope(contents.read(ATTESTATION), ATTESTATION)
    if not envelope.signatures:
        yield AttestationError("signatures: []", where=ATTESTATION)
    subjects, predicate = read_statement(envelope.payload, ATTESTATION)
    for name in (each for each in SUBJECTS if each in contents):
        actual = contents.digests[name].sha256
        if subjects.get(name) != actual:
            yield AttestationMismatchError(differing(subjects.get(name, ""), actual), where=name)
    results = contents.document("data/results.json")
    if "verdict" in results:
        yield from _verdict_defects(predicate, results)
    held, said = commitment(events), predicate.get("agreed")
    if (said is not None or held["plan"] or held["challenge"]) and said != held:
        yield CommitmentMismatchError(f"{str(said)[:80]} ≠ {str(held)[:80]}", where=ATTESTATION)


def _verdict_defects(predicate: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[DefectError]:
    """The verdict in our words and in in-toto's, and that of each indicator, against the results."""
    summary, listed = predicate.get("summary"), results.get("indicators")
    yield from _flag_defects(summary, results.get("campaign"))
    by_verdict: dict[str, list[str]] = {}
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            by_verdict.setdefault(str(each.get("verdict")), []).append(str(each.get("id")))
    said = {**predicate, **(_in_short(summary) if isinstance(summary, dict) else {})}
    judged = {"verdict": results["verdict"], "indicators": by_verdict, **tested(str(results["verdict"]), by_verdict)}
    for name, value in judged.items():
        if said.get(name) != value:
            yield VerdictMismatchError(f"{name}: {str(said.get(name))[:80]} ≠ {str(value)[:80]}", where=ATTESTATION)


def _flag_defects(summary: Any, campaign: Any) -> Iterator[DefectError]:
    """A statement that says whether data are simulated, or the campaign a rehearsal, says it as the results do."""
    if not isinstance(summary, dict) or not isinstance(campaign, dict):
        return
    for name in ("simulated", "practice"):
        if name in summary and summary[name] != campaign.get(name):
            yield VerdictMismatchError(
                f"{name}: {str(summary[name])[:80]} ≠ {str(campaign.get(name))[:80]}", where=ATTESTATION
            )


def _in_short(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Verdict and indicators of a summary, without the verdicts that no indicator has."""
    named = summary.get("indicators")
    return {
        "verdict": summary.get("verdict"),
        "indicators": {verdict: ids for verdict, ids in named.items() if ids} if isinstance(named, dict) else None,
    }


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
