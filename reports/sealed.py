# SPDX-License-Identifier: Apache-2.0
"""The plan that a bundle was run by, as the file in it says; whether its signatures hold is for ``yanshou verify`` to say."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError, UsageError
from harness.evidence.canonical import parse
from harness.evidence.defects import NotJsonError
from harness.evidence.promises import PLAN


def plan_of(bundle_root: Path) -> Mapping[str, Any]:
    """What was sealed, with its ``sha256`` and ``signatures``; UsageError where the bundle was run by no plan."""
    place = bundle_root / PLAN
    if not place.is_file():
        raise UsageError("The bundle was run without a sealed plan.", cure="seal one with yanshou plan --seal first.")
    try:
        envelope = parse(place.read_bytes(), where=PLAN)
        payload = base64.b64decode(envelope["payload"], validate=True)
        content = parse(payload, where=PLAN)["predicate"]
        keys = [str(each["keyid"]) for each in envelope["signatures"]]
        makers = set(content["signers"])
    except (NotJsonError, KeyError, TypeError, ValueError, binascii.Error) as defect:
        msg = f"{PLAN} is no sealed plan."
        raise EvidenceError(msg, cure="run yanshou verify on the bundle.", where=str(place)) from defect
    signatures = [{"keyid": each, "maker": each in makers} for each in keys]
    return {**content, "sha256": hashlib.sha256(payload).hexdigest(), "signatures": signatures}
