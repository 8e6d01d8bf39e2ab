# SPDX-License-Identifier: Apache-2.0
"""Trace -> decode -> series -> summary -> estimate -> verdict: the only path, live and replayed.

A pure function of the bundle's bytes and the software: no clock, no locale, no randomness that is not
derived from the evidence. Any executor, any number of workers and any order give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness import installed, results
from harness.account.dated import dated
from harness.agreed.agreement import agreement_of, without
from harness.agreed.holding import NOTHING, Holding, holding
from harness.decide import attempt_alpha, decide, family_risk, scenario_verdict, upheld
from harness.effort import held, short
from harness.errors import EvidenceError, SpecError, YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.crosscheck import refuse_other_bytes
from harness.evidence.journal import read_journal
from harness.evidence.verification import Verification
from harness.kit.words import Catalogue
from harness.model import Criterion, Indicator, Judgement, Lack, Line, Outcome, Reason, Rule, Verdict
from harness.plugins import Input, Measurand, Request, Shown
from harness.records import Record, record_of
from harness.results import Answer, Judged
from harness.spec import Profile, parse_profile, parse_scenario
from harness.spec.published import publisher_of, weaker
from harness.summaries import Key, Memory, Progress, ask_of, defaults_of, owners, summarise, traces_of

WORDS = Catalogue("harness", "evaluate")
BASELINE = "evaluate.baseline"
"""Why an indicator of a baseline has no verdict."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdicts of one bundle: ``results`` and ``figures`` are JSON values in their final form.

    ``baseline``: it judges nothing, and everything that it was to measure is there.
    """

    results: Mapping[str, Any]
    figures: Mapping[str, Any]
    baseline: bool = False

    @property
    def verdict(self) -> Verdict:
        """The scenario's verdict."""
        return Verdict(self.results["verdict"])


def evaluate(
    bundle: Bundle,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    checked: Verification | None = None,
) -> Evaluation:
    """Every verdict of the bundle's latest attempt, from bytes that hash to the journal's digests and no others.

    ``executor``: any ``concurrent.futures.Executor``; None works in this process. ``checked``: what a verification just read,
    which is not read again. EvidenceError when the journal is broken or speaks of other bytes.
    """
    events = (checked.events if checked else ()) or read_journal(bundle.journal_path)
    record = record_of(bundle, events)
    digests = checked.digests if checked else None
    refuse_other_bytes(bundle.root, events, [each.path for each in record.files], digests)
    written = bundle_profile(bundle)
    profile = without(written, agreement_of(bundle, written, events).undeclared)
    summaries = summarise(profile, record.traces, executor, progress)
    held_to = holding(bundle, written, record, events, summaries)
    judged = [_judge(_case(profile, record, each, summaries, held_to)) for each in profile.scenario.indicators]
    verdict = scenario_verdict([each.judgement for each in judged if each.indicator.mandatory])
    return Evaluation(
        results.document(campaign_id(bundle), held_to, record, verdict, judged),
        results.figures(judged),
        profile.baseline and all(_sealed_alone(each, profile) for each in judged),
    )


def _sealed_alone(judged: Judged, profile: Profile) -> bool:
    """Whether an indicator of a baseline was measured, or was not to be."""
    codes = {reason.code for reason in judged.judgement.reasons}
    return codes == {BASELINE} or judged.indicator.id not in profile.bindings


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look says of an indicator. ``watched``: its bounds hold at every look; else they are those of the planned end.

    ``lines``: what its measurand tells beside the value.
    """

    criterion: Criterion
    outcome: Outcome | None
    judgement: Judgement
    watched: bool
    lines: tuple[Line, ...] = ()


def provisional(
    profile: Profile, record: Record, look: int, memory: Memory, *, watchable: bool = True
) -> dict[str, Glance]:
    """What a growing bundle says at the ``look``-th look (from 1), per indicator that has a source.

    Only whole records count. ``record`` was read as growing. ``watchable``: only what has a limit and a statistic whose bounds
    hold at every look. ``memory`` of the former looks is extended: only what is new is decoded.
    """
    traces = tuple(replace(each, segments=tuple(filter(Path.exists, each.segments))) for each in record.traces)
    wanted = [] if profile.baseline and watchable else list(profile.scenario.indicators)
    wanted = [each for each in wanted if _watchable(profile.criterion(each.id)) or not watchable]
    read = {owner for each in wanted for owner in owners(profile, each.id)}
    summaries = memory.summarise(profile, [each for each in traces if each.indicator in read])
    record = replace(record, traces=traces)
    return {each.id: _glance(_case(profile, record, each, summaries), look) for each in wanted}


def _glance(case: _Case, look: int) -> Glance:
    """One indicator; a look that fails on what is half there hides none of the others."""
    criterion = case.criterion
    watched, absent = _watchable(criterion), _absent(case)
    if absent is not None:
        return Glance(criterion, None, absent, watched)
    views = _Views(case)
    measurand = installed.measurand(criterion.reading.measurand)
    if measurand is not None and criterion.reading.statistic in measurand.watchable and not watched:
        look = 0  # what would hold at every look is asked against a limit
    try:
        answer = views.answer(criterion, look=look)[0]
        lines = views.lines(answer, look)
    except Exception as error:  # noqa: BLE001 - the final evaluation names what is wrong; a look only waits
        refused = WORDS.reason("refused", problem=f"{type(error).__name__}: {error}"[:200])
        return Glance(criterion, None, Judgement(Verdict.INCONCLUSIVE, (refused,)), watched)
    return Glance(criterion, answer.outcome, answer.judgement, watched, lines)


def _watchable(criterion: Criterion) -> bool:
    """Simple acceptance compares the value alone, which no later look bounds."""
    measurand = installed.measurand(criterion.reading.measurand)
    return (
        criterion.limit is not None
        and criterion.rule is not Rule.SIMPLE
        and measurand is not None
        and criterion.reading.statistic in measurand.watchable
    )


def bundle_profile(bundle: Bundle) -> Profile:
    """The profile inside a bundle with the scenario inside it; EvidenceError when either does not load."""
    try:
        scenario = parse_scenario(bundle.scenario_path.read_bytes(), "scenario.yaml")
        return parse_profile(bundle.profile_path.read_bytes(), "profile.yaml", scenario)
    except SpecError as error:
        first = error.problems[0]
        msg = f"The bundle's own {first.where or 'scenario or profile'} does not load: {first.problem}"
        raise EvidenceError(msg, cure="replay it with the version of yanshou that made it.") from error


def campaign_id(bundle: Bundle) -> str:
    """The campaign's name in reports: scenario and the digest of the exact scenario and profile bytes."""
    digest = hashlib.sha256(bundle.scenario_path.read_bytes() + b"\0" + bundle.profile_path.read_bytes())
    return f"YS-{digest.hexdigest()[:12].upper()}"


def risks(profile: Profile, criterion: Criterion, attempt: int) -> tuple[Fraction | None, Fraction]:
    """Risks of a false PASS and of a false FAIL that one indicator may spend in the ``attempt``-th attempt.

    PASS: shared among the planned attempts, None beyond them. FAIL: one indicator fails the scenario, so it is shared
    among the mandatory ones that have a limit (docs/decisions/0005-decision-rule.md).
    """
    risk = 1 - criterion.confidence
    judged = [each.id for each in profile.scenario.indicators if each.mandatory and profile.criterion(each.id).limit]
    return attempt_alpha(risk, attempt, profile.attempts), family_risk(risk, max(len(judged), 1))


@dataclass(frozen=True, slots=True)
class _Case:
    """One indicator to judge: what it is judged by, and the summaries it reads; ``refused``: why there are fewer than traces."""

    indicator: Indicator
    profile: Profile
    record: Record
    inputs: tuple[Input, ...]
    refused: tuple[YanshouError, ...]
    held_to: Holding = NOTHING

    @property
    def criterion(self) -> Criterion:
        """The criterion of the deciding reading."""
        found = self.profile.criterion(self.indicator.id)
        return replace(found, agreed_by=self.held_to.agreed_by(self.indicator.id))

    @property
    def weaker(self) -> tuple[Reason, ...]:
        """What a scenario of one's own asks less of than the published one: it leaves PASS open."""
        published = self.profile.scenario.sha256 and publisher_of(self.profile.scenario)
        return () if published else weaker(self.indicator, self.criterion.reading)


def _case(
    profile: Profile,
    record: Record,
    indicator: Indicator,
    summaries: Mapping[Key, Any],
    held_to: Holding = NOTHING,
) -> _Case:
    read = [
        Input(trace.probe, trace.source, summaries[trace.indicator, trace.source], trace)
        for trace in traces_of(profile, record, indicator.id)
        if (trace.indicator, trace.source) in summaries
    ]
    refused = tuple(each.summary for each in read if isinstance(each.summary, YanshouError))
    return _Case(indicator, profile, record, tuple(read), refused, held_to)


def _judge(case: _Case) -> Judged:
    evidence = _evidence(case)
    absent = _absent(case)
    if absent is not None:
        absent = upheld(absent, case.held_to.standing.get(case.indicator.id, ()))
        return Judged(case.indicator, case.criterion, None, absent, Shown(), (), evidence, case.inputs, case.weaker)
    views = _Views(case)
    answer, shown = views.answer(case.criterion, show=True)
    others = tuple(
        views.answer(each)[0]
        for each in case.profile.criteria(case.indicator.id)
        if each.reading.name != case.criterion.reading.name and installed.measurand(each.reading.measurand) is not None
    )
    return Judged(
        case.indicator, case.criterion, answer, answer.judgement, shown, others, evidence, case.inputs, case.weaker
    )


class _Views:
    """Answers of one case: the inputs are digested once a measurand, whatever the number of readings."""

    def __init__(self, case: _Case) -> None:
        self._case = case
        self._seen: dict[str, Any] = {}

    def answer(self, criterion: Criterion, *, look: int = 0, show: bool = False) -> tuple[Answer, Shown]:
        """The final word on one reading, or the ``look``-th provisional one (from 1), with what a reader sees behind it."""
        spent, request = self._request(criterion, look)
        outcome, shown = self._outcome(criterion, request, show=show)
        outcome = results.rounded(outcome)
        invalid, lacks, remarks = self._case.held_to.effect(self._case.indicator, criterion)
        late = self._case.held_to.in_date(self._case.indicator, criterion, outcome.window)
        outcome = replace(
            outcome, invalid=(*invalid, *late, *outcome.invalid), remarks=(*outcome.remarks, *remarks)
        )  # an instrument that is out of date breaks what was measured with it, whatever else is missing
        record = self._case.record
        law = (
            *short(outcome, criterion.reading.minimum),
            *(Lack(each) for each in self._case.weaker),
            *lacks,
            *dated(outcome.window, self._case.profile.project, (record.began_ns, record.ended_ns), live=self._live),
        )
        variants = {
            name: (
                each,
                decide(Outcome(each.estimate, lacks=(*each.lacks, *law)), criterion, may_pass=spent is not None),
            )
            for name, each in outcome.variants.items()
        }
        outcome = held(outcome, criterion.reading.minimum, law)
        judgement = decide(outcome, criterion, may_pass=spent is not None)
        if criterion.reading.name == self._case.criterion.reading.name:
            judgement = upheld(judgement, self._case.held_to.standing.get(self._case.indicator.id, ()))
        return Answer(criterion, outcome, judgement, variants), shown

    @property
    def _live(self) -> bool:
        """Whether some evidence came from a device while it was recorded: its settings say so (``streamed``)."""
        return any(getattr(each.trace.settings, "streamed", False) for each in self._case.inputs)

    def lines(self, answer: Answer, look: int) -> tuple[Line, ...]:
        """What the measurand tells of this look beside its value; nothing where it tells nothing."""
        measurand = installed.measurand(answer.criterion.reading.measurand)
        if measurand is None or not measurand.live or _unfit(measurand, self._case.inputs):
            return ()
        request = self._request(answer.criterion, look)[1]
        return tuple(installed.resolve(measurand.live)(self._view(measurand), answer.outcome, request))

    def _outcome(self, criterion: Criterion, request: Request, *, show: bool) -> tuple[Outcome, Shown]:
        measurand = installed.measurand(criterion.reading.measurand)
        assert measurand is not None  # noqa: S101 - _absent and the caller made sure
        unfit = _unfit(measurand, self._case.inputs)
        statistic = measurand.statistics.get(criterion.reading.statistic)
        if unfit or statistic is None:
            return Outcome(None, invalid=unfit or (_no_statistic(criterion),)), Shown()
        try:
            view = self._view(measurand)
            outcome: Outcome = installed.resolve(statistic)(view, request)
            shown = installed.resolve(measurand.show)(view, outcome, request) if show and measurand.show else Shown()
        except YanshouError as error:
            return Outcome(None, invalid=(_refused(error),)), Shown()
        return outcome, shown

    def _view(self, measurand: Measurand) -> Any:
        if measurand.name not in self._seen:
            ask = ask_of(self._case.profile, self._case.indicator)
            self._seen[measurand.name] = installed.resolve(measurand.view)(self._case.inputs, ask)
        return self._seen[measurand.name]

    def _request(self, criterion: Criterion, look: int) -> tuple[Fraction | None, Request]:
        case = self._case
        spent, beta = risks(case.profile, criterion, case.record.counted)
        return spent, Request(
            indicator=case.indicator.id,
            reading=criterion.reading,
            limit=criterion.limit,
            rule=criterion.rule,
            alpha=1 - criterion.confidence if spent is None else spent,
            beta=beta,
            declared=case.profile.declared.get(case.indicator.id, {}),
            project=case.profile.project,
            seed=case.record.digest,
            watched=look > 0,
            look=max(1, look),
            defaults=defaults_of(case.indicator),
            practice=case.profile.practice,
            instruments=case.held_to.in_use(case.indicator, criterion),
            agreed=case.held_to.agreed_constants(case.indicator.id),
        )


def _unfit(measurand: Measurand, inputs: Sequence[Input]) -> tuple[Reason, ...]:
    """Evidence that the measurand cannot read; the profile was checked for it, a bundle of a stranger was not."""
    wrong = [each for each in inputs if _class_of(each.summary) not in measurand.accepts]
    return tuple(
        WORDS.reason("unfit-evidence", source=each.source, probe=each.probe, measurand=measurand.title)
        for each in wrong
    )


def _class_of(summary: object) -> str:
    return f"{type(summary).__module__}:{type(summary).__qualname__}"


def _no_statistic(criterion: Criterion) -> Reason:
    reading = criterion.reading
    return WORDS.reason("no-statistic", measurand=reading.measurand, statistic=reading.statistic)


def _refused(error: YanshouError) -> Reason:
    """Bytes or numbers that a decoder or a statistic refuses break the indicator, not the whole evaluation."""
    refused = WORDS.reason("refused", problem=str(error))
    return replace(refused, code=f"{refused.code}.{error.code}")


def _absent(case: _Case) -> Judgement | None:
    """NOT_TESTED or INVALID where there is nothing to estimate from; None where there is."""
    identifier, reading = case.indicator.id, case.criterion.reading
    failed = [each for each in case.record.failures if each.indicator in owners(case.profile, identifier)]
    if failed:
        problems = [WORDS.text("failure", source=each.source, problem=each.problem) for each in failed]
        return Judgement(Verdict.INVALID, (WORDS.reason("capture-failed", problems=problems),))
    if identifier not in case.profile.bindings:
        return _not_tested("no-source")
    if installed.measurand(reading.measurand) is None:
        return _not_tested("no-probe", measurand=reading.measurand)
    if case.refused:
        return Judgement(Verdict.INVALID, tuple(_refused(error) for error in case.refused))
    if not case.inputs:
        return _not_tested("no-evidence")
    if case.profile.baseline:
        return _not_tested("baseline")
    return None


def _not_tested(key: str, **facts: str) -> Judgement:
    return Judgement(Verdict.NOT_TESTED, (WORDS.reason(key, **facts),))


def _evidence(case: _Case) -> tuple[Mapping[str, Any], ...]:
    read = owners(case.profile, case.indicator.id)
    return tuple(each.as_json() for each in case.record.files if each.indicator in read)
