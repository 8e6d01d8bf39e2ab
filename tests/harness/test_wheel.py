# SPDX-License-Identifier: Apache-2.0
"""The wheel, installed where the checkout cannot be seen: everything it needs is inside."""

import json
import os
import re
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``yanshou`` command of a fresh environment; dependencies come from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False)
    (packages,) = folder.glob("env/lib/python*/site-packages")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "env/bin/python"),
        "install",
        "--no-deps",
        "--no-index",
        "--find-links",
        str(folder),
    ]
    subprocess.run([*install, "yanshou"], check=True, capture_output=True)
    (packages / "dependencies.pth").write_text(
        "\n".join(dict.fromkeys([*site.getsitepackages(), *_further()])), encoding="utf-8"
    )
    return folder / "env" / "bin" / "yanshou"


def _further() -> list[str]:
    """Where an environment that stands on another has its dependencies."""
    return [each for each in sys.path if each.endswith("site-packages")]


def told(command: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_wheel_lists_all_scenarios_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = told(installed, tmp_path, "scenarios", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 15


def test_a_strangers_scenarios_folder_is_not_let_in(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "s99.yaml").write_text("id: s99", encoding="utf-8")
    listed = json.loads(told(installed, tmp_path, "scenarios", "--json").stdout)
    assert len(listed) == 15


def test_the_doctor_sees_the_wheels_own_packages(installed: Path, tmp_path: Path) -> None:
    found = json.loads(told(installed, tmp_path, "doctor", "--json").stdout)
    packages = [each for each in found if each["name"].startswith("package ")]
    assert len(packages) == 5
    assert all(each["good"] and "env" in each["text"] for each in packages)


def test_the_wheel_carries_the_demo_the_templates_and_the_schemas(installed: Path, tmp_path: Path) -> None:
    assert json.loads(told(installed, tmp_path, "schema", "profile").stdout)["type"] == "object"
    script = (
        "from importlib.resources import files as f;"
        "print(f('profiles').joinpath('demo_s01.yaml').is_file(), f('reports').joinpath('templates/report.html.j2').is_file())"
    )
    done = subprocess.run(
        [installed.parent / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_what_a_person_needs_away_from_a_network_is_inside(installed: Path, tmp_path: Path) -> None:
    wheel = next(installed.parents[2].glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {f"harness/docs/{each.relative_to(ROOT / 'docs')}" for each in (ROOT / "docs").rglob("*.md")}
    live = {str(each.relative_to(ROOT)) for each in (ROOT / "harness/console/live/pages").iterdir()}
    tables = {str(each.relative_to(ROOT)) for each in ROOT.glob("probes/*/*.toml")}
    assert not (pages | live | tables) - names
    assert "first-campaign" in told(installed, tmp_path, "docs").stdout
    assert "第一次验收测试" in told(installed, tmp_path, "docs", "first-campaign").stdout


def test_the_first_number_from_an_empty_folder_with_only_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "log.nmea").write_bytes((ROOT / "profiles/static.nmea").read_bytes())
    done = told(installed, tmp_path, "analyse", "gnss", "log.nmea", "--lang", "zh")
    assert done.returncode == 0, done.stderr
    assert "平面 RMS 2.737 mm" in done.stdout


def test_a_wheel_with_compiled_loops_is_of_one_platform_and_one_python(tmp_path: Path) -> None:
    """As ``make wheelhouse`` builds it, but with loops that are none."""
    loops = tmp_path / "compiled"
    (loops / "0.0/probes-x").mkdir(parents=True)
    (loops / "0.0/probes-x/f.nbc").write_bytes(b"loop")
    (loops / "processor.txt").write_text("x86-64-v3\n", encoding="ascii")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "YANSHOU_COMPILED": str(loops)})
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stem.split("-")[2:4] == [f"cp{sys.version_info[0]}{sys.version_info[1]}"] * 2
    assert not wheel.stem.endswith("-any")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"harness/compiled/processor.txt", "harness/compiled/0.0/probes-x/f.nbc"} <= set(names)


def test_the_page_on_offline_installation_types_what_the_makefile_and_pip_know() -> None:
    page = (ROOT / "docs/how-to/install-offline.md").read_text(encoding="utf-8")
    rule = re.search(r"^wheelhouse:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert rule is not None
    assert "yanshou-offline-" in rule[1]
    assert rule[1].rstrip().endswith("wheelhouse"), "the archive unpacks to the folder that pip is told of"
    assert "pip install --no-index --find-links wheelhouse yanshou" in page
