# SPDX-License-Identifier: Apache-2.0
"""One indicator as a report shows it: clause, reading, result with bounds, verdict, and everything behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness import documents
from harness.account.entries import ReasonEntry
from harness.account.marks import shown_as, simulated_file
from harness.documents import CriterionEntry, EstimateEntry
from harness.errors import SpecError
from harness.pictures import AnyData, AnyPicture
from harness.quantity import Quantity
from harness.spec import Profile
from reports.listing import Listing, listing
from reports.names import name, pairs, value
from reports.numbers import DOWN, UP, comparable, convert, digits, display_unit, quantity, size, with_unit
from reports.printed import Numbers, Printed, limit_text, plain_numbers, printed
from reports.words import Words, words


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    """What the verdict would have been under another reading, or with something taken otherwise."""

    title: str
    limit: str
    result: Printed
    verdict: str
    word: str
    reasons: tuple[str, ...]
    numbers: Numbers | None


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One component of the uncertainty budget, printed."""

    component: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class EffortLine:
    """One effort: what PASS takes, what there is, and whether that suffices."""

    title: str
    asked: str
    found: str
    enough: bool


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file of the bundle behind this indicator."""

    path: str
    sha256: str
    size: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure's data with the limit it may be drawn against, in the figure's own unit; ``quantile``: of the reading."""

    kind: str
    title: str
    unit: str
    shown_unit: str
    data: AnyData
    limit: float | None
    op: str
    value: float | None
    lower: float | None
    upper: float | None
    quantile: float | None


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """Everything a report says about one indicator."""

    number: int
    id: str
    title: str
    clause: str
    source: str
    kind: str
    kind_word: str
    mandatory: bool
    simulated: bool
    practice: bool
    reading: str
    why: str
    chosen: bool
    measurand: str
    limit: str
    rule: str
    asked: float
    result: Printed
    numbers: Numbers | None
    looked_at: int
    verdict: str
    word: str
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    need: tuple[str, ...]
    wanted: tuple[str, ...]
    speaks: str
    weaker: tuple[str, ...]
    effort: tuple[EffortLine, ...]
    constants: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    agreed_by: str
    budget: tuple[BudgetLine, ...]
    others: tuple[OtherVerdict, ...]
    variants: tuple[OtherVerdict, ...]
    pictures: tuple[Picture, ...]
    empty: tuple[str, ...]
    listings: tuple[Listing, ...]
    files: tuple[EvidenceFile, ...]
    codes: tuple[str, ...]


def indicator_view(
    number: int,
    entry: documents.IndicatorEntry,
    pictures: Sequence[AnyPicture],
    *,
    profile: Profile,
    simulated: Sequence[str],
    practice: bool = False,
    lang: str,
) -> IndicatorView:
    """The view of one entry of ``results.indicators``; ``pictures`` are all of the campaign."""
    say, reading, criterion = words(lang), entry.reading, entry.criterion
    files = tuple(_file(each, simulated) for each in entry.evidence)
    return IndicatorView(
        number=number,
        id=entry.id,
        title=entry.title.get(lang),
        clause=entry.clause.text,
        source=_source(entry.clause, say),
        kind=entry.kind,
        kind_word=say(f"kind.{entry.kind}"),
        mandatory=entry.mandatory,
        simulated=any(each.simulated for each in files),
        practice=practice,
        reading=reading.title.get(lang),
        why=reading.why.get(lang),
        chosen=entry.chosen and not reading.default,
        measurand=_measurand(reading, lang),
        limit=limit_text(criterion, lang),
        rule=criterion.rule,
        asked=criterion.confidence,
        result=printed(entry.estimate, criterion, lang),
        numbers=plain_numbers(entry.estimate, criterion),
        looked_at=0 if entry.estimate is None else entry.estimate.n,
        verdict=entry.verdict,
        word=_word(entry, criterion, say),
        reasons=_texts([each for each in entry.reasons if each not in entry.remarks], lang),
        remarks=_texts(entry.remarks, lang),
        need=() if entry.need is None else tuple(_need(entry.need, say, lang)),
        wanted=tuple(each.get(lang) for each in profile.scenario.indicator(entry.id).evidence),
        speaks=entry.speaks.get(lang),
        weaker=_texts(entry.weaker, lang),
        effort=tuple(_effort(each, say, lang) for each in entry.effort),
        constants=tuple((name(each.name, lang), _constant(each, say, lang)) for each in entry.constants),
        settings=tuple(_settings(entry.settings, entry.id, say, lang)),
        agreed_by=criterion.agreed_by,
        budget=tuple(_budget(each, criterion, say, lang) for each in entry.budget),
        others=tuple(_other(each, each.criterion, lang) for each in entry.other_readings),
        variants=tuple(_other(each, criterion, lang) for each in entry.variants),
        pictures=tuple(_picture(each, entry, lang) for each in pictures if each.indicator == entry.id),
        empty=tuple(each.title.get(lang) for each in entry.listings if not each.rows),
        listings=tuple(listing(each, lang) for each in entry.listings if each.rows),
        files=files,
        codes=tuple(each.code for each in entry.reasons),
    )


def _word(
    entry: documents.IndicatorEntry | documents.OtherReadingEntry | documents.VariantEntry,
    criterion: CriterionEntry,
    say: Words,
    *,
    reading: bool = False,
) -> str:
    shown = shown_as(
        entry.verdict, limited=criterion.op is not None, valued=entry.estimate is not None, reading=reading
    )
    return say(f"verdict.{shown}")


def _effort(entry: documents.EffortEntry, say: Words, lang: str) -> EffortLine:
    return EffortLine(
        entry.title.get(lang), entry.asked or "", _readable(entry.found, lang) or say("none"), entry.enough
    )


_LONG_HEX = re.compile(r"(?:0x)?[0-9a-f]{41,}")
_EXACT = re.compile(r"(\d+/\d+|\d{7,}|\d+\.\d+)(?:\s+(\S+))?")
_TIMES = {"d": 86400, "h": 3600, "min": 60, "s": 1}


def _readable(found: str | None, lang: str) -> str:
    """An exact share of hours, or a long number, as people read it, rounded down: there is no more of it than that.

    A small part of an hour is told in minutes or seconds.
    """
    exact = _EXACT.fullmatch(found or "")
    if exact is None:
        return found or ""
    number, unit = Fraction(exact[1]), exact[2] or "1"
    if unit == "s" and number >= 10**6:
        number, unit = number / 3600, "h"
    elif unit in _TIMES and 0 < number < Fraction(1, 10):
        seconds = number * _TIMES[unit]
        unit = next((each for each, size in _TIMES.items() if seconds >= size), "s")
        number = seconds / _TIMES[unit]
    return with_unit(digits(number, DOWN), unit, lang)


def _constant(entry: documents.ConstantEntry, say: Words, lang: str) -> str:
    """A constant as it held, and who says so."""
    if entry.value is None:
        return say("constant.undeclared")
    said_by = say("constant.declared") if entry.declared else say("constant.default")
    return f"{value(entry.value, lang)}{say('bracket', text=said_by)}"


def _settings(entries: Sequence[documents.SettingEntry], own: str, say: Words, lang: str) -> Iterator[tuple[str, str]]:
    """Settings of sources, those by their own names, since their indicator stands above or shares them; what several say alike, once."""
    alike = dict[tuple[str, str, str], list[str]]()
    for each in entries:
        form = "source.of" if each.source.startswith(f"{own}/") else "source.shared"
        alike.setdefault((form, name(each.key, lang), _begun(value(each.value, lang))), []).append(
            each.source.partition("/")[2]
        )
    for (form, key, told), sources in alike.items():
        yield f"{say(form, source=say('separator').join(sources))}{key}", told


def _begun(told: str) -> str:
    """A long key or digest by its beginning; the profile in the bundle has all of it."""
    return f"{told[:16]}…" if _LONG_HEX.fullmatch(told) else told


def _source(clause: documents.ClauseEntry, say: Words) -> str:
    key = "clause.source" if clause.row else "clause.source.plain"
    return say(key, document=f"《{clause.document}》", annex=clause.annex, row=clause.row).strip()


def _measurand(reading: documents.ReadingEntry, lang: str) -> str:
    """As a specialist looks it up: measurand, statistic, parameters."""
    say, titled = words(lang), reading.measurand.title
    what = (titled or reading.title).get(lang)
    told = f"{what} · {name(reading.statistic, lang, 'statistics')}"
    parameters = say("separator").join(pairs(reading.parameters, lang))
    return told + (say("bracket", text=parameters) if parameters else "")


def _budget(item: documents.BudgetEntry, criterion: CriterionEntry, say: Words, lang: str) -> BudgetLine:
    unit = display_unit(item.unit, criterion.unit)
    value = say("none") if item.value is None else quantity(item.value, item.unit, unit, lang)
    return BudgetLine(item.component.get(lang), say(f"budget.{item.type}"), value)


def _other(
    entry: documents.OtherReadingEntry | documents.VariantEntry, criterion: CriterionEntry, lang: str
) -> OtherVerdict:
    return OtherVerdict(
        title=entry.title.get(lang),
        limit=limit_text(criterion, lang),
        result=printed(entry.estimate, criterion, lang),
        verdict=entry.verdict,
        word=_word(entry, criterion, words(lang), reading=True),
        reasons=_texts(entry.reasons, lang),
        numbers=plain_numbers(entry.estimate, criterion),
    )


def _texts(reasons: Sequence[ReasonEntry], lang: str) -> tuple[str, ...]:
    return tuple(each.text.get(lang) for each in reasons)


def _need(need: documents.NeedEntry, say: Words, lang: str) -> Iterator[str]:
    """What would decide: the sentence, and what a clean record would need."""
    yield need.text.get(lang)
    if need.n_if_clean is not None:
        yield say("need.if-clean", n=digits(Fraction(str(need.n_if_clean)), UP))


def _file(entry: documents.FileEntry, simulated: Sequence[str]) -> EvidenceFile:
    return EvidenceFile(entry.path, entry.sha256, size(entry.bytes), simulated_file(entry.path, simulated))


def _picture(picture: AnyPicture, entry: documents.IndicatorEntry, lang: str) -> Picture:
    """Limit and bounds come from the first reading that asks in the figure's dimension, the chosen one first."""
    unit = picture.unit
    limit, op, shown_unit = _limit(unit, [entry.criterion, *(each.criterion for each in entry.other_readings)])
    value, lower, upper = _marks(entry.estimate, unit)
    return Picture(
        kind=picture.kind,
        title=picture.title.get(lang),
        unit=unit,
        shown_unit=shown_unit,
        data=picture.data,
        limit=limit,
        op=op,
        value=value,
        lower=lower,
        upper=upper,
        quantile=_quantile(entry.reading),
    )


def _limit(unit: str, criteria: Sequence[CriterionEntry]) -> tuple[float | None, str, str]:
    """The first limit in the unit's dimension, converted; its operator; and the unit to draw in."""
    for each in criteria:
        if each.limit is not None and each.unit is not None and comparable(unit, each.unit):
            return float(convert(each.limit, each.unit, unit)), each.op or "", display_unit(unit, each.unit)
    return None, "", display_unit(unit, None)


def _marks(estimate: EstimateEntry | None, unit: str) -> tuple[float | None, float | None, float | None]:
    if estimate is None or not comparable(estimate.unit, unit):
        return None, None, None
    value, lower, upper = (
        None if number is None else float(convert(number, estimate.unit, unit))
        for number in (estimate.value, estimate.lower, estimate.upper)
    )
    return value, lower, upper


def _quantile(reading: documents.ReadingEntry) -> float | None:
    """The reading's quantile as a share, from ``99 %`` or 0.99; None for another statistic."""
    if reading.statistic != "quantile":
        return None
    try:
        return float(Quantity.parse(str(reading.parameters.get("q"))).to("1"))
    except SpecError:
        return None
