# SPDX-License-Identifier: Apache-2.0
"""A short seeded share of ``make fuzz``: nothing is read or written out of bounds, nothing grows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tests.fuzz

ROOT = Path(tests.fuzz.__path__[0]).parents[1]


def run(module: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The fuzzer as a process of its own: a forbidden page kills it."""
    command = [sys.executable, "-m", module, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_thousands_of_nearly_right_captures_stay_within_their_memory() -> None:
    done = run("tests.fuzz.captures", "--runs", "1000", "--seed", "7")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["executions"] == 1000
    assert found["growth_kb"] < 8_000


def test_the_interpreted_pass_guided_by_coverage_stays_within_its_memory(tmp_path: Path) -> None:
    done = run("tests.fuzz.interpreted", "-runs=300", "-seed=1", f"-artifact_prefix={tmp_path}/")
    assert done.returncode == 0, done.stderr
    (executions,) = re.findall(r"Done (\d+) runs", done.stderr)
    covered = max(map(int, re.findall(r"cov: (\d+)", done.stderr)))
    assert int(executions) == 300
    assert covered > 300, "the source of the pass is what is covered"


@pytest.mark.parametrize("beyond", ["memory.size", "-1"])
def test_the_guard_kills_what_reads_beyond(beyond: str) -> None:
    code = (
        "import ctypes; from tests.fuzz.guarded import Memory; memory = Memory(10); "
        f"ctypes.string_at(int(memory.bytes.ctypes.data) + {beyond}, 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -11
