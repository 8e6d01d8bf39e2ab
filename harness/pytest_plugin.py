# SPDX-License-Identifier: Apache-2.0
"""pytest plug-in: scenario files and bundles as test items, one an indicator.

``*.scenario.yaml`` items check that the file loads and every indicator is complete; ``*.bundle`` folders
and ``*.bundle.zip`` files are verified and replayed, and each indicator's verdict becomes the item's outcome as the
JUnit report has it: green only where it is proven. A mandatory indicator that is FAIL, INCONCLUSIVE, INVALID or NOT_TESTED
fails; an informative one that did not pass is skipped with its reason. ``expect.yaml`` beside the bundles says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.console.expect import ExpectedDoc

_LETTERS = {"FAIL": "F", "INCONCLUSIVE": "?", "INVALID": "!", "NOT_TESTED": "-"}
_UNDECIDED = frozenset(_LETTERS) - {"FAIL"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--inconclusive`` and ``--expect``."""
    group = parser.getgroup("yanshou")
    group.addoption(
        "--inconclusive",
        choices=("mandatory", "fail", "skip"),
        default="mandatory",
        help="how INCONCLUSIVE, INVALID and NOT_TESTED count: failed where mandatory, else skipped (default); "
        "fail: all of them failed; skip: all of them skipped",
    )
    group.addoption(
        "--expect",
        type=Path,
        metavar="FILE",
        help="the verdicts that bundles are known to give (default: expect.yaml beside the bundle)",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files, packed bundles and the file of expected verdicts."""
    if file_path.name.endswith(".scenario.yaml"):
        return ScenarioFile.from_parent(parent, path=file_path)
    if file_path.name.endswith(".bundle.zip"):
        return BundleCollector.from_parent(parent, path=file_path)
    if file_path.name == "expect.yaml":
        return ExpectFile.from_parent(parent, path=file_path)
    return None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect bundle folders as one node, not file by file."""
    if path.name.endswith(".bundle"):
        return BundleFolder.from_parent(parent, path=path)
    return None


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Show an undecided verdict with its own letter and word; it counts as failed or skipped all the same."""
    del config
    verdict = str(dict(getattr(report, "user_properties", ())).get("yanshou.verdict"))
    if report.when != "call" or report.outcome == "passed" or verdict not in _UNDECIDED:
        return None
    return report.outcome, _LETTERS[verdict], verdict


class ExpectFile(pytest.File):
    """The file of expected verdicts: one item that it is understood and every bundle it names is there."""

    def collect(self) -> Iterable[pytest.Item]:
        """The one item; a file that is not understood is a collection error with every problem."""
        from harness.console.expect import read_expected
        from harness.errors import SpecError

        if self.parent is not None and _is_foreign(self.path):
            return
        try:
            read_expected(self.path)
        except SpecError as error:
            raise self.CollectError(str(error)) from None
        yield SoundItem.from_parent(self, name="understood", problems=[])


def _is_foreign(path: Path) -> bool:
    """Another tool's expect.yaml: one that names no schema of ours is left alone."""
    return b"yanshou.expect/" not in path.read_bytes()[:4096]


class ScenarioFile(pytest.File):
    """A scenario file: one item an indicator."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item an indicator; a file that does not load is a collection error with every problem."""
        from harness.errors import SpecError
        from harness.spec import load_scenario

        try:
            scenario = load_scenario(self.path)
        except SpecError as error:
            raise self.CollectError(str(error)) from None
        for indicator in scenario.indicators:
            yield IndicatorItem.from_parent(self, name=indicator.id, indicator=indicator)


class IndicatorItem(pytest.Item):
    """One indicator of a scenario file: complete, with a strict default reading."""

    def __init__(self, *, indicator: Any, **kwargs: Any) -> None:
        """Keep the indicator."""
        super().__init__(**kwargs)
        self.indicator = indicator

    def runtest(self) -> None:
        """Fail where the indicator could not be judged: no limit although mandatory."""
        self.user_properties.append(("yanshou.clause", self.indicator.clause.text))
        if self.indicator.mandatory and self.indicator.limit is None and self.indicator.default_reading.limit is None:
            raise VerdictError("the indicator is mandatory and has no limit")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The sentence alone, no traceback."""
        del style
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        """File and indicator."""
        return self.path, None, self.name


class VerdictError(Exception):
    """An indicator that did not pass."""


class _Bundle:
    """What folder and packed bundles share: verify, replay, then one item an indicator."""

    def items(self: Any) -> Iterable[pytest.Item]:
        from harness.console.expect import contradicted, expected_of
        from harness.console.language import language, pick
        from harness.console.refusal import facts_told, said, told
        from harness.errors import YanshouError
        from harness.replay import replay

        try:
            expected = expected_of(self.path, self.config.getoption("expect"))
            again = replay(self.path, unverified=True)
        except YanshouError as error:
            raise self.CollectError(told(error)) from None
        results, lang = again.evaluation.results, language()
        problems = [facts_told(defect.line(lang)) for defect in again.checked.defects]
        problems += [said(each) for each in again.differences]
        if expected.verdict not in {None, results["verdict"]}:
            is_now = results["verdict"]
            problems.append(
                pick(
                    f"情景应为 {expected.verdict}，现为 {is_now}",
                    f"{expected.verdict} was expected of the scenario, it is {is_now}",
                )
            )
        known = {each["id"] for each in results["indicators"]}
        problems += [contradicted(name, each, None) for name, each in expected.indicators.items() if name not in known]
        yield SoundItem.from_parent(self, name="evidence", problems=problems, signers=again.checked.signers.get(lang))
        for indicator in results["indicators"]:
            yield VerdictItem.from_parent(
                self,
                name=indicator["id"],
                indicator=indicator,
                flags=dict(_flags(indicator, results)),
                expected=expected.indicators.get(indicator["id"]),
                baseline=again.evaluation.baseline,
            )


def _flags(indicator: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What must stand beside the verdict."""
    from harness.console import flags

    if flags.simulated(indicator, results):
        yield "yanshou.simulated", "true"
    if flags.practice(results):
        yield "yanshou.practice", "true"
    if results["scenario"]["published_by"] is None:
        yield "yanshou.published", "false"


class BundleCollector(pytest.File, _Bundle):
    """A packed bundle."""

    def collect(self) -> Iterable[pytest.Item]:
        """The evidence item and one item an indicator."""
        return self.items()


class BundleFolder(pytest.Directory, _Bundle):
    """A bundle folder."""

    def collect(self) -> Iterable[pytest.Item]:
        """The evidence item and one item an indicator."""
        return self.items()


class SoundItem(pytest.Item):
    """The bundle's evidence is whole and its verdicts recompute; who signed is told, not asked."""

    def __init__(self, *, problems: list[str], signers: str = "", **kwargs: Any) -> None:
        """Keep what was found."""
        super().__init__(**kwargs)
        self.problems = problems
        self.signers = signers

    def runtest(self) -> None:
        """Fail with every defect and difference."""
        from harness.console.language import pick

        if self.signers:
            self.user_properties.append(("yanshou.signers", self.signers))
            self.add_report_section(
                "call",
                "signers",
                pick(
                    f"{self.signers}（以 yanshou verify --key 核对）",
                    f"{self.signers} (yanshou verify --key checks who)",
                ),
            )
        if self.problems:
            raise VerdictError("\n".join(self.problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The defects alone, no traceback."""
        del style
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        """File and what was looked at."""
        return self.path, None, self.name


class VerdictItem(SoundItem):
    """One indicator's verdict, with clause, numbers in the limit's unit and flags as JUnit properties."""

    def __init__(
        self,
        *,
        indicator: Mapping[str, Any],
        flags: Mapping[str, str],
        expected: ExpectedDoc | None = None,
        baseline: bool = False,
        **kwargs: Any,
    ) -> None:
        """Keep the indicator's entry of results.json, what must stand beside it and what was expected of it."""
        super().__init__(problems=[], **kwargs)
        self.indicator, self.flags, self.expected, self.baseline = indicator, flags, expected, baseline

    def runtest(self) -> None:
        """Pass, fail or be skipped as the verdict says, or as expected.yaml asks."""
        from harness.console.expect import contradicted
        from harness.console.language import language
        from harness.printable import printable

        self.user_properties.extend(self._properties())
        verdict = self.indicator["verdict"]
        told = printable("; ".join(reason["text"][language()] for reason in self.indicator["reasons"]))
        if self.expected is not None:
            self._require(contradicted(self.name, self.expected, self.indicator), told)
        elif verdict != "PASS":
            self._count(verdict, f"{verdict}: {told} [{self.indicator['clause']['text']}]")

    @staticmethod
    def _require(difference: str, told: str) -> None:
        if difference:
            msg = f"{difference}: {told}"
            raise VerdictError(msg)

    def _count(self, verdict: str, told: str) -> None:
        choice = self.config.getoption("inconclusive") if verdict in _UNDECIDED else "mandatory"
        lenient = not self.indicator["mandatory"] or self.baseline
        if choice == "fail" or (choice == "mandatory" and not lenient):
            raise VerdictError(told)
        pytest.skip(told)

    def _properties(self) -> Iterator[tuple[str, object]]:
        """As reports/junit.py says it; a missing number is left out."""
        from harness.console.language import language

        indicator, criterion = self.indicator, self.indicator["criterion"]
        yield "yanshou.verdict", indicator["verdict"]
        yield "yanshou.kind", indicator["kind"]
        yield "yanshou.mandatory", str(indicator["mandatory"]).lower()
        yield "yanshou.clause", indicator["clause"]["text"]
        yield "yanshou.reading", indicator["reading"]["name"]
        yield "yanshou.speaks", indicator["speaks"][language()]
        yield from self._numbers(indicator["estimate"], criterion)
        yield from self.flags.items()

    @staticmethod
    def _numbers(estimate: Mapping[str, Any] | None, criterion: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
        from harness.console.tables import number, shown_in

        unit = criterion["unit"]
        if estimate is not None:
            unit, factor = shown_in(estimate["unit"], criterion["unit"])
            for key in ("value", "lower", "upper"):
                if estimate[key] is not None:
                    yield f"yanshou.{key}", number(estimate[key], factor)
            yield "yanshou.n", estimate["n"]
        if unit is not None:
            yield "yanshou.unit", unit
        if criterion["op"] is not None:
            yield "yanshou.limit", criterion["limit"]
            yield "yanshou.criterion", f"{criterion['op']} {number(criterion['limit'])} {criterion['unit']}"
