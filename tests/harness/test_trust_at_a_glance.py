# SPDX-License-Identifier: Apache-2.0
"""Whoever sees a verdict sees what it stands on: on the tile, on every printed page, in the terminal, in verify, in the statement."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.campaign import run
from harness.cli import main
from harness.errors import Exit
from harness.evidence.defects import VerdictMismatchError
from reports.html import render

Edit = Callable[[Path, str, str], None]


def says(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main([str(each) for each in arguments])
    return code, capsys.readouterr().out


@pytest.fixture
def rehearsed(case: Path, tmp_path: Path) -> Path:
    case.write_text(case.read_text(encoding="utf-8") + "practice: true\n", encoding="utf-8")
    return run(case, tmp_path).root


def test_the_signed_statement_says_whether_data_are_simulated_or_a_rehearsal(case: Path, tmp_path: Path) -> None:
    root = run(case, tmp_path).root
    envelope = json.loads((root / "attestation.dsse.json").read_bytes())
    summary = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["summary"]
    assert (summary["simulated"], summary["practice"]) == ([], False)


def test_the_statement_of_a_rehearsal_says_so(rehearsed: Path) -> None:
    envelope = json.loads((rehearsed / "attestation.dsse.json").read_bytes())
    assert json.loads(base64.b64decode(envelope["payload"]))["predicate"]["summary"]["practice"] is True


def test_verify_tells_project_scenario_verdict_and_times(case: Path, tmp_path: Path, capsys) -> None:
    root = run(case, tmp_path).root
    code, out = says(capsys, "verify", root, "--any-signer", "--lang", "zh")
    assert code == Exit.PASS
    for wanted in (
        "项目：测试项目",
        "示例企业00",
        "情景：t01",
        "总判定：FAIL 不通过（无模拟数据，非演练）",
        "封存于 2",
        "yanshou ",
    ):
        assert wanted in out
    code, out = says(capsys, "verify", root, "--any-signer", "--json")
    about = json.loads(out)["about"]
    assert (about["verdict"], about["simulated"], about["practice"]) == ("FAIL", [], False)


def test_verify_of_a_rehearsal_never_says_the_bare_verdict(rehearsed: Path, capsys) -> None:
    _, out = says(capsys, "verify", rehearsed, "--any-signer", "--lang", "zh")
    assert "总判定：演练：FAIL 不通过；不得作为验收依据" in out


def test_a_report_is_checked_against_its_bundle_byte_for_byte(case: Path, tmp_path: Path, capsys) -> None:
    root = run(case, tmp_path).root
    for lang in ("zh", "en"):
        says(capsys, "report", root, "--lang", lang, "--format", "html,junit")
    genuine = sorted(tmp_path.glob("case.*.html")) + sorted(tmp_path.glob("case.*.xml"))
    assert len(genuine) == 4
    options = [word for path in genuine for word in ("--report", path)]
    code, out = says(capsys, "verify", root, "--any-signer", *options)
    assert code == Exit.PASS
    assert out.count("identical with what the bundle gives") == 4


def test_a_forged_report_is_told_with_the_place(case: Path, tmp_path: Path, capsys) -> None:
    root = run(case, tmp_path).root
    page = render(root, "zh")["html"]
    forged = tmp_path / "case.zh.html"
    forged.write_bytes(page.replace("不通过".encode(), "通过".encode()))
    code, out = says(capsys, "verify", root, "--any-signer", "--report", forged, "--lang", "zh")
    assert code == Exit.EVIDENCE
    assert "首处不同在第" in out
    assert "写的是“" in out


def test_a_report_that_is_not_there_is_a_usage_error(case: Path, tmp_path: Path, capsys) -> None:
    root = run(case, tmp_path).root
    assert says(capsys, "verify", root, "--any-signer", "--report", tmp_path / "absent.html")[0] == Exit.USAGE


def test_a_rehearsal_is_marked_on_the_tile_and_on_every_printed_page(rehearsed: Path) -> None:
    page = render(rehearsed, "zh")["html"].decode()
    assert '<section class="tile marked"' in page
    assert '<div class="word">演练：不通过</div>' in page
    assert '<div class="watermark" aria-hidden="true">演练' in page
    assert "@top-center" in page


def test_a_campaign_of_the_project_itself_carries_no_mark(case: Path, tmp_path: Path) -> None:
    page = render(run(case, tmp_path).root, "zh")["html"].decode()
    assert '<section class="tile FAIL"' in page
    assert 'class="watermark"' not in page


def test_the_terminal_marks_a_rehearsal_and_tells_what_is_missing(rehearsed: Path, capsys) -> None:
    _, out = says(capsys, "replay", rehearsed, "--lang", "zh")
    assert "演练：总判定：FAIL 不通过" in out
    assert "演练，不得作为验收依据" in out


def test_a_statement_that_hides_a_rehearsal_is_a_defect(rehearsed: Path) -> None:
    from harness.evidence.attestation import _flag_defects

    campaign = json.loads((rehearsed / "data/results.json").read_bytes())["campaign"]
    (found,) = _flag_defects({"simulated": [], "practice": False}, campaign)
    assert isinstance(found, VerdictMismatchError)
    assert list(_flag_defects({"verdict": "FAIL"}, campaign)) == []
