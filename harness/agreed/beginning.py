# SPDX-License-Identifier: Apache-2.0
"""What a campaign begins with besides its profile: plan, challenge, corrective action; checked before a byte is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.agreed import challenge, plan
from harness.agreed.challenge import Challenge
from harness.agreed.conditions import WORDS as PLANS
from harness.agreed.refusals import refused
from harness.errors import UsageError
from harness.evidence.bundle import Bundle, is_safe_name
from harness.evidence.journal import JournalEvent
from harness.evidence.promises import CERTIFICATES, PAPERS
from harness.evidence.storage import make_folder, replace_file, storing
from harness.kit.words import Catalogue
from harness.spec import Profile

ATTEMPTS = Catalogue("harness", "attempts")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was handed over with ``run``: the bytes of a plan, a challenge, what was corrected since the former attempt."""

    plan: bytes = b""
    plan_sha256: str = ""
    challenge: Challenge | None = None
    corrective: str = ""

    def keep(self, bundle: Bundle) -> dict[str, Any]:
        """Keep the plan in the bundle; what the first journal entry says of plan and challenge."""
        said: dict[str, Any] = {}
        if self.plan:
            replace_file(bundle.root / plan.KEPT_AS, self.plan, scratch=bundle.root)
            said["plan_sha256"] = self.plan_sha256
        if self.challenge is not None:
            said["challenge"] = self.challenge.as_json()
        return said

    def refuse_other(self, events: Sequence[JournalEvent]) -> None:
        """UsageError where an opened bundle began with another plan, or the challenge was used in it before."""
        began = next((event.body for event in events if event.kind == "campaign_started"), {})
        if self.plan_sha256 and began.get("plan_sha256") != self.plan_sha256:
            raise refused(PLANS, "another")
        used = {each["nonce"] for each in challenge.challenges_of(tuple(events)).values()}
        if self.challenge is not None and self.challenge.nonce in used:
            raise refused(challenge.WORDS, "used-twice", nonce=self.challenge.nonce[:16])


NOTHING = Beginning()


def beginning(profile: Profile, plans: Sequence[Path], challenges: Sequence[Path], corrective: str = "") -> Beginning:
    """What the command line names, read and checked against the profile's scenario; UsageError, EvidenceError."""
    if len(plans) > 1:
        raise refused(PLANS, "two-plans", str(plans[1]))
    if len(challenges) > 1:
        raise refused(challenge.WORDS, "two-challenges", str(challenges[1]))
    content, digest = b"", ""
    for path in plans:
        content = _read(path)
        found = plan.read_plan(content, str(path))
        plan.refuse_other_scenario(found, profile.scenario.sha256, str(path))
        digest = found.sha256
    held = [challenge.read_challenge(_read(path), str(path)) for path in challenges]
    if corrective and len(corrective.strip()) < 8:
        raise refused(ATTEMPTS, "corrective-short")
    return Beginning(content, digest, held[0] if held else None, corrective.strip())


def keep_files(bundle: Bundle, profile: Profile, folder: Path) -> dict[str, dict[str, str]]:
    """Keep certificates and attested papers in the bundle: what the first journal entry says of them, path -> SHA-256.

    UsageError where a file that is named is not there.
    """
    certificates = {each.name: each.certificate.file for each in profile.instruments if each.certificate is not None}
    papers = {each.name: each.file for each in profile.papers}
    kept = {
        "instruments": _kept(bundle, CERTIFICATES, certificates, folder),
        "papers": _kept(bundle, PAPERS, papers, folder),
    }
    return {key: each for key, each in kept.items() if each}


def _kept(bundle: Bundle, below: str, files: Mapping[str, str], folder: Path) -> dict[str, str]:
    kept = {}
    for owner, file in files.items():
        if file:
            content, name = _read(folder / file), Path(file).name
            path = f"{below}{owner}/{name if is_safe_name(name) else 'file'}"
            with storing(bundle.root / path):
                make_folder((bundle.root / path).parent)
            replace_file(bundle.root / path, content, scratch=bundle.root)
            kept[path] = hashlib.sha256(content).hexdigest()
    return kept


def _read(path: Path) -> bytes:
    try:
        if path.is_dir() and (path / "plan.dsse.json").is_file():
            path = path / "plan.dsse.json"
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path.") from None
