# SPDX-License-Identifier: Apache-2.0
"""Close a bundle into a signed BagIt bag, and open it again for another attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from harness.evidence.bundle import Bundle


class Signer(Protocol):
    """A private key that can sign a seal."""

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key's SPKI DER, hex."""

    @property
    def public_pem(self) -> bytes:
        """The public key as SPKI PEM."""

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``."""


def seal(
    bundle: Bundle, signers: Sequence[Signer], *, software: Mapping[str, Any], verdict_summary: Mapping[str, Any]
) -> None:
    """Close ``bundle`` into a BagIt bag signed by ``signers`` (none: unsigned); close its Journal first."""
    raise NotImplementedError


def unseal(bundle: Bundle) -> None:
    """Open a sealed bundle for another attempt; the former seal is kept below data/attestations."""
    raise NotImplementedError
