# SPDX-License-Identifier: Apache-2.0
"""What a campaign writes into the ledger of the tester's machine, and what it copies from there into its own journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.account import ledger
from harness.evidence.journal import JournalEvent
from harness.spec import Profile

MOST = 100
"""Attempts elsewhere that a journal names one by one, the latest."""


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger as one campaign uses it; a machine without one never stops a campaign."""

    profile: Profile
    profile_sha256: str
    bundle: Path

    def note(self, kind: ledger.Kind, **body: Any) -> None:
        """Append a line where the ledger can be written; that it cannot stands in the journal since the start."""
        try:
            ledger.note(kind, self.profile, self.profile_sha256, self.bundle, **body)
        except OSError:
            return

    def seen(self, events: Sequence[JournalEvent]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Events for the journal as an attempt begins: preflights that failed before it, and attempts in other bundles."""
        problem, found = "", ledger.Ledger()
        try:
            found = ledger.read()
        except OSError as error:
            problem = error.strerror or str(error)
        known = {event.body["time_ns"] for event in events if event.kind == "preflight_failed"}
        for each in found.failed_preflights(self.profile_sha256):
            if str(each.time_ns) not in known:
                yield "preflight_failed", _failure(each)
        elsewhere = found.elsewhere(ledger.subject_of(self.profile), self.bundle)
        yield (
            "ledger_seen",
            {"problem": problem, "whole": found.whole, "head": found.head, "elsewhere": _attempts(elsewhere)},
        )

    def sequence(self) -> tuple[int | None, str | None]:
        """Which start of this project this one is on this machine, from 1, and the digest of the bundle sealed last.

        (None, None) where the ledger cannot be read or its chain is broken: then nobody can tell.
        """
        try:
            found = ledger.read()
        except OSError:
            return None, None
        if not found.whole:
            return None, None
        mine = [each for each in found.lines if each.subject == ledger.subject_of(self.profile)]
        sealed = [str(each.body["manifest"]) for each in mine if each.kind == "seal" and each.body.get("manifest")]
        return 1 + sum(each.kind == "start" for each in mine), sealed[-1] if sealed else None

    def spent(self, nonce: str) -> bool:
        """Whether a start in another bundle used this challenge."""
        try:
            lines = ledger.read().lines
        except OSError:
            return False
        here = str(self.bundle.resolve())
        return any(each.body.get("challenge") == nonce and each.bundle != here for each in lines)


def _failure(line: ledger.Line) -> dict[str, Any]:
    return {
        "time_ns": str(line.time_ns),
        "code": str(line.body.get("code", "")),
        "problem": str(line.body.get("problem", "")),
    }


def _attempts(lines: Sequence[ledger.Line]) -> list[dict[str, Any]]:
    """One entry an attempt in another bundle: when it began, and the verdict it was sealed with, where it was."""
    found: dict[tuple[str, Any], dict[str, Any]] = {}
    runs: dict[str, int] = {}
    for each in lines:
        if each.kind == "start":
            runs[each.bundle] = runs.get(each.bundle, 0) + 1
            found[each.bundle, runs[each.bundle]] = {"time_ns": str(each.time_ns), "verdict": ""}
        elif each.kind == "seal" and (each.bundle, runs.get(each.bundle, 0)) in found:
            found[each.bundle, runs[each.bundle]]["verdict"] = str(each.body.get("verdict", ""))
    return list(found.values())[-MOST:]
