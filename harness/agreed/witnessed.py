# SPDX-License-Identifier: Apache-2.0
"""Whether a second side vouches for a public draw: it signed the record, or a counter-signed plan holds its digest. Pure.

A record is a file. Alone, whoever keeps it can play both sides, or type dice until the sample suits; only a signature of
somebody else says that somebody else was there. Whose key it is, a trust list says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.agreed.agreement import Agreement
from harness.errors import YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import parse
from harness.evidence.journal import JournalEvent
from harness.evidence.keys import public_key
from harness.kit.words import Catalogue
from harness.model import Reason
from harness.spec import Profile

WORDS = Catalogue("harness", "draw")
ENDING = ".draw.jsonl"
SIGNED = "signed"
"""The kind of a line of the record that signs every line above it."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One record of a draw in the bundle: for which indicator it was recorded, its digest, and who signed it."""

    indicator: str
    sha256: str
    signers: tuple[str, ...]


def to_sign(head: str) -> bytes:
    """What a signature under a record is over: the hash of the line above."""
    return f"yanshou-draw-signed-1\n{head}".encode("ascii")


def signer_of(prev: str, body: Mapping[str, Any]) -> str:
    """The key that signed the line with hash ``prev``; empty where the signature is not genuine."""
    try:
        key = public_key(str(body["public"]).encode(), where=ENDING)
        genuine = key.verify(to_sign(prev), bytes.fromhex(str(body["sig"])))
    except (YanshouError, KeyError, ValueError):
        return ""
    return key.keyid if genuine and key.keyid == body.get("keyid") else ""


def signers(content: bytes) -> tuple[str, ...]:
    """Keys that signed a record as it stands: those of its last lines. Whether the record holds is the domain's to check."""
    found: list[str] = []
    for line in reversed(content.splitlines()):
        try:
            step = parse(line, where=ENDING)
            body = step["body"] if step["kind"] == SIGNED else None
            keyid = "" if body is None else signer_of(str(step["prev"]), body)
        except (YanshouError, KeyError, TypeError, UnicodeEncodeError):
            keyid = ""
        if not keyid:
            break
        found.append(keyid)
    return tuple(dict.fromkeys(reversed(found)))


def draws(bundle: Bundle, events: Sequence[JournalEvent]) -> tuple[Witnessed, ...]:
    """The records that the latest attempt kept; what is no record is the domain's to refuse."""
    last = max((event.body["attempt"] for event in events if event.kind == "attempt_started"), default=0)
    return tuple(_read(bundle, event.body) for event in events if _is_draw(event, last))


def _is_draw(event: JournalEvent, attempt: int) -> bool:
    body = event.body
    return event.kind == "attached" and body.get("attempt") == attempt and str(body.get("name", "")).endswith(ENDING)


def _read(bundle: Bundle, body: Mapping[str, Any]) -> Witnessed:
    path = bundle.root / str(body["path"])
    content = path.read_bytes() if path.is_file() else b""
    return Witnessed(str(body["indicator"]), hashlib.sha256(content).hexdigest(), signers(content))


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
