# SPDX-License-Identifier: Apache-2.0
"""Close a bundle into a signed BagIt bag, and open it again for another attempt.

Every file is replaced in one step and the tag manifest comes last: a killed ``seal`` is simply run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.errors import UsageError
from harness.evidence import bag, crate
from harness.evidence.attestation import SUBJECTS
from harness.evidence.bundle import STAMP, TAG_MANIFEST, Bundle, Entry, walk
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.crosscheck import contradictions, open_segments
from harness.evidence.dsse import envelope, statement, tested
from harness.evidence.journal import Clock, Journal, JournalEvent, read_journal, system_clock
from harness.evidence.keys import PrivateKey
from harness.evidence.promises import commitment
from harness.evidence.storage import make_folder, replace_file, storing

_LEFTOVER = ".writing-"


@dataclass(frozen=True, slots=True)
class _Order:
    """Who seals with what, and what is attested."""

    signers: Sequence[PrivateKey]
    software: Mapping[str, Any]
    summary: Mapping[str, Any]
    clock: Clock


def seal(
    bundle: Bundle,
    signers: Sequence[PrivateKey],
    *,
    software: Mapping[str, Any],
    verdict_summary: Mapping[str, Any],
    clock: Clock = system_clock,
) -> None:
    """Close ``bundle`` into a BagIt bag signed by ``signers`` (none: sealed, but unsigned).

    The journal and all segment writers must be closed. ``software``: ``{name, version, …}``; ``verdict_summary``:
    ``{verdict, indicators: {verdict: [id, …]}, …}``. The date of the bag is that of the journal's ``sealed`` event,
    so a killed seal that is run again gives the same manifests. Sealing again does nothing. Raises the DefectError of
    whatever already contradicts the journal, UsageError when sealed by others, StorageError.
    """
    if bundle.sealed:
        _refuse_other_signers(bundle, signers)
        return
    order = _Order(signers, software, verdict_summary, clock)
    _sweep(bundle)
    for signer in signers:
        _payload(bundle, f"keys/{signer.keyid}.pub.pem", signer.public_pem)
    when = datetime.fromtimestamp(_close_journal(bundle, order).time_ns // 10**9, UTC)
    _payload(bundle, crate.NAME, _crate(bundle, when, software))
    digests = bag.hash_files(bundle.root, {entry.path: entry.size for entry in _data(bundle)})
    _refuse_contradictions(bundle, digests)
    _write_tags(bundle, digests, when, order)


def _sweep(bundle: Bundle) -> None:
    """Remove what a killed ``seal`` left half written."""
    with storing(bundle.root):
        for path in bundle.root.glob(f"{_LEFTOVER}*"):
            path.unlink()


def _payload(bundle: Bundle, relative: str, content: bytes) -> None:
    path = bundle.data / relative
    with storing(path):
        make_folder(path.parent)
    replace_file(path, content, scratch=bundle.root)


def _data(bundle: Bundle) -> list[Entry]:
    return [entry for entry in walk(bundle.root) if entry.path.startswith("data/")]


def _close_journal(bundle: Bundle, order: _Order) -> JournalEvent:
    """Close every open segment, then journal the seal, unless a killed ``seal`` did so; the ``sealed`` event."""
    body = parse(canonical_bytes({"signers": [signer.keyid for signer in order.signers], "summary": order.summary}))
    with Journal.open(bundle.journal_path, clock=order.clock) as journal:
        for path in open_segments(journal.events):
            if (bundle.root / path).is_file():
                digest = bag.hash_file(bundle.root / path)
                closing = {"path": path, "sha256": digest.sha256, "bytes": digest.bytes, "by": "seal"}
                journal.append("segment_closed", closing)
            else:
                journal.append("segment_dropped", {"path": path, "by": "seal"})
        last = journal.events[-1] if journal.events else None
        if last is not None and (last.kind, last.body) == ("sealed", body):
            return last
        return journal.append("sealed", body, durable=True)


def _crate(bundle: Bundle, when: datetime, software: Mapping[str, Any]) -> bytes:
    below = [Entry(entry.path.removeprefix("data/"), entry.size, entry.plain) for entry in _data(bundle)]
    name = bundle.root.resolve().name.removesuffix(".bundle")
    return canonical_bytes(crate.metadata(name, when.isoformat(), below, software))


def _refuse_contradictions(bundle: Bundle, digests: Mapping[str, bag.FileDigest]) -> None:
    """Never sign evidence that already contradicts its own journal."""
    campaign = parse(bundle.campaign_path.read_bytes()) if bundle.campaign_path.is_file() else {}
    for error in contradictions(read_journal(bundle.journal_path), digests, campaign):
        raise error


def _write_tags(bundle: Bundle, digests: Mapping[str, bag.FileDigest], when: datetime, order: _Order) -> None:
    """Write every tag file, the tag manifest last."""
    fields = {
        "Bag-Software-Agent": f"{order.software.get('name', 'yanshou')} {order.software.get('version', '')}",
        "Bagging-Date": when.date().isoformat(),
        "External-Identifier": bundle.root.resolve().name.removesuffix(".bundle"),
        "Payload-Oxum": bag.oxum(digests.values()),
    }
    tags = {bag.BAGIT: bag.DECLARATION, bag.BAG_INFO: bag.bag_info(fields), bag.MANIFEST: bag.manifest_text(digests)}
    if order.signers:
        subjects = {name: hashlib.sha256(tags[name]).hexdigest() for name in SUBJECTS}
        predicate = _predicate(digests, order) | {"agreed": commitment(read_journal(bundle.journal_path))}
        tags[bundle.attestation_path.name] = envelope(statement(subjects, predicate), order.signers)
    else:
        with storing(bundle.attestation_path):
            bundle.attestation_path.unlink(missing_ok=True)
    listed = {name: bag.FileDigest(hashlib.sha256(data).hexdigest(), len(data)) for name, data in tags.items()}
    for name, data in {**tags, TAG_MANIFEST: bag.manifest_text(listed)}.items():
        replace_file(bundle.root / name, data, scratch=bundle.root)


def _predicate(digests: Mapping[str, bag.FileDigest], order: _Order) -> dict[str, Any]:
    """The fields of in-toto's test-result v0.1, and beside them the verdicts in our own words."""
    by_verdict = {str(verdict): list(ids) for verdict, ids in dict(order.summary.get("indicators", {})).items()}
    used = ("data/scenario.yaml", "data/profile.yaml", "data/campaign.json", "data/results.json")
    return {
        **tested(str(order.summary.get("verdict")), by_verdict),
        "configuration": [
            {"name": path, "digest": {"sha256": digests[path].sha256}} for path in used if path in digests
        ],
        "summary": order.summary,
        "software": order.software,
    }


def _refuse_other_signers(bundle: Bundle, signers: Sequence[PrivateKey]) -> None:
    last = read_journal(bundle.journal_path)[-1]
    if last.kind != "sealed" or list(last.body["signers"]) != [signer.keyid for signer in signers]:
        msg = f"{bundle.root.name} is already sealed, by other keys or with later events."
        raise UsageError(msg, cure="begin another attempt, which opens and seals it again.")


def unseal(bundle: Bundle) -> None:
    """Open a sealed bundle for another attempt.

    The former manifest, bag-info, attestation and time stamps are kept below ``data/attestations/NNNN/`` and the journal
    gets ``unsealed {folder, manifest_sha256}``. Safe to repeat after a kill. Raises UsageError when it is
    not sealed, JournalError, StorageError.
    """
    if not bundle.sealed:
        msg = f"{bundle.root.name} is not sealed."
        raise UsageError(msg, cure="go on with --resume.")
    with Journal.open(bundle.journal_path) as journal:
        if journal.events[-1].kind != "unsealed":
            number = 1 + sum(event.kind == "unsealed" for event in journal.events)
            journal.append("unsealed", _keep_seal(bundle, f"{number:04d}"), durable=True)
    with storing(bundle.root):
        for name in (TAG_MANIFEST, bundle.attestation_path.name, bag.MANIFEST, bag.BAG_INFO, bag.BAGIT):
            (bundle.root / name).unlink(missing_ok=True)
        for path in bundle.root.glob(f"*{STAMP}"):
            path.unlink()


def _keep_seal(bundle: Bundle, number: str) -> dict[str, Any]:
    """Copy the seal's tag files into the payload; the body of the ``unsealed`` event."""
    stamps = sorted(path.name for path in bundle.root.glob(f"*{STAMP}"))
    kept = [name for name in (*SUBJECTS, bundle.attestation_path.name, *stamps) if (bundle.root / name).is_file()]
    for name in kept:
        _payload(bundle, f"attestations/{number}/{name}", (bundle.root / name).read_bytes())
    manifest = bag.hash_file(bundle.root / bag.MANIFEST).sha256
    return {"folder": f"data/attestations/{number}", "manifest_sha256": manifest}
