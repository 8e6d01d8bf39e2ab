# SPDX-License-Identifier: Apache-2.0
"""A stranger's domain, installed as a distribution of its own: its report is Chinese in Chinese and English in English."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import Exit
from tests.reports.leftovers import leftovers

WORDS = """\
[title]
zh = "门禁开启时间"
en = "time a gate takes to open"
[probe]
zh = "门禁记录"
en = "log of gates"
[file]
zh = "记录文件"
en = "the recorded file"
[method]
zh = "次序统计量，{gates} 个门禁合并"
en = "order statistics over all {gates} gates"
[stuck]
zh = "{count} 个门禁从未开启，不计入：{names}。"
en = "{count} gates never opened and are left out: {names}."
[log-only]
zh = "时间由门禁自己记录（{source}）。"
en = "The times are those of the gates' own log ({source})."
[controller]
zh = "控制器"
en = "controller"
[resolution]
zh = "记录的分辨率"
en = "resolution of the log"
[by-gate]
zh = "各门禁的开启时间"
en = "Opening times by gate"
[gates]
zh = "各门禁"
en = "The gates"
[gate]
zh = "门禁"
en = "Gate"
[slowest]
zh = "最慢"
en = "Slowest"
[state]
zh = "状态"
en = "State"
[opened]
zh = "已开启"
en = "opened"
[never]
zh = "从未开启"
en = "never opened"
"""
DOMAIN = """\
from dataclasses import dataclass, replace
from pathlib import Path

from harness.kit import estimates, parts
from harness.kit.figures import Bars
from harness.kit.forms import Lines
from harness.kit.listings import Column, Listing
from harness.kit.probe import Probe
from harness.kit.settings import FileName, Settings
from harness.kit.words import Catalogue
from harness.model import BudgetItem, Outcome
from harness.plugins import Measurand, Shown
from harness.stats.quantile import Sample
from pydantic import Field

WORDS = Catalogue("acme_gates")


@dataclass(frozen=True)
class Opened:
    rows: tuple[tuple[str, float], ...]

    def merge(self, other):
        return Opened(tuple(sorted(self.rows + other.rows)))


class GateSettings(Settings):
    file: FileName = Field(description="the log of the gates, like gates.txt.")


class File:
    appendable = True

    def __init__(self, path):
        self.path = path

    def preflight(self):
        pass

    def record(self, sink):
        sink.write(self.path.read_bytes()[sink.position:])


class GateProbe(Probe[Opened, GateSettings]):
    name, extension, form = "acme.gates", "txt", Lines()
    title, summary, settings = WORDS.text("probe"), "acme_gates:Opened", GateSettings

    def source(self, settings, folder):
        return File(Path(folder) / settings.file)

    def summarise(self, chunk, asked):
        lines = (line.split() for line in chunk.path.read_text().splitlines())
        return Opened(tuple(sorted((name, float(ms)) for name, ms in lines)))


PROBE = GateProbe()


def view(inputs, ask):
    return inputs[0].summary.rows


def quantile(rows, request):
    opened = sorted(ms for _, ms in rows if ms >= 0)
    stuck = [name for name, ms in rows if ms < 0]
    part = estimates.quantile(Sample(opened), request.share("q", "95 %"), request)
    part = replace(part, budget=(BudgetItem(WORDS.text("resolution"), "B", 0.5, "ms"),))
    outcome = parts.every([part], request, "ms", WORDS.text("method", gates=len(rows)))
    told = (WORDS.reason("stuck", count=len(stuck), names=stuck),) if stuck else ()
    return replace(outcome, remarks=(*told, WORDS.reason("log-only", source=WORDS.text("controller"))))


def show(rows, outcome, request):
    columns = (Column("gate", WORDS.text("gate")), Column("ms", WORDS.text("slowest"), "ms"), Column("state", WORDS.text("state")))
    cells = [(name, ms, WORDS.text("opened" if ms >= 0 else "never")) for name, ms in rows]
    bars = Bars(WORDS.text("by-gate"), "ms", [name for name, _ in rows[:9]], [ms for _, ms in rows[:9]])
    return Shown((bars,), (Listing("gates", WORDS.text("gates"), columns, cells),))


def render(bundle_root, lang):
    return {"acme.txt": WORDS.text("title").get(lang).encode()}


TIME = Measurand(
    name="acme.opening", title=WORDS.text("title"), unit="ms", recorder="acme.gates", accepts=("acme_gates:Opened",),
    view="acme_gates:view", statistics={"quantile": "acme_gates:quantile"}, show="acme_gates:show",
)
"""
SCENARIO = """\
schema: yanshou.scenario/1
id: a01
title: {zh: 智慧园区, en: Smart campus}
field: {zh: 园区, en: Campus}
document: {seed: "000", name: 园区建设要求, issuer: 园区管理办公室}
indicators:
  - id: a01.opening
    title: {zh: 开门时间, en: Opening time}
    clause: 门禁开启时间不大于 900 ms
    kind: measured
    mandatory: true
    limit: "<= 900 ms"
    evidence: [{zh: 门禁记录, en: log of the gates}]
    readings:
      - {name: p95, default: true, title: {zh: 第 95 百分位, en: 95th percentile}, measurand: acme.opening, statistic: quantile, about: window, parameters: {q: 95 %}, why: {zh: 唯一读法。, en: The only reading.}}
      - {name: p50, title: {zh: 中位数, en: median}, measurand: acme.opening, statistic: quantile, about: window, parameters: {q: 50 %}}
"""
PROFILE = """\
schema: yanshou.profile/1
scenario: ./a01.scenario.yaml
project:
  name: 园区一期
  applicant: {name: 示例企业00, uscc: 91420100MA4KXXXX0A}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 武汉
test: {kind: self-check, organisation: 示例企业00, operator: 张三}
sources: {a01.opening: {file: gates.txt}}
"""
POINTS = """\
[yanshou.probes]
acme.gates = acme_gates:PROBE
[yanshou.measurands]
acme.opening = acme_gates:TIME
[yanshou.reports]
acme = acme_gates:render
"""


@pytest.fixture(scope="module")
def campus(tmp_path_factory):
    """A campaign with the stranger's domain, run and reported by the command line; the folder it left."""
    folder = tmp_path_factory.mktemp("campus")
    site = folder / "site-packages"
    (site / "acme_gates").mkdir(parents=True)
    (site / "acme_gates/__init__.py").write_text(DOMAIN, "utf-8")
    (site / "acme_gates/words.toml").write_text(WORDS, "utf-8")
    meta = site / "acme_gates-2.5.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-gates\nVersion: 2.5\n")
    (meta / "entry_points.txt").write_text(POINTS)
    (folder / "a01.scenario.yaml").write_text(SCENARIO, "utf-8")
    (folder / "site.yaml").write_text(PROFILE, "utf-8")
    lines = [f"G-{number:03} {-1 if number == 7 else 300 + number}" for number in range(400)]
    (folder / "gates.txt").write_text("\n".join(lines) + "\n")
    _yanshou(folder, "run", "site.yaml")
    for lang in ("zh", "en"):
        _yanshou(folder, "report", "site.bundle", "--lang", lang, "--format", "html,junit,acme")
    return folder


def _yanshou(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{folder / 'site-packages'}"}
    command = [sys.executable, "-m", "harness.cli", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.PASS, done.stderr
    return done


def test_the_results_name_the_distribution_whose_estimator_spoke(campus):
    (entry,) = json.loads((campus / "site.bundle/data/results.json").read_bytes())["indicators"]
    assert entry["reading"]["measurand"] == {
        "name": "acme.opening",
        "title": {"zh": "门禁开启时间", "en": "time a gate takes to open"},
        "offered_by": {"name": "acme-gates", "version": "2.5"},
    }


def test_reasons_carry_their_facts_as_data(campus):
    (entry,) = json.loads((campus / "site.bundle/data/results.json").read_bytes())["indicators"]
    stuck, source = (each for each in entry["remarks"] if each["code"].startswith("acme_gates."))
    assert (stuck["code"], stuck["facts"]) == ("acme_gates.stuck", {"count": 1, "names": ["G-007"]})
    assert source["facts"] == {"source": {"zh": "控制器", "en": "controller"}}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_its_report_is_wholly_in_its_language(campus, lang):
    page = (campus / f"site.{lang}.html").read_bytes()
    assert leftovers(page, lang, campus / "site.bundle") == []
    said = {
        "zh": ["从未开启，不计入：G-007", "次序统计量，400 个门禁合并", "记录的分辨率", "最慢（ms）", "各门禁的开启时间", "由门禁自己记录（控制器）"],
        "en": ["never opened and are left out: G-007", "over all 400 gates", "resolution of the log", "Slowest (ms)", "Opening times by gate", "own log (controller)"],
    }  # fmt: skip
    text = page.decode().replace("&#39;", "'")
    assert [each for each in said[lang] if each not in text] == []


def test_a_report_format_of_a_stranger_is_found_by_its_name(campus):
    assert (campus / "site.en.acme.txt").read_text() == "time a gate takes to open"


@pytest.mark.parametrize(("lang", "foreign"), [("zh", "order statistics of the gates"), ("en", "次序统计量")])
def test_the_search_for_leftovers_finds_one(campus, lang, foreign):
    page = (campus / f"site.{lang}.html").read_text("utf-8").replace("</main>", f"<p>{foreign}</p></main>")
    assert len(leftovers(page.encode(), lang, campus / "site.bundle")) == 1
