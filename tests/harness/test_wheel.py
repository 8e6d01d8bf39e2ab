# SPDX-License-Identifier: Apache-2.0
"""The wheel, installed where the checkout cannot be seen: everything it needs is inside."""

import json
import os
import site
import subprocess
import sys
import venv
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
    wheel = next(folder.glob("*.whl"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "env/bin/python"),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "env" / "bin" / "yanshou"


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
