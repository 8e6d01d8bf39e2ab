# SPDX-License-Identifier: Apache-2.0
"""The one view model behind every report format: texts in one language, numbers in the limit's unit.

Built only from what the bundle says (results.json, figures.json, scenario, profile, journal): nothing is
decoded, recomputed or judged here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.documents import CampaignEntry, Results, read_results
from harness.errors import EvidenceError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.model import Scenario
from harness.pictures import read_pictures
from harness.spec import Profile, parse_profile, parse_scenario
from reports.agreed import AgreedView, agreed_view
from reports.corrected import Fact, consortium, put_right
from reports.course import Attempt, attempts_of, local, span
from reports.indicator import IndicatorView, indicator_view
from reports.listing import text_of
from reports.names import source, titles_of
from reports.notes import Note, notes
from reports.numbers import percent
from reports.replaced import Replaced, corrected, replaced
from reports.words import Words, words

_SAFE_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class RuleView:
    """A decision rule at one confidence, explained with its risk, and the indicators it was applied to."""

    text: str
    indicators: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What identifies the bundle: digests and the keys that signed it; empty where it is not sealed or signed."""

    bundle: str
    manifest: str
    results: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """Whether the scenario is the published one, in words, and its digest."""

    published: bool
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything a report says, in ``lang``; ``simulated``: sources as machines name them, ``sources``: in words."""

    lang: str
    number: str
    kind: str
    title: str
    verdict: str
    word: str
    watermark: str
    meaning: str
    tally: tuple[tuple[str, int], ...]
    mandatory: int
    informative: int
    facts: tuple[Fact, ...]
    simulated: tuple[str, ...]
    sources: tuple[str, ...]
    practice: bool
    law: Law
    rules: tuple[RuleView, ...]
    planned: int
    indicators: tuple[IndicatorView, ...]
    attempts: tuple[Attempt, ...]
    seal: Seal
    statements: tuple[str, ...]
    agreed: AgreedView
    replaced: tuple[Replaced, ...] = ()
    corrected: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def view(bundle_root: Path, lang: str) -> View:
    """The view of the bundle in folder ``bundle_root``; EvidenceError when a part of it is missing or malformed.

    Every format asks for it, so that of the last bundles is kept for as long as no file of theirs changes.
    """
    return _view(bundle_root, lang, as_it_stands(bundle_root))


def as_it_stands(root: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Every file below ``root`` with its size and the moments of its last changes: another value where anything was written."""
    found = ((path, path.lstat()) for path in sorted(root.rglob("*")))
    return tuple((str(path), one.st_size, one.st_mtime_ns, one.st_ctime_ns) for path, one in found)


@lru_cache(maxsize=2)
def _view(bundle_root: Path, lang: str, _stands: object) -> View:
    bundle, say = Bundle.open(bundle_root), words(lang)
    results = _results(_content(bundle.results_path), _place(bundle, bundle.results_path))
    pictures = _pictures(_content(bundle.figures_path), _place(bundle, bundle.figures_path))
    scenario = parse_scenario(bundle.scenario_path.read_bytes(), "scenario.yaml")
    events = read_journal(bundle.journal_path)
    profile = consortium(parse_profile(bundle.profile_path.read_bytes(), "profile.yaml", scenario), events)
    attempts = attempts_of(events, lang, results)
    campaign = results.campaign
    indicators = tuple(
        indicator_view(
            number,
            each,
            pictures.figures,
            profile=profile,
            simulated=campaign.simulated,
            practice=campaign.practice,
            lang=lang,
        )
        for number, each in enumerate(results.indicators, 1)
    )
    mandatory = [each for each in indicators if each.mandatory]
    kind = say(f"test.{campaign.test.kind}")
    return View(
        lang=lang,
        number=_number(campaign),
        kind=kind,
        title=say("title.of", scenario=results.scenario.title.get(lang), kind=kind),
        verdict=results.verdict,
        word=_marked(results, say),
        watermark=_watermark(campaign, say),
        meaning=say(f"means.{results.verdict}"),
        tally=_tally([each.verdict for each in mandatory]),
        mandatory=len(mandatory),
        informative=len(indicators) - len(mandatory),
        facts=put_right(_facts(results, profile, attempts, say, lang), events, lang),
        simulated=campaign.simulated,
        sources=tuple(source(each, titles_of(results.indicators, lang), lang) for each in campaign.simulated),
        practice=campaign.practice,
        law=_law(results, say),
        rules=_rules(indicators, say),
        planned=campaign.attempts.planned,
        indicators=indicators,
        attempts=attempts,
        seal=_seal(bundle),
        statements=_statements(campaign.test.kind, say),
        agreed=agreed_view(bundle, results, events, lang),
        replaced=replaced(results, events, lang),
        corrected=tuple(corrected(results, lang)),
        notes=notes(bundle.root, events, {each.id: each.title for each in indicators}),
    )


_results = lru_cache(maxsize=2)(read_results)
_pictures = lru_cache(maxsize=2)(read_pictures)
"""Of the bundle at hand: every format and language reads the same bytes, and what is read cannot change."""


def _mark(campaign: CampaignEntry) -> str:
    """What keeps the verdicts from being ground for acceptance; simulated data before a rehearsal."""
    return "simulated" if campaign.simulated else "practice" if campaign.practice else ""


def _marked(results: Results, say: Words) -> str:
    """The scenario's verdict, never by itself where its data are simulated or the campaign was a rehearsal."""
    word, mark = say(f"verdict.{results.verdict}"), _mark(results.campaign)
    return say(f"marked.{mark}", word=word) if mark else word


def _watermark(campaign: CampaignEntry, say: Words) -> str:
    mark = _mark(campaign)
    return say(f"watermark.{mark}") if mark else ""


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as defect:
        msg = f"{path.name} is missing from the bundle."
        raise EvidenceError(msg, cure="run yanshou replay on the bundle first.", where=str(path)) from defect


def _place(bundle: Bundle, path: Path) -> str:
    """How an error names a file of the bundle."""
    return f"{bundle.root.name}/{path.relative_to(bundle.root).as_posix()}"


def _law(results: Results, say: Words) -> Law:
    publisher = results.scenario.published_by
    if publisher is None:
        return Law(published=False, text=say("law.own"), sha256=results.scenario.sha256)
    text = say("law.published", name=publisher.name, version=publisher.version)
    return Law(published=True, text=text, sha256=results.scenario.sha256)


def _number(campaign: CampaignEntry) -> str:
    """The report's number: campaign and attempt; only plain characters, because it goes into the style sheet."""
    number = f"{campaign.id}-{campaign.attempts.made}"
    if _SAFE_NUMBER.fullmatch(number) is None:
        raise EvidenceError("The campaign's id is no plain word.", cure="run yanshou verify on the bundle.")
    return number


def _tally(verdicts: list[str]) -> tuple[tuple[str, int], ...]:
    order = ("PASS", "FAIL", "INCONCLUSIVE", "INVALID", "NOT_TESTED")
    return tuple((verdict, verdicts.count(verdict)) for verdict in order if verdict in verdicts)


def _facts(
    results: Results, profile: Profile, attempts: tuple[Attempt, ...], say: Words, lang: str
) -> tuple[Fact, ...]:
    campaign, test = results.campaign, results.campaign.test
    members = [_organisation(each.name, each.uscc, say) for each in profile.project.members]
    rows = [
        ("project", campaign.project),
        ("applicant", _organisation(campaign.applicant.name, campaign.applicant.uscc, say)),
        *([("members", say("semicolon").join(members))] if members else []),
        ("period", say("from-to", start=campaign.period.start, end=campaign.period.end)),
        ("scenario", results.scenario.title.get(lang)),
        ("basis", _basis(profile.scenario)),
        ("site", campaign.site),
        ("organisation", test.organisation),
        ("operator", test.operator),
        ("dates", span(attempts, say)),
        *([("data", data)] if (data := _data(results, say)) else []),
        ("attempts", say("attempts.of", made=campaign.attempts.made, planned=campaign.attempts.planned)),
        ("clock", say(f"clock.{campaign.clock_synchronised}")),
        ("environment", text_of(test.environment, lang)),
        ("software", f"{results.software.name} {results.software.version}"),
    ]
    return tuple(Fact(say(f"fact.{key}"), value or say("none")) for key, value in rows)


def _data(results: Results, say: Words) -> str:
    """First and last moment of the data that was judged, and whether that lies in the project's period; empty where unknown."""
    windows = [each.window for each in results.indicators if each.window is not None]
    if not windows:
        return ""
    start, end = (local(each) for each in (min(one.start for one in windows), max(one.end for one in windows)))
    told = say("from-to", start=start, end=end)
    period = results.campaign.period
    inside = period.start <= start[:10] and end[:10] <= period.end
    return told if inside else told + say("bracket", text=say("outside-period"))


def _organisation(name: str, uscc: str, say: Words) -> str:
    return say("uscc", name=name, code=uscc) if uscc else name


def _basis(scenario: Scenario) -> str:
    """The documents whose clauses are quoted, each with its issuer, in the order of their first clause."""
    clauses = [each.clause for each in scenario.indicators]
    names = dict.fromkeys(f"《{each.document}》（{each.issuer}）" for each in clauses)
    return "；".join(names)


def _rules(indicators: tuple[IndicatorView, ...], say: Words) -> tuple[RuleView, ...]:
    found: dict[tuple[str, float], list[str]] = {}
    for each in indicators:
        if each.limit:
            found.setdefault((each.rule, each.asked), []).append(each.title)
    return tuple(
        RuleView(
            say(f"rule.{rule}", confidence=percent(confidence), risk=percent(_complement(confidence))),
            say("rule.applies", indicators=say("separator").join(titles)),
        )
        for (rule, confidence), titles in found.items()
    )


def _complement(confidence: float) -> float:
    """1 - confidence without the dust of binary fractions."""
    return round(1 - confidence, 12)


def _statements(kind: str, say: Words) -> tuple[str, ...]:
    nature = "third-party" if kind == "third-party" else "nature"
    return tuple(say(f"statement.{each}") for each in (nature, "items", "customer", "opinion", "copy", "amend"))


def _seal(bundle: Bundle) -> Seal:
    manifest = bundle.root / "manifest-sha256.txt"
    return Seal(
        bundle=bundle.root.name,
        manifest=_digest(manifest) if bundle.sealed else "",
        results=_digest(bundle.results_path),
        signers=_signers(bundle.attestation_path),
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _signers(path: Path) -> tuple[str, ...]:
    """Key ids in the attestation (DSSE); that the signatures hold is for ``yanshou verify`` to say."""
    if not path.is_file():
        return ()
    try:
        envelope = json.loads(path.read_bytes())
    except ValueError as defect:
        msg = f"{path.name} is no JSON."
        raise EvidenceError(msg, cure="run yanshou verify on the bundle.", where=str(path)) from defect
    signatures = envelope.get("signatures", []) if isinstance(envelope, Mapping) else []
    return tuple(str(each["keyid"]) for each in signatures if isinstance(each, Mapping) and "keyid" in each)
