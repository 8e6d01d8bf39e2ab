# SPDX-License-Identifier: Apache-2.0
"""Compiled loops that travel in a wheel: ``python -m harness.console.precompiled FOLDER`` makes them for a baseline processor.

The loops of a small campaign, its replay and two analyses are compiled for the processor that :data:`BASELINES` names and kept
below the digest of their sources (harness.console.compiled). A wheel that carries them is of one platform and one Python.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.console import compiled

PROFILE = """\
schema: yanshou.profile/1
scenario: s01
practice: true
project:
  name: 预编译
  applicant: {name: 预编译, uscc: 91420100MA4KXXXX0A}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 预编译
test: {kind: self-check, organisation: 预编译, operator: 预编译}
sources:
  s01.latency: {probe: network.stamp, targets: "@terminals.targets", rate: 100/s, duration: 2 s, waiting_time: 300 ms}
  s01.loss: {evidence: [s01.latency]}
  s01.nodes: {probe: network.terminals, register: "@terminals.register", evidence: [s01.latency]}
simulators:
  terminals: {probe: network.stamp, simulator: reflectors, count: 2}
"""
LOG = compiled.ROOT / "profiles" / "static.nmea"


def build(out: Path) -> None:
    """Compile into ``out``, an empty or absent folder; CalledProcessError where a command of ours ends otherwise than foreseen."""
    with TemporaryDirectory() as name:
        work = Path(name)
        (work / "site.yaml").write_text(PROFILE, encoding="utf-8")
        cpu = compiled.BASELINES[platform.machine()]
        env = {
            **os.environ,
            "XDG_CACHE_HOME": name,
            "YANSHOU_LEDGER": str(work / "ledger.jsonl"),
            **compiled.target(cpu),
        }
        env.pop("NUMBA_CACHE_DIR", None)
        trace = "site.bundle/data/traces/s01.latency"
        for command in (["run", "site.yaml"], ["replay", "site.bundle"], ["analyse", "gnss", str(LOG)]):
            _ours(command, work, env)
        recorded = next((work / trace).rglob("*.pcapng"))
        _ours(["analyse", "network", str(recorded)], work, env)
        shutil.copytree(work / "yanshou" / "compiled", out, dirs_exist_ok=True)
        for folder in out.glob("*/*"):
            if not any(folder.iterdir()):  # looked at, and nothing of it needed: a wheel holds no empty folder
                (folder / "none").touch()
        (out / compiled.PROCESSOR).write_text(f"{cpu}\n", encoding="ascii")


def _ours(command: list[str], folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "harness.cli", *command], cwd=folder, env=env, check=False)  # noqa: S603 - ourselves
    if done.returncode not in {0, 1, 3}:
        raise subprocess.CalledProcessError(done.returncode, command)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
