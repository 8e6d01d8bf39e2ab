# SPDX-License-Identifier: Apache-2.0
"""A sealed test plan (测试大纲): one signed file that a second party can counter-sign and that every campaign is compared with.

The file is a DSSE envelope around an in-toto Statement v1 whose predicate is the plan; its subjects are the exact scenario
and profile, which the plan holds as text, and every input file. A signature may be added at any time and changes nothing
that was signed: the plan is known by the SHA-256 of its payload. Each signature carries its public key, whose digest is its
keyid, so that a plan can be checked without any other file; who a key belongs to is for the reader's trust list to say.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.agreed.conditions import WORDS
from harness.agreed.refusals import broken, refused
from harness.errors import EvidenceError
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.evidence.dsse import PAYLOAD_TYPE, STATEMENT_TYPE, pre_authentication
from harness.evidence.keys import KeyFileError, PrivateKey, public_key

PREDICATE_TYPE = "urn:yanshou:plan:v1"
SCHEMA = "yanshou.plan/1"
LARGEST = 16 << 20
KEPT_AS = "data/plan.dsse.json"
"""Where a bundle keeps the plan it was run by."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One genuine signature under a plan."""

    keyid: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it was read: every signature under it is genuine."""

    sha256: str
    content: Mapping[str, Any]
    subjects: Mapping[str, str]
    signatures: tuple[Signed, ...]

    @property
    def makers(self) -> frozenset[str]:
        """Keys of the party that sealed the plan."""
        return frozenset(str(each) for each in self.content.get("signers", ()))

    @property
    def counter_signers(self) -> tuple[str, ...]:
        """Keys of whoever else signed."""
        return tuple(each.keyid for each in self.signatures if each.keyid not in self.makers)

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the campaign is compared with."""
        found: Mapping[str, Any] = self.content["conditions"]
        return found


def sealed(content: Mapping[str, Any], subjects: Mapping[str, str], signers: Sequence[PrivateKey]) -> bytes:
    """The signed file of a plan; ``content`` gets its schema and the makers' keys."""
    predicate = {"schema": SCHEMA, **content, "signers": [each.keyid for each in signers]}
    listed = [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()]
    payload = canonical_bytes(
        {"_type": STATEMENT_TYPE, "subject": listed, "predicateType": PREDICATE_TYPE, "predicate": predicate}
    )
    return _written(payload, [_signature(payload, each) for each in signers])


def counter_signed(content: bytes, signer: PrivateKey, where: str) -> bytes:
    """The same plan with one more signature; refused where this key signed already."""
    plan = read_plan(content, where)
    if signer.keyid in {each.keyid for each in plan.signatures}:
        raise refused(WORDS, "signed-already", where, keyid=signer.keyid[:16])
    fields = parse(content, where=where)
    payload = base64.b64decode(fields["payload"])
    return _written(payload, [*fields["signatures"], _signature(payload, signer)])


def _signature(payload: bytes, signer: PrivateKey) -> dict[str, str]:
    signature = base64.b64encode(signer.sign(pre_authentication(payload))).decode()
    return {"keyid": signer.keyid, "sig": signature, "public": signer.public_pem.decode("ascii")}


def _written(payload: bytes, signatures: Sequence[Mapping[str, Any]]) -> bytes:
    text = base64.b64encode(payload).decode()
    return canonical_bytes({"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": list(signatures)})


def read_plan(content: bytes, where: str = "plan") -> Plan:
    """The plan in ``content``; EvidenceError with the code of what is wrong (``plan.…``): no plan, changed after signing."""
    if len(content) > LARGEST:
        raise broken(WORDS, "no-plan", where)
    try:
        fields = parse(content, where=where)
        if fields["payloadType"] != PAYLOAD_TYPE:
            raise broken(WORDS, "no-plan", where)
        payload = base64.b64decode(fields["payload"], validate=True)
        statement = parse(payload, where=where)
        predicate = statement["predicate"]
        subjects = {str(each["name"]): str(each["digest"]["sha256"]) for each in statement["subject"]}
        kind = (statement["_type"], statement["predicateType"], predicate["schema"])
        signatures = tuple(_checked(payload, each, where) for each in fields["signatures"])
    except (NotJsonError, KeyError, TypeError, ValueError, binascii.Error):
        raise broken(WORDS, "no-plan", where) from None
    if kind != (STATEMENT_TYPE, PREDICATE_TYPE, SCHEMA) or not isinstance(predicate.get("conditions"), dict):
        raise broken(WORDS, "no-plan", where)
    if len({each.keyid for each in signatures}) != len(signatures):
        raise broken(WORDS, "changed", where)
    makers = predicate.get("signers")
    if (
        not isinstance(makers, list)
        or not makers
        or not {str(each) for each in makers} <= {each.keyid for each in signatures}
    ):
        raise broken(WORDS, "no-maker", where)
    _refuse_other_texts(predicate, subjects, where)
    return Plan(hashlib.sha256(payload).hexdigest(), predicate, subjects, signatures)


def _checked(payload: bytes, given: Mapping[str, Any], where: str) -> Signed:
    try:
        key = public_key(str(given["public"]).encode(), where=where)
    except KeyFileError:
        raise broken(WORDS, "changed", where) from None
    signature = base64.b64decode(str(given["sig"]), validate=True)
    if key.keyid != given["keyid"] or not key.verify(pre_authentication(payload), signature):
        raise broken(WORDS, "changed", where)
    return Signed(key.keyid, key.algorithm)


def _refuse_other_texts(predicate: Mapping[str, Any], subjects: Mapping[str, str], where: str) -> None:
    """The texts of scenario and profile inside are the ones that were signed as subjects."""
    for name in ("scenario.yaml", "profile.yaml"):
        text = predicate.get("texts", {}).get(name)
        if not isinstance(text, str) or hashlib.sha256(text.encode("utf-8")).hexdigest() != subjects.get(name):
            raise broken(WORDS, "no-plan", where)


def refuse_other_scenario(plan: Plan, scenario_sha256: str, where: str) -> None:
    """A plan of another scenario is no plan for this campaign."""
    if plan.subjects.get("scenario.yaml") != scenario_sha256:
        scenario = plan.conditions.get("scenario", {})
        raise refused(WORDS, "other-scenario", where, scenario=str(scenario.get("id", "?")))


def plan_of(content: bytes, where: str) -> Plan | EvidenceError:
    """The plan, or why it is none: for those who go on and tell."""
    try:
        return read_plan(content, where)
    except EvidenceError as error:
        return error
