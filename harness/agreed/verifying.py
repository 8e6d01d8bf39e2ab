# SPDX-License-Identifier: Apache-2.0
"""What ``verify`` says beyond integrity: roles, plan and deviations, attempts, the ledger and the office's book of challenges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.account import ledger as books
from harness.agreed import challenge
from harness.agreed.agreement import agreement_of
from harness.agreed.beginning import ATTEMPTS
from harness.agreed.chain import Link
from harness.agreed.plan import Plan
from harness.agreed.witnessed import WORDS as DRAWS
from harness.agreed.witnessed import Witnessed, draws
from harness.errors import YanshouError
from harness.evaluate import bundle_profile
from harness.evidence.bag import MANIFEST
from harness.evidence.bundle import Bundle
from harness.evidence.defects import Defect
from harness.evidence.journal import JournalEvent
from harness.evidence.pack import unpacked
from harness.evidence.promises import PLAN, commitment
from harness.evidence.trust import Trust
from harness.evidence.verification import Verification
from harness.kit.words import Catalogue
from harness.model import Reason

WORDS = Catalogue("harness", "verifying")


@dataclass(frozen=True, slots=True)
class Beyond:
    """Sentences beyond integrity, and the doubts among them."""

    plan: Plan | None
    deviations: tuple[Reason, ...]
    told: tuple[Reason, ...]
    doubts: tuple[Defect, ...]
    roles: Mapping[str, tuple[str, ...]]
    commitment: Mapping[str, Any]

    def lines(self, lang: str) -> list[str]:
        """One line each: what was agreed, then every deviation; doubts are printed with those about integrity."""
        return [each.text.get(lang) for each in (*self.told, *self.deviations)]

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "plan": None if self.plan is None else self.plan.sha256,
            "plan_signatures": [] if self.plan is None else [asdict(each) for each in self.plan.signatures],
            "deviations": [{"code": each.code, "text": asdict(each.text)} for each in self.deviations],
            "told": [{"code": each.code, "text": asdict(each.text)} for each in self.told],
            "roles": {role: list(names) for role, names in self.roles.items()},
            "commitment": dict(self.commitment),
        }


def beyond(
    path: Path,
    checked: Verification,
    trust: Trust,
    *,
    roles: Sequence[str] = (),
    ledger: bytes | None = None,
    book: Sequence[Link] | None = None,
) -> Beyond:
    """What else there is to say of a bundle that was verified; nothing of one whose journal does not hold.

    ``roles``: each must have signed, the plan or the bundle. ``ledger``: as exported by the tester; ``book``: of the office.
    """
    if not checked.events:
        return Beyond(None, (), (), tuple(_doubt("role-missing", role=role) for role in roles), {}, {})
    plan, deviations, drawn, problems = _agreement(path, checked.events)
    found = _roles(plan, checked, trust)
    doubts = [_doubt("role-missing", role=role) for role in roles if role not in found]
    doubts += problems
    doubts += _itself(plan, checked)
    told = [
        *_told_of_plan(plan, trust),
        *_told_of_draws(drawn, trust),
        *_told_of_attempts(checked.events),
        *_told_of_clock(checked),
    ]
    if ledger is not None:
        doubts += _against_ledger(ledger, checked)
    if book is not None:
        doubts += _against_book(tuple(book), checked)
    return Beyond(plan, deviations, tuple(told), tuple(doubts), found, commitment(checked.events))


def _agreement(
    path: Path, events: Sequence[JournalEvent]
) -> tuple[Plan | None, tuple[Reason, ...], tuple[Witnessed, ...], list[Defect]]:
    try:
        with unpacked(path) as root:
            bundle = Bundle.open(root)
            drawn = draws(bundle, events)
            if not (root / PLAN).is_file():
                return None, (), drawn, []
            agreement = agreement_of(bundle, bundle_profile(bundle), events)
            return agreement.plan, agreement.deviations, drawn, []
    except (YanshouError, OSError) as error:
        return None, (), (), [replace(_doubt("plan-unreadable", problem=str(error)[:200]), path=PLAN)]


def _itself(plan: Plan | None, checked: Verification) -> Iterator[Defect]:
    """A key that seals the evidence is the tester's, and its signature under a plan of another key is no second party's."""
    keys = {each.keyid for each in checked.signatures if each.valid}
    for keyid in () if plan is None else plan.counter_signers:
        if keyid in keys:
            yield _doubt("counter-signed-itself", keyid=keyid[:16])


def _roles(plan: Plan | None, checked: Verification, trust: Trust) -> dict[str, tuple[str, ...]]:
    """Role -> names of those of the trust list who signed the bundle or its plan with a key that counts."""
    keys = [each.keyid for each in checked.signatures if each.valid]
    keys += [] if plan is None else [each.keyid for each in plan.signatures]
    found: dict[str, tuple[str, ...]] = {}
    for keyid in dict.fromkeys(keys):
        signer = trust.of(keyid)
        if signer is not None and not trust.lapsed(keyid):
            found[signer.role] = (*found.get(signer.role, ()), signer.name)
    return found


def _told_of_plan(plan: Plan | None, trust: Trust) -> Iterator[Reason]:
    if plan is None:
        yield ATTEMPTS.reason("no-plan")
        return
    yield WORDS.reason("plan", sha256=plan.sha256[:16])
    for each in plan.signatures:
        signer = trust.of(each.keyid)
        part = WORDS.text("maker" if each.keyid in plan.makers else "counter-signer")
        lapsed = trust.lapsed(each.keyid)
        if signer is None:
            yield WORDS.reason("plan-signed-unknown", part=part, keyid=each.keyid[:16])
        elif lapsed:
            yield WORDS.reason(f"plan-signed-{lapsed}", part=part, keyid=each.keyid[:16], name=signer.name)
        else:
            yield WORDS.reason("plan-signed", part=part, keyid=each.keyid[:16], name=signer.name, role=signer.role)
    if not plan.counter_signers:
        yield WORDS.reason("one-side")


def _told_of_draws(drawn: Sequence[Witnessed], trust: Trust) -> Iterator[Reason]:
    """Who signed each record of a draw, by the reader's trust list."""
    for each in drawn:
        for keyid in each.signers:
            signer, lapsed = trust.of(keyid), trust.lapsed(keyid)
            known = (
                keyid[:16]
                if signer is None
                else f"{signer.name} ({signer.role}, {keyid[:16]}{', ' + lapsed if lapsed else ''})"
            )
            yield DRAWS.reason("signed-by", sha256=each.sha256[:16], who=known)


def _told_of_attempts(events: Sequence[JournalEvent]) -> Iterator[Reason]:
    held = challenge.challenges_of(tuple(events))
    attempts = sorted({event.body["attempt"] for event in events if event.kind == "attempt_started"})
    for attempt in attempts:
        if attempt in held:
            each = held[attempt]
            yield WORDS.reason("challenged", attempt=attempt, office=each["office"], nonce=each["nonce"][:16])
        else:
            yield challenge.WORDS.reason("absent", attempt=attempt)
    for event in (each for each in events if each.kind == "corrective_action"):
        yield WORDS.reason("corrected", attempt=event.body["after"], text=event.body["text"], by=event.body["by"])
    promise = commitment(events)
    if promise["sequence"] is not None:
        yield WORDS.reason("sequence", number=promise["sequence"])


def _told_of_clock(checked: Verification) -> Iterator[Reason]:
    starts = [each for each in checked.stamps if "/" in each.path]
    seals = [each for each in checked.stamps if "/" not in each.path]
    if not starts:
        yield WORDS.reason("clock-of-the-tester")
    sealed = next((event.time_ns for event in reversed(checked.events) if event.kind == "sealed"), 0)
    for each in seals:
        late = _seconds(each.moment) - sealed / 10**9
        if sealed and late > _AT_ONCE_S:
            yield WORDS.reason("stamped-later", path=each.path, hours=f"{late / 3600:.1f} h")
    for event in (one for one in checked.events if one.kind == "not_stamped"):
        yield WORDS.reason("not-stamped", attempt=event.body["attempt"], problem=event.body["problem"])


_AT_ONCE_S = 600
"""A stamp that comes later than so many seconds after the seal was asked for afterwards."""


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


def _against_ledger(content: bytes, checked: Verification) -> Iterator[Defect]:
    """An exported ledger against the bundle: its chain, the lines of this bundle, and starts of the project without a seal."""
    found = books.parsed(content)
    if not found.whole:
        yield _doubt("ledger-hole")
    seen = [event.body["head"] for event in checked.events if event.kind == "ledger_seen"]
    hashes = {books.FIRST, *found.hashes}
    if any(head not in hashes for head in seen):
        yield _doubt("ledger-rewritten")
    manifest = checked.digests[MANIFEST].sha256 if MANIFEST in checked.digests else ""
    mine = [each for each in found.lines if each.kind == "seal" and each.body.get("manifest") == manifest]
    if not mine:
        yield _doubt("ledger-other")
        return
    subject = mine[-1].subject
    yield from _against_starts(found, subject, checked)
    for each in books.unsealed(found, subject):
        yield _doubt("start-without-seal", time=books.moment(each.time_ns), bundle=each.bundle)
    others = [each for each in found.lines if each.subject == subject and each.kind == "seal" and each not in mine]
    for each in (one for one in others if one.bundle != mine[-1].bundle):
        verdict = str(each.body.get("verdict", "?"))
        yield _doubt("sealed-elsewhere", time=books.moment(each.time_ns), bundle=each.bundle, verdict=verdict)


_APART_NS = 60 * 10**9
"""A start in the ledger and in the journal are written at once."""


def _against_starts(found: books.Ledger, subject: str, checked: Verification) -> Iterator[Defect]:
    """Every attempt stands in the ledger as the journal counted it: the n-th start of the project, at that time."""
    starts = [each for each in found.lines if each.subject == subject and each.kind == "start"]
    for event in (each for each in checked.events if each.kind == "attempt_started"):
        number = event.body.get("sequence")
        line = starts[number - 1] if number is not None and 0 < number <= len(starts) else None
        if number is not None and (line is None or abs(line.time_ns - event.time_ns) > _APART_NS):
            told = books.moment(event.time_ns)
            yield _doubt("ledger-contradicts", attempt=event.body["attempt"], time=told, number=number)


def _against_book(book: tuple[Link, ...], checked: Verification) -> Iterator[Defect]:
    """The office's book against the challenges of the bundle: given out, before the attempt, not returned by another bundle."""
    starts = {event.body["attempt"]: event.time_ns for event in checked.events if event.kind == "attempt_started"}
    held = challenge.challenges_of(checked.events)
    manifest = checked.digests[MANIFEST].sha256 if MANIFEST in checked.digests else ""
    for attempt, each in held.items():
        issued = [one for one in book if one.kind == "issued" and one.body["nonce"] == each["nonce"]]
        nonce = each["nonce"][:16]
        if not issued:
            yield _doubt("never-issued", room=challenge.WORDS, nonce=nonce)
        elif issued[0].time_ns > starts.get(attempt, 0) + 10**9:
            yield _doubt("early", room=challenge.WORDS, attempt=attempt)
        if challenge.returned_with(book, each["nonce"]) not in {"", manifest, *challenge.seals(checked.events)}:
            yield _doubt("used-twice", room=challenge.WORDS, nonce=nonce)
    for attempt in sorted(starts.keys() - held.keys()):
        yield _doubt("absent", room=challenge.WORDS, attempt=attempt)


def _doubt(key: str, room: Catalogue = WORDS, **facts: Any) -> Defect:
    reason = room.reason(key, **facts)
    return Defect(reason.code, reason.text, room.text(f"cure-{key}"))
