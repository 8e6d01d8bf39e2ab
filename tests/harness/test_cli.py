# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import Exit

Edit = Callable[[Path, str, str], None]


def says(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_run_replay_verify_report_and_pack_follow_each_other(case: Path, tmp_path: Path, capsys) -> None:
    bundle = tmp_path / "case.bundle"
    code, out, _ = says(capsys, "run", case, "--out", tmp_path)
    assert code == Exit.FAIL
    assert "t01.others" in out
    assert says(capsys, "replay", bundle)[0] == Exit.FAIL
    key = case.parent / "case.ed25519.pub.pem"
    assert says(capsys, "verify", bundle, "--key", key)[0] == Exit.PASS
    assert says(capsys, "verify", bundle)[0] == Exit.UNDECIDED
    code, out, err = says(capsys, "report", bundle, "--lang", "zh")
    assert code == Exit.PASS
    assert "签名者身份未核对" in err
    assert Path(out.strip()).read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")
    code, out, _ = says(capsys, "pack", bundle)
    assert says(capsys, "verify", out.strip(), "--any-signer")[0] == Exit.PASS
    assert says(capsys, "replay", out.strip())[0] == Exit.FAIL


def test_json_goes_to_stdout_and_nothing_else_does(case: Path, tmp_path: Path, capsys) -> None:
    _, out, _ = says(capsys, "run", case, "--out", tmp_path, "--json")
    assert json.loads(out)["verdict"] == "FAIL"
    _, out, _ = says(capsys, "replay", tmp_path / "case.bundle", "--json")
    assert json.loads(out)["identical"] is True
    _, out, _ = says(capsys, "verify", tmp_path / "case.bundle", "--json")
    assert json.loads(out)["defects"] == []


def test_a_tampered_bundle_exits_4(case: Path, tmp_path: Path, capsys) -> None:
    says(capsys, "run", case, "--out", tmp_path)
    results = tmp_path / "case.bundle" / "data" / "results.json"
    results.write_bytes(results.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    assert says(capsys, "verify", tmp_path / "case.bundle")[0] == Exit.EVIDENCE
    assert says(capsys, "replay", tmp_path / "case.bundle")[0] == Exit.EVIDENCE
    assert says(capsys, "report", tmp_path / "case.bundle")[0] == Exit.EVIDENCE


def test_scenarios_lists_all_fifteen_and_shows_one(capsys) -> None:
    code, out, _ = says(capsys, "scenarios", "--json")
    listed = [each["id"] for each in json.loads(out)]
    assert code == Exit.PASS
    assert listed == [*(f"s{number:02}" for number in range(1, 11)), *(f"p{number:02}" for number in range(1, 6))]
    _, out, _ = says(capsys, "scenarios", "s08")
    assert "静态" in out


@pytest.mark.parametrize("kind", ["scenario", "profile"])
def test_schema_prints_a_json_schema(capsys, kind: str) -> None:
    _, out, _ = says(capsys, "schema", kind)
    assert json.loads(out)["type"] == "object"


def test_plan_names_what_cannot_be_tested(case: Path, capsys) -> None:
    code, out, _ = says(capsys, "plan", case, "--json")
    by_id = {each["id"]: each for each in json.loads(out)["indicators"]}
    assert code == Exit.PASS
    assert by_id["t01.unmeasured"]["text"].startswith("NOT_TESTED")
    assert by_id["t01.adopters"]["probe"] == "register.organisations"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "absent.yaml"], Exit.USAGE),
        (["plan", "absent.yaml"], Exit.USAGE),
        (["scenarios", "s99"], Exit.USAGE),
        (["replay", "absent.bundle"], Exit.EVIDENCE),
        (["report", "absent.bundle"], Exit.EVIDENCE),
        (["analyse", "nonsense", "x"], Exit.USAGE),
    ],
)
def test_every_wrong_path_is_one_sentence_with_a_cure(capsys, tmp_path: Path, monkeypatch, arguments, code) -> None:
    monkeypatch.chdir(tmp_path)
    given, out, err = says(capsys, *arguments)
    assert given == code
    assert out == ""
    assert [line for line in err.splitlines() if "Cure:" in line] == err.splitlines()[-1:]
    assert "Traceback" not in err


def test_verifying_what_is_no_bundle_names_the_defect(capsys, tmp_path: Path) -> None:
    code, out, _ = says(capsys, "verify", tmp_path / "absent.bundle")
    assert code == Exit.EVIDENCE
    assert "evidence.not-a-bundle" in out


def test_a_wrong_profile_gives_every_problem_with_its_place(case: Path, capsys, edit: Edit) -> None:
    edit(case, "attempts: 2", "attempts: none")
    edit(case, "kind: self-check", "kind: self")
    code, _, err = says(capsys, "plan", case)
    assert code == Exit.USAGE
    assert len([line for line in err.splitlines() if "case.yaml:" in line]) == 2


def test_a_folder_that_cannot_be_written_is_a_storage_error(case: Path, capsys) -> None:
    code, _, err = says(capsys, "run", case, "--out", "/proc/nowhere")
    assert code in {Exit.INSTRUMENT, Exit.USAGE}
    assert "Cure:" in err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    assert "Traceback" not in writer.stderr.read()
    writer.stderr.close()
    writer.wait(30)


def test_doctor_finds_this_installation_in_order(capsys) -> None:
    code, out, _ = says(capsys, "doctor", "--json")
    found = {each["name"]: each for each in json.loads(out)}
    assert {f"package {name}" for name in ("harness", "probes", "scenarios", "profiles", "reports")} <= set(found)
    assert code == (Exit.PASS if all(each["good"] for each in found.values()) else Exit.INSTRUMENT)
