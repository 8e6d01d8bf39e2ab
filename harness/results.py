# SPDX-License-Identifier: Apache-2.0
"""The shape of results.json and figures.json (docs/reference/results.md), and the rounding of its numbers.

Bounds are rounded to twelve significant digits before they are judged, so that what is printed is what
was judged and the last bits of another machine's floating point cannot change a byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from harness.model import (
    BudgetItem,
    Criterion,
    Estimate,
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
from harness.plugins import Shown
from harness.quantity import Limit
from harness.records import Record
from harness.spec import Profile

SCHEMA = "yanshou.results/2"
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
    identity: str, profile: Profile, record: Record, verdict: Verdict, judged: Sequence[Judged]
) -> dict[str, Any]:
    """results.json as JSON values (architecture: public interface)."""
    return {
        "schema": SCHEMA,
        "software": {"name": "yanshou", "version": version("yanshou")},
        "campaign": {"id": identity, **_campaign(profile, record)},
        "scenario": {"id": profile.scenario.id, "title": _text(profile.scenario.title)},
        "verdict": verdict.value,
        "indicators": [_indicator(each, profile, record) for each in judged],
    }


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """figures.json: the data of every picture, so that reports need neither decoder nor probe."""
    return {
        "schema": "yanshou.figures/1",
        "figures": [
            {
                "indicator": each.indicator.id,
                "kind": figure.kind,
                "title": _text(figure.title),
                "unit": figure.unit,
                "data": plain(figure.data),
            }
            for each in judged
            for figure in each.shown.figures
        ],
    }


def plain(value: Any) -> Any:
    """JSON values of nested mappings, sequences and numbers; floats at twelve digits, infinities as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, Text):
        return _text(value)
    if isinstance(value, Reason):
        return _text(value.text)
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return _number(value)


def _campaign(profile: Profile, record: Record) -> dict[str, Any]:
    project, test = profile.project, profile.test
    return {
        "project": project.name,
        "applicant": {"name": project.applicant.name, "uscc": project.applicant.uscc},
        "site": project.site,
        "period": {"start": project.start.isoformat(), "end": project.end.isoformat()},
        "test": {
            "kind": test.kind,
            "organisation": test.organisation,
            "operator": test.operator,
            "environment": plain(test.environment),
        },
        "attempts": {"made": record.attempt, "planned": profile.attempts},
        "clock_synchronised": record.clock_synchronised,
        "simulated": list(record.simulated),
    }


def _indicator(each: Judged, profile: Profile, record: Record) -> dict[str, Any]:
    indicator, outcome = each.indicator, each.outcome
    clause = indicator.clause
    return {
        "id": indicator.id,
        "title": _text(indicator.title),
        "clause": {
            "text": clause.text,
            "document": clause.document,
            "issuer": clause.issuer,
            "annex": clause.annex,
            "row": clause.row,
        },
        "kind": indicator.kind.value,
        "mandatory": indicator.mandatory,
        "reading": _reading(each.criterion),
        "chosen": indicator.id in profile.chosen,
        "criterion": _criterion(each.criterion),
        "estimate": _estimate(outcome.estimate) if outcome and outcome.estimate else None,
        "budget": [_budget(item) for item in outcome.estimate.budget] if outcome and outcome.estimate else [],
        "verdict": each.judgement.verdict.value,
        "reasons": [_reason(reason) for reason in each.judgement.reasons],
        "remarks": [_reason(reason) for reason in outcome.remarks] if outcome else [],
        "need": None if each.judgement.need is None else _need(each.judgement.need),
        "leaning": each.judgement.leaning,
        "other_readings": [_other(other) for other in each.others],
        "variants": {}
        if each.answer is None
        else {name: _variant(*both) for name, both in each.answer.variants.items()},
        "listings": [_listing(listing) for listing in each.shown.listings],
        "evidence": [dict(item) for item in each.evidence],
        "attempts": record.attempt,
    }


def _reading(criterion: Criterion) -> dict[str, Any]:
    reading = criterion.reading
    return {
        "name": reading.name,
        "title": _text(reading.title),
        "why": _text(reading.why),
        "measurand": reading.measurand,
        "statistic": reading.statistic,
        "parameters": plain(reading.parameters),
        "default": reading.default,
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    limit: Limit | None = criterion.limit
    return {
        "op": limit.op if limit else None,
        "limit": _number(limit.quantity.value) if limit else None,
        "unit": limit.quantity.unit if limit else None,
        "rule": criterion.rule.value,
        "confidence": _number(criterion.confidence),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _number(estimate.value),
        "unit": estimate.unit,
        "n": estimate.n,
        "n_eff": _number(estimate.n_eff),
        "lower": None if estimate.lower is None else _number(estimate.lower),
        "upper": None if estimate.upper is None else _number(estimate.upper),
        "confidence": _number(estimate.confidence),
        "method": _text(estimate.method),
        "allowance": _number(estimate.allowance),
        "diagnostics": plain(estimate.diagnostics),
    }


def _variant(variant: Variant, judgement: Judgement) -> dict[str, Any]:
    estimate = variant.estimate
    value, lower, upper = (
        None if each is None else _number(each) for each in (estimate.value, estimate.lower, estimate.upper)
    )
    return {
        "title": _text(variant.title),
        "value": value,
        "lower": lower,
        "upper": upper,
        "unit": estimate.unit,
        "verdict": judgement.verdict.value,
    }


def _need(need: Need) -> dict[str, Any]:
    return {
        "text": _text(need.text),
        "towards": need.towards,
        "counted": need.counted,
        "n": need.n,
        "n_if_clean": need.n_if_clean,
        "seconds": None if need.seconds is None else _number(need.seconds),
    }


def _listing(listing: Listing) -> dict[str, Any]:
    columns = [{"key": each.key, "title": _text(each.title), "unit": each.unit} for each in listing.columns]
    return {"key": listing.key, "title": _text(listing.title), "columns": columns, "rows": plain(listing.rows)}


def _other(answer: Answer) -> dict[str, Any]:
    criterion, judgement, estimate = answer.criterion, answer.judgement, answer.outcome.estimate
    bounds = (None, None, None) if estimate is None else (estimate.value, estimate.lower, estimate.upper)
    value, lower, upper = (None if number is None else _number(number) for number in bounds)
    return {
        "reading": criterion.reading.name,
        "title": _text(criterion.reading.title),
        "criterion": _criterion(criterion),
        "value": value,
        "lower": lower,
        "upper": upper,
        "unit": estimate.unit if estimate else None,
        "verdict": judgement.verdict.value,
        "reasons": [_reason(reason) for reason in judgement.reasons],
    }


def _budget(item: BudgetItem) -> dict[str, Any]:
    return {"component": _text(item.component), "type": item.type, "value": _number(item.value), "unit": item.unit}


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "facts": plain(reason.facts), "text": _text(reason.text)}


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _round(value: Any) -> Any:
    """Floats to twelve significant digits; whole numbers and fractions stay exact."""
    if isinstance(value, bool | int | Fraction):
        return value
    return float(f"{float(value):.{DIGITS}g}")


def _number(value: Any) -> int | float | None:
    """A JSON number: whole fractions as int, others as rounded float, what is not finite as None."""
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return value if abs(value) < 2**53 else float(value)
    number = float(f"{float(value):.{DIGITS}g}")
    return number if number - number == 0 else None
