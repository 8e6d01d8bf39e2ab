# SPDX-License-Identifier: Apache-2.0
"""The words of the house as frozen records (docs/glossary.md; VIM, JCGM 106, ISO/IEC 17025).

A clause becomes a criterion, evidence becomes an estimate, the two become a verdict. Nothing here
computes; exact numbers are :class:`fractions.Fraction` inside :class:`harness.quantity.Quantity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from harness.quantity import Limit

EMPTY: Mapping[str, Any] = MappingProxyType({})
"""For defaults of arguments; records default to a dict, which travels to workers."""


class Kind(StrEnum):
    """How an indicator is proven: seen by our probe, checked in a register, or signed for."""

    MEASURED = "measured"
    AUDITED = "audited"
    ATTESTED = "attested"


class Rule(StrEnum):
    """Decision rule: who bears the doubt (ILAC-G8:09/2019; ISO/IEC 17025 3.7)."""

    GUARDED = "guarded"
    SIMPLE = "simple"
    STRINGENT = "stringent"


class Verdict(StrEnum):
    """What a criterion and an estimate amount to."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"
    NOT_TESTED = "NOT_TESTED"


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Chinese and in English."""

    zh: str
    en: str

    def get(self, lang: str) -> str:
        """The sentence in ``lang`` (``zh`` or ``en``)."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Clause:
    """The sentence quoted from a government document, and where it stands there."""

    text: str
    document: str
    issuer: str
    seed: str
    annex: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One defensible interpretation of an open clause: measurand + statistic + parameters (+ own limit).

    ``limit`` is set only where this reading asks the question in another unit than the clause.
    """

    name: str
    title: Text
    measurand: str
    statistic: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limit: Limit | None = None
    default: bool = False
    why: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One clause's requirement on one quantity, with its readings in file order."""

    id: str
    title: Text
    clause: Clause
    kind: Kind
    mandatory: bool
    limit: Limit | None
    rule: Rule
    confidence: Fraction
    readings: tuple[Reading, ...]
    evidence: tuple[Text, ...]
    declares: tuple[str, ...] = ()
    applies_if: str = ""
    mandatory_if_limited: bool = False
    limits_from: str = ""
    note: Text = Text("", "")

    @property
    def default_reading(self) -> Reading:
        """The strict default reading."""
        return next(each for each in self.readings if each.default)

    def reading(self, name: str) -> Reading:
        """The reading called ``name``; KeyError when there is none."""
        for each in self.readings:
            if each.name == name:
                return each
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the list (or one policy pack) with all its indicators."""

    id: str
    title: Text
    field: Text
    document: str
    indicators: tuple[Indicator, ...]

    def indicator(self, identifier: str) -> Indicator:
        """The indicator with this id; KeyError when there is none."""
        for each in self.indicators:
            if each.id == identifier:
                return each
        raise KeyError(identifier)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Reading + tolerance limit + decision rule, as it will be applied (JCGM 106 3.3)."""

    reading: Reading
    limit: Limit | None
    rule: Rule
    confidence: Fraction


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One component of the uncertainty budget (GUM 4.2 type A, 4.3 type B; ``bound``: hard, added linearly)."""

    component: str
    type: str  # "A", "B" or "bound"
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: a stable code (``domain.what``) and a sentence in both languages."""

    code: str
    text: Text
    facts: Mapping[str, Any] = field(default_factory=dict)


class Side(StrEnum):
    """Which verdict a lack leaves open."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Lack:
    """What the evidence cannot say, and the side of the verdict that this leaves open."""

    reason: Reason
    side: Side = Side.PASS


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with one-sided bounds: ``lower`` and ``upper`` each hold at ``confidence`` on their own.

    ``None`` bound: nothing can be said on that side. ``allowance`` is the instrument's hard bound b, in
    ``unit``, already NOT included in lower/upper; decide.py adds it linearly. ``n_eff`` counts independent samples.
    """

    value: float | int | Fraction
    unit: str
    n: int
    n_eff: float
    lower: float | int | Fraction | None
    upper: float | int | Fraction | None
    confidence: Fraction
    method: str
    allowance: float | Fraction = 0.0
    budget: tuple[BudgetItem, ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """Data of one picture, at most about 600 points, for any report: no pixels, no decoder needed.

    ``kind``: ecdf, scatter, series, bars, table. ``data``: JSON values only; ``unit`` of the value axis.
    """

    kind: str
    title: Text
    unit: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an estimator hands to the decision: an estimate, or the reason why there is none.

    ``invalid``: a broken precondition (-> INVALID). ``missing``: what the evidence cannot say yet
    (-> INCONCLUSIVE). ``remarks``: told, without effect on the verdict. ``need``: what would decide it.
    """

    estimate: Estimate | None
    invalid: tuple[Reason, ...] = ()
    missing: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()
    need: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    listing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons, what would decide it, and which way the point estimate leans."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    need: Mapping[str, Any] = field(default_factory=dict)
    leaning: str = ""
