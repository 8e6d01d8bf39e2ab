# SPDX-License-Identifier: Apache-2.0
"""The ledger of the machine sees what a bundle cannot: failed preflights, deleted bundles, another --out, another file name."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.account import ledger
from harness.account.course import deviations
from harness.campaign import run
from harness.errors import UsageError, YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.replay import replay

Edit = Callable[[Path, str, str], None]


def told(root: Path) -> list[str]:
    """Codes of what did not go as planned."""
    return [each.reason.code for each in deviations(read_journal(Bundle.open(root).journal_path))]


def test_a_campaign_leaves_one_line_for_start_end_and_seal(case: Path, tmp_path: Path) -> None:
    done = run(case, tmp_path)
    found = ledger.read()
    assert [each.kind for each in found.lines] == ["start", "end", "seal"]
    assert found.whole
    seal = found.lines[-1].body
    assert (seal["attempt"], seal["verdict"]) == (1, done.evaluation.verdict)
    assert seal["scenario"] == done.evaluation.results["scenario"]["sha256"]
    assert told(done.root) == []


def test_another_out_is_seen_and_the_former_verdict_is_told(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "first")
    shutil.rmtree(tmp_path / "first")
    again = run(case, tmp_path / "second")
    assert told(again.root) == ["course.elsewhere"]
    reason = deviations(read_journal(Bundle.open(again.root).journal_path))[0].reason
    assert (reason.facts["count"], reason.facts["verdicts"]) == (1, ["FAIL"])
    assert replay(again.root).identical


def test_another_file_name_and_a_blank_in_the_projects_name_hide_nothing(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "first")
    other = case.with_name("other.yaml")
    other.write_text(case.read_text("utf-8").replace("name: 测试项目", "name: 测试 项目"), "utf-8")
    assert told(run(other, tmp_path / "second").root) == ["course.elsewhere"]


def test_another_project_is_nobody_elses_business(case: Path, tmp_path: Path, edit: Edit) -> None:
    run(case, tmp_path / "first")
    edit(case, "name: 测试项目", "name: 另一项目")
    assert told(run(case, tmp_path / "second").root) == []


def test_a_second_attempt_in_the_same_bundle_is_no_attempt_elsewhere(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path)
    assert told(run(case, tmp_path).root) == []


def test_a_failed_preflight_is_no_attempt_and_its_reason_is_kept(case: Path, tmp_path: Path) -> None:
    (case.parent / "others.csv").rename(case.parent / "away.csv")
    with pytest.raises(YanshouError):
        run(case, tmp_path)
    kinds = [each.kind for each in ledger.read().lines]
    (case.parent / "away.csv").rename(case.parent / "others.csv")
    done = run(case, tmp_path)
    assert done.evaluation.results["campaign"]["attempts"]["made"] == 1
    if kinds:  # a missing file is found before the preflight where the profile names it
        assert kinds == ["preflight-failed"]
        assert told(done.root) == ["course.preflight-failed"]


def test_a_preflight_that_the_instrument_refuses_is_told_once(
    scales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.harness.scales import ScaleSource

    def refuse(_self: ScaleSource) -> None:
        raise UsageError("the scale is not level.", cure="level it.")

    with monkeypatch.context() as patched:
        patched.setattr(ScaleSource, "preflight", refuse)
        with pytest.raises(UsageError):
            run(scales, tmp_path)
    first = run(scales, tmp_path)
    assert told(first.root) == ["course.preflight-failed"]
    second = run(scales, tmp_path)
    assert told(second.root) == ["course.preflight-failed"]
    assert second.evaluation.results["campaign"]["attempts"]["made"] == 2


@pytest.mark.parametrize("damage", ["cut", "edit", "reorder", "junk"])
def test_a_ledger_whose_chain_is_broken_is_told(case: Path, tmp_path: Path, damage: str) -> None:
    run(case, tmp_path / "first")
    lines = ledger.place().read_bytes().splitlines(keepends=True)
    changed = {
        "cut": lines[1:],
        "edit": [lines[0].replace(b"start", b"stars"), *lines[1:]],
        "reorder": [lines[1], lines[0], *lines[2:]],
        "junk": [b"\xff\x00 {\n", *lines],
    }[damage]
    ledger.place().write_bytes(b"".join(changed))
    assert not ledger.read().whole
    assert "course.ledger-broken" in told(run(case, tmp_path / "second").root)


def test_a_ledger_that_cannot_be_read_stops_nobody_and_is_told(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANSHOU_LEDGER", str(tmp_path))  # a folder
    assert told(run(case, tmp_path / "out").root) == ["course.no-ledger"]


def test_the_ledger_lies_where_the_desktop_keeps_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("YANSHOU_LEDGER")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert ledger.place() == tmp_path / "yanshou" / "ledger.jsonl"


def test_every_attempt_keeps_its_own_results_and_the_next_one_names_them(case: Path, tmp_path: Path, says: Any) -> None:
    first = run(case, tmp_path)
    kept = Bundle.open(first.root).results_path.read_bytes()
    (case.parent / "others.csv").write_bytes((case.parent / "adopters.csv").read_bytes())
    second = run(case, tmp_path)
    assert (first.root / "data" / "attempts" / "0001" / "results.json").read_bytes() == kept
    former = second.evaluation.results["campaign"]["former"]
    assert [(each["number"], each["verdict"]) for each in former] == [(1, "FAIL")]
    others = next(each for each in former[0]["indicators"] if each["id"] == "t01.others")
    assert others == {"id": "t01.others", "verdict": "FAIL", "codes": ["decide.violation-proven"]}
    assert former[0]["evidence_sha256"] != "0" * 64
    assert replay(second.root).identical
    code, _, _ = says("report", second.root, "--format", "html", "--lang", "en", "--out", tmp_path / "pages")
    assert code == 0
    page = next((tmp_path / "pages").glob("*.html")).read_text("utf-8")
    assert ": Fail" in page
    assert "decide.violation-proven" not in page
    assert json.loads(kept)["verdict"] == "FAIL"
