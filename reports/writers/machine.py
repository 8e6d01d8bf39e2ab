# SPDX-License-Identifier: Apache-2.0
"""For programs: JSON, CTRF (common test report format) and OSCAL assessment results, from the same view as every paper.

Neither format knows doubt: CTRF says failed for a mandatory FAIL, other for what is undecided, skipped for what is informative
and did not pass; the verdict itself stands beside it. OSCAL says satisfied for PASS alone, and the five verdicts as a property.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.printable import printable_json
from reports.indicator import IndicatorView, OtherVerdict
from reports.paper.layouts import issued
from reports.view import View, view

NAMESPACE = "https://yanshou.example/ns/oscal"
SCHEMA = "yanshou.report/1"
_OSCAL = "1.1.3"
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#&$^~|!]")


def plain_json(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"json": file}``: the report's own texts and numbers for an office's system; results.json has everything, in both languages."""
    return {"json": json_of(view(bundle_root, lang))}


def json_of(shown: View) -> bytes:
    """The whole file; a number is in the unit beside it, null where there is none."""
    return _bytes({
        "schema": SCHEMA,
        "language": shown.lang,
        "report": shown.number,
        "title": shown.title,
        "verdict": shown.verdict,
        "word": shown.word,
        "meaning": shown.meaning,
        "simulated": list(shown.simulated),
        "practice": shown.practice,
        "scenario": {"published": shown.law.published, "sha256": shown.law.sha256, "text": shown.law.text},
        "facts": [asdict(each) for each in shown.facts],
        "indicators": [_indicator(each) for each in shown.indicators],
        "attempts": [asdict(each) for each in shown.attempts],
        "replaces": [each.report for each in shown.replaced],
        "corrected": list(shown.corrected),
        "statements": list(shown.statements),
        "seal": asdict(shown.seal),
    })  # fmt: skip


def _indicator(each: IndicatorView) -> dict[str, Any]:
    return {
        "number": each.number, "id": each.id, "title": each.title, "clause": each.clause, "source": each.source,
        "kind": each.kind, "mandatory": each.mandatory, "simulated": each.simulated, "reading": each.reading, "why": each.why,
        "limit": each.limit, "verdict": each.verdict, "word": each.word, "speaks": each.speaks, "printed": asdict(each.result),
        "numbers": asdict(each.numbers) if each.numbers else None, "reasons": list(each.reasons), "remarks": list(each.remarks),
        "need": list(each.need), "others": [_other(one) for one in (*each.others, *each.variants)],
        "evidence": [asdict(one) for one in each.files],
    }  # fmt: skip


def _other(each: OtherVerdict) -> dict[str, Any]:
    return {
        "reading": each.title,
        "limit": each.limit,
        "verdict": each.verdict,
        "word": each.word,
        "value": each.result.value,
    }


def ctrf(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"ctrf.json": file}``."""
    return {"ctrf.json": ctrf_of(view(bundle_root, lang))}


def ctrf_of(shown: View) -> bytes:
    """The whole file."""
    tests = [_test(each) for each in shown.indicators]
    counts = {
        status: sum(each["status"] == status for each in tests)
        for status in ("passed", "failed", "pending", "skipped", "other")
    }
    document = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "yanshou"},
            "summary": {"tests": len(tests), **counts, "start": 0, "stop": 0},
            "tests": tests,
            "extra": {
                "verdict": shown.verdict, "report": shown.number, "simulated": list(shown.simulated), "practice": shown.practice,
                "manifest": shown.seal.manifest, "published": shown.law.published,
            },
        },
    }  # fmt: skip
    return _bytes(document)


def _test(each: IndicatorView) -> dict[str, Any]:
    said = {"verdict": each.verdict, "mandatory": each.mandatory, "clause": each.clause, "reading": each.reading,
            "criterion": each.limit, "value": each.result.value, "bounds": each.result.bounds, "speaks": each.speaks}  # fmt: skip
    return {
        "name": each.id,
        "status": _status(each),
        "duration": 0,
        "message": "\n".join(each.reasons),
        "extra": said,
    }


def _status(each: IndicatorView) -> str:
    if each.verdict == "PASS":
        return "passed"
    if not each.mandatory:
        return "skipped"
    return "failed" if each.verdict == "FAIL" else "other"


def oscal(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"oscal.json": file}``: NIST OSCAL assessment-results, evidence with its hashes in the back matter."""
    return {"oscal.json": oscal_of(view(bundle_root, lang))}


def oscal_of(shown: View) -> bytes:
    """The whole file."""
    year, month, day = issued(shown)
    when = f"{year:04d}-{month:02d}-{day:02d}T00:00:00Z"
    files = {file.path: file for each in shown.indicators for file in each.files}
    document = {
        "assessment-results": {
            "uuid": _uuid(shown, "results"),
            "metadata": {
                "title": _said(shown.title),
                "last-modified": when,
                "version": shown.number,
                "oscal-version": _OSCAL,
            },
            "import-ap": {"href": f"#{_uuid(shown, 'scenario')}"},
            "results": [_result(shown, when)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _uuid(shown, "scenario"),
                        "title": "scenario.yaml",
                        "rlinks": [_link("data/scenario.yaml", shown.law.sha256)],
                    },
                    *(
                        {"uuid": _uuid(shown, path), "title": _said(path), "rlinks": [_link(path, file.sha256)]}
                        for path, file in sorted(files.items())
                    ),
                ]
            },
        }
    }
    return _bytes(document)


def _link(path: str, digest: str) -> dict[str, Any]:
    return {"href": quote(path), "hashes": [{"algorithm": "SHA-256", "value": digest}]}


def _result(shown: View, when: str) -> dict[str, Any]:
    return {
        "uuid": _uuid(shown, "result"),
        "title": _said(shown.title),
        "description": _said(shown.meaning),
        "start": when,
        "props": [
            _property("verdict", shown.verdict),
            _property("simulated", str(bool(shown.simulated)).lower()),
            _property("practice", str(shown.practice).lower()),
        ],
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": each.id} for each in shown.indicators]}]
        },
        "observations": [_observation(shown, each, when) for each in shown.indicators],
        "findings": [_finding(shown, each) for each in shown.indicators],
    }


def _observation(shown: View, each: IndicatorView, when: str) -> dict[str, Any]:
    evidence = [{"href": f"#{_uuid(shown, file.path)}", "description": _said(file.path)} for file in each.files]
    found: dict[str, Any] = {
        "uuid": _uuid(shown, f"observation {each.id}"),
        "title": _said(each.title),
        "description": _said(each.result.value or each.word),
        "methods": ["TEST" if each.kind == "measured" else "EXAMINE"],
        "collected": when,
    }
    return found | ({"relevant-evidence": evidence} if evidence else {})


def _finding(shown: View, each: IndicatorView) -> dict[str, Any]:
    state = {
        "state": "satisfied" if each.verdict == "PASS" else "not-satisfied",
        "reason": "pass" if each.verdict == "PASS" else "other",
    }
    return {
        "uuid": _uuid(shown, f"finding {each.id}"),
        "title": _said(each.title),
        "description": _said("\n".join(each.reasons) or each.word),
        "props": [_property("verdict", each.verdict), _property("mandatory", str(each.mandatory).lower())],
        "target": {"type": "objective-id", "target-id": each.id, "status": state},
        "related-observations": [{"observation-uuid": _uuid(shown, f"observation {each.id}")}],
    }


def _said(text: str) -> str:
    """Text as OSCAL's markup, in which it is text again: a title or description there is read as Markdown."""
    return _MARKUP.sub(r"\\\g<0>", text)


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _uuid(shown: View, name: str) -> str:
    """Of the bundle and a name: the same bundle, the same identifiers (RFC 9562 version 8 by SHA-256, set as version 5)."""
    return str(uuid.uuid5(uuid.UUID(shown.seal.results[:32]), name))


def _bytes(document: Any) -> bytes:
    return (printable_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n").encode()
