# SPDX-License-Identifier: Apache-2.0
"""What was agreed beforehand and what an assessor looks for: first-page sentences, annexes, all from the bundle alone.

A key is printed as a key: whose it is, each reader's own list of trust says, through ``yanshou verify --trust``, so that
the same bundle gives the same pages to everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.account.began import read_beginning
from harness.account.entries import AgreedEntry, InstrumentEntry
from harness.documents import IndicatorEntry, Results
from harness.errors import YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import JournalEvent
from harness.evidence.promises import commitment
from reports.names import name, titles_of
from reports.numbers import DOWN, convert, digits
from reports.order39 import Item, order39, sixing
from reports.words import Words, words


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: heads and rows of text."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class AgreedView:
    """First-page sentences, then the annexes."""

    first: tuple[str, ...]
    failed: tuple[str, ...]
    plan: tuple[str, ...]
    deviations: tuple[str, ...]
    attempts: tuple[str, ...]
    instruments: Grid
    checks: tuple[str, ...]
    order39: tuple[Item, ...]
    sixing: tuple[Item, ...]
    environment: tuple[tuple[str, str], ...]
    mapping: Grid
    completion: Grid
    papers: Grid


def agreed_view(bundle: Bundle, results: Results, events: Sequence[JournalEvent], lang: str) -> AgreedView:
    """The view of ``bundle``; texts in ``lang``."""
    say, agreed = words(lang), results.campaign.agreed
    return AgreedView(
        first=tuple(_first(bundle, results, events, say)),
        failed=tuple(_failed(results, say)),
        plan=tuple(_plan(agreed, say)),
        deviations=tuple(_deviations(agreed, lang, say)),
        attempts=tuple(_attempts(agreed, events, say)),
        instruments=_instruments(agreed.instruments, lang, say),
        checks=(
            *_checks(agreed.instruments, lang, say),
            *_without(agreed, titles_of(results.indicators, lang), lang, say),
        ),
        order39=order39(results, events, lang),
        sixing=sixing(bundle, results, events, say),
        environment=tuple(_environment(bundle, say)),
        mapping=_mapping(results, lang, say),
        completion=_completion(results, lang, say),
        papers=_papers(agreed, lang, say),
    )


def _key(keyid: str, say: Words) -> str:
    return say("signer.key", keyid=keyid[:16])


def _first(bundle: Bundle, results: Results, events: Sequence[JournalEvent], say: Words) -> Iterator[str]:
    """What the first page carries: the plan, who signed, whether attempts can have been hidden, whose clock it is."""
    agreed = results.campaign.agreed
    if agreed.plan is None:
        yield say("agreed.no-plan")
    else:
        count = len(agreed.plan.deviations)
        yield say("agreed.plan", digest=agreed.plan.sha256[:16], signers=len(agreed.plan.counter_signers))
        yield say("agreed.deviates", count=count) if count else say("agreed.deviates-not")
    keys = [keyid for event in events if event.kind == "sealed" for keyid in event.body["signers"]]
    names = say("semicolon").join(_key(each, say) for each in dict.fromkeys(keys))
    yield say("agreed.signed", names=names) if keys else say("agreed.unsigned")
    attempts = {event.body["attempt"] for event in events if event.kind == "attempt_started"}
    lacking = sorted(attempts - {each.attempt for each in agreed.challenges})
    yield say("agreed.no-challenge") if lacking else say("agreed.challenged", office=agreed.challenges[-1].office)
    stamped = any(event.kind == "time_stamped" for event in events)
    sealed = any(bundle.root.glob("*.tsr"))
    yield say("agreed.stamped") if stamped else say("agreed.stamped-seal" if sealed else "agreed.own-clock")


def _failed(results: Results, say: Words) -> Iterator[str]:
    """Former attempts with their verdicts, for the first page."""
    for each in results.campaign.former:
        word = say(f"verdict.{each.verdict}") if each.verdict else say("none")
        yield say("agreed.attempt", number=each.number, verdict=word)


def _plan(agreed: AgreedEntry, say: Words) -> Iterator[str]:
    if agreed.plan is None:
        yield say("agreed.no-plan")
        return
    yield say("agreed.plan-digest", digest=agreed.plan.sha256)
    for keyid in agreed.plan.makers:
        yield say("agreed.maker", who=_key(keyid, say))
    for keyid in agreed.plan.counter_signers:
        yield say("agreed.counter-signer", who=_key(keyid, say))
    if not agreed.plan.counter_signers:
        yield say("agreed.one-side")


def _deviations(agreed: AgreedEntry, lang: str, say: Words) -> Iterator[str]:
    """Every deviation; that nothing can be compared where there was no plan."""
    if agreed.plan is None:
        yield say("order39.unplanned-evidence")
        return
    yield from (each.text.get(lang) for each in agreed.plan.deviations)


def _attempts(agreed: AgreedEntry, events: Sequence[JournalEvent], say: Words) -> Iterator[str]:
    for each in agreed.challenges:
        yield say(
            "agreed.challenge", number=each.attempt, office=each.office, issued=each.issued, nonce=each.nonce[:16]
        )
    for one in agreed.corrective:
        yield say("agreed.corrective", number=one.after, text=one.text, by=one.by)
    promise = commitment(events)
    if promise["sequence"] is not None:
        yield say("agreed.sequence", number=promise["sequence"])
    if promise["previous"] is not None:
        yield say("agreed.previous", digest=promise["previous"])
    for event in (one for one in events if one.kind == "not_stamped"):
        yield say("agreed.not-stamped", number=event.body["attempt"], problem=event.body["problem"])


def _instruments(found: Sequence[InstrumentEntry], lang: str, say: Words) -> Grid:
    keys = ("name", "kind", "model", "range", "certificate", "due", "state")
    rows = tuple(
        (
            each.name,
            name(each.kind, lang, "instruments"),
            " ".join(part for part in (each.manufacturer, each.model, each.serial) if part),
            " ".join(part for part in (each.range, each.accuracy) if part) or say("none"),
            " ".join(part for part in (each.certificate, each.laboratory, each.calibrated) if part) or say("none"),
            each.due or say("none"),
            say(f"instrument.{each.state}"),
        )
        for each in found
    )
    return Grid(tuple(say(f"instrument.{key}") for key in keys), rows)


def _checks(found: Sequence[InstrumentEntry], lang: str, say: Words) -> Iterator[str]:
    for each in found:
        if each.check is not None:
            facts = {"before": each.check.before or say("none"), "after": each.check.after or say("none")}
            window = f"{each.check.expected} ± {each.check.tolerance}"
            state = say("check.within" if each.check.within else "check.outside")
            yield say("check.line", name=each.name, reference=each.check.reference, window=window, state=state, **facts)
        yield from (reason.text.get(lang) for reason in each.reasons)


def _without(agreed: AgreedEntry, titles: Mapping[str, str], lang: str, say: Words) -> Iterator[str]:
    """The indicators that need no instrument, a line a reason."""
    reasons: dict[str, list[str]] = {}
    for each in agreed.uninstrumented:
        reasons.setdefault(each.why.get(lang), []).append(titles.get(each.indicator, each.indicator))
    for why, indicators in reasons.items():
        yield say("instrument.not-needed-line", indicators=say("separator").join(indicators), why=why)


def _papers(agreed: AgreedEntry, lang: str, say: Words) -> Grid:
    keys = ("title", "number", "issuer", "issued", "until", "state")
    rows = tuple(
        (
            each.title.get(lang),
            *(part or say("none") for part in (each.number, each.issuer, each.issued, each.until)),
            say(f"attest.{each.state}"),
        )
        for each in agreed.papers
    )
    return Grid(tuple(say(f"attest.{key}") for key in keys), rows)


def _environment(bundle: Bundle, say: Words) -> Iterator[tuple[str, str]]:
    """The environment as campaign.json holds it since the start."""
    began = read_beginning(bundle.campaign_path)
    machine, software = began.machine, began.software
    rows = [
        ("system", machine.system),
        ("kernel", machine.kernel),
        ("processor", machine.processor),
        ("python", machine.python),
        ("software", f"{software.name} {software.version} {software.sha256[:32]}"),
        ("packages", f"{len(machine.packages)}, SHA-256 {machine.packages_sha256}"),
        ("image", machine.image),
    ]
    yield from ((say(f"environment.{key}"), value or say("none")) for key, value in rows)


def _mapping(results: Results, lang: str, say: Words) -> Grid:
    """Clause -> reading -> test -> raw files -> place in this report."""
    rows = []
    for number, each in enumerate(results.indicators, 1):
        files = [file.path for file in each.evidence]
        told = say("separator").join(files[:3]) + (say("mapping.more", count=len(files)) if len(files) > 3 else "")
        measurand = each.reading.measurand
        test = (measurand.title or each.reading.title).get(lang)
        rows.append((each.clause.text, each.reading.title.get(lang), f"{test}{say('bracket', text=name(each.reading.statistic, lang, 'statistics'))}", told or say("none"), say("mapping.place", number=number)))  # fmt: skip
    keys = ("clause", "reading", "test", "files", "at")
    return Grid(tuple(say(f"mapping.{key}") for key in keys), tuple(rows))


def _completion(results: Results, lang: str, say: Words) -> Grid:
    """Value over limit beside the strict verdict, with the side of the bound that counts; never above its verdict's word."""
    rows = []
    for each in results.indicators:
        share, bound = _share(each)
        rows.append((each.title.get(lang), share or say("none"), bound or say("none"), say(f"verdict.{each.verdict}")))
    keys = ("indicator", "share", "bound", "verdict")
    return Grid(tuple(say(f"completion.{key}") for key in keys), tuple(rows))


def _share(each: IndicatorEntry) -> tuple[str, str]:
    """Completion of an indicator: value ÷ limit where more is better, limit ÷ value where less is; per cent, rounded down."""
    estimate, criterion = each.estimate, each.criterion
    if estimate is None or estimate.value is None or criterion.limit is None or criterion.unit is None:
        return "", ""
    more = criterion.op in {">=", ">"}
    worst = estimate.lower if more else estimate.upper
    try:
        found = [
            None if number is None else convert(number, estimate.unit, criterion.unit)
            for number in (estimate.value, worst)
        ]
        limit = convert(criterion.limit, criterion.unit, criterion.unit)
    except YanshouError:
        return "", ""
    shares = []
    for value in found:
        above, below = (value, limit) if more else (limit, value)
        shares.append("" if above is None or below is None or below <= 0 else f"{digits(above / below * 100, DOWN)} %")
    return shares[0], shares[1]
