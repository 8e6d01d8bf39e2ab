# SPDX-License-Identifier: Apache-2.0
"""One indicator as a report shows it: clause, reading, result with bounds, verdict, and everything behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from harness.spec import Profile
from reports.listing import Listing, listings, records, text_of
from reports.numbers import (
    UP,
    comparable,
    convert,
    digits,
    display_unit,
    quantity,
    size,
)
from reports.printed import Numbers, Printed, limit_text, plain_numbers, printed
from reports.words import Words, known, words


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What the verdict would have been under another reading."""

    title: str
    limit: str
    result: Printed
    verdict: str
    word: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One component of the uncertainty budget, printed."""

    component: str
    type: str
    value: str


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
    data: Mapping[str, Any]
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
    reading: str
    why: str
    chosen: bool
    measurand: str
    limit: str
    rule: str
    asked: float
    result: Printed
    numbers: Numbers | None
    verdict: str
    word: str
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    need: tuple[tuple[str, str], ...]
    wanted: tuple[str, ...]
    declared: tuple[tuple[str, str], ...]
    budget: tuple[BudgetLine, ...]
    others: tuple[OtherReading, ...]
    pictures: tuple[Picture, ...]
    records: tuple[tuple[str, str], ...]
    listings: tuple[Listing, ...]
    files: tuple[EvidenceFile, ...]
    codes: tuple[str, ...]


def indicator_view(
    number: int,
    entry: Mapping[str, Any],
    figures: Sequence[Mapping[str, Any]],
    *,
    profile: Profile,
    simulated: Sequence[str],
    lang: str,
) -> IndicatorView:
    """The view of one entry of ``results["indicators"]``."""
    say, reading, criterion = words(lang), entry["reading"], entry["criterion"]
    files = tuple(_file(each, simulated) for each in entry["evidence"])
    declared = profile.declared.get(entry["id"], {})
    return IndicatorView(
        number=number,
        id=entry["id"],
        title=text_of(entry["title"], lang),
        clause=entry["clause"]["text"],
        source=_source(entry["clause"], say),
        kind=entry["kind"],
        kind_word=say(f"kind.{entry['kind']}"),
        mandatory=entry["mandatory"],
        simulated=any(each.simulated for each in files),
        reading=text_of(reading["title"], lang),
        why=text_of(reading["why"], lang),
        chosen=entry["chosen"] and not reading["default"],
        measurand=_measurand(reading),
        limit=limit_text(criterion, lang),
        rule=criterion["rule"],
        asked=criterion["confidence"],
        result=printed(entry["estimate"], criterion, lang),
        numbers=plain_numbers(entry["estimate"], criterion),
        verdict=entry["verdict"],
        word=say(f"verdict.{entry['verdict']}"),
        reasons=_texts(entry["reasons"], lang, without=entry["remarks"]),
        remarks=_texts(entry["remarks"], lang),
        need=_need(entry["need"], lang),
        wanted=tuple(each.get(lang) for each in profile.scenario.indicator(entry["id"]).evidence),
        declared=tuple((key, text_of(value, lang)) for key, value in declared.items()),
        budget=tuple(_budget(each, criterion, say, lang) for each in entry["budget"]),
        others=tuple(_other(each, lang) for each in entry["other_readings"]),
        pictures=tuple(_picture(each, entry, lang) for each in figures if each["indicator"] == entry["id"]),
        records=records(entry["listing"], lang),
        listings=listings(entry["listing"], lang),
        files=files,
        codes=tuple(each["code"] for each in entry["reasons"]),
    )


def _source(clause: Mapping[str, str], say: Words) -> str:
    key = "clause.source" if clause["row"] else "clause.source.plain"
    return say(key, **{**clause, "document": f"《{clause['document']}》"}).strip()


def _measurand(reading: Mapping[str, Any]) -> str:
    parameters = ", ".join(f"{key}: {value}" for key, value in reading["parameters"].items())
    return f"{reading['measurand']} · {reading['statistic']}" + (f" ({parameters})" if parameters else "")


def _budget(item: Mapping[str, Any], criterion: Mapping[str, Any], say: Words, lang: str) -> BudgetLine:
    unit = display_unit(item["unit"], criterion["unit"])
    kind = say(f"budget.{item['type']}") if item["type"] in {"A", "B", "bound"} else item["type"]
    return BudgetLine(
        known(f"component.{item['component']}", lang, item["component"]),
        kind,
        quantity(item["value"], item["unit"], unit, lang),
    )


def _other(entry: Mapping[str, Any], lang: str) -> OtherReading:
    estimate = None if entry["value"] is None else {**entry, "confidence": entry["criterion"]["confidence"]}
    return OtherReading(
        title=text_of(entry["title"], lang),
        limit=limit_text(entry["criterion"], lang),
        result=printed(estimate, entry["criterion"], lang),
        verdict=entry["verdict"],
        word=words(lang)(f"verdict.{entry['verdict']}"),
        reasons=_texts(entry["reasons"], lang),
    )


def _texts(
    reasons: Sequence[Mapping[str, Any]], lang: str, without: Sequence[Mapping[str, Any]] = ()
) -> tuple[str, ...]:
    return tuple(text_of(each["text"], lang) for each in reasons if each not in without)


def _need(need: Mapping[str, Any], lang: str) -> tuple[tuple[str, str], ...]:
    """What would decide: the sentence (under an empty label) where there is one, and what it does not say."""
    spoken = "text" in need
    told = {key: value for key, value in need.items() if key != "text" and (not spoken or key.endswith("_if_clean"))}
    sentence = (("", text_of(need["text"], lang)),) if spoken else ()
    return (*sentence, *((known(f"need.{key}", lang, key), _needed(value, lang)) for key, value in told.items()))


def _needed(value: Any, lang: str) -> str:
    """A number as a report prints it, anything else as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return digits(Fraction(str(value)), UP)
    return text_of(value, lang)


def _file(entry: Mapping[str, Any], simulated: Sequence[str]) -> EvidenceFile:
    """``simulated`` names sources as ``indicator/source``, which is where their traces lie below data/traces."""
    parts = PurePosixPath(entry["path"]).parts
    label = "/".join(parts[2:4])
    traced = parts[:2] == ("data", "traces")
    return EvidenceFile(entry["path"], entry["sha256"], size(entry["bytes"]), traced and label in simulated)


def _picture(figure: Mapping[str, Any], entry: Mapping[str, Any], lang: str) -> Picture:
    """Limit and bounds come from the first reading that asks in the figure's dimension, the chosen one first."""
    unit = figure["unit"]
    readings = [
        (entry["criterion"], entry["estimate"]),
        *((each["criterion"], each) for each in entry["other_readings"]),
    ]
    criterion = next(
        (each for each, _ in readings if each["unit"] is not None and comparable(unit, each["unit"])), None
    )
    limit = None if criterion is None else float(convert(criterion["limit"], criterion["unit"], unit))
    shown = display_unit(unit, None if criterion is None else criterion["unit"])
    value, lower, upper = _marks(entry["estimate"], unit)
    return Picture(
        kind=figure["kind"],
        title=text_of(figure["title"], lang),
        unit=unit,
        shown_unit=shown,
        data=figure["data"],
        limit=limit,
        op="" if criterion is None else criterion["op"],
        value=value,
        lower=lower,
        upper=upper,
        quantile=_quantile(entry["reading"]),
    )


def _marks(estimate: Mapping[str, Any] | None, unit: str) -> tuple[float | None, float | None, float | None]:
    if estimate is None or not comparable(estimate["unit"], unit):
        return None, None, None
    value, lower, upper = (
        None if estimate[key] is None else float(convert(estimate[key], estimate["unit"], unit))
        for key in ("value", "lower", "upper")
    )
    return value, lower, upper


def _quantile(reading: Mapping[str, Any]) -> float | None:
    """The reading's quantile as a share, from ``99 %`` or 0.99; None for another statistic."""
    asked = reading["parameters"].get("q") if reading["statistic"] == "quantile" else None
    if isinstance(asked, str) and asked.endswith("%"):
        return float(asked.removesuffix("%")) / 100
    return float(asked) if isinstance(asked, int | float) else None
