# SPDX-License-Identifier: Apache-2.0
"""One language at a time: help, refusals and tables hold nothing of the other one."""

import argparse
import ast
import builtins
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from harness import installed
from harness.cli import main, parser
from harness.console import language
from harness.console.arguments import Parser
from harness.console.refusal import RESOURCE, chinese, facts_told, tables, told
from harness.errors import SpecError, UsageError

ROOT = Path(__file__).resolve().parents[3]
_PROSE = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){2,}")
_LETTERS = re.compile(r"(?:[a-z]{2,}.* ){1}.*[a-z]{2,}", re.DOTALL)
"""Words, not only facts between signs."""
_COMMANDS = re.compile(r"yanshou(?: [a-z]+)+")


_PROGRAMMERS = {"figures", "listings", "words", "results", "canonical", "der", "bodies", "series", "dsse"}
"""Modules whose refusals a programmer meets, not a person at a terminal; so are those of harness.stats."""


@pytest.fixture
def speak() -> Iterator[object]:
    yield language.use
    language.use("")


def parsers(whole: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield whole
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from parsers(each)


def every_help() -> Iterator[str]:
    for each in parsers(parser()):
        yield each.format_help()
    for group in ("yanshou.analysers", "yanshou.services"):
        for name in installed.names(group):
            own = Parser(prog=name)
            installed.load(group, name).arguments(own)
            yield own.format_help()


def test_help_in_chinese_holds_no_english_prose(speak) -> None:
    speak("zh")
    found = [line for text in every_help() for line in text.splitlines() if _PROSE.search(_COMMANDS.sub("", line))]
    assert found == []


def test_help_in_english_holds_no_chinese(speak) -> None:
    speak("en")
    found = [line for text in every_help() for line in text.splitlines() if re.search(r"[\u4e00-\u9fff]", line)]
    assert [line for line in found if "统一社会信用代码" not in line] == []


_WRITTEN_SO = "统一社会信用代码|测试患者|测试|合计|注入|静默对照"
"""What a register or a name has to say in Chinese, whoever reads about it."""
_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|《[^》]*》|\{[^}]*\}|[(（][^)）]*[)）]")
_TYPED = re.compile(r"(?:yanshou|pip|npm|apt-get)(?: [a-z]+)+|dumpsys gfxinfo framestats")


def catalogues() -> Iterator[tuple[str, str, str]]:
    """File, Chinese and English half of everything that is kept in both languages: words, refusals, templates of a new folder."""
    for package in ("harness", "probes", "reports"):
        for path in sorted((ROOT / package).rglob("*.toml")):
            found = tomllib.loads(path.read_text(encoding="utf-8"))
            halves = ((zh, en) for en, zh in found.items()) if path.name == RESOURCE else pairs_of(found)
            yield from ((str(path.relative_to(ROOT)), zh, en) for zh, en in halves)


def pairs_of(found: object) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict) and {"zh", "en"} <= found.keys():
        if isinstance(found["zh"], str):
            yield found["zh"], found["en"]
    elif isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from pairs_of(each)


def test_no_half_of_what_is_kept_in_both_languages_holds_prose_of_the_other() -> None:
    kept = list(catalogues())
    assert len(kept) > 3000
    bare = [
        (file, _TYPED.sub("", _QUOTED.sub("", zh)), re.sub(_WRITTEN_SO, "", _QUOTED.sub("", en)))
        for file, zh, en in kept
    ]
    assert [each for each in bare if _PROSE.search(each[1]) or re.search(r"[\u4e00-\u9fff]", each[2])] == []


def test_the_page_of_the_console_has_no_word_of_its_own() -> None:
    for page in (ROOT / "harness/console/live/pages").glob("*.html"):
        text = re.sub(r"<[^>]*>|\{[a-z-]+\}", " ", page.read_text(encoding="utf-8"))
        assert not re.search(r"[a-z]{2,}|[\u4e00-\u9fff]", text, re.IGNORECASE), page.name
        said = re.findall(r'(?:placeholder|aria-label|title|alt)="([^"]*)"', page.read_text(encoding="utf-8"))
        assert [each for each in said if not re.fullmatch(r"\{[a-z-]+\}", each)] == []


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "YANSHOU_LANG": "zh"}, "zh"),
    ],
)
def test_the_environment_chooses_and_chinese_is_the_default(environment: dict[str, str], lang: str) -> None:
    assert language.of_environment(environment) == lang


@pytest.mark.parametrize("place", [0, 1, 2])
def test_lang_may_stand_anywhere_on_the_line(capsys, place: int) -> None:
    arguments = ["scenarios", "s01"]
    arguments[place:place] = ["--lang", "zh"]
    assert main(arguments) == 0
    assert "必验" in capsys.readouterr().out


def test_another_language_is_refused(capsys) -> None:
    assert main(["--lang", "fr", "scenarios"]) == 2
    assert "use one of: zh, en." in capsys.readouterr().err


def test_an_error_is_said_in_one_language_with_its_place_and_every_problem(speak) -> None:
    speak("zh")
    one = SpecError("project.name: 7 is read as a value, not as text.", cure="put it in quotes.", where="a.yaml:3:9")
    two = SpecError("unknown key 'nmae'.", cure="did you mean name?", where="a.yaml:4:1")
    assert told(SpecError("2 problems in a.yaml.", problems=(one, two))).splitlines() == [
        "a.yaml:3:9：project.name: 7 会被读作数值，而不是文字。 处理：加引号。",
        "a.yaml:4:1：不认识的键 'nmae'。 处理：想写的是 name 吗？",
    ]
    speak("en")
    assert told(one) == str(one)


def test_what_no_table_knows_is_quoted_and_not_half_translated(speak) -> None:
    speak("zh")
    said = told(UsageError("The flux is out of its tube.", cure="write the tube a letter."))
    assert said == "程序的原文说明：“The flux is out of its tube.” 处理：write the tube a letter."
    assert chinese("write rate: 10/s.") == "写 rate: 10/s。"


def test_a_mistyped_command_is_met_with_the_nearest(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["verfy", "x", "--lang", "zh"])
    assert left.value.code == 2
    assert "想输入的是 verify 吗" in capsys.readouterr().err


def test_no_command_is_met_with_help(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert "verify" in capsys.readouterr().err


def test_translations_use_only_facts_that_the_sentence_has() -> None:
    slots = re.compile(r"\{(\d+)\}")
    odd = [
        en
        for table in tables().values()
        for en, zh in table.items()
        if not set(slots.findall(zh)) <= set(slots.findall(en)) or not re.search(r"[\u4e00-\u9fff]", zh)
    ]
    assert [each for each in odd if each not in {"{0}: {1}", "yanshou: {0}"}] == []


def sentences(folder: Path) -> Iterator[str]:
    """Problems and cures that modules below ``folder`` raise, facts as x."""
    for path in folder.rglob("*.py"):
        if "stats" in path.parts or path.stem in _PROGRAMMERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for each in _said(node):
                for text in map(_text, [each.body, each.orelse] if isinstance(each, ast.IfExp) else [each]):
                    if _LETTERS.search(text):
                        yield text


def _said(node: ast.AST) -> list[ast.expr]:
    """What a statement or a call says to a person: a message, a cure, the problem of an error of ours."""
    if isinstance(node, ast.Assign):
        return [node.value] if getattr(node.targets[0], "id", "") in {"msg", "cure"} else []
    if not isinstance(node, ast.Call):
        return []
    called = getattr(node.func, "id", getattr(node.func, "attr", ""))
    said = [each.value for each in node.keywords if each.arg == "cure"]
    said += [node.args[place] for place in _places().get(called, ()) if len(node.args) > place]
    if called in {"wrong", "Cure"}:
        return [*said, *node.args[:2]]
    return [*said, *node.args[:1]] if called.endswith("Error") and not hasattr(builtins, called) else said


@cache
def _places() -> dict[str, set[int]]:
    """Where functions of the product take a cure without its name, by what they are called."""
    found: dict[str, set[int]] = {}
    for room in ("harness", "probes", "reports"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [each.arg for each in node.args.args] if isinstance(node, ast.FunctionDef) else []
                if "cure" in names:
                    found.setdefault(node.name, set()).add(names.index("cure") - (names[0] in {"self", "cls"}))
    return found


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "x" for each in node.values)
    return ""


def packages() -> list[Path]:
    """The engine, the reports, and every domain that is installed."""
    found = {entry.value.split(".")[1].partition(":")[0] for entry in entry_points(group="yanshou.probes")}
    domains = [ROOT / "probes" / name for name in sorted(found)]
    kept = [each for each in domains if (each / RESOURCE).is_file() or each.name not in {"chain", "compute"}]
    return [ROOT / "harness", ROOT / "reports", *kept]


@pytest.mark.parametrize("folder", packages(), ids=lambda path: path.name)
def test_what_can_be_refused_can_be_said_in_chinese(folder: Path) -> None:
    assert [each for each in sorted(set(sentences(folder))) if chinese(each) == each] == []


def test_what_a_defect_quotes_is_in_the_language_of_the_run(speak) -> None:
    speak("zh")
    assert facts_told("a.tsr: 时间戳无效。（its content was changed）") == "a.tsr: 时间戳无效。（它的内容被改动过）"
    speak("en")
    assert facts_told("a.tsr: bad. (it is gone)") == "a.tsr: bad. (it is gone)"


def test_a_console_that_is_not_utf8_gets_what_it_can_show(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    environment = {**os.environ, "PYTHONIOENCODING": "gbk", "YANSHOU_LANG": "zh"}
    for arguments in (["doctor"], ["scenarios"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", *arguments],
            capture_output=True,
            env=environment,
            cwd=tmp_path,
            check=False,
        )
        assert b"Traceback" not in done.stderr + done.stdout
        assert done.stdout.decode("gbk")
