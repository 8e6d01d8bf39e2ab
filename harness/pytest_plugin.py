# SPDX-License-Identifier: Apache-2.0
"""pytest plug-in: scenario files and bundles as test items, one an indicator.

``*.scenario.yaml`` items check that the file loads and every indicator is complete; ``*.bundle`` folders
and ``*.bundle.zip`` files are verified and replayed, and each indicator's verdict becomes the item's outcome.
INCONCLUSIVE, INVALID and NOT_TESTED show as outcomes of their own (``--inconclusive=fail|skip``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

_UNDECIDED = {"INCONCLUSIVE": "?", "INVALID": "!", "NOT_TESTED": "-"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--inconclusive``."""
    parser.getgroup("yanshou").addoption(
        "--inconclusive",
        choices=("own", "fail", "skip"),
        default="own",
        help="how INCONCLUSIVE, INVALID and NOT_TESTED count: as outcomes of their own (default), failed or skipped",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files and packed bundles."""
    if file_path.name.endswith(".scenario.yaml"):
        return ScenarioFile.from_parent(parent, path=file_path)
    if file_path.name.endswith(".bundle.zip"):
        return BundleCollector.from_parent(parent, path=file_path)
    return None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect bundle folders as one node, not file by file."""
    if path.name.endswith(".bundle"):
        return BundleFolder.from_parent(parent, path=path)
    return None


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Give an undecided verdict its own category, letter and word."""
    verdict = dict(getattr(report, "user_properties", ())).get("yanshou.verdict")
    if report.when != "call" or verdict not in _UNDECIDED or config.getoption("inconclusive") != "own":
        return None
    return str(verdict).lower(), _UNDECIDED[str(verdict)], str(verdict)


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
        from harness.errors import YanshouError
        from harness.replay import replay

        try:
            again = replay(self.path, unverified=True)
        except YanshouError as error:
            raise self.CollectError(str(error)) from None
        problems = [defect.line("en") for defect in again.checked.defects] + list(again.differences)
        yield SoundItem.from_parent(self, name="evidence", problems=problems, signers=again.checked.signers.en)
        for indicator in again.evaluation.results["indicators"]:
            yield VerdictItem.from_parent(self, name=indicator["id"], indicator=indicator)


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
        if self.signers:
            self.user_properties.append(("yanshou.signers", self.signers))
            self.add_report_section("call", "signers", f"{self.signers} (yanshou verify --key checks who)")
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
    """One indicator's verdict, with value, bounds and unit as JUnit properties."""

    def __init__(self, *, indicator: Mapping[str, Any], **kwargs: Any) -> None:
        """Keep the indicator's entry of results.json."""
        super().__init__(problems=[], **kwargs)
        self.indicator = indicator

    def runtest(self) -> None:
        """Pass, fail, or end undecided as the verdict says."""
        from harness.printable import printable

        self.user_properties.extend(self._properties())
        verdict = self.indicator["verdict"]
        told = printable("; ".join(reason["text"]["en"] for reason in self.indicator["reasons"]))
        if verdict == "FAIL" or (verdict in _UNDECIDED and self.config.getoption("inconclusive") == "fail"):
            msg = f"{verdict}: {told}"
            raise VerdictError(msg)
        if verdict in _UNDECIDED and self.config.getoption("inconclusive") == "skip":
            pytest.skip(f"{verdict}: {told}")

    def _properties(self) -> Iterable[tuple[str, object]]:
        estimate = self.indicator["estimate"] or {}
        yield "yanshou.verdict", self.indicator["verdict"]
        yield "yanshou.reading", self.indicator["reading"]["name"]
        for key in ("value", "lower", "upper", "unit", "n"):
            if key in estimate:
                yield f"yanshou.{key}", estimate[key]
