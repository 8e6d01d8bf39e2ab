# SPDX-License-Identifier: Apache-2.0
"""The verdicts as JUnit XML, for the build servers that read nothing else: one test case an indicator.

JUnit knows neither doubt nor "informative": a mandatory FAIL is a failure; a mandatory INCONCLUSIVE, INVALID or
NOT_TESTED is an error; an informative indicator that did not pass is skipped. So the suite is green only when
every mandatory indicator passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.printable import printable
from reports.indicator import IndicatorView
from reports.view import View, view

_NOT_XML = re.compile("[\ufffe\uffff]")


def render(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"junit.xml": file}`` for the bundle in folder ``bundle_root``; EvidenceError when it cannot be read."""
    return {"junit.xml": document(view(bundle_root, lang))}


def document(shown: View) -> bytes:
    """The whole file; suites, cases and properties in the order of the scenario."""
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name=_plain(shown.title), tests=str(len(shown.indicators)), time="0")
    _properties(
        suite,
        [
            ("yanshou.report", shown.number),
            ("yanshou.verdict", shown.verdict),
            ("yanshou.scenario", shown.law.text),
            ("yanshou.simulated", ", ".join(shown.simulated)),
            ("yanshou.practice", "true" if shown.practice else ""),
            ("yanshou.published", str(shown.law.published).lower()),
        ],
    )
    outcomes = [_case(suite, each) for each in shown.indicators]
    for outcome, counter in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(counter, str(outcomes.count(outcome)))
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _case(suite: ET.Element, indicator: IndicatorView) -> str:
    """One test case; returns the name of its outcome, empty for a pass."""
    case = ET.SubElement(suite, "testcase", classname=indicator.id.partition(".")[0], name=indicator.id, time="0")
    _properties(case, _said(indicator))
    outcome = _outcome(indicator)
    if outcome:
        told = ET.SubElement(case, outcome, type=indicator.verdict, message=_message(indicator))
        told.text = _plain("\n".join([indicator.clause, *indicator.reasons]))
    return outcome


def _message(indicator: IndicatorView) -> str:
    """The first reason, which is what a build server shows."""
    told = indicator.reasons[0] if indicator.reasons else indicator.word
    return _plain(f"{indicator.verdict}: {told}")


def _outcome(indicator: IndicatorView) -> str:
    if indicator.verdict == "PASS":
        return ""
    if not indicator.mandatory:
        return "skipped"
    return "failure" if indicator.verdict == "FAIL" else "error"


def _said(indicator: IndicatorView) -> Iterator[tuple[str, object]]:
    """Which indicator it verifies, as tracers of requirements ask for it, and what the pytest plug-in says as well, under the same names.

    Numbers are in ``yanshou.unit``.
    """
    yield "verifies", indicator.id
    yield "yanshou.verdict", indicator.verdict
    yield "yanshou.kind", indicator.kind
    yield "yanshou.mandatory", str(indicator.mandatory).lower()
    yield "yanshou.clause", indicator.clause
    yield "yanshou.reading", indicator.reading
    yield "yanshou.criterion", indicator.limit
    yield "yanshou.speaks", indicator.speaks
    numbers = indicator.numbers
    if numbers is not None:
        for key in ("value", "lower", "upper", "limit", "unit"):
            yield f"yanshou.{key}", getattr(numbers, key)
    if indicator.simulated:
        yield "yanshou.simulated", "true"
    if indicator.practice:
        yield "yanshou.practice", "true"


def _properties(parent: ET.Element, pairs: Iterator[tuple[str, object]] | list[tuple[str, object]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        if value not in (None, ""):
            ET.SubElement(properties, "property", name=name, value=_plain(str(value)))


def _plain(text: str) -> str:
    """Text with hidden characters written out, and without those that XML 1.0 cannot carry."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", printable(text, keep="\n"))
