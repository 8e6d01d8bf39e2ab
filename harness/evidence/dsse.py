# SPDX-License-Identifier: Apache-2.0
"""The signed envelope around a statement: Dead Simple Signing Envelope v1.0.2 and in-toto Statement v1."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import AttestationError
from harness.evidence.keys import PrivateKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:yanshou:acceptance:v1"


RESULTS = {"PASS": "PASSED", "FAIL": "FAILED"}
"""in-toto's words for a verdict; every other is WARNED."""


def tested(verdict: str, by_verdict: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The fields of in-toto's test-result v0.1 that say the verdict, and which indicators had which (verdict -> ids)."""
    return {
        "result": RESULTS.get(verdict, "WARNED"),
        "passedTests": list(by_verdict.get("PASS", ())),
        "warnedTests": [each for name in sorted(by_verdict.keys() - RESULTS.keys()) for each in by_verdict[name]],
        "failedTests": list(by_verdict.get("FAIL", ())),
    }


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope: the exact signed bytes and the (keyid, signature) pairs over them."""

    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @property
    def signed(self) -> bytes:
        """What the signatures are over (PAE)."""
        return pre_authentication(self.payload)


def pre_authentication(payload: bytes) -> bytes:
    """PAE of the DSSE protocol: ``DSSEv1 SP len(type) SP type SP len(payload) SP payload``."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def statement(subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
    """An in-toto Statement v1 over ``subjects`` (name -> SHA-256 hex), canonical."""
    listed = [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()]
    return canonical_bytes(
        {"_type": STATEMENT_TYPE, "subject": listed, "predicateType": PREDICATE_TYPE, "predicate": predicate}
    )


def envelope(payload: bytes, signers: Sequence[PrivateKey]) -> bytes:
    """The envelope with one signature a signer, canonical JSON."""
    signed = pre_authentication(payload)
    signatures = [{"keyid": signer.keyid, "sig": base64.b64encode(signer.sign(signed)).decode()} for signer in signers]
    text = base64.b64encode(payload).decode()
    return canonical_bytes({"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": signatures})


def read_envelope(data: bytes, where: str) -> Envelope:
    """The envelope in ``data``; AttestationError when it is none of ours, NotJsonError."""
    fields = parse(data, where=where)
    try:
        kind = fields["payloadType"]
        pairs = tuple((str(each["keyid"]), _decoded(each["sig"])) for each in fields["signatures"])
        payload = _decoded(fields["payload"])
    except (KeyError, TypeError, ValueError) as error:
        raise AttestationError(str(error)[:120], where=where) from None
    if kind != PAYLOAD_TYPE:
        raise AttestationError("payloadType", where=where)
    return Envelope(payload, pairs)


def read_statement(payload: bytes, where: str) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """(subject name -> SHA-256 hex, predicate) of a statement of ours; AttestationError, NotJsonError."""
    fields = parse(payload, where=where)
    try:
        kind = (fields["_type"], fields["predicateType"])
        named = [(str(each["name"]), str(each["digest"]["sha256"])) for each in fields["subject"]]
        predicate = fields["predicate"]
    except (KeyError, TypeError) as error:
        raise AttestationError(str(error)[:120], where=where) from None
    if kind != (STATEMENT_TYPE, PREDICATE_TYPE) or not isinstance(predicate, dict):
        raise AttestationError("predicateType", where=where)
    subjects = dict(named)
    if len(subjects) != len(named):
        raise AttestationError("a subject stands twice", where=where)
    return subjects, predicate


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        msg = f"base64: {error}"
        raise ValueError(msg) from None
