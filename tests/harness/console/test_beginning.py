# SPDX-License-Identifier: Apache-2.0
"""``yanshou init``: from an empty folder to a profile that plans, in either language, whatever the scenario."""

import io
import json
from pathlib import Path

import openpyxl
import pytest

import profiles
from harness.bindings import Bindings
from harness.cli import main
from harness.console.beginning.answers import owed
from harness.console.beginning.templates import templates
from harness.console.language import has_han
from harness.errors import Exit
from harness.spec import installed_scenarios, load_profile
from harness.spec.yaml_source import read_yaml

SCENARIOS = sorted(each.scenario.id for each in installed_scenarios())


def begun(folder: Path, *arguments: str) -> Path:
    assert main(["init", *arguments, str(folder)]) == Exit.PASS
    return folder


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_begins_with_a_profile_that_is_bound(scenario: str, tmp_path: Path) -> None:
    folder = begun(tmp_path / "new", scenario, "--yes", "--lang", "zh")
    profile = load_profile(folder / f"{scenario}.yaml")
    Bindings(profile, folder / f"{scenario}.yaml").check()
    assert owed(profile) != []
    assert (folder / "keys" / "site.ed25519.pem").is_file()


def test_every_installed_measurand_of_a_scenario_has_a_template() -> None:
    from harness import installed

    known = templates().sources
    missing = {
        indicator.default_reading.measurand
        for each in installed_scenarios()
        for indicator in each.scenario.indicators
        if indicator.default_reading.measurand.startswith(("network.", "gnss.", "change."))
        and installed.measurand(indicator.default_reading.measurand) is not None
        and not {indicator.id, indicator.default_reading.measurand} & known.keys()
    }
    assert missing == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_folder_is_in_one_language(tmp_path: Path, lang: str) -> None:
    folder = begun(tmp_path / "new", "s01", "--yes", "--lang", lang)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    comments = [line.partition("# ")[2] for line in (folder / "s01.yaml").read_text(encoding="utf-8").splitlines()]
    if lang == "zh":
        assert all(has_han(each) for each in comments if " " in each and ":" not in each)
    else:
        assert not has_han(readme)
        assert not any(map(has_han, comments))
    assert " / " not in readme


def test_registers_are_workbooks_whose_cells_are_texts(tmp_path: Path) -> None:
    folder = begun(tmp_path / "new", "s01", "--yes")
    sheet = openpyxl.load_workbook(folder / "terminals.xlsx").active
    assert [cell.value for cell in sheet[1]] == ["asset_id", "name", "address", "imei", "mac", "port"]
    assert {cell.number_format for row in sheet.iter_rows(min_row=1, max_row=2) for cell in row} == {"@"}


def test_answers_are_asked_for_and_asked_again_where_they_have_another_form(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    said = "某项目\n某公司\n12\n914201137929081048\n\n2024/5/1\n2024-05-18\n武汉\n某所\n张三\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    folder = begun(tmp_path / "new", "s03")
    profile = load_profile(folder / "s03.yaml")
    assert (profile.project.name, profile.project.applicant.uscc) == ("某项目", "914201137929081048")
    assert (profile.project.start.isoformat(), profile.project.end.isoformat()) == ("2023-01-01", "2024-05-18")
    assert owed(profile) == []
    assert capsys.readouterr().err.count("another form") == 2


def test_nothing_that_is_there_is_overwritten(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["init", "s01", str(tmp_path), "--yes"]) == Exit.USAGE
    assert "is not empty" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_a_profile_that_is_not_filled_in_does_not_run(tmp_path: Path, capsys) -> None:
    folder = begun(tmp_path / "new", "s05", "--yes")
    assert main(["run", str(folder / "s05.yaml"), "--out", str(tmp_path)]) == Exit.USAGE
    said = capsys.readouterr().err
    assert "project.applicant.uscc" in said
    assert not (tmp_path / "s05.bundle").exists()


def test_the_example_is_a_rehearsal_that_names_what_to_type_next(tmp_path: Path, capsys) -> None:
    assert main(["init", "s08", str(tmp_path / "try"), "--example", "--json"]) == Exit.PASS
    told = json.loads(capsys.readouterr().out)
    profile = load_profile(Path(told["profile"]))
    Bindings(profile, Path(told["profile"])).check()
    assert profile.practice
    assert told["next"].startswith("yanshou run ")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_rehearsal_brings_every_file_that_its_profile_names(scenario: str, tmp_path: Path, capsys) -> None:
    from harness.console.beginning.example import _texts

    folder = tmp_path / "try"
    if main(["init", scenario, str(folder), "--example"]) != Exit.PASS:
        pytest.skip("no rehearsal of it: " + capsys.readouterr().err)
    source = Path(profiles.__file__).parent
    named = _texts(read_yaml((folder / f"{scenario}.yaml").read_bytes(), "profile").data)
    assert [each for each in named if "." in each and (source / each).is_file() and not (folder / each).exists()] == []


def test_a_scenario_without_a_rehearsal_says_which_has_one(tmp_path: Path, capsys, monkeypatch) -> None:
    (tmp_path / "profiles").mkdir()
    monkeypatch.setattr("harness.console.beginning.example.files", lambda _: tmp_path / "profiles")
    assert main(["init", "s02", str(tmp_path / "try"), "--example"]) == Exit.USAGE
    assert "s08" in capsys.readouterr().err
    assert not (tmp_path / "try").exists()


@pytest.mark.parametrize("scenario", ["s03", "s05", "s06", "p02", "p05"])
def test_the_example_rows_of_a_new_folder_pass_nothing(scenario: str, tmp_path: Path) -> None:
    """Filled in but for its registers, a profile of files runs at once; what it judges are rows that say: delete me."""
    profile = begun(tmp_path / "new", scenario, "--yes", "--lang", "zh") / f"{scenario}.yaml"
    text = profile.read_text(encoding="utf-8").replace("（待填）", "").replace("0" * 18, "9142011177893287XL")
    profile.write_text(text, encoding="utf-8")
    assert main(["run", str(profile), "--out", str(tmp_path / "out")]) in {Exit.FAIL, Exit.UNDECIDED}
    results = json.loads((tmp_path / "out" / f"{scenario}.bundle" / "data/results.json").read_bytes())
    assert [each["id"] for each in results["indicators"] if each["verdict"] == "PASS"] == []
