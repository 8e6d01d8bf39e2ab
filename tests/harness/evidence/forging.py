# SPDX-License-Identifier: Apache-2.0
"""What somebody can make who knows every format and has a key of his own: bundles that agree with themselves, whatever they hold."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rfc8785

from harness.evidence import bag, dsse
from harness.evidence.bundle import ATTESTATION, TAG_MANIFEST
from harness.evidence.keys import PrivateKey

Event = dict[str, Any]
"""kind, body, time_ns and mono_ns of a line; number and hashes are made anew."""
FIRST = "0" * 64


def events_of(root: Path) -> list[Event]:
    lines = (root / "data/journal.jsonl").read_bytes().splitlines()
    return [{key: json.loads(line)[key] for key in ("kind", "body", "time_ns", "mono_ns")} for line in lines]


def event(kind: str, body: Any) -> Event:
    return {"kind": kind, "body": body, "time_ns": "1795219200000000000", "mono_ns": "5000000000"}


def chained(events: Sequence[Event]) -> bytes:
    lines, prev = [], FIRST
    for seq, each in enumerate(events):
        fields = {**each, "seq": seq, "prev": prev}
        prev = hashlib.sha256(rfc8785.dumps(fields)).hexdigest()
        lines.append(rfc8785.dumps({**fields, "hash": prev}) + b"\n")
    return b"".join(lines)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def agreeing(root: Path, events: Sequence[Event]) -> list[Event]:
    """The events with every digest of scenario, profile, campaign, results and figures as the files are now."""
    files = {
        "scenario_sha256": "scenario.yaml",
        "profile_sha256": "profile.yaml",
        "campaign_sha256": "campaign.json",
        "results_sha256": "results.json",
        "figures_sha256": "figures.json",
    }
    campaign = json.loads((root / "data/campaign.json").read_bytes())
    for name in ("scenario_sha256", "profile_sha256"):
        if name in campaign:
            campaign[name] = digest(root / "data" / files[name])
    (root / "data/campaign.json").write_bytes(rfc8785.dumps(campaign))
    for each in events:
        body = each["body"]
        for name in files.keys() & body.keys() if isinstance(body, dict) else ():
            body[name] = digest(root / "data" / files[name])
    return list(events)


def reseal(
    root: Path,
    signers: Sequence[PrivateKey] = (),
    change: Callable[[list[Event]], list[Event] | None] = lambda events: events,
    *,
    predicate: Callable[[dict[str, Any]], dict[str, Any]] = lambda same: same,
) -> None:
    """Give the bundle another journal and seal it again, so that manifests, attestation and signatures agree with what is there."""
    events = events_of(root)
    given = change(events)
    events = events if given is None else given
    for each in events:
        if each["kind"] == "sealed" and isinstance(each["body"], dict) and "signers" in each["body"]:
            each["body"]["signers"] = [signer.keyid for signer in signers]
    (root / "data/journal.jsonl").write_bytes(chained(events))
    for path in (root / "data/keys").glob("*"):
        path.unlink()
    for signer in signers:
        (root / "data/keys").mkdir(exist_ok=True)
        (root / f"data/keys/{signer.keyid}.pub.pem").write_bytes(signer.public_pem)
    payload = {
        path.relative_to(root).as_posix(): bag.hash_file(path)
        for path in (root / "data").rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    (root / bag.MANIFEST).write_bytes(bag.manifest_text(payload))
    (root / bag.BAG_INFO).write_bytes(bag.bag_info({"Payload-Oxum": bag.oxum(payload.values())}))
    (root / ATTESTATION).unlink(missing_ok=True)
    if signers:
        subjects = {name: digest(root / name) for name in (bag.MANIFEST, bag.BAG_INFO)}
        (root / ATTESTATION).write_bytes(dsse.envelope(dsse.statement(subjects, predicate(said(root))), signers))
    tags = [path for path in root.iterdir() if path.is_file() and path.name != TAG_MANIFEST and path.suffix != ".tsr"]
    (root / TAG_MANIFEST).write_bytes(bag.manifest_text({path.name: bag.hash_file(path) for path in tags}))


def said(root: Path) -> dict[str, Any]:
    """The predicate that goes with results.json, as far as that is any."""
    try:
        results = json.loads((root / "data/results.json").read_bytes())
        by_verdict: dict[str, list[str]] = {}
        for each in results["indicators"]:
            by_verdict.setdefault(each["verdict"], []).append(each["id"])
        summary = {"verdict": results["verdict"], "indicators": by_verdict}
        return {**dsse.tested(results["verdict"], by_verdict), "summary": summary}
    except (KeyError, TypeError, ValueError, OSError, RecursionError):
        return {"summary": {}}
