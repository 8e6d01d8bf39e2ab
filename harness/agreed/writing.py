# SPDX-License-Identifier: Apache-2.0
"""From a profile to the content of its plan: everything a second party wants to read before it signs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness import installed
from harness.account import scope
from harness.account.values import plain
from harness.agreed.conditions import conditions
from harness.agreed.inputs import inputs
from harness.evaluate import risks
from harness.model import Indicator
from harness.plan import hours, needs
from harness.software import software
from harness.spec import Profile, find_scenario
from harness.spec.published import publisher_of


def content(profile: Profile, path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The plan of a profile, and the subjects that are signed with it: name -> SHA-256."""
    scenario = find_scenario(profile.scenario_reference, path.parent).content
    texts = {"scenario.yaml": scenario.decode("utf-8"), "profile.yaml": path.read_bytes().decode("utf-8")}
    files = inputs(profile, path.parent)
    wanted = {each["id"]: each for each in needs(profile)}
    found = {
        "profile": profile.name,
        "conditions": conditions(profile),
        "texts": texts,
        "inputs": files,
        "software": software(),
        "hours": hours(wanted.values()),
        "page": _page(profile, wanted),
    }
    subjects = {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in texts.items()}
    return found, {**subjects, **{f"input/{name}": digest for name, digest in files.items()}}


def _page(profile: Profile, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the readable page says beside the conditions."""
    publisher = publisher_of(profile.scenario)
    return {
        "scenario": plain(profile.scenario.title),
        "document": profile.scenario.document,
        "published_by": None if publisher is None else f"{publisher.name} {publisher.version}",
        "project": profile.project.name,
        "applicant": {"name": profile.project.applicant.name, "uscc": profile.project.applicant.uscc},
        "site": profile.project.site,
        "operator": profile.test.operator,
        "environment": plain(profile.test.environment),
        "indicators": [_indicator(profile, each, wanted[each.id]) for each in profile.scenario.indicators],
    }


def _indicator(profile: Profile, indicator: Indicator, need: Mapping[str, Any]) -> dict[str, Any]:
    criterion = profile.criterion(indicator.id)
    reading = criterion.reading
    measurand = installed.measurand(reading.measurand)
    alpha, beta = risks(profile, criterion, 1)
    return {
        "id": indicator.id,
        "title": plain(indicator.title),
        "clause": indicator.clause.text,
        "mandatory": indicator.mandatory,
        "chosen": indicator.id in profile.chosen,
        "reading": plain(reading.title),
        "why": plain(reading.why),
        "about": reading.about.value,
        "measurand": reading.measurand if measurand is None else plain(measurand.title),
        "statistic": reading.statistic,
        "risk_of_false_pass": plain(alpha),
        "risk_of_false_fail": plain(beta),
        "bound": need["bound"],
        "need": {lang: _said(need, lang) for lang in ("zh", "en")},
        "hours": plain(need["hours"]) if need["hours"] is not None else None,
        "constants": [each.model_dump(mode="json") for each in scope.constants(indicator, reading, profile)],
        "instruments": [] if measurand is None or not indicator.instrumented else list(measurand.instruments),
        "no_instrument": plain(indicator.no_instrument),
    }


def _said(need: Mapping[str, Any], lang: str) -> str:
    """What the indicator takes and lacks, a line each; as the printed plan says it."""
    untested = need["text"].startswith("NOT_TESTED: ")
    return ("NOT_TESTED: " if untested else "") + "\n".join(each[lang] for each in (*need["lacks"], *need["details"]))
