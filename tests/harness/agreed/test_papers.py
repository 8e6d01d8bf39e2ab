# SPDX-License-Identifier: Apache-2.0
"""Attested papers (p00): at hand, missing, expired or issued too late, kept in the bundle and told, without effect on a verdict."""

import json
from collections.abc import Callable
from pathlib import Path

from harness.evidence.verify import verify
from harness.replay import replay

Say = Callable[..., tuple[int, str, str]]
PAPERS = """\
papers:
  audit: {file: audit.txt, number: SJ-1, issuer: 某会计师事务所, date: 2026-01-05}
  grading: {file: grading.txt, number: DJ-1, issuer: 公安机关, date: 2020-01-05, until: 2021-01-04}
  trial-run: {file: trial.txt, date: 2099-01-05}
  supervision: {}
"""


def test_each_paper_has_its_state_on_the_day_of_the_test(case: Path, says: Say, tmp_path: Path) -> None:
    for name in ("audit", "grading", "trial"):
        case.with_name(f"{name}.txt").write_text(name, encoding="utf-8")
    case.write_text(case.read_text("utf-8") + PAPERS, encoding="utf-8")
    assert says("run", case, "--out", tmp_path)[0] == 1
    root = tmp_path / "case.bundle"
    papers = json.loads((root / "data/results.json").read_bytes())["campaign"]["agreed"]["papers"]
    assert {each["name"]: each["state"] for each in papers} == {"audit": "PRESENT", "grading": "EXPIRED", "trial-run": "LATE", "supervision": "MISSING"}  # fmt: skip
    assert replay(root).identical
    assert says("report", root, "--lang", "zh")[0] == 0
    assert "专项审计报告" in (tmp_path / "case.zh.html").read_text("utf-8")
    (root / "data/papers/audit/audit.txt").write_text("another", encoding="utf-8")
    assert "evidence.certificate" in {each.code for each in verify(root).defects}


def test_a_paper_that_is_named_and_not_there_or_not_dated_is_refused(case: Path, says: Say, tmp_path: Path) -> None:
    text = case.read_text("utf-8")
    case.write_text(text + "papers:\n  audit: {file: audit.txt, date: 2026-01-05}\n", encoding="utf-8")
    assert says("run", case, "--out", tmp_path / "a")[0] == 2
    case.write_text(text + "papers:\n  audit: {file: audit.txt}\n", encoding="utf-8")
    assert says("run", case, "--out", tmp_path / "b")[0] == 2
    case.write_text(text + "papers:\n  horoscope: {}\n", encoding="utf-8")
    assert says("run", case, "--out", tmp_path / "c")[0] == 2
