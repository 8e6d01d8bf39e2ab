# SPDX-License-Identifier: Apache-2.0
"""Every page: its commands are commands, its YAML is accepted, and what can be run in a moment is run from an empty folder."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from harness import installed
from harness.bindings import Bindings
from harness.cli import main, parser
from harness.console.language import taken
from harness.errors import SpecError
from harness.evidence.keys import generate
from harness.spec import find_scenario, parse_profile
from harness.spec.yaml_source import read_yaml
from tests.harness.conftest import make_case

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
HEAD = """\
schema: yanshou.profile/1
scenario: {scenario}
project:
  name: 测试项目
  applicant: {{name: 示例企业00, uscc: 9142011177893287XL}}
  period: {{start: 2023-05-18, end: 2027-05-18}}
  site: 武汉
test: {{kind: self-check, organisation: 测试, operator: 测试}}
"""


class Beyond(NamedTuple):
    """A piece of a page that no test can execute, why, and how the page says so."""

    piece: str
    why: str
    said: str


NOT_EXECUTED = {
    "measure-tops-per-watt": Beyond(
        "nvml: {index: [0]}", "takes a graphics card of NVIDIA", "须有 NVIDIA 显卡及其驱动，不能演练"
    ),
    "prove-5g-by-radio": Beyond(
        ', user: admin, password: "env:CPE_PASSWORD"',
        "takes the firmware of a CPE, which alone answers its login",
        "CPE 的登录由它自己的固件应答，没有真机不能演练",
    ),
}
"""What is left of the sources that the pages bind; the others are run in this folder, against peers where they take any."""
_OPEN = re.compile(r"[|>&;]|\|\|")
_FILLED_IN = re.compile(r"…| / |\.\.\.|NAME|KEY=VALUE|PROBE|\[|<")
"""Signs of a line that stands for many."""
_NOT_HERE = re.compile(r"there is no (?:file|folder) |has no source of its own to borrow from", re.IGNORECASE)
"""What a piece of a page may lack: files of the reader's, and what stands in the piece before it."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Kind and text of every block of code."""
    yield from re.findall(r"^ *```(\w*)\n(.*?)^ *```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> Iterator[list[str]]:
    """The words behind ``yanshou`` in every block for a shell."""
    for kind, text in blocks(page):
        if kind not in {"", "sh", "bash", "console"}:
            continue
        for line in text.replace("\\\n", " ").splitlines():
            found = re.match(r"^\s*(?:\$ )?(?:\S*/)?yanshou ([a-z].*)$", line)
            if found and not _FILLED_IN.search(found[1].partition(" #")[0]):
                words = shlex.split(found[1], comments=True)
                end = next((at for at, word in enumerate(words) if _OPEN.fullmatch(word[:1] or " ")), len(words))
                yield words[:end]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [each for each in PAGES if list(commands(each))], ids=named)
def test_every_command_on_a_page_is_one(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = []
    for words in commands(page):
        try:
            options, rest = parser().parse_known_args(taken(words)[1])
            group = {"analyse": "yanshou.analysers", "serve": "yanshou.services"}.get(options.command)
            if group is not None:
                own = ArgumentParser()
                installed.load(group, options.kind if options.command == "analyse" else options.name).arguments(own)
                own.add_argument("--html")
                own.parse_args(rest)
            elif rest:
                wrong.append(words)
        except SystemExit:
            wrong.append([*words, capsys.readouterr().err.strip()])
    assert wrong == []


def snippets(page: Path) -> list[str]:
    return [text for kind, text in blocks(page) if kind == "yaml"]


@pytest.mark.parametrize("page", [each for each in PAGES if snippets(each)], ids=named)
def test_every_piece_of_yaml_on_a_page_is_yaml_of_ours(page: Path) -> None:
    for text in snippets(page):
        read_yaml(text.encode(), named(page))


def bound() -> Iterator[tuple[str, str]]:
    """Every piece of a profile on the pages that binds sources of installed scenarios."""
    for page in sorted((ROOT / "docs/how-to").glob("*.md")):
        for number, text in enumerate(snippets(page), start=1):
            keys = yaml.safe_load(text)
            if isinstance(keys, dict) and "sources" in keys and "schema" not in keys and "…" not in text:
                yield f"{page.stem}-{number}", text


@pytest.mark.parametrize(("page", "text"), [pytest.param(*each, id=each[0]) for each in bound()])
def test_every_piece_of_a_profile_is_accepted_but_for_the_files_and_sources_that_it_only_names(
    page: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.yaml"
    scenarios = set(re.findall(r"\b([sp]\d\d)\.", text))
    for scenario in scenarios:
        others = "|".join(scenarios - {scenario}) or "none"
        own = re.sub(rf"^  (?:{others})\..*\n?", "", text, flags=re.MULTILINE)
        path.write_text(HEAD.format(scenario=scenario) + own, encoding="utf-8")
        told = []
        try:
            Bindings(parse_profile(path.read_bytes(), "site.yaml", find_scenario(scenario).scenario), path).check()
        except SpecError as error:
            told = [str(each) for each in error.problems if not _NOT_HERE.search(each.problem)]
        assert told == [], page
    assert scenarios


@pytest.mark.parametrize("page", NOT_EXECUTED)
def test_what_takes_hardware_that_cannot_be_simulated_is_said_so_on_its_page(page: str) -> None:
    text = (ROOT / f"docs/how-to/{page}.md").read_text(encoding="utf-8")
    assert NOT_EXECUTED[page].piece in text
    assert NOT_EXECUTED[page].said in text, NOT_EXECUTED[page].why


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_page(name: str, leave_out: Callable[[list[str]], bool] = lambda _words: False) -> None:
    """Run the commands of a page in order in this folder; each does what it says."""
    found = [words for words in commands(ROOT / f"docs/how-to/{name}.md") if not leave_out(words)]
    assert found
    for words in found:
        assert main(words) in {0, 3}, words  # 3: nobody has said yet whom to trust


def test_the_page_on_plans_registers_and_revokes_an_office(empty: Path) -> None:
    generate(empty / "office")
    run_page("agree-a-plan")


def test_the_page_on_reports_prints_every_paper_and_checks_one(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANSHOU_LANG", "zh")
    case = make_case(tmp_path_factory.mktemp("site") / "case")
    case = case.rename(case.with_name("demo_s08.yaml"))
    assert main(["run", str(case)]) == 1
    elsewhere = {"--layout", "plan", "B.bundle", "--page"}  # tests of the writers, of plans, of codes and of signatures
    run_page("print-a-report", leave_out=lambda words: not elsewhere.isdisjoint(words))
    assert {each.suffix for each in empty.iterdir()} >= {".pdf", ".docx", ".ofd", ".xlsx"}


def test_the_page_on_components_counts_two_models(empty: Path) -> None:
    from probes.bim.simulators.library import library

    for name, types in (("library.ifc", 6), ("project.ifc", 4)):
        with library({"types": types}, empty) as made:
            (empty / name).write_bytes(Path(made["file"]).read_bytes())
    run_page("count-bim-components")
