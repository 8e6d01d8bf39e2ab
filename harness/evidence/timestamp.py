# SPDX-License-Identifier: Apache-2.0
"""A time stamp (RFC 3161) beside the attestation: over exactly these bytes, signed by a certificate made for stamping times.

Who that authority is, is for the reader to say (a trust file with the role ``timestamp``): no chain of certificates is followed.
A token that cannot be checked (no certificate inside, another algorithm) is refused, never passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.evidence.defects import TimeStampError
from harness.evidence.der import OCTETS, SEQUENCE, SET, TIME, DerError, Value, only

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LARGEST = 1 << 20
"""Bytes of a token that are read at most."""
_EXPLICIT_0 = 0xA0
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_RSA = {"1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"}
_ECDSA = {"1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"}
"""RFC 8017, RFC 5754, RFC 5758: signatures with SHA-256, SHA-384 and SHA-512."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A genuine token: when, and by whose certificate; ``keyid``: SHA-256 of its key's SPKI DER."""

    moment: datetime
    authority: str
    keyid: str


@dataclass(frozen=True, slots=True)
class _Signer:
    """SignerInfo (RFC 5652 5.3), as far as it is used."""

    digest: str
    attributes: Value
    algorithm: str
    signature: bytes


def check_time_stamp(token: bytes, stamped: bytes, where: str) -> TimeStamp:
    """The time stamp in ``token`` (a response or a bare token) over ``stamped``; TimeStampError with the reason."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, InvalidVersion

    try:
        return _checked(token, stamped)
    except (ValueError, KeyError, IndexError, UnsupportedAlgorithm, DuplicateExtension, InvalidVersion) as error:
        reason = f"{error.args[0] if error.args else type(error).__name__}"[:120]
        raise TimeStampError(reason, where=where) from None


def _checked(token: bytes, stamped: bytes) -> TimeStamp:
    content = _content_info(only(token))
    _version, _digests, encapsulated, *rest = content.inside(SEQUENCE)
    kind, wrapped = encapsulated.inside(SEQUENCE)
    if kind.oid != _TST_INFO:
        raise DerError("no time stamp")
    info = only(wrapped.expect(_EXPLICIT_0)).expect(OCTETS)
    moment = _imprint(only(info), stamped)
    certificates = [
        each.whole for value in rest if value.tag == _EXPLICIT_0 for each in value.inside() if each.tag == SEQUENCE
    ]
    signers = rest[-1].inside(SET)
    if len(signers) != 1:
        raise DerError("not exactly one signer")
    certificate = _signed(_signer(signers[0]), info, certificates)
    _refuse_unfit(certificate, moment)
    return _told(certificate, moment)


def _content_info(outer: Value) -> Value:
    """The SignedData of a bare token or of a granted response (RFC 3161 2.4.2)."""
    parts = outer.inside(SEQUENCE)
    if parts[0].tag == SEQUENCE:
        if parts[0].inside()[0].number not in {0, 1} or len(parts) != 2:
            raise DerError("the stamp was not granted")
        parts = parts[1].inside(SEQUENCE)
    if parts[0].oid != _SIGNED_DATA:
        raise DerError("no signed data")
    return only(parts[1].expect(_EXPLICIT_0))


def _imprint(info: Value, stamped: bytes) -> datetime:
    """The time that TSTInfo tells, once its imprint is that of ``stamped``."""
    version, _policy, imprint, _serial, moment, *_ = info.inside(SEQUENCE)
    algorithm, digest = imprint.inside(SEQUENCE)
    if version.number != 1 or hashlib.new(_digest(algorithm), stamped).digest() != digest.expect(OCTETS):
        raise DerError("it stamps other bytes")
    text = moment.expect(TIME).decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    told = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return told.replace(microsecond=int(fraction[:6].ljust(6, "0")))


def _digest(algorithm: Value) -> str:
    oid = algorithm.inside(SEQUENCE)[0].oid
    if oid not in _DIGESTS:
        msg = f"digest algorithm {oid} is not checked here"
        raise DerError(msg)
    return _DIGESTS[oid]


def _signer(value: Value) -> _Signer:
    _version, _identity, digest, attributes, algorithm, signature, *_ = value.inside(SEQUENCE)
    attributes.expect(_EXPLICIT_0)
    oid = algorithm.inside(SEQUENCE)[0].oid
    return _Signer(_digest(digest), attributes, oid, signature.expect(OCTETS))


def _signed(signer: _Signer, info: bytes, certificates: Sequence[bytes]) -> Certificate:
    """The certificate whose key signed the token; the signature is over the attributes, and they hold the content's digest."""
    attributes = {
        kind.oid: held.inside(SET)[0] for kind, held in (each.inside(SEQUENCE) for each in signer.attributes.inside())
    }
    if attributes[_CONTENT_TYPE].oid != _TST_INFO:
        raise DerError("the signature is over something else")
    if attributes[_MESSAGE_DIGEST].expect(OCTETS) != hashlib.new(signer.digest, info).digest():
        raise DerError("its content was changed")
    certificate = _named(attributes, certificates)
    _verify(certificate, signer, bytes([SET]) + signer.attributes.whole[1:])
    return certificate


def _named(attributes: dict[str, Value], certificates: Sequence[bytes]) -> Certificate:
    """The certificate that the signed attributes name by its digest (RFC 5816; with SHA-1: RFC 2634)."""
    from cryptography.x509 import load_der_x509_certificate

    second = attributes.get(_SIGNING_CERTIFICATE_V2)
    held = second if second is not None else attributes[_SIGNING_CERTIFICATE]
    first = held.inside(SEQUENCE)[0].inside(SEQUENCE)[0].inside(SEQUENCE)
    algorithm = "sha256" if second is not None else "sha1"
    if first[0].tag == SEQUENCE:
        algorithm, first = _digest(first[0]), first[1:]
    wanted = first[0].expect(OCTETS)
    found = [each for each in certificates if hashlib.new(algorithm, each, usedforsecurity=False).digest() == wanted]
    if not found:
        raise DerError("the authority's certificate is not inside")
    return load_der_x509_certificate(found[0])


def _verify(certificate: Certificate, signer: _Signer, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[signer.digest]
    try:
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey) and signer.algorithm in _RSA:
            key.verify(signer.signature, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and signer.algorithm in _ECDSA:
            key.verify(signer.signature, message, ec.ECDSA(algorithm))
        else:
            msg = f"signature algorithm {signer.algorithm} is not checked here"
            raise DerError(msg)
    except (InvalidSignature, UnsupportedAlgorithm):
        raise DerError("its signature does not verify") from None


def _refuse_unfit(certificate: Certificate, moment: datetime) -> None:
    """RFC 3161 2.3: a key that may do nothing but stamp times, in the days of its certificate."""
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        raise DerError("its certificate is not for stamping times") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise DerError("its certificate is not for stamping times only")
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise DerError("its certificate was not valid then")


def _told(certificate: Certificate, moment: datetime) -> TimeStamp:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return TimeStamp(moment, certificate.subject.rfc4514_string(), hashlib.sha256(spki).hexdigest())
