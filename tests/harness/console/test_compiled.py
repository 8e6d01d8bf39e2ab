# SPDX-License-Identifier: Apache-2.0
"""Compiled loops are kept by what they were made from, not by where they are installed or when a file was touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.console import compiled

PROGRAM = """
import numpy as np
from harness.console import compiled
compiled.first_use.append(lambda: print("compiling"))
from harness.stats import histogram_kernel as kernel
loop = next(each for each in vars(kernel).values() if hasattr(each, "_cache"))
print(type(loop._cache._impl.locator).__name__)
print(loop._cache.cache_path)
"""


def ran(home: Path, *, shipped: Path | None = None, **more: str) -> list[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home), **more}
    environment.pop("NUMBA_CACHE_DIR", None)
    brought = "" if shipped is None else f"from pathlib import Path\ncompiled.SHIPPED = Path({str(shipped)!r})\n"
    program = PROGRAM.replace("compiled.first_use", f"{brought}compiled.first_use")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    return done.stdout.split()


def test_loops_are_kept_in_the_users_cache_and_the_first_use_is_told_once(tmp_path: Path) -> None:
    told, locator, place = ran(tmp_path)
    assert (told, locator) == ("compiling", "SourcesLocator")
    assert Path(place).is_relative_to(tmp_path / "yanshou" / "compiled")
    assert ran(tmp_path) == [locator, place]


def test_what_a_wheel_brings_is_taken_instead_of_compiled_where_the_processor_is_the_same(tmp_path: Path) -> None:
    target = compiled.target("x86-64-v3")
    _, _, made = ran(tmp_path / "one", **target)
    (Path(made) / "brought").touch()
    locator, taken = ran(tmp_path / "two", shipped=tmp_path / "one/yanshou/compiled", **target)
    assert locator == "SourcesLocator"
    assert (Path(taken) / "brought").is_file()
    assert ran(tmp_path / "three", shipped=tmp_path / "one/yanshou/compiled")[0] == "compiling"


@pytest.mark.parametrize(("lacking", "cpu"), [("", "x86-64-v3"), ("avx2", None)])
def test_a_host_that_lacks_instructions_compiles_for_itself(tmp_path: Path, lacking: str, cpu: str | None) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(f"processor : 0\nflags : sse2 {' '.join(harness._NEEDED - {lacking})}\n")
    assert harness._target(tmp_path / compiled.PROCESSOR, info) == {}, "a wheel without loops"
    (tmp_path / compiled.PROCESSOR).write_text("x86-64-v3\n")
    assert harness._target(tmp_path / compiled.PROCESSOR, info).get("NUMBA_CPU_NAME") == cpu


def test_a_change_in_a_module_that_was_compiled_into_it_makes_a_loop_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {
        "probes/one/loop.py": "from probes.one import (\n    words,\n)\nfrom harness.stats.a import X\n",
        "probes/one/words.py": "from probes.one.deep import Y\n",
        "probes/one/deep.py": "Y = 1\n",
        "probes/one/beside.py": "Z = 1\n",
        "harness/stats/a.py": "X = 1\n",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(compiled, "ROOT", tmp_path)

    def found() -> str:
        compiled.digest.cache_clear()
        return compiled.digest("probes/one/loop.py")

    before = found()
    os.utime(tmp_path / "probes/one/deep.py", (0, 0))
    assert found() == before, "the time of a file says nothing"
    (tmp_path / "probes/one/beside.py").write_text("Z = 2\n", encoding="utf-8")
    assert found() == before, "what it does not import is no part of it"
    for name in ("probes/one/deep.py", "harness/stats/a.py", "probes/one/words.py"):
        (tmp_path / name).write_text(f"{sources[name]}W = 2\n", encoding="utf-8")
        after = found()
        assert after != before
        before = after
    compiled.digest.cache_clear()


def test_functions_of_others_and_a_folder_of_ones_own_choice_are_left_to_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    def somebody() -> None: ...

    assert compiled.SourcesLocator.from_function(somebody, __file__) is None
    monkeypatch.setenv("NUMBA_CACHE_DIR", "x")
    assert compiled.SourcesLocator.from_function(somebody, str(compiled.ROOT / "harness/stats/rms.py")) is None
