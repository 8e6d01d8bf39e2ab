# SPDX-License-Identifier: Apache-2.0
"""Everything that was agreed beforehand, as the evaluation holds a campaign to it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from harness import installed
from harness.account import entries
from harness.account.calibration import InstrumentInUse
from harness.account.scope import CHINA, entry
from harness.account.values import plain
from harness.agreed import instruments
from harness.agreed.agreement import Agreement, agreement_of
from harness.agreed.beginning import ATTEMPTS
from harness.agreed.challenge import challenges_of
from harness.agreed.checks import readings
from harness.agreed.conditions import WORDS, conditions
from harness.agreed.instruments import Bench
from harness.agreed.witnessed import Witnessed, draws, unwitnessed
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent
from harness.evidence.promises import CERTIFICATES
from harness.kit.words import Catalogue
from harness.model import Criterion, Indicator, Kind, Lack, Reason, Side
from harness.records import Record
from harness.spec import Profile

PAPERS = Catalogue("harness", "papers")
_TIMES_FROM_NS = 10**18
"""Times below (2001) are a log's own, and no dates."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The agreement, the instruments on that day, and violations that stand from former attempts."""

    agreement: Agreement = field(default_factory=Agreement)
    bench: Bench = field(default_factory=Bench)
    standing: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    events: tuple[JournalEvent, ...] = ()
    profile: Profile | None = None
    day: date = date(1970, 1, 1)
    draws: tuple[Witnessed, ...] = ()

    def effect(
        self, indicator: Indicator, criterion: Criterion
    ) -> tuple[tuple[Reason, ...], tuple[Lack, ...], tuple[Reason, ...]]:
        """What it does to one reading of an indicator: (invalid, lacks, remarks)."""
        kinds = self._kinds(indicator, criterion)
        invalid, lacks, remarks = instruments.effect(self.bench, indicator.id, kinds, criterion.limit)
        if not kinds and indicator.kind is Kind.MEASURED and indicator.instrumented:
            more, told = instruments.unsaid(self.bench)
            lacks, remarks = (*lacks, *more), (*remarks, *told)
        more, told = self._drawn(indicator.id)
        lacks, remarks = (*lacks, *more), (*remarks, *told)
        undeclared = self.agreement.undeclared.get(indicator.id, ())
        told = (WORDS.reason("constant-not-agreed", constants=list(undeclared)),) if undeclared else ()
        return invalid, lacks, (*remarks, *told)

    def in_date(self, indicator: Indicator, criterion: Criterion, window: tuple[int, int] | None) -> tuple[Reason, ...]:
        """Why the instruments do not hold for data of ``window`` (UTC ns), which may be older than the campaign."""
        if window is None or window[0] < _TIMES_FROM_NS:
            return ()
        first, last = (datetime.fromtimestamp(each // 10**9, CHINA).date() for each in window)
        return tuple(instruments.in_date(self.bench, indicator.id, self._kinds(indicator, criterion), (first, last)))

    def _drawn(self, indicator: str) -> tuple[tuple[Lack, ...], tuple[Reason, ...]]:
        """A sample that only its keeper vouches for: a remark for oneself, no PASS for others."""
        if self.profile is None or not self.draws:
            return (), ()
        found = tuple(unwitnessed(self.draws, self.agreement, self.profile, indicator))
        return ((), found) if self.bench.self_check else (tuple(Lack(each, Side.PASS) for each in found), ())

    def in_use(self, indicator: Indicator, criterion: Criterion) -> tuple[InstrumentInUse, ...]:
        """The instruments whose certificates a statistic may rely on."""
        kinds = self._kinds(indicator, criterion)
        return tuple(each.in_use() for each in self.bench.serving(indicator.id, kinds))

    def _kinds(self, indicator: Indicator, criterion: Criterion) -> tuple[str, ...]:
        """Kinds that the measurand needs, unless the scenario says none; and those declared for this very indicator."""
        found = installed.measurand(criterion.reading.measurand)
        needed = found.instruments if found is not None and indicator.instrumented else ()
        named = (each.spec.kind for each in self.bench.states if indicator.id in each.spec.indicators)
        return tuple(dict.fromkeys((*needed, *named)))

    def agreed_constants(self, identifier: str) -> frozenset[str]:
        """Constants that a counter-signed plan holds as declared."""
        return frozenset() if self.profile is None else self.agreement.agreed_constants(self.profile, identifier)

    def agreed_by(self, identifier: str) -> str:
        """Who counter-signed exactly the criterion in use."""
        if self.profile is None:
            return ""
        return self.agreement.agreed_by(identifier, conditions(self.profile)["indicators"][identifier])


NOTHING = Holding()


def holding(
    bundle: Bundle, profile: Profile, record: Record, events: Sequence[JournalEvent], summaries: Mapping[Any, Any]
) -> Holding:
    """What holds for the latest attempt of a bundle; EvidenceError where its plan or a certificate is not what it was."""
    agreement = agreement_of(bundle, profile, events)
    checks = readings(profile, record, summaries)
    began = next((event.body for event in events if event.kind == "campaign_started"), {})
    files = {
        path: (bundle.root / path).read_bytes()
        for path in began.get("instruments", {})
        if path.startswith(CERTIFICATES) and (bundle.root / path).is_file()
    }
    day = datetime.fromtimestamp(record.began_ns // 10**9, CHINA).date()
    seen = agreement.counter_signed
    last = max(day, datetime.fromtimestamp(record.ended_ns // 10**9, CHINA).date())
    states = instruments.states(profile.instruments, files, (day, last), seen, checks)
    bench = Bench(states, profile.test.kind == "self-check", checks)
    standing = _standing(record, events)
    return Holding(agreement, bench, standing, tuple(events), profile, day, draws(bundle, events))


def _standing(record: Record, events: Sequence[JournalEvent]) -> dict[str, tuple[Reason, ...]]:
    """Indicators whose violation a former attempt proved, with nothing corrected since."""
    corrected = max((event.body["after"] for event in events if event.kind == "corrective_action"), default=0)
    found: dict[str, list[int]] = {}
    for each in record.former:
        for said in each.said:
            if said.verdict == "FAIL" and each.number > corrected:
                found.setdefault(said.indicator, []).append(each.number)
    return {name: (ATTEMPTS.reason("stands", attempts=numbers),) for name, numbers in found.items()}


def agreed_entry(held: Holding) -> entries.AgreedEntry:
    """As results.json has it."""
    return entries.AgreedEntry(
        plan=_plan(held.agreement),
        challenges=tuple(_challenge(attempt, each) for attempt, each in challenges_of(held.events).items()),
        corrective=tuple(
            entries.CorrectiveEntry(after=event.body["after"], text=event.body["text"], by=event.body["by"])
            for event in held.events
            if event.kind == "corrective_action"
        ),
        instruments=tuple(
            instruments.entry(each, _users(held, each.spec.kind, each.spec.indicators), reasons(each.reasons))
            for each in held.bench.states
        ),
        uninstrumented=() if held.profile is None else tuple(_uninstrumented(held.profile)),
        papers=() if held.profile is None else tuple(_papers(held)),
        authority="" if held.profile is None else held.profile.time_stamps,
    )


def _uninstrumented(profile: Profile) -> Iterator[entries.NoInstrumentEntry]:
    for each in profile.scenario.indicators:
        if not each.instrumented:
            yield entries.NoInstrumentEntry(indicator=each.id, why=entry(each.no_instrument))


def _papers(held: Holding) -> Iterator[entries.PaperEntry]:
    began = next((event.body for event in held.events if event.kind == "campaign_started"), {})
    files = {path.split("/")[2]: path for path in began.get("papers", {})}
    for each in held.profile.papers if held.profile is not None else ():
        yield entries.PaperEntry.model_validate(
            {
                "name": each.name,
                "title": entry(PAPERS.text(each.name)),
                "file": files.get(each.name, ""),
                "number": each.number,
                "issuer": each.issuer,
                "issued": "" if each.issued is None else each.issued.isoformat(),
                "until": "" if each.until is None else each.until.isoformat(),
                "state": each.state(held.day, kept=each.name in files),
            }
        )


def _plan(agreement: Agreement) -> entries.PlanEntry | None:
    if agreement.plan is None:
        return None
    return entries.PlanEntry(
        sha256=agreement.plan.sha256,
        makers=tuple(sorted(agreement.plan.makers)),
        counter_signers=agreement.plan.counter_signers,
        deviations=reasons(agreement.deviations),
    )


def _challenge(attempt: int, held: Mapping[str, Any]) -> entries.ChallengeEntry:
    issued = datetime.fromtimestamp(int(held["issued_ns"]) // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return entries.ChallengeEntry(attempt=attempt, nonce=held["nonce"], office=held["office"], issued=issued)


def _users(held: Holding, kind: str, named: Sequence[str]) -> tuple[str, ...]:
    """The indicators that an instrument measured for: those that it is declared for, else those that need its kind."""
    if named or held.profile is None:
        return tuple(named)
    found = []
    for each in held.profile.scenario.indicators:
        measurand = installed.measurand(held.profile.criterion(each.id).reading.measurand)
        if measurand is not None and kind in measurand.instruments and each.id in held.profile.bindings:
            found.append(each.id)
    return tuple(found)


def reasons(given: Sequence[Reason]) -> tuple[entries.ReasonEntry, ...]:
    """Reasons with plain facts."""
    return tuple(entries.ReasonEntry(code=each.code, facts=plain(each.facts), text=entry(each.text)) for each in given)
