# SPDX-License-Identifier: Apache-2.0
"""What was judged becomes the records of results.json and figures.json (harness.documents, harness.pictures).

Bounds are rounded to twelve significant digits before they are judged, so that what is printed is what
was judged and the last bits of another machine's floating point cannot change a byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from harness import documents, installed, pictures
from harness.account import entries, scope
from harness.account.entries import TextEntry
from harness.account.values import plain
from harness.agreed.holding import Holding, agreed_entry
from harness.model import (
    BudgetItem,
    Clause,
    Criterion,
    Estimate,
    Figure,
    Indicator,
    Judgement,
    Listing,
    Need,
    Outcome,
    Reason,
    Text,
    Variant,
    Verdict,
)
from harness.plugins import Input, Shown
from harness.records import Record
from harness.spec import Organisation, Profile

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reading says: the outcome, the verdict on it, and the verdicts on its variants."""

    criterion: Criterion
    outcome: Outcome
    judgement: Judgement
    variants: Mapping[str, tuple[Variant, Judgement]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One indicator with its verdict, the answer of the deciding reading (None: nothing to estimate from) and of the others."""

    indicator: Indicator
    criterion: Criterion
    answer: Answer | None
    judgement: Judgement
    shown: Shown
    others: tuple[Answer, ...]
    evidence: tuple[Mapping[str, Any], ...]
    inputs: tuple[Input, ...] = ()
    weaker: tuple[Reason, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of the deciding reading."""
        return None if self.answer is None else self.answer.outcome


def rounded(outcome: Outcome) -> Outcome:
    """The outcome with the floating-point numbers of its estimates at twelve significant digits."""
    variants = {name: replace(each, estimate=_rounded(each.estimate)) for name, each in outcome.variants.items()}
    estimate = None if outcome.estimate is None else _rounded(outcome.estimate)
    return replace(outcome, estimate=estimate, variants=variants)


def _rounded(estimate: Estimate) -> Estimate:
    return replace(
        estimate,
        value=_round(estimate.value),
        lower=None if estimate.lower is None else _round(estimate.lower),
        upper=None if estimate.upper is None else _round(estimate.upper),
        n_eff=_round(estimate.n_eff),
        allowance=_round(estimate.allowance),
        budget=tuple(replace(item, value=_round(item.value)) for item in estimate.budget),
    )


def document(
    identity: str, held_to: Holding, record: Record, verdict: Verdict, judged: Sequence[Judged]
) -> dict[str, Any]:
    """results.json as JSON values (docs/reference/results.md)."""
    profile = held_to.profile
    assert profile is not None  # noqa: S101 - what is judged was held to a profile
    scenario = scope.scenario(profile.scenario)
    return documents.Results(
        schema="yanshou.results/2",
        software=documents.SoftwareEntry(name="yanshou", version=version("yanshou")),
        campaign=_campaign(identity, profile, record, held_to),
        scenario=scenario,
        verdict=verdict.value,
        indicators=tuple(_indicator(each, profile, record) for each in judged),
    ).as_json()


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """figures.json: the data of every picture, so that reports need neither decoder nor probe; empty ones are left out."""
    drawn = [_figure(each.indicator.id, figure) for each in judged for figure in each.shown.figures if len(figure)]
    return pictures.Pictures.model_validate({"schema": pictures.SCHEMA, "figures": drawn}, strict=False).as_json()


def _figure(indicator: str, figure: Figure) -> dict[str, Any]:
    title = plain(figure.title)
    data = plain(figure.data)
    return {"indicator": indicator, "kind": figure.kind, "title": title, "unit": figure.unit, "data": data}


def _campaign(identity: str, profile: Profile, record: Record, held_to: Holding) -> documents.CampaignEntry:
    project, test = profile.project, profile.test
    return documents.CampaignEntry(
        id=identity,
        project=project.name,
        applicant=_organisation(project.applicant),
        members=tuple(map(_organisation, project.members)),
        site=project.site,
        period=documents.PeriodEntry(start=project.start.isoformat(), end=project.end.isoformat()),
        test=documents.TestingEntry(
            kind=plain(test.kind),
            organisation=test.organisation,
            operator=test.operator,
            environment=plain(test.environment),
        ),
        attempts=documents.AttemptsEntry(made=record.counted, planned=profile.attempts),
        former=tuple(map(scope.attempt, record.former)),
        practice=profile.practice,
        clock_synchronised=record.clock_synchronised,
        agreed=agreed_entry(held_to),
        simulated=tuple(record.simulated),
    )


def _organisation(each: Organisation) -> documents.OrganisationEntry:
    return documents.OrganisationEntry(name=each.name, uscc=each.uscc)


def _indicator(each: Judged, profile: Profile, record: Record) -> documents.IndicatorEntry:
    indicator, outcome, judgement = each.indicator, each.outcome, each.judgement
    estimate = None if outcome is None else outcome.estimate
    variants = {} if each.answer is None else each.answer.variants
    return documents.IndicatorEntry(
        id=indicator.id,
        title=_text(indicator.title),
        clause=_clause(indicator.clause),
        kind=indicator.kind.value,
        mandatory=indicator.mandatory,
        reading=_reading(each.criterion),
        chosen=indicator.id in profile.chosen,
        criterion=_criterion(each.criterion),
        speaks=_text(scope.speaks(indicator, each.criterion.reading, outcome)),
        window=scope.window(each.criterion.reading, outcome),
        effort=scope.effort(each.criterion.reading, outcome),
        constants=scope.constants(indicator, each.criterion.reading, profile),
        settings=scope.settings(each.inputs),
        weaker=_reasons(each.weaker),
        estimate=_estimate(estimate),
        budget=() if estimate is None else tuple(map(_budget, estimate.budget)),
        verdict=judgement.verdict.value,
        reasons=_reasons(judgement.reasons),
        remarks=() if outcome is None else _reasons(outcome.remarks),
        need=_need(judgement.need),
        leaning=plain(judgement.leaning),
        variants=tuple(_variant(name, *both) for name, both in variants.items()),
        other_readings=tuple(map(_other, each.others)),
        listings=tuple(map(_listing, each.shown.listings)),
        evidence=tuple(documents.FileEntry(**file) for file in each.evidence),
        attempts=record.attempt,
    )


def _clause(clause: Clause) -> documents.ClauseEntry:
    return documents.ClauseEntry(
        text=clause.text, document=clause.document, issuer=clause.issuer, annex=clause.annex, row=clause.row
    )


def _reading(criterion: Criterion) -> documents.ReadingEntry:
    reading = criterion.reading
    return documents.ReadingEntry(
        name=reading.name,
        title=_text(reading.title),
        why=_text(reading.why),
        measurand=_measurand(reading.measurand),
        statistic=reading.statistic,
        parameters=plain(reading.parameters),
        default=reading.default,
        about=reading.about.value,
    )


def _measurand(name: str) -> documents.MeasurandEntry:
    measurand = installed.measurand(name)
    if measurand is None:
        return documents.MeasurandEntry(name=name, title=None, offered_by=None)
    distribution, its_version = installed.offered_by(installed.MEASURANDS, name)
    offered_by = documents.SoftwareEntry(name=distribution, version=its_version)
    return documents.MeasurandEntry(name=name, title=_text(measurand.title), offered_by=offered_by)


def _criterion(criterion: Criterion) -> documents.CriterionEntry:
    limit = criterion.limit
    return documents.CriterionEntry(
        op=plain(limit.op) if limit else None,
        limit=plain(limit.quantity.value) if limit else None,
        unit=limit.quantity.unit if limit else None,
        rule=criterion.rule.value,
        confidence=plain(criterion.confidence),
        agreed_by=criterion.agreed_by,
    )


def _estimate(estimate: Estimate | None) -> documents.EstimateEntry | None:
    if estimate is None:
        return None
    return documents.EstimateEntry(
        value=plain(estimate.value),
        unit=estimate.unit,
        n=int(estimate.n),
        n_eff=plain(estimate.n_eff),
        lower=plain(estimate.lower),
        upper=plain(estimate.upper),
        confidence=plain(estimate.confidence),
        method=_text(estimate.method),
        allowance=plain(estimate.allowance),
        diagnostics=plain(estimate.diagnostics),
    )


def _variant(name: str, variant: Variant, judgement: Judgement) -> documents.VariantEntry:
    return documents.VariantEntry(
        name=name,
        title=_text(variant.title),
        estimate=_estimate(variant.estimate),
        verdict=judgement.verdict.value,
        reasons=_reasons(judgement.reasons),
    )


def _other(answer: Answer) -> documents.OtherReadingEntry:
    return documents.OtherReadingEntry(
        reading=answer.criterion.reading.name,
        title=_text(answer.criterion.reading.title),
        about=answer.criterion.reading.about.value,
        criterion=_criterion(answer.criterion),
        estimate=_estimate(answer.outcome.estimate),
        verdict=answer.judgement.verdict.value,
        reasons=_reasons(answer.judgement.reasons),
    )


def _need(need: Need | None) -> documents.NeedEntry | None:
    if need is None:
        return None
    return documents.NeedEntry(
        text=_text(need.text),
        towards=plain(need.towards),
        counted=need.counted,
        n=plain(need.n),
        n_if_clean=plain(need.n_if_clean),
        seconds=plain(need.seconds),
    )


def _listing(listing: Listing) -> documents.ListingEntry:
    columns = [documents.ColumnEntry(key=each.key, title=_text(each.title), unit=each.unit) for each in listing.columns]
    rows = tuple(tuple(map(plain, row)) for row in listing.rows)
    return documents.ListingEntry(key=listing.key, title=_text(listing.title), columns=tuple(columns), rows=rows)


def _budget(item: BudgetItem) -> documents.BudgetEntry:
    return documents.BudgetEntry(
        component=_text(item.component), type=plain(item.type), value=plain(item.value), unit=item.unit
    )


def _reasons(reasons: Sequence[Reason]) -> tuple[entries.ReasonEntry, ...]:
    return tuple(
        entries.ReasonEntry(code=each.code, facts=plain(each.facts), text=_text(each.text)) for each in reasons
    )


def _text(text: Text) -> TextEntry:
    return scope.entry(text)


def _round(value: Any) -> Any:
    """Floats to twelve significant digits; whole numbers and fractions stay exact."""
    if isinstance(value, bool | int | Fraction):
        return value
    return float(f"{float(value):.{DIGITS}g}")
