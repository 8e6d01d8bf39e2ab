# SPDX-License-Identifier: Apache-2.0
"""What ``doctor --validate`` does."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from harness.agreed.commands import pages, tell, write_bytes
from harness.console.language import pick
from harness.errors import Exit


def validate(options: Namespace) -> int:
    """Run every known-truth case here, write the signed record, say what did not come out; exit 5 where a case is wrong."""
    from harness.evidence.keys import load_private
    from harness.validating.record import record, signed, timed

    signers = [load_private(each) for each in options.key]
    rows, seconds = timed()
    content = record(rows, seconds)
    name = f"yanshou-validation-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    named = options.out is not None and options.out.suffix == ".json" and not options.out.is_dir()
    target = options.out if named else Path(options.out or ".") / name
    write_bytes(target, signed(content, signers))
    made = pages("validation", {**content, "signatures": [each.keyid for each in signers]}, target)
    bad = [each for each in rows if each.state != "good"]
    told = [f"✗ {each.domain} {each.case.name}: {each.why or f'{each.found} ≠ {each.case.expected}'}" for each in bad]
    counts = content["counts"]
    whole = pick(
        f"{len(rows)} 例中相符 {counts['good']} 例，用时 {seconds:.0f} s",
        f"{counts['good']} of {len(rows)} cases agree, {seconds:.0f} s",
    )
    unsigned = [] if signers else [pick("记录未签名，加 --key 签署。", "The record is unsigned; sign it with --key.")]
    summary = {"record": str(target), "files": made, "counts": counts, "seconds": content["seconds"]}
    tell(options, {**summary, "cases": content["cases"]}, [*told, whole, *unsigned, str(target), *made])
    return Exit.PASS if not counts["bad"] else Exit.INSTRUMENT
