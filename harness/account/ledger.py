# SPDX-License-Identifier: Apache-2.0
"""What was tried on this machine: an append-only, hash-chained list of failed preflights, starts, ends and seals.

It sees what a bundle cannot: a former bundle that was deleted, another ``--out``, another file name. One JSON line each in
``$YANSHOU_LEDGER``, else ``$XDG_STATE_HOME/yanshou/ledger.jsonl``, else ``~/.local/state/yanshou/ledger.jsonl``. Where it
cannot be written, the campaign goes on and its journal says so.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.spec import Profile

Kind = Literal["preflight-failed", "start", "end", "seal"]
FIRST = "0" * 64
LARGEST = 64 << 20
"""Bytes that are read: decades of campaigns."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried: when, what kind, for which project, in which bundle, and what came of it."""

    time_ns: int
    kind: str
    subject: str
    profile_sha256: str
    bundle: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger as it was read: its lines, and whether the chain of hashes is whole."""

    lines: tuple[Line, ...] = ()
    whole: bool = True
    head: str = FIRST
    hashes: tuple[str, ...] = ()

    def elsewhere(self, subject: str, bundle: Path) -> tuple[Line, ...]:
        """Starts and seals for the same project in another bundle than this one, in order."""
        other = str(bundle.resolve())
        return tuple(
            each for each in self.lines if each.subject == subject and each.bundle != other and each.kind != "end"
        )

    def failed_preflights(self, profile_sha256: str) -> tuple[Line, ...]:
        """Preflights of exactly this profile that failed since it was last started."""
        found: list[Line] = []
        for each in self.lines:
            if each.profile_sha256 == profile_sha256:
                found = [*found, each] if each.kind == "preflight-failed" else []
        return tuple(found)


def subject_of(profile: Profile) -> str:
    """Whose acceptance it is, whatever files are called and wherever they lie: scenario, applicant and project."""
    project = profile.project
    said = "\0".join((profile.scenario.id, project.applicant.uscc, "".join(project.name.split())))
    return hashlib.sha256(said.encode()).hexdigest()


def place() -> Path:
    """Where the ledger lies on this machine."""
    named = os.environ.get("YANSHOU_LEDGER")
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(named) if named else Path(state) / "yanshou" / "ledger.jsonl"


def read() -> Ledger:
    """The ledger; OSError where it cannot be read, an empty one where nothing was tried yet."""
    path = place()
    if not path.exists():
        return Ledger()
    with path.open("rb") as file:
        return _ledger(file.read(LARGEST))


def note(kind: Kind, profile: Profile, profile_sha256: str, bundle: Path, **body: Any) -> None:
    """Append one line and make it durable; OSError where that fails."""
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file, _alone(file):
        file.seek(0)
        before = _ledger(file.read(LARGEST))
        line = {
            "time_ns": str(time.time_ns()),
            "kind": kind,
            "subject": subject_of(profile),
            "profile_sha256": profile_sha256,
            "bundle": str(bundle.resolve()),
            "body": body,
            "prev": before.head,
        }
        file.write(canonical_bytes({**line, "hash": _hash(line)}) + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(file: IO[bytes]) -> Iterator[None]:
    """Nobody else appends meanwhile, where the system can promise it."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_bytes(line)).hexdigest()


def _ledger(content: bytes) -> Ledger:
    """The lines that are lines; a cut, edited or reordered one breaks the chain, and what follows is read all the same."""
    lines: list[Line] = []
    hashes: list[str] = []
    whole, head = True, FIRST
    for raw in content.splitlines():
        try:
            given = parse(raw)
            line = {key: each for key, each in given.items() if key != "hash"}
            lines.append(_line(line))
            kept = str(given["hash"])
        except (NotJsonError, AttributeError, KeyError, TypeError, ValueError):
            whole = False
            continue
        whole = whole and line["prev"] == head and kept == _hash(line)
        head = kept
        hashes.append(kept)
    return Ledger(tuple(lines), whole, head, tuple(hashes))


def parsed(content: bytes) -> Ledger:
    """A ledger as it was exported."""
    return _ledger(content[:LARGEST])


def unsealed(ledger: Ledger, subject: str) -> tuple[Line, ...]:
    """Starts of a project that no seal of the same bundle and attempt follows."""
    sealed = {
        (each.bundle, each.body.get("attempt"))
        for each in ledger.lines
        if each.kind == "seal" and each.subject == subject
    }
    starts = [each for each in ledger.lines if each.kind == "start" and each.subject == subject]
    return tuple(each for number, each in enumerate(starts) if not _came_back(each, starts[number + 1 :], sealed))


def _came_back(start: Line, later: Sequence[Line], sealed: set[tuple[str, Any]]) -> bool:
    """A start counts as sealed once: another start of the same bundle and attempt takes the seal over."""
    key = (start.bundle, start.body.get("attempt"))
    return key in sealed and all((each.bundle, each.body.get("attempt")) != key for each in later)


def moment(time_ns: int) -> str:
    """A line's time for people, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ns // 10**9))


def _line(given: Mapping[str, Any]) -> Line:
    kind, subject, profile, bundle = (str(given[key]) for key in ("kind", "subject", "profile_sha256", "bundle"))
    return Line(int(given["time_ns"]), kind, subject, profile, bundle, dict(given["body"]))
