# SPDX-License-Identifier: Apache-2.0
"""``yanshou init``: from an empty folder to a profile that plans, in either language, whatever the scenario."""

import csv
import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

import profiles
from harness.bindings import Bindings
from harness.cli import main
from harness.console.beginning.answers import owed
from harness.console.beginning.templates import templates
from harness.console.language import has_han
from harness.errors import DecodeError, Exit
from harness.spec import installed_scenarios, load_profile
from harness.spec.yaml_source import read_yaml

EXAMPLES = {"zh": "示例，请删去本行", "en": "EXAMPLE, delete this row"}
FORMS = {"trajectory.csv", "radio.csv"}
"""Exports of machines: their one row only shows the form."""
SCENARIOS = sorted(each.scenario.id for each in installed_scenarios())


def begun(folder: Path, *arguments: str) -> Path:
    assert main(["init", *arguments, str(folder)]) == Exit.PASS
    return folder


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_scenario_begins_with_a_profile_that_plans_and_does_not_run_before_it_is_filled_in(
    scenario: str, lang: str, tmp_path: Path, capsys
) -> None:
    folder = begun(tmp_path / "new", scenario, "--yes", "--lang", lang)
    path = folder / f"{scenario}.yaml"
    profile = load_profile(path)
    Bindings(profile, path).check()
    assert owed(profile) != []
    assert (folder / "keys" / "site.ed25519.pem").is_file()
    assert main(["plan", str(path), "--lang", lang]) == Exit.PASS
    planned = capsys.readouterr().out
    assert has_han(planned) == (lang == "zh") or "证明.pdf" in planned or "说明.pdf" in planned
    assert not re.search("不够|too short", planned), "what the template measures suffices"
    assert main(["run", str(path), "--lang", lang, "--out", str(tmp_path)]) == Exit.USAGE
    for file in (each for each in folder.iterdir() if each.suffix in {".csv", ".xlsx"}):
        headings, example = rows(file)
        assert all(headings), file.name
        assert EXAMPLES[lang] in "".join(example) or file.name in FORMS, file.name
        assert file.name in (folder / "README.md").read_text(encoding="utf-8")


def rows(file: Path) -> list[list[str]]:
    """Everything in a register."""
    if file.suffix == ".csv":
        return list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    return [[str(cell.value or "") for cell in row] for row in openpyxl.load_workbook(file).active.iter_rows()]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_register_of_assets_is_refused_while_its_example_row_stands(tmp_path: Path, lang: str) -> None:
    from probes.plant.traces.assets import read

    folder = begun(tmp_path / "new", "p03", "--yes", "--lang", lang)
    with pytest.raises(DecodeError, match="example row"):
        read((folder / "assets.xlsx").read_bytes(), "assets.xlsx")


def test_each_domain_is_given_its_own_register_though_another_has_one_of_the_same_name(tmp_path: Path) -> None:
    folder = begun(tmp_path / "cars", "s07", "--yes")
    assert rows(folder / "terminals.xlsx")[0][2] == "终端序列号", "which the profile names as the column of numbers"
    folder = begun(tmp_path / "models", "s05", "--yes")
    assert "接口地址" in rows(folder / "solutions-called.xlsx")[0]
    assert "证明文件" in rows(folder / "solutions.xlsx")[0]


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


@pytest.mark.parametrize(
    ("scenario", "lang"), [("s03", "en"), ("s05", "zh"), ("s06", "en"), ("p02", "en"), ("p05", "zh")]
)
def test_the_example_rows_of_a_new_folder_pass_nothing(scenario: str, lang: str, tmp_path: Path) -> None:
    """Filled in but for its registers, a profile of files runs at once; what it judges are rows that say: delete me."""
    profile = begun(tmp_path / "new", scenario, "--yes", "--lang", lang) / f"{scenario}.yaml"
    text = re.sub("（待填）|[(]to fill in[)] ", "", profile.read_text(encoding="utf-8")).replace(
        "0" * 18, "9142011177893287XL"
    )
    profile.write_text(text, encoding="utf-8")
    assert main(["run", str(profile), "--out", str(tmp_path / "out")]) in {Exit.FAIL, Exit.UNDECIDED}
    results = json.loads((tmp_path / "out" / f"{scenario}.bundle" / "data/results.json").read_bytes())
    assert [each["id"] for each in results["indicators"] if each["verdict"] == "PASS"] == []
