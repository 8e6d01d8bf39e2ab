# SPDX-License-Identifier: Apache-2.0
"""What it takes to decide each indicator of a profile, before anything is measured."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness import installed
from harness.effort import compared, cost_s
from harness.errors import DecodeError, UsageError
from harness.evaluate import risks
from harness.kit.unreadable import UnreadableError, UnusableError
from harness.model import Criterion, Kind, Text
from harness.plugins import Probe, Seen
from harness.quantity import Quantity
from harness.spec import Profile
from harness.stats.plans import IndicatorPlan, span
from harness.summaries import defaults_of

if TYPE_CHECKING:
    from harness.kit.settings import Settings
    from harness.spec import SourceSpec


def needs(profile: Profile, folder: Path | None = None, *, synchronised: bool | None = None) -> list[dict[str, Any]]:
    """Per indicator: whether it can be measured here, the least evidence that could decide it, and what is lacking.

    ``folder``: where the profile stands, to look into the files it names. ``synchronised``: whether this machine's clock is.
    """
    return [_need(profile, indicator.id, folder, synchronised) for indicator in profile.scenario.indicators]


def _need(profile: Profile, identifier: str, folder: Path | None, synchronised: bool | None) -> dict[str, Any]:
    criterion = profile.criterion(identifier)
    measurand = criterion.reading.measurand
    bound, offered = identifier in profile.bindings, installed.measurand(measurand)
    settings = list(settings_of(profile, identifier))
    found = _planned(profile, identifier, criterion, settings)
    planned = _first(each.planned_duration_s for each in settings)
    cost = _cost(found, criterion)
    seen = () if folder is None else tuple(_previewed(profile, identifier, folder))
    lacks = list(
        _lacks(
            profile,
            identifier,
            found,
            planned,
            unsynchronised=bool(offered and offered.synchronised and synchronised is False),
        )
    )
    lacks += _too_few(criterion, seen)
    details = [*_told(found), *_effort(criterion.reading.minimum)]
    lines = [each.zh for each in (*lacks, *details, *(one.text for one in seen))]
    return {
        "id": identifier,
        "measurand": measurand,
        "probe": None if offered is None else offered.recorder,
        "bound": bound,
        "about": criterion.reading.about.value,
        "minimum": {name: str(each) for name, each in criterion.reading.minimum.items()},
        "hours": None if cost is None else cost / 3600,
        "planned_s": None if planned is None else float(planned),
        **found.as_json(),
        "lacks": [_pair(each) for each in lacks],
        "seen": [_pair(each.text) for each in seen],
        "details": [_pair(each) for each in details],
        "line": _pair(_line(found, planned, lacks, cost)),
        "text": ("" if bound and offered else "NOT_TESTED: ") + "\n".join(lines),
    }


def _planned(profile: Profile, identifier: str, criterion: Criterion, settings: Sequence[Settings]) -> IndicatorPlan:
    from harness.stats.plans import plan

    alpha, beta = risks(profile, criterion, 1)
    return plan(
        criterion,
        {**defaults_of(profile.scenario.indicator(identifier)), **profile.declared.get(identifier, {})},
        alpha=alpha or 1 - criterion.confidence,
        beta=beta,
        rate=_first(each.planned_rate_hz for each in settings),
        audited=profile.scenario.indicator(identifier).kind is Kind.AUDITED,
    )


def _cost(found: IndicatorPlan, criterion: Criterion) -> float | None:
    """The least time that PASS takes, in s: of the statistic, or of the effort that is asked for."""
    statistic = found.rows[0].seconds if found.rows else None
    effort = cost_s(criterion.reading.minimum)
    return max((float(each) for each in (effort, statistic) if each is not None), default=None)


def _lacks(
    profile: Profile, identifier: str, found: IndicatorPlan, planned: Fraction | None, *, unsynchronised: bool
) -> Iterator[Text]:
    """What stands between this plan and a PASS, each with what to write."""
    criterion = profile.criterion(identifier)
    measurand = criterion.reading.measurand
    if identifier not in profile.bindings:
        yield Text("没有数据来源", "no source is bound")
    if installed.measurand(measurand) is None:
        yield Text(f"还没有能测 {measurand} 的领域", f"no installed domain measures {measurand}")
    if found.blocked is not None:
        yield found.blocked
    if unsynchronised:
        yield Text(
            "本机时钟未同步，单程时延会判无效：先启用 chrony 或 PTP",
            "this clock is not synchronised, so that one-way delay is INVALID: run chrony or PTP first",
        )
    for each in found.declare:
        line = f"declared: {{{identifier}: {{{each.name}: {each.example}}}}}"
        yield Text(f"还须声明最坏情况，例如写上 {line}", f"the worst case has to be declared, for example: {line}")
    cost = _cost(found, criterion)
    if planned is not None and cost is not None and planned < cost:
        yield Text(
            f"至少录 {span(cost)}；现计划 {span(float(planned))}，不够",
            f"record at least {span(cost)}; {span(float(planned))} are planned, which is too short",
        )
        if profile.scenario.indicator(identifier).mandatory:
            yield from _within_reach(profile, identifier, planned)


def _too_few(criterion: Criterion, seen: Sequence[Seen]) -> Iterator[Text]:
    """A register whose rows cannot reach the limit, whatever else is proven."""
    counts = [each.countable for each in seen if each.countable is not None]
    limit = criterion.limit
    if limit is None or limit.upper or limit.quantity.dimension != "count" or not counts:
        return
    if sum(counts) < limit.quantity.base:
        yield Text(
            f"登记表可计 {sum(counts)} 行，限值 {limit.words('zh')}",
            f"rows of the register that would count: {sum(counts)}; the limit is {limit.words('en')}",
        )


def _within_reach(profile: Profile, identifier: str, planned: Fraction) -> Iterator[Text]:
    """Other readings of the clause that the planned time would decide; which one holds is for the client to say."""
    indicator, criterion = profile.scenario.indicator(identifier), profile.criterion(identifier)
    settings = list(settings_of(profile, indicator.id))
    names = []
    for reading in indicator.readings:
        limit = reading.limit or criterion.limit
        other = replace(criterion, reading=reading, limit=limit)
        if reading.name == criterion.reading.name or limit is None:
            continue
        found = _planned(profile, identifier, other, settings)
        cost = _cost(found, other)
        if found.rows and cost is not None and cost <= planned and installed.measurand(reading.measurand):
            names.append(reading.name)
    if names:
        first = f"readings: {{{indicator.id}: {names[0]}}}"
        yield Text(
            f"现计划够用的读法：{'、'.join(names)}（须与委托方约定，写 {first}）",
            f"readings that the planned time decides: {', '.join(names)} (agree it with the client, then write {first})",
        )


def _told(found: IndicatorPlan) -> Iterator[Text]:
    """Rows and notes of the statistic."""
    for row in found.rows:
        yield Text(f"{row.condition.zh}：{row.told('zh')}", f"{row.condition.en}: {row.told('en')}")
    yield from found.notes


def _line(found: IndicatorPlan, planned: Fraction | None, lacks: Sequence[Text], cost: float | None) -> Text:
    """One line: what is missing, or that the plan suffices and for how much evidence."""
    if lacks:
        return Text("；".join(each.zh for each in lacks), "; ".join(each.en for each in lacks))
    if not found.rows:
        if planned is None:
            return found.notes[0] if found.notes else Text("计划够用", "the plan suffices")
        after = span(float(planned))
        return Text(f"计划够用；现计划 {after}", f"the plan suffices; {after} are planned")
    row, after = found.rows[0], "" if planned is None else span(float(planned))
    zh, en = f"最少 {row.told('zh')}", f"at least {row.told('en')}"
    # What is asked for may take longer than the statistic.
    if cost is not None and row.seconds is not None and cost > row.seconds:
        zh, en = f"{zh}，且至少录 {span(cost)}", f"{en}, and a record of {span(cost)} at least"
    return Text(f"{zh}；现计划 {after}" if after else zh, f"{en}; {after} are planned" if after else en)


def _pair(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _previewed(profile: Profile, identifier: str, folder: Path) -> Iterator[Seen]:
    """What the files of the indicator's own sources hold; errors as recording would have them."""
    binding = profile.bindings.get(identifier)
    for source in () if binding is None else binding.sources:
        if any(isinstance(value, str) and value.startswith("@") for value in source.config.values()):
            continue
        try:
            probe = _probe(profile, identifier, source)
            settings = probe.settings.model_validate(source.config)
        except (UsageError, ValidationError):
            continue  # told where bindings are checked
        look = getattr(probe, "preview", None)
        if look is not None:
            yield from _looked(look(settings, folder, profile.project))


def _looked(seen: Iterable[Seen]) -> Iterator[Seen]:
    try:
        yield from seen
    except UnreadableError as error:
        raise UnusableError(error.text, cure=error.cure, where=error.where) from None
    except DecodeError as error:
        raise UsageError(error.problem, cure=error.cure, where=error.where) from None
    except OSError as error:
        msg = f"{error.filename} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path and its permissions.") from None


def _effort(minimum: Mapping[str, Quantity]) -> Iterator[Text]:
    """The least efforts that PASS takes, as the evaluation will hold against them."""
    for each in compared(minimum, {}):
        yield Text(f"判合格所需：{each.title.zh} ≥ {each.asked}", f"PASS takes: {each.title.en} ≥ {each.asked}")


def hours(wanted: Iterable[Mapping[str, Any]]) -> float | None:
    """What the campaign costs: sources record at the same time, so the longest of what is bound counts."""
    return max((each["hours"] for each in wanted if each["bound"] and each["hours"] is not None), default=None)


def _first(planned: Iterable[Fraction | None]) -> Fraction | None:
    return next((each for each in planned if each is not None), None)


def settings_of(profile: Profile, identifier: str) -> Iterator[Settings]:
    """Settings of the indicator's own sources, then of those it borrows; those that are not sound are told elsewhere."""
    binding = profile.bindings.get(identifier)
    for owner in () if binding is None else (identifier, *binding.borrowed):
        for source in profile.bindings[owner].sources:
            with contextlib.suppress(UsageError, ValidationError):
                yield _form(profile, owner, source).model_validate(_known(source.config))


def _form(profile: Profile, owner: str, source: SourceSpec) -> type[Settings]:
    form: type[Settings] = _probe(profile, owner, source).settings
    return form


def _probe(profile: Profile, owner: str, source: SourceSpec) -> Probe:
    measurand = installed.measurand(profile.criterion(owner).reading.measurand)
    return installed.probe(source.probe or ("" if measurand is None else measurand.recorder))


def _known(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with a stand-in for what only a simulator will give."""
    return {
        key: "later" if isinstance(value, str) and value.startswith("@") else value for key, value in config.items()
    }
