# SPDX-License-Identifier: Apache-2.0
"""What the demonstration agrees beforehand for a profile that declares instruments: a sealed plan, a counter-signature, a challenge."""

from __future__ import annotations

from pathlib import Path

from harness.agreed import challenge
from harness.agreed.beginning import NOTHING, Beginning, beginning
from harness.agreed.commands import write_bytes
from harness.agreed.plan import counter_signed, sealed
from harness.agreed.writing import content
from harness.evidence.keys import load_private
from harness.spec import load_profile

OFFICE = "演示用验收部门 / demonstration office"


def ceremony(path: Path, out: Path) -> Beginning:
    """Plan, counter-signature and challenge for the profile ``path``, kept in ``out``; nothing where it declares no instrument."""
    profile = load_profile(path)
    if not profile.instruments:
        return NOTHING
    signers = [load_private(each, folder=path.parent) for each in profile.signing.values()]
    plan, given = out / f"{profile.name}.plan.json", out / f"{profile.name}.challenge.json"
    made = sealed(*content(profile, path), signers)
    write_bytes(plan, counter_signed(made, load_private(path.parent / "office.ed25519.pem"), str(plan)))
    write_bytes(given, challenge.issue(out / "challenges.jsonl", OFFICE, profile.name))
    return beginning(profile, [plan], [given])
