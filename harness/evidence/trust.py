# SPDX-License-Identifier: Apache-2.0
"""Whom a reader trusts: a TOML file with the key, the name and the role of each signer.

::

    [[signer]]
    keyid = "9c1d…"          # 64 hex digits: SHA-256 of the key's SPKI DER, as yanshou verify prints it
    name = "某检测中心"
    role = "tester"           # applicant, tester, office, witness; timestamp for an authority that stamps times

**Each** key named by itself (``--key``) must have signed; of the signers in a trust file **one** is enough.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.evidence.keys import PublicKey

ROLES = ("applicant", "tester", "office", "witness", "timestamp")
STAMPS = "timestamp"
_KEYID = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 20
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


@dataclass(frozen=True, slots=True)
class Trust:
    """``keys``: each must have signed. ``signers``: one of them must have, where any is listed. ``anybody``: no doubt about who."""

    keys: Sequence[PublicKey] = ()
    signers: Mapping[str, Signer] = field(default_factory=dict)
    anybody: bool = False

    @property
    def named(self) -> bool:
        """True when the reader said whom to trust."""
        return bool(self.keys or self.signing)

    @property
    def signing(self) -> frozenset[str]:
        """Key ids of the listed signers of evidence; those who only stamp times are none."""
        return frozenset(keyid for keyid, each in self.signers.items() if each.role != STAMPS)

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
        if not lacking and self.signing and not self.signing & signed:
            lacking = sorted(self.signing)
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
    if set(texts) != {"keyid", "name", "role"} or not texts["name"].strip():
        raise UsageError("A signer has a keyid, a name and a role.", cure=_CURE, where=where)
    if _KEYID.fullmatch(texts["keyid"]) is None:
        raise UsageError("The keyid is not 64 hex digits in lower case.", cure=_CURE, where=where)
    if texts["role"] not in ROLES:
        msg = f"There is no role {texts['role']!r}."
        raise UsageError(msg, cure=_CURE, where=where)
    return Signer(texts["keyid"], texts["name"], texts["role"])
