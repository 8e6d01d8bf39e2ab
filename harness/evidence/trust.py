# SPDX-License-Identifier: Apache-2.0
"""Whom a reader trusts: a TOML file with the key, the name and the role of each signer.

::

    [[signer]]
    keyid = "9c1d…"          # 64 hex digits: SHA-256 of the key's SPKI DER, as yanshou verify prints it
    name = "某检测中心"
    role = "tester"           # applicant, tester, office, institute, witness; timestamp for an authority that stamps times
    expires = "2027-12-31"    # optional: last day on which it signs
    revoked = "2026-11-02"    # optional: nothing it signed from that day on counts

A revoked or expired key counts only where the time stamp of a trusted authority proves that it signed before.
**Each** key named by itself (``--key``) must have signed; of the signers in a trust file **one** is enough.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.evidence.keys import PublicKey, load_public

ROLES = ("applicant", "tester", "office", "institute", "witness", "timestamp")
STAMPS = "timestamp"
_KEYID = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 20
_FIELDS = {"keyid", "name", "role", "expires", "revoked"}
_CURE = (
    'write [[signer]] with keyid = "64 hex digits", name = "…" and role = "tester" (or another of '
    + ", ".join(ROLES)
    + ")."
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody whose key a reader knows."""

    keyid: str
    name: str
    role: str
    expires: str = ""
    revoked: str = ""

    def lapsed(self, day: str, proven: str = "") -> str:
        """``revoked`` or ``expired`` where that stands against a signature; empty where it counts.

        ``day``: of the reader, ISO; ``proven``: the day on which a trusted authority saw the signature, empty where none did.
        """
        if self.revoked and not (proven and proven < self.revoked):
            return "revoked"
        seen = proven or day
        return "expired" if self.expires and seen > self.expires else ""


@dataclass(frozen=True, slots=True)
class Trust:
    """``keys``: each must have signed. ``signers``: one of them must have, where any is listed. ``anybody``: no doubt about who.

    ``day``: the reader's, ISO; ``proven``: the day on which a trusted authority stamped what was signed, empty where none did.
    """

    keys: Sequence[PublicKey] = ()
    signers: Mapping[str, Signer] = field(default_factory=dict)
    anybody: bool = False
    day: str = ""
    proven: str = ""

    @property
    def named(self) -> bool:
        """True when the reader said whom to trust."""
        return bool(self.keys or any(each.role != STAMPS for each in self.signers.values()))

    @property
    def signing(self) -> frozenset[str]:
        """Key ids of the listed signers of evidence; those who only stamp times are none."""
        return frozenset(
            keyid for keyid, each in self.signers.items() if each.role != STAMPS and not self.lapsed(keyid)
        )

    def lapsed(self, keyid: str) -> str:
        """``revoked`` or ``expired`` for a listed key that counts no longer; empty otherwise."""
        found = self.signers.get(keyid)
        return found.lapsed(self.day, self.proven) if found is not None and self.day else ""

    def of(self, keyid: str) -> Signer | None:
        """Who signs with ``keyid``, as the trust file says."""
        return self.signers.get(keyid)

    def trusts(self, keyid: str) -> bool | None:
        """Whether the reader trusts ``keyid``; None where nobody was named."""
        if not self.named:
            return None
        return keyid in self.signing or any(each.keyid == keyid for each in self.keys)

    def missing(self, signed: frozenset[str]) -> str:
        """Whose signature is wanted and not among ``signed``; empty where nobody's."""
        lacking = [each.keyid for each in self.keys if each.keyid not in signed]
        listed = sorted(keyid for keyid, each in self.signers.items() if each.role != STAMPS)
        if not lacking and listed and not self.signing & signed:
            lacking = listed
        return ", ".join(keyid[:16] for keyid in lacking)


def read_trust(path: Path) -> dict[str, Signer]:
    """Key id -> signer of a trust file; UsageError with the cure."""
    try:
        with path.open("rb") as file:
            listed = tomllib.loads(file.read(_LARGEST).decode("utf-8")).get("signer")
    except OSError as error:
        msg = f"The trust file cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path.", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        msg = f"The trust file is no TOML: {str(error)[:120]}."
        raise UsageError(msg, cure=_CURE, where=str(path)) from None
    if not isinstance(listed, list) or not listed:
        raise UsageError("The trust file lists no signer.", cure=_CURE, where=str(path))
    found = [_signer(each, f"{path}: signer {number}") for number, each in enumerate(listed, 1)]
    if len({each.keyid for each in found}) != len(found):
        raise UsageError("The trust file lists a key twice.", cure="leave each key once.", where=str(path))
    return {each.keyid: each for each in found}


def _signer(given: Any, where: str) -> Signer:
    texts = given if isinstance(given, dict) and all(isinstance(each, str) for each in given.values()) else {}
    if not {"keyid", "name", "role"} <= set(texts) <= _FIELDS or not texts["name"].strip():
        raise UsageError("A signer has a keyid, a name and a role.", cure=_CURE, where=where)
    for key in ("expires", "revoked"):
        if key in texts and not _is_day(texts[key]):
            msg = f"{texts[key]!r} under {key} is no day."
            raise UsageError(msg, cure='write it as text, like "2027-12-31".', where=where)
    if _KEYID.fullmatch(texts["keyid"]) is None:
        raise UsageError("The keyid is not 64 hex digits in lower case.", cure=_CURE, where=where)
    if texts["role"] not in ROLES:
        msg = f"There is no role {texts['role']!r}."
        raise UsageError(msg, cure=_CURE, where=where)
    return Signer(**texts)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def place() -> Path:
    """The trust list of this reader: ``$YANSHOU_TRUST``, else ``yanshou/trust.toml`` below the configuration folder."""
    named = os.environ.get("YANSHOU_TRUST")
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(named) if named else Path(config) / "yanshou" / "trust.toml"


def add_signer(path: Path, signer: Signer) -> None:
    """Enter a signer in a trust list; UsageError for a key that is in it, and for what a list cannot hold."""
    listed = read_trust(path) if path.exists() else {}
    if signer.keyid in listed:
        msg = f"The key {signer.keyid[:16]}… is in the list already, as {listed[signer.keyid].name}."
        raise UsageError(msg, cure="revoke it first, or edit the file.", where=str(path))
    _checked(signer, str(path))
    _write(path, [*listed.values(), signer])


def revoke(path: Path, key: str, day: str) -> None:
    """Say that nothing a key signed from ``day`` on counts; ``key``: its file, its keyid or the beginning of it."""
    listed = read_trust(path)
    wanted = load_public(Path(key)).keyid if Path(key).is_file() else key
    found = [each for keyid, each in listed.items() if len(wanted) >= 8 and keyid.startswith(wanted)]
    if len(found) != 1:
        msg = f"{key!r} is not exactly one key of the list."
        raise UsageError(msg, cure="name the key file, or at least 8 digits of its keyid.", where=str(path))
    gone = replace(found[0], revoked=day or datetime.now(UTC).date().isoformat())
    _checked(gone, str(path))
    _write(path, [gone if each.keyid == gone.keyid else each for each in listed.values()])


def _checked(signer: Signer, where: str) -> None:
    _signer({key: value for key, value in asdict(signer).items() if value}, where)


def _write(path: Path, signers: Sequence[Signer]) -> None:
    blocks = [
        "[[signer]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in asdict(each).items() if value)
        for each in signers
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(blocks), encoding="utf-8")
    except OSError as error:
        msg = f"The trust file cannot be written: {error.strerror}."
        raise UsageError(msg, cure="name another with --file.", where=str(path)) from None


def _quoted(text: str) -> str:
    """A TOML basic string; JSON writes the same escapes."""
    return json.dumps(text, ensure_ascii=False)
