# SPDX-License-Identifier: Apache-2.0
"""One indicator as it stands at a look: plain numbers in one unit, the verdict so far, what is missing. Pure, picklable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.evaluate import Glance
from harness.model import Indicator, Line, Text, Verdict
from harness.quantity import Limit

ALWAYS, PLANNED_END, FINAL = "always", "end", "final"
"""When bounds hold: whenever one looks; at the planned end only, so that they are provisional; for good."""
_NONE = Text("", "")


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of one indicator. ``value``, ``lower`` and ``upper`` in ``unit``, None where there is none.

    ``verdict``: PASS or FAIL only where ``holds`` is not ``end``; INCONCLUSIVE while nothing is proven, NOT_TESTED without a
    source. ``why``: the first reason. ``needed``: what would decide it. ``n`` counts samples.
    """

    id: str
    title: Text
    mandatory: bool
    limit: Limit | None
    holds: str
    verdict: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = "1"
    n: int = 0
    why: Text | None = None
    needed: Text | None = None
    lines: tuple[Line, ...] = ()

    @property
    def measured(self) -> bool:
        """Whether there is anything to look at: a value, or something its measurand tells."""
        return self.value is not None or bool(self.lines)


def now_of(indicator: Indicator, glance: Glance) -> Now:
    """The record of one glance: a verdict that does not hold at every look is not given, a broken precondition may yet come true."""
    judgement, outcome = glance.judgement, glance.outcome
    estimate = None if outcome is None else outcome.estimate
    told = judgement.verdict
    given = told is Verdict.NOT_TESTED or (glance.watched and told in {Verdict.PASS, Verdict.FAIL})
    reasons = judgement.reasons
    numbers: dict[str, Any] = {}
    if estimate is not None:
        ends = {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper}
        numbers = {key: None if each is None else float(each) for key, each in ends.items()}
        numbers |= {"unit": estimate.unit, "n": int(estimate.n)}
    return Now(
        id=indicator.id,
        title=indicator.title,
        mandatory=indicator.mandatory,
        limit=glance.criterion.limit,
        holds=ALWAYS if glance.watched else PLANNED_END,
        verdict=str(told if given else Verdict.INCONCLUSIVE),
        why=reasons[0].text if reasons and (glance.watched or estimate is None) else None,
        needed=None if judgement.need is None else judgement.need.text,
        lines=glance.lines,
        **numbers,
    )


def final_of(entry: Mapping[str, Any], limit: Limit | None) -> Now:
    """The record of one indicator of results.json, whose verdict is the last word; its remarks are what there is to tell."""
    estimate = entry["estimate"]
    numbers = {} if estimate is None else {key: estimate[key] for key in ("value", "lower", "upper", "unit", "n")}
    reasons = entry["reasons"]
    return Now(
        id=entry["id"],
        title=_text(entry["title"]),
        mandatory=entry["mandatory"],
        limit=limit,
        holds=FINAL,
        verdict=entry["verdict"],
        why=_text(reasons[0]["text"]) if reasons else None,
        needed=None if entry["need"] is None else _text(entry["need"]["text"]),
        lines=tuple(Line(_NONE, _text(each["text"])) for each in entry["remarks"]),
        **numbers,
    )


def _text(found: Mapping[str, str]) -> Text:
    return Text(found["zh"], found["en"])
