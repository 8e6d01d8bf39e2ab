# SPDX-License-Identifier: Apache-2.0
"""Several parts, one verdict: every receiver, terminal, node or line is proven for itself (intersection-union).

R. L. Berger, Technometrics 24 (1982) 295: "all parts conform" is proven at risk alpha when each part is proven at alpha;
"some part violates" is proven at risk beta when each part may err with beta divided by their number (:meth:`Request.among`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from harness.effort import Effort, exact
from harness.kit.words import Catalogue, written
from harness.model import BudgetItem, Estimate, Lack, Need, Outcome, Reason, Side, Text
from harness.plugins import Request

Real = float | int | Fraction
WORDS = Catalogue("harness", "parts")
_TOLD = 20
"""Different reasons of parts that are told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Part:
    """The estimate of one part (a receiver, a terminal, a line) with one-sided bounds; ``None``: nothing can be said there.

    ``value`` is None where there is nothing to estimate, and then a lack or a broken precondition says why. Bounds are
    those of the request's risks: see :meth:`harness.plugins.Request.among`.
    """

    label: str
    value: Real | None
    lower: Real | None
    upper: Real | None
    n: int
    n_eff: float
    lacks: tuple[Lack, ...] = ()
    need: Need | None = None
    invalid: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()
    allowance: float | Fraction = 0.0
    budget: tuple[BudgetItem, ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    effort: Mapping[str, Effort] = field(default_factory=dict)


def least(efforts: Iterable[Mapping[str, Effort]]) -> dict[str, Effort]:
    """The least of each effort over several parts; what one of them does not state is not stated."""
    all_of = list(efforts)
    return {
        name: min((each[name] for each in all_of), key=exact)
        for name in (all_of[0] if all_of else ())
        if all(name in each for each in all_of)
    }


def absent(label: str, *lacks: Lack, invalid: Sequence[Reason] = ()) -> Part:
    """A part without any estimate, and why."""
    return Part(label, None, None, None, 0, 0.0, lacks, invalid=tuple(invalid))


def every(parts: Sequence[Part], ask: Request, unit: str, method: Text, *, high_is_worse: bool = True) -> Outcome:
    """One outcome for "each of ``parts`` conforms": worst value, worst bound of each side, None where one is unknown.

    Every lack and every broken precondition is kept under the name of its part. A valid part that is proven violating
    fails the whole whatever the others lack; else an invalid part makes it INVALID, else a lack leaves it open. No parts
    are never a PASS. ``high_is_worse`` counts only where there is no limit to say so.
    """
    if not parts:
        return Outcome(None, lacks=(WORDS.lack("none", Side.BOTH),))
    upper = high_is_worse if ask.limit is None else ask.limit.upper
    valid = [each for each in parts if not each.invalid and each.value is not None]
    named = len(parts) > 1
    if named:
        lacks = tuple(
            Lack(each, Side.PASS) for each in _named((part, lack.reason) for part in parts for lack in part.lacks)
        )
    else:
        lacks = parts[0].lacks
    outcome = Outcome(
        None,
        invalid=() if named else parts[0].invalid,
        invalid_parts=_named((part, why) for part in parts for why in part.invalid) if named else (),
        lacks=lacks or (() if valid or any(each.invalid for each in parts) else (WORDS.lack("no-value", Side.BOTH),)),
        remarks=_named((part, each) for part in parts for each in part.remarks) if named else parts[0].remarks,
        need=_need(parts),
        effort=least(each.effort for each in parts),
    )
    return replace(outcome, estimate=_estimate(parts, valid, ask, (unit, method), upper=upper)) if valid else outcome


def _estimate(
    parts: Sequence[Part], valid: Sequence[Part], ask: Request, named: tuple[str, Text], *, upper: bool
) -> Estimate:
    """Of several parts a lack takes away the bound it leaves open, so that only what is proven is compared."""
    bounds = [_bounds(part, upper=upper) if len(parts) > 1 else (part.lower, part.upper) for part in valid]
    whole = len(valid) == len(parts)
    worst = max(valid, key=lambda each: _real(each.value) if upper else -_real(each.value))
    lowers, uppers = [low for low, _ in bounds], [high for _, high in bounds]
    if upper:
        low, high = _worst(max, lowers), _worst(max, uppers) if whole and None not in uppers else None
    else:
        low, high = _worst(min, lowers) if whole and None not in lowers else None, _worst(min, uppers)
    if ask.limit is not None and ask.limit.op == "==" and len(parts) > 1:
        low, high = _around(parts, valid, ask)
    return Estimate(
        value=_real(worst.value),
        unit=named[0],
        n=worst.n,
        n_eff=min(each.n_eff for each in valid),
        lower=low,
        upper=high,
        confidence=ask.confidence,
        method=named[1],
        allowance=max(each.allowance for each in valid),
        budget=worst.budget,
        diagnostics={**worst.diagnostics, **({"parts": len(parts), "worst": worst.label} if len(parts) > 1 else {})},
    )


def _real(value: Real | None) -> Real:
    assert value is not None  # noqa: S101 - valid parts have a value
    return value


def _bounds(part: Part, *, upper: bool) -> tuple[Real | None, Real | None]:
    """The bounds that stand: a lack towards PASS takes the one that would prove it, a lack towards FAIL the other."""
    sides = {each.side for each in part.lacks}
    no_pass, no_fail = bool(sides & {Side.PASS, Side.BOTH}), bool(sides & {Side.FAIL, Side.BOTH})
    no_upper, no_lower = (no_pass, no_fail) if upper else (no_fail, no_pass)
    return None if no_lower else part.lower, None if no_upper else part.upper


def _worst(choose: Callable[[Iterable[Real]], Real], bounds: Sequence[Real | None]) -> Real | None:
    known = [each for each in bounds if each is not None]
    return choose(known) if known else None


def _around(parts: Sequence[Part], valid: Sequence[Part], ask: Request) -> tuple[Real | None, Real | None]:
    """For "== value": the bounds of a part that lies off the value for sure, else those around all parts."""
    assert ask.limit is not None  # noqa: S101 - the caller asked
    target = ask.limit.quantity.value
    bounds = [_bounds(part, upper=True) for part in valid]
    for low, high in bounds:
        if (low is not None and low > target) or (high is not None and high < target):
            return low, high
    if len(valid) < len(parts) or any(each.lacks for each in valid):
        return None, None
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    return (None if None in lows else _worst(min, lows)), (None if None in highs else _worst(max, highs))


def _need(parts: Sequence[Part]) -> Need | None:
    """The largest of what the parts need: what decides for all of them."""
    asked = [part.need for part in parts if part.need is not None]
    return max(asked, key=lambda each: (each.seconds or 0.0, each.n or 0), default=None)


def _named(reasons: Iterable[tuple[Part, Reason]]) -> tuple[Reason, ...]:
    """Each different reason once, with the names of the parts it holds for."""
    parts: dict[tuple[str, Text], list[str]] = {}
    first: dict[tuple[str, Text], Reason] = {}
    for part, reason in reasons:
        key = (reason.code, reason.text)
        first.setdefault(key, reason)
        if part.label not in parts.setdefault(key, []):
            parts[key].append(part.label)
    told = [_of(first[key], labels) for key, labels in list(parts.items())[:_TOLD]]
    return (*told, _more(len(parts) - _TOLD)) if len(parts) > _TOLD else tuple(told)


def _of(reason: Reason, labels: list[str]) -> Reason:
    if labels == [""]:  # of the pool, beside parts that have names
        return reason
    names = Text(written(labels, "zh"), written(labels, "en"))
    text = Text(f"{names.zh}：{reason.text.zh}", f"{names.en}: {reason.text.en}")
    return Reason(reason.code, text, {**reason.facts, "parts": labels})


def _more(count: int) -> Reason:
    return WORDS.reason("more", count=count)
