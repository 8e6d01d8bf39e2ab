# SPDX-License-Identifier: Apache-2.0
"""A profile is held against what is installed before anything is measured: settings, files, evidence, constants, names."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.bindings import Bindings
from harness.errors import SpecError, UsageError
from harness.spec import load_profile
from tests.projects import head

PLUGIN = """
from pydantic import Field
from harness.kit.probe import Lines, Probe
from harness.kit.settings import DurationNs, FileName, Secret, Settings
from harness.model import Text
from harness.plugins import Constant, Measurand

class LogSettings(Settings):
    file: FileName = Field(description="the log, like a.log.")
    duration: DurationNs = Field(10**9, description="how long, like 30 min.")
    password: Secret | None = Field(None, description="password: env:NAME.")

class Log(Probe):
    name, extension, form, settings = "toy.log", "log", Lines(), LogSettings
    title, summary = Text("日志", "log"), "toybox:Count"
    def source(self, settings, folder): return (settings, folder)
    def summarise(self, chunk, asked): return Count()

class Sky(Log):
    name, summary = "toy.sky", "toybox:Sky"

class Count: pass

PROBE, SKY = Log(), Sky()
LINES = Measurand("toy.lines", Text("行数", "number of lines"), "1", "toy.log", ("toybox:Count",), "toybox:Log", {"count": "toybox:Log"},
    constants=(Constant("waiting_time", "s", Text("等待时间", "the time after which a line is lost.")), Constant("route", "", Text("路线", "the route"))))
"""
ENTRIES = """
[yanshou.probes]
toy.log = toybox:PROBE
toy.sky = toybox:SKY
[yanshou.measurands]
toy.lines = toybox:LINES
"""
SCENARIO = """\
schema: yanshou.scenario/1
id: t02
title: {zh: 测试场景, en: Test scenario}
field: {zh: 测试, en: Testing}
document: {seed: "000", name: 测试文件, issuer: 测试单位}
indicators:
  - &lines
    id: t02.lines
    title: {zh: 行数, en: Lines}
    clause: 不少于 3 行
    kind: measured
    mandatory: true
    limit: ">= 3 行"
    evidence: [{zh: 日志, en: log}]
    constants: {waiting_time: {stricter: none, why: {zh: 名称, en: a name}}, route: {stricter: none, why: {zh: 名称, en: a name}}, sample_seed: {stricter: none, why: {zh: 名称, en: a name}}}
    readings: [{name: count, default: true, title: {zh: 行数, en: lines}, measurand: toy.lines, statistic: count, about: window, parameters: {}}]
  - id: t02.more
    title: {zh: 行数, en: Lines}
    clause: 不少于 3 行
    kind: measured
    mandatory: true
    limit: ">= 3 行"
    evidence: [{zh: 日志, en: log}]
    readings: [{name: count, default: true, title: {zh: 行数, en: lines}, measurand: toy.lines, statistic: count, about: window, parameters: {}}]
""".replace("  - &lines\n    id", "  - id").replace('行"', '条"')
PROFILE = head("./toy.scenario.yaml")


def distribution(folder: Path, name: str, entries: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entries)


@contextmanager
def fresh() -> Iterator[None]:
    for each in (installed._every, installed._found, installed.load, installed.resolve):
        each.cache_clear()
    yield
    for each in (installed._every, installed._found, installed.load, installed.resolve):
        each.cache_clear()


@pytest.fixture
def bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Bindings]]:
    """A profile with these sections, in a folder with a.log, where a small plug-in is installed."""
    plugins, site = tmp_path / "plugins", tmp_path / "site"
    plugins.mkdir()
    site.mkdir()
    (plugins / "toybox.py").write_text(PLUGIN, encoding="utf-8")
    distribution(plugins, "toybox", ENTRIES)
    monkeypatch.syspath_prepend(plugins)
    (site / "toy.scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (site / "a.log").write_text("one\n")

    def bind(sections: str) -> Bindings:
        path = site / "toy.yaml"
        path.write_text(PROFILE + sections, encoding="utf-8")
        return Bindings(load_profile(path), path)

    with fresh():
        yield bind


def told(bindings: Bindings) -> list[str]:
    with pytest.raises(SpecError) as caught:
        bindings.check()
    return [str(each).replace(f"{bindings.path.parent}/", "") for each in caught.value.problems]


def test_a_profile_that_fits_is_accepted_and_its_settings_are_parsed_once_for_source_and_journal(
    bound: Callable[[str], Bindings],
) -> None:
    bindings = bound("sources:\n  t02.lines: {file: a.log, duration: 30 min, password: env:PASSWORD}\n")
    bindings.check()
    (task,) = bindings.tasks({})
    made: Any = task.source  # the toy's source is what it was made of
    settings, folder = made
    assert (settings.duration, folder) == (1_800_000_000_000, bindings.path.parent)
    assert task.config == {"file": "a.log", "duration": "30 min", "password": "env:PASSWORD"}
    assert installed.probe("toy.log").settings.parse(json.loads(json.dumps(task.config))) == settings


def test_a_misspelt_setting_is_refused_with_place_and_the_nearest_name(bound: Callable[[str], Bindings]) -> None:
    assert told(bound("sources:\n  t02.lines: {file: a.log, duratoin: 3 s}\n")) == [
        "toy.yaml:10:28: sources.t02.lines.duratoin: unknown key 'duratoin'. Cure: did you mean duration?"
    ]


def test_a_file_that_is_not_there_is_refused_with_place_and_cure(bound: Callable[[str], Bindings]) -> None:
    assert told(bound("sources:\n  t02.lines: {file: b.log}\n")) == [
        (
            "toy.yaml:10:21: sources.t02.lines.file: there is no file b.log. "
            "Cure: check the path; it starts at the profile's folder."
        )
    ]


def test_a_probe_that_is_not_installed_is_refused_with_place(bound: Callable[[str], Bindings]) -> None:
    (problem,) = told(bound("sources:\n  t02.lines: {probe: toy.lag, file: a.log}\n"))
    assert problem.startswith("toy.yaml:10:22: sources.t02.lines.probe: 'toy.lag' is not installed")


def test_evidence_that_the_measurand_cannot_use_is_refused_with_place_and_what_it_takes(
    bound: Callable[[str], Bindings],
) -> None:
    sources = "sources:\n  t02.lines:\n    file: a.log\n    evidence: [{probe: toy.sky, file: a.log}]\n"
    assert told(bound(sources)) == [
        (
            "toy.yaml:12:24: sources.t02.lines.evidence[0].probe: toy.lines (number of lines) cannot use what toy.sky records. "
            "Cure: it takes toy.log; bind that, or leave this one out."
        )
    ]


def test_borrowed_evidence_that_the_measurand_cannot_use_is_refused_where_it_is_borrowed(
    bound: Callable[[str], Bindings],
) -> None:
    found = told(bound("sources:\n  t02.lines: {probe: toy.sky, file: a.log}\n  t02.more: {evidence: [t02.lines]}\n"))
    assert [each.partition(" ")[0] for each in found] == ["toy.yaml:10:22:", "toy.yaml:11:25:"]
    assert "sources.t02.more.evidence[0]: toy.lines (number of lines) cannot use what toy.sky records." in found[1]


def test_a_declared_constant_that_no_measurand_reads_is_refused_with_the_nearest_name(
    bound: Callable[[str], Bindings],
) -> None:
    assert told(bound("declared:\n  t02.lines: {sample_seed: 7, expected: 2 条}\n")) == [
        (
            "toy.yaml:10:15: declared.t02.lines.sample_seed: nothing that measures t02.lines reads a constant 'sample_seed'. "
            "Cure: use one of: route, waiting_time."
        )
    ]


@pytest.mark.parametrize(
    ("value", "problem"),
    [("3 m", "'3 m' is of dimension length, not time."), ("3", "'3' has no unit."), ("soon", "'soon' is not a quantity.")],
)  # fmt: skip
def test_a_declared_constant_of_another_unit_is_refused_with_what_it_means(
    bound: Callable[[str], Bindings], value: str, problem: str
) -> None:
    assert told(bound(f"declared:\n  t02.lines: {{route: 环线, waiting_time: {value}}}\n")) == [
        (
            f"toy.yaml:10:40: declared.t02.lines.waiting_time: {problem} "
            "Cure: write it in a unit of time, like s; it is the time after which a line is lost."
        )
    ]


def test_everything_wrong_is_told_at_once_in_file_order(bound: Callable[[str], Bindings]) -> None:
    found = told(
        bound(
            "declared:\n  t02.lines: {waiting_time: 3 m}\nsources:\n  t02.lines: {probe: toy.sky, file: b.log, x: 1}\n"
        )
    )
    assert [each.partition(" ")[0] for each in found] == [
        "toy.yaml:10:29:",
        "toy.yaml:12:22:",
        "toy.yaml:12:44:",
    ]


def test_a_value_that_a_simulator_gives_is_checked_when_it_is_there(bound: Callable[[str], Bindings]) -> None:
    bindings = bound('sources:\n  t02.lines: {file: "@sim.file", duration: "@sim.length"}\n')
    bindings.check()
    with pytest.raises(SpecError) as caught:
        bindings.tasks({"sim": {"file": "a.log"}})
    (problem,) = caught.value.problems
    assert problem.problem.endswith("@sim.length names nothing that a simulator of this profile gives.")
    assert problem.cure == "use one of: @sim.file."
    with pytest.raises(SpecError, match=r"there is no file b\.log"):
        bindings.tasks({"sim": {"file": "b.log", "length": "3 s"}})
    (task,) = bindings.tasks({"sim": {"file": "a.log", "length": "3 s"}})
    assert task.simulated


@pytest.mark.parametrize("group", ["probes", "measurands"])
def test_a_name_that_two_distributions_offer_is_refused_naming_both(
    bound: Callable[[str], Bindings], tmp_path: Path, group: str
) -> None:
    name, target = {"probes": ("toy.log", "PROBE"), "measurands": ("toy.lines", "LINES")}[group]
    distribution(tmp_path / "plugins", "rival", f"[yanshou.{group}]\n{name} = toybox:{target}\n")
    with pytest.raises((UsageError, SpecError), match=r"offered by (rival and toybox|toybox and rival)") as caught:
        bound("sources:\n  t02.lines: {file: a.log}\n").check()
    assert caught.value.cure == "uninstall one of them."
