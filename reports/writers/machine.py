# SPDX-License-Identifier: Apache-2.0
"""For programs: CTRF (common test report format) and OSCAL assessment results, from the same view as every paper.

Neither format knows doubt: CTRF says failed for a mandatory FAIL, other for what is undecided, skipped for what is informative
and did not pass; the verdict itself stands beside it. OSCAL says satisfied for PASS alone, and the five verdicts as a property.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from harness.printable import printable_json
from reports.indicator import IndicatorView
from reports.paper.layouts import issued
from reports.view import View, view

NAMESPACE = "https://yanshou.example/ns/oscal"
_OSCAL = "1.1.3"


def ctrf(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"ctrf.json": file}``."""
    shown = view(bundle_root, lang)
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
    return {"ctrf.json": _bytes(document)}


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
    shown = view(bundle_root, lang)
    year, month, day = issued(shown)
    when = f"{year:04d}-{month:02d}-{day:02d}T00:00:00Z"
    files = {file.path: file for each in shown.indicators for file in each.files}
    document = {
        "assessment-results": {
            "uuid": _uuid(shown, "results"),
            "metadata": {"title": shown.title, "last-modified": when, "version": shown.number, "oscal-version": _OSCAL},
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
                        {"uuid": _uuid(shown, path), "title": path, "rlinks": [_link(path, file.sha256)]}
                        for path, file in sorted(files.items())
                    ),
                ]
            },
        }
    }
    return {"oscal.json": _bytes(document)}


def _link(path: str, digest: str) -> dict[str, Any]:
    return {"href": path, "hashes": [{"algorithm": "SHA-256", "value": digest}]}


def _result(shown: View, when: str) -> dict[str, Any]:
    return {
        "uuid": _uuid(shown, "result"),
        "title": shown.title,
        "description": shown.meaning,
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
    evidence = [{"href": f"#{_uuid(shown, file.path)}", "description": file.path} for file in each.files]
    found: dict[str, Any] = {
        "uuid": _uuid(shown, f"observation {each.id}"),
        "title": each.title,
        "description": each.result.value or each.word,
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
        "title": each.title,
        "description": "\n".join(each.reasons) or each.word,
        "props": [_property("verdict", each.verdict), _property("mandatory", str(each.mandatory).lower())],
        "target": {"type": "objective-id", "target-id": each.id, "status": state},
        "related-observations": [{"observation-uuid": _uuid(shown, f"observation {each.id}")}],
    }


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _uuid(shown: View, name: str) -> str:
    """Of the bundle and a name: the same bundle, the same identifiers (RFC 9562 version 8 by SHA-256, set as version 5)."""
    return str(uuid.uuid5(uuid.UUID(shown.seal.results[:32]), name))


def _bytes(document: Any) -> bytes:
    return (printable_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n").encode()
