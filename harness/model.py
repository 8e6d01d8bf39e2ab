# SPDX-License-Identifier: Apache-2.0
"""The words of the house as frozen records (docs/glossary.md; VIM, JCGM 106, ISO/IEC 17025).

A clause becomes a criterion, evidence becomes an estimate, the two become a verdict. Nothing here
computes; exact numbers are :class:`fractions.Fraction` inside :class:`harness.quantity.Quantity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

from harness.quantity import Limit, Quantity

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


class About(StrEnum):
    """What a verdict speaks of: the agreed window itself, or the system that made it (docs/explanations/window-or-process.md)."""

    WINDOW = "window"
    PROCESS = "process"


class Stricter(StrEnum):
    """Which way a constant or a threshold is tightened; ``NONE``: neither, so the scenario fixes it or gives a range."""

    LONGER = "longer"
    SHORTER = "shorter"
    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"

    @property
    def up(self) -> bool | None:
        """True where more is stricter, False where less is, None where neither is."""
        return None if self is Stricter.NONE else self in {Stricter.LONGER, Stricter.HIGHER}


class Side(StrEnum):
    """Which verdict something that is missing leaves open: it cannot be given while the lack lasts."""

    PASS = "pass"  # noqa: S105 - a side of the decision, not a password
    FAIL = "fail"
    BOTH = "both"


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

    ``limit`` is set only where this reading asks the question in another unit than the clause. ``minimum``: the least effort
    (harness.effort) without which it cannot PASS. ``tighten``: parameters that a profile may tighten, and which way.
    """

    name: str
    title: Text
    measurand: str
    statistic: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limit: Limit | None = None
    default: bool = False
    why: Text = Text("", "")
    about: About = About.PROCESS
    minimum: Mapping[str, Quantity] = field(default_factory=dict)
    tighten: Mapping[str, Stricter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConstantRule:
    """What a scenario says about a constant: its strict default, which way it may be moved, and how far.

    ``default``: as written, None where it counts as undeclared until a profile declares it. ``range``: the least and the most.
    """

    default: Any = None
    stricter: Stricter = Stricter.NONE
    range: tuple[Quantity, Quantity] | None = None
    why: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One clause's requirement on one quantity, with its readings in file order.

    ``no_instrument``: why no calibrated instrument is needed, as the scenario says; empty where it says nothing of the kind.
    """

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
    constants: Mapping[str, ConstantRule] = field(default_factory=dict)
    applies_if: str = ""
    mandatory_if_limited: bool = False
    limits_from: str = ""
    note: Text = Text("", "")
    no_instrument: Text = Text("", "")

    @property
    def instrumented(self) -> bool:
        """Whether the instruments of its measurand have to be declared."""
        return not self.no_instrument.zh

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
    """One row of the list (or one policy pack) with all its indicators; ``sha256``: of the file it was read from."""

    id: str
    title: Text
    field: Text
    document: str
    indicators: tuple[Indicator, ...]
    sha256: str = ""

    def indicator(self, identifier: str) -> Indicator:
        """The indicator with this id; KeyError when there is none."""
        for each in self.indicators:
            if each.id == identifier:
                return each
        raise KeyError(identifier)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Reading + tolerance limit + decision rule, as it will be applied (JCGM 106 3.3).

    ``agreed_by``: who agreed it before anything was measured; empty where nobody but the tester did.
    """

    reading: Reading
    limit: Limit | None
    rule: Rule
    confidence: Fraction
    agreed_by: str = ""


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One component of the uncertainty budget (GUM 4.2 type A, 4.3 type B; ``bound``: hard, added linearly)."""

    component: Text
    type: str  # "A", "B" or "bound"
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: a stable code (``domain.what``), a sentence in both languages, and the facts in it."""

    code: str
    text: Text
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lack:
    """What the evidence cannot say yet, and which verdict it leaves open: what decides is for decide.py alone.

    ``PASS``: a violation may be proven all the same (a loss rate without upper bound). ``BOTH``: what was compared may not
    be comparable, so neither side is proven.
    """

    reason: Reason
    side: Side = Side.PASS


@dataclass(frozen=True, slots=True)
class Need:
    """What would decide an open verdict: the sentence, and the numbers in it.

    ``towards``: "pass", "fail" or "" when no amount of evidence decides. ``counted``: what ``n`` counts (trials, packets,
    epochs, items, samples); ``n`` and ``seconds`` are totals, ``n_if_clean`` the total without a further violation.
    """

    text: Text
    towards: str = ""
    counted: str = ""
    n: int | None = None
    n_if_clean: int | None = None
    seconds: float | None = None


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
    method: Text
    allowance: float | Fraction = 0.0
    budget: tuple[BudgetItem, ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variant:
    """The same question asked of part of the evidence (without stalled packets, say): judged and told, without effect."""

    title: Text
    estimate: Estimate
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statistic hands to the decision: an estimate, or the reason why there is none.

    ``invalid``: a broken precondition (-> INVALID). ``invalid_parts``: parts (receivers, terminals) with a broken
    precondition; the estimate speaks of the valid ones, so that it can prove a violation and nothing else.
    ``lacks``: what the evidence cannot say yet (-> INCONCLUSIVE on that side). ``remarks``: told, without effect on the
    verdict. ``need``: what would decide it. ``variants``: judged by the engine and told beside the verdict.
    ``effort``: what the evidence amounts to, by the names of harness.effort, exactly (a plain number where it is a count or a
    share); the engine compares it with the reading's minimum, and what is not stated is not reached. ``window``: first and
    last moment the verdict speaks of, UTC ns; None: the attempt's own.
    """

    estimate: Estimate | None
    invalid: tuple[Reason, ...] = ()
    invalid_parts: tuple[Reason, ...] = ()
    lacks: tuple[Lack, ...] = ()
    remarks: tuple[Reason, ...] = ()
    need: Need | None = None
    variants: Mapping[str, Variant] = field(default_factory=dict)
    effort: Mapping[str, Quantity | int | Fraction] = field(default_factory=dict)
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a measurand in the live view: what, and what it is now; ``grave``: somebody should go and look.

    ``names``: the parts it is about, every one by name (terminals that keep silent).
    """

    title: Text
    said: Text
    grave: bool = False
    names: tuple[str, ...] = ()


class Figure(Protocol):
    """Data of one picture, at most about 600 points, for any report: no pixels, no decoder needed (harness.kit.figures)."""

    @property
    def kind(self) -> str:
        """How it is drawn: ecdf, series, scatter, bars, track, sky, matrix, strip, pairs, draw or table."""

    @property
    def title(self) -> Text:
        """What is drawn."""

    @property
    def unit(self) -> str:
        """Unit of the value axis."""

    @property
    def data(self) -> Mapping[str, Any]:
        """JSON values only."""

    def __len__(self) -> int:
        """How many points, bars or rows: a picture without any is not written."""


class Column(Protocol):
    """One column of a list."""

    @property
    def key(self) -> str:
        """Its name in results.json."""

    @property
    def title(self) -> Text:
        """Its heading."""

    @property
    def unit(self) -> str:
        """The unit of its numbers."""


class Listing(Protocol):
    """Rows behind a verdict by name: silent nodes, rejected rows (harness.kit.listings)."""

    @property
    def key(self) -> str:
        """Its name in results.json."""

    @property
    def title(self) -> Text:
        """What is listed."""

    @property
    def columns(self) -> Sequence[Column]:
        """Key, heading and unit of each column."""

    @property
    def rows(self) -> Sequence[Any]:
        """One cell a column: numbers, words, Text."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons, what would decide it, and which way the point estimate leans."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    need: Need | None = None
    leaning: str = ""
