# SPDX-License-Identifier: Apache-2.0
"""X.509 certificates by their object identifiers, and SM2 signatures along their chains (GM/T 0015, GB/T 20518).

Signers without ZA exist; a signature that is right only that way is told, and does not conform.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.errors import DecodeError
from probes.chain.wire import der, sm2

SM2_CURVE, SM2_WITH_SM3, EC_KEY = "1.2.156.10197.1.301", "1.2.156.10197.1.501", "1.2.840.10045.2.1"
_NAMES = {
    "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.5": "SERIALNUMBER",
    "2.5.4.97": "organizationIdentifier", "1.2.840.113549.1.9.1": "emailAddress",
}  # fmt: skip
_PEM = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END (?:TRUSTED |X509 )?CERTIFICATE-----"
)
_BEGIN = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
_CONSTRAINTS = "2.5.29.19"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says, as far as it is needed here. ``key``: 64 bytes where it is on the SM2 curve, else empty."""

    subject: tuple[tuple[str, str], ...]
    issuer: bytes
    name: bytes
    sig_oid: str
    key_oid: str
    curve_oid: str
    key: bytes
    signed: bytes
    signature: bytes
    begins: datetime
    ends: datetime
    authority: bool
    whole: bytes

    @property
    def title(self) -> str:
        """The subject as people write it: ``C=CN, O=…, CN=…``."""
        return ", ".join(f"{name}={value}" for name, value in self.subject)

    def named(self, name: str) -> str:
        """One attribute of the subject; empty where it has none."""
        return next((value for each, value in self.subject if each == name), "")


def certificates(data: bytes) -> list[Certificate]:
    """Every certificate of a file, PEM or DER; DecodeError where one is broken or there is none."""
    begun = len(_BEGIN.findall(data))
    blocks = _PEM.findall(data)
    if begun != len(blocks):
        raise DecodeError("A certificate in this file is cut off.", cure="export the certificate again.")
    if not blocks:
        return [parse(data)]
    try:
        return [parse(base64.b64decode(b"".join(each.split()), validate=True)) for each in blocks]
    except binascii.Error:
        raise DecodeError("A certificate in this file is no base64.", cure="export the certificate again.") from None


def parse(data: bytes) -> Certificate:
    """One certificate in DER."""
    try:
        return _parse(data)
    except (IndexError, ValueError, UnicodeDecodeError):
        raise der.broken("It is no certificate.") from None


def _parse(data: bytes) -> Certificate:
    body, algorithm, signature = der.only(data).children()[:3]
    parts = body.children()
    parts = parts[1:] if parts[0].tag == 0xA0 else parts
    _, inner, issuer, validity, subject, info = parts[:6]
    if inner.whole != algorithm.whole or signature.tag != der.BITS or signature.content[:1] != b"\0":
        raise der.broken("Its two signature algorithms differ.")
    kind, bits = info.children()[:2]
    oids = [der.oid(each.content) for each in kind.children() if each.tag == der.OID]
    begins, ends = (_time(each) for each in validity.children()[:2])
    curve = oids[1] if len(oids) > 1 and oids[0] in {EC_KEY, SM2_CURVE} else oids[0] if oids[0] == SM2_CURVE else ""
    key = bits.content[1:]
    on_curve = curve == SM2_CURVE and sm2.point(key) is not None
    return Certificate(
        _name(subject),
        issuer.whole,
        subject.whole,
        der.oid(algorithm.children()[0].content),
        oids[0],
        curve,
        key[-64:] if on_curve else b"",
        body.whole,
        raw(signature.content[1:]),
        begins,
        ends,
        _authority(parts[6:]),
        data,
    )


def reasons(certificate: Certificate, others: Sequence[Certificate] = (), now: datetime | None = None) -> list[str]:
    """Why a certificate is no sound SM2 certificate, as codes; ``others``: where its issuer may be found.

    An issuer that is not at hand is no reason (:func:`chained` tells it). ``now``: to hold its validity against.
    """
    found = []
    if certificate.curve_oid != SM2_CURVE:
        found.append("curve-not-sm2")
    elif not certificate.key:
        found.append("key-not-on-curve")
    if certificate.sig_oid != SM2_WITH_SM3:
        found.append("signature-not-sm2-sm3")
    else:
        found += _unsigned(certificate, others)
    if now is not None and now > certificate.ends:
        found.append("expired")
    if now is not None and now < certificate.begins:
        found.append("not-yet-valid")
    if certificate.ends < certificate.begins:
        found.append("validity-reversed")
    return found


def chained(certificate: Certificate, others: Sequence[Certificate]) -> bool:
    """Whether an issuer at hand signed it: itself or one of ``others``."""
    return any(_by(certificate, each) for each in _issuers(certificate, others))


def chained_to(data: bytes, roots: Sequence[bytes]) -> bool:
    """Whether one of the authorities (PEM or DER) signed this certificate of SM2."""
    try:
        own = certificates(data)[0]
        known = [each for root in roots for each in certificates(root)]
        return any(each.name == own.issuer and _by(own, each) for each in known)
    except DecodeError:
        return False


def _issuers(certificate: Certificate, others: Sequence[Certificate]) -> list[Certificate]:
    own = [certificate] if certificate.issuer == certificate.name else []
    return own + [each for each in others if each.name == certificate.issuer]


def _unsigned(certificate: Certificate, others: Sequence[Certificate]) -> list[str]:
    issuers = _issuers(certificate, others)
    if not issuers or any(_by(certificate, each) for each in issuers):
        return []
    if any(_by(certificate, each, with_za=False) for each in issuers):
        return ["signed-without-za"]
    return ["signature-wrong"]


def _by(certificate: Certificate, issuer: Certificate, *, with_za: bool = True) -> bool:
    if not issuer.key or certificate.sig_oid != SM2_WITH_SM3:
        return False
    told = sm2.digest(certificate.signed, issuer.key, sm2.IDENTITY if with_za else None)
    return sm2.valid([sm2.Signed(told, certificate.signature, issuer.key)])[0]


def spki(data: bytes) -> bytes:
    """The SM2 key (64 bytes) of a certificate or a public key, PEM or DER; empty for a key of another kind, or for neither."""
    try:
        if _BEGIN.search(data):
            return certificates(data)[0].key
        whole = der.only(plain(data)).children()
        if whole[0].tag == der.SEQUENCE and len(whole) == 2:
            oids = [der.oid(each.content) for each in whole[0].children() if each.tag == der.OID]
            return whole[1].content[-64:] if SM2_CURVE in oids and sm2.point(whole[1].content[1:]) is not None else b""
        return parse(data).key
    except (DecodeError, IndexError, ValueError):
        return b""


def plain(data: bytes) -> bytes:
    """DER out of PEM of whatever kind; DER as it is."""
    lines = data.split(b"-----")
    return base64.b64decode(b"".join(lines[2].split()), validate=True) if len(lines) > 3 else data


def raw(signature: bytes) -> bytes:
    """r|s of 64 bytes out of SEQUENCE {r, s}; nothing where it is something else (RSA)."""
    try:
        r, s = (int.from_bytes(each.content, "big") for each in der.only(signature).children())
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (DecodeError, ValueError, OverflowError):
        return b""


def _name(node: der.Node) -> tuple[tuple[str, str], ...]:
    found = []
    for group in node.children():
        for pair in group.children():
            kind, value = pair.children()[:2]
            oid = der.oid(kind.content)
            encoding = "utf-16-be" if value.tag == 0x1E else "utf-8"
            found.append((_NAMES.get(oid, oid), value.content.decode(encoding, "replace")))
    return tuple(found)


def _time(node: der.Node) -> datetime:
    text = node.content.decode("ascii")
    if node.tag == 0x17:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _authority(rest: Sequence[der.Node]) -> bool:
    """Whether it may sign others (basicConstraints cA)."""
    for node in rest:
        if node.tag != 0xA3:
            continue
        for extension in node.children()[0].children():
            parts = extension.children()
            if der.oid(parts[0].content) == _CONSTRAINTS:
                inside = der.only(parts[-1].content).children()
                return bool(inside) and inside[0].tag == 0x01 and inside[0].content != b"\0"
    return False
