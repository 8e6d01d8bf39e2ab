# SPDX-License-Identifier: Apache-2.0
"""The tutorial does what it says, from an empty folder, and so does the page on continuous integration."""

import re
import shlex
from pathlib import Path

import pytest

from harness.cli import main
from harness.console.expect import read_expected
from harness.errors import Exit

DOCS = Path(__file__).resolve().parents[2] / "docs"
TUTORIAL = (DOCS / "tutorials" / "first-campaign.md").read_text(encoding="utf-8")
CI = (DOCS / "how-to" / "judge-in-ci.md").read_text(encoding="utf-8")
PARTS = [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)]


def test_the_tutorial_reaches_a_practice_pass_from_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANSHOU_LANG", "zh")
    said = ""
    for command in PARTS[0]:
        words = shlex.split(command)
        assert words[0] == "yanshou"
        assert main(words[1:]) == Exit.PASS, command
        said += capsys.readouterr().out
    assert "演示（模拟数据）：总判定：PASS 通过" in said
    assert "逐字节一致" in said
    assert "总判定：演示（模拟数据）：PASS 通过" in said
    assert (tmp_path / "lianxi/results/s08.zh.html").is_file()


def test_a_project_of_ones_own_begins_with_a_plan_that_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANSHOU_LANG", "zh")
    for command in PARTS[1]:
        assert main(shlex.split(command)[1:]) == Exit.PASS, command
    told = capsys.readouterr()
    assert "还要填写：" in told.out
    assert "登记 1 行，可计 0 行" in told.out
    assert "下一步：yanshou run" in told.err


def test_the_expectations_of_the_page_are_understood(tmp_path: Path) -> None:
    (tmp_path / "lossy.bundle").mkdir()
    (block,) = re.findall(r"```yaml\n(.*?)```", CI, re.DOTALL)
    (tmp_path / "expect.yaml").write_text(block, encoding="utf-8")
    found = read_expected(tmp_path / "expect.yaml").bundles["lossy.bundle"]
    assert (found.verdict, found.indicators["s01.latency"].reason) == ("FAIL", "network.loopback")


def test_every_page_that_is_named_is_there() -> None:
    for page in (*DOCS.glob("how-to/*.md"), *DOCS.glob("tutorials/*.md")):
        for target in re.findall(r"\]\(([^)#:]+?\.md)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), (page.name, target)
