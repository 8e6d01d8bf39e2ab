# SPDX-License-Identifier: Apache-2.0
"""Whether a second side vouches for a public draw: it signed the record, or a counter-signed plan holds its digest. Pure.

A record is a file. Alone, whoever keeps it can play both sides, or type dice until the sample suits; only a signature of
somebody else says that somebody else was there. Whose key it is, a trust list says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.agreed.agreement import Agreement
from harness.errors import YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent
from harness.kit.draw import WORDS, read_draw
from harness.model import Reason
from harness.spec import Profile

ENDING = ".draw.jsonl"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One record of a draw in the bundle: for which indicator it was recorded, its digest, and who signed it."""

    indicator: str
    sha256: str
    signers: tuple[str, ...]


def draws(bundle: Bundle, events: Sequence[JournalEvent]) -> tuple[Witnessed, ...]:
    """The records that the latest attempt kept; what is no record is the domain's to refuse."""
    last = max((event.body["attempt"] for event in events if event.kind == "attempt_started"), default=0)
    return tuple(_read(bundle, event.body) for event in events if _is_draw(event, last))


def _is_draw(event: JournalEvent, attempt: int) -> bool:
    body = event.body
    return event.kind == "attached" and body.get("attempt") == attempt and str(body["name"]).endswith(ENDING)


def _read(bundle: Bundle, body: Mapping[str, str]) -> Witnessed:
    path = bundle.root / body["path"]
    content = path.read_bytes() if path.is_file() else b""
    try:
        signers = read_draw(content).signers
    except YanshouError:
        signers = ()
    return Witnessed(str(body["indicator"]), hashlib.sha256(content).hexdigest(), signers)


def unwitnessed(found: Sequence[Witnessed], agreement: Agreement, profile: Profile, indicator: str) -> Iterator[Reason]:
    """A reason for each record under an indicator that nobody but its keeper vouches for."""
    binding = profile.bindings.get(indicator)
    owners = {indicator, *(() if binding is None else binding.borrowed)}
    plan = agreement.plan
    makers = frozenset() if plan is None else plan.makers
    agreed = set() if plan is None or not plan.counter_signers else set(plan.content.get("inputs", {}).values())
    for each in found:
        if each.indicator in owners and each.sha256 not in agreed and not set(each.signers) - makers:
            yield WORDS.reason("unwitnessed")
