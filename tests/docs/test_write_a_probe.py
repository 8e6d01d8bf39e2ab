# SPDX-License-Identifier: Apache-2.0
"""The guide for authors of probes, done: its files are written, installed as a distribution of their own, and run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs/how-to/write-a-probe.md"
FILE = re.compile(r"^`([\w./]+)`\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(FILE.findall(GUIDE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def plug_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the guide's files, and beside it the distribution that they make."""
    folder = tmp_path_factory.mktemp("acme")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "acme_doors/__init__.py").touch()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(folder / "installed"), str(folder)], check=True, capture_output=True)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "installed"), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def test_the_example_is_a_whole_plug_in_of_under_sixty_lines() -> None:
    code = [FILES[name] for name in ("acme_doors/probe.py", "acme_doors/judging.py")]
    assert sum(bool(line.strip()) for each in code for line in each.splitlines()) < 60


@pytest.fixture(scope="module")
def judged(plug_in: Path) -> Path:
    """The same folder after the guide's commands."""
    for command in re.findall(r"^yanshou (.+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE):
        done = run(plug_in, "-m", "harness.cli", *command.split())
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    return plug_in


def test_the_guides_commands_run_and_give_the_verdict(judged: Path) -> None:
    results = json.loads((judged / "site.bundle/data/results.json").read_bytes())
    assert results["verdict"] == "PASS"
    assert results["indicators"][0]["estimate"]["value"] == 41
    assert results["indicators"][0]["reading"]["measurand"]["offered_by"]["name"] == "acme-doors"


def test_a_misspelt_setting_and_an_unreadable_line_are_told(plug_in: Path) -> None:
    site = plug_in / "site.yaml"
    (plug_in / "wrong.yaml").write_text(site.read_text(encoding="utf-8").replace("file: doors", "fiel: doors"))
    done = run(plug_in, "-m", "harness.cli", "plan", "wrong.yaml")
    assert done.returncode == 2
    assert re.search(r"wrong\.yaml:10:\d+: .*fiel", done.stderr)
    (plug_in / "odd.log").write_text("north twelve\n")
    (plug_in / "odd.yaml").write_text(site.read_text(encoding="utf-8").replace("doors.log", "odd.log"))
    assert run(plug_in, "-m", "harness.cli", "run", "odd.yaml").returncode == 3
    reasons = json.loads((plug_in / "odd.bundle/data/results.json").read_bytes())["indicators"][0]["reasons"]
    assert reasons[0]["code"].startswith("evaluate.refused.")


def test_the_guides_own_tests_pass(plug_in: Path) -> None:
    done = run(plug_in, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_doors.py")
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_its_report_is_chinese_in_chinese_and_english_in_english(judged: Path) -> None:
    for lang, said, other in (
        ("zh", "记录期内最长一次", "longest of the record"),
        ("en", "longest of the record", "记录期内最长一次"),
    ):
        done = run(judged, "-m", "harness.cli", "report", "site.bundle", "--lang", lang, "--out", lang)
        assert done.returncode == 0, done.stderr
        text = next((judged / lang).glob("*.html")).read_text(encoding="utf-8")
        assert said in text
        assert other not in text
