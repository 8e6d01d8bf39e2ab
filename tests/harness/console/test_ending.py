# SPDX-License-Identifier: Apache-2.0
"""Campaigns in numbered folders, and what is done when one has ended."""

import sys
from pathlib import Path

import pytest

from harness.cli import main
from harness.console import ending
from tests.harness.conftest import Say

TELLS = 'printf "%s %s %s" "$YANSHOU_VERDICT" "$YANSHOU_EXIT" "$YANSHOU_BUNDLE" >'


def test_each_numbered_campaign_has_a_folder_of_its_own_also_after_the_profile_was_changed(
    case: Path, says: Say, edit, tmp_path: Path
) -> None:
    out = tmp_path / "results"
    assert says("run", case, "--numbered", "--out", out)[0] == 1
    edit(case, "name: 测试项目", "name: 另一个项目")
    code, _, err = says("run", case, "--out", out / "001")
    assert code == 2
    assert "--numbered" in err
    assert says("run", case, "--numbered", "--out", out)[0] == 1
    assert sorted(each.name for each in out.iterdir()) == ["001", "002"]
    assert says("run", case, "--numbered", "--resume", "--out", out)[0] == 1, "the last one"
    assert sorted(each.name for each in out.iterdir()) == ["001", "002"]


def test_where_nothing_is_numbered_nothing_is_resumed(case: Path, says: Say, tmp_path: Path) -> None:
    code, _, err = says("run", case, "--numbered", "--resume", "--out", tmp_path / "none")
    assert code == 2
    assert "no numbered campaign" in err


def test_a_command_of_the_users_is_told_how_it_ended(case: Path, says: Say, tmp_path: Path) -> None:
    assert says("run", case, "--out", tmp_path, "--then", f"{TELLS} {tmp_path}/told")[0] == 1
    assert (tmp_path / "told").read_text() == f"FAIL 1 {tmp_path}/case.bundle"


def test_it_is_run_as_well_when_the_campaign_could_not_be(case: Path, says: Say, tmp_path: Path) -> None:
    (case.parent / "adopters.csv").unlink()
    assert says("run", case, "--out", tmp_path, "--then", f"{TELLS} {tmp_path}/told")[0] in {2, 5}
    assert (tmp_path / "told").read_text().startswith("  ")


def test_a_command_that_fails_changes_no_verdict_and_is_said(case: Path, says: Say, tmp_path: Path) -> None:
    code, _, err = says("run", case, "--out", tmp_path, "--then", "exit 7")
    assert code == 1
    assert "exit code 7" in err


@pytest.mark.parametrize(("lasted", "rings"), [(3600, True), (1, False)])
def test_a_long_run_ends_with_a_bell_in_a_terminal(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, lasted: int, rings: bool
) -> None:
    times = iter([0.0, float(lasted)])
    monkeypatch.setattr(ending.time, "monotonic", lambda: next(times, 0.0))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    options = type("Options", (), {"then": ""})()
    with ending.told(options, tmp_path):
        pass
    assert ("\a" in capsys.readouterr().err) == rings


def test_help_says_what_the_command_is_told(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "YANSHOU_VERDICT" in capsys.readouterr().out
