# SPDX-License-Identifier: Apache-2.0
"""An estimate and a criterion become a verdict: the only place that says PASS or FAIL.

Three-way rule with stated risks (JCGM 106:2012; ILAC-G8:09/2019; docs/decisions/0005-decision-rule.md): whoever
claims "conforms" or "does not conform" has to prove it, everything between is INCONCLUSIVE. Numbers are compared
as exact fractions in the limit's own unit; a float stands for the binary fraction it holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from harness.errors import SpecError, StatisticsError
from harness.kit.words import Catalogue
from harness.model import Criterion, Estimate, Judgement, Need, Outcome, Reason, Rule, Side, Text, Verdict
from harness.quantity import Limit, Quantity, decimal_text, grouped, unit_of, unit_word

WORDS = Catalogue("harness", "decide")
STRINGENT_FACTOR = Fraction(400, 329)
"""Guard band w = U = 2u through the guarded rule's one-sided distance 1.645u: 2/1.645 (ILAC-G8 table 1, w = r U)."""

_Number = float | int | Fraction


def decide(outcome: Outcome, criterion: Criterion, *, may_pass: bool = True) -> Judgement:
    """The verdict on one indicator, its reasons, and which way the point estimate leans.

    ``may_pass`` is False for an attempt beyond the planned ones: no risk is left, so it can FAIL but never PASS.
    Order: broken precondition, unusable numbers, a violation proven by the valid parts, invalid parts, what is missing,
    nothing to compare, then the rule. Remarks have no part in it and stay with the outcome. While the verdict is open
    ``need`` is the outcome's, or else computed from the bounds. Never raises on numbers.
    """
    lacking = tuple(each.reason for each in outcome.lacks)
    told = (*outcome.invalid_parts, *lacking)
    if outcome.invalid:
        return Judgement(Verdict.INVALID, (*outcome.invalid, *told), outcome.need)
    estimate, limit = outcome.estimate, criterion.limit
    case = None if estimate is None or limit is None else _exact(estimate, limit)
    if isinstance(case, Reason):
        return Judgement(Verdict.INVALID, (case, *told), outcome.need)
    leaning = "" if case is None else _leaning(case)
    verdict, found = (None, (WORDS.reason("no-estimate"),)) if case is None else _ruled(case, criterion)
    if verdict is Verdict.FAIL and _stands(outcome, criterion):
        return Judgement(verdict, (*found, *told), leaning=leaning)
    if outcome.invalid_parts:
        return Judgement(Verdict.INVALID, told, outcome.need, leaning)
    if lacking or estimate is None:
        return Judgement(Verdict.INCONCLUSIVE, lacking or (WORDS.reason("no-estimate"),), outcome.need, leaning)
    if case is None or verdict is None:
        return Judgement(Verdict.NOT_TESTED, (WORDS.reason("no-limit"),))
    if verdict is Verdict.PASS and not may_pass:
        return Judgement(Verdict.INCONCLUSIVE, (WORDS.reason("attempts-exhausted"), *found), leaning=leaning)
    if verdict is not Verdict.INCONCLUSIVE:
        return Judgement(verdict, found, leaning=leaning)
    need = outcome.need or _need(case, criterion, leaning, estimate.n)
    return Judgement(verdict, found, need, leaning)


def upheld(judgement: Judgement, standing: Sequence[Reason]) -> Judgement:
    """A violation that a former attempt proved, with nothing corrected since, stays FAIL whatever this attempt shows."""
    if not standing or judgement.verdict is Verdict.FAIL:
        return judgement
    return Judgement(Verdict.FAIL, (*standing, *judgement.reasons), leaning=judgement.leaning)


def _stands(outcome: Outcome, criterion: Criterion) -> bool:
    """Whether a violation is proven whatever is missing or invalid besides: by bounds, and with no lack on that side."""
    if not outcome.lacks and not outcome.invalid_parts:
        return True
    return criterion.rule is not Rule.SIMPLE and all(each.side is Side.PASS for each in outcome.lacks)


def scenario_verdict(judgements: Iterable[Judgement]) -> Verdict:
    """The verdict over the mandatory indicators: the gravest of them, NOT_TESTED when there is none.

    PASS is an intersection-union test: each indicator at risk alpha keeps the whole at alpha, nothing is corrected.
    """
    found = {judgement.verdict for judgement in judgements}
    order = (Verdict.FAIL, Verdict.INVALID, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.PASS)
    return next((verdict for verdict in order if verdict in found), Verdict.NOT_TESTED)


def attempt_alpha(alpha: Fraction, k: int, planned: int) -> Fraction | None:
    """The risk of a false PASS that attempt ``k`` (from 1) may spend: alpha/planned, or None beyond the plan.

    The planned attempts together keep P(false PASS) <= alpha however they depend (Bonferroni); a further attempt has
    nothing left to spend: evaluate it at any risk and ``decide(…, may_pass=False)``.
    StatisticsError for alpha outside (0, 1/2), k < 1 or planned < 1.
    """
    if k < 1 or planned < 1:
        msg = f"attempt {k} of {planned} planned attempts does not exist."
        raise StatisticsError(msg, cure="count attempts from 1 and plan at least one.")
    return family_risk(alpha, planned) if k <= planned else None


def family_risk(risk: Fraction, members: int) -> Fraction:
    """The risk each of ``members`` claims may run so that at least one false claim has at most ``risk``: risk/members.

    This is Holm's first step, and all a project FAIL ("any indicator FAILs") ever needs of it.
    StatisticsError for risk outside (0, 1/2) or no members.
    """
    if not 0 < risk < Fraction(1, 2):
        msg = f"a risk of {risk} is not between 0 and 1/2."
        raise StatisticsError(msg, cure="use a confidence above 50 % and below 100 %, like 95 %.")
    if members < 1:
        msg = f"a risk cannot be shared among {members} members."
        raise StatisticsError(msg, cure="name at least one member.")
    return Fraction(risk) / members


def holm(p_values: Sequence[float | Fraction], risk: Fraction) -> tuple[bool, ...]:
    """Which of several violations are proven with family-wise risk ``risk`` (S. Holm, 1979), in the given order.

    ``p_values[i]`` is the probability of evidence at least this bad if member i conforms (one node of fifty, one
    stratum of a register). Members are tried from the smallest: the j-th against risk/(m-j), until one is not proven.
    StatisticsError for a p-value outside [0, 1] or risk outside (0, 1/2).
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise StatisticsError("a p-value is not between 0 and 1.", cure="check the counts it was computed from.")
    proven = [False] * len(p_values)
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if Fraction(p_values[index]) > family_risk(risk, len(p_values) - rank):
            break
        proven[index] = True
    return tuple(proven)


@dataclass(frozen=True, slots=True)
class _Case:
    """Value, bounds and allowance in the limit's unit, exactly; a missing or infinite bound is None."""

    limit: Limit
    value: Fraction
    lower: Fraction | None
    upper: Fraction | None
    allowance: Fraction
    confidence: Fraction


def _exact(estimate: Estimate, limit: Limit) -> _Case | Reason:
    """The numbers in the limit's unit, or the reason why they cannot be compared with it."""
    numbers = (estimate.value, estimate.lower, estimate.upper, estimate.allowance)
    if any(_bad(number) for number in numbers) or math.isinf(estimate.value) or estimate.allowance < 0:
        return WORDS.reason("not-a-number")
    if estimate.lower == math.inf or estimate.upper == -math.inf or estimate.allowance == math.inf:
        return WORDS.reason("not-a-number")
    try:
        factor = _factor(estimate.unit, limit)
    except SpecError:
        return WORDS.reason("unit-mismatch", unit=estimate.unit, limit=_limit(limit))
    lower, upper = _bound(estimate.lower, factor), _bound(estimate.upper, factor)
    if lower is not None and upper is not None and lower > upper:
        return WORDS.reason("bounds-contradict")
    value, allowance = Fraction(estimate.value) * factor, Fraction(estimate.allowance) * factor
    return _Case(limit, value, lower, upper, allowance, estimate.confidence)


def _bad(number: _Number | None) -> bool:
    return number is not None and number != number  # noqa: PLR0124 - true for NaN only


def _bound(number: _Number | None, factor: Fraction) -> Fraction | None:
    return None if number is None or math.isinf(number) else Fraction(number) * factor


def _factor(unit: str, limit: Limit) -> Fraction:
    """What turns a number in ``unit`` into the limit's unit; SpecError when the dimensions differ."""
    dimension, factor = unit_of(unit)
    wanted, per = unit_of(limit.quantity.unit)
    if dimension != wanted:
        msg = f"{unit!r} is a {dimension}, {limit.quantity.unit!r} is a {wanted}."
        raise SpecError(msg, cure="give the reading a limit of its own in the unit it measures.")
    return factor / per


def _leaning(case: _Case) -> str:
    return "pass" if case.limit.conforms(case.value) else "fail"


def _ruled(case: _Case, criterion: Criterion) -> tuple[Verdict, tuple[Reason, ...]]:
    """The rule of the criterion on exact numbers."""
    if criterion.rule is Rule.SIMPLE:
        return _simple(case)
    if case.confidence < criterion.confidence:
        return Verdict.INCONCLUSIVE, (_weak(case, criterion),)
    plain = _outer(case, Fraction(1))
    stringent = criterion.rule is Rule.STRINGENT
    wide = _outer(case, STRINGENT_FACTOR) if stringent else plain
    if _all_conform(case.limit, *wide):
        return Verdict.PASS, (WORDS.reason("conforms-proven", **_facts(case, wide, stringent=stringent)),)
    if _none_conforms(case.limit, *plain):
        return Verdict.FAIL, (WORDS.reason("violation-proven", **_facts(case, plain)),)
    undecided = WORDS.reason("undecided", **_facts(case, wide, stringent=stringent))
    return Verdict.INCONCLUSIVE, (undecided, *_instrument(case))


def _outer(case: _Case, factor: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Bounds moved out by the allowance b, their distance from the value stretched by ``factor`` (1: as they are)."""
    b, y, stretch = case.allowance, case.value, factor - 1
    low = None if case.lower is None else case.lower - b - stretch * max(Fraction(0), y - case.lower)
    high = None if case.upper is None else case.upper + b + stretch * max(Fraction(0), case.upper - y)
    return low, high


def _all_conform(limit: Limit, low: Fraction | None, high: Fraction | None) -> bool:
    """Whether every value between the bounds conforms; an equality limit needs both bounds on it."""
    if limit.op == "==":
        return low is not None and low == high and limit.conforms(low)
    worst = high if limit.upper else low
    return worst is not None and limit.conforms(worst)


def _none_conforms(limit: Limit, low: Fraction | None, high: Fraction | None) -> bool:
    """Whether no value between the bounds conforms; an equality limit needs both bounds on one side of it."""
    if limit.op == "==":
        target = limit.quantity.value
        return (low is not None and low > target) or (high is not None and high < target)
    best = low if limit.upper else high
    return best is not None and not limit.conforms(best)


def _simple(case: _Case) -> tuple[Verdict, tuple[Reason, ...]]:
    """Simple acceptance (ILAC-G8 w = 0): the point estimate alone; up to 50 % risk at the limit, and it says so."""
    conforms = case.limit.conforms(case.value)
    key = "point-conforms" if conforms else "point-violates"
    reason = WORDS.reason(key, value=_shown(case, case.value), limit=_limit(case.limit))
    return (Verdict.PASS if conforms else Verdict.FAIL), (reason,)


def _instrument(case: _Case) -> tuple[Reason, ...]:
    """Told when the value conforms, yet b alone reaches beyond the limit: then no number of samples gives PASS."""
    y, b = case.value, case.allowance
    if not case.limit.conforms(y) or _all_conform(case.limit, y - b, y + b):
        return ()
    return (WORDS.reason("instrument-too-coarse", limit=_limit(case.limit), allowance=_shown(case, b)),)


def _need(case: _Case, criterion: Criterion, leaning: str, n: int) -> Need | None:
    """How much more evidence would bring the bound on the side that the value leans to over the limit."""
    from harness.stats.needs import for_bounds

    towards_pass = leaning == "pass"
    stretch = STRINGENT_FACTOR if towards_pass and criterion.rule is Rule.STRINGENT else Fraction(1)
    above = case.limit.upper == towards_pass
    bound = case.upper if above else case.lower
    if bound is None or case.limit.op == "==" or case.confidence < criterion.confidence:
        return None
    limit = case.limit.quantity.value - (case.allowance if above else -case.allowance)
    return for_bounds(case.value, case.value + stretch * (bound - case.value), limit, n, leaning)


def _weak(case: _Case, criterion: Criterion) -> Reason:
    has, asked = _percent(case.confidence), _percent(criterion.confidence)
    return WORDS.reason("confidence-too-low", has=has, asked=asked)


def _facts(
    case: _Case, bounds: tuple[Fraction | None, Fraction | None], *, stringent: bool = False
) -> Mapping[str, Text]:
    """Value, bounds and limit as a sentence says them: a count has no bounds, others tell what was added to them."""
    value, limit = _shown(case, case.value), _limit(case.limit)
    if bounds == (case.value, case.value):
        return {"value": value, "bounds": WORDS.text("counted"), "limit": limit}
    low, high = (WORDS.text("no-bound") if bound is None else _shown(case, bound) for bound in bounds)
    guard = WORDS.text("with-guard-band") if stringent else Text("", "")
    included = WORDS.text("with-allowance", allowance=_shown(case, case.allowance)) if case.allowance else Text("", "")
    added = Text(guard.zh + included.zh, guard.en + included.en)
    told = WORDS.text("bounds", confidence=_percent(case.confidence), lower=low, upper=high, added=added)
    return {"value": value, "bounds": told, "limit": limit}


def _shown(case: _Case, number: Fraction) -> Text:
    """Six significant digits in the limit's unit, more where fewer would look equal to the limit."""
    limit, unit = case.limit.quantity.value, case.limit.quantity.unit
    short = text = _rounded(number, _DIGITS)
    if number != limit:
        for digits in range(_DIGITS, 17):
            text = _rounded(number, digits) if digits > _DIGITS else short
            if text != _limit_rounded(limit, digits):
                break
        else:
            text = short
    return Text(*(f"{grouped(text)} {unit_word(unit, lang)}".rstrip() for lang in ("zh", "en")))


def _limit(limit: Limit) -> Text:
    return _limit_words(limit.op, limit.quantity.value, limit.quantity.unit)


@lru_cache(maxsize=256)
def _limit_words(op: str, value: Fraction, unit: str) -> Text:
    """Kept by how a limit is written: 1 s and 1000 ms are equal as quantities, and so are 3 件 and 3 家."""
    limit = Limit(op, Quantity(value, unit))
    return Text(limit.words("zh"), limit.words("en"))


_DIGITS = 6
_CONTEXTS = {digits: Context(prec=digits) for digits in range(_DIGITS, 17)}


def _rounded(number: Fraction, digits: int) -> str:
    if number.denominator == 1 and abs(number) < 10**15:
        return str(number.numerator)
    context = _CONTEXTS[digits]
    rounded = context.normalize(context.divide(Decimal(number.numerator), Decimal(number.denominator)))
    return format(rounded, "f" if -6 <= rounded.adjusted() < 15 else "E")


_limit_rounded = lru_cache(maxsize=256)(_rounded)
"""A limit is written again with every number that is told beside it."""


@lru_cache(maxsize=256)
def _percent(confidence: Fraction) -> str:
    exact = Fraction(confidence) * 100
    text = decimal_text(exact)
    return f"{text if len(text) <= 8 and '/' not in text else f'{float(exact):.6g}'} %"
