# SPDX-License-Identifier: Apache-2.0
"""Who signed in a Fabric ledger: X.509 identities, the authorities that a channel's configuration names, ECDSA signatures.

An identity counts when its certificate was issued, along right signatures, by an authority of its own MSP (fabric-protos
``msp/identities.proto``, ``common/configtx.proto``). The dates of certificates are for the peers that validated the envelope:
old ledgers outlive them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from probes.chain.wire.protobuf import count, fields, message, messages, part

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class Authorities(dict[bytes, set[bytes]]):
    """Name of an MSP → certificates (PEM) of its authorities, roots and those between.

    ``consenters``: identities of the orderers by number, where they agree by votes (BFT, Fabric 3).
    """

    def __init__(self) -> None:
        """Nobody is known yet."""
        super().__init__()
        self.consenters: dict[int, bytes] = {}

    @property
    def quorum(self) -> int:
        """Consenters that have to sign a block: any two such sets have an honest one in common; one where there is no vote."""
        count = len(self.consenters)
        return (count + (count - 1) // 3 + 2) // 2 if count else 1


_CONFIG, _GROUPS, _VALUES, _DEEPEST = 1, 2, 3, 6
_LONGEST = 4
"""Authorities between an identity and its root."""


def authorities(config_envelope: bytes) -> Authorities:
    """The authorities that a configuration names, by MSP; DecodeError where it is none."""
    found = Authorities()
    for name, certificates in _walked(part(fields(part(fields(config_envelope), _CONFIG)), 2), 0, found):
        found.setdefault(name, set()).update(certificates)
    return found


def _walked(group: bytes, depth: int, found: Authorities) -> Iterator[tuple[bytes, list[bytes]]]:
    if depth > _DEEPEST:
        raise DecodeError("The configuration is nested too deeply.", cure="export the ledger again.")
    inside = fields(group)
    for entry in messages(inside, _GROUPS):
        yield from _walked(part(entry, 2), depth + 1, found)
    for entry in messages(inside, _VALUES):
        if part(entry, 1) == b"Orderers":  # common/configuration.proto: Consenter id 1, msp_id 4, identity 5
            given = messages(fields(part(fields(part(entry, 2)), 2)), 1)
            found.consenters = {count(each, 1): message((1, part(each, 4)), (2, part(each, 5))) for each in given}
        if part(entry, 1) == b"MSP":
            own = fields(part(fields(part(fields(part(entry, 2)), 2)), 2))
            yield part(own, 1), [each for number in (2, 3) for each in own.get(number, []) if isinstance(each, bytes)]


def signed(identity: bytes, signature: bytes, told: bytes) -> bool:
    """Whether the certificate of a serialised identity signed these bytes (ECDSA with SHA-256)."""
    return signed_by(_parts(identity)[1], signature, told)


def signed_by(pem: bytes, signature: bytes, told: bytes) -> bool:
    """Whether the key of a certificate, or a public key, signed these bytes (ECDSA with SHA-256); PEM."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key = _public(pem)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, told, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def key_of(identity: bytes) -> bytes:
    """The point of an identity's key, x and y; empty where it has none on a curve."""
    return point(_parts(identity)[1])


def point(pem: bytes) -> bytes:
    """The point of the key of a certificate, or of a public key, x and y; empty where it has none on a curve."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = _public(pem)
    except (UnsupportedAlgorithm, ValueError):
        return b""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(serialization.Encoding.X962, form)[1:]


@lru_cache(4096)
def _public(pem: bytes) -> object:
    """The key of a certificate or of a public key in PEM; ValueError or UnsupportedAlgorithm where it is neither."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    certificate = _certificate(pem)
    return load_pem_public_key(pem) if certificate is None else certificate.public_key()


def vouched(identity: bytes, known: Mapping[bytes, set[bytes]]) -> bool:
    """Whether an authority of the identity's own MSP issued its certificate."""
    name, pem = _parts(identity)
    return _issued(pem, tuple(sorted(known.get(name, ()))))


def issued(pem: bytes, roots: Sequence[bytes]) -> bool:
    """Whether one of the authorities (PEM) issued this certificate, along right signatures."""
    return _issued(pem, tuple(sorted(roots)))


def name_of(identity: bytes) -> bytes:
    """The MSP that an identity says it is of; empty where it cannot be read."""
    return _parts(identity)[0]


def _parts(identity: bytes) -> tuple[bytes, bytes]:
    try:
        inside = fields(identity)
    except DecodeError:
        return b"", b""
    return part(inside, 1), part(inside, 2)


@lru_cache(4096)
def _issued(pem: bytes, known: Sequence[bytes]) -> bool:
    at = _certificate(pem)
    others = [each for each in map(_certificate, known) if each is not None]
    for _ in range(_LONGEST):
        issuer = None if at is None else next((each for each in others if _by(at, each)), None)
        if issuer is None:
            return False
        if issuer.issuer == issuer.subject:
            return True
        at = issuer
    return False


def _by(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if certificate == issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


@lru_cache(4096)
def _certificate(pem: bytes) -> Certificate | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
