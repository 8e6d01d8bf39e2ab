# SPDX-License-Identifier: Apache-2.0
"""Challenges: numbers that an office gives out, one for each attempt, so that an attempt that never came back is missed.

The office keeps a book, a hash-chained file of JSON lines (``issued`` and ``returned``); the tester gets a small JSON file. Only
this counts attempts: a time stamp or a public beacon proves time alone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.agreed.chain import Link, append, links
from harness.agreed.refusals import refused
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.evidence.journal import JournalEvent
from harness.kit.words import Catalogue

WORDS = Catalogue("harness", "challenge")
SCHEMA = "yanshou.challenge/1"
_KEYS = {"schema", "nonce", "office", "issued_ns", "note"}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A number that an office gave out: 64 hex digits, who gave it, when (Unix ns, as text) and for what."""

    nonce: str
    office: str
    issued_ns: str
    note: str = ""

    def as_json(self) -> dict[str, str]:
        """As a journal and a file hold it."""
        return {"nonce": self.nonce, "office": self.office, "issued_ns": self.issued_ns, "note": self.note}


def issue(book: Path, office: str, note: str) -> bytes:
    """A new challenge, entered in the book; the bytes of the tester's file."""
    made = Challenge(secrets.token_hex(32), office, str(time.time_ns()), note)
    append(book, "issued", made.as_json())
    return canonical_bytes({"schema": SCHEMA, **made.as_json()}) + b"\n"


def read_challenge(content: bytes, where: str) -> Challenge:
    """The challenge in a tester's file; refused where it is none."""
    try:
        given = parse(content, where=where)
    except NotJsonError:
        given = None
    if not isinstance(given, dict) or set(given) != _KEYS or given["schema"] != SCHEMA:
        raise refused(WORDS, "no-challenge", where)
    held = {key: given[key] for key in _KEYS - {"schema"}}
    nonce = held["nonce"] if all(isinstance(each, str) for each in held.values()) else ""
    if len(nonce) != 64 or set(nonce) - set("0123456789abcdef") or not held["issued_ns"].isdecimal():
        raise refused(WORDS, "no-challenge", where)
    return Challenge(**held)


def challenges_of(events: tuple[JournalEvent, ...]) -> dict[int, Mapping[str, Any]]:
    """Attempt -> the challenge it began with, as the journal holds it."""
    began = next((event.body.get("challenge") for event in events if event.kind == "campaign_started"), None)
    found = {} if began is None else {1: began}
    for event in events:
        if event.kind == "attempt_started" and event.body.get("challenge"):
            found[event.body["attempt"]] = event.body["challenge"]
    return found


def enter_return(book: Path, events: tuple[JournalEvent, ...], manifest: str, verdict: str) -> None:
    """Enter in the book that challenges came back with a bundle; refused for one never issued, or returned by another bundle.

    A bundle that has grown by an attempt since names its former seals, and is no other.
    """
    kept, itself = links(book), {"", manifest, *seals(events)}
    for attempt, each in challenges_of(events).items():
        if state_of(kept, each["nonce"]) == "never-issued":
            raise refused(WORDS, "never-issued", str(book), nonce=each["nonce"][:16])
        before = returned_with(kept, each["nonce"])
        if before not in itself:
            raise refused(WORDS, "used-twice", str(book), nonce=each["nonce"][:16])
        if before != manifest:
            append(
                book, "returned", {"nonce": each["nonce"], "attempt": attempt, "bundle": manifest, "verdict": verdict}
            )


def seals(events: tuple[JournalEvent, ...]) -> tuple[str, ...]:
    """Manifest digests of the former seals of a bundle."""
    return tuple(event.body["manifest_sha256"] for event in events if event.kind == "unsealed")


def state_of(kept: tuple[Link, ...], nonce: str) -> str:
    """``never-issued``, ``outstanding`` or ``returned``."""
    kinds = {each.kind for each in kept if each.body.get("nonce") == nonce}
    return "returned" if "returned" in kinds else "outstanding" if "issued" in kinds else "never-issued"


def returned_with(kept: tuple[Link, ...], nonce: str) -> str:
    """Manifest digest of the bundle that a challenge came back with last; empty where it did not."""
    found = [each.body["bundle"] for each in kept if each.kind == "returned" and each.body["nonce"] == nonce]
    return str(found[-1]) if found else ""


def outstanding(kept: tuple[Link, ...]) -> tuple[Challenge, ...]:
    """Challenges that were given out and never came back: each is an attempt that somebody owes."""
    issued = {each.body["nonce"]: each.body for each in kept if each.kind == "issued"}
    back = {each.body["nonce"] for each in kept if each.kind == "returned"}
    return tuple(Challenge(**body) for nonce, body in issued.items() if nonce not in back)
