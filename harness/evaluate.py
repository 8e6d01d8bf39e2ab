# SPDX-License-Identifier: Apache-2.0
"""Trace -> decode -> series -> summary -> estimate -> verdict: the only path, live and replayed.

A pure function of the bundle's bytes and the software: no clock, no locale, no randomness that is not
derived from the evidence. Any executor, any number of workers and any order give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness import plugins, results
from harness.decide import attempt_alpha, decide, family_risk, scenario_verdict
from harness.errors import YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent, read_journal
from harness.model import Criterion, Indicator, Judgement, Outcome, Reading, Reason, Rule, Text, Verdict
from harness.plugins import Chunk, Context, Input, Request, Trace
from harness.records import Record, record_of
from harness.spec import Profile, parse_profile, parse_scenario


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdicts of one bundle: ``results`` and ``figures`` are JSON values in their final form."""

    results: Mapping[str, Any]
    figures: Mapping[str, Any]

    @property
    def verdict(self) -> Verdict:
        """The scenario's verdict."""
        return Verdict(self.results["verdict"])


@dataclass(frozen=True, slots=True)
class _Task:
    """One chunk to summarise: which input it belongs to, and everything a worker needs."""

    key: tuple[str, str, str]
    probe: str
    chunk: Chunk
    context: Context


def evaluate(
    bundle: Bundle, *, executor: Executor | None = None, progress: Callable[[int, int], None] | None = None
) -> Evaluation:
    """Every verdict of the bundle's latest attempt; EvidenceError when its journal is broken.

    ``executor``: any ``concurrent.futures.Executor``; None works in this process.
    """
    profile = bundle_profile(bundle)
    record = record_of(bundle, read_journal(bundle.journal_path))
    told = progress or (lambda _done, _total: None)
    inputs = _inputs(profile, record, profile.scenario.indicators, _chunks, executor, progress=told)
    judged = [
        _judge(indicator, profile, record, inputs.get(indicator.id, [])) for indicator in profile.scenario.indicators
    ]
    verdict = scenario_verdict([each.judgement for each in judged if each.indicator.mandatory])
    return Evaluation(
        results.document(campaign_id(bundle), profile, record, verdict, judged),
        results.figures(judged),
    )


def provisional(
    bundle: Bundle, events: Sequence[JournalEvent], look: int
) -> dict[str, tuple[Outcome | None, Judgement]]:
    """What the growing bundle says at the ``look``-th look (from 1), per indicator whose estimator offers bounds for it.

    Only whole records count. ``events``: the journal so far. What has a limit and a watchable measurand is judged.
    """
    profile = bundle_profile(bundle)
    record = record_of(bundle, events)
    traces = tuple(replace(each, segments=tuple(filter(Path.exists, each.segments))) for each in record.traces)
    record = replace(record, traces=traces)
    wanted = [each for each in profile.scenario.indicators if _watchable(profile.criterion(each.id))]
    inputs = _inputs(profile, record, wanted, _whole_chunks)
    found: dict[str, tuple[Outcome | None, Judgement]] = {}
    for indicator in wanted:
        criterion, mine = profile.criterion(indicator.id), inputs.get(indicator.id, [])
        absent = _absent(indicator, criterion.reading, profile, record, mine)
        found[indicator.id] = (
            _verdict(indicator, criterion, profile, record, mine, look=look) if absent is None else (None, absent)
        )
    return found


def _watchable(criterion: Criterion) -> bool:
    """Simple acceptance compares the value alone, which no later look bounds."""
    return (
        criterion.limit is not None
        and criterion.rule is not Rule.SIMPLE
        and plugins.watchable(criterion.reading.measurand)
    )


def bundle_profile(bundle: Bundle) -> Profile:
    """The profile inside a bundle with the scenario inside it; SpecError when either does not load."""
    scenario = parse_scenario(bundle.scenario_path.read_bytes(), "scenario.yaml")
    return parse_profile(bundle.profile_path.read_bytes(), "profile.yaml", scenario)


def campaign_id(bundle: Bundle) -> str:
    """The campaign's name in reports: scenario and the digest of the exact scenario and profile bytes."""
    digest = hashlib.sha256(bundle.scenario_path.read_bytes() + b"\0" + bundle.profile_path.read_bytes())
    return f"YS-{digest.hexdigest()[:12].upper()}"


def context_of(profile: Profile, indicator: Indicator, config: Mapping[str, Any]) -> Context:
    """What a summary for this indicator may depend on besides the bytes."""
    criteria = profile.criteria(indicator.id)
    return Context(
        indicator=indicator.id,
        limits=tuple(each.limit for each in criteria if each.limit is not None),
        readings=indicator.readings,
        declared=profile.declared.get(indicator.id, {}),
        config=config,
        period=(profile.project.start, profile.project.end),
        applicant_uscc=profile.project.applicant.uscc,
        member_usccs=tuple(member.uscc for member in profile.project.members),
    )


def risks(profile: Profile, criterion: Criterion, attempt: int) -> tuple[Fraction | None, Fraction]:
    """Risks of a false PASS and of a false FAIL that one indicator may spend in the ``attempt``-th attempt.

    PASS: shared among the planned attempts, None beyond them. FAIL: one indicator fails the scenario, so it is shared
    among the mandatory ones that have a limit (docs/decisions/0005-decision-rule.md).
    """
    risk = 1 - criterion.confidence
    judged = [each.id for each in profile.scenario.indicators if each.mandatory and profile.criterion(each.id).limit]
    return attempt_alpha(risk, attempt, profile.attempts), family_risk(risk, max(len(judged), 1))


def _chunks(trace: Trace) -> Iterable[Chunk]:
    return plugins.probe(trace.probe).chunks(trace)


def _whole_chunks(trace: Trace) -> Iterable[Chunk]:
    """The chunks of segments that may still grow, cut to whole records."""
    whole = {path: plugins.probe(trace.probe).whole(path) for path in trace.segments}
    for chunk in _chunks(trace):
        if chunk.start < (end := whole[chunk.path]):
            yield replace(chunk, stop=end if chunk.stop < 0 else min(chunk.stop, end))


def _inputs(
    profile: Profile,
    record: Record,
    indicators: Sequence[Indicator],
    pieces: Callable[[Trace], Iterable[Chunk]],
    executor: Executor | None = None,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, list[Input]]:
    """Per indicator, one summary for each of its own and borrowed traces, of which ``pieces`` gives the chunks."""
    wanted = [
        (indicator, trace, trace.indicator != indicator.id)
        for indicator in indicators
        for trace in _traces(profile, record, indicator.id)
    ]
    tasks = [
        _Task(
            (indicator.id, trace.indicator, trace.source),
            trace.probe,
            chunk,
            context_of(profile, indicator, trace.config),
        )
        for indicator, trace, _ in wanted
        for chunk in pieces(trace)
    ]
    merged = _summaries(tasks, executor, progress)
    found: dict[str, list[Input]] = {}
    for indicator, trace, borrowed in wanted:
        summary = merged.get((indicator.id, trace.indicator, trace.source))
        if summary is not None:
            found.setdefault(indicator.id, []).append(Input(trace.probe, trace.source, summary, trace, borrowed))
    return found


def _traces(profile: Profile, record: Record, identifier: str) -> list[Trace]:
    binding = profile.bindings.get(identifier)
    if binding is None:
        return []
    owners = [identifier, *binding.borrowed]
    return [trace for owner in owners for trace in record.traces if trace.indicator == owner]


def _summaries(
    tasks: Sequence[_Task], executor: Executor | None, progress: Callable[[int, int], None]
) -> dict[tuple[str, str, str], Any]:
    """Merged per input; the refusal of one chunk, the first in the order of the evidence, stands for its input."""
    merged: dict[tuple[str, str, str], Any] = {}
    refused: dict[tuple[str, str, str], tuple[str, YanshouError]] = {}
    for done, (task, summary) in enumerate(_summarised(tasks, executor), start=1):
        if isinstance(summary, YanshouError):
            place = (f"{task.chunk.path}:{task.chunk.start:020}", summary)
            refused[task.key] = min(refused.get(task.key, place), place, key=lambda found: found[0])
        else:
            merged[task.key] = merged[task.key].merge(summary) if task.key in merged else summary
        progress(done, len(tasks))
    return merged | {key: error for key, (_, error) in refused.items()}


def _summarised(tasks: Sequence[_Task], executor: Executor | None) -> Iterable[tuple[_Task, Any]]:
    if executor is None:
        return map(_summarise, tasks)
    return (future.result() for future in as_completed([executor.submit(_summarise, task) for task in tasks]))


def _summarise(task: _Task) -> tuple[_Task, Any]:
    """Run in a worker: the chunk's summary, or the error that says why there is none."""
    try:
        return task, plugins.probe(task.probe).summarise(task.chunk, task.context)
    except YanshouError as error:
        return task, error


def _judge(indicator: Indicator, profile: Profile, record: Record, inputs: Sequence[Input]) -> results.Judged:
    criterion = profile.criterion(indicator.id)
    absent = _absent(indicator, criterion.reading, profile, record, inputs)
    if absent is not None:
        return results.Judged(indicator, criterion, None, absent, (), _evidence(profile, record, indicator.id))
    outcome, judgement = _verdict(indicator, criterion, profile, record, inputs)
    others = tuple(
        (each, *_verdict(indicator, each, profile, record, inputs))
        for each in profile.criteria(indicator.id)
        if each.reading.name != criterion.reading.name and plugins.estimator(each.reading.measurand) is not None
    )
    return results.Judged(indicator, criterion, outcome, judgement, others, _evidence(profile, record, indicator.id))


def _verdict(
    indicator: Indicator,
    criterion: Criterion,
    profile: Profile,
    record: Record,
    inputs: Sequence[Input],
    *,
    look: int = 0,
) -> tuple[Outcome, Judgement]:
    """The final word, or the ``look``-th provisional one (from 1)."""
    estimate = plugins.estimator(criterion.reading.measurand)
    assert estimate is not None  # noqa: S101 - _absent and the caller made sure
    spent, beta = risks(profile, criterion, record.attempt)
    request = Request(
        indicator=indicator.id,
        reading=criterion.reading,
        limit=criterion.limit,
        rule=criterion.rule,
        alpha=1 - criterion.confidence if spent is None else spent,
        beta=beta,
        context=context_of(profile, indicator, inputs[0].trace.config),
        seed=record.digest,
        watched=look > 0,
        look=max(1, look),
    )
    try:
        outcome = results.rounded(estimate(inputs, request))
    except YanshouError as error:
        outcome = Outcome(None, invalid=(_refused(error),))
    return outcome, decide(outcome, criterion, may_pass=spent is not None)


def _refused(error: YanshouError) -> Reason:
    """Bytes or numbers that a decoder or a statistic refuses break the indicator, not the whole evaluation."""
    return Reason(f"evaluate.refused.{error.code}", Text(f"数据不能使用：{error}", f"The data cannot be used: {error}"))


def _absent(
    indicator: Indicator, reading: Reading, profile: Profile, record: Record, inputs: Sequence[Input]
) -> Judgement | None:
    """NOT_TESTED or INVALID where there is nothing to estimate from; None where there is."""
    failed = [failure for failure in record.failures if failure.indicator in _owners(profile, indicator.id)]
    if failed:
        texts = "; ".join(f"{each.source}: {each.problem}" for each in failed)
        reason = Reason("evaluate.capture-failed", Text(f"采集中断：{texts}", f"Recording failed: {texts}"))
        return Judgement(Verdict.INVALID, (reason,))
    if indicator.id not in profile.bindings:
        return _not_tested(
            "evaluate.no-source", "测试方案没有为该指标指定数据来源。", "The profile binds no source to this indicator."
        )
    if plugins.estimator(reading.measurand) is None:
        return _not_tested(
            "evaluate.no-probe",
            f"没有已安装的探针能够测量“{reading.measurand}”。",
            f"No installed probe measures {reading.measurand!r}.",
        )
    refused = [each.summary for each in inputs if isinstance(each.summary, YanshouError)]
    if refused:
        return Judgement(Verdict.INVALID, tuple(_refused(error) for error in refused))
    if not inputs:
        return _not_tested("evaluate.no-evidence", "没有记录到任何原始数据。", "No raw data were recorded.")
    return None


def _owners(profile: Profile, identifier: str) -> tuple[str, ...]:
    binding = profile.bindings.get(identifier)
    return (identifier,) if binding is None else (identifier, *binding.borrowed)


def _not_tested(code: str, zh: str, en: str) -> Judgement:
    return Judgement(Verdict.NOT_TESTED, (Reason(code, Text(zh, en)),))


def _evidence(profile: Profile, record: Record, identifier: str) -> tuple[Mapping[str, Any], ...]:
    owners = _owners(profile, identifier)
    return tuple(each.as_json() for each in record.files if each.indicator in owners)
