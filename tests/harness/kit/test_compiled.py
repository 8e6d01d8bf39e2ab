# SPDX-License-Identifier: Apache-2.0
"""Compiled loops are kept by what they were made from, not by where they are installed or when a file was touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.kit import compiled

PROGRAM = """
import numpy as np
from harness.kit import compiled
compiled.first_use.append(lambda: print("compiling"))
from harness.stats import histogram_kernel as kernel
loop = next(each for each in vars(kernel).values() if hasattr(each, "_cache"))
print(type(loop._cache._impl.locator).__name__)
print(loop._cache.cache_path)
"""


def ran(home: Path) -> list[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home)}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=True)
    return done.stdout.split()


def test_loops_are_kept_in_the_users_cache_and_the_first_use_is_told_once(tmp_path: Path) -> None:
    told, locator, place = ran(tmp_path)
    assert (told, locator) == ("compiling", "SourcesLocator")
    assert Path(place).is_relative_to(tmp_path / "yanshou" / "compiled")
    assert ran(tmp_path) == [locator, place]


def test_a_change_in_any_module_of_the_domain_makes_loops_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("harness/stats/a.py", "probes/one/b.py", "probes/other/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(compiled, "ROOT", tmp_path)

    def found() -> tuple[str, str]:
        compiled.digest.cache_clear()
        return compiled.digest("probes/one"), compiled.digest("probes/other")

    before = found()
    os.utime(tmp_path / "probes/one/b.py", (0, 0))
    assert found() == before, "the time of a file says nothing"
    (tmp_path / "probes/one/b.py").write_text("x = 2\n", encoding="utf-8")
    one, other = found()
    assert one != before[0]
    assert other == before[1]
    (tmp_path / "harness/stats/a.py").write_text("x = 2\n", encoding="utf-8")
    assert found()[1] != before[1]
    compiled.digest.cache_clear()


def test_functions_of_others_and_a_folder_of_ones_own_choice_are_left_to_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    def somebody() -> None: ...

    assert compiled.SourcesLocator.from_function(somebody, __file__) is None
    monkeypatch.setenv("NUMBA_CACHE_DIR", "x")
    assert compiled.SourcesLocator.from_function(somebody, str(compiled.ROOT / "harness/stats/rms.py")) is None
