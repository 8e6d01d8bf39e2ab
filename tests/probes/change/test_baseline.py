# SPDX-License-Identifier: Apache-2.0
"""A sealed baseline as the "before" of a later campaign: judged nowhere, verified, copied in, and checked at every replay."""

import csv
import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from harness.cli import main
from harness.errors import EvidenceError, SpecError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.plugins import Asked, Trace
from harness.spec import load_profile
from probes.change.instrument import PROBE
from tests.probes.change.tables import line_table

HEAD = """\
schema: yanshou.profile/1
scenario: s06
project:
  name: 智能制造示范
  applicant: {name: 示例企业, uscc: 91420102MA42HRWN44}
  period: {start: 2022-01-01, end: 2024-12-31}
  site: 武汉
test: {kind: self-check, organisation: 测试, operator: 测试}
"""
BASELINE = HEAD + "baseline: true\nsources:\n  s06.cost: {before: b.csv, before_period: 2022-01/2022-12}\n"
LATER = HEAD + (
    "sources:\n  s06.cost: {before: out/base.bundle, after: a.csv, before_period: 2022-01/2022-12, after_period: 2023-01/2023-12}\n"
    "  s06.efficiency: {evidence: [s06.cost]}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.csv").write_text(line_table(2022, 1), encoding="utf-8")
    (tmp_path / "a.csv").write_text(line_table(2023, 0.7, 0.6), encoding="utf-8")
    (tmp_path / "base.yaml").write_text(BASELINE, encoding="utf-8")
    (tmp_path / "later.yaml").write_text(LATER, encoding="utf-8")
    return tmp_path


def run(folder: Path, name: str) -> int:
    return main(["run", str(folder / f"{name}.yaml"), "--out", str(folder / "out"), "--json"])


def indicator(folder: Path, name: str, identifier: str) -> dict[str, Any]:
    results = json.loads((folder / "out" / f"{name}.bundle/data/results.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(each for each in results["indicators"] if each["id"] == identifier)
    return found


def test_a_baseline_is_sealed_without_a_verdict_and_did_what_was_asked(folder: Path) -> None:
    assert run(folder, "base") == 0
    assert Bundle.open(folder / "out/base.bundle").sealed
    cost = indicator(folder, "base", "s06.cost")
    assert cost["verdict"] == "NOT_TESTED"
    assert [each["code"] for each in cost["reasons"]] == ["evaluate.baseline"]
    assert main(["replay", str(folder / "out/base.bundle"), "--json"]) == 0


def test_a_baseline_that_cannot_be_read_is_refused_before_it_is_sealed(folder: Path) -> None:
    (folder / "b.csv").write_text("产线,成本,产量\n一线,1,0\n", encoding="utf-8")
    assert run(folder, "base") == 2
    assert not (folder / "out/base.bundle").exists()


def test_a_later_campaign_compares_with_it_and_says_when_it_was_sealed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "base")
    assert run(folder, "later") == 3  # the register's indicators are not tested
    capsys.readouterr()
    cost = indicator(folder, "later", "s06.cost")
    assert cost["verdict"] == indicator(folder, "later", "s06.efficiency")["verdict"] == "PASS"
    sealed = next(each for each in cost["remarks"] if each["code"].startswith("baseline.sealed"))
    event = read_journal(folder / "out/base.bundle/data/journal.jsonl")[-1]
    assert event.kind == "sealed"
    assert f"{event.time_ns // 10**9 % 60:02d} UTC" in sealed["text"]["en"]
    opened = [
        each
        for each in read_journal(folder / "out/later.bundle/data/journal.jsonl")
        if each.kind == "change.baseline.opened"
    ]
    manifest = (folder / "out/base.bundle/manifest-sha256.txt").read_bytes()
    assert [each.body["manifest_sha256"] for each in opened] == [sha256(manifest).hexdigest()]
    assert [each.body["sealed_ns"] for each in opened] == [str(event.time_ns)]


def test_replay_needs_no_other_file_than_the_later_bundle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, "base")
    run(folder, "later")
    moved = shutil.move(folder / "out/later.bundle", folder / "alone.bundle")
    shutil.rmtree(folder / "out")
    (folder / "a.csv").unlink()
    capsys.readouterr()
    assert main(["replay", str(moved), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["identical"] is True


def test_a_changed_baseline_is_refused_and_nothing_is_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "base")
    table = folder / "out/base.bundle/data/traces/s06.cost/source/0001.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("一线,2022-01,甲,", "一线,2022-01,甲,9"), encoding="utf-8"
    )
    assert run(folder, "later") == 4
    assert "data/traces/s06.cost/source/0001.csv" in capsys.readouterr().err
    assert not (folder / "out/later.bundle").exists()


def test_a_table_exchanged_in_the_later_bundle_is_found_at_replay(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "base")
    run(folder, "later")
    (folder / "out/later.bundle/data/traces/s06.cost/source/0001.csv").write_text(line_table(2022, 2), encoding="utf-8")
    capsys.readouterr()
    assert main(["replay", str(folder / "out/later.bundle"), "--json"]) == 4
    assert "0001.csv" in capsys.readouterr().err


def test_a_table_that_is_not_under_the_seal_is_not_judged(folder: Path) -> None:
    run(folder, "base")
    root = folder / "out/base.bundle"
    documents = {f"baseline/{name}": root / name for name in ("manifest-sha256.txt", "bag-info.txt")}
    documents["baseline/journal.jsonl"] = root / "data/journal.jsonl"
    settings = PROBE.settings.model_validate({"before": "base.bundle", "after": "a.csv"})
    sealed = Trace(
        "x",
        "source",
        PROBE.name,
        1,
        (root / "data/traces/s06.cost/source/0001.csv", folder / "a.csv"),
        settings,
        documents,
    )
    assert {
        each.sealed_ns for each in (PROBE.summarise(piece, Asked((), settings)) for piece in PROBE.chunks(sealed))
    } > {None}
    (folder / "c.csv").write_text(line_table(2022, 2), encoding="utf-8")
    other = replace(sealed, segments=(folder / "c.csv", folder / "a.csv"))
    with pytest.raises(EvidenceError, match="not among the files of the sealed baseline"):
        PROBE.summarise(next(iter(PROBE.chunks(other))), Asked((), settings))
    lines = documents["baseline/journal.jsonl"].read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    edited = replace(sealed, documents={**documents, "baseline/journal.jsonl": folder / "journal.jsonl"})
    with pytest.raises(EvidenceError, match="is not the one under its seal"):
        list(PROBE.chunks(edited))


def test_a_baseline_that_is_not_sealed_does_not_count(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, "base")
    (folder / "out/base.bundle/tagmanifest-sha256.txt").unlink()
    assert run(folder, "later") == 2
    assert "is not sealed. Cure: end its campaign" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("before_period: 2022-01/2022-12, after", "before_period: 2022-07/2022-12, after", "sealed for the period 2022-01-01/2022-12-31"),
        ("after: a.csv,", "after: a.csv, baseline_of: s06.efficiency,", "holds 0 traces of change.table, one is needed. Cure: write baseline_of: s06.cost"),
    ],
)  # fmt: skip
def test_another_period_or_another_indicator_than_was_sealed_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    run(folder, "base")
    (folder / "later.yaml").write_text(LATER.replace(old, new), encoding="utf-8")
    assert run(folder, "later") == 2
    assert words in capsys.readouterr().err


def test_a_campaign_that_compared_already_is_no_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = LATER.replace("before: out/base.bundle", "before: b.csv")
    (folder / "base.yaml").write_text(plain, encoding="utf-8")
    run(folder, "base")
    assert run(folder, "later") == 2
    assert "compared two periods already" in capsys.readouterr().err


def test_a_table_that_was_not_sealed_is_told_as_such(folder: Path) -> None:
    (folder / "later.yaml").write_text(LATER.replace("out/base.bundle", "b.csv"), encoding="utf-8")
    assert run(folder, "later") == 3
    assert "baseline.unsealed" in [each["code"] for each in indicator(folder, "later", "s06.cost")["remarks"]]


def test_a_baseline_has_no_criterion(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASELINE + 'limits: {s06.cost: ">= 30 %"}\n', encoding="utf-8")
    with pytest.raises(
        SpecError, match=r"base\.yaml:12:1: limits: a baseline is measured and sealed without criterion"
    ):
        load_profile(folder / "base.yaml")


def _workbook(table: str, path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in csv.reader(table.splitlines()):
        page.append([float(cell) if cell.replace(".", "").isdecimal() else cell for cell in row])
    book.save(path)


def test_workbooks_are_recorded_and_judged_as_their_csv_is(folder: Path) -> None:
    run(folder, "base")
    run(folder, "later")
    plain = indicator(folder, "later", "s06.cost")
    shutil.rmtree(folder / "out")
    for name in ("a", "b"):
        _workbook((folder / f"{name}.csv").read_text(encoding="utf-8"), folder / f"{name}.xlsx")
    for name in ("base", "later"):
        profile = folder / f"{name}.yaml"
        profile.write_text(profile.read_text(encoding="utf-8").replace(".csv", ".xlsx"), encoding="utf-8")
        run(folder, name)
    found = indicator(folder, "later", "s06.cost")
    assert found["estimate"] == plain["estimate"]
    assert [Path(each["path"]).suffix for each in found["evidence"] if "traces" in each["path"]] == [".xlsx", ".xlsx"]
