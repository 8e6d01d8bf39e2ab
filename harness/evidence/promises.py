# SPDX-License-Identifier: Apache-2.0
"""What a campaign began with, against the files: the plan, the certificates, and the time stamps of its start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.evidence.contents import Contents
from harness.evidence.crosscheck import differing
from harness.evidence.defects import DefectError, MissingFileError, TimeStampError
from harness.evidence.dsse import read_envelope
from harness.evidence.journal import JournalEvent
from harness.evidence.timestamp import LARGEST, TimeStamp, check_time_stamp
from harness.evidence.trust import Trust
from harness.evidence.verification import StampCheck
from harness.model import Text

PLAN = "data/plan.dsse.json"
CERTIFICATES, PAPERS = "data/instruments/", "data/papers/"
STAMPS = "data/stamps/"
EARLY_S = 120
"""A token from so long before the event that it stamps comes from a clock that is wrong, or from a lie."""


class PlanMismatchError(DefectError):
    """The plan in the bundle is not the one that the journal began with."""

    code = "evidence.plan"
    sentence = Text(
        "证据包里的测试大纲不是开始时所用的那一份。", "The plan in the bundle is not the one it began with."
    )


class CertificateMismatchError(DefectError):
    """A certificate of an instrument is not the one that was kept at the start."""

    code = "evidence.certificate"
    sentence = Text(
        "仪器证书或验收材料与开始时保存的不同。", "A certificate or an attested paper is not the one kept at the start."
    )


class CommitmentMismatchError(DefectError):
    """The signed statement says otherwise than the journal which plan, challenge or attempt it is about."""

    code = "evidence.commitment"
    sentence = Text(
        "签名声明中的大纲、挑战码、测试次数或前次证据包与日志不一致。",
        "Plan, challenge, attempt or former bundle in the signed statement are not those of the journal.",
    )


class KeyRevokedError(DefectError):
    """A listed key that was revoked, and nothing proves that it signed before: a doubt, not damage."""

    code = "evidence.key-revoked"
    sentence = Text("签名所用的密钥已被吊销，没有可信时间戳证明签名在吊销之前。", "The key that signed was revoked, and no trusted time stamp shows that it signed before.")  # fmt: skip
    remedy = Text("请签名方用现行密钥重新签署。", "have the signer sign again with a key that holds.")


class KeyExpiredError(DefectError):
    """A listed key that has expired, and nothing proves that it signed before: a doubt, not damage."""

    code = "evidence.key-expired"
    sentence = Text("签名所用的密钥已经到期，没有可信时间戳证明签名在到期之前。", "The key that signed has expired, and no trusted time stamp shows that it signed before.")  # fmt: skip
    remedy = Text("请签名方用现行密钥重新签署，或出示到期之前的可信时间戳。", "have the signer sign again with a key that holds.")  # fmt: skip


class StampTimeError(DefectError):
    """A genuine token whose time contradicts the order of things."""

    code = "evidence.stamp-time"
    sentence = Text(
        "时间戳的时间与事件的先后矛盾：早于它所盖的事件，或封存早于开始。",
        "A time stamp contradicts the order of things: it is earlier than what it stamps, or the seal than the start.",
    )
    remedy = Text(
        "核对时间戳机构和测试机的时钟；二者有一个不可信。",
        "compare the clocks of the authority and of the testing machine; one of them is not to be believed.",
    )


def commitment(events: Sequence[JournalEvent]) -> dict[str, Any]:
    """What the statement of a seal says of the latest attempt: its plan, challenge and number, and what came before it.

    ``previous``: manifest digest of the seal before, of this bundle or (from the ledger) of the project's bundle before.
    """
    began = next((event.body for event in events if event.kind == "campaign_started"), {})
    started = [event.body for event in events if event.kind == "attempt_started"]
    last: Mapping[str, Any] = started[-1] if started else {}
    challenge = last.get("challenge") or (began.get("challenge") if last.get("attempt") == 1 else None)
    unsealed = [event.body["manifest_sha256"] for event in events if event.kind == "unsealed"]
    return {
        "plan": began.get("plan_sha256"),
        "challenge": None if challenge is None else challenge["nonce"],
        "attempt": last.get("attempt"),
        "sequence": last.get("sequence"),
        "previous": unsealed[-1] if unsealed else last.get("previous"),
    }


def check_promises(contents: Contents, events: Sequence[JournalEvent]) -> Iterator[DefectError]:
    """Plan and certificates against the journal's first event."""
    began = events[0].body
    expected = began.get("plan_sha256")
    if expected is not None and PLAN not in contents:
        yield MissingFileError(where=PLAN)
    elif PLAN in contents:
        actual = hashlib.sha256(read_envelope(contents.read(PLAN), PLAN).payload).hexdigest()
        if actual != expected:
            yield PlanMismatchError(differing(str(expected), actual), where=PLAN)
    kept = {**began.get("instruments", {}), **began.get("papers", {})}
    there = [path for path in contents.digests if path.startswith((CERTIFICATES, PAPERS))]
    for path in sorted({*kept, *there}):
        actual = contents.digests[path].sha256 if path in contents else "-"
        if actual != kept.get(path):
            yield CertificateMismatchError(differing(str(kept.get(path, "-")), actual), where=path)


def start_stamps(contents: Contents, events: Sequence[JournalEvent], trust: Trust) -> Iterator[StampCheck]:
    """Every token over the start of an attempt; TimeStampError, StampTimeError for what does not hold."""
    journalled = {event.body["path"]: (before, event) for before, event in _pairs(events)}
    for path in (each for each in contents.digests if each.startswith(STAMPS) and each not in journalled):
        raise TimeStampError("the journal does not mention it", where=path)
    for path, (before, event) in journalled.items():
        if path not in contents or contents.digests[path].bytes > LARGEST:
            raise TimeStampError("it is gone", where=path)
        if event.body["over"] != before.hash or contents.digests[path].sha256 != event.body["sha256"]:
            raise TimeStampError("it is not the one that was journalled", where=path)
        stamp = check_time_stamp(contents.read(path), before.hash.encode("ascii"), path)
        if stamp.moment.timestamp() < before.time_ns / 10**9 - EARLY_S:
            raise StampTimeError(stamp.moment.isoformat(), where=path)
        yield told(path, stamp, trust)


def refuse_reversed(start: Sequence[StampCheck], seal: Sequence[StampCheck]) -> None:
    """StampTimeError where a seal was stamped before a start that it covers."""
    if start and seal and min(each.moment for each in seal) < max(each.moment for each in start):
        raise StampTimeError(min(each.moment for each in seal), where=seal[0].path)


def told(path: str, stamp: TimeStamp, trust: Trust) -> StampCheck:
    """A genuine token as a verification tells it."""
    return StampCheck(path, stamp.moment.isoformat(), stamp.authority, stamp.keyid, trust.of(stamp.keyid))


def _pairs(events: Sequence[JournalEvent]) -> Iterator[tuple[JournalEvent, JournalEvent]]:
    for number, event in enumerate(events):
        if event.kind == "time_stamped" and number:
            yield events[number - 1], event
