# SPDX-License-Identifier: Apache-2.0
"""A reviewer sits at another desk: what reads bundles, plans and checks registers imports nothing that Windows lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.campaign import run

ABSENT = ("fcntl", "termios", "resource", "pty", "tty", "pwd", "grp", "syslog", "posix_ipc")
PROGRAM = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
for name in {ABSENT!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
from harness.cli import main
codes = []
for line in sys.stdin.read().splitlines():
    codes.append(int(main(line.split("|"))))
print("codes", codes)
"""


@pytest.fixture
def bundle(case: Path, tmp_path: Path) -> Path:
    return run(case, tmp_path).root


def test_a_reviewer_on_windows_can_verify_replay_report_and_plan(case: Path, bundle: Path, tmp_path: Path) -> None:
    commands = (
        ["verify", bundle, "--any-signer"],
        ["replay", bundle],
        ["report", bundle, "--out", tmp_path / "reports"],
        ["pack", bundle, "--out", tmp_path / "x.bundle.zip"],
        ["plan", case],
        ["scenarios"],
        ["doctor"],
        ["init", "s03", tmp_path / "new", "--yes"],
    )
    lines = "\n".join("|".join(map(str, each)) for each in commands)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=lines, capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.stdout.splitlines()[-1:] == ["codes [0, 1, 0, 0, 0, 0, 0, 0]"], done.stderr[-2000:]
